// Homophones finds phrases written with other characters of the same sound
// (菠菜 for 博彩), by toneless pinyin. Only phrases of three syllables and more:
// shorter ones meet innocent words (measured on 20 000 clean titles: shorter
// words 1 to 3 false hits each, fifteen longer ones none).
//
// A Latin word that spells a syllable counts as that syllable (bo 彩 wang), and a
// word may spell a whole phrase (bocaiwang).
//
// A text pays one table look-up and one bit test for each Han character; the
// bits say which three syllables in a row end some phrase. There are so many bits
// that few places pass by accident, however many the phrases.
//
// Immutable after the last Add; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/record.h"

namespace xuncha {

class Homophones {
 public:
  // The syllables of a folded phrase; empty unless it is all Han and long enough.
  static std::vector<uint16_t> Syllables(std::string_view folded);

  // REQUIRES: what Syllables gave, not empty.
  void Add(const std::vector<uint16_t>& syllables, uint32_t pattern);
  bool empty() const { return phrases_.empty(); }
  void Find(std::string_view text, const std::function<void(uint32_t pattern, Span)>& found) const;

 private:
  class Walk;
  struct Phrase {
    std::vector<uint16_t> syllables;
    uint32_t pattern;
  };
  // A set of hashed words that may say yes to one that is not in it.
  class Sieve {
   public:
    struct View {
      const uint64_t* bits;
      int shift;  // 32 minus the binary logarithm of the number of bits
      bool Has(uint32_t word) const {
        const uint32_t one = Bit(word, shift), two = OtherBit(word, shift);
        return (bits[one / 64] >> (one % 64) & 1) != 0 && (bits[two / 64] >> (two % 64) & 1) != 0;
      }
    };
    void Add(uint32_t word);
    View view() const { return {bits_.data(), shift_}; }

   private:
    static uint32_t Bit(uint32_t word, int shift) { return (word * 2654435761u) >> shift; }
    static uint32_t OtherBit(uint32_t word, int shift) { return (word * 0x85ebca6bu) >> shift; }
    void Set(uint32_t word);
    std::vector<uint32_t> words_;
    std::vector<uint64_t> bits_ = std::vector<uint64_t>(64);
    int shift_ = 20;
  };

  std::vector<Phrase> phrases_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> by_tail_;  // last three syllables -> phrases_
  std::unordered_map<std::string, std::vector<uint32_t>> by_spelling_;  // "bocaiwang" -> phrases_
  Sieve tails_, spellings_;
};

}  // namespace xuncha
