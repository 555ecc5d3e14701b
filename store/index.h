// The index: keys made from incidents and findings, in the batch that changes those,
// so that a list of them is read page by page and a count is looked up. A list costs
// what it shows, whether the store holds a thousand findings or a million.
//
// Who writes an incident or a finding does it by PutIncident and PutFinding
// (store/cases.h), which keep the index with it; nobody else writes either family.
// The index says nothing of its own: a store that has none, or one of another
// version, makes it anew from the incidents and findings when it is opened for
// writing, and a check of the store holds the one against the other.
//
// Reads: any thread. Writes: main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "store/store.h"

namespace xuncha {

class Database;

// Where a list goes on: before or behind one of its rows. Bytes to be handed back as
// they were given; any other bytes are merely another place in the same list.
using Place = std::string;
enum class Direction : uint8_t { kForward, kBackward };

// Which incidents, in the order of severity (highest first), then time (oldest first).
struct IncidentQuery {
  std::string state;      // one state: "new"
  bool baseline = false;  // stock that nobody has judged: of state "new" alone
  std::optional<Severity> severity;
  // At most one of the two.
  std::string kind;
  std::string site;
};

// An incident as a list shows it; Incident::findings is empty.
struct IncidentRow {
  Incident incident;
  uint64_t standing = 0;  // findings of it that stand
  uint64_t gone = 0;      // and that do not
  std::vector<std::string> rules;
};

struct IncidentCount {
  std::string state;
  std::string kind;
  bool baseline = false;
  Severity severity = Severity::kHint;
  uint64_t incidents = 0;
};

struct FindingCount {
  uint64_t standing[4] = {0, 0, 0, 0};  // by Severity
  uint64_t gone = 0;
};

struct RuleCount {
  std::string rule;
  uint64_t standing = 0;  // findings with evidence of the rule
  uint64_t gone = 0;
  struct State {
    std::string state;
    uint64_t incidents = 0;
  };
  std::vector<State> states;  // of the incidents it took part in
};

class Index {
 public:
  explicit Index(const Database& database) : database_(database) {}

  // ---- incidents ----
  using VisitIncident = std::function<bool(const Place& place, const IncidentRow& row)>;
  // From the place on, itself not included; from the end of the list that the
  // direction begins at if it is empty. Stops when the function returns false.
  Status EachIncident(const IncidentQuery& query, Direction direction, const Place& from,
                      const VisitIncident& visit) const;
  // Of one site, in whatever state; there are no more than kinds.
  Result<std::vector<IncidentRow>> IncidentsOf(std::string_view site) const;
  Result<IncidentRow> IncidentById(std::string_view id) const;  // whole id; kNotFound
  // Kept, not counted.
  Result<std::vector<IncidentCount>> IncidentCounts() const;
  // Findings of an incident in the order of their ids.
  using VisitFinding = std::function<bool(const Place& place, const StoredFinding& finding)>;
  Status EachMember(std::string_view incident, const Place& from, const VisitFinding& visit) const;

  // ---- findings ----
  // In the order of site and URL; of all sites if `site` is empty.
  Status EachFinding(std::string_view site, Direction direction, const Place& from,
                     const VisitFinding& visit) const;
  Result<FindingCount> FindingsOf(std::string_view site) const;
  Result<std::vector<RuleCount>> RuleCounts() const;

  // ---- sites and notes ----
  // By id.
  Status EachSite(Direction direction, const Place& from,
                  const std::function<bool(const Place& place, const Site& site)>& visit) const;
  Result<std::optional<Site>> SiteOf(std::string_view id) const;
  Result<uint64_t> CountSites() const;
  // Sites the run has finished with.
  Result<uint64_t> CountDone(uint64_t run) const;
  // Notes whose name begins with `prefix`, by name.
  Status EachNote(
      std::string_view prefix,
      const std::function<bool(std::string_view name, std::string_view value)>& visit) const;

 private:
  Status Made() const;  // kConflict if there is no index yet
  Result<IncidentRow> Row(std::string_view id) const;

  const Database& database_;
};

}  // namespace xuncha
