// Account says why a rule fires on a page or does not: what was found and how it
// was read, what dismissed it, what was missing. For whoever writes the rule.
//
// Pure; costs only for who asks.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/record.h"
#include "rules/reading.h"
#include "rules/rule_set.h"

namespace xuncha {

// Chinese, a line each, strongest reason first; at most a screenful.
std::vector<std::string> AccountOfRule(const RuleSet& rules, const Page& page,
                                       const Outcome& outcome, uint32_t rule);

}  // namespace xuncha
