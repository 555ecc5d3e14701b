// SPDX-License-Identifier: Apache-2.0
#include "store/deliveries.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "store/db.h"
#include "store/deliveries_records.h"
#include "tests/unit/store/support.h"

namespace xuncha {
namespace {

using testing_support::Must;
using testing_support::TempDirectory;
using Outcome = AttemptEnd::Outcome;

constexpr Millis kStart = 1'767'225'600'000;
constexpr Millis kMinute = 60'000;
constexpr int kTries = limits::kMessageAttemptsMax;

Delivery Night(std::string key = "run:3") {
  return {.channel = "duty",
          .to = {"duty@example.test"},
          .topic = "night",
          .key = std::move(key),
          .subject = "昨夜巡查",
          .parts = {{.heading = "第 3 次巡查", .lines = {"赌博：高 2"}, .closing = "见控制台"}},
          .refs = {"run:3"}};
}

class DeliveriesTest : public testing::Test {
 protected:
  DeliveriesTest() { Open(); }
  void Open() {
    store_.reset();
    store_ = Must(Store::Open({.directory = place_.path() + "/store",
                               .create = true,
                               .memory = 8 << 20,
                               .clock = &clock_}));
  }
  Deliveries& book() { return store_->deliveries(); }
  std::vector<std::string> Deeds() {
    std::vector<std::string> kinds;
    Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
      kinds.push_back(entry.kind);
      return true;
    }));
    return kinds;
  }
  std::vector<uint64_t> OpenOnes() {
    std::vector<uint64_t> numbers;
    Must(book().EachOpen([&](const Delivery& message) {
      numbers.push_back(message.number);
      return true;
    }));
    return numbers;
  }
  uint64_t Faults() {
    const StoreReport report = Must(store_->Check({}));
    for (const StoreFault& fault : report.faults) ADD_FAILURE() << fault.text;
    return report.damaged;
  }
  TempDirectory place_;
  FakeClock clock_{kStart};
  std::unique_ptr<Store> store_;
};

TEST_F(DeliveriesTest, QueuesTheSameNewsOnce) {
  const Deliveries::Queued first = Must(book().Queue(Night(), kStart));
  EXPECT_TRUE(first.fresh);
  EXPECT_EQ(first.number, 1u);
  Open();
  const Deliveries::Queued again = Must(book().Queue(Night(), kStart + kMinute));
  EXPECT_FALSE(again.fresh);
  EXPECT_EQ(again.number, 1u);
  Delivery other = Night();
  other.to = {"chief@example.test"};
  EXPECT_EQ(Must(book().Queue(other, kStart)).number, 2u) << "to somebody else it is another";
  EXPECT_TRUE(Must(book().Knows("duty", {"duty@example.test"}, "run:3")));
  EXPECT_FALSE(Must(book().Knows("duty", {"duty@example.test"}, "run:4")));
  EXPECT_EQ(Faults(), 0u);
}

