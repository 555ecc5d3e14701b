// Text functions, mostly on bytes that are not what they should be.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace xuncha {
namespace {

TEST(Utf8Test, ReplacesMaximalSubparts) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"plain", "abc", "abc"},
      {"Han", "图书", "图书"},
      {"four bytes", "😀", "😀"},
      {"truncated at the end", "a\xe5\x9b", "a\ufffd"},
      {"truncated before ASCII", "\xe5\x9b!", "\ufffd!"},
      {"lone continuation bytes, one each", "\x80\xbf", "\ufffd\ufffd"},
      {"overlong slash", "\xc0\xaf", "\ufffd\ufffd"},
      {"overlong in three bytes", "\xe0\x80\xaf", "\ufffd\ufffd\ufffd"},
      {"surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
      {"above U+10FFFF", "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
      {"five-byte lead", "\xf8\x88", "\ufffd\ufffd"},
      {"largest three before a surrogate", "\xed\x9f\xbf", "\ud7ff"},
      {"smallest of E0", "\xe0\xa0\x80", "\u0800"},
      {"truncated four, Unicode table 3-8", "\xf0\x9f\x98", "\ufffd"},
      {"two truncated in a row", "\xf0\x9f\xe5\x9b", "\ufffd\ufffd"},
      {"long ASCII before the fault", "aaaaaaaaaaaaaaaaa\xff", "aaaaaaaaaaaaaaaaa\ufffd"},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(ToValidUtf8(in), want);
    EXPECT_EQ(IsValidUtf8(in), in == want);
    std::string one_by_one;
    for (size_t at = 0; at < in.size();) AppendUtf8(one_by_one, NextCodePoint(in, &at));
    EXPECT_EQ(one_by_one, want) << "the slow way agrees";
    EXPECT_EQ(CountCodePoints(in), CountCodePoints(want));
  }
}

TEST(Utf8Test, FastAndSlowValidatorAgreeOnAllPairsOfBytes) {
  // Every pair of bytes between ASCII, Han and the end of the text.
  for (const std::string_view frame : {"", "abcdefgh", "图书"}) {
    for (int first = 0; first < 256; ++first) {
      for (int second = 0; second < 256; ++second) {
        std::string text(frame);
        text += static_cast<char>(first);
        text += static_cast<char>(second);
        text += "\x9b\xbe";
        std::string slow;
        for (size_t at = 0; at < text.size();) AppendUtf8(slow, NextCodePoint(text, &at));
        ASSERT_EQ(ToValidUtf8(text), slow) << first << " " << second;
      }
    }
  }
}

TEST(Utf8Test, WritesEveryCodePointAsItReadsIt) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string text;
    AppendUtf8(text, c);
    size_t at = 0;
    ASSERT_EQ(NextCodePoint(text, &at), c);
    ASSERT_EQ(at, text.size());
  }
  std::string text;
  AppendUtf8(text, 0xd800);
  AppendUtf8(text, 0x110000);
  EXPECT_EQ(text, "\ufffd\ufffd");
}

TEST(StepTest, BackIsForwardReversed) {
  constexpr std::string_view kTexts[] = {
      "a图😀b",
      "\xe5\x9b!",
      "\xe5\x9b",
      "图\x9b\x9b",
      "\x80\x80\x80\x80\x80\x80",
      "\xf0\x9f\xe5\x9b\xbe",
  };
  for (const std::string_view text : kTexts) {
    std::vector<size_t> starts;
    for (size_t at = 0; at < text.size(); at = StepForward(text, at, 1)) starts.push_back(at);
    for (size_t i = 0; i < starts.size(); ++i) {
      EXPECT_EQ(StepBack(text, text.size(), starts.size() - i), starts[i]);
      EXPECT_EQ(StepForward(text, 0, i), starts[i]);
    }
    EXPECT_EQ(StepBack(text, text.size(), 1000), 0u);
    EXPECT_EQ(StepForward(text, 0, 1000), text.size());
    EXPECT_EQ(StepForward(text, 1000, 1), text.size());
  }
}

TEST(HanTest, KnowsTheBlocks) {
  for (const char32_t c : U"图〇㐀𠀀𰀀\xf900") {
    if (c != 0) {
      EXPECT_TRUE(IsHan(c)) << static_cast<uint32_t>(c);
    }
  }
  for (const char32_t c : U"aあ한。Ａ ") EXPECT_FALSE(IsHan(c)) << static_cast<uint32_t>(c);
}

