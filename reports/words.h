// The words an officer reads for what records hold in English.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace xuncha {

std::string KindText(std::string_view kind);      // "gambling": 赌博
std::string StateText(std::string_view state);    // of an incident, "new": 待处理
std::string ActionText(std::string_view action);  // of an incident's event, "verdict:violation"
std::string DeedText(std::string_view kind);      // of an entry of the audit chain, "run-begin"

// What name servers said of a host (crawler/host_names.h), on one line: "2026-...问得：
// www.example.edu.cn. 300 IN A 192.0.2.1；AAAA 没有记录".
std::string NamesText(std::string_view answer);
// When they were asked; `otherwise` if the answer does not say.
Millis TimeOfAnswer(std::string_view answer, Millis otherwise);

}  // namespace xuncha
