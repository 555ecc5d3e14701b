// Charsets: labels, decoding and the way back to the original byte.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/charset.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/idn.h"
#include "base/text.h"

namespace xuncha {
namespace {

using namespace std::string_literals;  // for texts with NUL bytes

TEST(CharsetTest, ReadsLabelsAsBrowsersDo) {
  struct Case {
    std::string_view label;
    Charset want;
  };
  constexpr Case kCases[] = {
      {"GB2312", Charset::kGb18030},
      {" gbk\n", Charset::kGb18030},
      {"x-gbk", Charset::kGb18030},
      {"gb18030", Charset::kGb18030},
      {"UTF8", Charset::kUtf8},
      {"utf-8", Charset::kUtf8},
      {"iso-8859-1", Charset::kWindows1252},
      {"latin1", Charset::kWindows1252},
      {"us-ascii", Charset::kWindows1252},
      {"utf-16", Charset::kUtf16le},
      {"big5", Charset::kBig5},
      {"sjis", Charset::kShiftJis},
      {"ks_c_5601-1987", Charset::kEucKr},
      // Not read by browsers, so nothing can hide there.
      {"utf-7", Charset::kUnknown},
      {"hz-gb-2312", Charset::kUnknown},
      {"utf-32", Charset::kUnknown},
      {"gb 2312", Charset::kUnknown},
      {"utf-8;", Charset::kUnknown},
      {"", Charset::kUnknown},
  };
  for (const auto& [label, want] : kCases) {
    SCOPED_TRACE(label);
    EXPECT_EQ(CharsetByLabel(label), want);
  }
}

TEST(CharsetTest, NamesReadBackAsLabels) {
  for (int i = 1; i <= static_cast<int>(Charset::kKoi8R); ++i) {
    const auto charset = static_cast<Charset>(i);
    EXPECT_EQ(CharsetByLabel(CharsetName(charset)), charset) << CharsetName(charset);
  }
}

TEST(CharsetTest, SeesByteOrderMarks) {
  size_t size = 9;
  EXPECT_EQ(CharsetByBom("\xef\xbb\xbfx", &size), Charset::kUtf8);
  EXPECT_EQ(size, 3u);
  EXPECT_EQ(CharsetByBom("\xff\xfex", &size), Charset::kUtf16le);
  EXPECT_EQ(size, 2u);
  EXPECT_EQ(CharsetByBom("\xfe\xffx", &size), Charset::kUtf16be);
  EXPECT_EQ(size, 2u);
  EXPECT_EQ(CharsetByBom("\xef\xbb", &size), Charset::kUnknown);
  EXPECT_EQ(size, 0u);
}

struct DecodeCase {
  std::string_view why;
  Charset charset;
  std::string bytes;
  std::string_view utf8;
  size_t malformed;
};

const DecodeCase kDecodeCases[] = {
    {"two-byte GBK", Charset::kGb18030, "\xcd\xbc\xca\xe9"s, "图书", 0},
    {"four-byte GB18030, U+3400", Charset::kGb18030, "a\x81\x39\xee\x39z"s, "a㐀z", 0},
    {"four-byte GB18030 beyond the plane, U+20000", Charset::kGb18030, "\x95\x32\x82\x36!"s, "𠀀!",
     0},
    {"GBK cut in the middle", Charset::kGb18030, "ab\xcd"s, "ab\ufffd", 1},
    {"lead byte before markup does not eat it", Charset::kGb18030, "\xcd<b>"s, "\ufffd<b>", 1},
    {"Big5", Charset::kBig5, "\xa4\xa4\xa4\xe5"s, "中文", 0},
    {"UTF-16LE with mark", Charset::kUtf16le,
     "\xff\xfe\x2d\x4e"s
     "a\0"s,
     "中a", 0},
    {"UTF-16BE pair", Charset::kUtf16be, "\xd8\x40\xdc\x00\0!"s, "𠀀!", 0},
    {"UTF-16LE lone surrogate", Charset::kUtf16le,
     "\x00\xd8"s
     "a\0"s,
     "\ufffd"
     "a",
     1},
    {"UTF-16LE odd byte", Charset::kUtf16le, "a\0b"s, "a\ufffd", 1},
    {"latin1 means windows-1252", Charset::kWindows1252, "\x93x\x94 \xe9"s, "“x” é", 0},
    {"Shift_JIS", Charset::kShiftJis, "\x93\xfa\x96\x7b"s, "日本", 0},
    {"EUC-JP", Charset::kEucJp, "\xc6\xfc\xcb\xdc"s, "日本", 0},
    {"EUC-KR", Charset::kEucKr, "\xc7\xd1"s, "한", 0},
    {"ISO-2022-JP", Charset::kIso2022Jp, "\x1b$BF|K\\\x1b(B!"s, "日本!", 0},
    {"windows-1251", Charset::kWindows1251, "\xcf"s, "П", 0},
    {"KOI8-R", Charset::kKoi8R, "\xf0"s, "П", 0},
    {"UTF-8 with mark", Charset::kUtf8, "\xef\xbb\xbf图"s, "图", 0},
    {"UTF-8 malformed", Charset::kUtf8, "图\xe5\x9b!\xff"s, "图\ufffd!\ufffd", 2},
    {"unknown is read as UTF-8", Charset::kUnknown, "\xef\xbb\xbf图"s, "图", 0},
    {"NUL is a character", Charset::kUtf8, "a\0b"s, std::string_view("a\0b", 3), 0},
    {"nothing", Charset::kGb18030, "", "", 0},
};

TEST(CharsetTest, DecodesAndCountsWhatItCannot) {
  for (const DecodeCase& test : kDecodeCases) {
    SCOPED_TRACE(test.why);
    const Decoded decoded = DecodeToUtf8(test.bytes, test.charset);
    EXPECT_EQ(decoded.utf8, test.utf8);
    EXPECT_EQ(decoded.malformed, test.malformed);
  }
}

TEST(CharsetTest, EncodesBackWhatItDecoded) {
  for (const DecodeCase& test : kDecodeCases) {
    SCOPED_TRACE(test.why);
    size_t bom = 0;
    CharsetByBom(test.bytes, &bom);
    if (test.malformed > 0 || bom > 0) continue;
    EXPECT_EQ(EncodeFromUtf8(test.utf8, test.charset), test.bytes);
  }
  EXPECT_EQ(EncodeFromUtf8("a图b", Charset::kWindows1252), "a?b");
}

TEST(CharsetTest, FindsTheOriginalByteOfEveryCharacter) {
  // The prefix of the bytes up to the offset must decode to the prefix of the
  // text: an independent way to the same place.
  for (const DecodeCase& test : kDecodeCases) {
    if (test.charset == Charset::kIso2022Jp) continue;  // an escape belongs to no character
    SCOPED_TRACE(test.why);
    const std::string utf8 = DecodeToUtf8(test.bytes, test.charset).utf8;
    size_t bom = 0;
    CharsetByBom(test.bytes, &bom);
    for (size_t at = 0; at < utf8.size();) {
      const size_t original = OriginalOffset(test.bytes, test.charset, at);
      EXPECT_GE(original, bom);
      EXPECT_EQ(DecodeToUtf8(test.bytes.substr(0, original), test.charset).utf8, utf8.substr(0, at))
          << "at " << at;
      const size_t inside = at;
      NextCodePoint(utf8, &at);
      if (at - inside > 1) {
        EXPECT_EQ(OriginalOffset(test.bytes, test.charset, at - 1), original)
            << "a byte inside a character belongs to its beginning";
      }
    }
    EXPECT_EQ(OriginalOffset(test.bytes, test.charset, utf8.size()), test.bytes.size());
    EXPECT_EQ(OriginalOffset(test.bytes, test.charset, utf8.size() + 100), test.bytes.size());
  }
}

TEST(CharsetTest, ConvertsAcrossPieces) {
  // Longer than one piece, with a pair that straddles every boundary in turn.
  for (size_t shift = 0; shift < 3; ++shift) {
    std::string utf8(shift, 'a');
    for (int i = 0; i < 20'000; ++i) utf8 += "图𠀀";
    const std::string bytes = EncodeFromUtf8(utf8, Charset::kGb18030);
    const Decoded decoded = DecodeToUtf8(bytes, Charset::kGb18030);
    EXPECT_EQ(decoded.malformed, 0u);
    EXPECT_TRUE(decoded.utf8 == utf8);
    EXPECT_EQ(OriginalOffset(bytes, Charset::kGb18030, shift + 7 * 9'999), shift + 6 * 9'999u);
  }
}

TEST(CharsetTest, DecodesAnyBytesToValidUtf8) {
  std::string bytes;
  uint32_t state = 12345;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1664525u + 1013904223u;
    bytes += static_cast<char>(state >> 24);
  }
  for (int i = 0; i <= static_cast<int>(Charset::kKoi8R); ++i) {
    const Decoded decoded = DecodeToUtf8(bytes, static_cast<Charset>(i));
    EXPECT_TRUE(IsValidUtf8(decoded.utf8)) << i;
    EXPECT_FALSE(decoded.utf8.empty()) << i;
  }
}

TEST(CharsetTest, GuessesChinese) {
  const std::string text =
      "图书馆开放时间通知：各位读者，本馆自下周一起调整开放时间，请相互转告，谢谢大家的支持与配合"
      "。";
  int confidence = 0;
  EXPECT_EQ(GuessCharset(EncodeFromUtf8(text, Charset::kGb18030), &confidence), Charset::kGb18030);
  EXPECT_GT(confidence, 50);
  EXPECT_EQ(GuessCharset(text, &confidence), Charset::kUtf8);
  EXPECT_GT(confidence, 50);
}

TEST(IdnTest, WritesWhatBrowsersWrite) {
  const Result<std::string> ascii = DomainToAscii("图书馆.campus.test");
  ASSERT_TRUE(ascii.ok());
  EXPECT_EQ(*ascii, "xn--1jq52s681d.campus.test");
  EXPECT_FALSE(DomainToAscii("a\u202e"
                             "b.test")
                   .ok())
      << "direction controls";
  EXPECT_FALSE(DomainToAscii(std::string(64, 'a') + ".test").ok()) << "label above 63";
  EXPECT_TRUE(DomainToAscii("-a-.test").ok()) << "hyphens live hosts have";
}

}  // namespace
}  // namespace xuncha
