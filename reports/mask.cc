// SPDX-License-Identifier: Apache-2.0
#include "reports/mask.h"

#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kDigitsFrom = 10;  // shorter runs are dates, prices, extension numbers
constexpr size_t kDigitsKept = 6;   // region of an ID, issuer of a card

// The value of a digit in any of the styles identifiers are written in: ASCII
// or full-width.
bool IsDigit(char32_t c) { return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19); }
bool IsJoiner(char32_t c) { return c == ' ' || c == '-' || c == 0x3000 || c == 0xA0; }

}  // namespace

std::string MaskIdentifiers(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    // Measure a run of digits with single joiners between them.
    size_t digits = 0, scan = at, end = at;
    bool joined = false;
    while (scan < text.size()) {
      size_t next = scan;
      const char32_t c = NextCodePoint(text, &next);
      if (IsDigit(c)) {
        ++digits;
        joined = false;
        end = next;
      } else if (digits > 0 && !joined && IsJoiner(c)) {
        joined = true;
      } else {
        break;
      }
      scan = next;
    }
    if (digits < kDigitsFrom) {
      if (digits == 0) {
        size_t next = at;
        NextCodePoint(text, &next);
        end = next;
      }
      out.append(text.substr(at, end - at));
      at = end;
      continue;
    }
    size_t seen = 0;
    while (at < end) {
      size_t next = at;
      const char32_t c = NextCodePoint(text, &next);
      if (IsDigit(c) && ++seen > kDigitsKept) {
        out.push_back('*');
      } else {
        out.append(text.substr(at, next - at));
      }
      at = next;
    }
  }
  return out;
}

}  // namespace xuncha
