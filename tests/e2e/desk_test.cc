// The program at an officer's desk: what it says of what it did not check, beside
// what it did; and that asking never harms, nor waits for a crawl.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

constexpr std::string_view kGambling =
    "<!doctype html><meta charset=utf-8><title>真人视讯下注</title><p>真人视讯下注，充值秒到账，"
    "首存送彩金</p>";

class DeskTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({});
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    server_->On("/*", [this](const auto& request, auto& wire) { Serve(request, wire); });
    WriteText(data_ + "/xuncha.toml",
              fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\n"
                          "views = false\n",
                          server_->port()));
    WriteText(data_ + "/sites.csv", std::string(kSites));
    const Outcome imported = Run({"site", "import", data_ + "/sites.csv"});
    ASSERT_EQ(imported.code, 0) << imported.err;
  }
  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data_});
    return RunProgram(words);
  }
  // Through a shell, for where its output goes.
  int Shell(std::string_view words) {
    const int status =
        std::system(fmt::format("{} --data {} {}", XUNCHA_BINARY, data_, words).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // What stands at the path; "/*" is all the rest.
  void Answer(std::string path, int status, std::string body) {
    const std::lock_guard lock(mutex_);
    if (path == "/*") answers_.clear();
    answers_[std::move(path)] = {status, std::move(body)};
  }
  void Serve(const TestServer::Request& request, TestServer::Wire& wire) {
    while (held_ && wire.Sleep(20)) continue;
    const std::lock_guard lock(mutex_);
    auto found = answers_.find(request.path);
    if (found == answers_.end()) found = answers_.find("/*");
    if (found == answers_.end()) return void(wire.Reply({404, {}, ""}));
    const auto& [status, body] = found->second;
    wire.Reply({status, {{"Content-Type", "text/html; charset=utf-8"}}, body});
  }
  // A home page with links to so many others; robots.txt and the like are not there.
  void AnswerWithPages(int count) {
    std::string home = "<!doctype html><meta charset=utf-8><title>首页</title>";
    for (int i = 0; i < count; ++i) home += fmt::format("<a href=\"/p{0}.html\">第 {0} 页</a>", i);
    Answer("/*", 404, "没有");
    Answer("/", 200, home);
    for (int i = 0; i < count; ++i) {
      Answer(fmt::format("/p{}.html", i), 200,
             fmt::format("<!doctype html><meta charset=utf-8><title>第 {0} 页</title><p>{0} "
                         "号页面的内容 {1}</p>",
                         i, i * 7919));
    }
  }

  static constexpr std::string_view kSites =
      "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
      "图书馆,图书馆,某负责人,0000-0000001,http://desk.example.test/,127.0.0.1\n";
  TemporaryDirectory place_;
  const std::string data_ = place_.path();
  std::mutex mutex_;
  std::map<std::string, std::pair<int, std::string>, std::less<>> answers_;
  std::atomic<bool> held_ = false;  // answers wait
  std::unique_ptr<TestServer> server_;
};

bool Says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

TEST_F(DeskTest, NeverSaysCleanOfWhatWasNotChecked) {
  struct Case {
    std::string_view why;
    int status;  // of every answer
    std::string_view says;
  };
  Outcome list = Run({"finding", "list"});
  EXPECT_EQ(list.code, 3) << "never crawled";
  EXPECT_TRUE(Says(list.err, "还没有巡查过")) << list.err;
  EXPECT_FALSE(Says(list.err, "没有仍然存在的发现"));
  for (const auto& [why, status, says] : {Case{"the home page is not there", 404, "首页不存在"},
                                          Case{"every page is an error", 500, "服务器答复 500"}}) {
    SCOPED_TRACE(why);
    Answer("/*", status, "<p>出错了</p>");
    const Outcome crawl = Run({"crawl"});
    EXPECT_EQ(crawl.code, 3) << crawl.out;
    EXPECT_TRUE(Says(crawl.err, "一个页面也没有读到")) << crawl.err;
    EXPECT_TRUE(Says(crawl.err, says)) << crawl.err;
    list = Run({"finding", "list"});
    EXPECT_EQ(list.code, 3);
    EXPECT_TRUE(Says(list.err, "未能全部检查 图书馆：一个页面也没有读到")) << list.err;
  }
  for (int run = 1; run <= 2; ++run) {
    const std::string html = *ReadFile(fmt::format("{}/reports/run-{}.html", data_, run), 1 << 20);
    EXPECT_FALSE(Says(html, "没有发现问题")) << run;
    const std::string lines =
        *ReadFile(fmt::format("{}/reports/run-{}.jsonl", data_, run), 1 << 20);
    EXPECT_TRUE(Says(lines, "\"checked\":\"failed\",\"tally\":\"failed\"")) << lines;
  }
  AnswerWithPages(3);
  EXPECT_EQ(Run({"crawl"}).code, 0);
  list = Run({"finding", "list"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_TRUE(Says(list.err, "没有仍然存在的发现")) << list.err;
  EXPECT_EQ(Run({"finding", "list", "--site", "nosuch"}).code, 2);
}

TEST_F(DeskTest, WhatStderrDoesNotTakeIsLostAndNothingElse) {
  AnswerWithPages(3);
  EXPECT_EQ(Shell("crawl >/dev/null 2>/dev/full"), 0);
  EXPECT_EQ(Shell("store chain verify >/dev/null"), 0) << "the night was signed";
  EXPECT_EQ(Shell("rescan >/dev/null 2>/dev/full"), 0);
  EXPECT_EQ(Shell("rescan >/dev/null 2>&-"), 0);
  EXPECT_EQ(Shell("finding list --site nosuch 2>/dev/full"), 2);
  EXPECT_EQ(Shell("nonsense 2>/dev/full"), 2);
  EXPECT_EQ(Run({"store", "verify"}).code, 0);
}

TEST_F(DeskTest, SaysWhyItIsPartial) {
  AnswerWithPages(20);
  const Outcome crawl = Run({"crawl", "--pages", "3"});
  EXPECT_EQ(crawl.code, 3);
  EXPECT_TRUE(Says(crawl.err, "达到页数上限，其余下次继续（留待下次")) << crawl.err;
  const Outcome list = Run({"finding", "list"});
  EXPECT_EQ(list.code, 3);
  EXPECT_TRUE(Says(list.err, "达到页数上限")) << list.err;
}

TEST_F(DeskTest, ScanOfAnAddressThatIsNotThereIsNotClean) {
  const std::string base = fmt::format("http://127.0.0.1:{}", server_->port());
  Answer("/404", 404, "没有");
  Answer("/away", 302, "");
  Answer("/ok", 200, "<!doctype html><meta charset=utf-8><title>好</title><p>今天下午开会</p>");
  struct Case {
    std::string_view why, path;
    int code;
  };
  for (const auto& [why, path, code] :
       {Case{"not there", "/404", 3}, Case{"leads away", "/away", 3}, Case{"there", "/ok", 0}}) {
    SCOPED_TRACE(why);
    const Outcome scan = Run({"scan", "--json", base + std::string(path)});
    EXPECT_EQ(scan.code, code) << scan.out << scan.err;
    EXPECT_EQ(Says(scan.out, "\"checked\":\"failed\""), code == 3) << scan.out;
  }
  std::filesystem::create_directories(data_ + "/empty");
  EXPECT_EQ(Run({"scan", data_ + "/empty"}).code, 3) << "nothing to check";
}

TEST_F(DeskTest, AStoreThatIsGoneIsNotAnEmptyOne) {
  AnswerWithPages(2);
  ASSERT_EQ(Run({"crawl"}).code, 0);
  std::filesystem::rename(data_ + "/store", data_ + "/elsewhere");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"finding", "list"},
                                                {"incident", "list"},
                                                {"site", "list"},
                                                {"crawl"},
                                                {"store", "stats"},
                                                {"site", "import", data_ + "/sites.csv"}}) {
    SCOPED_TRACE(words[0]);
    const Outcome refused = Run(words);
    EXPECT_EQ(refused.code, 4) << refused.err;
    EXPECT_TRUE(Says(refused.err, "数据不见了")) << refused.err;
    EXPECT_FALSE(FileExists(data_ + "/store")) << "no new one is made";
  }
  EXPECT_EQ(Run({"store", "verify"}).code, 1);
  std::filesystem::rename(data_ + "/elsewhere", data_ + "/store");
  EXPECT_EQ(Run({"finding", "list"}).code, 0);
}

