// Access to the generated tables.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/fold_table.h"

#include <algorithm>
#include <iterator>

namespace xuncha {
namespace {

struct DigitRow {
  char32_t c;
  char digit;
};

#include "fold_tables.inc"  // closes and opens namespaces, ends in this one

}  // namespace

uint16_t SyllableOf(char32_t c) {
  return c >= kHanFirst && c <= kHanLast ? kSyllables[c - kHanFirst] : 0;
}

std::string_view SyllableText(uint16_t syllable) {
  return syllable < std::size(kSyllableNames) ? kSyllableNames[syllable] : std::string_view();
}

uint16_t SyllableNamed(std::string_view text) {
  const auto at =
      std::lower_bound(std::begin(kSyllablesByName), std::end(kSyllablesByName), text,
                       [](uint16_t s, std::string_view t) { return kSyllableNames[s] < t; });
  return at != std::end(kSyllablesByName) && kSyllableNames[*at] == text ? *at : 0;
}

std::span<const SplitRow> SplitRows() { return kSplits; }

char DigitOf(char32_t c) {
  if (c >= '0' && c <= '9') return static_cast<char>(c);
  if (c < 0x3007) return 0;
  for (const DigitRow& row : kDigits) {
    if (row.c == c) return row.digit;
  }
  return 0;
}

std::span<const uint32_t> Regions() { return kRegions; }

}  // namespace xuncha
