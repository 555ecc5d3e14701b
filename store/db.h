// Database is RocksDB behind one small door: families of keys, values in a
// checked envelope, batches that happen together or not at all.
//
// Every value carries a format byte and a CRC-32C over family, key and payload,
// so a flipped bit or a value at the wrong key is refused here (kDamaged) and
// nobody above has to ask. Nothing is repaired: RocksDB is opened so that damage
// in its own files stops the open or the read.
//
// Reads: any thread. Writes: one thread at a time, the main thread by contract
// of Store.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/backup.h"
#include "store/store.h"

namespace xuncha {

// Column families by lifetime. The number stands in checksums: append only.
enum class Family : uint8_t {
  kSites = 1,
  kUrls = 2,
  kObservations = 3,
  kBlobs = 4,
  kFindings = 5,
  kIncidents = 6,
  kEvents = 7,
  kAudit = 8,
  kMeta = 9,
  kDictionaries = 10,
  kHolds = 11,
  kExports = 12,
  kAccounts = 13,
  kCasework = 14,
  kDeliveries = 15,
  kIndex = 16,  // made from the others, for paging
};
inline constexpr int kFamilies = 16;
std::string_view FamilyName(Family family);  // "sites"

// The format of the whole store, in the file FORMAT of its directory. It grows
// when an older program must not open the store at all.
inline constexpr uint32_t kFormat = 1;
// Marks the directory as a store of that format.
Status WriteFormat(const std::string& directory);

// A key as people can read it: letters as they are, the rest as \xNN.
std::string ReadableKey(std::string_view key);
// `why` with family and key before it and what to do behind it.
Error UnreadableRecord(Family family, std::string_view key, const Error& why);

// The envelope; bytes as in FORMAT.md.
std::string SealValue(Family family, std::string_view key, std::string_view payload);
// kDamaged or kNewer; the payload is borrowed from `value`.
Result<std::string_view> OpenValue(Family family, std::string_view key, std::string_view value);

class Database {
 public:
  struct Options {
    std::string directory;
    bool create = false;
    bool read_only = false;
    size_t memory = 0;
    Recovery recovery = Recovery::kRefuse;
    const Disk* disk = nullptr;
  };
  // kNotFound, kNewer, kDamaged, kConflict (somebody has it open), kSystem.
  static Result<std::unique_ptr<Database>> Open(const Options& options);
  struct Rep;
  explicit Database(std::unique_ptr<Rep> rep);  // for Open
  ~Database();

  Result<std::optional<std::string>> Get(Family family, std::string_view key) const;
  // Whether there is a value, readable or not.
  Result<bool> Has(Family family, std::string_view key) const;
  // Key and payload of every key that begins with `prefix`, ascending, as they
  // stood at the call. Returning false stops, an error stops and is passed on.
  using Visit = std::function<Result<bool>(std::string_view key, std::string_view payload)>;
  Status Scan(Family family, std::string_view prefix, const Visit& visit) const;
  // The same, beginning at `from` at the earliest.
  Status ScanFrom(Family family, std::string_view prefix, std::string_view from,
                  const Visit& visit) const;
  // The same downwards, beginning before `from`, or at the last if it is empty.
  Status ScanBack(Family family, std::string_view prefix, std::string_view from,
                  const Visit& visit) const;
  // Every record there is, also behind a damaged one: what cannot be read is handed
  // over as the reason why not. Where a whole block of the file is unreadable that
  // is said once, with an empty key, and then the rest is read from its end, key by
  // key downwards. Returning false stops.
  using VisitAny =
      std::function<bool(std::string_view key, const Result<std::string_view>& payload)>;
  void Sweep(Family family, const VisitAny& visit) const;
  // Key and bytes of value of every record, ascending, the value not looked at: for
  // those who ask only what is there. Returning false stops.
  using VisitKey = std::function<Result<bool>(std::string_view key, uint64_t bytes)>;
  Status EachKey(Family family, const VisitKey& visit) const;
  // Puts what was deleted from the family out of the files: rewrites all that hold
  // it, and lets go of the log up to here. Takes as long as the family is large.
  Status Forget(Family family);
  // The checksums of every table file, whether its bytes are in use or not.
  // kDamaged for each file that fails, naming it and what keys it held.
  std::vector<Error> CheckFiles() const;
  // Bytes on the disk.
  uint64_t FamilyBytes(Family family) const;
  uint64_t LogBytes() const;  // not yet in a family's files
  uint64_t KeysEstimated(Family family) const;
  // Grows with each change; the same number, the same records.
  uint64_t Sequence() const;

  // Backups of this database; see backup.h.
  Result<BackupFacts> Backup(const std::string& directory, const BackupFacts& facts, uint32_t keep);

  // The greatest key that begins with `prefix`.
  Result<std::optional<std::string>> LastKey(Family family, std::string_view prefix) const;

 private:
  friend class Batch;
  std::vector<Error> CheckListedFiles() const;
  std::unique_ptr<Rep> rep_;
};

// What stands before the first NUL of the family's keys: the ids of the sites that have
// a record in it.
Result<std::set<std::string>> SitesIn(const Database& database, Family family);

// Changes that happen together or not at all. Reads through itself, so what was
// put is seen at once by whoever adds to the same batch. Scans are the
// database's and do not see it.
class Batch {
 public:
  explicit Batch(Database& database) : database_(database) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  const Database& database() const { return database_; }
  size_t size() const { return changes_.size(); }
  void Put(Family family, std::string_view key, std::string payload);
  void Delete(Family family, std::string_view key);
  Result<std::optional<std::string>> Get(Family family, std::string_view key) const;
  Result<bool> Has(Family family, std::string_view key) const;
  // One write, one fsync, whole or not at all. On success everything is on the
  // disk. On failure nothing of it is seen by this process; the next one may find
  // it whole, if the disk had it already. kDenied if the store is open read-only.
  Status Commit();

 private:
  Database& database_;
  std::map<std::pair<Family, std::string>, std::optional<std::string>> changes_;  // nullopt: delete
};

}  // namespace xuncha
