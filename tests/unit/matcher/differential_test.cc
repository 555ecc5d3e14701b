// Two ways to the truth: the matcher's hits equal those of the reference scan, on
// random texts and literals made of pieces that meet each other often.
//
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "reference_scan.h"
#include "rule_builder.h"

namespace xuncha {
namespace {

constexpr int kRuleSets = 200;
constexpr int kLiterals = 20;
constexpr int kTexts = 5;  // 200 x 20 x 5 pairs

std::string Random(std::mt19937& random, size_t pieces, bool spaces) {
  static constexpr std::string_view kPieces[] = {"博", "彩",     "賭", "赌", "，", "·",
                                                 "*",  "【",     "A",  "b",  "Ⓑ",  "3",
                                                 "６", "\u200b", "の", "㈤", "五"};
  static constexpr std::string_view kSpaces[] = {" ", "\u3000", "\n"};
  std::string out;
  for (size_t i = 0; i < pieces; ++i) {
    out += spaces && random() % 6 == 0 ? kSpaces[random() % std::size(kSpaces)]
                                       : kPieces[random() % std::size(kPieces)];
  }
  return out;
}

// Whether a place holds single letters or digits apart, or repeated letters: those
// are read joined besides, which the reference does not do (evasion_test.cc does).
bool JoinsLetters(std::string_view text, const std::tuple<uint32_t, uint32_t, Channel>& place) {
  const auto& [begin, end, channel] = place;
  const std::vector<ReferenceChar> chars = ReferencePlain(text.substr(begin, end - begin));
  for (size_t i = 1; i + 1 < chars.size(); ++i) {
    const bool apart = ReferenceIsSeparator(chars[i]) && chars[i - 1].kind == CharKind::kAlnum;
    const bool repeated = chars[i - 1].c == chars[i].c && chars[i].c == chars[i + 1].c;
    if (apart || repeated) return true;
  }
  return false;
}

TEST(DifferentialTest, HitsEqualThoseOfAPlainScan) {
  std::mt19937 random(20261122);
  size_t places = 0;
  for (int set = 0; set < kRuleSets; ++set) {
    RuleBuilder builder;
    std::vector<std::string> literals;
    for (int i = 0; i < kLiterals; ++i) {
      literals.push_back(Random(random, 1 + random() % 4, false));
      builder.Literal(literals.back());
    }
    Matching matching(builder.Take());
    for (int i = 0; i < kTexts; ++i) {
      const std::string text = Random(random, random() % 60, true);
      Page page = PageOfText(text, ZoneKind::kText);
      matching.On(page);
      for (int k = 0; k < kLiterals; ++k) {
        std::set<std::tuple<uint32_t, uint32_t, Channel>> got,
            want = ReferenceScan(text, literals[static_cast<size_t>(k)]);
        for (const Hit& hit : page.hits) {
          if (hit.pattern == static_cast<uint32_t>(k))
            got.insert({hit.text.begin, hit.text.end, hit.channel});
        }
        // One place may be reached plain and squeezed; the matcher keeps the plain one.
        std::erase_if(want, [&](const auto& place) {
          const auto& [begin, end, channel] = place;
          if (channel == Channel::kPlain) return false;
          for (const auto& [b, e, c] : want) {
            if (c == Channel::kPlain && b < end && begin < e) return true;
          }
          return false;
        });
        std::erase_if(got, [&](const auto& place) {
          return std::get<2>(place) == Channel::kSqueezed && want.count(place) == 0 &&
                 JoinsLetters(text, place);
        });
        places += want.size();
        ASSERT_EQ(got, want) << "literal \"" << literals[static_cast<size_t>(k)] << "\" in \""
                             << text << "\"";
      }
    }
  }
  EXPECT_GT(places, 5'000u) << "the pieces must meet";
}

}  // namespace
}  // namespace xuncha
