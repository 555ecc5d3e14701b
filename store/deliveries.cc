// SPDX-License-Identifier: Apache-2.0
#include "store/deliveries.h"

#include "store/chain.h"
#include "store/db.h"

namespace xuncha {

Deliveries::Deliveries(Database& database, AuditChain& chain)
    : database_(database), chain_(chain) {}

}  // namespace xuncha
