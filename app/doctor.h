// Doctor examines an installation: what it needs, what it has, how it has been doing. It
// changes nothing, and works beside a crawl and on what is broken: what one check cannot
// find out is said, and the others go on.
//
// Main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/session.h"
#include "base/result.h"

namespace xuncha {

enum class Health : uint8_t {
  kOk,
  kWarn,     // works, and will not for ever
  kFail,     // somebody has to act
  kUnknown,  // could not be found out
};
std::string_view HealthName(Health health);  // "ok", "warn", "fail", "unknown"

struct Checkup {
  std::string name;  // "clock": for programs
  std::string title;
  Health health = Health::kOk;
  std::string found;    // what is the case
  std::string meaning;  // what follows; empty if all is well
  std::string todo;     // likewise
};

// kProbe: also asks others, over the network.
enum class Reach : uint8_t { kHere, kProbe };

// In the order they are shown.
std::vector<Checkup> Examine(const Session& session, Reach reach);

// The parts, for Examine.
void ExamineStore(const Session& session, const Config& config, std::vector<Checkup>& checkups);
void ExamineTelling(const Session& session, const Config& config, Reach reach,
                    std::vector<Checkup>& checkups);
// "3 天前"
std::string Ago(Millis then, Millis now);

}  // namespace xuncha
