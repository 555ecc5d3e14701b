// The facts of a month under the names of its template.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "reports/papers.h"
#include "reports/papers_text.h"

namespace xuncha {
namespace {

using paper_text::OfPage;
using paper_text::OfRecord;

constexpr size_t kKindsDrawn = 8;  // more bars than that are too thin for their names

// The middle one; of an even count the lower of the two: a time that really was.
Millis Median(std::vector<Millis> times) {
  if (times.empty()) return -1;
  const auto middle = times.begin() + static_cast<ptrdiff_t>((times.size() - 1) / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

PaperData::Values ValuesOf(const MonthCount& count) {
  return {{"名称", OfRecord(count.name)},
          {"条款", count.clause},
          {"网站数", std::to_string(count.sites)},
          {"新增", std::to_string(count.opened)},
          {"认定", std::to_string(count.confirmed)},
          {"误报", std::to_string(count.false_positive)},
          {"办结", std::to_string(count.closed)},
          {"逾期", std::to_string(count.overdue)},
          {"重复", std::to_string(count.repeated)},
          {"整改用时", PaperLength(Median(count.repair))}};
}

PaperData::Values ValuesOf(const MonthSite& site) {
  return {
      {"网站", OfRecord(site.name)}, {"单位", OfRecord(site.unit)}, {"原因", OfPage(site.what)}};
}

PaperData::Values ValuesOf(const MonthCase& one) {
  return {{"事件编号", OfRecord(one.incident)},   {"网站", OfRecord(one.site)},
          {"单位", OfRecord(one.unit)},           {"类别", OfRecord(one.kind)},
          {"状态", OfRecord(one.state)},          {"期限", PaperMinute(one.deadline)},
          {"逾期天数", std::to_string(one.days)}, {"次数", std::to_string(one.times)}};
}

template <class Facts>
std::vector<PaperData::Values> ListOf(const std::vector<Facts>& facts) {
  std::vector<PaperData::Values> list;
  for (const Facts& one : facts) list.push_back(ValuesOf(one));
  return list;
}

PaperChart ChartOf(std::string_view title, const std::vector<MonthCount>& counts) {
  PaperChart chart{.title = std::string(title),
                   .series = {{.name = "新增"}, {.name = "认定"}, {.name = "办结"}}};
  for (const MonthCount& count : counts) {
    chart.labels.push_back(OfRecord(count.name));
    chart.series[0].values.push_back(static_cast<double>(count.opened));
    chart.series[1].values.push_back(static_cast<double>(count.confirmed));
    chart.series[2].values.push_back(static_cast<double>(count.closed));
  }
  return chart;
}

}  // namespace

PaperData DataOf(const MonthFacts& facts) {
  const MonthCount& total = facts.total;
  const uint64_t judged = total.confirmed + total.false_positive;
  const Millis longest =
      total.repair.empty() ? -1 : *std::max_element(total.repair.begin(), total.repair.end());
  PaperData data;
  data.values = {
      {"制发单位", OfRecord(facts.institution)},
      {"日期", PaperDate(facts.now)},
      {"月份", facts.month},
      {"范围", facts.unit.empty() ? "全部单位" : OfRecord(facts.unit)},
      {"单位", OfRecord(facts.unit)},
      {"网站数", std::to_string(facts.sites)},
      {"已查网站数", std::to_string(facts.sites_audited)},
      {"未查网站数", std::to_string(facts.sites - std::min(facts.sites, facts.sites_audited))},
      {"巡查次数", std::to_string(facts.runs)},
      {"页面数", std::to_string(facts.pages)},
      {"未全读页数", std::to_string(facts.flat + facts.unread)},
      {"失败页数", std::to_string(facts.failed)},
      {"新增", std::to_string(total.opened)},
      {"认定", std::to_string(total.confirmed)},
      {"误报", std::to_string(total.false_positive)},
      {"误报率", judged == 0
                     ? ""
                     : fmt::format("{:.1f}%", 100.0 * static_cast<double>(total.false_positive) /
                                                  static_cast<double>(judged))},
      {"办结", std::to_string(total.closed)},
      {"未结", std::to_string(facts.open)},
      {"待判断", std::to_string(facts.undecided)},
      {"逾期数", std::to_string(total.overdue)},
      {"重复数", std::to_string(total.repeated)},
      {"逾期未列", facts.overdue_left_out == 0 ? "" : std::to_string(facts.overdue_left_out)},
      {"重复未列", facts.repeated_left_out == 0 ? "" : std::to_string(facts.repeated_left_out)},
      {"整改用时中位", PaperLength(Median(total.repair))},
      {"整改用时最长", PaperLength(longest)},
  };
  data.lists = {{"类别", ListOf(facts.kinds)},        {"各单位", ListOf(facts.units)},
                {"逐月", ListOf(facts.months)},       {"逾期事件", ListOf(facts.overdue)},
                {"重复事件", ListOf(facts.repeated)}, {"未能检查", ListOf(facts.unchecked)}};
  data.charts["趋势图"] = ChartOf("最近各月的事件", facts.months);
  if (!facts.kinds.empty()) {
    std::vector<MonthCount> most = facts.kinds;
    std::stable_sort(most.begin(), most.end(),
                     [](const MonthCount& a, const MonthCount& b) { return a.opened > b.opened; });
    if (most.size() > kKindsDrawn) most.resize(kKindsDrawn);
    data.charts["类别图"] = ChartOf("本月各类别的事件", most);
  }
  PaperChart repair{.title = "整改用时的中位数（天）", .series = {{.name = "天"}}};
  bool any = false;
  for (const MonthCount& month : facts.months) {
    const Millis median = Median(month.repair);
    any = any || median >= 0;
    repair.labels.push_back(OfRecord(month.name));
    // In tenths: a bar cannot show more.
    repair.series[0].values.push_back(median < 0 ? 0
                                                 : static_cast<double>(median / 8'640'000) / 10);
  }
  if (any) data.charts["用时图"] = std::move(repair);
  return data;
}

}  // namespace xuncha
