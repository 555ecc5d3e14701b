// SimHash (Charikar): texts that share most of their features differ in few bits.
// Features are pairs of neighbouring Han characters and words of letters and
// digits; counters are added up eight at a time in the bytes of a 64-bit word.
//
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>

#include "base/text.h"
#include "crawler/extract.h"

namespace xuncha {
namespace {

constexpr int kFeaturesMin = 16;  // fewer say nothing about likeness

// Each bit of a byte spread to a byte of its own.
consteval std::array<uint64_t, 256> MakeSpread() {
  std::array<uint64_t, 256> spread{};
  for (uint64_t byte = 0; byte < 256; ++byte) {
    for (int bit = 0; bit < 8; ++bit) spread[byte] |= (byte >> bit & 1) << (8 * bit);
  }
  return spread;
}
constexpr std::array<uint64_t, 256> kSpread = MakeSpread();

// splitmix64's finisher: every input bit reaches every output bit.
uint64_t Mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ x >> 31;
}

class Counter {
 public:
  void Add(uint64_t feature) {
    const uint64_t hash = Mix(feature);
    for (int i = 0; i < 8; ++i) lanes_[i] += kSpread[hash >> (8 * i) & 0xFF];
    ++count_;
    if (++pending_ == 255) Flush();
  }
  int64_t count() const { return count_; }
  uint64_t Result() {
    Flush();
    uint64_t result = 0;
    for (int bit = 0; bit < 64; ++bit) {
      if (ones_[bit] * 2 > count_) result |= uint64_t{1} << bit;
    }
    return result;
  }

 private:
  void Flush() {
    for (int i = 0; i < 8; ++i) {
      for (int bit = 0; bit < 8; ++bit) ones_[i * 8 + bit] += lanes_[i] >> (8 * bit) & 0xFF;
      lanes_[i] = 0;
    }
    pending_ = 0;
  }

  std::array<uint64_t, 8> lanes_{};
  std::array<int64_t, 64> ones_{};
  int64_t count_ = 0;
  int pending_ = 0;
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
    const char32_t c = NextCodePoint(text, &at);
    if (!IsHan(c)) {
      before = 0;
      continue;
    }
    if (before != 0) counter.Add(static_cast<uint64_t>(before) << 32 | c);
    before = c;
  }
  end_word();
  return counter.count() < kFeaturesMin ? 0 : counter.Result();
}

int HammingDistance(uint64_t a, uint64_t b) { return std::popcount(a ^ b); }

}  // namespace xuncha
