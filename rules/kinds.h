// Kinds of unlawful content, and the clause of the responsibility letter that
// forbids each. A pack names one of them; `custom` is for an institution's own
// lists, under a clause of its choice.
//
// Any thread; constants only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace xuncha {

inline constexpr int kClauses = 10;  // items of section four of the letter

struct KindInfo {
  std::string_view name;   // "gambling"
  int clause = 0;          // 1..10; 0: chosen by the pack
  std::string_view title;  // 赌博
  std::string_view basis;  // 责任书 四（六）
};

std::span<const KindInfo> Kinds();
const KindInfo* FindKind(std::string_view name);  // nullptr if there is none

}  // namespace xuncha
