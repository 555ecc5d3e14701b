// SPDX-License-Identifier: Apache-2.0
#include "base/percent.h"

#include "base/text.h"
#include "base/url.h"

namespace xuncha {

std::string PercentEncode(std::string_view text, std::string_view kept) {
  constexpr std::string_view kUnreserved = "-._~";  // beside letters and digits
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsAsciiAlnum(byte) || kUnreserved.find(c) != kUnreserved.npos || kept.find(c) != kept.npos)
      out += c;
    else
      out += PercentEncodeByte(byte);
  }
  return out;
}

}  // namespace xuncha
