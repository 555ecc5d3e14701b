// Expressions run only around the words their matches must hold; what they find
// there is what they find in the whole text.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/width.h"

#include <random>

#include "base/limits.h"
#include "matcher/confirm.h"
#include "matcher/normalise.h"
#include "rule_builder.h"

namespace xuncha {
namespace {

TEST(WidthTest, CountsWhatAMatchCanHold) {
  struct Case {
    std::string_view why, expression;
    size_t want;
  };
  constexpr Case kCases[] = {
      {"characters of any script have four bytes at most", "ab博", 12},
      {"the widest alternative", "a|bcd|ef", 12},
      {"a group and what stands around it", "x(?:ab|c)y", 16},
      {"a group that is remembered", "(ab)(?P<n>c)", 12},
      {"a class, with a bracket and an escape in it", R"([]\]a[:alpha:]-z])", 4},
      {"a class that excludes, repeated", R"([^\s。！？]{0,12})", 48},
      {"as often as said", "a{3}b{2,5}", 32},
      {"none or one, lazily", "a??b?", 8},
      {"a lazy repeat with a bound", "a{1,3}?", 12},
      {"edges have no width", R"(^\bab\B$)", 8},
      {"escaped signs are characters", R"(\.\d\W)", 12},
      {"a brace that repeats nothing", "a{x}", 16},
      {"nothing", "", 0},
      {"no bound", "ab*", kUnbounded},
      {"no bound, at least one", "a+", kUnbounded},
      {"no bound, from two", "a{2,}", kUnbounded},
      {"no bound inside a group", "(?:a+){2}", kUnbounded},
      {"flags are not read", "(?i:a)", kUnbounded},
      {"quotations are not read", R"(\Qa*\E)", kUnbounded},
      {"a property is one character", R"(\p{Han}{2}\PLa)", 16},
      {"codes are not read", R"(\x{535a})", kUnbounded},
  };
  for (const auto& [why, expression, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(WidthMax(expression), want);
  }
}

TEST(WidthTest, DeepBracketsAreNotFollowed) {
  EXPECT_EQ(WidthMax(std::string(900, '(') + "a" + std::string(900, ')')), kUnbounded);
}

// Pieces that begin, end or break matches of the expressions below.
std::string Text(std::mt19937& random) {
  static constexpr std::string_view kPieces[] = {
      "出售", "代写", "论文", "论 文", "发票", "一",   "二", "，", "。", "\n",
      " ",    "abc",  "ab",   "微信",  "：",   "加微", "1",  "23", "测", "试"};
  std::string out;
  for (size_t left = random() % 400; left > 0; --left) {
    out += kPieces[random() % std::size(kPieces)];
  }
  return out;
}

TEST(WidthTest, SearchAroundWordsEqualsSearchOfAll) {
  const std::vector<std::string> sources = {
      "(?:出售|代写)[^\\s。]{0,4}(?:论文|发票)",
      "(?:论文|发票).{0,6}?出售",
      "^.{0,3}代写",
      "微信.{0,3}\\d{1,3}\\b",
      "(?:加微|微信)[^\\n]*发票",  // no bound: whole zones
      "abc.{0,9}论文|论文一",
      "(?:代写){2,3}",
  };
  RuleBuilder builder;
  for (const std::string& source : sources) builder.Add(PatternKind::kRegex, source);
  Matching matching(builder.Take());
  const Result<std::unique_ptr<Expressions>> alone = Expressions::Build(sources);
  ASSERT_TRUE(alone.ok());
  std::mt19937 random(20261122);
  size_t places = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string text = Text(random);
    Page page = PageOfText(text, ZoneKind::kText);
    matching.On(page);
    FoldedText folded;
    folded.Clear();
    FoldZone(text, {0, static_cast<uint32_t>(text.size())}, {}, folded);
    const std::string_view plain = folded.view().substr(2, folded.size - 3);
    for (size_t k = 0; k < sources.size(); ++k) {
      std::vector<Span> want, got;
      (*alone)->Find(
          static_cast<int>(k), plain, {0, static_cast<uint32_t>(plain.size())},
          [&](Span match) {
            if (want.size() < limits::kHitsPerPatternMax)
              want.push_back(folded.map.Source({match.begin + 2, match.end + 2}));
            return Expressions::Next::kContinue;
          },
          [] { return Expressions::Next::kContinue; });
      for (const Hit& hit : page.hits) {
        if (hit.pattern == k) got.push_back(hit.text);
      }
      ASSERT_EQ(got, want) << sources[k] << " in \"" << text << "\"";
      places += want.size();
    }
  }
  EXPECT_GT(places, 2'000u) << "the pieces must meet";
}

}  // namespace
}  // namespace xuncha
