// Pages that want to break the reader, or to be read by nobody: bounded, nothing
// lost, limits recorded; and the places every text came from.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/charset.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/extract.h"
#include "crawler/flat.h"
#include "crawler/references.h"
#include "crawler/tree.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;

Page Read(std::string body, std::string content_type = "text/html; charset=utf-8") {
  Page page;
  page.response.body = std::move(body);
  page.response.content_type = std::move(content_type);
  page.response.final_url = *Url::Parse("http://www.a-college.edu.cn/x.htm");
  Extract(page);
  return page;
}

std::string Times(std::string_view text, size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

bool Has(const Page& page, Limit limit) {
  return std::any_of(page.limits.begin(), page.limits.end(),
                     [limit](const LimitHit& hit) { return hit.limit == limit; });
}

// What must hold of every document, whatever the page.
void ExpectSound(const Page& page) {
  const Document& document = page.document;
  ASSERT_LE(document.text.size(), limits::kTextBytesMax + (64u << 10));
  EXPECT_TRUE(IsValidUtf8(document.text));
  uint32_t at = 0;
  for (const Zone& zone : document.zones) {
    ASSERT_LE(at, zone.text.begin);
    ASSERT_LT(zone.text.begin, zone.text.end);
    ASSERT_LE(zone.text.end, document.text.size());
    EXPECT_TRUE(IsValidUtf8(zone.detail));
    at = zone.text.end;
  }
  for (size_t i = 0; i < document.runs.size(); ++i) {
    ASSERT_LT(document.runs[i].text, document.text.size());
    if (i > 0) {
      ASSERT_LT(document.runs[i - 1].text, document.runs[i].text);
    }
  }
  for (const Link& link : document.links) {
    ASSERT_LE(link.text.begin, link.text.end);
    ASSERT_LE(link.text.end, document.text.size());
  }
  for (const Signal& signal : document.signals) {
    ASSERT_LE(signal.text.begin, signal.text.end);
    ASSERT_LE(signal.text.end, document.text.size());
    EXPECT_TRUE(IsValidUtf8(signal.detail));
  }
  ASSERT_LE(document.visible.begin, document.visible.end);
  ASSERT_LE(document.visible.end, document.text.size());
  EXPECT_LE(document.links.size(), limits::kLinksPerPageMax);
  EXPECT_LE(document.zones.size(), limits::kZonesMax);
  const bool short_of = !page.limits.empty();
  EXPECT_EQ(page.checked == Checked::kFull, !short_of);
}

TEST(HostilePage, IsBoundedAndReadToItsEnd) {
  struct Case {
    std::string_view why;
    std::string body;
  };
  constexpr std::string_view kLast = "<p>末尾词语";
  std::string attributes = "<div";
  for (int i = 0; i < 20'000; ++i) attributes += " a" + std::to_string(i) + "=1";
  attributes += ">";
  std::string fonts;
  for (int i = 0; i < 3000; ++i) fonts += "<font color=" + std::to_string(i) + "><p>";
  std::string hidden;
  for (int i = 0; i < 30'000; ++i) hidden += "<b hidden>x</b>";
  std::string css = "<style>";
  for (int i = 0; i < 3000; ++i) css += "div div div p.a" + std::to_string(i) + ",div div b,";
  css += "i{color:red}</style>" + Times("<div>", 400) + Times("<b class='a1 a2 a3'>x</b>", 3000);
  const Case cases[] = {
      {"deep <span>", Times("<span>", 300'000)},
      {"deep <svg>", Times("<svg>", 300'000)},
      {"deep <div>, quadratic in the parser", Times("<div>", 100'000)},
      {"tables in cells", Times("<table><tr><td>", 60'000)},
      {"lists in lists", Times("<ul><li>", 30'000)},
      {"links around blocks", Times("<a href=/x><div>", 20'000)},
      {"formatting that is rebuilt in every paragraph", fonts},
      {"many attributes", attributes},
      {"many hidden blocks", hidden},
      {"selectors that match everything", css},
      {"many style blocks", Times("<style>.a{color:red}</style><b class=a>x</b>", 20'000)},
      {"style blocks written by a script",
       Times("<script>document.write('<style>.a{color:red}</style><b class=a>x</b>')</script>",
             5'000)},
      {"stray end tags", Times("</div></p></br>", 60'000)},
      {"NULs", "<p>" + std::string(50'000, '\0') + "a</p>"},
      {"comments that look like ends", "<!--" + Times("-- >--!", 50'000) + "-->"},
      {"less-than signs", Times("< ", 200'000)},
      {"ampersands", Times("&", 200'000)},
      {"references", Times("&amp;&#x4f60;&#99999999999;", 20'000)},
      {"links", Times("<a href='/a?b=1'>x</a>", 30'000)},
      {"scripts", Times("<script>var a='<b>'+'x';document.write(a)</script>", 5'000)},
      {"comments with markup", Times("<!-- <a href=/x>y</a> -->", 10'000)},
      {"frames in frames",
       Times("<iframe srcdoc=\"<iframe srcdoc='x'>\">", 5'000) + Times("</iframe>", 5000)},
      {"hidden and reversed in turn", Times("<b hidden>x</b><bdo dir=rtl>y</bdo>", 8'000)},
      {"meta", Times("<meta name=keywords content=x>", 8'000)},
      {"titles", Times("<img title=a alt=b>", 30'000)},
      {"ends of the page", Times("</html", 400'000) + ">"},
      {"places without scripts",
       Times("<noscript></noscript>", 60'000) + Times("<link a>", 100'000)},
      {"expressions that do not end", "<script>" + Times("(/[", 300'000) + "</script>"},
      {"templates full of holes", "<script>a=`" + Times("${}", 80'000) + "`</script>"},
      {"strings that are written, each once more",
       "<script>document.write(" + Times("'1234567',", 40'000) + "'')</script>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    const Page page = Read(test.body + std::string(kLast));
    ExpectSound(page);
    if (Has(page, Limit::kTextBytes)) continue;
    EXPECT_THAT(page.document.text, HasSubstr("末尾词语"));
  }
}

// What was read many times over, each time to its end, is now a limit.
TEST(HostilePage, WhatWouldBeReadAgainAndAgainIsALimit) {
  std::string css = "<style>";
  for (int i = 0; i < 8'000; ++i) css += "z>b b>b .c{color:red}";
  css += "</style>" + Times("<b>", 500) + "<i class='" + Times("c ", 16) + "'>x</i>";
  struct Case {
    std::string_view why;
    std::string body;
    Limit want;
  };
  const Case cases[] = {
      {"tags that load something and do not end", Times("<link a ", 12'000), Limit::kAssets},
      {"more of them than any page has",
       Times("<link rel=stylesheet href=/a.css>", 2 * limits::kLoadTagsMax), Limit::kAssets},
      {"unpackers that do not end",
       "<script>" + Times("eval(function(p,a,c;", 20'000) + "</script>", Limit::kScriptBytes},
      {"rules that all but match", css, Limit::kTreeTime},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    const Page page = Read(test.body);
    ExpectSound(page);
    EXPECT_TRUE(Has(page, test.want));
    EXPECT_NE(page.checked, Checked::kFull);
  }
}

TEST(RawScan, TagsThatLoadDoNotOverlap) {
  struct Case {
    std::string_view why, markup;
    std::vector<std::string_view> want;
    bool cut;
  };
  const Case cases[] = {
      {"a '>' in quotes ends nothing",
       "<script a='>' src=/a.js></script><link b=\"<link>\" href=/b.css>",
       {"<script a='>' src=/a.js>", "<link b=\"<link>\" href=/b.css>"},
       false},
      {"a quote inside a plain value is none",
       "<link a=b\"c href=/a.css><link href='/b.css'>",
       {"<link a=b\"c href=/a.css>", "<link href='/b.css'>"},
       false},
      {"a tag in a tag", "<link a <link href=/b.css>", {"<link a <link href=/b.css>"}, false},
      {"one that does not end",
       "<link href=/a.css><link href='/b.css>",
       {"<link href=/a.css>"},
       true},
      {"what loads nothing", "<script>a</script><link rel=x><base target=_top>", {}, false},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    const RawScan scan = ScanRaw(test.markup);
    EXPECT_EQ(scan.loads, test.want);
    EXPECT_EQ(scan.loads_cut, test.cut);
  }
}

TEST(HostilePage, DepthIsReadAsSiblings) {
  const Page page =
      Read(Times("<div>", 600) + "深处<a href=/deep>词</a><script>document.write('写出')</script>");
  ExpectSound(page);
  EXPECT_TRUE(Has(page, Limit::kTreeDepth));
  EXPECT_THAT(page.document.text, HasSubstr("深处"));
  EXPECT_EQ(page.document.text.find("document.write"), std::string::npos);
  ASSERT_FALSE(page.document.links.empty());
}

TEST(HostilePage, DeepXmlIsRecorded) {
  const Page page = Read(Times("<b>", 600) + "深处", "text/xml");
  ExpectSound(page);
  EXPECT_TRUE(Has(page, Limit::kTreeDepth));
  EXPECT_THAT(page.document.text, HasSubstr("深处"));
}

TEST(HostilePage, LargeBodiesAreReadFlat) {
  const Page page =
      Read("<title>大</title>" + Times("<p>x</p>", limits::kTreeBytesMax / 8 + 1) + "末尾");
  ExpectSound(page);
  EXPECT_TRUE(Has(page, Limit::kTreeBytes));
  EXPECT_EQ(page.document.title, "大");
  EXPECT_THAT(page.document.text, HasSubstr("末尾"));
}

TEST(HostilePage, FlatReadingSeesWhatTheTreeSees) {
  // The padding alone decides which of the two readers is used.
  const std::string page =
      "<title>题</title><meta name=keywords content=词><body><ul><li>一<li><a href=/a>二</a></ul>"
      "<div style='display:none'><a href='http://b.example.net/'>藏</a></div><p>甲&amp;乙<!-- 注释 "
      "-->"
      "<script>document.write('写出')</script><table><tr><td>丙<td>丁</table><img alt=图>";
  const std::string padding = "<!--" + std::string(limits::kTreeBytesMax, ' ') + "-->";
  const Document tree = Read(page).document;
  const Page flat_page = Read(page + padding);
  EXPECT_TRUE(Has(flat_page, Limit::kTreeBytes));
  const Document& flat = flat_page.document;
  EXPECT_EQ(flat.text, tree.text);
  ASSERT_EQ(flat.zones.size(), tree.zones.size());
  ASSERT_EQ(flat.links.size(), tree.links.size());
  for (size_t i = 0; i < flat.links.size(); ++i) {
    EXPECT_EQ(flat.links[i].url, tree.links[i].url);
    EXPECT_EQ(flat.links[i].text, tree.links[i].text);
    EXPECT_EQ(flat.links[i].hiding, tree.links[i].hiding);
  }
}

TEST(HostilePage, ScriptsInsideScriptsEndAtADepth) {
  std::string script = "document.write('词语终点')";
  for (int i = 0; i < 12; ++i) {
    std::string escaped;
    for (char c : script)
      escaped += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    if (escaped.size() > 100'000) break;
    script = "eval('" + escaped + "')";
  }
  const Page page = Read("<script>" + script + "</script>");
  ExpectSound(page);
  EXPECT_THAT(page.document.text, HasSubstr("词语终点"));
}

TEST(HostilePage, ContentThatBrowsersDropIsRead) {
  const Page page = Read(
      "<html><frameset rows=*><frame src=/a></frameset><p>丢失的词语"
      "<a href='http://b.example.net/'>丢失的链接</a></html>");
  ExpectSound(page);
  EXPECT_THAT(page.document.text, HasSubstr("丢失的词语"));
  EXPECT_THAT(page.document.text, HasSubstr("丢失的链接"));
}

// Where the character at `text` of the document stands in the body's UTF-8.
size_t SourceOf(const Document& document, size_t text) {
  const SourceRun* found = nullptr;
  for (const SourceRun& run : document.runs) {
    if (run.text <= text) found = &run;
  }
  return found->generated ? found->source : found->source + (text - found->text);
}

TEST(Places, LeadBackToTheBytes) {
  struct Case {
    std::string_view why, html, word, at;
  };
  constexpr Case kCases[] = {
      {"plain text", "<p>前面 博彩", "博彩", "博彩"},
      {"white space that collapsed", "<p>a \n\t b  博彩", "博彩", "博彩"},
      {"behind references", "<p>&amp;&#x4f60;&copy;博彩", "博彩", "博彩"},
      {"a reference itself", "<p>x&#21338;彩", "博", "&#21338;"},
      {"after one", "<p>x&#21338;&#24425;y", "彩", "&#24425;"},
      {"a named reference nobody uses", "<p>&CounterClockwiseContourIntegral;博彩", "博彩", "博彩"},
      {"behind an ignored tag", "<p>博</foo>彩", "彩", "彩"},
      {"an attribute", "<img alt='x&amp;博彩'>", "博彩", "博彩"},
      {"meta", "<meta name=keywords content='a, 博彩'>", "博彩", "博彩"},
      {"a title", "<title>\n &#8226; 博彩</title>", "博彩", "博彩"},
      {"hidden text", "<p>x<b hidden>y 博彩</b>", "博彩", "博彩"},
      {"a comment", "<!-- 备 博彩 -->", "博彩", "博彩"},
      {"markup in a comment", "<!-- <a href=/x>&#38;博彩</a> -->", "博彩", "博彩"},
      {"text written by a script points to its literal",
       "<p>x<script>var q;document.write('博彩')</script>", "博彩", "'博彩'"},
      {"text put out of a table", "<table>博彩<tr><td>x</table>", "博彩", "博彩"},
      {"CR LF", "<p>a\r\nb\r\n博彩", "博彩", "博彩"},
  };
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.why);
    const Document document = Read(std::string(test.html)).document;
    const size_t text = document.text.find(test.word);
    ASSERT_NE(text, std::string::npos);
    EXPECT_EQ(SourceOf(document, text), test.html.find(test.at));
  }
}

TEST(Places, LeadBackToGbkBytes) {
  const std::string html = "<title>学院</title><p>通知：&nbsp;请同学们注意<b>博彩</b>信息";
  const std::string body = EncodeFromUtf8(html, Charset::kGb18030);
  const Document document = Read(body, "text/html; charset=gb2312").document;
  const size_t text = document.text.find("博彩");
  ASSERT_NE(text, std::string::npos);
  const size_t original = OriginalOffset(body, document.charset, SourceOf(document, text));
  EXPECT_EQ(body.substr(original, 4), EncodeFromUtf8("博彩", Charset::kGb18030));
}

TEST(References, ClampKeepsLengths) {
  std::string markup = "&#4294967361;&#x100000041;&#65;&#1114112;&#x110000;&#;&#x;";
  const size_t size = markup.size();
  ClampReferences(markup);
  EXPECT_EQ(markup.size(), size);
  EXPECT_EQ(markup, "&#0000065533;&#x00000FFFD;&#65;&#0065533;&#x00FFFD;&#;&#x;");
}

TEST(Tree, EndsByBudgetOrDeadline) {
  Arena arena;
  std::string fonts;
  for (int i = 0; i < 6000; ++i) fonts += "<font color=" + std::to_string(i) + "><p>";
  EXPECT_NE(ParseOnly(fonts, arena), TreeEnd::kDone);
  EXPECT_LE(arena.used(), limits::kArenaBytesMax);
  EXPECT_EQ(ParseOnly("<p>x", arena), TreeEnd::kDone);  // the arena is good for the next page
}

// Searches that build nothing, and so ask for no memory: minutes of each, were they let.
TEST(Tree, EndsWhereTheParserOnlySearches) {
  struct Case {
    std::string_view why;
    std::string markup;
  };
  const Case cases[] = {
      {"each end of a template searches the stack of open elements",
       Times("<u></b><template>", 40'000)},
      {"each character asks whether the formatting element is open",
       Times("<span>", 110'000) + "<b>" + std::string(1'400'000, 'x')},
  };
  Arena arena;
  for (const auto& [why, markup] : cases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(ParseOnly(markup, arena), TreeEnd::kTime);
    EXPECT_EQ(ParseOnly("<p>x", arena), TreeEnd::kDone);
  }
}

// Random damage to pages of every shape. The seed is fixed: a failure comes back.
TEST(HostilePage, DamagedPagesAreSound) {
  const std::string samples[] = {
      "<!DOCTYPE html><html><head><meta "
      "charset=utf-8><title>学院&#21338;</title><style>.a{display:none}"
      "#b .c{position:absolute;left:-999px}</style><base href='/d/'></head><body "
      "bgcolor=white><table><tr><td>甲"
      "<td><a href='x?k=词' title='题'>乙</a></table><div class=a><a "
      "href='http://b.example.net/'>丙</a></div>"
      "<iframe srcdoc='&lt;p&gt;内'></iframe><!-- <a href=/y>注</a> "
      "--><noscript>无</noscript></body></html>后",
      "<script>var "
      "_0x1=['\\x64','\\u535a'];document['write'](unescape('%3Ca%20href%3D/"
      "z%3E')+_0x1[1]+atob('5Y2a')"
      "+'</a>');eval(function(p,a,c,k,e,d){return "
      "p}('0(1)',62,2,'alert|x'.split('|'),0,{}))</script>"
      "<p style='font:0/0 "
      "a;color:#fff;background:#fff'>&amp;&nbsp;&#x110000;&copy<b>x</b><select><option>一</select>",
      "<frameset><frame src=/a></frameset><svg><title>x</title><a "
      "xlink:href='/s'>y</a></svg><math><mi>z</math>"
      "<form action=/f><input value=v></form><template><p>t</template><details>d</details><bdo "
      "dir=rtl>反</bdo>",
  };
  std::mt19937 random(20261122);
  auto below = [&random](size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    std::string body = samples[below(3)];
    const size_t changes = 1 + below(12);
    for (size_t i = 0; i < changes && !body.empty(); ++i) {
      const size_t at = below(body.size());
      switch (below(6)) {
        case 0:
          body[at] = static_cast<char>(below(256));
          break;
        case 1:
          body.erase(at, 1 + below(20));
          break;
        case 2:
          body.insert(at, body.substr(below(body.size()), below(60)));
          break;
        case 3:
          body.insert(at, 1, "<>\"'&;=/-!\\%"[below(12)]);
          break;
        case 4:
          body.resize(at);
          break;
        case 5:
          body.insert(at, Times(body.substr(at, 1 + below(12)), below(30)));
          break;
      }
    }
    SCOPED_TRACE("round " + std::to_string(round) + ": " + body);
    const Page page = Read(body, below(2) == 0 ? "text/html" : "text/html; charset=gbk");
    ASSERT_NO_FATAL_FAILURE(ExpectSound(page));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace xuncha
