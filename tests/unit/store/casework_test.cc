// Verdicts, who has what in hand, and the ladder to its two ends.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/casework.h"

#include <algorithm>
#include <set>

#include "tests/unit/store/casework_support.h"

namespace xuncha {
namespace {

using testing_support::CaseworkTest;
using testing_support::EventsOf;
using testing_support::kDay;
using testing_support::kHour;
using testing_support::kMinute;
using testing_support::Must;

TEST_F(CaseworkTest, OfTwoOfficersAtOnceOneDecides) {
  const std::string id = Open();
  CaseOrder first = Order(id, "甲"), second = Order(id, "乙");
  first.version = second.version = VersionOf(id);
  Must(work().Judge(first, CaseDeed::kJudgeViolation, policy_, now_));
  const auto late = work().Judge(second, CaseDeed::kJudgeFalsePositive, policy_, now_);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kConflict);
  EXPECT_EQ(StateOf(id), "violation");
  EXPECT_EQ(EventsOf(store_->cases(), id).back().actor, "甲");
  ExpectWhole();
}

TEST_F(CaseworkTest, ACrawlInBetweenMakesTheOfficerLookAgain) {
  const std::string id = Open();
  CaseOrder order = Order(id);
  order.version = VersionOf(id);
  Night(site_, {{"/b.html", {Found("/b.html", "另一博彩")}}});
  const auto stale = work().Judge(order, CaseDeed::kJudgeFalsePositive, policy_, now_);
  ASSERT_FALSE(stale.ok());
  EXPECT_EQ(stale.error().code, Code::kConflict);
  EXPECT_EQ(StateOf(id), "new");
  order.version = VersionOf(id);
  EXPECT_EQ(work().Act(order, CaseDeed::kClose, now_).error().code, Code::kConflict)
      << "the table has no such step";
  Must(work().Judge(order, CaseDeed::kJudgeFalsePositive, policy_, now_));
  EXPECT_EQ(StateOf(id), "false-positive");
  const std::vector<Event> events = EventsOf(store_->cases(), id);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].actor, order.by);
  EXPECT_EQ(events[1].detail, order.reason);
  EXPECT_EQ(events[1].incident, id);
}

TEST_F(CaseworkTest, RefusesAVerdictWithoutReasonOrName) {
  const std::string id = Open();
  EXPECT_EQ(
      work().Judge(Order(id, "甲", "短"), CaseDeed::kJudgeViolation, policy_, now_).error().code,
      Code::kInvalid);
  EXPECT_EQ(work().Judge(Order(id, "  "), CaseDeed::kJudgeViolation, policy_, now_).error().code,
            Code::kInvalid);
  EXPECT_EQ(work()
                .Judge(Order(id, "甲", std::string(limits::kReasonBytesMax + 1, 'a')),
                       CaseDeed::kJudgeViolation, policy_, now_)
                .error()
                .code,
            Code::kLimit);
  EXPECT_EQ(work().Judge(Order("0123"), CaseDeed::kJudgeViolation, policy_, now_).error().code,
            Code::kNotFound);
  EXPECT_EQ(StateOf(id), "new");
}

TEST_F(CaseworkTest, UndoRestoresWhatWasAndOnlyForAWhile) {
  const std::string id = Open();
  Must(work().Judge(Order(id), CaseDeed::kJudgeViolation, policy_, now_));
  EXPECT_EQ(FileOf(id).report_due, now_ + 24 * kHour) << "the clock starts with confirmation";
  now_ += limits::kUndoMillis - 1;
  EXPECT_EQ(work().Issue(Order(id), CaseDeed::kNotify, site_, policy_, now_).error().code,
            Code::kConflict)
      << "nothing goes out while it can be taken back";
  EXPECT_TRUE(DueUntil(now_).empty());
  Must(work().Act(Order(id), CaseDeed::kUndo, now_));
  EXPECT_EQ(StateOf(id), "new");
  EXPECT_EQ(FileOf(id).confirmed, 0);
  EXPECT_TRUE(DueUntil(now_ + kDay * 9).empty());

  Confirm(id);
  const auto late = work().Act(Order(id), CaseDeed::kUndo, now_);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kConflict);
  ASSERT_EQ(DueUntil(now_).size(), 1u);
  EXPECT_EQ(DueUntil(now_)[0].kind, DueKind::kVerdict);
  Must(work().Settle(id, now_));
  EXPECT_TRUE(DueUntil(now_).empty()) << "told once";
  ExpectWhole();
}

