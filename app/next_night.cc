// SPDX-License-Identifier: Apache-2.0
#include "app/next_night.h"

#include <fmt/format.h>

#include <vector>

#include "base/day.h"
#include "base/text.h"

namespace xuncha {
namespace {

// The last time it was `at` o'clock.
Millis LastTimeOf(Millis at, Millis now) {
  const Millis midnight = StartOfDay(DayOf(now));
  return midnight + at <= now ? midnight + at : midnight + at - kDay;
}

}  // namespace

Result<NextNight> NextNightOf(const Store& store, const std::optional<Millis>& crawl_at,
                              const Digest& rules, Millis now) {
  NextNight next;
  if (!crawl_at) return next;
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return runs.error();
  const Result<std::vector<Run>> nights = store.Nights();
  if (!nights) return nights.error();
  const Millis last = LastTimeOf(*crawl_at, now);
  next.at = last + kDay;
  if (nights->empty()) return next;
  const Run& night = nights->back();
  if (night.ended == 0) {
    next.at = now;
    next.open = night.id == runs->back().id && night.rules == rules;
    next.why = next.open ? fmt::format("第 {} 次巡查中断过，接着做（配置改过则从头做）", night.id)
                         : fmt::format("第 {} 次巡查中断过，之后{}；现在从头做", night.id,
                                       night.rules == rules ? "又做过别的巡查" : "规则有改动");
  } else if (night.started < last) {
    next.at = now;
    next.why = fmt::format("{} 的巡查错过了，现在补做", FormatTime(last));
  }
  return next;
}

}  // namespace xuncha
