// Extract: what a page says, and where; a table of pages and what must be found.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/extract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "tests/unit/crawler/shown.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Page PageOf(std::string body, std::string content_type = "text/html; charset=utf-8",
            std::string url = "http://www.a-college.edu.cn/news/1.htm") {
  Page page;
  page.response.body = std::move(body);
  page.response.content_type = std::move(content_type);
  page.response.final_url = *Url::Parse(url);
  page.response.status = 200;
  return page;
}

Document Read(std::string body) {
  Page page = PageOf(std::move(body));
  Extract(page);
  return page.document;
}

std::string TextOf(const Document& document, Span span) {
  return document.text.substr(span.begin, span.size());
}

std::vector<std::string> LinksOf(const Document& document) {
  std::vector<std::string> lines;
  for (const Link& link : document.links) {
    lines.push_back(std::string(LinkKindName(link.kind)) + " " + link.url.text() + " [" +
                    TextOf(document, link.text) + "]");
  }
  return lines;
}

TEST(Extract, ReadsZones) {
  struct Case {
    std::string_view why, html;
    std::vector<std::string> want;
  };
  const Case cases[] = {
      {"title and meta come first",
       "<title> 学院\n主页 </title><meta name=Keywords content='甲,乙'><p>正文",
       {"title: 学院 主页", "meta[keywords]: 甲,乙", "text: 正文"}},
      {"Open Graph counts as meta",
       "<meta property=og:title content=标题>",
       {"meta[og:title]: 标题"}},
      {"machine metas say nothing",
       "<meta name=viewport content='width=device-width'>x",
       {"text: x"}},
      {"nothing stands between inline elements",
       "<p>博<b>彩</b><i></i><span>网</span>",
       {"text: 博彩网"}},
      {"blocks and <br> are lines", "<div>一<p>二</p>三<br>四</div>五", {"text: 一|二|三|四|五"}},
      {"what stands for browsers that do not know an element, no browser of today shows",
       "<p>甲<canvas>一</canvas><video>二</video><audio>三</audio><progress>四</progress>"
       "<meter>五</meter><ruby>乙<rp>六</rp></ruby><object "
       "data=a.png>七</object><object>丙</object>",
       {"text: 甲乙丙", "hidden/noscript[canvas]: 一", "hidden/noscript[video]: 二",
        "hidden/noscript[audio]: 三", "hidden/noscript[progress]: 四", "hidden/noscript[meter]: 五",
        "hidden/noscript[rp]: 六", "hidden/noscript[object]: 七"}},
      {"nor what names the parts of a drawing or a formula",
       "<p>甲<svg><title>一</title><desc>二</desc><defs><text>三</text></defs><text>乙</text></svg>"
       "<math><annotation>四</annotation></math>",
       {"text: 甲乙", "hidden/noscript[title]: 一", "hidden/noscript[desc]: 二",
        "hidden/noscript[defs]: 三", "hidden/noscript[annotation]: 四"}},
      {"what only opens on demand",
       "<div>甲<dialog>一</dialog><dialog open>乙</dialog><span popover>二</span>",
       {"text: 甲|乙", "hidden/hidden-attribute[dialog]: 一", "hidden/hidden-attribute[span]: 二"}},
      {"white space collapses", "<p>  a \n b\t\tc  </p>", {"text: a b c"}},
      {"cells are kept apart", "<table><tr><td>张<td>李<tr><td>王</table>", {"text: 张^李|王"}},
      {"display:inline undoes a block",
       "<div style='display:inline'>博</div><div style=display:inline>彩</div>",
       {"text: 博彩"}},
      {"ignored tags do not cut words", "<p>博</foo>彩", {"text: 博彩"}},
      {"references are decoded", "<p>&#21338;&#x5F69;&amp;&lt;", {"text: 博彩&<"}},
      {"numbers beyond Unicode are U+FFFD",
       "<p>a&#4294967361;b&#x100000041;c&#3000000000;d",
       {"text: a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD"
        "c\xEF\xBF\xBD"
        "d"}},
      {"alt, title, placeholder, value",
       "<img alt=图一><p title=提示>x<input placeholder=姓名 value=值甲>",
       {"text: x", "attribute[alt]: 图一", "attribute[title]: 提示", "attribute[placeholder]: 姓名",
        "attribute[value]: 值甲"}},
      {"a title that repeats the link is not said twice",
       "<a href=/x title=通知>通知</a>",
       {"text: 通知"}},
      {"comments", "<p>x<!-- 备份 13800000000 -->", {"text: x", "comment: 备份 13800000000"}},
      {"markup in comments is read",
       "<p>x<!-- <a href='http://b.example/'>词</a> -->",
       {"text: x", "comment: 词", "href: http://b.example/"}},
      {"noscript and template",
       "<p>x<noscript>无脚本</noscript><template><p>模板</p></template>",
       {"text: x", "hidden/noscript[noscript]: 无脚本", "hidden/template[template]: 模板"}},
      {"textarea and option are seen",
       "<textarea>甲</textarea><select><option>乙<option>丙</select>",
       {"text: 甲|乙|丙"}},
      {"srcdoc",
       "<iframe srcdoc='&lt;p&gt;内&lt;/p&gt;'></iframe>x",
       {"text: x", "attribute[srcdoc]: 内"}},
      {"data: frame",
       "<iframe src='data:text/html;base64,PHA+5YaFPC9wPg=='></iframe>x",
       {"text: x", "attribute[data]: 内"}},
      {"CSS content",
       "<style>.a::after{content:'成人\\76F4 播'}</style><p>x",
       {"text: x", "hidden[css content]: 成人直播"}},
      {"reversed text stands alone",
       "<p>x<bdo dir=rtl>注投彩博</bdo>y",
       {"text: xy", "text[reversed]: 注投彩博"}},
      {"linked documents",
       "<a href='/f/%E5%90%8D%E5%8D%95.xls'>下载</a>",
       {"text: 下载", "href: /f/名单.xls", "attachment: 名单.xls 下载"}},
      {"targets with words",
       "<a href='http://b.example/?k=%B2%A9%B2%CA'>x</a><a href=/list.htm?id=3>y</a>",
       {"text: xy", "href: http://b.example/?k=博彩"}},
      {"JSON-LD",
       "<script type='application/ld+json'>{\"name\":\"\\u535a\\u5f69\\u7f51\"}</script>x",
       {"text: x", "script[script]: 博彩网"}},
      {"a picture's title is none of the page's",
       "<title>真</title><svg><title>图标</title></svg>x",
       {"title: 真", "text: x", "hidden/noscript[title]: 图标"}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(ZonesOf(Read(std::string(test.html))), test.want);
  }
}

TEST(Extract, KnowsWhatVisitorsDoNotSee) {
  struct Case {
    std::string_view why, html, want;
  };
  const Case cases[] = {
      {"display:none", "<div class='foot a' style='DISPLAY : none'>词</div>",
       "hidden/display-none[div.foot]: 词"},
      {"with comments and escapes in CSS", "<div style='/**/display/**/:n\\6f ne'>词</div>",
       "hidden/display-none[div]: 词"},
      {"visibility", "<p style='visibility:hidden'>词", "hidden/visibility[p]: 词"},
      {"opacity", "<p style='opacity:.01'>词", "hidden/opacity[p]: 词"},
      {"old opacity", "<p style='filter:alpha(opacity=0)'>词", "hidden/opacity[p]: 词"},
      {"font-size 0", "<p style='font-size:0'>词", "hidden/font-size[p]: 词"},
      {"two pixels", "<p style='font-size:2px'>词", "hidden/font-size[p]: 词"},
      {"a tenth of an em", "<p style='font-size:.1em'>词", "hidden/font-size[p]: 词"},
      {"a window aside", "<div style='position:fixed;left:-100vw'>词</div>",
       "hidden/off-screen[div]: 词"},
      {"a window above", "<div style='position:absolute;top:-100vh'>词</div>",
       "hidden/off-screen[div]: 词"},
      {"far aside by its own width", "<div style='position:absolute;left:-999%'>词</div>",
       "hidden/off-screen[div]: 词"},
      {"font shorthand", "<p style='font:bold 0/0 arial'>词", "hidden/font-size[p]: 词"},
      {"colour of its background", "<p style='color:#fff;background:#fefefe'>词",
       "hidden/same-colour[p]: 词"},
      {"font colour on a coloured cell",
       "<table><tr><td bgcolor=#336699><font color=#336699>词</font></table>",
       "hidden/same-colour[font]: 词"},
      {"transparent words", "<p style='color:rgba(0,0,0,0)'>词", "hidden/same-colour[p]: 词"},
      {"off the screen", "<div style='position:absolute;left:-3000px'>词</div>",
       "hidden/off-screen[div]: 词"},
      {"a margin away", "<div style='margin:0 0 0 -9999px'>词</div>", "hidden/off-screen[div]: 词"},
      {"indented away", "<div style='text-indent:-999em'>词</div>", "hidden/indent[div]: 词"},
      {"no height", "<div style='height:0;overflow:hidden'>词</div>", "hidden/zero-size[div]: 词"},
      {"clipped", "<div style='position:absolute;clip:rect(0,0,0,0)'>词</div>",
       "hidden/clip[div]: 词"},
      {"scaled to nothing", "<div style='transform:scale(0)'>词</div>",
       "hidden/transform[div]: 词"},
      {"behind the page", "<div style='position:absolute;z-index:-9'>词</div>",
       "hidden/behind[div]: 词"},
      {"a pixel of moving text", "<marquee width=1 height=1>词</marquee>",
       "hidden/marquee[marquee]: 词"},
      {"the hidden attribute", "<div hidden id=q>词</div>", "hidden/hidden-attribute[div#q]: 词"},
      {"closed details", "<details><summary>见</summary>词</details>",
       "hidden/details[details]: 词"},
      {"a class of a style block",
       "<div class=k>词</div><style>.j,.k{position:absolute;top:-999px}</style>",
       "hidden/off-screen[div.k]: 词"},
      {"a descendant rule",
       "<style>#a .b p{display:none}</style><div id=a><div class=b><p>词</p></div></div>",
       "hidden/display-none[p]: 词"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_THAT(ZonesOf(Read("<p>前" + std::string(test.html))), Contains(test.want));
  }
}

TEST(Extract, DoesNotCallHiddenWhatIsSeen) {
  struct Case {
    std::string_view why, html;
  };
  const Case cases[] = {
      {"children with a size of their own",
       "<ul style='font-size:0'><li style='font-size:14px'>词</ul>"},
      {"a slide that waits aside", "<div style='position:absolute;left:-300%'>词</div>"},
      {"small print", "<p style='font-size:6px'>词"},
      {"a visible child of an invisible box",
       "<div style='visibility:hidden'><b style='visibility:visible'>词</b></div>"},
      {"white on a bar of another colour",
       "<body bgcolor=white><div style='background:#036'><font color=white>词</font></div>"},
      {"white on a picture",
       "<div style='background:#fff url(x.png)'><p style='color:#fff'>词</div>"},
      {"rules for print", "<style>@media print{.a{display:none}}</style><p class=a>词"},
      {"rules for telephones",
       "<style>@media (max-width:600px){.a{display:none}}</style><p class=a>词"},
      {"a later rule shows it again",
       "<style>.a{display:none}.a.on{display:block}</style><p class='a on'>词"},
      {"a state", "<style>.a:hover{display:none}</style><p class=a>词"},
      {"a small indent", "<p style='text-indent:-2em'>词"},
      {"scrolling text of full size", "<marquee height=20 width=700 scrollamount=3>词</marquee>"},
      {"open details", "<details open>词</details>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    const Document document = Read(std::string(test.html));
    EXPECT_EQ(TextOf(document, document.visible), "词");
  }
}

TEST(Extract, FindsEveryFormOfLink) {
  struct Case {
    std::string_view why, html;
    std::vector<std::string> want;
  };
  const std::string host = "http://www.a-college.edu.cn";
  const Case cases[] = {
      {"anchor with its words",
       "<a href=' ../x.htm#top '>看<b>这里</b></a>",
       {"anchor " + host + "/x.htm [看这里]"}},
      {"base", "<base href='/dir/'><a href=x>y</a>", {"anchor " + host + "/dir/x [y]"}},
      {"area, frame, iframe, embed",
       "<map><area href=/a></map><iframe src=/b></iframe><embed src=/c>",
       {"area " + host + "/a []", "frame " + host + "/b []", "frame " + host + "/c []"}},
      {"framesets",
       "<frameset><frame src=/a><frame src=/b></frameset>",
       {"frame " + host + "/a []", "frame " + host + "/b []"}},
      {"forms that get, not forms that post",
       "<form action=/s></form><form method=POST action=/d></form>",
       {"form " + host + "/s []"}},
      {"refresh with quotes and spaces",
       "<meta http-equiv=' Refresh ' content=\"0 ; URL = 'http://b.example/x' \">",
       {"meta-refresh http://b.example/x []"}},
      {"refresh without url=",
       "<meta http-equiv=refresh content='3, /x'>",
       {"meta-refresh " + host + "/x []"}},
      {"refresh in noscript",
       "<body><noscript><meta http-equiv=refresh content='0;url=/x'></noscript>",
       {"meta-refresh " + host + "/x []"}},
      {"link elements",
       "<link rel=canonical href=/c><link rel=stylesheet href=/s.css><link rel=alternate "
       "href=/m><link rel=next href=/2>",
       {"canonical " + host + "/c []", "style " + host + "/s.css []", "alternate " + host + "/m []",
        "link " + host + "/2 []"}},
      {"sources that are not pages",
       "<img src=/i.png><script src=/s.js></script>",
       {"image " + host + "/i.png []", "script-source " + host + "/s.js []"}},
      {"addresses in scripts",
       "<script>var u='http://b.example/a';location.href='/go?x=1'</script>",
       {"script http://b.example/a []", "script " + host + "/go?x=1 []"}},
      {"onclick and javascript:",
       "<a href=\"javascript:window.open('/w.htm')\">x</a><b onclick=\"location='/v.htm'\">y</b>",
       {"script " + host + "/w.htm []", "script " + host + "/v.htm []"}},
      {"other schemes are kept without an address",
       "<a href='mailto:x@a-college.edu.cn'>信</a>",
       {"anchor  [信]"}},
      {"fragments lead nowhere", "<a href='#a'>x</a><a href=''>y</a>", {}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(LinksOf(Read(std::string(test.html))), test.want);
  }
}

TEST(Extract, WritesQueriesInThePagesCharset) {
  Page page = PageOf(EncodeFromUtf8("<a href='/目录/x?词=博'>x</a>", Charset::kGb18030),
                     "text/html; charset=gbk");
  Extract(page);
  ASSERT_EQ(page.document.links.size(), 1u);
  EXPECT_EQ(page.document.links[0].url.text(),
            "http://www.a-college.edu.cn/%E7%9B%AE%E5%BD%95/x?%B4%CA=%B2%A9");
}

TEST(Extract, ReadsHeaders) {
  Page page = PageOf("<p>x");
  page.response.headers =
      "HTTP/1.1 200 OK\r\nRefresh: 0; url=http://b.example/z\r\nLink: </next>; rel=next, </s.css>; "
      "rel=preload\r\n"
      "X-Note: \xE5\x8D\x9A\xE5\xBD\xA9\r\nServer: nginx\r\n\r\n";
  Extract(page);
  EXPECT_THAT(LinksOf(page.document),
              ElementsAre("header-refresh http://b.example/z []",
                          "header-link http://www.a-college.edu.cn/next []"));
  EXPECT_THAT(ZonesOf(page.document), Contains("header[x-note]: 博彩"));
}

TEST(Extract, LinksOfHiddenBlocksSayHow) {
  const Document document =
      Read("<div style='display:none'><a href='http://b.example/'>甲</a></div>");
  ASSERT_EQ(document.links.size(), 1u);
  EXPECT_EQ(document.links[0].hiding, Hiding::kDisplayNone);
  EXPECT_EQ(TextOf(document, document.links[0].text), "甲");
}

TEST(Extract, TextOfAFileIsVisible) {
  Page page = PageOf("第一行\n\n第二行 <不是标签", "text/plain");
  Extract(page);
  EXPECT_FALSE(page.document.markup);
  EXPECT_THAT(ZonesOf(page.document), ElementsAre("text: 第一行|第二行 <不是标签"));
  EXPECT_EQ(page.checked, Checked::kFull);
}

TEST(Extract, SaysWhatItCannotRead) {
  Page page =
      PageOf("%PDF-1.7 ...", "text/html", "http://www.a-college.edu.cn/f/%E5%90%8D%E5%8D%95.pdf");
  Extract(page);
  EXPECT_EQ(page.checked, Checked::kFailed);
  ASSERT_EQ(page.limits.size(), 1u);
  EXPECT_EQ(page.limits[0].limit, Limit::kUnreadType);
  EXPECT_EQ(page.limits[0].detail, "PDF 文档");
  EXPECT_THAT(ZonesOf(page.document), ElementsAre("attachment: 名单.pdf"));
}

TEST(Extract, ShortBodiesAreNeverFull) {
  Page page = PageOf("<p>x");
  page.limits.push_back({Limit::kTruncated, ""});
  Extract(page);
  EXPECT_EQ(page.checked, Checked::kFlat);
}

TEST(Extract, SimHashOfLikePagesIsNear) {
  std::string a, b;
  for (int i = 0; i < 60; ++i) {
    a += "学院第" + std::to_string(i) + "次会议在图书馆举行，讨论课程安排。";
    b += "学院第" + std::to_string(i) + "次会议在图书馆举行，讨论课程安排。";
  }
  b += "另有一条补充通知。";
  EXPECT_LE(HammingDistance(SimHash(a), SimHash(b)), 6);
  EXPECT_GT(HammingDistance(SimHash(a),
                            SimHash("gear box factory price list for export and import of machine "
                                    "parts with many words that differ from the other text here")),
            12);
  EXPECT_EQ(SimHash("太短"), 0u);
}

// Texts that a style sheet or an address holds; each is found, wherever it stands there.
TEST(Extract, ReadsTextsThatNoElementHolds) {
  struct Case {
    std::string_view why, html;
  };
  constexpr std::string_view kText = "某某平台注册送礼";
  const Case cases[] = {
      {"a variable", "<style>p{--x:'某某平台注册送礼'}p::before{content:var(--x)}</style>"},
      {"quotation marks", "<style>q{quotes:'某某平台注册送礼' ''}</style>"},
      {"marks of a list", "<style>ul{list-style:'某某平台注册送礼' inside}</style>"},
      {"marks of one item", "<li style=\"list-style:'某某平台注册送礼'\">"},
      {"a counter", "<style>@counter-style z{system:cyclic;symbols:'某某平台' '注册送礼'}</style>"},
      {"a rule in a block nobody knows",
       "<style>@scope (body){p::before{content:'某某平台注册送礼'}}</style>"},
      {"a rule in a rule", "<style>body{& p::before{content:'某某平台注册送礼'}}</style>"},
      {"an attribute that a sheet prints",
       "<style>p::before{content:attr(data-q)}</style><p data-q=某某平台注册送礼>"},
      {"a sheet in an address",
       "<link rel=stylesheet href=\"data:text/css,p::before{content:'某某平台注册送礼'}\">"},
      {"a picture drawn in an address",
       "<img src=\"data:image/svg+xml,<svg><text>某某平台注册送礼</text></svg>\">"},
      {"a background drawn in an address",
       "<style>p{background:url(\"data:image/svg+xml,"
       "<svg><text>某某平台注册送礼</text></svg>\")}</style>"},
      {"a module in an address",
       "<script type=module>import \"data:text/javascript,document.body.append('"
       "某某平台注册送礼')\"</script>"},
      {"a frame that a script fills",
       "<iframe src=\"javascript:'%E6%9F%90%E6%9F%90%E5%B9%B3%E5%8F%B0%E6%B3%A8%E5%86%8C"
       "%E9%80%81%E7%A4%BC'\">"},
      {"an event that unpacks it",
       "<img onerror=\"this.outerHTML=decodeURIComponent(escape(atob('"
       "5p+Q5p+Q5bmz5Y+w5rOo5YaM6YCB56S8')))\">"},
      {"an attribute that a script shows",
       "<div id=q data-t=某某平台注册送礼></div><script>q.innerHTML=q.dataset.t</script>"},
      {"the same in base64", "<div data-t=5p+Q5p+Q5bmz5Y+w5rOo5YaM6YCB56S8>"},
      {"the same percent-encoded",
       "<div data-t=%E6%9F%90%E6%9F%90%E5%B9%B3%E5%8F%B0%E6%B3%A8%E5%86%8C%E9%80"
       "%81%E7%A4%BC>"},
      {"a field nobody sees, in base64",
       "<input type=hidden value=5p+Q5p+Q5bmz5Y+w5rOo5YaM6YCB56S8>"},
      {"base64 in data of a script",
       "<script type=application/json>{\"t\":\"5p+Q5p+Q5bmz5Y+w5rOo5YaM6YCB56S8\"}</script>"},
      {"text that is no script", "<script type=text/plain>某某平台注册送礼</script>"},
      {"a form that is a page", "<form action='data:text/html,某某平台注册送礼'>"},
      {"a form that is a script",
       "<form action=\"javascript:document.write('某某平台注册送礼')\">"},
      {"a button that is a script",
       "<form><button formaction=\"javascript:document.write('某某平台注册送礼')\">x</button>"},
      {"a script of a drawing",
       "<svg><script href=\"data:text/javascript;base64,"
       "ZG9jdW1lbnQud3JpdGUoJ+afkOafkOW5s+WPsOazqOWGjOmAgeekvCcp\"/></svg>"},
      {"one character to a block",
       "<p>某<p>某<p>平<p>台<p>注<p>册<p>送<p>礼<p>某<p>某<p>平<p>台<p>注<p>册<p>送<p>礼"},
  };
  for (const auto& [why, html] : cases) {
    SCOPED_TRACE(why);
    EXPECT_THAT(Read("<p>学院</p>" + std::string(html)).text, HasSubstr(std::string(kText)));
  }
  EXPECT_THAT(Read("<style>p{font-family:'某某公司出品的黑体','某某宋体'}</style>x").text,
              Not(HasSubstr("黑体")))
      << "names of fonts are no texts";
}

TEST(Extract, ReadsTwoTextsWovenIntoOneEachByItself) {
  std::string body = "<p>", outer, inner;
  for (int i = 0; i < 8; ++i) {
    for (const std::string_view c : {"平", "台", "注", "册"}) {
      body += std::string(c) + "<i data-q>学</i>";
      outer += c;
      inner += "学";
    }
  }
  EXPECT_THAT(ZonesOf(Read(body + "<p>学院")),
              ::testing::IsSupersetOf({"text[woven]: " + outer, "text[woven]: " + inner}));
  EXPECT_EQ(Read("<p>第<b>1</b>页，共<b>20</b>页").zones.size(), 1u);
}

// A document type that names a text, and a page that shows it by that name.
TEST(Extract, ReadsTheEntitiesOfADocumentType) {
  Page page = PageOf(
      "<?xml version='1.0'?><!DOCTYPE html [<!ENTITY a \"某某&#24179;台\"><!ENTITY b '注册'>]>"
      "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>x</title></head>"
      "<body><p>&a;</p></body></html>",
      "application/xhtml+xml");
  Extract(page);
  EXPECT_THAT(ZonesOf(page.document), Contains("comment[entity]: 某某平台"));
  EXPECT_THAT(ZonesOf(page.document), Contains("comment[entity]: 注册"));
  EXPECT_EQ(page.checked, Checked::kFlat) << "two of them may make a word";
  EXPECT_EQ(Read("<p>&lt;!ENTITY</p>").zones.size(), 1u);
}

}  // namespace
}  // namespace xuncha
