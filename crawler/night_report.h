// NightReport says how one site's night went and how it ended, with everything
// that was left undone and why: nothing is dropped without a reason on record. It
// is kept in the store under the run and the site.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "store/store.h"

namespace xuncha {

enum class Ending : uint8_t {
  kExhausted,  // every page found was visited
  kPages,      // a budget ran out; the rest is carried over to the next run
  kBytes,
  kTime,
  kUnreachable,  // a host did not answer; its pages are carried over
  kRefused,      // a host kept answering 429 or 503; its pages are carried over
  kLease,        // another auditor holds the site, or took it over
  kInterrupted,  // stopped; the next run resumes
};
std::string_view EndingName(Ending ending);  // "exhausted", ...
std::string_view EndingText(Ending ending);  // Chinese

struct NightReport {
  struct Left {
    uint64_t count = 0;
    std::vector<std::string> examples;  // ≤ limits::kReportExamplesMax
  };
  std::string site;
  Ending ending = Ending::kExhausted;
  RunTotals totals;                  // sites is 1; findings are those standing at the end
  uint64_t carried_over = 0;         // URLs known and not visited this run
  std::map<std::string, Left> left;  // by reason: "unsafe", "depth", "template", ... (TrapText)
  Millis crawl_delay = 0;            // asked for by robots.txt
  std::vector<std::string> notes;    // Chinese: hosts left, templates stopped, ...

  // Why the site cannot be called clean, for people: Chinese, one reason each. Empty:
  // every page that was found was read.
  std::vector<std::string> Gaps() const;
  void Leave(std::string_view reason, std::string_view url, uint64_t count = 1);
};

// How it stands with the site is not changed by a run of some of its pages.
Status KeepReport(Store& store, const Run& run, const NightReport& report);
// Nothing if the run did not finish with the site.
Result<std::optional<NightReport>> ReportOf(const Store& store, uint64_t run,
                                            std::string_view site);

// How it stands with a site by the last run that finished with it: what lists of sites
// show, one small record each. KeepReport writes it.
struct SiteStatus {
  std::string site;
  uint64_t run = 0;
  uint64_t good_run = 0;  // the last without a gap; 0: none yet
  RunTotals totals;       // pages, failed, flat, unread
  uint64_t carried_over = 0;
  Ending ending = Ending::kExhausted;
  std::vector<std::string> gaps;  // Chinese; why it cannot be called clean
  bool good() const { return run != 0 && run == good_run; }
};
// Nothing if no run has finished with the site.
Result<std::optional<SiteStatus>> StatusOf(const Store& store, std::string_view site);
// By site. Returning false stops.
Status EachStatus(const Store& store, const std::function<bool(const SiteStatus&)>& visit);

void AddTotals(RunTotals& sum, const RunTotals& part);

}  // namespace xuncha
