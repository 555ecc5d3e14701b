// Nights on sites that show search engines something else, and on honest sites
// that only look as if they did.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/views.h"

#include <atomic>

#include "tests/unit/crawler/audit_world.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Request = TestServer::Request;
using Wire = TestServer::Wire;

constexpr std::string_view kHost = "a.example.test";
constexpr std::string_view kHostRule = R"(
[[rule]]
id = "gambling.host"
strength = "strong"
zones = ["href"]
any = ["casino88"]
because = "指向赌博网站"
examples = ["http://www.casino88.example/"]
counters = ["今天下午开会"]
)";

std::string Html(std::string_view title, std::string_view body = "") {
  return fmt::format(
      "<!DOCTYPE html><html><head><meta charset=utf-8><title>{0}</title></head><body><h1>{0}</h1>"
      "<p>学院今天召开教学工作会议，布置下学期的课程安排与实验室开放时间。</p>{1}</body></html>",
      title, body);
}

class Views : public Nights {
 protected:
  void SetUp() override {
    Nights::SetUp();
    law_ = std::make_unique<Law>(std::string(kPack) + std::string(kHostRule));
    Write("index.html", Html("首页", "<a href=/p.html>通知</a>"));
    Write("p.html", Html("关于教学工作会议的通知"));
    Serve();
  }

  std::string File(std::string_view path) {
    return fmt::format("{}/web/{}/{}", directory_, kHost, path);
  }
  void Write(std::string_view path, std::string_view bytes) {
    Nights::Write(fmt::format("{}/{}", kHost, path), bytes);
  }
  void Remove(std::string_view path) { std::filesystem::remove(File(path)); }
  void Answer(std::string_view path, std::function<TestServer::Answer(const Request&)> answer) {
    server_->On(fmt::format("{}{}", kHost, path),
                [answer](const Request& request, Wire& wire) { wire.Reply(answer(request)); });
  }

  AuditReport Night(Budget budget = kPlenty) {
    Audit::Options options = Quick(server_->port());
    options.workers = 1;
    options.frontier.per_address = Frontier::Options().per_address;
    options.frontier.backoff_first = 1;
    options.frontier.budget = budget;
    options.frontier.views = true;
    options.frontier.view_turns = turns_;
    return Nights::Night({LocalSite(fmt::format("http://{}", kHost))}, std::move(options));
  }
  std::vector<StoredFinding> Standing() { return Nights::Standing(kHost); }
  Observation Seen(std::string_view path = "/p.html") {
    Result<std::optional<Observation>> seen =
        store_->LatestObservation(kHost, fmt::format("http://{}{}", kHost, path));
    EXPECT_TRUE(seen.ok() && seen->has_value());
    return seen.ok() && seen->has_value() ? **seen : Observation();
  }
  uint64_t Count(std::string_view path = "/p.html") { return server_->Count(kHost, path); }

  ViewTurns turns_;
};

bool IsSpider(const Request& request) {
  return request.Header("User-Agent").find("Baiduspider") != std::string_view::npos;
}

TEST_F(Views, ABodyForSpidersIsAFindingOfWhatItAdvertises) {
  const std::string body = Html("真人视讯下注", "<p>真人视讯下注，充值秒到账</p>");
  Write("p.html.@spider", body);
  Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  const StoredFinding stored = Standing()[0];
  const Finding& finding = stored.finding;
  EXPECT_EQ(stored.url, "http://a.example.test/p.html");
  EXPECT_EQ(finding.kind, "gambling");
  EXPECT_EQ(finding.clause, 6);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_THAT(finding.signals, Contains("cloaked-body"));
  EXPECT_THAT(finding.because, HasSubstr("仅对搜索引擎蜘蛛显示"));
  EXPECT_THAT(finding.evidence, Each(Field(&Evidence::proof, Proof::kDifference)));
  EXPECT_THAT(finding.evidence, Each(Field(&Evidence::detail, HasSubstr("仅对搜索引擎蜘蛛显示"))));

  // Both bodies are kept, and the evidence says in which of them it stands.
  EXPECT_EQ(*store_->blobs().Get(stored.body), body);
  const Observation seen = Seen();
  EXPECT_THAT(*store_->blobs().Get(seen.body), HasSubstr("关于教学工作会议的通知"));
  ASSERT_THAT(seen.views, SizeIs(kVisitors + 1));
  EXPECT_EQ(seen.views[2].as, Visitor::kAgain) << "confirmed by asking once more";
  EXPECT_EQ(seen.views[0].as, Visitor::kSpider);
  EXPECT_EQ(seen.views[0].status, 200);
  EXPECT_TRUE(seen.views[0].differs);
  EXPECT_EQ(seen.views[0].body, stored.body);
  EXPECT_FALSE(seen.views[1].differs);
  EXPECT_THAT(seen.signals, Contains(HasSubstr("cloaked-body: 搜索引擎蜘蛛所见：")));
}

