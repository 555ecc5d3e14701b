// What changed between two stored texts of a page, line by line: the shortest list of
// lines gone and lines new (Myers 1986), with a few unchanged ones around them.
//
// Bounded: texts that are long, or that have little in common, are not compared to the
// end; then the difference says that it is not whole, and shows what it has.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

enum class LineChange : uint8_t { kSame, kGone, kNew, kLeftOut };

struct DiffLine {
  LineChange change = LineChange::kSame;
  std::string text;    // of kLeftOut: empty
  uint32_t lines = 1;  // of kLeftOut: so many unchanged ones
};

struct LineDiff {
  std::vector<DiffLine> lines;
  uint32_t gone = 0, fresh = 0;
  bool whole = true;  // false: they were too long or too different for all of it
};

// `context`: unchanged lines kept around a change.
LineDiff DiffLines(std::string_view before, std::string_view after, uint32_t context = 2);

}  // namespace xuncha
