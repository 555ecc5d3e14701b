// A page and what it loads of its own site: sheets decide what is seen, scripts add
// what they would write. Tables of pages, sheets and scripts, and what must follow.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/limits.h"
#include "crawler/asset.h"
#include "crawler/extract.h"
#include "crawler/waiting.h"
#include "tests/unit/crawler/shown.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Files = std::map<std::string, std::string>;  // by path

Page Joined(std::string body, const Files& files) {
  Page page;
  page.response.body = std::move(body);
  page.response.content_type = "text/html; charset=utf-8";
  page.response.final_url = *Url::Parse("http://www.a-college.edu.cn/news/1.htm");
  page.response.status = 200;
  page.assets = Assemble(FindLoads(page), [&](const Load& load) -> std::shared_ptr<const Asset> {
    const auto found = files.find(std::string(load.url.path()));
    if (load.url.host() != "www.a-college.edu.cn" || found == files.end()) return nullptr;
    return std::make_shared<const Asset>(ReadAsset(load.kind, found->second, ""));
  });
  Extract(page);
  return page;
}

std::vector<std::string> SignalsOf(const Document& document) {
  std::vector<std::string> names;
  for (const Signal& signal : document.signals) names.emplace_back(SignalName(signal.kind));
  return names;
}

TEST(SiteSheet, DecidesWhatIsSeen) {
  struct Case {
    std::string_view why, css, html;
    std::vector<std::string> want;
  };
  const Case cases[] = {
      {"a class",
       ".foot{display:none}",
       "<p>正文</p><div class=foot>暗链</div>",
       {"text: 正文", "hidden/display-none[div.foot]: 暗链"}},
      {"an id below a class",
       ".a #b{position:absolute;left:-9999px}",
       "<div class=a><div id=b>暗链</div></div>",
       {"hidden/off-screen[div#b]: 暗链"}},
      {"a child is no grandchild",
       ".a>p{display:none}",
       "<div class=a><p>子</p><div><p>孙</p></div></div>",
       {"text: 孙", "hidden/display-none[p]: 子"}},
      {"a parent further up still counts",
       ".a>.b .c{display:none}",
       "<div class=a><div class=b><div class=b><p class=c>深</p></div></div></div>",
       {"hidden/display-none[p.c]: 深"}},
      {"the more specific rule wins, wherever it stands",
       "#x{display:block}.y{display:none}",
       "<div id=x class=y>文</div>",
       {"text: 文"}},
      {"!important wins over the more specific rule",
       ".y{display:none!important}#x{display:block}",
       "<div id=x class=y>文</div>",
       {"hidden/display-none[div#x]: 文"}},
      {"!important wins over a style attribute",
       ".y{display:none !important}",
       "<div class=y style='display:block'>文</div>",
       {"hidden/display-none[div.y]: 文"}},
      {"a style attribute wins over the rest",
       ".y{display:none}",
       "<div class=y style='display:block'>文</div>",
       {"text: 文"}},
      {"the page's own sheet comes last",
       ".y{display:none}",
       "<style>.y{display:block}</style><div class=y>文</div>",
       {"text: 文"}},
      {"the twelfth class counts too",
       ".l{display:none}",
       "<div class='a b c d e f g h i j k l'>文</div>",
       {"hidden/display-none[div.a]: 文"}},
      {"rules for paper hide nothing",
       "@media print{.y{display:none}}",
       "<div class=y>文</div>",
       {"text: 文"}},
      {"rules for paper and screens do",
       "@media screen, print{.y{display:none}}",
       "<div class=y>文</div>",
       {"hidden/display-none[div.y]: 文"}},
      {"rules for telephones hide nothing",
       "@media (max-width:600px){.y{display:none}}",
       "<div class=y>文</div>",
       {"text: 文"}},
      {"what wide screens show is not hidden",
       ".y{display:none}@media(min-width:992px){.y{display:block}}",
       "<div class=y>文</div>",
       {"text: 文"}},
      {"states are not looked at",
       ".m:hover .y{display:none}",
       "<div class=m><div class=y>文</div></div>",
       {"text: 文"}},
      {"words put beside an element that is there",
       ".y::after{content:'官方网站'}.z::after{content:'没有这个'}",
       "<div class=y>文</div>",
       {"text: 文", "hidden[css content]: 官方网站"}},
      {"words run from right to left",
       ".y{direction:rtl;unicode-bidi:bidi-override}",
       "<div class=y>彩博</div>",
       {"text[reversed]: 彩博"}},
      {"words in a mirror",
       ".y{transform:scaleX(-1)}",
       "<div class=y>彩博</div>",
       {"text[reversed]: 彩博"}},
      {"mirrored twice",
       ".y{transform:scale(-1, 1)}",
       "<div class=y><div class=y>博彩</div></div>",
       {"text: 博彩"}},
      {"escaped and commented",
       ".\\66 oot{display:none}.fo/**/ot2{x:y}.foot3{/**/display/**/:n\\6f ne/**/}",
       "<div class=foot3>文</div>",
       {"hidden/display-none[div.foot3]: 文"}},
  };
  for (const auto& [why, css, html, want] : cases) {
    SCOPED_TRACE(why);
    const Page page = Joined("<link rel=stylesheet href='../s.css'><body>" + std::string(html),
                             {{"/s.css", std::string(css)}});
    EXPECT_EQ(ZonesOf(page.document), want);
    EXPECT_EQ(page.checked, Checked::kFull);
  }
}

