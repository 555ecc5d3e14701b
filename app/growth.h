// How fast the store grows, and where that leads: for `store stats` and `doctor`.
//
// Pure but for the look at the disk.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "store/store.h"

namespace xuncha {

inline constexpr double kNightsLeftMin = 30;  // below it somebody has to act this month

struct Growth {
  double per_night = 0;
  double per_thousand = 0;  // bytes of a thousand pages looked at on one night
  uint64_t nights = 0;      // it was measured over; 0: there was none
};
// Over the last nights whose beginning was measured, up to now.
Growth GrowthOf(const Store::Sizes& sizes, const std::vector<Run>& runs);

struct DiskForecast {
  double free = 0;         // bytes; 0 if nobody knows
  double nights_left = 0;  // until it is full; 0: it does not grow
  // Of the store when the oldest records begin to go as fast as new ones come: after
  // `retention`. 0: it does not grow.
  double settles_at = 0;
  bool fits = true;  // it settles before the disk is full
};
DiskForecast ForecastOf(const std::string& directory, const Store::Sizes& sizes,
                        const Growth& growth, const std::vector<Run>& runs, Millis retention,
                        Millis now);
// A line for people, ended by a line feed.
std::string ForecastText(const DiskForecast& forecast, Millis retention);

}  // namespace xuncha
