// Retention: a table of classes, holds and times; a story of a store that is
// audited, held, purged and asked again; what cannot be taken away by a wrong
// clock; and that no byte of what went is left in the files.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "base/limits.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/snapshots.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

constexpr Millis kDay = 86'400'000;
constexpr RetentionPolicy kPolicy{.routine = 184 * kDay, .findings = 300 * kDay};

std::string UrlOf(std::string_view site, int i) { return fmt::format("http://{}/{}", site, i); }

// Bytes that no compression makes shorter.
std::string Noise(std::string_view seed, size_t bytes) {
  std::string noise;
  for (uint64_t i = 0; noise.size() < bytes; ++i)
    noise += Sha256(fmt::format("{} {}", seed, i)).view();
  noise.resize(bytes);
  return noise;
}

// Whether any file below the directory holds the bytes.
std::vector<std::string> FilesWith(const std::string& directory, std::string_view bytes) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(file)), {});
    if (all.find(bytes) != std::string::npos) found.push_back(entry.path());
  }
  return found;
}

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() { Reopen(); }

  std::string directory() const { return place_.path() + "/store"; }
  void Reopen() {
    store_.reset();
    store_ = Must(Store::Open({.directory = directory(),
                               .create = true,
                               .memory = 8 << 20,
                               .clock = &clock_,
                               .who = "tester"}));
  }
  void Register(const std::vector<std::string>& ids) {
    sites_.clear();
    for (const std::string& id : ids) sites_.push_back(MakeSite(id));
    Must(store_->ReplaceSites(sites_));
  }
  const Site& SiteOf(std::string_view id) const {
    return *std::find_if(sites_.begin(), sites_.end(), [&](const Site& s) { return s.id == id; });
  }

  // A run over one page of each of the given sites.
  using Make = std::function<Page(const Site& site)>;
  uint64_t Night(const std::vector<std::pair<std::string, Make>>& pages) {
    xuncha::Run run = Must(store_->BeginRun(rules_, config_, clock_.Now())).run;
    for (const auto& [site, make] : pages) {
      const Lease lease = Must(store_->ledger().Acquire(site, run.id, clock_.Now(), kDay));
      const Page page = make(SiteOf(site));
      Must(store_->ledger().Commit(lease, {{.page = &page}}, clock_.Now()));
      Must(store_->ledger().Release(lease, true));
    }
    run.ended = clock_.Now() + 1000;
    Must(store_->EndRun(run));
    return run.id;
  }
  Make Body(int i, std::string body) {
    return [=, this](const Site& site) {
      return MakePage(site, UrlOf(site.id, i), body, clock_.Now());
    };
  }
  Make Same(int i) {
    return [=, this](const Site& site) {
      return MakeUnchanged(site, UrlOf(site.id, i), clock_.Now());
    };
  }
  Make Bad(int i, std::string body, Severity severity = Severity::kHigh) {
    return [=, this](const Site& site) {
      Page page = MakePage(site, UrlOf(site.id, i), body, clock_.Now());
      page.findings = {MakeFinding(UrlOf(site.id, i), "词" + body.substr(0, 4), severity)};
      return page;
    };
  }
  // Days go by with a run of nothing each week, so that the clock stays credible.
  void Pass(int days) {
    for (; days > 7; days -= 7) {
      clock_.Advance(7 * kDay);
      Night({});
    }
    clock_.Advance(days * kDay);
    Night({});
  }
  PurgeOptions Options() const { return {.policy = kPolicy, .now = clock_.Now()}; }
  PurgeReport Purge() { return Must(store_->Purge(Options())); }
  bool HasRun(uint64_t run) {
    const std::vector<xuncha::Run> runs = Must(store_->Runs());
    return std::any_of(runs.begin(), runs.end(), [&](const auto& r) { return r.id == run; });
  }
  bool Kept(std::string_view site, int i, uint64_t run) {
    return Must(store_->ObservationOf(site, UrlOf(site, i), run)).has_value();
  }
  bool HasBody(std::string_view body) { return Must(store_->blobs().Exists(Sha256(body))); }
  StoreReport Check() { return Must(store_->Check({})); }
  void ExpectWhole() {
    const StoreReport report = Check();
    EXPECT_EQ(report.damaged, 0u) << (report.faults.empty() ? "" : report.faults[0].text);
  }
  std::vector<std::string> Deeds(std::string_view kind) {
    std::vector<std::string> deeds;
    Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
      if (entry.kind == kind) deeds.push_back(entry.what);
      return true;
    }));
    return deeds;
  }
  Hold HoldOn(Hold scope) {
    scope.by = "甲";
    scope.reason = "配合调查";
    scope.reference = "公网安〔2026〕1号";
    return Must(store_->holds().Place(std::move(scope), clock_.Now()));
  }

  TempDirectory place_{QuickPlace()};
  FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::vector<Site> sites_;
  Digest rules_ = Sha256("rules"), config_ = Sha256("config");
};

