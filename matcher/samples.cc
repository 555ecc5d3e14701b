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

// What was found instead: "found: 下注 (plain), 平台 (plain); fired: loan.offer".
std::string Account(const RuleSet& rules, const Page& page, const std::vector<std::string>& fired) {
  constexpr size_t kNamesMax = 8;
  std::vector<std::string> found;
  for (const Hit& hit : page.hits) {
    if (found.size() == kNamesMax) break;
    found.push_back(
        fmt::format("{} ({})", rules.patterns[hit.pattern].text, ChannelName(hit.channel)));
  }
  return fmt::format("found: {}; fired: {}", found.empty() ? "nothing" : Join(found, ", "),
                     fired.empty() ? "nothing" : Join(fired, ", "));
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
  const auto check = [&](const Rule& rule, const Sample& sample, bool must_fire) {
    Page page = PageOfText(sample.text, SampleZone(rule));
    matcher.Match(page, *scratch);
    const std::vector<std::string> fired = judge.Fired(page);
    if ((std::find(fired.begin(), fired.end(), rule.id) != fired.end()) == must_fire) return;
    out.push_back(
        fmt::format("{}:{}: rule {}: {} in zone {}: \"{}\"; {}", rules.PackOf(rule).file,
                    sample.line, rule.id, must_fire ? "example does not fire" : "counter fires",
                    ZoneName(SampleZone(rule)), sample.text, Account(rules, page, fired)));
  };
  for (const Rule& rule : rules.rules) {
    for (const Sample& sample : rule.examples) check(rule, sample, true);
    for (const Sample& sample : rule.counters) check(rule, sample, false);
  }
  return out;
}

std::string WordAsRead(std::string_view word) { return ReadPhrase(word).core; }

}  // namespace xuncha
