// SPDX-License-Identifier: Apache-2.0
#include "console/rule_trial.h"

#include <utility>

#include "base/limits.h"
#include "matcher/matcher.h"
#include "rules/judge.h"
#include "rules/rule_set.h"

namespace xuncha {

Digest RuleTrial::digest() const { return rules_.digest; }

std::vector<RuleFacts> RuleTrial::Rules() const {
  std::vector<RuleFacts> facts;
  for (const Rule& rule : rules_.rules) {
    const Pack& pack = rules_.PackOf(rule);
    facts.push_back({.id = rule.id,
                     .kind = pack.kind,
                     .because = rule.because,
                     .basis = pack.basis,
                     .file = pack.file,
                     .strong = rule.strong});
  }
  return facts;
}

Result<RuleTrial::Outcome> RuleTrial::Try(std::string_view text, ZoneKind zone) const {
  CHECK(text.size() <= limits::kTryTextBytesMax);
  Result<Matcher::Scratch> scratch = matcher_.NewScratch();
  if (!scratch) return scratch.error();
  Page page;
  const Span all{0, static_cast<uint32_t>(text.size())};
  page.document.text = text;
  page.document.zones = {{.kind = zone, .text = all}};
  page.document.visible = all;
  page.checked = Checked::kFull;
  matcher_.Match(page, *scratch);
  judge_.Decide(page);
  return Outcome{std::move(page.findings), std::move(page.dismissals)};
}

}  // namespace xuncha