TEST_F(RetentionTest, KeepsEachClassForItsTime) {
  struct Case {
    std::string_view why;
    Severity severity;
    bool finding;
    int days;  // since it was made
    bool stays;
  };
  constexpr Case kCases[] = {
      {"routine, young", Severity::kHint, false, 20, true},
      {"routine, on its last day", Severity::kHint, false, 183, true},
      {"routine, expired", Severity::kHint, false, 185, false},
      {"a hint is routine", Severity::kHint, true, 185, false},
      {"a finding outlasts it", Severity::kLow, true, 185, true},
      {"a finding on its last day", Severity::kHigh, true, 299, true},
      {"a finding expired", Severity::kHigh, true, 301, false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    store_.reset();
    std::filesystem::remove_all(directory());
    Reopen();
    Register({"a.test"});
    const uint64_t run =
        Night({{"a.test", c.finding ? Bad(1, "old body", c.severity) : Body(1, "old body")}});
    clock_.Advance(kDay);
    Night({{"a.test", Body(1, "new body")}});  // so that the old one is not the last
    Pass(c.days - 1);
    Night({{"a.test", Same(1)}});
    const PurgeReport report = Purge();
    EXPECT_EQ(Kept("a.test", 1, run), c.stays);
    EXPECT_EQ(HasBody("old body"), c.stays);
    EXPECT_EQ(HasRun(run), c.stays);
    EXPECT_EQ(FindingsOf(store_->cases(), "a.test").size(), c.finding && c.stays ? 1u : 0u);
    EXPECT_EQ(report.observations[0].records + report.observations[1].records == 0, c.stays);
    EXPECT_TRUE(HasBody("new body"));
    ExpectWhole();
  }
}

TEST_F(RetentionTest, TakesFindingsAndTheirExcerptsWithTheLastObservation) {
  Register({"a.test"});
  Night({{"a.test", Bad(1, "bad body")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "clean body")}});
  const Incident incident = IncidentsOf(store_->cases()).at(0);
  Pass(200);
  Night({{"a.test", Same(1)}});
  Purge();
  ASSERT_EQ(FindingsOf(store_->cases(), "a.test").size(), 1u);
  // An officer's word on the incident makes its evidence stay as long again.
  Must(Decide(*store_, incident, CaseDeed::kJudgeViolation, clock_.Now()));
  Pass(200);
  Night({{"a.test", Same(1)}});
  Purge();
  EXPECT_EQ(FindingsOf(store_->cases(), "a.test").size(), 1u);
  EXPECT_TRUE(HasBody("bad body"));
  Pass(120);
  Night({{"a.test", Same(1)}});
  Purge();
  EXPECT_TRUE(FindingsOf(store_->cases(), "a.test").empty());
  EXPECT_FALSE(HasBody("bad body"));
  ASSERT_EQ(IncidentsOf(store_->cases()).size(), 1u) << "what officers did is kept";
  EXPECT_TRUE(IncidentsOf(store_->cases())[0].findings.empty());
  EXPECT_FALSE(EventsOf(store_->cases(), incident.id).empty());
  ExpectWhole();
}

TEST_F(RetentionTest, KeepsTheFullObservationThatAYoungShortOneLeansOn) {
  Register({"a.test"});
  const uint64_t full = Night({{"a.test", Body(1, "steady")}});
  std::vector<uint64_t> shorts;
  for (int week = 0; week < 40; ++week) {
    clock_.Advance(7 * kDay);
    shorts.push_back(Night({{"a.test", Same(1)}}));
  }
  const PurgeReport report = Purge();
  EXPECT_EQ(report.leaned_on, 1u);
  EXPECT_TRUE(Kept("a.test", 1, full));
  EXPECT_FALSE(Kept("a.test", 1, shorts.front()));
  EXPECT_TRUE(Kept("a.test", 1, shorts.back()));
  EXPECT_TRUE(HasBody("steady"));
  EXPECT_EQ(Must(store_->ObservationOf("a.test", UrlOf("a.test", 1), shorts.back()))->body,
            Sha256("steady"));
  ExpectWhole();
  // When the page has changed and the last short one has expired, it goes, too.
  clock_.Advance(7 * kDay);
  Night({{"a.test", Body(1, "changed")}});
  Pass(190);
  Night({{"a.test", Same(1)}});
  Purge();
  EXPECT_FALSE(Kept("a.test", 1, full));
  EXPECT_FALSE(HasBody("steady"));
  ExpectWhole();
}

