// SPDX-License-Identifier: Apache-2.0
#include "store/accounts.h"

#include "store/chain.h"
#include "store/db.h"

namespace xuncha {

Accounts::Accounts(Database& database, AuditChain& chain) : database_(database), chain_(chain) {}

}  // namespace xuncha
