// The sample sites, audited by the program itself: what is planted is found,
// page by page, and nothing else; a second night is all unchanged.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "base/record.h"
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

// The program against the sample sites, in a data directory of its own.
class SampleSitesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    TestServer::Options options;
    options.root = "tests/sites";
    Result<std::unique_ptr<TestServer>> server = TestServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    std::string config = Slurp("tests/sites/xuncha.toml.in");
    const std::string port = std::to_string(server_->port());
    for (size_t mark = config.find("@PORT@"); mark != std::string::npos;
         mark = config.find("@PORT@")) {
      config.replace(mark, 6, port);
    }
    WriteText(directory_.path() + "/xuncha.toml", config);
    const Outcome imported = Call({"site", "import", "tests/sites/sites.csv"});
    ASSERT_EQ(imported.code, 0) << imported.err;
  }

  Outcome Call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", directory_.path()});
    return RunProgram(arguments);
  }

  // "host/path" -> kinds found at low or above.
  static std::map<std::string, std::set<std::string>> Flagged(const std::string& lines) {
    std::map<std::string, std::set<std::string>> flagged;
    for (const std::string_view line : Split(lines, '\n')) {
      if (Trim(line).empty()) continue;
      const Result<Node> node = ParseJson(line, "crawl --json");
      EXPECT_TRUE(node.ok()) << line;
      if (!node) continue;
      std::set<std::string>& kinds = flagged[Member(*node, "site") + Member(*node, "path")];
      for (const Node& finding : node->Find("findings")->items) {
        if (Member(finding, "severity") != "hint") kinds.insert(Member(finding, "kind"));
      }
    }
    return flagged;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(SampleSitesTest, FindsWhatIsPlantedAndNothingElse) {
  const Outcome crawl = Call({"crawl", "--json"});
  EXPECT_EQ(crawl.code, 1) << crawl.err;
  const auto flagged = Flagged(crawl.out);
  std::map<std::string, std::set<std::string>> expected;
  const std::string truth = Slurp("tests/sites/expected.jsonl");
  for (const std::string_view line : Split(truth, '\n')) {
    if (Trim(line).empty()) continue;
    const Result<Node> node = ParseJson(line, "expected.jsonl");
    ASSERT_TRUE(node.ok()) << node.error().text;
    expected[Member(*node, "site") + Member(*node, "path")].insert(Member(*node, "kind"));
  }
  ASSERT_GE(expected.size(), 27u);
  for (const auto& [page, kinds] : expected) {
    SCOPED_TRACE(page);
    const auto found = flagged.find(page);
    ASSERT_NE(found, flagged.end()) << "not crawled";
    EXPECT_EQ(found->second, kinds);
  }
  for (const auto& [page, kinds] : flagged) {
    SCOPED_TRACE(page);
    if (expected.find(page) == expected.end()) {
      EXPECT_EQ(kinds, std::set<std::string>{});
    }
  }
}

TEST_F(SampleSitesTest, ReadsEveryPageThatLinksOrSitemapsReach) {
  const Outcome crawl = Call({"crawl", "--json"});
  const auto flagged = Flagged(crawl.out);
  for (const char* page :
       {"www.yunxi.test/", "www.yunxi.test/news/1001.html", "www.yunxi.test/orphan/9c3f1.html",
        "lib.yunxi.test/books/4.html", "bbs.yunxi.test/thread-116-1-1.html",
        "jixu.yunxi.test/a/8.html", "cal.yunxi.test/month.html?n=1",
        "www.yunxi.test/download/files/plan.pdf"}) {
    EXPECT_TRUE(flagged.count(page) == 1) << page;
  }
  EXPECT_EQ(server_->Count("bbs.yunxi.test", "/login.php?action=logout"), 0u) << "a link that acts";
}

TEST_F(SampleSitesTest, TrapsEndByThemselves) {
  const Outcome crawl = Call({"crawl", "--json"});
  ASSERT_GE(crawl.code, 0) << crawl.err;
  EXPECT_LE(server_->Count("cal.yunxi.test"), 200u);
  EXPECT_LE(
      server_->Count("cal.yunxi.test", "/term.html;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9") +
          server_->Count("cal.yunxi.test", "/term.html"),
      3u)
      << "session ids make no new pages";
}

TEST_F(SampleSitesTest, SecondNightIsUnchangedAndKeepsItsFindings) {
  const auto with_findings = [](const std::string& lines) {
    auto flagged = Flagged(lines);
    std::erase_if(flagged, [](const auto& page) { return page.second.empty(); });
    return flagged;
  };
  const Outcome first = Call({"crawl", "--json"});
  const size_t requests = server_->Log().size();
  const Outcome second = Call({"crawl", "--json"});
  EXPECT_EQ(second.code, 1) << second.err;
  EXPECT_EQ(with_findings(first.out), with_findings(second.out));
  const std::vector<TestServer::Seen> log = server_->Log();
  size_t pages = 0, conditional = 0;
  for (size_t i = requests; i < log.size(); ++i) {
    if (!log[i].target.ends_with(".html")) continue;
    // What others get is asked for whole, to be compared.
    if (log[i].user_agent.find("xuncha") == std::string::npos) continue;
    ++pages;
    conditional += log[i].conditional;
  }
  // A rotating share is fetched whole, lest a hacked server answers 304 for ever;
  // probes for pages that are not there have no validators.
  EXPECT_GT(conditional * 10, pages * 7) << conditional << " of " << pages;
}

TEST_F(SampleSitesTest, ReportNamesOwnerClauseAndReasonAndEscapesWhatPagesSay) {
  ASSERT_EQ(Call({"--quiet", "crawl"}).code, 1);
  const std::string html = Slurp(directory_.path() + "/reports/run-1.html");
  for (const char* words :
       {"党政办公室", "主站负责人", "责任书第四条第 6 项", "赌博", "真人视讯下注", "快照 SHA-256",
        "未能全部检查的页面", "没有访问的网址", "访问可能改动数据", "plan.pdf"}) {
    EXPECT_NE(html.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("src="), std::string::npos) << "self-contained";
  const std::string jsonl = Slurp(directory_.path() + "/reports/run-1.jsonl");
  EXPECT_NE(jsonl.find("\"checked\":\"full\""), std::string::npos);
  EXPECT_EQ(jsonl.find("110105199"), std::string::npos) << "citizens' numbers are masked";
}

TEST_F(SampleSitesTest, ExplainsAFindingById) {
  ASSERT_EQ(Call({"--quiet", "crawl"}).code, 1);
  const Outcome list = Call({"finding", "list", "--json", "--site", "www.yunxi.test"});
  ASSERT_EQ(list.code, 1) << list.err;
  const Result<Node> node = ParseJson(Split(list.out, '\n').front(), "finding list");
  ASSERT_TRUE(node.ok()) << list.out;
  const std::string id = Member(node->Find("findings")->items.at(0), "id");
  ASSERT_FALSE(id.empty());
  const Outcome explained = Call({"explain", id.substr(0, 10)});
  EXPECT_EQ(explained.code, 0) << explained.err;
  EXPECT_NE(explained.out.find("依据"), std::string::npos);
  EXPECT_NE(explained.out.find(id), std::string::npos);
  EXPECT_EQ(Call({"explain", "zzzz"}).code, 2);
}

TEST_F(SampleSitesTest, VerdictNeedsAPersonAndAReasonAndIsKept) {
  ASSERT_EQ(Call({"--quiet", "crawl"}).code, 1);
  const Outcome list = Call({"incident", "list"});
  ASSERT_EQ(list.code, 0) << list.err;
  const std::string id = list.out.substr(0, list.out.find(' '));
  ASSERT_FALSE(id.empty());
  EXPECT_EQ(Call({"incident", "verdict", id, "--verdict", "violation"}).code, 2);
  EXPECT_EQ(Call({"incident", "verdict", id, "--verdict", "violation", "--by", "值班员", "--reason",
                  "已核实无误"})
                .code,
            0);
  const Outcome shown = Call({"incident", "show", id});
  EXPECT_NE(shown.out.find("值班员"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("已核实"), std::string::npos);
}

TEST_F(SampleSitesTest, ASiteIsRemovedWhenItsCasesAreClosedAndItsHistoryStays) {
  ASSERT_EQ(Call({"--quiet", "crawl"}).code, 1);
  const std::string site = "www.yunxi.test";
  const Outcome refused = Call({"site", "remove", site});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("未办结的事件"), std::string::npos) << refused.err;
  const Outcome incidents = Call({"incident", "list"});
  for (const std::string_view line : Split(incidents.out, '\n')) {
    if (line.find(site) == std::string_view::npos) continue;
    const std::string id(line.substr(0, line.find(' ')));
    EXPECT_EQ(Call({"incident", "verdict", id, "--verdict", "violation", "--at-once", "--by",
                    "值班员", "--reason", "已核实无误"})
                  .code,
              0);
    EXPECT_EQ(Call({"site", "remove", site}).code, 2) << "confirmed is not closed";
    EXPECT_EQ(
        Call({"incident", "close", id, "--by", "值班员", "--reason", "网站已经下线并注销登记"})
            .code,
        0);
  }
  EXPECT_EQ(Call({"site", "remove", "--dry-run", site}).code, 0);
  EXPECT_NE(Call({"site", "list"}).out.find(site), std::string::npos);
  EXPECT_EQ(Call({"site", "remove", site}).code, 0);
  EXPECT_EQ(Call({"site", "list"}).out.find(site), std::string::npos);
  EXPECT_EQ(Call({"site", "remove", site}).code, 2) << "it is gone";
  EXPECT_NE(Call({"finding", "list", "--site", site}).out.find(site), std::string::npos);
}

TEST_F(SampleSitesTest, ASiteClaimsNothingThatIsAnothersAlready) {
  const std::string file = directory_.path() + "/second.csv";
  WriteText(file,
            "网站标识,网站或信息系统名称,单位名称,负责人,联系电话,网址或IP\n"
            "another,另一网站,另一单位,某人,0000-0000009,http://www.yunxi.test/\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"site", "import", file}, {"site", "import", "--dry-run", file}}) {
    const Outcome refused = Call(words);
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("“another”与“www.yunxi.test”登记的范围重复"), std::string::npos)
        << refused.err;
  }
  EXPECT_EQ(Call({"site", "list"}).out.find("another"), std::string::npos);
  EXPECT_EQ(Call({"site", "import", "tests/sites/sites.csv"}).code, 0) << "its own rows again";
}

TEST_F(SampleSitesTest, NumbersOfCitizensBearMarksUnderAKeyOfTheInstallation) {
  ASSERT_EQ(Call({"--quiet", "crawl"}).code, 1);
  const Outcome list = Call({"finding", "list", "--site", "www.yunxi.test"});
  std::string shown;
  for (const std::string_view line : Split(list.out, '\n')) {
    if (line.find("notice/202.html") != std::string_view::npos)
      shown = Call({"explain", std::string(line.substr(0, line.find(' ')))}).out;
  }
  EXPECT_NE(shown.find("号码标记 "), std::string::npos) << shown;
  EXPECT_EQ(shown.find("110105199"), std::string::npos) << "and no more than six digits";
  struct stat key;
  ASSERT_EQ(::stat((directory_.path() + "/identifier.key").c_str(), &key), 0);
  EXPECT_EQ(key.st_mode & 0777, 0600u);
}

TEST_F(SampleSitesTest, SeeingAFindingWholeNeedsANameAndAReason) {
  (void)Call({"crawl"});
  const Outcome list = Call({"finding", "list"});
  const std::string id = list.out.substr(0, list.out.find(' '));
  EXPECT_EQ(Call({"finding", "show", id, "--unmasked"}).code, 2);
  EXPECT_EQ(Call({"finding", "show", id, "--unmasked", "--by", "值班员", "--reason", " "}).code, 2);
  EXPECT_EQ(Call({"finding", "show", id}).out.find("未遮盖"), std::string::npos);
  const Outcome whole =
      Call({"finding", "show", id, "--unmasked", "--by", "值班员", "--reason", "通知更正"});
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_NE(whole.out.find("未遮盖："), std::string::npos) << whole.out;
  EXPECT_NE(whole.err.find("已记录：值班员"), std::string::npos);
}

}  // namespace
}  // namespace xuncha
