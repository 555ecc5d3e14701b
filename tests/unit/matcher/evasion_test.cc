// The evasion table: each technique with an example as it was seen, undone. What
// a parser undoes (entities, script escapes) is the extractor's; its text comes
// here decoded.
//
// SPDX-License-Identifier: Apache-2.0
#include "rule_builder.h"

namespace xuncha {
namespace {

constexpr uint8_t kAll = (1u << kChannels) - 1;

TEST(EvasionTest, EachTechniqueIsUndone) {
  struct Case {
    std::string_view why, literal, text, want;
  };
  constexpr Case kCases[] = {
      {"1 decoded entities", "抢庄牛牛", "抢庄牛牛下载", "plain|抢庄牛牛"},
      {"4 homophone, three syllables", "博彩网", "正规菠菜网导航", "homophone|菠菜网"},
      {"4 homophone with gaps", "真人视讯", "真人 视.训", "homophone|真人 视.训"},
      {"4 pinyin spelled out", "博彩网站", "bocaiwangzhan.example", "homophone|bocaiwangzhan"},
      {"4 pinyin with blanks", "博彩网站", "Bo Cai Wang Zhan", "homophone|Bo Cai Wang Zhan"},
      {"4 pinyin between Han", "博彩网站", "bo彩wang站", "homophone|bo彩wang站"},
      {"6 split characters", "什么时候", "亻十么日寸候开奖", "split|亻十么日寸候"},
      {"6 split at the edge", "知道", "矢口道", "split|矢口道"},
      {"6 split only at the very end", "开发票", "开发西示", "split|开发西示"},
      {"6 split, spaced", "代开发票", "亻弋 开 发 西示", "split|亻弋 开 发 西示"},
      {"6 split of three parts", "贷款", "代贝 士示欠", "split|代贝 士示欠"},
      {"7 bar between Han", "头头体育", "头头|体育官网", "squeezed|头头|体育"},
      {"7 dot and brackets", "pg电子中国官方网站", "PG电子·(中国)官方网站",
       "squeezed|PG电子·(中国)官方网站"},
      {"7 sign inside two characters", "傻冒", "你傻@冒", "squeezed|傻@冒"},
      {"7 blank inside two characters that stand alone", "赌博", "网上 赌 博", "squeezed|赌 博"},
      {"7 blanks between all", "真人视讯下注", "真 人 视 讯 下 注", "squeezed|真 人 视 讯 下 注"},
      {"7 Latin letters apart", "bet365", "B.E.T.3.6.5", "squeezed|B.E.T.3.6.5"},
      {"7 letters apart inside Han", "加qq群", "加 Q Q 群", "squeezed|加 Q Q 群"},
      {"8 zero-width", "博彩", "博\u200b\u2060\ufeff彩", "plain|博\u200b\u2060\ufeff彩"},
      {"8 fillers and tags", "博彩", "博\u3164\U000e0041彩", "plain|博\u3164\U000e0041彩"},
      {"9 full width", "bet365", "ｂｅｔ３６５", "plain|ｂｅｔ３６５"},
      {"9 circled", "bet365", "Ⓑⓔⓣ③⑥⑤", "plain|Ⓑⓔⓣ③⑥⑤"},
      {"9 negative forms", "bet365", "🅑🅔🅣➌➏➎", "plain|🅑🅔🅣➌➏➎"},
      {"9 parenthesised ideographs", "五分彩", "㈤分彩", "plain|㈤分彩"},
      {"10 digits of all styles", "9024983545", "9⓿二肆⁹₈③⑸⒋➄", "digits|9⓿二肆⁹₈③⑸⒋➄"},
      {"11 traditional", "赌博网站", "線上賭博網站", "plain|賭博網站"},
      {"11 a rule in traditional", "賭博網站", "赌博网站", "plain|赌博网站"},
      {"12 Cyrillic letters", "casino", "cаsinо", "plain|cаsinо"},
      {"12 Greek letters", "bet365", "ΒΕΤ365", "plain|ΒΕΤ365"},
      {"13 repeats", "fu", "ⒻⒻⒻfⓤuⓤ", "squeezed|ⒻⒻⒻfⓤuⓤ"},
      {"14 emoji decoration", "pg电子官网", "⚽️⚽️⚽️【pg电🎰子官网:最新】",
       "plain|pg电🎰子官网"},
      {"direction override", "博彩网站", "看\u202e站网彩博\u202c", "reversed|站网彩博"},
  };
  for (const auto& [why, literal, text, want] : kCases) {
    SCOPED_TRACE(why);
    Matching matching(RuleBuilder().Literal(literal, kAll).Take());
    const std::vector<std::string> hits = matching.Hits(text);
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_EQ(hits[0], std::string(literal) + "|" + std::string(want));
  }
}

TEST(EvasionTest, InnocentTextStaysInnocent) {
  struct Case {
    std::string_view why, literal, text;
  };
  constexpr Case kCases[] = {
      {"a Latin word inside a longer one", "sm", "Smoking area"},
      {"digits inside a longer number", "365", "13650"},
      {"two words across a blank", "彩票", "精彩 票务"},
      {"two words across a comma", "大发", "学校很大，发展很快"},
      {"two words of a menu", "彩票", "光彩|票据"},
      {"four separators are layout", "博彩", "博 - - - - 彩"},
      {"paragraphs", "博彩", "博\n彩"},
      {"homophones of two syllables", "博彩", "菠菜"},
      {"no split asked for by the parts alone", "好人", "女子排球"},
      {"brackets of a literal are wanted", "【代办】", "代办"},
      {"real Cyrillic", "mope", "море и горы"},
      {"pinyin inside a longer word", "博彩网", "xbocaiwangx"},
  };
  for (const auto& [why, literal, text] : kCases) {
    SCOPED_TRACE(why);
    Matching matching(RuleBuilder().Literal(literal, kAll).Take());
    EXPECT_EQ(matching.Hits(text), std::vector<std::string>());
  }
}

TEST(EvasionTest, RarerChannelsAreReadOnlyForPatternsThatAsk) {
  Matching matching(RuleBuilder().Literal("博彩网站").Literal("代开发票").Take());
  EXPECT_TRUE(matching.Hits("菠菜网站").empty());
  EXPECT_TRUE(matching.Hits("亻弋开发票").empty());
  EXPECT_TRUE(matching.Hits("\u202e站网彩博").empty());
  EXPECT_EQ(matching.Hits("博.彩.网.站").size(), 1u);
}

TEST(EvasionTest, TurnedTextIsReadWhereASignalSaysSo) {
  Matching matching(RuleBuilder().Literal("博彩网站", kAll).Take());
  Page page = PageOfText("站网彩博", ZoneKind::kText);
  EXPECT_TRUE(matching.Words(matching.On(page)).empty());
  page.document.signals.push_back({SignalKind::kReversedText, "unicode-bidi", {0, 3}, 1});
  EXPECT_EQ(matching.Words(matching.On(page)),
            std::vector<std::string>{"博彩网站|reversed|站网彩博"});
}

}  // namespace
}  // namespace xuncha
