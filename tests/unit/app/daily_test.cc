// A working day's own work, on a clock the test moves.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/daily.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "app/supervisor.h"
#include "tests/unit/store/casework_support.h"

namespace xuncha {
namespace {

using testing_support::kDay;
using testing_support::kHour;
using testing_support::kMinute;
using testing_support::MakeSite;
using testing_support::Must;

constexpr Millis kNine = 9 * kHour;

Millis At(std::string_view day, Millis hour) { return Must(ParseTime(day)) + hour; }

TEST(DailyHourTest, ComesOnceOnAWorkingDayOutsideTheQuietHours) {
  CasePolicy policy;
  policy.calendar =
      Must(WorkCalendar::Parse("year 2026\noff 2026-03-04\nwork 2026-03-07\n", "test"));
  TellPolicy tell;
  tell.quiet_from = 22 * 60;
  tell.quiet_until = 9 * 60 + 30;
  struct Case {
    std::string_view why, day;
    Millis hour;
    bool comes;
  };
  constexpr Case kCases[] = {
      {"before its hour", "2026-03-02", kNine - 1, false},
      {"at its hour, still quiet", "2026-03-02", kNine, false},
      {"when the quiet hours end", "2026-03-02", kNine + 30 * kMinute, true},
      {"late, as after a restart", "2026-03-02", 15 * kHour, true},
      {"quiet again", "2026-03-02", 22 * kHour, false},
      {"a Sunday", "2026-03-01", 15 * kHour, false},
      {"a holiday", "2026-03-04", 15 * kHour, false},
      {"a Saturday that is worked", "2026-03-07", 15 * kHour, true},
  };
  for (const auto& [why, day, hour, comes] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(DailyHour(kNine).Take(policy, tell, At(day, hour)), comes);
    EXPECT_FALSE(DailyHour(std::nullopt).Take(policy, tell, At(day, hour)));
  }
  DailyHour hour(kNine);
  EXPECT_TRUE(hour.Take(policy, tell, At("2026-03-02", 21 * kHour)));
  EXPECT_FALSE(hour.Take(policy, tell, At("2026-03-02", 21 * kHour + 1))) << "done for today";
  // Its re-checks went on past midnight: nobody is reminded then, and the new day has its own.
  EXPECT_FALSE(hour.Goes(policy, tell, At("2026-03-03", kHour)));
  EXPECT_TRUE(hour.Take(policy, tell, At("2026-03-03", 11 * kHour)));
  EXPECT_TRUE(hour.Goes(policy, tell, At("2026-03-03", 11 * kHour)));
}

class DailyTest : public testing_support::CaseworkTest {
 protected:
  DailyTest() {
    Must(store_->ReplaceSites({site_}));
    policy_.days[static_cast<size_t>(Severity::kHigh)] = 1;
    policy_.remind_every = 1;
    policy_.reminders_max = 2;
  }
  DayDone Do() {
    return Must(
        DoDay({.store = *store_, .policy = policy_, .tell = tell_, .by = "xuncha", .now = now_}));
  }
  size_t Deeds(std::string_view kind) {
    size_t count = 0;
    Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
      count += entry.kind == kind ? 1 : 0;
      return true;
    }));
    return count;
  }
  size_t Entries() {
    size_t count = 0;
    Must(store_->audit().Each(1, [&](const AuditEntry&) {
      ++count;
      return true;
    }));
    return count;
  }
  // As after a restart: what was written lies in files.
  void Reopen() {
    store_.reset();
    store_ = Must(testing_support::OpenStore(directory_.path() + "/store"));
  }
  TellPolicy tell_;
};

