// What somebody tries who is at the desk, or only has a link, and means no good: another's
// yes, another's name, a reason left out, more than a page can hold.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "base/text.h"
#include "console/totp.h"
#include "store/casework.h"
#include "store/index.h"
#include "tests/unit/console/desk_world.h"
#include "tests/unit/console/pages_store.h"

namespace xuncha::testing_support {
namespace {

template <class T>
T Must(Result<T> result) {
  CHECK(result.ok());
  return std::move(*result);
}
void Must(const Status& status) { CHECK(status.ok()); }

constexpr std::string_view kPasswordTyped = "correct+horse+battery+staple";

class AttacksTest : public ::testing::Test {
 protected:
  explicit AttacksTest(OfficersDesk::Options options = {}) : world_(std::move(options)) {
    world_.AddAccount("li", RoleBit(DeskRole::kOfficer));
    world_.AddAccount("wang", RoleBit(DeskRole::kOfficer));
    world_.AddAccount("zhang", RoleBit(DeskRole::kApprover));
    world_.AddAccount("root", RoleBit(DeskRole::kAdministrator));
    finding_ = FillOne(*world_.store, world_.clock, 3);
    incident_ = StableId({kCollege, "gambling"});
    li_ = world_.SignIn("li");
  }

  Reply Get(std::string_view target, const DeskWorld::Signed& who) {
    return world_.desk->Answer(DeskWorld::Get(target, who.cookie));
  }
  Reply Post(std::string_view target, const DeskWorld::Signed& who, std::string_view form) {
    return world_.desk->Answer(DeskWorld::Post(target, who, form));
  }
  Incident Now() { return Must(world_.store->index().IncidentById(incident_)).incident; }
  // A deed straight in the store, so that a test begins where it has something to say.
  void Act(CaseDeed deed, std::string by, Party as = Party::kOfficer) {
    Must(world_.store->casework().Act(
        {.incident = incident_, .by = std::move(by), .as = as, .reason = "理由写得够长"}, deed,
        world_.clock.Now()));
  }
  void JudgeViolation() {
    Must(world_.store->casework().Judge(
        {.incident = incident_, .by = "wang", .reason = "理由写得够长"}, CaseDeed::kJudgeViolation,
        CasePolicy(), world_.clock.Now(), 0));
    Must(world_.store->casework().Settle(incident_, world_.clock.Now()));
  }
  IssuedNotice Issue(CaseDeed deed) {
    const auto site = Must(world_.store->index().SiteOf(kCollege));
    return Must(world_.store->casework().Issue(
        {.incident = incident_, .by = "wang", .reason = "理由写得够长"}, deed, *site, CasePolicy(),
        world_.clock.Now()));
  }
  // As the form of the owner's page sends it.
  Reply Answer(std::string_view token, std::string_view form) {
    return Post(fmt::format("/o/{}", token), world_.Anonymous(), form);
  }
  size_t EntriesOf(std::string_view kind, std::string_view actor) {
    size_t count = 0;
    Must(world_.store->audit().Each(1, [&](const AuditEntry& entry) {
      count += entry.kind == kind && entry.actor == actor ? 1 : 0;
      return true;
    }));
    return count;
  }
  // Of the last such entry.
  std::vector<std::string> RefsOf(std::string_view kind) {
    std::vector<std::string> refs;
    Must(world_.store->audit().Each(1, [&](const AuditEntry& entry) {
      if (entry.kind == kind) refs = entry.refs;
      return true;
    }));
    return refs;
  }
  void Change(std::string_view name, const std::function<void(Account&)>& change) {
    Must(world_.store->accounts().Change(name,
                                         [&](Account& account) {
                                           change(account);
                                           return Ok();
                                         },
                                         {.kind = "user-change", .actor = "test"}));
  }
  std::string CodeOf(const std::string& secret) {
    return Hotp(secret, static_cast<uint64_t>(world_.clock.Now() / kTotpStep), 6);
  }

