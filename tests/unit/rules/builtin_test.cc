// What is built into the program loads.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/embedded.h"
#include "rules/judge.h"
#include "rules/judgement.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;

TEST(BuiltinTest, PacksLoad) {
  LoadReport report;
  const std::vector<PackSource> packs = BuiltinPacks();
  const Result<RuleSet> rules = LoadRules(packs, &report);
  ASSERT_TRUE(rules.ok()) << rules.error().text;
  EXPECT_EQ(rules->packs.empty(), packs.empty());
}

TEST(BuiltinTest, IdentifierBarsAreOrdered) {
  for (const IdentifierBar& bar : BuiltinJudgement().identifiers) {
    EXPECT_LE(bar.low, bar.medium) << bar.check;
    EXPECT_LE(bar.medium, bar.high) << bar.check;
  }
}

TEST(BuiltinTest, ACleanPageIsNotTouched) {
  const RuleSet rules;
  const Judge judge(rules);
  Page page;
  page.findings.emplace_back();
  judge.Decide(page);
  EXPECT_TRUE(page.findings.empty()) << "nothing of an earlier judgement stays";
}

TEST(JudgementTest, RefusesWhatItDoesNotKnow) {
  const Result<Judgement> read = ReadJudgement("[words]\nweak_togther = 3\n", "j.toml");
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().text, HasSubstr("j.toml:2:1: unknown key \"weak_togther\""));
  EXPECT_THAT(read.error().text, HasSubstr("\"weak_together\" is missing"));
  EXPECT_THAT(read.error().text, HasSubstr("\"score\" is missing"));
}

}  // namespace
}  // namespace xuncha
