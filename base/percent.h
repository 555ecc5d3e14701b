// Percent-encoding of a value for a URL or a form (RFC 3986, section 2.1).
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha {

// All but the unreserved characters, and those in `kept`, becomes %XX.
std::string PercentEncode(std::string_view text, std::string_view kept = {});

}  // namespace xuncha
