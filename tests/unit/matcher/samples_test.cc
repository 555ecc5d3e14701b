// Samples as tests of their rules, and those of the built-in packs.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> CheckPack(std::string_view rule) {
  const std::string pack =
      "[pack]\nkind = \"gambling\"\nclause = 6\ntitle = \"赌博\"\nbasis = \"责任书 四（六）\"\n\n" +
      std::string(rule);
  const PackSource source{"t.toml", pack};
  LoadReport report;
  Result<RuleSet> rules = LoadRules(std::span(&source, 1), &report);
  EXPECT_TRUE(rules.ok()) << (rules.ok() ? "" : rules.error().text);
  if (!rules.ok()) return {"does not load"};
  auto matcher = Matcher::Build(*rules, {});
  EXPECT_TRUE(matcher.ok());
  return CheckSamples(*rules, **matcher, Judge(*rules));
}

TEST(SamplesTest, ASampleThatFailsSaysWhatWasFoundInstead) {
  constexpr std::string_view kRule = R"([[rule]]
id = "gambling.t"
strength = "strong"
zones = ["title", "text"]
any = ["真人视讯下注"]
unless = { within = 60, any = ["警方"] }
because = "测试"
)";
  EXPECT_THAT(
      CheckPack(std::string(kRule) + "examples = [\"真人视讯下注\", \"真人.视讯.下注\"]\ncounters "
                                     "= [\"警方打击真人视讯下注平台\"]\n"),
      IsEmpty());
  EXPECT_THAT(
      CheckPack(std::string(kRule) + "examples = [\"真人下注\"]\ncounters = [\"真人视讯下注\"]\n"),
      ElementsAre(AllOf(HasSubstr("t.toml:14:13: 规则 gambling.t：样例 examples 没有命中"),
                        HasSubstr("没有找到规则的任何词条；样例里须有其中之一：真人视讯下注")),
                  AllOf(HasSubstr("t.toml:15:13: 规则 gambling.t：反例 counters 却命中了"),
                        HasSubstr("命中“真人视讯下注”（词条 真人视讯下注，"),
                        HasSubstr("没有排除的词在旁；unless 里有：警方"))));
}

TEST(SamplesTest, EachWayToMissIsNamed) {
  struct Case {
    std::string_view why, keys, example, says;
  };
  constexpr Case kCases[] = {
      {"dismissed", "unless = { within = 60, any = [\"警方\"] }", "警方通报真人视讯下注",
       "被 2 字外的“警方”排除（unless 限 60 字以内）"},
      {"without what it needs near", "near = { within = 4, any = [\"充值\"], required = true }",
       "真人视讯下注，还是老地方", "没有必需的词（near；一个也没找到）：充值"},
      {"read in a way nobody asked for", "", "注下讯视人真", "没有找到规则的任何词条"},
      {"in too few places", "count = 3", "真人视讯下注", "只有 1 处，规则要求至少 3 处"},
      {"one of all is absent", "all = [\"荷官\", \"筹码\"]", "真人视讯下注，荷官",
       "但缺少同一区域里的：筹码（all）"},
  };
  for (const auto& [why, keys, example, says] : kCases) {
    SCOPED_TRACE(why);
    const std::vector<std::string> failing =
        CheckPack("[[rule]]\nid = \"gambling.t\"\nstrength = \"weak\"\nany = [\"真人视讯下注\"]\n" +
                  std::string(keys) + "\nbecause = \"测试\"\nexamples = [\"" +
                  std::string(example) + "\"]\n");
    ASSERT_EQ(failing.size(), 1u);
    EXPECT_THAT(failing[0], HasSubstr(std::string(says)));
  }
}

TEST(SamplesTest, TheBuiltInPacksHold) {
  LoadReport report;
  const std::vector<PackSource> packs = BuiltinPacks();
  Result<RuleSet> rules = LoadRules(packs, &report);
  ASSERT_TRUE(rules.ok()) << rules.error().text;
  auto matcher = Matcher::Build(*rules, {});
  ASSERT_TRUE(matcher.ok()) << matcher.error().text;
  EXPECT_EQ(Join(CheckSamples(*rules, **matcher, Judge(*rules)), "\n"), "");
}

}  // namespace
}  // namespace xuncha
