// SPDX-License-Identifier: Apache-2.0
#include "matcher/width.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kCharBytesMax = 4;  // of UTF-8; a letter may match its other case
constexpr int kDepthMax = 32;        // of brackets; deeper ones are nobody's rule
constexpr std::string_view kClassEscapes = "dDsSwW", kPlaceEscapes = "bBAz";

size_t Sum(size_t a, size_t b) { return a > kUnbounded - b ? kUnbounded : a + b; }
size_t Product(size_t a, size_t b) {
  if (a == 0 || b == 0) return 0;
  return a > kUnbounded / b ? kUnbounded : a * b;
}

class WidthReader {
 public:
  explicit WidthReader(std::string_view source) : source_(source) {}

  size_t Read() {
    const size_t width = Alternatives(0);
    return at_ == source_.size() ? width : kUnbounded;
  }

 private:
  bool More() const { return at_ < source_.size(); }
  bool Take(char c) {
    if (!More() || source_[at_] != c) return false;
    ++at_;
    return true;
  }

  // The widest of what stands between bars, up to the bracket that closes it.
  size_t Alternatives(int depth) {
    if (depth > kDepthMax) return kUnbounded;
    size_t widest = 0;
    do {
      size_t width = 0;
      while (More() && source_[at_] != '|' && source_[at_] != ')') {
        const size_t piece = Piece(depth);
        width = Sum(width, Repeated(piece));
        if (width == kUnbounded) return kUnbounded;
      }
      widest = std::max(widest, width);
    } while (Take('|'));
    return widest;
  }

  size_t Piece(int depth) {
    switch (source_[at_]) {
      case '(':
        return Group(depth);
      case '[':
        return Class();
      case '\\':
        return Escape();
      case '^':
      case '$':
        ++at_;
        return 0;
      default: {
        NextCodePoint(source_, &at_);
        return kCharBytesMax;
      }
    }
  }

  // ( ... ), (?: ... ), (?P<name> ... ); flags change what a letter matches, and
  // are left alone.
  size_t Group(int depth) {
    ++at_;
    if (Take('?')) {
      if (Take('P')) {
        const size_t close = source_.find('>', at_);
        if (close == source_.npos) return kUnbounded;
        at_ = close + 1;
      } else if (!Take(':')) {
        return kUnbounded;
      }
    }
    const size_t width = Alternatives(depth + 1);
    return width != kUnbounded && Take(')') ? width : kUnbounded;
  }

  size_t Class() {
    ++at_;
    Take('^');
    Take(']');  // first in its class it is a character
    while (More() && source_[at_] != ']') {
      if (source_.substr(at_, 2) == "[:") {
        const size_t close = source_.find(":]", at_);
        if (close == source_.npos) return kUnbounded;
        at_ = close + 2;
      } else {
        if (source_[at_] == '\\') ++at_;
        if (More()) ++at_;
      }
    }
    return Take(']') ? kCharBytesMax : kUnbounded;
  }

  size_t Escape() {
    ++at_;
    if (!More()) return kUnbounded;
    const char c = source_[at_];
    if (kPlaceEscapes.find(c) != kPlaceEscapes.npos) {
      ++at_;
      return 0;
    }
    if (kClassEscapes.find(c) != kClassEscapes.npos || !IsAsciiAlnum(static_cast<char32_t>(c))) {
      NextCodePoint(source_, &at_);
      return kCharBytesMax;
    }
    if (c == 'p' || c == 'P') {  // \pL, \p{Han}
      ++at_;
      const size_t close = Take('{') ? source_.find('}', at_) : at_;
      if (close >= source_.size()) return kUnbounded;
      at_ = close + 1;
      return kCharBytesMax;
    }
    return kUnbounded;  // \Q, \x and the like
  }

  // `piece` as often as what stands behind it allows.
  size_t Repeated(size_t piece) {
    for (;;) {
      if (!More()) return piece;
      const char c = source_[at_];
      if (c == '*' || c == '+') {
        ++at_;
        piece = Product(piece, kUnbounded);
      } else if (c == '?') {
        ++at_;  // none or one, or the mark of a lazy repeat
      } else if (const std::optional<size_t> times = c == '{' ? Times() : std::nullopt) {
        piece = Product(piece, *times);
      } else {
        return piece;
      }
    }
  }

  // {n}, {n,} or {n,m}; anything else behind a brace is a character.
  std::optional<size_t> Times() {
    size_t at = at_ + 1;
    const auto number = [&] {
      std::optional<size_t> out;
      for (; at < source_.size() && source_[at] >= '0' && source_[at] <= '9'; ++at)
        out = std::min<size_t>(out.value_or(0) * 10 + static_cast<size_t>(source_[at] - '0'), 9999);
      return out;
    };
    const std::optional<size_t> low = number();
    std::optional<size_t> high = low;
    if (!low) return std::nullopt;
    if (at < source_.size() && source_[at] == ',') {
      ++at;
      high = number();
      if (!high) high = kUnbounded;
    }
    if (at >= source_.size() || source_[at] != '}') return std::nullopt;
    at_ = at + 1;
    return high;
  }

  const std::string_view source_;
  size_t at_ = 0;
};

}  // namespace

size_t WidthMax(std::string_view expression) { return WidthReader(expression).Read(); }

}  // namespace xuncha
