// Backups by RocksDB's BackupEngine: what has not changed since the last one is
// not copied again, every file has a checksum, and the oldest go when there are
// more than wanted. A backup is a directory of its own, best on another disk:
//
//   FORMAT      "xuncha backup\nformat 1\n"
//   engine/     RocksDB's
//
// Nothing is restored over anything: a restored store is put together beside its
// final name, read from end to end, held against what was noted when the backup
// was made, and only then gets its name.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace xuncha {

struct BackupFacts {
  uint32_t id = 0;  // ascending
  Millis time = 0;
  uint64_t bytes = 0;     // of all its files; most are shared with other backups
  uint64_t entries = 0;   // of the audit chain
  Digest root;            // of its tree
  uint64_t sequence = 0;  // of the last change in it
};

// Oldest first. kNotFound if there are none; kInvalid if the directory is none of
// backups; kDamaged; kNewer.
Result<std::vector<BackupFacts>> ListBackups(const std::string& directory);

// Puts backup `id` (0: the newest) into `into`, a directory that is made for it,
// checked by the engine's checksums; restore.h reads it record by record.
// kNotFound; kDamaged; kNewer.
Result<BackupFacts> UnpackBackup(const std::string& directory, uint32_t id,
                                 const std::string& into);

}  // namespace xuncha
