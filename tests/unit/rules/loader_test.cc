// The loader takes a pack literally or says where and why not.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/loader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/kinds.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kHead =
    "[pack]\nkind = \"gambling\"\nclause = 6\ntitle = \"赌博\"\nbasis = \"责任书 "
    "四（六）\"\n";  // five lines

// A whole rule; `more` begins at line 12.
std::string WithRule(std::string_view more) {
  return fmt::format(
      "{}[[rule]]\nid = \"gambling.test\"\nstrength = \"weak\"\nbecause = \"试验\"\n"
      "examples = [\"筹码兑换\"]\n\n{}",
      kHead, more);
}

LoadReport Load(std::vector<PackSource> sources) {
  LoadReport report;
  const Result<RuleSet> rules = LoadRules(sources, &report);
  EXPECT_EQ(rules.ok(), report.errors.empty());
  return report;
}

TEST(LoaderTest, SaysWhereAndWhatToDo) {
  struct Case {
    std::string_view why;
    std::string text;
    std::string_view want;
  };
  const Case kCases[] = {
      {"a misspelt zone", WithRule("any = [\"筹码兑换\"]\nzones = [\"titel\"]\n"),
       "p.toml:13:10: unknown zone \"titel\"; did you mean \"title\"?"},
      {"a misspelt key", WithRule("any = [\"筹码兑换\"]\nnaer = { any = [\"充值\"] }\n"),
       "p.toml:13:1: unknown key \"naer\" in a rule; did you mean \"near\"?"},
      {"a misspelt key of the pack", std::string(kHead) + "hint = true\n",
       "p.toml:6:1: unknown key \"hint\" in [pack]"},
      {"a misspelt signal", WithRule("signal = [\"hidden-link\"]\nany = [\"筹码兑换\"]\n"),
       "unknown signal \"hidden-link\"; did you mean \"hidden-links\"?"},
      {"a misspelt check", WithRule("check = [\"residentid\"]\n"), "did you mean \"resident-id\"?"},
      {"a misspelt fold", WithRule("any = [\"筹码兑换\"]\nfold = [\"spilt\"]\n"),
       "did you mean \"split\"?"},
      {"a site class that is none", WithRule("any = [\"筹码兑换\"]\nraised = [\"libary\"]\n"),
       "did you mean \"library\"?"},
      {"a near key that only near has",
       WithRule("any = [\"筹码兑换\"]\nunless = { any = [\"打击\"], required = true }\n"),
       "unknown key \"required\" in \"unless\""},
      {"near without words", WithRule("any = [\"筹码兑换\"]\nnear = { within = 40 }\n"),
       "\"near\" names no words"},
      {"a wrong type", WithRule("any = \"筹码兑换\"\n"),
       "p.toml:12:7: \"any\" is string, but must be array"},
      {"a literal twice", WithRule("any = [\"筹码兑换\", \"筹码兑换\"]\n"),
       "stands twice in \"any\""},
      {"a single character", WithRule("any = [\"赌\"]\n"), "is a single character"},
      {"a word for and against",
       WithRule("any = [\"筹码兑换\"]\nunless = { any = [\"筹码兑换\"] }\n"),
       "stands in \"any\" and in \"unless\""},
      {"look-around", WithRule("regex = [\"(?<=赌)场\"]\n"),
       "p.toml:12:10: RE2 refuses the expression"},
      {"an expression that fits nothing", WithRule("regex = [\"(赌场)?\"]\n"),
       "fits the empty string"},
      {"an expression that explodes", WithRule("regex = [\"((赌.{1,500}){1,500}){1,500}\"]\n"),
       "p.toml:12:10: "},
      {"a rule that looks for nothing", WithRule(""), "gambling.test looks for nothing"},
      {"an unknown context", WithRule("any = [\"筹码兑换\"]\nunless = { context = [\"news\"] }\n"),
       "unknown context \"news\""},
      {"a count of nothing", WithRule("any = [\"筹码兑换\"]\ncount = 0\n"),
       "\"count\" is 0, but must be from 1 to 64"},
      {"no clause", "[pack]\nkind = \"gambling\"\ntitle = \"赌博\"\nbasis = \"责任书\"\n",
       "names no clause"},
      {"a clause the letter lacks",
       "[pack]\nkind = \"gambling\"\nclause = 11\ntitle = \"赌博\"\nbasis = \"责任书\"\n",
       "\"clause\" is 11, but must be from 1 to 10"},
      {"a misspelt kind",
       "[pack]\nkind = \"gamling\"\nclause = 6\ntitle = \"赌博\"\nbasis = \"责任书\"\n",
       "p.toml:2:8: unknown kind \"gamling\"; did you mean \"gambling\"?"},
      {"no pack table", "[[rule]]\nid = \"x\"\n", "no [pack] table"},
      {"contexts outside the common pack",
       std::string(kHead) + "[context.news]\nwords = [\"报道\"]\n",
       "contexts belong into the pack of kind \"common\""},
      {"not TOML", "[pack\n", "p.toml:"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const LoadReport report = Load({{"p.toml", c.text}});
    EXPECT_THAT(report.errors, ::testing::Contains(HasSubstr(std::string(c.want))));
  }
}

TEST(LoaderTest, RefusesARuleWithoutItsParts) {
  const std::string bare = std::string(kHead) + "[[rule]]\nany = [\"筹码兑换\"]\n";
  EXPECT_THAT(Load({{"p.toml", bare}}).errors,
              ElementsAre(HasSubstr("a rule needs an id"), HasSubstr("has no strength"),
                          HasSubstr("says no reason"), HasSubstr("has no example")));
}

TEST(LoaderTest, ReportsEveryErrorOfEveryPack) {
  const std::string bad = WithRule("any = [\"筹码兑换\"]\nzones = [\"titel\", \"txt\"]\n");
  const LoadReport report = Load({{"a.toml", bad}, {"b.toml", "[pack\n"}});
  ASSERT_GE(report.errors.size(), 3u);
  EXPECT_THAT(report.errors.front(), StartsWith("a.toml:"));
  EXPECT_THAT(report.errors.back(), StartsWith("b.toml:"));
}

TEST(LoaderTest, RefusesAnIdOfAnotherKindOrTaken) {
  std::string text = WithRule("any = [\"筹码兑换\"]\n");
  text +=
      "[[rule]]\nid = \"porn.test\"\nstrength = \"weak\"\nany = [\"其他\"]\nbecause = "
      "\"b\"\nexamples = [\"其他\"]\n";
  text +=
      "[[rule]]\nid = \"gambling.test\"\nstrength = \"weak\"\nany = [\"另外\"]\nbecause = "
      "\"b\"\nexamples = [\"另外\"]\n";
  EXPECT_THAT(
      Load({{"p.toml", text}}).errors,
      ElementsAre(HasSubstr("must begin with its pack's kind"), HasSubstr("is taken at p.toml:7")));
}

TEST(LoaderTest, RefusesARuleWrittenTwice) {
  const auto second = [](std::string_view more) {
    return WithRule("any = [\"筹码兑换\", \"上分\"]\nzones = [\"title\"]\n") +
           fmt::format(
               "[[rule]]\nid = \"gambling.again\"\nstrength = \"strong\"\nany = [\"上分\", "
               "\"筹码兑换\"]\n"
               "because = \"b\"\nexamples = [\"上分\"]\ncounters = [\"无\"]\n{}",
               more);
  };
  EXPECT_THAT(Load({{"p.toml", second("")}}).errors,
              ElementsAre(HasSubstr("looks for the same as gambling.test")));
  EXPECT_THAT(Load({{"p.toml", second("zones = [\"text\"]\n")}}).errors, IsEmpty())
      << "other zones, another rule";
  EXPECT_THAT(Load({{"p.toml", second("near = { any = [\"充值\"], required = true }\n")}}).errors,
              IsEmpty())
      << "another condition, another rule";
}

TEST(LoaderTest, StrongRuleWithoutCounterIsWarnedOf) {
  std::string text = WithRule("any = [\"筹码兑换\"]\n");
  text.replace(text.find("\"weak\""), 6, "\"strong\"");
  const LoadReport report = Load({{"p.toml", text}});
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("has no counter")));
}

