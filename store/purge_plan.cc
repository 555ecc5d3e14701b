// SPDX-License-Identifier: Apache-2.0
#include "store/purge_plan.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

constexpr uint64_t kProgressEvery = 4'096;

Error NoKey(Family family, std::string_view key) {
  return UnreadableRecord(family, key, {Code::kDamaged, "is no key of this family"});
}

std::string NeededKey(std::string_view url, uint64_t run) {
  return std::string(url) + BigEndian(run);
}

}  // namespace

Result<PurgeBasis> BasisOf(const Database& database, const RetentionPolicy& policy, Millis now) {
  PurgeBasis basis{.policy = policy, .now = now};
  Status scanned = database.Scan(
      Family::kMeta, kRunKeys, [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto run = DecodeStored<Run>(Family::kMeta, key, payload);
        if (!run) return run.error();
        basis.runs[run->id] = run->started;
        return true;
      });
  if (!scanned) return scanned.error();
  // Runs began in the order of their numbers, if nobody set the clock; if somebody
  // did, all from the first that has not expired count as live.
  basis.live_from = UINT64_MAX;
  for (const auto& [run, started] : basis.runs) {
    if (started <= basis.routine_before()) continue;
    basis.live_from = run;
    break;
  }
  scanned = database.Scan(Family::kSites, "",
                          [&](std::string_view site, std::string_view) -> Result<bool> {
                            basis.registered.emplace(site);
                            return true;
                          });
  if (!scanned) return scanned.error();
  scanned = database.Scan(Family::kHolds, "",
                          [&](std::string_view key, std::string_view payload) -> Result<bool> {
                            auto hold = DecodeStored<Hold>(Family::kHolds, key, payload);
                            if (!hold) return hold.error();
                            if (key.size() != 8) return NoKey(Family::kHolds, key);
                            hold->number = FromBigEndian(key);
                            if (hold->InForce(now)) basis.holds.push_back(std::move(*hold));
                            return true;
                          });
  if (!scanned) return scanned.error();
  return basis;
}

Result<SitePlan> SitePlan::Make(const Database& database, const PurgeBasis& basis,
                                std::string_view site, const Progress& progress) {
  SitePlan plan(basis, site);
  Result<Coverage> coverage = Coverage::Of(database, site, basis.holds);
  if (!coverage) return coverage.error();
  plan.coverage_ = std::move(*coverage);
  if (Status read = plan.ReadFindings(database); !read) return read.error();
  if (Status read = plan.ReadUrls(database); !read) return read.error();
  if (Status read = plan.ReadObservations(database, progress); !read) return read.error();
  for (Shown& shown : plan.shown_) {
    if (!shown.alive && !plan.IsLive(shown.last)) plan.findings_gone_.push_back(shown.ref);
  }
  plan.urls_gone_.insert(plan.urls_gone_.end(), plan.gone_for_ever_.begin(),
                         plan.gone_for_ever_.end());
  std::sort(plan.urls_gone_.begin(), plan.urls_gone_.end());
  return plan;
}

Status SitePlan::ReadFindings(const Database& database) {
  return database.Scan(
      Family::kFindings, FindingPrefix(site_),
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto found = DecodeStored<StoredFinding>(Family::kFindings, key, payload);
        if (!found) return found.error();
        Shown shown{.ref = {.key = std::string(key),
                            .url = found->url,
                            .id = found->finding.id,
                            .bytes = payload.size()},
                    .first = found->first_run,
                    .last = found->last_run};
        if (found->finding.severity > Severity::kHint) {
          shown.keep = Keep::kFinding;
          const std::string incident_id = StableId({found->site, found->finding.kind});
          const auto incident =
              GetRecord<Incident>(database, Family::kIncidents, IncidentKey(incident_id));
          if (!incident) return incident.error();
          if (*incident) shown.until = (*incident)->updated + basis_->policy.findings;
        }
        by_url_.emplace(UrlDigest(found->url), shown_.size());
        shown_.push_back(std::move(shown));
        return true;
      });
}

Status SitePlan::ReadUrls(const Database& database) {
  std::string url_key;
  std::optional<UrlFacts> facts;
  UrlVisit visit;
  const auto hand_over = [&]() -> Status {
    if (!facts) return Ok();
    const Status read = ReadUrl(database, url_key, *facts, visit);
    facts.reset();
    visit = {};
    return read;
  };
  const Status scanned =
      database.Scan(Family::kUrls, SitePrefix(site_),
                    [&](std::string_view key, std::string_view payload) -> Result<bool> {
                      if (facts && IsVisitKey(key, url_key)) {
                        const auto read = DecodeStored<UrlVisit>(Family::kUrls, key, payload);
                        if (!read) return read.error();
                        visit = *read;
                        return true;
                      }
                      if (Status read = hand_over(); !read) return read.error();
                      auto read = DecodeStored<UrlFacts>(Family::kUrls, key, payload);
                      if (!read) return read.error();
                      facts = std::move(*read);
                      url_key = key;
                      return true;
                    });
  return scanned ? hand_over() : scanned;
}

