// rules: check, list, eval, bench.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/evaluation.h"
#include "app/offline.h"
#include "app/rule_bench.h"
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

namespace {

constexpr uint64_t kBenchBytesMax = 4 << 20;  // of text; each rule reads it several times
constexpr double kShownShare = 0.001;

// Pages with their documents only: of a directory, or one for each line of a file.
Result<std::vector<Page>> PagesOf(const Session& session, const Engine& engine,
                                  const std::string& path) {
  std::vector<Page> pages;
  uint64_t bytes = 0;
  const Status read = ScanTexts(engine, path, session.stop(), [&](const Page& page) {
    bytes += page.document.text.size();
    if (bytes <= kBenchBytesMax) pages.emplace_back().document = page.document;
    return Ok();
  });
  if (!read) return read.error();
  if (pages.empty()) {
    return Error{Code::kInvalid, fmt::format("{}：没有文本可测", Neutralise(path))};
  }
  if (bytes > kBenchBytesMax) {
    session.Say(fmt::format("只测前 {} 页：文本超过 {} MB", pages.size(), kBenchBytesMax >> 20));
  }
  return pages;
}

}  // namespace

int RunRulesBench(Session& session, const Arguments& arguments) {
  Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  if (!arguments.positional.empty()) config->rules_directory = arguments.positional[0];
  const Result<std::unique_ptr<Engine>> engine = session.BuildEngine(*config);
  if (!engine) return session.Fail(engine.error());
  Result<std::vector<Page>> pages = BundledPages((*engine)->rules);
  if (arguments.Has("--text")) pages = PagesOf(session, **engine, arguments.Get("--text"));
  if (!pages) return session.Fail(pages.error());
  const Result<BenchResult> bench = BenchRules(**engine, std::move(*pages), session.stop());
  if (!bench) return session.Fail(bench.error());

  const bool json = arguments.Has("--json");
  if (!json) {
    session.Out(
        fmt::format("{} 页，{} 字节；全部 {} 条规则一遍 {:.1f} 毫秒，没有规则时 {:.1f} 毫秒\n"
                    "代价：这条规则单独比没有规则多用的时间，占全部规则多用的时间的比例；各条相加不"
                    "等于 100%\n\n"
                    "   代价    命中  命中页  成立页  规则\n",
                    bench->pages, bench->bytes, (*engine)->rules.rules.size(),
                    1000 * bench->seconds_whole, 1000 * bench->seconds_nothing));
  }
  size_t left_out = 0;
  for (const RuleCost& cost : bench->rules) {
    if (json) {
      Node node = MakeTable();
      Put(node, "rule", MakeString(cost.id));
      Put(node, "kind", MakeString(cost.kind));
      Put(node, "share", MakeReal(cost.share));
      Put(node, "hits", MakeInteger(static_cast<int64_t>(cost.hits)));
      Put(node, "pages", MakeInteger(static_cast<int64_t>(cost.pages)));
      Put(node, "fired", MakeInteger(static_cast<int64_t>(cost.fired)));
      Node warnings = MakeArray();
      for (const std::string& warning : cost.warnings)
        warnings.items.push_back(MakeString(warning));
      Put(node, "warnings", std::move(warnings));
      session.Out(WriteJson(node) + "\n");
      continue;
    }
    if (!arguments.Has("--all") && cost.hits == 0 && cost.share < kShownShare) {
      ++left_out;
      continue;
    }
    session.Out(fmt::format("{:>6.1f}%{:>8}{:>8}{:>8}  {}\n", 100 * cost.share, cost.hits,
                            cost.pages, cost.fired, cost.id));
    for (const std::string& warning : cost.warnings) {
      session.Out(fmt::format("        警告：{}\n", warning));
    }
  }
  if (left_out > 0)
    session.Say(fmt::format("另有 {} 条规则没有命中，代价可忽略（--all）", left_out));
  return session.stop() ? static_cast<int>(kInterrupted) : static_cast<int>(kClean);
}

}  // namespace xuncha
