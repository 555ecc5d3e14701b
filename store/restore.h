// From a backup to a store again, verified record by record.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "store/backup.h"
#include "store/check.h"

namespace xuncha {

struct RestoreOptions {
  std::string from;  // a directory of backups
  uint32_t id = 0;   // 0: the newest
  std::string to;    // the new store's directory
  CheckOptions check;
  std::string who;  // for the restored chain's entry
};
struct Restored {
  BackupFacts backup;
  StoreReport report;
};
// The store is put together beside `to`, read from end to end and held against
// what the backup noted of itself; only a whole one gets its name, and its audit
// chain an entry that says so. kConflict if there is anything at `to`; kDamaged,
// with what, if it is not whole. On failure nothing is left behind.
Result<Restored> RestoreStore(const RestoreOptions& options);

}  // namespace xuncha