TEST_F(RetentionTest, KeepsABodyThatAnotherSiteStillShows) {
  Register({"a.test", "b.test"});
  Night({{"a.test", Body(1, "shared")}, {"a.test", Body(2, "alone")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "other")}, {"a.test", Body(2, "other")}});
  Pass(100);
  Night({{"b.test", Body(1, "shared")}});
  Pass(100);
  Purge();
  EXPECT_TRUE(HasBody("shared"));
  EXPECT_FALSE(HasBody("alone"));
  ExpectWhole();
}

TEST_F(RetentionTest, HoldsWinOverEveryExpiry) {
  struct Case {
    std::string_view why;
    Hold scope;
    bool keeps_page, keeps_other, keeps_elsewhere;
  };
  const Millis start = clock_.Now();
  const std::string url = UrlOf("a.test", 1);
  const Case cases[] = {
      {"no hold", {}, false, false, false},
      {"the site", {.site = "a.test"}, true, true, false},
      {"another site", {.site = "b.test"}, false, false, true},
      {"the URL", {.url = url}, true, false, false},
      {"a stretch of time around it",
       {.from = start - 1, .until = start + kDay / 2},
       true,
       true,
       true},
      {"a stretch of time behind it", {.from = start + kDay / 2}, false, false, false},
      {"time and site", {.site = "b.test", .until = start + kDay / 2}, false, false, true},
      {"the incident", {.incident = StableId({"a.test", "gambling"})}, true, false, false},
      {"a URL in another time", {.url = url, .from = start + 30 * kDay}, false, false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    store_.reset();
    std::filesystem::remove_all(directory());
    clock_.Step(start - clock_.Now());
    Reopen();
    Register({"a.test", "b.test"});
    const uint64_t run = Night({{"a.test", Bad(1, "page body")},
                                {"a.test", Body(2, "other body")},
                                {"b.test", Body(1, "elsewhere")}});
    clock_.Advance(kDay);
    Night({{"a.test", Body(1, "x1")}, {"a.test", Body(2, "x2")}, {"b.test", Body(1, "x3")}});
    std::string id;
    const bool any = !c.scope.site.empty() || !c.scope.url.empty() || !c.scope.incident.empty() ||
                     c.scope.from != 0 || c.scope.until != 0;
    if (any) id = HoldOn(c.scope).id();
    Pass(320);
    Night({{"a.test", Same(1)}, {"a.test", Same(2)}, {"b.test", Same(1)}});
    Purge();
    EXPECT_EQ(Kept("a.test", 1, run), c.keeps_page);
    EXPECT_EQ(HasBody("page body"), c.keeps_page);
    EXPECT_EQ(FindingsOf(store_->cases(), "a.test").size(), c.keeps_page ? 1u : 0u);
    EXPECT_EQ(Kept("a.test", 2, run), c.keeps_other);
    EXPECT_EQ(HasBody("other body"), c.keeps_other);
    EXPECT_EQ(Kept("b.test", 1, run), c.keeps_elsewhere);
    EXPECT_EQ(HasBody("elsewhere"), c.keeps_elsewhere);
    EXPECT_EQ(HasRun(run), c.keeps_page || c.keeps_other || c.keeps_elsewhere);
    ExpectWhole();
    if (!any) continue;
    Must(store_->holds().Lift(id, {.by = "甲", .approved_by = "乙", .reason = "案件办结"},
                              clock_.Now()));
    Purge();
    EXPECT_FALSE(Kept("a.test", 1, run));
    EXPECT_FALSE(Kept("a.test", 2, run));
    EXPECT_FALSE(Kept("b.test", 1, run));
    EXPECT_FALSE(HasBody("page body"));
    EXPECT_FALSE(HasRun(run));
    ExpectWhole();
  }
}

TEST_F(RetentionTest, AHoldOnAnIncidentFollowsIt) {
  Register({"a.test"});
  Night({{"a.test", Bad(1, "first bad body")}});
  const Hold hold = HoldOn({.incident = StableId({"a.test", "gambling"})});
  EXPECT_EQ(hold.covered, 1u);
  clock_.Advance(kDay);
  const uint64_t later = Night({{"a.test", Bad(2, "later bad body")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "x1")}, {"a.test", Body(2, "x2")}});
  Pass(320);
  Night({{"a.test", Same(1)}, {"a.test", Same(2)}});
  Purge();
  EXPECT_TRUE(Kept("a.test", 2, later));
  EXPECT_TRUE(HasBody("later bad body"));
  ExpectWhole();
}

