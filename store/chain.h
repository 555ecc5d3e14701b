// AuditChain is the store's journal, in the family `audit`: every entry is
// appended in the batch of what it records, so there is no deed without its entry
// and no entry without its deed. What an entry and a checkpoint are, and how they
// are checked, is in proof/chain.h.
//
// The wall clock is held against the monotonic clock and against the last entry;
// if it was moved, an entry says so before the next deed.
//
// Reads: any thread. Writes: main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "proof/chain.h"
#include "proof/merkle.h"

namespace xuncha {

class Batch;
class Database;

class AuditChain {
 public:
  // Borrows both. `who` stands for an actor nobody named.
  AuditChain(Database& database, const Clock& clock, std::string who);

  // Adds the entry to the batch; several may go into one. kLimit if it is larger
  // than limits::kAuditEntryBytesMax; kDamaged if the chain so far is not whole.
  Status Append(Batch& batch, const Deed& deed);
  // The same in a batch of its own: for deeds that change nothing in the store.
  Status Record(const Deed& deed);

  Result<uint64_t> Size() const;
  Result<std::optional<AuditEntry>> EntryAt(uint64_t number) const;
  // From entry `from` on. Returning false stops.
  Status Each(uint64_t from, const std::function<bool(const AuditEntry&)>& visit) const;
  Status EachCheckpoint(const std::function<bool(const Checkpoint&)>& visit) const;
  Result<std::optional<Checkpoint>> LastCheckpoint() const;

  // Signs all entries. If the key is not the one in use, an entry says so first.
  // If nothing happened since the last checkpoint, that one. kInvalid if there
  // are no entries.
  Result<Checkpoint> Sign(const SigningKey& key);
  // Puts the authority's reply to the checkpoint of that size, and the entry that
  // speaks of it. REQUIRES: the reply was checked.
  Status Stamp(uint64_t size, std::string_view reply, std::string_view what);

  // Hashes of all entries, for proofs: 32 bytes an entry.
  Result<std::vector<Digest>> Leaves() const;

 private:
  // The end of the chain as the batch sees it.
  struct Tail {
    MerkleEdge edge;
    Digest last;      // hash of the last entry
    Millis time = 0;  // of the last entry
  };
  Result<Tail> TailOf(const Batch& batch) const;
  Status CheckTail(const Tail& tail) const;
  Status AppendTo(Batch& batch, Tail& tail, const Deed& deed, Millis now);
  std::optional<Deed> ClockStep(const Tail& tail, Millis now);

  Database& database_;
  const Clock& clock_;
  const std::string who_;
  bool checked_ = false;  // the tail fits its last entry
  Millis wall_;           // both clocks at the last look
  Millis monotonic_;
};

}  // namespace xuncha
