// SPDX-License-Identifier: Apache-2.0
#include "rules/judge.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/account.h"
#include "rules/kinds.h"
#include "rules/reading.h"
#include "rules/scoring.h"
#include "rules/wording.h"

namespace xuncha {
namespace {

constexpr std::string_view kTamper = "tamper";

std::string TitleOf(const RuleSet& rules, std::string_view kind, int clause) {
  for (const Pack& pack : rules.packs) {
    if (pack.kind == kind && pack.clause == clause) return pack.title;
  }
  const KindInfo* info = FindKind(kind);
  return std::string(info == nullptr ? kind : info->title);
}

// The same violation on the next night has the same name: what identifies it is
// which rules found which patterns, not where or how often.
std::string Identify(const Page& page, const Finding& finding, const RuleSet& rules,
                     const Group& group) {
  std::vector<std::string> identities;
  for (const Kept& kept : group.kept) {
    identities.push_back(rules.rules[kept.rule].id + '\n' +
                         rules.patterns[page.hits[kept.hit].pattern].text);
  }
  for (const Evidence& evidence : finding.evidence) {
    if (!evidence.found.empty()) continue;
    const auto signal = SignalByName(evidence.pattern);
    if (signal && IsComparison(*signal)) continue;  // the same violation, better proved
    identities.push_back(evidence.rule + '\n' + evidence.pattern);
  }
  SortUnique(identities);
  std::string joined;
  for (const std::string& identity : identities)
    joined += std::to_string(identity.size()) + ':' + identity;
  const std::string site = page.permit.valid() ? page.permit.site().id : std::string();
  return StableId(
      {site, AskedUrl(page).text(), finding.kind, std::to_string(finding.clause), joined});
}

// Decides one page; lives as long as that takes.
class Bench {
 public:
  Bench(const RuleSet& rules, const RuleIndex& index, const Judgement& judgement,
        const std::vector<uint32_t>& group_of_pack, std::string_view identifier_key, Page& page)
      : rules_(rules),
        judgement_(judgement),
        group_of_pack_(group_of_pack),
        identifier_key_(identifier_key),
        page_(page),
        structure_(judgement, page.document),
        outcome_(ReadHits(rules, index, judgement, page, SignalNeed::kOnPage)) {}

  void Decide() {
    MakeGroups();
    bool spoken_for = false;  // a finding of content has the tampering as its proof
    Group* tamper = nullptr;
    for (Group& group : groups_) {
      if (group.kind == kTamper) {
        tamper = &group;
        continue;
      }
      const bool advertised = Contains(judgement_.advertises, group.kind);
      const Verdict verdict =
          WeighGroup(rules_, judgement_, page_, group, advertised ? &structure_ : nullptr);
      const bool takes = advertised && verdict.severity >= Severity::kLow;
      spoken_for = spoken_for || (takes && !structure_.signals.empty());
      AddFinding(group, verdict, takes ? Proofs::kWithStructure : Proofs::kWords);
    }
    DecideTamper(tamper, spoken_for);
    AddDismissals();
    LocateInBody(page_);
    SortWorstFirst(page_.findings);
  }

 private:
  enum class Proofs : uint8_t { kWords, kWithStructure };

  static bool Contains(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }

  void MakeGroups() {
    std::vector<std::pair<uint32_t, size_t>> known;  // group of pack -> groups_; a handful
    for (const Kept& kept : outcome_.kept) {
      const uint32_t pack = rules_.rules[kept.rule].pack;
      const uint32_t name = group_of_pack_[pack];
      auto at = std::find_if(known.begin(), known.end(),
                             [name](const auto& entry) { return entry.first == name; });
      if (at == known.end()) {
        known.emplace_back(name, groups_.size());
        groups_.push_back({rules_.packs[pack].kind, rules_.packs[pack].clause, {}});
        at = std::prev(known.end());
      }
      groups_[at->second].kept.push_back(kept);
    }
    for (Group& group : groups_) SupportNeighbours(judgement_, page_, group);
  }

  void DecideTamper(const Group* words, bool spoken_for) {
    if (spoken_for || (words == nullptr && structure_.signals.empty())) return;
    Group group = words != nullptr ? *words : Group{kTamper, FindKind(kTamper)->clause, {}};
    Verdict verdict;
    if (words != nullptr) verdict = WeighGroup(rules_, judgement_, page_, group, &structure_);
    const Verdict bare = WeighStructure(judgement_, structure_);
    if (structure_.signals.empty() || verdict.severity > bare.severity) {
      AddFinding(group, verdict, Proofs::kWithStructure);
    } else {
      AddFinding(group,
                 {bare.severity, std::max(bare.score, verdict.score),
                  std::max(bare.proofs, verdict.proofs)},
                 Proofs::kWithStructure);
    }
  }