  DeskWorld world_;
  DeskWorld::Signed li_;
  std::string incident_, finding_;
};

// ---- the second person ----

TEST_F(AttacksTest, NobodySuppressesInTheNameOfAnApprover) {
  const std::string target = "/finding/" + finding_ + "/suppress";
  const std::string form =
      "do=suppress&scope=finding&class=false-positive&days=365&reason=long+enough+a+reason";
  Change("wang", [](Account& account) { account.roles |= RoleBit(DeskRole::kAuditor); });
  world_.AddAccount("gone", RoleBit(DeskRole::kApprover));
  Change("gone", [](Account& account) { account.disabled = true; });
  world_.AddAccount("both", RoleBit(DeskRole::kApprover) | RoleBit(DeskRole::kOfficer));
  struct Case {
    std::string_view why, who, rest;
  };
  constexpr Case kCases[] = {
      {"nobody is named", "li", ""},
      {"a name is no yes", "li", "&approved_by=zhang"},
      {"a wrong password", "li", "&approved_by=zhang&second_password=wrong+wrong+wrong"},
      {"no such account", "li", "&approved_by=nobody&second_password=correct+horse+battery+staple"},
      {"no approver", "li", "&approved_by=wang&second_password=correct+horse+battery+staple"},
      {"not in use", "li", "&approved_by=gone&second_password=correct+horse+battery+staple"},
      {"oneself", "both", "&approved_by=both&second_password=correct+horse+battery+staple"},
      {"oneself in capitals", "both",
       "&approved_by=BOTH&second_password=correct+horse+battery+staple"},
  };
  for (const auto& [why, who, rest] : kCases) {
    SCOPED_TRACE(why);
    const Reply reply = Post(target, world_.SignIn(who), form + std::string(rest));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.body.find("wrong wrong"), std::string::npos) << "what was typed is not shown";
    size_t made = 0;
    Must(world_.store->casework().EachSuppression([&](const Suppression&) {
      ++made;
      return true;
    }));
    EXPECT_EQ(made, 0u);
  }
  EXPECT_EQ(EntriesOf("second-person-failed", "li"), 2u);
  EXPECT_EQ(EntriesOf("second-person", "zhang"), 0u);
  const Reply done = Post(
      target, li_, fmt::format("{}&approved_by=zhang&second_password={}", form, kPasswordTyped));
  EXPECT_EQ(done.status, 303) << done.body;
  EXPECT_EQ(EntriesOf("second-person", "zhang"), 1u) << "it is a deed of the approver's own";
  EXPECT_THAT(RefsOf("second-person"),
              testing::IsSupersetOf(
                  {"finding:" + finding_, std::string("scope:finding"), std::string("days:365")}));
}

TEST_F(AttacksTest, ASiteIsRestoredByTwoWhoAreThere) {
  JudgeViolation();
  Issue(CaseDeed::kAdviseCutoff);
  Act(CaseDeed::kApproveCutoff, "zhang", Party::kApprover);
  Act(CaseDeed::kDoCutOff, "wang");
  const std::string secret(20, 'k');
  Change("zhang", [&](Account& account) { account.totp_secret = secret; });
  const auto restore = [&](std::string_view rest) {
    return Post("/incident/" + incident_ + "/deed", li_,
                fmt::format("deed=restore&version={}&reason=reason+enough{}", Now().version, rest));
  };
  const Reply page = Get("/incident/" + incident_, li_);
  EXPECT_NE(page.body.find("name=\"second_password\""), std::string::npos) << page.body;
  EXPECT_EQ(restore("&approved_by=zhang").status, 403);
  const std::string typed = fmt::format("&approved_by=zhang&second_password={}", kPasswordTyped);
  EXPECT_EQ(restore(typed).status, 403) << "without the code";
  EXPECT_EQ(Now().state, "cut-off");
  const std::string with_code = typed + "&second_code=" + CodeOf(secret);
  // What cannot be done was approved by nobody, and takes no code.
  EXPECT_EQ(Post("/incident/" + incident_ + "/deed", li_,
                 fmt::format("deed=restore&version={}&reason=reason+enough{}", Now().version - 1,
                             with_code))
                .status,
            409);
  EXPECT_EQ(Now().state, "cut-off");
  EXPECT_EQ(EntriesOf("second-person", "zhang"), 0u);
  const std::string version = fmt::format("version:{}", Now().version);
  const Reply done = restore(with_code);
  EXPECT_THAT(RefsOf("second-person"), testing::IsSupersetOf(std::vector<std::string>{
                                           "by:li", "incident:" + incident_, version}));
  EXPECT_EQ(done.status, 303) << done.body;
  EXPECT_EQ(Now().state, "restored");
  const uint64_t step = static_cast<uint64_t>(world_.clock.Now() / kTotpStep);
  EXPECT_EQ(Must(world_.store->accounts().Find("zhang"))->totp_step, step) << "a code is used once";
}

TEST_F(AttacksTest, GuessingAtAnApproverLocksTheGuesserAndNobodyElse) {
  const std::string target = "/finding/" + finding_ + "/suppress";
  const std::string form =
      "do=suppress&scope=finding&class=false-positive&days=9&reason=long+enough+a+reason"
      "&approved_by=zhang&second_password=";
  for (size_t i = 0; i < limits::kSignInFailuresMax; ++i)
    Post(target, world_.SignIn("li"), form + "wrong");  // a new session does not help
  EXPECT_EQ(Post(target, li_, form + std::string(kPasswordTyped)).status, 400);
  EXPECT_EQ(EntriesOf("second-person-failed", "li"), limits::kSignInFailuresMax);
  EXPECT_TRUE(
      world_.desk->gate()
          .SignIn({.name = "zhang", .password = std::string(kPassword), .address = "192.0.2.7"})
          .ok())
      << "the approver comes in as ever";
  EXPECT_EQ(Post(target, world_.SignIn("wang"), form + std::string(kPasswordTyped)).status, 303);
}

TEST_F(AttacksTest, ANameSentAlongIsNoApprovalInTheChain) {
  EXPECT_EQ(Post("/incident/" + incident_ + "/deed", li_,
                 fmt::format("deed=note&version={}&reason=reason+enough&approved_by=zhang",
                             Now().version))
                .status,
            303);
  Must(world_.store->audit().Each(1, [&](const AuditEntry& entry) {
    EXPECT_TRUE(std::ranges::none_of(
        entry.refs, [](const std::string& ref) { return ref.starts_with("approved-by:"); }));
    return true;
  }));
}

// ---- the duty to have a second factor ----

class FactorTest : public AttacksTest {
 protected:
  FactorTest() : AttacksTest({.gate = {.second_factor = true}}) {}
};

TEST_F(FactorTest, StandsBeforeTheAccountsOfOthersToo) {
  const DeskWorld::Signed root = world_.SignIn("root");
  EXPECT_EQ(Get("/account", root).status, 200);
  EXPECT_EQ(Get("/account/second-factor", root).status, 200);
  const Reply away = Get("/accounts", root);
  EXPECT_EQ(away.status, 303);
  EXPECT_EQ(DeskWorld::HeaderOf(away, "Location"), "/account/second-factor");
  const std::string own = fmt::format("&own={}", kPasswordTyped);
  EXPECT_EQ(Post("/accounts/token", root, "name=zhang&label=x&days=3&role=approver" + own).status,
            403);
  EXPECT_EQ(Post("/accounts/change", root, "name=zhang&deed=forget-factor" + own).status, 403);

  Change("root", [](Account& account) { account.totp_secret = std::string(20, 'k'); });
  EXPECT_EQ(Get("/accounts", root).status, 200);
  EXPECT_EQ(Post("/accounts/token", root, "name=zhang&label=x&days=3&role=approver" + own).status,
            400)
      << "nor is a token the way round it";
  EXPECT_EQ(
      Post("/accounts/token", root, "name=root&label=x&days=3&role=administrator" + own).status,
      200);
}

// ---- what is seen, and under which name it is saved ----

TEST_F(AttacksTest, TheBytesOfAPageAreGivenForAReasonOnly) {
  const DeskWorld::Signed zhang = world_.SignIn("zhang");
  const std::string target = "/finding/" + finding_ + "/raw";
  for (const char* reason : {"", "reason=", "reason=+++", "reason=abc"}) {
    SCOPED_TRACE(reason);
    const Reply refused = Post(target, zhang, reason);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.body.find(kWords), std::string::npos);
  }
  EXPECT_EQ(EntriesOf("unmask", "zhang"), 0u);
  EXPECT_EQ(Post(target, zhang, "reason=reason+enough").status, 200);
  EXPECT_EQ(EntriesOf("unmask", "zhang"), 1u);
}

