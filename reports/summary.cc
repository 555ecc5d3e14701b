// SPDX-License-Identifier: Apache-2.0
#include "reports/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kNameWidthMax = 36;  // display columns, so that the table fits 100 columns

using Row = std::array<std::string, 9>;

std::string Fit(std::string_view text, size_t width) {
  std::string out = Neutralise(text);
  while (DisplayWidth(out) > width) out = out.substr(0, StepBack(out, out.size(), 1));
  return out;
}

std::string Figure(uint64_t value) { return value == 0 ? "·" : fmt::format("{}", value); }

Row RowOf(std::string name, uint64_t pages, uint64_t unchanged, uint64_t failed, uint64_t partly,
          const uint64_t (&findings)[4]) {
  return {std::move(name),
          fmt::format("{}", pages),
          Figure(unchanged),
          Figure(failed),
          Figure(partly),
          Figure(findings[static_cast<int>(Severity::kHigh)]),
          Figure(findings[static_cast<int>(Severity::kMedium)]),
          Figure(findings[static_cast<int>(Severity::kLow)]),
          Figure(findings[static_cast<int>(Severity::kHint)])};
}

}  // namespace

std::string SummaryTable(const RunReport& report, Paint paint) {
  std::vector<Row> rows;
  rows.push_back({"网站", "页面", "未变", "失败", "未全读", "高", "中", "低", "提示"});
  for (const SiteReport& site : report.sites) {
    std::string name = Fit(site.site.name.empty() ? site.site.id : site.site.name, kNameWidthMax);
    if (!site.finished) name += "（未完）";
    rows.push_back(RowOf(std::move(name), site.pages, site.unchanged, site.failed,
                         site.flat + site.unread, site.findings));
  }
  rows.push_back(RowOf("合计", report.totals.pages, report.totals.unchanged, report.totals.failed,
                       report.totals.flat + report.totals.unread, report.totals.findings));
  std::array<size_t, 9> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string out;
  size_t total = 0;
  for (const size_t width : widths) total += width + 2;
  for (size_t r = 0; r < rows.size(); ++r) {
    if (r == 1 || (r + 1 == rows.size() && r > 1)) out += std::string(total - 2, '-') + "\n";
    for (size_t i = 0; i < rows[r].size(); ++i) {
      const std::string& cell = rows[r][i];
      const std::string pad(widths[i] - DisplayWidth(cell), ' ');
      const bool alarm = paint == Paint::kAnsi && r > 0 && cell != "·" && (i == 5 || i == 6);
      if (alarm) out += i == 5 ? "\x1b[31m" : "\x1b[33m";
      out += i == 0 ? cell + pad : "  " + pad + cell;
      if (alarm) out += "\x1b[0m";
    }
    out += "\n";
  }
  return out;
}

std::string GapLines(const RunReport& report) {
  if (report.sites.empty()) return "没有巡查任何网站\n";
  std::string out;
  for (const SiteReport& site : report.sites) {
    const std::vector<std::string> gaps = site.Gaps();
    if (gaps.empty()) continue;
    const std::string& name = site.site.name.empty() ? site.site.id : site.site.name;
    out += fmt::format("未能全部检查 {}：{}\n", Fit(name, kNameWidthMax),
                       Neutralise(Join(gaps, "；")));
  }
  return out;
}

}  // namespace xuncha
