// Deciding many incidents at once.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "store/cases.h"
#include "store/casework.h"
#include "store/casework_records.h"
#include "store/casework_step.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/keys.h"

namespace xuncha {
namespace {

constexpr size_t kBatchIncidents = 64;  // decided with one fsync

// The incident's findings that stand.
Status EachFindingOf(const Database& database, std::string_view incident,
                     const std::function<bool(const StoredFinding&)>& visit) {
  return EachMemberOf(database, incident, [&](const StoredFinding& finding) -> Result<bool> {
    return !finding.standing || visit(finding);
  });
}

// Nobody has judged it yet, or somebody else is to.
bool IsOpen(std::string_view state) {
  return state == CaseStateName(CaseState::kNew) || state == CaseStateName(CaseState::kEscalate) ||
         state == CaseStateName(CaseState::kCannotTell);
}

Status EachIncidentIn(const Database& database,
                      const std::function<Result<bool>(const Incident&)>& visit) {
  return database.Scan(Family::kIncidents, IncidentKey(""),
                       [&](std::string_view key, std::string_view payload) -> Result<bool> {
                         const auto incident =
                             DecodeStored<Incident>(Family::kIncidents, key, payload);
                         if (!incident) return incident.error();
                         return visit(*incident);
                       });
}

bool IsOf(const StoredFinding& finding, const ClusterKey& key) {
  const std::vector<ClusterKey> keys = ClustersOf(finding);
  return std::binary_search(keys.begin(), keys.end(), key);
}

// One of each site first.
void AddSample(ClusterPreview& preview, const StoredFinding& finding, bool first_of_site) {
  if (preview.samples.size() < limits::kClusterSamplesMax) {
    preview.samples.push_back(finding);
    return;
  }
  if (!first_of_site) return;
  std::set<std::string_view> seen;
  for (StoredFinding& sample : preview.samples) {
    if (seen.insert(sample.site).second) continue;
    sample = finding;
    return;
  }
}

}  // namespace

Result<std::vector<ClusterLine>> Casework::Clusters(size_t most) const {
  struct Count {
    uint64_t findings = 0, incidents = 0;
    std::string last;  // incident counted
    std::set<std::string> sites;
  };
  std::map<ClusterKey, Count> counts;
  const Status read = EachIncidentIn(database_, [&](const Incident& incident) -> Result<bool> {
    if (!IsOpen(incident.state)) return true;
    const Status members = EachFindingOf(database_, incident.id, [&](const StoredFinding& finding) {
      for (ClusterKey& key : ClustersOf(finding)) {
        auto at = counts.find(key);
        if (at == counts.end()) {
          if (counts.size() >= limits::kClustersMax) continue;
          at = counts.emplace(std::move(key), Count{}).first;
        }
        Count& count = at->second;
        ++count.findings;
        if (count.last != incident.id) {
          ++count.incidents;
          count.last = incident.id;
        }
        count.sites.insert(incident.site);
      }
      return true;
    });
    if (!members) return members.error();
    return true;
  });
  if (!read) return read.error();
  std::vector<ClusterLine> lines;
  for (const auto& [key, count] : counts) {
    if (count.incidents < 2) continue;
    lines.push_back({.key = key,
                     .findings = count.findings,
                     .incidents = count.incidents,
                     .sites = count.sites.size()});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const ClusterLine& a, const ClusterLine& b) {
    return std::pair(b.incidents, b.findings) < std::pair(a.incidents, a.findings);
  });
  if (lines.size() > most) lines.resize(most);
  return lines;
}

