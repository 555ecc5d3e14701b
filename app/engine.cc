// SPDX-License-Identifier: Apache-2.0
#include "app/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/version.h"
#include "base/files.h"
#include "base/limits.h"
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
  std::vector<PackSource> out;
  if (sources.packs.empty()) {
    out = BuiltinPacks();
  } else {
    Result<std::vector<PackSource>> read = ReadPacks(sources.packs);
    if (!read) return read.error();
    out = std::move(*read);
  }
  if (sources.lists.empty()) return out;
  const Result<std::vector<std::string>> names = ListFiles(sources.lists);
  if (!names) {
    if (names.error().code == Code::kNotFound) return out;
    return names.error();
  }
  for (const std::string& name : *names) {
    if (!name.ends_with(".toml") || name.find('/') != std::string::npos) continue;
    const std::string path = sources.lists + "/" + name;
    Result<std::string> text = ReadFile(path, limits::kPackBytesMax);
    if (!text) return text.error();
    out.push_back({path, std::move(*text)});
  }
  return out;
}

Result<RuleSet> LoadRuleSources(const RuleSources& sources) {
  const Result<std::vector<PackSource>> packs = ReadRuleSources(sources);
  if (!packs) return packs.error();
  LoadReport report;
  return LoadRules(*packs, &report);
}

Result<std::unique_ptr<Engine>> BuildEngine(const EngineOptions& options) {
  const Result<std::vector<PackSource>> packs = ReadRuleSources(options.sources);
  if (!packs) return packs.error();
  return BuildEngine(*packs, options);
}

Result<std::unique_ptr<Engine>> BuildEngine(const std::vector<PackSource>& packs,
                                            const EngineOptions& options) {
  auto engine = std::make_unique<Engine>();
  LoadReport report;
  Result<RuleSet> rules = LoadRules(packs, &report);
  if (!rules) return rules.error();
  engine->rules = std::move(*rules);

  Matcher::Options matching;
  matching.cache_dir = options.cache_dir;
  if (!options.cache_dir.empty()) {
    if (Status made = MakeDirectories(options.cache_dir); !made) return made.error();
  }
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(engine->rules, matching);
  if (!matcher) return matcher.error();
  engine->matcher = std::move(*matcher);
  engine->judge = std::make_unique<Judge>(engine->rules);

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
