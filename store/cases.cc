// SPDX-License-Identifier: Apache-2.0
#include "store/cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "store/casework.h"
#include "store/index_keeping.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

constexpr std::string_view kStateNew = "new";
constexpr std::string_view kStateClosed = "closed";
constexpr std::string_view kStateFalsePositive = "false-positive";
constexpr std::string_view kStateRestored = "restored";
constexpr std::string_view kCrawlActor = "xuncha";

// The one full id among the keys of the family that begin with `prefix`, which
// is a key of `id` cut short.
Result<std::string> CompleteId(const Database& database, Family family, std::string_view noun,
                               std::string_view id, std::string_view prefix) {
  if (id.empty()) return Error{Code::kInvalid, fmt::format("没有写{}编号；请写明", noun)};
  std::vector<std::string> found;
  const size_t head = prefix.size() - id.size();
  const Status scanned =
      database.Scan(family, prefix, [&](std::string_view key, std::string_view) -> Result<bool> {
        found.emplace_back(key.substr(head));
        return found.size() < 2 && found.back() != id;
      });
  if (!scanned) return scanned.error();
  if (found.empty()) {
    return Error{Code::kNotFound, fmt::format("没有{} {}；请在列表里核对编号", noun, id)};
  }
  if (found.back() == id || found.size() == 1) return found.back();
  return Error{Code::kInvalid, fmt::format("{}编号 {} 不止一个：{}、{}……；请多写几位", noun, id,
                                           found[0], found[1])};
}

Status NoIncident(std::string_view id) {
  return Error{Code::kNotFound, fmt::format("没有事件 {}；请在列表里核对编号", id)};
}

}  // namespace

Result<std::optional<StoredFinding>> FindingOfId(const Database& database, std::string_view id) {
  const auto place = GetRecord<FindingPlace>(database, Family::kFindings, FindingIdKey(id));
  if (!place) return place.error();
  if (!*place) return std::optional<StoredFinding>();
  return GetRecord<StoredFinding>(database, Family::kFindings,
                                  FindingKey((*place)->site, (*place)->url, id));
}

Status EachMemberOf(const Database& database, std::string_view incident,
                    const std::function<Result<bool>(const StoredFinding&)>& visit) {
  const std::string prefix = MemberPrefix(incident);
  return database.Scan(Family::kIncidents, prefix,
                       [&](std::string_view key, std::string_view) -> Result<bool> {
                         const auto finding = FindingOfId(database, key.substr(prefix.size()));
                         if (!finding) return finding.error();
                         return !*finding ? Result<bool>(true) : visit(**finding);
                       });
}

Result<StoredFinding> EmbeddedCases::FindingById(std::string_view id) const {
  const Result<std::string> whole =
      CompleteId(database_, Family::kFindings, "发现", id, FindingIdKey(id));
  if (!whole) return whole.error();
  Result<std::optional<StoredFinding>> finding = FindingOfId(database_, *whole);
  if (!finding) return finding.error();
  if (!*finding) {
    return UnreadableRecord(Family::kFindings, FindingIdKey(*whole),
                            {Code::kDamaged, "有编号，却找不到内容"});
  }
  return std::move(**finding);
}

Status EmbeddedCases::EachFinding(std::string_view site,
                                  const std::function<bool(const StoredFinding&)>& visit) const {
  return database_.Scan(Family::kFindings, FindingPrefix(site),
                        [&](std::string_view key, std::string_view payload) -> Result<bool> {
                          const auto finding =
                              DecodeStored<StoredFinding>(Family::kFindings, key, payload);
                          if (!finding) return finding.error();
                          return visit(*finding);
                        });
}

Result<Incident> EmbeddedCases::WithMembers(Incident incident) const {
  const std::string prefix = MemberPrefix(incident.id);
  const Status scanned = database_.Scan(
      Family::kIncidents, prefix, [&](std::string_view key, std::string_view) -> Result<bool> {
        incident.findings.emplace_back(key.substr(prefix.size()));
        return true;
      });
  if (!scanned) return scanned.error();
  return incident;
}

Result<Incident> EmbeddedCases::IncidentById(std::string_view id) const {
  const Result<std::string> whole =
      CompleteId(database_, Family::kIncidents, "事件", id, IncidentKey(id));
  if (!whole) return whole.error();
  auto incident = GetRecord<Incident>(database_, Family::kIncidents, IncidentKey(*whole));
  if (!incident) return incident.error();
  if (!*incident) return NoIncident(*whole).error();
  return WithMembers(std::move(**incident));
}

Status EmbeddedCases::EachIncident(const std::function<bool(const Incident&)>& visit) const {
  return database_.Scan(Family::kIncidents, IncidentKey(""),
                        [&](std::string_view key, std::string_view payload) -> Result<bool> {
                          const auto incident =
                              DecodeStored<Incident>(Family::kIncidents, key, payload);
                          if (!incident) return incident.error();
                          return visit(*incident);
                        });
}

Status EmbeddedCases::EachEvent(std::string_view incident,
                                const std::function<bool(const Event&)>& visit) const {
  return database_.Scan(Family::kEvents, EventPrefix(incident),
                        [&](std::string_view key, std::string_view payload) -> Result<bool> {
                          const auto event = DecodeStored<Event>(Family::kEvents, key, payload);
                          if (!event) return event.error();
                          return visit(*event);
                        });
}

