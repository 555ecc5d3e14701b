// Coverage: which observations of one site the holds keep.
//
// A hold on an incident follows it: a finding that joins it later, or turns out to
// have stood earlier, is covered from then on.
//
// Values; any thread. It is as of the moment it was made: whoever decides by it
// lets nobody place or lift a hold meanwhile.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "store/db.h"
#include "store/hold.h"

namespace xuncha {

class Coverage {
 public:
  // Of those of `holds` that bear on the site.
  static Result<Coverage> Of(const Database& database, std::string_view site,
                             const std::vector<Hold>& holds);

  bool empty() const { return scopes_.empty(); }
  // `url` as keys have it.
  bool Covers(std::string_view url, uint64_t run, Millis time) const;

 private:
  using RunRanges = std::vector<std::pair<uint64_t, uint64_t>>;  // both ends included
  struct Scope {
    std::string url;  // empty: all
    Millis from = 0, until = 0;
    bool of_incident = false;
    std::map<std::string, RunRanges, std::less<>> incident;  // by URL
  };
  static Result<bool> AddIncident(const Database& database, std::string_view site, const Hold& hold,
                                  Scope& scope);

  std::vector<Scope> scopes_;
};

// What a hold covers of the runs up to hold.covered_run: how much, and the root of
// the tree over it in the order of its keys (FORMAT.md).
struct CoverageTally {
  uint64_t observations = 0;
  Digest root;
};
Result<CoverageTally> TallyOf(const Database& database, const Hold& hold);

}  // namespace xuncha
