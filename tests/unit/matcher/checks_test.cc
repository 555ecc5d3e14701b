// Check digits and their surroundings. The numbers are published test values or
// computed; none belongs to a person.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/checks.h"

#include <gtest/gtest.h>

#include "rule_builder.h"

namespace xuncha {
namespace {

constexpr uint32_t kToday = 20261122;

TEST(ChecksTest, ResidentId) {
  struct Case {
    std::string_view why, text;
    bool want;
  };
  constexpr Case kCases[] = {
      {"the example of the standard", "11010519491231002x", true},
      {"leap day", "110105199602290011", true},
      {"born before 1900", "440524188001010014", false},
      {"31 February", "110105194902310026", false},
      {"no leap year", "110105199702290019", false},
      {"in the future", "110105209912310029", false},
      {"no such region", "000000194912310027", false},
      {"wrong check digit", "110105194912310021", false},
      {"too short", "11010519491231002", false},
  };
  for (const auto& [why, text, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(IsResidentId(text, kToday), want);
  }
}

TEST(ChecksTest, Uscc) {
  for (const std::string_view good :
       {"91350100m000100y43", "91230184ma1buflt44", "11320000mb151840xj", "911101085923662400"}) {
    EXPECT_TRUE(IsUscc(good)) << good;
  }
  for (const std::string_view bad :
       {"91350100m000100y4z", "91350100m000100y44", "11010519491231002x"}) {
    EXPECT_FALSE(IsUscc(bad)) << bad;
  }
}

TEST(ChecksTest, BankCardMobilePassport) {
  EXPECT_TRUE(IsBankCard("4111111111111111"));
  EXPECT_TRUE(IsBankCard("6200000000000005"));
  EXPECT_FALSE(IsBankCard("4111111111111112"));
  EXPECT_FALSE(IsBankCard("1234567812345670")) << "Luhn holds, no issuer";
  for (const std::string_view good :
       {"13800138000", "19900000000", "14500000000", "16600000000", "1410000000000"}) {
    EXPECT_TRUE(IsMobile(good)) << good;
  }
  for (const std::string_view bad :
       {"12800138000", "15400000000", "14800000000", "16000000000", "1380013800"}) {
    EXPECT_FALSE(IsMobile(bad)) << bad;
  }
  EXPECT_TRUE(IsPassport("e12345678"));
  EXPECT_TRUE(IsPassport("ea1234567"));
  EXPECT_FALSE(IsPassport("x12345678"));
}

TEST(ChecksTest, NumbersStandAlone) {
  RuleBuilder builder;
  for (const std::string_view name : {"resident-id", "bank-card", "mobile", "uscc", "passport"}) {
    builder.Add(PatternKind::kCheck, name, ChannelBit(Channel::kDigits));
  }
  Matching matching(builder.Take());
  struct Case {
    std::string_view why, text, want;
  };
  constexpr Case kCases[] = {
      {"after a colon", "身份证号：11010519491231002X。", "resident-id|plain|11010519491231002X"},
      {"full width", "１１０１０５１９４９１２３１００２Ｘ",
       "resident-id|plain|１１０１０５１９４９１２３１００２Ｘ"},
      {"in groups", "110105 19491231 002X", "resident-id|digits|110105 19491231 002X"},
      {"digit neighbour", "911010519491231002X", ""},
      {"letter neighbour", "id11010519491231002X", ""},
      {"fraction", "0.11010519491231002", ""},
      {"masked", "110105********002X", ""},
      {"a mask beside", "11010519491231002X*", ""},
      {"an all-digit code of a company is no ID", "911101085923662400",
       "uscc|plain|911101085923662400"},
      {"cells of a table", "110105\n19491231002X", ""},
      {"a phone", "电话13800138000", "mobile|plain|13800138000"},
      {"two phones", "13800138000/13900139000",
       "mobile|plain|13800138000;mobile|plain|13900139000"},
      {"with the country's code", "+8613800138000", "mobile|plain|13800138000"},
      {"spaced phone", "138-0013-8000", "mobile|digits|138-0013-8000"},
      {"phone in Han numerals", "联系一三八零零一三八零零零",
       "mobile|digits|一三八零零一三八零零零"},
      {"phone in mixed styles", "1③八零0壹38⓿00", "mobile|digits|1③八零0壹38⓿00"},
      {"date before a phone", "2026-11-22 138 0013 8000", "mobile|digits|138 0013 8000"},
      {"part of a longer number", "138001380001", ""},
      {"card in groups of four", "6200 0000 0000 0005", "bank-card|digits|6200 0000 0000 0005"},
      {"passport", "护照 E12345678", "passport|plain|E12345678"},
  };
  for (const auto& [why, text, want] : kCases) {
    SCOPED_TRACE(why);
    std::string got;
    for (const std::string& hit : matching.Hits(text)) got += (got.empty() ? "" : ";") + hit;
    EXPECT_EQ(got, want);
  }
}

TEST(ChecksTest, SecretMarks) {
  Matching matching(RuleBuilder().Add(PatternKind::kCheck, "secret-mark").Take());
  struct Case {
    std::string_view why, text, want;
  };
  constexpr Case kCases[] = {
      {"level, star, period", "绝密★30年", "secret-mark|plain|绝密★30年"},
      {"bare star means the longest period", "机密★", "secret-mark|plain|机密★"},
      {"blanks around the star", "秘密 ★ 长期", "secret-mark|plain|秘密 ★ 长期"},
      {"blank inside the level", "绝 密 ★", "secret-mark|squeezed|绝 密 ★"},
      {"white star", "机密☆10年", "secret-mark|plain|机密☆10年"},
      {"asterisk with a period", "秘密*6个月", "secret-mark|plain|秘密*6个月"},
      {"an asterisk alone is a footnote", "国家秘密*", ""},
      {"examination papers", "绝密★启用前", ""},
      {"examination papers, spaced", "绝密 ★ 启用前", ""},
      {"the word alone", "保守国家秘密", ""},
      {"not over lines", "绝密\n★", ""},
  };
  for (const auto& [why, text, want] : kCases) {
    SCOPED_TRACE(why);
    const std::vector<std::string> hits = matching.Hits(text);
    EXPECT_EQ(hits.empty() ? "" : hits[0], want);
  }
}

}  // namespace
}  // namespace xuncha
