// Coming in, staying in, and being kept out.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "console/api.h"
#include "console/totp.h"
#include "tests/unit/console/desk_world.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using testing_support::DeskWorld;
using testing_support::kPassword;

constexpr std::string_view kGood = "password=correct+horse+battery+staple";

Reply Try(DeskWorld& world, std::string_view name, std::string_view rest,
          std::string_view address = "192.0.2.7") {
  RawRequest raw =
      DeskWorld::Post("/sign-in", world.Anonymous(), fmt::format("name={}&{}", name, rest));
  raw.address = std::string(address);
  return world.desk->Answer(raw);
}

std::string CookieOf(const Reply& reply) {
  const std::string cookie = DeskWorld::HeaderOf(reply, "Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

size_t EntriesOf(const DeskWorld& world, std::string_view kind) {
  size_t count = 0;
  const Status read = world.store->audit().Each(1, [&](const AuditEntry& entry) {
    count += entry.kind == kind ? 1 : 0;
    return true;
  });
  CHECK(read.ok());
  return count;
}

TEST(SignIn, OpensTheDeskAndIsOnRecord) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  const Reply reply = Try(world, "ZHANG", kGood);
  ASSERT_EQ(reply.status, 303) << reply.body;
  EXPECT_EQ(DeskWorld::HeaderOf(reply, "Location"), "/");
  EXPECT_THAT(DeskWorld::HeaderOf(reply, "Set-Cookie"), HasSubstr("; HttpOnly; SameSite=Strict"));
  EXPECT_EQ(world.desk->Answer(DeskWorld::Get("/", CookieOf(reply))).status, 200);
  EXPECT_EQ(EntriesOf(world, "sign-in"), 1u);
}

TEST(SignIn, LeadsOnlyToPathsOfOurs) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  struct Case {
    std::string_view why, then, want;
  };
  constexpr Case kCases[] = {
      {"a page", "/account", "/account"},
      {"another host", "//evil.example.test/", "/"},
      {"another host with a backslash", "/%5Cevil.example.test", "/"},
      {"an address", "https://evil.example.test/", "/"},
      {"a header", "/a%0D%0ASet-Cookie:%20x=y", "/"},
      {"round and round", "/sign-in", "/"},
  };
  for (const auto& [why, then, want] : kCases) {
    SCOPED_TRACE(why);
    const Reply reply = Try(world, "zhang", fmt::format("{}&then={}", kGood, then));
    EXPECT_EQ(DeskWorld::HeaderOf(reply, "Location"), want);
  }
}

TEST(SignIn, SaysTheSameWhateverIsWrong) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  world.AddAccount("gone", kOfficerOnly);
  ASSERT_TRUE(world.store->accounts()
                  .Change("gone",
                          [](Account& account) {
                            account.disabled = true;
                            return Ok();
                          },
                          {.kind = "user-disable", .actor = "test"})
                  .ok());
  for (const std::string_view name : {"zhang", "nobody", "gone", "%3Cscript%3E"}) {
    SCOPED_TRACE(name);
    const Reply reply = Try(world, name, "password=wrong+wrong+wrong");
    EXPECT_EQ(reply.status, 403);
    EXPECT_THAT(reply.body, HasSubstr("账号、口令或动态码不对"));
  }
  EXPECT_EQ(Try(world, "gone", kGood).status, 403);
  EXPECT_EQ(EntriesOf(world, "sign-in-failed"), 5u);
}

// As many failures as leave one more.
void FailAlmost(DeskWorld& world, std::string_view name) {
  ASSERT_TRUE(world.store->accounts()
                  .Change(name,
                          [&](Account& account) {
                            account.failures = limits::kSignInNameFailuresMax - 1;
                            account.failing_since = world.clock.Now();
                            return Ok();
                          },
                          {.kind = "sign-in-failed", .actor = "test"})
                  .ok());
}

