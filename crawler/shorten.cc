// SPDX-License-Identifier: Apache-2.0
#include "crawler/shorten.h"

#include <algorithm>
#include <cstring>

#include "base/result.h"

namespace xuncha {
namespace {

// Run n stands as U+F0000 + n: F3 B0 80 80 and on. The last two code points of
// the plane are no characters.
constexpr uint32_t kFirst = 0xF0000;
constexpr size_t kRunsMax = 0xFFFE;
constexpr size_t kBytesOfOne = 4;
constexpr char kLead = '\xF3';

// A run of two Han characters is as long as what would stand for it.
constexpr size_t kRunBytesMin = 9;
// Below this the parser is faster than all the looking up.
constexpr size_t kSavedBytesMin = 512;

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// The end of the ASCII that begins at `at`.
size_t AsciiEnd(std::string_view markup, size_t at) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  while (at + 8 <= markup.size()) {
    uint64_t eight;
    std::memcpy(&eight, markup.data() + at, 8);
    if ((eight & kHighBits) != 0) break;
    at += 8;
  }
  while (at < markup.size() && IsAscii(markup[at])) ++at;
  return at;
}

// Whether the character at `at` is an ordinary one to the parser, which replaces
// control characters (C2 80 to C2 9F) and noncharacters (some of those that begin
// with EF B7, EF BF, or any of four bytes).
bool IsOrdinary(std::string_view markup, size_t at) {
  const auto lead = static_cast<unsigned char>(markup[at]);
  if (lead < 0x80 || lead >= 0xF0) return false;
  if (lead != 0xC2 && lead != 0xEF) return true;
  const auto next = static_cast<unsigned char>(at + 1 < markup.size() ? markup[at + 1] : 0);
  return lead == 0xC2 ? next >= 0xA0 : next != 0xB7 && next != 0xBF;
}

size_t RunEnd(std::string_view markup, size_t at) {
  while (at < markup.size() && IsOrdinary(markup, at)) {
    const auto lead = static_cast<unsigned char>(markup[at]);
    at += lead < 0xE0 ? 2 : 3;
  }
  return std::min(at, markup.size());
}

// Past a character that is in no run, if one stands at `at`.
size_t PastOther(std::string_view markup, size_t at) {
  if (at < markup.size() && !IsAscii(markup[at])) ++at;
  while (at < markup.size() && (static_cast<unsigned char>(markup[at]) & 0xC0) == 0x80) ++at;
  return at;
}

// Numeric references below plane 12 have at most six digits that count; longer
// ones may or may not mean plane 15, and are too rare to ask.
bool RefersHigh(std::string_view markup) {
  for (size_t at = markup.find("&#"); at != std::string_view::npos; at = markup.find("&#", at)) {
    at += 2;
    const bool hex = at < markup.size() && (markup[at] == 'x' || markup[at] == 'X');
    if (hex) ++at;
    while (at < markup.size() && markup[at] == '0') ++at;
    size_t digits = 0;
    const auto is_digit = [hex](char c) {
      const char low = static_cast<char>(c | 0x20);
      return (c >= '0' && c <= '9') || (hex && low >= 'a' && low <= 'f');
    };
    while (at + digits < markup.size() && is_digit(markup[at + digits])) ++digits;
    if (digits > (hex ? 4u : 5u)) return true;
  }
  return false;
}

// Whether a run that begins at `at` lies in text or in a quoted value. Between
// `from` and `at` is ASCII; `before` is the answer for what lies before `from`.
bool IsPlain(std::string_view markup, size_t from, size_t at, bool before) {
  for (size_t i = at; i > from; --i) {
    switch (markup[i - 1]) {
      case '>':
        return true;
      case '<':
        return false;
      case '"':
      case '\'':
        return i - 1 > from && markup[i - 2] == '=';
      default:
        break;
    }
  }
  return before;
}

}  // namespace

