// ChainChecker reads a chain from its first entry to its last and says what does
// not hold, and how far what is signed still stands. It goes on after a fault,
// so that one report names all it can.
//
// One thread; memory grows with the checkpoints, not with the entries.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proof/chain.h"
#include "proof/merkle.h"
#include "proof/timestamp.h"

namespace xuncha {

enum class ChainFault : uint8_t {
  kUnreadable,        // an entry or line that is not as it was written
  kNoHeader,          // not an exported chain
  kMissing,           // entries are missing before this one
  kOutOfOrder,        // its number does not go on from the one before
  kWrongHash,         // it is not the entry its hash was made of
  kBrokenLink,        // it names another entry as the one before
  kWrongRoot,         // a checkpoint signed other entries
  kBadSignature,      // a checkpoint's signature does not hold
  kUnknownKey,        // a checkpoint by a key nobody gave us
  kBadTimestamp,      // a timestamp that does not confirm its checkpoint
  kUnnamedTimestamp,  // a timestamp no entry speaks of
  kLostTimestamp,     // an entry speaks of a timestamp that is gone
  kClockBack,         // time went back and no entry says so
  kCutOff,            // the end is missing
  kWrongEnd,          // the file's last line does not fit the lines before
  kOtherHistory,      // not the chain an earlier checkpoint signed
};
std::string_view ChainFaultText(ChainFault fault);  // Chinese

struct ChainProblem {
  ChainFault fault;
  uint64_t entry = 0;  // number of the entry, or size of the checkpoint; 0: the whole
  std::string detail;  // why, if there is more to say
};

struct ChainReport {
  uint64_t entries = 0;
  uint64_t checkpoints = 0;
  uint64_t proven = 0;   // the first so many entries are as they were signed
  Millis proven_at = 0;  // when that was signed
  uint64_t timestamps = 0;
  uint64_t timestamps_proven = 0;
  Millis stamped_at = 0;  // the latest time an authority confirmed
  uint64_t clock_steps = 0;
  uint64_t problem_count = 0;
  std::vector<ChainProblem> problems;  // the first limits::kAuditProblemsMax

  bool whole() const { return problem_count == 0; }
  // The lines a person reads; Chinese.
  std::string Text() const;
};

class ChainChecker {
 public:
  struct Options {
    std::vector<PublicKey> keys;          // whose checkpoints count
    std::optional<TimestampTrust> trust;  // nullopt: timestamps are counted, not judged
    std::vector<Checkpoint> witnesses;    // kept elsewhere since earlier; each must fit
  };
  explicit ChainChecker(Options options);

  // Entries in their order; `stated` is the hash a file claims for it.
  void Add(const AuditEntry& entry, const std::optional<Digest>& stated = std::nullopt);
  // Directly after the last of the entries it signs.
  void Add(const Checkpoint& checkpoint);
  void Fault(ChainFault fault, uint64_t entry, std::string detail = "");
  uint64_t entries() const { return edge_.size(); }
  // The hash of the last entry.
  const Digest& last() const { return last_hash_; }
  ChainReport Finish();

 private:
  bool Signed(const Checkpoint& checkpoint);
  void CheckTime(const AuditEntry& entry);
  void CheckStamp(const Checkpoint& checkpoint);
  void CheckWitnesses();

  Options options_;
  ChainReport report_;
  MerkleEdge edge_;
  Digest last_hash_;
  uint64_t last_number_ = 0;
  Millis last_time_ = 0;
  std::map<std::string, uint64_t> stamps_;  // digest in hexadecimal -> checkpoint
  std::map<std::string, uint64_t> spoken_;  // the same, as entries speak of them
};

}  // namespace xuncha
