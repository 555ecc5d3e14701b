// Nights on a clock that stands still until it is moved, and a post office that does what
// it is told.
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/teller.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <latch>

#include "base/files.h"
#include "base/limits.h"
#include "store/casework.h"
#include "store/deliveries.h"

namespace xuncha {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr Millis kMinute = 60'000, kHour = 60 * kMinute;

class FakeCourier final : public Courier {
 public:
  CourierAnswer Mail(const MailDrop& drop) override {
    mails.push_back(drop);
    return Answer({.code = 250, .body = "250 queued"});
  }
  CourierAnswer Post(const HttpPost& post) override {
    posts.push_back(post);
    return Answer({.code = 200, .body = R"({"errcode":0,"errmsg":"ok"})"});
  }
  std::vector<MailDrop> mails;
  std::vector<HttpPost> posts;
  std::deque<CourierAnswer> answers;  // then the friendly one

 private:
  CourierAnswer Answer(CourierAnswer friendly) {
    if (answers.empty()) return friendly;
    CourierAnswer next = answers.front();
    answers.pop_front();
    return next;
  }
};

// Hands the first mail over when it is told to.
class SlowCourier final : public Courier {
 public:
  CourierAnswer Mail(const MailDrop&) override {
    if (++mails == 1) {
      called.count_down();
      release.wait();
    }
    return {.code = 250};
  }
  CourierAnswer Post(const HttpPost&) override { return {}; }
  std::atomic<int> mails = 0;
  std::latch called{1}, release{1};
};

class TellerTest : public testing::Test {
 protected:
  TellerTest() {
    std::string name = testing::TempDir() + "/xuncha_teller_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    place_ = name;
    policy_.console = "https://desk.example.test";
    policy_.quiet_from = 22 * 60;
    policy_.quiet_until = 7 * 60;
    policy_.run_every = 26 * kHour;
    policy_.owners = "mail";
    policy_.channels = {{.name = "mail",
                         .kind = ChannelKind::kMail,
                         .server = "smtp://mail.example.test:587",
                         .from = "xuncha@example.test",
                         .to = {"duty@example.test", "chief@example.test"}},
                        {.name = "duty",
                         .kind = ChannelKind::kWeCom,
                         .secret_file = "duty.secret",
                         .topics = {"run", "night"}}};
    Secret("url = \"https://robot.example.test/send?key=k\"\n");
    Open();
  }
  ~TellerTest() override {
    teller_.reset();
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(place_, ignored);
  }
  void Secret(std::string_view text) {
    const std::string file = place_ + "/duty.secret";
    ASSERT_TRUE(WriteFileAtomically(file, text).ok());
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  }
  void Open() {
    teller_.reset();
    store_.reset();
    auto opened = Store::Open(
        {.directory = place_ + "/store", .create = true, .memory = 8 << 20, .clock = &clock_});
    CHECK(opened.ok());
    store_ = std::move(*opened);
    teller_.emplace(Teller::Parts{*store_, policy_, clock_, courier_, place_});
  }
  static StoredFinding Found(std::string_view site, std::string_view word) {
    StoredFinding finding;
    finding.site = site;
    finding.url = fmt::format("http://{}/违规页面.html", site);
    finding.title = "违规标题";
    finding.finding.id = StableId({site, word});
    finding.finding.kind = "gambling";
    finding.finding.severity = Severity::kHigh;
    return finding;
  }
  // A run of an hour that finds so many high ones, each on a site of its own, and those.
  void Run(int incidents, std::vector<StoredFinding> findings = {}) {
    auto begun =
        store_->BeginRun(Sha256("rules"), Sha256(fmt::format("{}", clock_.Now())), clock_.Now());
    CHECK(begun.ok());
    xuncha::Run run = begun->run;
    clock_.Advance(kHour);
    for (int i = 0; i < incidents; ++i)
      findings.push_back(Found(fmt::format("s{}.example.test", serial_++), ""));
    const auto kept =
        store_->cases().KeepHistory(findings, {.kind = "rescan-keep"}, clock_.Now() - 1);
    CHECK(kept.ok());
    run.ended = clock_.Now();
    run.totals.sites = 5;
    CHECK(store_->EndRun(run).ok());
  }
  Teller::Tally Drain() {
    const std::atomic<bool> stop{false};
    Result<Teller::Tally> tally = teller_->Drain(stop);
    EXPECT_TRUE(tally.ok()) << (tally ? "" : tally.error().text);
    return tally ? *tally : Teller::Tally{};
  }
  uint64_t OpenOnes() {
    uint64_t count = 0;
    EXPECT_TRUE(store_->deliveries()
                    .EachOpen([&](const Delivery&) {
                      ++count;
                      return true;
                    })
                    .ok());
    return count;
  }
  std::vector<std::string> Deeds() {
    std::vector<std::string> kinds;
    EXPECT_TRUE(store_->audit()
                    .Each(1,
                          [&](const AuditEntry& entry) {
                            kinds.push_back(entry.kind);
                            return true;
                          })
                    .ok());
    return kinds;
  }
  NoticeNews Notice() const {
    return {.id = "2026-12",
            .printed = "网信整改〔2026〕12号",
            .title = "整改通知书",
            .unit = "图书馆",
            .site_name = "图书馆网站",
            .site = "lib.example.test",
            .incident = "9c1e",
            .kind = "gambling",
            .findings = 3,
            .deadline = clock_.Now() + 24 * kHour,
            .contacts = {"0591-00000000", "owner@example.test"}};
  }

