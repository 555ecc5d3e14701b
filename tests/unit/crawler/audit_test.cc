// Nights of whole audits against a real server on loopback: from permit to commit
// with everything between, and what is on disk afterwards.
//
// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>

#include "tests/unit/crawler/audit_world.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Request = TestServer::Request;
using Wire = TestServer::Wire;

TEST_F(Nights, EveryPageOnceAndTheNextNightNothingNew) {
  WriteSite("a.example.test", 20);
  Serve();
  const AuditReport first = Night({LocalSite("http://a.example.test")});
  EXPECT_FALSE(first.interrupted);
  EXPECT_EQ(Of(first, "a.example.test").ending, Ending::kExhausted);
  EXPECT_EQ(first.run.totals.pages, 21u);
  EXPECT_EQ(first.run.totals.failed, 0u);
  EXPECT_EQ(server_->Count("a.example.test", "/"), 1u);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(server_->Count("a.example.test", fmt::format("/p{}.html", i)), 1u) << i;
  EXPECT_EQ(server_->MostAtOnce("a.example.test"), 1u) << "one lane a host";

  const AuditReport second = Night({LocalSite("http://a.example.test")});
  EXPECT_GT(second.run.id, first.run.id);
  EXPECT_FALSE(second.resumed);
  EXPECT_EQ(second.run.totals.pages, 21u);
  EXPECT_EQ(second.run.totals.unchanged, 21u);
  EXPECT_EQ(server_->Count("a.example.test", "/robots.txt"), 1u) << "cached for a day";
}

TEST_F(Nights, AFindingComesStandsAndGoes) {
  WriteSite("a.example.test", 3);
  Write("a.example.test/p1.html", HtmlPage("真人视讯下注", {}, "真人视讯下注"));
  Serve();
  const std::vector<Site> sites = {LocalSite("http://a.example.test")};
  Night(sites);
  ASSERT_THAT(Standing("a.example.test"), SizeIs(1));
  EXPECT_EQ(Standing("a.example.test")[0].url, "http://a.example.test/p1.html");
  EXPECT_EQ(Standing("a.example.test")[0].finding.clause, 6);

  const AuditReport same = Night(sites);
  uint64_t standing = 0;
  for (uint64_t count : same.run.totals.findings) standing += count;
  EXPECT_EQ(standing, 1u) << "an unchanged page keeps its finding";
  EXPECT_EQ(Standing("a.example.test")[0].last_run, same.run.id);

  Write("a.example.test/p1.html", HtmlPage("第 1 页", {}));
  Night(sites);
  EXPECT_THAT(Standing("a.example.test"), IsEmpty());
}

TEST_F(Nights, NewRulesAreAppliedToUnchangedPages) {
  WriteSite("a.example.test", 3);
  Write("a.example.test/p1.html", HtmlPage("活动", {}, "高价回收内部票"));
  Serve();
  const std::vector<Site> sites = {LocalSite("http://a.example.test")};
  Night(sites);
  EXPECT_THAT(Standing("a.example.test"), IsEmpty());
  std::string pack(kPack);
  pack.replace(pack.find("any = [\"真人视讯下注\"]"),
               std::string_view("any = [\"真人视讯下注\"]").size(),
               "any = [\"真人视讯下注\", \"高价回收内部票\"]");
  law_ = std::make_unique<Law>(pack);
  const AuditReport second = Night(sites);
  EXPECT_EQ(second.run.totals.unchanged, 0u);
  EXPECT_THAT(Standing("a.example.test"), SizeIs(1));
}

