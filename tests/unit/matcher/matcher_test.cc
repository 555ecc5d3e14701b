// Matching pages: places, zones, caps, errors.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "rule_builder.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A page with zones one after the other.
Page PageOf(const std::vector<std::pair<ZoneKind, std::string>>& zones) {
  Page page;
  for (const auto& [kind, text] : zones) {
    const uint32_t begin = static_cast<uint32_t>(page.document.text.size());
    page.document.text += text;
    page.document.zones.push_back(
        {kind, Hiding::kNone, {begin, static_cast<uint32_t>(page.document.text.size())}, ""});
    page.document.text += '\n';
  }
  return page;
}

TEST(MatcherTest, TellsZoneAndOrdersByPlace) {
  Matching matching(RuleBuilder().Literal("平台").Literal("博彩").Take());
  Page page = PageOf(
      {{ZoneKind::kTitle, "博彩平台"}, {ZoneKind::kText, "无"}, {ZoneKind::kHidden, "博彩"}});
  matching.On(page);
  EXPECT_THAT(matching.Words(page),
              ElementsAre("博彩|plain|博彩", "平台|plain|平台", "博彩|plain|博彩"));
  EXPECT_EQ(page.hits[0].zone, 0u);
  EXPECT_EQ(page.hits[2].zone, 2u);
}

TEST(MatcherTest, LooksOnlyInTheZonesOfThePattern) {
  Matching matching(
      RuleBuilder().Literal("博彩", 0, ZoneBit(ZoneKind::kTitle)).Literal("平台").Take());
  Page page = PageOf({{ZoneKind::kTitle, "博彩"}, {ZoneKind::kText, "博彩平台"}});
  EXPECT_THAT(matching.Words(matching.On(page)), ElementsAre("博彩|plain|博彩", "平台|plain|平台"));
}

TEST(MatcherTest, WordsOfALinkAreAnAnchor) {
  Matching matching(RuleBuilder().Literal("博彩", 0, ZoneBit(ZoneKind::kAnchor)).Take());
  Page page = PageOf({{ZoneKind::kText, "博彩 博彩"}, {ZoneKind::kTitle, "博彩"}});
  Link link;
  link.text = {7, 13};
  page.document.links.push_back(link);
  matching.On(page);
  ASSERT_EQ(page.hits.size(), 1u);
  EXPECT_TRUE(page.hits[0].in_anchor);
  EXPECT_EQ(page.hits[0].text, (Span{7, 13}));
}

TEST(MatcherTest, NoHitSpansTwoZones) {
  Matching matching(
      RuleBuilder().Literal("博彩网站").Add(PatternKind::kRegex, "博彩\\s*网站").Take());
  Page page = PageOf({{ZoneKind::kText, "博彩"}, {ZoneKind::kText, "网站"}});
  EXPECT_THAT(matching.Words(matching.On(page)), IsEmpty());
}

TEST(MatcherTest, EqualFoldsServeEveryPattern) {
  Matching matching(
      RuleBuilder().Literal("賭博").Literal("赌博").Literal("ＶＩＰ").Literal("vip").Take());
  EXPECT_EQ(matching.Hits("赌博VIP").size(), 4u);
}

TEST(MatcherTest, ExpressionsRunOnFoldedText) {
  Matching matching(RuleBuilder()
                        .Add(PatternKind::kRegex, "加(微信|v信)[：:]?[a-z][a-z0-9_-]{5,}")
                        .Add(PatternKind::kRegex, "密级：(绝密|机密)")
                        .Add(PatternKind::kRegex, "\\d{4}-\\d{2}")
                        .Take());
  EXPECT_THAT(matching.Hits("請加微信：ABC_12345。"),
              ElementsAre(HasSubstr("|plain|加微信：ABC_12345")));
  EXPECT_THAT(matching.Hits("密級：绝密"), ElementsAre(HasSubstr("|plain|密級：绝密")));
  EXPECT_THAT(matching.Hits("密级:机密"), ElementsAre(HasSubstr("|plain|密级:机密")));
  EXPECT_THAT(matching.Hits("于2026-11发布，2026-12"),
              ElementsAre(HasSubstr("|2026-11"), HasSubstr("|2026-12")));
  EXPECT_THAT(matching.Hits("加微信：ab"), IsEmpty());
}

TEST(MatcherTest, ExpressionsAreFoundWhereSignsStandInside) {
  Matching matching(
      RuleBuilder().Add(PatternKind::kRegex, "办证，刻章").Add(PatternKind::kRegex, "★★★").Take());
  EXPECT_EQ(matching.Hits("办证，刻章★★★").size(), 2u);
}