TEST_F(CaseworkTest, UndoOfASecondThoughtLeadsBackToTheBeginning) {
  const std::string id = Open();
  Must(work().Judge(Order(id), CaseDeed::kJudgeViolation, policy_, now_));
  Must(work().Judge(Order(id), CaseDeed::kJudgeFalsePositive, policy_, now_ + 1000));
  Must(work().Act(Order(id), CaseDeed::kUndo, now_ + 2000));
  EXPECT_EQ(StateOf(id), "new");
}

TEST_F(CaseworkTest, WhatACrawlReopenedCannotBeUndone) {
  const std::string id = Open();
  now_ -= kDay;  // the night takes no time of its own
  Must(work().Judge(Order(id), CaseDeed::kJudgeFalsePositive, policy_, now_ + kDay));
  Night(site_, {{"/b.html", {Found("/b.html", "另一博彩")}}});
  EXPECT_EQ(StateOf(id), "new");
  EXPECT_FALSE(work().Act(Order(id), CaseDeed::kUndo, now_).ok());
  EXPECT_EQ(FileOf(id).rounds, 1u);
}

TEST_F(CaseworkTest, OnePersonAtATimeHoldsAnIncident) {
  const std::string id = Open();
  Must(work().Act(Order(id, "甲"), CaseDeed::kClaim, now_));
  const uint64_t version = VersionOf(id);
  const auto taken = work().Act(Order(id, "乙"), CaseDeed::kClaim, now_ + kMinute);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, Code::kConflict);
  EXPECT_NE(taken.error().text.find("甲"), std::string::npos) << "says who";
  EXPECT_FALSE(
      work().Judge(Order(id, "乙"), CaseDeed::kJudgeViolation, policy_, now_ + kMinute).ok());
  EXPECT_EQ(VersionOf(id), version) << "to hold is not to change";

  Must(work().Act(Order(id, "甲"), CaseDeed::kClaim, now_ + 10 * kMinute));
  EXPECT_FALSE(work().Act(Order(id, "乙"), CaseDeed::kClaim, now_ + 20 * kMinute).ok());
  Must(work().Act(Order(id, "乙"), CaseDeed::kClaim, now_ + 25 * kMinute));
  Must(work().Act(Order(id, "乙"), CaseDeed::kRelease, now_ + 26 * kMinute));
  Must(work().Judge(Order(id, "甲"), CaseDeed::kJudgeViolation, policy_, now_ + 27 * kMinute));
  EXPECT_EQ(FileOf(id).lease.holder, "");
}

TEST_F(CaseworkTest, WhatTheHolderDoesRenewsTheLease) {
  const std::string id = Open();
  Must(work().Act(Order(id, "甲"), CaseDeed::kClaim, now_));
  now_ += 14 * kMinute;
  Must(work().Act(Order(id, "甲", "先问过技术部门"), CaseDeed::kNote, now_));
  EXPECT_EQ(FileOf(id).lease.until, now_ + limits::kCaseLeaseMillis);
  Must(work().Assign(Order(id, "乙"), "丙", now_));
  EXPECT_EQ(FileOf(id).assignee, "丙") << "assigning needs no lease";
}