TEST_F(RetentionTest, AHoldThatRanOutIsLiftedByThePurgeThatSeesIt) {
  Register({"a.test"});
  const uint64_t run = Night({{"a.test", Body(1, "old")}});
  Hold hold = HoldOn({.site = "a.test", .expires = clock_.Now() + 250 * kDay});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "new")}});
  Pass(200);
  Night({{"a.test", Same(1)}});
  EXPECT_EQ(Purge().held, 2u);
  EXPECT_TRUE(Kept("a.test", 1, run));
  Pass(100);
  Night({{"a.test", Same(1)}});
  Purge();
  EXPECT_FALSE(Kept("a.test", 1, run));
  hold = Must(store_->holds().ById(hold.id()));
  EXPECT_EQ(hold.released_by, "xuncha");
  EXPECT_EQ(Deeds("hold-expire").size(), 1u);
  ExpectWhole();
}

TEST_F(RetentionTest, HoldsAreMadeWithReasonsAndLiftedByTwo) {
  Register({"a.test"});
  Night({{"a.test", Body(1, "body")}});
  HoldBook& holds = store_->holds();
  const Hold good{.site = "a.test", .by = "甲", .reason = "调查", .reference = "1号"};
  struct Case {
    std::string_view why;
    std::function<void(Hold&)> change;
    Code want;
  };
  const Case cases[] = {
      {"nobody", [](Hold& h) { h.by = " "; }, Code::kInvalid},
      {"no reason", [](Hold& h) { h.reason = ""; }, Code::kInvalid},
      {"no letter", [](Hold& h) { h.reference = ""; }, Code::kInvalid},
      {"no scope", [](Hold& h) { h.site = ""; }, Code::kInvalid},
      {"no such site", [](Hold& h) { h.site = "z.test"; }, Code::kNotFound},
      {"no such incident", [](Hold& h) { h.incident = "ff"; }, Code::kNotFound},
      {"nobody knows the URL", [](Hold& h) { h.site = "", h.url = "http://z.test/"; },
       Code::kNotFound},
      {"no URL", [](Hold& h) { h.url = "a b"; }, Code::kInvalid},
      {"ends before it begins", [](Hold& h) { h.from = 5, h.until = 5; }, Code::kInvalid},
      {"expired before it began", [](Hold& h) { h.expires = 1; }, Code::kInvalid},
      {"too many words", [](Hold& h) { h.reason.assign(5000, 'x'); }, Code::kInvalid},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    Hold hold = good;
    c.change(hold);
    const Result<Hold> placed = holds.Place(hold, clock_.Now());
    ASSERT_FALSE(placed.ok());
    EXPECT_EQ(placed.error().code, c.want) << placed.error().text;
  }
  EXPECT_EQ(Must(holds.Place(good, clock_.Now())).id(), "H1");
  EXPECT_EQ(Must(holds.Place(good, clock_.Now())).id(), "H2");
  EXPECT_EQ(holds.Lift("H1", {"甲", "甲", "办结"}, clock_.Now()).error().code, Code::kInvalid);
  EXPECT_EQ(holds.Lift("H1", {"甲", "", "办结"}, clock_.Now()).error().code, Code::kInvalid);
  EXPECT_EQ(holds.Lift("H9", {"甲", "乙", "办结"}, clock_.Now()).error().code, Code::kNotFound);
  EXPECT_EQ(holds.Lift("x", {"甲", "乙", "办结"}, clock_.Now()).error().code, Code::kNotFound);
  Must(holds.Lift("h1", {"甲", "乙", "办结"}, clock_.Now()));
  EXPECT_EQ(holds.Lift("1", {"甲", "乙", "办结"}, clock_.Now()).error().code, Code::kConflict);
  EXPECT_EQ(Must(holds.Place(good, clock_.Now())).id(), "H3") << "numbers are not used again";
  EXPECT_EQ(Deeds("hold-place").size(), 3u);
  EXPECT_EQ(Deeds("hold-release").size(), 1u);
}

TEST_F(RetentionTest, FindsThatSomethingHeldIsMissing) {
  Register({"a.test"});
  const uint64_t run = Night({{"a.test", Body(1, "held body")}});
  Night({{"a.test", Body(1, "next body")}});
  HoldOn({.site = "a.test"});
  EXPECT_EQ(Check().held, 2u);
  const std::string key = ObservationKey("a.test", run, UrlOf("a.test", 1));
  store_.reset();
  {
    const auto database = Must(Database::Open({.directory = directory(), .memory = 8 << 20}));
    Batch batch(*database);
    batch.Delete(Family::kObservations, key);
    Must(batch.Commit());
  }
  Reopen();
  const StoreReport report = Check();
  ASSERT_EQ(report.damaged, 1u);
  EXPECT_NE(report.faults[0].text.find("holds"), std::string::npos) << report.faults[0].text;
}

