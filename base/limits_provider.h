// Caps of the sign-in by an identity provider; see limits.h.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace xuncha::limits {

inline constexpr size_t kDeskWaitingMax =
    16;  // requests at once that wait for another server, each on a thread of its own
inline constexpr size_t kTlsFileBytesMax = 1 << 20;  // a certificate with its chain has 10 KB

// ---- Sign-in by an identity provider (OpenID Connect) ----
inline constexpr size_t kProviderAnswerBytesMax =
    256 << 10;  // its description has 5 KB, the keys of a large one 20 KB
inline constexpr int64_t kProviderMillisMax = 8'000;  // for one answer; a person is waiting
inline constexpr int64_t kProviderKnownMillis =
    3'600'000;  // its description and keys are asked for again after that
inline constexpr int64_t kProviderAgainMillis =
    30'000;  // between two questions because of an unknown key, or after one that failed
inline constexpr size_t kProviderKeysMax = 64;        // real ones publish two to five
inline constexpr size_t kProviderRsaBitsMin = 2'048;  // RFC 7518, section 3.3
inline constexpr size_t kProviderRsaBitsMax =
    8'192;  // a larger one costs tens of milliseconds for each signature checked
inline constexpr size_t kIdTokenBytesMax = 16 << 10;   // real ones have 1 KB
inline constexpr int64_t kIdTokenSkewMillis = 60'000;  // between its clock and ours
inline constexpr int64_t kIdTokenAgeMillisMax =
    10 * 60'000;  // since it was issued: it comes straight from there
inline constexpr int64_t kProviderAttemptMillis =
    10 * 60'000;  // for a person to prove themselves there, second factor and all
inline constexpr size_t kProviderAttemptsKeptMax =
    10'000;  // that came back and must not again, within the time above
inline constexpr size_t kProviderCodeBytesMax = 2'048;  // the code it sends along
inline constexpr size_t kSubjectBytesMax = 255;         // OpenID Connect Core, section 2: sub
inline constexpr size_t kIssuerBytesMax = 512;

}  // namespace xuncha::limits
