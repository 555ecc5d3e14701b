// The fold table says, for every code point, what a reader takes it for: which
// letters it looks like, whether it separates words, whether it is seen at all.
// matcher/tables/gen_tables.cc computes it while building (NFKC_Casefold,
// traditional to simplified, UTS #39 look-alikes, pinyin from ICU; the rest from
// the text files beside it), so the running program needs no ICU for this.
//
// Constants only; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace xuncha {

enum class CharKind : uint8_t {
  kOther,  // a letter of another script: ends words, separates nothing
  kHan,
  kAlnum,  // becomes ASCII letters or digits
  kSpace,
  kNewline,
  kMark,       // ordinary punctuation of sentences: , ; 。 《 “
  kSign,       // other punctuation and symbols: · | @ * _
  kDropped,    // invisible, combining, or decoration
  kLookalike,  // a letter of another script shaped like an ASCII letter
};

// What one code point becomes.
struct Fold {
  std::string_view bytes;  // empty: itself, unless kDropped
  CharKind kind = CharKind::kOther;
  char latin = 0;  // kLookalike: the ASCII letter it is shaped like
};

namespace fold_internal {
inline constexpr char32_t kBlock = 128;
inline constexpr uint16_t kFirstFold = 16;  // smaller entries are the CharKind of what stays
extern const uint16_t kStage1[];
extern const uint16_t kStage2[];
struct FoldRow {
  uint32_t offset;  // in kPool
  uint8_t size, kind, latin;
};
extern const FoldRow kFolds[];
extern const unsigned char kPool[];  // may be read up to 16 bytes behind the end of a fold
}  // namespace fold_internal

// REQUIRES: c <= 0x10ffff
inline Fold FoldOf(char32_t c) {
  using namespace fold_internal;  // NOLINT(google-build-using-namespace)
  const uint16_t entry = kStage2[kStage1[c / kBlock] * kBlock + c % kBlock];
  if (entry < kFirstFold) return {{}, static_cast<CharKind>(entry), 0};
  const FoldRow& row = kFolds[entry - kFirstFold];
  return {{reinterpret_cast<const char*>(kPool) + row.offset, row.size},
          static_cast<CharKind>(row.kind),
          static_cast<char>(row.latin)};
}

// U+4E00..U+9FFF, where nearly all Chinese text lives.
inline constexpr char32_t kHanFirst = 0x4e00, kHanLast = 0x9fff;

// Flags of the code points below U+10000. A character with kHanSame needs no further
// look, unless it and the one before it make a pair: what marks a character as the
// later of two stands one bit above what marks it as the earlier.
inline constexpr uint8_t kHanSame = 1;        // U+4E00..U+9FFF, folds to itself
inline constexpr uint8_t kSplitFirst = 2;     // may be the first part of a split character
inline constexpr uint8_t kSplitSecond = 4;    // the second
inline constexpr uint8_t kNumeralBefore = 8;  // 零一二 壹贰, as both bits
inline constexpr uint8_t kHanNumeral = 16;
inline constexpr uint8_t kPairLater = kSplitSecond | kHanNumeral;
inline constexpr uint8_t kMarkSame = 32;   // CharKind::kMark, folds to itself
inline constexpr uint8_t kMarkAscii = 64;  // CharKind::kMark, folds to one ASCII character
extern const uint8_t kBmpFlags[0x10000];

// Whether two characters may be the first two parts of a split one; a few pairs
// that are not share the bit of one that is.
inline constexpr uint32_t kSplitPairBits = 65536;
constexpr uint32_t SplitPairBit(char32_t first, char32_t second) {
  return (static_cast<uint32_t>(first) * 0x9e37u + static_cast<uint32_t>(second)) % kSplitPairBits;
}
extern const uint64_t kSplitPairs[kSplitPairBits / 64];
inline bool MayBeSplit(char32_t first, char32_t second) {
  const uint32_t bit = SplitPairBit(first, second);
  return (kSplitPairs[bit / 64] >> (bit % 64) & 1) != 0;
}

// Toneless pinyin of a folded Han character as a small number; 0 = none known.
extern const uint16_t kSyllables[kHanLast - kHanFirst + 1];
uint16_t SyllableOf(char32_t c);
std::string_view SyllableText(uint16_t syllable);
uint16_t SyllableNamed(std::string_view text);  // 0 if there is none

// The character that `parts` (two or three, as code points) are the halves of.
struct SplitRow {
  char32_t parts[3];  // the third may be 0
  char32_t whole;
};
std::span<const SplitRow> SplitRows();  // sorted by parts

// '0'..'9' for an ASCII digit or a Han numeral, else 0.
char DigitOf(char32_t c);

// Six-digit codes of counties (GB/T 2260, with abolished ones), sorted.
std::span<const uint32_t> Regions();

}  // namespace xuncha
