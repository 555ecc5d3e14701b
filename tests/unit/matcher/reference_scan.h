// The plain truth about plain and squeezed matching: every string at every place,
// by comparing bytes. Slow; no Hyperscan, no marks, no shared buffers. It takes
// from the code under test only what a single character folds to.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/record.h"
#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {

// A folded character and where it came from.
struct ReferenceChar {
  char32_t c;
  CharKind kind;
  Span source;
};

// The plain channel, one character at a time.
inline std::vector<ReferenceChar> ReferencePlain(std::string_view text) {
  std::vector<ReferenceChar> out;
  for (size_t at = 0; at < text.size();) {
    const uint32_t begin = static_cast<uint32_t>(at);
    const char32_t c = NextCodePoint(text, &at);
    const Span source{begin, static_cast<uint32_t>(at)};
    const Fold fold = FoldOf(c);
    if (fold.kind == CharKind::kDropped) continue;
    if (fold.kind == CharKind::kSpace || fold.kind == CharKind::kNewline) {
      const bool after = out.empty() || out.back().c == ' ' || out.back().c == '\n';
      if (fold.kind == CharKind::kNewline && !out.empty() && out.back().c == ' ') {
        out.back().c = '\n';
        out.back().kind = CharKind::kNewline;
      }
      if (!after) out.push_back({fold.kind == CharKind::kSpace ? U' ' : U'\n', fold.kind, source});
      continue;
    }
    std::string bytes(fold.bytes);
    if (bytes.empty()) AppendUtf8(bytes, c);
    for (size_t k = 0; k < bytes.size();)
      out.push_back({NextCodePoint(bytes, &k), fold.kind, source});
  }
  return out;
}

inline bool ReferenceIsSeparator(const ReferenceChar& c) {
  return c.kind == CharKind::kSpace || c.kind == CharKind::kMark || c.kind == CharKind::kSign;
}
inline bool ReferenceIsWord(const ReferenceChar& c) {
  return c.kind == CharKind::kHan || c.kind == CharKind::kAlnum;
}

// Marks the characters that squeezing leaves out.
inline std::vector<bool> ReferenceDropped(const std::vector<ReferenceChar>& text) {
  std::vector<bool> dropped(text.size());
  for (size_t i = 0; i < text.size();) {
    if (!ReferenceIsSeparator(text[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && ReferenceIsSeparator(text[end])) ++end;
    if (end - i <= 3 && i > 0 && end < text.size() && ReferenceIsWord(text[i - 1]) &&
        ReferenceIsWord(text[end]) &&
        (text[i - 1].kind == CharKind::kHan || text[end].kind == CharKind::kHan)) {
      for (size_t k = i; k < end; ++k) dropped[k] = true;
    }
    i = end;
  }
  return dropped;
}

inline bool ReferenceOneWord(char32_t a, char32_t b) {
  const auto letter = [](char32_t c) { return c >= 'a' && c <= 'z'; };
  const auto digit = [](char32_t c) { return c >= '0' && c <= '9'; };
  return (letter(a) && letter(b)) || (digit(a) && digit(b));
}

// Places of `literal` in one zone, plain and squeezed, as source spans.
inline std::set<std::tuple<uint32_t, uint32_t, Channel>> ReferenceScan(std::string_view text,
                                                                       std::string_view literal) {
  const std::vector<ReferenceChar> plain = ReferencePlain(text);
  std::vector<ReferenceChar> phrase = ReferencePlain(literal);
  while (!phrase.empty() && phrase.back().c == ' ') phrase.pop_back();
  std::set<std::tuple<uint32_t, uint32_t, Channel>> out;
  if (phrase.empty()) return out;
  std::set<uint32_t> plain_begins;
  const auto place = [&](size_t first, size_t last, Channel channel) {
    out.insert({plain[first].source.begin, plain[last].source.end, channel});
  };
  for (size_t i = 0; i + phrase.size() <= plain.size(); ++i) {
    bool equal = true;
    for (size_t k = 0; k < phrase.size() && equal; ++k) equal = plain[i + k].c == phrase[k].c;
    const size_t last = i + phrase.size() - 1;
    if (!equal || (i > 0 && ReferenceOneWord(plain[i - 1].c, plain[i].c)) ||
        (last + 1 < plain.size() && ReferenceOneWord(plain[last].c, plain[last + 1].c))) {
      continue;
    }
    place(i, last, Channel::kPlain);
    plain_begins.insert(static_cast<uint32_t>(i));
  }
  // A literal with signs at its ends is wanted with them.
  if (ReferenceIsSeparator(phrase.front()) || ReferenceIsSeparator(phrase.back())) return out;
  const std::vector<bool> phrase_dropped = ReferenceDropped(phrase);
  std::vector<char32_t> core;
  for (size_t i = 0; i < phrase.size(); ++i) {
    if (!phrase_dropped[i]) core.push_back(phrase[i].c);
  }
  const std::vector<bool> dropped = ReferenceDropped(plain);
  for (size_t i = 0; i < plain.size(); ++i) {
    if (dropped[i] || plain_begins.count(static_cast<uint32_t>(i)) != 0) continue;
    size_t at = i, matched = 0, last = i;
    bool gap = false, odd = false;
    for (; at < plain.size() && matched < core.size(); ++at) {
      if (dropped[at]) {
        gap = true;
        odd |= plain[at].kind == CharKind::kSign;
        continue;
      }
      if (plain[at].c != core[matched]) break;
      last = at;
      ++matched;
    }
    if (matched < core.size()) continue;
    // The neighbours in squeezed text; a gap never parts two letters or two digits.
    if ((i > 0 && ReferenceOneWord(plain[i - 1].c, plain[i].c)) ||
        (last + 1 < plain.size() && ReferenceOneWord(plain[last].c, plain[last + 1].c))) {
      continue;
    }
    if (core.size() == 2 && gap && !odd && i > 0 && plain[i - 1].kind == CharKind::kHan &&
        last + 1 < plain.size() && plain[last + 1].kind == CharKind::kHan) {
      continue;
    }
    place(i, last, Channel::kSqueezed);
  }
  return out;
}

}  // namespace xuncha
