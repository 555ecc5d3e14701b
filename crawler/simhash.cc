// SimHash (Charikar): texts that share most of their features differ in few bits.
// Features are pairs of neighbouring Han characters and words of letters and
// digits.
//
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>

#include "base/text.h"
#include "crawler/extract.h"

namespace xuncha {
namespace {

constexpr uint64_t kFeaturesMin = 16;  // fewer say nothing about likeness

// splitmix64's finisher: every input bit reaches every output bit.
uint64_t Mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ x >> 31;
}

// Sixty-four counters of ones, one for each bit of the hashes added. Kept as
// binary digits, plane by plane, so that an addition is a handful of logic on whole
// words: eight hashes at a time go through a tree of full adders.
class Counter {
 public:
  void Add(uint64_t feature) {
    waiting_[count_++ % 8] = Mix(feature);
    if (count_ % 8 == 0) AddEight();
  }
  uint64_t count() const { return count_; }

  // The bits that more than half of the hashes have.
  uint64_t Majority() {
    const uint64_t left = count_ % 8;
    for (uint64_t i = 0; i < left; ++i) Carry(0, waiting_[i]);
    uint64_t result = 0;
    for (int bit = 0; bit < 64; ++bit) {
      uint64_t ones = 0;
      for (int plane = 0; plane < kPlanes; ++plane) ones |= (planes_[plane] >> bit & 1) << plane;
      if (ones * 2 > count_) result |= uint64_t{1} << bit;
    }
    return result;
  }

 private:
  static constexpr int kPlanes = 32;  // counts up to 4 billion; texts are capped far below

  // a + b + *low, as a digit in *low and the carry returned.
  static uint64_t FullAdd(uint64_t* low, uint64_t a, uint64_t b) {
    const uint64_t half = a ^ b;
    const uint64_t carry = (a & b) | (half & *low);
    *low ^= half;
    return carry;
  }

  void AddEight() {
    const uint64_t* w = waiting_.data();
    const uint64_t two_a = FullAdd(&planes_[0], w[0], w[1]);
    const uint64_t two_b = FullAdd(&planes_[0], w[2], w[3]);
    const uint64_t four_a = FullAdd(&planes_[1], two_a, two_b);
    const uint64_t two_c = FullAdd(&planes_[0], w[4], w[5]);
    const uint64_t two_d = FullAdd(&planes_[0], w[6], w[7]);
    const uint64_t four_b = FullAdd(&planes_[1], two_c, two_d);
    Carry(3, FullAdd(&planes_[2], four_a, four_b));
  }

  void Carry(int plane, uint64_t digit) {
    for (; digit != 0 && plane < kPlanes; ++plane) {
      const uint64_t carry = planes_[plane] & digit;
      planes_[plane] ^= digit;
      digit = carry;
    }
  }

  std::array<uint64_t, 8> waiting_{};
  std::array<uint64_t, kPlanes> planes_{};
  uint64_t count_ = 0;
};

}  // namespace

uint64_t SimHash(std::string_view text) {
  Counter counter;
  char32_t before = 0;  // the Han character just passed, if any
  uint64_t word = 0;
  const auto end_word = [&] {
    if (word != 0) counter.Add(word);
    word = 0;
  };
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      ++at;
      before = 0;
      const unsigned char lower = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
      if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) {
        word = (word ^ lower) * 0x100000001b3ULL + 0x9e3779b9;
      } else {
        end_word();
      }
      continue;
    }
    end_word();
    // Three bytes are nearly everything here; the text is valid UTF-8.
    char32_t c;
    if (byte >= 0xE0 && byte < 0xF0 && at + 2 < text.size()) {
      c = static_cast<char32_t>((byte & 0x0F) << 12 |
                                (static_cast<unsigned char>(text[at + 1]) & 0x3F) << 6 |
                                (static_cast<unsigned char>(text[at + 2]) & 0x3F));
      at += 3;
    } else {
      c = NextCodePoint(text, &at);
    }
    if (!IsHan(c)) {
      before = 0;
      continue;
    }
    if (before != 0) counter.Add(static_cast<uint64_t>(before) << 32 | c);
    before = c;
  }
  end_word();
  return counter.count() < kFeaturesMin ? 0 : counter.Majority();
}

int HammingDistance(uint64_t a, uint64_t b) { return std::popcount(a ^ b); }

}  // namespace xuncha
