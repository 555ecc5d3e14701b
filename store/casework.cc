// SPDX-License-Identifier: Apache-2.0
#include "store/casework.h"

#include "store/chain.h"
#include "store/db.h"

namespace xuncha {

Casework::Casework(Database& database, AuditChain& chain) : database_(database), chain_(chain) {}

}  // namespace xuncha
