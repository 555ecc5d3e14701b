// SPDX-License-Identifier: Apache-2.0
#include "app/case_words.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "app/case_policy.h"
#include "base/text.h"
#include "reports/words.h"

namespace xuncha {

std::string FindingHead(const StoredFinding& stored) {
  const Finding& finding = stored.finding;
  return fmt::format("{}  {}  {}  第 {} 项  {}{}\n  {}\n", finding.id,
                     SeverityText(finding.severity), KindText(finding.kind), finding.clause,
                     Neutralise(stored.url), stored.standing ? "" : "  （页面上已不再出现）",
                     Shown(finding.because));
}

std::string ClockText(Millis due, Millis now) {
  const Millis left = due - now;
  const Millis minutes = (left < 0 ? -left : left) / 60'000;
  const std::string time = minutes >= 48 * 60 ? fmt::format("{} 天", minutes / (24 * 60))
                           : minutes >= 60    ? fmt::format("{} 小时", minutes / 60)
                                              : fmt::format("{} 分钟", minutes);
  return left < 0 ? "已过 " + time : "还有 " + time;
}

std::string NoticeLine(const Notice& notice) {
  std::string line = fmt::format("{} {}", Neutralise(notice.printed), NoticeKindText(notice.kind));
  if (notice.ordinal > 0) line += fmt::format("（第 {} 次）", notice.ordinal);
  line += fmt::format("  {}  {}", FormatTime(notice.issued), Neutralise(notice.by));
  if (notice.deadline != 0) line += "  期限 " + FormatTime(notice.deadline);
  return line;
}

std::string ClocksOf(const CaseFile& file, Millis now) {
  std::vector<std::string> parts;
  const auto clock = [&](std::string_view what, Millis due) {
    if (due != 0) parts.push_back(fmt::format("{}{}", what, ClockText(due, now)));
  };
  if (file.report_sent == 0) clock("24 小时报告", file.report_due);
  clock("整改期限", file.deadline);
  if (file.recheck_at != 0 && file.recheck_at <= now) parts.emplace_back("待复查");
  if (file.proof != 0) parts.emplace_back("复查已消除，可结案");
  if (!file.assignee.empty()) parts.push_back("交 " + Neutralise(file.assignee));
  if (now < file.lease.until)
    parts.push_back(fmt::format("{} 正在处理", Neutralise(file.lease.holder)));
  return Join(parts, "；");
}

Result<CaseDesk> OpenDesk(const Session& session, const Arguments& arguments) {
  if (Trim(arguments.Get("--by")).empty())
    return Error{Code::kInvalid, "--by 必填：处置要有人负责、有据可查"};
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return config.error();
  CaseDesk desk;
  Result<CasePolicy> policy = CasePolicyOf(*config, session.data_dir());
  if (!policy) return policy.error();
  desk.policy = std::move(*policy);
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return store.error();
  desk.store = std::move(*store);
  desk.now = session.clock().Now();
  if (arguments.positional.empty()) return desk;
  Result<Incident> incident = desk.store->cases().IncidentById(arguments.positional[0]);
  if (!incident) return incident.error();
  desk.incident = std::move(*incident);
  desk.order = {.incident = desk.incident.id,
                .version = desk.incident.version,
                .by = std::string(Trim(arguments.Get("--by"))),
                .reason = arguments.Get("--reason"),
                .approved_by = std::string(Trim(arguments.Get("--approved-by")))};
  return desk;
}

std::string StepText(const Incident& before, const Incident& after) {
  return before.state == after.state
             ? fmt::format("{}：{}，已记录", after.id, StateText(after.state))
             : fmt::format("{}：{} → {}", after.id, StateText(before.state),
                           StateText(after.state));
}

}  // namespace xuncha
