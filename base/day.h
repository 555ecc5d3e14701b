// Days and hours as people here count them. Asia/Shanghai has had one offset since 1992,
// so its days are arithmetic; whatever stands on the day of a person asks here.
//
// Pure functions; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"

namespace xuncha {

inline constexpr Millis kMinute = 60'000;
inline constexpr Millis kHour = 60 * kMinute;
inline constexpr Millis kDay = 24 * kHour;
inline constexpr Millis kShanghai = 8 * kHour;  // ahead of UTC

// The day in Shanghai that `time` lies in, counted from 1970-01-01 there.
constexpr int64_t DayOf(Millis time) {
  const Millis local = time + kShanghai;
  return local / kDay - (local % kDay < 0 ? 1 : 0);
}
// When that day begins.
constexpr Millis StartOfDay(int64_t day) { return day * kDay - kShanghai; }
// Since it began.
constexpr Millis TimeOfDay(Millis time) { return time - StartOfDay(DayOf(time)); }

// "2026-11-22".
inline std::string FormatDay(Millis time) { return FormatTime(time).substr(0, 10); }

}  // namespace xuncha
