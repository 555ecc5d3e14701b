// Two ways to the same index: kept with every change, and made from the whole.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/index.h"

#include <gtest/gtest.h>

#include "store/casework.h"
#include "store/db.h"
#include "store/index_keeping.h"
#include "store/records.h"
#include "tests/unit/store/support.h"

namespace xuncha {
namespace {

using testing_support::Decide;
using testing_support::EventsOf;
using testing_support::MakeFinding;
using testing_support::MakePage;
using testing_support::MakeSite;
using testing_support::Must;
using testing_support::OpenStore;
using testing_support::TempDirectory;

constexpr Millis kStart = 1'767'225'600'000;
constexpr Millis kDay = 86'400'000;

class IndexTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    store_ = Must(OpenStore(directory_.path() + "/store"));
  }

  // One night of one site: each page with its findings.
  using Pages = std::vector<std::pair<std::string, std::vector<Finding>>>;
  void Night(const Site& site, const Pages& pages) {
    const Millis now = kStart + kDay * ++night_;
    const auto run = Must(store_->BeginRun({}, {}, now));
    const Lease lease = Must(store_->ledger().Acquire(site.id, run.run.id, now, kDay));
    std::vector<Page> made;
    for (const auto& [path, findings] : pages) {
      const std::string url = "http://" + site.id + path;
      made.push_back(MakePage(site, url, "<p>" + path + std::to_string(night_) + "</p>", now + 1));
      made.back().findings = findings;
    }
    std::vector<DonePage> done;
    for (const Page& page : made) done.push_back({.page = &page});
    Must(store_->ledger().Commit(lease, done, now + 2));
    Must(store_->ledger().Release(lease, true));
    xuncha::Run ended = run.run;
    ended.ended = now + 3;
    Must(store_->EndRun(ended));
  }

  std::vector<std::string> Listed(const IncidentQuery& query,
                                  Direction direction = Direction::kForward, Place from = {}) {
    std::vector<std::string> sites;
    Must(store_->index().EachIncident(
        query, direction, from, [&](const Place&, const IncidentRow& row) {
          sites.push_back(row.incident.site + "/" + row.incident.kind);
          return true;
        }));
    return sites;
  }

  uint64_t Counted(std::string_view state) {
    uint64_t sum = 0;
    for (const IncidentCount& count : Must(store_->index().IncidentCounts()))
      sum += count.state == state ? count.incidents : 0;
    return sum;
  }

  void Sound() {
    const StoreReport report = Must(store_->Check({}));
    EXPECT_EQ(report.damaged, 0u) << (report.faults.empty() ? "" : report.faults[0].text);
  }

  TempDirectory directory_;
  std::unique_ptr<Store> store_;
  int night_ = 0;
};

TEST_F(IndexTest, ListsTheWorstFirstAndAmongEqualsTheOldest) {
  Night(MakeSite("b.test"), {{"/", {}}});
  Night(MakeSite("a.test"), {{"/", {}}});
  Night(MakeSite("b.test"), {{"/1", {MakeFinding("b1", "x", Severity::kMedium)}}});
  Night(MakeSite("a.test"), {{"/1", {MakeFinding("a1", "x", Severity::kMedium)}},
                             {"/2", {MakeFinding("a2", "y", Severity::kHigh, "porn")}}});
  const IncidentQuery query{.state = "new"};
  EXPECT_EQ(Listed(query),
            (std::vector<std::string>{"a.test/porn", "b.test/gambling", "a.test/gambling"}));
  EXPECT_EQ(Listed({.state = "new", .severity = Severity::kMedium}),
            (std::vector<std::string>{"b.test/gambling", "a.test/gambling"}));
  EXPECT_EQ(Listed({.state = "new", .kind = "porn"}), std::vector<std::string>{"a.test/porn"});
  EXPECT_EQ(Listed({.state = "new", .site = "b.test"}),
            std::vector<std::string>{"b.test/gambling"});
  EXPECT_EQ(Listed(query, Direction::kBackward),
            (std::vector<std::string>{"a.test/gambling", "b.test/gambling", "a.test/porn"}));
  EXPECT_TRUE(Listed({.state = "closed"}).empty());
  Sound();
}