TEST_F(RetentionTest, SaysWhereHistoryBeginsAndTakesThatForNoDamage) {
  Register({"a.test"});
  const uint64_t first = Night({{"a.test", Bad(1, "bad")}});
  HoldOn({.until = clock_.Now() + 1});
  clock_.Advance(kDay);
  const uint64_t second = Night({{"a.test", Bad(1, "bad")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "good")}});
  Pass(320);
  Night({{"a.test", Same(1)}});
  Purge();
  // The finding stays for the held observation, its last one has gone.
  EXPECT_TRUE(Kept("a.test", 1, first));
  EXPECT_FALSE(Kept("a.test", 1, second));
  const StoreReport report = Check();
  EXPECT_EQ(report.damaged, 0u) << (report.faults.empty() ? "" : report.faults[0].text);
  EXPECT_EQ(report.purged, 1u);
  EXPECT_GT(report.purged_below, second);
}

TEST_F(RetentionTest, ForgetsUrlsThatAreGoneForEverAndKeepsTheAddressesOfOthers) {
  Register({"a.test", "b.test", "c.test"});
  const auto missing = [&](const Site& site) {
    Page page = MakePage(site, UrlOf(site.id, 1), "not there", clock_.Now());
    page.response.status = 404;
    return page;
  };
  Night({{"a.test", Body(1, "was here")}, {"b.test", Body(1, "b body")}, {"c.test", Body(1, "c")}});
  Register({"a.test", "b.test"});
  Must(store_->RemoveSite("c.test"));
  for (int week = 0; week < 30; ++week) {
    clock_.Advance(7 * kDay);
    Night({{"a.test", missing}});
  }
  const PurgeReport report = Purge();
  EXPECT_EQ(report.urls.records, 2u) << "a.test answered 404 all the time; c.test is none of ours";
  EXPECT_EQ(report.forgotten, 1u) << "nobody asked b.test, but it is still to be asked";
  EXPECT_FALSE(Must(store_->UrlOf("a.test", UrlOf("a.test", 1))).has_value());
  EXPECT_FALSE(Must(store_->UrlOf("c.test", UrlOf("c.test", 1))).has_value());
  const auto b = Must(store_->UrlOf("b.test", UrlOf("b.test", 1)));
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(b->last_run, 0u);
  EXPECT_TRUE(b->body.empty() && b->etag.empty());
  EXPECT_FALSE(HasBody("b body"));
  ExpectWhole();
  Night({{"b.test", Body(1, "b body")}});
  ExpectWhole();
}

TEST_F(RetentionTest, ATwiceStrangeClockTakesNothingAway) {
  Register({"a.test"});
  const uint64_t run = Night({{"a.test", Body(1, "old")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "new")}});
  // Set forward by years, then a run.
  clock_.Step(4 * 365 * kDay);
  Result<PurgeReport> report = store_->Purge(Options());
  EXPECT_EQ(report.error().code, Code::kDenied);
  Night({{"a.test", Same(1)}});
  clock_.Advance(kDay);
  Night({{"a.test", Same(1)}});
  report = store_->Purge(Options());
  ASSERT_FALSE(report.ok()) << "a run by the wrong clock proves nothing";
  EXPECT_EQ(report.error().code, Code::kDenied);
  EXPECT_TRUE(Kept("a.test", 1, run));
  // Set back: before the last entry.
  clock_.Step(-4 * 365 * kDay);
  report = store_->Purge(Options());
  EXPECT_EQ(report.error().code, Code::kDenied);
  EXPECT_NE(report.error().text.find("--clock-is-right"), std::string::npos);
  // A person has looked at it.
  PurgeOptions options = Options();
  options.clock_is_right = true;
  options.who = PurgeOptions::Who::kProgram;
  EXPECT_EQ(store_->Purge(options).error().code, Code::kDenied);
  options.who = PurgeOptions::Who::kPerson;
  EXPECT_TRUE(Must(store_->Purge(options)).empty()) << "by the right clock nothing has expired";
  EXPECT_TRUE(Kept("a.test", 1, run));
}

TEST_F(RetentionTest, ALongHolidayIsConfirmedOnce) {
  Register({"a.test"});
  const uint64_t run = Night({{"a.test", Body(1, "old")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "new")}});
  Pass(190);
  clock_.Advance(40 * kDay);
  Night({{"a.test", Same(1)}});
  PurgeOptions options = Options();
  EXPECT_EQ(store_->Purge(options).error().code, Code::kDenied);
  options.clock_is_right = true;
  EXPECT_FALSE(Must(store_->Purge(options)).empty());
  EXPECT_FALSE(Kept("a.test", 1, run));
  EXPECT_NE(Deeds("purge-begin").at(0).find("时钟"), std::string::npos);
  Pass(14);
  EXPECT_TRUE(store_->Purge(Options()).ok());
}

