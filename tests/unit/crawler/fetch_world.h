// A registry, a fetcher and a test server, wired so that every name of the tests
// leads to the server.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "crawler/fetch.h"
#include "tests/server/server.h"

namespace xuncha {

// Whoever files this host may be fetched from loopback.
inline Site LocalSite(std::string address) {
  return {.name = "测试网站", .address = std::move(address), .address_ranges = {"127.0.0.1"}};
}

// Small enough that the tests are quick, large enough for a busy machine.
inline Fetcher::Caps SmallCaps() {
  return {.body_bytes = 64 << 10,
          .wire_bytes = 64 << 10,
          .inflate_ratio = 100,
          .inflate_ratio_from = 16 << 10,
          .header_bytes = 16 << 10,
          .redirects = 5,
          .connect = 2'000,
          .total = 5'000,
          .first_byte = 3'000,
          .low_speed_bytes = 1'000,
          .low_speed_for = 1'000};
}

class FetchWorld {
 public:
  explicit FetchWorld(std::vector<Site> sites, Fetcher::Options options = {},
                      TestServer::Options server_options = {})
      : server_(std::move(*TestServer::Start(std::move(server_options)))),
        registry_(std::move(sites)) {
    if (options.resolve.empty()) options.resolve = {fmt::format("::127.0.0.1:{}", server_->port())};
    if (options.ca_bundle == "server") {
      ca_file_ = fmt::format("{}/ca-{}.pem", testing::TempDir(), server_->port());
      std::FILE* file = std::fopen(ca_file_.c_str(), "w");
      std::fputs(server_->ca_pem().c_str(), file);
      std::fclose(file);
      options.ca_bundle = ca_file_;
    }
    fetcher_ = std::make_unique<Fetcher>(
        registry_, clock_, std::move(options),
        [this](const Site&, const Url& url) { return url.path().starts_with(disallowed_); });
  }
  ~FetchWorld() {
    if (!ca_file_.empty()) std::remove(ca_file_.c_str());
  }

  Permit Allow(std::string_view url, UrlState known = {}, int attempt = 0) {
    const Url parsed = *Url::Parse(url);
    const Site* site = registry_.Owner(parsed);
    EXPECT_NE(site, nullptr) << url;
    Refusal why = Refusal::kNone;
    return registry_.Allow(*site, parsed, std::move(known), false, attempt, &why);
  }
  Page Get(std::string_view url, Fetcher::Ask ask = {}) { return Get(Allow(url), std::move(ask)); }
  Page Get(Permit permit, Fetcher::Ask ask = {}) {
    fetcher_->Start(std::move(permit), std::move(ask));
    return std::move(All().at(0));
  }
  // Until nothing is under way. It ends because every transfer has its budgets.
  std::vector<Page> All() {
    std::vector<Page> pages;
    while (fetcher_->Active() > 0)
      for (Page& page : fetcher_->Wait(1'000)) pages.push_back(std::move(page));
    return pages;
  }

  TestServer& server() { return *server_; }
  Fetcher& fetcher() { return *fetcher_; }
  const Registry& registry() { return registry_; }
  void Disallow(std::string prefix) { disallowed_ = std::move(prefix); }

 private:
  std::unique_ptr<TestServer> server_;
  Registry registry_;
  SystemClock clock_;
  std::string ca_file_, disallowed_ = "no such path";
  std::unique_ptr<Fetcher> fetcher_;
};

inline std::vector<Limit> LimitsOf(const Page& page) {
  std::vector<Limit> limits;
  for (const LimitHit& hit : page.limits) limits.push_back(hit.limit);
  return limits;
}

inline std::string Describe(const Page& page) {
  std::string text = fmt::format("status {}, {} bytes, error \"{}\"", page.response.status,
                                 page.response.body.size(), page.response.error);
  for (const LimitHit& hit : page.limits)
    text += fmt::format(", {} ({})", LimitName(hit.limit), hit.detail);
  for (const Hop& hop : page.response.hops)
    text += fmt::format("\n  {} -> {} followed {} refused \"{}\"", hop.from, hop.to, hop.followed,
                        hop.refused);
  return text;
}

}  // namespace xuncha
