// Lists for spreadsheets, as a workbook and as CSV. A workbook grows on the disk row by
// row, so a long list costs no memory, and takes its name when it is complete.
//
// What comes from a page may begin with "=": a spreadsheet would run it. In a workbook
// text is written as text, whatever it says; in CSV such a cell begins with an
// apostrophe.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

// A cell of a CSV file: quoted, on one line, and never a formula to a spreadsheet.
std::string CsvCell(std::string_view text);

struct SheetCell {
  enum class Kind : uint8_t { kText, kNumber, kTime };
  Kind kind = Kind::kText;
  std::string text;
  double number = 0;
  Millis time = 0;  // 0: an empty cell

  static SheetCell Text(std::string_view text) { return {.text = std::string(text)}; }
  static SheetCell Number(double number) { return {.kind = Kind::kNumber, .number = number}; }
  static SheetCell Time(Millis time) { return {.kind = Kind::kTime, .time = time}; }
};
// A line of a CSV file with its end; times as "2026-11-22 09:00", Beijing.
std::string CsvLine(const std::vector<SheetCell>& cells);

struct SheetColumn {
  std::string title;
  double width = 12;  // in characters of the default font
};

class SheetWriter {
 public:
  // Written beside `path` and given its name by Finish. `now` is the file's own date.
  SheetWriter(const std::string& path, std::string_view title, Millis now);
  ~SheetWriter();  // what was not finished is removed
  SheetWriter(const SheetWriter&) = delete;
  SheetWriter& operator=(const SheetWriter&) = delete;

  // A sheet; its head row stays in view, is repeated on each printed page and filters.
  // A name that spreadsheets do not take, or that is taken, is made to fit.
  void Begin(std::string_view name, const std::vector<SheetColumn>& columns);
  // REQUIRES: a sheet was begun. Cells behind the last column are left out.
  void Row(const std::vector<SheetCell>& cells);
  // kSystem if not all could be written, kLimit if a sheet had more rows than one can
  // hold; nothing is left under either name then.
  Status Finish();

 private:
  void EndSheet();
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