ShortMarkup::ShortMarkup(std::string_view markup) : markup_(markup) {
  if (markup.size() < kSavedBytesMin || markup.size() > UINT32_MAX) return;
  if (std::memchr(markup.data(), kLead, markup.size()) != nullptr) return;
  if (std::memchr(markup.data(), '\xF4', markup.size()) != nullptr) return;
  bool plain = true;
  size_t kept = 0;  // everything before is in text_
  size_t saved = 0;
  for (size_t at = 0; at < markup.size() && runs_.size() < kRunsMax;) {
    const size_t begin = AsciiEnd(markup, at);
    const size_t end = RunEnd(markup, begin);
    plain = IsPlain(markup, at, begin, plain);
    at = end > begin ? end : PastOther(markup, begin);
    if (!plain || begin == 0 || end - begin < kRunBytesMin) continue;
    if (runs_.empty()) text_.reserve(markup.size() / 2);
    text_.append(markup, kept, begin - kept);
    const auto n = static_cast<uint32_t>(runs_.size());
    runs_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(begin),
                     static_cast<uint32_t>(end - begin)});
    const uint32_t code = kFirst + n;
    text_ += kLead;
    for (int shift = 12; shift >= 0; shift -= 6)
      text_ += static_cast<char>(0x80 | ((code >> shift) & 0x3F));
    kept = end;
    saved += end - begin - kBytesOfOne;
  }
  if (saved < kSavedBytesMin || RefersHigh(markup)) {
    runs_.clear();
    text_.clear();
    return;
  }
  text_.append(markup, kept, markup.size() - kept);
}

size_t ShortMarkup::Source(size_t at) {
  if (runs_.empty() || at <= runs_.front().text) return at;
  if (at <= runs_[near_].text || (near_ + 1 < runs_.size() && at > runs_[near_ + 1].text)) {
    // The next run is the usual answer.
    if (at > runs_[near_].text && (near_ + 2 >= runs_.size() || at <= runs_[near_ + 2].text)) {
      ++near_;
    } else {
      const auto after =
          std::lower_bound(runs_.begin(), runs_.end(), at,
                           [](const Run& run, size_t text) { return run.text < text; });
      near_ = static_cast<size_t>(after - runs_.begin()) - 1;
    }
  }
  const Run& run = runs_[near_];
  const size_t past = at - run.text;
  return past < kBytesOfOne ? run.source : run.source + run.size + (past - kBytesOfOne);
}

std::string_view ShortMarkup::Source(size_t begin, size_t end) {
  const size_t first = Source(begin);
  return markup_.substr(first, Source(end) - first);
}

const ShortMarkup::Run& ShortMarkup::RunOf(const char* at) const {
  uint32_t n = 0;
  for (size_t i = 1; i < kBytesOfOne; ++i) n = n << 6 | (static_cast<unsigned char>(at[i]) & 0x3F);
  n -= kFirst & 0x3FFFF;
  CHECK(n < runs_.size());
  return runs_[n];
}

size_t ShortMarkup::RestoredSize(std::string_view piece) const {
  size_t size = piece.size();
  if (runs_.empty()) return size;
  for (size_t at = piece.find(kLead); at != std::string_view::npos;
       at = piece.find(kLead, at + kBytesOfOne)) {
    CHECK(piece.size() - at >= kBytesOfOne);  // the parser writes whole characters
    size += RunOf(piece.data() + at).size - kBytesOfOne;
  }
  return size;
}

void ShortMarkup::Restore(std::string_view piece, char* out) const {
  for (size_t at = piece.find(kLead); at != std::string_view::npos; at = piece.find(kLead)) {
    out = std::copy_n(piece.data(), at, out);
    const Run& run = RunOf(piece.data() + at);
    out = std::copy_n(markup_.data() + run.source, run.size, out);
    piece.remove_prefix(at + kBytesOfOne);
  }
  std::copy_n(piece.data(), piece.size(), out);
}

}  // namespace xuncha
