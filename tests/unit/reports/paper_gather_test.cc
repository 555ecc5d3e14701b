// What papers know of a case and a month, from a store in which both happened.
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/paper_gather.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crawler/night_report.h"
#include "tests/unit/reports/evidence_world.h"

namespace xuncha {
namespace {

using testing_support::EvidenceWorld;
using testing_support::Must;

constexpr Millis kDay = 86'400'000;
constexpr Millis kHour = 3'600'000;
// The day after the world's second night.
constexpr Millis kJudged = EvidenceWorld::kFirst + EvidenceWorld::kNight + 2 * kHour;

class PaperGatherTest : public ::testing::Test {
 protected:
  PaperGatherTest() : id_(world_.IncidentId()) {
    policy_.institution = "示例学院现代教育技术中心";
    policy_.authority = "示例市公安局";
    policy_.basis = {"《示例管理办法》第五条"};
  }

  Casework& casework() { return world_.store().casework(); }
  CaseOrder Order(std::string reason) const {
    return {.incident = id_, .by = "值班员甲", .reason = std::move(reason)};
  }
  IssuedNotice Notify() {
    Must(casework().Judge(Order("页面确有博彩链接"), CaseDeed::kJudgeViolation, policy_, kJudged,
                          0));
    const std::vector<Site> sites = Must(world_.store().Sites());
    return Must(casework().Issue(Order("请一并检查其他栏目"), CaseDeed::kNotify, sites.at(0),
                                 policy_, kJudged + kHour));
  }

  EvidenceWorld world_;
  CasePolicy policy_;
  std::string id_;
};

TEST_F(PaperGatherTest, ANoticeSaysWhatWasIssued) {
  const IssuedNotice issued = Notify();
  // The registry changes afterwards; what was said does not.
  Site site = Must(world_.store().Sites()).at(0);
  site.unit = "改名后的单位";
  Must(world_.store().ReplaceSites({site}));
  const Notice latest = Must(LatestNotice(world_.store(), id_)).value();
  EXPECT_EQ(latest.number, issued.notice.number);

  const CaseFacts facts =
      Must(GatherNotice(world_.store(), latest, policy_, "https://desk.test/r/" + issued.token));
  EXPECT_EQ(facts.unit, "图书馆");
  EXPECT_EQ(facts.number, issued.notice.printed);
  EXPECT_EQ(facts.institution, "示例学院现代教育技术中心");
  EXPECT_EQ(facts.deadline, issued.notice.deadline);
  EXPECT_GT(facts.deadline, facts.now);
  EXPECT_EQ(facts.reason, "请一并检查其他栏目");
  EXPECT_EQ(facts.basis, policy_.basis);
  EXPECT_EQ(facts.confirmed_by, "值班员甲");
  ASSERT_EQ(facts.findings.size(), 1u);
  EXPECT_EQ(facts.findings[0].url, EvidenceWorld::kBad);
  EXPECT_EQ(facts.findings[0].found, "彩票");
  EXPECT_EQ(facts.findings[0].snapshot.size(), 64u);
  EXPECT_EQ(facts.clauses, (std::vector<int>{6}));

  const Paper paper = Must(TemplateOf(InfoOf(PaperOf(latest.kind)), "")).Fill(DataOf(facts), 0);
  const std::string html = PaperHtml(paper);
  for (const std::string& part :
       {issued.notice.printed, std::string("图书馆："), std::string("【彩票】"), issued.token,
        std::string("宣扬封建迷信、淫秽、色情、赌博、暴力、凶杀、恐怖、教唆犯罪的")})
    EXPECT_NE(html.find(part), std::string::npos) << part;
}

TEST_F(PaperGatherTest, ACaseWithoutNoticeHasNone) {
  EXPECT_FALSE(Must(LatestNotice(world_.store(), id_)).has_value());
  EXPECT_EQ(LatestNotice(world_.store(), "ffff").error().code, Code::kNotFound);
  const CaseFacts facts = Must(GatherCase(world_.store(), id_, policy_, kJudged));
  EXPECT_EQ(facts.confirmed, 0);
  EXPECT_EQ(facts.authority, "示例市公安局");
  EXPECT_FALSE(facts.steps.empty()) << "that it was opened";
}

TEST_F(PaperGatherTest, AHoldThatCoversItIsNamed) {
  Must(world_.store().holds().Place(
      {.incident = id_, .by = "值班员甲", .reason = "配合调查", .reference = "示公〔2026〕1号"},
      kJudged));
  const CaseFacts facts = Must(GatherCase(world_.store(), id_, policy_, kJudged));
  EXPECT_EQ(facts.holds, (std::vector<std::string>{"H1（示公〔2026〕1号）"}));
}

TEST_F(PaperGatherTest, TheLedgerCountsDaysOverdue) {
  const IssuedNotice issued = Notify();
  const auto rows = [this](Millis now) {
    std::vector<LedgerRow> all;
    Must(EachLedgerRow(world_.store(), now, [&all](const LedgerRow& row) {
      all.push_back(row);
      return true;
    }));
    return all;
  };
  const Millis deadline = issued.notice.deadline;
  std::vector<LedgerRow> all = rows(deadline - 1);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].incident, id_);
  EXPECT_EQ(all[0].notice, issued.notice.printed);
  EXPECT_EQ(all[0].kind, "赌博");
  EXPECT_EQ(all[0].clause, "四（六）");
  EXPECT_EQ(all[0].unit, "图书馆");
  EXPECT_EQ(all[0].overdue_days, 0);
  EXPECT_EQ(rows(deadline + kHour).at(0).overdue_days, 1) << "a day that has begun counts";
  EXPECT_EQ(rows(deadline + 3 * kDay).at(0).overdue_days, 3);

