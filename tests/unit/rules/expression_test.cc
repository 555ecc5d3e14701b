// What an officer may write as an expression, and what would cost every page.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace xuncha {
namespace {

using ::testing::HasSubstr;

TEST(ExpressionTest, RefusesWhatWouldCostEveryPageAndSaysWhy) {
  struct Case {
    std::string_view why, expression, says;
  };
  constexpr Case kCases[] = {
      {"everything", ".*", "fits the empty string"},
      {"everything but nothing", ".+", "ordinary text"},
      {"everything, over lines", "(?s).+", "ordinary text"},
      {"any character", ".", "ordinary text"},
      {"any two Han", "\\p{Han}{2}", "ordinary text"},
      {"any range of Han", "[一-龥]+", "ordinary text"},
      {"any word", "\\w+", "ordinary text"},
      {"any number", "\\d{4,}", "ordinary text"},
      {"any address", "https?://[a-z.]*", ""},
      {"what is not a sign", "[^,]+", "ordinary text"},
      {"optional in every part", "(赌)?(博)?", "fits the empty string"},
      {"an empty branch", "赌博|", "fits the empty string"},
      {"nested counts", "((a{100}){100}){100}", "RE2 refuses"},
      {"nested counts beyond RE2's bound", "(?:赌.{1,500}){1,500}", "RE2 refuses"},
      {"a count of a class of many ranges", "赌博[\\p{L}\\p{N}]{1,900}", "too large"},
      {"a long window", "赌博(?s:.){1,1000}下注", "instructions"},
      {"states that double with each step", "[ab][^x]{300}c", "instructions"},
      {"a large one without a word", "[甲乙丙][^。]{0,150}[丁戊己]", "names no word"},
      {"many branches of one character", "甲\\p{Han}{9}|乙\\p{Han}{9}|丙\\p{Han}{9}",
       "names no word"},
      {"back-reference", "(赌)\\1", "RE2 refuses"},
      {"look-ahead", "赌(?=博)", "RE2 refuses"},
      {"a bracket left open", "赌[博", "RE2 refuses"},
      {"a repeat of nothing", "*赌博", "RE2 refuses"},
  };
  for (const auto& [why, expression, says] : kCases) {
    SCOPED_TRACE(why);
    const Status checked = CheckExpression(expression);
    if (says.empty()) {  // it names a word: "http"
      EXPECT_TRUE(checked.ok()) << checked.error().text;
      continue;
    }
    ASSERT_FALSE(checked.ok());
    EXPECT_THAT(checked.error().text, HasSubstr(std::string(says)));
    EXPECT_THAT(checked.error().text, HasSubstr(";")) << "what to do about it";
  }
}

TEST(ExpressionTest, TakesWhatNamesAWordOrARareShape) {
  constexpr std::string_view kTaken[] = {
      "送\\d{2,5}元?(?:彩金|体验金)",
      "加(微信|v信)[：:]?[a-z][a-z0-9_-]{5,}",
      "(?:教你|包教)[^\\s。！？]{0,12}(?:盗刷|撬锁)",
      "★{2,}",
      "q{3}-\\d+",
  };
  for (const std::string_view expression : kTaken) {
    SCOPED_TRACE(expression);
    const Status checked = CheckExpression(expression);
    EXPECT_TRUE(checked.ok()) << checked.error().text;
  }
}

}  // namespace
}  // namespace xuncha