TEST_F(RetentionTest, TheProgramDoesNotShortenWhatWasPromised) {
  Register({"a.test"});
  const uint64_t run = Night({{"a.test", Body(1, "old")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "new")}});
  Pass(200);
  Night({{"a.test", Same(1)}});
  PurgeOptions options = Options();
  options.policy = {.routine = 366 * kDay, .findings = 1096 * kDay};
  EXPECT_TRUE(Must(store_->Purge(options)).empty());
  options.policy = kPolicy;
  options.who = PurgeOptions::Who::kProgram;
  EXPECT_EQ(store_->Purge(options).error().code, Code::kDenied);
  EXPECT_TRUE(Kept("a.test", 1, run));
  options.who = PurgeOptions::Who::kPerson;
  Must(store_->Purge(options));
  EXPECT_FALSE(Kept("a.test", 1, run));
  options.policy.routine = 30 * kDay;
  EXPECT_EQ(store_->Purge(options).error().code, Code::kInvalid) << "the law asks for more";
}

TEST_F(RetentionTest, ADryRunSaysTheSameAndChangesNothing) {
  Register({"a.test", "b.test"});
  Night({{"a.test", Bad(1, "bad body")}, {"b.test", Body(1, "shared")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "shared")}, {"b.test", Body(1, "b new")}});
  Pass(320);
  Night({{"a.test", Same(1)}, {"b.test", Same(1)}});
  std::vector<std::string> said, done;
  PurgeOptions options = Options();
  options.mode = PurgeOptions::Mode::kDryRun;
  options.list = [&](const std::vector<std::string>& lines) {
    said.insert(said.end(), lines.begin(), lines.end());
    return Ok();
  };
  const uint64_t before = store_->Sequence();
  const PurgeReport dry = Must(store_->Purge(options));
  EXPECT_EQ(store_->Sequence(), before);
  options.mode = PurgeOptions::Mode::kPurge;
  options.list = [&](const std::vector<std::string>& lines) {
    done.insert(done.end(), lines.begin(), lines.end());
    return Ok();
  };
  const PurgeReport wet = Must(store_->Purge(options));
  EXPECT_EQ(dry.bodies.records, wet.bodies.records);
  EXPECT_EQ(dry.bodies.bytes, wet.bodies.bytes);
  EXPECT_EQ(dry.findings.records, 1u);
  for (size_t i = 0; i < kKeeps; ++i) {
    EXPECT_EQ(dry.observations[i].records, wet.observations[i].records);
    EXPECT_EQ(dry.observations[i].bytes, wet.observations[i].bytes);
  }
  std::erase_if(said, [](const std::string& line) { return line == "dry-run"; });
  std::erase_if(done, [](const std::string& line) { return line.starts_with("entry "); });
  EXPECT_EQ(said, done);
  EXPECT_FALSE(done.empty());
  ExpectWhole();
}

TEST_F(RetentionTest, TheListIsWhatTheChainSigned) {
  Register({"a.test"});
  for (int i = 0; i < 5; ++i) Night({{"a.test", Body(i, fmt::format("body {}", i))}});
  Pass(190);
  std::map<uint64_t, std::string> lists;
  PurgeOptions options = Options();
  options.list = [&](const std::vector<std::string>& lines) {
    EXPECT_TRUE(lines.at(0).starts_with("entry "));
    std::string& list = lists[std::stoull(lines[0].substr(6))];
    for (size_t i = 1; i < lines.size(); ++i) list += lines[i] + "\n";
    return Ok();
  };
  Must(store_->Purge(options));
  ASSERT_FALSE(lists.empty());
  for (const auto& [number, text] : lists) {
    const auto told = Must(store_->audit().EntryAt(number));
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->kind, "purge");
    EXPECT_EQ(RefOf(*told, "sha256"), Sha256(text).hex());
  }
  EXPECT_EQ(Deeds("purge-end").size(), 1u);
}

TEST_F(RetentionTest, NothingGoesThatCouldNotBeListed) {
  Register({"a.test"});
  const uint64_t run = Night({{"a.test", Body(1, "old body")}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "new body")}});
  Pass(190);
  PurgeOptions options = Options();
  options.list = [](const auto&) { return Error{Code::kSystem, "the disk is full"}; };
  const Result<PurgeReport> report = store_->Purge(options);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, Code::kSystem);
  EXPECT_TRUE(Kept("a.test", 1, run));
  EXPECT_TRUE(Deeds("purge").empty());
  Purge();
  EXPECT_FALSE(Kept("a.test", 1, run));
}

