// Access to the generated tables.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/fold_table.h"

#include <cstddef>
#include <iterator>

namespace xuncha {
namespace {

struct FoldRow {
  uint32_t offset;
  uint8_t size;
  uint8_t kind;
  uint8_t latin;
};

struct DigitRow {
  char32_t c;
  char digit;
};

#include "fold_tables.inc"  // ends inside this namespace

constexpr size_t kBlock = 128;  // as gen_tables.cc
constexpr uint16_t kFirstFold = 16;

}  // namespace

Fold FoldOf(char32_t c) {
  if (c > 0x10ffff) return {{}, CharKind::kSign, 0};
  const uint16_t entry = kStage2[kStage1[c / kBlock] * kBlock + c % kBlock];
  if (entry < kFirstFold) return {{}, static_cast<CharKind>(entry), 0};
  const FoldRow& row = kFolds[entry - kFirstFold];
  return {{reinterpret_cast<const char*>(kPool) + row.offset, row.size},
          static_cast<CharKind>(row.kind),
          static_cast<char>(row.latin)};
}

uint16_t SyllableOf(char32_t c) {
  return c >= kHanFirst && c <= kHanLast ? kSyllables[c - kHanFirst] : 0;
}

std::string_view SyllableText(uint16_t syllable) {
  return syllable < std::size(kSyllableNames) ? kSyllableNames[syllable] : std::string_view();
}

std::span<const SplitRow> SplitRows() { return kSplits; }

char DigitOf(char32_t c) {
  if (c >= '0' && c <= '9') return static_cast<char>(c);
  for (const DigitRow& row : kDigits) {
    if (row.c == c) return row.digit;
  }
  return 0;
}

std::span<const uint32_t> Regions() { return kRegions; }

}  // namespace xuncha
