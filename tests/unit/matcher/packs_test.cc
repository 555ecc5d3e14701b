// The built-in packs, read as a program would read them: they load, their
// samples hold, and sentences of an innocent campus give nothing above a hint.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "matcher/matcher.h"
#include "matcher/samples.h"
#include "rules/judge.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

constexpr size_t kSentenceBytesMax = 1 << 20;  // the file is a few tens of kilobytes

// Compiled once for all cases: it is the slow part.
struct Law {
  RuleSet rules;
  std::unique_ptr<Matcher> matcher;
  std::unique_ptr<Judge> judge;
};

class PacksTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    LoadReport report;
    Result<RuleSet> rules = LoadRules(BuiltinPacks(), &report);
    ASSERT_TRUE(rules.ok()) << Join(report.errors, "\n");
    law_ = std::make_unique<Law>();
    law_->rules = std::move(*rules);
    Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(law_->rules, {});
    ASSERT_TRUE(matcher.ok()) << matcher.error().text;
    law_->matcher = std::move(*matcher);
    law_->judge = std::make_unique<Judge>(law_->rules);
  }
  static void TearDownTestSuite() { law_.reset(); }

  void SetUp() override { ASSERT_NE(law_, nullptr) << "the packs did not load"; }

  // What is found above a hint, as "kind severity [words] rule; ...".
  static std::string Read(std::string_view text, ZoneKind zone) {
    Result<Matcher::Scratch> scratch = law_->matcher->NewScratch();
    CHECK(scratch.ok());
    Page page = PageOfText(text, zone);
    law_->matcher->Match(page, *scratch);
    law_->judge->Decide(page);
    std::string out;
    for (const Finding& finding : page.findings) {
      if (finding.severity == Severity::kHint) continue;
      out += fmt::format("{} {}", finding.kind, SeverityName(finding.severity));
      for (const Evidence& evidence : finding.evidence)
        out += fmt::format(" [{}] {}", evidence.found, evidence.rule);
      out += "; ";
    }
    return out;
  }

  static std::unique_ptr<Law> law_;
};
std::unique_ptr<Law> PacksTest::law_;

TEST_F(PacksTest, SamplesHold) {
  EXPECT_EQ(Join(CheckSamples(law_->rules, *law_->matcher, *law_->judge), "\n"), "");
}

TEST_F(PacksTest, EveryKindOfTheLetterHasAPack) {
  std::set<std::string> kinds;
  std::set<int> clauses;
  for (const Pack& pack : law_->rules.packs) {
    kinds.insert(pack.kind);
    clauses.insert(pack.clause);
  }
  EXPECT_EQ(kinds.size(), 24u);
  EXPECT_EQ(clauses, (std::set<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(PacksTest, StrongRulesSayWhatSpeaksAgainstThem) {
  for (const Rule& rule : law_->rules.rules) {
    if (!rule.has_patterns) continue;  // structure has no sentence to be innocent
    EXPECT_GE(rule.examples.size(), 2u) << rule.id;
    EXPECT_GE(rule.counters.size(), 2u) << rule.id;
  }
}

TEST_F(PacksTest, InnocentSentencesGiveNoMoreThanAHint) {
  Result<std::string> file = ReadFile("tests/golden/clean_sentences.txt", kSentenceBytesMax);
  ASSERT_TRUE(file.ok()) << file.error().text;
  int read = 0;
  for (std::string_view line : Split(*file, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    ++read;
    EXPECT_EQ(Read(line, ZoneKind::kText), "") << line;
    EXPECT_EQ(Read(line, ZoneKind::kTitle), "") << "as a title: " << line;
  }
  EXPECT_GE(read, 150);
}

TEST_F(PacksTest, OffersWrittenApartFromThePacksAreFound) {
  Result<std::string> file = ReadFile("tests/golden/offers.txt", kSentenceBytesMax);
  ASSERT_TRUE(file.ok()) << file.error().text;
  int read = 0;
  for (std::string_view line : Split(*file, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const size_t bar = line.find('|');
    ASSERT_NE(bar, std::string_view::npos) << line;
    ++read;
    const std::string found = Read(line.substr(bar + 1), ZoneKind::kText);
    EXPECT_NE(found.find(line.substr(0, bar)), std::string::npos) << line << "\nfound: " << found;
  }
  EXPECT_GE(read, 100);
}

TEST_F(PacksTest, OffersAreFoundHoweverTheyAreWritten) {
  struct Case {
    std::string_view why, text;
    ZoneKind zone;
    std::string_view kind;
  };
  constexpr Case kCases[] = {
      {"plain", "真人视讯平台注册送彩金，充值秒到账", ZoneKind::kText, "gambling"},
      {"written by sound", "正规菠菜平台，注册送彩金", ZoneKind::kText, "gambling"},
      {"separators", "时·时·彩·平·台 注册送58，加微信", ZoneKind::kText, "gambling"},
      {"traditional characters", "專業辦理畢業證，學信網可查", ZoneKind::kText, "diploma"},
      {"split characters", "亻弋开发票，税点低，先开后付", ZoneKind::kText, "invoice"},
      {"full width", "代写硕士论文，包过，ＱＱ９９００１１２２３３４", ZoneKind::kText,
       "ghostwriting"},
      {"zero width", "无\u200b抵\u200b押\u200b贷款，当天放款", ZoneKind::kText, "loan"},
      {"in a title", "成人视频在线观看_免费看片", ZoneKind::kTitle, "porn"},
      {"in a description", "英语四六级包过，专业枪手代考", ZoneKind::kMeta, "fraud"},
      {"a threat", "再吵我就提着刀下去，见一个砍一个，说到做到", ZoneKind::kText, "violence"},
      {"a chain letter", "紧急扩散！自来水里有剧毒，转给你的家人", ZoneKind::kText, "rumour"},
  };
  for (const auto& [why, text, zone, kind] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_NE(Read(text, zone).find(kind), std::string::npos)
        << text << "\nfound: " << Read(text, zone);
  }
}

}  // namespace
}  // namespace xuncha
