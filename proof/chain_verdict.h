// What a chain's report amounts to: that it is damaged, or only that somebody's
// public key is not at hand and so nothing is proven.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proof/chain_check.h"

namespace xuncha {

// Keys that signed and were not given to the checker: each is one problem.
uint64_t UnknownKeys(const ChainReport& report);
// Whether there are other problems than those.
bool IsDamaged(const ChainReport& report);

}  // namespace xuncha
