// When the desk's next crawl is due, by what the store says of the last ones.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/next_night.h"

#include <gmock/gmock.h>

#include "tests/unit/store/casework_support.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using testing_support::kDay;
using testing_support::kHour;
using testing_support::Must;

class NextNightTest : public ::testing::Test {
 protected:
  // Begins one; ended unless it is broken off.
  void Begin(Millis now, RunScope scope = RunScope::kAllSites) {
    const Digest config = scope == RunScope::kAllSites ? rules_ : Sha256("some pages");
    Must(store_->BeginRun(rules_, config, now, scope));
  }
  void End(Millis now) {
    xuncha::Run run = Must(store_->Runs()).back();
    run.ended = now;
    Must(store_->EndRun(run));
  }
  NextNight Next(Millis now) { return Must(NextNightOf(*store_, kHour, rules_, now)); }

  const Digest rules_ = Sha256("rules");
  const Millis midnight_ = Must(ParseTime("2026-03-02"));
  testing_support::TempDirectory directory_;
  std::unique_ptr<Store> store_ = Must(testing_support::OpenStore(directory_.path() + "/store"));
};

TEST_F(NextNightTest, ComesAtItsHourOrNowIfItWasMissed) {
  EXPECT_EQ(Must(NextNightOf(*store_, std::nullopt, rules_, midnight_)).at, INT64_MAX);
  EXPECT_EQ(Next(midnight_).at, midnight_ + kHour);
  Begin(midnight_ + kHour);
  End(midnight_ + 2 * kHour);
  EXPECT_EQ(Next(midnight_ + 3 * kHour).at, midnight_ + kDay + kHour);
  EXPECT_EQ(Next(midnight_ + 3 * kHour).why, "");
  const NextNight missed = Next(midnight_ + kDay + 5 * kHour);
  EXPECT_EQ(missed.at, midnight_ + kDay + 5 * kHour);
  EXPECT_THAT(missed.why, HasSubstr("错过了"));
  EXPECT_FALSE(missed.open);
}

TEST_F(NextNightTest, GoesOnWithTheOneThatStandsOpenOnlyIfItCan) {
  Begin(midnight_ + kHour);
  NextNight next = Next(midnight_ + 9 * kHour);
  EXPECT_TRUE(next.open);
  EXPECT_EQ(next.at, midnight_ + 9 * kHour);
  EXPECT_THAT(next.why, HasSubstr("接着做"));
  const NextNight other = Must(NextNightOf(*store_, kHour, Sha256("other"), midnight_ + 9 * kHour));
  EXPECT_FALSE(other.open);
  EXPECT_THAT(other.why, HasSubstr("规则有改动"));
  // Somebody had some pages looked at.
  Begin(midnight_ + 9 * kHour, RunScope::kPages);
  End(midnight_ + 9 * kHour + 1);
  next = Next(midnight_ + 10 * kHour);
  EXPECT_FALSE(next.open);
  EXPECT_EQ(next.at, midnight_ + 10 * kHour);
  EXPECT_THAT(next.why, HasSubstr("从头做"));
  EXPECT_FALSE(Must(store_->BeginRun(rules_, rules_, midnight_ + 10 * kHour)).resumed)
      << "as it says";
}

}  // namespace
}  // namespace xuncha