TEST_F(CaseworkTest, ClimbsTheLadderToAProvedEnd) {
  const std::string id = Open();
  Confirm(id);
  const IssuedNotice issued = Notify(id);
  EXPECT_EQ(issued.notice.printed, "网信整改〔2026〕1号");
  EXPECT_EQ(issued.notice.clause, 6);
  EXPECT_EQ(issued.notice.findings.size(), 1u);
  EXPECT_EQ(issued.notice.basis, policy_.basis);
  EXPECT_NE(issued.notice.calendar_note, "") << "no table of holidays is given here";
  EXPECT_EQ(issued.token.size(), 64u);
  EXPECT_EQ(StateOf(id), "notified");
  const Millis deadline = FileOf(id).deadline;
  EXPECT_EQ(deadline, issued.notice.deadline);

  // Nothing happens: at the deadline a re-check and a reminder are due.
  now_ = deadline;
  std::set<DueKind> kinds;
  for (const Due& due : DueUntil(now_)) kinds.insert(due.kind);
  EXPECT_TRUE(kinds.contains(DueKind::kRecheck) && kinds.contains(DueKind::kRemind));
  CaseOrder program = Order(id, "xuncha", "");
  program.as = Party::kProgram;
  const IssuedNotice reminder =
      Must(work().Issue(program, CaseDeed::kRemind, site_, policy_, now_));
  EXPECT_EQ(reminder.notice.ordinal, 1u);
  EXPECT_GT(FileOf(id).deadline, deadline);
  EXPECT_EQ(StateOf(id), "notified");

  Must(work().Reply(FromOwner(id),
                    {.kind = ReplyKind::kAcknowledge, .notice = issued.notice.number}, now_));
  EXPECT_EQ(StateOf(id), "acknowledged");
  Must(work().Reply(FromOwner(id),
                    {.kind = ReplyKind::kRepaired,
                     .notice = issued.notice.number,
                     .from = "192.0.2.7",
                     .text = "已删除",
                     .files = {{"../../x/截图.png", "image/png", "not really a picture"}}},
                    now_));
  EXPECT_EQ(StateOf(id), "repaired");
  EXPECT_EQ(FileOf(id).recheck_at, now_) << "at once";
  EXPECT_EQ(FileOf(id).remind_at, 0) << "who says it is repaired is not late";
  std::vector<OwnerReply> replies;
  Must(work().EachReply(id, [&](const OwnerReply& reply) {
    replies.push_back(reply);
    return true;
  }));
  ASSERT_EQ(replies.size(), 2u);
  ASSERT_EQ(replies[1].files.size(), 1u);
  EXPECT_EQ(replies[1].files[0].name, "截图.png") << "a name, not a path";
  EXPECT_EQ(Must(store_->blobs().Get(replies[1].files[0].digest)), "not really a picture");

  const auto plan = Must(work().PlanRecheck(id));
  EXPECT_EQ(plan.urls, std::vector<std::string>{"http://www.example.edu.cn/a.html"});
  // It still stands; then the server does not answer; then it has gone.
  uint64_t run = Night(site_, {{"/a.html", {Found("/a.html")}}});
  EXPECT_EQ(Must(work().RecordRecheck(id, run, now_)).outcome, RecheckOutcome::kStands);
  EXPECT_EQ(StateOf(id), "acknowledged");
  EXPECT_EQ(FileOf(id).remind_at, std::max(FileOf(id).deadline, now_)) << "but it is not";
  checked_ = Checked::kFailed;
  run = Night(site_, {{"/a.html", {}}});
  const Recheck unchecked = Must(work().RecordRecheck(id, run, now_));
  EXPECT_EQ(unchecked.outcome, RecheckOutcome::kUnchecked);
  EXPECT_NE(unchecked.pages.at(0).why, "");
  EXPECT_LT(FileOf(id).recheck_at, now_ + kDay - kHour) << "by the end of a shorter night";
  EXPECT_FALSE(work().Act(Order(id, "甲", ""), CaseDeed::kClose, now_).ok())
      << "what could not be checked proves nothing";
  checked_ = Checked::kFull;
  run = Night(site_, {{"/a.html", {}}});
  const Recheck gone = Must(work().RecordRecheck(id, run, now_));
  EXPECT_EQ(gone.outcome, RecheckOutcome::kGone);
  EXPECT_FALSE(gone.pages.at(0).body.empty());
  EXPECT_EQ(FileOf(id).proof, 3u);
  Must(work().Act(Order(id, "甲", ""), CaseDeed::kClose, now_));
  EXPECT_EQ(StateOf(id), "closed");
  const auto closed = work().OpenToken(issued.token, now_);
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().code, Code::kDenied);
  ExpectWhole();
}

