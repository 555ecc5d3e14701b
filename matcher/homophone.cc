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
constexpr size_t kSyllablesMax = 64;            // longer phrases are found as they are written
constexpr size_t kSpellingMax = 128;            // letters of a phrase in one word

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

// One reading of a text: its syllables in a row, of which the last three are kept;
// where they seem to end a phrase, the phrase is read again from behind.
class Homophones::Walk {
 public:
  Walk(const Homophones& all, std::string_view text,
       const std::function<void(uint32_t, Span)>& found)
      : all_(all), text_(text), found_(found) {}

  void Run() {
    const char* const data = text_.data();
    const size_t size = text_.size();
    const Sieve::View tails = all_.tails_.view();
    uint32_t tail = 0;  // 0 in a syllable's place: fewer than three since the last break
    size_t at = 0;
    while (at + 3 <= size) {
      const unsigned char lead = static_cast<unsigned char>(data[at]);
      uint16_t syllable = 0;
      if (lead >= 0xe4 && lead <= 0xe9) {
        syllable = SyllableAt(data + at);
        at += 3;
      } else if (IsLetter(data[at])) {
        const size_t begin = at;
        while (at < size && IsLetter(data[at])) ++at;
        syllable = Word(begin, at);
      } else if (data[at++] == ' ') {
        continue;  // a blank between spelled syllables is no break
      }
      if (syllable == 0) {
        tail = 0;
        continue;
      }
      tail = (tail << 9 | syllable) & kTailMask;
      if (tails.Has(tail)) Check(tail, at);
    }
  }

 private:
  struct Place {
    uint16_t syllable;  // 0: none
    size_t begin;
  };

  // The character's syllable, 0 if it has none.
  static uint16_t SyllableAt(const char* p) {
    const uint32_t index = HanIndex(p);
    return index <= kHanLast - kHanFirst ? kSyllables[index] : uint16_t{0};
  }

  // A word that spells phrases reports them; answers the syllable it spells.
  uint16_t Word(size_t begin, size_t end) {
    const std::string_view word = text_.substr(begin, end - begin);
    if (word.size() > kSpellingMax || !all_.spellings_.view().Has(WordHash(word))) return 0;
    if (const auto phrases = all_.by_spelling_.find(std::string(word));
        phrases != all_.by_spelling_.end()) {
      for (const uint32_t phrase : phrases->second) {
        found_(all_.phrases_[phrase].pattern,
               {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
      }
    }
    return word.size() <= kSyllableLettersMax ? SyllableNamed(word) : uint16_t{0};
  }

  // Phrases that end with `tail` at `end`.
  void Check(uint32_t tail, size_t end) {
    const auto phrases = all_.by_tail_.find(tail);
    if (phrases == all_.by_tail_.end()) return;
    for (const uint32_t index : phrases->second) {
      const Phrase& phrase = all_.phrases_[index];
      Place place{0, end};
      bool equal = true;
      for (size_t i = phrase.syllables.size(); i-- > 0 && equal;) {
        place = Before(place.begin);
        equal = place.syllable == phrase.syllables[i];
      }
      if (equal)
        found_(phrase.pattern, {static_cast<uint32_t>(place.begin), static_cast<uint32_t>(end)});
    }
  }

  // The syllable before `end`, blanks aside.
  Place Before(size_t end) const {
    while (end > 0 && text_[end - 1] == ' ') --end;
    if (end == 0) return {0, 0};
    size_t begin = end;
    while (begin > 0 && end - begin <= kSyllableLettersMax && IsLetter(text_[begin - 1])) --begin;
    if (begin != end) {
      const std::string_view word = text_.substr(begin, end - begin);
      return {word.size() <= kSyllableLettersMax ? SyllableNamed(word) : uint16_t{0}, begin};
    }
    if (end < 3) return {0, 0};
    const unsigned char lead = static_cast<unsigned char>(text_[end - 3]);
    if (lead < 0xe4 || lead > 0xe9) return {0, 0};
    return {SyllableAt(text_.data() + end - 3), end - 3};
  }

  const Homophones& all_;
  const std::string_view text_;
  const std::function<void(uint32_t, Span)>& found_;
};

void Homophones::Sieve::Set(uint32_t word) {
  for (const uint32_t bit : {Bit(word, shift_), OtherBit(word, shift_)})
    bits_[bit / 64] |= uint64_t{1} << (bit % 64);
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
  if (out.size() < kSyllablesMin || out.size() > kSyllablesMax) out.clear();
  return out;
}

void Homophones::Add(const std::vector<uint16_t>& syllables, uint32_t pattern) {
  CHECK(syllables.size() >= kSyllablesMin && syllables.size() <= kSyllablesMax);
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
