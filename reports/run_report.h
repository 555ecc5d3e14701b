// What a run saw, gathered from the store: the figures of the summary and of
// the incident report come from here and from nowhere else.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "crawler/night_report.h"
#include "crawler/tally.h"
#include "store/store.h"
#include "store/suppression.h"

namespace xuncha {

// A page that was not read in full, and why.
struct Unchecked {
  std::string url;
  Tally tally = Tally::kFailed;
  Checked checked = Checked::kFailed;
  uint16_t status = 0;
  std::string error;
  std::vector<LimitHit> limits;
};

struct SiteReport {
  Site site;
  uint64_t pages = 0;
  uint64_t unchanged = 0;
  uint64_t failed = 0;                  // no answer, an error, or an answer that could not be read
  uint64_t flat = 0;                    // read in part, or without structure
  uint64_t unread = 0;                  // documents and pictures whose content is not read
  uint64_t findings[4] = {0, 0, 0, 0};  // standing, by Severity
  uint64_t suppressed = 0;              // standing besides, above a hint
  std::vector<Unchecked> unchecked;     // by URL; kUncheckedListed of them at most
  uint64_t unchecked_total = 0;
  std::optional<NightReport> night;  // how the crawl of it went; none if it is not finished
  bool finished = false;             // the run has finished with the site
  std::vector<std::string> facts;    // TLS errors, refused redirects, ...: once each

  uint64_t read() const { return pages - failed; }  // at least in part
  // Why the site cannot be called clean, for people; empty: every page of it was read.
  std::vector<std::string> Gaps() const;
};

struct RunReport {
  Run run;
  std::vector<SiteReport> sites;
  RunTotals totals;
};

inline constexpr size_t kUncheckedListed = 200;  // per site in a document people read

// Why the page was not read whole, in one line of Chinese.
std::string ReasonsOf(const Unchecked& page);

// What counts as no finding: what an officer has judged to be none, and what a
// suppression covers.
class Discounted {
 public:
  // Suppressions as they are in force at that time.
  static Result<Discounted> Read(const Store& store, Millis now);
  bool JudgedFalse(const StoredFinding& finding) const {
    return judged_false_.contains(finding.finding.id);
  }
  const Suppression* SuppressedBy(const StoredFinding& finding) const {
    return suppressed_.Of(finding);
  }
  bool Has(const StoredFinding& finding) const {
    return JudgedFalse(finding) || SuppressedBy(finding) != nullptr;
  }

 private:
  std::set<std::string> judged_false_;  // ids
  SuppressionSet suppressed_;
};
// Figures of findings leave out what is discounted.
Result<RunReport> GatherRun(Store& store, const Run& run);
// 0, 1 or 3 of the exit codes, as the report stands.
int ExitCodeOf(const RunReport& report, Severity fail_on);

}  // namespace xuncha
