// SPDX-License-Identifier: Apache-2.0
#include "crawler/filed.h"

#include "base/text.h"

namespace xuncha {

std::string HalfWidth(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    char32_t c = NextCodePoint(text, &at);
    if (c >= 0xFF01 && c <= 0xFF5E) {
      c -= 0xFF01 - 0x21;
    } else if (c == 0x3000 || c == 0xA0) {
      c = ' ';
    } else if (c == 0x3002 || c == 0xFF61) {
      c = '.';
    } else if (c == 0x2018 || c == 0x2019) {
      c = '\'';
    }
    AppendUtf8(out, c);
  }
  return out;
}

std::vector<std::string> SplitFiled(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  const std::string half = HalfWidth(text);
  for (size_t at = 0; at < half.size();) {
    char32_t c = NextCodePoint(half, &at);
    const bool between =
        c == ';' || c == ',' || c == U'、' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!between) {
      AppendUtf8(part, c);
    } else if (!part.empty()) {
      parts.push_back(std::move(part));
      part.clear();
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

}  // namespace xuncha
