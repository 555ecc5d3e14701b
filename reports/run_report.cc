// SPDX-License-Identifier: Apache-2.0
#include "reports/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "store/casework.h"

namespace xuncha {
namespace {

constexpr size_t kFactsListed = 20;  // distinct facts of one site; more repeat the same fault

constexpr size_t kReasonsTold = 3;  // of one site, in one line

std::string_view RefusedText(std::string_view refused) {
  constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
      {"scope", "不在登记的范围内"},
      {"robots", "robots.txt 不允许"},
      {"budget", "超过上限"},
      {"unsafe", "访问可能改动数据"},
      {"address", "地址不在允许之列"},
      {"scheme", "不是网页地址"},
      {"url", "网址写错"},
      {"limit", "跳转次数过多"},
      {"loop", "循环跳转"}};
  for (const auto& [name, text] : kTexts) {
    if (name == refused) return text;
  }
  return refused;
}

void Count(const Observation& seen, const Tallier& tallier, SiteReport& report,
           std::set<std::string>& facts) {
  RunTotals totals;
  const Tally tally = tallier.Count(seen, totals);
  report.pages += totals.pages;
  report.unchanged += totals.unchanged;
  report.failed += totals.failed;
  report.flat += totals.flat;
  report.unread += totals.unread;
  if (!seen.tls.error.empty()) facts.insert("TLS 证书或协议问题：" + seen.tls.error);
  for (const Hop& hop : seen.hops) {
    if (!hop.followed && !hop.refused.empty() && IsPage(tally)) {
      facts.insert(
          fmt::format("跳转未跟随（{}）：{} → {}", RefusedText(hop.refused), hop.from, hop.to));
    }
  }
  if (tally != Tally::kPartly && tally != Tally::kFailed) return;
  ++report.unchecked_total;
  if (report.unchecked.size() < kUncheckedListed) {
    report.unchecked.push_back(
        {seen.url, tally, seen.checked, seen.status, seen.error, seen.limits});
  }
}

}  // namespace

std::string ReasonsOf(const Unchecked& page) {
  std::vector<std::string> reasons;
  for (const LimitHit& hit : page.limits) {
    std::string reason(LimitText(hit.limit));
    if (hit.limit == Limit::kStatus) {
      reason = fmt::format("服务器答复 {}", page.status);
    } else if (!hit.detail.empty()) {
      reason += fmt::format("（{}）", hit.detail);
    }
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
      reasons.push_back(std::move(reason));
  }
  // Often the detail of a limit says the same.
  const std::string so_far = Join(reasons, "；");
  if (!page.error.empty() && so_far.find(page.error) == std::string::npos)
    reasons.push_back(page.error);
  if (!reasons.empty()) return Join(reasons, "；");
  if (IsGone(page.status)) return fmt::format("首页不存在（状态码 {}）", page.status);
  if (page.status >= 300 && page.status < 400)
    return fmt::format("跳转未跟随（状态码 {}）", page.status);
  return fmt::format("状态码 {}", page.status);
}

std::vector<std::string> SiteReport::Gaps() const {
  NightReport figures = night.value_or(NightReport());
  figures.totals = {.pages = pages, .flat = flat, .failed = failed, .unread = unread};
  std::vector<std::string> gaps = figures.Gaps();
  if (!finished) gaps.insert(gaps.begin(), "尚未巡查完毕，下一次运行继续");
  // What most of the pages have in common that were not read.
  std::map<std::string, uint64_t> reasons;
  for (const Unchecked& page : unchecked) {
    if (page.tally == Tally::kFailed || !IsUnreadType(page.limits)) ++reasons[ReasonsOf(page)];
  }
  std::vector<std::pair<uint64_t, std::string>> most;
  for (const auto& [reason, count] : reasons) most.emplace_back(count, reason);
  std::sort(most.begin(), most.end(), std::greater<>());
  for (size_t i = 0; i < most.size() && i < kReasonsTold; ++i)
    gaps.push_back(fmt::format("{} 页：{}", most[i].first, most[i].second));
  return gaps;
}

Result<Discounted> Discounted::Read(const Store& store, Millis now) {
  Discounted out;
  Status members = Ok();
  const Status read = store.cases().EachIncident([&](const Incident& incident) {
    if (incident.state != CaseStateName(CaseState::kFalsePositive)) return true;
    const Result<Incident> whole = store.cases().IncidentById(incident.id);
    if (whole) {
      out.judged_false_.insert(whole->findings.begin(), whole->findings.end());
    } else {
      members = whole.error();
    }
    return members.ok();
  });
  if (!read) return read.error();
  if (!members) return members.error();
  Result<SuppressionSet> suppressed = store.casework().SuppressionsInForce(now);
  if (!suppressed) return suppressed.error();
  out.suppressed_ = std::move(*suppressed);
  return out;
}

Result<RunReport> GatherRun(Store& store, const Run& run) {
  RunReport report;
  report.run = run;
  Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  const Result<Discounted> discounted = Discounted::Read(store, std::max(run.started, run.ended));
  if (!discounted) return discounted.error();
  for (Site& site : *sites) {
    SiteReport one;
    one.site = std::move(site);
    std::set<std::string> facts;
    const Tallier tallier(one.site);
    if (Status read = store.EachObservation(one.site.id, run.id,
                                            [&](const Observation& seen) {
                                              Count(seen, tallier, one, facts);
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
                                        if (!stored.standing || discounted->JudgedFalse(stored))
                                          return true;
                                        if (discounted->SuppressedBy(stored) == nullptr) {
                                          ++one.findings[static_cast<int>(stored.finding.severity)];
                                        } else if (stored.finding.severity > Severity::kHint) {
                                          ++one.suppressed;
                                        }
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
  if (report.sites.empty()) return 3;
  for (const SiteReport& site : report.sites) {
    if (site.unchecked_total > 0 || !site.Gaps().empty()) return 3;
  }
  return 0;
}

}  // namespace xuncha