TEST_F(CaseworkTest, AProofIsVoidWhenSomethingStandsAgain) {
  const std::string id = Open();
  Confirm(id);
  Notify(id);
  Must(work().RecordRecheck(id, Night(site_, {{"/a.html", {}}}), now_));
  EXPECT_NE(FileOf(id).proof, 0u);
  EXPECT_EQ(FileOf(id).remind_at, 0);
  const uint64_t run = Night(site_, {{"/a.html", {}}, {"/b.html", {Found("/b.html")}}});
  EXPECT_EQ(FileOf(id).proof, 0u);
  EXPECT_FALSE(work().Act(Order(id, "甲", ""), CaseDeed::kClose, now_).ok());
  const auto is_recheck = [](const Due& due) { return due.kind == DueKind::kRecheck; };
  const std::vector<Due> dues = DueUntil(now_);
  EXPECT_EQ(std::count_if(dues.begin(), dues.end(), is_recheck), 1) << "at the end of that night";
  EXPECT_EQ(Must(work().RecordRecheck(id, run, now_)).outcome, RecheckOutcome::kStands);
  EXPECT_EQ(FileOf(id).remind_at, std::max(FileOf(id).deadline, now_))
      << "and the owner is asked again";
  Must(work().Act(Order(id, "甲", "网站已整体下线并注销备案"), CaseDeed::kClose, now_));
}

TEST_F(CaseworkTest, PagesThatWereNotFetchedAreNoProof) {
  const std::string id = Open();
  Night(site_, {{"/b.html", {Found("/b.html")}}});
  Confirm(id);
  const Recheck recheck = Must(work().RecordRecheck(id, Night(site_, {{"/a.html", {}}}), now_));
  EXPECT_EQ(recheck.outcome, RecheckOutcome::kUnchecked);
  EXPECT_EQ(recheck.total, 2u);
  EXPECT_EQ(recheck.gone, 1u);
  EXPECT_EQ(recheck.pages.at(0).outcome, RecheckOutcome::kUnchecked) << "what is open comes first";
}

TEST_F(CaseworkTest, APageThatWentEarlierIsProvedByTheNightItWent) {
  const std::string id = Open();
  Night(site_, {{"/b.html", {Found("/b.html")}}});
  Confirm(id);
  Night(site_, {{"/b.html", {}}});
  const uint64_t run = Night(site_, {{"/a.html", {}}});
  const Recheck recheck = Must(work().RecordRecheck(id, run, now_));
  EXPECT_EQ(recheck.outcome, RecheckOutcome::kGone);
  ASSERT_EQ(recheck.pages.size(), 2u);
  EXPECT_LT(recheck.pages[1].time, recheck.pages[0].time);
}

TEST_F(CaseworkTest, ClosedComesBackAsANewRound) {
  const std::string id = Open();
  Confirm(id);
  Notify(id);
  Must(work().RecordRecheck(id, Night(site_, {{"/a.html", {}}}), now_));
  Must(work().Act(Order(id, "甲", ""), CaseDeed::kClose, now_));
  Night(site_, {{"/a.html", {Found("/a.html")}}});
  EXPECT_EQ(StateOf(id), "new");
  const CaseFile file = FileOf(id);
  EXPECT_EQ(file.rounds, 1u);
  EXPECT_EQ(file.deadline, 0);
  EXPECT_EQ(file.proof, 0u);
  EXPECT_EQ(file.notices.size(), 1u) << "what was sent stays on record";
  Confirm(id);
  EXPECT_EQ(Notify(id).notice.number.number, 2u);
  ExpectWhole();
}

