// Caps of the officers' desk against who comes to it: beside base/limits.h, which half the
// program includes, so that one of these does not rebuild all of it.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace xuncha::limits {

inline constexpr size_t kDeskHistoryMax =
    50;  // newest replies, re-checks, events of an incident on its page; a case has ten
inline constexpr size_t kDeskLargeBodiesMax =
    8;  // requests with files at once: each is held whole, 8 MB, and once more when it is read

inline constexpr size_t kDeskSessionsPerAccountMax =
    10;  // browsers of one person; who signs in once more ends their own oldest

inline constexpr size_t kClusterJudgedReadMax =
    5'000;  // findings of incidents already judged, read to list them beside a cluster: 50 ms;
            // those grow with the years and are not decided

inline constexpr size_t kSignInNameFailuresMax =
    30;  // of one account from everywhere: guesses, not a way for a stranger to lock it
inline constexpr size_t kKnownNetworksMax = 10;  // of one account: desk, home, telephone
inline constexpr int64_t kKnownNetworkMillis = int64_t{30} * 86'400'000;

}  // namespace xuncha::limits
