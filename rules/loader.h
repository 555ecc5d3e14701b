// The loader turns rule packs (TOML, one per kind) into a RuleSet, and refuses
// what it cannot take literally: an unknown key, zone, check or signal, a rule
// without samples, a rule that repeats another, an expression that RE2 refuses.
// Every message has file, line, column and a remedy; all are reported, not only
// the first. Whether the samples hold is checked above, where the matcher is
// (matcher/samples.h).
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/embedded.h"
#include "base/result.h"
#include "rules/rule_set.h"

namespace xuncha {

struct PackSource {
  std::string name;  // "rules/packs/gambling.toml", for messages
  std::string text;
};

struct LoadReport {
  std::vector<std::string> errors;  // "name:line:column: what; what to do"
  std::vector<std::string> warnings;
};

// The packs built into the program.
std::vector<PackSource> BuiltinPacks();
// *.toml of a directory, sorted; none if there is no such directory. kSystem.
Result<std::vector<PackSource>> ReadPackFiles(const std::string& directory);
// The same, but kNotFound if there is none.
Result<std::vector<PackSource>> ReadPacks(const std::string& directory);
// kInvalid: report->errors says why; the text of the Error joins them.
Result<RuleSet> LoadRules(std::span<const PackSource> sources, LoadReport* report);

}  // namespace xuncha
