// SPDX-License-Identifier: Apache-2.0
#include "store/working_days.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/limits.h"

namespace xuncha {
namespace {

Millis At(std::string_view text) {
  const Result<Millis> time = ParseTime(text);
  EXPECT_TRUE(time.ok()) << text;
  return time ? *time : 0;
}

WorkCalendar Spring() {
  const Result<WorkCalendar> calendar = WorkCalendar::Parse(
      "# the spring of 2026\nyear 2026\noff 2026-01-01 2026-01-03\nwork 2026-01-04\n"
      "off 2026-02-15 2026-02-23   # nine days\nwork 2026-02-14\nwork 2026-02-28\n",
      "holidays.txt");
  EXPECT_TRUE(calendar.ok()) << calendar.error().text;
  return calendar ? *calendar : WorkCalendar();
}

TEST(WorkCalendar, EndsATermWithTheLastWorkingDay) {
  struct Case {
    std::string_view why, from;
    uint32_t days;
    std::string_view end;
  };
  constexpr Case kCases[] = {
      {"the day of the notice does not count", "2026-03-10T09:00:00+08:00", 1,
       "2026-03-11T23:59:59+08:00"},
      {"a minute before midnight is still that day", "2026-03-10T23:59:00+08:00", 1,
       "2026-03-11T23:59:59+08:00"},
      {"over a weekend", "2026-03-13T09:00:00+08:00", 1, "2026-03-16T23:59:59+08:00"},
      {"from a Saturday", "2026-03-14T09:00:00+08:00", 3, "2026-03-18T23:59:59+08:00"},
      {"a Saturday that is worked", "2026-02-13T09:00:00+08:00", 1, "2026-02-14T23:59:59+08:00"},
      {"over the holidays", "2026-02-14T09:00:00+08:00", 1, "2026-02-24T23:59:59+08:00"},
      {"from within the holidays", "2026-02-17T09:00:00+08:00", 2, "2026-02-25T23:59:59+08:00"},
      {"a Sunday that is worked", "2026-01-01T09:00:00+08:00", 1, "2026-01-04T23:59:59+08:00"},
      {"no days: today", "2026-03-10T09:00:00+08:00", 0, "2026-03-10T23:59:59+08:00"},
  };
  const WorkCalendar calendar = Spring();
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const WorkCalendar::Term term = calendar.After(At(c.from), c.days);
    EXPECT_EQ(FormatTime(term.end), c.end);
    EXPECT_EQ(term.note, "");
  }
}

TEST(WorkCalendar, SaysOfWhichYearOnlyWeekendsAreKnown) {
  const WorkCalendar calendar = Spring();
  const WorkCalendar::Term term = calendar.After(At("2026-12-31"), 2);
  EXPECT_EQ(FormatTime(term.end), "2027-01-04T23:59:59+08:00") << "1 January is a Friday";
  EXPECT_EQ(term.note, "2027 年尚无节假日安排，只除去周末");
  EXPECT_NE(WorkCalendar().After(At("2026-03-10"), 1).note, "");
}

TEST(WorkCalendar, TakesTheInstitutionsYearForItsOwn) {
  WorkCalendar calendar = Spring();
  const Result<WorkCalendar> own = WorkCalendar::Parse("year 2026\noff 2026-03-11\n", "own.txt");
  ASSERT_TRUE(own.ok());
  calendar.Add(*own);
  EXPECT_FALSE(calendar.IsWorkingDay(At("2026-03-11")));
  EXPECT_TRUE(calendar.IsWorkingDay(At("2026-02-17"))) << "the year is theirs altogether";
}

TEST(WorkCalendar, RefusesWhatItCannotRead) {
  struct Case {
    std::string_view why, text, says;
  };
  constexpr Case kCases[] = {
      {"an unknown word", "year 2026\nrest 2026-01-01\n", "t.txt:2"},
      {"no such day", "year 2026\noff 2026-02-30\n", "t.txt:2"},
      {"the wrong way round", "year 2026\noff 2026-01-03 2026-01-01\n", "t.txt:2"},
      {"a day of a year that is not declared", "year 2026\noff 2027-01-01\n", "2027"},
      {"no year", "year twenty\n", "t.txt:1"},
      {"a year of days", "year 2026\noff 2026-01-01 2026-12-31\n", "t.txt:2"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const Result<WorkCalendar> read = WorkCalendar::Parse(c.text, "t.txt");
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.error().text.find(c.says), std::string::npos) << read.error().text;
  }
  EXPECT_FALSE(WorkCalendar::Parse(std::string(limits::kHolidayBytesMax + 1, '#'), "t").ok());
}

TEST(WorkCalendar, KnowsTheYearInShanghai) {
  EXPECT_EQ(YearOf(At("2026-01-01")), 2026) << "still 2025 in UTC";
  EXPECT_EQ(YearOf(At("2026-01-01") - 1), 2025);
  EXPECT_EQ(YearOf(0), 1970);
  EXPECT_EQ(YearOf(At("2024-02-29")), 2024);
  EXPECT_EQ(YearOf(At("2024-12-31")), 2024);
}

}  // namespace
}  // namespace xuncha