TEST(LoaderTest, EqualPatternsOfManyRulesAreOneEntry) {
  const std::string common =
      "[pack]\nkind = \"common\"\n[context.reporting]\nwords = [\"打击\", \"抓获\"]\n";
  std::string text = WithRule(
      "any = [\"筹码兑换\"]\nunless = { within = 60, any = [\"打击\"], context = [\"reporting\"] "
      "}\n");
  text +=
      "[[rule]]\nid = \"gambling.two\"\nstrength = \"weak\"\nany = [\"筹码兑换\", \"上分\"]\nzones "
      "= [\"anchor\"]\n"
      "fold = [\"homophone\"]\nbecause = \"b\"\nexamples = [\"上分\"]\n";
  LoadReport report;
  const std::vector<PackSource> sources = {{"p.toml", text}, {"common.toml", common}};
  const Result<RuleSet> rules = LoadRules(sources, &report);
  ASSERT_TRUE(rules.ok()) << rules.error().text;
  ASSERT_EQ(rules->patterns.size(), 4u);  // 筹码兑换 打击 抓获 上分
  const Pattern& shared = rules->patterns[0];
  EXPECT_EQ(shared.text, "筹码兑换");
  EXPECT_EQ(shared.uses.size(), 2u);
  EXPECT_TRUE(shared.channels & ChannelBit(Channel::kHomophone));
  EXPECT_TRUE(shared.zones & ZoneBit(ZoneKind::kTitle));
  EXPECT_EQ(rules->rules[0].unless_within, 60u);
  EXPECT_TRUE(rules->rules[0].has_unless);
  const Pattern& anchored = rules->patterns[3];
  EXPECT_EQ(anchored.text, "上分");
  EXPECT_TRUE(anchored.zones & ZoneBit(ZoneKind::kText)) << "link words stand in text zones";
}

