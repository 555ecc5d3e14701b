// Clock: see clock.h. The calendar is std::chrono's; the forms are parsed here
// by hand, for they are few and come from outside.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/day.h"
#include "base/text.h"

namespace xuncha {
namespace {

// 0000-01-01 and 9999-12-31T23:59:59 in Shanghai: four-digit years.
constexpr Millis kFirst = -62'167'219'200'000 - kShanghai;
constexpr Millis kLast = 253'402'300'799'000 - kShanghai;

struct Civil {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
};

std::optional<Millis> ToMillis(const Civil& civil) {
  const std::chrono::year_month_day date{
      std::chrono::year(civil.year), std::chrono::month(civil.month), std::chrono::day(civil.day)};
  // 60 is a leap second; it counts as the first second of the next minute.
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * kDay + ((civil.hour * 60 + civil.minute) * 60 + civil.second) * Millis{1000};
}

// Reads a form from left to right; the first mismatch ends it.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int Digits(size_t count) {
    int value = 0;
    if (rest_.size() < count) return Fail();
    for (size_t i = 0; i < count; ++i) {
      const char c = rest_[i];
      if (c < '0' || c > '9') return Fail();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  void Expect(std::string_view literal) {
    if (!rest_.starts_with(literal)) {
      Fail();
    } else {
      rest_.remove_prefix(literal.size());
    }
  }
  bool Accept(std::string_view literal) {
    if (!ok_ || !rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  unsigned Month() {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (unsigned i = 0; i < kMonths.size(); ++i) {
      if (Accept(kMonths[i])) return i + 1;
    }
    Fail();
    return 0;
  }
  void Time(Civil& civil) {
    civil.hour = Digits(2);
    Expect(":");
    civil.minute = Digits(2);
    Expect(":");
    civil.second = Digits(2);
  }
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  int Fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

Millis SystemClock::Now() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Millis SystemClock::Monotonic() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string FormatTime(Millis time) {
  const Millis local = std::clamp(time, kFirst, kLast) + kShanghai;
  const auto days = std::chrono::floor<std::chrono::days>(std::chrono::milliseconds(local));
  const std::chrono::year_month_day date{std::chrono::sys_days(days)};
  const int64_t second = (local - days.count() * kDay) / 1000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+08:00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     second / 3600, second / 60 % 60, second % 60);
}

Result<Millis> ParseTime(std::string_view text) {
  Scanner scan(text);
  Civil civil;
  civil.year = scan.Digits(4);
  scan.Expect("-");
  civil.month = static_cast<unsigned>(scan.Digits(2));
  scan.Expect("-");
  civil.day = static_cast<unsigned>(scan.Digits(2));
  if (scan.Accept("T")) {
    scan.Time(civil);
    scan.Expect("+08:00");
  }
  const std::optional<Millis> time = scan.Done() ? ToMillis(civil) : std::nullopt;
  if (time) return *time - kShanghai;
  return Error{Code::kInvalid, fmt::format("time \"{}\": not understood; write 2026-11-22 or "
                                           "2026-11-22T09:00:00+08:00",
                                           Neutralise(text.substr(0, 40)))};
}

Result<Millis> ParseHttpDate(std::string_view text) {
  text = Trim(text);
  Civil civil;
  // The weekday is redundant and often wrong; only its place in the form counts.
  size_t weekday = 0;
  while (weekday < text.size() && IsAsciiAlnum(static_cast<unsigned char>(text[weekday])))
    ++weekday;
  Scanner scan(text.substr(weekday));
  if (weekday >= 3 && weekday <= 9 && scan.Accept(", ")) {
    civil.day = static_cast<unsigned>(scan.Digits(2));
    if (scan.Accept("-")) {  // RFC 850: "Sunday, 06-Nov-94 08:49:37 GMT"
      civil.month = scan.Month();
      scan.Expect("-");
      // RFC 9110 asks for the century nearest to now; servers that still write
      // two digits date from the last century or mean this one.
      const int year = scan.Digits(2);
      civil.year = year >= 70 ? 1900 + year : 2000 + year;
    } else {  // IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT"
      scan.Expect(" ");
      civil.month = scan.Month();
      scan.Expect(" ");
      civil.year = scan.Digits(4);
    }
    scan.Expect(" ");
    scan.Time(civil);
    scan.Expect(" GMT");
  } else {  // asctime: "Sun Nov  6 08:49:37 1994"
    scan.Expect(" ");
    civil.month = scan.Month();
    scan.Expect(" ");
    civil.day = static_cast<unsigned>(scan.Accept(" ") ? scan.Digits(1) : scan.Digits(2));
    scan.Expect(" ");
    scan.Time(civil);
    scan.Expect(" ");
    civil.year = scan.Digits(4);
  }
  const std::optional<Millis> time = weekday >= 3 && scan.Done() ? ToMillis(civil) : std::nullopt;
  if (time) return *time;
  return Error{Code::kInvalid, fmt::format("HTTP date \"{}\": not understood; it is ignored",
                                           Neutralise(text.substr(0, 40)))};
}

}  // namespace xuncha
