// A hold (冻结) keeps what a case needs from every purge: a site, a URL, an
// incident, a stretch of time, or where these meet. It is placed by one person, on
// somebody's authority, and lifted by two. Holds are never deleted: a lifted one
// says who lifted it and why.
//
// Held are all observations in its scope, also those made after it was placed,
// with everything they name; the findings they show; their runs. When a hold is
// placed the observations of ended runs that it covers are counted and hashed, so
// that a check can tell later that all are still there.
//
// Reads: any thread. Writes: main thread; each is an entry of the audit chain in
// the same batch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace xuncha {

class AuditChain;
class Database;

struct Hold {
  uint64_t number = 0;
  // What is named must all apply; what is empty or 0 does not restrict.
  std::string site;
  std::string url;  // canonical; with its site
  std::string incident;
  Millis from = 0, until = 0;  // of observations, [from, until)

  std::string by;
  std::string reason;
  std::string reference;  // the authority's letter
  Millis placed = 0;
  Millis expires = 0;  // 0: when it is released

  uint64_t covered_run = 0;  // of the observations of runs up to this one
  uint64_t covered = 0;      // so many were held when it was placed,
  Digest covered_root;       // with this sum (FORMAT.md)

  Millis released = 0;  // 0: in force
  std::string released_by, approved_by, release_reason;

  std::string id() const;  // "H12"
  bool InForce(Millis now) const { return released == 0 && (expires == 0 || now < expires); }
};

class HoldBook {
 public:
  HoldBook(Database& database, AuditChain& chain);  // borrows both

  // Places it: number, placed and what it covers are filled in. kInvalid if it has no
  // scope, names nobody, no reason or no reference, or ends before it begins; kNotFound
  // if there is no such incident, or neither site nor URL was ever known; kLimit above
  // limits::kHoldsMax in force.
  Result<Hold> Place(Hold hold, Millis now);
  struct Release {
    std::string by, approved_by, reason;
  };
  // kInvalid if one person is both; kConflict if it is released already.
  Result<Hold> Lift(std::string_view id, const Release& release, Millis now);
  Result<Hold> ById(std::string_view id) const;  // "H12" or "12"
  // By number, released ones too. Returning false stops.
  Status Each(const std::function<bool(const Hold&)>& visit) const;

 private:
  Database& database_;
  AuditChain& chain_;
};

}  // namespace xuncha
