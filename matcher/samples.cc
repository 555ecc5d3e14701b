// Running the samples of a rule set.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/samples.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "matcher/reading.h"

namespace xuncha {
namespace {

// Where a rule's samples stand: running text if it looks there, else the first
// zone it looks in.
ZoneKind SampleZone(const Rule& rule) {
  if (rule.zones == 0 || (rule.zones & ZoneBit(ZoneKind::kText)) != 0) return ZoneKind::kText;
  for (int i = 0; i < kZoneKinds; ++i) {
    const ZoneKind kind = static_cast<ZoneKind>(i);
    if ((rule.zones & ZoneBit(kind)) != 0) return kind;
  }
  return ZoneKind::kText;
}

}  // namespace

Page PageOfText(std::string_view text, ZoneKind zone) {
  Page page;
  Document& document = page.document;
  document.text = ToValidUtf8(text);
  const Span all{0, static_cast<uint32_t>(document.text.size())};
  const bool anchor = zone == ZoneKind::kAnchor;  // a link's words stand in running text
  document.zones.push_back({anchor ? ZoneKind::kText : zone,
                            zone == ZoneKind::kHidden ? Hiding::kDisplayNone : Hiding::kNone, all,
                            ""});
  if (anchor) {
    Link link;
    link.text = all;
    document.links.push_back(std::move(link));
  }
  if (zone == ZoneKind::kTitle) document.title = CollapseSpace(document.text);
  if (anchor || zone == ZoneKind::kText) document.visible = all;
  page.checked = Checked::kFull;
  return page;
}

std::vector<std::string> CheckSamples(const RuleSet& rules, const Matcher& matcher,
                                      const Judge& judge) {
  std::vector<std::string> out;
  Result<Matcher::Scratch> scratch = matcher.NewScratch();
  if (!scratch) return {scratch.error().text};
  const auto check = [&](uint32_t index, const Sample& sample, bool must_fire) {
    const Rule& rule = rules.rules[index];
    Page page = PageOfText(sample.text, SampleZone(rule));
    matcher.Match(page, *scratch);
    const std::vector<std::string> fired = judge.Fired(page);
    if ((std::find(fired.begin(), fired.end(), rule.id) != fired.end()) == must_fire) return;
    std::string text = fmt::format(
        "{}:{}:{}: 规则 {}：{}（放在{}里读）：“{}”；{}", rules.PackOf(rule).file, sample.line,
        sample.column, rule.id, must_fire ? "样例 examples 没有命中" : "反例 counters 却命中了",
        ZoneText(SampleZone(rule)), sample.text,
        must_fire ? "改样例，或把缺的词加进规则" : "加排除的词（unless），或把词条写长些");
    for (const std::string& line : judge.Account(page, index)) text += "\n    " + line;
    out.push_back(std::move(text));
  };
  for (uint32_t i = 0; i < rules.rules.size(); ++i) {
    for (const Sample& sample : rules.rules[i].examples) check(i, sample, true);
    for (const Sample& sample : rules.rules[i].counters) check(i, sample, false);
  }
  return out;
}

std::string WordAsRead(std::string_view word) { return ReadPhrase(word).core; }

}  // namespace xuncha
