// Papers by the program: from a night that found something to the notice, the report to
// the authority, the ledger and the month, each whole or not at all.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

bool Says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

class PapersProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({});
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    server_->On("/*", [](const auto& request, auto& wire) {
      if (request.path != "/") return void(wire.Reply({404, {}, ""}));
      wire.Reply({200,
                  {{"Content-Type", "text/html; charset=utf-8"}},
                  "<!doctype html><meta charset=utf-8><title>真人视讯下注</title><p>真人视讯下注，"
                  "充值秒到账，首存送彩金</p>"});
    });
    WriteText(data_ + "/xuncha.toml",
              fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\n"
                          "views = false\n[cases]\ninstitution = \"示例学院\"\n"
                          "authority = \"示例市公安局\"\n",
                          server_->port()));
    WriteText(data_ + "/sites.csv",
              "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
              "图书馆网站,图书馆,某负责人,0000-0000001,http://papers.example.test/,127.0.0.1\n");
    ASSERT_EQ(Run({"site", "import", data_ + "/sites.csv"}).code, 0);
    ASSERT_EQ(Run({"crawl"}).code, 1);
    const std::string list = Run({"incident", "list"}).out;
    id_ = list.substr(0, list.find(' '));
  }
  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data_});
    return RunProgram(words);
  }
  std::string Text(const std::string& path) {
    const Result<std::string> text = ReadFile(path, 16 << 20);
    EXPECT_TRUE(text.ok()) << text.error().text;
    return text ? *text : "";
  }

  TemporaryDirectory place_;
  const std::string data_ = place_.path();
  std::unique_ptr<TestServer> server_;
  std::string id_;
};

TEST_F(PapersProgramTest, ACaseLeavesItsPapers) {
  Outcome made = Run({"report", "notice", id_});
  EXPECT_EQ(made.code, 2) << "there is no notice yet";
  EXPECT_TRUE(Says(made.err, "还没有发出通知")) << made.err;
  made = Run({"incident", "verdict", id_, "--verdict", "violation", "--at-once", "--by", "值班员甲",
              "--reason", "页面标题是赌博广告"});
  ASSERT_EQ(made.code, 0) << made.err;
  made = Run({"incident", "notify", id_, "--by", "值班员甲", "--json"});
  ASSERT_EQ(made.code, 0) << made.err;
  const size_t at = made.out.find("\"link\":\"");
  ASSERT_NE(at, std::string::npos) << made.out;
  const std::string token = made.out.substr(at + 8, 64);

  made = Run({"report", "notice", id_, "--format", "html", "--out", data_ + "/notice.html"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, data_ + "/notice.html\n");
  const std::string notice = Text(data_ + "/notice.html");
  for (const std::string_view part :
       {"示例学院", "图书馆：", "http://papers.example.test/", "真人视讯", "整改回执",
        "宣扬封建迷信、淫秽、色情、赌博、暴力、凶杀、恐怖、教唆犯罪的"})
    EXPECT_TRUE(Says(notice, part)) << part;
  made = Run({"report", "notice", id_});
  ASSERT_EQ(made.code, 0) << made.err;
  ASSERT_TRUE(made.out.ends_with(".docx\n")) << made.out;
  EXPECT_TRUE(Text(made.out.substr(0, made.out.size() - 1)).starts_with("PK\x03\x04"));

  // The owner's link is printed only if it is that of this notice.
  WriteText(data_ + "/link", "https://desk.example.test/o/" + token + "\n");
  made = Run({"report", "notice", id_, "--link", data_ + "/link", "--out", data_ + "/link.html"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(Says(Text(data_ + "/link.html"), "https://desk.example.test/o/" + token));
  WriteText(data_ + "/link", "https://desk.example.test/o/" + std::string(64, '0') + "\n");
  EXPECT_EQ(Run({"report", "notice", id_, "--link", data_ + "/link"}).code, 2);

  made = Run({"report", "authority", id_, "--by", "值班员甲", "--out", data_ + "/report.html"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(Says(Text(data_ + "/report.html"), "示例市公安局："));
  made = Run({"report", "incident", id_, "--format", "xlsx"});
  EXPECT_EQ(made.code, 0) << made.err;
  made = Run({"report", "recheck", id_});
  EXPECT_EQ(made.code, 2) << "nobody has looked again: there is nothing to conclude";
  EXPECT_TRUE(Says(made.err, "crawl --incident")) << made.err;

  made = Run({"report", "ledger", "--format", "csv", "--out", "-"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(Says(made.out, "\"" + id_)) << made.out;
  EXPECT_TRUE(Says(made.out, "\"图书馆网站\",\"图书馆\"")) << made.out;
  EXPECT_EQ(Run({"report", "ledger"}).code, 0);
  EXPECT_EQ(Run({"report", "ledger", "--out", "-", "--format", "xlsx"}).code, 2);

  const std::string month = FormatTime(SystemClock().Now()).substr(0, 7);
  made = Run({"report", "month", "--month", month, "--out", data_ + "/month.html"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(Says(Text(data_ + "/month.html"), "新增事件 1 件，认定违规 1 件"));
  EXPECT_TRUE(Says(Text(data_ + "/month.html"), "<svg"));
  made = Run({"report", "month", "--unit", "图书官"});
  EXPECT_EQ(made.code, 2);
  EXPECT_TRUE(Says(made.err, "是否指“图书馆”")) << made.err;
  EXPECT_EQ(Run({"report", "month", "--month", "2026-13"}).code, 2);
  EXPECT_EQ(Run({"report", "month", "--format", "csv"}).code, 2);
}

TEST_F(PapersProgramTest, AWrongTemplateMakesNoPaper) {
  const std::string folder = data_ + "/templates";
  ASSERT_EQ(Run({"report", "templates", "--write", folder}).code, 0);
  EXPECT_EQ(Run({"report", "templates"}).code, 0);
  EXPECT_TRUE(Says(Run({"report", "templates", "--words", "notice"}).out, "{网站名称}"));
  EXPECT_EQ(Run({"report", "templates", "--words", "notise"}).code, 2);
  WriteText(folder + "/incident.txt", "# 报告\n{网站名字}\n");
  Outcome made = Run({"report", "incident", id_, "--out", data_ + "/wrong.docx"});
  EXPECT_EQ(made.code, 2);
  EXPECT_TRUE(Says(made.err, "incident.txt:2: 没有“{网站名字}”这一项，是否指“{网站名称}”"))
      << made.err;
  EXPECT_FALSE(FileExists(data_ + "/wrong.docx"));
  EXPECT_EQ(Run({"report", "templates"}).code, 2);
  WriteText(folder + "/incident.txt", "# 本校的报告\n{网站名称}\n");
  made = Run({"report", "incident", id_, "--out", data_ + "/own.html"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(Says(Text(data_ + "/own.html"), "<h1>本校的报告</h1>\n<p>图书馆网站</p>"));
}

}  // namespace
}  // namespace xuncha
