// Text as scripts spell it: escapes, percent signs, base64, packed words.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace xuncha {

// Puts UTF-16 code units together as they come.
class Utf16Writer {
 public:
  explicit Utf16Writer(std::string& out) : out_(out) {}
  void Put(uint32_t unit) {
    if (high_ != 0) {
      const uint32_t high = std::exchange(high_, 0);
      if (unit >= 0xDC00 && unit < 0xE000) {
        AppendUtf8(out_, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
        return;
      }
      AppendUtf8(out_, 0xFFFD);
    }
    if (unit >= 0xD800 && unit < 0xDC00) {
      high_ = unit;
    } else if ((unit >= 0xDC00 && unit < 0xE000) || unit > 0x10FFFF) {
      AppendUtf8(out_, 0xFFFD);
    } else {
      AppendUtf8(out_, unit);
    }
  }
  void Flush() {
    if (std::exchange(high_, 0) != 0) AppendUtf8(out_, 0xFFFD);
  }

 private:
  std::string& out_;
  uint32_t high_ = 0;
};

// The characters of a string literal, without quotes. `disguise` is set if most of
// it is spelled in escapes of letters any keyboard has.
std::string DecodeLiteral(std::string_view literal, bool* disguise);
std::string DecodePercent(std::string_view text, bool* disguise);  // %XX and %uXXXX
std::optional<std::string> DecodeBase64(std::string_view text);    // as UTF-8
// The words in a value that waits, percent-encoded or in base64, for a script to unpack it;
// nothing if there are no Chinese ones.
std::optional<std::string> PackedWords(std::string_view value);
// What eval(function(p,a,c,k,e,d){...}(payload, base, count, words)) evaluates.
std::string Unpack(std::string_view payload, int base, const std::vector<std::string>& words);

}  // namespace xuncha