Result<ClusterPreview> Casework::PreviewCluster(const ClusterKey& key, std::string_view by,
                                                Millis now, size_t judged_read_max) const {
  ClusterPreview preview{.key = key};
  std::set<std::string> sites;
  size_t ready_room = limits::kClusterMax, skip_room = limits::kClusterMax, judged_read = 0;
  const Status read = EachIncidentIn(database_, [&](const Incident& incident) -> Result<bool> {
    const bool judged = !IsOpen(incident.state);
    if (judged && judged_read >= judged_read_max) {
      preview.judged_cut = true;
      return true;
    }
    ClusterPreview::Member member{.incident = incident.id,
                                  .site = incident.site,
                                  .version = incident.version,
                                  .state = incident.state};
    const Status members = EachFindingOf(database_, incident.id, [&](const StoredFinding& finding) {
      judged_read += judged ? 1 : 0;
      if (!IsOf(finding, key)) {
        member.others += finding.finding.severity > Severity::kHint ? 1 : 0;
        return true;
      }
      ++member.findings;
      AddSample(preview, finding, !sites.contains(finding.site));
      return true;
    });
    if (!members) return members.error();
    if (member.findings == 0) return true;
    preview.findings += member.findings;
    sites.insert(incident.site);
    const Result<CaseFile> file = FileOf(incident.id);
    if (!file) return file.error();
    const std::optional<CaseState> state = CaseStateByName(incident.state);
    if (judged) {
      member.skip = fmt::format("已是“{}”，不再一并判断",
                                state ? CaseStateText(*state) : std::string_view("未知状态"));
    } else if (member.others > 0) {
      member.skip = fmt::format("事件里还有 {} 条不属于本簇的发现；请单独判断", member.others);
    } else if (file->lease.HeldByOther(by, now)) {
      member.skip = fmt::format("{} 正在处理", file->lease.holder);
    }
    // Those that were judged before stay members, and must not stand in the way of the rest.
    size_t& room = member.skip.empty() ? ready_room : skip_room;
    if (room == 0) {
      preview.cut = preview.cut || member.skip.empty();
      return true;
    }
    --room;
    preview.members.push_back(std::move(member));
    return true;
  });
  if (!read) return read.error();
  preview.sites.assign(sites.begin(), sites.end());
  std::stable_sort(preview.members.begin(), preview.members.end(),
                   [](const auto& a, const auto& b) {
                     return std::tie(a.site, a.incident) < std::tie(b.site, b.incident);
                   });
  return preview;
}

Result<ClusterResult> Casework::DecideCluster(const ClusterPreview& preview, CaseDeed verdict,
                                              const CaseOrder& order, const CasePolicy& policy,
                                              Millis now, Millis undo_for) {
  if (verdict > CaseDeed::kJudgeEscalate)
    return Error{Code::kInvalid, fmt::format("“{}”不是判断", CaseDeedText(verdict))};
  ClusterResult result;
  if (preview.cut) {
    result.skipped.push_back(
        {.why = fmt::format("一次最多 {} 个事件，其余未处理；请再来一次", limits::kClusterMax)});
  }
  for (size_t begin = 0; begin < preview.members.size(); begin += kBatchIncidents) {
    const size_t end = std::min(begin + kBatchIncidents, preview.members.size());
    Batch batch(database_);
    uint64_t decided = 0;
    for (size_t i = begin; i < end; ++i) {
      const ClusterPreview::Member& member = preview.members[i];
      if (!member.skip.empty()) {
        result.skipped.push_back({member.incident, member.site, member.skip});
        continue;
      }
      CaseOrder one = order;
      one.incident = member.incident;
      one.version = member.version;
      const Result<Incident> judged =
          JudgeInBatch(batch, chain_, one, verdict, policy, now, undo_for);
      if (judged) {
        ++decided;
      } else if (judged.error().code == Code::kInvalid || judged.error().code == Code::kConflict ||
                 judged.error().code == Code::kDenied || judged.error().code == Code::kNotFound) {
        result.skipped.push_back({member.incident, member.site, judged.error().text});
      } else {
        return judged.error();  // the batch is not written
      }
    }
    if (decided == 0) continue;
    if (Status done = batch.Commit(); !done) return done.error();
    result.decided += decided;
  }
  return result;
}

}  // namespace xuncha
