// What belongs to a package: the observations a scope covers, in an order that is
// always the same, each preceded by the full one it refers to, so that the package
// stands alone.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "reports/evidence.h"

namespace xuncha {
namespace {

constexpr uint16_t kNotModified = 304;

class Surveyor {
 public:
  Surveyor(Store& store, EvidenceScope scope) : store_(store) { survey_.scope = std::move(scope); }

  Result<EvidenceSurvey> Run() {
    EvidenceScope& scope = survey_.scope;
    const int named = static_cast<int>(!scope.incident.empty()) +
                      static_cast<int>(!scope.site.empty()) + static_cast<int>(!scope.url.empty());
    if (named != 1) {
      return Error{
          Code::kInvalid,
          "导出范围须写明一项：--incident 事件、--site 网站（配 --from、--to）或 --url 网址"};
    }
    if (scope.until != 0 && scope.until <= scope.from)
      return Error{Code::kInvalid, "--to 早于 --from；请核对起止日期"};
    Status done = !scope.incident.empty() ? OfIncident() : !scope.site.empty() ? OfSite() : OfUrl();
    if (done) done = Facts();
    if (!done) return done.error();
    return std::move(survey_);
  }

 private:
  bool InTime(Millis time) const {
    const EvidenceScope& scope = survey_.scope;
    return time >= scope.from && (scope.until == 0 || time < scope.until);
  }

  // Once; the full observation it refers to before it.
  Status Take(const Observation& seen) {
    if (Status base = TakeBase(seen); !base) return base;
    Put({seen.site, seen.url, seen.run, false});
    survey_.first = survey_.first == 0 ? seen.time : std::min(survey_.first, seen.time);
    survey_.last = std::max(survey_.last, seen.time);
    if (survey_.places.size() <= limits::kExportItemsMax) return Ok();
    return Error{Code::kLimit, fmt::format("范围内的观测超过 {} 次；请缩短起止日期，分几次导出",
                                           limits::kExportItemsMax)};
  }
  // What it refers to: the full observation of a short one; the one whose answer it
  // repeats; the answer with a body of one that says only that nothing has changed.
  // What that refers to comes before it.
  Status TakeBase(const Observation& seen) {
    uint64_t base = seen.full_run != seen.run ? seen.full_run : seen.exchange_run;
    Observation at = seen;
    while (base == 0 && at.status == kNotModified && at.previous_run != 0 &&
           at.previous_run < at.run) {
      auto before = store_.ObservationOf(seen.site, seen.url, at.previous_run);
      if (!before) return before.error();
      if (!before->has_value()) return Ok();
      at = std::move(**before);
      if (at.status != kNotModified) base = at.full_run == 0 ? at.run : at.full_run;
    }
    if (base == 0 || base == seen.run) return Ok();
    const auto full = store_.ObservationOf(seen.site, seen.url, base);
    if (!full) return full.error();
    if (!full->has_value()) return Ok();  // its time had come
    if (Status before = base < seen.run ? TakeBase(**full) : Ok(); !before) return before;
    Put({seen.site, seen.url, base, true});
    return Ok();
  }
  void Put(EvidencePlace place) {
    const auto [known, fresh] = taken_.emplace(
        StableId({place.site, place.url, std::to_string(place.run)}), survey_.places.size());
    if (fresh) {
      survey_.places.push_back(std::move(place));
    } else if (!place.outside) {
      survey_.places[known->second].outside = false;
    }
  }

  // A URL's observations of the runs [first, last], oldest first. Run by run: a purge
  // leaves gaps, and what refers back to them leads no further.
  Status History(const std::string& site, const std::string& url, uint64_t first, uint64_t last) {
    if (!runs_) runs_ = store_.Runs();
    if (!*runs_) return runs_->error();
    for (const xuncha::Run& run : **runs_) {
      if (run.id < first || run.id > last) continue;
      const auto seen = store_.ObservationOf(site, url, run.id);
      if (!seen) return seen.error();
      if (!seen->has_value() || !InTime((*seen)->time)) continue;
      if (Status taken = Take(**seen); !taken) return taken;
    }
    return Ok();
  }

  Status OfIncident() {
    Result<Incident> incident = store_.cases().IncidentById(survey_.scope.incident);
    if (!incident) return incident.error();
    survey_.scope.incident = incident->id;
    for (const std::string& id : incident->findings) {
      Result<StoredFinding> finding = store_.cases().FindingById(id);
      if (!finding) return finding.error();
      if (Status kept = Keep(std::move(*finding)); !kept) return kept;
    }
    survey_.incident = std::move(*incident);
    // The nights of all findings of one page.
    std::map<std::pair<std::string, std::string>, std::pair<uint64_t, uint64_t>> pages;
    for (const StoredFinding& found : survey_.findings) {
      const auto [page, fresh] = pages.emplace(std::pair(found.site, found.url),
                                               std::pair(found.first_run, found.last_run));
      if (fresh) continue;
      page->second.first = std::min(page->second.first, found.first_run);
      page->second.second = std::max(page->second.second, found.last_run);
    }
    for (const auto& [page, runs] : pages) {
      if (Status told = History(page.first, page.second, runs.first, runs.second); !told)
        return told;
    }
    return Ok();
  }

