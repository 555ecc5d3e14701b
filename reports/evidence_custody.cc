// 保管链: which entries of the audit chain concern a package, each with the path that
// proves to whoever knows the signed root that it stands in the chain.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/limits.h"
#include "proof/merkle.h"
#include "reports/evidence_parts.h"

namespace xuncha {
namespace {

// Of all runs and cases: what everything was judged, dated and signed by.
bool ConcernsAll(std::string_view kind) {
  return kind == kClockStep || kind == kKeyInUse || kind == kSm2KeyInUse || kind == kTimestamped ||
         kind == kTimestampFailed || kind == "rules-change" || kind == "config-change" ||
         kind == "recover" || kind == "restore";
}

std::set<std::string, std::less<>> RefsOf(const EvidenceSurvey& survey,
                                          const EvidenceExport& record) {
  std::set<std::string, std::less<>> refs = {"export:" + record.id(), "case:" + record.reference};
  if (survey.incident) refs.insert("incident:" + survey.incident->id);
  for (const Site& site : survey.sites) refs.insert("site:" + site.id);
  for (const auto& [number, run] : survey.runs) refs.insert(fmt::format("run:{}", number));
  for (const StoredFinding& found : survey.findings) {
    refs.insert("finding:" + found.finding.id);
    refs.insert("sha256:" + found.body.hex());
  }
  if (!survey.scope.url.empty()) refs.insert("url:" + survey.scope.url);
  if (!record.hold.empty()) refs.insert("hold:" + record.hold);
  return refs;
}

void KeepNewest(EvidenceCustody& custody) {
  if (custody.entries.size() <= limits::kExportEntriesMax) return;
  const size_t more = custody.entries.size() - limits::kExportEntriesMax;
  custody.entries.erase(custody.entries.begin(),
                        custody.entries.begin() + static_cast<ptrdiff_t>(more));
  custody.left_out += more;
}

}  // namespace

Result<EvidenceCustody> GatherCustody(Store& store, const EvidenceOrder& order) {
  const EvidenceSurvey& survey = *order.survey;
  const auto refs = RefsOf(survey, order.record);
  EvidenceCustody custody;
  const Status read = store.audit().Each(1, [&](const AuditEntry& entry) {
    if (entry.number > order.checkpoint.size) return false;
    const bool named = std::any_of(entry.refs.begin(), entry.refs.end(),
                                   [&](const std::string& ref) { return refs.contains(ref); });
    if (named || (ConcernsAll(entry.kind) && entry.time >= survey.first))
      custody.entries.push_back(entry);
    // Now and then, so that a long chain costs no memory.
    if (custody.entries.size() > 2 * limits::kExportEntriesMax) KeepNewest(custody);
    return true;
  });
  if (!read) return read.error();
  KeepNewest(custody);
  Result<std::vector<Digest>> leaves = store.audit().Leaves();
  if (!leaves) return leaves.error();
  if (leaves->size() < order.checkpoint.size)
    return Error{Code::kDamaged, "审计链比检查点短；运行 xuncha store chain verify"};
  leaves->resize(order.checkpoint.size);
  for (const AuditEntry& entry : custody.entries) {
    custody.proofs += ProofLine(
        InclusionProof{entry, order.checkpoint, InclusionPath(*leaves, entry.number - 1)});
    custody.proofs += '\n';
  }
  return custody;
}

}  // namespace xuncha