  std::string place_;
  int serial_ = 0;
  FakeClock clock_;  // 08:00
  FakeCourier courier_;
  TellPolicy policy_;
  std::unique_ptr<Store> store_;
  std::optional<Teller> teller_;
};

TEST_F(TellerTest, ARunIsToldOfOnceToEverybodyOnEveryChannel) {
  EXPECT_EQ(Drain().sent, 0u) << "nothing has happened";
  Run(2);
  EXPECT_EQ(Drain().sent, 3u);
  ASSERT_EQ(courier_.mails.size(), 2u);
  EXPECT_EQ(courier_.mails[0].to, "duty@example.test");
  EXPECT_EQ(courier_.mails[1].to, "chief@example.test");
  ASSERT_EQ(courier_.posts.size(), 1u);
  EXPECT_THAT(courier_.posts[0].body, HasSubstr("新事件 2 件"));
  EXPECT_THAT(courier_.posts[0].body, Not(HasSubstr("违规页面")));
  EXPECT_THAT(courier_.posts[0].body, Not(HasSubstr("违规标题")));
  Open();
  EXPECT_EQ(Drain().sent, 0u) << "after a restart, too";
}

TEST_F(TellerTest, QuietHoursKeepNewsBackAndPutItTogether) {
  clock_.Advance(15 * kHour);  // 23:00
  Run(1);
  Drain();
  Run(2);
  EXPECT_EQ(Drain().waiting, 6u);
  EXPECT_TRUE(courier_.posts.empty());
  clock_.Advance(6 * kHour);  // 07:00
  const Teller::Tally tally = Drain();
  EXPECT_EQ(tally.sent, 3u) << "one digest each";
  EXPECT_EQ(tally.waiting, 0u);
  ASSERT_EQ(courier_.posts.size(), 1u);
  EXPECT_THAT(courier_.posts[0].body, HasSubstr("2 条消息"));
  EXPECT_THAT(courier_.posts[0].body, HasSubstr("第 1 次巡查"));
  EXPECT_THAT(courier_.posts[0].body, HasSubstr("第 2 次巡查"));
}

TEST_F(TellerTest, UrgentNewsGoesAtNight) {
  clock_.Advance(15 * kHour);
  const CaseLine one{
      .incident = "9c1e", .site = "s", .kind = "gambling", .at = clock_.Now() + kHour};
  for (Delivery& message : Addressed(policy_, ClockMessage(one, clock_.Now(), "")))
    ASSERT_TRUE(store_->deliveries().Queue(std::move(message), clock_.Now()).ok());
  EXPECT_EQ(Drain().sent, 2u) << "mail; the robot did not ask for it";
}

TEST_F(TellerTest, OnlyWhatWasClosedIsSaidToHaveComeBack) {
  const std::string incident = StableId({"s0.example.test", "gambling"});
  Run(1);
  Drain();
  Run(0, {Found("s0.example.test", "another")});
  Drain();
  ASSERT_EQ(courier_.posts.size(), 2u);
  EXPECT_THAT(courier_.posts.back().body, Not(HasSubstr("结案后再次出现")))
      << "a page more of what nobody has judged";
  const CaseOrder order{.incident = incident, .by = "值班员", .reason = "页面已经看过"};
  ASSERT_TRUE(
      store_->casework().Judge(order, CaseDeed::kJudgeCannotTell, {}, clock_.Now(), 0).ok());
  ASSERT_TRUE(store_->casework().Act(order, CaseDeed::kClose, clock_.Now()).ok());
  Run(0, {Found("s0.example.test", "a third")});
  Drain();
  ASSERT_EQ(courier_.posts.size(), 3u);
  EXPECT_THAT(courier_.posts.back().body, HasSubstr("结案后再次出现 1 件"));
}

TEST_F(TellerTest, AMissedNightIsToldOfOnceADay) {
  Run(0);
  Drain();
  courier_.posts.clear();
  clock_.Advance(25 * kHour);
  Drain();
  EXPECT_TRUE(courier_.posts.empty());
  clock_.Advance(2 * kHour);
  Drain();
  ASSERT_EQ(courier_.posts.size(), 1u);
  EXPECT_THAT(courier_.posts[0].body, HasSubstr("巡查没有进行"));
  clock_.Advance(kHour);
  Drain();
  EXPECT_EQ(courier_.posts.size(), 1u);
  clock_.Advance(24 * kHour);
  Drain();
  EXPECT_EQ(courier_.posts.size(), 2u);
}

TEST_F(TellerTest, ARunThatWasCutOffIsToldOf) {
  Run(0);
  Drain();
  ASSERT_TRUE(store_->BeginRun(Sha256("r"), Sha256("c"), clock_.Now()).ok());
  courier_.posts.clear();
  clock_.Advance(27 * kHour);
  Drain();
  ASSERT_EQ(courier_.posts.size(), 1u);
  EXPECT_THAT(courier_.posts[0].body, HasSubstr("巡查没有做完"));
}

TEST_F(TellerTest, ASecondLookAtSomePagesIsNoNight) {
  Run(0);
  Drain();
  courier_.posts.clear();
  courier_.mails.clear();
  clock_.Advance(27 * kHour);
  const auto begun = store_->BeginRun(Sha256("r"), Sha256("look"), clock_.Now(), RunScope::kPages);
  ASSERT_TRUE(begun.ok());
  xuncha::Run look = begun->run;
  look.ended = clock_.Now() + 1;
  ASSERT_TRUE(store_->EndRun(look).ok());
  clock_.Advance(1000);
  Drain();
  ASSERT_EQ(courier_.posts.size(), 1u) << "no word of the look itself";
  EXPECT_THAT(courier_.posts[0].body, HasSubstr("巡查没有进行"));
}

TEST_F(TellerTest, WhatFailsIsTriedAgainWithTheSameNumberUntilItIsTaken) {
  policy_.channels.resize(1);
  policy_.channels[0].to = {"duty@example.test"};
  Run(0);
  courier_.answers = {{.code = 421, .failure = "closing"}, {.code = 451, .failure = "busy"}};
  EXPECT_EQ(Drain().failed, 1u);
  EXPECT_EQ(Drain().failed, 0u) << "not before its time";
  clock_.Advance(2 * kMinute);
  EXPECT_EQ(Drain().failed, 1u);
  clock_.Advance(7 * kMinute);
  EXPECT_EQ(Drain().sent, 1u);
  ASSERT_EQ(courier_.mails.size(), 3u);
  const auto id = [](const MailDrop& mail) {
    const size_t at = mail.text.find("Message-ID: ");
    return mail.text.substr(at, mail.text.find('\r', at) - at);
  };
  EXPECT_EQ(id(courier_.mails[0]), id(courier_.mails[2])) << "a reader's program knows them as one";
}

TEST_F(TellerTest, ARobotIsNeverUsedMoreOftenThanItAllows) {
  policy_.channels.erase(policy_.channels.begin());
  policy_.owners.clear();
  for (int i = 0; i < 30; ++i) {
    Delivery message = TestMessage(clock_.Now() + i);
    message.channel = "duty";
    ASSERT_TRUE(store_->deliveries().Queue(message, clock_.Now()).ok());
  }
  Drain();
  EXPECT_EQ(courier_.posts.size(), limits::kWeComPerMinuteMax);
  Open();  // a restart forgets nothing of it
  Drain();
  EXPECT_EQ(courier_.posts.size(), limits::kWeComPerMinuteMax);
  clock_.Advance(kMinute);
  Drain();
  EXPECT_EQ(courier_.posts.size(), 30u);
}

TEST_F(TellerTest, AChannelWhoseSecretIsGoneUsesUpNoAttempt) {
  std::filesystem::remove(place_ + "/duty.secret");
  Run(0);
  Teller::Tally tally = Drain();
  EXPECT_EQ(tally.sent, 2u) << "the mail goes all the same";
  EXPECT_THAT(tally.errors, ElementsAre(HasSubstr("duty.secret")));
  EXPECT_EQ(tally.waiting, 1u);
  Secret("url = \"https://robot.example.test/send?key=k\"\n");
  Open();
  tally = Drain();
  EXPECT_EQ(tally.sent, 1u);
}

TEST_F(TellerTest, ANoticeGoesToTheSitesMailContactBehindTheUndoWindow) {
  const Millis due = clock_.Now() + limits::kUndoMillis;
  Result<size_t> count =
      QueueNotice(store_->deliveries(), policy_, Notice(), "ab12", due, clock_.Now());
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 1u);
  EXPECT_EQ(Drain().sent, 0u);
  clock_.Advance(limits::kUndoMillis);
  EXPECT_EQ(Drain().sent, 1u);
  ASSERT_EQ(courier_.mails.size(), 1u);
  EXPECT_EQ(courier_.mails[0].to, "owner@example.test");
  EXPECT_THAT(Deeds(), testing::Contains("notice-sent"));
  EXPECT_EQ(OwnerLink(policy_.console, "ab12"), "https://desk.example.test/o/ab12");
}

