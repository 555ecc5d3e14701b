// Accounts, sessions and tokens as the store keeps them: what ends with what, what is
// refused, and that each deed stands in the chain.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/accounts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "base/limits_provider.h"
#include "tests/unit/store/support.h"

namespace xuncha {
namespace {

using testing_support::Must;
using testing_support::QuickPlace;
using testing_support::TempDirectory;

constexpr Millis kNow = 1'767'225'600'000, kHour = 3'600'000;
constexpr std::string_view kIssuer = "https://id.example.test";

Deed By(std::string_view kind) { return {.kind = std::string(kind), .actor = "test"}; }

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() : place_(QuickPlace()) { Reopen(); }
  void Reopen() {
    store_.reset();
    store_ = Must(
        Store::Open({.directory = place_.path() + "/store", .create = true, .memory = 8 << 20}));
  }
  Accounts& accounts() { return store_->accounts(); }

  static Account Make(std::string name) {
    return {.name = std::move(name),
            .display = "某人",
            .roles = RoleBit(DeskRole::kOfficer) | RoleBit(DeskRole::kAuditor),
            .password_hash = "hash of a password",
            .created = kNow};
  }
  void Add(std::string name) { Must(accounts().Add(Make(std::move(name)), By("user-add"))); }
  Account Get(std::string_view name) { return *Must(accounts().Find(name)); }
  Status Change(std::string_view name, const std::function<void(Account&)>& change,
                const Digest& keep = {}) {
    return accounts().Change(
        name,
        [&](Account& account) {
          change(account);
          return Ok();
        },
        By("user-change"), keep);
  }
  Status Open(std::string_view token, std::string account, Millis now, uint64_t step = 0) {
    const Account proved = Must(accounts().Find(account)).value_or(Account());
    return accounts().Open({.token = Sha256(token),
                            .account = std::move(account),
                            .created = now,
                            .seen = now,
                            .csrf = "c"},
                           step, proved, By("sign-in"));
  }
  bool IsOpen(std::string_view token) {
    return Must(accounts().SessionOf(Sha256(token))).has_value();
  }
  Status AddToken(std::string_view token, std::string account, Millis expires,
                  RoleSet roles = RoleBit(DeskRole::kAuditor)) {
    return accounts().AddToken({.token = Sha256(token),
                                .label = "监控",
                                .account = std::move(account),
                                .roles = roles,
                                .created = kNow,
                                .expires = expires},
                               By("token-add"));
  }
  bool HasToken(std::string_view token) {
    return Must(accounts().TokenOf(Sha256(token))).has_value();
  }
  std::vector<std::string> Kinds() {
    std::vector<std::string> kinds;
    Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
      kinds.push_back(entry.kind);
      return true;
    }));
    return kinds;
  }

  TempDirectory place_;
  std::unique_ptr<Store> store_;
};

TEST_F(AccountsTest, RefusesAnAccountThatIsNotAsItHasToBe) {
  struct Case {
    std::string_view why;
    std::function<void(Account&)> change;
  };
  const Case cases[] = {
      {"no name", [](Account& account) { account.name = ""; }},
      {"capitals", [](Account& account) { account.name = "Zhang"; }},
      {"a path", [](Account& account) { account.name = "../zhang"; }},
      {"a name that is too long",
       [](Account& account) { account.name.assign(limits::kAccountNameBytesMax + 1, 'a'); }},
      {"not UTF-8", [](Account& account) { account.name = "\xff"; }},
      {"no role", [](Account& account) { account.roles = 0; }},
      {"a role that is none", [](Account& account) { account.roles = kAllRoles + 1; }},
      {"a reviewer of no unit",
       [](Account& account) { account.roles = RoleBit(DeskRole::kReviewer); }},
      {"a display name with a terminal's escape",
       [](Account& account) { account.display = "a\x1b[2J"; }},
      {"a subject without its provider", [](Account& account) { account.subject = "s"; }},
      {"a provider without a subject", [](Account& account) { account.issuer = kIssuer; }},
      {"a subject that is too long",
       [](Account& account) {
         account.issuer = kIssuer;
         account.subject.assign(limits::kSubjectBytesMax + 1, 's');
       }},
      {"a subject with a line end",
       [](Account& account) {
         account.issuer = kIssuer;
         account.subject = "a\nb";
       }},
  };
  Add("good");
  for (const auto& [why, change] : cases) {
    SCOPED_TRACE(why);
    Account account = Make("zhang");
    change(account);
    const Status added = accounts().Add(account, By("user-add"));
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.error().code, Code::kInvalid);
    if (account.name != "zhang") continue;
    EXPECT_FALSE(Change("good", change).ok()) << "nor by a change";
  }
  EXPECT_EQ(Kinds(), std::vector<std::string>{"user-add"});
}

