// How much of what files need one link or address may have, each with its reason; how much
// there is stands in base/limits_desk.h.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace xuncha::limits {

inline constexpr size_t kDeskLargeBodiesPerLinkMax =
    2;  // of kDeskLargeBodiesMax: an owner sends one, and once more if the first hangs
inline constexpr size_t kDeskLargeBodiesPerAddressMax =
    4;  // of those: offices share an address, and none is to take all places

}  // namespace xuncha::limits