TEST_F(TellerTest, TheClockAndTermsThatPassAreToldOfInTheirTime) {
  policy_.channels.resize(1);
  policy_.channels[0].to = {"duty@example.test"};
  policy_.run_every = 0;
  Site site;
  site.id = "s0.example.test";
  site.name = "示例网站";
  site.address = "http://s0.example.test/";
  site.contacts = {"owner@example.test"};
  ASSERT_TRUE(store_->ReplaceSites({site}).ok());
  Run(1);
  Drain();
  courier_.mails.clear();
  std::string incident;
  ASSERT_TRUE(store_->cases()
                  .EachIncident([&](const Incident& one) {
                    incident = one.id;
                    return true;
                  })
                  .ok());
  const CasePolicy rules;
  const CaseOrder order{.incident = incident, .by = "值班员", .reason = "页面确有博彩链接"};
  const auto judged =
      store_->casework().Judge(order, CaseDeed::kJudgeViolation, rules, clock_.Now(), 0);
  ASSERT_TRUE(judged.ok()) << judged.error().text;
  Drain();
  EXPECT_TRUE(courier_.mails.empty()) << "a day is long";
  clock_.Advance(19 * kHour);  // 04:00, and all the same
  Drain();
  ASSERT_EQ(courier_.mails.size(), 1u);
  Drain();
  EXPECT_EQ(courier_.mails.size(), 1u) << "once";
  clock_.Advance(4 * kHour + kMinute);
  Drain();
  EXPECT_EQ(courier_.mails.size(), 2u) << "the last hour";
  const auto reported =
      store_->casework().Act({.incident = incident, .by = "值班员", .reason = "网安〔2026〕1号"},
                             CaseDeed::kReportSent, clock_.Now());
  ASSERT_TRUE(reported.ok()) << reported.error().text;

  const auto issued = store_->casework().Issue(order, CaseDeed::kNotify, site, rules, clock_.Now());
  ASSERT_TRUE(issued.ok()) << issued.error().text;
  const Result<size_t> told =
      QueueIssued(store_->deliveries(), policy_, *issued, site, clock_.Now());
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(*told, 1u);
  clock_.Advance(kMinute);
  Drain();
  ASSERT_EQ(courier_.mails.size(), 3u);
  EXPECT_EQ(courier_.mails[2].to, "owner@example.test");
  EXPECT_EQ(Drain().sent, 0u) << "its term runs";
  clock_.Advance(15 * 24 * kHour);
  Drain();
  ASSERT_EQ(courier_.mails.size(), 4u);
  EXPECT_EQ(courier_.mails[3].to, "duty@example.test");

  // A reminder pushes its own end on, not the day since when the owner is late.
  CaseOrder program = order;
  program.as = Party::kProgram;
  const auto reminded =
      store_->casework().Issue(program, CaseDeed::kRemind, site, rules, clock_.Now());
  ASSERT_TRUE(reminded.ok()) << reminded.error().text;
  clock_.Advance(5 * 24 * kHour);
  Drain();
  const std::string term = FormatTime(issued->notice.deadline).substr(0, 10);
  std::vector<std::string> lines;
  ASSERT_TRUE(store_->deliveries()
                  .Each(0,
                        [&](const Delivery& message) {
                          if (message.topic == "overdue") lines = message.parts.at(0).lines;
                          return true;
                        })
                  .ok());
  EXPECT_THAT(lines, ElementsAre(HasSubstr("到期 " + term)));
  EXPECT_EQ(courier_.mails.size(), 5u);
}

