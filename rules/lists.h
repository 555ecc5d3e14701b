// Lists import an institution's own word list into a rule pack. Such lists come
// as text or CSV, in UTF-8 or GB18030, and are full of words that flag half of a
// college's pages (facts: two thirds of clean titles for the longest public one).
// So an imported pack gives hints only, and what would be found everywhere is
// left out and reported.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xuncha {

struct ListOptions {
  std::string name;             // "list-2026": the last part of the rule's id; a-z, 0-9, "-"
  std::string title;            // 学校自定义词表
  std::string kind = "custom";  // one of Kinds()
  int clause = 10;              // used for kind custom; other kinds have their own
};

struct LeftOut {
  std::string word;
  size_t line = 0;
  std::string why;  // Chinese, for the officer who imports
};

struct ImportedList {
  std::string pack;  // TOML, ready to load
  size_t words = 0;
  std::vector<LeftOut> left_out;
};

// Takes the first column of every line; "#" begins a comment line. kInvalid: a
// bad name, kind or clause, or no word left. kLimit: over limits::kPackBytesMax.
Result<ImportedList> ImportList(std::string_view bytes, const ListOptions& options);

}  // namespace xuncha