TEST_F(IndexTest, GoesOnWhereAPageEndedEitherWay) {
  for (const char* site : {"a.test", "b.test", "c.test"}) Night(MakeSite(site), {{"/", {}}});
  for (const char* site : {"a.test", "b.test", "c.test"})
    Night(MakeSite(site), {{"/1", {MakeFinding(site, "x", Severity::kLow)}}});
  const IncidentQuery query{.state = "new"};
  Place second;
  int at = 0;
  Must(store_->index().EachIncident(query, Direction::kForward, {},
                                    [&](const Place& place, const IncidentRow&) {
                                      second = place;
                                      return ++at < 2;
                                    }));
  EXPECT_EQ(Listed(query, Direction::kForward, second),
            std::vector<std::string>{"c.test/gambling"});
  EXPECT_EQ(Listed(query, Direction::kBackward, second),
            std::vector<std::string>{"a.test/gambling"});
  // The same place in the list of one severity.
  EXPECT_EQ(Listed({.state = "new", .severity = Severity::kLow}, Direction::kForward, second),
            std::vector<std::string>{"c.test/gambling"});
  // Before and behind a list whose severity is another.
  EXPECT_TRUE(
      Listed({.state = "new", .severity = Severity::kHigh}, Direction::kForward, second).empty());
  for (const Place& nonsense : {Place("\xff\xff"), Place(1, '\0'), Place("zz"), Place(4'096, 'a')})
    EXPECT_LE(Listed(query, Direction::kForward, nonsense).size(), 3u);
}

TEST_F(IndexTest, FollowsADecision) {
  Night(MakeSite("a.test"), {{"/", {}}});
  Night(MakeSite("a.test"), {{"/1", {MakeFinding("a1", "x", Severity::kHigh)}}});
  const Incident incident = testing_support::IncidentsOf(store_->cases()).at(0);
  EXPECT_EQ(Counted("new"), 1u);
  Must(Decide(*store_, incident, CaseDeed::kJudgeFalsePositive, kStart));
  EXPECT_EQ(Counted("new"), 0u);
  EXPECT_EQ(Counted("false-positive"), 1u);
  EXPECT_TRUE(Listed({.state = "new"}).empty());
  EXPECT_EQ(Listed({.state = "false-positive"}).size(), 1u);
  const RuleCount rule = Must(store_->index().RuleCounts()).at(0);
  EXPECT_EQ(rule.rule, "gambling.platform");
  EXPECT_EQ(rule.standing, 1u);
  ASSERT_EQ(rule.states.size(), 1u);
  EXPECT_EQ(rule.states[0].state, "false-positive");
  EXPECT_EQ(rule.states[0].incidents, 1u);
  Sound();
}

TEST_F(IndexTest, StockThatWasJudgedStandsWithTheOthers) {
  Night(MakeSite("a.test"), {{"/1", {MakeFinding("a1", "x", Severity::kHigh)}}});
  const Incident stock = testing_support::IncidentsOf(store_->cases()).at(0);
  ASSERT_TRUE(stock.baseline);
  EXPECT_EQ(Listed({.state = "new", .baseline = true}).size(), 1u);
  EXPECT_TRUE(Listed({.state = "new"}).empty());
  Must(store_->casework().Judge({.incident = stock.id, .by = "甲", .reason = "页面确有此内容"},
                                CaseDeed::kJudgeViolation, {}, kStart));
  EXPECT_TRUE(Listed({.state = "new", .baseline = true}).empty());
  EXPECT_EQ(Listed({.state = "violation"}).size(), 1u);
  EXPECT_TRUE(Must(store_->cases().IncidentById(stock.id)).baseline) << "where it came from stays";
  Sound();
  // Something new joins it, and its place stays the same.
  Night(MakeSite("a.test"), {{"/2", {MakeFinding("a2", "y", Severity::kHigh)}}});
  EXPECT_EQ(Listed({.state = "violation"}).size(), 1u);
  Sound();
}

TEST_F(IndexTest, CountsWhatStandsAndWhatHasGone) {
  Night(
      MakeSite("a.test"),
      {{"/1", {MakeFinding("a1", "x", Severity::kHigh), MakeFinding("a1", "h", Severity::kHint)}}});
  Night(MakeSite("a.test"), {{"/1", {MakeFinding("a1", "h", Severity::kHint)}},
                             {"/2", {MakeFinding("a2", "y", Severity::kLow)}}});
  const FindingCount count = Must(store_->index().FindingsOf("a.test"));
  EXPECT_EQ(count.standing[static_cast<size_t>(Severity::kHigh)], 0u);
  EXPECT_EQ(count.standing[static_cast<size_t>(Severity::kLow)], 1u);
  EXPECT_EQ(count.standing[static_cast<size_t>(Severity::kHint)], 1u);
  EXPECT_EQ(count.gone, 1u);
  const IncidentRow row = Must(store_->index().IncidentsOf("a.test")).at(0);
  EXPECT_EQ(row.standing, 1u);
  EXPECT_EQ(row.gone, 1u);
  EXPECT_EQ(row.rules, std::vector<std::string>{"gambling.platform"});
  EXPECT_EQ(Must(store_->index().FindingsOf("nobody.test")).gone, 0u);
  Sound();
}

// Many nights of findings that come, go, grow worse and come back, and officers who
// judge them; after each the kept index is the made one.
TEST_F(IndexTest, StaysWhatFollowsFromTheWhole) {
  uint64_t dice = 7;
  const auto roll = [&dice](uint64_t sides) {
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (dice >> 33) % sides;
  };
  constexpr const char* kKinds[] = {"gambling", "porn", "fraud"};
  constexpr CaseDeed kDeeds[] = {CaseDeed::kJudgeViolation, CaseDeed::kJudgeFalsePositive,
                                 CaseDeed::kClose, CaseDeed::kReopen};
  for (int night = 0; night < 25; ++night) {
    const Site site = MakeSite(roll(2) == 0 ? "a.test" : "b.test");
    Pages pages;
    for (int page = 0; page < 4; ++page) {
      std::vector<Finding> findings;
      for (const char* kind : kKinds) {
        if (roll(2) == 0) continue;
        Finding finding =
            MakeFinding(site.id + std::to_string(page), "w", static_cast<Severity>(roll(4)), kind);
        finding.evidence.push_back({.rule = std::string(kind) + (roll(2) == 0 ? ".a" : ".b")});
        findings.push_back(std::move(finding));
      }
      pages.emplace_back("/" + std::to_string(page), std::move(findings));
    }
    Night(site, pages);
    for (const Incident& incident : testing_support::IncidentsOf(store_->cases())) {
      if (roll(3) != 0) continue;
      const Status decided = Decide(*store_, incident, kDeeds[roll(4)], kStart);
      // Not every deed is for every state.
      if (!decided) {
        EXPECT_EQ(decided.error().code, Code::kConflict) << decided.error().text;
      }
    }
    SCOPED_TRACE(night);
    Sound();
    if (HasFailure()) return;
  }
  EXPECT_GT(Must(store_->index().RuleCounts()).size(), 3u);
}

TEST_F(IndexTest, IsMadeAnewWhereThereIsNone) {
  Night(MakeSite("a.test"), {{"/", {}}});
  Night(MakeSite("a.test"), {{"/1", {MakeFinding("a1", "x", Severity::kHigh)}}});
  const std::string path = directory_.path() + "/store";
  store_.reset();
  {
    auto database = Must(Database::Open({.directory = path, .memory = 8 << 20}));
    Batch batch(*database);
    Must(database->EachKey(Family::kIndex, [&](std::string_view key, uint64_t) -> Result<bool> {
      batch.Delete(Family::kIndex, key);
      return true;
    }));
    batch.Put(Family::kIndex, "zleft over", "");
    Must(batch.Commit());
  }
  {
    auto reader = Must(Store::Open({.directory = path, .read_only = true}));
    const auto counts = reader->index().IncidentCounts();
    ASSERT_FALSE(counts.ok());
    EXPECT_EQ(counts.error().code, Code::kConflict);
  }
  Open();
  EXPECT_EQ(Listed({.state = "new"}).size(), 1u);
  EXPECT_EQ(Counted("new"), 1u);
  Sound();
}

TEST_F(IndexTest, ThatDoesNotAgreeIsToldByTheCheck) {
  Night(MakeSite("a.test"), {{"/", {}}});
  Night(MakeSite("a.test"), {{"/1", {MakeFinding("a1", "x", Severity::kHigh)}}});
  const std::string path = directory_.path() + "/store";
  struct Case {
    const char* why;
    std::function<void(Batch&)> harm;
  };
  const Case cases[] = {
      {"a count that is wrong",
       [](Batch& batch) {
         PutRecord(batch, Family::kIndex, IndexedRuleKey("gambling.platform"),
                   IndexedRule{.standing = 7});
       }},
      {"a count of what is not there",
       [](Batch& batch) {
         PutRecord(batch, Family::kIndex, IndexedSiteKey("nobody.test"), IndexedSite{.gone = 1});
       }},
  };
  for (const auto& [why, harm] : cases) {
    SCOPED_TRACE(why);
    store_.reset();
    {
      auto database = Must(Database::Open({.directory = path, .memory = 8 << 20}));
      Batch batch(*database);
      harm(batch);
      Must(batch.Commit());
    }
    Open();
    EXPECT_GT(Must(store_->Check({})).damaged, 0u);
    store_.reset();
    {
      auto database = Must(Database::Open({.directory = path, .memory = 8 << 20}));
      Batch batch(*database);
      batch.Delete(Family::kIndex, kIndexMarkKey);
      Must(batch.Commit());
    }
    Open();
    Sound();
  }
}

TEST_F(IndexTest, PagesThroughSitesFindingsAndMembers) {
  Must(store_->ReplaceSites({MakeSite("a.test"), MakeSite("b.test"), MakeSite("c.test")}));
  EXPECT_EQ(Must(store_->index().CountSites()), 3u);
  Night(MakeSite("a.test"), {{"/1", {MakeFinding("a1", "x", Severity::kHigh)}},
                             {"/2", {MakeFinding("a2", "x", Severity::kHigh)}}});
  std::vector<std::string> sites;
  Must(store_->index().EachSite(Direction::kForward, "a.test", [&](const Place&, const Site& site) {
    sites.push_back(site.id);
    return true;
  }));
  EXPECT_EQ(sites, (std::vector<std::string>{"b.test", "c.test"}));
  EXPECT_TRUE(Must(store_->index().SiteOf("a.test")).has_value());
  EXPECT_FALSE(Must(store_->index().SiteOf("d.test")).has_value());
  Place first;
  Must(store_->index().EachFinding("a.test", Direction::kForward, {},
                                   [&](const Place& place, const StoredFinding& finding) {
                                     EXPECT_EQ(finding.url, "http://a.test/1");
                                     first = place;
                                     return false;
                                   }));
  int rest = 0;
  Must(store_->index().EachFinding("a.test", Direction::kForward, first,
                                   [&](const Place&, const StoredFinding& finding) {
                                     EXPECT_EQ(finding.url, "http://a.test/2");
                                     ++rest;
                                     return true;
                                   }));
  EXPECT_EQ(rest, 1);
  const std::string incident = testing_support::IncidentsOf(store_->cases()).at(0).id;
  int members = 0;
  Must(store_->index().EachMember(incident, {}, [&](const Place&, const StoredFinding&) {
    ++members;
    return true;
  }));
  EXPECT_EQ(members, 2);
}

}  // namespace
}  // namespace xuncha
