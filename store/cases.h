// The embedded form of CaseStore: findings, the incidents they are grouped to,
// and what officers did.
//
// An incident is the findings of one site and kind that are more than hints. The
// crawl opens it, adds to it and opens it again; only an officer closes it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "store/chain.h"
#include "store/db.h"
#include "store/store.h"

namespace xuncha {

class EmbeddedCases final : public CaseStore {
 public:
  EmbeddedCases(Database& database, AuditChain& chain) : database_(database), chain_(chain) {}
  Result<StoredFinding> FindingById(std::string_view id) const override;
  Status EachFinding(std::string_view site,
                     const std::function<bool(const StoredFinding&)>& visit) const override;
  Result<Incident> IncidentById(std::string_view id) const override;
  Status EachIncident(const std::function<bool(const Incident&)>& visit) const override;
  Status EachEvent(std::string_view incident,
                   const std::function<bool(const Event&)>& visit) const override;
  Result<HistoryKept> KeepHistory(const std::vector<StoredFinding>& findings, const Deed& deed,
                                  Millis now) override;

 private:
  Result<Incident> WithMembers(Incident incident) const;

  Database& database_;
  AuditChain& chain_;
};

// The finding of that whole id; nothing if it was purged, or never was.
Result<std::optional<StoredFinding>> FindingOfId(const Database& database, std::string_view id);
// The findings of the incident that are kept, standing or gone, in the order of their ids.
Status EachMemberOf(const Database& database, std::string_view incident,
                    const std::function<Result<bool>(const StoredFinding&)>& visit);

// How a finding came to stand.
enum class Appearance : uint8_t {
  kFirst,  // never seen before
  kAgain,  // was gone
  kStill,  // stood already
};

// Opens, enlarges or reopens the incident the finding belongs to; nothing, if a
// suppression covers the finding. A closed one, or one cut off and restored, opens again when a
// finding is new or has come back; one judged a false positive only for a finding that was not part
// of that judgement; neither for one that is gone.
Status GroupFinding(Batch& batch, const StoredFinding& finding, Appearance appearance, Millis now);

// The only ways to write an incident or a finding: the index (index.h) follows in the
// same batch. PutIncident leaves Incident::findings alone, for members are keys of
// their own; PutFinding also writes where the finding of that id is.
Status PutIncident(Batch& batch, const Incident& incident);
Status PutFinding(Batch& batch, const StoredFinding& finding);
// The finding goes, and with it its place in its incident. Nothing if it is not there.
Status DropFinding(Batch& batch, std::string_view site, std::string_view url, std::string_view id);

}  // namespace xuncha
