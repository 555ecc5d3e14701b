// Small synthetic sites, each with one fact and beside it its honest twin. Pages go
// through the real Extract, so sketch and facts are tested together.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/site_facts.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <set>

#include "crawler/extract.h"
#include "crawler/registry.h"

namespace xuncha {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kHost = "http://www.yunxi.test";

// Pages by path.
using Pages = std::map<std::string, std::string>;

std::string Menu() {
  return R"(<ul id="nav" class="main-nav"><li><a href="/news/">新闻</a></li><li><a href="/dept/">院系</a></li>
    <li><a href="/notice/">通知</a></li><li><a href="/">首页</a></li></ul>)";
}

// A page of the college's own template.
std::string Own(std::string_view title, std::string_view body, std::string_view footer = "") {
  return fmt::format(
      R"(<html><head><meta charset=utf-8><title>{}</title><link rel="stylesheet" href="/css/site.css">
<link rel="stylesheet" href="/css/list.css"><script src="/js/jquery.js"></script></head><body class="yx-page">
<div id="header" class="yx-header"><h1 class="logo">云溪学院</h1>{}</div><div id="main" class="yx-main">
<div class="yx-content">{}</div></div><div id="footer" class="yx-footer"><p class="copy">云溪学院</p>{}</div></body></html>)",
      title, Menu(), body, footer);
}

// A page of somebody else's.
std::string Strange(std::string_view title, std::string_view body) {
  return fmt::format(
      R"(<html><head><meta charset=utf-8><title>{}</title><link rel="stylesheet" href="/t/m.css">
<script src="/t/a.js"></script></head><body class="wrap-index"><div class="topbar"><span class="brand">x</span></div>
<div class="game-list"><div class="item-box">{}</div></div><div class="bottom-tips">y</div></body></html>)",
      title, body);
}

std::string Links(const std::vector<std::string>& targets) {
  std::string html;
  for (const std::string& target : targets)
    html += fmt::format("<a href=\"{}\">进入</a>\n", target);
  return html;
}

std::string Article(int number) {
  return fmt::format("<p>第{}号通知：各班于第{}周周三下午在教学楼集合，带好本人证件。</p>", number,
                     number);
}

// Home, two sections with pages; everything linked as usual.
Pages College(std::string_view footer = "") {
  Pages pages;
  std::vector<std::string> news;
  for (int i = 0; i < 12; ++i) news.push_back(fmt::format("/news/{}.html", 100 + i));
  pages["/"] = Own("云溪学院", Links({"/news/100.html", "/dept/"}), footer);
  pages["/news/"] = Own("新闻 - 云溪学院", Links(news), footer);
  for (int i = 0; i < 12; ++i)
    pages[news[static_cast<size_t>(i)]] =
        Own(fmt::format("新闻{} - 云溪学院", i), Article(i), footer);
  pages["/dept/"] = Own("院系 - 云溪学院", Links({"/dept/a.html", "/dept/b.html"}), footer);
  pages["/dept/a.html"] = Own("机电系 - 云溪学院", Article(50), footer);
  pages["/dept/b.html"] = Own("护理系 - 云溪学院", Article(51), footer);
  pages["/notice/"] = Own("通知 - 云溪学院", Article(60), footer);
  return pages;
}

void AddFolder(Pages& pages, const std::string& folder, int count,
               const std::function<std::string(int)>& page) {
  for (int i = 0; i < count; ++i) pages[fmt::format("{}{}.html", folder, 100 + i)] = page(i);
}

class SiteFactsTest : public ::testing::Test {
 protected:
  SiteFactsTest()
      : registry_({*CompleteSite({.name = "云溪学院", .address = std::string(kHost)})}) {}

  PageSketch SketchOf(const std::string& path, const std::string& html) {
    Page page;
    const Result<Url> url = Url::Parse(std::string(kHost) + path);
    page.permit = registry_.Allow(*registry_.sites()[0], *url, {}, false, 0, nullptr);
    CHECK(page.permit.valid());
    page.response.status = 200;
    page.response.final_url = *url;
    page.response.body = html;
    page.response.content_type = "text/html; charset=utf-8";
    Extract(page);
    CHECK(!page.document.sketch.empty());
    return page.document.sketch;
  }

  // Names of the signals by path, of pages that have some.
  std::map<std::string, std::set<std::string>> Facts(const Pages& tonight,
                                                     const Pages& before = {}) {
    struct Entry {
      std::string path;
      Url url;
      PageSketch now, good;
    };
    std::vector<Entry> entries;
    for (const auto& [path, html] : tonight) {
      Entry& entry = entries.emplace_back();
      entry.path = path;
      entry.url = *Url::Parse(std::string(kHost) + path);
      entry.now = SketchOf(path, html);
      if (const auto old = before.find(path); old != before.end())
        entry.good = SketchOf(path, old->second);
    }
    SiteFacts facts(*Url::Parse(std::string(kHost) + "/"));
    const auto each = [&](auto visit) {
      for (const Entry& entry : entries) {
        visit(entry, SitePage{.url = entry.url,
                              .now = entry.now,
                              .good = entry.good,
                              .fresh = before.find(entry.path) == before.end()});
      }
    };
    each([&](const Entry&, const SitePage& page) { facts.Add(page); });
    std::map<std::string, std::set<std::string>> found;
    each([&](const Entry& entry, const SitePage& page) {
      for (const Signal& signal : facts.Of(page))
        found[entry.path].insert(std::string(SignalName(signal.kind)));
    });
    EXPECT_FALSE(facts.truncated());
    return found;
  }

