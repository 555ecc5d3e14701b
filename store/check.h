// Reading a store from end to end: every checksum, every body decoded and hashed,
// every reference followed, the audit chain to its last checkpoint. Nothing is
// repaired; the report says what is damaged and what still stands.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "proof/chain_check.h"

namespace xuncha {

// One thing that does not hold.
struct StoreFault {
  Code code = Code::kDamaged;  // kNewer: could not be checked by this program
  std::string text;
};

struct StoreReport {
  struct FamilyCount {
    std::string name;
    uint64_t records = 0;
    uint64_t bytes = 0;  // payloads
    uint64_t damaged = 0;
  };
  std::vector<FamilyCount> families;
  uint64_t bodies = 0;             // decoded, and their digest found right
  uint64_t body_bytes = 0;         // of them
  uint64_t references = 0;         // followed and found
  uint64_t held = 0;               // observations that holds in force cover, all found
  uint64_t purged = 0;             // references to what a purge has taken away
  uint64_t purged_below = 0;       // of runs before this one something may have gone; 0: of none
  uint64_t damaged = 0;            // faults that are damage
  uint64_t unchecked = 0;          // faults that only mean "newer than this program"
  std::vector<StoreFault> faults;  // the first limits::kStoreFaultsMax
  ChainReport chain;

  bool whole() const { return damaged == 0 && chain.whole(); }
};

struct CheckOptions {
  enum class Scope : uint8_t { kAll, kChain };  // kChain: the audit chain alone
  Scope scope = Scope::kAll;
  ChainChecker::Options chain;
  // Called now and then with the records read so far; returning false stops.
  std::function<bool(uint64_t records)> progress;
};

}  // namespace xuncha