  // A reminder moves neither the term nor the number, in the ledger or on its paper.
  const Site site = Must(world_.store().Sites()).at(0);
  const IssuedNotice reminder = Must(
      casework().Issue(Order("仍未整改"), CaseDeed::kRemind, site, policy_, deadline + 2 * kDay));
  all = rows(deadline + 3 * kDay);
  EXPECT_EQ(all.at(0).notice, issued.notice.printed);
  EXPECT_EQ(all.at(0).deadline, deadline);
  EXPECT_EQ(all.at(0).overdue_days, 3);
  const CaseFacts facts = Must(GatherNotice(world_.store(), reminder.notice, policy_, ""));
  EXPECT_EQ(facts.first_number, issued.notice.printed);
  EXPECT_EQ(DataOf(facts).values.at("逾期天数"), "2");

  // A new round has neither, but the paper of the old one is printed as it was.
  CaseOrder close = Order("网站已整体下线并注销备案");
  Must(casework().Act(close, CaseDeed::kClose, deadline + 4 * kDay));
  Must(casework().Act(Order("又有人举报"), CaseDeed::kReopen, deadline + 5 * kDay));
  all = rows(deadline + 6 * kDay);
  EXPECT_EQ(all.at(0).notice, "");
  EXPECT_EQ(all.at(0).deadline, 0);
  EXPECT_EQ(Must(GatherCase(world_.store(), id_, policy_, deadline + 6 * kDay)).first_number, "");
  EXPECT_EQ(Must(GatherNotice(world_.store(), reminder.notice, policy_, "")).first_number,
            issued.notice.printed);
}

TEST_F(PaperGatherTest, AMonthCountsWhatHappenedInIt) {
  Notify();
  const xuncha::Run run = Must(world_.store().Runs()).at(0);
  NightReport night;
  night.site = EvidenceWorld::kSite;
  night.totals = {.pages = 4, .failed = 1};
  night.ending = Ending::kPages;
  Must(KeepReport(world_.store(), run, night));

  const Month january = MonthOf(kJudged);
  EXPECT_EQ(january.id(), "2026-01");
  const Millis later = kJudged + 40 * kDay;
  const MonthFacts facts = Must(GatherMonth(world_.store(), january, "", policy_, later));
  EXPECT_EQ(facts.month, "2026年1月");
  EXPECT_EQ(facts.runs, 2u);
  EXPECT_EQ(facts.pages, 4u);
  EXPECT_EQ(facts.sites, 1u);
  EXPECT_EQ(facts.sites_audited, 1u);
  EXPECT_EQ(facts.total.opened, 1u);
  EXPECT_EQ(facts.total.confirmed, 1u);
  EXPECT_EQ(facts.total.closed, 0u);
  EXPECT_EQ(facts.open, 1u);
  EXPECT_EQ(facts.undecided, 0u);
  EXPECT_EQ(facts.total.overdue, 1u) << "the term was over before the month was";
  ASSERT_EQ(facts.units.size(), 1u);
  EXPECT_EQ(facts.units[0].name, "图书馆");
  EXPECT_EQ(facts.units[0].opened, 1u);
  ASSERT_EQ(facts.kinds.size(), 1u);
  EXPECT_EQ(facts.kinds[0].clause, "四（六）");
  ASSERT_EQ(facts.unchecked.size(), 1u) << "not all of it was read";
  ASSERT_EQ(facts.months.size(), 6u);
  EXPECT_EQ(facts.months[5].opened, 1u);
  EXPECT_EQ(facts.months[4].name, "2025-12");
  EXPECT_EQ(facts.months[4].opened, 0u);

  const MonthFacts next = Must(GatherMonth(world_.store(), january.Before(-1), "", policy_, later));
  EXPECT_EQ(next.total.opened, 0u);
  EXPECT_EQ(next.open, 1u) << "it still is";
  ASSERT_EQ(next.unchecked.size(), 1u);
  EXPECT_EQ(next.unchecked[0].what, "本月没有完成过巡查");
  EXPECT_EQ(Must(GatherMonth(world_.store(), january, "图书馆", policy_, later)).units.size(), 0u);
  EXPECT_EQ(GatherMonth(world_.store(), january, "图书官", policy_, later).error().text,
            "没有登记单位为“图书官”的网站，是否指“图书馆”");
}