TEST(SignIn, LocksAnAccountAfterTooManyFailuresAndSaysUntilWhen) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  FailAlmost(world, "zhang");
  EXPECT_EQ(Try(world, "zhang", "password=wrong", "192.0.2.10").status, 403);
  const Reply locked = Try(world, "zhang", kGood, "192.0.2.99");
  EXPECT_EQ(locked.status, 429);
  EXPECT_THAT(locked.body, HasSubstr("2026-01-01T08:15:00+08:00"));
  world.clock.Advance(limits::kSignInWindowMillis);
  EXPECT_EQ(Try(world, "zhang", kGood, "192.0.2.99").status, 303);
}

TEST(SignIn, LocksANameThatIsNoneLikeOneThatIs) {
  DeskWorld world;
  for (size_t i = 0; i < limits::kSignInNameFailuresMax; ++i)
    EXPECT_EQ(Try(world, "nobody", "password=x", fmt::format("192.0.2.{}", 10 + i)).status, 403);
  EXPECT_EQ(Try(world, "nobody", "password=x", "192.0.2.99").status, 429);
}

TEST(SignIn, LetsStrangersLockNobodyOutOfWhereTheyCameInBefore) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  world.AddAccount("li", kOfficerOnly);
  EXPECT_EQ(Try(world, "zhang", kGood, "192.0.2.50").status, 303);
  FailAlmost(world, "zhang");
  EXPECT_EQ(Try(world, "zhang", "password=wrong", "192.0.2.10").status, 403);
  EXPECT_EQ(Try(world, "zhang", kGood, "192.0.2.99").status, 429) << "locked for strangers";
  EXPECT_EQ(Try(world, "zhang", kGood, "192.0.2.50").status, 303) << "not where they are known";
  // Nor do others at the same address, or all that come through one proxy.
  for (size_t i = 0; i < limits::kSignInFailuresMax; ++i)
    EXPECT_EQ(Try(world, fmt::format("name{}", i), "password=x", "192.0.2.50").status, 403);
  EXPECT_EQ(Try(world, "li", kGood, "192.0.2.50").status, 429);
  EXPECT_EQ(Try(world, "zhang", kGood, "192.0.2.50").status, 303);
  // Who guesses at them from there is stopped there.
  for (size_t i = 0; i < limits::kSignInFailuresMax; ++i)
    EXPECT_EQ(Try(world, "zhang", "password=x", "192.0.2.50").status, 403);
  EXPECT_EQ(Try(world, "zhang", kGood, "192.0.2.50").status, 429);
  world.clock.Advance(limits::kKnownNetworkMillis);
  FailAlmost(world, "zhang");
  EXPECT_EQ(Try(world, "zhang", "password=wrong", "192.0.2.10").status, 403);
  EXPECT_EQ(Try(world, "zhang", kGood, "192.0.2.50").status, 429) << "a month ago is long ago";
}

TEST(SignIn, KeepsNobodyFromTheirWorkWhoIsIn) {
  DeskWorld world;
  world.AddAccount("root", kAdministratorOnly);
  world.AddAccount("li", kOfficerOnly);
  const auto root = world.SignIn("root"), other = world.SignIn("root");
  // From the same address as root's own, as it is where a proxy speaks for everybody.
  for (size_t i = 0; i < limits::kSignInFailuresMax; ++i)
    EXPECT_EQ(Try(world, "root", "password=wrong").status, 403);
  EXPECT_EQ(Try(world, "root", kGood).status, 429);
  const std::string disable = "name=li&deed=disable&own=";
  const auto change = [&](const DeskWorld::Signed& who, std::string_view own) {
    return world.desk->Answer(DeskWorld::Post("/accounts/change", who, disable + std::string(own)))
        .status;
  };
  EXPECT_EQ(change(root, "correct+horse+battery+staple"), 303);
  // Guessing inside a session is stopped for that session.
  for (size_t i = 0; i < limits::kSignInFailuresMax; ++i) EXPECT_EQ(change(root, "wrong"), 403);
  EXPECT_EQ(change(root, "correct+horse+battery+staple"), 429);
  EXPECT_EQ(change(other, "correct+horse+battery+staple"), 303);
}