TEST_F(TellerTest, TheDeskIsToldOfANoticeThatDidNotArrive) {
  courier_.answers = {{.code = 550, .body = "550 no such user", .failure = "x"}};
  ASSERT_TRUE(QueueNotice(store_->deliveries(), policy_, Notice(), "ab12", 0, clock_.Now()).ok());
  const Teller::Tally tally = Drain();
  EXPECT_EQ(tally.given_up, 1u);
  EXPECT_EQ(tally.sent, 2u) << "to the desk's two";
  EXPECT_THAT(Deeds(), testing::Contains("notice-undelivered"));
}

TEST_F(TellerTest, OfTwoContactsTheDeskIsToldWhichDidNotGetTheNotice) {
  policy_.channels.resize(1);
  policy_.channels[0].to = {"duty@example.test"};
  NoticeNews notice = Notice();
  notice.contacts = {"gone@example.test", "owner@example.test", "also.gone@example.test"};
  courier_.answers = {{.code = 550, .failure = "x"}, {.code = 250}, {.code = 550, .failure = "x"}};
  ASSERT_TRUE(QueueNotice(store_->deliveries(), policy_, notice, "ab12", 0, clock_.Now()).ok());
  EXPECT_EQ(Drain().given_up, 2u);
  std::vector<std::string> subjects;
  ASSERT_TRUE(store_->deliveries()
                  .Each(0,
                        [&](const Delivery& message) {
                          if (message.topic == "case") subjects.push_back(message.subject);
                          return true;
                        })
                  .ok());
  EXPECT_THAT(subjects, testing::UnorderedElementsAre(HasSubstr("：gone＠example.test"),
                                                      HasSubstr("also.gone＠example.test")))
      << "each of them, and none says that nobody has it";
}