TEST_F(DeliveriesTest, KeepsEveryFieldOverAReopening) {
  Delivery message = Night();
  message.urgent = message.alone = true;
  message.link = "https://xuncha.example.test/n/abc";
  message.message_id = "<1@xuncha>";
  message.due = kStart + 30'000;
  message.parts[0].more = 7;
  Must(book().Queue(message, kStart));
  Open();
  const Delivery kept = Must(book().ByNumber(1));
  EXPECT_EQ(kept.made, kStart);
  EXPECT_EQ(kept.next, kStart + 30'000);
  EXPECT_EQ(kept.to, message.to);
  EXPECT_EQ(kept.parts.at(0).lines, message.parts[0].lines);
  EXPECT_EQ(kept.parts[0].more, 7u);
  EXPECT_EQ(kept.link, message.link);
  EXPECT_EQ(kept.message_id, message.message_id);
  EXPECT_TRUE(kept.urgent && kept.alone);
}

TEST_F(DeliveriesTest, AnAttemptIsOnRecordBeforeItIsMade) {
  Must(book().Queue(Night(), kStart));
  Must(book().Begin(1, kStart + 5));
  Open();  // the program died while the message was on its way
  const Delivery kept = Must(book().ByNumber(1));
  ASSERT_EQ(kept.attempts.size(), 1u);
  EXPECT_EQ(kept.attempts[0].ended, 0);
  EXPECT_EQ(kept.state, DeliveryState::kFailed);
  EXPECT_GT(kept.next, kStart + kMinute / 2) << "not at once: a loop of crashes must not flood";
  EXPECT_EQ(Must(book().FactsOf("duty")).recent, std::vector<uint64_t>{kStart + 5});
  EXPECT_EQ(Faults(), 0u);
}

TEST_F(DeliveriesTest, TriesAgainWithGrowingPausesAndGivesUpAfterADay) {
  Must(book().Queue(Night(), kStart));
  Millis now = kStart, before = 0;
  for (int attempt = 1; attempt <= kTries; ++attempt) {
    Must(book().Begin(1, now));
    const Delivery kept = Must(book().End(
        1, {.outcome = Outcome::kLater, .code = 421, .answer = "busy"}, kTries, now + 1'000));
    if (attempt == kTries) break;
    EXPECT_EQ(kept.state, DeliveryState::kFailed) << attempt;
    EXPECT_GT(kept.next - now, before) << attempt;
    before = kept.next - now;
    now = kept.next;
  }
  const Delivery kept = Must(book().ByNumber(1));
  EXPECT_EQ(kept.state, DeliveryState::kGivenUp);
  EXPECT_EQ(kept.attempts.size(), static_cast<size_t>(kTries));
  EXPECT_NEAR(static_cast<double>(now - kStart), 86'400'000.0, 4'000'000.0);
  EXPECT_TRUE(OpenOnes().empty());
  EXPECT_EQ(Deeds(), std::vector<std::string>{"message-given-up"});
  EXPECT_EQ(Must(book().FactsOf("duty")).failures, static_cast<uint32_t>(kTries));
  EXPECT_EQ(Faults(), 0u);
}

TEST_F(DeliveriesTest, PausesDifferFromMessageToMessageAndNeverFromRunToRun) {
  std::vector<Millis> pauses;
  for (uint64_t number = 1; number <= 50; ++number) {
    pauses.push_back(Deliveries::Pause(number, 3));
    EXPECT_EQ(pauses.back(), Deliveries::Pause(number, 3));
    EXPECT_GE(pauses.back(), 15 * kMinute * 9 / 10);
    EXPECT_LE(pauses.back(), 15 * kMinute * 11 / 10);
  }
  std::sort(pauses.begin(), pauses.end());
  EXPECT_GT(std::unique(pauses.begin(), pauses.end()) - pauses.begin(), 30);
}

TEST_F(DeliveriesTest, HandingANoticeOverIsAnEntryOfTheChainAndTheLinkIsForgotten) {
  Delivery notice = Night("notice:7");
  notice.topic = "notice";
  notice.link = "https://xuncha.example.test/n/secret";
  notice.refs = {"notice:7", "incident:9c1e"};
  Must(book().Queue(notice, kStart));
  Must(book().Begin(1, kStart));
  const Delivery sent = Must(book().End(
      1, {.outcome = Outcome::kTaken, .code = 250, .answer = "ok"}, kTries, kStart + 900));
  EXPECT_EQ(sent.state, DeliveryState::kSent);
  EXPECT_EQ(Must(book().ByNumber(1)).link, "");
  EXPECT_EQ(Deeds(), std::vector<std::string>{"notice-sent"});
  const AuditEntry entry = *Must(store_->audit().EntryAt(1));
  EXPECT_EQ(RefOf(entry, "notice"), "7");
  EXPECT_EQ(RefOf(entry, "incident"), "9c1e");
  EXPECT_THAT(entry.what, testing::HasSubstr("duty@example.test"));
  EXPECT_EQ(entry.what.find("secret"), std::string::npos);
  EXPECT_EQ(book().Begin(1, kStart + 1'000).error().code, Code::kConflict) << "never twice";
}

TEST_F(DeliveriesTest, WhatIsRefusedForGoodIsGivenUpAtOnce) {
  Must(book().Queue(Night(), kStart));
  Must(book().Begin(1, kStart));
  const std::string long_answer(5'000, 'x');
  const Delivery kept = Must(
      book().End(1, {.outcome = Outcome::kRefused, .code = 550, .answer = "\x1b[2J" + long_answer},
                 kTries, kStart));
  EXPECT_EQ(kept.state, DeliveryState::kGivenUp);
  EXPECT_LE(kept.attempts[0].answer.size(), limits::kMessageAnswerKeptMax);
  EXPECT_EQ(kept.attempts[0].answer.find('\x1b'), std::string::npos);
}

TEST_F(DeliveriesTest, AServiceThatAsksForAPauseGetsIt) {
  Must(book().Queue(Night(), kStart));
  Must(book().Begin(1, kStart));
  const Delivery kept = Must(book().End(
      1, {.outcome = Outcome::kLater, .code = 130101, .pause = 10 * kMinute}, kTries, kStart));
  EXPECT_EQ(kept.next, kStart + 10 * kMinute);
  Open();
  EXPECT_EQ(Must(book().FactsOf("duty")).paused_until, kStart + 10 * kMinute);
}

TEST_F(DeliveriesTest, RemembersOneMinuteOfUses) {
  Must(book().Queue(Night("a"), kStart));
  Must(book().Queue(Night("b"), kStart));
  Must(book().Begin(1, kStart));
  Must(book().Begin(2, kStart + kMinute));
  EXPECT_EQ(Must(book().FactsOf("duty")).recent, std::vector<uint64_t>{kStart + kMinute});
}

TEST_F(DeliveriesTest, ADigestCarriesWhatWasQueuedBefore) {
  Must(book().Queue(Night("a"), kStart));
  Must(book().Queue(Night("b"), kStart));
  Delivery alone = Night("c");
  alone.alone = true;
  Must(book().Queue(alone, kStart));
  EXPECT_EQ(book().Merge(3, {1}).error().code, Code::kConflict) << "it goes alone";
  EXPECT_EQ(book().Merge(1, {2}).error().code, Code::kConflict) << "the youngest leads";
  Must(book().Merge(2, {1}));
  EXPECT_EQ(OpenOnes(), (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(Must(book().ByNumber(2)).parts.size(), 2u);
  EXPECT_EQ(Must(book().ByNumber(1)).state, DeliveryState::kMerged);
  EXPECT_EQ(Must(book().ByNumber(1)).merged_into, 2u);
  EXPECT_EQ(Faults(), 0u);
}

TEST_F(DeliveriesTest, RefusesWhatIsNoMessage) {
  struct Case {
    std::string_view why;
    void (*spoil)(Delivery&);
    Code code;
  };
  const Case cases[] = {
      {"no channel", [](Delivery& m) { m.channel.clear(); }, Code::kInvalid},
      {"no key", [](Delivery& m) { m.key.clear(); }, Code::kInvalid},
      {"nothing to say", [](Delivery& m) { m.parts.clear(); }, Code::kInvalid},
      {"subject too long", [](Delivery& m) { m.subject.assign(5'000, 'x'); }, Code::kLimit},
      {"not UTF-8", [](Delivery& m) { m.subject = "\xff"; }, Code::kLimit},
      {"too many lines", [](Delivery& m) { m.parts[0].lines.assign(5'000, "x"); }, Code::kLimit},
      {"too many addressees", [](Delivery& m) { m.to.assign(500, "a@b"); }, Code::kLimit},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    Delivery message = Night();
    c.spoil(message);
    const Result<Deliveries::Queued> queued = book().Queue(message, kStart);
    ASSERT_FALSE(queued.ok());
    EXPECT_EQ(queued.error().code, c.code);
  }
}

TEST_F(DeliveriesTest, OldMessagesGoButWhatWaitsStaysAndNumbersAreNotGivenTwice) {
  for (const char* key : {"a", "b", "c"}) Must(book().Queue(Night(key), kStart));
  for (const uint64_t number : {1, 3}) {
    Must(book().Begin(number, kStart));
    Must(book().End(number, {.outcome = Outcome::kTaken}, kTries, kStart));
  }
  EXPECT_EQ(Must(book().Forget(kStart)), 0u) << "they are not that old";
  EXPECT_EQ(Must(book().Forget(kStart + 1)), 1u);
  EXPECT_EQ(book().ByNumber(1).error().code, Code::kNotFound);
  EXPECT_EQ(OpenOnes(), std::vector<uint64_t>{2});
  EXPECT_FALSE(Must(book().Knows("duty", {"duty@example.test"}, "a")));
  EXPECT_EQ(Must(book().Queue(Night("d"), kStart)).number, 4u);
  EXPECT_EQ(Deeds().back(), "messages-forget");
  EXPECT_EQ(Faults(), 0u);
}

TEST_F(DeliveriesTest, TheCheckerSeesWhatDoesNotFit) {
  Must(book().Queue(Night(), kStart));
  store_.reset();
  struct Case {
    std::string_view why;
    void (*spoil)(Batch&);
    std::string_view says;
  };
  const Case cases[] = {
      {"waits unseen", [](Batch& b) { b.Delete(Family::kDeliveries, OpenDeliveryKey(1)); },
       "waits, and is not listed"},
      {"listed, not there", [](Batch& b) { b.Put(Family::kDeliveries, OpenDeliveryKey(9), ""); },
       "names message"},
      {"key lost",
       [](Batch& b) {
         b.Delete(Family::kDeliveries, DeliveryPlaceKey("duty", {"duty@example.test"}, "run:3"));
       },
       "its own key"},
      {"strange key", [](Batch& b) { b.Put(Family::kDeliveries, "zzz", ""); },
       "no record of the messages"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const TempDirectory copy;
    std::filesystem::copy(place_.path(), copy.path(), std::filesystem::copy_options::recursive);
    const std::string directory = copy.path() + "/store";
    {
      auto database = Must(Database::Open({.directory = directory, .memory = 8 << 20}));
      Batch batch(*database);
      c.spoil(batch);
      Must(batch.Commit());
    }
    const auto store = Must(Store::Open({.directory = directory, .read_only = true}));
    const StoreReport report = Must(store->Check({}));
    ASSERT_EQ(report.faults.size(), 1u);
    EXPECT_THAT(report.faults[0].text, testing::HasSubstr(std::string(c.says)));
  }
}

}  // namespace
}  // namespace xuncha
