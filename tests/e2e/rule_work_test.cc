// Work on rules, as an officer does it: import a list, see what it would do,
// replace it, remove it; a broken list changes nothing.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/e2e/program.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class RuleWorkTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(Call({"init", directory_.path()}).code, 0); }

  Outcome Call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", directory_.path()});
    return RunProgram(arguments);
  }
  std::string At(const std::string& name) const { return directory_.path() + "/" + name; }

  TemporaryDirectory directory_;
};

TEST_F(RuleWorkTest, AListIsImportedTakenIntoTheLawReplacedAndRemoved) {
  WriteText(At("list.csv"), "词语,级别\n云溪暗号,1\n考试,2\n  云 溪 暗 号\n娱乐城注册\n");
  WriteText(At("page.html"), "<title>通知</title><p>今晚老地方，云溪暗号照旧。</p>");
  const std::vector<std::string> import = {"rules",  "import", At("list.csv"), "--name", "xiaonei",
                                           "--kind", "custom", "--clause",     "5"};
  const std::string before = Call({"rules", "check"}).out;

  std::vector<std::string> dry = import;
  dry.push_back("--dry-run");
  const Outcome tried = Call(dry);
  EXPECT_EQ(tried.code, 0) << tried.err;
  EXPECT_EQ(Slurp(At("lists/xiaonei.toml")), "");

  const Outcome imported = Call(import);
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("list.csv:1:1: 未采用“词语”：是表头"));
  EXPECT_THAT(imported.out, HasSubstr("list.csv:3:1: 未采用“考试”：校园网页的日常用词：每万条"));
  EXPECT_THAT(imported.out, HasSubstr("list.csv:4:3: 未采用“云 溪 暗 号”：与第 2 行重复"));
  EXPECT_NE(Call({"rules", "check"}).out, before);  // another law

  const Outcome scanned = Call({"scan", "--all", "--json", At("page.html")});
  EXPECT_THAT(scanned.out, HasSubstr("custom.xiaonei"));
  EXPECT_THAT(scanned.out, HasSubstr("\"severity\":\"hint\""));
  EXPECT_EQ(scanned.code, 0);  // a hint is no finding

  WriteText(At("list.csv"), "云溪暗号\n云溪口令\n");
  const Outcome replaced = Call(import);
  EXPECT_EQ(replaced.code, 0) << replaced.err;
  EXPECT_THAT(replaced.out, HasSubstr("增加 1 个词：云溪口令"));
  EXPECT_THAT(replaced.out, HasSubstr("减少 1 个词：娱乐城注册"));
  EXPECT_THAT(Call({"rules", "lists"}).out, HasSubstr("xiaonei\tcustom\t第 5 项\t2 个词"));

  EXPECT_EQ(Call({"rules", "remove", "xiaonei"}).code, 0);
  EXPECT_EQ(Call({"rules", "check"}).out, before);
}

TEST_F(RuleWorkTest, ABadListChangesNothing) {
  WriteText(At("good.txt"), "云溪暗号\n");
  ASSERT_EQ(Call({"rules", "import", At("good.txt"), "--name", "xiaonei"}).code, 0);
  const std::string kept = Slurp(At("lists/xiaonei.toml"));
  WriteText(At("bad.txt"), "赌\n考试\n");
  const Outcome refused = Call({"rules", "import", At("bad.txt"), "--name", "xiaonei"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("1:1: “赌”：只有一个字符"));
  EXPECT_EQ(Call({"rules", "import", At("good.txt"), "--name", "../x"}).code, 2);
  EXPECT_EQ(
      Call({"rules", "import", At("good.txt"), "--name", "b", "--kind", "rumour", "--clause", "3"})
          .code,
      2);
  EXPECT_EQ(Slurp(At("lists/xiaonei.toml")), kept);
}

TEST_F(RuleWorkTest, OwnTextSaysWhatFloods) {
  std::string clean;
  for (int i = 0; i < 50; ++i) clean += i % 2 == 0 ? "云溪书院今日开放\n" : "天气晴好\n";
  WriteText(At("clean.txt"), clean);
  WriteText(At("list.txt"), "云溪书院\n云溪暗号\n考试\n");
  const std::vector<std::string> import = {"rules",   "import", At("list.txt"), "--name",
                                           "xiaonei", "--text", At("clean.txt")};
  const Outcome measured = Call(import);
  EXPECT_EQ(measured.code, 0) << measured.err;
  EXPECT_THAT(
      measured.out,
      HasSubstr("list.txt:1:1: 未采用“云溪书院”：太常见：所给无违规文本 50 篇中有 25 篇出现"));
  EXPECT_THAT(measured.out, Not(HasSubstr("“云溪暗号”")));
  std::vector<std::string> take = import;
  take.push_back("--take-frequent");
  EXPECT_EQ(Call(take).code, 0);
  EXPECT_THAT(Slurp(At("lists/xiaonei.toml")), HasSubstr("云溪书院"));
}

TEST_F(RuleWorkTest, TheBenchTellsDearRulesFromCheapOnes) {
  std::filesystem::create_directories(At("packs"));
  WriteText(At("packs/a.toml"),
            "[pack]\nkind = \"gambling\"\nclause = 6\ntitle = \"赌博\"\nbasis = \"b\"\n"
            "[[rule]]\nid = \"gambling.cheap\"\nstrength = \"weak\"\nany = [\"云溪暗号\"]\n"
            "because = \"b\"\nexamples = [\"云溪暗号\"]\n"
            "[[rule]]\nid = \"gambling.dear\"\nstrength = \"weak\"\n"
            "regex = ['天气[^x]{1,60}晴好']\nbecause = \"b\"\nexamples = [\"天气今日晴好\"]\n");
  std::string text;
  for (int i = 0; i < 200; ++i) text += "天气 天气 天气 天气 天气 天气 今日云溪天气十分晴好\n";
  WriteText(At("text.txt"), text);
  const Outcome bench = Call({"rules", "bench", At("packs"), "--text", At("text.txt"), "--json"});
  ASSERT_EQ(bench.code, 0) << bench.err;
  EXPECT_LT(bench.out.find("gambling.dear"), bench.out.find("gambling.cheap"));
  EXPECT_THAT(bench.out, HasSubstr("\"pages\":200,\"fired\":200"));
  EXPECT_THAT(bench.out, HasSubstr("到处命中：200 页中的 200 页"));
}

}  // namespace
}  // namespace xuncha