  Registry registry_;
};

TEST_F(SiteFactsTest, AnOrdinarySiteSaysNothing) {
  EXPECT_THAT(Facts(College()), IsEmpty());
  EXPECT_THAT(Facts(College(), College()), IsEmpty());
}

const char* const kPartners =
    R"(<div class="partners"><a href="http://one.example/">甲公司</a><a href="http://two.example/">乙公司</a>
<a href="http://three.example/">丙公司</a></div>)";

TEST_F(SiteFactsTest, PartnersOnEveryPageAreTheTemplate) {
  EXPECT_THAT(Facts(College(kPartners)), IsEmpty());
  EXPECT_THAT(Facts(College(kPartners), College(kPartners)), IsEmpty());
  EXPECT_THAT(Facts(College(kPartners), College()), IsEmpty()) << "a new footer, for all to see";
}

TEST_F(SiteFactsTest, AHiddenBlockThatIsNewOnManyPagesWasPutIn) {
  const std::string block =
      R"(<div style="display:none"><a href="http://one.example/">甲</a><a href="http://two.example/">乙</a></div>)";
  Pages tonight = College();
  int changed = 0;
  for (auto& [path, html] : tonight) {
    if (!path.starts_with("/news/1")) continue;
    html = Own("新闻 - 云溪学院", Article(changed) + block);
    if (++changed == 6) break;
  }
  const auto found = Facts(tonight, College());
  EXPECT_EQ(found.size(), 6u);
  for (const auto& [path, names] : found)
    EXPECT_THAT(names, UnorderedElementsAre("repeated-block"));

  EXPECT_THAT(Facts(tonight), IsEmpty()) << "on the first night nobody knows what is new";
  Pages one = College();
  one["/news/100.html"] = tonight["/news/100.html"];
  EXPECT_THAT(Facts(one, College()), IsEmpty()) << "an editor's, on one page";
}

