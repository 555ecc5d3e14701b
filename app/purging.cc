// SPDX-License-Identifier: Apache-2.0
#include "app/purging.h"

#include <fmt/format.h>

#include <cstdio>
#include <iterator>

#include "base/text.h"

namespace xuncha {
namespace {

std::string_view StepText(std::string_view what) {
  if (what == "observations") return "核对观测记录";
  if (what == "bodies") return "核对快照";
  return "整理数据文件";
}

}  // namespace

std::string BytesText(double bytes) {
  constexpr std::string_view kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, kUnits[unit]);
}

Result<PurgeReport> PurgeStore(const Session& session, Store& store, const Config& config,
                               PurgeOptions options) {
  const bool shown = session.terminal() && !session.quiet();
  options.policy = config.retention;
  options.now = session.clock().Now();
  options.progress = [&](std::string_view what, uint64_t done) {
    if (shown) {
      Session::Show(fmt::format("\r\x1b[K清除：{} {} …", StepText(what), done));
    }
    return !session.stop();
  };
  Result<PurgeReport> report = store.Purge(options);
  if (shown) Session::Show("\r\x1b[K");
  return report;
}

std::string PurgeText(const PurgeReport& report, PurgeOptions::Mode mode) {
  const bool dry = mode == PurgeOptions::Mode::kDryRun;
  if (report.empty() && !report.compacted) return "没有到期的记录，什么也没有清除\n";
  const auto line = [](std::string_view noun, const PurgeReport::Count& count) {
    return fmt::format("{}{:>10} 条  {:>10}\n",
                       std::string(noun) + std::string(24 - DisplayWidth(noun), ' '), count.records,
                       BytesText(static_cast<double>(count.bytes)));
  };
  std::string text = dry ? "试算，什么也没有改动。将清除：\n" : "已清除：\n";
  text += line("观测（无发现）", report.observations[static_cast<size_t>(Keep::kRoutine)]);
  text += line("观测（有发现）", report.observations[static_cast<size_t>(Keep::kFinding)]);
  text += line("快照与文本", report.bodies);
  text += line("发现", report.findings);
  text += line("网址", report.urls);
  text += line("巡查记录", report.runs);
  if (report.forgotten > 0)
    text += fmt::format("{} 个网址只留下地址，下次巡查重新读取\n", report.forgotten);
  if (report.rewritten > 0) text += fmt::format("{} 份快照改存为整份\n", report.rewritten);
  if (report.leaned_on > 0)
    text += fmt::format("{} 条到期的观测因仍有未到期的观测引用而保留\n", report.leaned_on);
  if (report.held > 0) text += fmt::format("{} 条到期的观测被冻结，保留\n", report.held);
  text += fmt::format("界线：无发现的 {} 以前，有发现的 {} 以前\n",
                      FormatTime(report.routine_before), FormatTime(report.findings_before));
  if (!dry) text += "已整理数据文件，清除的内容不再存在于数据目录；已有的备份仍含有，轮换后消失\n";
  return text;
}

Status PurgeWhenDue(const Session& session, Store& store, const Config& config) {
  if (!config.purge) return Ok();
  const Result<PurgeFacts> last = store.LastPurge();
  if (!last) return last.error();
  const Millis now = session.clock().Now();
  // A last one in the future is a strange clock, which Purge looks into.
  const bool due = last->unfinished || now - last->time >= config.purge_every || now < last->time;
  if (!due) return Ok();
  const Result<PurgeReport> report =
      PurgeStore(session, store, config, {.who = PurgeOptions::Who::kProgram});
  if (report) {
    if (!report->empty()) session.Say(PurgeText(*report, PurgeOptions::Mode::kPurge));
    return Ok();
  }
  if (report.error().code != Code::kDenied && report.error().code != Code::kConflict)
    return report.error();
  session.Say(fmt::format("到期记录的清除没有进行：{}", Neutralise(report.error().text)));
  return Ok();
}

}  // namespace xuncha