TEST(MatcherTest, ALongTextIsSearchedThroughItsWindows) {
  Matching matching(RuleBuilder().Add(PatternKind::kRegex, "q{3}-\\d+").Take());
  std::string text;
  for (int i = 0; i < 40; ++i) text += std::string(8190, 'a') + " qqq-" + std::to_string(i);
  EXPECT_EQ(matching.Hits(text).size(), 40u);
}

TEST(MatcherTest, AnExpressionThatDoesNotCompileNamesItsRule) {
  const RuleSet rules = RuleBuilder().Literal("好").Add(PatternKind::kRegex, "a(b").Take();
  Result<std::unique_ptr<Matcher>> built = Matcher::Build(rules, {});
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().code, Code::kInvalid);
  EXPECT_THAT(built.error().text, HasSubstr("test.toml:7: rule test.rule: expression \"a(b\""));
}

TEST(MatcherTest, AnUnknownCheckNamesItsRule) {
  const RuleSet rules = RuleBuilder().Add(PatternKind::kCheck, "shoe-size").Take();
  Result<std::unique_ptr<Matcher>> built = Matcher::Build(rules, {});
  ASSERT_FALSE(built.ok());
  EXPECT_THAT(built.error().text, HasSubstr("unknown check \"shoe-size\""));
}

TEST(MatcherTest, CapsAreRecorded) {
  Matching matching(RuleBuilder().Literal("博彩").Take());
  std::string text;
  for (size_t i = 0; i < limits::kHitsPerPatternMax + 5; ++i) text += "博彩。";
  Page page = PageOfText(text, ZoneKind::kText);
  matching.On(page);
  EXPECT_EQ(page.hits.size(), limits::kHitsPerPatternMax);
  ASSERT_EQ(page.limits.size(), 1u);
  EXPECT_EQ(page.limits[0].limit, Limit::kHits);
  page = PageOfText("博彩", ZoneKind::kText);
  EXPECT_EQ(matching.On(page).hits.size(), 1u) << "the count starts anew";
  EXPECT_THAT(page.limits, IsEmpty());
}

// Seventy warnings, and then what they warn of.
TEST(MatcherTest, TheLastPlacesAreKeptAsWellAsTheFirst) {
  Matching matching(RuleBuilder().Literal("博彩").Literal("青竹").Take());
  std::string text;
  for (size_t i = 0; i < 3 * limits::kHitsPerPatternMax; ++i) text += "博彩青竹。";
  Page page = PageOfText(text, ZoneKind::kText);
  matching.On(page);
  EXPECT_EQ(page.hits.size(), 2 * limits::kHitsPerPatternMax);
  EXPECT_EQ(page.hits.front().text.begin, 0u);
  EXPECT_EQ(page.hits.back().text.end, text.size() - std::string_view("。").size());
  const size_t one = std::string_view("博彩青竹。").size();
  size_t last = 0;
  for (const Hit& hit : page.hits)
    last += hit.text.begin >= text.size() - limits::kHitsLastMax * one;
  EXPECT_EQ(last, 2 * limits::kHitsLastMax);
  EXPECT_EQ(page.limits.size(), 2u);
}

TEST(MatcherTest, AFailedScanIsDoneAgainAndRecorded) {
  RuleBuilder builder;
  builder.Literal("博彩网站", ChannelBit(Channel::kSplit))
      .Literal("vip")
      .Add(PatternKind::kRegex, "代开\\d+元");
  const RuleSet rules = builder.Take();
  Matching good{RuleSet(rules)};
  Matching bad(RuleSet(rules), {.cache_dir = "", .scan_fails_with = -13});
  for (const std::string_view text :
       {"十尃彩网站VIP代开100元", "什么都没有", "博 彩 网 站 vip博彩网站"}) {
    Page page = PageOfText(text, ZoneKind::kText);
    bad.On(page);
    EXPECT_EQ(bad.Words(page), good.Hits(text));
    ASSERT_EQ(page.limits.size(), 1u);
    EXPECT_EQ(page.limits[0].limit, Limit::kMatcherError);
    EXPECT_THAT(page.limits[0].detail, HasSubstr("-13"));
  }
}

TEST(MatcherTest, PlainWinsAtOnePlace) {
  constexpr uint8_t kAll = (1u << kChannels) - 1;
  Matching matching(RuleBuilder().Literal("博彩网站", kAll).Take());
  EXPECT_THAT(matching.Hits("女子代写 博彩网站 a b c 一三八零零一三八"),
              ElementsAre("博彩网站|plain|博彩网站"));
}