TEST_F(Views, ABodyForSearchVisitorsIsFoundAsWell) {
  Write("p.html.@search", Html("真人视讯下注", "<p>真人视讯下注，充值秒到账</p>"));
  Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  EXPECT_THAT(Standing()[0].finding.signals, Contains("cloaked-referrer"));
  EXPECT_THAT(Standing()[0].finding.because, HasSubstr("仅对来自搜索引擎的访客显示"));
}

TEST_F(Views, ARedirectOfSpidersIsJudgedByItsTargetAndNotFollowed) {
  Write("p.html.@spider.@head", "Status: 302\nLocation: http://www.casino88.example/reg\n");
  Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  EXPECT_EQ(Standing()[0].finding.kind, "gambling");
  EXPECT_THAT(Standing()[0].finding.signals, Contains("cloaked-body"));
  EXPECT_EQ(Seen().views.at(0).target, "http://www.casino88.example/reg");
  EXPECT_EQ(server_->Count("www.casino88.example"), 0u);
}

TEST_F(Views, ARedirectToAStrangerNobodyKnowsIsTampering) {
  Write("p.html.@search.@head", "Status: 302\nLocation: http://www.unknown.example/\n");
  Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  EXPECT_EQ(Standing()[0].finding.kind, "tamper");
  EXPECT_EQ(Standing()[0].finding.severity, Severity::kHigh);
}

TEST_F(Views, WhatHonestSitesDoIsNoCloak) {
  Write("index.html", Html("首页",
                           "<a href=/noise.html>1</a><a href=/no.html>2</a><a href=/m.html>3</a>"
                           "<a href=/error.html>4</a>"));
  std::atomic<int> token = 0;
  Answer("/noise.html", [&](const Request&) -> TestServer::Answer {
    const int n = token++;
    return {.body = Html(
                fmt::format("第 {} 位访客", n),
                fmt::format("<p>今日访问 {0}，编号 {0}{0}{0}</p><a href=http://f{0}.example/>友情"
                            "链接</a><a href=http://g{0}.example/>友情链接</a><a "
                            "href=http://h{0}.example/>友情链接</a>",
                            n))};
  });
  Answer("/no.html", [](const Request& request) -> TestServer::Answer {
    if (IsSpider(request)) return {.status = 403, .body = Html("禁止访问", "真人视讯下注")};
    return {.body = Html("通知")};
  });
  Answer("/m.html", [](const Request& request) -> TestServer::Answer {
    if (IsSpider(request))
      return {.status = 302, .headers = {{"Location", "http://m.example.test/"}}};
    return {.body = Html("通知二")};
  });
  Answer("/error.html", [](const Request& request) -> TestServer::Answer {
    if (IsSpider(request)) return {.status = 503};
    return {.body = Html("通知三")};
  });
  Night();
  EXPECT_THAT(Standing(), IsEmpty());
  for (std::string_view path : {"/noise.html", "/no.html", "/m.html", "/error.html"}) {
    SCOPED_TRACE(path);
    EXPECT_THAT(Seen(path).views, Each(Field(&ObservedView::differs, false)));
    EXPECT_EQ(Seen(path).checked, Checked::kFull);
  }
}

