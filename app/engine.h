// Engine is the rules in force and what reads pages by them; RuleSources says
// where they come from: the packs, built in or of a directory, and the word lists
// the institution imported into its data directory.
//
// An Engine is immutable and may be shared by threads.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "crawler/audit.h"
#include "matcher/matcher.h"
#include "rules/judge.h"
#include "rules/loader.h"
#include "rules/rule_set.h"

namespace xuncha {

struct Engine {
  RuleSet rules;
  std::unique_ptr<Matcher> matcher;
  std::unique_ptr<Judge> judge;

  Stages stages() const { return {rules, *matcher, *judge}; }
};

struct RuleSources {
  std::string packs;  // a directory; empty = the packs built in
  std::string lists;  // a directory of imported lists; empty or absent = none
};

// The text of every pack and list, in the order they are loaded.
Result<std::vector<PackSource>> ReadRuleSources(const RuleSources& sources);
// kInvalid: every complaint with file, line and column, joined by newlines.
Result<RuleSet> LoadRuleSources(const RuleSources& sources);

// Compiles the rules; their samples are not asked.
Result<std::unique_ptr<Engine>> MakeEngine(RuleSet rules, const Matcher::Options& options);

struct EngineOptions {
  RuleSources sources;
  std::string cache_dir;       // empty = nothing is kept
  Logger log;                  // says when a damaged cache was rebuilt
  std::string identifier_key;  // Judge::KeyIdentifiers
};
// Loads, compiles, and runs the samples unless the cache says that they held
// under this version and these rules.
Result<std::unique_ptr<Engine>> BuildEngine(const EngineOptions& options);
// The same for sources that were read before.
Result<std::unique_ptr<Engine>> BuildEngine(const std::vector<PackSource>& packs,
                                            const EngineOptions& options);

}  // namespace xuncha