TEST_F(AttacksTest, AnOwnersPictureIsSavedUnderANameOfOurs) {
  JudgeViolation();
  const IssuedNotice notice = Issue(CaseDeed::kNotify);
  const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\2\0\0\0", 29);
  Must(world_.store->casework().Reply(
      {.incident = incident_, .by = "某人", .as = Party::kOwner},
      {.kind = ReplyKind::kRepaired,
       .notice = notice.notice.number,
       .files = {{"整改证明.hta", "image/png", png + "<script>x</script>"},
                 {"b.html", "image/png", "not a picture any more"}}},
      world_.clock.Now()));
  const std::string head = "/incident/" + incident_ + "/reply/1/";
  EXPECT_EQ(DeskWorld::HeaderOf(Get(head + "0", li_), "Content-Disposition"),
            "attachment; filename=\"reply-1-0.png\"");
  const Reply other = Get(head + "1", li_);
  EXPECT_EQ(DeskWorld::HeaderOf(other, "Content-Disposition"),
            "attachment; filename=\"reply-1-1.bin\"");
  EXPECT_EQ(other.type, "application/octet-stream");
}

// ---- what was seen when it was asked ----

TEST_F(AttacksTest, NoDeedIsTakenWithoutTheVersionThatWasSeen) {
  JudgeViolation();
  Issue(CaseDeed::kNotify);
  struct Case {
    std::string_view path, form;
  };
  constexpr Case kCases[] = {{"/deed", "deed=close&reason=long+enough+a+reason"},
                             {"/deed", "deed=note&reason=reason+enough"},
                             {"/assign", "to=wang"},
                             {"/reply", "deed=acknowledge"},
                             {"/judge", "verdict=false-positive&reason=reason+enough"},
                             {"/notice", "deed=remind"}};
  for (const auto& [path, form] : kCases) {
    for (const char* version : {"", "&version=", "&version=abc", "&version=1x"}) {
      SCOPED_TRACE(std::string(path) + " " + std::string(form) + version);
      const uint64_t before = Now().version;
      EXPECT_EQ(Post("/incident/" + incident_ + std::string(path), li_, std::string(form) + version)
                    .status,
                400);
      EXPECT_EQ(Now().version, before);
    }
  }
  EXPECT_EQ(Post("/incident/" + incident_ + "/assign", li_,
                 fmt::format("to=wang&version={}", Now().version))
                .status,
            303);
}

