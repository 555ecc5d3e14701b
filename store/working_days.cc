// SPDX-License-Identifier: Apache-2.0
#include "store/working_days.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/day.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

Millis EndOf(int64_t day) { return StartOfDay(day + 1) - 1000; }

// The civil year of a day: H. Hinnant's days_from_civil, backwards.
int YearOfDay(int64_t day) {
  const int64_t shifted = day + 719'468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const int64_t of_era = shifted - era * 146'097;
  const int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t year = year_of_era + era * 400;
  return static_cast<int>(day_of_year >= 306 ? year + 1 : year);  // the year began in March
}

// 1970-01-01 was a Thursday.
bool IsWeekend(int64_t day) {
  const int64_t weekday = ((day + 4) % 7 + 7) % 7;  // 0 is Sunday
  return weekday == 0 || weekday == 6;
}

}  // namespace

int YearOf(Millis time) { return YearOfDay(DayOf(time)); }

Result<WorkCalendar> WorkCalendar::Parse(std::string_view text, std::string_view name) {
  if (text.size() > limits::kHolidayBytesMax) {
    return Error{Code::kLimit, fmt::format("{}：{} 字节，超过节假日表的上限 {} 字节", name,
                                           text.size(), limits::kHolidayBytesMax)};
  }
  WorkCalendar calendar;
  size_t number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    line = Trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    std::vector<std::string_view> words;
    for (const std::string_view word : Split(line, ' ')) {
      if (!word.empty()) words.push_back(word);
    }
    const auto wrong = [&](std::string_view what) {
      return Error{Code::kInvalid,
                   fmt::format("{}:{}：{}；每行写“year 2026”、“off 2026-02-15 2026-02-23”或"
                               "“work 2026-02-14”",
                               name, number, what)};
    };
    if (words[0] == "year" && words.size() == 2) {
      int year = 0;
      const auto [end, error] =
          std::from_chars(words[1].data(), words[1].data() + words[1].size(), year);
      if (error != std::errc() || end != words[1].data() + words[1].size() || year < 1992 ||
          year > 9999)
        return wrong(fmt::format("“{}”不是年份", Neutralise(words[1])));
      calendar.years_.insert(year);
      continue;
    }
    const bool work = words[0] == "work";
    if ((!work && words[0] != "off") || words.size() < 2 || words.size() > 3)
      return wrong(fmt::format("看不懂“{}”", Neutralise(line)));
    const Result<Millis> first = ParseTime(words[1]);
    const Result<Millis> last = ParseTime(words.back());
    if (!first || !last || *last < *first || *last - *first > 31 * kDay)
      return wrong(fmt::format("日期“{}”不对", Neutralise(line)));
    for (int64_t day = DayOf(*first); day <= DayOf(*last); ++day) calendar.days_[day] = work;
  }
  for (const auto& [day, work] : calendar.days_) {
    if (calendar.years_.contains(YearOfDay(day))) continue;
    return Error{Code::kInvalid,
                 fmt::format("{}：有 {} 年的日期，却没有“year {}”一行；写全一年后加上这一行", name,
                             YearOfDay(day), YearOfDay(day))};
  }
  return calendar;
}

void WorkCalendar::Add(const WorkCalendar& other) {
  std::erase_if(days_, [&](const auto& day) { return other.Knows(YearOfDay(day.first)); });
  years_.insert(other.years_.begin(), other.years_.end());
  days_.insert(other.days_.begin(), other.days_.end());
}

bool WorkCalendar::IsWorking(int64_t day) const {
  const auto special = days_.find(day);
  return special != days_.end() ? special->second : !IsWeekend(day);
}

bool WorkCalendar::IsWorkingDay(Millis time) const { return IsWorking(DayOf(time)); }

WorkCalendar::Term WorkCalendar::After(Millis from, uint32_t days) const {
  int64_t day = DayOf(from);
  std::set<int> unknown;
  for (uint32_t left = days; left > 0;) {
    ++day;
    if (!Knows(YearOfDay(day))) unknown.insert(YearOfDay(day));
    if (IsWorking(day)) --left;
  }
  Term term{.end = EndOf(day)};
  for (const int year : unknown) {
    term.note += fmt::format("{}{} 年", term.note.empty() ? "" : "、", year);
  }
  if (!term.note.empty()) term.note += "尚无节假日安排，只除去周末";
  return term;
}

}  // namespace xuncha