TEST_F(TellerTest, TheDeskIsToldOfASiteThatNobodyCanWriteTo) {
  NoticeNews notice = Notice();
  notice.contacts = {"0591-00000000"};
  const Result<size_t> count =
      QueueNotice(store_->deliveries(), policy_, notice, "ab12", 0, clock_.Now());
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 0u);
  EXPECT_EQ(Drain().sent, 2u);
}

TEST_F(TellerTest, TellsBesideOtherWorkWithoutWaitingForTheNetwork) {
  policy_.channels.resize(1);
  policy_.channels[0].to = {"duty@example.test"};
  Run(0);
  SlowCourier slow;
  {
    TellingBeside beside({*store_, policy_, clock_, slow, place_});
    ASSERT_TRUE(beside.Tend().ok());
    slow.called.wait();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(beside.Tend().ok()) << "nobody waits";
    EXPECT_EQ(OpenOnes(), 1u);
    slow.release.count_down();
    while (OpenOnes() > 0) ASSERT_TRUE(beside.Tend().ok());
    EXPECT_EQ(slow.mails, 1);
    clock_.Advance(27 * kHour);
    ASSERT_TRUE(beside.Tend().ok());
  }
  EXPECT_EQ(slow.mails, 2) << "what is under way at the end is waited for";
  EXPECT_EQ(OpenOnes(), 0u) << "and is on record";
}

