// Two nights of whole audits against a real server: what a page's last good version
// and its site's other pages add to what it says itself.
//
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "tests/unit/crawler/audit_world.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class SiteNights : public Nights {
 protected:
  void SetUp() override {
    Nights::SetUp();
    Serve();
    College();
  }

  void Write(const std::string& path, std::string_view bytes) {
    Nights::Write("a.example.test" + path, bytes);
  }
  // A page of the site's own template.
  static std::string Own(std::string_view title, std::string_view body) {
    return fmt::format(
        R"(<!DOCTYPE html><html><head><meta charset=utf-8><title>{}</title><link rel="stylesheet" href="/s.css">
</head><body class="yx-page"><div id="header" class="yx-header"><a href="/">首页</a><a href="/news/1.html">新闻</a>
</div><div id="main" class="yx-main"><div class="yx-content">{}</div></div><div class="yx-footer">学院</div></body></html>)",
        title, body);
  }
  static std::string Text(int number) {
    return fmt::format(
        "<p>第{}"
        "号：本学期期末教学检查安排如下，各系部于周五前上交教案、作业批改记录和听课记录，由教务处组"
        "织抽查，"
        "结果在全院教学工作会议上通报，编号{}{}{}。</p>",
        number, number * 7, number * 13, number);
  }
  void College() {
    std::string links;
    for (int i = 1; i <= 40; ++i) {
      links += fmt::format("<a href=\"/news/{}.html\">通知{}</a>", i, i);
      Write(fmt::format("/news/{}.html", i),
            Own(fmt::format("教学检查通知{} - 云溪学院", i), Text(i)));
    }
    Write("/index.html", Own("云溪学院", links));
  }

  // Ends the night and returns its number.
  uint64_t Night() {
    Audit::Options options = Quick(server_->port());
    std::map<std::string, int> committed;
    options.committed = [&](const Page& page) { ++committed[page.permit.url().text()]; };
    const Site site = LocalSite("http://a.example.test/");
    const AuditReport report = Nights::Night({site}, std::move(options));
    EXPECT_FALSE(report.interrupted);
    for (const auto& [url, times] : committed) EXPECT_EQ(times, 1) << url;
    site_ = report.sites.at(0).site;
    return report.run.id;
  }

  struct Told {
    Severity severity;
    std::string id;
    std::set<std::string> signals;
    bool baseline;
  };
  // What stands, by path.
  std::map<std::string, Told> Standing() {
    std::map<std::string, Told> told;
    EXPECT_TRUE(store_->cases()
                    .EachFinding(site_,
                                 [&](const StoredFinding& stored) {
                                   if (!stored.standing) return true;
                                   const Finding& finding = stored.finding;
                                   told[std::string(Url::Parse(stored.url)->path())] = {
                                       finding.severity,
                                       finding.id,
                                       {finding.signals.begin(), finding.signals.end()},
                                       stored.baseline};
                                   return true;
                                 })
                    .ok());
    return told;
  }

  std::string site_;
};

TEST_F(SiteNights, ATitleReplacedOverItsTextIsTold) {
  Night();
  EXPECT_THAT(Standing(), IsEmpty());
  Write("/news/3.html", Own("真人视讯下注", Text(3)));
  Write("/news/4.html", Own("新版首发 特惠来袭", Text(4)));
  Write("/news/5.html", Own("教学检查通知五 - 云溪学院", Text(5)));
  Write("/news/6.html", Own("图书馆闭馆",
                            "<p>图书馆因设备检修将于本周末闭馆两天，期间自助还书机照常使用，"
                            "到期图书自动顺延，请读者合理安排借阅时间，不便之处敬请谅解。</p>"));
  Night();
  const std::map<std::string, Told> told = Standing();
  ASSERT_EQ(told.size(), 2u) << "an edited title, and a page that is another one, say nothing";
  EXPECT_THAT(told.at("/news/3.html").signals, Contains("title-replaced"));
  EXPECT_GE(told.at("/news/3.html").severity, Severity::kMedium);
  EXPECT_EQ(told.at("/news/4.html").severity, Severity::kHint) << "alone it is no finding";

  Night();
  EXPECT_THAT(Standing().at("/news/3.html").signals, Contains("title-replaced"))
      << "what stood last night is no good version";
}

