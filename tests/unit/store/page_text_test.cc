// SPDX-License-Identifier: Apache-2.0
#include "store/page_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/limits.h"
#include "store/wire.h"

namespace xuncha {
namespace {

Url UrlOf(std::string_view text) {
  Result<Url> url = Url::Parse(text);
  CHECK(url.ok());
  return std::move(*url);
}

// "通知\n首页 关于\nx": a title, a text with three links, something hidden.
Document Sample() {
  Document document;
  document.charset = Charset::kGb18030;
  document.markup = true;
  document.title = "通知";
  document.text = "通知\n首页 关于\nx";
  document.zones = {{ZoneKind::kTitle, Hiding::kNone, {0, 6}, ""},
                    {ZoneKind::kText, Hiding::kNone, {7, 20}, ""},
                    {ZoneKind::kHidden, Hiding::kDisplayNone, {21, 22}, "div.foot"}};
  document.runs = {{0, 20, false}, {7, 60, false}, {14, 90, false}, {21, 300, true}};
  document.links = {
      {.href = "/", .url = UrlOf("http://www.yunxi.test/"), .text = {7, 13}},
      {.href = "/pic", .url = UrlOf("http://www.yunxi.test/pic"), .kind = LinkKind::kImage},
      {.href = "javascript:;", .text = {14, 20}},
      {.href = "//a.test/x", .url = UrlOf("http://a.test/x"), .text = {21, 22}}};
  document.signals = {{SignalKind::kHiddenLinks, "1 个链接", {21, 22}, 1}};
  document.visible = {7, 20};
  return document;
}

bool Same(const Document& a, const Document& b) {
  const auto same_zone = [](const Zone& x, const Zone& y) {
    return x.kind == y.kind && x.hiding == y.hiding && x.text == y.text && x.detail == y.detail;
  };
  const auto same_run = [](const SourceRun& x, const SourceRun& y) {
    return x.text == y.text && x.source == y.source && x.generated == y.generated;
  };
  const auto same_signal = [](const Signal& x, const Signal& y) {
    return x.kind == y.kind && x.detail == y.detail && x.text == y.text && x.count == y.count;
  };
  return a.charset == b.charset && a.markup == b.markup && a.title == b.title && a.text == b.text &&
         a.visible == b.visible && std::ranges::equal(a.zones, b.zones, same_zone) &&
         std::ranges::equal(a.runs, b.runs, same_run) &&
         std::ranges::equal(a.signals, b.signals, same_signal);
}

TEST(PageText, HasTheseBytes) {
  std::string want("\x01\x02\x03\x16", 4);
  want += "通知\n首页 关于\nx";
  want += std::string("\x07\x0d", 2);                                   // visible
  want += std::string("\x03\x00\x02\x13\x00\x01\x01\x06\x0d\x01", 10);  // zones: tags, gaps, sizes
  want += std::string("\x00\x00\x01\x01\x08", 5) + "div.foot";
  want += std::string("\x03\x0e\x02\x02\x06\x06\x01\x01\x00\x02\x01", 11);  // links
  want += std::string("\x02\x0e", 2) + "www.yunxi.test";
  want += std::string("\x06", 1) + "a.test";
  want += std::string("\x01\x0c", 2) + "javascript:;";
  want += std::string("\x01\x0a\x15\x01\x01\x0b", 6) + "1 个链接";
  // runs: 20, then 33, 23 and 203 bytes of source beyond what was read
  want += std::string("\x04\x00\x07\x07\x07\x50\x84\x01\x5c\xad\x06", 11);
  EXPECT_EQ(EncodeText(Sample()), want);
}

TEST(PageText, GivesBackWhatMatchAndJudgeRead) {
  const Document document = Sample();
  const Result<Document> back = DecodeText(EncodeText(document));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_TRUE(Same(*back, document));
  ASSERT_EQ(back->links.size(), 3u);  // the picture has no words
  EXPECT_EQ(back->links[0].url.host(), "www.yunxi.test");
  EXPECT_EQ(back->links[1].href, "javascript:;");
  EXPECT_TRUE(back->links[1].url.empty());
  EXPECT_EQ(back->links[2].text, (Span{21, 22}));
  EXPECT_EQ(EncodeText(*back), EncodeText(document));
}

TEST(PageText, HoldsDocumentsOfEveryShape) {
  struct Case {
    std::string_view why;
    void (*change)(Document&);
  };
  constexpr Case kCases[] = {
      {"an empty page", [](Document& d) { d = Document(); }},
      {"a title that is not its zone's text", [](Document& d) { d.title = "通 知"; }},
      {"no title zone", [](Document& d) { d.zones.erase(d.zones.begin()); }},
      {"links out of order", [](Document& d) { std::swap(d.links[0], d.links[3]); }},
      {"a source that goes back", [](Document& d) { d.runs[2].source = 3; }},
      {"the greatest source", [](Document& d) { d.runs[3].source = UINT32_MAX; }},
      {"two runs at one place", [](Document& d) { d.runs[1].text = 0; }},
      {"a host that is an address",
       [](Document& d) { d.links[0].url = UrlOf("http://[::1]:8080/"); }},
  };
  for (const auto& [why, change] : kCases) {
    SCOPED_TRACE(why);
    Document document = Sample();
    change(document);
    const std::string text = EncodeText(document);
    ASSERT_FALSE(text.empty());
    const Result<Document> back = DecodeText(text);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_TRUE(Same(*back, document));
  }
}

TEST(PageText, IsNotMadeOfWhatItCannotHold) {
  struct Case {
    std::string_view why;
    void (*change)(Document&);
  };
  constexpr Case kCases[] = {
      {"zones that overlap", [](Document& d) { d.zones[1].text.begin = 5; }},
      {"a zone beyond the text", [](Document& d) { d.zones[2].text.end = 99; }},
      {"a link turned round",
       [](Document& d) {
         d.links[0].text = {13, 7};
       }},
      {"runs that do not ascend", [](Document& d) { std::swap(d.runs[0], d.runs[3]); }},
      {"too many signals",
       [](Document& d) { d.signals.resize(limits::kTextSignalsMax + 1, d.signals[0]); }},
  };
  for (const auto& [why, change] : kCases) {
    SCOPED_TRACE(why);
    Document document = Sample();
    change(document);
    EXPECT_EQ(EncodeText(document), "");
  }
}

TEST(PageText, RefusesWhatANewerProgramWrote) {
  const std::string text = EncodeText(Sample());
  std::string version = text, charset = text;
  version[0] = 2;
  charset[1] = 99;
  for (const std::string& newer : {version, charset}) {
    const Result<Document> read = DecodeText(newer);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::kNewer);
  }
}

TEST(PageText, ReadsAnyBytes) {
  const std::string text = EncodeText(Sample());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(DecodeText(text.substr(0, size))) << "cut at " << size;
  }
  EXPECT_FALSE(DecodeText(text + '\0'));

  std::mt19937 random(1);
  size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = text;
    for (uint32_t changes = random() % 4 + 1; changes > 0; --changes)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const Result<Document> document = DecodeText(damaged);
    if (!document) continue;
    ++read;
    // What is read at all is in order: every span lies in the text.
    ASSERT_FALSE(EncodeText(*document).empty());
  }
  EXPECT_GT(read, 0u);  // a changed letter is a text, too
}

TEST(PageText, MakesNoMoreOfAShortTextThanItHolds) {
  std::string claims("\x01\x01\x00\x00\x00\x00\x00", 7);  // an empty document, then its zones
  AppendVarint(claims, uint64_t{1} << 40);
  EXPECT_FALSE(DecodeText(claims));

  // Names that nothing is called by: sixteen bytes of memory for one of text.
  std::string names = EncodeText(Document());
  ASSERT_TRUE(DecodeText(names));
  const size_t count = 8;  // behind the number of zones
  names.replace(count, 1, std::string("\x03\x00\x00\x00", 4));
  EXPECT_FALSE(DecodeText(names));
}

}  // namespace
}  // namespace xuncha