Status SitePlan::ReadUrl(const Database& database, std::string_view url_key, const UrlFacts& facts,
                         const UrlVisit& visit) {
  const bool registered = basis_->registered.contains(site_);
  const bool old = facts.first_seen <= basis_->routine_before();
  if (visit.last_run == 0) {
    if (!registered && old) urls_gone_.emplace_back(url_key);
    return Ok();
  }
  const std::string_view url = url_key.substr(url_key.size() - 16);
  bool stays = IsLive(visit.last_run);
  if (!stays) {
    const auto last = GetRecord<Observation>(database, Family::kObservations,
                                             RunPrefix(site_, visit.last_run).append(url));
    if (!last) return last.error();
    stays = *last && (!Expired(url, visit.last_run, **last) ||
                      coverage_.Covers(url, visit.last_run, (*last)->time));
  }
  if (!stays) {
    const bool goes = !registered || IsGone(visit.status);
    (goes ? urls_gone_ : urls_forgotten_).emplace_back(url_key);
    return Ok();
  }
  // The state names it, even if the last visit failed and is full itself.
  if (visit.full_run != 0 && visit.full_run != visit.last_run) Need(url, visit.full_run);
  if (visit.gone >= limits::kGoneRunsMax && old) gone_for_ever_.emplace(url_key);
  return Ok();
}

void SitePlan::Need(std::string_view url, uint64_t full_run) {
  if (IsLive(full_run)) return;
  needed_.insert(NeededKey(url, full_run));
  old_runs_.insert(full_run);
}

SitePlan::Standing SitePlan::StandingOf(std::string_view url, uint64_t run,
                                        const Observation& seen) const {
  Standing standing{.keep = seen.keep};
  const auto [from, to] = by_url_.equal_range(std::string(url));
  for (auto at = from; at != to; ++at) {
    const Shown& shown = shown_[at->second];
    if (run < shown.first || shown.last < run) continue;
    standing.keep = std::max(standing.keep, shown.keep);
    standing.until = std::max(standing.until, shown.until);
  }
  return standing;
}

bool SitePlan::Expired(std::string_view url, uint64_t run, const Observation& seen) const {
  if (IsLive(run)) return false;
  const auto began = basis_->runs.find(run);
  const Millis made = std::max(seen.time, began == basis_->runs.end() ? seen.time : began->second);
  const Standing standing = StandingOf(url, run, seen);
  return std::max(standing.until, made + basis_->policy.of(standing.keep)) <= basis_->now;
}

SitePlan::Fate SitePlan::FateOf(std::string_view url, uint64_t run, const Observation& seen) const {
  if (!Expired(url, run, seen)) return Fate::kStays;
  if (coverage_.Covers(url, run, seen.time)) return Fate::kHeld;
  if (seen.full_run == run && needed_.contains(NeededKey(url, run))) return Fate::kLeanedOn;
  return Fate::kGoes;
}

Status SitePlan::ReadObservations(const Database& database, const Progress& progress) {
  uint64_t records = 0;
  return database.Scan(Family::kObservations, SitePrefix(site_),
                       [&](std::string_view key, std::string_view payload) -> Result<bool> {
                         const std::optional<ObservationPlace> place = PlaceOfObservation(key);
                         if (!place) return NoKey(Family::kObservations, key);
                         const auto seen =
                             DecodeStored<Observation>(Family::kObservations, key, payload);
                         if (!seen) return seen.error();
                         if (++records % kProgressEvery == 0 && progress && !progress(records)) {
                           return Error{Code::kConflict, "清除被中止；下次从中断处继续"};
                         }
                         const bool expired = Expired(place->url, place->run, *seen);
                         if (expired) last_expired_ = std::max(last_expired_, place->run);
                         if (expired && !coverage_.Covers(place->url, place->run, seen->time))
                           return true;
                         if (seen->full_run != place->run) Need(place->url, seen->full_run);
                         if (!IsLive(place->run)) old_runs_.insert(place->run);
                         if (!gone_for_ever_.empty() && !IsGone(seen->status))
                           gone_for_ever_.erase(SitePrefix(site_).append(place->url));
                         const auto [from, to] = by_url_.equal_range(std::string(place->url));
                         for (auto at = from; at != to; ++at) {
                           Shown& shown = shown_[at->second];
                           shown.alive |= shown.first <= place->run && place->run <= shown.last;
                         }
                         return true;
                       });
}

bool SitePlan::FindingGoes(std::string_view key) const {
  const auto at = std::lower_bound(
      findings_gone_.begin(), findings_gone_.end(), key,
      [](const FindingRef& ref, std::string_view wanted) { return ref.key < wanted; });
  return at != findings_gone_.end() && at->key == key;
}

bool SitePlan::UrlGoes(std::string_view url_key) const {
  return std::binary_search(urls_gone_.begin(), urls_gone_.end(), url_key) ||
         std::binary_search(urls_forgotten_.begin(), urls_forgotten_.end(), url_key);
}

}  // namespace xuncha
