// SPDX-License-Identifier: Apache-2.0
#include "store/coverage.h"

#include <algorithm>
#include <optional>

#include "proof/merkle.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {

// The findings that belong to the incident now. False if it is another site's.
Result<bool> Coverage::AddIncident(const Database& database, std::string_view site,
                                   const Hold& hold, Scope& scope) {
  const auto incident =
      GetRecord<Incident>(database, Family::kIncidents, IncidentKey(hold.incident));
  if (!incident) return incident.error();
  if (!*incident) {
    return UnreadableRecord(Family::kIncidents, IncidentKey(hold.incident),
                            {Code::kDamaged, "held by " + hold.id() + ", but missing"});
  }
  if ((*incident)->site != site) return false;
  const std::string prefix = MemberPrefix(hold.incident);
  const Status scanned = database.Scan(
      Family::kIncidents, prefix, [&](std::string_view key, std::string_view) -> Result<bool> {
        const std::string_view id = key.substr(prefix.size());
        const auto place = GetRecord<FindingPlace>(database, Family::kFindings, FindingIdKey(id));
        if (!place) return place.error();
        auto found = *place
                         ? GetRecord<StoredFinding>(database, Family::kFindings,
                                                    FindingKey((*place)->site, (*place)->url, id))
                         : std::optional<StoredFinding>();
        if (!found) return found.error();
        if (!*found) {
          return UnreadableRecord(Family::kIncidents, key,
                                  {Code::kDamaged, "names a finding that is not there"});
        }
        scope.incident[UrlDigest((*found)->url)].emplace_back((*found)->first_run,
                                                              (*found)->last_run);
        return true;
      });
  if (!scanned) return scanned.error();
  return true;
}

Result<Coverage> Coverage::Of(const Database& database, std::string_view site,
                              const std::vector<Hold>& holds) {
  Coverage coverage;
  for (const Hold& hold : holds) {
    if (!hold.site.empty() && hold.site != site) continue;
    Scope scope{.url = hold.url.empty() ? "" : UrlDigest(hold.url),
                .from = hold.from,
                .until = hold.until,
                .of_incident = !hold.incident.empty()};
    if (scope.of_incident) {
      const Result<bool> ours = AddIncident(database, site, hold, scope);
      if (!ours) return ours.error();
      if (!*ours) continue;
    }
    coverage.scopes_.push_back(std::move(scope));
  }
  return coverage;
}

bool Coverage::Covers(std::string_view url, uint64_t run, Millis time) const {
  return std::any_of(scopes_.begin(), scopes_.end(), [&](const Scope& scope) {
    if (!scope.url.empty() && scope.url != url) return false;
    if (scope.from != 0 && time < scope.from) return false;
    if (scope.until != 0 && time >= scope.until) return false;
    if (!scope.of_incident) return true;
    const auto found = scope.incident.find(url);
    return found != scope.incident.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const auto& range) {
             return range.first <= run && run <= range.second;
           });
  });
}

Result<CoverageTally> TallyOf(const Database& database, const Hold& hold) {
  // A hold may bear on every site: one after the other, in the order of keys.
  std::optional<Coverage> coverage;
  std::string site;
  MerkleEdge edge;
  const Status scanned = database.Scan(
      Family::kObservations, hold.site.empty() ? "" : SitePrefix(hold.site),
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const std::optional<ObservationPlace> place = PlaceOfObservation(key);
        if (!place) {
          return UnreadableRecord(Family::kObservations, key,
                                  {Code::kDamaged, "is not the key of an observation"});
        }
        if (!coverage || place->site != site) {
          site = place->site;
          Result<Coverage> of_site = Coverage::Of(database, site, {hold});
          if (!of_site) return of_site.error();
          coverage = std::move(*of_site);
        }
        if (coverage->empty() || place->run > hold.covered_run) return true;
        const auto seen = DecodeStored<Observation>(Family::kObservations, key, payload);
        if (!seen) return seen.error();
        if (!coverage->Covers(place->url, place->run, seen->time)) return true;
        edge.Add(LeafHash(std::string(key).append(seen->body.view())));
        return true;
      });
  if (!scanned) return scanned.error();
  return CoverageTally{.observations = edge.size(), .root = edge.Root()};
}

}  // namespace xuncha