TEST_F(AccountsTest, TakesANameOnceAndAPersonOfAProviderOnce) {
  Add("zhang");
  EXPECT_EQ(accounts().Add(Make("zhang"), By("user-add")).error().code, Code::kConflict);
  const auto person = [](Account& account) {
    account.issuer = kIssuer;
    account.subject = "248289";
  };
  Must(Change("zhang", person));
  Must(Change("zhang", person));  // as it was
  Account other = Make("li");
  person(other);
  EXPECT_EQ(accounts().Add(other, By("user-add")).error().code, Code::kConflict);
  Add("wang");
  EXPECT_EQ(Change("wang", person).error().code, Code::kConflict);
  other.issuer = "https://elsewhere.example.test";
  Must(accounts().Add(other, By("user-add")));
  Reopen();
  EXPECT_EQ(Must(accounts().FindSubject(kIssuer, "248289"))->name, "zhang");
  EXPECT_EQ(Must(accounts().FindSubject(other.issuer, "248289"))->name, "li");
  EXPECT_FALSE(Must(accounts().FindSubject(kIssuer, "24828")));
  EXPECT_FALSE(Must(accounts().FindSubject(kIssuer, ""))) << "who has none is not found by none";
  EXPECT_FALSE(Must(accounts().FindSubject("", "")));
}

TEST_F(AccountsTest, AChangeThatFailsChangesNothing) {
  Add("zhang");
  const Status failed = accounts().Change(
      "zhang",
      [](Account& account) -> Status {
        account.disabled = true;
        return Error{Code::kDenied, "no"};
      },
      By("user-disable"));
  EXPECT_EQ(failed.error().code, Code::kDenied);
  EXPECT_FALSE(Get("zhang").disabled);
  EXPECT_EQ(Change("li", [](Account&) {}).error().code, Code::kNotFound);
  Must(Change("zhang", [](Account& account) { account.name = "li"; }));
  EXPECT_EQ(Get("zhang").name, "zhang") << "a name stays";
  EXPECT_FALSE(Must(accounts().Find("li")));
}

TEST_F(AccountsTest, EndsSessionsWithWhatTheyRestOn) {
  struct Case {
    std::string_view why;
    std::function<void(Account&)> change;
    bool sessions_end, tokens_end;
  };
  const Case cases[] = {
      {"another display name", [](Account& account) { account.display = "别的"; }, false, false},
      {"another password", [](Account& account) { account.password_hash = "other"; }, true, false},
      {"a person of a provider",
       [](Account& account) {
         account.issuer = kIssuer;
         account.subject = "1";
       },
       true, false},
      {"another person of it", [](Account& account) { account.subject = "2"; }, true, false},
      {"disabled", [](Account& account) { account.disabled = true; }, true, true},
  };
  Add("zhang");
  Add("li");
  Must(Open("li", "li", kNow));
  Must(AddToken("li's", "li", kNow + kHour));
  for (const auto& [why, change, sessions_end, tokens_end] : cases) {
    SCOPED_TRACE(why);
    Must(Open("one", "zhang", kNow));
    Must(Open("two", "zhang", kNow));
    Must(AddToken("token", "zhang", kNow + kHour));
    Must(Change("zhang", change, Sha256("two")));
    EXPECT_EQ(IsOpen("one"), !sessions_end);
    EXPECT_TRUE(IsOpen("two")) << "the one to keep";
    EXPECT_EQ(HasToken("token"), !tokens_end);
    EXPECT_TRUE(IsOpen("li"));
    EXPECT_TRUE(HasToken("li's"));
  }
  EXPECT_EQ(Open("three", "zhang", kNow).error().code, Code::kNotFound) << "disabled";
  EXPECT_EQ(Open("three", "wang", kNow).error().code, Code::kNotFound);
}

