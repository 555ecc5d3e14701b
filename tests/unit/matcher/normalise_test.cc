// Normalising: what each kind of disguise folds to, and the way back.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/normalise.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {
namespace {

TEST(NormaliseTest, FoldsWhatReadersTakeForTheSame) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"ASCII case", "BeT365", "bet365"},
      {"full width", "ｂＥｔ３６５", "bet365"},
      {"traditional", "賭博網站開戶", "赌博网站开户"},
      {"zero-width space inside a word", "博\u200b彩", "博彩"},
      {"soft hyphen, joiner, BOM, grapheme joiner", "博\u00ad\u200d\ufeff\u034f彩", "博彩"},
      {"Mongolian separator and word joiner", "博\u180e\u2060彩", "博彩"},
      {"variation selectors of both sorts", "博\ufe0f\U000e0101彩", "博彩"},
      {"tag characters", "博\U000e0062\U000e0065彩", "博彩"},
      {"Hangul fillers", "博\u3164\u115f\u1160\uffa0彩", "博彩"},
      {"combining marks on Latin", "b\u0323e\u0301t", "bet"},
      {"combining marks on Han", "博\u0336彩\u0336", "博彩"},
      {"precomposed letters", "café", "cafe"},
      {"control characters", "博\x01彩", "博彩"},
      {"circled letters and digits", "Ⓑⓔⓣ③⑥⑤", "bet365"},
      {"negative circled digits, which NFKC leaves", "⓿❶➃➏", "0146"},
      {"negative circled, squared and regional letters", "🅑🅴🇹", "bet"},
      {"parenthesised", "⑴⑵⒞㈤㈠", "12c五一"},
      {"with a full stop", "⒈⒋", "14"},
      {"circled ideographs", "㊄㊙", "五秘"},
      {"superscripts and other digits", "¹²⁹₈٣", "1298٣"},
      {"mathematical letters", "𝐛𝓮𝖙", "bet"},
      {"small capitals", "ʙᴇᴛ", "bet"},
      {"keycaps", "1️⃣3️⃣", "13"},
      {"emoji are decoration", "⚽️【pg🎰电子】", "【pg电子】"},
      {"the star of secret marks stays", "绝密★", "绝密★"},
      {"the emoji star is read as one", "绝密⭐", "绝密★"},
      {"Cyrillic inside a Latin word", "bеt365", "bet365"},
      {"Greek capitals among digits", "ΒΕΤ365", "bet365"},
      {"a Cyrillic word stays", "Привет, мир", "привет, мир"},
      {"a Cyrillic word of look-alikes stays", "со мной", "со мнои"},
      {"look-alikes against Han", "加微信ВЕТ", "加微信bet"},
      {"radicals for their characters", "⻋⻢", "车马"},
      {"compatibility ideographs", "\uf900", "岂"},
      {"white space collapses", "a \t\u3000\u00a0 b", "a b"},
      {"a line end outweighs blanks", "a \n\r\n  b", "a\nb"},
      {"malformed bytes become the replacement character",
       "a\xff\xe4\xb8"
       "b",
       "a\ufffd\ufffdb"},
      {"repeats stay in the plain channel", "www.aaa.com", "www.aaa.com"},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    FoldedText folded;
    folded.Clear();
    const uint32_t start = folded.size;
    FoldZone(in, {0, static_cast<uint32_t>(in.size())}, {}, folded);
    EXPECT_EQ(folded.view().substr(start), std::string(want) + "\n");
  }
}

TEST(NormaliseTest, MapsEveryCharacterBackToItsSource) {
  const std::string in = "x，博\u200b彩ＡＢ𝐛㈤1️⃣ 　\u00a0塊頭ß";
  FoldedText folded;
  folded.Clear();
  const uint32_t start = folded.size;
  FoldZone(in, {0, static_cast<uint32_t>(in.size())}, {}, folded);
  const std::string_view out = folded.view().substr(start);
  ASSERT_EQ(out, "x,博彩abb五1 块头ss\n");
  struct Case {
    std::string_view part, source;
  };
  constexpr Case kCases[] = {{"x", "x"},       {",", "，"},     {"博彩", "博\u200b彩"},
                             {"ab", "ＡＢ"},   {"五", "㈤"},    {"1", "1"},
                             {"块头", "塊頭"}, {"彩a", "彩Ａ"}, {"ss", "ß"}};
  for (const auto& [part, source] : kCases) {
    SCOPED_TRACE(part);
    const uint32_t at = start + static_cast<uint32_t>(out.find(part));
    const Span span = folded.map.Source({at, at + static_cast<uint32_t>(part.size())});
    EXPECT_EQ(in.substr(span.begin, span.size()), source);
  }
}

TEST(NormaliseTest, FoldingTwiceChangesNothing) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const Fold fold = FoldOf(c);
    for (size_t at = 0; at < fold.bytes.size();) {
      const char32_t part = NextCodePoint(fold.bytes, &at);
      const Fold again = FoldOf(part);
      std::string self;
      AppendUtf8(self, part);
      ASSERT_TRUE(again.kind != CharKind::kDropped && (again.bytes.empty() || again.bytes == self))
          << "U+" << std::hex << static_cast<uint32_t>(c) << " folds to U+"
          << static_cast<uint32_t>(part) << ", which folds further";
    }
  }
}

TEST(NormaliseTest, SpansStayInsideTheZoneForAnyBytes) {
  std::mt19937 random(7);
  constexpr std::string_view kPieces[] = {"博",     "，",   " ", "\n",     "a", "Ⓐ",
                                          "\u200b", "\xff", "е", "\ufdfa", "𝐛", "3"};
  for (int round = 0; round < 300; ++round) {
    std::string text = "before";
    for (int i = 0; i < 60; ++i) {
      text += random() % 8 == 0 ? std::string(1, static_cast<char>(random()))
                                : std::string(kPieces[random() % std::size(kPieces)]);
    }
    FoldedText folded;
    folded.Clear();
    const uint32_t start = folded.size;
    FoldZone(text, {6, static_cast<uint32_t>(text.size())}, {true, true}, folded);
    ASSERT_TRUE(IsValidUtf8(folded.view()));
    uint32_t last = 6;
    for (uint32_t at = start; at + 1 < folded.size; ++at) {
      const Span span = folded.map.Source({at, at + 1});
      ASSERT_LE(last, span.begin + 0u) << "places go forward";
      ASSERT_LE(span.end, text.size());
      last = span.begin;
    }
  }
}

TEST(NormaliseTest, NotesGapsBesideHanOnly) {
  struct Case {
    std::string_view why, in;
    size_t gaps;
  };
  constexpr Case kCases[] = {
      {"between Han", "博.彩", 1},
      {"three at most", "博...彩", 1},
      {"four are layout", "博....彩", 0},
      {"Han and Latin", "PG 电子", 1},
      {"Latin words stay apart", "act now", 0},
      {"not over line ends", "博\n彩", 0},
      {"not beside kana", "の 彩", 0},
      {"dropped characters are no gap", "博\u200b彩", 0},
  };
  for (const auto& [why, in, gaps] : kCases) {
    SCOPED_TRACE(why);
    FoldedText folded;
    folded.Clear();
    FoldZone(in, {0, static_cast<uint32_t>(in.size())}, {}, folded);
    EXPECT_EQ(folded.gaps.size(), gaps);
  }
}

}  // namespace
}  // namespace xuncha
