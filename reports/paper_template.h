// A template is a text file that an institution may change: what a paper says, with
// places for what is known of a case. Filling it gives a Paper, so one text serves
// HTML, PDF and docx. The language, line by line:
//
//   # title            ## heading          ### subheading
//   = centred          < without indent    > at the right      * small print
//   | a | b            a row of a table; rows one under the other are one table
//   |= a | b           its head            |: name | value | name | value
//   |:4 name |         the same, at least four lines high, to be written in by hand
//   |% 20 | 80         widths of the columns, in per cent
//   @每个 列表 … @完    what stands between, once for each item; {序号} counts them
//   @如果 名称 … @完    only if that is known
//   @如无 名称 … @完    only if it is not
//   @图 名称            a chart
//   @印章 单位 | 日期   who signs, with the place for the seal
//   @签字 甲 | 乙       persons who sign, side by side
//   @换页              a new page
//   // remark          not part of the paper
//   anything else      a paragraph
//
// {名称} is replaced by a value of that name; "{{" is a brace. A value is text and
// nothing else: it is put in after the template was read. A value that is not known
// leaves a line to write on, never its name.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "reports/paper.h"

namespace xuncha {

// A name a template may use.
struct PaperWord {
  enum class Kind : uint8_t { kValue, kList, kChart };
  std::string_view name;     // "网站名称"
  std::string_view meaning;  // for whoever changes the template
  Kind kind = Kind::kValue;
  std::string_view list;  // the list whose items have it; empty: the paper
};
using PaperVocabulary = std::span<const PaperWord>;

// What is known; a name without a value is not known.
struct PaperData {
  using Values = std::map<std::string, std::string, std::less<>>;
  Values values;
  std::map<std::string, std::vector<Values>, std::less<>> lists;
  std::map<std::string, PaperChart, std::less<>> charts;
};

class PaperTemplate {
 public:
  // kInvalid with every mistake on a line of its own: "templates/notice.txt:12: 没有
  // “{网站名}”这一项，是否指“{网站名称}”". UTF-8, with or without a mark, or GB18030.
  static Result<PaperTemplate> Read(std::string_view text, std::string_view name,
                                    PaperVocabulary vocabulary);

  Paper Fill(const PaperData& data, Millis now) const;

 private:
  struct Piece {
    std::string text;
    bool is_name = false;
  };
  using Text = std::vector<Piece>;
  struct Line {
    enum class Kind : uint8_t { kBlank, kBlock, kRow, kWidths, kEach, kIf, kUnless };
    Kind kind = Kind::kBlank;
    PaperBlock::Kind block = PaperBlock::Kind::kParagraph;
    PaperRow::Look look = PaperRow::Look::kPlain;
    std::vector<Text> texts;  // cells of a row, parts of a block
    int lines = 0;            // of a row
    std::vector<int> widths;
    std::string name;  // of list, value or chart
    std::vector<Line> inner;
  };
  class Reader;
  class Filler;

  std::vector<Line> lines_;
};

}  // namespace xuncha
