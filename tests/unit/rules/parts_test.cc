// Composed rules: words of several parts that stand together.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/judge.h"
#include "rules/loader.h"
#include "tests/unit/rules/page_builder.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kCommon = R"(
[pack]
kind = "common"
[context.news]
words = ["查获", "通报"]
[list.reach]
words = ["加微信", "私聊"]
)";

constexpr std::string_view kHead = R"([pack]
kind = "gambling"
clause = 6
title = "赌博"
basis = "责任书 四（六）"
[list.game]
words = ["筹码", "庄家"]
[[rule]]
id = "gambling.offer"
strength = "strong"
because = "招揽"
examples = ["筹码兑换"]
counters = ["筹码"]
)";

constexpr std::string_view kParts = R"(
parts = [
  { name = "何物", list = ["game"] },
  { name = "何事", any = ["兑换", "收购", "兑换筹码"] },
  { name = "联系", list = ["reach"] },
]
parts_min = 2
within = 6
unless = { within = 20, context = ["news"] }
)";

LoadReport Load(std::string_view rule, RuleSet* rules = nullptr) {
  LoadReport report;
  Result<RuleSet> loaded =
      LoadRules(std::vector<PackSource>{{"common.toml", std::string(kCommon)},
                                        {"p.toml", std::string(kHead) + std::string(rule)}},
                &report);
  if (rules != nullptr && loaded.ok()) *rules = std::move(*loaded);
  return report;
}

TEST(PartsTest, FiresWhereEnoughPartsStandTogether) {
  RuleSet rules;
  ASSERT_THAT(Load(kParts, &rules).errors, IsEmpty());
  const Judge judge(rules);
  const std::string far(30, '.');
  struct Case {
    std::string_view why, text, want;
  };
  const Case kCases[] = {
      {"one part", "筹码一枚", ""},
      {"two words of one part", "筹码归庄家", ""},
      {"two parts", "兑换各种筹码", "low"},
      {"three parts: more than needed", "兑换各种筹码，私聊", "medium"},
      {"the first part is not optional", "兑换，私聊", ""},
      {"a word inside the first part's place is no second part", "兑换筹码", "low"},
      {"context undoes what has no more than it needs", "通报：兑换筹码", ""},
      {"one lone context word does not undo a whole offer", "兑换筹码，私聊，不怕通报", "medium"},
      {"two different ones do", "查获通报：兑换筹码，私聊", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    Page page = PageBuilder().Text(std::string(c.text) + far + far).Build(rules);
    judge.Decide(page);
    ASSERT_LE(page.findings.size(), 1u);
    EXPECT_EQ(page.findings.empty() ? "" : SeverityName(page.findings[0].severity), c.want);
  }
}

TEST(PartsTest, DistanceCountsInLongTextAndNotInATitle) {
  RuleSet rules;
  ASSERT_THAT(Load(kParts, &rules).errors, IsEmpty());
  const Judge judge(rules);
  const std::string apart = "筹码，本店另有多种，均可当面兑换";
  Page title = PageBuilder().Title(apart).Build(rules);
  judge.Decide(title);
  EXPECT_EQ(title.findings.size(), 1u);
  Page text = PageBuilder().Text(apart + std::string(90, '.')).Build(rules);
  judge.Decide(text);
  EXPECT_TRUE(text.findings.empty());
}

TEST(PartsTest, ARequiredPartMustBeAmongThem) {
  RuleSet rules;
  std::string text(kParts);
  text.replace(text.find("any = [\"兑换\""), 0, "required = true, ");
  ASSERT_THAT(Load(text, &rules).errors, IsEmpty());
  const Judge judge(rules);
  Page without = PageBuilder().Text("筹码，私聊" + std::string(90, '.')).Build(rules);
  judge.Decide(without);
  EXPECT_TRUE(without.findings.empty());
  Page with = PageBuilder().Text("筹码，兑换" + std::string(90, '.')).Build(rules);
  judge.Decide(with);
  EXPECT_EQ(with.findings.size(), 1u);
}

TEST(PartsTest, TheOfficerReadsEachPartFound) {
  RuleSet rules;
  ASSERT_THAT(Load(kParts, &rules).errors, IsEmpty());
  Page page = PageBuilder().Text("兑换各种筹码，私聊").Build(rules);
  Judge(rules).Decide(page);
  ASSERT_EQ(page.findings.size(), 1u);
  EXPECT_EQ(page.findings[0].evidence[0].detail,
            "何物 + 何事：兑换（距 2 字） + 联系：私聊（距 1 字）");
}

TEST(PartsTest, LoaderSaysWhereAndWhatToDo) {
  const std::string two =
      R"(parts = [{ name = "甲", any = ["筹码"] }, { name = "乙", any = ["兑换"] }])";
  struct Case {
    std::string_view why;
    std::string rule;
    std::string_view want;
  };
  const Case kCases[] = {
      {"a list nobody wrote",
       "within = 6\nparts = [{ name = \"甲\", list = [\"gamme\"] }, { name = \"乙\", any = "
       "[\"兑换\"] }]\n",
       "p.toml:15:32: unknown context \"gamme\"; did you mean \"game\"?"},
      {"a misspelt key of a part",
       "within = 6\nparts = [{ name = \"甲\", anny = [\"筹码\"] }, { name = \"乙\", any = "
       "[\"兑换\"] }]\n",
       "unknown key \"anny\" in a part; did you mean \"any\"?"},
      {"a part without a name",
       "within = 6\nparts = [{ any = [\"筹码\"] }, { name = \"乙\", any = "
       "[\"兑换\"] }]\n",
       "a part has no name"},
      {"a part without words",
       "within = 6\nparts = [{ name = \"甲\" }, { name = \"乙\", any = "
       "[\"兑换\"] }]\n",
       "the part \"甲\" names no words; add any, regex or list"},
      {"a single character",
       "within = 6\nparts = [{ name = \"甲\", any = [\"赌\"] }, { name = "
       "\"乙\", any = [\"兑换\"] }]\n",
       "is a single character"},
      {"a part that is no table", "within = 6\nparts = [\"筹码\", \"兑换\"]\n",
       "p.toml:15:10: a part must be a table"},
      {"one part", "within = 6\nparts = [{ name = \"甲\", any = [\"筹码\"] }]\n",
       "has 1 parts, but must have from 2 to 6"},
      {"more parts than there are", "within = 6\nparts_min = 3\n" + two + "\n",
       "\"parts_min\" is 3, but must be from 2 to 2"},
      {"no distance", two + "\n", "does not say how near its parts must stand; write within"},
      {"words beside parts", "within = 6\nany = [\"庄家\"]\n" + two + "\n",
       "p.toml:15:1: gambling.offer has parts, so its \"any\" would stand beside them"},
      {"a distance without parts", "within = 6\nany = [\"庄家\"]\n",
       "\"within\" belongs to a rule with parts"},
      {"an expression RE2 refuses",
       "within = 6\nparts = [{ name = \"甲\", regex = [\"(?<=赌)场\"] }, { name = \"乙\", any = "
       "[\"兑换\"] }]\n",
       "RE2 refuses the expression"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Load(c.rule).errors, Contains(HasSubstr(std::string(c.want))));
  }
}

TEST(PartsTest, AListThatNoRuleNamesIsWarnedOf) {
  EXPECT_THAT(Load("any = [\"筹码兑换\"]\n").warnings,
              Contains(HasSubstr("no rule names the list \"game\"")));
}

}  // namespace
}  // namespace xuncha
