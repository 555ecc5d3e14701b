// Asks a timestamp authority over HTTP, as RFC 3161, 3.4 has it. One request, no
// redirects, bounded in bytes and time.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

// The reply's bytes, unchecked (proof/timestamp.h). kSystem if nothing usable came
// in time; kLimit if it was too large.
Result<std::string> AskAuthority(const std::string& url, std::string_view query, Millis timeout);

}  // namespace xuncha
