// SPDX-License-Identifier: Apache-2.0
#include "reports/mask.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "matcher/checks.h"

namespace xuncha {
namespace {

constexpr size_t kDigitsFrom = 10;  // shorter runs are dates, prices, extension numbers
constexpr size_t kDigitsKept = 6;   // region of an ID, issuer of a card

// The value of a digit in any of the styles identifiers are written in: ASCII
// or full-width.
bool IsDigit(char32_t c) { return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19); }
bool IsJoiner(char32_t c) { return c == ' ' || c == '-' || c == 0x3000 || c == 0xA0; }

// Words behind which a number names a thing.
constexpr std::string_view kThings[] = {"订单号", "单号",   "编号",     "流水号", "文号",
                                        "条码",   "备案号", "信用代码", "isbn",   "issn"};

bool NamesAThing(std::string_view before) {
  while (!before.empty()) {
    const size_t at = StepBack(before, before.size(), 1);
    const std::string_view last = before.substr(at);
    if (last != " " && last != ":" && last != "：" && last != "#" && last != "为") break;
    before = before.substr(0, at);
  }
  constexpr size_t kTailBytes = 16;  // the longest of them
  const std::string tail =
      AsciiLower(before.substr(before.size() - std::min(before.size(), kTailBytes)));
  return std::any_of(std::begin(kThings), std::end(kThings),
                     [&](std::string_view thing) { return tail.ends_with(thing); });
}

// Eighteen digits with a date in the middle: also with a wrong check digit
// somebody's, mistyped.
bool LooksLikeResidentId(std::string_view run) {
  if (run.size() != 18) return false;
  const auto pair = [&](size_t at) { return (run[at] - '0') * 10 + (run[at + 1] - '0'); };
  const int century = pair(6), month = pair(10), day = pair(12);
  return (century == 19 || century == 20) && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

// Whether a run is the number of an organisation or a thing. What would also pass
// as a citizen's stays hidden, whatever stands before it.
bool IsNoPerson(std::string_view before, std::string_view run) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(run.begin(), run.end(), is_digit)) return false;  // groups, full-width
  if (LooksLikeResidentId(run) || IsBankCard(run) || IsMobile(run)) return false;
  return IsUscc(run) || NamesAThing(before);
}

enum class Edges : uint8_t { kWhole, kCut };  // kCut: the text may go on at both ends

std::string Mask(std::string_view text, Edges edges) {
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
    const bool cut =
        edges == Edges::kCut && digits > kDigitsKept && (at == 0 || end == text.size());
    const bool is_long =
        digits >= kDigitsFrom && !IsNoPerson(text.substr(0, at), text.substr(at, end - at));
    if (!cut && !is_long) {
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
        out += next - at == 1 ? "*" : "＊";  // as long as what it hides
      } else {
        out.append(text.substr(at, next - at));
      }
      at = next;
    }
  }
  return out;
}

}  // namespace

std::string MaskIdentifiers(std::string_view text) { return Mask(text, Edges::kWhole); }

Excerpt MaskExcerpt(std::string_view before, std::string_view found, std::string_view after) {
  const std::string whole = Mask(std::string(before).append(found).append(after), Edges::kCut);
  return {whole.substr(0, before.size()), whole.substr(before.size(), found.size()),
          whole.substr(before.size() + found.size())};
}

}  // namespace xuncha
