// A store whose log was torn: the program refuses it, names the way out, and the way
// out leads back to a crawl that ends.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/files.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;

constexpr int kPages = 300;

std::string PageText(int n) {
  std::string links;
  for (int i = 1; i <= 10; ++i) links += fmt::format("<a href=\"/p{}.html\">页</a> ", n * 10 + i);
  return fmt::format(
      "<!doctype html><meta charset=utf-8><title>第 {0} 页</title><p>编号 {0}</p>{1}", n, links);
}

// The log in which the last commits stand, of the size it has now.
std::string LogOf(const std::string& data, uintmax_t* size) {
  std::string log;
  *size = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data + "/store/db", error)) {
    if (entry.path().extension() != ".log" || entry.file_size(error) <= *size) continue;
    log = entry.path();
    *size = entry.file_size(error);
  }
  return log;
}

TEST(Recover, ATornLogIsRefusedAndTheWayOutIsNamed) {
  Result<std::unique_ptr<TestServer>> server = TestServer::Start({});
  ASSERT_TRUE(server.ok()) << server.error().text;
  (*server)->On("/*", [](const TestServer::Request& request, TestServer::Wire& wire) {
    int n = -1;
    if (request.path == "/") n = 0;
    if (request.path.starts_with("/p")) n = std::atoi(request.path.c_str() + 2);
    wire.Sleep(2);
    if (n < 0 || n >= kPages) return wire.Reply({.status = 404}), void();
    wire.Reply({.headers = {{"Content-Type", "text/html"}}, .body = PageText(n)});
  });
  const TemporaryDirectory directory;
  const std::string data = directory.path();
  WriteText(data + "/xuncha.toml",
            fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\n"
                        "views = false\n",
                        (*server)->port()));
  WriteText(data + "/sites.csv",
            "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
            "测试站,测试单位,负责人,0000-0000001,http://torn.example.test/,127.0.0.1\n");
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data});
    return RunProgram(words);
  };
  ASSERT_EQ(run({"site", "import", data + "/sites.csv"}).code, 0);
  EXPECT_THAT(run({"store", "recover"}).out, HasSubstr("完好"));

  const pid_t child = StartProgram({"--data", data, "--quiet", "crawl"});
  uintmax_t size = 0;
  std::string log;
  int status = 0;
  while (size < (160 << 10)) {
    ASSERT_NE(::waitpid(child, &status, WNOHANG), child) << "it ended before it was cut";
    ::usleep(1000);
    log = LogOf(data, &size);
  }
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  log = LogOf(data, &size);
  {
    std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(64, '\x5a');
  }

  const Outcome refused = run({"site", "list"});
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("xuncha store recover"));
  const Outcome recovered = run({"store", "recover"});
  EXPECT_EQ(recovered.code, 0) << recovered.err;
  EXPECT_THAT(recovered.out, HasSubstr("最后一次完整的提交"));
  bool aside = false;
  for (const auto& entry : std::filesystem::directory_iterator(data + "/store"))
    aside |= entry.path().filename().string().starts_with("set-aside-");
  EXPECT_TRUE(aside) << "nothing is thrown away";
  EXPECT_EQ(run({"site", "list"}).code, 0);
  const Outcome crawled = run({"--quiet", "crawl"});
  EXPECT_TRUE(crawled.code == 0 || crawled.code == 3) << crawled.code << crawled.err;
  for (int n = 1; n < kPages; ++n)
    EXPECT_GE((*server)->Count("torn.example.test", fmt::format("/p{}.html", n)), 1u) << n;
}

}  // namespace
}  // namespace xuncha
