// SPDX-License-Identifier: Apache-2.0
#include "reports/mask.h"

#include <gtest/gtest.h>

namespace xuncha {
namespace {

TEST(Mask, KeepsWhatShowsTheSortAndHidesTheRest) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"an identity number keeps its region; X stays", "号 11010519491231002X。",
       "号 110105***********X。"},
      {"a card in groups", "6200 0000 0000 0005", "6200 00** **** ****"},
      {"a mobile with hyphens", "138-0000-0071", "138-000*-****"},
      {"full-width digits", "１３８００００００７１", "１３８０００＊＊＊＊＊"},
      {"a date is no identifier", "2026-11-22", "2026-11-22"},
      {"a date with its hour has ten digits: hidden rather than risked", "2026-11-22 09:00",
       "2026-11-** **:00"},
      {"a price", "每年 2800 元", "每年 2800 元"},
      {"words between numbers part them", "12345 元 67890 元", "12345 元 67890 元"},
      {"an organisation's code of digits alone", "代码 911101085923662400",
       "代码 911101085923662400"},
      {"one that fails its check", "代码 911101085923662401", "代码 911101************"},
      {"an order number behind its word", "订单号：2026112209153377", "订单号：2026112209153377"},
      {"the same without the word", "2026112209153377", "202611**********"},
      {"a mobile stays hidden behind any word", "编号：13800000071", "编号：138000*****"},
      {"an identity number stays hidden behind any word", "编号 110105194912310026",
       "编号 110105************"},
      {"nothing", "", ""},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(MaskIdentifiers(in), want);
  }
}

TEST(Mask, AnExcerptIsMaskedAsOneText) {
  struct Case {
    std::string_view why, before, found, after, want;
  };
  constexpr Case kCases[] = {
      {"a number cut off at the end", "电话", "名单", "：138000000", "电话|名单|：138000***"},
      {"a number cut off at the beginning", "380000071 ", "名单", "", "380000***|名单|"},
      {"a number across what was found", "1380", "0000", "071", "1380|00**|***"},
      {"a year at the cut", "2026", "年", "", "2026|年|"},
      {"a number inside that is short", "第 1234567 号", "名单", "，", "第 1234567 号|名单|，"},
  };
  for (const auto& [why, before, found, after, want] : kCases) {
    SCOPED_TRACE(why);
    const Excerpt masked = MaskExcerpt(before, found, after);
    std::string text = masked.before + "|" + masked.found + "|" + masked.after;
    // A blank belongs to the run it joins.
    std::erase(text, ' ');
    std::string plain(want);
    std::erase(plain, ' ');
    EXPECT_EQ(text, plain);
  }
}

TEST(Mask, MalformedBytesPassThrough) {
  EXPECT_EQ(MaskIdentifiers(std::string_view("a\xff\xfe 1", 5)).size(), 5u);
}

}  // namespace
}  // namespace xuncha
