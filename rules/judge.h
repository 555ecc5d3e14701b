// The judge turns hits and signals into findings, or dismisses them, each with
// its reasons (design: rules.md). Its score is monotone: more evidence never
// lowers a verdict, except that context around one hit dismisses that hit.
//
// Three steps, one file each: reading.h says which hits stand, scoring.h how
// serious they are, wording.h what an officer is told. The numbers are those of
// judgement.toml.
//
// Pure: Decide reads page.document and page.hits and writes page.findings and
// page.dismissals. One judge may serve many threads.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/record.h"
#include "rules/judgement.h"
#include "rules/rule_set.h"

namespace xuncha {

struct RuleIndex;

class Judge {
 public:
  // Borrows `rules`, which must outlive the judge. Weighs by the built-in numbers.
  explicit Judge(const RuleSet& rules);
  // Weighs by other numbers; borrows both.
  Judge(const RuleSet& rules, const Judgement& judgement);
  ~Judge();

  // Numbers of citizens bear a digest from now on, by which the same number is known again
  // on another page without being shown. The key is the installation's own: without it the
  // few numbers there are could all be tried. Empty: no digests.
  void KeyIdentifiers(std::string key) { identifier_key_ = std::move(key); }

  void Decide(Page& page) const;

  // Ids of the rules that fire on the page, sorted, for samples and `rules eval`.
  // A signal that a rule asks for besides its patterns is taken as present: a
  // sample is text and has no structure.
  std::vector<std::string> Fired(const Page& page) const;

  // Why rules.rules[rule] fires on the page or does not, line by line in Chinese:
  // what was found and how it was read, what dismissed it, what was missing.
  // Signals as in Fired.
  std::vector<std::string> Account(const Page& page, uint32_t rule) const;

 private:
  const RuleSet& rules_;
  const Judgement& judgement_;
  std::string identifier_key_;
  std::unique_ptr<const RuleIndex> index_;
  std::vector<uint32_t> group_of_pack_;  // packs of one kind and clause make one finding
};

// As findings are kept: by severity, then by score.
void SortWorstFirst(std::vector<Finding>& findings);

}  // namespace xuncha
