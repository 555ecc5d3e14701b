// The judge turns hits and signals into findings, or dismisses them, each with
// its reasons (design: rules.md). Its score is monotone: more evidence never
// lowers a verdict, except that context around one hit dismisses that hit.
//
// Pure: Decide reads page.document and page.hits and writes page.findings and
// page.dismissals. One judge may serve many threads.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/record.h"
#include "rules/rule_set.h"

namespace xuncha {

class Judge {
 public:
  // Borrows `rules`, which must outlive the judge.
  explicit Judge(const RuleSet& rules);

  void Decide(Page& page) const;

  // Ids of the rules that fire on the page, for samples and `rules eval`.
  std::vector<std::string> Fired(const Page& page) const;

 private:
  const RuleSet& rules_;
};

}  // namespace xuncha
