// Working days: Monday to Friday, but for public holidays and the days worked instead, as
// the State Council's office announces them each year. Of a year nobody has entered, only
// weekends are known, and whoever asks is told so.
//
// The table is text, a line each:
//
//   year 2026                    the year is complete
//   off  2026-02-15 2026-02-23   first and last day
//   work 2026-02-14
//
// "#" begins a comment. Days are those of Asia/Shanghai.
//
// Value; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

class WorkCalendar {
 public:
  WorkCalendar() = default;  // weekends only
  // kInvalid names line and mistake; kLimit above limits::kHolidayBytesMax.
  static Result<WorkCalendar> Parse(std::string_view text, std::string_view name);
  // Adds the other's years; a year that is in both is the other's.
  void Add(const WorkCalendar& other);

  bool IsWorkingDay(Millis time) const;
  bool Knows(int year) const { return years_.contains(year); }

  struct Term {
    Millis end = 0;  // the last second of the last day
    // Years the term runs through of which only weekends are known; empty: none.
    std::string note;  // "2027 年尚无节假日安排，只除去周末"
  };
  // `days` working days after the day of `from`, which does not count itself. Of 0 days
  // it ends with that day.
  Term After(Millis from, uint32_t days) const;

 private:
  bool IsWorking(int64_t day) const;

  std::set<int> years_;
  std::map<int64_t, bool> days_;  // days since 1970 that differ from the week: worked or not
};

int YearOf(Millis time);  // in Shanghai

}  // namespace xuncha