TEST(SignIn, LocksAnAddressThatTriesManyNames) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  for (size_t i = 0; i < limits::kSignInFailuresMax; ++i)
    EXPECT_EQ(Try(world, fmt::format("name{}", i), "password=x", "2001:db8::1").status, 403);
  EXPECT_EQ(Try(world, "zhang", kGood, "2001:db8::2").status, 429) << "the same /64";
  EXPECT_EQ(Try(world, "zhang", kGood, "2001:db8:1::1").status, 303) << "another";
}

TEST(SignIn, RemembersFailuresOverARestart) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  FailAlmost(world, "zhang");
  EXPECT_EQ(Try(world, "zhang", "password=wrong", "192.0.2.10").status, 403);
  auto again = OfficersDesk::Make(*world.store, world.clock, {});
  ASSERT_TRUE(again.ok());
  world.desk = std::move(*again);
  EXPECT_EQ(Try(world, "zhang", kGood).status, 429);
}

TEST(SignIn, CountsFailuresThatAreTooManyToRecordAndSaysSo) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  // Wrong tokens cost no hash; each from an address of its own.
  for (int i = 0; i < 500; ++i) {
    ASSERT_FALSE(world.desk->gate()
                     .ByToken("wrong", fmt::format("192.0.{}.{}", i / 200, i % 200))
                     ->has_value());
  }
  EXPECT_EQ(EntriesOf(world, "sign-in-failed"), 500u);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(Try(world, "zhang", "password=wrong", "198.51.100.7").status, 403);
  world.desk->Tend();
  EXPECT_EQ(EntriesOf(world, "sign-in-failed"), 501u) << "one that says there are more";
  EXPECT_EQ((*world.store->accounts().Find("zhang"))->failures, 3u);
}

TEST(SignIn, AsksForTheSecondFactorAndTakesEachCodeOnce) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  const std::string secret(20, 'k');
  ASSERT_TRUE(world.store->accounts()
                  .Change("zhang",
                          [&](Account& account) {
                            account.totp_secret = secret;
                            return Ok();
                          },
                          {.kind = "second-factor", .actor = "test"})
                  .ok());
  const std::string code = Hotp(secret, static_cast<uint64_t>(world.clock.Now() / kTotpStep), 6);
  EXPECT_EQ(Try(world, "zhang", kGood).status, 403) << "no code";
  EXPECT_EQ(Try(world, "zhang", fmt::format("{}&code=000000", kGood)).status, 403);
  EXPECT_EQ(Try(world, "zhang", fmt::format("{}&code={}", kGood, code)).status, 303);
  EXPECT_EQ(Try(world, "zhang", fmt::format("{}&code={}", kGood, code)).status, 403) << "again";
}

TEST(SignIn, SendsWhoHasNoSecondFactorToGetOneWhereItIsAsked) {
  DeskWorld world({.gate = {.second_factor = true}});
  world.AddAccount("zhang", kOfficerOnly);
  const auto who = world.SignIn("zhang");
  const Reply away = world.desk->Answer(DeskWorld::Get("/", who.cookie));
  EXPECT_EQ(DeskWorld::HeaderOf(away, "Location"), "/account/second-factor");
  const Reply page = world.desk->Answer(DeskWorld::Get("/account/second-factor", who.cookie));
  const std::string secret = DeskWorld::Between(page.body, "name=\"secret\" value=\"", "\"");
  ASSERT_TRUE(UnBase32(secret).has_value());
  const std::string code =
      Hotp(*UnBase32(secret), static_cast<uint64_t>(world.clock.Now() / kTotpStep), 6);
  const Reply done = world.desk->Answer(DeskWorld::Post(
      "/account/second-factor", who, fmt::format("secret={}&code={}&{}", secret, code, kGood)));
  EXPECT_EQ(done.status, 303) << done.body;
  EXPECT_EQ(world.desk->Answer(DeskWorld::Get("/", who.cookie)).status, 200);
}

