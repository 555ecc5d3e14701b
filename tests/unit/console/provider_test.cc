// Signing in by an identity provider: who comes in, and everybody who must not.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/provider.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "tests/unit/console/desk_world.h"
#include "tests/unit/console/test_provider.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::DeskWorld;
using testing_support::TestKey;
using testing_support::TestProvider;

constexpr std::string_view kDesk = "https://desk.example.edu.cn";
constexpr std::string_view kBegin = "/sign-in/provider";

void Set(Node& table, std::string_view key, Node value) {
  std::erase_if(table.members, [&](const Member& member) { return member.first == key; });
  Put(table, key, std::move(value));
}
Node Words(std::initializer_list<std::string_view> words) {
  Node list = MakeArray();
  for (const std::string_view word : words) list.items.push_back(MakeString(word));
  return list;
}

class ProviderTest : public ::testing::Test {
 protected:
  explicit ProviderTest(Gate::Options gate = {}) : gate_(gate) { Restart(); }

  Provider::Options Configured() {
    return {.issuer = there_.issuer(),
            .client_id = "xuncha&desk",
            .client_secret = there_.secret,
            .desk = std::string(kDesk),
            .answer_millis_max = 5'000};
  }
  // A desk with that provider.
  void Restart(std::optional<Provider::Options> options = std::nullopt) {
    world_.reset();
    provider_.emplace(options ? *options : Configured(), clock_);
    world_.emplace(OfficersDesk::Options{
        .names = {"desk.example.edu.cn"}, .gate = gate_, .provider = &*provider_});
    AddPerson("zhang", there_.subject);
  }
  void AddPerson(std::string name, std::string subject, std::string issuer = "") {
    const Account account{.name = std::move(name),
                          .display = "某人",
                          .roles = kOfficerOnly | RoleBit(DeskRole::kAuditor),
                          .created = clock_.Now(),
                          .issuer = issuer.empty() ? there_.issuer() : issuer,
                          .subject = std::move(subject)};
    const Status added =
        world_->store->accounts().Add(account, {.kind = "user-add", .actor = "test"});
    ASSERT_TRUE(added.ok()) << added.error().text;
  }
  void Advance(Millis by) {
    clock_.Advance(by);
    world_->clock.Advance(by);
    const auto lock = there_.lock();
    there_.now += by;
  }
  // What the provider does from now on.
  void There(const std::function<void(TestProvider&)>& change) {
    const auto lock = there_.lock();
    change(there_);
  }

  struct Browser {
    std::string location, cookie;
    int status = 0;
  };
  Browser Begin(std::string_view target = kBegin, std::string_view address = "192.0.2.7") {
    RawRequest raw = DeskWorld::Get(target);
    raw.address = std::string(address);
    const Reply reply = world_->desk->Answer(raw);
    const std::string cookie = DeskWorld::HeaderOf(reply, "Set-Cookie");
    return {.location = DeskWorld::HeaderOf(reply, "Location"),
            .cookie = cookie.substr(0, cookie.find(';')),
            .status = reply.status};
  }
  Reply Back(std::string_view target, std::string_view cookie,
             std::string_view address = "192.0.2.7") {
    RawRequest raw = DeskWorld::Get(target, cookie);
    raw.address = std::string(address);
    raw.headers.emplace_back("sec-fetch-site", "cross-site");
    return world_->desk->Answer(raw);
  }
  // All of it.
  Reply Enter(std::string_view target = kBegin) {
    const Browser browser = Begin(target);
    return Back(there_.Authorize(browser.location), browser.cookie);
  }
  static std::vector<std::string> CookiesOf(const Reply& reply) {
    std::vector<std::string> cookies;
    for (const auto& [name, value] : reply.headers) {
      if (name == "Set-Cookie") cookies.push_back(value);
    }
    return cookies;
  }
  // Of the session that was opened; empty if none was.
  static std::string SessionOf(const Reply& reply) {
    for (const std::string& cookie : CookiesOf(reply)) {
      if (cookie.starts_with("session=") && !cookie.starts_with("session=;"))
        return cookie.substr(0, cookie.find(';'));
    }
    return "";
  }
  AuditEntry Last() {
    AuditEntry last;
    const Status read = world_->store->audit().Each(1, [&](const AuditEntry& entry) {
      last = entry;
      return true;
    });
    EXPECT_TRUE(read.ok());
    return last;
  }
  // Nobody came in, and that they did not is on record.
  void ExpectRefused(const Reply& reply, std::string_view says) {
    EXPECT_EQ(reply.status, 403) << reply.body;
    EXPECT_EQ(SessionOf(reply), "");
    EXPECT_THAT(reply.body, HasSubstr(says));
    const AuditEntry entry = Last();
    EXPECT_EQ(entry.kind, "sign-in-failed");
    EXPECT_THAT(entry.what, testing::StartsWith("identity provider: "));
    EXPECT_THAT(entry.refs, testing::Contains("address:192.0.2.7"));
  }

  // Nobody came in; nobody is held to have tried, and the attempt under way goes on.
  void ExpectStray(const Reply& reply) {
    EXPECT_EQ(reply.status, 403) << reply.body;
    EXPECT_THAT(reply.body, HasSubstr("请重新登录"));
    EXPECT_THAT(CookiesOf(reply),
                testing::Not(testing::Contains(testing::StartsWith("provider="))));
    EXPECT_NE(Last().kind, "sign-in-failed");
  }

  const Gate::Options gate_;
  TestProvider there_;
  FakeClock clock_;
  std::optional<Provider> provider_;
  std::optional<DeskWorld> world_;
};

TEST_F(ProviderTest, LetsInWhoeverHasAnAccountAndIsOnRecord) {
  const Browser browser = Begin("/sign-in/provider?then=/queue");
  EXPECT_EQ(browser.status, 303);
  EXPECT_THAT(browser.location, testing::StartsWith(there_.issuer() + "/authorize?"));
  EXPECT_EQ(TestProvider::QueryOf(browser.location, "response_type"), "code");
  EXPECT_EQ(TestProvider::QueryOf(browser.location, "client_id"), "xuncha&desk");
  EXPECT_EQ(TestProvider::QueryOf(browser.location, "scope"), "openid");
  EXPECT_EQ(TestProvider::QueryOf(browser.location, "code_challenge_method"), "S256");
  EXPECT_EQ(TestProvider::QueryOf(browser.location, "redirect_uri"),
            "https://desk.example.edu.cn/sign-in/provider/return");
  const Reply reply = Back(there_.Authorize(browser.location), browser.cookie);
  ASSERT_EQ(reply.status, 200) << reply.body;
  // A page of ours that goes on: a browser brings the new cookie only from there.
  EXPECT_EQ(DeskWorld::HeaderOf(reply, "Refresh"), "0; url=/queue");
  EXPECT_THAT(reply.body, HasSubstr("href=\"/queue\""));
  const std::string session = SessionOf(reply);
  ASSERT_NE(session, "");
  EXPECT_EQ(world_->desk->Answer(DeskWorld::Get("/queue", session)).status, 200);
  EXPECT_EQ(Last().kind, "sign-in");
  EXPECT_EQ(Last().actor, "zhang");
  EXPECT_EQ(Last().what, "identity provider");
  for (const std::string& cookie : CookiesOf(reply)) {
    EXPECT_THAT(cookie, HasSubstr("; HttpOnly; "));
    if (cookie.starts_with("provider=")) {
      EXPECT_THAT(cookie, HasSubstr("Max-Age=0"));
    }
  }
}

TEST_F(ProviderTest, TakesBothAlgorithmsAndBothWaysToShowTheSecret) {
  for (const bool in_body : {false, true}) {
    There([&](TestProvider& there) { there.secret_in_body = in_body; });
    Restart();
    for (const std::string_view algorithm : {"RS256", "ES256"}) {
      SCOPED_TRACE(algorithm);
      There([&](TestProvider& there) {
        there.algorithm = algorithm;
        there.key_name = algorithm == "RS256" ? "rsa-1" : "ec-1";
      });
      EXPECT_NE(SessionOf(Enter()), "");
    }
    EXPECT_EQ(there_.last_form().contains("client_secret"), in_body);
    EXPECT_GE(there_.last_form()["code_verifier"].size(), 43u);
  }
}

TEST_F(ProviderTest, AttemptCookiesAreShortLivedAndReachNoScript) {
  const Reply reply = world_->desk->Answer(DeskWorld::Get(kBegin));
  EXPECT_THAT(DeskWorld::HeaderOf(reply, "Set-Cookie"),
              testing::EndsWith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"));
}

// ---- tokens ----

TEST_F(ProviderTest, BelievesNoTokenThatIsNotAsItHasToBe) {
  struct Case {
    std::string_view why, says;
    std::function<void(TestProvider&, Node& head, Node& claims)> change;
    std::function<std::string(TestProvider&, const std::string&)> text;
  };
  const auto seconds = [this](Millis offset) {
    return MakeInteger((clock_.Now() + offset) / 1000);
  };
  const Case cases[] = {
      {"for somebody else", "（aud）",
       [](auto&, Node&, Node& claims) { Set(claims, "aud", MakeString("another")); }},
      {"for nobody", "（aud）",
       [](auto&, Node&, Node& claims) { Set(claims, "aud", MakeInteger(1)); }},
      {"for several, and not saying who asked", "（azp）",
       [](auto&, Node&, Node& claims) {
         Set(claims, "aud", Words({"xuncha&desk", "other"}));
       }},
      {"asked for by somebody else", "（azp）",
       [](auto&, Node&, Node& claims) { Set(claims, "azp", MakeString("other")); }},
      {"of another provider", "（iss）",
       [](auto&, Node&, Node& claims) { Set(claims, "iss", MakeString("https://evil.test")); }},
      {"of a provider with one more slash", "（iss）",
       [](auto& there, Node&, Node& claims) {
         Set(claims, "iss", MakeString(there.issuer() + "/"));
       }},
      {"expired", "（exp）",
       [&](auto&, Node&, Node& claims) { Set(claims, "exp", seconds(-60'000)); }},
      {"never expiring", "（exp）",
       [](auto&, Node&, Node& claims) { Set(claims, "exp", MakeString("never")); }},
      {"expiring after all time", "（exp）",
       [](auto&, Node&, Node& claims) { Set(claims, "exp", MakeReal(1e300)); }},
      {"from the future", "（iat）",
       [&](auto&, Node&, Node& claims) { Set(claims, "iat", seconds(120'000)); }},
      {"issued long ago", "（iat）",
       [&](auto&, Node&, Node& claims) { Set(claims, "iat", seconds(-12 * 60'000)); }},
      {"not saying when", "（iat）", [](auto&, Node&, Node& claims) { Set(claims, "iat", {}); }},
      {"not yet good", "（nbf）",
       [&](auto&, Node&, Node& claims) { Set(claims, "nbf", seconds(120'000)); }},
      {"of another sign-in", "（nonce）",
       [](auto&, Node&, Node& claims) { Set(claims, "nonce", MakeString("other")); }},
      {"of no sign-in", "（nonce）", [](auto&, Node&, Node& claims) { Set(claims, "nonce", {}); }},
      {"about nobody", "（sub）",
       [](auto&, Node&, Node& claims) { Set(claims, "sub", MakeString("")); }},
      {"about too long a name", "（sub）",
       [](auto&, Node&, Node& claims) { Set(claims, "sub", MakeString(std::string(256, 's'))); }},
      {"unsigned", "RS256 与 ES256",
       [](auto&, Node& head, Node&) { Set(head, "alg", MakeString("none")); }},
      {"signed with the public key as a secret", "RS256 与 ES256",
       [](auto&, Node& head, Node&) { Set(head, "alg", MakeString("HS256")); }},
      {"of an algorithm in other letters", "RS256 与 ES256",
       [](auto&, Node& head, Node&) { Set(head, "alg", MakeString("rs256")); }},
      {"of no algorithm", "RS256 与 ES256", [](auto&, Node& head, Node&) { Set(head, "alg", {}); }},
      {"of one algorithm, naming a key of the other", "公布的可用密钥",
       [](auto&, Node& head, Node&) { Set(head, "kid", MakeString("ec-1")); }},
      {"of a key nobody published", "公布的可用密钥",
       [](auto&, Node& head, Node&) { Set(head, "kid", MakeString("mine")); }},
      {"asking for what we do not know", "crit",
       [](auto&, Node& head, Node&) { Set(head, "crit", Words({"exp"})); }},
      {"with another signature", "签名不对", nullptr,
       [](auto& there, const std::string& token) {
         return token.substr(0, token.rfind('.') + 1) + Base64Url(there.rsa().Sign("other"));
       }},
      {"with no signature", "签名不对", nullptr,
       [](auto&, const std::string& token) { return token.substr(0, token.rfind('.') + 1); }},
      {"with claims changed behind the signature", "签名不对", nullptr,
       [](auto&, const std::string& token) {
         const size_t first = token.find('.'), last = token.rfind('.');
         std::string claims = *FromBase64Url(token.substr(first + 1, last - first - 1));
         claims.replace(claims.find("2482"), 4, "1111");
         return token.substr(0, first + 1) + Base64Url(claims) + token.substr(last);
       }},
      {"with a claim given twice", "读不懂", nullptr,
       [](auto& there, const std::string& token) {
         const size_t first = token.find('.'), last = token.rfind('.');
         std::string claims = *FromBase64Url(token.substr(first + 1, last - first - 1));
         claims.replace(0, 1, "{\"aud\":\"other\",");
         const std::string text = token.substr(0, first + 1) + Base64Url(claims);
         return text + "." + Base64Url(there.rsa().Sign(text));
       }},
      {"with padding", "读不懂", nullptr,
       [](auto&, const std::string& token) { return token + "=="; }},
      {"in four parts", "读不懂", nullptr,
       [](auto&, const std::string& token) { return token + ".x"; }},
      {"that is none", "读不懂", nullptr, [](auto&, const std::string&) { return "token"; }},
      {"that is long", "超过", nullptr,
       [](auto&, const std::string&) { return std::string(limits::kIdTokenBytesMax + 1, 'x'); }},
  };
  int at = 0;
  for (const auto& [why, says, change, text] : cases) {
    SCOPED_TRACE(why);
    if (++at % 9 == 0) Advance(limits::kSignInWindowMillis);  // or the address is locked out
    There([&](TestProvider& there) {
      there.change_token = nullptr;
      there.change_text = nullptr;
      if (change)
        there.change_token = [&](Node& head, Node& claims) { change(there, head, claims); };
      if (text) there.change_text = [&](const std::string& token) { return text(there, token); };
    });
    ExpectRefused(Enter(), says);
  }
  There([](TestProvider& there) {
    there.change_token = nullptr;
    there.change_text = nullptr;
  });
  Advance(limits::kSignInWindowMillis);
  EXPECT_NE(SessionOf(Enter()), "") << "as it should be, it is believed";
}

TEST_F(ProviderTest, ForgivesClocksAMinute) {
  There([&](TestProvider& there) {
    there.change_token = [this](Node&, Node& claims) {
      Set(claims, "iat", MakeInteger(clock_.Now() / 1000 + 50));
      Set(claims, "exp", MakeReal(static_cast<double>(clock_.Now() / 1000 - 50)));
    };
  });
  EXPECT_NE(SessionOf(Enter()), "");
}

TEST_F(ProviderTest, TakesATokenForOneSignInOnly) {
  std::string kept;
  There([&](TestProvider& there) {
    there.change_text = [&](const std::string& token) {
      if (kept.empty()) kept = token;
      return kept;
    };
  });
  EXPECT_NE(SessionOf(Enter()), "");
  ExpectRefused(Enter(), "（nonce）");
}

// ---- the way there and back ----

TEST_F(ProviderTest, LetsNobodyComeBackWhoDidNotLeaveFromHere) {
  const Browser own = Begin(), other = Begin();
  const std::string back = there_.Authorize(own.location);
  const std::string code = TestProvider::QueryOf(back, "code"),
                    state = TestProvider::QueryOf(back, "state");
  struct Case {
    std::string_view why;
    std::string target, cookie;
  };
  const Case cases[] = {
      {"without a cookie", back, ""},
      {"with another browser's cookie", back, other.cookie},
      {"with a cookie that was changed", back, own.cookie + "0"},
      {"with a cookie of one's own making", back, "provider=1767225600000.00.Lw.00"},
      {"without state", "/sign-in/provider/return?code=" + code, own.cookie},
      {"with another state",
       fmt::format("/sign-in/provider/return?code={}&state={}", code,
                   TestProvider::QueryOf(other.location, "state")),
       own.cookie},
      {"with nothing", "/sign-in/provider/return", ""},
  };
  for (const auto& [why, target, cookie] : cases) {
    SCOPED_TRACE(why);
    ExpectStray(Back(target, cookie));
  }
  EXPECT_EQ(there_.Count("/token"), 0u) << "nobody was asked";
  EXPECT_NE(SessionOf(Back(back, own.cookie)), "") << "the right browser still comes in";
  ExpectStray(Back(back, own.cookie));
  EXPECT_EQ(there_.Count("/token"), 1u);
}

TEST_F(ProviderTest, ACodeIsGoodOnceAndForItsOwnSignIn) {
  const Browser first = Begin();
  const std::string back = there_.Authorize(first.location);
  ASSERT_NE(SessionOf(Back(back, first.cookie)), "");
  const std::string code = TestProvider::QueryOf(back, "code");
  const auto with = [&](const Browser& browser, std::string_view used) {
    return Back(fmt::format("/sign-in/provider/return?code={}&state={}", used,
                            TestProvider::QueryOf(browser.location, "state")),
                browser.cookie);
  };
  ExpectRefused(with(Begin(), code), "invalid_grant");
  // A code stolen from somebody else fits no other verifier.
  const std::string stolen = TestProvider::QueryOf(there_.Authorize(Begin().location), "code");
  ExpectRefused(with(Begin(), stolen), "invalid_grant");
  ExpectRefused(with(Begin(), std::string(limits::kProviderCodeBytesMax + 1, 'c')), "请重新登录");
  ExpectRefused(with(Begin(), ""), "请重新登录");
}

TEST_F(ProviderTest, AnAttemptHasItsTime) {
  const Browser browser = Begin();
  const std::string back = there_.Authorize(browser.location);
  Advance(limits::kProviderAttemptMillis);
  ExpectStray(Back(back, browser.cookie));
}

TEST_F(ProviderTest, SaysWhatTheProviderSaid) {
  const Browser browser = Begin();
  ExpectRefused(Back("/sign-in/provider/return?error=access_denied%3Cb%3E&state=" +
                         TestProvider::QueryOf(browser.location, "state"),
                     browser.cookie),
                "access_denied&lt;b&gt;");
  const Browser mixed = Begin();
  ExpectRefused(
      Back(there_.Authorize(mixed.location) + "&iss=https%3A%2F%2Fevil.test", mixed.cookie),
      "（iss）");
}

TEST_F(ProviderTest, LeadsOnlyToPathsOfOurs) {
  for (const std::string_view then : {"//evil.test/", "https://evil.test/", "/%5Cevil.test"}) {
    const Reply reply = Enter(fmt::format("/sign-in/provider?then={}", then));
    EXPECT_EQ(DeskWorld::HeaderOf(reply, "Refresh"), "0; url=/") << then;
  }
}

// ---- people ----

TEST_F(ProviderTest, LetsInNobodyWhoWasNotAdmitted) {
  There([](TestProvider& there) { there.subject = "<somebody>&new"; });
  const Reply reply = Enter();
  ExpectRefused(reply, "&lt;somebody&gt;&amp;new");
  EXPECT_THAT(Last().refs, testing::Contains("subject:<somebody>&new"));
  AddPerson("elsewhere", "<somebody>&new", "https://other.example.test");
  ExpectRefused(Enter(), "标识");
  AddPerson("here", "<somebody>&new");
  EXPECT_NE(SessionOf(Enter()), "");
  EXPECT_EQ(Last().actor, "here");
}

TEST_F(ProviderTest, LetsInNobodyWhoseAccountIsDisabled) {
  const std::string session = SessionOf(Enter());
  ASSERT_TRUE(world_->store->accounts()
                  .Change("zhang",
                          [](Account& account) {
                            account.disabled = true;
                            return Ok();
                          },
                          {.kind = "user-disable", .actor = "test"})
                  .ok());
  EXPECT_NE(world_->desk->Answer(DeskWorld::Get("/queue", session)).status, 200);
  ExpectRefused(Enter(), "停用");
  EXPECT_EQ(Last().actor, "zhang");
}

TEST_F(ProviderTest, AnAccountWithoutAPasswordTakesNoneAndSaysSo) {
  const Reply entered = Enter();
  const std::string cookie = SessionOf(entered);
  const auto session = world_->store->accounts().SessionOf(Sha256(cookie.substr(8)));
  const Reply reply = world_->desk->Answer(
      DeskWorld::Post("/account/password", {.cookie = cookie, .csrf = (*session)->csrf},
                      "old=&new=a+long+sentence+of+mine&again=a+long+sentence+of+mine"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("xuncha user password zhang"));
  RawRequest local = DeskWorld::Post("/sign-in", world_->Anonymous(), "name=zhang&password=");
  EXPECT_EQ(world_->desk->Answer(local).status, 403) << "an empty password is none";
}

TEST_F(ProviderTest, LocksOutAnAddressThatFailsTooOften) {
  for (size_t i = 0; i < limits::kSignInFailuresMax; ++i) {
    const Browser browser = Begin();
    ExpectRefused(Back("/sign-in/provider/return?code=x&state=" +
                           TestProvider::QueryOf(browser.location, "state"),
                       browser.cookie),
                  "invalid_grant");
  }
  EXPECT_THAT(Last().refs, testing::Contains(testing::StartsWith("locked-until:")));
  EXPECT_EQ(Begin().status, 429);
  EXPECT_EQ(Back("/sign-in/provider/return?code=x&state=y", "").status, 429);
  const Browser elsewhere = Begin(kBegin, "192.0.2.99");
  EXPECT_NE(SessionOf(Back(there_.Authorize(elsewhere.location), elsewhere.cookie, "192.0.2.99")),
            "");
  Advance(limits::kSignInWindowMillis);
  EXPECT_NE(SessionOf(Enter()), "");
}

TEST_F(ProviderTest, WhoProvesNothingTakesNobodysPlace) {
  for (size_t i = 0; i <= limits::kProviderAttemptsKeptMax; ++i) {
    const auto begun = provider_->Begin("/");
    ASSERT_TRUE(begun.ok());
    const std::string state = TestProvider::QueryOf(begun->location, "state");
    const auto back = provider_->Finish(
        {.state = state, .issuer = there_.issuer(), .error = "x", .keepsake = begun->keepsake});
    ASSERT_EQ(back.error().code, Code::kDenied) << back.error().text;
  }
  EXPECT_NE(SessionOf(Enter()), "");
}

TEST_F(ProviderTest, WhoWasBoundToSomebodyElseMeanwhileDoesNotComeIn) {
  const auto before = world_->store->accounts().Find("zhang");
  ASSERT_TRUE(world_->store->accounts()
                  .Change("zhang",
                          [](Account& account) {
                            account.subject = "another";
                            return Ok();
                          },
                          {.kind = "user-change", .actor = "test"})
                  .ok());
  const auto admitted = world_->desk->gate().Admit(**before, "192.0.2.7", "test", "test");
  ASSERT_FALSE(admitted.ok());
  EXPECT_EQ(admitted.error().code, Code::kConflict);
}

TEST_F(ProviderTest, NoPageOfOthersLocksAnOfficeOut) {
  const Browser browser = Begin();
  for (size_t i = 0; i <= limits::kSignInFailuresMax; ++i) {
    ExpectStray(Back("/sign-in/provider/return?state=x", ""));              // of an image
    ExpectStray(Back("/sign-in/provider/return?state=x", browser.cookie));  // of a new window
  }
  EXPECT_NE(SessionOf(Back(there_.Authorize(browser.location), browser.cookie)), "");
  EXPECT_EQ(Begin().status, 303);
}

// ---- the provider itself ----

TEST_F(ProviderTest, SaysSoWhenTheProviderFailsAndHoldsItAgainstNobody) {
  struct Case {
    std::string_view why, says;
    std::function<void(TestProvider&)> change;
  };
  const Case cases[] = {
      {"it hangs up", "没有应答",
       [](TestProvider& there) { there.misbehave = [](int) { return true; }; }},
      {"it says nothing", "没有应答",
       [](TestProvider& there) {
         there.misbehave = [](int line) {
           char byte = 0;
           return ::recv(line, &byte, 1, 0) <= 0;  // until the other end has gone
         };
       }},
      {"it never stops talking", "超过",
       [](TestProvider& there) {
         there.misbehave = [](int line) {
           const std::string much = "HTTP/1.1 200 OK\r\n\r\n" + std::string(64 << 10, ' ');
           while (::send(line, much.data(), much.size(), MSG_NOSIGNAL) > 0) {
           }
           return true;
         };
       }},
      {"it never stops its head", "超过",
       [](TestProvider& there) {
         there.misbehave = [](int line) {
           std::string much = "HTTP/1.1 200 OK\r\n";
           while (::send(line, much.data(), much.size(), MSG_NOSIGNAL) > 0)
             much = "X-A: " + std::string(4'000, 'a') + "\r\n";
           return true;
         };
       }},
      {"it leads elsewhere", "HTTP 302", [](TestProvider& there) { there.status = 302; }},
      {"it fails", "HTTP 500", [](TestProvider& there) { there.status = 500; }},
      {"its description is none", "读不懂", [](TestProvider& there) { there.description = "<p>"; }},
      {"it is another", "issuer",
       [](TestProvider& there) {
         there.description = R"({"issuer":"https://evil.example.test"})";
       }},
      {"its token endpoint can be listened to", "https 网址",
       [](TestProvider& there) {
         there.description = fmt::format(
             R"({{"issuer":"{0}","authorization_endpoint":"{0}/a","token_endpoint":"http://id.example.test/t","jwks_uri":"{0}/jwks"}})",
             there.issuer());
       }},
      {"its keys are none", "密钥集", [](TestProvider& there) { there.jwks = "[]"; }},
      {"its keys are too many", "密钥超过",
       [](TestProvider& there) {
         std::string keys = "{\"keys\":[{}";
         for (size_t i = 0; i < limits::kProviderKeysMax; ++i) keys += ",{}";
         there.jwks = keys + "]}";
       }},
  };
  Provider::Options hasty = Configured();
  hasty.answer_millis_max = 700;
  for (const auto& [why, says, change] : cases) {
    SCOPED_TRACE(why);
    There([&](TestProvider& there) {
      there.misbehave = nullptr;
      there.status = 200;
      there.description = there.jwks = "";
      change(there);
    });
    Restart(hasty);
    const Reply reply = world_->desk->Answer(DeskWorld::Get(kBegin));
    EXPECT_GE(reply.status, 429) << reply.body;
    EXPECT_THAT(reply.body, HasSubstr(says));
    EXPECT_THAT(reply.body, HasSubstr("name=\"password\"")) << "the other way in is still there";
  }
}

TEST_F(ProviderTest, AFailureOnTheWayBackIsOnRecordAndLocksNobodyOut) {
  for (size_t i = 0; i <= limits::kSignInFailuresMax; ++i) {
    const Browser browser = Begin();
    const std::string back = there_.Authorize(browser.location);
    There([](TestProvider& there) { there.status = 503; });
    const Reply reply = Back(back, browser.cookie);
    EXPECT_EQ(reply.status, 502);
    EXPECT_EQ(SessionOf(reply), "");
    There([](TestProvider& there) { there.status = 200; });
  }
  EXPECT_EQ(Last().kind, "sign-in-failed");
  EXPECT_NE(SessionOf(Enter()), "");
}

TEST_F(ProviderTest, AWrongSecretIsTheOperatorsMatter) {
  Provider::Options options = Configured();
  options.client_secret = "wrong";
  Restart(options);
  const Reply reply = Enter();
  EXPECT_EQ(reply.status, 502);
  EXPECT_THAT(reply.body, HasSubstr("client_id 或密钥不对"));
}

TEST_F(ProviderTest, AsksOnceForAnHourAndNotAgainWhileItIsDown) {
  for (int i = 0; i < 3; ++i) EXPECT_NE(SessionOf(Enter()), "");
  EXPECT_EQ(there_.Count("/.well-known/openid-configuration"), 1u);
  EXPECT_EQ(there_.Count("/jwks"), 1u);
  Advance(limits::kProviderKnownMillis);
  There([](TestProvider& there) { there.status = 503; });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Begin().status, 502);
  EXPECT_EQ(there_.Count("/.well-known/openid-configuration"), 2u);
  There([](TestProvider& there) { there.status = 200; });
  Advance(limits::kProviderAgainMillis);
  EXPECT_NE(SessionOf(Enter()), "");
}

TEST_F(ProviderTest, FollowsANewKeyWithOneQuestionAndNoMore) {
  ASSERT_NE(SessionOf(Enter()), "");
  There([](TestProvider& there) { there.key_name = "rsa-2"; });
  ExpectRefused(Enter(), "公布的可用密钥");
  EXPECT_EQ(there_.Count("/jwks"), 1u) << "asked just now";
  Advance(limits::kProviderAgainMillis);
  There([](TestProvider& there) {
    Node keys = MakeTable(), list = MakeArray();
    list.items = {there.ec().Jwk("ec-1"), there.rsa().Jwk("rsa-2")};
    Put(keys, "keys", std::move(list));
    there.jwks = WriteJson(keys);
  });
  EXPECT_NE(SessionOf(Enter()), "");
  EXPECT_EQ(there_.Count("/jwks"), 2u);
  There([](TestProvider& there) { there.key_name = "mine"; });
  for (int i = 0; i < 3; ++i) ExpectRefused(Enter(), "公布的可用密钥");
  EXPECT_EQ(there_.Count("/jwks"), 2u) << "any token can name a key that is none";
}

// ---- the page ----

TEST_F(ProviderTest, ThePageHasAButtonWhereThereIsAProvider) {
  EXPECT_THAT(world_->desk->Answer(DeskWorld::Get("/sign-in?then=/queue")).body,
              HasSubstr("href=\"/sign-in/provider?then=/queue\">用统一身份认证登录"));
  EXPECT_THAT(world_->desk->Answer(DeskWorld::Get("/sign-in?lang=en")).body,
              HasSubstr("Sign in with the identity provider"));
  Provider::Options options = Configured();
  options.label = "校园卡登录";
  Restart(options);
  EXPECT_THAT(world_->desk->Answer(DeskWorld::Get("/sign-in")).body, HasSubstr("校园卡登录"));
  DeskWorld without;
  EXPECT_THAT(without.desk->Answer(DeskWorld::Get("/sign-in")).body,
              Not(HasSubstr("/sign-in/provider")));
  EXPECT_EQ(without.desk->Answer(DeskWorld::Get(kBegin)).status, 404);
  EXPECT_EQ(without.desk->Answer(DeskWorld::Get("/sign-in/provider/return")).status, 404);
}

TEST_F(ProviderTest, ASessionWithoutASecondFactorIsNoneWhereOneIsAskedForLater) {
  const std::string session = SessionOf(Enter());
  EXPECT_EQ(world_->desk->Answer(DeskWorld::Get("/queue", session)).status, 200);
  world_->Reopen({.gate = {.second_factor = true}, .provider = &*provider_});
  EXPECT_EQ(world_->desk->Answer(DeskWorld::Get("/queue", session)).status, 303);
}

class ProviderWithFactorTest : public ProviderTest {
 protected:
  ProviderWithFactorTest() : ProviderTest({.second_factor = true}) {}
};

TEST_F(ProviderWithFactorTest, WantsTheProvidersWordOnASecondFactor) {
  ExpectRefused(Enter(), "第二因素");
  EXPECT_THAT(Last().what, HasSubstr("no second factor"));
  There([](TestProvider& there) {
    there.change_token = [](Node&, Node& claims) { Set(claims, "amr", Words({"pwd"})); };
  });
  ExpectRefused(Enter(), "第二因素");
  // One factor, however modern, and two of one kind.
  for (const auto& one : {Words({"sms"}), Words({"hwk"}), Words({"face", "fpt"})}) {
    There([&](TestProvider& there) {
      there.change_token = [one](Node&, Node& claims) { Set(claims, "amr", one); };
    });
    ExpectRefused(Enter(), "第二因素");
  }
  There([](TestProvider& there) {
    there.change_token = [](Node&, Node& claims) { Set(claims, "amr", Words({"mfa"})); };
  });
  EXPECT_NE(SessionOf(Enter()), "");
  There([](TestProvider& there) {
    there.change_token = [](Node&, Node& claims) { Set(claims, "amr", Words({"pwd", "otp"})); };
  });
  const std::string session = SessionOf(Enter());
  ASSERT_NE(session, "");
  EXPECT_EQ(world_->desk->Answer(DeskWorld::Get("/queue", session)).status, 200)
      << "nor is a second one of ours asked for";
  There([](TestProvider& there) { there.change_token = nullptr; });
  Provider::Options options = Configured();
  options.second_factor = true;
  Restart(options);
  EXPECT_NE(SessionOf(Enter()), "") << "the operator vouches for it";
}

// ---- keys ----

TEST(ProviderKeysTest, LeavesOutWhatItCannotUse) {
  const TestKey good("RSA"), small("RSA", 1024), ec("EC");
  const auto with = [](Node node, std::string_view name, std::string_view value) {
    Set(node, name, MakeString(value));
    return node;
  };
  struct Case {
    std::string_view why;
    Node key;
    size_t size;
  };
  const Case cases[] = {
      {"good", good.Jwk("k"), 1},
      {"good, and saying for what", with(good.Jwk("k"), "alg", "RS256"), 1},
      {"of a curve", ec.Jwk("k"), 1},
      {"too short", small.Jwk("k"), 0},
      {"for encryption", with(good.Jwk("k"), "use", "enc"), 0},
      {"for another algorithm", with(good.Jwk("k"), "alg", "PS256"), 0},
      {"of an even exponent", with(good.Jwk("k"), "e", "Ag"), 0},
      {"of exponent one", with(good.Jwk("k"), "e", "AQ"), 0},
      {"of an exponent as long as the modulus", with(good.Jwk("k"), "e", std::string(300, 'A')), 0},
      {"of no number", with(good.Jwk("k"), "n", "!"), 0},
      {"of another curve", with(ec.Jwk("k"), "crv", "P-521"), 0},
      {"of a point that is not on its curve",
       with(ec.Jwk("k"), "x", Base64Url(std::string(32, '\1'))), 0},
      {"of half a point", with(ec.Jwk("k"), "y", ""), 0},
      {"a secret", with(with(MakeTable(), "kty", "oct"), "k", "c2VjcmV0"), 0},
      {"nothing", Node(), 0},
  };
  for (const auto& [why, key, size] : cases) {
    SCOPED_TRACE(why);
    Node set = MakeTable(), list = MakeArray();
    list.items.push_back(key);
    Put(set, "keys", std::move(list));
    const Result<ProviderKeys> keys = ProviderKeys::Parse(WriteJson(set));
    ASSERT_TRUE(keys.ok()) << keys.error().text;
    EXPECT_EQ(keys->size(), size);
  }
}

TEST(ProviderKeysTest, WithoutANameTheKeyMustBeTheOnlyOne) {
  const TestKey one("EC"), two("EC");
  const auto set_of = [](std::initializer_list<Node> keys) {
    Node set = MakeTable(), list = MakeArray();
    list.items = keys;
    Put(set, "keys", std::move(list));
    return *ProviderKeys::Parse(WriteJson(set));
  };
  const std::string signature = one.Sign("text");
  const ProviderKeys single = set_of({one.Jwk("a")}), both = set_of({one.Jwk("a"), two.Jwk("b")});
  EXPECT_TRUE(single.Check(TokenAlgorithm::kEs256, "", "text", signature).ok());
  EXPECT_EQ(both.Check(TokenAlgorithm::kEs256, "", "text", signature).error().code,
            Code::kNotFound);
  EXPECT_TRUE(both.Check(TokenAlgorithm::kEs256, "a", "text", signature).ok());
  EXPECT_EQ(both.Check(TokenAlgorithm::kEs256, "b", "text", signature).error().code, Code::kDenied);
  EXPECT_EQ(both.Check(TokenAlgorithm::kRs256, "a", "text", signature).error().code,
            Code::kNotFound)
      << "a key serves its own algorithm";
  EXPECT_FALSE(single.Check(TokenAlgorithm::kEs256, "a", "text", std::string(64, '\0')).ok());
}

TEST(ProviderOptions, SayWhatIsWrongWithThem) {
  const Provider::Options good{
      .issuer = "https://id.example.test", .client_id = "desk", .desk = std::string(kDesk)};
  EXPECT_EQ(Provider::WrongWith(good), "");
  struct Case {
    std::string_view says;
    std::function<void(Provider::Options&)> change;
  };
  const Case cases[] = {
      {"issuer", [](Provider::Options& options) { options.issuer = "id.example.test"; }},
      {"issuer", [](Provider::Options& options) { options.issuer = "http://id.example.test"; }},
      {"issuer", [](Provider::Options& options) { options.issuer += "?x=y"; }},
      {"client_id", [](Provider::Options& options) { options.client_id = ""; }},
      {"redirect", [](Provider::Options& options) { options.desk = ""; }},
      {"redirect", [](Provider::Options& options) { options.desk += "/desk"; }},
      {"redirect", [](Provider::Options& options) { options.desk = "http://desk.example.test"; }},
      {"scopes", [](Provider::Options& options) { options.scopes = {"profile"}; }},
      {"scopes",
       [](Provider::Options& options) {
         options.scopes = {"openid", "a b"};
       }},
      {"label", [](Provider::Options& options) { options.label = "a\nb"; }},
  };
  for (const auto& [says, change] : cases) {
    Provider::Options options = good;
    change(options);
    EXPECT_THAT(Provider::WrongWith(options), HasSubstr(says));
  }
}

}  // namespace
}  // namespace xuncha
