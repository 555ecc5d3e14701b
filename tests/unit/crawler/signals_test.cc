// Signals: each with a page that has it and a page that only looks like it.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/charset.h"
#include "crawler/extract.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Document Read(std::string body, std::string url = "http://www.a-college.edu.cn/x.htm") {
  Page page;
  page.response.body = std::move(body);
  page.response.content_type = "text/html; charset=utf-8";
  page.response.final_url = *Url::Parse(url);
  Extract(page);
  return page.document;
}

std::vector<std::string> NamesOf(const Document& document) {
  std::vector<std::string> names;
  for (const Signal& signal : document.signals) names.emplace_back(SignalName(signal.kind));
  return names;
}

std::string LinksTo(int count, std::string_view words = "词") {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += "<a href='http://www.site" + std::to_string(i) + ".example.com" + std::to_string(i) +
           ".net/'>" + std::string(words) + "</a>\n";
  }
  return out;
}

TEST(Signals, AreFound) {
  struct Case {
    std::string_view name, html;
  };
  const std::string hidden = "<div class=foot style='display:none'>" + LinksTo(4) + "</div>";
  const std::string dots = LinksTo(4, ".");
  const std::string after =
      "<html><body><p>" + std::string(400, 'x') + "</body></html>" + LinksTo(2);
  const std::string comment = "<!-- " + LinksTo(3) + " -->";
  const std::string noscript = "<noscript>" + LinksTo(2) + "</noscript>";
  const std::string farm = LinksTo(9);
  const std::string lost =
      "<frameset rows=*><frame src=/a></frameset></html><a href='http://b.example.net/'>" +
      std::string("词语") + "</a>";
  const Case cases[] = {
      {"title-rewrite",
       "<script>if(navigator.userAgent.indexOf('Baiduspider')<0){document.title='学院'}</script>"},
      {"entity-head",
       "<title>&#28595;&#38376;&#23089;&#20048;&#22478;</title><body><p>学院新闻正文内容"},
      {"duplicate-meta",
       "<meta name=description content='投注平台下载注册'><meta name=description "
       "content='某学院教务通知'>"},
      {"packed-script",
       "<script>eval(function(p,a,c,k,e,d){return p}('0.1(\"<2 3=4://b.5.6/>x</2>\")',62,7,"
       "'document|write|a|href|http|example|net'.split('|'),0,{}))</script>"},
      {"obfuscated-script",
       R"(<script>window["\x64\x6f\x63\x75\x6d\x65\x6e\x74"]["\x77\x72\x69\x74\x65"]("x")</script>)"},
      {"head-script", "<title>学院</title><script src='http://b.example.net/j.js'></script>"},
      {"referrer-redirect",
       "<script>if(/baidu|sogou/.test(document.referrer)){location.href='http://b.example.net/'}</"
       "script>"},
      {"meta-refresh-off", "<meta http-equiv=refresh content='0;url=http://b.example.net/'>"},
      {"foreign-base", "<base href='http://b.example.net/'>x"},
      {"hidden-frame", "<iframe src='http://b.example.net/' width=1 height=1></iframe>"},
      {"hidden-links", hidden},
      {"tiny-anchors", dots},
      {"links-after-html", after},
      {"comment-links", comment},
      {"comment-links", noscript},
      {"foreign-script-write",
       "<script>document.write('<a href=http://b.example.net/>x</a>')</script>"},
      {"parser-difference", lost},
      {"spider-branch",
       "<script>if(/Googlebot|spider/i.test(navigator.userAgent)){document.write('<p>x</p>')}</"
       "script>"},
      {"link-farm", farm},
      {"cheap-domains",
       "<a href=http://a.vip>a</a><a href=http://www.8855.com>b</a><a "
       "href=http://203.0.113.7/>c</a>"},
      {"css-content", "<style>.a:after{content:'同城交友直播'}</style>x"},
      {"reversed-text", "<p style='unicode-bidi:bidi-override;direction:rtl'>注投彩博</p>"},
      {"foreign-form",
       "<form method=post action='http://b.example.net/'><input type=password></form>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_THAT(NamesOf(Read(std::string(test.html))), Contains(test.name));
  }
}

TEST(Signals, AreNotSeenWherePagesAreHonest) {
  struct Case {
    std::string_view why, html;
  };
  const Case cases[] = {
      {"a tab pane with one link out",
       "<div class='tab-pane' style='display:none'><a "
       "href='http://b.example.net/'>友好单位</a></div>"},
      {"a menu of the own site",
       "<ul style='display:none'><li><a href='http://lib.a-college.edu.cn/'>图书馆</a></ul>"},
      {"a block that a script opens",
       "<div id=moreBox style='display:none'><a href='http://b.example.net/'>更多</a></div>"
       "<script>document.getElementById('moreBox').style.display='block'</script>"},
      {"a twin in another language",
       "<span data-lang=en style='display:none'>See <a href='http://b.example.net'>b</a></span>"},
      {"statistics by referrer",
       "<script>var r=document.referrer;if(r.indexOf('baidu.com')>0){src='baidu'}</script>"},
      {"a packed library",
       "<script>eval(function(p,a,c,k,e,d){return p}('0 1(2){3 "
       "2.4}',62,5,'function|f|x|return|length'.split('|'),0,{}))</script>"},
      {"codes of a few characters",
       "<script>var t=String.fromCharCode(23383,31526);el.innerHTML='<b>'+x</script>"},
      {"a statistics script",
       "<script>document.write(unescape(\"%3Cscript "
       "src='https://hm.baidu.com/h.js'%3E%3C/script%3E\"))</script>"},
      {"a refresh of the own page", "<meta http-equiv=refresh content='0;url=/index.htm'>"},
      {"a slow refresh to a partner",
       "<meta http-equiv=refresh content='10;url=http://b.example.net/'>"},
      {"icons of social networks",
       "<a href='http://b.example.net/'><i class=icon></i></a><a class=wx "
       "href='http://c.example.net/'></a>"
       "<a href='http://d.example.net/'><img src=x></a>"},
      {"a mobile style sheet",
       "<script>if(/iphone|android/.test(navigator.userAgent)&&!/spider|bot/"
       ".test(navigator.userAgent)){c()}</script>"},
      {"partners",
       "<div><a href='http://www.moe.gov.cn'>教育部</a><a "
       "href='http://www.b.edu.cn'>乙大学</a></div>"},
      {"a search form", "<form action='http://www.baidu.com/s'><input name=wd></form>"},
      {"icon fonts", "<style>.a:before{content:'\\f101'}.b:after{content:\"»\"}</style>x"},
      {"one title in references", "<title>A&#38;B</title>x"},
      {"a commented-out link", "<!-- <a href='http://b.example.net/'>旧</a> -->x"},
      {"meta twice with the same words",
       "<meta name=keywords content='某学院,教务'><meta name=keywords content='某学院,通知'>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_THAT(NamesOf(Read(std::string(test.html))), IsEmpty());
  }
}

TEST(Signals, AnExcuseEndsAtAListOfStrangers) {
  EXPECT_THAT(
      NamesOf(Read("<div class='tab-pane modal' style='display:none'>" + LinksTo(5) + "</div>")),
      Contains("hidden-links"));
}

TEST(Signals, SayWhatWasSeenAndWhere) {
  const Document document = Read(
      "<p>前</p><div class=foot style='display:none'><a href='http://a.example.net/'>甲</a>和"
      "<a href='http://b.example.net/'>乙</a></div>");
  ASSERT_EQ(document.signals.size(), 1u);
  const Signal& signal = document.signals[0];
  EXPECT_EQ(signal.count, 2u);
  EXPECT_THAT(signal.detail, HasSubstr("隐藏块 div.foot"));
  EXPECT_THAT(signal.detail, HasSubstr("2 条，指向 2 个主机"));
  EXPECT_EQ(document.text.substr(signal.text.begin, signal.text.size()), "甲和乙");
}

TEST(Signals, QueryWordsInTheTitle) {
  EXPECT_THAT(NamesOf(Read("<title>搜索：代开发票 - 学院</title>",
                           "http://www.a-college.edu.cn/s?k=%E4%BB%A3%E5%BC%80%E5%8F%91%E7%A5%A8")),
              Contains("reflected-query"));
  EXPECT_THAT(
      NamesOf(Read("<title>通知</title>", "http://www.a-college.edu.cn/s?page=%E4%BB%A3%E5%BC%80")),
      Not(Contains("reflected-query")));
}

TEST(Signals, RandomPaths) {
  for (std::string_view path : {"/upload/2f3a9/8812.html", "/data/t_5b1e.html", "/x/0f7ce1.html"}) {
    SCOPED_TRACE(path);
    EXPECT_THAT(NamesOf(Read("x", "http://www.a-college.edu.cn" + std::string(path))),
                Contains("random-path"));
  }
  for (std::string_view path :
       {"/info/1021/4059.htm", "/2024/0301/c12a345/page.htm", "/index.htm", "/cafe/a1.htm"}) {
    SCOPED_TRACE(path);
    EXPECT_THAT(NamesOf(Read("x", "http://www.a-college.edu.cn" + std::string(path))), IsEmpty());
  }
}

TEST(Signals, HeadersAndRedirects) {
  Page page;
  page.response.body = "<p>x";
  page.response.headers = "HTTP/1.1 200 OK\r\nRefresh: 1;url=http://b.example.net/\r\n\r\n";
  page.response.final_url = *Url::Parse("http://www.a-college.edu.cn/");
  page.response.hops.push_back(
      {"http://www.a-college.edu.cn/", "http://c.example.net/", 302, false, "scope"});
  Extract(page);
  EXPECT_THAT(NamesOf(page.document), Contains("header-refresh-off"));
  EXPECT_THAT(NamesOf(page.document), Contains("redirect-off"));
}

}  // namespace
}  // namespace xuncha
