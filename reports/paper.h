// A paper: what is printed, signed and filed. It is a list of blocks, made once by
// filling a template (paper_template.h), and written as HTML (which Chromium turns into
// PDF), as a docx that office programs edit, or, of its tables, as a workbook. All three
// look as GB/T 9704-2012 wants official documents: A4, text area 156 mm by 225 mm, title
// in size 2, text in FangSong of size 3, 22 lines of 28 characters a page.
//
// Texts in a paper are plain: the writers escape them, and no text can become markup.
// The same paper gives the same bytes.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

struct PaperRow {
  enum class Look : uint8_t {
    kPlain,
    kHead,   // of the table; repeated on each page
    kPairs,  // each second cell, beginning with the first, names the one behind it
  };
  Look look = Look::kPlain;
  int lines = 0;                   // at least so high, to be written in by hand
  std::vector<std::string> cells;  // fewer than the table has: the last one takes the rest
};

// A few figures over a few places, as bars.
struct PaperChart {
  struct Series {
    std::string name;
    std::vector<double> values;  // as many as there are labels
  };
  std::string title;
  std::vector<std::string> labels;
  std::vector<Series> series;
};

struct PaperBlock {
  enum class Kind : uint8_t {
    kTitle,
    kCentred,
    kHeading,
    kSubheading,
    kParagraph,
    kFlush,  // without indent
    kRight,
    kNote,  // small print
    kTable,
    kChart,
    kSeal,  // unit and date, with the place for the seal; stays on one page
    kSign,  // who signs, side by side
    kPageBreak,
  };
  Kind kind = Kind::kParagraph;
  std::string text;
  std::vector<PaperRow> rows;      // kTable
  std::vector<int> widths;         // kTable: shares of the width; empty: as the rows suggest
  PaperChart chart;                // kChart
  std::vector<std::string> parts;  // kSeal: unit, date; kSign: a person each
};

struct Paper {
  std::string title;  // of the file, for its properties
  Millis time = 0;    // of making, likewise
  std::vector<PaperBlock> blocks;
};

// One self-contained file without scripts; nothing in it is loaded from anywhere.
std::string PaperHtml(const Paper& paper);
// The bytes of a docx. Charts are tables of their figures, with bars of characters.
std::string PaperDocx(const Paper& paper);
// Each table and chart as a sheet, named by the heading before it. kSystem names the path.
Status WritePaperSheets(const Paper& paper, const std::string& path);

// What the writers share: shares of the width of each column, in thousandths; 1000 in all.
std::vector<int> ColumnShares(const PaperBlock& table);
// The figures of a chart as rows, the labels in the first column.
std::vector<PaperRow> ChartRows(const PaperChart& chart);
// The chart as an SVG element.
std::string ChartSvg(const PaperChart& chart);

}  // namespace xuncha
