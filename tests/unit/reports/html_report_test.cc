// SPDX-License-Identifier: Apache-2.0
#include "reports/html_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/files.h"
#include "crawler/registry.h"
#include "reports/page_line.h"
#include "store/store.h"

namespace xuncha {
namespace {

// A store with one run of one site, put there as an audit does it.
class HtmlReportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "xuncha-report-XXXXXX").string();
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    directory_ = path;
    Store::Options options;
    options.directory = directory_ + "/store";
    options.create = true;
    Result<std::unique_ptr<Store>> store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.error().text;
    store_ = std::move(*store);
    Site site;
    site.name = "图书馆<b>网站</b>";
    site.unit = "图书馆";
    site.owner = "负责人";
    site.phone = "0000-0000001";
    site.address = "http://lib.example.test/";
    Result<Site> complete = CompleteSite(site);
    ASSERT_TRUE(complete.ok()) << complete.error().text;
    registry_ = std::make_unique<Registry>(std::vector<Site>{*complete});
    ASSERT_TRUE(store_->ReplaceSites({*complete}).ok());
    Result<Store::BeginRunResult> run = store_->BeginRun(Sha256("rules"), Sha256("config"), 1000);
    ASSERT_TRUE(run.ok()) << run.error().text;
    run_ = run->run;
  }
  void TearDown() override {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  Page MakePage(const std::string& path) {
    const Site& site = *registry_->sites()[0];
    Refusal why = Refusal::kNone;
    const Result<Url> url = Url::Parse("http://lib.example.test" + path);
    Page page;
    page.permit = registry_->Allow(site, *url, {}, false, 0, &why);
    page.response.status = 200;
    page.response.body = "<p>正文</p>";
    page.body_digest = Sha256(page.response.body);
    page.checked = Checked::kFull;
    return page;
  }

  void Commit(const std::vector<Page>& pages) {
    Result<Lease> lease =
        store_->ledger().Acquire(registry_->sites()[0]->id, run_.id, 2000, 60'000);
    ASSERT_TRUE(lease.ok()) << lease.error().text;
    std::vector<DonePage> done;
    for (const Page& page : pages) done.push_back({&page, {}});
    const auto committed = store_->ledger().Commit(*lease, done, 2000);
    ASSERT_TRUE(committed.ok()) << committed.error().text;
    ASSERT_TRUE(store_->ledger().Release(*lease, true).ok());
    run_.ended = 3000;
    ASSERT_TRUE(store_->EndRun(run_).ok());
  }

  std::string Written() {
    const Result<RunReport> report = GatherRun(*store_, run_);
    EXPECT_TRUE(report.ok());
    const std::string path = directory_ + "/report.html";
    const Status written = WriteHtmlReport(*store_, *report, RuleSet{}, path);
    EXPECT_TRUE(written.ok());
    return *ReadFile(path, 1 << 20);
  }

  std::string directory_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Registry> registry_;
  xuncha::Run run_;
};

Finding Gambling() {
  Finding finding;
  finding.id = "0123456789abcdef";
  finding.clause = 6;
  finding.kind = "gambling";
  finding.severity = Severity::kHigh;
  finding.score = 90;
  finding.because = "隐藏区出现赌博平台招揽";
  Evidence evidence;
  evidence.rule = "gambling.platform";
  evidence.strong = true;
  evidence.zone = ZoneKind::kHidden;
  evidence.hiding = Hiding::kDisplayNone;
  evidence.found = "<script>alert(1)</script>";
  evidence.before = "号码 11010519491231002X ";
  evidence.after = "\x1b[2J\u202e后文";
  finding.evidence.push_back(evidence);
  return finding;
}

TEST_F(HtmlReportTest, ShowsWhereWhyAndWhoseAndRunsNothing) {
  std::vector<Page> pages;
  pages.push_back(MakePage("/a.html"));
  pages[0].document.title = "标题\"><img src=x>";
  pages[0].findings.push_back(Gambling());
  Commit(pages);
  const std::string html = Written();
  EXPECT_NE(html.find("<mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark>"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_EQ(html.find("<b>网站</b>"), std::string::npos) << "the owner's record is text, too";
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  EXPECT_EQ(html.find("11010519491231002X"), std::string::npos) << "masked";
  for (const char* words : {"责任书第四条第 6 项", "隐藏区出现赌博平台招揽",
                            "http://lib.example.test/a.html", "0000-0000001", "负责人"}) {
    EXPECT_NE(html.find(words), std::string::npos) << words;
  }
  EXPECT_NE(html.find(pages[0].body_digest.hex()), std::string::npos);
}

TEST_F(HtmlReportTest, SaysWhatWasNotReadAndNeverCallsItClean) {
  std::vector<Page> pages;
  pages.push_back(MakePage("/big.html"));
  pages[0].checked = Checked::kFlat;
  pages[0].limits.push_back({Limit::kTreeTime, "1500 ms"});
  Commit(pages);
  const std::string html = Written();
  EXPECT_NE(html.find("未能全部检查的页面（1）"), std::string::npos);
  EXPECT_NE(html.find("/big.html"), std::string::npos);
  EXPECT_EQ(html.find("已检查的页面没有发现问题"), std::string::npos);
}

TEST_F(HtmlReportTest, CountsAPageAsWhatItWas) {
  struct Case {
    std::string_view why, path;
    uint16_t status;
    Checked checked;
    std::vector<LimitHit> limits;
    Tally want;
  };
  const Case kCases[] = {
      {"read whole", "/a.html", 200, Checked::kFull, {}, Tally::kRead},
      {"a dead link is no page", "/b.html", 404, Checked::kFull, {}, Tally::kAbsent},
      {"a home page that is not there is no clean one",
       "/",
       404,
       Checked::kFull,
       {},
       Tally::kFailed},
      {"a home page that only leads away", "/", 302, Checked::kFull, {}, Tally::kFailed},
      {"another page may lead away", "/go", 302, Checked::kFull, {}, Tally::kRead},
      {"it leads nowhere",
       "/loop",
       302,
       Checked::kFull,
       {{Limit::kRedirectLoop, ""}},
       Tally::kFailed},
      {"an error, though its body was read",
       "/c.html",
       500,
       Checked::kFull,
       {{Limit::kStatus, "status 500"}},
       Tally::kFailed},
      {"no answer", "/d.html", 0, Checked::kFailed, {{Limit::kConnect, ""}}, Tally::kFailed},
      {"without structure",
       "/e.html",
       200,
       Checked::kFlat,
       {{Limit::kTreeTime, ""}},
       Tally::kPartly},
      {"its content is not read",
       "/f.pdf",
       200,
       Checked::kFailed,
       {{Limit::kUnreadType, "PDF"}},
       Tally::kPartly},
      {"a document that is as it was",
       "/h.pdf",
       304,
       Checked::kFailed,
       {{Limit::kUnreadType, "PDF"}},
       Tally::kPartly},
      {"a style sheet is missing",
       "/g.html",
       200,
       Checked::kFull,
       {{Limit::kAssets, ""}},
       Tally::kPartly},
      {"robots.txt is no page", "/robots.txt", 200, Checked::kFull, {}, Tally::kService},
      {"nor is one that fails",
       "/robots.txt",
       0,
       Checked::kFailed,
       {{Limit::kConnect, ""}},
       Tally::kService},
      {"a sitemap cut short hides pages",
       "/sitemap.xml",
       200,
       Checked::kFull,
       {{Limit::kLinks, ""}},
       Tally::kPartly},
  };
  const Site& site = *registry_->sites()[0];
  const Tallier tallier(site);
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    Observation seen;
    seen.url = "http://lib.example.test" + std::string(c.path);
    seen.status = c.status;
    seen.checked = c.checked;
    seen.limits = c.limits;
    EXPECT_EQ(tallier.Of(seen), c.want) << TallyName(tallier.Of(seen));
  }
  const Url probe = ProbeOf(site, *Url::Parse("http://lib.example.test/news/1.html"));
  Observation seen;
  seen.url = probe.text();
  seen.status = 200;
  seen.checked = Checked::kFull;
  EXPECT_EQ(tallier.Of(seen), Tally::kService) << "an address we made up";
}

TEST_F(HtmlReportTest, WhatWasNotReadIsNeverCalledClean) {
  struct Case {
    std::string_view why;
    std::vector<uint16_t> statuses;  // of the home page and those behind it
    std::string_view says;
  };
  const Case kCases[] = {
      {"nothing at all was read", {404, 404}, "一个页面也没有读到"},
      {"the server is in trouble", {500, 500}, "一个页面也没有读到"},
      {"one page failed", {200, 500}, "未能检查的部分见下"},
      {"all was read", {200, 200}, "已检查的页面没有发现问题"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    TearDown();
    SetUp();
    std::vector<Page> pages;
    for (size_t i = 0; i < c.statuses.size(); ++i) {
      pages.push_back(MakePage(i == 0 ? "/" : "/a.html"));
      pages[i].response.status = c.statuses[i];
      if (c.statuses[i] == 500) pages[i].limits.push_back({Limit::kStatus, "status 500"});
    }
    Commit(pages);
    const std::string html = Written();
    EXPECT_NE(html.find(c.says), std::string::npos);
    const bool clean = c.statuses == std::vector<uint16_t>{200, 200};
    EXPECT_EQ(html.find("已检查的页面没有发现问题") != std::string::npos, clean);
    const Result<RunReport> report = GatherRun(*store_, run_);
    EXPECT_EQ(ExitCodeOf(*report, Severity::kLow), clean ? 0 : 3);
    EXPECT_EQ(report->sites.at(0).Gaps().empty(), clean);
  }
}

TEST_F(HtmlReportTest, TheSameStoreGivesTheSameBytes) {
  std::vector<Page> pages;
  pages.push_back(MakePage("/a.html"));
  pages[0].findings.push_back(Gambling());
  Commit(pages);
  EXPECT_EQ(Written(), Written());
}

TEST_F(HtmlReportTest, UnwritablePlaceIsAnErrorThatNamesIt) {
  Commit({});
  const Result<RunReport> report = GatherRun(*store_, run_);
  ASSERT_TRUE(report.ok());
  const Status written =
      WriteHtmlReport(*store_, *report, RuleSet{}, directory_ + "/none/report.html");
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.error().text.find("none/report.html"), std::string::npos);
}

TEST_F(HtmlReportTest, LinesCarryEveryPageOnceWithItsFindings) {
  std::vector<Page> pages;
  pages.push_back(MakePage("/a.html"));
  pages.push_back(MakePage("/b.html"));
  pages[0].findings.push_back(Gambling());
  Commit(pages);
  std::vector<PageLine> lines;
  const Result<std::vector<Site>> sites = store_->Sites();
  ASSERT_TRUE(EachPageLine(*store_, store_->cases(), *sites, run_.id, [&](const PageLine& line) {
                lines.push_back(line);
                return Ok();
              }).ok());
  ASSERT_EQ(lines.size(), 2u);
  std::sort(lines.begin(), lines.end(),
            [](const PageLine& a, const PageLine& b) { return a.url < b.url; });
  EXPECT_EQ(lines[0].path, "/a.html");
  ASSERT_EQ(lines[0].findings.size(), 1u);
  EXPECT_TRUE(lines[1].findings.empty());
  const std::string json = PageLineJson(lines[0]);
  EXPECT_NE(json.find("\"severity\":\"high\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"zones\":[\"hidden\"]"), std::string::npos) << json;
}

TEST(PageLine, HintsAreCountedAndShownOnRequest) {
  PageLine line;
  line.url = "http://lib.example.test/";
  line.findings.push_back(Gambling());
  line.findings.push_back(Gambling());
  line.findings[1].severity = Severity::kHint;
  const std::string json = PageLineJson(line);
  EXPECT_EQ(json.find("\"severity\":\"hint\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"hints\":1"), std::string::npos) << json;
  const std::string all = PageLineJson(line, Severity::kHint);
  EXPECT_NE(all.find("\"severity\":\"hint\""), std::string::npos) << all;
  EXPECT_EQ(all.find("\"hints\""), std::string::npos) << all;
}

}  // namespace
}  // namespace xuncha
