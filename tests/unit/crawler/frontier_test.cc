// Stories of the frontier on a web that is a table and a clock that stands still
// until it is moved: what is asked for, in which order, when, and what is on disk
// at the end. No network, no waiting.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/frontier.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "base/limits.h"

namespace xuncha {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Le;
using ::testing::Lt;
using ::testing::Not;
using ::testing::SizeIs;

// What the web answers for one URL.
struct Answer {
  uint16_t status = 200;
  std::string body;
  std::vector<std::string> links;
  Millis first_byte = 1;
  Millis retry_after = 0;
  bool dead = false;  // no connection
  uint64_t simhash = 0;
};

Site Filed(const std::string& address) {
  Site site;
  site.name = site.unit = site.owner = "测试";
  site.phone = "12345";
  site.address = address;
  return site;
}

class World : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "frontier-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name() + "-" +
                 std::to_string(::getpid());
    std::filesystem::remove_all(directory_);
    Result<std::unique_ptr<Store>> store = Store::Open({.directory = directory_, .create = true});
    ASSERT_TRUE(store.ok()) << store.error().text;
    store_ = std::move(*store);
    options_.budget = {.pages = 20'000,
                       .bytes = uint64_t{1} << 32,
                       .time = 6 * 3'600'000,
                       .depth = 32,
                       .delay_min = 1'000};
  }
  void TearDown() override {
    frontier_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  // The web. A page not in it is answered by `otherwise`.
  std::map<std::string, Answer> web_;
  std::function<Answer(const std::string& url)> otherwise_ = [](const std::string& url) {
    return Answer{.status = 404, .body = "no " + url};
  };
  void Page404(const std::string& url) { web_[url] = {.status = 404}; }

  Answer Ask(const std::string& url) {
    auto found = web_.find(url);
    return found == web_.end() ? otherwise_(url) : found->second;
  }

  void Begin(std::vector<Site> sites) {
    registry_ = std::make_unique<Registry>(std::move(sites));
    BeginAgain();
  }
  void BeginAgain() {
    asked_.clear();
    frontier_ = std::make_unique<Frontier>(*store_, *registry_, clock_, options_);
    Result<Store::BeginRunResult> run =
        store_->BeginRun(Sha256("rules"), Sha256("config"), clock_.Now(),
                         options_.named.empty() ? RunScope::kAllSites : RunScope::kPages);
    ASSERT_TRUE(run.ok()) << run.error().text;
    run_ = run->run;
    Status begun = frontier_->Begin(run_);
    ASSERT_TRUE(begun.ok()) << begun.error().text;
  }
  void EndRun() {
    run_.ended = clock_.Now();
    ASSERT_TRUE(store_->EndRun(run_).ok());
    clock_.Advance(24 * 3'600'000);
  }

  struct Asked {
    std::string url;
    Millis at;
    bool disallowed;
  };
  std::vector<Asked> asked_;
  std::vector<Page> air_;  // answered and not yet handed back
  std::map<std::string, std::vector<Signal>> signals_;

  Page AnswerTo(Permit permit) {
    const std::string url = permit.url().text();
    const Answer answer = Ask(url);
    Page page;
    page.permit = std::move(permit);
    page.response.started = clock_.Now();
    page.response.final_url = page.permit.url();
    if (answer.dead) {
      page.limits.push_back({Limit::kConnect, "refused"});
      page.response.error = "refused";
      return page;
    }
    page.response.status = answer.status;
    page.response.first_byte = answer.first_byte;
    page.response.retry_after = answer.retry_after;
    page.response.remote_address = "192.0.2.1:80";
    page.response.wire_bytes = answer.body.size();
    const UrlState& known = page.permit.known();
    if (!known.etag.empty() && answer.status == 200 && known.body == Sha256(answer.body)) {
      page.response.status = 304;
      page.response.not_modified = true;
      page.body_digest = known.body;
      page.checked = Checked::kFull;
      return page;
    }
    page.response.body = answer.body;
    page.response.etag = "\"1\"";
    page.body_digest = answer.body.empty() ? Digest{} : Sha256(answer.body);
    page.document.simhash = answer.simhash;
    page.checked = Checked::kFull;
    for (const std::string& href : answer.links) {
      if (Result<Url> link = Url::Resolve(page.permit.url(), href)) {
        page.document.links.push_back({.href = href, .url = *link, .kind = LinkKind::kAnchor});
      }
    }
    return page;
  }

  // Asks for what is due. False if nothing was.
  bool Send() {
    std::vector<Permit> permits = frontier_->Ready(64);
    for (Permit& permit : permits) {
      asked_.push_back({permit.url().text(), clock_.Monotonic(), permit.robots_disallowed()});
      air_.push_back(AnswerTo(std::move(permit)));
    }
    return !permits.empty();
  }
  // Hands back what was asked for, to disk.
  void Land() {
    std::vector<Page> air = std::move(air_);
    air_.clear();
    for (Page& page : air) {
      if (!frontier_->Arrived(page)) continue;
      Frontier::Seen seen = frontier_->Add(page);
      signals_[page.permit.url().text()] = page.document.signals;
      const Site& site = page.permit.site();
      auto outcomes = store_->ledger().Commit(
          frontier_->LeaseOf(site), {{&page, std::move(seen.own), std::move(seen.elsewhere)}},
          clock_.Now());
      ASSERT_TRUE(outcomes.ok()) << outcomes.error().text;
      if (outcomes->front() == CommitOutcome::kFenced) frontier_->Lost(site);
      frontier_->Committed(page);
    }
  }
  // One turn of the loop; time passes only if nothing else happens.
  void Step() {
    Status tended = frontier_->Tend();
    ASSERT_TRUE(tended.ok()) << tended.error().text;
    if (!Send()) clock_.Advance(std::max<Millis>(1, frontier_->Patience()));
    Land();
  }
  void RunToTheEnd(size_t requests_max = 20'000) {
    while (!frontier_->Done()) {
      Step();
      ASSERT_LE(asked_.size(), requests_max) << "the run does not end";
    }
  }

  // Pages asked for, without what the frontier asks for itself.
  std::vector<std::string> Pages() const {
    std::vector<std::string> pages;
    for (const Asked& asked : asked_) {
      const Url url = *Url::Parse(asked.url);
      const std::string_view name = url.path().substr(url.path().rfind('/') + 1);
      const bool probe = name.size() == 21 && name.ends_with(".html");
      if (!probe && url.path() != "/robots.txt" && url.path() != "/sitemap.xml")
        pages.push_back(asked.url);
    }
    return pages;
  }
  size_t TimesAsked(std::string_view url) const {
    return static_cast<size_t>(std::count_if(asked_.begin(), asked_.end(),
                                             [&](const Asked& asked) { return asked.url == url; }));
  }
  Millis AskedAt(std::string_view url) const {
    for (const Asked& asked : asked_) {
      if (asked.url == url) return asked.at;
    }
    ADD_FAILURE() << url << " was not asked for";
    return 0;
  }
  NightReport ReportOn(std::string_view site) const {
    for (const NightReport& report : frontier_->reports()) {
      if (report.site == site) return report;
    }
    ADD_FAILURE() << "no report of " << site;
    return {};
  }
  uint64_t Left(std::string_view site, const std::string& reason) const {
    const NightReport report = ReportOn(site);
    auto found = report.left.find(reason);
    return found == report.left.end() ? 0 : found->second.count;
  }

  std::string directory_;
  FakeClock clock_;
  Frontier::Options options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Frontier> frontier_;
  xuncha::Run run_;
};

TEST_F(World, EveryLinkedPageIsVisitedOnce) {
  web_["http://a.test/"] = {.body = "home",
                            .links = {"/1.html", "/2.html", "/", "http://other.test/"}};
  web_["http://a.test/1.html"] = {.body = "1", .links = {"/2.html", "/sub/3.html"}};
  web_["http://a.test/2.html"] = {.body = "2", .links = {"/1.html#x"}};
  web_["http://a.test/sub/3.html"] = {.body = "3", .links = {"../", "https://a.test/4.html"}};
  web_["https://a.test/4.html"] = {.body = "4"};
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_THAT(Pages(), ::testing::UnorderedElementsAre(
                           "http://a.test/", "http://a.test/1.html", "http://a.test/2.html",
                           "http://a.test/sub/3.html", "https://a.test/4.html"));
  EXPECT_EQ(asked_.front().url, "http://a.test/robots.txt") << "before anything else of its origin";
  EXPECT_EQ(TimesAsked("https://a.test/robots.txt"), 1u) << "each origin has its own";
  const NightReport report = ReportOn("a.test");
  EXPECT_EQ(report.ending, Ending::kExhausted);
  EXPECT_EQ(report.totals.pages, 5u) << "what we ask for ourselves is no page of the site";
  EXPECT_EQ(report.carried_over, 0u);
}

TEST_F(World, AnUnmodifiedPageKeepsItsLinks) {
  web_["http://a.test/"] = {.body = "home", .links = {"/1.html"}};
  web_["http://a.test/1.html"] = {.body = "1", .links = {"/2.html"}};
  web_["http://a.test/2.html"] = {.body = "2"};
  Begin({Filed("a.test")});
  RunToTheEnd();
  EndRun();
  BeginAgain();
  web_["http://a.test/2.html"].body = "2, hacked";
  RunToTheEnd();
  EXPECT_THAT(Pages(), SizeIs(3)) << "all known URLs are due, though no page showed a link tonight";
  const NightReport report = ReportOn("a.test");
  EXPECT_EQ(report.totals.pages, 3u);
  EXPECT_GE(report.totals.unchanged, 1u);
  EXPECT_LE(report.totals.unchanged, 2u);
}

TEST_F(World, NamedPagesAreAskedForAndNoOthers) {
  web_["http://a.test/"] = {.body = "home", .links = {"/1.html", "/2.html"}};
  web_["http://a.test/1.html"] = {.body = "1"};
  web_["http://a.test/2.html"] = {.body = "2"};
  Begin({Filed("a.test"), Filed("b.test")});
  RunToTheEnd();
  EndRun();
  const uint64_t night = run_.id;
  web_["http://a.test/1.html"] = {.body = "1, repaired", .links = {"/new.html"}};
  web_["http://a.test/new.html"] = {.body = "new"};
  options_.only = {"a.test"};
  options_.named = {"http://a.test/1.html", "http://b.test/1.html"};
  BeginAgain();
  RunToTheEnd();
  for (const Asked& asked : asked_) {
    EXPECT_TRUE(asked.url == "http://a.test/1.html" || asked.url.ends_with("/robots.txt"))
        << asked.url;
  }
  EXPECT_THAT(ReportOn("a.test").notes, Contains(HasSubstr("b.test/1.html"))) << "not of this site";
  const Result<bool> done = store_->SiteDone("a.test", run_.id);
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(*done) << "the rest of the site was not seen";
  const Result<std::optional<SiteStatus>> status = StatusOf(*store_, "a.test");
  ASSERT_TRUE(status.ok() && status->has_value());
  EXPECT_EQ((*status)->run, night) << "nor is the site what one page is";
  EndRun();

  options_.only.clear();
  options_.named.clear();
  BeginAgain();
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://a.test/new.html"), 1u) << "what was found by the way is not lost";
}

TEST_F(World, ALinkIntoAnotherRegisteredSiteIsThatSitesPage) {
  web_["http://a.test/"] = {
      .links = {"http://b.test/only-here.html", "http://b.test/logout", "http://stranger.test/"}};
  web_["http://a.test/"].body = "home of a";
  web_["http://b.test/"] = {.body = "home of b"};
  web_["http://b.test/only-here.html"] = {.body = "linked from a only"};
  Begin({Filed("a.test"), Filed("b.test")});
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://b.test/only-here.html"), 1u);
  EXPECT_EQ(TimesAsked("http://b.test/logout"), 0u);
  EXPECT_EQ(TimesAsked("http://stranger.test/"), 0u);
  EXPECT_EQ(ReportOn("a.test").totals.pages, 1u);
  EXPECT_EQ(ReportOn("b.test").totals.pages, 2u) << "it counts where it belongs";
  const auto known = store_->UrlOf("b.test", "http://b.test/only-here.html");
  ASSERT_TRUE(known.ok() && known->has_value());
  EXPECT_EQ((*known)->referrer, "http://a.test/");

  // Of a site that is not open tonight it is kept for the night it will be.
  EndRun();
  web_["http://a.test/"].body = "home of a, changed";
  web_["http://a.test/"].links.push_back("http://b.test/later.html");
  web_["http://b.test/later.html"] = {.body = "later"};
  options_.only = {"a.test"};
  BeginAgain();
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://b.test/later.html"), 0u);
  EndRun();
  options_.only = {};
  BeginAgain();
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://b.test/later.html"), 1u);
}

TEST_F(World, ARunThatWasCutOffIsResumedAndEveryPageVisited) {
  web_["http://a.test/"] = {.body = "home"};
  for (int i = 0; i < 40; ++i) {
    web_["http://a.test/"].links.push_back(fmt::format("/p{}.html", i));
    web_[fmt::format("http://a.test/p{}.html", i)] = {.body = fmt::format("page {}", i),
                                                      .links = {fmt::format("/q{}.html", i)}};
    web_[fmt::format("http://a.test/q{}.html", i)] = {.body = fmt::format("leaf {}", i)};
  }
  Begin({Filed("a.test")});
  std::map<std::string, int> times;
  int sessions = 1;
  while (!frontier_->Done()) {
    Step();
    if (asked_.size() < 23) continue;
    // Killed with a page in the air: nothing is released, nothing is said.
    Send();
    air_.clear();
    for (const std::string& page : Pages()) ++times[page];
    const uint64_t run = run_.id;
    frontier_.reset();
    store_.reset();
    Result<std::unique_ptr<Store>> store = Store::Open({.directory = directory_});
    ASSERT_TRUE(store.ok()) << store.error().text;
    store_ = std::move(*store);
    BeginAgain();
    ASSERT_EQ(run_.id, run) << "the same run goes on";
    ASSERT_LT(++sessions, 10) << "it makes no headway";
  }
  for (const std::string& page : Pages()) ++times[page];
  EXPECT_EQ(times.size(), 81u);
  int again = 0;
  for (const auto& [page, count] : times) again += count - 1;
  EXPECT_LE(again, sessions - 1) << "only what was in the air is asked for again";
  EXPECT_GT(sessions, 2);
  EXPECT_EQ(ReportOn("a.test").totals.pages, 81u) << "the report is of the whole run";
  uint64_t bytes = 0;
  for (const auto& [url, answer] : web_) bytes += answer.body.size();
  EXPECT_EQ(ReportOn("a.test").totals.bytes, bytes);
}

TEST_F(World, AStoppedRunGivesItsSitesBack) {
  web_["http://a.test/"] = {.body = "home", .links = {"/1.html", "/2.html"}};
  Begin({Filed("a.test"), Filed("b.test")});
  for (int i = 0; i < 4; ++i) Step();
  frontier_->Stop();
  EXPECT_THAT(frontier_->Ready(64), IsEmpty());
  EXPECT_FALSE(frontier_->Done());
  ASSERT_TRUE(frontier_->Suspend().ok());
  EXPECT_EQ(ReportOn("a.test").ending, Ending::kInterrupted);
  BeginAgain();
  RunToTheEnd();
  EXPECT_EQ(ReportOn("a.test").ending, Ending::kExhausted);
}

TEST_F(World, ACalendarEndsAndStarvesNobody) {
  web_["http://a.test/"] = {.body = "home", .links = {"/calendar?month=0", "/news/"}};
  web_["http://a.test/news/"] = {.body = "news"};
  for (int i = 0; i < 60; ++i) {
    web_["http://a.test/news/"].links.push_back(fmt::format("/news/{}.html", i));
    web_[fmt::format("http://a.test/news/{}.html", i)] = {.body = fmt::format("news {}", i)};
  }
  int months = 0;
  otherwise_ = [&](const std::string& url) -> Answer {
    const size_t at = url.find("month=");
    if (at == std::string::npos) return {.status = 404};
    const int month = std::atoi(url.c_str() + at + 6);
    ++months;
    Answer answer{.body = "calendar " + url};
    for (int i = 1; i <= 12; ++i)
      answer.links.push_back(fmt::format("/calendar?month={}", month + i));
    return answer;
  };
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_LE(months, limits::kTemplatePagesMax);
  EXPECT_EQ(ReportOn("a.test").totals.pages, 62u + static_cast<size_t>(months));
  // The last news page comes before most of the calendar.
  const std::vector<std::string> pages = Pages();
  const auto last_news = std::find_if(pages.rbegin(), pages.rend(), [](const std::string& url) {
    return url.find("/news/") != url.npos;
  });
  EXPECT_LT(pages.rend() - last_news, 200);
}

TEST_F(World, ATemplateWithNothingNewIsStopped) {
  web_["http://a.test/"] = {.body = "home", .links = {"/real.html"}};
  web_["http://a.test/real.html"] = {.body = "real"};
  for (int i = 0; i < 400; ++i)
    web_["http://a.test/"].links.push_back(fmt::format("/list?colour={}", i));
  otherwise_ = [](const std::string& url) -> Answer {
    if (url.find("colour=") == std::string::npos) return {.status = 404};
    return {.body = "the same list"};
  };
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_THAT(Pages(), SizeIs(2 + 1 + limits::kTemplateBarrenMax));
  EXPECT_EQ(Left("a.test", "template"), 400u - 1 - limits::kTemplateBarrenMax);
  EXPECT_THAT(ReportOn("a.test").notes, Contains(HasSubstr("/list")));
}

TEST_F(World, MoreOfATemplateThanOneRunTakesIsKeptForTheNext) {
  web_["http://a.test/"] = {.body = "home"};
  const size_t links = limits::kTemplatePagesMax + 100;
  for (size_t i = 0; i < links; ++i) {
    web_["http://a.test/"].links.push_back(fmt::format("/info/{}.htm", i));
  }
  Site site = Filed("a.test");
  site.budget.pages = 2;
  Begin({site});
  RunToTheEnd();
  EXPECT_EQ(Left("a.test", "full"), 100u);
  EXPECT_EQ(ReportOn("a.test").carried_over, links - 1);
  size_t known = 0;
  ASSERT_TRUE(store_
                  ->EachUrl("a.test",
                            [&](const UrlEntry& entry) {
                              known += entry.url.find("/info/") != std::string::npos;
                              return true;
                            })
                  .ok());
  EXPECT_GE(known, links) << "nothing that was seen is forgotten";
}

TEST_F(World, SessionIdsAreOnePage) {
  int session = 0;
  otherwise_ = [&](const std::string& url) -> Answer {
    if (url.find("robots") != url.npos || url.find("sitemap") != url.npos) return {.status = 404};
    ++session;
    return {.body = "page",
            .links = {fmt::format("/x.jsp;jsessionid=A{:08}B", session),
                      fmt::format("/?PHPSESSID=s{}", session),
                      fmt::format("/y?sid=0f3c9a8b7d6e5{:03}", session)}};
  };
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_THAT(Pages(), SizeIs(3)) << "home, x.jsp and y";
}

TEST_F(World, RelativePathsThatGrowEnd) {
  otherwise_ = [](const std::string& url) -> Answer {
    if (url.find("robots") != url.npos) return {.status = 404};
    return {.body = url, .links = {"more/", "a/b/"}};
  };
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_GT(Left("a.test", "path-growth"), 0u);
  EXPECT_LT(Pages().size(), 200u);
}

TEST_F(World, EachHostHasItsPaceAndNoneWaitsForAnother) {
  for (const char* host : {"a", "b", "slow"}) {
    const std::string home = fmt::format("http://{}.test/", host);
    web_[home] = {.body = host};
    for (int i = 0; i < 5; ++i) {
      web_[home].links.push_back(fmt::format("/{}.html", i));
      web_[home + fmt::format("{}.html", i)] = {.body = fmt::format("{}{}", host, i),
                                                .first_byte = host[0] == 's' ? 7'000 : 1};
    }
  }
  options_.per_address = 8;
  Begin({Filed("a.test"), Filed("b.test"), Filed("slow.test")});
  const Millis start = clock_.Now();
  RunToTheEnd();
  std::map<std::string, Millis> last;
  for (const Asked& asked : asked_) {
    const std::string host(Url::Parse(asked.url)->host());
    if (auto before = last.find(host); before != last.end()) {
      EXPECT_GE(asked.at - before->second, 1'000) << asked.url;
    }
    last[host] = asked.at;
  }
  EXPECT_EQ(last["a.test"] - start, last["b.test"] - start) << "side by side";
  EXPECT_LT(last["a.test"] - start, 9'000);
  EXPECT_GT(last["slow.test"] - start, 28'000) << "a slow server sets the pace itself";
}

TEST_F(World, OneServerIsNotAskedForMoreThanItsShareAtOnce) {
  std::vector<Site> sites;
  for (int i = 0; i < 6; ++i) {
    const std::string home = fmt::format("http://v{}.test/", i);
    web_[home] = {.body = home, .links = {"/1.html"}};
    web_[home + "1.html"] = {.body = home + "1"};
    sites.push_back(Filed(home));
  }
  Begin(std::move(sites));
  size_t most = 0;
  while (!frontier_->Done()) {
    ASSERT_TRUE(frontier_->Tend().ok());
    const bool first_round = asked_.size() < 6;  // until it has answered, its address is not known
    if (!Send()) clock_.Advance(std::max<Millis>(1, frontier_->Patience()));
    if (!first_round) most = std::max(most, air_.size());
    Land();
    ASSERT_LT(asked_.size(), 100u);
  }
  EXPECT_EQ(most, limits::kPerAddressMax);
  EXPECT_THAT(Pages(), SizeIs(12)) << "and everybody got a turn";
}

TEST_F(World, CrawlDelayIsHonouredAndSitemapsAreRead) {
  web_["http://a.test/robots.txt"] = {
      .body = "User-agent: *\nCrawl-delay: 20\nDisallow: /x\nSitemap: /map.xml\n"};
  web_["http://a.test/"] = {.body = "home", .links = {"/x/1.html"}};
  web_["http://a.test/x/1.html"] = {.body = "1"};
  web_["http://a.test/map.xml"] = {.body = "map", .links = {"/only-in-map.html"}};
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://a.test/only-in-map.html"), 1u);
  EXPECT_EQ(TimesAsked("http://a.test/sitemap.xml"), 0u) << "robots.txt named another";
  for (size_t i = 2; i < asked_.size(); ++i) EXPECT_GE(asked_[i].at - asked_[i - 1].at, 20'000);
  // Under the letter Disallow exempts nothing, but the verdict is kept.
  ASSERT_EQ(TimesAsked("http://a.test/x/1.html"), 1u);
  for (const Asked& asked : asked_)
    EXPECT_EQ(asked.disallowed, asked.url.find("/x/") != std::string::npos) << asked.url;
  EXPECT_EQ(ReportOn("a.test").crawl_delay, 20'000);

  EndRun();
  clock_.Advance(-2 * 3'600'000);  // 22 hours after
  BeginAgain();
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://a.test/robots.txt"), 0u) << "cached for a day";
}

TEST_F(World, AStrictSiteIsObeyedToTheLetter) {
  web_["http://a.test/robots.txt"] = {.body = "User-agent: *\nDisallow: /x\n"};
  web_["http://a.test/"] = {.body = "home", .links = {"/x/1.html", "/y.html"}};
  web_["http://a.test/y.html"] = {.body = "y"};
  web_["http://down.test/robots.txt"] = {.status = 500};
  web_["http://down.test/"] = {.body = "home"};
  web_["http://none.test/robots.txt"] = {.status = 403};
  web_["http://none.test/"] = {.body = "home"};
  std::vector<Site> sites = {Filed("a.test"), Filed("down.test"), Filed("none.test")};
  for (Site& site : sites) site.strict_robots = true;
  Begin(std::move(sites));
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://a.test/x/1.html"), 0u);
  EXPECT_EQ(TimesAsked("http://a.test/y.html"), 1u);
  EXPECT_EQ(Left("a.test", "robots"), 1u + 1u) << "the page, and the probe of its folder";
  EXPECT_EQ(TimesAsked("http://down.test/"), 0u) << "unreachable: complete disallow";
  EXPECT_THAT(ReportOn("down.test").notes, Contains(HasSubstr("robots.txt 读不到")));
  EXPECT_EQ(TimesAsked("http://none.test/"), 1u) << "4xx: no restrictions";
}

TEST_F(World, RetryAfterIsTakenAtItsWord) {
  web_["http://a.test/"] = {.body = "home", .links = {"/1.html"}};
  int refusals = 0;
  otherwise_ = [&](const std::string& url) -> Answer {
    if (url != "http://a.test/1.html") return {.status = 404};
    if (refusals++ == 0) return {.status = 429, .retry_after = 120'000};
    return {.body = "1"};
  };
  Begin({Filed("a.test")});
  RunToTheEnd();
  ASSERT_EQ(TimesAsked("http://a.test/1.html"), 2u);
  std::vector<Millis> at;
  for (const Asked& asked : asked_) at.push_back(asked.at);
  Millis longest = 0;
  for (size_t i = 1; i < at.size(); ++i) longest = std::max(longest, at[i] - at[i - 1]);
  EXPECT_GE(longest, 120'000);
  EXPECT_EQ(ReportOn("a.test").totals.pages, 2u);
}

TEST_F(World, AHostThatKeepsRefusingIsLeftAndRemembered) {
  web_["http://a.test/"] = {.status = 503};
  web_["http://b.test/"] = {.body = "b"};
  otherwise_ = [](const std::string& url) -> Answer {
    return {.status = static_cast<uint16_t>(url.find("//a.") != url.npos ? 503 : 404)};
  };
  Begin({Filed("a.test"), Filed("b.test")});
  const Millis start = clock_.Now();
  RunToTheEnd();
  EXPECT_EQ(ReportOn("a.test").ending, Ending::kRefused);
  EXPECT_EQ(ReportOn("b.test").ending, Ending::kExhausted);
  EXPECT_LE(asked_.size(), 3u + 4u);
  EXPECT_GE(clock_.Now() - start, 180'000) << "60 s, then 120 s";

  // The next session finds it asleep.
  run_.ended = clock_.Now();
  ASSERT_TRUE(store_->EndRun(run_).ok());
  const Millis again = clock_.Now();
  BeginAgain();
  RunToTheEnd();
  for (const Asked& asked : asked_) {
    if (asked.url.find("//a.") != std::string::npos) {
      EXPECT_GE(asked.at - again, 200'000);
    }
  }
}

TEST_F(World, ABlackHoleCostsItsNeighboursNothing) {
  web_["http://a.test/"] = {.body = "home", .links = {"/1.html"}};
  web_["http://a.test/1.html"] = {.body = "1"};
  otherwise_ = [](const std::string& url) -> Answer {
    return {.status = 404, .dead = url.find("dead") != url.npos};
  };
  web_["http://half.test/"] = {.body = "home", .links = {"http://half.test:81/x.html", "/y.html"}};
  web_["http://half.test/y.html"] = {.body = "y"};
  for (const char* file : {"x.html", "robots.txt", "sitemap.xml"})
    web_[fmt::format("http://half.test:81/{}", file)] = {.dead = true};
  Site half = Filed("http://half.test/");
  half.ports = {80, 81};
  Begin({Filed("dead.test"), Filed("a.test"), half});
  RunToTheEnd();
  EXPECT_EQ(ReportOn("dead.test").ending, Ending::kUnreachable);
  EXPECT_LE(TimesAsked("http://dead.test/"), 3u);
  EXPECT_EQ(ReportOn("a.test").ending, Ending::kExhausted);
  EXPECT_EQ(TimesAsked("http://half.test/y.html"), 1u) << "only the lane of the dead port is left";
  EXPECT_EQ(ReportOn("half.test").ending, Ending::kUnreachable);
  // What stands on record is a failure, not nothing.
  bool recorded = false;
  ASSERT_TRUE(
      store_
          ->EachObservation("dead.test", run_.id,
                            [&](const Observation& seen) { return recorded = seen.status == 0; })
          .ok());
  EXPECT_TRUE(recorded);
}

TEST_F(World, TransientFailuresAreAskedForAgainAndThenRecorded) {
  web_["http://a.test/"] = {.body = "home", .links = {"/once.html", "/always.html"}};
  int times = 0;
  otherwise_ = [&](const std::string& url) -> Answer {
    if (url == "http://a.test/always.html") return {.status = 500, .body = "error"};
    if (url != "http://a.test/once.html") return {.status = 404};
    return times++ == 0 ? Answer{.status = 502} : Answer{.body = "once"};
  };
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_EQ(TimesAsked("http://a.test/once.html"), 2u);
  EXPECT_EQ(TimesAsked("http://a.test/always.html"), 1u + limits::kRetriesMax);
  EXPECT_EQ(ReportOn("a.test").totals.pages, 3u);
}

TEST_F(World, BudgetsBindAndTheRestComesFirstNextTime) {
  web_["http://a.test/"] = {.body = "home"};
  for (int i = 0; i < 30; ++i) {
    web_["http://a.test/"].links.push_back(fmt::format("/{}.html", i));
    web_[fmt::format("http://a.test/{}.html", i)] = {.body = fmt::format("page {}", i)};
  }
  Site site = Filed("a.test");
  site.budget.pages = 16;
  Begin({site});
  RunToTheEnd();
  EXPECT_THAT(Pages(), SizeIs(16));
  EXPECT_EQ(ReportOn("a.test").ending, Ending::kPages);
  EXPECT_EQ(ReportOn("a.test").carried_over, 15u);
  std::vector<std::string> first = Pages();
  EndRun();
  BeginAgain();
  RunToTheEnd();
  std::set<std::string> both(first.begin(), first.end());
  for (const std::string& page : Pages()) both.insert(page);
  EXPECT_EQ(both.size(), 31u) << "two nights see what one could not";
}

TEST_F(World, TimeAndBytesAndDepthBindToo) {
  const auto chain = [](const std::string& url) -> Answer {
    const Url parsed = *Url::Parse(url);
    const int at = std::atoi(std::string(parsed.path().substr(1)).c_str());
    if (parsed.path() != "/" && at == 0) return {.status = 404};
    return {.body = std::string(1000, 'x') + url, .links = {fmt::format("/{}", at + 1)}};
  };
  otherwise_ = chain;
  Site time = Filed("time.test"), bytes = Filed("bytes.test"), depth = Filed("depth.test");
  time.budget.time = 20'000;
  bytes.budget.bytes = 10'000;
  depth.budget.depth = 4;
  options_.per_address = 8;
  Begin({time, bytes, depth});
  RunToTheEnd();
  EXPECT_EQ(ReportOn("time.test").ending, Ending::kTime);
  EXPECT_LE(ReportOn("time.test").totals.pages, 20u);
  EXPECT_EQ(ReportOn("bytes.test").ending, Ending::kBytes);
  EXPECT_LE(ReportOn("bytes.test").totals.pages, 11u);
  EXPECT_EQ(ReportOn("depth.test").totals.pages, 5u);
  EXPECT_EQ(Left("depth.test", "depth"), 1u);
}

TEST_F(World, WhatMayChangeThingsIsRecordedAndNotTouched) {
  web_["http://a.test/"] = {.body = "home",
                            .links = {"/logout", "/list.php?action=delete&id=3", "/film.mp4"}};
  Begin({Filed("a.test")});
  RunToTheEnd();
  EXPECT_THAT(Pages(), ElementsAre("http://a.test/"));
  EXPECT_EQ(Left("a.test", "unsafe"), 2u);
  EXPECT_EQ(Left("a.test", "media"), 1u);
  EXPECT_THAT(ReportOn("a.test").left["unsafe"].examples, Contains("http://a.test/logout"));
}

TEST_F(World, PagesThatAreNotThereAndPagesAlikeAreNoted) {
  otherwise_ = [](const std::string& url) -> Answer {
    if (url.find("robots") != url.npos || url.find("sitemap") != url.npos) return {.status = 404};
    return {.body = "sorry, " + url, .simhash = 0xF0F0'F0F0'0000'0001};
  };
  web_["http://a.test/"] = {.body = "home",
                            .links = {"/gone.html", "/twin1.html", "/twin2.html", "/own.html"},
                            .simhash = 0x1234'5678'9ABC'DEF0};
  web_["http://a.test/twin1.html"] = {.body = "twin 1", .simhash = 0x0F00'FF00'00FF'0F0F};
  web_["http://a.test/twin2.html"] = {.body = "twin 2", .simhash = 0x0F00'FF00'00FF'0F0C};
  web_["http://a.test/own.html"] = {.body = "own", .simhash = 0x5555'AAAA'5555'AAAA};
  Begin({Filed("a.test")});
  RunToTheEnd();
  const auto kinds = [&](const std::string& url) {
    std::vector<SignalKind> list;
    for (const Signal& signal : signals_[url]) list.push_back(signal.kind);
    return list;
  };
  EXPECT_THAT(kinds("http://a.test/gone.html"), ElementsAre(SignalKind::kSoft404));
  EXPECT_THAT(kinds("http://a.test/own.html"), IsEmpty());
  EXPECT_THAT(kinds("http://a.test/"), IsEmpty());
  EXPECT_EQ(kinds("http://a.test/twin1.html").size() + kinds("http://a.test/twin2.html").size(), 1u)
      << "the later one is like the earlier";
}

TEST_F(World, ASiteTakenOverIsLetGo) {
  web_["http://a.test/"] = {.body = "home", .links = {"/1.html", "/2.html"}};
  Begin({Filed("a.test")});
  Step();
  // Somebody else gets the site: its lease ran out while this process slept.
  clock_.Advance(2 * limits::kLeaseMillis);
  ASSERT_TRUE(store_->ledger().Acquire("a.test", run_.id, clock_.Now(), limits::kLeaseMillis).ok());
  RunToTheEnd(20);
  EXPECT_EQ(ReportOn("a.test").ending, Ending::kLease);
  EXPECT_FALSE(*store_->SiteDone("a.test", run_.id)) << "it is the other's to finish";
}

TEST_F(World, ReportsAreKept) {
  web_["http://a.test/"] = {.body = "home", .links = {"/logout"}};
  Begin({Filed("a.test")});
  RunToTheEnd();
  Result<std::optional<NightReport>> kept = ReportOf(*store_, run_.id, "a.test");
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->ending, Ending::kExhausted);
  EXPECT_EQ((*kept)->totals.pages, 1u);
  EXPECT_EQ((*kept)->left["unsafe"].count, 1u);
  EXPECT_THAT((*kept)->left["unsafe"].examples, ElementsAre("http://a.test/logout"));
  BeginAgain();
  EXPECT_TRUE(frontier_->Done()) << "a site is done once a run";
  EXPECT_EQ(frontier_->Count().totals.pages, 1u);
}

TEST_F(World, AnUnknownSiteIsAnError) {
  options_.only = {"nowhere.test"};
  registry_ = std::make_unique<Registry>(std::vector<Site>{Filed("a.test")});
  Frontier frontier(*store_, *registry_, clock_, options_);
  const Status begun = frontier.Begin({.id = 1});
  ASSERT_FALSE(begun.ok());
  EXPECT_EQ(begun.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace xuncha
