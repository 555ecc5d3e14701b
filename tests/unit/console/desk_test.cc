// Every route of the table, and everybody who might come to it.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/unit/console/desk_world.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using testing_support::DeskWorld;

// The route's path with something in place of each {}.
std::string PathOf(const Route& route) {
  std::string path(route.path);
  for (size_t at = path.find("{}"); at != std::string::npos; at = path.find("{}", at))
    path.replace(at, 2, "0123456789abcdef");
  return path;
}

// Signing in and out and the like work without a role; the walk is about the others.
bool IsOpen(const Route& route) { return route.roles == kAnybody; }

RawRequest RequestOf(const Route& route, const DeskWorld::Signed& who) {
  return route.method == "GET" ? DeskWorld::Get(PathOf(route), who.cookie)
                               : DeskWorld::Post(PathOf(route), who);
}

bool IsDenied(const Reply& reply) {
  return reply.status == 401 || reply.status == 403 ||
         (reply.status == 303 && DeskWorld::HeaderOf(reply, "Location").starts_with("/sign-in"));
}

TEST(Routes, SayWhatTheyAre) {
  for (const Route& route : Routes()) {
    SCOPED_TRACE(route.path);
    EXPECT_TRUE(route.method == "GET" || route.method == "POST");
    EXPECT_TRUE(route.path.starts_with('/'));
    EXPECT_NE(route.handle, nullptr);
    EXPECT_TRUE(route.what.ends_with('.'));
    EXPECT_EQ(route.roles & ~kAllRoles, 0u);
    int twins = 0;
    for (const Route& other : Routes())
      twins += other.method == route.method && other.path == route.path ? 1 : 0;
    EXPECT_EQ(twins, 1);
  }
}

TEST(Routes, TurnAwayWhoeverMayNotComeIn) {
  DeskWorld world;
  for (int i = 0; i < kRoles; ++i)
    world.AddAccount(std::string(RoleName(static_cast<DeskRole>(i))),
                     RoleBit(static_cast<DeskRole>(i)));
  const auto expired = world.SignIn("officer");
  world.clock.Advance(31 * 60'000);
  std::vector<DeskWorld::Signed> signed_in;
  for (int i = 0; i < kRoles; ++i)
    signed_in.push_back(world.SignIn(RoleName(static_cast<DeskRole>(i))));
  for (const Route& route : Routes()) {
    if (IsOpen(route)) continue;
    SCOPED_TRACE(fmt::format("{} {}", route.method, route.path));
    EXPECT_TRUE(IsDenied(world.desk->Answer(RequestOf(route, {})))) << "nobody";
    EXPECT_TRUE(IsDenied(world.desk->Answer(RequestOf(route, expired)))) << "expired";
    for (int i = 0; i < kRoles; ++i) {
      if ((route.roles & RoleBit(static_cast<DeskRole>(i))) != 0) continue;
      EXPECT_EQ(world.desk->Answer(RequestOf(route, signed_in[i])).status, 403)
          << RoleName(static_cast<DeskRole>(i));
    }
  }
}

TEST(Routes, ChangeNothingForAForeignPage) {
  DeskWorld world;
  world.AddAccount("all", kAllRoles);
  const auto who = world.SignIn("all");
  for (const Route& route : Routes()) {
    if (route.method == "GET") continue;
    SCOPED_TRACE(fmt::format("{} {}", route.method, route.path));
    const auto anonymous = world.Anonymous();
    const auto& caller = IsOpen(route) ? anonymous : who;
    const auto with = [&](auto change) {
      RawRequest raw = RequestOf(route, caller);
      change(raw);
      return world.desk->Answer(raw).status;
    };
    const auto header = [](std::string_view name, std::string_view value) {
      return [=](RawRequest& raw) {
        std::erase_if(raw.headers, [&](const auto& h) { return h.first == name; });
        if (!value.empty()) raw.headers.emplace_back(name, value);
      };
    };
    EXPECT_EQ(with([](RawRequest& raw) { raw.body = ""; }), 403) << "no token";
    EXPECT_EQ(with([](RawRequest& raw) { raw.body = "csrf=" + std::string(32, '0'); }), 403)
        << "another token";
    EXPECT_EQ(with(header("origin", "http://evil.example.test")), 403) << "foreign origin";
    EXPECT_EQ(with(header("origin", "null")), 403) << "origin null";
    EXPECT_EQ(with(header("sec-fetch-site", "cross-site")), 403) << "cross-site";
    EXPECT_EQ(with(header("sec-fetch-site", "same-site")), 403) << "same-site";
    EXPECT_EQ(with([&](RawRequest& raw) {
                header("origin", "")(raw);
                header("sec-fetch-site", "")(raw);
              }),
              403)
        << "no word of where it comes from";
    EXPECT_EQ(with(header("host", "rebound.example.test")), 421) << "wrong host";
    EXPECT_EQ(with(header("host", "")), 421) << "no host";
  }
}

TEST(Routes, OpenForWhoMayComeIn) {
  DeskWorld world;
  world.AddAccount("all", kAllRoles);
  const auto who = world.SignIn("all");
  for (const Route& route : Routes()) {
    if (route.method != "GET" || route.path.find("{}") != std::string_view::npos) continue;
    if (route.path.starts_with("/sign-in/provider")) continue;  // this desk knows none
    SCOPED_TRACE(route.path);
    const Reply reply = world.desk->Answer(RequestOf(route, who));
    EXPECT_LT(reply.status, 400) << reply.body;
  }
}

TEST(Desk, ShowsTheFirstPageToWhoIsSignedIn) {
  DeskWorld world;
  world.AddAccount("zhang", kOfficerOnly);
  const auto who = world.SignIn("zhang");
  const Reply page = world.desk->Answer(DeskWorld::Get("/", who.cookie));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("<html lang=\"zh-CN\""));
  EXPECT_THAT(page.body, HasSubstr("今日"));
  EXPECT_THAT(page.body, HasSubstr("某 zhang"));
  EXPECT_EQ(page.body.find("{{"), std::string::npos);
  const Reply english = world.desk->Answer(DeskWorld::Get("/?lang=en", who.cookie));
  EXPECT_THAT(english.body, HasSubstr("Today"));
  EXPECT_THAT(DeskWorld::HeaderOf(english, "Set-Cookie"), HasSubstr("lang=en;"));
}

