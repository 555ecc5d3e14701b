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
constexpr uint32_t kTailMask = (1u << 27) - 1;  // three syllables of nine bits
constexpr size_t kSyllableLettersMax = 6;       // zhuang
constexpr size_t kPlaces = 64;        // syllables remembered; longer phrases are cut off at loading
constexpr size_t kSpellingMax = 128;  // letters of a phrase in one word

constexpr size_t kBitsPerWord = 32;  // two of them set: one strange word in 250 passes

uint32_t WordHash(std::string_view word) {
  uint32_t hash = static_cast<uint32_t>(word.size());
  for (const char c : word) hash = hash * 31 + static_cast<unsigned char>(c);
  return hash;
}

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

// The place in kSyllables of the three-byte character at `p`; past the table if
// it is none of U+4E00..9FFF. REQUIRES: well-formed UTF-8.
uint32_t HanIndex(const char* p) {
  const uint32_t a = static_cast<unsigned char>(p[0]), b = static_cast<unsigned char>(p[1]),
                 c = static_cast<unsigned char>(p[2]);
  return ((a ^ 0xe0) << 12 | (b ^ 0x80) << 6 | (c ^ 0x80)) - static_cast<uint32_t>(kHanFirst);
}

}  // namespace

// One reading of a text: the last syllables and where they stand.
class Homophones::Walk {
 public:
  Walk(const Homophones& all, std::string_view text,
       const std::function<void(uint32_t, Span)>& found)
      : all_(all), text_(text), found_(found) {}

  void Run() {
    const char* const data = text_.data();
    const size_t size = text_.size();
    size_t at = 0;
    while (at + 3 <= size) {
      const unsigned char lead = static_cast<unsigned char>(data[at]);
      if (lead >= 0xe4 && lead <= 0xe9) {
        const uint32_t index = HanIndex(data + at);
        const uint16_t syllable = index <= kHanLast - kHanFirst ? kSyllables[index] : 0;
        if (syllable == 0) {
          run_ = 0;
        } else {
          Add(syllable, at, at + 3);
        }
        at += 3;
      } else if (IsLetter(data[at])) {
        size_t end = at + 1;
        while (end < size && IsLetter(data[end])) ++end;
        Word(at, end);
        at = end;
      } else {
        // A blank between spelled syllables is no break.
        if (data[at] != ' ') run_ = 0;
        ++at;
      }
    }
  }

 private:
  void Word(size_t begin, size_t end) {
    const std::string_view word = text_.substr(begin, end - begin);
    if (word.size() > kSpellingMax || !all_.spellings_.Has(WordHash(word))) {
      run_ = 0;
      return;
    }
    if (const auto phrases = all_.by_spelling_.find(std::string(word));
        phrases != all_.by_spelling_.end()) {
      for (const uint32_t phrase : phrases->second) {
        found_(all_.phrases_[phrase].pattern,
               {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
      }
    }
    const uint16_t syllable = word.size() <= kSyllableLettersMax ? SyllableNamed(word) : 0;
    if (syllable == 0) {
      run_ = 0;
    } else {
      Add(syllable, begin, end);
    }
  }

  void Add(uint16_t syllable, size_t begin, size_t end) {
    const size_t slot = run_++ % kPlaces;
    syllables_[slot] = syllable;
    begins_[slot] = static_cast<uint32_t>(begin);
    tail_ = (tail_ << 9 | syllable) & kTailMask;
    if (all_.tails_.Has(tail_) && run_ >= kSyllablesMin) Check(end);
  }

  // Phrases end in what was read last: then all their syllables have a place.
  void Check(size_t end) {
    const auto phrases = all_.by_tail_.find(tail_);
    if (phrases == all_.by_tail_.end()) return;
    for (const uint32_t index : phrases->second) {
      const Phrase& phrase = all_.phrases_[index];
      const size_t count = phrase.syllables.size();
      if (count > run_) continue;
      bool equal = true;
      for (size_t i = 0; i < count && equal; ++i) {
        equal = syllables_[(run_ - count + i) % kPlaces] == phrase.syllables[i];
      }
      if (!equal) continue;
      const uint32_t begin = begins_[(run_ - count) % kPlaces];
      found_(phrase.pattern, {begin, static_cast<uint32_t>(end)});
    }
  }

  const Homophones& all_;
  const std::string_view text_;
  const std::function<void(uint32_t, Span)>& found_;
  uint32_t tail_ = 0;
  size_t run_ = 0;  // syllables in a row
  std::array<uint16_t, kPlaces> syllables_{};
  std::array<uint32_t, kPlaces> begins_{};
};

void Homophones::Sieve::Set(uint32_t word) {
  for (const uint32_t factor : {2654435761u, 0x85ebca6bu}) {
    const uint32_t bit = (word * factor) >> shift_;
    bits_[bit / 64] |= uint64_t{1} << (bit % 64);
  }
}

void Homophones::Sieve::Add(uint32_t word) {
  words_.push_back(word);
  if (words_.size() * kBitsPerWord <= bits_.size() * 64) return Set(word);
  bits_.assign(bits_.size() * 2, 0);
  --shift_;
  for (const uint32_t known : words_) Set(known);
}

std::vector<uint16_t> Homophones::Syllables(std::string_view folded) {
  std::vector<uint16_t> out;
  for (size_t at = 0; at < folded.size();) {
    const uint16_t syllable = SyllableOf(NextCodePoint(folded, &at));
    if (syllable == 0) return {};
    out.push_back(syllable);
  }
  if (out.size() < kSyllablesMin || out.size() > kPlaces) out.clear();
  return out;
}

void Homophones::Add(const std::vector<uint16_t>& syllables, uint32_t pattern) {
  CHECK(syllables.size() >= kSyllablesMin && syllables.size() <= kPlaces);
  const uint32_t index = static_cast<uint32_t>(phrases_.size());
  uint32_t tail = 0;
  std::string spelling;
  for (const uint16_t syllable : syllables) {
    const std::string_view name = SyllableText(syllable);
    spellings_.Add(WordHash(name));
    tail = (tail << 9 | syllable) & kTailMask;
    spelling += name;
  }
  spellings_.Add(WordHash(spelling));
  tails_.Add(tail);
  by_spelling_[spelling].push_back(index);
  by_tail_[tail].push_back(index);
  phrases_.push_back({syllables, pattern});
}

void Homophones::Find(std::string_view text,
                      const std::function<void(uint32_t, Span)>& found) const {
  Walk(*this, text, found).Run();
}

}  // namespace xuncha