TEST_F(AccountsTest, ASessionOutlivesARestartAndEndsWhenItsTimeIsOver) {
  Add("zhang");
  Must(Open("old", "zhang", kNow));
  Must(Open("idle", "zhang", kNow + kHour));
  Must(Open("used", "zhang", kNow + kHour));
  Must(accounts().Seen(Sha256("used"), kNow + 2 * kHour));
  Must(accounts().Seen(Sha256("none"), kNow + 2 * kHour));
  Reopen();
  EXPECT_EQ(Must(accounts().SessionOf(Sha256("used")))->seen, kNow + 2 * kHour);
  Must(accounts().Seen(Sha256("used"), kNow));
  EXPECT_EQ(Must(accounts().SessionOf(Sha256("used")))->seen, kNow + 2 * kHour)
      << "never earlier than it was";
  EXPECT_FALSE(IsOpen("none")) << "being seen opens none";
  // As of three hours on: opened within the last two and a half, seen within the last one.
  Must(accounts().Sweep(kNow + kHour / 2, kNow + 2 * kHour, kNow + 3 * kHour));
  EXPECT_FALSE(IsOpen("old"));
  EXPECT_FALSE(IsOpen("idle"));
  EXPECT_TRUE(IsOpen("used"));
}

TEST_F(AccountsTest, EndsOneSessionOrAllOfAnAccount) {
  Add("zhang");
  Add("li");
  for (const std::string_view token : {"a", "b", "c"}) Must(Open(token, "zhang", kNow));
  Must(Open("d", "li", kNow));
  Must(accounts().Close(Sha256("a"), By("sign-out")));
  EXPECT_EQ(accounts().Close(Sha256("a"), By("sign-out")).error().code, Code::kNotFound);
  EXPECT_EQ(Must(accounts().CloseAll("zhang", By("sessions-end"))), 2u);
  EXPECT_FALSE(IsOpen("b"));
  EXPECT_TRUE(IsOpen("d"));
  const std::vector<std::string> kinds = Kinds();
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "sign-out"), 1);
  EXPECT_EQ(kinds.back(), "sessions-end");
}

TEST_F(AccountsTest, LetsTheSessionGoThatWasSeenLeastLatelyWhenThereAreTooMany) {
  Add("zhang");
  for (size_t i = 0; i < limits::kDeskSessionsPerAccountMax; ++i)
    Must(Open(fmt::format("s{}", i), "zhang", kNow + static_cast<Millis>(i)));
  Must(accounts().Seen(Sha256("s0"), kNow + kHour));
  Must(Open("one more", "zhang", kNow + kHour));
  EXPECT_TRUE(IsOpen("s0")) << "opened first, but in use";
  EXPECT_FALSE(IsOpen("s1"));
  EXPECT_TRUE(IsOpen("s2"));
  EXPECT_TRUE(IsOpen("one more"));
}

TEST_F(AccountsTest, KeepsFailuresOverARestartUntilSomebodyComesIn) {
  Add("zhang");
  Must(Change("zhang", [](Account& account) {
    account.failures = limits::kSignInFailuresMax;
    account.failing_since = kNow;
  }));
  Reopen();
  EXPECT_EQ(Get("zhang").failures, limits::kSignInFailuresMax);
  EXPECT_EQ(Get("zhang").failing_since, kNow);
  Must(Open("s", "zhang", kNow + kHour));
  EXPECT_EQ(Get("zhang").failures, 0u);
  EXPECT_EQ(Get("zhang").failing_since, 0);
  EXPECT_EQ(Get("zhang").last_sign_in, kNow + kHour);
}

