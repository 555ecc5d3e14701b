// SPDX-License-Identifier: Apache-2.0
#include "crawler/csv.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kFullWidthComma = "，";

bool StartsFormula(std::string_view field) {
  size_t at = field.find_first_not_of('\'');
  return at != std::string_view::npos &&
         std::string_view("=+-@\t\r").find(field[at]) != std::string_view::npos;
}

std::string Unguard(std::string field) {
  if (!field.empty() && field[0] == '\'' && StartsFormula(field)) field.erase(0, 1);
  return field;
}

std::string_view SeparatorOf(std::string_view text) {
  std::string_view first = text.substr(0, text.find_first_of("\r\n"));
  if (first.find(',') != std::string_view::npos) return ",";
  if (first.find('\t') != std::string_view::npos) return "\t";
  if (first.find(kFullWidthComma) != std::string_view::npos) return kFullWidthComma;
  return ",";
}

// Reads one field at a time and remembers the line, for a quoted field may span
// several.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), separator_(SeparatorOf(text)) {}

  CsvTable Read() {
    while (at_ < text_.size()) {
      if (table_.rows.size() >= limits::kCsvRowsMax) {
        Complain(line_, fmt::format("超过 {} 行；请分成几个文件导入", limits::kCsvRowsMax));
        break;
      }
      CsvRow row;
      row.line = line_;
      while (ReadField(row)) {
      }
      bool blank = true;
      for (const std::string& field : row.fields) blank = blank && Trim(field).empty();
      if (!blank) table_.rows.push_back(std::move(row));
    }
    return std::move(table_);
  }

 private:
  void Complain(int line, std::string what) {
    table_.errors.push_back(fmt::format("第 {} 行：{}", line, what));
  }

  // True if a separator follows, so that the row goes on.
  bool ReadField(CsvRow& row) {
    std::string field;
    if (at_ < text_.size() && text_[at_] == '"') {
      field = ReadQuoted();
      if (at_ < text_.size() && !AtSeparator() && !AtLineEnd()) {
        Complain(line_, "右引号之后还有文字；字段中的引号请写成两个引号 \"\"");
        while (at_ < text_.size() && !AtSeparator() && !AtLineEnd()) ++at_;
      }
    } else {
      size_t begin = at_;
      while (at_ < text_.size() && !AtSeparator() && !AtLineEnd()) ++at_;
      field = text_.substr(begin, at_ - begin);
    }
    if (field.size() > limits::kCsvFieldBytesMax) {
      Complain(row.line, fmt::format("第 {} 列超过 {} 字节；请缩短", row.fields.size() + 1,
                                     limits::kCsvFieldBytesMax));
      field.resize(limits::kCsvFieldBytesMax);
    }
    row.fields.push_back(Unguard(std::move(field)));
    if (AtSeparator()) {
      at_ += separator_.size();
      return true;
    }
    EatLineEnd();
    return false;
  }

  std::string ReadQuoted() {
    const int opened = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
          ++at_;
          return field;
        }
        ++at_;
      } else if (text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_, 2) != "\r\n")) {
        ++line_;
      }
      field.push_back(text_[at_]);
    }
    Complain(opened, "引号没有结束；请补上右引号");
    return field;
  }

  bool AtSeparator() const { return text_.substr(at_).starts_with(separator_); }
  bool AtLineEnd() const { return text_[at_] == '\r' || text_[at_] == '\n'; }
  void EatLineEnd() {
    if (at_ >= text_.size()) return;
    at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
    ++line_;
  }

  std::string_view text_;
  std::string_view separator_;
  size_t at_ = 0;
  int line_ = 1;
  CsvTable table_;
};

}  // namespace

CsvTable ParseCsv(std::string_view text) { return Reader(text).Read(); }

std::string CsvField(std::string_view field) {
  std::string guarded = StartsFormula(field) ? "'" + std::string(field) : std::string(field);
  if (guarded.find_first_of(",\"\r\n\t") == std::string::npos &&
      guarded.find(kFullWidthComma) == std::string::npos &&
      Trim(guarded).size() == guarded.size()) {
    return guarded;
  }
  std::string out = "\"";
  for (char c : guarded) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

}  // namespace xuncha
