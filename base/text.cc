// Text: see text.h. The decoder here is the one place that knows what
// well-formed UTF-8 is (Unicode 15, table 3-7).
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <cstring>

#include "base/result.h"

namespace xuncha {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr size_t kNearestNameMax = 64;  // longer names are not typing mistakes

unsigned char Byte(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

struct Sequence {
  char32_t code_point = kReplacement;
  uint8_t length = 1;  // bytes consumed
  bool valid = false;
};

// Decodes the sequence at `at`. A malformed one consumes its maximal subpart.
Sequence DecodeAt(std::string_view text, size_t at) {
  const unsigned char lead = Byte(text, at);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xc2 || lead > 0xf4) return {};
  const int count = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  // The second byte carries the bounds that exclude overlong forms, surrogates
  // and code points above U+10FFFF.
  unsigned char low = 0x80, high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  char32_t code_point = lead & (0x3f >> count);
  for (int i = 1; i <= count; ++i) {
    if (at + i >= text.size()) return {kReplacement, static_cast<uint8_t>(i), false};
    const unsigned char next = Byte(text, at + i);
    if (next < low || next > high) return {kReplacement, static_cast<uint8_t>(i), false};
    code_point = code_point << 6 | (next & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  return {code_point, static_cast<uint8_t>(count + 1), true};
}

bool IsSpaceCodePoint(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

struct Range {
  char32_t first, last;
};

bool In(const Range* ranges, size_t count, char32_t c) {
  const Range* end = ranges + count;
  const Range* found = std::lower_bound(
      ranges, end, c, [](const Range& range, char32_t v) { return range.last < v; });
  return found != end && found->first <= c;
}

// Blocks whose characters are wide or full-width (UAX #11), in whole blocks:
// exact to the character only where terminals agree anyway.
constexpr Range kWide[] = {
    {0x1100, 0x115f},   {0x2329, 0x232a},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x17000, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
};

constexpr Range kZeroWidth[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064}, {0x2066, 0x2069},
    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};

// What could move the cursor, change the terminal or reorder a line.
bool IsTreacherous(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
         (c >= 0xe0000 && c <= 0xe007f);
}

void AppendHex(std::string& out, char32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += "0123456789abcdef"[value >> shift & 15];
  }
}

std::u32string CodePoints(std::string_view text) {
  std::u32string points;
  for (size_t at = 0; at < text.size();) points += NextCodePoint(text, &at);
  return points;
}

size_t EditDistance(const std::u32string& a, const std::u32string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

char32_t NextCodePoint(std::string_view text, size_t* at) {
  CHECK(*at < text.size());
  const Sequence sequence = DecodeAt(text, *at);
  *at += sequence.length;
  return sequence.code_point;
}

void AppendUtf8(std::string& out, char32_t c) {
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) c = kReplacement;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    const char bytes[] = {static_cast<char>(0xe0 | c >> 12),
                          static_cast<char>(0x80 | (c >> 6 & 0x3f)),
                          static_cast<char>(0x80 | (c & 0x3f))};
    out.append(bytes, 3);
  } else {
    const char bytes[] = {
        static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3f)),
        static_cast<char>(0x80 | (c >> 6 & 0x3f)), static_cast<char>(0x80 | (c & 0x3f))};
    out.append(bytes, 4);
  }
}

// Every fetched page passes here, so the two common cases come first: eight
// ASCII bytes at once, and three-byte sequences (all of ordinary Chinese) with
// one comparison of four loaded bytes.
size_t ValidUtf8Prefix(std::string_view text) {
  const size_t size = text.size();
  const char* data = text.data();
  size_t at = 0;
  while (at < size) {
    while (at + 8 <= size) {
      uint64_t word;
      std::memcpy(&word, data + at, 8);
      if (word & 0x8080808080808080u) break;
      at += 8;
    }
    while (at < size && static_cast<unsigned char>(data[at]) < 0x80) ++at;
    while (at + 3 <= size) {
      const auto lead = static_cast<unsigned char>(data[at]);
      const auto second = static_cast<unsigned char>(data[at + 1]);
      const auto third = static_cast<unsigned char>(data[at + 2]);
      // E1..EC, EE and EF take any continuation bytes; E0 and ED do not.
      if (lead < 0xe1 || lead > 0xef || lead == 0xed || !IsContinuation(second) ||
          !IsContinuation(third)) {
        break;
      }
      at += 3;
    }
    if (at < size && static_cast<unsigned char>(data[at]) >= 0x80) {
      const Sequence sequence = DecodeAt(text, at);
      if (!sequence.valid) return at;
      at += sequence.length;
    }
  }
  return size;
}

