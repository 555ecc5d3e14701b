// Casework on the command line: a case from the crawl that finds it to either of its
// ends, and what is put aside.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "base/tree.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

constexpr std::string_view kGambling =
    "<!doctype html><meta charset=utf-8><title>真人视讯下注</title><p>真人视讯下注，充值秒到账，"
    "首存送彩金</p>";

bool Says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

int Count(std::string_view text, std::string_view word) {
  int count = 0;
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
  return count;
}

class CasesTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({});
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    server_->On("/*", [this](const auto& request, auto& wire) { Serve(request, wire); });
    WriteText(data_ + "/xuncha.toml",
              fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\n"
                          "[cases]\ninstitution = \"信息化中心\"\nnotice_prefix = \"示网\"\n"
                          "days_of_kind = {{ gambling = 2 }}\n",
                          server_->port()));
    WriteText(data_ + "/sites.csv",
              "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
              "图书馆,图书馆,某负责人,0000-0000001,http://cases.example.test/,127.0.0.1\n");
    ASSERT_EQ(Run({"site", "import", data_ + "/sites.csv"}).code, 0);
    Answer("/", Page("首页", "<a href=/a.html>甲</a><a href=/b.html>乙</a>"));
    Answer("/a.html", std::string(kGambling));
    Answer("/b.html", Page("乙", "正常内容"));
  }
  static std::string Page(std::string_view title, std::string_view body) {
    return fmt::format("<!doctype html><meta charset=utf-8><title>{}</title><p>{}</p>", title,
                       body);
  }
  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data_});
    return RunProgram(words);
  }
  // One step of the case by 甲, or by another.
  Outcome Step(std::vector<std::string> words, const std::string& id,
               const std::string& reason = "", const std::string& by = "甲") {
    words.insert(words.begin(), "incident");
    words.insert(words.end(), {id, "--by", by});
    if (!reason.empty()) words.insert(words.end(), {"--reason", reason});
    return Run(words);
  }
  std::string Crawl() {
    EXPECT_EQ(Run({"--quiet", "crawl"}).code, 1);
    const std::string list = Run({"incident", "list"}).out;
    return list.substr(0, list.find(' '));
  }
  std::string State(const std::string& id) {
    const Result<Node> node =
        ParseJson(std::string(Trim(Run({"incident", "show", id, "--json"}).out)), "show");
    if (!node) return node.error().text;
    const Node* const state = node->Find("state");
    return state == nullptr ? "" : state->string;
  }
  void Answer(std::string path, std::string body) {
    const std::lock_guard lock(mutex_);
    answers_[std::move(path)] = std::move(body);
  }
  std::set<std::string> AskedFor() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }
  void Serve(const TestServer::Request& request, TestServer::Wire& wire) {
    std::unique_lock lock(mutex_);
    if (const auto found = answers_.find(request.path);
        found != answers_.end() && found->second.empty()) {
      waiting_ = true;
      lock.unlock();
      while (waiting_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      return;
    }
    asked_.insert(request.path);
    const auto found = answers_.find(request.path);
    if (found == answers_.end()) return void(wire.Reply({404, {}, ""}));
    wire.Reply({200, {{"Content-Type", "text/html; charset=utf-8"}}, found->second});
  }

  // A case whose pages are to be looked at again now.
  std::string DueForARecheck() {
    const std::string id = Crawl();
    EXPECT_EQ(Step({"verdict", "--verdict", "violation", "--at-once"}, id, "页面确有博彩内容").code,
              0);
    EXPECT_EQ(Step({"notify"}, id).code, 0);
    EXPECT_EQ(Step({"recheck"}, id).code, 0);
    return id;
  }
  // What the desk does by itself, on a working day.
  bool IsProvenAtTheDesk(const std::string& id, std::string_view configured) {
    const Millis now = SystemClock().Now();
    const std::string today = FormatTime(now).substr(0, 10),
                      tomorrow = FormatTime(now + Millis{86'400'000}).substr(0, 10);
    WriteText(data_ + "/holidays.txt",
              fmt::format("year {}\nyear {}\nwork {} {}\n", today.substr(0, 4),
                          tomorrow.substr(0, 4), today, tomorrow));
    WriteText(data_ + "/xuncha.toml",
              fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\n[tell]\n"
                          "quiet = \"\"\n[cases]\nremind_at = \"00:00\"\nholidays = "
                          "\"holidays.txt\"\n{}",
                          server_->port(), configured));
    WriteText(data_ + "/password", "a sentence for the test\n");
    EXPECT_EQ(
        Run({"user", "add", "zhang", "--roles", "officer", "--password-file", data_ + "/password"})
            .code,
        0);
    const pid_t desk =
        StartProgram({"--data", data_, "serve", "--listen", "unix:" + data_ + "/desk.sock"});
    bool proven = false;
    for (int i = 0; i < 600 && !proven; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      proven = Says(Run({"incident", "show", id, "--json"}).out, "\"proof\":");
    }
    ::kill(desk, SIGTERM);
    int status = 0;
    ::waitpid(desk, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return proven;
  }

  TemporaryDirectory place_;
  const std::string data_ = place_.path();
  std::atomic<bool> waiting_ = false;  // somebody, for a page that is empty
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> answers_;
  std::set<std::string> asked_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(CasesTest, WalksFromTheCrawlToAProvedEnd) {
  const std::string id = Crawl();
  ASSERT_EQ(id.size(), 16u);
  EXPECT_EQ(Step({"notify"}, id).code, 2) << "not before a verdict";
  EXPECT_EQ(Step({"verdict", "--verdict", "violation"}, id, "页面确有博彩内容").code, 0);
  const Outcome early = Step({"notify"}, id);
  EXPECT_EQ(early.code, 2);
  EXPECT_TRUE(Says(early.err, "还可撤销")) << early.err;
  EXPECT_EQ(Step({"verdict", "--undo"}, id).code, 0);
  EXPECT_EQ(State(id), "new");
  const Outcome judged =
      Step({"verdict", "--verdict", "violation", "--at-once"}, id, "页面确有博彩内容");
  EXPECT_EQ(judged.code, 0) << judged.err;
  EXPECT_TRUE(Says(judged.err, "向主管部门报告")) << judged.err;
  EXPECT_TRUE(Says(Run({"incident", "due"}).out, "24 小时报告"));
  EXPECT_EQ(Step({"reported"}, id, "某支队，回执 1 号").code, 0);
  EXPECT_FALSE(Says(Run({"incident", "due"}).out, "24 小时报告"));

  const Outcome notice = Step({"notify", "--json"}, id);
  ASSERT_EQ(notice.code, 0) << notice.err;
  EXPECT_TRUE(Says(notice.out, "示网〔")) << notice.out;
  EXPECT_TRUE(Says(notice.out, "1号")) << notice.out;
  const Result<Node> told = ParseJson(std::string(Trim(notice.out)), "notice");
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->Find("link")->string.size(), 64u);
  EXPECT_TRUE(Says(notice.err, "没有发给任何人（没有设置 [tell] owners）")) << notice.err;
  const Outcome renewed = Step({"link"}, id);
  EXPECT_TRUE(Says(renewed.out, "<值班台的网址>/o/")) << renewed.out;
  EXPECT_NE(told->Find("deadline"), nullptr);
  EXPECT_EQ(Step({"acknowledge"}, id, "收到回执").code, 0);
  EXPECT_EQ(Step({"claim"}, id, "", "乙").code, 0);
  const Outcome held = Step({"close"}, id, "随便找个理由结案试试看");
  EXPECT_EQ(held.code, 2);
  EXPECT_TRUE(Says(held.err, "乙 正在处理")) << held.err;
  EXPECT_EQ(Step({"release"}, id, "", "乙").code, 0);
  EXPECT_EQ(Step({"repaired"}, id, "来电称已经删除").code, 0);
  EXPECT_EQ(State(id), "repaired");

  // It was not; and the re-check asks for that page and no other.
  AskedFor();
  const Outcome stands = Run({"--quiet", "crawl", "--incident", id});
  EXPECT_EQ(stands.code, 1) << stands.err;
  EXPECT_TRUE(Says(stands.out, "仍然存在")) << stands.out;
  const std::set<std::string> asked = AskedFor();
  EXPECT_TRUE(asked.contains("/a.html"));
  EXPECT_FALSE(asked.contains("/") || asked.contains("/b.html"));
  EXPECT_EQ(State(id), "acknowledged");
  EXPECT_EQ(Step({"close"}, id).code, 2) << "no proof, no reason";

  Answer("/a.html", Page("甲", "已经清理，恢复正常内容"));
  const Outcome gone = Run({"crawl", "--incident", id.substr(0, 6)});
  EXPECT_EQ(gone.code, 0) << gone.err << gone.out;
  EXPECT_TRUE(Says(gone.out, "已消除")) << gone.out;
  EXPECT_EQ(Step({"close"}, id).code, 0);
  EXPECT_EQ(State(id), "closed");
  const std::string shown = Run({"incident", "show", id}).out;
  for (const std::string_view words : {"判断：违规", "撤销判断", "发整改通知书", "签收",
                                       "复查：仍然存在", "复查：已消除", "结案"}) {
    EXPECT_TRUE(Says(shown, words)) << words << "\n" << shown;
  }
  EXPECT_EQ(Run({"store", "verify"}).code, 0);
  // The rest of the site was not judged clean by the way.
  EXPECT_EQ(Run({"--quiet", "crawl"}).code, 0);
}

