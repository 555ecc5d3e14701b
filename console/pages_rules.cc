// Rules: what they hit, how often officers said that a hit was none, and what they make
// of a text one writes down.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "console/rule_trial.h"
#include "rules/kinds.h"
#include "store/index.h"

namespace xuncha {
namespace {

// What officers said of the incidents a rule took part in.
struct Judged {
  uint64_t violations = 0, none = 0, open = 0;
};

Judged JudgedOf(const RuleCount& count) {
  Judged judged;
  for (const RuleCount::State& state : count.states) {
    if (state.state == "false-positive") {
      judged.none += state.incidents;
    } else if (state.state == "new" || state.state == "cannot-tell" || state.state == "escalate" ||
               state.state == "objected") {
      judged.open += state.incidents;
    } else {
      judged.violations += state.incidents;
    }
  }
  return judged;
}

// Whether the rules in force are at hand to compare with.
enum class RulesKnown : uint8_t { kNo, kYes };

void AddRule(const Visit& visit, Fields& row, const std::string& id, const RuleCount* count,
             const RuleFacts* rule, RulesKnown rules_known) {
  row.Set("ID", PlainLine(id));
  const Judged judged = count != nullptr ? JudgedOf(*count) : Judged();
  row.Set("STANDING", static_cast<int64_t>(count != nullptr ? count->standing : 0))
      .Set("GONE", static_cast<int64_t>(count != nullptr ? count->gone : 0))
      .Set("VIOLATIONS", static_cast<int64_t>(judged.violations))
      .Set("NONE", static_cast<int64_t>(judged.none))
      .Set("OPEN", static_cast<int64_t>(judged.open));
  const uint64_t said = judged.violations + judged.none;
  if (said == 0) {
    row.Add("NOT_JUDGED");
  } else {
    const uint64_t share = judged.none * 100 / said;
    row.Add("RATE")
        .Set("SHARE", static_cast<int64_t>(share))
        .Set("HIGH", share >= 50 ? "late" : "");
  }
  // Without the rules at hand nothing is said of which are in force.
  row.ShowIf("RETIRED", rule == nullptr && rules_known == RulesKnown::kYes);
  if (rule == nullptr) return;
  row.Set("BECAUSE", PlainLine(rule->because))
      .Set("KIND", KindWord(visit, rule->kind))
      .Set("BASIS", PlainLine(rule->basis))
      .Set("FILE", PlainLine(rule->file));
  row.ShowIf("STRONG", rule->strong).ShowIf("WEAK", !rule->strong);
}

Reply Show(Visit& visit, std::string_view tried, const RuleTrial::Outcome* judged,
           std::string_view problem) {
  const auto counts = visit.desk.store().index().RuleCounts();
  if (!counts) return Problem(visit, counts.error());
  const std::shared_ptr<const RuleTrial> trial = visit.desk.trial();
  const std::vector<RuleFacts> rules = trial != nullptr ? trial->Rules() : std::vector<RuleFacts>();
  std::map<std::string, std::pair<const RuleCount*, const RuleFacts*>> known;
  for (const RuleCount& count : *counts) known[count.rule].first = &count;
  for (const RuleFacts& rule : rules) known[rule.id].second = &rule;
  const std::string wanted(visit.request.Query("rule"));
  // What hits most stands first; the rest by name.
  std::vector<std::pair<std::string, std::pair<const RuleCount*, const RuleFacts*>>> rows(
      known.begin(), known.end());
  std::ranges::stable_sort(rows, std::greater<>(), [](const auto& row) {
    const RuleCount* count = row.second.first;
    return count != nullptr ? count->standing + count->gone : 0;
  });
  Fields fields;
  if (trial != nullptr) {
    fields.Add("RULE_SET")
        .Set("DIGEST", trial->digest().hex().substr(0, 16))
        .Set("COUNT", static_cast<int64_t>(rules.size()));
  }
  for (const auto& [id, both] : rows) {
    if (!wanted.empty() && id != wanted) continue;
    AddRule(visit, fields.Add("ROW"), id, both.first, both.second,
            trial != nullptr ? RulesKnown::kYes : RulesKnown::kNo);
  }
  fields.ShowIf("ONE", !wanted.empty()).ShowIf("EMPTY", rows.empty());
  fields.Set("TRIED", tried);
  fields.ShowIf("MAY_TRY", trial != nullptr);
  if (!problem.empty()) fields.Add("PROBLEM").Set("TEXT", problem);
  if (judged != nullptr) {
    Fields& result = fields.Add("RESULT");
    result.ShowIf("NOTHING", judged->findings.empty());
    for (const Finding& finding : judged->findings) {
      Fields& one = result.Add("FINDING");
      one.Set("KIND", KindWord(visit, finding.kind))
          .Set("SEVERITY", SeverityName(finding.severity))
          .Set("SEVERITY_TEXT", SeverityWord(visit, finding.severity))
          .Set("BECAUSE", PlainLine(finding.because));
      for (const Evidence& evidence : finding.evidence) {
        one.Add("EVIDENCE")
            .Set("RULE", PlainLine(evidence.rule))
            .Set("FOUND", PlainLine(evidence.found))
            .Set("CHANNEL",
                 Either(visit, ChannelText(evidence.channel), ChannelName(evidence.channel)));
      }
    }
    for (const Dismissal& dismissal : judged->dismissals) {
      result.Add("DISMISSED")
          .Set("RULE", PlainLine(dismissal.evidence.rule))
          .Set("FOUND", PlainLine(dismissal.evidence.found))
          .Set("REASON", PlainLine(dismissal.reason));
    }
  }
  return Page(visit, "rules.tpl", "rules.title", fields, problem.empty() ? 200 : 400);
}

}  // namespace

Reply RulesPage(Visit& visit) { return Show(visit, "", nullptr, ""); }

// Nothing of it is kept.
Reply RulesTry(Visit& visit) {
  const std::string text(visit.request.Form("text"));
  const std::shared_ptr<const RuleTrial> trial = visit.desk.trial();
  if (trial == nullptr) return Problem(visit, 404, Say(visit, "problem.nowhere"));
  if (Trim(text).empty()) return Show(visit, "", nullptr, Say(visit, "rules.no-text"));
  if (text.size() > limits::kTryTextBytesMax)
    return Show(visit, "", nullptr, Say(visit, "rules.too-long"));
  const bool title = visit.request.Form("as") == "title";
  const Result<RuleTrial::Outcome> outcome =
      trial->Try(text, title ? ZoneKind::kTitle : ZoneKind::kText);
  if (!outcome) return Problem(visit, outcome.error());
  return Show(visit, text, &*outcome, "");
}

}  // namespace xuncha
