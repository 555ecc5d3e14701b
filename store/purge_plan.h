// The plan: what of one site stays and what goes.
//
// An observation goes when it has expired, no hold covers it and no short one that
// stays refers to it. Its time is the later of its own and the beginning of its
// run, so that a clock set back within a night takes nothing away early; its class
// is the higher of the one it carries and the one that the findings known today
// give it. A finding goes when none of the observations it was seen in stays for
// its own sake. A URL goes with its last observation if its site is no longer
// registered or the page is gone for ever; else its address stays, to be visited.
//
// What is remembered is of a URL or a finding, and not of an observation: the set
// of full observations that short ones need holds one of a URL for each stretch of
// runs that stays.
//
// Values; main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "store/coverage.h"
#include "store/db.h"
#include "store/hold.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/store.h"

namespace xuncha {

// What the plans of all sites are made by.
struct PurgeBasis {
  RetentionPolicy policy;
  Millis now = 0;
  std::vector<Hold> holds;          // in force
  std::map<uint64_t, Millis> runs;  // when each began
  uint64_t live_from = 0;           // runs from here on began too late to have expired
  std::set<std::string, std::less<>> registered;  // site ids

  Millis routine_before() const { return now - policy.routine; }
};
Result<PurgeBasis> BasisOf(const Database& database, const RetentionPolicy& policy, Millis now);

class SitePlan {
 public:
  // Called now and then with the records read; returning false stops with kConflict.
  using Progress = std::function<bool(uint64_t records)>;
  static Result<SitePlan> Make(const Database& database, const PurgeBasis& basis,
                               std::string_view site, const Progress& progress);

  enum class Fate : uint8_t { kStays, kHeld, kLeanedOn, kGoes };
  // `seen` as it is stored; `url` as keys have it.
  Fate FateOf(std::string_view url, uint64_t run, const Observation& seen) const;
  Keep ClassOf(std::string_view url, uint64_t run, const Observation& seen) const {
    return StandingOf(url, run, seen).keep;
  }
  uint64_t last_expired_run() const { return last_expired_; }  // 0: none

  struct FindingRef {
    std::string key, url, id;
    uint64_t bytes = 0;
  };
  const std::vector<FindingRef>& findings_gone() const { return findings_gone_; }
  // Keys of UrlFacts; their visits go with them.
  const std::vector<std::string>& urls_gone() const { return urls_gone_; }
  const std::vector<std::string>& urls_forgotten() const { return urls_forgotten_; }
  const std::set<uint64_t>& old_runs() const { return old_runs_; }  // that something stays of

  bool FindingGoes(std::string_view key) const;
  bool UrlGoes(std::string_view url_key) const;  // or is forgotten

 private:
  struct Shown {  // a finding, by the runs it was seen in
    FindingRef ref;
    uint64_t first = 0, last = 0;
    Keep keep = Keep::kRoutine;
    Millis until = 0;    // its incident's last change and the period
    bool alive = false;  // an observation it was seen in stays
  };
  SitePlan(const PurgeBasis& basis, std::string_view site) : basis_(&basis), site_(site) {}

  Status ReadFindings(const Database& database);
  Status ReadUrls(const Database& database);
  Status ReadUrl(const Database& database, std::string_view url_key, const UrlFacts& facts,
                 const UrlVisit& visit);
  Status ReadObservations(const Database& database, const Progress& progress);
  struct Standing {
    Keep keep = Keep::kRoutine;
    Millis until = 0;
  };
  Standing StandingOf(std::string_view url, uint64_t run, const Observation& seen) const;
  bool IsLive(uint64_t run) const { return run >= basis_->live_from; }
  bool Expired(std::string_view url, uint64_t run, const Observation& seen) const;
  void Need(std::string_view url, uint64_t full_run);

  const PurgeBasis* basis_;
  std::string site_;
  Coverage coverage_;
  std::unordered_multimap<std::string, size_t> by_url_;  // into shown_
  std::vector<Shown> shown_;
  std::unordered_set<std::string> needed_;         // url, full run
  std::unordered_set<std::string> gone_for_ever_;  // url keys, until an answer tells otherwise
  std::set<uint64_t> old_runs_;
  uint64_t last_expired_ = 0;
  std::vector<FindingRef> findings_gone_;
  std::vector<std::string> urls_gone_, urls_forgotten_;  // ascending
};

}  // namespace xuncha