TEST_F(CasesTest, WalksToTheCutOffAndBack) {
  const std::string id = Crawl();
  ASSERT_EQ(Step({"verdict", "--verdict", "violation", "--at-once"}, id, "页面确有内容").code, 0);
  ASSERT_EQ(Step({"notify"}, id).code, 0);
  ASSERT_EQ(Step({"remind"}, id).code, 0);
  EXPECT_EQ(Step({"cutoff", "done"}, id, "已经封禁").code, 2) << "not before two people say so";
  ASSERT_EQ(Step({"cutoff", "advise"}, id, "催办之后仍未整改").code, 0);
  EXPECT_EQ(Step({"cutoff", "approve"}, id, "同意执行").code, 2) << "not by the same person";
  EXPECT_EQ(Step({"cutoff", "approve"}, id, "同意执行", "主管").code, 0);
  EXPECT_EQ(Step({"cutoff", "done"}, id, "防火墙已封禁").code, 0);
  EXPECT_EQ(State(id), "cut-off");
  EXPECT_EQ(Step({"restore"}, id, "整改报告已核实").code, 2);
  EXPECT_EQ(Step({"restore", "--approved-by", "主管"}, id, "整改报告已核实").code, 0);
  EXPECT_EQ(State(id), "restored");
  EXPECT_TRUE(Says(Run({"incident", "list", "--state", "restored"}).out, id));
  EXPECT_EQ(Run({"incident", "list", "--state", "restord"}).code, 2);
  EXPECT_EQ(Run({"store", "verify"}).code, 0);
}

