// ReferenceSorter puts what records name into order, each once, in bounded memory:
// a full load is sorted and laid into a file, and the loads are merged when read. The
// file has no name, so nothing of it outlives the process.
//
// One thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace xuncha {

// A blob named by its digest.
struct Reference {
  Digest digest;
  Digest by;  // who names it, where that matters
  friend auto operator<=>(const Reference&, const Reference&) = default;
};

class ReferenceSorter {
 public:
  // `directory` takes the file; `load_max` references are in memory at once.
  ReferenceSorter(std::string directory, size_t load_max);
  ~ReferenceSorter();
  ReferenceSorter(const ReferenceSorter&) = delete;
  ReferenceSorter& operator=(const ReferenceSorter&) = delete;

  Status Add(const Reference& reference);
  // No more are added; reading begins, or begins again.
  Status Finish();
  // The next one, ascending; nothing behind the last. REQUIRES: Finish was called.
  Result<std::optional<Reference>> Next();
  // Whether anybody names it. Asked for in ascending order.
  Result<bool> Reaches(const Digest& digest);

 private:
  struct Load {
    uint64_t begin = 0, end = 0;  // in the file; nothing if all of it is in memory
    uint64_t at = 0;
    std::vector<Reference> read;
    size_t next = 0;  // in `read`
  };
  Status Spill();
  Status Refill(Load& load);
  Result<std::optional<Reference>> Take();

  const std::string directory_;
  const size_t load_max_;
  std::vector<Reference> filling_;
  int file_ = -1;
  uint64_t written_ = 0;
  std::vector<Load> loads_;
  using Head = std::pair<Reference, size_t>;  // of which load
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
  std::optional<Reference> last_;
  std::optional<Reference> current_;  // of Reaches
  bool ended_ = false;
};

}  // namespace xuncha
