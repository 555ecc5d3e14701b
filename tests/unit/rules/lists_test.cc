// Importing a word list.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/charset.h"
#include "base/limits.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;

const ListOptions kOptions{"list-1", "本校词表", "custom", 5};

TEST(ListsTest, LeavesOutWhatWouldBeFoundEverywhere) {
  struct Case {
    std::string_view why, line, left_out;
  };
  constexpr Case kCases[] = {
      {"an ordinary entry", "筹码兑换", ""},
      {"a first column", "筹码兑换,二级,2024", ""},
      {"a quoted first column", "\"筹码,\"\"兑换\"\"\",x", ""},
      {"a single character", "赌", "只有一个字符"},
      {"digits", "12345", "纯数字"},
      {"two letters", "sm", "两个字母"},
      {"a college's own word", "毕业证", "日常用词"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const Result<ImportedList> list =
        ImportList("测试词条\n" + std::string(c.line) + "\n", kOptions);
    ASSERT_TRUE(list.ok());
    if (c.left_out.empty()) {
      EXPECT_TRUE(list->left_out.empty());
      EXPECT_EQ(list->words, 2u);
    } else {
      ASSERT_EQ(list->left_out.size(), 1u);
      EXPECT_EQ(list->left_out[0].line, 2u);
      EXPECT_THAT(list->left_out[0].why, HasSubstr(std::string(c.left_out)));
      EXPECT_THAT(list->pack, ::testing::Not(HasSubstr(std::string(c.line))));
    }
  }
}

TEST(ListsTest, SaysWhichLineIsRepeated) {
  const Result<ImportedList> list =
      ImportList("Casino\r\n# comment\r\n筹码兑换\r\ncasino\r\n", kOptions);
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->left_out.size(), 1u);
  EXPECT_EQ(list->left_out[0].why, "与第 1 行重复");
}

TEST(ListsTest, ReadsTheCharsetsSuchListsComeIn) {
  const std::string want = ImportList("筹码兑换\n", kOptions)->pack;
  EXPECT_EQ(ImportList(EncodeFromUtf8("筹码兑换\n", Charset::kGb18030), kOptions)->pack, want);
  EXPECT_EQ(ImportList("\xef\xbb\xbf筹码兑换\n", kOptions)->pack, want);
}

TEST(ListsTest, ThePackLoadsAndOnlyHints) {
  const Result<ImportedList> list = ImportList("筹码\"兑换\\\n上分\t下分\n", kOptions);
  ASSERT_TRUE(list.ok());
  LoadReport report;
  const std::vector<PackSource> sources = {{"list.toml", list->pack}};
  const Result<RuleSet> rules = LoadRules(sources, &report);
  ASSERT_TRUE(rules.ok()) << rules.error().text;
  EXPECT_TRUE(rules->packs[0].hint_only);
  EXPECT_EQ(rules->packs[0].clause, 5);
  EXPECT_EQ(rules->patterns[0].text, "筹码\"兑换\\");
  EXPECT_EQ(rules->patterns[1].text, "上分");
}

TEST(ListsTest, RefusesWhatItCannotName) {
  EXPECT_FALSE(ImportList("筹码兑换\n", {"List 1", "x", "custom", 5}).ok());
  EXPECT_FALSE(ImportList("筹码兑换\n", {"l", "x", "gamble", 5}).ok());
  EXPECT_FALSE(ImportList("筹码兑换\n", {"l", "x", "custom", 0}).ok());
  EXPECT_FALSE(ImportList("# nothing\n", kOptions).ok());
  EXPECT_EQ(ImportList(std::string(limits::kPackBytesMax + 1, 'a'), kOptions).error().code,
            Code::kLimit);
}

}  // namespace
}  // namespace xuncha