TEST(SpaceTest, CollapsesWhatReadersSeeAsBlank) {
  EXPECT_EQ(CollapseSpace(" \t图书\u3000\u00a0馆\r\n"), "图书 馆");
  EXPECT_EQ(CollapseSpace("a b"), "a b");
  EXPECT_EQ(CollapseSpace("\u2003\n"), "");
  EXPECT_EQ(CollapseSpace("a\xff b"), "a\ufffd b");
  EXPECT_EQ(Trim(" \v a b\f\n"), "a b");
  EXPECT_EQ(Trim("\n"), "");
}

TEST(AsciiTest, ComparesWithoutCase) {
  EXPECT_TRUE(EqualsIgnoreCase("BaiduSpider", "baiduspider"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("@", "`")) << "only letters fold";
  EXPECT_TRUE(StartsWithIgnoreCase("Content-Type", "content-"));
  EXPECT_FALSE(StartsWithIgnoreCase("con", "content"));
  EXPECT_EQ(FindIgnoreCase("xxBaIdu", "baidu"), 2u);
  EXPECT_EQ(FindIgnoreCase("baidubaidu", "BAIDU", 1), 5u);
  EXPECT_EQ(FindIgnoreCase("baid", "baidu"), std::string_view::npos);
  EXPECT_EQ(FindIgnoreCase("abc", "", 3), 3u);
  EXPECT_EQ(FindIgnoreCase("abc", "a", 7), std::string_view::npos);
  EXPECT_TRUE(ContainsIgnoreCase("xxBaIdu", "baidu"));
  EXPECT_FALSE(ContainsIgnoreCase("baid", "baidu"));
  EXPECT_EQ(AsciiLower("ÀB图"), "Àb图");
}

TEST(AsciiTest, ReadsHexadecimalDigitsOfEitherCase) {
  for (int value = 0; value < 16; ++value) {
    EXPECT_EQ(HexValue("0123456789abcdef"[value]), value);
    EXPECT_EQ(HexValue("0123456789ABCDEF"[value]), value);
  }
  for (const char c : {'/', ':', '@', 'G', '`', 'g', '\0', '\xff'}) EXPECT_EQ(HexValue(c), -1);
}

TEST(SplitTest, KeepsEmptyParts) {
  EXPECT_EQ(Split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(Split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(Join({"a", "", "b"}, "、"), "a、、b");
  EXPECT_EQ(Join({}, ","), "");
  EXPECT_EQ(Join({"", ""}, ","), ",");
}

TEST(DisplayWidthTest, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("图书馆"), 6u);
  EXPECT_EQ(DisplayWidth("Ａ。"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u) << "combining accent";
  EXPECT_EQ(DisplayWidth("博\u200b彩"), 4u) << "zero-width space";
  EXPECT_EQ(DisplayWidth("한あ😀"), 6u);
  EXPECT_EQ(DisplayWidth("é\x1b"), 1u);
}

TEST(NeutraliseTest, LeavesNothingThatMovesTheCursor) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"escape sequence", "\x1b[2J", "\\x1b[2J"},
      {"line break", "a\nb\r", "a\\x0ab\\x0d"},
      {"DEL", "\x7f", "\\x7f"},
      {"C1 control sequence introducer", "\u009b", "\\x9b"},
      {"direction override",
       "a\u202e"
       "b",
       "a\\u202eb"},
      {"isolate", "\u2066", "\\u2066"},
      {"Arabic letter mark", "\u061c", "\\u061c"},
      {"line separator", "\u2028", "\\u2028"},
      {"byte order mark", "\ufeff", "\\ufeff"},
      {"tag characters", "\U000e0041", "\\U000e0041"},
      {"malformed", "\xff", "\ufffd"},
      {"text stays", "图书 馆 a~é😀", "图书 馆 a~é😀"},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(Neutralise(in), want);
  }
  EXPECT_EQ(Neutralise(std::string_view("\0", 1)), "\\x00");
}

TEST(EscapeHtmlTest, ClosesEveryWayOut) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\" b='y'>&amp;"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(EscapeHtml("图\xff<"), "图\ufffd&lt;");
}

TEST(NearestTest, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string_view> zones = {"title", "meta", "text", "hidden", "标题"};
  EXPECT_EQ(Nearest("titel", zones), "title");
  EXPECT_EQ(Nearest("hiden", zones), "hidden");
  EXPECT_EQ(Nearest("meta", zones), "meta");
  EXPECT_EQ(Nearest("标提", zones), "标题") << "counts characters, not bytes";
  EXPECT_EQ(Nearest("attachment", zones), "");
  EXPECT_EQ(Nearest("", {}), "");
  EXPECT_EQ(Nearest(std::string(1 << 20, 't'), zones), "") << "bounded";
}

}  // namespace
}  // namespace xuncha
