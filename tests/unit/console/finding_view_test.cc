// SPDX-License-Identifier: Apache-2.0
#include "console/finding_view.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "console/pictures.h"

namespace xuncha {
namespace {

std::string Shown(const MarkedText& text) {
  std::string shown = text.begins_before ? "<" : "";
  for (const MarkedText::Piece& piece : text.pieces)
    shown += piece.marked ? "[" + piece.text + "]" : piece.text;
  return shown + (text.goes_on ? ">" : "");
}

TEST(FindingViewTest, MarksTheWordsInTheirSurroundings) {
  struct Case {
    std::string why, text;
    std::vector<std::string> words;
    size_t around;
    std::string want;
  };
  const Case cases[] = {
      {"in the middle", "abc 词 def", {"词"}, 100, "abc [词] def"},
      {"each of them", "词 a 词", {"词"}, 100, "[词] a [词]"},
      {"the longer of two at one place", "网上词条", {"网", "网上词"}, 100, "[网上词]条"},
      {"none: from the beginning", "abcdef", {"x"}, 2, "abcd>"},
      {"cut between characters", "一二三四五六七八九十", {"五"}, 4, "<四[五]六七>"},
      {"empty words mark nothing", "abc", {""}, 9, "abc"},
      {"no text", "", {"x"}, 9, ""},
      {"identifiers are masked whole, also at the cut", "x13800138000y", {"x"}, 3, "[x]13800>"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.why);
    EXPECT_EQ(Shown(MarkWords(one.text, one.words, one.around, Identifiers::kMasked)), one.want);
  }
}

TEST(FindingViewTest, MakesWhatWouldActVisible) {
  EXPECT_EQ(PlainLine("a\x1b[31mb\ncd\u202Eexe.\u200Bx"), "a□[31mb cd□exe.·x");
  EXPECT_EQ(PlainLine(std::string("a\0b", 3)), "a□b");
  EXPECT_TRUE(IsValidUtf8(PlainLine("\xff\xfe\xc3")));
}

TEST(FindingViewTest, ShowsTheSourceInItsOwnCharset) {
  const std::string body =
      "<p>" + EncodeFromUtf8("前面的话 违规词 后面的话", Charset::kGb18030) + "</p>";
  const std::string word = EncodeFromUtf8("违规词", Charset::kGb18030);
  const auto at = static_cast<uint32_t>(body.find(word));
  const MarkedText shown =
      MarkSource(body, Charset::kGb18030, {at, at + static_cast<uint32_t>(word.size())}, 100,
                 Identifiers::kMasked);
  EXPECT_EQ(Shown(shown), "<p>前面的话 [违规词] 后面的话</p>");
  EXPECT_TRUE(MarkSource("abc", Charset::kUtf8, {2, 9}, 5, Identifiers::kMasked).empty());
}

TEST(FindingViewTest, IsBoundedOnAnyText) {
  const std::string huge(10 << 20, 'x');
  EXPECT_LT(Shown(MarkWords(huge, {"x"}, 100, Identifiers::kMasked)).size(), 2'000u);
  EXPECT_LT(
      Shown(MarkSource(huge, Charset::kUtf8, {0, 10 << 20}, 100, Identifiers::kMasked)).size(),
      10'000u);
  EXPECT_LT(Shown(MarkWords(huge, {std::string(1 << 20, 'x')}, 100, Identifiers::kMasked)).size(),
            10'000u);
}

TEST(PictureTest, IsToldByItsBytes) {
  using namespace std::string_literals;
  struct Case {
    std::string why, bytes, type;
  };
  const Case cases[] = {
      {"png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10"s, "image/png"},
      {"jpeg", "\xFF\xD8\xFF\xE0\0\4ab\xFF\xC0\0\x11\x08\0\x10\0\x10"s, "image/jpeg"},
      {"webp", "RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x0F\0\0\x0F\0\0"s, "image/webp"},
      {"png without a header", "\x89PNG\r\n\x1a\n"s, ""},
      {"png of no size", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x10"s, ""},
      {"png too wide", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\0\0\x10"s, ""},
      {"jpeg that ends", "\xFF\xD8\xFF\xE0\0\4"s, ""},
      {"jpeg whose segment is shorter than itself", "\xFF\xD8\xFF\xE0\0\0\0\0\0\0\0\0\0\0"s, ""},
      {"gif", "GIF89a\x10\0\x10\0"s, ""},
      {"svg", "<svg onload=alert(1)>", ""},
      {"nothing", "", ""},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.why);
    const Result<std::string_view> type = PictureType(one.bytes);
    EXPECT_EQ(type.ok() ? std::string(*type) : "", one.type);
  }
}

}  // namespace
}  // namespace xuncha