TEST(SiteSheet, IsWhatThePageLoads) {
  struct Case {
    std::string_view why, head;
    bool hidden;
  };
  const Case cases[] = {
      {"relative to the base", "<base href='/css/'><link rel=stylesheet href=s.css>", true},
      {"with references in its address", "<link href='/css/s.css?a=1&amp;b=2' rel='StyleSheet'>",
       true},
      {"imported by another", "<link rel=stylesheet href=/css/all.css>", true},
      {"for paper only", "<link rel=stylesheet media=print href=/css/s.css>", false},
      {"for narrow screens only",
       "<link rel=stylesheet media='(max-width: 600px)' href=/css/s.css>", false},
      {"for all", "<link rel=stylesheet media=all href=/css/s.css>", true},
      {"an alternative", "<link rel='alternate stylesheet' href=/css/s.css>", false},
      {"in a comment", "<!-- <link rel=stylesheet href=/css/s.css> -->", false},
      {"without scripts only", "<noscript><link rel=stylesheet href=/css/s.css></noscript>", false},
      {"of another site", "<link rel=stylesheet href=http://cdn.example/css/s.css>", false},
      {"absent", "<link rel=stylesheet href=/css/none.css>", false},
  };
  for (const auto& [why, head, hidden] : cases) {
    SCOPED_TRACE(why);
    const Page page = Joined(
        "<head>" + std::string(head) + "</head><body><p class=y>文</p>",
        {{"/css/s.css", ".y{display:none}"}, {"/css/all.css", "@import url(s.css);p{color:red}"}});
    EXPECT_EQ(std::any_of(page.document.zones.begin(), page.document.zones.end(),
                          [](const Zone& zone) { return zone.hiding != Hiding::kNone; }),
              hidden);
  }
}

TEST(SiteSheet, HidesLinksThatAreReported) {
  const std::string links =
      "<div class=x><a href=http://a1.example/>一</a><a href=http://b2.example/>二</a>"
      "<a href=http://c3.example/>三</a></div>";
  const Page page = Joined("<link rel=stylesheet href=/s.css>" + links,
                           {{"/s.css", ".x{height:0;overflow:hidden}"}});
  EXPECT_THAT(SignalsOf(page.document), Contains("hidden-links"));
}

TEST(SiteSheet, ATabThatASiteScriptOpensIsNoHiddenBlock) {
  const std::string body =
      "<link rel=stylesheet href=/s.css><script src=/a.js></script>"
      "<div id=zhuanjia class=x><a href=http://a1.example/>一</a></div>";
  const Files files = {{"/s.css", ".x{display:none}"},
                       {"/a.js", "document.getElementById('zhuanjia').style.display='block'"}};
  EXPECT_THAT(SignalsOf(Joined(body, files).document), Not(Contains("hidden-links")));
  EXPECT_THAT(SignalsOf(Joined(body, {{"/s.css", ".x{display:none}"}}).document),
              Contains("hidden-links"));
}

