// Accounts of others: for administrators to change, for auditors to see.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/web.h"

namespace xuncha {

Reply ShowAccounts(Visit& visit);
Reply DoAddAccount(Visit& visit);
Reply DoChangeAccount(Visit& visit);
Reply DoAddToken(Visit& visit);
Reply DoEndToken(Visit& visit);

}  // namespace xuncha
