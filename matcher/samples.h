// Samples are the tests a pack carries: each example must make its own rule
// fire, each counter must not. A pack that fails its samples does not load.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "matcher/matcher.h"
#include "rules/judge.h"
#include "rules/rule_set.h"

namespace xuncha {

// A page that holds `text` in one zone, for samples and `rules` commands.
Page PageOfText(std::string_view text, ZoneKind zone);
// One message per failing sample, "pack:line:column: what; remedy" in Chinese, with
// Judge::Account's lines below it; empty if all hold.
std::vector<std::string> CheckSamples(const RuleSet& rules, const Matcher& matcher,
                                      const Judge& judge);

// How the matcher reads a word of a rule: folded, without gaps and decoration.
// Words that read alike are found at the same places.
std::string WordAsRead(std::string_view word);

}  // namespace xuncha
