// The embedded form of WorkLedger: who works on which site's night, and the
// commit of what they did.
//
// The lock on the store's directory lets in one process, so a lease of an earlier
// process is void by itself: who holds what lives in memory. Only the tokens are
// kept, so that they grow for ever.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/db.h"
#include "store/learner.h"
#include "store/records.h"
#include "store/snapshots.h"
#include "store/store.h"

namespace xuncha {

class EmbeddedLedger final : public WorkLedger {
 public:
  EmbeddedLedger(Database& database, Snapshots& snapshots)
      : database_(database), snapshots_(snapshots), learner_(database, snapshots) {}
  Result<Lease> Acquire(std::string_view site, uint64_t run, Millis now, Millis lease_for) override;
  Result<Lease> Renew(const Lease& lease, Millis now, Millis lease_for) override;
  Result<std::vector<CommitOutcome>> Commit(const Lease& lease, const std::vector<DonePage>& pages,
                                            Millis now) override;
  Status Release(const Lease& lease, bool finished) override;
  // Waits for what is being learnt of sites, and keeps it.
  Status Settle() { return learner_.Settle(); }

 private:
  struct Holding {
    Lease lease;
    Millis until = 0;
    SiteToken record;  // as stored
  };
  bool Holds(const Lease& lease) const;

  Database& database_;
  Snapshots& snapshots_;
  std::map<std::string, Holding, std::less<>> holdings_;  // by site
  Learner learner_;
};

}  // namespace xuncha
