// The world of an audit's tests: a server on loopback, a store in a directory of its
// own, rules, and nights of whole audits.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "crawler/audit.h"
#include "rules/loader.h"
#include "tests/server/server.h"

namespace xuncha {

inline constexpr std::string_view kPack = R"(
[pack]
kind = "gambling"
clause = 6
title = "赌博"
basis = "责任书 四（六）"
[[rule]]
id = "gambling.platform"
strength = "strong"
zones = ["title", "meta", "anchor", "hidden", "text"]
any = ["真人视讯下注"]
because = "以赌博平台名义招揽用户"
examples = ["真人视讯下注，充值秒到账"]
counters = ["今天下午开会"]
)";

inline Site LocalSite(std::string address) {
  return {.name = "测试网站", .address = std::move(address), .address_ranges = {"127.0.0.1"}};
}

inline std::string HtmlPage(std::string_view title, const std::vector<std::string>& links,
                            std::string_view text = "") {
  std::string html = fmt::format(
      "<!DOCTYPE html><html><head><meta charset=utf-8><title>{}</title></head><body><p>{} {}</p>",
      title, title, text);
  for (const std::string& link : links) html += fmt::format("<a href=\"{}\">{}</a>\n", link, link);
  return html + "</body></html>";
}

// Rules, matcher and judge: what does not change from night to night.
struct Law {
  explicit Law(std::string_view pack = kPack) {
    LoadReport report;
    const std::vector<PackSource> sources = {{"pack.toml", std::string(pack)}};
    Result<RuleSet> loaded = LoadRules(sources, &report);
    CHECK(loaded.ok());
    rules = std::move(*loaded);
    Result<std::unique_ptr<Matcher>> built = Matcher::Build(rules, {});
    CHECK(built.ok());
    matcher = std::move(*built);
    judge = std::make_unique<Judge>(rules);
  }
  RuleSet rules;
  std::unique_ptr<Matcher> matcher;
  std::unique_ptr<Judge> judge;
};

// More than any site of a test has.
inline constexpr Budget kPlenty = {
    .pages = 20'000, .bytes = uint64_t{1} << 32, .time = 6 * 3'600'000, .depth = 32};

inline Audit::Options Quick(uint16_t port) {
  Audit::Options options;
  options.workers = 2;
  options.frontier.budget = kPlenty;
  options.frontier.per_address = 16;
  options.frontier.retry_wait = 1;
  options.frontier.views = false;  // each page once; views_test.cc has them
  options.fetch.resolve = {fmt::format("::127.0.0.1:{}", port)};
  return options;
}

class Nights : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "audit-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name() + "-" +
                 std::to_string(::getpid());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_ + "/web");
  }
  void TearDown() override {
    store_.reset();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Write(const std::string& host_and_path, std::string_view bytes) {
    const std::string path = directory_ + "/web/" + host_and_path;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    ASSERT_TRUE(WriteFileAtomically(path, bytes).ok());
  }
  void Serve() {
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({.root = directory_ + "/web"});
    ASSERT_TRUE(server.ok());
    server_ = std::move(*server);
    OpenStore();
  }
  void OpenStore() {
    store_.reset();
    Result<std::unique_ptr<Store>> store =
        Store::Open({.directory = directory_ + "/store", .create = true});
    ASSERT_TRUE(store.ok()) << store.error().text;
    store_ = std::move(*store);
  }

  AuditReport Night(const std::vector<Site>& sites) { return Night(sites, Quick(server_->port())); }
  AuditReport Night(const std::vector<Site>& sites, Audit::Options options) {
    const Registry registry(sites);
    Result<std::unique_ptr<Audit>> audit =
        Audit::Create({*store_, registry, {law_->rules, *law_->matcher, *law_->judge}, clock_},
                      std::move(options));
    EXPECT_TRUE(audit.ok()) << (audit ? "" : audit.error().text);
    Result<AuditReport> report = (*audit)->Run();
    EXPECT_TRUE(report.ok()) << (report ? "" : report.error().text);
    return report ? *report : AuditReport();
  }
  const NightReport& Of(const AuditReport& report, std::string_view site) {
    for (const NightReport& night : report.sites) {
      if (night.site == site) return night;
    }
    ADD_FAILURE() << "no report of " << site;
    static const NightReport none;
    return none;
  }
  std::vector<StoredFinding> Standing(std::string_view site) {
    std::vector<StoredFinding> findings;
    EXPECT_TRUE(store_->cases()
                    .EachFinding(site,
                                 [&](const StoredFinding& finding) {
                                   if (finding.standing) findings.push_back(finding);
                                   return true;
                                 })
                    .ok());
    return findings;
  }
  // A site of `count` pages, each linked from the one before and some from home.
  void WriteSite(const std::string& host, int count) {
    std::vector<std::string> from_home;
    for (int i = 0; i < count; i += 3) from_home.push_back(fmt::format("/p{}.html", i));
    Write(host + "/index.html", HtmlPage("首页", from_home));
    for (int i = 0; i < count; ++i) {
      Write(fmt::format("{}/p{}.html", host, i),
            HtmlPage(fmt::format("第 {} 页", i), {fmt::format("/p{}.html", (i + 1) % count), "/"}));
    }
  }

  std::string directory_;
  SystemClock clock_;
  std::unique_ptr<Law> law_ = std::make_unique<Law>();
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<Store> store_;
};

}  // namespace xuncha
