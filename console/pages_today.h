// The first page: what there is to do today.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/web.h"

namespace xuncha {

Reply ShowToday(Visit& visit);

}  // namespace xuncha