TEST(SiteSheet, CostIsBoundedAndRecorded) {
  std::string css, html = "<link rel=stylesheet href=/s.css>";
  for (int i = 0; i < 8000; ++i) css += ".a p .b" + std::to_string(i) + " p{color:red}";
  for (int i = 0; i < 20000; ++i) html += "<p id=i" + std::to_string(i) + ">";
  const Page page = Joined(html, {{"/s.css", css}});
  EXPECT_EQ(page.checked, Checked::kFlat);
  EXPECT_FALSE(page.limits.empty());
}

TEST(SiteScript, DoesToThePageWhatItWouldDo) {
  struct Case {
    std::string_view why, script;
    std::vector<std::string> zones, signals;
  };
  const std::string url = "http://www.a-college.edu.cn/a.js";
  const Case cases[] = {
      {"it writes links",
       "document.write('<a href=\"http://x1.example/\">博彩大厅</a>');",
       {"script[document.write " + url + "]: 博彩大厅"},
       {"foreign-script-write"}},
      {"packed twice",
       "eval(unescape('%64ocument.write(\"%u535A%u5F69<a href=http://x1.example/>x</a>\")'))",
       {"script[document.write " + url + "]: 博彩x"},
       {"foreign-script-write"}},
      {"it sets the title for those who come from elsewhere",
       "if(navigator.userAgent.indexOf('baidu')==-1){document.title='学院首页';}",
       {"script[document.title " + url + "]: 学院首页"},
       {"title-rewrite", "spider-branch"}},
      {"it moves visitors of search engines",
       "if(document.referrer.indexOf('baidu')>0)location.href='http://x1.example/';",
       {},
       {"referrer-redirect"}},
      {"a library does nothing",
       "function f(a){return a.innerHTML='<b></b>'}var s='联系我们';",
       {},
       {}},
      {"statistics look where visitors come from",
       "var r=document.referrer,k=['baidu','google'];localStorage.setItem('from',r);",
       {},
       {}},
  };
  for (const auto& [why, script, zones, signals] : cases) {
    SCOPED_TRACE(why);
    const Page page =
        Joined("<body><p>正文</p><script src=/a.js></script>", {{"/a.js", std::string(script)}});
    std::vector<std::string> of_script = ZonesOf(page.document);
    std::erase_if(of_script, [](const std::string& zone) { return !zone.starts_with("script"); });
    EXPECT_EQ(of_script, zones);
    EXPECT_EQ(SignalsOf(page.document), signals);
  }
}

TEST(SiteScript, PointsAtTheTagThatLoadsIt) {
  const Page page = Joined("<body><p>正文</p><script src=/a.js></script>",
                           {{"/a.js", "document.write('博彩大厅')"}});
  const auto zone = std::find_if(page.document.zones.begin(), page.document.zones.end(),
                                 [](const Zone& z) { return z.kind == ZoneKind::kScript; });
  ASSERT_NE(zone, page.document.zones.end());
  const auto run = std::find_if(page.document.runs.begin(), page.document.runs.end(),
                                [&](const SourceRun& r) { return r.text == zone->text.begin; });
  ASSERT_NE(run, page.document.runs.end());
  EXPECT_TRUE(run->generated);
  EXPECT_EQ(page.response.body.substr(run->source, 7), "<script");
}

TEST(SiteScript, WhatItWritesIsBounded) {
  std::string script;
  for (int i = 0; i < 3000; ++i)
    script += "document.write('<p>一二三四五六七八九十百千万亿" + std::to_string(i) + "</p>');";
  const Asset asset = ReadAsset(LinkKind::kScriptSource, script, "");
  size_t bytes = 0;
  for (const std::string& text : asset.script.written) bytes += text.size();
  EXPECT_LE(bytes, limits::kYieldBytesMax);
  EXPECT_THAT(asset.limits, SizeIs(1));
  const Page page = Joined("<script src=/a.js></script>", {{"/a.js", script}});
  EXPECT_EQ(page.checked, Checked::kFlat);
}

TEST(Asset, TwoVersionsThatDoTheSameHaveOneEffect) {
  const auto effect = [](std::string_view script) {
    return ReadAsset(LinkKind::kScriptSource, script, "").effect;
  };
  EXPECT_EQ(effect("var visits=1;"), effect("var visits=2;"));
  EXPECT_NE(effect("document.write('博彩')"), effect("document.write('彩票')"));
  EXPECT_NE(effect("var visits=1;"), effect("document.write('彩票')"));
}

