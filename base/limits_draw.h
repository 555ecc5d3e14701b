// Caps of drawing by a service: beside base/limits.h, which half the program includes, so that
// one of these does not rebuild all of it. What a browser may use stands there (kBrowser...).
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace xuncha::limits {

inline constexpr size_t kDrawRequestBytesMax =
    4 * kBodyBytesMax;  // a page in UTF-8: at most three bytes for one of an old charset
inline constexpr size_t kDrawReasonBytesMax = 4 << 10;    // why nothing was drawn: a sentence
inline constexpr int64_t kDrawTransferMillisMax = 5'000;  // a request or an answer, on one machine
inline constexpr int64_t kDrawMillisMax =
    kBrowserMillisMax + 2 * kDrawTransferMillisMax;  // from asking to the answer's last byte

}  // namespace xuncha::limits
