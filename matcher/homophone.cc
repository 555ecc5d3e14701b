// Toneless pinyin.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/homophone.h"

#include "base/result.h"
#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {
namespace {

constexpr size_t kSyllablesMin = 3;
constexpr uint32_t kHeadMask = (1u << 27) - 1;  // three syllables of nine bits
constexpr size_t kHanBytes = 3;

uint32_t Bit(uint32_t head) { return (head * 2654435761u) >> 16; }

// The syllable of the three-byte character at `p`, 0 if it is none of U+4E00..9FFF.
uint16_t SyllableAt(const char* p) {
  const unsigned a = static_cast<unsigned char>(p[0]), b = static_cast<unsigned char>(p[1]) & 0x3fu,
                 c = static_cast<unsigned char>(p[2]) & 0x3fu;
  const uint32_t index = ((a & 15) << 12 | b << 6 | c) - static_cast<uint32_t>(kHanFirst);
  return a >= 0xe4 && a <= 0xe9 && index <= kHanLast - kHanFirst ? kSyllables[index] : 0;
}

}  // namespace

std::vector<uint16_t> Homophones::Syllables(std::string_view folded) {
  std::vector<uint16_t> out;
  for (size_t at = 0; at < folded.size();) {
    const uint16_t syllable = SyllableOf(NextCodePoint(folded, &at));
    if (syllable == 0) return {};
    out.push_back(syllable);
  }
  if (out.size() < kSyllablesMin) out.clear();
  return out;
}

void Homophones::Add(const std::vector<uint16_t>& syllables, uint32_t pattern) {
  CHECK(syllables.size() >= kSyllablesMin);
  const uint32_t head = static_cast<uint32_t>(syllables[0]) << 18 |
                        static_cast<uint32_t>(syllables[1]) << 9 | syllables[2];
  by_head_[head].push_back(static_cast<uint32_t>(phrases_.size()));
  heads_[Bit(head) / 64] |= uint64_t{1} << (Bit(head) % 64);
  phrases_.push_back({syllables, pattern});
}

void Homophones::Find(std::string_view text,
                      const std::function<void(uint32_t, Span)>& found) const {
  uint32_t head = 0;
  size_t run = 0;
  const char* const data = text.data();
  for (size_t at = 0; at + kHanBytes <= text.size();) {
    const unsigned char lead = static_cast<unsigned char>(data[at]);
    const uint16_t syllable = lead >= 0xe4 ? SyllableAt(data + at) : 0;
    if (syllable == 0) {
      run = 0;
      ++at;
      continue;
    }
    at += kHanBytes;
    head = (head << 9 | syllable) & kHeadMask;
    if (++run < kSyllablesMin || (heads_[Bit(head) / 64] >> (Bit(head) % 64) & 1) == 0) continue;
    const auto phrases = by_head_.find(head);
    if (phrases == by_head_.end()) continue;
    const size_t begin = at - kSyllablesMin * kHanBytes;
    for (const uint32_t index : phrases->second) {
      const Phrase& phrase = phrases_[index];
      const size_t end = begin + phrase.syllables.size() * kHanBytes;
      if (end > text.size()) continue;
      bool equal = true;
      for (size_t i = kSyllablesMin; i < phrase.syllables.size() && equal; ++i) {
        equal = SyllableAt(data + begin + i * kHanBytes) == phrase.syllables[i];
      }
      if (equal) found(phrase.pattern, {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    }
  }
}

}  // namespace xuncha