TEST_F(RetentionTest, WhatWasLearntOfASiteGoesWithItAndIsListed) {
  Register({"a.test", "b.test"});
  Night({{"a.test", Body(1, "a")}, {"b.test", Body(1, "b")}});
  store_.reset();
  {
    const auto database = Must(Database::Open({.directory = directory(), .memory = 8 << 20}));
    Batch batch(*database);
    for (const std::string_view site : {"a.test", "b.test"})
      PutRecord(batch, Family::kDictionaries, SiteDictionaryKey(site), SiteDictionary{});
    Must(batch.Commit());
  }
  Reopen();
  Must(store_->RemoveSite("b.test"));
  Pass(190);
  std::vector<std::string> said, done;
  PurgeOptions options = Options();
  options.mode = PurgeOptions::Mode::kDryRun;
  options.list = [&](const std::vector<std::string>& lines) {
    said.insert(said.end(), lines.begin() + 1, lines.end());
    return Ok();
  };
  Must(store_->Purge(options));
  options.mode = PurgeOptions::Mode::kPurge;
  options.list = [&](const std::vector<std::string>& lines) {
    done.insert(done.end(), lines.begin() + 1, lines.end());
    return Ok();
  };
  Must(store_->Purge(options));
  EXPECT_EQ(std::ranges::count(done, "site-dictionary b.test"), 1);
  EXPECT_EQ(std::ranges::count(done, "site-dictionary a.test"), 0) << "registered still";
  EXPECT_EQ(said, done);
  ExpectWhole();
}

TEST_F(RetentionTest, ReportsOfANightGoWithIt) {
  Register({"a.test"});
  const uint64_t old = Night({{"a.test", Body(1, "old")}});
  clock_.Advance(kDay);
  const uint64_t young = Night({{"a.test", Body(1, "new")}});
  for (const uint64_t run : {old, young})
    Must(store_->PutNote(fmt::format("report/{}/a.test", run), "{}"));
  Must(store_->PutNote("robots http://a.test", "User-agent: *"));
  Pass(190);
  Night({{"a.test", Same(1)}});
  Purge();
  EXPECT_FALSE(HasRun(old));
  EXPECT_FALSE(Must(store_->Note(fmt::format("report/{}/a.test", old))).has_value());
  EXPECT_EQ(Must(store_->Note(fmt::format("report/{}/a.test", young))).has_value(), HasRun(young));
  EXPECT_TRUE(Must(store_->Note("robots http://a.test")).has_value());
}

TEST_F(RetentionTest, AHoldThatIsNoneStopsAPurgeWithWords) {
  Register({"a.test"});
  Night({{"a.test", Body(1, "body")}});
  store_.reset();
  {
    const auto database = Must(Database::Open({.directory = directory(), .memory = 8 << 20}));
    Batch batch(*database);
    PutRecord(batch, Family::kHolds, "short", Hold{.site = "a.test"});
    Must(batch.Commit());
  }
  Reopen();
  EXPECT_EQ(store_->Purge(Options()).error().code, Code::kDamaged);
}

TEST_F(RetentionTest, AUrlOfASiteRegisteredNoMoreCanBeHeld) {
  Register({"a.test", "b.test"});
  Night({{"a.test", Body(1, "a")}, {"b.test", Body(1, "b")}});
  Must(store_->RemoveSite("b.test"));
  const Hold hold = HoldOn({.url = UrlOf("b.test", 1)});
  EXPECT_EQ(hold.site, "b.test");
  EXPECT_EQ(hold.covered, 1u);
  EXPECT_EQ(Must(store_->SitesKept()), (std::vector<std::string>{"a.test", "b.test"}));
}

TEST_F(RetentionTest, AReleaseIsFiledUnderWhatWasHeld) {
  Register({"a.test"});
  Night({{"a.test", Body(1, "body")}});
  const Hold hold = HoldOn({.site = "a.test"});
  Must(store_->holds().Lift(hold.id(), {.by = "甲", .approved_by = "乙", .reason = "办结"},
                            clock_.Now()));
  uint64_t filed = 0;
  Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
    filed += entry.kind == "hold-release" && RefOf(entry, "site") == "a.test" ? 1 : 0;
    return true;
  }));
  EXPECT_EQ(filed, 1u);
}

