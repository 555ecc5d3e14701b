// Text as it may stand in XML 1.0, which knows characters that no document may hold
// at all: office programs refuse a file with one of them as damaged.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha {

// Valid UTF-8 without what production [2] Char of XML 1.0 leaves out (control
// characters but tab and line ends, U+FFFE, U+FFFF).
std::string XmlChars(std::string_view text);
// The same, escaped for content and quoted attributes.
std::string EscapeXml(std::string_view text);

}  // namespace xuncha
