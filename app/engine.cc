// SPDX-License-Identifier: Apache-2.0
#include "app/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/version.h"
#include "base/files.h"
#include "base/text.h"
#include "matcher/samples.h"

namespace xuncha {
namespace {

// The mark of samples that held: it names program and rules, and carries its own
// digest, so that a damaged or foreign file proves nothing.
std::string SamplesMark(const RuleSet& rules) {
  const std::string says = fmt::format("samples hold\n{}\n{}\n", kVersion, rules.digest.hex());
  return says + Sha256(says).hex() + "\n";
}

}  // namespace

Result<std::vector<PackSource>> ReadRuleSources(const RuleSources& sources) {
  Result<std::vector<PackSource>> packs =
      sources.packs.empty() ? BuiltinPacks() : ReadPacks(sources.packs);
  if (!packs || sources.lists.empty()) return packs;
  Result<std::vector<PackSource>> lists = ReadPackFiles(sources.lists);
  if (!lists) return lists;
  std::move(lists->begin(), lists->end(), std::back_inserter(*packs));
  return packs;
}

Result<RuleSet> LoadRuleSources(const RuleSources& sources) {
  const Result<std::vector<PackSource>> packs = ReadRuleSources(sources);
  if (!packs) return packs.error();
  LoadReport report;
  return LoadRules(*packs, &report);
}

Result<std::unique_ptr<Engine>> MakeEngine(RuleSet rules, const Matcher::Options& options) {
  auto engine = std::make_unique<Engine>();
  engine->rules = std::move(rules);
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(engine->rules, options);
  if (!matcher) return matcher.error();
  engine->matcher = std::move(*matcher);
  engine->judge = std::make_unique<Judge>(engine->rules);
  return engine;
}

Result<std::unique_ptr<Engine>> BuildEngine(const EngineOptions& options) {
  const Result<std::vector<PackSource>> packs = ReadRuleSources(options.sources);
  if (!packs) return packs.error();
  return BuildEngine(*packs, options);
}

Result<std::unique_ptr<Engine>> BuildEngine(const std::vector<PackSource>& packs,
                                            const EngineOptions& options) {
  LoadReport report;
  Result<RuleSet> rules = LoadRules(packs, &report);
  if (!rules) return rules.error();
  if (!options.cache_dir.empty()) {
    if (Status made = MakeDirectories(options.cache_dir); !made) return made.error();
  }
  Result<std::unique_ptr<Engine>> built =
      MakeEngine(std::move(*rules), {.cache_dir = options.cache_dir});
  if (!built) return built.error();
  std::unique_ptr<Engine> engine = std::move(*built);
  engine->judge->KeyIdentifiers(options.identifier_key);

  // A pack that fails its samples does not load; one that has passed them under
  // this version of the program need not pass them again.
  const std::string path = options.cache_dir.empty()
                               ? ""
                               : fmt::format("{}/samples-{}-{}", options.cache_dir, kVersion,
                                             engine->rules.digest.hex().substr(0, 32));
  const std::string mark = SamplesMark(engine->rules);
  if (!path.empty() && FileExists(path)) {
    const Result<std::string> proven = ReadFile(path, mark.size());
    if (proven && *proven == mark) return engine;
    options.log.Warn(fmt::format("{}：缓存已损坏，重新检查样例", path));
  }
  const std::vector<std::string> failing =
      CheckSamples(engine->rules, *engine->matcher, *engine->judge);
  if (!failing.empty()) return Error{Code::kInvalid, Join(failing, "\n")};
  if (!path.empty()) {
    if (Status written = WriteFileAtomically(path, mark); !written) return written.error();
  }
  return engine;
}

}  // namespace xuncha
