// 电子数据清单: the same lines as CSV and as a workbook. Both grow on the disk, so a
// long list costs no memory.
//
// What comes from a page may begin with "=": a spreadsheet would run it. In the
// workbook every cell is written as text; in the CSV such a cell begins with an
// apostrophe.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "base/text.h"
#include "reports/evidence_parts.h"

namespace xuncha {
namespace {

constexpr std::array<std::pair<const char*, double>, 14> kColumns = {{
    {"编号", 6},
    {"名称", 28},
    {"类别", 14},
    {"文件格式", 14},
    {"大小（字节）", 12},
    {"SHA-256", 66},
    {"SM3", 66},
    {"来源网址", 48},
    {"服务器地址", 20},
    {"采集时间（UTC）", 24},
    {"采集时间（北京时间）", 26},
    {"记录编号", 50},
    {"存放位置", 24},
    {"备注", 60},
}};

constexpr size_t kCellCharsMax = 32'000;  // a spreadsheet takes 32 767

std::array<std::string, kColumns.size()> CellsOf(const EvidenceItem& item) {
  return {std::to_string(item.number),
          item.name,
          item.category,
          item.format,
          std::to_string(item.bytes),
          item.sha256.empty() ? "" : item.sha256.hex(),
          item.sm3.empty() ? "" : item.sm3.hex(),
          item.url,
          item.server,
          item.time == 0 ? "" : FormatUtc(item.time),
          item.time == 0 ? "" : FormatTime(item.time),
          item.record,
          item.place,
          item.remark};
}

std::string Cut(const std::string& text) {
  return text.size() <= kCellCharsMax ? text : text.substr(0, StepBack(text, kCellCharsMax, 1));
}

}  // namespace

std::string FormatUtc(Millis time) {
  // Shanghai is eight hours ahead, always (base/clock.h).
  const std::string shanghai = FormatTime(time - 8 * 3'600'000);
  return fmt::format("{} {}.{:03}Z", shanghai.substr(0, 10), shanghai.substr(11, 8),
                     ((time % 1000) + 1000) % 1000);
}

std::string CsvCell(std::string_view text) {
  std::string cell = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
    cell += '\'';
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c == '\r' || c == '\n' ? ' ' : c;
  }
  return cell + "\"";
}

struct EvidenceList::Rep {
  std::FILE* csv = nullptr;
  lxw_workbook* book = nullptr;
  lxw_worksheet* sheet = nullptr;
  lxw_format *head = nullptr, *cell = nullptr;
  std::string directory;  // the library keeps the pointer
  uint32_t row = 0;
  bool good = true;
};

EvidenceList::EvidenceList(const std::string& beside, Millis now)
    : rep_(std::make_unique<Rep>()), csv_path_(beside + ".csv"), xlsx_path_(beside + ".xlsx") {
  Rep& rep = *rep_;
  const size_t slash = beside.rfind('/');
  rep.directory = slash == std::string::npos ? "." : beside.substr(0, slash + 1);
  rep.csv = std::fopen(csv_path_.c_str(), "wbe");
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = rep.directory.data();
  rep.book = workbook_new_opt(xlsx_path_.c_str(), &options);
  rep.sheet = rep.book == nullptr ? nullptr : workbook_add_worksheet(rep.book, "电子数据清单");
  rep.good = rep.csv != nullptr && rep.sheet != nullptr;
  if (!rep.good) return;

  lxw_doc_properties properties{};
  std::string title = "电子数据清单";
  properties.title = title.data();
  properties.created = static_cast<time_t>(now / 1000);
  workbook_set_properties(rep.book, &properties);
  rep.head = workbook_add_format(rep.book);
  format_set_bold(rep.head);
  format_set_border(rep.head, LXW_BORDER_THIN);
  format_set_bg_color(rep.head, 0xEDEDED);
  rep.cell = workbook_add_format(rep.book);
  format_set_border(rep.cell, LXW_BORDER_THIN);
  format_set_align(rep.cell, LXW_ALIGN_VERTICAL_TOP);
  worksheet_set_landscape(rep.sheet);
  worksheet_set_paper(rep.sheet, 9);  // A4
  worksheet_fit_to_pages(rep.sheet, 1, 0);
  worksheet_repeat_rows(rep.sheet, 0, 0);
  worksheet_freeze_panes(rep.sheet, 1, 0);
  std::fputs("\xEF\xBB\xBF", rep.csv);
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(rep.sheet, column, column, kColumns[i].second, nullptr);
    worksheet_write_string(rep.sheet, 0, column, kColumns[i].first, rep.head);
    std::fputs((CsvCell(kColumns[i].first) + (i + 1 < kColumns.size() ? "," : "\r\n")).c_str(),
               rep.csv);
  }
}

EvidenceList::~EvidenceList() {
  if (rep_->book != nullptr) workbook_close(rep_->book);
  if (rep_->csv != nullptr) std::fclose(rep_->csv);
  ::unlink(csv_path_.c_str());
  ::unlink(xlsx_path_.c_str());
}

void EvidenceList::Add(const EvidenceItem& item) {
  Rep& rep = *rep_;
  if (!rep.good) return;
  ++rep.row;
  const auto cells = CellsOf(item);
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string text = Cut(ToValidUtf8(cells[i]));
    const auto column = static_cast<lxw_col_t>(i);
    const bool number = i == 0 || i == 4;
    const lxw_error wrote =
        number ? worksheet_write_number(rep.sheet, rep.row, column,
                                        static_cast<double>(i == 0 ? item.number : item.bytes),
                                        rep.cell)
               : worksheet_write_string(rep.sheet, rep.row, column, text.c_str(), rep.cell);
    rep.good = rep.good && wrote == LXW_NO_ERROR;
    line += CsvCell(text) + (i + 1 < cells.size() ? "," : "\r\n");
  }
  rep.good = rep.good && std::fwrite(line.data(), 1, line.size(), rep.csv) == line.size();
}

Status EvidenceList::Finish() {
  Rep& rep = *rep_;
  if (rep.book != nullptr) {
    rep.good = workbook_close(std::exchange(rep.book, nullptr)) == LXW_NO_ERROR && rep.good;
  }
  if (rep.csv != nullptr) rep.good = std::fclose(std::exchange(rep.csv, nullptr)) == 0 && rep.good;
  if (rep.good) return Ok();
  return Error{Code::kSystem,
               fmt::format("{}：电子数据清单写不完整；检查磁盘空间与权限", csv_path_)};
}

}  // namespace xuncha
