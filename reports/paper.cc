// What the writers of papers share, and the plainest of them, the workbook.
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/paper.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/text.h"
#include "reports/sheet_writer.h"

namespace xuncha {
namespace {

constexpr int kWhole = 1000;

// Text that is a plain number becomes one, so that a spreadsheet can add it up.
SheetCell CellOf(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const bool leading_zero = text.size() > 1 && text[0] == '0' && text[1] != '.';
  if (error != std::errc() || read != end || text.size() > 12 || leading_zero)
    return SheetCell::Text(text);
  return SheetCell::Number(number);
}

void PutSheet(SheetWriter& sheets, std::string_view name, const std::vector<PaperRow>& rows,
              const std::vector<int>& shares) {
  std::vector<SheetColumn> columns;
  const bool headed = !rows.empty() && rows[0].look == PaperRow::Look::kHead;
  for (size_t i = 0; i < shares.size(); ++i) {
    columns.push_back({headed && i < rows[0].cells.size() ? rows[0].cells[i] : "",
                       std::max(8.0, shares[i] * 0.12)});
  }
  sheets.Begin(name, columns);
  for (size_t i = headed ? 1 : 0; i < rows.size(); ++i) {
    std::vector<SheetCell> cells;
    for (const std::string& cell : rows[i].cells) cells.push_back(CellOf(cell));
    sheets.Row(cells);
  }
}

}  // namespace

std::vector<int> ColumnShares(const PaperBlock& table) {
  size_t columns = 1;
  bool pairs = !table.rows.empty();
  for (const PaperRow& row : table.rows) {
    columns = std::max(columns, row.cells.size());
    pairs = pairs && row.look == PaperRow::Look::kPairs;
  }
  std::vector<int> shares = table.widths;
  if (shares.size() != columns) {
    shares.assign(columns, 1);
    // A name takes less room than what it names.
    if (pairs && columns == 2) shares = {2, 7};
    if (pairs && columns == 4) shares = {2, 3, 2, 3};
  }
  const int sum = std::max(1, std::accumulate(shares.begin(), shares.end(), 0));
  int left = kWhole;
  for (size_t i = 0; i + 1 < shares.size(); ++i) {
    shares[i] = std::max(1, shares[i] * kWhole / sum);
    left -= shares[i];
  }
  shares.back() = std::max(1, left);
  return shares;
}

std::vector<PaperRow> ChartRows(const PaperChart& chart) {
  std::vector<PaperRow> rows = {{.look = PaperRow::Look::kHead, .cells = {""}}};
  for (const PaperChart::Series& series : chart.series) rows[0].cells.push_back(series.name);
  for (size_t i = 0; i < chart.labels.size(); ++i) {
    PaperRow row{.cells = {chart.labels[i]}};
    for (const PaperChart::Series& series : chart.series)
      row.cells.push_back(i < series.values.size() ? fmt::format("{}", series.values[i]) : "");
    rows.push_back(std::move(row));
  }
  return rows;
}

Status WritePaperSheets(const Paper& paper, const std::string& path) {
  SheetWriter sheets(path, paper.title, paper.time);
  std::string heading = paper.title;
  bool any = false;
  for (const PaperBlock& block : paper.blocks) {
    using Kind = PaperBlock::Kind;
    if (block.kind == Kind::kHeading || block.kind == Kind::kSubheading) heading = block.text;
    if (block.kind != Kind::kTable && block.kind != Kind::kChart) continue;
    const bool chart = block.kind == Kind::kChart;
    PaperBlock table = block;
    if (chart) table.rows = ChartRows(block.chart);
    PutSheet(sheets, chart && !block.chart.title.empty() ? block.chart.title : heading, table.rows,
             ColumnShares(table));
    any = true;
  }
  if (!any) sheets.Begin(paper.title, {{paper.title, 40}});
  return sheets.Finish();
}

}  // namespace xuncha
