// The work behind Store::Check; see check.h.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/chain.h"
#include "store/check.h"
#include "store/db.h"

namespace xuncha {

// kConflict if `progress` said stop.
Result<StoreReport> CheckRecords(const Database& database, const BlobStore& blobs,
                                 const CheckOptions& options);

}  // namespace xuncha