TEST_F(CaseworkTest, CutOffTakesTwoPeopleAndSoDoesTheWayBack) {
  const std::string id = Open();
  Confirm(id);
  Notify(id);
  const IssuedNotice advice =
      Must(work().Issue(Order(id, "甲"), CaseDeed::kAdviseCutoff, site_, policy_, now_));
  EXPECT_EQ(advice.notice.kind, NoticeKind::kCutoffAdvice);
  EXPECT_EQ(advice.token, "");
  EXPECT_EQ(work().Act(Order(id, "乙"), CaseDeed::kApproveCutoff, now_).error().code, Code::kDenied)
      << "not by just any officer";
  EXPECT_EQ(work().Act(Approval(id, "甲"), CaseDeed::kApproveCutoff, now_).error().code,
            Code::kDenied)
      << "not by who advised it";
  EXPECT_FALSE(work().Act(Order(id), CaseDeed::kDoCutOff, now_).ok()) << "not before";
  Must(work().Act(Approval(id, "乙"), CaseDeed::kRefuseCutoff, now_));
  EXPECT_EQ(StateOf(id), "notified") << "back to where it came from";
  EXPECT_EQ(FileOf(id).remind_at, FileOf(id).deadline) << "and the term runs on";
  EXPECT_EQ(FileOf(id).recheck_at, FileOf(id).deadline);
  Must(work().Issue(Order(id, "甲"), CaseDeed::kAdviseCutoff, site_, policy_, now_));
  Must(work().Act(Approval(id, "乙"), CaseDeed::kApproveCutoff, now_));
  Must(work().Act(Order(id), CaseDeed::kDoCutOff, now_));
  EXPECT_EQ(StateOf(id), "cut-off");

  CaseOrder back = Order(id, "甲", "整改报告已核实");
  EXPECT_EQ(work().Act(back, CaseDeed::kRestore, now_).error().code, Code::kInvalid);
  back.approved_by = "甲";
  EXPECT_EQ(work().Act(back, CaseDeed::kRestore, now_).error().code, Code::kDenied);
  back.approved_by = "乙";
  Must(work().Act(back, CaseDeed::kRestore, now_));
  EXPECT_EQ(StateOf(id), "restored");
  Night(site_, {{"/b.html", {Found("/b.html")}}});
  EXPECT_EQ(StateOf(id), "new") << "restored is an end, too: what is new opens it again";
  ExpectWhole();
}

TEST_F(CaseworkTest, AnObjectionStopsTheClocksAndComesBackToTheQueue) {
  const std::string id = Open();
  Confirm(id);
  Notify(id);
  EXPECT_FALSE(work().Reply(FromOwner(id), {.kind = ReplyKind::kObject, .text = ""}, now_).ok())
      << "an objection has a reason";
  Must(work().Reply(FromOwner(id), {.kind = ReplyKind::kObject, .text = "这是普法文章"}, now_));
  EXPECT_TRUE(AwaitsDecision(*CaseStateByName(StateOf(id))));
  EXPECT_EQ(FileOf(id).remind_at, 0);
  Must(work().Act(Order(id), CaseDeed::kRejectObjection, now_));
  EXPECT_EQ(StateOf(id), "acknowledged");
  EXPECT_NE(FileOf(id).remind_at, 0);
  Must(work().Reply(FromOwner(id), {.kind = ReplyKind::kObject, .text = "附普法活动通知"}, now_));
  Must(work().Act(Order(id), CaseDeed::kAcceptObjection, now_));
  EXPECT_EQ(StateOf(id), "false-positive");
  EXPECT_TRUE(DueUntil(now_ + 365 * kDay).empty()) << "nothing runs any more";
}

