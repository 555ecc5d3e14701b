// How the index is kept (what it is: index.h). Each function below adds to a batch
// what an incident or a finding that changes in the same batch changes of it;
// PutIncident, PutFinding and DropFinding (cases.h) call them.
//
// IndexModel says the same the other way round: the whole index as it follows from
// all incidents and findings. It makes the index anew where there is none, and a
// check of the store holds what was kept against it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/db.h"
#include "store/index.h"
#include "store/store.h"

namespace xuncha {

inline constexpr uint32_t kIndexVersion = 2;
inline constexpr std::string_view kIndexMarkKey = "v";

struct IndexMark {
  uint32_t version = 0;
};

struct IndexCount {
  uint64_t count = 0;
};

// What is known of an incident's findings, and under what the incident is listed.
struct IndexedIncident {
  std::string site;
  std::string kind;
  std::string state;
  Severity severity = Severity::kHint;
  bool baseline = false;
  Millis opened = 0;
  uint64_t standing = 0;
  uint64_t gone = 0;
  struct Rule {
    std::string rule;
    uint64_t findings = 0;  // standing or gone, with evidence of the rule
  };
  std::vector<Rule> rules;  // by name
};

struct IndexedSite {
  uint64_t standing[4] = {0, 0, 0, 0};
  uint64_t gone = 0;
};

struct IndexedRule {
  uint64_t standing = 0;
  uint64_t gone = 0;
};

// ---- keys ----
std::string IndexedIncidentKey(std::string_view id);
std::string IndexedSiteKey(std::string_view site);
std::string IndexedRuleKey(std::string_view rule);
std::string RuleStateKey(std::string_view rule, std::string_view state);
std::string IncidentCountKey(const IndexedIncident& incident);
// The three lists an incident stands in: all, of its kind, of its site.
std::vector<std::string> ListKeys(const IndexedIncident& incident, std::string_view id);
// Of the list the query asks for, up to the severity if it names one.
std::string ListPrefix(const IncidentQuery& query);

// ---- keeping ----
// After the incident's record was put.
Status IndexIncident(Batch& batch, const Incident& incident);
// A finding became part of the incident.
Status IndexMember(Batch& batch, std::string_view incident, const StoredFinding& finding);
// A finding is put, or goes (`after` is nullptr). `before`: nullptr if it is new.
Status IndexFinding(Batch& batch, const StoredFinding* before, const StoredFinding* after);

// ---- the whole ----
class IndexModel {
 public:
  void AddIncident(const Incident& incident);
  enum class Member : uint8_t { kNo, kYes };  // of the incident of its site and kind
  void AddFinding(const StoredFinding& finding, Member member);
  // Every record of the index but the mark; `visit` gets key and payload.
  Status Each(
      const std::function<Status(const std::string& key, const std::string& payload)>& visit) const;

 private:
  std::map<std::string, IndexedIncident> incidents_;
  std::map<std::string, IndexedSite> sites_;
  std::map<std::string, IndexedRule> rules_;
};

// Makes the index anew if there is none of this version; in batches, the mark last, so
// that one that was cut off begins again.
Status MakeIndex(Database& database);

}  // namespace xuncha