TEST(Session, EndsWhenIdleAndWhenOld) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  const auto who = world.SignIn("zhang");
  const auto status = [&] { return world.desk->Answer(DeskWorld::Get("/", who.cookie)).status; };
  for (int i = 0; i < 35; ++i) {  // twelve hours less a bit, a request each twenty minutes
    world.clock.Advance(20 * 60'000);
    ASSERT_EQ(status(), 200) << i;
    world.desk->Tend();
  }
  world.clock.Advance(20 * 60'000);
  EXPECT_EQ(status(), 303) << "twelve hours";
  const auto other = world.SignIn("zhang");
  world.clock.Advance(30 * 60'000);
  EXPECT_EQ(world.desk->Answer(DeskWorld::Get("/", other.cookie)).status, 303) << "idle";
}

TEST(Session, EndsBySigningOutByPasswordAndByDisabling) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  const auto open = [&](const DeskWorld::Signed& who) {
    return world.desk->Answer(DeskWorld::Get("/", who.cookie)).status == 200;
  };
  const auto first = world.SignIn("zhang"), second = world.SignIn("zhang");
  EXPECT_EQ(world.desk->Answer(DeskWorld::Post("/sign-out", first)).status, 303);
  EXPECT_FALSE(open(first));
  EXPECT_TRUE(open(second));

  const auto third = world.SignIn("zhang");
  const Reply changed = world.desk->Answer(DeskWorld::Post(
      "/account/password", third,
      "old=correct+horse+battery+staple&new=another+long+sentence&again=another+long+sentence"));
  EXPECT_EQ(changed.status, 303) << changed.body;
  EXPECT_FALSE(open(second)) << "others end";
  EXPECT_TRUE(open(third)) << "one's own stays";

  ASSERT_TRUE(world.store->accounts()
                  .Change("zhang",
                          [](Account& account) {
                            account.disabled = true;
                            return Ok();
                          },
                          {.kind = "user-disable", .actor = "test"})
                  .ok());
  EXPECT_FALSE(open(third));
}

TEST(Session, TokenInTheStoreIsNoKey) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  world.SignIn("zhang");
  std::string kept;
  ASSERT_TRUE(world.store->accounts()
                  .EachSession([&](const DeskSession& session) {
                    kept = session.token.hex();
                    return true;
                  })
                  .ok());
  EXPECT_EQ(world.desk->Answer(DeskWorld::Get("/", "session=" + kept)).status, 303);
}

TEST(Password, IsRefusedIfShortOrTheNameAndNeverKept) {
  EXPECT_FALSE(CheckPassword("zhang", "elevenbytes").ok());
  EXPECT_FALSE(CheckPassword("zhangsanzhangsan", "ZhangsanZhangsan").ok());
  EXPECT_FALSE(CheckPassword("zhang", std::string(limits::kPasswordBytesMax + 1, 'x')).ok());
  EXPECT_TRUE(CheckPassword("zhang", "四个汉字").ok());
  const std::string& hash = testing_support::PasswordHash();
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_TRUE(PasswordFits(hash, kPassword));
  EXPECT_FALSE(PasswordFits(hash, "correct horse battery stapl"));
  EXPECT_FALSE(PasswordFits("", kPassword));
}

TEST(Token, OpensTheApiAndNothingElse) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly | RoleBit(DeskRole::kAuditor));
  const std::string token = "t0ken";
  ASSERT_TRUE(world.store->accounts()
                  .AddToken({.token = Sha256(token),
                             .label = "test",
                             .account = "zhang",
                             .roles = RoleBit(DeskRole::kAuditor),
                             .created = world.clock.Now(),
                             .expires = world.clock.Now() + 1000},
                            {.kind = "token-add", .actor = "test"})
                  .ok());
  EXPECT_FALSE(world.store->accounts()
                   .AddToken({.token = Sha256("x"),
                              .label = "test",
                              .account = "zhang",
                              .roles = kAdministratorOnly},
                             {.kind = "token-add", .actor = "test"})
                   .ok())
      << "more than the account has";
  const auto with = [&](std::string_view target, std::string_view bearer) {
    RawRequest raw = DeskWorld::Get(target);
    raw.headers.emplace_back("authorization", fmt::format("Bearer {}", bearer));
    return world.desk->Answer(raw);
  };
  const Reply me = with("/api/me", token);
  EXPECT_EQ(me.status, 200);
  EXPECT_THAT(me.body, HasSubstr("\"roles\":[\"auditor\"]"));
  EXPECT_EQ(with("/api/me", "other").status, 401);
  EXPECT_EQ(with("/", token).status, 403) << "pages are for people";
  EXPECT_EQ(with("/metrics", token).status, 200);
  world.clock.Advance(1000);
  EXPECT_EQ(with("/api/me", token).status, 401) << "expired";
}

