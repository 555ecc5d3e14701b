// What doctor stands on: other programs' answers, and the forecast of the disk.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/doctor.h"
#include "app/growth.h"
#include "app/tool.h"

namespace xuncha {
namespace {

using testing::HasSubstr;

constexpr Millis kDay = 86'400'000, kNow = 1'767'225'600'000;

TEST(AskTool, HandsBackWhatItSaysAndHowItEnded) {
  const Result<ToolAnswer> answer = AskTool({"sh", "-c", "echo $LC_ALL; exit 3"}, 5'000, 100);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->out, "C.UTF-8\n");
  EXPECT_EQ(answer->code, 3);
  const Result<ToolAnswer> killed = AskTool({"sh", "-c", "kill -9 $$"}, 5'000, 100);
  ASSERT_TRUE(killed.ok());
  EXPECT_EQ(killed->code, 128 + 9);
}

TEST(AskTool, IsBoundedInBytesAndTime) {
  const Result<ToolAnswer> much = AskTool({"sh", "-c", "yes | head -c 300000"}, 5'000, 1'000);
  ASSERT_TRUE(much.ok());
  EXPECT_EQ(much->out.size(), 1'000u);
  EXPECT_EQ(AskTool({"sh", "-c", "sleep 30"}, 200, 100).error().code, Code::kLimit);
  EXPECT_EQ(AskTool({"sh", "-c", "exec >&-; sleep 30"}, 200, 100).error().code, Code::kLimit)
      << "one that has closed its output, too";
  EXPECT_EQ(AskTool({"xuncha-no-such-program"}, 200, 100).error().code, Code::kNotFound);
}

Store::Sizes Sizes(uint64_t now, std::vector<uint64_t> before) {
  Store::Sizes sizes;
  sizes.families.push_back({.name = "blobs", .bytes = now});
  for (size_t i = 0; i < before.size(); ++i) sizes.history.push_back({i + 1, before[i]});
  return sizes;
}

TEST(Forecast, SaysWhenTheStoreSettlesAndWhetherThatFits) {
  const std::vector<xuncha::Run> runs = {{.id = 1, .started = kNow - 2 * kDay},
                                         {.id = 2, .started = kNow - kDay}};
  const Store::Sizes sizes = Sizes(3'000'000, {1'000'000, 2'000'000});
  const Growth growth = GrowthOf(sizes, runs);
  EXPECT_EQ(growth.nights, 2u);
  EXPECT_DOUBLE_EQ(growth.per_night, 1'000'000);
  const DiskForecast forecast = ForecastOf("/", sizes, growth, runs, 366 * kDay, kNow);
  EXPECT_DOUBLE_EQ(forecast.settles_at, 3'000'000 + 364 * 1'000'000.0)
      << "two of the days are kept already";
  EXPECT_GT(forecast.free, 0);
  EXPECT_DOUBLE_EQ(forecast.nights_left, forecast.free / 1'000'000);
  EXPECT_EQ(forecast.fits, 364 * 1'000'000.0 <= forecast.free);
  EXPECT_THAT(ForecastText(forecast, 366 * kDay), HasSubstr("保存满 366 天"));
  const DiskForecast full =
      ForecastOf("/", sizes, {.per_night = 1e15, .nights = 2}, runs, 366 * kDay, kNow);
  EXPECT_FALSE(full.fits);
  EXPECT_THAT(ForecastText(full, 366 * kDay), HasSubstr("装不下"));
}

TEST(Forecast, CountsNightsAndNoLooksAtSingleCases) {
  const std::vector<xuncha::Run> runs = {{.id = 1, .started = kNow - 2 * kDay},
                                         {.id = 2, .started = kNow, .scope = RunScope::kPages},
                                         {.id = 3, .started = kNow, .scope = RunScope::kSites}};
  const Growth growth = GrowthOf(Sizes(2'000'000, {1'000'000, 1'900'000, 1'950'000}), runs);
  EXPECT_EQ(growth.nights, 1u);
  EXPECT_DOUBLE_EQ(growth.per_night, 1'000'000);
}

TEST(Forecast, OfAStoreThatDoesNotGrowThereIsNone) {
  const Store::Sizes sizes = Sizes(1'000, {2'000});
  const std::vector<xuncha::Run> runs = {{.id = 1, .started = kNow - kDay}};
  const DiskForecast forecast =
      ForecastOf("/", sizes, GrowthOf(sizes, runs), runs, 366 * kDay, kNow);
  EXPECT_EQ(forecast.nights_left, 0);
  EXPECT_TRUE(forecast.fits);
  EXPECT_EQ(GrowthOf(Sizes(1'000, {}), {}).nights, 0u);
}

TEST(Doctor, SaysHowLongAgo) {
  EXPECT_EQ(Ago(kNow - 3 * kDay, kNow), "3 天前");
  EXPECT_EQ(Ago(kNow - 5 * 3'600'000, kNow), "5 小时前");
  EXPECT_EQ(Ago(kNow - 60'000, kNow), "1 分钟前");
  EXPECT_EQ(Ago(kNow + 60'000, kNow), "在将来");
}

}  // namespace
}  // namespace xuncha
