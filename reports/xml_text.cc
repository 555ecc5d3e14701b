// SPDX-License-Identifier: Apache-2.0
#include "reports/xml_text.h"

#include "base/text.h"

namespace xuncha {

std::string XmlChars(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, &at);
    const bool allowed =
        c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
    if (allowed) AppendUtf8(out, c);
  }
  return out;
}

std::string EscapeXml(std::string_view text) {
  std::string out;
  for (const char c : XmlChars(text)) {
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
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace xuncha