TEST_F(TellerTest, WhatWaitsGoesAlthoughNewsCannotBeQueued) {
  policy_.channels.erase(policy_.channels.begin());
  policy_.owners.clear();
  Delivery waiting = TestMessage(clock_.Now());
  waiting.channel = "duty";
  ASSERT_TRUE(store_->deliveries().Queue(waiting, clock_.Now()).ok());
  // The first to be told of the run has a name that no message may carry.
  policy_.channels.insert(
      policy_.channels.begin(),
      {.name = std::string(limits::kMessageFieldBytesMax + 1, 'x'), .kind = ChannelKind::kWeCom});
  Run(0);
  const std::atomic<bool> stop{false};
  const Result<Teller::Tally> tally = teller_->Drain(stop);
  ASSERT_FALSE(tally.ok());
  EXPECT_EQ(tally.error().code, Code::kLimit);
  EXPECT_EQ(courier_.posts.size(), 1u);
}

TEST_F(TellerTest, AChannelThatIsNoMoreGivesUpItsMessages) {
  Run(0);
  ASSERT_TRUE(teller_->QueueNews().ok());
  policy_.channels.pop_back();
  const Teller::Tally tally = Drain();
  EXPECT_EQ(tally.sent, 2u);
  EXPECT_EQ(tally.waiting, 0u);
  EXPECT_THAT(Deeds(), testing::Contains("message-given-up"));
}

TEST_F(TellerTest, ACrashAtTheLastAttemptEndsTheMessage) {
  policy_.channels.resize(1);
  policy_.channels[0].to = {"duty@example.test"};
  Run(0);
  ASSERT_TRUE(teller_->QueueNews().ok());
  for (int attempt = 1; attempt <= limits::kMessageAttemptsMax; ++attempt) {
    const auto errand = teller_->Next();
    ASSERT_TRUE(errand.ok() && errand->has_value()) << attempt;
    Open();  // cut off before anybody could say how it went
    clock_.Advance(24 * kHour);
  }
  policy_.run_every = 0;
  EXPECT_EQ(Drain().waiting, 0u);
  EXPECT_EQ(courier_.mails.size(), 0u);
  EXPECT_THAT(Deeds(), testing::Contains("message-given-up"));
}

}  // namespace
}  // namespace xuncha
