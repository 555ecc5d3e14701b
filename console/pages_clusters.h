// The page of the largest clusters.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/web.h"

namespace xuncha {

Reply ClustersPage(Visit& visit);

}  // namespace xuncha