TEST(LoaderTest, DigestFollowsMeaningNotLayout) {
  const auto digest = [](const std::string& text) {
    LoadReport report;
    const std::vector<PackSource> sources = {{"p.toml", text}};
    const Result<RuleSet> rules = LoadRules(sources, &report);
    EXPECT_TRUE(rules.ok());
    return rules->digest;
  };
  const std::string text = WithRule("any = [\"筹码兑换\"]\n");
  EXPECT_EQ(digest(text), digest("# a comment\n\n" + text));
  EXPECT_NE(digest(text), digest(WithRule("any = [\"筹码兑现\"]\n")));
}

TEST(LoaderTest, SurvivesAPackCutAnywhere) {
  const std::string whole = WithRule(
      "any = [\"筹码兑换\"]\nregex = [\"筹.{0,3}码\"]\nunless = { within = 60, any = [\"打击\"] "
      "}\n");
  for (size_t size = 0; size < whole.size(); ++size) {
    LoadReport report;
    const std::vector<PackSource> sources = {{"p.toml", whole.substr(0, size)}};
    const Result<RuleSet> rules = LoadRules(sources, &report);
    EXPECT_EQ(rules.ok(), report.errors.empty()) << size;
    for (const std::string& error : report.errors)
      EXPECT_THAT(error, StartsWith("p.toml:")) << size;
  }
}

TEST(KindsTest, EveryClauseOfTheLetterHasAKind) {
  for (int clause = 1; clause <= kClauses; ++clause) {
    bool served = false;
    for (const KindInfo& kind : Kinds()) served = served || kind.clause == clause;
    EXPECT_TRUE(served) << clause;
  }
  EXPECT_EQ(FindKind("none"), nullptr);
}

}  // namespace
}  // namespace xuncha