TEST(Desk, PutsItsHeadersOnEveryReply) {
  DeskWorld world;
  for (const std::string_view target : {"/sign-in", "/", "/none", "/%zz"}) {
    SCOPED_TRACE(target);
    const Reply reply = world.desk->Answer(DeskWorld::Get(target));
    EXPECT_THAT(DeskWorld::HeaderOf(reply, "Content-Security-Policy"),
                HasSubstr("default-src 'none'"));
    EXPECT_EQ(DeskWorld::HeaderOf(reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(DeskWorld::HeaderOf(reply, "Cache-Control"), "no-store");
    EXPECT_EQ(DeskWorld::HeaderOf(reply, "Strict-Transport-Security"), "");
  }
}

TEST(Desk, EscapesWhatItShows) {
  DeskWorld world;
  const auto anonymous = world.Anonymous();
  const Reply page = world.desk->Answer(
      DeskWorld::Post("/sign-in", anonymous,
                      "name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&password=x&then=/a%22b"));
  EXPECT_EQ(page.status, 403);
  EXPECT_EQ(page.body.find("<script>"), std::string::npos);
  EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;"));
}

TEST(Desk, ServesAssetsUnderTheNameOfTheirContent) {
  DeskWorld world;
  const std::string path = world.desk->AssetPath("desk.css");
  const Reply asset = world.desk->Answer(DeskWorld::Get(path));
  EXPECT_EQ(asset.status, 200);
  EXPECT_EQ(asset.type, "text/css; charset=utf-8");
  EXPECT_THAT(DeskWorld::HeaderOf(asset, "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(world.desk->Answer(DeskWorld::Get("/assets/desk.css")).status, 404);
}

}  // namespace
}  // namespace xuncha
