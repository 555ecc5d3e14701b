// Importing a word list.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/charset.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;

ListOptions Options(std::string name, std::string kind, int clause) {
  ListOptions options;
  options.name = std::move(name);
  options.title = "本校词表";
  options.kind = std::move(kind);
  options.clause = clause;
  options.source = "词表.txt";
  return options;
}
const ListOptions kOptions = Options("list-1", "custom", 5);

// What the matcher would make of it, as far as these cases go.
std::string WithoutSigns(std::string_view word) {
  std::string out = AsciiLower(word);
  for (const std::string_view sign : {"*", "！"}) {
    for (size_t at = out.find(sign); at != out.npos; at = out.find(sign))
      out.erase(at, sign.size());
  }
  return out;
}

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
      {"a word of every day comes with its figure", "高考", "每万条无违规新闻标题中 168 条"},
      {"signs alone", "！！", "只有符号"},
      {"one character in disguise", "赌*", "只有一个字符"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    ListOptions options = kOptions;
    options.read = WithoutSigns;
    const Result<ImportedList> list =
        ImportList("测试词条\n" + std::string(c.line) + "\n", options);
    ASSERT_TRUE(list.ok());
    if (c.left_out.empty()) {
      EXPECT_TRUE(list->left_out.empty());
      EXPECT_EQ(list->taken.size(), 2u);
    } else {
      ASSERT_EQ(list->left_out.size(), 1u);
      EXPECT_EQ(list->left_out[0].line, 2u);
      EXPECT_THAT(list->left_out[0].why, HasSubstr(std::string(c.left_out)));
      EXPECT_THAT(list->pack, ::testing::Not(HasSubstr(std::string(c.line))));
    }
  }
}

TEST(ListsTest, WordsTheMatcherReadsAlikeAreOne) {
  ListOptions options = kOptions;
  options.read = [](std::string_view word) {
    return std::string(word == "籌碼兌換" ? "筹码兑换" : word);
  };
  const Result<ImportedList> list = ImportList("筹码兑换\n\t籌碼兌換\n", options);
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->left_out.size(), 1u);
  EXPECT_EQ(list->left_out[0].column, 2u);
  EXPECT_EQ(list->left_out[0].why, "与第 1 行重复");
}

TEST(ListsTest, WhatFloodsTheOfficersOwnTextIsLeftOutUnlessAskedFor) {
  ListOptions options = kOptions;
  options.measured["上分"] = {2, 100};
  options.measured["下分"] = {1, 100};
  Result<ImportedList> list = ImportList("上分\n下分\n考试\n", options);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->taken.size(), 1u);
  EXPECT_THAT(list->left_out[0].why, HasSubstr("每千篇 20.0"));
  options.frequent = FrequentWords::kTake;
  list = ImportList("上分\n下分\n考试\n赌\n", options);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->taken.size(), 3u);  // a single character is never taken
}

TEST(ListsTest, ThePackRemembersWhereItCameFromAndTheLawDoesNot) {
  ListOptions options = kOptions;
  options.imported = "2026-11-22T09:00:00+08:00";
  const Result<ImportedList> first = ImportList("筹码兑换\n", options);
  options.imported = "2026-11-23T09:00:00+08:00";
  const Result<ImportedList> again = ImportList("筹码兑换\n", options);
  ASSERT_TRUE(first.ok() && again.ok());
  const Result<ListRecord> record = ReadListRecord(again->pack, "list-1.toml");
  ASSERT_TRUE(record.ok()) << record.error().text;
  EXPECT_EQ(record->name, "list-1");
  EXPECT_EQ(record->source, "词表.txt");
  EXPECT_EQ(record->digest, Sha256("筹码兑换\n").hex());
  EXPECT_EQ(record->imported, options.imported);
  EXPECT_THAT(record->words, ::testing::ElementsAre("筹码兑换"));
  const auto digest = [](const std::string& pack) {
    LoadReport report;
    const std::vector<PackSource> sources = {{"list-1.toml", pack}};
    return LoadRules(sources, &report)->digest;
  };
  EXPECT_EQ(digest(first->pack), digest(again->pack));
  EXPECT_FALSE(ReadListRecord("[pack]\nkind = \"custom\"\n", "x.toml").ok());
}

TEST(ListsTest, SaysWhichLineIsRepeated) {
  const Result<ImportedList> list =
      ImportList("Casino\r\n# comment\r\n筹码兑换\r\ncasino\r\n", kOptions);
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->left_out.size(), 1u);
  EXPECT_EQ(list->left_out[0].why, "与第 1 行重复");
}

TEST(ListsTest, ReadsTheCharsetsSuchListsComeIn) {
  for (const std::string& bytes :
       {std::string("筹码兑换\n"), EncodeFromUtf8("筹码兑换\n", Charset::kGb18030),
        std::string("\xef\xbb\xbf筹码兑换\n")}) {
    const Result<ImportedList> list = ImportList(bytes, kOptions);
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list->taken[0].text, "筹码兑换");
  }
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
  EXPECT_FALSE(ImportList("筹码兑换\n", Options("List 1", "custom", 5)).ok());
  EXPECT_FALSE(ImportList("筹码兑换\n", Options("l", "gamble", 5)).ok());
  EXPECT_FALSE(ImportList("筹码兑换\n", Options("l", "custom", 0)).ok());
  EXPECT_FALSE(ImportList("# nothing\n", kOptions).ok());
  EXPECT_EQ(ImportList(std::string(limits::kPackBytesMax + 1, 'a'), kOptions).error().code,
            Code::kLimit);
}

}  // namespace
}  // namespace xuncha
