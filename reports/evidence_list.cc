// 电子数据清单: the same lines as CSV and as a workbook. Both grow on the disk, so a
// long list costs no memory.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "base/day.h"
#include "base/text.h"
#include "reports/evidence_parts.h"
#include "reports/sheet_writer.h"

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

std::vector<SheetCell> CellsOf(const EvidenceItem& item) {
  const auto text = [](const std::string& value) { return SheetCell::Text(value); };
  return {SheetCell::Number(static_cast<double>(item.number)),
          text(item.name),
          text(item.category),
          text(item.format),
          SheetCell::Number(static_cast<double>(item.bytes)),
          text(item.sha256.empty() ? "" : item.sha256.hex()),
          text(item.sm3.empty() ? "" : item.sm3.hex()),
          text(item.url),
          text(item.server),
          text(item.time == 0 ? "" : FormatUtc(item.time)),
          text(item.time == 0 ? "" : FormatTime(item.time)),
          text(item.record),
          text(item.place),
          text(item.remark)};
}

}  // namespace

std::string FormatUtc(Millis time) {
  // Shanghai is ahead, always by as much (base/day.h).
  const std::string shanghai = FormatTime(time - kShanghai);
  return fmt::format("{} {}.{:03}Z", shanghai.substr(0, 10), shanghai.substr(11, 8),
                     ((time % 1000) + 1000) % 1000);
}

struct EvidenceList::Rep {
  Rep(const std::string& path, Millis now) : sheet(path, "电子数据清单", now) {}
  SheetWriter sheet;
  std::FILE* csv = nullptr;
  bool good = true;
};

EvidenceList::EvidenceList(const std::string& beside, Millis now)
    : rep_(std::make_unique<Rep>(beside + ".xlsx", now)),
      csv_path_(beside + ".csv"),
      xlsx_path_(beside + ".xlsx") {
  Rep& rep = *rep_;
  rep.csv = std::fopen(csv_path_.c_str(), "wbe");
  rep.good = rep.csv != nullptr;
  std::vector<SheetColumn> columns;
  std::vector<SheetCell> head;
  for (const auto& [title, width] : kColumns) {
    columns.push_back({title, width});
    head.push_back(SheetCell::Text(title));
  }
  rep.sheet.Begin("电子数据清单", columns);
  if (rep.good) std::fputs(("\xEF\xBB\xBF" + CsvLine(head)).c_str(), rep.csv);
}

EvidenceList::~EvidenceList() {
  if (rep_->csv != nullptr) std::fclose(rep_->csv);
  ::unlink(csv_path_.c_str());
  ::unlink(xlsx_path_.c_str());
}

void EvidenceList::Add(const EvidenceItem& item) {
  Rep& rep = *rep_;
  if (!rep.good) return;
  std::vector<SheetCell> cells = CellsOf(item);
  rep.sheet.Row(cells);
  // The list's checker (evidence_list_check.cc) expects every cell of the CSV quoted.
  cells[0] = SheetCell::Text(std::to_string(item.number));
  cells[4] = SheetCell::Text(std::to_string(item.bytes));
  const std::string line = CsvLine(cells);
  rep.good = std::fwrite(line.data(), 1, line.size(), rep.csv) == line.size();
}

Status EvidenceList::Finish() {
  Rep& rep = *rep_;
  Status sheet = rep.sheet.Finish();
  if (rep.csv != nullptr) rep.good = std::fclose(std::exchange(rep.csv, nullptr)) == 0 && rep.good;
  if (!sheet) return sheet;
  if (rep.good) return Ok();
  return Error{Code::kSystem, fmt::format("{}：写不完整；检查磁盘空间与权限", csv_path_)};
}

}  // namespace xuncha