TEST_F(CaseworkTest, NumbersNoticesByYearWithoutGaps) {
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    const Site site = testing_support::MakeSite("s" + std::to_string(i) + ".example.edu.cn");
    Night(site, {{"/a.html",
                  {testing_support::MakeFinding("http://" + site.id + "/a.html", "某博彩",
                                                Severity::kHigh)}}});
    ids.push_back(StableId({site.id, "gambling"}));
    Confirm(ids.back());
  }
  const auto issue = [&](int i, Millis when) {
    const Site site = testing_support::MakeSite("s" + std::to_string(i) + ".example.edu.cn");
    return work().Issue(Order(ids[static_cast<size_t>(i)]), CaseDeed::kNotify, site, policy_, when);
  };
  EXPECT_EQ(Must(issue(0, now_)).notice.number.id(), "2026-1");
  EXPECT_FALSE(issue(0, now_).ok()) << "refused, and so takes no number";
  EXPECT_EQ(Must(issue(1, now_)).notice.number.id(), "2026-2");
  const Millis new_year = *ParseTime("2027-01-01");
  EXPECT_EQ(Must(issue(2, new_year)).notice.number.id(), "2027-1");
  EXPECT_EQ(Must(issue(3, new_year - 1)).notice.number.id(), "2026-3");
  uint64_t of_year = 0;
  Must(work().EachNotice(2026, [&](const Notice&) { return ++of_year; }));
  EXPECT_EQ(of_year, 3u);
  ExpectWhole();
}

TEST_F(CaseworkTest, ALinkOpensItsNoticeUntilItExpiresOrIsReplaced) {
  const std::string id = Open();
  Confirm(id);
  const IssuedNotice issued = Notify(id);
  EXPECT_EQ(Must(work().OpenToken(issued.token, now_)).incident.id, id);
  for (const std::string& wrong : {std::string(), std::string(64, '0'), issued.token.substr(1),
                                   issued.token + "0", issued.notice.token.hex()}) {
    const auto opened = work().OpenToken(wrong, now_);
    ASSERT_FALSE(opened.ok()) << wrong;
    EXPECT_EQ(opened.error().code, Code::kNotFound);
  }
  Must(work().RecordTokenUse(issued.token, "192.0.2.7", now_));
  const uint64_t entries = Must(store_->audit().Size());
  Must(work().RecordTokenUse(issued.token, "192.0.2.7", now_ + kMinute - 1));
  EXPECT_EQ(Must(store_->audit().Size()), entries) << "a link cannot fill the chain";
  Must(work().RecordTokenUse(issued.token, "192.0.2.7", now_ + kMinute));
  EXPECT_EQ(Must(work().NoticeById(issued.notice.number)).token_uses, 2u);
  EXPECT_EQ(work().OpenToken(issued.token, now_ + policy_.token_valid).error().code, Code::kDenied);

  const std::string renewed = Must(work().RenewToken(issued.notice.number, "甲", policy_, now_));
  EXPECT_EQ(work().OpenToken(issued.token, now_).error().code, Code::kNotFound)
      << "the old one is out of use";
  EXPECT_TRUE(work().OpenToken(renewed, now_).ok());
  ExpectWhole();
}

TEST_F(CaseworkTest, CapsWhatOwnersSend) {
  const std::string id = Open();
  Confirm(id);
  Notify(id);
  const auto send = [&](Casework::ReplyDraft draft) {
    draft.kind = ReplyKind::kRepaired;
    return work().Reply(FromOwner(id), draft, now_);
  };
  EXPECT_EQ(send({.text = std::string(limits::kReplyBytesMax + 1, 'a')}).error().code,
            Code::kLimit);
  EXPECT_EQ(send({.text = "\xff\xfe"}).error().code, Code::kInvalid);
  EXPECT_EQ(send({}).error().code, Code::kInvalid) << "says nothing";
  EXPECT_EQ(send({.files = std::vector<Casework::ReplyDraft::File>(limits::kReplyFilesMax + 1,
                                                                   {"a", "image/png", "x"})})
                .error()
                .code,
            Code::kLimit);
  EXPECT_EQ(send({.files = {{"a", "image/png", std::string(limits::kDeskUploadBytesMax + 1, 'x')}}})
                .error()
                .code,
            Code::kLimit);
  EXPECT_EQ(StateOf(id), "notified");
}

