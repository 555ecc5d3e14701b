// SPDX-License-Identifier: Apache-2.0
#include "crawler/shorten.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "crawler/extract.h"

namespace xuncha {
namespace {

const std::string kHan = "学院召开本学期教学工作会议部署课程建设各项任务";

std::string Long(const std::string& begin, const std::string& end) {
  std::string out = begin;
  for (int i = 0; i < 30; ++i) out += "<p>" + kHan + "</p>";
  return out + end;
}

TEST(ShortMarkup, LeadsBackToEveryPlace) {
  const std::string markup = Long("<h1 title=\"" + kHan + "\">甲</h1>", "尾");
  ShortMarkup shortened(markup);
  ASSERT_LT(shortened.text().size(), markup.size() / 2);
  std::string again(shortened.RestoredSize(shortened.text()), '\0');
  shortened.Restore(shortened.text(), again.data());
  EXPECT_EQ(again, markup);
  // Tags stand where they stood, asked in order and out of order.
  size_t at = 0;
  for (size_t i = 0; i < shortened.text().size(); ++i) {
    if (shortened.text()[i] != '<') continue;
    at = markup.find('<', at);
    EXPECT_EQ(shortened.Source(i), at);
    EXPECT_EQ(shortened.Source(0), 0u);
    EXPECT_EQ(shortened.Source(i), at);
    ++at;
  }
  EXPECT_EQ(shortened.Source(0, shortened.text().size()), markup);
}

struct Case {
  const char* why;
  std::string markup;
};

TEST(ShortMarkup, LeavesMarkupAloneThatCouldMeanSomethingElse) {
  const Case cases[] = {
      {"too short to gain", "<p>" + kHan + "</p>"},
      {"nothing but ASCII", std::string(4000, 'a')},
      {"the stand-in itself, by bytes", Long("\U000F0000", "")},
      {"a character of plane 16", Long("", "\U00100000")},
      {"the stand-in by a decimal reference", Long("&#983040;", "")},
      {"the stand-in by a hexadecimal reference", Long("", "&#Xf0000")},
      {"the stand-in by a reference with zeros", Long("&#x00000f0000;", "")},
      {"runs in names", "<x" + std::string(3000, ' ') + kHan + "=1 " + kHan + "=2>"},
  };
  for (const Case& one : cases) EXPECT_EQ(ShortMarkup(one.markup).text(), one.markup) << one.why;
}

// The one difference between the two readings below.
std::string Unmarked(std::string text) {
  for (const char* mark : {"\U000F0000", "\U00020000"}) {
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, 4, "????");
  }
  return text;
}

// Everything Extract says of a page, as far as it can be compared.
auto Said(const std::string& markup) {
  Page page;
  page.response.status = 200;
  page.response.content_type = "text/html; charset=utf-8";
  page.response.body = markup;
  Extract(page);
  std::vector<std::tuple<int, int, uint32_t, uint32_t, std::string>> parts;
  const Document& document = page.document;
  for (const Zone& zone : document.zones)
    parts.emplace_back(static_cast<int>(zone.kind), static_cast<int>(zone.hiding), zone.text.begin,
                       zone.text.end, Unmarked(zone.detail));
  for (const SourceRun& run : document.runs)
    parts.emplace_back(run.generated ? 1 : 0, 0, run.text, run.source, "run");
  for (const Link& link : document.links)
    parts.emplace_back(static_cast<int>(link.kind), static_cast<int>(link.hiding), link.text.begin,
                       link.text.end, Unmarked(link.href));
  for (const Signal& signal : document.signals)
    parts.emplace_back(static_cast<int>(signal.kind), 0, signal.text.begin, signal.text.end,
                       Unmarked(signal.detail));
  for (const LimitHit& hit : page.limits)
    parts.emplace_back(static_cast<int>(hit.limit), 0, 0, 0, hit.detail);
  return std::make_tuple(Unmarked(document.title), Unmarked(document.text), parts,
                         document.simhash);
}

// A comment with a character of plane 15 turns shortening off.
bool IsSame(const std::string& markup) {
  return Said(markup + "<!--\U00020000-->") == Said(markup + "<!--\U000F0000-->");
}

TEST(ShortMarkup, ChangesNothingOfWhatIsRead) {
  const std::vector<std::string> pieces = {
      kHan,
      kHan + kHan,
      "短",
      "<p>",
      "</p>",
      "<div style='display:none'>",
      "</div>",
      "<a href=\"http://other.example/" + kHan + "\">",
      "<a title='" + kHan + "' href=/x>",
      "<a ='" + kHan + " href=http://evil.example>",
      "<a " + kHan + "=\"" + kHan + "\">",
      "</a>",
      "<x" + kHan + ">",
      "</x" + kHan + ">",
      "<x\"='" + kHan + "'>",
      "<title>",
      "</title>",
      "<script>document.write('" + kHan + "<a href=\"http://w.example/\">" + kHan + "</a>');",
      "</script>",
      "<style>.a:before{content:'" + kHan + "'}",
      "</style>",
      "<!-- " + kHan + " -->",
      "<!--" + kHan,
      "<table>",
      "<tr><td>",
      "</table>",
      "<select><option>",
      "</select>",
      "<textarea>",
      "</textarea>",
      "<noscript>",
      "</noscript>",
      "<svg><title>" + kHan,
      "</svg>",
      "&nbsp;",
      "&amp;" + kHan + "&#25250;",
      "&nGt;",
      "\r\n",
      " \t ",
      std::string("\0", 1),
      "<meta name=keywords content=\"" + kHan + "," + kHan + "\">",
      "<img alt='" + kHan + "' src=a.png>",
      "<b><i><b>",
      "</b></i>",
      "<frameset>",
      "<iframe srcdoc=\"<p>" + kHan + "</p>\"></iframe>",
      "<![CDATA[" + kHan + "]]>",
      "</html>",
      "</body>",
      "<? " + kHan + ">",
      "</ " + kHan + ">",
      "<",
      ">",
      "\"",
      "='",
      "\xEF\xBB\xBF",
      "\xC2\x85",
      "ASCII words here",
  };
  std::mt19937 random(20261122);
  const auto whole = [](const std::vector<std::string>& parts) {
    std::string markup;
    for (const std::string& part : parts) markup += part;
    for (int i = 0; i < 12; ++i) markup += kHan + "<br>";  // enough to gain
    return markup;
  };
  for (int round = 0; round < 1500; ++round) {
    std::vector<std::string> parts;
    for (unsigned i = 0, n = 20 + random() % 40; i < n; ++i)
      parts.push_back(pieces[random() % pieces.size()]);
    if (IsSame(whole(parts))) continue;
    // What is left when nothing more can be left out.
    for (size_t i = 0; i < parts.size();) {
      std::vector<std::string> fewer = parts;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (IsSame(whole(fewer))) {
        ++i;
      } else {
        parts = fewer;
        i = 0;
      }
    }
    FAIL() << whole(parts);
  }
}

}  // namespace
}  // namespace xuncha
