// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "app/commands.h"

namespace xuncha {
namespace {

Parsed Line(std::vector<std::string> words) {
  std::vector<const char*> argv = {"xuncha"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return Parse(Commands(), static_cast<int>(argv.size()), argv.data());
}

TEST(CommandLine, ReadsCommandsOfTwoWords) {
  const Parsed parsed = Line({"--data", "d", "site", "import", "--dry-run", "a.csv"});
  ASSERT_NE(parsed.command, nullptr) << parsed.text;
  EXPECT_EQ(parsed.command->path, "site import");
  EXPECT_EQ(parsed.arguments.positional, std::vector<std::string>{"a.csv"});
  EXPECT_EQ(parsed.arguments.Get("--data"), "d");
  EXPECT_TRUE(parsed.arguments.Has("--dry-run"));
  EXPECT_FALSE(parsed.arguments.Has("--quiet"));
}

TEST(CommandLine, RepeatedOptionsAreKeptInOrder) {
  const Parsed parsed = Line({"crawl", "--site", "a", "--site=b"});
  ASSERT_NE(parsed.command, nullptr) << parsed.text;
  EXPECT_EQ(parsed.arguments.All("--site"), (std::vector<std::string>{"a", "b"}));
}

TEST(CommandLine, MistakesSayWhatWasMeant) {
  struct Case {
    std::string_view why;
    std::vector<std::string> words;
    std::string_view want;
  };
  const Case cases[] = {
      {"a command misspelt", {"crawll"}, "crawl"},
      {"a second word misspelt", {"site", "imprt", "x"}, "site import"},
      {"a group without its second word", {"rules"}, "“rules”后面要写命令：check"},
      {"a group of a group", {"store", "chain"}, "“store chain”后面要写命令：show"},
      {"a third word misspelt", {"store", "chain", "shw"}, "是否指“store chain show”"},
      {"a group misspelt", {"sit", "list"}, "是否指“site”"},
      {"a common option misspelt", {"--dta", "x", "crawl"}, "是否指“--data”"},
      {"a common option without its value", {"--data"}, "--data 后面要写值"},
      {"a switch with a value", {"crawl", "--json=x"}, "开关不带值"},
      {"an option misspelt", {"crawl", "--sites", "a"}, "--site"},
      {"a missing argument", {"site", "import"}, "FILE.csv"},
      {"an argument too many", {"crawl", "what"}, "what"},
      {"an option without its value", {"crawl", "--pages"}, "--pages"},
  };
  for (const auto& [why, words, want] : cases) {
    SCOPED_TRACE(why);
    const Parsed parsed = Line(words);
    EXPECT_EQ(parsed.command, nullptr);
    EXPECT_EQ(parsed.code, 2);
    EXPECT_NE(parsed.text.find(want), std::string::npos) << parsed.text;
  }
}

TEST(CommandLine, ControlCharactersOfAMistakeAreNotEchoed) {
  const Parsed parsed = Line({"crawl\x1b[31m"});
  EXPECT_EQ(parsed.text.find('\x1b'), std::string::npos);
}

TEST(CommandLine, HelpBeginsWithExamplesAndNamesEveryCommand) {
  const Parsed parsed = Line({"--help"});
  EXPECT_EQ(parsed.code, 0);
  for (const CommandSpec& command : Commands()) {
    EXPECT_NE(parsed.text.find(command.path), std::string::npos) << command.path;
  }
  EXPECT_LT(parsed.text.find("例"), parsed.text.find("命令："));
  const Parsed one = Line({"crawl", "--help"});
  EXPECT_EQ(one.code, 0);
  EXPECT_LT(one.text.find("例"), one.text.find("用法"));
}

TEST(CommandLine, HelpIsWhereItIsAskedFor) {
  struct Case {
    std::string_view why;
    std::vector<std::string> words;
    std::string_view want;
  };
  const Case cases[] = {
      {"of a group", {"site", "--help"}, "site import FILE.csv"},
      {"of a group of a group", {"store", "chain", "-h"}, "store chain prove [N]"},
      {"of a command, the other way round", {"help", "crawl"}, "用法：xuncha crawl"},
      {"of a group, the other way round", {"help", "rules"}, "rules check [DIR]"},
      {"behind a common option", {"--data", "d", "crawl", "--help"}, "用法：xuncha crawl"},
  };
  for (const auto& [why, words, want] : cases) {
    SCOPED_TRACE(why);
    const Parsed parsed = Line(words);
    EXPECT_EQ(parsed.command, nullptr);
    EXPECT_EQ(parsed.code, 0);
    EXPECT_NE(parsed.text.find(want), std::string::npos) << parsed.text;
  }
}

TEST(CommandLine, TheTableIsWhole) {
  std::set<std::string_view> paths;
  for (const CommandSpec& command : Commands()) {
    SCOPED_TRACE(std::string(command.path));
    EXPECT_TRUE(paths.insert(command.path).second) << "twice";
    EXPECT_FALSE(command.help.empty());
    EXPECT_FALSE(command.examples.empty());
    EXPECT_NE(command.run, nullptr);
    for (const std::string_view example : command.examples) {
      EXPECT_NE(example.find(command.path), std::string_view::npos) << example;
    }
  }
}

}  // namespace
}  // namespace xuncha
