// kill -9 at random moments of a 1 000-page crawl: run again until it ends by
// itself, and every page is there, with at most the pages in flight at each kill
// fetched twice.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <set>

#include "base/text.h"
#include "base/tree.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

constexpr int kPages = 1000;
constexpr int kInflight = 16;

// Page n of the site: links to ten more, so that 1 000 pages lie three deep.
std::string PageText(int n) {
  std::string links;
  for (int i = 1; i <= 10; ++i) {
    const int next = n * 10 + i;
    if (next < kPages) links += fmt::format("<a href=\"/p{}.html\">第 {} 页</a> ", next, next);
  }
  return fmt::format(
      "<!doctype html><meta charset=utf-8><title>第 {} 页</title><h1>第 {} "
      "页</h1><p>这一页的编号是 {}，"
      "内容各不相同：{}。</p>{}",
      n, n, n, n * 7919 % 10007, links);
}

TEST(Crash, KilledCrawlsLoseNothingAndRefetchOnlyWhatWasInFlight) {
  const char* asked = std::getenv("XUNCHA_LONG");
  const int kills = asked != nullptr && std::string_view(asked) == "1" ? 50 : 5;
  Result<std::unique_ptr<TestServer>> server = TestServer::Start({});
  ASSERT_TRUE(server.ok()) << server.error().text;
  (*server)->On("/*", [](const TestServer::Request& request, TestServer::Wire& wire) {
    int n = -1;
    if (request.path == "/") n = 0;
    if (request.path.starts_with("/p")) n = std::atoi(request.path.c_str() + 2);
    wire.Sleep(2);  // so that a crawl lasts long enough to be cut anywhere
    if (n < 0 || n >= kPages) {
      wire.Reply({404, {{"Content-Type", "text/html"}}, "<title>404</title>"});
      return;
    }
    wire.Reply({200, {{"Content-Type", "text/html; charset=utf-8"}}, PageText(n)});
  });

  const TemporaryDirectory directory;
  WriteText(
      directory.path() + "/xuncha.toml",
      fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\ninflight = {}\n"
                  "views = false\n",
                  (*server)->port(), kInflight));
  WriteText(directory.path() + "/sites.csv",
            "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
            "千页站,测试单位,负责人,0000-0000001,http://crash.example.test/,127.0.0.1\n");
  const std::vector<std::string> data = {"--data", directory.path()};
  const auto call = [&](std::vector<std::string> words) {
    words.insert(words.begin(), data.begin(), data.end());
    return words;
  };
  ASSERT_EQ(RunProgram(call({"site", "import", directory.path() + "/sites.csv"})).code, 0);

  std::mt19937 random(20260101);
  int killed = 0;
  // A crawl is cut after this many answers, give or take, so that all kills fall
  // within the thousand pages.
  const uint64_t seed_run_pages = kills > 5 ? 8 : 60;
  for (int i = 0; i < kills; ++i) {
    const uint64_t before = (*server)->Count("crash.example.test");
    const uint64_t target = before + 1 + random() % (seed_run_pages * 2);
    const pid_t child = StartProgram(call({"--quiet", "crawl"}));
    int status = 0;
    bool ended = false;
    while ((*server)->Count("crash.example.test") < target) {
      if (::waitpid(child, &status, WNOHANG) == child) {
        ended = true;
        break;
      }
      ::usleep(500);
    }
    if (ended) break;  // the run is complete; a further one would be a new night
    ::usleep(random() % 4000);
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ++killed;
  }
  ASSERT_GE(killed, 5);

  const Outcome last = RunProgram(call({"--quiet", "crawl", "--json"}));
  ASSERT_TRUE(last.code == 0 || last.code == 3) << last.code << last.err;
  std::set<std::string> urls;
  for (const std::string_view line : Split(last.out, '\n')) {
    if (Trim(line).empty()) continue;
    const Result<Node> node = ParseJson(line, "crawl --json");
    ASSERT_TRUE(node.ok()) << line;
    const std::string url = node->Find("url")->string;
    EXPECT_TRUE(urls.insert(url).second) << "twice: " << line;
    const bool made = url.ends_with("test/") || url.find("/p") != std::string::npos;
    if (made) {
      EXPECT_EQ(node->Find("status")->integer, 200) << line;
    }
  }
  for (int n = 0; n < kPages; ++n) {
    const std::string path = n == 0 ? "/" : fmt::format("/p{}.html", n);
    EXPECT_EQ(urls.count("http://crash.example.test" + path), 1u) << path;
    EXPECT_GE((*server)->Count("crash.example.test", path), 1u) << path;
  }
  uint64_t again = 0;
  for (int n = 1; n < kPages; ++n)
    again += (*server)->Count("crash.example.test", fmt::format("/p{}.html", n)) - 1;
  // Uncommitted when the kill came: what was in flight, and what the commit that
  // had not returned held.
  EXPECT_LE(again, static_cast<uint64_t>(killed) * (kInflight + 64));
}

}  // namespace
}  // namespace xuncha
