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
      ElementsAre(AllOf(HasSubstr("t.toml:14: rule gambling.t: example does not fire"),
                        HasSubstr("found: nothing")),
                  AllOf(HasSubstr("t.toml:15: rule gambling.t: counter fires"),
                        HasSubstr("真人视讯下注 (plain)"))));
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