TEST(MonthTest, SaysHowManyItsListsLeaveOutAndWhereTheyAre) {
  testing_support::TempDirectory place;
  FakeClock clock(kJudged);
  const auto store =
      Must(Store::Open({.directory = place.path(), .create = true, .clock = &clock}));
  // A hundred and three sites whose owners let their term pass.
  constexpr int kSites = 103;
  std::vector<Site> sites;
  for (int i = 0; i < kSites; ++i)
    sites.push_back(testing_support::MakeSite(fmt::format("site{:03}.test", i)));
  Must(store->ReplaceSites(sites));
  const xuncha::Run run = Must(store->BeginRun(Sha256("rules"), Sha256("config"), kJudged)).run;
  const CasePolicy policy;
  for (const Site& site : sites) {
    const Lease lease = Must(store->ledger().Acquire(site.id, run.id, kJudged, kDay));
    Page page = testing_support::MakePage(site, site.address, site.id, kJudged);
    page.findings = {testing_support::MakeFinding(site.address, "词", Severity::kHigh)};
    const std::vector<DonePage> done = {{.page = &page}};
    Must(store->ledger().Commit(lease, done, kJudged));
    const CaseOrder order{.incident = StableId({site.id, "gambling"}),
                          .by = "值班员甲",
                          .reason = "页面确有博彩链接"};
    Must(store->casework().Judge(order, CaseDeed::kJudgeViolation, policy, kJudged, 0));
    Must(store->casework().Issue(order, CaseDeed::kNotify, site, policy, kJudged));
  }
  const Month month = MonthOf(kJudged);
  const MonthFacts facts = Must(GatherMonth(*store, month, "", policy, month.end()));
  EXPECT_EQ(facts.total.overdue, static_cast<uint64_t>(kSites));
  EXPECT_EQ(facts.overdue.size(), 100u);
  EXPECT_EQ(facts.overdue_left_out, 3u);
  EXPECT_EQ(facts.repeated_left_out, 0u);
  const PaperInfo* info = FindPaper("month");
  ASSERT_NE(info, nullptr);
  const std::string html = PaperHtml(Must(TemplateOf(*info, "")).Fill(DataOf(facts), month.end()));
  EXPECT_NE(html.find("另有 3 件没有列出，全部见台账"), std::string::npos);
  EXPECT_EQ(html.find("另有 0 件"), std::string::npos);
}

TEST_F(PaperGatherTest, AMonthForgetsVerdictsThatWereTakenBack) {
  struct Step {
    CaseDeed deed;
    Millis after;  // since the step before
  };
  struct Case {
    std::string_view why;
    std::vector<Step> steps;
    uint64_t confirmed, false_positive, undecided;
  };
  const Millis kSoon = 10'000, kLater = kHour;
  using enum CaseDeed;
  const Case kCases[] = {
      {"one", {{kJudgeViolation, 0}, {kUndo, kSoon}}, 0, 0, 1},
      {"a second thought, and both are taken back",
       {{kJudgeViolation, 0}, {kJudgeFalsePositive, kSoon}, {kUndo, kSoon}},
       0,
       0,
       1},
      {"one that was meant, and one taken back",
       {{kJudgeViolation, 0}, {kJudgeEscalate, kLater}, {kUndo, kSoon}},
       1,
       0,
       0},
      {"cannot be told, which is a verdict", {{kJudgeCannotTell, 0}}, 0, 0, 0},
      {"two that were meant",
       {{kJudgeViolation, 0}, {kJudgeFalsePositive, kLater}, {kJudgeCannotTell, kLater}},
       1,
       1,
       0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    EvidenceWorld world;
    Millis now = kJudged;
    for (const Step& step : c.steps) {
      now += step.after;
      const CaseOrder order{
          .incident = world.IncidentId(), .by = "值班员甲", .reason = "页面已经看过"};
      Must(step.deed == kUndo ? world.store().casework().Act(order, step.deed, now)
                              : world.store().casework().Judge(order, step.deed, policy_, now));
    }
    const MonthFacts facts =
        Must(GatherMonth(world.store(), MonthOf(kJudged), "", policy_, now + kDay));
    EXPECT_EQ(facts.total.confirmed, c.confirmed);
    EXPECT_EQ(facts.total.false_positive, c.false_positive);
    EXPECT_EQ(facts.undecided, c.undecided);
  }
}

TEST(MonthTest, IsReadAsPeopleWriteIt) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {{"a month", "2026-10", "2026-10"}, {"the first", "2026-01", "2026-01"},
                             {"no month 13", "2026-13", ""},    {"no month 0", "2026-00", ""},
                             {"a day", "2026-10-01", ""},       {"words", "上个月", ""},
                             {"a sign", "2026-+1", ""}};
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<Month> month = ParseMonth(in);
    ASSERT_EQ(month.ok(), !want.empty());
    EXPECT_EQ(month ? month->id() : "", want);
  }
  EXPECT_EQ((Month{2026, 1}.Before(1).id()), "2025-12");
  EXPECT_EQ((Month{2025, 12}.Before(-1).id()), "2026-01");
  EXPECT_EQ((Month{2026, 12}.end()), (Month{2027, 1}.begin()));
}

}  // namespace
}  // namespace xuncha