TEST_F(AccountsTest, TakesACodeOfTheSecondFactorOnceAndNoEarlierOne) {
  Add("zhang");
  Must(Change("zhang", [](Account& account) { account.totp_secret = "secret"; }));
  Must(Open("first", "zhang", kNow, 100));
  struct Case {
    std::string_view why;
    uint64_t step;
    bool comes_in;
  };
  constexpr Case kCases[] = {
      {"the same once more", 100, false},
      {"the one before", 99, false},
      {"the next", 101, true},
      {"and that once more", 101, false},
      {"by a provider, who asks for none", 0, true},
      {"which forgets no step", 101, false},
  };
  for (const auto& [why, step, comes_in] : kCases) {
    SCOPED_TRACE(why);
    const std::string token = fmt::format("s {}", why);
    const Status opened = Open(token, "zhang", kNow, step);
    EXPECT_EQ(opened.ok(), comes_in);
    if (!opened) {
      EXPECT_EQ(opened.error().code, Code::kConflict);
    }
    EXPECT_EQ(IsOpen(token), comes_in);
    Reopen();
  }
}

TEST_F(AccountsTest, WhoProvedToBeWhatTheAccountNoLongerIsDoesNotComeIn) {
  const std::pair<std::string_view, void (*)(Account&)> kChanges[] = {
      {"another password", [](Account& account) { account.password_hash += "x"; }},
      {"a second factor", [](Account& account) { account.totp_secret = std::string(20, 'k'); }},
      {"another person",
       [](Account& account) {
         account.issuer = "https://id.example.test";
         account.subject = "somebody";
       }},
  };
  Add("zhang");
  for (const auto& [why, change] : kChanges) {
    SCOPED_TRACE(why);
    const Account proved = Get("zhang");
    Must(Change("zhang", change));
    const Status opened =
        accounts().Open({.token = Sha256(why), .account = "zhang", .created = kNow, .seen = kNow},
                        0, proved, By("sign-in"));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::kConflict);
    EXPECT_FALSE(IsOpen(why));
    Must(Open(why, "zhang", kNow));
  }
}

TEST_F(AccountsTest, ATokenHasNoMoreThanItsAccountAndEndsAtItsTime) {
  Add("zhang");
  EXPECT_EQ(AddToken("t", "zhang", kNow + kHour, RoleBit(DeskRole::kAdministrator)).error().code,
            Code::kInvalid);
  EXPECT_EQ(AddToken("t", "zhang", kNow + kHour, 0).error().code, Code::kInvalid);
  EXPECT_EQ(AddToken("t", "li", kNow + kHour).error().code, Code::kNotFound);
  Must(AddToken("short", "zhang", kNow + kHour));
  Must(AddToken("long", "zhang", kNow + 2 * kHour));
  Must(accounts().Sweep(0, 0, kNow + kHour));
  EXPECT_FALSE(HasToken("short"));
  EXPECT_TRUE(HasToken("long"));
  Must(accounts().RemoveToken(Sha256("long"), By("token-end")));
  EXPECT_FALSE(HasToken("long"));
  EXPECT_EQ(accounts().RemoveToken(Sha256("long"), By("token-end")).error().code, Code::kNotFound);
}

TEST_F(AccountsTest, NeedsNoRecordForSecretsToBeUseless) {
  Add("zhang");
  Must(Open("the cookie of a browser", "zhang", kNow));
  Must(AddToken("the token of a program", "zhang", kNow + kHour));
  const auto session = Must(accounts().SessionOf(Sha256("the cookie of a browser")));
  EXPECT_EQ(session->token, Sha256("the cookie of a browser")) << "its hash, not itself";
  Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
    for (const std::string& ref : entry.refs) {
      EXPECT_EQ(ref.find("the cookie"), std::string::npos);
      EXPECT_EQ(ref.find("the token"), std::string::npos);
    }
    return true;
  }));
}

}  // namespace
}  // namespace xuncha
