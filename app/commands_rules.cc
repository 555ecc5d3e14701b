// rules: check, list, eval.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/evaluation.h"
#include "app/offline.h"
#include "base/files.h"
#include "base/text.h"
#include "base/tree.h"
#include "matcher/samples.h"

namespace xuncha {

int RunRulesCheck(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const RuleSources sources = {
      arguments.positional.empty() ? config->rules_directory : arguments.positional[0],
      session.ListsDirectory()};
  const Result<std::vector<PackSource>> packs = ReadRuleSources(sources);
  if (!packs) return session.Fail(packs.error());
  LoadReport report;
  const Result<RuleSet> rules = LoadRules(*packs, &report);
  for (const std::string& warning : report.warnings) session.Say("警告：" + warning);
  if (!rules) return session.Fail(rules.error());
  const Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(*rules, {});
  if (!matcher) return session.Fail(matcher.error());
  const Judge judge(*rules);
  const std::vector<std::string> failing = CheckSamples(*rules, **matcher, judge);
  if (!failing.empty()) {
    return session.Fail(
        {Code::kInvalid, fmt::format("{} 个样例不符：\n{}", failing.size(), Join(failing, "\n"))});
  }
  size_t samples = 0;
  for (const Rule& rule : rules->rules) samples += rule.examples.size() + rule.counters.size();
  session.Out(
      fmt::format("规则包 {} 个，规则 {} 条，词条 {} 个，样例 {} 个：全部通过\n规则集 SHA-256 {}\n",
                  rules->packs.size(), rules->rules.size(), rules->patterns.size(), samples,
                  rules->digest.hex()));
  return kClean;
}

int RunRulesList(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Result<RuleSet> rules = LoadRuleSources(
      {arguments.positional.empty() ? config->rules_directory : arguments.positional[0],
       session.ListsDirectory()});
  if (!rules) return session.Fail(rules.error());
  for (const Rule& rule : rules->rules) {
    const Pack& pack = rules->PackOf(rule);
    if (arguments.Has("--json")) {
      Node node = MakeTable();
      Put(node, "id", MakeString(rule.id));
      Put(node, "kind", MakeString(pack.kind));
      Put(node, "clause", MakeInteger(pack.clause));
      Put(node, "strength", MakeString(rule.strong ? "strong" : "weak"));
      Put(node, "because", MakeString(rule.because));
      session.Out(WriteJson(node) + "\n");
    } else {
      session.Out(fmt::format("{}\t第 {} 项\t{}\t{}\n", rule.id, pack.clause,
                              rule.strong ? "强" : "弱", rule.because));
    }
  }
  return kClean;
}

int RunRulesEval(Session& session, const Arguments& arguments) {
  Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  if (arguments.Has("--rules")) config->rules_directory = arguments.Get("--rules");
  const std::optional<Severity> least = SeverityByName(arguments.Get("--min-severity", "low"));
  if (!least)
    return session.Fail(
        {Code::kInvalid, "rules eval：--min-severity 须为 hint、low、medium 或 high"});
  if (!arguments.Has("--truth"))
    return session.Fail({Code::kInvalid, "rules eval：缺少 --truth 真值文件"});
  const Result<std::vector<Truth>> truth = ReadTruth(arguments.Get("--truth"));
  if (!truth) return session.Fail(truth.error());
  const Result<std::unique_ptr<Engine>> engine = session.BuildEngine(*config);
  if (!engine) return session.Fail(engine.error());
  Evaluation evaluation(*truth, *least);
  const Status scanned =
      ScanFiles(**engine, arguments.positional, session.stop(), [&](const Page& page) {
        evaluation.Add(page);
        return Ok();
      });
  if (!scanned) return session.Fail(scanned.error());
  session.Out(evaluation.Report(arguments.Has("--list")));
  return kClean;
}

}  // namespace xuncha