  void AddFinding(const Group& group, const Verdict& verdict, Proofs proofs) {
    Finding finding;
    finding.kind = std::string(group.kind);
    finding.clause = group.clause;
    finding.severity = verdict.severity;
    finding.score = verdict.score;
    finding.evidence = EvidenceOfGroup(rules_, page_, group, identifier_key_);
    AddRuleSignals(group, finding);
    if (proofs == Proofs::kWithStructure) AddSignals(finding);
    finding.because =
        Sentence(TitleOf(rules_, group.kind, group.clause), finding.evidence, verdict);
    finding.id = Identify(page_, finding, rules_, group);
    page_.findings.push_back(std::move(finding));
  }

  // Signals that the kept rules themselves asked for, beside their words.
  void AddRuleSignals(const Group& group, Finding& finding) const {
    std::array<bool, kSignalKinds> present{};
    for (const Signal& signal : page_.document.signals) {
      present[static_cast<size_t>(signal.kind)] = true;
    }
    for (const Kept& kept : group.kept) {
      for (SignalKind kind : rules_.rules[kept.rule].signals) {
        if (present[static_cast<size_t>(kind)]) NameSignal(kind, finding);
      }
    }
  }

  static void NameSignal(SignalKind kind, Finding& finding) {
    std::string name(SignalName(kind));
    if (!Contains(finding.signals, name)) finding.signals.push_back(std::move(name));
  }

  // Structure as evidence, in the words of the tamper rule that names it, if any.
  // It always has room: words give way, for an officer has to see both.
  void AddSignals(Finding& finding) const {
    std::vector<Evidence> structure;
    for (uint32_t index : structure_.signals) {
      const Signal& signal = page_.document.signals[index];
      NameSignal(signal.kind, finding);
      if (structure.size() < limits::kSignalEvidenceMax) {
        structure.push_back(EvidenceOfSignal(judgement_, signal, RuleOfSignal(index)));
      }
    }
    std::stable_sort(structure.begin(), structure.end(),
                     [](const Evidence& a, const Evidence& b) { return a.strong > b.strong; });
    if (finding.evidence.size() + structure.size() > limits::kEvidencePerFindingMax) {
      finding.evidence.resize(limits::kEvidencePerFindingMax - structure.size());
    }
    std::move(structure.begin(), structure.end(), std::back_inserter(finding.evidence));
  }

  const Rule* RuleOfSignal(uint32_t index) const {
    for (const SignalRule& named : outcome_.signals) {
      if (named.signal == index && rules_.PackOf(rules_.rules[named.rule]).kind == kTamper) {
        return &rules_.rules[named.rule];
      }
    }
    return nullptr;
  }

  void AddDismissals() {
    for (const Dropped& dropped : outcome_.dropped) {
      if (page_.dismissals.size() >= limits::kDismissalsPerPageMax) return;
      page_.dismissals.push_back(DismissalOf(rules_, page_, dropped, identifier_key_));
    }
  }

  const RuleSet& rules_;
  const Judgement& judgement_;
  const std::vector<uint32_t>& group_of_pack_;
  const std::string_view identifier_key_;
  Page& page_;
  const Structure structure_;
  const Outcome outcome_;
  std::vector<Group> groups_;
};

}  // namespace

Judge::Judge(const RuleSet& rules) : Judge(rules, BuiltinJudgement()) {}

Judge::Judge(const RuleSet& rules, const Judgement& judgement)
    : rules_(rules), judgement_(judgement), index_(std::make_unique<const RuleIndex>(rules)) {
  for (const Pack& pack : rules.packs) {
    uint32_t group = 0;
    while (rules.packs[group].kind != pack.kind || rules.packs[group].clause != pack.clause)
      ++group;
    group_of_pack_.push_back(group);
  }
}

Judge::~Judge() = default;

void Judge::Decide(Page& page) const {
  page.findings.clear();
  page.dismissals.clear();
  if (page.hits.empty() && page.document.signals.empty()) return;
  Bench(rules_, *index_, judgement_, group_of_pack_, identifier_key_, page).Decide();
}

std::vector<std::string> Judge::Fired(const Page& page) const {
  const Outcome outcome = ReadHits(rules_, *index_, judgement_, page, SignalNeed::kAssumed);
  std::vector<std::string> ids;
  for (const Kept& kept : outcome.kept) {
    if (kept.demotion != Demotion::kContext && kept.demotion != Demotion::kExcused)
      ids.push_back(rules_.rules[kept.rule].id);
  }
  for (const SignalRule& rule : outcome.signals) ids.push_back(rules_.rules[rule.rule].id);
  SortUnique(ids);
  return ids;
}

std::vector<std::string> Judge::Account(const Page& page, uint32_t rule) const {
  CHECK(rule < rules_.rules.size());
  return AccountOfRule(rules_, page,
                       ReadHits(rules_, *index_, judgement_, page, SignalNeed::kAssumed), rule);
}

void SortWorstFirst(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.score > b.score;
  });
}

}  // namespace xuncha
