// SPDX-License-Identifier: Apache-2.0
#include "reports/sheet_writer.h"

#include <fmt/format.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdio>
#include <ctime>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "reports/xml_text.h"

namespace xuncha {
namespace {

constexpr size_t kCellBytesMax = 32'000;  // a spreadsheet takes 32 767 characters
constexpr uint32_t kRowsMax = 1'048'575;  // behind the head; a sheet has 1 048 576
constexpr size_t kNameCharsMax = 31;

std::string Cut(std::string_view text) {
  if (text.size() > kCellBytesMax) {
    size_t end = kCellBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  return XmlChars(text);
}

// "2026-11-22 09:00": people read lists by the minute.
std::string Minute(Millis time) {
  std::string text = FormatTime(time).substr(0, 16);
  text[10] = ' ';
  return text;
}

lxw_datetime DateOf(Millis time) {
  const std::string text = FormatTime(time);  // yyyy-mm-ddThh:mm:ss
  const auto number = [&text](size_t at, size_t count) {
    return std::atoi(text.substr(at, count).c_str());
  };
  return {.year = number(0, 4),
          .month = number(5, 2),
          .day = number(8, 2),
          .hour = number(11, 2),
          .min = number(14, 2),
          .sec = static_cast<double>(number(17, 2))};
}

}  // namespace

std::string CsvCell(std::string_view text) {
  // Also in full width: spreadsheets of East Asian systems take those for the same.
  constexpr std::string_view kWide[] = {"＝", "＋", "－", "＠"};
  bool formula =
      !text.empty() && std::string_view("=+-@\t\r\n|%").find(text[0]) != std::string_view::npos;
  for (const std::string_view wide : kWide) formula = formula || text.starts_with(wide);
  std::string cell = "\"";
  if (formula) cell += '\'';
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c == '\r' || c == '\n' ? ' ' : c;
  }
  return cell + "\"";
}

std::string CsvLine(const std::vector<SheetCell>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const SheetCell& cell = cells[i];
    if (i > 0) line += ',';
    switch (cell.kind) {
      case SheetCell::Kind::kText:
        line += CsvCell(Cut(cell.text));
        break;
      case SheetCell::Kind::kNumber:
        line += fmt::format("{}", cell.number);
        break;
      case SheetCell::Kind::kTime:
        line += cell.time == 0 ? "\"\"" : CsvCell(Minute(cell.time));
        break;
    }
  }
  return line + "\r\n";
}

struct SheetWriter::Rep {
  std::string path, temporary;
  std::string directory;  // the library keeps the pointer
  lxw_workbook* book = nullptr;
  lxw_worksheet* sheet = nullptr;
  lxw_format *head = nullptr, *cell = nullptr, *time = nullptr;
  std::set<std::string> names;
  uint32_t row = 0;
  size_t columns = 0;
  bool good = true, full = false;
};

SheetWriter::SheetWriter(const std::string& path, std::string_view title, Millis now)
    : rep_(std::make_unique<Rep>()) {
  Rep& rep = *rep_;
  rep.path = path;
  rep.temporary = path + ".part";
  const size_t slash = path.rfind('/');
  rep.directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = rep.directory.data();
  rep.book = workbook_new_opt(rep.temporary.c_str(), &options);
  rep.good = rep.book != nullptr;
  if (!rep.good) return;
  lxw_doc_properties properties{};
  std::string named(title);
  properties.title = named.data();
  properties.created = static_cast<time_t>(now / 1000);
  workbook_set_properties(rep.book, &properties);
  rep.head = workbook_add_format(rep.book);
  format_set_bold(rep.head);
  format_set_border(rep.head, LXW_BORDER_THIN);
  format_set_bg_color(rep.head, 0xEDEDED);
  rep.cell = workbook_add_format(rep.book);
  format_set_border(rep.cell, LXW_BORDER_THIN);
  format_set_align(rep.cell, LXW_ALIGN_VERTICAL_TOP);
  rep.time = workbook_add_format(rep.book);
  format_set_border(rep.time, LXW_BORDER_THIN);
  format_set_align(rep.time, LXW_ALIGN_VERTICAL_TOP);
  format_set_align(rep.time, LXW_ALIGN_LEFT);
  format_set_num_format(rep.time, "yyyy-mm-dd hh:mm");
}