TEST_F(SiteNights, ABlockPutIntoManyPagesIsToldTheSameNight) {
  Night();
  const std::string block =
      R"(<div style="position:absolute;left:-9999px"><a href="http://one.example/">一</a><a href="http://two.example/">二</a></div>)";
  for (int i = 1; i <= 30; ++i) {
    Write(fmt::format("/news/{}.html", i),
          Own(fmt::format("教学检查通知{} - 云溪学院", i), Text(i) + block));
  }
  Night();
  const std::map<std::string, Told> told = Standing();
  ASSERT_EQ(told.size(), 30u);
  for (const auto& [path, one] : told) {
    EXPECT_EQ(one.severity, Severity::kLow) << path;
    EXPECT_THAT(one.signals, Contains("repeated-block"));
    EXPECT_THAT(one.signals, Contains("hidden-links"));
  }

  // A page that changes keeps its finding under its name, at once.
  Write("/news/1.html", Own("教学检查通知1 - 云溪学院", Text(1) + Text(99) + block));
  Night();
  EXPECT_EQ(Standing().size(), 30u);
  EXPECT_EQ(Standing().at("/news/1.html").id, told.at("/news/1.html").id);
  EXPECT_EQ(Standing().at("/news/1.html").severity, Severity::kLow);

  // Cleaned pages are clean.
  College();
  Night();
  EXPECT_THAT(Standing(), IsEmpty());
}

TEST_F(SiteNights, MirrorsUnderARandomNameAreToldWithWhatTheyAdvertise) {
  Night();
  std::string links;
  for (int i = 1; i <= 50; ++i) {
    links += fmt::format("<a href=\"/2f3a9/{}.html\">.</a>", i);
    Write(
        fmt::format("/2f3a9/{}.html", i),
        fmt::format(
            R"(<html><head><meta charset=utf-8><title>入口{}</title></head><body class="wrap-x"><div class="gm-top">顶</div>
<div class="gm-list"><a href="http://s{}.example/">进入</a>{}</div></body></html>)",
            i, i, Text(200 + i)));
  }
  Write("/news/7.html", Own("教学检查通知7 - 云溪学院", Text(7) + links));
  Night();
  std::map<std::string, Told> told = Standing();
  for (int i = 1; i <= 50; ++i) {
    const auto found = told.find(fmt::format("/2f3a9/{}.html", i));
    ASSERT_NE(found, told.end()) << i;
    EXPECT_THAT(found->second.signals, Contains("orphan-mirror"));
    EXPECT_THAT(found->second.signals, Contains("mass-new-pages"));
    EXPECT_EQ(found->second.severity, Severity::kHint) << "where nothing is advertised";
  }
  Write(
      "/2f3a9/9.html",
      R"(<html><head><meta charset=utf-8><title>入口</title></head><body class="wrap-x"><div class="gm-top">顶</div>
<div class="gm-list"><a href="http://s9.example/">真人视讯下注</a></div></body></html>)");
  Night();
  EXPECT_GE(Standing().at("/2f3a9/9.html").severity, Severity::kMedium);
  EXPECT_THAT(Standing().at("/2f3a9/9.html").signals, Contains("orphan-mirror"));
}

TEST_F(SiteNights, WhatTheFirstNightFindsIsStock) {
  Write("/news/3.html", Own("真人视讯下注", Text(3)));
  Night();
  EXPECT_TRUE(Standing().at("/news/3.html").baseline);
  std::vector<Incident> incidents;
  const auto gather = [&] {
    incidents.clear();
    EXPECT_TRUE(store_->cases()
                    .EachIncident([&](const Incident& incident) {
                      incidents.push_back(incident);
                      return true;
                    })
                    .ok());
    return incidents.size();
  };
  ASSERT_EQ(gather(), 1u);
  EXPECT_TRUE(incidents[0].baseline);

  Write("/news/8.html", Own("真人视讯下注", Text(8)));
  Night();
  EXPECT_TRUE(Standing().at("/news/3.html").baseline);
  EXPECT_FALSE(Standing().at("/news/8.html").baseline);
  ASSERT_EQ(gather(), 1u);
  EXPECT_FALSE(incidents[0].baseline) << "something new has joined it";
}

}  // namespace
}  // namespace xuncha