// Everybody meets it in turn: no cloak, and still what it is.
TEST_F(Views, AnOfferThatTurnsIsFoundAndIsNoCloak) {
  std::atomic<int> requests = 0;
  Answer("/p.html", [&](const Request&) -> TestServer::Answer {
    const bool offer = requests++ % 2 == 1;
    return {.body = offer ? Html("真人视讯下注", "<p>真人视讯下注，充值秒到账</p>") : Html("通知")};
  });
  Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  EXPECT_THAT(Standing()[0].finding.signals, Each(Not(HasSubstr("cloaked"))));
  EXPECT_THAT(Standing()[0].finding.because, HasSubstr("两次访问中有一次"));
  EXPECT_THAT(*store_->blobs().Get(Standing()[0].body), HasSubstr("真人视讯下注"));
  EXPECT_THAT(Seen().views, Each(Field(&ObservedView::differs, false)));
  EXPECT_EQ(requests, 4);
}

// A body that differs each night by a token is another body, and no other text.
TEST_F(Views, AClockIsNoReasonToAskOthers) {
  std::atomic<int> requests = 0;
  Answer("/p.html", [&](const Request&) -> TestServer::Answer {
    return {.body = Html("关于教学工作会议的通知",
                         fmt::format("<input type=hidden name=token value=t{}>", requests++))};
  });
  turns_.others = 4;
  for (uint64_t i = 0; i <= turns_.others; ++i) Night();
  EXPECT_EQ(requests, static_cast<int>(1 + kVisitors + turns_.others + kVisitors));
}

// A list has its turn more often; while nothing has changed a question does.
TEST_F(Views, ListsAreLookedAtInTurnAndCostAQuestion) {
  std::string links;
  for (uint32_t i = 0; i < limits::kListLinksMin; ++i) links += "<a href=/p.html>通知</a>";
  Write("list.html", Html("通知列表", links));
  Write("index.html", Html("首页", "<a href=/list.html>列表</a>"));
  turns_.lists = 2;
  constexpr uint64_t kNights = 4, kTurns = 2;
  for (uint64_t i = 0; i <= kNights; ++i) Night();
  EXPECT_EQ(Count("/list.html"), 1 + kVisitors + kNights + kTurns * kVisitors);
  uint64_t whole = 0;
  for (const TestServer::Seen& seen : server_->Log())
    whole += seen.host == kHost && seen.target == "/list.html" && !seen.conditional;
  EXPECT_GE(whole, 1 + kVisitors) << "the first night";
  EXPECT_LE(whole, 2 * (1 + kVisitors)) << "and perhaps once more, if the rotation came by";
}

// Validators have told that nothing changed for us; the spider gets something else.
TEST_F(Views, ACloakOnAPageThatIsNotModifiedIsFoundInTurn) {
  std::string links;
  for (uint32_t i = 0; i < limits::kListLinksMin; ++i) links += "<a href=/p.html>通知</a>";
  Write("list.html", Html("通知列表", links));
  Write("index.html", Html("首页", "<a href=/list.html>列表</a>"));
  Night();
  Write("list.html.@spider", Html("真人视讯下注", "<p>真人视讯下注，充值秒到账</p>"));
  turns_.lists = 2;
  for (uint64_t i = 0; i < turns_.lists; ++i) Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  EXPECT_EQ(Standing()[0].url, "http://a.example.test/list.html");
  EXPECT_THAT(Standing()[0].finding.signals, Contains("cloaked-body"));
}

TEST_F(Views, AHostThatRefusesTheSpiderIsSoonNotAskedAsOne) {
  std::string links;
  for (int i = 0; i < 12; ++i) links += fmt::format("<a href=/{}.html>页</a>", i);
  for (int i = 0; i < 12; ++i) Write(fmt::format("{}.html", i), Html(fmt::format("第 {} 页", i)));
  Write("index.html", Html("首页", links));
  std::atomic<int> spiders = 0, others = 0;
  Answer("/*", [&](const Request& request) -> TestServer::Answer {
    if (request.path == "/robots.txt") return {.status = 404};
    ++(IsSpider(request) ? spiders : others);
    if (IsSpider(request)) return {.status = 403};
    return {.body = Html(request.path, links)};
  });
  Night();
  EXPECT_EQ(spiders, limits::kViewRefusalsMax);
  EXPECT_GE(others, 2 * 12) << "search visitors are still looked for";
}

