// The largest clusters: what one intrusion left on most sites stands first, so that the
// officer who decides it once decides the most.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/pages_clusters.h"

#include "console/cluster_board.h"
#include "console/desk.h"
#include "console/page_parts.h"
#include "store/casework.h"

namespace xuncha {

Result<std::shared_ptr<const ClusterBoard::Count>> ClusterBoard::Look(const Store& store,
                                                                      Millis now) {
  const std::lock_guard lock(mutex_);
  if (count_ != nullptr && now - count_->time < kFreshMillis) return count_;
  Result<std::vector<ClusterLine>> lines = store.casework().Clusters(kShownMax + 1);
  if (!lines) return lines.error();
  Count count{.time = now, .lines = std::move(*lines)};
  count.cut = count.lines.size() > kShownMax;
  if (count.cut) count.lines.resize(kShownMax);
  count_ = std::make_shared<const Count>(std::move(count));
  return count_;
}

void ClusterBoard::Forget() {
  const std::lock_guard lock(mutex_);
  count_ = nullptr;
}

Reply ClustersPage(Visit& visit) {
  const auto count =
      OfficersDeskOf(visit).cluster_board().Look(visit.desk.store(), visit.desk.clock().Now());
  if (!count) return Problem(visit, count.error());
  Fields fields;
  fields.Set("COUNTED", TimeText((*count)->time));
  fields.ShowIf("EMPTY", (*count)->lines.empty()).ShowIf("CUT", (*count)->cut);
  if (!(*count)->lines.empty()) {
    Fields& table = fields.Add("HAS_ROWS");
    for (const ClusterLine& line : (*count)->lines) {
      Fields& row = table.Add("ROW");
      row.Set("SPAN", PlainLine(line.key.span))
          .Set("RULE", PlainLine(line.key.rule))
          .Set("HREF", LinkTo("/cluster", {{"key", line.key.id()}}))
          .Set("INCIDENTS", static_cast<int64_t>(line.incidents))
          .Set("SITES", static_cast<int64_t>(line.sites))
          .Set("FINDINGS", static_cast<int64_t>(line.findings));
      row.ShowIf("BY_TARGET", line.key.kind == ClusterKind::kTarget)
          .ShowIf("BY_WORDS", line.key.kind == ClusterKind::kSpan);
    }
  }
  return Page(visit, "clusters.tpl", "clusters.title", fields);
}

}  // namespace xuncha
