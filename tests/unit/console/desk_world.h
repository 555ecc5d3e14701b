// A desk on a store of its own, with an account for each role, and requests as a
// browser would send them. The test's thread owns the store, so changes happen at once.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "console/desk.h"
#include "console/passwords.h"
#include "store/accounts.h"
#include "store/store.h"

namespace xuncha::testing_support {

inline constexpr std::string_view kPassword = "correct horse battery staple";

// Hashing costs a tenth of a second, so it is done once.
inline const std::string& PasswordHash() {
  static const std::string hash = *HashPassword(kPassword);
  return hash;
}

class DeskWorld {
 public:
  explicit DeskWorld(OfficersDesk::Options options = {}) {
    std::string name = ::testing::TempDir() + "/xuncha_desk_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    auto opened = Store::Open({.directory = directory_, .create = true, .clock = &clock});
    CHECK(opened.ok());
    store = std::move(*opened);
    auto made = OfficersDesk::Make(*store, clock, std::move(options));
    if (!made) ADD_FAILURE() << made.error().text;
    CHECK(made.ok());
    desk = std::move(*made);
  }
  ~DeskWorld() {
    desk.reset();
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  DeskWorld(const DeskWorld&) = delete;
  DeskWorld& operator=(const DeskWorld&) = delete;

  // As after a restart: what was written lies in files.
  void Reopen(OfficersDesk::Options options = {}) {
    desk.reset();
    store.reset();
    auto opened = Store::Open({.directory = directory_, .clock = &clock});
    CHECK(opened.ok());
    store = std::move(*opened);
    auto made = OfficersDesk::Make(*store, clock, std::move(options));
    CHECK(made.ok());
    desk = std::move(*made);
  }

  // An account with kPassword.
  void AddAccount(std::string name, RoleSet roles) {
    const Account account{.name = name,
                          .display = "某 " + name,
                          .roles = roles,
                          .unit = (roles & RoleBit(DeskRole::kReviewer)) != 0 ? "图书馆" : "",
                          .password_hash = PasswordHash(),
                          .created = clock.Now()};
    const Status added = store->accounts().Add(
        account, {.kind = "user-add", .actor = "test", .refs = {"account:" + name}});
    CHECK(added.ok());
  }
  // A session of the account without the trouble of signing in.
  struct Signed {
    std::string cookie, csrf;
  };
  Signed SignIn(std::string_view name) {
    const auto account = store->accounts().Find(name);
    CHECK(account.ok() && account->has_value());
    const auto token = desk->gate().Admit(**account, "192.0.2.7", "test", "test");
    CHECK(token.ok());
    const auto session = store->accounts().SessionOf(Sha256(*token));
    return {.cookie = std::string(desk->gate().cookie()) + "=" + *token, .csrf = (*session)->csrf};
  }

  static RawRequest Get(std::string_view target, std::string_view cookie = "") {
    RawRequest raw{.method = "GET", .target = std::string(target), .address = "192.0.2.7"};
    raw.headers = {{"host", "localhost:8080"}};
    if (!cookie.empty()) raw.headers.emplace_back("cookie", cookie);
    return raw;
  }
  static RawRequest Post(std::string_view target, const Signed& who, std::string_view form = "") {
    RawRequest raw = Get(target, who.cookie);
    raw.method = "POST";
    raw.headers.emplace_back("origin", "http://localhost:8080");
    raw.headers.emplace_back("sec-fetch-site", "same-origin");
    raw.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    raw.body = "csrf=" + who.csrf + (form.empty() ? "" : "&") + std::string(form);
    return raw;
  }
  // Of the forms of somebody who is not signed in, with the cookie that goes with it.
  Signed Anonymous() {
    const Reply page = desk->Answer(Get("/sign-in"));
    const std::string cookie = HeaderOf(page, "Set-Cookie");
    return {.cookie = cookie.substr(0, cookie.find(';')),
            .csrf = Between(page.body, "name=\"csrf\" value=\"", "\"")};
  }
  static std::string HeaderOf(const Reply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
      if (key == name) return value;
    }
    return "";
  }
  static std::string Between(std::string_view text, std::string_view before,
                             std::string_view after) {
    const size_t at = text.find(before);
    if (at == std::string_view::npos) return "";
    text.remove_prefix(at + before.size());
    return std::string(text.substr(0, text.find(after)));
  }

  FakeClock clock;
  std::unique_ptr<Store> store;
  std::unique_ptr<OfficersDesk> desk;

 private:
  std::string directory_;
};

}  // namespace xuncha::testing_support
