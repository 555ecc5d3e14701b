// TidyHits makes of what the scan and the other searches found what a page keeps:
// each place of a pattern once, in its plainest reading, ordered by place.
//
// Nearly all hits are plain and arrive nearly in order, which costs little; only
// patterns that were also read in disguise are compared place by place.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/record.h"

namespace xuncha {

void TidyHits(std::vector<Hit>& hits);

}  // namespace xuncha
