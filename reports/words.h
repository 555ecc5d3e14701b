// The words an officer reads for what records hold in English.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha {

std::string KindText(std::string_view kind);      // "gambling": 赌博
std::string StateText(std::string_view state);    // of an incident, "new": 待处理
std::string ActionText(std::string_view action);  // of an incident's event, "verdict:violation"
std::string DeedText(std::string_view kind);      // of an entry of the audit chain, "run-begin"

}  // namespace xuncha