TEST_F(DailyTest, RemindsAtTheDeadlineOnceHoweverOftenItIsAsked) {
  const std::string incident = Open();
  Confirm(incident);
  Notify(incident);
  EXPECT_TRUE(Do().reminders.empty()) << "not yet";
  now_ = FileOf(incident).deadline + kNine;
  const DayDone first = Do();
  ASSERT_EQ(first.reminders.size(), 1u);
  EXPECT_TRUE(first.failed.empty());
  ASSERT_EQ(first.untold.size(), 1u) << "nobody is named who could be told";
  EXPECT_THAT(first.untold[0], testing::HasSubstr("没有发给任何人"));
  EXPECT_EQ(first.reminders[0].notice.by, "xuncha");
  EXPECT_EQ(first.reminders[0].notice.ordinal, 1u);
  const size_t entries = Entries();
  EXPECT_TRUE(Do().reminders.empty());
  Reopen();
  EXPECT_TRUE(Do().reminders.empty()) << "nor after a restart";
  EXPECT_EQ(Entries(), entries) << "nothing done is nothing recorded";
  now_ = FileOf(incident).deadline + kNine;
  ASSERT_EQ(Do().reminders.size(), 1u);
  now_ = FileOf(incident).deadline + kNine;
  const DayDone last = Do();
  EXPECT_TRUE(last.reminders.empty()) << "from here on a person decides";
  // And is told so, day by day, until they have.
  size_t overdue = 0;
  Must(work().EachDue(now_, [&](const Due& due) {
    overdue += due.kind == DueKind::kRemind && due.incident == incident ? 1 : 0;
    return true;
  }));
  EXPECT_EQ(overdue, 1u);
  EXPECT_TRUE(last.failed.empty()) << last.failed[0];
  ExpectWhole();
}

TEST_F(DailyTest, OneThatCannotBeDoneHoldsUpNoOther) {
  const std::string incident = Open();
  Confirm(incident);
  Notify(incident);
  const Site stranger = MakeSite("gone.example.edu.cn");  // not registered
  Night(
      stranger,
      {{"/",
        {testing_support::MakeFinding("http://gone.example.edu.cn/", "某博彩", Severity::kHigh)}}});
  const std::string other = StableId({stranger.id, "gambling"});
  Confirm(other);
  Must(work().Issue(Order(other), CaseDeed::kNotify, stranger, policy_, now_));
  now_ = std::max(FileOf(incident).deadline, FileOf(other).deadline) + kNine;
  const DayDone done = Do();
  EXPECT_EQ(done.reminders.size(), 1u);
  ASSERT_EQ(done.failed.size(), 1u);
  EXPECT_THAT(done.failed[0], testing::HasSubstr(other));
  EXPECT_THAT(done.failed[0], testing::HasSubstr("已不在登记之内"));
}

TEST_F(DailyTest, ARecheckOfASiteThatIsGoneKeepsNoOtherFromBeingDone) {
  const std::string incident = Open();
  Confirm(incident);
  Notify(incident);
  const Site stranger = MakeSite("gone.example.edu.cn");
  Must(store_->ReplaceSites({stranger}));
  Night(
      stranger,
      {{"/",
        {testing_support::MakeFinding("http://gone.example.edu.cn/", "某博彩", Severity::kHigh)}}});
  const std::string other = StableId({stranger.id, "gambling"});
  Confirm(other);
  Must(work().Issue(Order(other), CaseDeed::kNotify, stranger, policy_, now_));
  now_ = FileOf(other).deadline + kNine;
  EXPECT_EQ(Must(RechecksDue(*store_, now_)).incidents.size(), 2u);
  Must(store_->RemoveSite(stranger.id));
  const DueRechecks due = Must(RechecksDue(*store_, now_));
  EXPECT_EQ(due.incidents, std::vector<std::string>{incident});
  EXPECT_EQ(due.sites, std::vector<std::string>{site_.id});
  ASSERT_EQ(due.left.size(), 1u);
  EXPECT_THAT(due.left[0], testing::HasSubstr(other));
  EXPECT_THAT(due.left[0], testing::HasSubstr("已不在登记之内"));
}

TEST_F(DailyTest, LooksAgainAtThePagesWhoseDeadlineIsOver) {
  const std::string incident = Open();
  Confirm(incident);
  Notify(incident);
  EXPECT_TRUE(Must(RechecksDue(*store_, now_)).incidents.empty());
  now_ = FileOf(incident).deadline + kNine;
  const DueRechecks due = Must(RechecksDue(*store_, now_));
  EXPECT_EQ(due.incidents, std::vector<std::string>{incident});
  EXPECT_EQ(due.sites, std::vector<std::string>{site_.id});
  EXPECT_EQ(due.urls, std::vector<std::string>{"http://www.example.edu.cn/a.html"});
  EXPECT_TRUE(due.left.empty());
  // The pages are clean: who has put them right is not reminded.
  const uint64_t run = Night(site_, {{"/a.html", {}}});
  EXPECT_EQ(Must(work().RecordRecheck(incident, run, now_)).outcome, RecheckOutcome::kGone);
  EXPECT_TRUE(Must(RechecksDue(*store_, now_)).incidents.empty());
  EXPECT_TRUE(Do().reminders.empty());
}

}  // namespace
}  // namespace xuncha
