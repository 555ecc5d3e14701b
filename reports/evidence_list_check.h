// Holds 电子数据清单 (CSV) against the archive it lists: each line with a record id has
// its record, of the same time, address and digests, and each record its line.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/warc.h"

namespace xuncha {

struct ListCheck {
  std::vector<std::string> problems;  // Chinese; a few dozen at most
  uint64_t lines = 0;
  uint64_t records = 0;  // lines that have a record, and it agrees
};
ListCheck CheckList(std::string_view csv, ByteSource archive);

}  // namespace xuncha
