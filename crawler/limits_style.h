// Caps of reading style sheets, each with its reason. What is over one is left out, and
// the page says so.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xuncha::limits {

inline constexpr int kPseudoDepthMax = 4;  // of :not() in :not(); people write one

}  // namespace xuncha::limits
