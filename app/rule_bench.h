// RuleBench says what each rule costs and finds on a given text. Hyperscan looks
// for the words of all rules at once, so a rule's part of the whole cannot be
// taken out of it; what is measured is the rule alone, above a reading without
// any rule, as a share of all rules together above the same. The shares do not add
// up to one, but they compare rules, and hold on a busy machine: CPU time, the
// least of several rounds.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "app/engine.h"
#include "base/record.h"
#include "base/result.h"

namespace xuncha {

struct RuleCost {
  std::string id;
  std::string kind;
  double share = 0;                   // of the cost of all rules together
  uint64_t hits = 0;                  // places of its own words; context words are not counted
  uint64_t pages = 0;                 // with at least one of them
  uint64_t fired = 0;                 // pages where it fires
  std::vector<std::string> warnings;  // Chinese
};

struct BenchResult {
  std::vector<RuleCost> rules;  // dearest first
  uint64_t pages = 0, bytes = 0;
  double seconds_whole = 0, seconds_nothing = 0;  // one pass over the text
};

// `pages` have their documents and nothing more. kSystem, or as Matcher::Build.
Result<BenchResult> BenchRules(const Engine& engine, std::vector<Page> pages,
                               const std::atomic<bool>& stop);

// Pages of the text built in: every sample of the rules, and clean sentences.
std::vector<Page> BundledPages(const RuleSet& rules);

}  // namespace xuncha