// ---- the owner's link ----

TEST_F(AttacksTest, WhoHasALinkSpeaksInNobodysName) {
  JudgeViolation();
  const IssuedNotice notice = Issue(CaseDeed::kNotify);
  const Reply sent = Answer(notice.token, "by=zhang&answer=ask-recheck&text=look");
  ASSERT_EQ(sent.status, 303) << sent.body;
  EXPECT_EQ(EntriesOf("case-ask-recheck", "zhang"), 0u);
  EXPECT_EQ(EntriesOf("case-ask-recheck", "责任人 zhang"), 1u);
  Must(world_.store->cases().EachEvent(incident_, [&](const Event& event) {
    EXPECT_NE(event.actor, "zhang") << event.action;
    return true;
  }));
  const CaseFile file = Must(world_.store->casework().FileOf(incident_));
  EXPECT_EQ(file.recheck_by, "责任人 zhang");
  EXPECT_EQ(file.acknowledged_by, "责任人 zhang");
  Must(world_.store->casework().EachReply(incident_, [&](const OwnerReply& reply) {
    EXPECT_EQ(reply.by, "责任人 zhang");
    return true;
  }));

  // What was said by telephone stands under the officer's name, which is not the owner's to know.
  const Reply noted =
      Post("/incident/" + incident_ + "/reply", li_,
           fmt::format("deed=ask-recheck&version={}&reason=by+telephone", Now().version));
  ASSERT_EQ(noted.status, 303) << noted.body;
  EXPECT_EQ(EntriesOf("case-ask-recheck", "li"), 1u);
  const Reply page = Get("/o/" + notice.token, world_.Anonymous());
  EXPECT_NE(page.body.find("by telephone"), std::string::npos) << page.body;
  EXPECT_EQ(page.body.find("</strong> li "), std::string::npos) << page.body;
}

