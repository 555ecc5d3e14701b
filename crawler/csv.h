// CSV by RFC 4180, as offices really send it: quoted fields may hold commas,
// quotes and line breaks; lines end in CRLF, LF or CR; the separator is a comma,
// a tab, or the full-width comma, whichever the first line uses.
//
// A spreadsheet runs a field that begins with = + - @ as a formula, so such
// fields are written with an apostrophe in front and read back without it: data
// makes the round trip exactly, and no formula is ever handed to a spreadsheet.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

struct CsvRow {
  int line = 0;  // where the row begins, 1 first
  std::vector<std::string> fields;
};

struct CsvTable {
  std::vector<CsvRow> rows;         // rows of blanks only are left out
  std::vector<std::string> errors;  // Chinese, each naming its line and what to do
};

// REQUIRES: `text` is UTF-8 without a byte order mark.
CsvTable ParseCsv(std::string_view text);
// The field as it stands between separators, quoted and guarded where needed.
std::string CsvField(std::string_view field);

}  // namespace xuncha