TEST_F(CaseworkTest, AnOwnerAnswersSoOftenAndAnOfficerStillMay) {
  const std::string id = Open();
  Confirm(id);
  Notify(id);
  const auto ask = [&](const CaseOrder& order) {
    return work().Reply(order, {.kind = ReplyKind::kAskRecheck, .text = "请再看一次"}, now_);
  };
  for (uint64_t i = 0; i < limits::kOwnerRepliesMax; ++i) Must(ask(FromOwner(id)));
  const auto more = ask(FromOwner(id));
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, Code::kLimit);
  EXPECT_TRUE(ask(Order(id)).ok()) << "what was said by telephone is written down";
}

TEST_F(CaseworkTest, TheReportToTheAuthorityHasAClockOfItsOwn) {
  const std::string id = Open();
  EXPECT_FALSE(work().Act(Order(id, "甲", "某网安支队收"), CaseDeed::kReportSent, now_).ok());
  Confirm(id);
  const auto reports = [&](Millis until) {
    const std::vector<Due> dues = DueUntil(until);
    return std::count_if(dues.begin(), dues.end(),
                         [](const Due& due) { return due.kind == DueKind::kReport; });
  };
  EXPECT_EQ(reports(now_ + 23 * kHour), 0);
  EXPECT_EQ(reports(now_ + 24 * kHour), 1);
  Must(work().Act(Order(id, "甲", "某网安支队收"), CaseDeed::kReportSent, now_));
  EXPECT_EQ(reports(now_ + 48 * kHour), 0);
  EXPECT_EQ(FileOf(id).report_reference, "某网安支队收");
}

TEST_F(CaseworkTest, RemindsSoOftenAndThenAPersonDecides) {
  const std::string id = Open();
  Confirm(id);
  Notify(id);
  CaseOrder program = Order(id, "xuncha", "");
  program.as = Party::kProgram;
  for (uint32_t i = 0; i < policy_.reminders_max; ++i) {
    now_ = FileOf(id).deadline;
    Must(work().Issue(program, CaseDeed::kRemind, site_, policy_, now_));
  }
  EXPECT_EQ(FileOf(id).remind_at, FileOf(id).deadline) << "nor is it forgotten";
  EXPECT_EQ(work().Issue(program, CaseDeed::kRemind, site_, policy_, now_).error().code,
            Code::kDenied);
  EXPECT_TRUE(work().Issue(Order(id), CaseDeed::kRemind, site_, policy_, now_).ok())
      << "an officer may";
}

TEST_F(CaseworkTest, AReminderTakesNoTimeAway) {
  const std::string id = Open();
  Confirm(id);
  policy_.days_of_kind["gambling"] = 10;
  const Millis deadline = Notify(id).notice.deadline;
  now_ += kDay;
  Must(work().Reply(FromOwner(id), {.kind = ReplyKind::kAskRecheck, .text = "已删除，请看"}, now_));
  const IssuedNotice early =
      Must(work().Issue(Order(id), CaseDeed::kRemind, site_, policy_, now_ + kHour));
  EXPECT_EQ(early.notice.deadline, deadline) << "reminded on the second day of ten";
  EXPECT_EQ(FileOf(id).deadline, deadline);
  EXPECT_EQ(FileOf(id).recheck_at, now_) << "what the owner asked for is still due";
  EXPECT_EQ(FileOf(id).recheck_by, "责任人 负责人");
  const IssuedNotice late =
      Must(work().Issue(Order(id), CaseDeed::kRemind, site_, policy_, deadline));
  EXPECT_GT(late.notice.deadline, deadline);
}

TEST_F(CaseworkTest, EveryDeedStandsInTheChainWithItsIncident) {
  const std::string id = Open();
  Must(work().Act(Order(id), CaseDeed::kClaim, now_));
  Confirm(id);
  Notify(id);
  std::vector<std::string> kinds;
  Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
    if (RefOf(entry, "incident") == id) kinds.push_back(entry.kind);
    return true;
  }));
  EXPECT_EQ(kinds, (std::vector<std::string>{"case-claim", "verdict:violation", "case-notify"}));
}

}  // namespace
}  // namespace xuncha
