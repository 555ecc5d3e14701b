// SPDX-License-Identifier: Apache-2.0
#include "app/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/purging.h"
#include "base/day.h"

namespace xuncha {
namespace {

constexpr size_t kNightsAveraged = 7;  // a week has its quiet and its busy days

}  // namespace

Growth GrowthOf(const Store::Sizes& sizes, const std::vector<Run>& runs) {
  if (sizes.history.empty()) return {};
  const auto is_night = [&runs](const Store::Sizes::AtRun& at) {
    return std::any_of(runs.begin(), runs.end(), [&at](const Run& run) {
      return run.id == at.run && run.scope == RunScope::kAllSites;
    });
  };
  // From the start of the first of the last nights; what others read meanwhile counts too.
  Store::Sizes::AtRun from = sizes.history.back();
  size_t nights = 0;
  for (auto at = sizes.history.rbegin(); at != sizes.history.rend() && nights < kNightsAveraged;
       ++at) {
    if (!is_night(*at)) continue;
    from = *at;
    ++nights;
  }
  if (nights == 0) return {};
  uint64_t pages = 0;
  for (const Run& run : runs) {
    if (run.id >= from.run) pages += run.totals.pages;
  }
  const double grown =
      std::max(0.0, static_cast<double>(sizes.total()) - static_cast<double>(from.bytes));
  return {.per_night = grown / static_cast<double>(nights),
          .per_thousand = pages == 0 ? 0 : grown * 1000 / static_cast<double>(pages),
          .nights = nights};
}

DiskForecast ForecastOf(const std::string& directory, const Store::Sizes& sizes,
                        const Growth& growth, const std::vector<Run>& runs, Millis retention,
                        Millis now) {
  DiskForecast forecast;
  std::error_code error;
  const std::filesystem::space_info disk = std::filesystem::space(directory, error);
  if (!error) forecast.free = static_cast<double>(disk.available);
  if (growth.per_night <= 0) return forecast;
  forecast.nights_left = forecast.free / growth.per_night;
  const Millis kept = runs.empty() ? 0 : std::max<Millis>(0, now - runs.front().started);
  const double more = static_cast<double>(std::max<Millis>(0, retention - kept)) /
                      static_cast<double>(kDay) * growth.per_night;
  forecast.settles_at = static_cast<double>(sizes.total()) + more;
  forecast.fits = more <= forecast.free;
  return forecast;
}

std::string ForecastText(const DiskForecast& forecast, Millis retention) {
  std::string text = fmt::format("磁盘可用 {}", BytesText(forecast.free));
  if (forecast.nights_left > 0) {
    text += fmt::format("，按此速度约够 {:.0f} 夜{}", forecast.nights_left,
                        forecast.nights_left < kNightsLeftMin ? "：请尽快扩容或缩短保存期" : "");
    text +=
        fmt::format("；保存满 {} 天后约占 {}，{}", retention / kDay, BytesText(forecast.settles_at),
                    forecast.fits ? "装得下" : "装不下：请扩容或缩短保存期");
  }
  return text + "\n";
}

}  // namespace xuncha