TEST(Metrics, AreForThisMachineAndBeginWithTheLastSuccess) {
  DeskWorld world;
  RawRequest raw = DeskWorld::Get("/metrics");
  EXPECT_EQ(world.desk->Answer(raw).status, 403);
  raw.address = "127.0.0.1";
  const Reply local = world.desk->Answer(raw);
  EXPECT_EQ(local.status, 200);
  EXPECT_TRUE(local.body.starts_with("# HELP xuncha_run_last_success_timestamp_seconds"));
  raw.headers.emplace_back("x-forwarded-for", "192.0.2.7");
  EXPECT_EQ(world.desk->Answer(raw).status, 403) << "through a proxy";
}

TEST(OpenApi, DescribesEveryRouteOfTheApi) {
  const std::string text = OpenApi(Routes());
  const Result<Node> document = ParseJson(text, "openapi");
  ASSERT_TRUE(document.ok());
  const Node* paths = document->Find("paths");
  ASSERT_NE(paths, nullptr);
  for (const Route& route : Routes()) {
    if (!route.path.starts_with("/api/")) continue;
    SCOPED_TRACE(route.path);
    std::string path(route.path);
    for (int i = 1; path.find("/{}") != std::string::npos; ++i)
      path.replace(path.find("/{}"), 3, fmt::format("/{{part{}}}", i));
    const Node* methods = paths->Find(path);
    ASSERT_NE(methods, nullptr);
    EXPECT_NE(methods->Find(route.method == "GET" ? "get" : "post"), nullptr);
  }
}

TEST(AccountsPage, LetsAnAdministratorAddChangeAndDisable) {
  DeskWorld world;
  world.AddAccount("root", kAdministratorOnly);
  const auto root = world.SignIn("root");
  const std::string own = "&own=correct+horse+battery+staple";
  const auto post = [&](std::string_view path, std::string form) {
    return world.desk->Answer(DeskWorld::Post(path, root, form + own));
  };
  const std::string add = "name=li&display=%E6%9F%90&password=a+long+first+password&role=officer";
  EXPECT_EQ(world.desk->Answer(DeskWorld::Post("/accounts/add", root, add)).status, 403)
      << "without one's own password";
  EXPECT_EQ(post("/accounts/add", add).status, 303);
  EXPECT_EQ(post("/accounts/add", add).status, 409) << "twice";
  EXPECT_EQ(post("/accounts/add", "name=x&password=a+long+first+password").status, 400)
      << "no role";
  EXPECT_EQ(post("/accounts/add", "name=x&password=a+long+first+password&role=reviewer").status,
            400)
      << "a reviewer of no unit";
  EXPECT_EQ(post("/accounts/change", "name=root&deed=disable").status, 400) << "oneself";
  EXPECT_EQ(post("/accounts/change", "name=li&deed=conquer").status, 400);
  const auto li = world.SignIn("li");
  EXPECT_EQ(post("/accounts/change", "name=li&deed=disable").status, 303);
  EXPECT_EQ(world.desk->Answer(DeskWorld::Get("/", li.cookie)).status, 303);
  EXPECT_EQ(EntriesOf(world, "user-disable"), 1u);
  const Reply token = post("/accounts/token", "name=root&label=m&days=3&role=administrator");
  EXPECT_EQ(token.status, 200);
  EXPECT_EQ(DeskWorld::Between(token.body, "<code class=\"long\">", "<").size(), 64u);
}

}  // namespace
}  // namespace xuncha