// Whatever a document costs the first night, later it costs a question, or the bytes
// by which it is seen to be one still; and it is listed as not read each time.
TEST_F(Nights, DocumentsThatAreNotReadAreNotFetchedWholeEachNight) {
  Write("a.example.test/index.html", HtmlPage("首页", {"/dynamic", "/static.pdf"}));
  const std::string pdf = "%PDF-1.7\n" + std::string(400'000, 'x');
  Write("a.example.test/static.pdf", pdf);
  Serve();
  std::atomic<bool> page = false;
  server_->On("a.example.test/dynamic", [&](const Request&, Wire& wire) {
    // Longer than the beginning that is looked at, and what counts stands at its end.
    if (page)
      return wire.Reply({.headers = {{"Content-Type", "text/html"}},
                         .body = HtmlPage("通知", {}, std::string(40'000, 'y') + "真人视讯下注")}),
             void();
    wire.Reply({.headers = {{"Content-Type", "application/pdf"}}, .body = pdf});
  });
  const std::vector<Site> sites = {LocalSite("http://a.example.test")};
  const AuditReport first = Night(sites);
  EXPECT_EQ(first.run.totals.unread, 2u);
  EXPECT_GT(first.run.totals.bytes, 800'000u);
  uint64_t most = 0;
  uint64_t whole = 0;  // nights on which the rotation asks for all there is
  for (int night = 2; night < 8; ++night) {
    const AuditReport later = Night(sites);
    EXPECT_EQ(later.run.totals.unread, 2u) << night;
    EXPECT_EQ(later.run.totals.failed, 0u) << night;
    for (std::string_view path : {"dynamic", "static.pdf"}) {
      const auto seen = store_->LatestObservation("a.example.test",
                                                  fmt::format("http://a.example.test/{}", path));
      ASSERT_TRUE(seen.ok() && seen->has_value());
      EXPECT_EQ((*seen)->run, later.run.id);
      EXPECT_THAT((*seen)->limits, Contains(Field(&LimitHit::limit, Limit::kUnreadType)));
      whole += (*seen)->wire_bytes > 0 && path == "static.pdf";
      // What the socket had already taken in comes on top.
      most = std::max(most, (*seen)->wire_bytes);
    }
  }
  EXPECT_LE(most, 200'000u);
  EXPECT_LE(whole, 1u);
  page = true;
  const AuditReport last = Night(sites);
  EXPECT_EQ(last.run.totals.unread, 1u);
  EXPECT_THAT(Standing("a.example.test"), SizeIs(1)) << "read to its end as soon as it can be";
}

TEST_F(Nights, APageThatOnlyTheSitemapKnowsIsRead) {
  Write("a.example.test/index.html", HtmlPage("首页", {}));
  Write("a.example.test/robots.txt", "Sitemap: http://a.example.test/maps.xml\n");
  Write("a.example.test/maps.xml",
        "<sitemapindex><sitemap><loc>http://a.example.test/map.xml</loc></sitemap></sitemapindex>");
  Write("a.example.test/map.xml",
        "<urlset><url><loc>http://a.example.test/alone.html</loc></url><url><loc>http://"
        "elsewhere.test/</loc></url></urlset>");
  Write("a.example.test/alone.html", HtmlPage("真人视讯下注", {}));
  Serve();
  Night({LocalSite("http://a.example.test")});
  EXPECT_EQ(server_->Count("a.example.test", "/alone.html"), 1u);
  EXPECT_THAT(Standing("a.example.test"), SizeIs(1));
  // robots.txt and sitemaps are kept as evidence.
  Result<std::optional<Observation>> robots =
      store_->LatestObservation("a.example.test", "http://a.example.test/robots.txt");
  ASSERT_TRUE(robots.ok() && robots->has_value());
  EXPECT_EQ(*store_->blobs().Get((*robots)->body), "Sitemap: http://a.example.test/maps.xml\n");
}

TEST_F(Nights, StrictSitesAreObeyedOthersAreReadAllTheSame) {
  for (const char* host : {"strict.example.test", "open.example.test"}) {
    Write(fmt::format("{}/robots.txt", host), "User-agent: *\nDisallow: /private/\n");
    Write(fmt::format("{}/index.html", host), HtmlPage("首页", {"/private/1.html", "/2.html"}));
    Write(fmt::format("{}/private/1.html", host), HtmlPage("一", {}));
    Write(fmt::format("{}/2.html", host), HtmlPage("二", {}));
  }
  Serve();
  Site strict = LocalSite("http://strict.example.test");
  strict.strict_robots = true;
  const AuditReport report = Night({strict, LocalSite("http://open.example.test")});
  EXPECT_EQ(server_->Count("strict.example.test", "/private/1.html"), 0u);
  EXPECT_EQ(server_->Count("strict.example.test", "/2.html"), 1u);
  EXPECT_EQ(server_->Count("open.example.test", "/private/1.html"), 1u);
  EXPECT_TRUE(Of(report, "strict.example.test").left.contains("robots"));
  Result<std::optional<Observation>> seen =
      store_->LatestObservation("open.example.test", "http://open.example.test/private/1.html");
  ASSERT_TRUE(seen.ok() && seen->has_value());
  EXPECT_TRUE((*seen)->robots_disallowed);
}

TEST_F(Nights, ASlowSiteBlocksNobody) {
  WriteSite("fast.example.test", 60);
  Serve();
  std::atomic<int> slow = 0;
  std::atomic<int> slow_when_fast_was_done = -1;
  server_->On("slow.example.test/*", [&](const Request& request, Wire& wire) {
    wire.Sleep(100);
    ++slow;
    std::vector<std::string> links;
    for (int i = 0; i < 15; ++i) links.push_back(fmt::format("/s{}.html", i));
    wire.Reply({.status = request.path == "/robots.txt" ? 404 : 200,
                .body = HtmlPage(request.path, links)});
  });
  Audit::Options options = Quick(server_->port());
  uint64_t fast_pages = 0;
  options.committed = [&](const Page& page) {
    if (page.permit.site().id == "fast.example.test" && ++fast_pages == 61)
      slow_when_fast_was_done = slow.load();
  };
  const AuditReport report = Night(
      {LocalSite("http://slow.example.test"), LocalSite("http://fast.example.test")}, options);
  EXPECT_EQ(Of(report, "fast.example.test").totals.pages, 61u);
  EXPECT_EQ(Of(report, "slow.example.test").totals.pages, 16u);
  EXPECT_LT(slow_when_fast_was_done.load(), slow.load())
      << "the fast site did not wait for the slow one";
}

TEST_F(Nights, TrapsEnd) {
  Serve();
  server_->On("trap.example.test/*", [](const Request& request, Wire& wire) {
    static std::atomic<int> session = 0;
    if (request.path == "/robots.txt" || request.path == "/sitemap.xml")
      return void(wire.Reply({.status = 404}));
    const int number = session++;
    std::vector<std::string> links = {
        fmt::format("/x;jsessionid=AB{:09}CD", number), fmt::format("/?PHPSESSID=ab{:09}", number),
        "deeper/",
        fmt::format(
            "/calendar/{}",
            number % 7 + std::atoi(request.path.substr(request.path.rfind('/') + 1).c_str()) + 1)};
    wire.Reply({.body = HtmlPage("总是一样的页面", links)});
  });
  server_->On("loop.example.test/*", [](const Request&, Wire& wire) {
    wire.Reply({.status = 302, .headers = {{"Location", "/again"}}});
  });
  const AuditReport report =
      Night({LocalSite("http://trap.example.test"), LocalSite("http://loop.example.test")});
  EXPECT_EQ(Of(report, "trap.example.test").ending, Ending::kExhausted);
  EXPECT_LT(server_->Count("trap.example.test"), 600u);
  EXPECT_LT(server_->Count("loop.example.test"), 60u);
}

TEST_F(Nights, RetryAfterIsObeyedOverTheWire) {
  Serve();
  std::atomic<int> asked = 0;
  std::atomic<Millis> first = 0, second = 0;
  server_->On("a.example.test/*", [&](const Request& request, Wire& wire) {
    if (request.path != "/") return void(wire.Reply({.status = 404}));
    (asked == 0 ? first : second) = clock_.Monotonic();
    if (asked++ == 0) return void(wire.Reply({.status = 429, .headers = {{"Retry-After", "1"}}}));
    wire.Reply({.body = HtmlPage("首页", {})});
  });
  const AuditReport report = Night({LocalSite("http://a.example.test")});
  EXPECT_EQ(asked, 2);
  EXPECT_GE(second - first, 1'000) << "never earlier";
  EXPECT_EQ(report.run.totals.pages, 1u);
  EXPECT_EQ(report.run.totals.failed, 0u);
}

TEST_F(Nights, StoppedAndResumed) {
  WriteSite("a.example.test", 120);
  Serve();
  std::atomic<bool> stop = false;
  Audit::Options options = Quick(server_->port());
  options.stop = &stop;
  int pages = 0;
  options.committed = [&](const Page&) {
    if (++pages == 30) stop = true;
  };
  const std::vector<Site> sites = {LocalSite("http://a.example.test")};
  const AuditReport first = Night(sites, options);
  EXPECT_TRUE(first.interrupted);
  EXPECT_EQ(Of(first, "a.example.test").ending, Ending::kInterrupted);
  EXPECT_LT(first.run.totals.pages, 121u);

  std::vector<Progress> told;
  Audit::Options rest = Quick(server_->port());
  rest.progress = [&](const Progress& progress) { told.push_back(progress); };
  const AuditReport second = Night(sites, rest);
  EXPECT_TRUE(second.resumed);
  EXPECT_FALSE(second.interrupted);
  EXPECT_EQ(second.run.id, first.run.id);
  EXPECT_EQ(second.run.totals.pages, 121u) << "of the whole run";
  for (int i = 0; i < 120; ++i)
    EXPECT_EQ(server_->Count("a.example.test", fmt::format("/p{}.html", i)), 1u)
        << "a clean stop repeats nothing";
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front().sites, 1u);
}

// The process is really killed, several times, and each time another goes on.
TEST_F(Nights, KilledAnywhereAndNothingIsLost) {
  constexpr int kPages = 150, kSessions = 6;
  WriteSite("a.example.test", kPages);
  // The children are made before there are threads, and wait for the port.
  std::vector<std::pair<pid_t, int>> children;
  for (int i = 0; i < kSessions; ++i) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[1]);
      uint16_t port = 0;
      if (read(ends[0], &port, sizeof port) != sizeof port) _exit(0);
      Result<std::unique_ptr<Store>> store =
          Store::Open({.directory = directory_ + "/store", .create = true});
      if (!store) _exit(2);
      const Registry registry({LocalSite("http://a.example.test")});
      auto audit = Audit::Create(
          {**store, registry, {law_->rules, *law_->matcher, *law_->judge}, clock_}, Quick(port));
      if (!audit) _exit(3);
      Result<AuditReport> report = (*audit)->Run();
      _exit(report && !report->interrupted && report->run.totals.pages == kPages + 1 ? 0 : 4);
    }
    close(ends[0]);
    children.emplace_back(child, ends[1]);
  }
  Serve();
  store_.reset();  // the children's now

  int kills = 0;
  bool finished = false;
  for (auto& [child, pipe_end] : children) {
    const uint64_t seen = server_->Count("a.example.test");
    const uint16_t port = server_->port();
    ASSERT_EQ(write(pipe_end, &port, sizeof port), static_cast<ssize_t>(sizeof port));
    int state = 0;
    const bool last = child == children.back().first;
    while (true) {
      if (waitpid(child, &state, WNOHANG) == child) break;
      if (!finished && !last && server_->Count("a.example.test") >= seen + 40) {
        kill(child, SIGKILL);
        waitpid(child, &state, 0);
        break;
      }
      usleep(500);
    }
    close(std::exchange(pipe_end, -1));
    if (WIFSIGNALED(state)) {
      ++kills;
      continue;
    }
    ASSERT_TRUE(WIFEXITED(state));
    ASSERT_EQ(WEXITSTATUS(state), 0);
    if (finished) continue;
    finished = true;
    break;
  }
  for (auto& [child, pipe_end] : children) {  // those not needed end by themselves
    if (pipe_end >= 0) close(pipe_end);
  }
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  EXPECT_TRUE(finished);
  EXPECT_GE(kills, 2);
  uint64_t again = 0;
  for (int i = 0; i < kPages; ++i) {
    const uint64_t count = server_->Count("a.example.test", fmt::format("/p{}.html", i));
    EXPECT_GE(count, 1u) << i;
    again += count - std::min<uint64_t>(count, 1);
  }
  EXPECT_LE(again, static_cast<uint64_t>(kills) * (limits::kCommitPagesMax + 1))
      << "what a batch may hold";
  OpenStore();
  uint64_t observed = 0;
  const std::vector<xuncha::Run> runs = *store_->Runs();
  ASSERT_THAT(runs, SizeIs(1)) << "one run, however often it was cut off";
  ASSERT_TRUE(store_
                  ->EachObservation("a.example.test", runs[0].id,
                                    [&](const Observation& seen) {
                                      observed += seen.url.find("/p") != std::string::npos &&
                                                  seen.url.ends_with(".html") && seen.status == 200;
                                      return true;
                                    })
                  .ok());
  EXPECT_EQ(observed, static_cast<uint64_t>(kPages));
}

}  // namespace
}  // namespace xuncha