TEST_F(Views, UnchangedPagesAreNotFetchedThreeTimesEachNight) {
  Night();
  EXPECT_EQ(Count("/p.html"), 1 + kVisitors);
  EXPECT_EQ(server_->MostAtOnce(kHost), 1u) << "views go through the lane";
  // Over so many nights every page has its turn exactly once; home has it always.
  for (uint64_t i = 0; i < limits::kUnconditionalShare; ++i) Night();
  EXPECT_EQ(Count("/p.html"), 1 + kVisitors + limits::kUnconditionalShare + kVisitors);
  EXPECT_EQ(Count("/"), (1 + kVisitors) * (1 + limits::kUnconditionalShare));
}

TEST_F(Views, ACloakThatComesLaterIsFoundAndGoesWhenItIsSeenToBeGone) {
  Night();
  EXPECT_THAT(Standing(), IsEmpty());
  Write("index.html.@spider", Html("真人视讯下注", "<p>真人视讯下注，充值秒到账</p>"));
  Night();
  ASSERT_THAT(Standing(), SizeIs(1)) << "the page itself has not changed";
  Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  // A spider that is shut out proves nothing.
  Write("index.html.@spider.@head", "Status: 403\n");
  Night();
  ASSERT_THAT(Standing(), SizeIs(1));
  Remove("index.html.@spider");
  Remove("index.html.@spider.@head");
  Night();
  EXPECT_THAT(Standing(), IsEmpty());
  const AuditReport last = Night();
  EXPECT_EQ(last.run.totals.unchanged, last.run.totals.pages) << "and all is as ever";
}

// A site's owner and the operator think in pages; views are bounded by them, and by
// the budgets of time and bytes.
TEST_F(Views, ThePageBudgetCountsPagesAndBoundsViews) {
  std::string links;
  for (int i = 0; i < 40; ++i) {
    links += fmt::format("<a href=/{}.html>页</a>", i);
    Write(fmt::format("{}.html", i), Html(fmt::format("第 {} 页", i)));
  }
  Write("index.html", Html("首页", links));
  Budget budget = kPlenty;
  budget.pages = 30;
  const AuditReport report = Night(budget);
  EXPECT_EQ(report.sites.at(0).ending, Ending::kPages);
  uint64_t requests = 0;
  for (const TestServer::Seen& seen : server_->Log())
    requests += seen.host == kHost && (seen.target == "/" || seen.target.ends_with(".html"));
  EXPECT_LE(requests, 3 * 30u + limits::kProbesPerSiteMax);
  EXPECT_GT(requests, 2 * 30u);
  EXPECT_LE(report.run.totals.pages, 30u + limits::kProbesPerSiteMax);
  EXPECT_GE(report.run.totals.pages, 30u);
}

TEST(ViewsTest, TellsMoreFromDifferent) {
  const Registry registry({Site{.address = "http://a.example.test"}});
  const Permit permit = registry.Allow(
      *registry.sites().front(), *Url::Parse("http://a.example.test/"), {}, false, 0, nullptr);
  const auto page = [&](std::vector<std::string> links, LinkKind kind) {
    Page made{.permit = permit};
    made.response.status = 200;
    for (const std::string& link : links)
      made.document.links.push_back({.href = link, .url = *Url::Parse(link), .kind = kind});
    return made;
  };
  using enum LinkKind;
  struct Case {
    std::string_view why;
    Page own, other;
    bool differs;
  };
  const std::string x = "http://x.example/", y = "http://y.example/", z = "http://z.example/",
                    w = "http://w.example/";
  const Case cases[] = {
      {"the same", page({x}, kAnchor), page({x}, kAnchor), false},
      {"one more stranger is an advertisement", page({}, kAnchor), page({x}, kAnchor), false},
      {"three more are not", page({}, kAnchor), page({x, y, z}, kAnchor), true},
      {"a list that turns", page({w}, kAnchor), page({x, y, z}, kAnchor), false},
      {"sent to a stranger", page({}, kAnchor), page({x}, kRedirect), true},
      {"so is everybody", page({x}, kRedirect), page({x}, kRedirect), false},
      {"sent by a refresh", page({}, kAnchor), page({x}, kMetaRefresh), true},
      {"sent within the institution", page({}, kAnchor),
       page({"http://m.example.test/"}, kRedirect), false},
      {"sent to a public service", page({}, kAnchor), page({"https://www.baidu.com/"}, kRedirect),
       false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(!Difference(c.own, c.other).empty(), c.differs) << Difference(c.own, c.other);
  }
}

}  // namespace
}  // namespace xuncha
