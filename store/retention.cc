// SPDX-License-Identifier: Apache-2.0
#include "store/retention.h"

#include <fmt/format.h>

#include "base/day.h"
#include "base/limits.h"

namespace xuncha {

std::string_view KeepName(Keep keep) { return keep == Keep::kRoutine ? "routine" : "finding"; }

Status CheckPeriod(Millis period) {
  if (period < limits::kRetentionMillisMin) {
    return Error{Code::kInvalid,
                 fmt::format("{} 天太短：网络安全法第二十三条要求网络日志留存不少于六个月（至少 {} "
                             "天），互联网政务应用安全管理规定第二十条要求一年",
                             period / kDay, limits::kRetentionMillisMin / kDay)};
  }
  if (period > limits::kRetentionMillisMax) {
    return Error{Code::kInvalid,
                 fmt::format("{} 天太长，至多 {} 天；须长期留存的请用 xuncha store hold add 冻结",
                             period / kDay, limits::kRetentionMillisMax / kDay)};
  }
  return Ok();
}

Status CheckPolicy(const RetentionPolicy& policy) {
  for (const Keep keep : {Keep::kRoutine, Keep::kFinding}) {
    if (Status fit = CheckPeriod(policy.of(keep)); !fit) return fit;
  }
  if (policy.findings < policy.routine) {
    return Error{Code::kInvalid, fmt::format("有发现的记录留存 {} 天，短于无发现的 {} 天；有发现的"
                                             "不能先清除",
                                             policy.findings / kDay, policy.routine / kDay)};
  }
  return Ok();
}

bool PurgeReport::empty() const {
  uint64_t records = bodies.records + findings.records + urls.records + runs.records + forgotten;
  for (const Count& count : observations) records += count.records;
  return records == 0;
}

}  // namespace xuncha