TEST(MatcherTest, NoRulesAndNoTextAreNoTrouble) {
  Matching matching{RuleSet()};
  Page page;
  EXPECT_THAT(matching.On(page).hits, IsEmpty());
  EXPECT_THAT(matching.Hits("博彩"), IsEmpty());
  Matching some(RuleBuilder().Literal("博彩").Take());
  EXPECT_THAT(some.Hits(""), IsEmpty());
}

TEST(MatcherTest, HostileTextsEnd) {
  constexpr uint8_t kAll = (1u << kChannels) - 1;
  Matching matching(RuleBuilder()
                        .Literal("博彩网站", kAll)
                        .Literal("13800138000", kAll)
                        .Add(PatternKind::kCheck, "mobile", kAll)
                        .Take());
  struct Case {
    std::string_view why, piece;
  };
  constexpr Case kCases[] = {{"split heads", "女口"},
                             {"single letters", "a b "},
                             {"repeats", "aaaa"},
                             {"numerals", "一"},
                             {"numbers", "1-"},
                             {"look-alikes", "а"},
                             {"overrides", "\u202e"},
                             {"long ligature", "\ufdfa"},
                             {"zero width", "\u200b"},
                             {"malformed", "\xf4"},
                             {"overrides and lines", "\u202e\n"}};
  for (const auto& [why, piece] : kCases) {
    SCOPED_TRACE(why);
    std::string text;
    while (text.size() < 300'000) text += piece;
    text += " 博彩网站";
    const std::vector<std::string> hits = matching.Hits(text);
    EXPECT_EQ(std::count(hits.begin(), hits.end(), "博彩网站|plain|博彩网站"), 1);
  }
}

// A page may be full of words that excuse: what accuses is still found behind them.
TEST(MatcherTest, WordsOfContextLeaveRoomForWhatAccuses) {
  RuleBuilder builder;
  std::string text;
  constexpr int kWords = 12;
  for (int i = 0; i < kWords; ++i) {
    const std::string word = "context" + std::string(1, static_cast<char>('a' + i));
    builder.Literal(word);
    for (size_t n = 0; n < limits::kContextHitsMax; ++n) text += word + " ";
  }
  RuleSet rules = builder.Literal("博彩网站").Take();
  for (int i = 0; i < kWords; ++i)
    rules.patterns[static_cast<size_t>(i)].uses = {{0, Role::kUnless}};
  ASSERT_GT(kWords * limits::kContextHitsMax, limits::kHitsPerPageMax);
  Matching matching(std::move(rules));
  Page page = PageOf({{ZoneKind::kText, text + "博彩网站"}});
  page.checked = Checked::kFull;
  matching.On(page);
  EXPECT_EQ(page.hits.size(), limits::kContextHitsPerPageMax + 1);
  EXPECT_EQ(page.hits.back().pattern, static_cast<uint32_t>(kWords));
  EXPECT_EQ(page.checked, Checked::kFlat) << "not all words were held against the page";
}

// The automaton of this expression outgrows RE2's memory, and each of the matches
// in link words is no hit: nothing but the clock ends it.
TEST(MatcherTest, AHostilePageUnderAHostileRuleMeetsTheDeadlineAndSaysSo) {
  const std::string expression = "赌博|[ab][^x]{12}c[ab][^x]{12}d";
  Matcher::Options options;
  options.cpu_millis_max = 20;
  RuleSet rules =
      RuleBuilder().Add(PatternKind::kRegex, expression, 0, ZoneBit(ZoneKind::kAnchor)).Take();
  rules.rules[0].zones = ZoneBit(ZoneKind::kAnchor);
  auto matcher = Matcher::Build(rules, options);
  ASSERT_TRUE(matcher.ok()) << matcher.error().text;
  Result<Matcher::Scratch> scratch = (*matcher)->NewScratch();
  ASSERT_TRUE(scratch.ok());
  std::string text;
  for (uint32_t state = 1; text.size() < (2u << 20);) {
    state = state * 1664525 + 1013904223;
    text += "abc"[(state >> 24) % 3];
    if (text.size() % 4096 == 0) text += "赌博";
  }
  Page page = PageOfText(text, ZoneKind::kText);
  (*matcher)->Match(page, *scratch);
  const auto late = std::find_if(page.limits.begin(), page.limits.end(), [](const LimitHit& hit) {
    return hit.limit == Limit::kMatchTime;
  });
  ASSERT_NE(late, page.limits.end());
  EXPECT_THAT(late->detail, ::testing::HasSubstr("20 ms"));
}

}  // namespace
}  // namespace xuncha