TEST_F(AttacksTest, AnOwnerMaySayWhatTheFormHasRoomFor) {
  JudgeViolation();
  const IssuedNotice notice = Issue(CaseDeed::kNotify);
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "%E6%9F%90";  // 15 000 bytes of Han
  const Reply sent = Answer(notice.token, "by=someone&answer=object&text=" + text);
  ASSERT_EQ(sent.status, 303) << sent.body;
  Must(world_.store->casework().EachReply(incident_, [&](const OwnerReply& reply) {
    EXPECT_EQ(reply.text.size(), 15'000u);
    return true;
  }));
  EXPECT_EQ(Now().state, "objected");
}

TEST_F(AttacksTest, ALongHistoryDoesNotMakeAPageWithoutEnd) {
  JudgeViolation();
  const IssuedNotice notice = Issue(CaseDeed::kNotify);
  // As an officer, for whom there is no cap: pages must not need one.
  for (int i = 1; i <= 60; ++i) {
    Must(world_.store->casework().Reply(
        {.incident = incident_, .by = "wang"},
        {.kind = ReplyKind::kAskRecheck, .text = fmt::format("words-{}.", i)}, world_.clock.Now()));
  }
  for (const std::string& target : {"/incident/" + incident_, "/o/" + notice.token}) {
    SCOPED_TRACE(target);
    const Reply page = Get(target, li_);
    EXPECT_NE(page.body.find("words-60."), std::string::npos);
    EXPECT_NE(page.body.find("words-11."), std::string::npos) << "the newest fifty";
    EXPECT_EQ(page.body.find("words-10."), std::string::npos);
  }
}

// ---- signing in ----

TEST_F(AttacksTest, WhoSignsInAgainAndAgainEndsOnlyTheirOwnSessions) {
  const DeskWorld::Signed first = world_.SignIn("wang");
  for (size_t i = 0; i < limits::kDeskSessionsPerAccountMax; ++i) {
    world_.clock.Advance(1'000);
    world_.SignIn("wang");
  }
  EXPECT_EQ(Get("/", first).status, 303) << "their oldest";
  EXPECT_EQ(Get("/", li_).status, 200) << "though idle for longer";
  std::map<std::string, size_t> sessions;
  Must(world_.store->accounts().EachSession([&](const DeskSession& session) {
    ++sessions[session.account];
    return true;
  }));
  EXPECT_EQ(sessions["wang"], limits::kDeskSessionsPerAccountMax);
  EXPECT_EQ(sessions["li"], 1u);
}

TEST_F(AttacksTest, WhereAllPlacesAreTakenNobodyIsPutOut) {
  for (size_t i = 0; i < limits::kDeskSessionsMax; ++i) {
    const std::string name = fmt::format("name{}", i / limits::kDeskSessionsPerAccountMax);
    if (i % limits::kDeskSessionsPerAccountMax == 0) world_.AddAccount(name, kOfficerOnly);
    const Account proved = *Must(world_.store->accounts().Find(name));
    const Status opened = world_.store->accounts().Open(
        {.token = Sha256(std::to_string(i)), .account = name, .created = 1, .seen = 1}, 0, proved,
        {.kind = "sign-in", .actor = name});
    if (i + 1 == limits::kDeskSessionsMax) {  // one of them is li's
      ASSERT_FALSE(opened.ok());
      EXPECT_EQ(opened.error().code, Code::kLimit);
    } else {
      ASSERT_TRUE(opened.ok()) << opened.error().text;
    }
  }
  EXPECT_EQ(Get("/", li_).status, 200);
}

TEST_F(AttacksTest, ABrowserLeftOpenEndsNothingOfOthers) {
  const DeskWorld::Signed root = world_.SignIn("root");
  const Digest token = Sha256("token");
  Must(world_.store->accounts().AddToken({.token = token,
                                          .label = "x",
                                          .account = "zhang",
                                          .roles = kApproverOnly,
                                          .created = 1,
                                          .expires = world_.clock.Now() + 1'000'000},
                                         {.kind = "token-add", .actor = "test"}));
  const std::string end = "id=" + token.hex();
  EXPECT_EQ(Post("/accounts/token/end", root, end).status, 403);
  EXPECT_EQ(Post("/accounts/token/end", root, end + "&own=wrong").status, 403);
  EXPECT_TRUE(Must(world_.store->accounts().TokenOf(token)).has_value());
  EXPECT_EQ(Post("/accounts/token/end", root, fmt::format("{}&own={}", end, kPasswordTyped)).status,
            303);
  std::string others;
  Must(world_.store->accounts().EachSession([&](const DeskSession& session) {
    if (session.account == "li") others = session.token.hex();
    return true;
  }));
  EXPECT_EQ(Post("/account/session/end", root, "id=" + others).status, 404);
  EXPECT_EQ(Get("/", li_).status, 200);
  EXPECT_EQ(Post("/account/session/end", li_, "id=" + others).status, 303) << "one's own";
}

TEST_F(AttacksTest, ALinkOpensNothingWhenTheCaseWasAFalseAlarm) {
  JudgeViolation();
  const IssuedNotice notice = Issue(CaseDeed::kNotify);
  ASSERT_EQ(Answer(notice.token, "by=someone&answer=object&text=long+enough").status, 303);
  EXPECT_EQ(Get("/o/" + notice.token, world_.Anonymous()).status, 200);
  Act(CaseDeed::kAcceptObjection, "wang");
  const Reply closed = Get("/o/" + notice.token, world_.Anonymous());
  EXPECT_EQ(closed.status, 410);
  EXPECT_EQ(closed.body.find(kWords), std::string::npos);
}

}  // namespace
}  // namespace xuncha::testing_support
