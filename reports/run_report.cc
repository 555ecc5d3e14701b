// SPDX-License-Identifier: Apache-2.0
#include "reports/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace xuncha {
namespace {

constexpr size_t kFactsListed = 20;  // distinct facts of one site; more repeat the same fault

void Count(const Observation& seen, SiteReport& report, std::set<std::string>& facts) {
  // What is not there is no page: a dead link, a probe, a robots.txt nobody wrote.
  if (!IsGone(seen.status)) ++report.pages;
  if (seen.unchanged && !IsGone(seen.status)) ++report.unchanged;
  if (!seen.tls.error.empty()) facts.insert("TLS 证书或协议问题：" + seen.tls.error);
  for (const Hop& hop : seen.hops) {
    if (!hop.followed && !hop.refused.empty()) {
      facts.insert(fmt::format("跳转未跟随（{}）：{} → {}", hop.refused, hop.from, hop.to));
    }
  }
  if (seen.checked == Checked::kFull && seen.limits.empty()) return;
  if (IsGone(seen.status) && seen.limits.empty() && seen.checked != Checked::kFlat) return;
  if (Has(seen.limits, Limit::kUnreadType)) {
    ++report.unread;
  } else if (seen.checked == Checked::kFailed) {
    ++report.failed;
  } else if (seen.checked == Checked::kFlat) {
    ++report.flat;
  }
  ++report.unchecked_total;
  if (report.unchecked.size() < kUncheckedListed) {
    report.unchecked.push_back({seen.url, seen.checked, seen.status, seen.error, seen.limits});
  }
}

}  // namespace

Result<RunReport> GatherRun(Store& store, const Run& run) {
  RunReport report;
  report.run = run;
  Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  for (Site& site : *sites) {
    SiteReport one;
    one.site = std::move(site);
    std::set<std::string> facts;
    if (Status read = store.EachObservation(one.site.id, run.id,
                                            [&](const Observation& seen) {
                                              Count(seen, one, facts);
                                              return true;
                                            });
        !read) {
      return read.error();
    }
    std::sort(one.unchecked.begin(), one.unchecked.end(),
              [](const Unchecked& a, const Unchecked& b) { return a.url < b.url; });
    for (const std::string& fact : facts) {
      if (one.facts.size() < kFactsListed) one.facts.push_back(fact);
    }
    const Result<bool> done = store.SiteDone(one.site.id, run.id);
    if (!done) return done.error();
    one.finished = *done;
    Result<std::optional<NightReport>> night = ReportOf(store, run.id, one.site.id);
    if (!night) return night.error();
    one.night = std::move(*night);
    if (one.pages == 0 && !one.finished) continue;  // not part of this run
    if (Status read =
            store.cases().EachFinding(one.site.id,
                                      [&](const StoredFinding& stored) {
                                        if (stored.standing)
                                          ++one.findings[static_cast<int>(stored.finding.severity)];
                                        return true;
                                      });
        !read) {
      return read.error();
    }
    report.totals.sites += 1;
    report.totals.pages += one.pages;
    report.totals.unchanged += one.unchanged;
    report.totals.failed += one.failed;
    report.totals.flat += one.flat;
    report.totals.unread += one.unread;
    for (int i = 0; i < 4; ++i) report.totals.findings[i] += one.findings[i];
    report.sites.push_back(std::move(one));
  }
  report.totals.bytes = run.totals.bytes;
  return report;
}

int ExitCodeOf(const RunReport& report, Severity fail_on) {
  for (int i = static_cast<int>(fail_on); i < 4; ++i) {
    if (report.totals.findings[i] > 0) return 1;
  }
  // Hints count as no finding unless asked for; a page that was not read is not
  // clean.
  for (const SiteReport& site : report.sites) {
    if (site.unchecked_total > 0 || !site.finished) return 3;
    if (site.night && site.night->ending != Ending::kExhausted) return 3;
  }
  return 0;
}

}  // namespace xuncha