TEST_F(DeskTest, VerifyTellsDamageFromWhatNobodyCanProve) {
  Outcome verify = Run({"store", "verify"});
  EXPECT_EQ(verify.code, 3) << "nothing is signed";
  EXPECT_TRUE(Says(verify.out, "无法证明")) << verify.out;
  EXPECT_FALSE(Says(verify.out, "数据完整")) << verify.out;
  ASSERT_EQ(Run({"store", "chain", "sign"}).code, 0);
  verify = Run({"store", "verify"});
  EXPECT_EQ(verify.code, 0);
  EXPECT_TRUE(Says(verify.out, "数据完整")) << verify.out;
  const std::string key = data_ + "/away.pub";
  std::filesystem::rename(data_ + "/installation.pub", key);
  verify = Run({"store", "verify"});
  EXPECT_EQ(verify.code, 3);
  EXPECT_TRUE(Says(verify.out, "缺少公钥")) << verify.out;
  EXPECT_FALSE(Says(verify.out, "损坏")) << verify.out;
  EXPECT_FALSE(Says(verify.out, "尚未签名")) << verify.out;
  EXPECT_EQ(Run({"store", "verify", "--key", key}).code, 0);
}

TEST_F(DeskTest, ReadingNeitherWaitsForACrawlNorWritesAnything) {
  AnswerWithPages(30);
  Answer("/p7.html", 200, std::string(kGambling));
  ASSERT_EQ(Run({"crawl"}).code, 1);
  const std::vector<std::vector<std::string>> reading = {{"finding", "list"}, {"incident", "list"},
                                                         {"site", "list"},    {"site", "export"},
                                                         {"store", "stats"},  {"report", "run"}};
  held_ = true;
  const uint64_t before = server_->Count("desk.example.test");
  const pid_t crawl = StartProgram({"--data", data_, "crawl"});
  while (server_->Count("desk.example.test") == before) usleep(20'000);
  for (const auto& words : reading) {
    SCOPED_TRACE(words[0] + " " + words[1]);
    const Outcome read = Run(words);
    EXPECT_TRUE(read.code == 0 || (words[0] == "finding" && read.code == 1)) << read.err;
    EXPECT_FALSE(read.out.empty());
  }
  EXPECT_EQ(Run({"site", "add", "--name", "x", "--unit", "x", "--owner", "x", "--phone", "12345",
                 "--address", "http://x.example.test/"})
                .code,
            2)
      << "writing waits its turn";
  held_ = false;
  int status = 0;
  ASSERT_EQ(waitpid(crawl, &status, 0), crawl);
}

TEST_F(DeskTest, WhatComesBackIsNewAndAVerdictIsHeeded) {
  AnswerWithPages(3);
  Answer("/p1.html", 200, std::string(kGambling));
  ASSERT_EQ(Run({"crawl"}).code, 1);
  EXPECT_TRUE(Run({"incident", "list", "--new"}).out.empty()) << "stock";
  AnswerWithPages(3);
  EXPECT_EQ(Run({"crawl"}).code, 0);
  EXPECT_TRUE(Says(*ReadFile(data_ + "/reports/run-2.html", 1 << 20), "页面上已不再出现"));
  const std::string list = Run({"incident", "list"}).out;
  const std::string id = list.substr(0, list.find(' '));
  EXPECT_TRUE(Says(Run({"incident", "show", id}).out, "页面上已不再出现"));
  Answer("/p1.html", 200, std::string(kGambling));
  EXPECT_EQ(Run({"crawl"}).code, 1);
  EXPECT_TRUE(Says(Run({"incident", "list", "--new"}).out, id)) << "hacked once more";
  EXPECT_TRUE(Says(Run({"incident", "show", id}).out, "消失后再次出现"));
  ASSERT_EQ(Run({"incident", "verdict", id, "--verdict", "false-positive", "--by", "值班员",
                 "--reason", "核实不是问题"})
                .code,
            0);
  EXPECT_EQ(Run({"crawl"}).code, 0);
  EXPECT_TRUE(Says(*ReadFile(data_ + "/reports/run-4.html", 1 << 20), "已判误报"));
  const Outcome left = Run({"finding", "list"});
  EXPECT_EQ(left.code, 0);
  EXPECT_TRUE(Says(left.out, "已判误报")) << left.out;
}

TEST_F(DeskTest, OutputThatIsLostIsNoSuccess) {
  for (const char* words : {"site list", "site list --json", "site export",
                            "site show "
                            "desk.example.test",
                            "store stats", "store chain sign"}) {
    SCOPED_TRACE(words);
    EXPECT_EQ(Shell(fmt::format("{} >/dev/full 2>{}/said", words, data_)), 4);
    const std::string said = *ReadFile(data_ + "/said", 1 << 16);
    EXPECT_TRUE(Says(said, "标准输出写不进去")) << said;
    EXPECT_FALSE(Says(said, "请把这一行存到本机之外")) << said;
  }
}

TEST_F(DeskTest, FilingShowsWhatItChangesAndRefusesWhatImportWould) {
  const auto add = [&](std::string name, std::string phone, std::string address) {
    return std::vector<std::string>{
        "site",    "add",  "--name",  std::move(name),  "--unit",    "单位",
        "--owner", "某人", "--phone", std::move(phone), "--address", std::move(address)};
  };
  EXPECT_EQ(Run(add("甲", "abc", "http://a.example.test/")).code, 2) << "no phone";
  EXPECT_EQ(Run(add("甲", "12345", "gopher")).code, 2) << "no address";
  EXPECT_EQ(Run(add("甲", "12345", "http://a.example.test/")).code, 0);
  EXPECT_EQ(Run(add("甲", "12345", "http://a.example.test/")).code, 0) << "the same again";
  const Outcome other = Run(add("测试", "12345", "http://a.example.test/"));
  EXPECT_EQ(other.code, 2);
  EXPECT_TRUE(Says(other.err, "甲 → 测试")) << other.err;
  EXPECT_TRUE(Says(Run({"site", "show", "a.example.test"}).out, "甲"));
  auto replace = add("测试", "12345", "http://a.example.test/");
  replace.emplace_back("--replace");
  EXPECT_EQ(Run(replace).code, 0);
  EXPECT_TRUE(Says(Run({"site", "show", "a.example.test"}).out, "测试"));
  const Outcome exported = Run({"site", "export"});
  WriteText(data_ + "/again.csv", exported.out);
  const Outcome again = Run({"site", "import", data_ + "/again.csv"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(Says(again.err, "新增 0，更改 0，未变 2")) << again.err;
  WriteText(data_ + "/header.csv", std::string(kSites.substr(0, kSites.find('\n') + 1)));
  EXPECT_EQ(Run({"site", "import", data_ + "/header.csv"}).code, 2) << "no sites in it";
}

}  // namespace
}  // namespace xuncha
