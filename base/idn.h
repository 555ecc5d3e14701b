// Internationalised host names (UTS #46, non-transitional, as browsers do it).
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

// "xn--..." of a host in UTF-8; checks A-labels that are there already.
// kInvalid if some label cannot be a host name.
Result<std::string> DomainToAscii(std::string_view host);

}  // namespace xuncha
