// Checks are the validators that rules name in place of a pattern: numbers with
// a check digit, and marks of state secrets. A check says yes only to what is
// most likely the real thing: neighbours, dates, regions and check digits must
// all hold, because a page of order numbers must not read as a leak.
//
// Pure; any thread. Nothing here keeps or prints what it checked.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "matcher/normalise.h"

namespace xuncha {

enum class Check : uint8_t { kResidentId, kBankCard, kMobile, kUscc, kPassport, kSecretMark };
std::optional<Check> CheckByName(std::string_view name);

// The plain predicates, on bare folded characters (a final x in lower case).
// GB 11643: county code (GB/T 2260), date from 1900 to `today` (yyyymmdd), check digit.
bool IsResidentId(std::string_view digits, uint32_t today);
// Issuer prefix and length, and Luhn.
bool IsBankCard(std::string_view digits);
bool IsMobile(std::string_view digits);
// GB 32100: alphabet, GB 11714 check digit of the organisation code, final check digit.
bool IsUscc(std::string_view text);
bool IsPassport(std::string_view text);

// Today in Shanghai as yyyymmdd, for IsResidentId.
uint32_t TodayNumber();

// One thing found in the text.
struct CheckHit {
  Check check;
  Span text;  // in the text given
};

// Numbers around `digits`, places where six or more digits start in `text`.
void FindNumbers(std::string_view text, const std::vector<uint32_t>& digits, uint32_t today,
                 const std::function<void(CheckHit)>& found);

// A number written in groups: `text` holds digits only (and a final x); groups
// start at the places in `starts`, ascending, the first being 0. Reported spans
// are whole groups.
void FindGrouped(std::string_view text, const std::vector<uint32_t>& starts, uint32_t today,
                 const std::function<void(CheckHit)>& found);

// Whether the level 绝密, 机密 or 秘密 that ends at `end` in the plain text is
// marked with a star as a document is. Answers the end of the mark, 0 if not.
size_t SecretMarkEnd(std::string_view text, size_t end);

}  // namespace xuncha
