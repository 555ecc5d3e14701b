// Times as people and servers write them.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

#include <string_view>

namespace xuncha {
namespace {

TEST(TimeTest, WritesShanghaiTime) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T08:00:00+08:00");
  EXPECT_EQ(FormatTime(FakeClock().Now()), "2026-01-01T08:00:00+08:00");
  EXPECT_EQ(FormatTime(-1), "1970-01-01T07:59:59+08:00") << "before the epoch rounds down";
  EXPECT_EQ(FormatTime(1'709'136'000'000), "2024-02-29T00:00:00+08:00");
  EXPECT_EQ(FormatTime(INT64_MAX), "9999-12-31T23:59:59+08:00");
  EXPECT_EQ(FormatTime(INT64_MIN), "0000-01-01T00:00:00+08:00");
}

TEST(TimeTest, ReadsWhatItWrites) {
  for (const Millis time :
       {Millis{0}, Millis{1'767'225'600'000}, Millis{-86'400'000}, Millis{253'402'214'400'000}}) {
    const Result<Millis> read = ParseTime(FormatTime(time));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, time);
  }
  EXPECT_EQ(*ParseTime("2026-01-01"), 1'767'225'600'000 - 8 * 3'600'000);
}

TEST(TimeTest, RefusesOtherForms) {
  for (const std::string_view text :
       {"", "2026-1-1", "2026-02-29", "2026-13-01", "2026-01-01T24:00:00+08:00",
        "2026-01-01T08:00:00", "2026-01-01T08:00:00Z", "2026-01-01 ", "20260101T010203Z",
        "2026-01-01T08:00:00+08:00x", "99999-01-01", "-001-01-01"}) {
    const Result<Millis> read = ParseTime(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, Code::kInvalid);
  }
}

TEST(HttpDateTest, ReadsTheThreeForms) {
  struct Case {
    std::string_view why, in;
    Millis want;
  };
  constexpr Case kCases[] = {
      {"IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", 784'111'777'000},
      {"RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", 784'111'777'000},
      {"asctime", "Sun Nov  6 08:49:37 1994", 784'111'777'000},
      {"asctime with a two-digit day", "Thu Jan 16 00:00:00 2020", 1'579'132'800'000},
      {"wrong weekday is forgiven", "Mon, 06 Nov 1994 08:49:37 GMT", 784'111'777'000},
      {"blanks around", " Sun, 06 Nov 1994 08:49:37 GMT ", 784'111'777'000},
      {"two digits of this century", "Thursday, 16-Jan-20 00:00:00 GMT", 1'579'132'800'000},
      {"leap second", "Sat, 31 Dec 2016 23:59:60 GMT", 1'483'228'800'000},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<Millis> read = ParseHttpDate(in);
    ASSERT_TRUE(read.ok()) << read.error().text;
    EXPECT_EQ(*read, want);
  }
}

TEST(HttpDateTest, RefusesTheRest) {
  for (const std::string_view text :
       {"", "0", "-1", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 PST",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "2026-01-01",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun", "Sun, "}) {
    EXPECT_FALSE(ParseHttpDate(text).ok()) << text;
  }
}

TEST(FakeClockTest, MovesOnlyWhenMoved) {
  FakeClock clock(1000);
  EXPECT_EQ(clock.Now(), 1000);
  clock.Advance(500);
  EXPECT_EQ(clock.Now(), 1500);
  EXPECT_EQ(clock.Monotonic(), 1500);
}

TEST(SystemClockTest, IsOfThisCentury) {
  const SystemClock clock;
  EXPECT_GT(clock.Now(), *ParseTime("2024-01-01"));
  const Millis before = clock.Monotonic();
  EXPECT_GE(clock.Monotonic(), before);
}

}  // namespace
}  // namespace xuncha