SheetWriter::~SheetWriter() {
  if (rep_->book == nullptr) return;
  // The only way to let go of a workbook is to write it.
  workbook_close(rep_->book);
  ::unlink(rep_->temporary.c_str());
}

void SheetWriter::Begin(std::string_view name, const std::vector<SheetColumn>& columns) {
  Rep& rep = *rep_;
  if (!rep.good) return;
  EndSheet();
  std::string fit;
  for (const char c : XmlChars(name))
    fit += std::string_view("[]:*?/\\'").find(c) == std::string_view::npos ? c : ' ';
  fit = fit.substr(0, StepForward(fit, 0, kNameCharsMax - 4));
  if (Trim(fit).empty()) fit = "表";
  std::string unique = fit;
  for (int i = 2; !rep.names.insert(AsciiLower(unique)).second; ++i)
    unique = fmt::format("{} {}", fit, i);
  rep.sheet = workbook_add_worksheet(rep.book, unique.c_str());
  rep.good = rep.sheet != nullptr;
  if (!rep.good) return;
  rep.row = 0;
  rep.columns = columns.size();
  worksheet_set_landscape(rep.sheet);
  worksheet_set_paper(rep.sheet, 9);  // A4
  worksheet_fit_to_pages(rep.sheet, 1, 0);
  worksheet_repeat_rows(rep.sheet, 0, 0);
  worksheet_freeze_panes(rep.sheet, 1, 0);
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(rep.sheet, column, column, columns[i].width, nullptr);
    worksheet_write_string(rep.sheet, 0, column, Cut(columns[i].title).c_str(), rep.head);
  }
}

void SheetWriter::EndSheet() {
  Rep& rep = *rep_;
  if (rep.sheet == nullptr || rep.columns == 0) return;
  worksheet_autofilter(rep.sheet, 0, 0, rep.row, static_cast<lxw_col_t>(rep.columns - 1));
  rep.sheet = nullptr;
}

void SheetWriter::Row(const std::vector<SheetCell>& cells) {
  Rep& rep = *rep_;
  if (!rep.good || rep.full) return;
  CHECK(rep.sheet != nullptr);
  if (rep.row == kRowsMax) {
    rep.full = true;
    return;
  }
  ++rep.row;
  for (size_t i = 0; i < cells.size() && i < rep.columns; ++i) {
    const SheetCell& cell = cells[i];
    const auto column = static_cast<lxw_col_t>(i);
    lxw_error wrote = LXW_NO_ERROR;
    if (cell.kind == SheetCell::Kind::kNumber) {
      wrote = worksheet_write_number(rep.sheet, rep.row, column, cell.number, rep.cell);
    } else if (cell.kind == SheetCell::Kind::kTime && cell.time != 0) {
      lxw_datetime date = DateOf(cell.time);
      wrote = worksheet_write_datetime(rep.sheet, rep.row, column, &date, rep.time);
    } else {
      wrote = worksheet_write_string(rep.sheet, rep.row, column, Cut(cell.text).c_str(), rep.cell);
    }
    rep.good = rep.good && wrote == LXW_NO_ERROR;
  }
}

Status SheetWriter::Finish() {
  Rep& rep = *rep_;
  if (rep.good) EndSheet();
  if (rep.book != nullptr)
    rep.good = workbook_close(std::exchange(rep.book, nullptr)) == LXW_NO_ERROR && rep.good;
  if (rep.good && !rep.full && std::rename(rep.temporary.c_str(), rep.path.c_str()) == 0)
    return FlushFolderOf(rep.path);
  ::unlink(rep.temporary.c_str());
  if (rep.full) {
    return Error{Code::kLimit,
                 fmt::format("{}：超过 {} 行，电子表格放不下；请改用 CSV", rep.path, kRowsMax)};
  }
  return Error{Code::kSystem, fmt::format("{}：写不完整；检查磁盘空间与权限", rep.path)};
}

}  // namespace xuncha