TEST_F(SiteFactsTest, AHiddenBlockOfCheapDomainsNeedsNoNightBefore) {
  Pages tonight = College();
  for (int i = 0; i < 5; ++i) {
    tonight[fmt::format("/news/{}.html", 100 + i)] = Own(
        "新闻",
        Article(i) +
            R"(<div style="display:none"><a href="http://a1.top/">a</a><a href="http://b2.xyz/">b</a></div>)");
  }
  EXPECT_EQ(Facts(tonight).size(), 5u);
  EXPECT_THAT(
      Facts(College(
          R"(<div style="display:none"><a href="http://a1.top/">a</a><a href="http://b2.xyz/">b</a></div>)")),
      IsEmpty())
      << "hidden on every page: whatever it is, the page's own signals tell";
}

TEST_F(SiteFactsTest, MirrorsUnderARandomNameThatNobodyLinks) {
  const auto mirror = [](int i) {
    return Strange(fmt::format("官方入口{}", i),
                   Links({"http://a.example/", "http://b.example/", "http://c.example/"}));
  };
  Pages site = College();
  AddFolder(site, "/2f3a9/", 8, mirror);
  const auto found = Facts(site);
  EXPECT_EQ(found.size(), 8u);
  EXPECT_THAT(found.at("/2f3a9/100.html"),
              UnorderedElementsAre("orphan-mirror", "template-break", "lone-domains"));

  struct Twin {
    std::string_view why;
    std::string folder;
    bool linked;
    bool own_template;
    int pages;
  };
  const Twin twins[] = {
      {"a special topic of its own template, linked from home", "/zt2026/", true, false, 8},
      {"an old archive nobody links any more", "/archive/", false, false, 8},
      {"a random name that the menu leads to", "/2f3a9/", true, false, 8},
      {"a random name in the house's template", "/2f3a9/", false, true, 8},
      {"a single stray page", "/2f3a9/", false, false, 1},
  };
  for (const Twin& twin : twins) {
    SCOPED_TRACE(twin.why);
    Pages honest = College();
    AddFolder(honest, twin.folder, twin.pages, [&twin](int i) {
      return twin.own_template ? Own(fmt::format("页{}", i), Article(i))
                               : Strange(fmt::format("页{}", i), Article(i));
    });
    if (twin.linked) honest["/"] = Own("云溪学院", Links({twin.folder, "/news/100.html"}));
    EXPECT_THAT(Facts(honest), IsEmpty());
  }
}

TEST_F(SiteFactsTest, ManyPagesOvernight) {
  Pages site = College();
  AddFolder(site, "/abcd/", 30, [](int i) { return Strange(fmt::format("页{}", i), Article(i)); });
  site["/"] = Own("云溪学院", Links({"/abcd/", "/news/100.html"}));
  const auto found = Facts(site, College());
  EXPECT_EQ(found.size(), 30u);
  EXPECT_THAT(found.at("/abcd/100.html"), UnorderedElementsAre("mass-new-pages"));
  EXPECT_THAT(Facts(site), IsEmpty()) << "on the first night everything is new";
  EXPECT_THAT(Facts(site, site), IsEmpty());

  Pages topic = College();
  AddFolder(topic, "/zt/", 30, [](int i) { return Own(fmt::format("页{}", i), Article(i)); });
  EXPECT_THAT(Facts(topic, College()), IsEmpty()) << "a topic in the house's template";
}

TEST_F(SiteFactsTest, ALanguageTheSiteDoesNotUse) {
  const auto japanese = [](int i) {
    return Strange(fmt::format("スーパーコピー時計の通販サイト{}", i), Article(i));
  };
  Pages site = College();
  AddFolder(site, "/shop/", 3, japanese);
  EXPECT_THAT(Facts(site).at("/shop/100.html"),
              UnorderedElementsAre("foreign-language", "template-break"));

  Pages department = College();
  AddFolder(department, "/jp/", 6,
            [](int i) { return Own(fmt::format("日本語学科のお知らせ{}", i), Article(i)); });
  department["/"] = Own("云溪学院", Links({"/jp/", "/news/100.html"}));
  department["/notice/"] = Own("通知", Links({"/jp/100.html"}));
  EXPECT_THAT(Facts(department), IsEmpty()) << "the department of Japanese";
  Pages english = College();
  AddFolder(english, "/en/", 6,
            [](int i) { return Strange(fmt::format("Yunxi College News {}", i), Article(i)); });
  EXPECT_THAT(Facts(english), IsEmpty()) << "an English sub-site";
}

TEST_F(SiteFactsTest, StrangersThatNoPageKnew) {
  Pages tonight = College();
  tonight["/dept/a.html"] =
      Own("机电系 - 云溪学院",
          Article(50) + Links({"http://a.example/", "http://b.example/", "http://c.example/"}));
  EXPECT_THAT(Facts(tonight, College()).at("/dept/a.html"), UnorderedElementsAre("new-domains"));
  EXPECT_THAT(Facts(tonight, tonight), IsEmpty());
  Pages paper = College();
  paper["/dept/a.html"] = Own("机电系 - 云溪学院", Article(50) + Links({"http://paper.example/1"}));
  EXPECT_THAT(Facts(paper, College()), IsEmpty()) << "one article cites one paper";
  Pages known = College(kPartners);
  known["/dept/a.html"] = Own(
      "机电系 - 云溪学院",
      Article(50) + Links({"http://one.example/", "http://two.example/", "http://three.example/"}));
  EXPECT_THAT(Facts(known, College(kPartners)), IsEmpty()) << "partners the site knows";
}

TEST(SketchTest, ShapeComesFromTheTemplateAndNotFromTheText) {
  PageSketch a, b;
  a.shape = {1, 2, 3, 4};
  b.shape = {1, 2, 3, 9};
  EXPECT_DOUBLE_EQ(SharedShape(a, b), 0.6);
  EXPECT_DOUBLE_EQ(SharedShape(a, a), 1);
  EXPECT_DOUBLE_EQ(SharedShape(a, {}), 0);
  EXPECT_DOUBLE_EQ(SharedShape({}, {}), 0);
}

TEST(SketchTest, WritingIsWhatMostLettersAre) {
  struct Case {
    std::string_view why, text;
    Writing want;
  };
  constexpr Case kCases[] = {
      {"Chinese", "云溪学院召开教学工作会议", Writing::kHan},
      {"too little to say", "T恤", Writing::kNone},
      {"Japanese, though half of it is Han", "日本語学科のお知らせ", Writing::kKana},
      {"a brand in a Chinese title", "使用 Python 进行数据分析的课程通知", Writing::kHan},
      {"English", "Yunxi College", Writing::kLatin},
      {"Korean", "카지노사이트 추천", Writing::kHangul},
      {"Russian", "Онлайн казино", Writing::kCyrillic},
      {"digits alone", "2026-11-22", Writing::kNone},
      {"Thai", "คาสิโนออนไลน์", Writing::kThai},
  };
  for (const auto& [why, text, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(WritingOf(text), want);
  }
}

TEST(SketchTest, TitlesAreRelatedByAnyWord) {
  struct Case {
    std::string_view why, a, b;
    bool want;
  };
  constexpr Case kCases[] = {
      {"the college was renamed", "机电系 - 云溪学院", "机电系 - 云溪大学", true},
      {"a counter", "通知（3）", "通知（4）", true},
      {"replaced", "机电系 - 云溪学院", "真人视讯官方入口", false},
      {"an English word stays", "Yunxi College", "About Yunxi", true},
      {"nothing to compare", "1234", "真人视讯官方入口", true},
      {"turned into English", "机电系 - 云溪学院", "Best Online Casino", false},
  };
  for (const auto& [why, a, b, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(TitlesRelated(a, b), want);
    EXPECT_EQ(TitlesRelated(b, a), want);
  }
}

}  // namespace
}  // namespace xuncha