Result<HistoryKept> EmbeddedCases::KeepHistory(const std::vector<StoredFinding>& findings,
                                               const Deed& deed, Millis now) {
  Batch batch(database_);
  HistoryKept kept;
  for (const StoredFinding& finding : findings) {
    const std::string key = FindingKey(finding.site, finding.url, finding.finding.id);
    auto before = GetRecord<StoredFinding>(batch, Family::kFindings, key);
    if (!before) return before.error();
    if (*before) {
      StoredFinding& known = **before;
      if (finding.first_seen >= known.first_seen) continue;
      known.first_seen = finding.first_seen;
      known.first_run = finding.first_run;
      if (Status put = PutFinding(batch, known); !put) return put.error();
      ++kept.set_back;
      continue;
    }
    StoredFinding fresh = finding;
    fresh.history = true;
    if (Status put = PutFinding(batch, fresh); !put) return put.error();
    if (Status grouped = GroupFinding(batch, fresh, Appearance::kFirst, now); !grouped)
      return grouped.error();
    ++kept.added;
  }
  if (kept.added + kept.set_back == 0) return kept;
  if (Status appended = chain_.Append(batch, deed); !appended) return appended.error();
  if (Status put = batch.Commit(); !put) return put.error();
  return kept;
}

Status GroupFinding(Batch& batch, const StoredFinding& finding, Appearance appearance, Millis now) {
  if (finding.finding.severity < Severity::kLow) return Ok();
  const std::string id = StableId({finding.site, finding.finding.kind});
  auto found = GetRecord<Incident>(batch, Family::kIncidents, IncidentKey(id));
  if (!found) return found.error();
  const std::string member_key = MemberKey(id, finding.finding.id);
  const Result<bool> member = batch.Has(Family::kIncidents, member_key);
  if (!member) return member.error();
  if (finding.standing) {
    const Result<bool> suppressed = SuppressInBatch(batch, finding, now);
    if (!suppressed) return suppressed.error();
    if (*suppressed) return Ok();
  }

  const bool opens = !found->has_value();
  Incident incident = opens ? Incident{.id = id,
                                       .site = finding.site,
                                       .kind = finding.finding.kind,
                                       .severity = finding.finding.severity,
                                       .opened = now,
                                       .state = std::string(kStateNew),
                                       .baseline = finding.baseline,
                                       .history = finding.history}
                            : **found;
  const bool reopens =
      finding.standing && (((incident.state == kStateClosed || incident.state == kStateRestored) &&
                            (appearance != Appearance::kStill || !*member)) ||
                           (incident.state == kStateFalsePositive && !*member));
  const bool worse = finding.finding.severity > incident.severity;
  const bool seen_at_last = incident.history && !finding.history;
  const bool returned = !opens && !reopens && finding.standing && appearance == Appearance::kAgain;
  if (!opens && !reopens && !returned && !worse && !seen_at_last && *member) return Ok();

  incident.version += 1;
  incident.updated = now;
  incident.severity = std::max(incident.severity, finding.finding.severity);
  if (reopens) incident.state = kStateNew;
  if (reopens || !finding.baseline) incident.baseline = false;
  if (!finding.history) incident.history = false;
  if (!opens && finding.standing) {
    const Status told = reopens ? BeginRound(batch, id) : VoidProof(batch, incident, now);
    if (!told) return told;
  }
  if (Status put = PutIncident(batch, incident); !put) return put;
  if (!*member) {
    batch.Put(Family::kIncidents, member_key, "");
    if (Status indexed = IndexMember(batch, id, finding); !indexed) return indexed;
  }
  if (opens || reopens || returned) {
    PutRecord(batch, Family::kEvents, EventKey(id, incident.version),
              Event{.time = now,
                    .incident = id,
                    .actor = std::string(kCrawlActor),
                    .action = opens     ? "opened"
                              : reopens ? "reopened"
                                        : "returned",
                    .detail = finding.finding.id});
  }
  return Ok();
}

Status PutIncident(Batch& batch, const Incident& incident) {
  PutRecord(batch, Family::kIncidents, IncidentKey(incident.id), incident);
  return IndexIncident(batch, incident);
}

Status PutFinding(Batch& batch, const StoredFinding& finding) {
  const std::string& id = finding.finding.id;
  const std::string key = FindingKey(finding.site, finding.url, id);
  const auto before = GetRecord<StoredFinding>(batch, Family::kFindings, key);
  if (!before) return before.error();
  PutRecord(batch, Family::kFindings, key, finding);
  if (!*before) {
    PutRecord(batch, Family::kFindings, FindingIdKey(id),
              FindingPlace{.site = finding.site, .url = finding.url});
  }
  return IndexFinding(batch, *before ? &**before : nullptr, &finding);
}

Status DropFinding(Batch& batch, std::string_view site, std::string_view url, std::string_view id) {
  const std::string key = FindingKey(site, url, id);
  const auto before = GetRecord<StoredFinding>(batch, Family::kFindings, key);
  if (!before) return before.error();
  if (!*before) return Ok();
  if (Status indexed = IndexFinding(batch, &**before, nullptr); !indexed) return indexed;
  batch.Delete(Family::kFindings, key);
  batch.Delete(Family::kFindings, FindingIdKey(id));
  batch.Delete(Family::kIncidents, MemberKey(StableId({site, (*before)->finding.kind}), id));
  return Ok();
}

}  // namespace xuncha
