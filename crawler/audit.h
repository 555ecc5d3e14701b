// Audit is one run: every page of every due site from permit to commit. audit.cc
// reads like the list of stages, and base/record.h beside it says what each writes.
//
// One main thread owns all state; workers touch nothing but the page they hold.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/record.h"
#include "base/result.h"
#include "crawler/fetch.h"
#include "crawler/frontier.h"
#include "crawler/night_report.h"
#include "crawler/outbound.h"
#include "crawler/registry.h"
#include "matcher/matcher.h"
#include "rules/judge.h"
#include "store/store.h"

namespace xuncha {

// What a page is read and judged by. Borrowed.
struct Stages {
  const RuleSet& rules;
  const Matcher& matcher;
  const Judge& judge;
  const Snapshots* snapshots = nullptr;  // what packs the bodies; nullptr: nobody keeps them
};

// What a worker does to a page that was fetched, or read from a file: body ->
// zones -> hits -> findings. Touches nothing but `page` and the thread's scratch.
void Examine(Page& page, const Stages& stages, Matcher::Scratch& scratch);

// How far a run is; counted from its beginning, also across an interruption.
struct Progress {
  size_t sites = 0, sites_done = 0, sites_open = 0;
  RunTotals totals;
  uint64_t waiting = 0;         // URLs known to be due, of the open sites
  Millis elapsed = 0;           // of this session
  double pages_per_second = 0;  // of this session
  Millis left = 0;              // an estimate; 0 = not known yet
};

struct AuditReport {
  Run run;
  bool resumed = false;      // an earlier session had begun it
  bool interrupted = false;  // stopped; the next session resumes
  std::vector<NightReport> sites;
};

class Audit {
 public:
  // Borrowed; must outlive the audit.
  struct Parts {
    Store& store;
    const Registry& registry;
    Stages stages;
    const Clock& clock;
  };
  struct Options {
    size_t workers = 0;  // 0 = one for each processor
    Frontier::Options frontier;
    Fetcher::Options fetch;
    Outbound::Options outbound;  // whether, and how, the targets of links are looked at
    const std::atomic<bool>* stop = nullptr;        // set it, and the run ends soon, to be resumed
    std::function<void(const Progress&)> progress;  // called on the main thread, once a second
    std::function<void(const Page&)> committed;     // each page, when it is on disk
    // Called on the main thread in each turn of the loop, ten times a second at least:
    // whoever else has work for the owner of the store gets it done here.
    std::function<void()> turn;
  };

  static Result<std::unique_ptr<Audit>> Create(Parts parts, Options options);
  ~Audit();

  // Resumes the run that was interrupted under the same rules and options, or
  // begins one. Returns when every due site is done, or when stopped; fails only
  // if the store does, and then the run can be resumed too.
  Result<AuditReport> Run();

 private:
  struct Rep;
  explicit Audit(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