TEST(Asset, OneTooLargeIsNamed) {
  const Asset asset = ReadAsset(LinkKind::kStyle, std::string(limits::kAssetBytesMax + 1, ' '), "");
  EXPECT_THAT(asset.limits, SizeIs(1));
  EXPECT_FALSE(asset.effect.empty());
}

TEST(Loads, AreFoundInUtf16AndBounded) {
  Page page;
  page.response.final_url = *Url::Parse("http://www.a-college.edu.cn/");
  page.response.content_type = "text/html";
  page.response.body = "\xFF\xFE";
  for (const char c : std::string_view("<html><link rel=stylesheet href=/s.css><p>text")) {
    page.response.body += c;
    page.response.body += '\0';
  }
  ASSERT_THAT(FindLoads(page), SizeIs(1));
  EXPECT_EQ(FindLoads(page)[0].url.path(), "/s.css");
  page.response.body = "<html>";
  for (int i = 0; i < 200; ++i)
    page.response.body += "<script src=/s" + std::to_string(i) + ".js></script>";
  EXPECT_THAT(FindLoads(page), SizeIs(limits::kLoadsPerPageMax));
}

TEST(Waiting, WhatAPageInHandLoadsComesFirst) {
  Waiting waiting;
  waiting.Push({.url = "a", .shape = 1});
  waiting.Push({.url = "b", .shape = 2, .urgent = true});
  EXPECT_EQ(waiting.size(), 2u);
  EXPECT_TRUE(waiting.HasUrgent("b"));
  EXPECT_FALSE(waiting.HasUrgent("a"));
  EXPECT_EQ(waiting.Pop()->url, "b");
  EXPECT_FALSE(waiting.HasUrgent("b"));
  EXPECT_EQ(waiting.Pop()->url, "a");
  waiting.Push({.url = "c", .shape = 2, .urgent = true});
  EXPECT_EQ(waiting.Clear(), 1u);
}

bool LacksAssets(const Page& page) {
  return page.checked != Checked::kFull &&
         std::any_of(page.limits.begin(), page.limits.end(),
                     [](const LimitHit& hit) { return hit.limit == Limit::kAssets; });
}

TEST(Joining, SheetsThatImportManySheetsAreBoundedForThePage) {
  Files files;
  std::string body;
  for (int i = 0; i < 60; ++i) {
    const std::string sheet = "/s" + std::to_string(i);
    body += "<link rel=stylesheet href=" + sheet + ">";
    for (int k = 0; k < 60; ++k)
      files[sheet] += "@import '" + sheet + "-" + std::to_string(k) + "';";
  }
  const Page page = Joined(body + "<p>正文</p>", files);
  EXPECT_EQ(page.assets->entries.size(), 60 + limits::kLoadsPerPageMax);
  EXPECT_EQ(page.assets->left_out, 60 * 60 - limits::kLoadsPerPageMax);
  EXPECT_TRUE(LacksAssets(page));
}

TEST(Joining, AScriptThatOnlyTheTreeSeesIsALimit) {
  struct Case {
    std::string_view why, html;
    bool want;
  };
  constexpr Case kCases[] = {
      {"below a picture's title", "<svg><title><script src=/m.js></script></title></svg>", true},
      {"below text that is none in formulas", "<math><xmp><script src=/m.js></script></math>",
       true},
      {"of another site", "<svg><title><script src=http://b.example.test/m.js></script>", false},
      {"a script that is none", "<script type=text/template src=/m.js></script>", false},
  };
  for (const auto& [why, html, want] : kCases) {
    SCOPED_TRACE(why);
    const Page page = Joined(std::string(html), {{"/m.js", "document.write('词语词语')"}});
    EXPECT_EQ(LacksAssets(page), want);
  }
}

TEST(Joining, AScriptInItsOwnAddressIsRead) {
  // document.write("<b>真人视讯下注</b>")
  const Page page = Joined(
      "<script src='data:text/javascript;base64,"
      "ZG9jdW1lbnQud3JpdGUoIjxiPuecn+S6uuinhuiur+S4i+azqDwvYj4iKQ=='></script>"
      "<script src=\"data:application/javascript,document.write('<i>又一句</i>')\"></script>",
      {});
  EXPECT_THAT(ZonesOf(page.document), Contains("script[document.write]: 真人视讯下注"));
  EXPECT_THAT(ZonesOf(page.document), Contains("script[document.write]: 又一句"));
}

}  // namespace
}  // namespace xuncha
