// SPDX-License-Identifier: Apache-2.0
#include "app/evaluation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/mask.h"
#include "rules/kinds.h"

namespace xuncha {
namespace {

constexpr size_t kTruthBytesMax = 256 << 20;

std::string KeyOf(std::string_view site, std::string_view path) {
  std::string key(path);
  if (key.ends_with("/")) key += "index.html";
  return std::string(site) + key;
}

struct Counts {
  uint64_t positive = 0, found = 0, clean = 0, false_flags = 0;
};

// Pages of one kind, and pages flagged as that kind.
struct KindCounts {
  uint64_t positive = 0, flagged = 0, right = 0;
};

double Mean(double precision, double recall) {
  return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
}

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Result<std::vector<Truth>> ReadTruth(const std::string& path) {
  const Result<std::string> text = ReadFile(path, kTruthBytesMax);
  if (!text) return text.error();
  std::vector<Truth> truth;
  int line_number = 0;
  for (const std::string_view line : Split(*text, '\n')) {
    ++line_number;
    if (Trim(line).empty()) continue;
    const Result<Node> node = ParseJson(line, fmt::format("{}:{}", path, line_number));
    if (!node) return node.error();
    const Node* site = node->Find("site");
    const Node* page = node->Find("path");
    const Node* clause = node->Find("clause");
    if (site == nullptr || page == nullptr || clause == nullptr ||
        !clause->is(Node::Type::kArray)) {
      return Error{Code::kInvalid,
                   fmt::format("{}:{}: needs \"site\", \"path\" and an array \"clause\"", path,
                               line_number)};
    }
    Truth one;
    one.site = site->string;
    one.path = page->string;
    for (const Node& item : clause->items) one.clauses.push_back(static_cast<int>(item.integer));
    if (const Node* kind = node->Find("kind"); kind != nullptr) one.kind = kind->string;
    if (const Node* technique = node->Find("technique"); technique != nullptr)
      one.technique = technique->string;
    if (const Node* hard = node->Find("hard"); hard != nullptr) one.hard = hard->boolean;
    truth.push_back(std::move(one));
  }
  return truth;
}

Evaluation::Evaluation(std::vector<Truth> truth, Severity least)
    : truth_(std::move(truth)), least_(least), outcomes_(truth_.size()) {
  for (size_t i = 0; i < truth_.size(); ++i) index_[KeyOf(truth_[i].site, truth_[i].path)] = i;
}

void Evaluation::Add(const Page& page) {
  const auto found = index_.find(KeyOf(page.permit.site().id, page.permit.url().path()));
  if (found == index_.end()) return;
  Outcome& outcome = outcomes_[found->second];
  outcome.seen = true;
  for (const Finding& finding : page.findings) {
    outcome.reasons += fmt::format("    {} {} {}：{}", SeverityName(finding.severity), finding.kind,
                                   finding.score, finding.because);
    for (const Evidence& evidence : finding.evidence) {
      outcome.reasons += fmt::format("\n      {} [{}] {}{}", evidence.rule, ZoneName(evidence.zone),
                                     evidence.found, evidence.detail);
    }
    outcome.reasons += "\n";
    if (finding.severity < least_) continue;
    outcome.flagged = true;
    outcome.clauses.push_back(finding.clause);
    outcome.kinds.insert(finding.kind);
  }
  for (const Dismissal& dismissal : page.dismissals) {
    outcome.reasons += fmt::format("    dismissed {} {}：{}\n", dismissal.evidence.rule,
                                   dismissal.evidence.found, dismissal.reason);
  }
}

std::string Evaluation::Report(bool list) const {
  Counts all, hard;
  std::map<std::string, Counts> truths, techniques;
  std::map<std::string, KindCounts> kinds;
  uint64_t clause_right = 0, unseen = 0;
  std::string wrong;
  for (size_t i = 0; i < truth_.size(); ++i) {
    const Truth& truth = truth_[i];
    const Outcome& outcome = outcomes_[i];
    if (!outcome.seen) ++unseen;
    const bool positive = !truth.clauses.empty();
    const auto count = [&](Counts& counts) {
      counts.positive += positive;
      counts.found += positive && outcome.flagged;
      counts.clean += !positive;
      counts.false_flags += !positive && outcome.flagged;
    };
    count(all);
    if (truth.hard) count(hard);
    count(truths[truth.kind]);
    // A truth with names of its own cannot say which kind is right.
    if (!positive || FindKind(truth.kind) != nullptr) {
      for (const std::string& kind : outcome.kinds) {
        ++kinds[kind].flagged;
        kinds[kind].right += positive && kind == truth.kind;
      }
      if (positive) ++kinds[truth.kind].positive;
    }
    for (const std::string_view technique : Split(truth.technique, '+'))
      count(techniques[std::string(technique)]);
    if (positive && outcome.flagged) {
      clause_right += std::any_of(outcome.clauses.begin(), outcome.clauses.end(), [&](int clause) {
        return std::find(truth.clauses.begin(), truth.clauses.end(), clause) != truth.clauses.end();
      });
    }
    if (list && positive != outcome.flagged) {
      wrong +=
          fmt::format("{} {}{} ({}, {}){}\n", positive ? "missed" : "false flag", truth.site,
                      truth.path, truth.kind, truth.technique, outcome.seen ? "" : " not read");
      for (const std::string_view line : Split(outcome.reasons, '\n')) {
        if (!line.empty()) wrong += Neutralise(MaskIdentifiers(line)) + "\n";
      }
    }
  }
  const uint64_t flagged = all.found + all.false_flags;
  const double precision = Ratio(all.found, flagged), recall = Ratio(all.found, all.positive);
  std::string out = fmt::format(
      "pages            {} ({} violating, {} clean, {} not read)\nprecision        {:.4f}\nrecall  "
      "         {:.4f}\n"
      "F1               {:.4f}\nrecall, hard     {:.4f}\nfalse flags      {} ({:.1f} per 1000 "
      "clean pages)\nclause accuracy  {:.4f}\n",
      truth_.size(), all.positive, all.clean, unseen, precision, recall, Mean(precision, recall),
      Ratio(hard.found, hard.positive), all.false_flags, 1000 * Ratio(all.false_flags, all.clean),
      Ratio(clause_right, all.found));
  out +=
      fmt::format("\nas which kind{:>24}{:>8}{:>8}{:>9}\n", "precision", "recall", "F1", "pages");
  for (const auto& [name, counts] : kinds) {
    const double right = Ratio(counts.right, counts.flagged);
    const double seen = Ratio(counts.right, counts.positive);
    out += fmt::format("  {:<26}{:>9.4f}{:>8.4f}{:>8.4f}{:>9}\n", name, right, seen,
                       Mean(right, seen), counts.positive);
  }
  const auto table = [&](std::string_view title, const std::map<std::string, Counts>& groups) {
    out += fmt::format("\n{:<28}{:>9}{:>8}{:>8}{:>9}{:>7}\n", title, "precision", "recall", "F1",
                       "found", "false");
    for (const auto& [name, counts] : groups) {
      const double right = Ratio(counts.found, counts.found + counts.false_flags);
      const double seen = Ratio(counts.found, counts.positive);
      out += fmt::format("  {:<26}{:>9.4f}{:>8.4f}{:>8.4f}{:>4} of {:<4} {} of {}\n", name, right,
                         seen, Mean(right, seen), counts.found, counts.positive, counts.false_flags,
                         counts.clean);
    }
  };
  table("flagged, by truth's kind", truths);
  table("flagged, by technique", techniques);
  if (!wrong.empty()) out += "\nwrong\n" + wrong;
  return out;
}

}  // namespace xuncha
