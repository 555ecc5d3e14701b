// The second factor: codes of six digits that change every half minute (RFC 6238 over
// HMAC-SHA-1, as authenticator programs have it).
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace xuncha {

inline constexpr size_t kTotpSecretBytes = 20;  // RFC 4226, section 4, R6
inline constexpr Millis kTotpStep = 30'000;

// The code of a counter (RFC 4226). REQUIRES: digits is 6 to 8.
std::string Hotp(std::string_view secret, uint64_t counter, int digits);
// The step of which `code` is the code: this one, the one before or the one after, and
// later than `last`, for a code is good once. Nothing if it is none.
std::optional<uint64_t> TotpStepOf(std::string_view secret, std::string_view code, Millis now,
                                   uint64_t last);

std::string Base32(std::string_view bytes);  // RFC 4648, without padding
std::optional<std::string> UnBase32(std::string_view text);
// For authenticator programs.
std::string OtpauthUri(std::string_view account, std::string_view secret);

}  // namespace xuncha