bool IsValidUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

std::string ToValidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const size_t good = ValidUtf8Prefix(text);
    out.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) return out;
    AppendUtf8(out, kReplacement);
    text.remove_prefix(DecodeAt(text, 0).length);
  }
}

size_t StepBack(std::string_view text, size_t at, size_t count) {
  at = std::min(at, text.size());
  for (; count > 0 && at > 0; --count) {
    // A byte that is no continuation byte always begins a sequence; if the one
    // found does not reach `at`, the last byte stands alone.
    size_t start = at - 1;
    for (size_t back = 1; back <= 4 && back <= at; ++back) {
      if (IsContinuation(Byte(text, at - back))) continue;
      if (at - back + DecodeAt(text, at - back).length == at) start = at - back;
      break;
    }
    at = start;
  }
  return at;
}

size_t StepForward(std::string_view text, size_t at, size_t count) {
  at = std::min(at, text.size());
  for (; count > 0 && at < text.size(); --count) at += DecodeAt(text, at).length;
  return at;
}

size_t CountCodePoints(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) at += DecodeAt(text, at).length;
  return count;
}

bool IsHan(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || c == 0x3007 ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

bool IsAsciiAlnum(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string CollapseSpace(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool pending = false;
  for (size_t at = 0; at < text.size();) {
    const Sequence sequence = DecodeAt(text, at);
    at += sequence.length;
    if (IsSpaceCodePoint(sequence.code_point)) {
      pending = !out.empty();
      continue;
    }
    if (pending) out += ' ';
    pending = false;
    AppendUtf8(out, sequence.code_point);
  }
  return out;
}

std::string AsciiLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = AsciiLower(c);
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && StartsWithIgnoreCase(a, b);
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (AsciiLower(text[i]) != AsciiLower(prefix[i])) return false;
  }
  return true;
}

size_t FindIgnoreCase(std::string_view text, std::string_view needle, size_t from) {
  if (needle.empty()) return from <= text.size() ? from : std::string_view::npos;
  const char first = AsciiLower(needle[0]);
  for (size_t at = from; at + needle.size() <= text.size(); ++at) {
    if (AsciiLower(text[at]) == first && StartsWithIgnoreCase(text.substr(at), needle)) return at;
  }
  return std::string_view::npos;
}

bool ContainsIgnoreCase(std::string_view text, std::string_view needle) {
  return FindIgnoreCase(text, needle) != std::string_view::npos;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  while (true) {
    const size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out += separator;
    out += part;
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, &at);
    if (c < 0x300) {
      width += c >= 0x20 && c != 0x7f ? 1 : 0;
    } else if (!In(kZeroWidth, std::size(kZeroWidth), c)) {
      width += In(kWide, std::size(kWide), c) ? 2 : 1;
    }
  }
  return width;
}

std::string Neutralise(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, &at);
    if (!IsTreacherous(c)) {
      AppendUtf8(out, c);
    } else if (c < 0x100) {
      out += "\\x";
      AppendHex(out, c, 2);
    } else if (c < 0x10000) {
      out += "\\u";
      AppendHex(out, c, 4);
    } else {
      out += "\\U";
      AppendHex(out, c, 8);
    }
  }
  return out;
}

std::string EscapeHtml(std::string_view text) {
  std::string repaired;
  if (!IsValidUtf8(text)) {
    repaired = ToValidUtf8(text);
    text = repaired;
  }
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string Nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > kNearestNameMax) return {};
  const std::u32string wanted = CodePoints(name);
  size_t best = 1 + wanted.size() / 3 + 1;  // one more than is accepted
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > 2 * kNearestNameMax) continue;
    const size_t distance = EditDistance(wanted, CodePoints(candidate));
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

}  // namespace xuncha