  Status OfSite() {
    const Result<std::vector<xuncha::Run>> runs = store_.Runs();
    if (!runs) return runs.error();
    const EvidenceScope& scope = survey_.scope;
    for (const xuncha::Run& run : *runs) {
      if (run.ended != 0 && run.ended < scope.from) continue;
      if (scope.until != 0 && run.started >= scope.until) continue;
      Status taken;
      const Status read = store_.EachObservation(scope.site, run.id, [&](const Observation& seen) {
        if (InTime(seen.time)) taken = Take(seen);
        return taken.ok();
      });
      if (!read) return read;
      if (!taken) return taken;
    }
    std::set<std::string> urls;
    for (const EvidencePlace& place : survey_.places) urls.insert(place.url);
    return Findings(scope.site,
                    [&](const StoredFinding& found) { return urls.contains(found.url); });
  }

  Status OfUrl() {
    // Also of a site that is registered no more.
    const Result<std::vector<std::string>> sites = store_.SitesKept();
    if (!sites) return sites.error();
    const Result<Url> url = Url::Parse(survey_.scope.url);
    if (url) survey_.scope.url = url->text();
    for (const std::string& site : *sites) {
      if (Status told = History(site, survey_.scope.url, 0, UINT64_MAX); !told) return told;
      if (Status found = Findings(
              site, [&](const StoredFinding& one) { return one.url == survey_.scope.url; });
          !found)
        return found;
    }
    return Ok();
  }

  Status Findings(const std::string& site,
                  const std::function<bool(const StoredFinding&)>& wanted) {
    Status kept;
    const Status read = store_.cases().EachFinding(site, [&](const StoredFinding& found) {
      if (found.finding.severity != Severity::kHint && wanted(found) && InScope(found))
        kept = Keep(found);
      return kept.ok();
    });
    return read ? kept : read;
  }
  bool InScope(const StoredFinding& found) const {
    return survey_.last >= found.first_seen && survey_.first <= found.last_seen;
  }
  Status Keep(StoredFinding found) {
    if (survey_.findings.size() >= limits::kExportFindingsMax) {
      return Error{Code::kLimit, fmt::format("范围内的发现超过 {} 条；请缩小范围，分几次导出",
                                             limits::kExportFindingsMax)};
    }
    survey_.findings.push_back(std::move(found));
    return Ok();
  }

  // What the papers say of where it is from.
  Status Facts() {
    if (survey_.places.empty()) {
      return Error{Code::kNotFound,
                   fmt::format("{}：没有保存的观测；核对范围与日期", Neutralise(survey_.Text()))};
    }
    std::sort(survey_.findings.begin(), survey_.findings.end(),
              [](const StoredFinding& a, const StoredFinding& b) {
                return std::tie(a.site, a.url, a.finding.id) <
                       std::tie(b.site, b.url, b.finding.id);
              });
    const Result<std::vector<Site>> sites = store_.Sites();
    if (!sites) return sites.error();
    const Result<std::vector<xuncha::Run>> runs = store_.Runs();
    if (!runs) return runs.error();
    std::set<std::string> names;
    std::set<uint64_t> numbers;
    for (const EvidencePlace& place : survey_.places) {
      names.insert(place.site);
      numbers.insert(place.run);
    }
    for (const std::string& name : names) {
      const auto site = std::find_if(sites->begin(), sites->end(),
                                     [&](const Site& one) { return one.id == name; });
      survey_.sites.push_back(site != sites->end() ? *site : Site{.id = name});
    }
    for (const xuncha::Run& run : *runs) {
      if (numbers.contains(run.id)) survey_.runs.emplace(run.id, run);
    }
    return Ok();
  }

  Store& store_;
  EvidenceSurvey survey_;
  std::map<std::string, size_t> taken_;
  std::optional<Result<std::vector<xuncha::Run>>> runs_;  // asked for once
};

}  // namespace

std::vector<std::string> EvidenceSurvey::Refs() const {
  if (!scope.incident.empty()) return {"incident:" + scope.incident};
  if (!scope.site.empty()) return {"site:" + scope.site};
  return {"url:" + scope.url};
}

std::string EvidenceSurvey::Text() const {
  std::string text = !scope.incident.empty() ? "事件 " + scope.incident
                     : !scope.site.empty()   ? "网站 " + scope.site
                                             : "网址 " + scope.url;
  const auto moment = [](Millis time) {
    return FormatTime(time).replace(10, 1, " ").substr(0, 19);
  };
  if (scope.from != 0) text += "，自 " + moment(scope.from) + " 起";
  if (scope.until != 0) text += "，至 " + moment(scope.until) + " 前（北京时间）";
  return text;
}

Result<EvidenceSurvey> SurveyEvidence(Store& store, const EvidenceScope& scope) {
  return Surveyor(store, scope).Run();
}

}  // namespace xuncha
