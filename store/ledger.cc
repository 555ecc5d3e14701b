// SPDX-License-Identifier: Apache-2.0
#include "store/ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/keys.h"
#include "store/page_commit.h"
#include "store/records.h"

namespace xuncha {
namespace {

Error NotHeld(const Lease& lease) {
  return {Code::kConflict,
          fmt::format("site {}: this lease is over, somebody took the site or it was "
                      "released; acquire it again",
                      lease.site)};
}

}  // namespace

bool EmbeddedLedger::Holds(const Lease& lease) const {
  const auto found = holdings_.find(lease.site);
  return found != holdings_.end() && found->second.lease.token == lease.token &&
         found->second.lease.run == lease.run;
}

Result<Lease> EmbeddedLedger::Acquire(std::string_view site, uint64_t run, Millis now,
                                      Millis lease_for) {
  if (Status valid = CheckSiteId(site); !valid) return valid.error();
  const auto found = holdings_.find(site);
  if (found != holdings_.end() && now < found->second.until) {
    return Error{Code::kConflict,
                 fmt::format("site {}: somebody works on it until {}; try again then", site,
                             FormatTime(found->second.until))};
  }
  const auto last = GetRecord<SiteToken>(database_, Family::kMeta, TokenKey(site));
  if (!last) return last.error();
  SiteToken token = last->value_or(SiteToken{.first_run = run});
  ++token.token;
  Batch batch(database_);
  PutRecord(batch, Family::kMeta, TokenKey(site), token);
  if (Status put = batch.Commit(); !put) return put.error();
  Lease lease{.site = std::string(site), .run = run, .token = token.token};
  holdings_.insert_or_assign(lease.site,
                             Holding{.lease = lease, .until = now + lease_for, .record = token});
  return lease;
}

Result<Lease> EmbeddedLedger::Renew(const Lease& lease, Millis now, Millis lease_for) {
  if (!Holds(lease)) return NotHeld(lease);
  holdings_.find(lease.site)->second.until = now + lease_for;
  return lease;
}

Result<std::vector<CommitOutcome>> EmbeddedLedger::Commit(const Lease& lease,
                                                          const std::vector<DonePage>& pages,
                                                          Millis now) {
  if (!Holds(lease)) return std::vector<CommitOutcome>(pages.size(), CommitOutcome::kFenced);
  const auto run = GetRecord<Run>(database_, Family::kMeta, RunKey(lease.run));
  if (!run) return run.error();
  if (!*run) {
    return Error{Code::kInvalid,
                 fmt::format("site {}: no run {}; begin a run first", lease.site, lease.run)};
  }
  const auto finding = database_.LastKey(Family::kFindings, FindingPrefix(lease.site));
  if (!finding) return finding.error();
  const SiteToken& record = holdings_.find(lease.site)->second.record;
  const auto dictionary = snapshots_.DictionaryOf(lease.site);
  WholeBodies kept{.dictionary = dictionary != nullptr ? dictionary->digest() : Digest{}};
  const PageCommit commit{.site = lease.site,
                          .run = lease.run,
                          .rules = (*run)->rules,
                          .now = now,
                          .has_findings = finding->has_value(),
                          .baseline = record.first_run != 0 && !record.finished,
                          .kept = &kept};
  Batch batch(database_);
  std::vector<CommitOutcome> outcomes;
  for (const DonePage& done : pages) {
    const Result<CommitOutcome> outcome = AddPage(batch, commit, done);
    if (!outcome) return outcome.error();
    outcomes.push_back(*outcome);
  }
  if (Status weighed = learner_.Weigh(batch, lease.site, kept); !weighed) return weighed.error();
  if (Status written = batch.Commit(); !written) return written.error();
  if (Status tended = learner_.Tend(); !tended) return tended.error();
  return outcomes;
}

Status EmbeddedLedger::Release(const Lease& lease, bool finished) {
  if (!Holds(lease)) return NotHeld(lease);
  if (finished) {
    Batch batch(database_);
    PutRecord(batch, Family::kMeta, DoneKey(lease.run, lease.site),
              SiteDoneMark{.token = lease.token});
    SiteToken record = holdings_.find(lease.site)->second.record;
    record.finished = true;
    PutRecord(batch, Family::kMeta, TokenKey(lease.site), record);
    if (Status marked = batch.Commit(); !marked) return marked;
  }
  holdings_.erase(lease.site);
  snapshots_.Leave(lease.site);
  if (finished) learner_.SiteRead(lease.site);
  return Ok();
}

}  // namespace xuncha
