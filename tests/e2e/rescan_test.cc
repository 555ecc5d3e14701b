// Later rules asked of the sample sites, by the program itself.
//
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "base/text.h"
#include "base/tree.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Member(const Node& node, std::string_view key) {
  const Node* found = node.Find(key);
  return found == nullptr ? "" : found->string;
}

constexpr std::string_view kPack = R"([pack]
kind = "drugs"
clause = 6
title = "毒品"
basis = "责任书 四（六）"
[[rule]]
id = "drugs.later"
strength = "strong"
zones = ["title", "text"]
any = ["教学工作"]
because = "后来添加的规则"
examples = ["教学工作会议"]
counters = ["今天下午开会"]
)";

class RescanProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({.root = "tests/sites"});
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    std::string config = Slurp("tests/sites/xuncha.toml.in");
    const std::string port = std::to_string(server_->port());
    for (size_t mark = config.find("@PORT@"); mark != std::string::npos;
         mark = config.find("@PORT@")) {
      config.replace(mark, 6, port);
    }
    WriteText(directory_.path() + "/xuncha.toml", config);
    ASSERT_EQ(Call({"site", "import", "tests/sites/sites.csv"}).code, 0);
    ASSERT_EQ(Call({"--quiet", "crawl"}).code, 1);
  }

  Outcome Call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", directory_.path()});
    return RunProgram(arguments);
  }
  size_t ChainEntries() {
    return Split(Call({"store", "chain", "show", "--json"}).out, '\n').size();
  }

  TemporaryDirectory directory_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(RescanProgram, UnderTheSameRulesFindsWhatTheNightFound) {
  std::set<std::string> night, past;
  const Outcome listed = Call({"finding", "list", "--json"});
  for (const std::string_view line : Split(listed.out, '\n')) {
    if (Trim(line).empty()) continue;
    const Result<Node> node = ParseJson(line, "finding list");
    ASSERT_TRUE(node.ok());
    for (const Node& finding : node->Find("findings")->items) {
      if (Member(finding, "severity") != "hint")
        night.insert(Member(finding, "id") + " " + Member(finding, "severity") + " " +
                     Member(finding, "because"));
    }
  }
  const size_t requests = server_->Log().size();
  const size_t entries = ChainEntries();
  const Outcome rescan = Call({"rescan", "--json"});
  EXPECT_EQ(rescan.code, 1) << rescan.err;
  for (const std::string_view line : Split(rescan.out, '\n')) {
    if (Trim(line).empty()) continue;
    const Result<Node> node = ParseJson(line, "rescan");
    ASSERT_TRUE(node.ok()) << line;
    EXPECT_TRUE(node->Find("known")->boolean) << line;
    EXPECT_TRUE(node->Find("standing")->boolean) << line;
    const Node& finding = *node->Find("finding");
    past.insert(Member(finding, "id") + " " + Member(finding, "severity") + " " +
                Member(finding, "because"));
  }
  EXPECT_EQ(past, night);
  EXPECT_GT(night.size(), 20u);
  EXPECT_EQ(server_->Log().size(), requests) << "nothing is fetched";
  EXPECT_EQ(ChainEntries(), entries) << "nothing is written";
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/rescan.jsonl"));
}

TEST_F(RescanProgram, KeepsWhatALaterRuleFindsAndSaysSo) {
  std::filesystem::create_directories(directory_.path() + "/packs");
  WriteText(directory_.path() + "/packs/later.toml", std::string(kPack));
  const std::string packs = directory_.path() + "/packs";
  const Outcome report = Call({"rescan", "--rules", packs});
  EXPECT_EQ(report.code, 1) << report.err;
  EXPECT_NE(report.out.find("新查出"), std::string::npos) << report.out;
  EXPECT_EQ(report.out.find("  custom  "), std::string::npos) << "kinds have Chinese names";
  EXPECT_NE(report.out.find("仍然存在"), std::string::npos);
  EXPECT_NE(report.err.find("--keep"), std::string::npos);
  const Outcome kept = Call({"rescan", "--rules", packs, "--keep"});
  EXPECT_EQ(kept.code, 1) << kept.err;
  EXPECT_NE(Call({"store", "chain", "show", "--json"}).out.find("\"rescan"), std::string::npos);
  EXPECT_NE(Call({"finding", "list"}).out.find("后来添加的规则"), std::string::npos);
  const Outcome incidents = Call({"incident", "list"});
  EXPECT_NE(incidents.out.find("复核历史查出"), std::string::npos)
      << incidents.out << incidents.err;
  const Outcome again = Call({"rescan", "--rules", packs});
  EXPECT_EQ(again.out.find("新查出"), std::string::npos);
  EXPECT_EQ(Call({"store", "verify"}).code, 0);
}

TEST_F(RescanProgram, SaysWhatIsWrongWithTheQuestion) {
  EXPECT_EQ(Call({"rescan", "--since", "gestern"}).code, 2);
  EXPECT_EQ(Call({"rescan", "--since", "2026-02-01", "--until", "2026-01-01"}).code, 2);
  EXPECT_EQ(Call({"rescan", "--site", "www.yunxi.tes"}).code, 2);
  const Outcome nothing = Call({"rescan", "--until", "2001-01-01"});
  EXPECT_EQ(nothing.code, 3) << "there was nothing then, and so nothing is known";
  EXPECT_NE(nothing.err.find("不能视为无问题"), std::string::npos) << nothing.err;
  const std::string today = Call({"rescan"}).err;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Call({"rescan"}).err, today) << "the same figures";
}

}  // namespace
}  // namespace xuncha
