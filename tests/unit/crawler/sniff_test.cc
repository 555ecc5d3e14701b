// Charset and type: what the bytes are, whatever they are called.
//
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/charset.h"
#include "crawler/extract.h"

namespace xuncha {
namespace {

constexpr std::string_view kChinese =
    "学院召开本学期教学工作会议，部署课程建设与毕业设计等各项任务，要求全体教师认真准备。";
constexpr std::string_view kTraditional =
    "圖書館將於本學期調整開放時間，請各位讀者留意網頁上的通知，並於閱覽室關閉之前離開。";

std::string In(std::string_view text, Charset charset) { return EncodeFromUtf8(text, charset); }

TEST(Charset, IsDecidedAsBrowsersDoAndBetter) {
  struct Case {
    std::string_view why;
    std::string body;
    std::string_view content_type;
    Charset want, declared;
  };
  const std::string gb = In(kChinese, Charset::kGb18030);
  const std::string utf8(kChinese);
  const std::string big5 = In(kTraditional, Charset::kBig5);
  const Case cases[] = {
      {"header", "<p>" + gb, "text/html; charset=GBK", Charset::kGb18030, Charset::kGb18030},
      {"header wins over meta", "<meta charset=gb2312><p>" + utf8, "text/html; charset=utf-8",
       Charset::kUtf8, Charset::kUtf8},
      {"meta", "<meta charset='gb2312'><p>" + gb, "text/html", Charset::kGb18030,
       Charset::kGb18030},
      {"meta of the old kind",
       "<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=gb2312'>" + gb, "",
       Charset::kGb18030, Charset::kGb18030},
      {"httpequiv without a dash",
       "<meta httpequiv=content-type content='text/html;charset=gbk'>" + gb, "", Charset::kGb18030,
       Charset::kGb18030},
      {"the second meta, if the first names none", "<meta charset=nonsense><meta charset=gbk>" + gb,
       "", Charset::kGb18030, Charset::kGb18030},
      {"a byte order mark wins over all", "\xEF\xBB\xBF<meta charset=gbk><p>" + utf8,
       "text/html; charset=gbk", Charset::kUtf8, Charset::kGb18030},
      {"declared UTF-8, is GBK", "<meta charset=utf-8><p>" + gb, "", Charset::kGb18030,
       Charset::kUtf8},
      {"declared GBK, is UTF-8", "<meta charset=gbk><p>" + utf8, "", Charset::kUtf8,
       Charset::kGb18030},
      {"sent as iso-8859-1, is UTF-8", "<p>" + utf8, "text/html; charset=iso-8859-1",
       Charset::kUtf8, Charset::kWindows1252},
      {"sent as iso-8859-1, is GBK", "<p>" + gb, "text/html; charset=iso-8859-1", Charset::kGb18030,
       Charset::kWindows1252},
      {"nothing declared, GBK", "<p>" + gb, "", Charset::kGb18030, Charset::kUnknown},
      {"nothing declared, UTF-8", "<p>" + utf8, "", Charset::kUtf8, Charset::kUnknown},
      {"Big5 declared", "<meta charset=big5><p>" + big5, "", Charset::kBig5, Charset::kBig5},
      {"UTF-16 by the header alone", In("<p>" + utf8, Charset::kUtf16le),
       "text/html; charset=utf-16le", Charset::kUtf16le, Charset::kUtf16le},
      {"UTF-16 by a header that lies", "<p>" + utf8, "text/html; charset=utf-16le", Charset::kUtf8,
       Charset::kUtf16le},
      {"UTF-16 without a mark", In("<html><body><p>" + utf8, Charset::kUtf16le), "",
       Charset::kUtf16le, Charset::kUnknown},
      {"UTF-7 is never read", "<meta charset=utf-7><p>+Z1g-", "", Charset::kUtf8,
       Charset::kUnknown},
      {"ASCII is what it says", "<meta charset=gbk><p>x", "", Charset::kGb18030, Charset::kGb18030},
      {"UTF-8 cut in a character", "<p>" + utf8.substr(0, utf8.size() - 1), "", Charset::kUtf8,
       Charset::kUnknown},
      {"UTF-8 with one bad byte", "<p>" + utf8 + "\xFF" + utf8 + utf8, "", Charset::kUtf8,
       Charset::kUnknown},
      {"Western text",
       "<p>Universit\xE4t f\xFCr B\xFCrger und Stra\xDF"
       "enverkehr in K\xF6ln",
       "text/html; charset=iso-8859-1", Charset::kWindows1252, Charset::kWindows1252},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    Charset declared = Charset::kUnknown;
    EXPECT_EQ(CharsetName(DecideCharset(test.body, test.content_type, &declared)),
              CharsetName(test.want));
    EXPECT_EQ(CharsetName(declared), CharsetName(test.declared));
  }
}

TEST(Sniff, BelievesBytes) {
  struct Case {
    std::string_view why;
    std::string body;
    std::string_view content_type, want;
  };
  const Case cases[] = {
      {"HTML sent as a picture", "<html><body>x", "image/jpeg", "html"},
      {"a picture sent as HTML", "\xFF\xD8\xFF\xE0....", "text/html", "image"},
      {"an icon", std::string("\0\0\1\0....", 8), "", "image"},
      {"TIFF", std::string("II*\0....", 8), "", "image"},
      {"TIFF, the other byte order", std::string("MM\0*....", 8), "", "image"},
      {"words that begin as TIFF does", "II*型号与MM型号", "", "text"},
      {"PDF", "%PDF-1.4", "text/html", "pdf"},
      {"old Word", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...", "", "office"},
      {"new Word", std::string("PK\x03\x04") + "......[Content_Types].xml", "", "office"},
      {"zip", std::string("PK\x03\x04") + "......a.txt", "", "zip"},
      {"video",
       std::string("\0\0\0\x18"
                   "ftypmp42....",
                   16),
       "", "media"},
      {"a program",
       std::string("\x7F"
                   "ELF"),
       "", "binary"},
      {"noise", std::string("\x01\x02\x03\x04\x05\x06\x07\x08", 8), "text/html", "binary"},
      {"HTML in UTF-16", EncodeFromUtf8("<html><body><p>some text here", Charset::kUtf16le), "",
       "html"},
      {"a script", "var a=1;", "application/javascript", "script"},
      {"an error page for a script", "<html>404", "application/javascript", "html"},
      {"JSON", "{\"a\":1}", "application/json", "script"},
      {"style", ".a{}", "text/css", "style"},
      {"a feed", "<?xml version='1.0'?><rss>", "text/xml", "xml"},
      {"XHTML", "<?xml version='1.0'?><!DOCTYPE html><html>", "text/html", "html"},
      {"a picture's markup sent as a page", "<svg><a href='/x'>", "text/html", "html"},
      {"a picture's markup", "<svg></svg>", "image/svg+xml", "xml"},
      {"a feed sent as a page", "<?xml version='1.0'?><rss>", "text/html", "html"},
      {"words", "只有文字", "text/plain", "text"},
      {"words sent as HTML", "只有文字", "text/html", "html"},
      {"nothing", "", "", "text"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(SniffType(test.body, test.content_type), test.want);
  }
}

}  // namespace
}  // namespace xuncha
