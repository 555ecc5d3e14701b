// SPDX-License-Identifier: Apache-2.0
#include "store/case_cluster.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/suppression.h"

namespace xuncha {
namespace {

constexpr std::string_view kSpanHead = "span:", kTargetHead = "target:";

}  // namespace

std::string ClusterKey::id() const {
  return kind == ClusterKind::kTarget ? fmt::format("{}{}", kTargetHead, span)
                                      : fmt::format("{}{}:{}", kSpanHead, rule, span);
}

Result<ClusterKey> ParseClusterKey(std::string_view id) {
  if (id.starts_with(kTargetHead) && id.size() > kTargetHead.size()) {
    return ClusterKey{.kind = ClusterKind::kTarget,
                      .span = AsciiLower(id.substr(kTargetHead.size()))};
  }
  const std::string_view rest = id.starts_with(kSpanHead) ? id.substr(kSpanHead.size()) : "";
  const size_t colon = rest.find(':');
  if (colon != std::string_view::npos && colon > 0 && colon + 1 < rest.size()) {
    return ClusterKey{.kind = ClusterKind::kSpan,
                      .rule = std::string(rest.substr(0, colon)),
                      .span = std::string(rest.substr(colon + 1))};
  }
  return Error{Code::kInvalid, fmt::format("“{}”不是簇的编号；形如 span:gambling.brand:词语 或 "
                                           "target:主机，见 xuncha cluster list",
                                           Neutralise(id))};
}

std::vector<ClusterKey> ClustersOf(const StoredFinding& finding) {
  std::vector<ClusterKey> keys;
  for (const Evidence& evidence : finding.finding.evidence) {
    if (evidence.found.empty()) continue;
    keys.push_back({.kind = ClusterKind::kSpan, .rule = evidence.rule, .span = SpanOf(evidence)});
  }
  for (std::string& host : TargetsOf(finding))
    keys.push_back({.kind = ClusterKind::kTarget, .rule = {}, .span = std::move(host)});
  SortUnique(keys);
  return keys;
}

}  // namespace xuncha