TEST_F(CasesTest, PutsAFindingAsideUntilItChanges) {
  const std::string id = Crawl();
  const Outcome findings = Run({"finding", "list"});
  const std::string finding = findings.out.substr(0, findings.out.find(' '));
  EXPECT_EQ(Run({"suppress", "add", finding, "--by", "甲", "--reason", "太短"}).code, 2);
  ASSERT_EQ(
      Run({"suppress", "add", finding, "--by", "甲", "--reason", "教学用的示例页面，已核对"}).code,
      0);
  EXPECT_TRUE(Says(Run({"suppress", "list"}).out, "S1"));
  const Outcome aside = Run({"finding", "list"});
  EXPECT_EQ(aside.code, 0) << aside.out;
  EXPECT_TRUE(Says(aside.out, "已免报（S1")) << aside.out;
  EXPECT_EQ(Run({"--quiet", "crawl"}).code, 0) << "it counts for nothing";
  EXPECT_TRUE(Run({"suppress", "list", "--stale"}).out.empty());
  // Other words around it.
  Answer("/a.html", std::string(kGambling) + "<p>欢迎来到真人视讯下注的新网址</p>");
  EXPECT_EQ(Run({"--quiet", "crawl"}).code, 1);
  EXPECT_EQ(Run({"suppress", "remove", "S1", "--by", "甲", "--reason", "示例已撤"}).code, 0);
  EXPECT_TRUE(Run({"suppress", "list"}).out.empty());
  EXPECT_EQ(Run({"store", "verify"}).code, 0);
}

// The desk does a working day's work by itself: nobody gives the word.
TEST_F(CasesTest, TheDeskLooksAgainWhenItIsDue) {
  const std::string id = DueForARecheck();
  Answer("/a.html", Page("甲", "已经改好"));
  AskedFor();
  EXPECT_TRUE(IsProvenAtTheDesk(id, ""));
  const std::set<std::string> asked = AskedFor();
  EXPECT_TRUE(asked.contains("/a.html"));
  EXPECT_FALSE(asked.contains("/b.html")) << "its pages only";
  EXPECT_EQ(Step({"close"}, id, "复查已消除").code, 0);
}

TEST_F(CasesTest, TheDeskGoesOnWithABrokenNightBeforeTheDaysWork) {
  const std::string id = DueForARecheck();
  // Broken off while its first page is waited for.
  Answer("/", "");
  AskedFor();
  const pid_t night = StartProgram({"--data", data_, "--quiet", "crawl"});
  for (int i = 0; i < 300 && !waiting_; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ::kill(night, SIGKILL);
  ::waitpid(night, nullptr, 0);
  waiting_ = false;
  Answer("/", Page("首页", "<a href=/a.html>甲</a><a href=/b.html>乙</a>"));
  Answer("/a.html", Page("甲", "已经改好"));
  EXPECT_TRUE(IsProvenAtTheDesk(id, "[serve]\ncrawl_at = \"00:00\"\n"));
  const std::string chain = Run({"store", "chain", "show", "--last", "100"}).out;
  EXPECT_EQ(Count(chain, "巡查开始"), 2) << "no other is begun\n" << chain;
  EXPECT_EQ(Count(chain, "巡查结束"), 2) << chain;
}

}  // namespace
}  // namespace xuncha