TEST_F(RetentionTest, StoppedAnywhereItGoesOnTheNextTime) {
  Register({"a.test"});
  constexpr int kPages = 40;
  for (int i = 0; i < kPages; ++i)
    Night({{"a.test", Body(i, fmt::format("body {} ", i) + Noise(std::to_string(i), 200))}});
  Pass(190);
  for (int asked_max = 1;; ++asked_max) {
    PurgeOptions options = Options();
    int asked = 0;
    options.progress = [&](std::string_view, uint64_t) { return ++asked < asked_max; };
    const Result<PurgeReport> report = store_->Purge(options);
    ExpectWhole();
    if (report) break;
    EXPECT_EQ(report.error().code, Code::kConflict);
    ASSERT_LT(asked_max, 100);
  }
  EXPECT_FALSE(Must(store_->LastPurge()).unfinished);
  for (int i = 0; i < kPages; ++i)
    EXPECT_FALSE(HasBody(fmt::format("body {} ", i) + Noise(std::to_string(i), 200)));
}

TEST_F(RetentionTest, ADifferenceIsMadeWholeBeforeWhatItLeansOnGoes) {
  Register({"a.test"});
  // Each version says something that the next takes back.
  const std::string common = Noise("common", 3000);
  const auto version = [&](int i) {
    return common + Noise("secret " + std::to_string(i), 100) + common.substr(0, 500);
  };
  Digest before;
  const auto night = [&](int i) {
    Night({{"a.test", [&](const Site& site) {
              Page page = MakePage(site, UrlOf(site.id, 1), version(i), clock_.Now());
              page.packed_body =
                  store_->snapshots()
                      .Pack(
                          {.digest = page.body_digest, .raw = page.response.body, .before = before})
                      .record;
              before = page.body_digest;
              return page;
            }}});
  };
  constexpr int kOld = 6, kAll = 12;
  for (int i = 0; i < kOld; ++i) {
    clock_.Advance(kDay);
    night(i);
  }
  Pass(176);
  for (int i = kOld; i < kAll; ++i) {
    clock_.Advance(kDay);
    night(i);
  }
  const auto secret = [](int i) { return Noise("secret " + std::to_string(i), 100); };
  // Bytes of what goes stand in the chain from which what stays is restored.
  EXPECT_FALSE(FilesWith(directory(), secret(1).substr(20, 40)).empty());
  const PurgeReport report = Purge();
  EXPECT_EQ(report.rewritten, 1u) << "the first of those that stay";
  for (int i = 0; i < kAll; ++i) {
    SCOPED_TRACE(i);
    const bool stays = HasBody(version(i));
    EXPECT_EQ(stays, i >= 4) << "made 184 days ago and more";
    if (stays) {
      EXPECT_EQ(Must(store_->blobs().Get(Sha256(version(i)))), version(i));
    }
    EXPECT_EQ(FilesWith(directory(), secret(i).substr(20, 40)).empty(), !stays);
  }
  ExpectWhole();
}

TEST_F(RetentionTest, NoByteOfWhatWentIsLeftInTheFiles) {
  Register({"a.test"});
  const std::string gone = Noise("gone", 4000), stays = Noise("stays", 4000);
  const std::string excerpt = Noise("excerpt", 600), title = Noise("title", 64);
  const auto bad = [&](const Site& site) {
    Page page = MakePage(site, UrlOf(site.id, 1), gone, clock_.Now());
    page.document.title = title;
    page.findings = {MakeFinding(UrlOf(site.id, 1), "词", Severity::kHigh)};
    page.findings[0].evidence[0].before = excerpt;
    return page;
  };
  Night({{"a.test", bad}, {"a.test", Body(2, stays)}});
  clock_.Advance(kDay);
  Night({{"a.test", Body(1, "clean")}});
  const std::string_view marker = std::string_view(gone).substr(1000, 48);
  const std::string_view words = std::string_view(excerpt).substr(100, 48);
  EXPECT_FALSE(FilesWith(directory(), marker).empty()) << "or the test would prove nothing";
  Pass(320);
  Night({{"a.test", Same(1)}, {"a.test", Same(2)}});
  const PurgeReport report = Purge();
  EXPECT_TRUE(report.compacted);
  // While it is open still: not only what a clean close would tidy.
  EXPECT_EQ(FilesWith(directory(), marker), std::vector<std::string>());
  EXPECT_EQ(FilesWith(directory(), words), std::vector<std::string>());
  EXPECT_EQ(FilesWith(directory(), title), std::vector<std::string>());
  EXPECT_FALSE(FilesWith(directory(), std::string_view(stays).substr(1000, 48)).empty());
  store_.reset();
  EXPECT_EQ(FilesWith(directory(), marker), std::vector<std::string>());
}

}  // namespace
}  // namespace xuncha::testing_support
