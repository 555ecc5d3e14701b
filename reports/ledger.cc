// SPDX-License-Identifier: Apache-2.0
#include "reports/ledger.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "reports/output_file.h"
#include "reports/papers_text.h"
#include "reports/sheet_writer.h"

namespace xuncha {
namespace {

constexpr std::array<std::pair<const char*, double>, 28> kColumns = {{
    {"事件编号", 18}, {"状态", 10},         {"类别", 12},     {"责任书条款", 10},
    {"严重程度", 8},  {"首次巡查存量", 12}, {"发现数", 8},    {"网站名称", 22},
    {"单位", 18},     {"负责人", 10},       {"联系电话", 15}, {"网址或IP", 30},
    {"经办人", 10},   {"立案时间", 17},     {"认定时间", 17}, {"24小时报告时限", 17},
    {"报告时间", 17}, {"通知书文号", 22},   {"通知时间", 17}, {"签收时间", 17},
    {"整改期限", 17}, {"催办次数", 8},      {"逾期天数", 8},  {"断网时间", 17},
    {"恢复时间", 17}, {"结案时间", 17},     {"立案次数", 8},  {"备注", 40},
}};

std::vector<SheetCell> CellsOf(const LedgerRow& row) {
  using paper_text::OfRecord;
  const auto text = [](const std::string& value) { return SheetCell::Text(OfRecord(value)); };
  const auto count = [](auto value) { return SheetCell::Number(static_cast<double>(value)); };
  const auto time = [](Millis value) { return SheetCell::Time(value); };
  return {text(row.incident),      text(row.state),
          text(row.kind),          text(row.clause),
          text(row.severity),      text(row.stock ? "是" : ""),
          count(row.findings),     text(row.site_name.empty() ? row.site : row.site_name),
          text(row.unit),          text(row.owner),
          text(row.phone),         SheetCell::Text(paper_text::Address(row.address)),
          text(row.assignee),      time(row.opened),
          time(row.confirmed),     time(row.report_due),
          time(row.report_sent),   text(row.notice),
          time(row.notified),      time(row.acknowledged),
          time(row.deadline),      count(row.reminders),
          count(row.overdue_days), time(row.cut_off),
          time(row.restored),      time(row.closed),
          count(row.rounds + 1),   SheetCell::Text(paper_text::OfPage(row.remark))};
}

}  // namespace

struct LedgerWriter::Rep {
  std::optional<SheetWriter> sheet;
  std::optional<OutputFile> csv;
};

LedgerWriter::LedgerWriter(const std::string& path, Form form, Millis now)
    : rep_(std::make_unique<Rep>()) {
  std::vector<SheetColumn> columns;
  std::vector<SheetCell> head;
  for (const auto& [title, width] : kColumns) {
    columns.push_back({title, width});
    head.push_back(SheetCell::Text(title));
  }
  if (form == Form::kWorkbook) {
    rep_->sheet.emplace(path, "网站内容安全台账", now);
    rep_->sheet->Begin("台账", columns);
  } else {
    rep_->csv.emplace(path);
    // The mark without which spreadsheets take UTF-8 for something else.
    rep_->csv->Put("\xEF\xBB\xBF" + CsvLine(head));
  }
}

LedgerWriter::~LedgerWriter() = default;

void LedgerWriter::Add(const LedgerRow& row) {
  if (rep_->sheet) {
    rep_->sheet->Row(CellsOf(row));
  } else {
    rep_->csv->Put(CsvLine(CellsOf(row)));
  }
}

Status LedgerWriter::Finish() { return rep_->sheet ? rep_->sheet->Finish() : rep_->csv->Finish(); }

}  // namespace xuncha
