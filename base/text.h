// Text: small pure functions on UTF-8. Every function accepts any bytes;
// malformed sequences are treated as U+FFFD, one per byte that fits nowhere
// (WHATWG "maximal subpart").
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

// The code point at text[*at], advancing *at past it. REQUIRES: *at < size.
char32_t NextCodePoint(std::string_view text, size_t* at);
void AppendUtf8(std::string& out, char32_t code_point);
bool IsValidUtf8(std::string_view text);
// Length of the longest well-formed beginning; text.size() if all of it is.
size_t ValidUtf8Prefix(std::string_view text);
std::string ToValidUtf8(std::string_view text);

// Start of the code point that is `count` code points before/after byte `at`.
size_t StepBack(std::string_view text, size_t at, size_t count);
size_t StepForward(std::string_view text, size_t at, size_t count);
size_t CountCodePoints(std::string_view text);

bool IsHan(char32_t c);  // CJK ideographs incl. extensions and compatibility
bool IsAsciiAlnum(char32_t c);
constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
// White space as HTML and CSS know it.
constexpr bool IsAsciiSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
constexpr char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
// What a hexadecimal digit of either case stands for, or -1.
constexpr int HexValue(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  c = AsciiLower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string_view Trim(std::string_view text);  // ASCII white space
std::string CollapseSpace(
    std::string_view text);  // runs of white space (also U+3000, NBSP) to one blank, trimmed
std::string AsciiLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);  // ASCII
bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);
size_t FindIgnoreCase(std::string_view text, std::string_view needle, size_t from = 0);
bool ContainsIgnoreCase(std::string_view text, std::string_view needle);
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);

// Columns a terminal gives the text: Han and full-width forms count 2.
size_t DisplayWidth(std::string_view text);

// For terminals and logs: C0, C1, ESC, DEL, bidi controls and line separators
// become visible escapes such as \x1b and \u202e; the rest stays.
std::string Neutralise(std::string_view text);
// For HTML text and double-quoted attributes.
std::string EscapeHtml(std::string_view text);

// Sorts `values` and drops what stands twice.
template <typename T>
void SortUnique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// The name of `candidates` nearest to `name` (edit distance ≤ 1 + size / 3), or "".
std::string Nearest(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace xuncha
