// The registration form as a table: the letter's five fields, then the optional
// columns that say how far and how fast. One table of columns drives headers,
// reading and writing, so the three cannot drift apart.
//
// Nothing is imported unless everything is right, and every bad row is named at
// once, so that a sheet of three hundred sites is corrected in one pass.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/address.h"
#include "crawler/csv.h"
#include "crawler/filed.h"
#include "crawler/registry.h"

namespace xuncha {
namespace {

using Complaint = std::optional<std::string>;  // what is wrong; what to do

Complaint Fine() { return std::nullopt; }

// Digits with an optional unit in front of which blanks may stand; `units` pairs
// names with factors. A bare number is read only if one of them has no name.
using Units = std::vector<std::pair<std::string_view, uint64_t>>;

std::optional<uint64_t> ParseQuantity(std::string_view text, const Units& units) {
  const std::string plain = AsciiLower(HalfWidth(Trim(text)));
  double number = 0;
  const auto [end, error] =
      std::from_chars(plain.data(), plain.data() + plain.size(), number, std::chars_format::fixed);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit = Trim(std::string_view(end, plain.data() + plain.size() - end));
  for (const auto& [name, factor] : units) {
    if (unit != name) continue;
    const double value = number * static_cast<double>(factor);
    if (value > 1e15) return std::nullopt;
    return static_cast<uint64_t>(value + 0.5);
  }
  return std::nullopt;
}

const Units& CountUnits() {
  static const Units units = {{"", 1}, {"页", 1}, {"层", 1}, {"万", 10'000}};
  return units;
}
const Units& ByteUnits() {
  static const Units units = {{"", 1},         {"b", 1},        {"字节", 1},
                              {"k", 1 << 10},  {"kb", 1 << 10}, {"m", 1 << 20},
                              {"mb", 1 << 20}, {"g", 1 << 30},  {"gb", 1 << 30}};
  return units;
}
const Units& TimeUnits() {
  static const Units units = {
      {"s", 1000},     {"秒", 1000},   {"ms", 1},        {"毫秒", 1},      {"m", 60'000},
      {"min", 60'000}, {"分", 60'000}, {"分钟", 60'000}, {"h", 3'600'000}, {"小时", 3'600'000}};
  return units;
}

std::string WriteTime(Millis time) {
  if (time == 0) return "";
  return time % 1000 == 0 ? fmt::format("{}s", time / 1000) : fmt::format("{}ms", time);
}

template <typename T>
std::string WriteCount(T count) {
  return count == 0 ? "" : fmt::format("{}", count);
}

Complaint ReadCount(const std::string& text, uint32_t& count) {
  std::optional<uint64_t> number = ParseQuantity(text, CountUnits());
  if (!number || *number > UINT32_MAX)
    return fmt::format("“{}”不是数目；请填写整数，如 20000", text);
  count = static_cast<uint32_t>(*number);
  return Fine();
}

Complaint ReadTime(const std::string& text, Millis& time) {
  std::optional<uint64_t> number = ParseQuantity(text, TimeUnits());
  if (!number) return fmt::format("“{}”不是带单位的时间；请填写如 500ms、2秒、30分钟、2小时", text);
  time = static_cast<Millis>(*number);
  return Fine();
}

Complaint ReadPhone(const std::string& text, std::string& phone) {
  const std::string half = HalfWidth(text);
  const auto digits =
      std::count_if(half.begin(), half.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits < 5) return fmt::format("“{}”不像电话；请填写能打通的号码，如 0591-12345678", text);
  phone = text;
  return Fine();
}

Complaint ReadYes(const std::string& text, bool& yes) {
  const std::string word = AsciiLower(HalfWidth(text));
  for (std::string_view name : {"是", "yes", "true", "1", "y", "on"}) {
    if (word == name) return yes = true, Fine();
  }
  for (std::string_view name : {"否", "no", "false", "0", "n", "off"}) {
    if (word == name) return yes = false, Fine();
  }
  return fmt::format("“{}”读不懂；请填写“是”或“否”", text);
}

Complaint ReadPorts(const std::string& text, std::vector<uint16_t>& ports) {
  for (const std::string& part : SplitFiled(text)) {
    std::optional<uint64_t> port = ParseQuantity(part, CountUnits());
    if (!port || *port == 0 || *port > 65535)
      return fmt::format("“{}”不是端口；请填写 1 到 65535，如 80;8080", part);
    ports.push_back(static_cast<uint16_t>(*port));
  }
  return Fine();
}

Complaint ReadRanges(const std::string& text, std::vector<std::string>& ranges) {
  for (std::string& part : SplitFiled(text)) {
    if (const Result<IpRange> range = IpRange::Parse(part); !range)
      return range.error().text + "；请填写如 10.1.0.0/16 的地址段";
    ranges.push_back(std::move(part));
  }
  return Fine();
}

struct Column {
  std::string_view chinese;
  std::string_view english;
  std::vector<std::string_view> others;  // accepted as well
  bool required;
  Complaint (*read)(const std::string& text, Site& site);  // text is not empty
  std::string (*write)(const Site& site);
};

std::string JoinList(const std::vector<std::string>& list) { return Join(list, ";"); }

const std::vector<Column>& Columns() {
  static const std::vector<Column> columns = {
      {"网站或信息系统名称",
       "name",
       {"网站名称", "系统名称", "信息系统名称", "名称"},
       true,
       [](const std::string& t, Site& s) { return s.name = t, Fine(); },
       [](const Site& s) { return s.name; }},
      {"单位名称",
       "unit",
       {"责任单位", "单位"},
       true,
       [](const std::string& t, Site& s) { return s.unit = t, Fine(); },
       [](const Site& s) { return s.unit; }},
      {"负责人",
       "owner",
       {"责任人"},
       true,
       [](const std::string& t, Site& s) { return s.owner = t, Fine(); },
       [](const Site& s) { return s.owner; }},
      {"联系电话",
       "phone",
       {"电话"},
       true,
       [](const std::string& t, Site& s) { return ReadPhone(t, s.phone); },
       [](const Site& s) { return s.phone; }},
      {"网址或ip",
       "address",
       {"网址", "ip", "url"},
       true,
       [](const std::string& t, Site& s) { return s.address = t, Fine(); },
       [](const Site& s) { return s.address; }},
      {"网站标识",
       "id",
       {"标识"},
       false,
       [](const std::string& t, Site& s) { return s.id = t, Fine(); },
       [](const Site& s) { return s.id; }},
      {"主机",
       "hosts",
       {"host"},
       false,
       [](const std::string& t, Site& s) { return s.hosts = SplitFiled(t), Fine(); },
       [](const Site& s) { return JoinList(s.hosts); }},
      {"路径前缀",
       "paths",
       {"path"},
       false,
       [](const std::string& t, Site& s) { return s.path_prefixes = SplitFiled(t), Fine(); },
       [](const Site& s) { return JoinList(s.path_prefixes); }},
      {"允许地址段",
       "ranges",
       {"地址段"},
       false,
       [](const std::string& t, Site& s) { return ReadRanges(t, s.address_ranges); },
       [](const Site& s) { return JoinList(s.address_ranges); }},
      {"端口",
       "ports",
       {"port"},
       false,
       [](const std::string& t, Site& s) { return ReadPorts(t, s.ports); },
       [](const Site& s) { return fmt::format("{}", fmt::join(s.ports, ";")); }},
      {"类别",
       "class",
       {"网站类别"},
       false,
       [](const std::string& t, Site& s) -> Complaint {
         std::optional<SiteClass> value = SiteClassByName(AsciiLower(t));
         if (!value)
           return fmt::format("没有“{}”这个类别；请填写 普通、图书馆、医疗、法学、科研 或 论坛", t);
         return s.site_class = *value, Fine();
       },
       [](const Site& s) { return std::string(SiteClassName(s.site_class)); }},
      {"安全联系人",
       "contacts",
       {"contact"},
       false,
       [](const std::string& t, Site& s) { return s.contacts = SplitFiled(t), Fine(); },
       [](const Site& s) { return JoinList(s.contacts); }},
      {"页数上限",
       "pages",
       {},
       false,
       [](const std::string& t, Site& s) { return ReadCount(t, s.budget.pages); },
       [](const Site& s) { return WriteCount(s.budget.pages); }},
      {"字节上限",
       "bytes",
       {},
       false,
       [](const std::string& t, Site& s) -> Complaint {
         std::optional<uint64_t> bytes = ParseQuantity(t, ByteUnits());
         if (!bytes) return fmt::format("“{}”不是字节数；请填写整数，或如 500MB、2GB", t);
         return s.budget.bytes = *bytes, Fine();
       },
       [](const Site& s) { return WriteCount(s.budget.bytes); }},
      {"时间上限",
       "time",
       {},
       false,
       [](const std::string& t, Site& s) { return ReadTime(t, s.budget.time); },
       [](const Site& s) { return WriteTime(s.budget.time); }},
      {"深度上限",
       "depth",
       {},
       false,
       [](const std::string& t, Site& s) { return ReadCount(t, s.budget.depth); },
       [](const Site& s) { return WriteCount(s.budget.depth); }},
      {"最小间隔",
       "delay",
       {},
       false,
       [](const std::string& t, Site& s) { return ReadTime(t, s.budget.delay_min); },
       [](const Site& s) { return WriteTime(s.budget.delay_min); }},
      {"严格robots",
       "strict_robots",
       {"strict"},
       false,
       [](const std::string& t, Site& s) { return ReadYes(t, s.strict_robots); },
       [](const Site& s) { return std::string(s.strict_robots ? "是" : ""); }},
  };
  return columns;
}

// As officers see it in messages and files.
std::string_view ShownName(const Column& column) {
  return column.english == "address" ? "网址或IP" : column.chinese;
}

// "负 责 人：" is 负责人.
std::string FoldHeader(std::string_view header) {
  std::string folded;
  for (char c : AsciiLower(HalfWidth(header))) {
    if (c != ' ' && c != '\t' && c != ':' && c != '*' && c != '\r' && c != '\n')
      folded.push_back(c);
  }
  return folded;
}

const Column* FindColumn(const std::string& folded) {
  for (const Column& column : Columns()) {
    if (folded == column.chinese || folded == column.english) return &column;
    for (std::string_view other : column.others) {
      if (folded == other) return &column;
    }
  }
  return nullptr;
}

std::string NearestHeader(const std::string& folded) {
  std::vector<std::string_view> names;
  for (const Column& column : Columns())
    names.insert(names.end(), {ShownName(column), column.english});
  return Nearest(folded, names);
}

class Importer {
 public:
  Result<std::vector<Site>> Import(std::string_view utf8) {
    CsvTable table = ParseCsv(utf8);
    complaints_ = std::move(table.errors);
    if (table.rows.empty()) {
      return Error{Code::kInvalid,
                   "文件里没有数据；第一行应为表头，如 "
                   "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP"};
    }
    ReadHeader(table.rows[0]);
    if (!complaints_.empty()) return Failed();
    for (size_t i = 1; i < table.rows.size(); ++i) ReadRow(table.rows[i]);
    if (!complaints_.empty()) return Failed();
    return std::move(sites_);
  }

 private:
  void ReadHeader(const CsvRow& row) {
    for (size_t i = 0; i < row.fields.size(); ++i) {
      const std::string folded = FoldHeader(row.fields[i]);
      const Column* column = FindColumn(folded);
      if (column == nullptr && !folded.empty()) {
        const std::string near = NearestHeader(folded);
        complaints_.push_back(
            fmt::format("第 {} 行第 {} 列：不认识的表头“{}”；{}", row.line, i + 1,
                        Neutralise(Trim(row.fields[i])),
                        near.empty() ? "请删除这一列" : fmt::format("是不是“{}”？", near)));
      }
      for (const Column* before : header_) {
        if (column == nullptr || before != column) continue;
        complaints_.push_back(fmt::format("第 {} 行第 {} 列：表头“{}”重复；请只保留一列", row.line,
                                          i + 1, ShownName(*column)));
      }
      header_.push_back(column);
    }
    for (const Column& column : Columns()) {
      if (!column.required || std::find(header_.begin(), header_.end(), &column) != header_.end())
        continue;
      complaints_.push_back(
          fmt::format("第 {} 行：缺少“{}”一列；请补上", row.line, ShownName(column)));
    }
  }

  void ReadRow(const CsvRow& row) {
    Site site;
    const size_t complaints_before = complaints_.size();
    for (size_t i = 0; i < header_.size() || i < row.fields.size(); ++i) {
      const std::string text = i < row.fields.size() ? std::string(Trim(row.fields[i])) : "";
      const Column* column = i < header_.size() ? header_[i] : nullptr;
      if (column == nullptr) {
        if (!text.empty()) Complain(row, i, nullptr, "没有表头的列里有内容；请补上表头或清空");
        continue;
      }
      if (text.empty()) {
        if (column->required) Complain(row, i, column, "未填写；请补上");
        continue;
      }
      if (!IsValidUtf8(text) || HasControl(text)) {
        Complain(row, i, column, "含有不可见的控制字符；请重新输入");
        continue;
      }
      if (Complaint complaint = column->read(text, site)) Complain(row, i, column, *complaint);
    }
    if (complaints_.size() != complaints_before) {
      // What is missing elsewhere does not keep a bad address from being told in the same pass.
      const Result<Url> home = site.address.empty() ? Result<Url>(Url()) : HomeUrl(site);
      if (!home) Complain(row, PlaceOf("address"), &ColumnNamed("address"), home.error().text);
      return;
    }
    Result<Site> complete = CompleteSite(std::move(site));
    if (!complete) {
      Complain(row, PlaceOf("address"), &ColumnNamed("address"), complete.error().text);
      return;
    }
    Claim(row, *complete);
    sites_.push_back(std::move(*complete));
  }

  // Line breaks inside a field are kept (an address may take two lines).
  static bool HasControl(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) {
      return (c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
    });
  }

  void Claim(const CsvRow& row, const Site& site) {
    if (auto [at, fresh] = ids_.emplace(site.id, row.line); !fresh) {
      Complain(
          row, PlaceOf("id"), &ColumnNamed("id"),
          fmt::format("标识“{}”与第 {} 行重复；请删除一行，或填写不同的标识", site.id, at->second));
      return;
    }
    for (const std::string& scope : ScopesOf(site)) {
      const auto [at, fresh] = scopes_.emplace(scope, row.line);
      if (fresh || at->second == row.line) continue;
      Complain(row, PlaceOf("address"), &ColumnNamed("address"),
               fmt::format("范围 {} 已在第 {} 行登记；请合并两行，或填写不同的端口、路径前缀",
                           scope, at->second));
      return;
    }
  }

  static const Column& ColumnNamed(std::string_view english) {
    for (const Column& column : Columns()) {
      if (column.english == english) return column;
    }
    CHECK(false);
    return Columns()[0];
  }
  size_t PlaceOf(std::string_view english) const {
    for (size_t i = 0; i < header_.size(); ++i) {
      if (header_[i] != nullptr && header_[i]->english == english) return i;
    }
    return english == "address" ? 0 : PlaceOf("address");
  }

  void Complain(const CsvRow& row, size_t place, const Column* column, std::string_view what) {
    const std::string name = column == nullptr ? "" : fmt::format("（{}）", ShownName(*column));
    complaints_.push_back(fmt::format("第 {} 行第 {} 列{}：{}", row.line, place + 1, name, what));
  }

  Error Failed() const {
    std::string text = fmt::format("共 {} 处需要改正，未导入任何网站：", complaints_.size());
    size_t shown = 0;
    for (const std::string& complaint : complaints_) {
      if (++shown > limits::kCsvComplaintsMax) {
        text += fmt::format("\n……其余 {} 处未列出；请先改正以上各处",
                            complaints_.size() - limits::kCsvComplaintsMax);
        break;
      }
      text += "\n" + complaint;
    }
    return Error{Code::kInvalid, std::move(text)};
  }

  std::vector<const Column*> header_;
  std::vector<std::string> complaints_;
  std::vector<Site> sites_;
  std::map<std::string, int> ids_;     // to the line
  std::map<std::string, int> scopes_;  // to the line
};

}  // namespace

Result<std::vector<Site>> ReadSitesCsv(std::string_view bytes) {
  if (bytes.size() > limits::kCsvBytesMax) {
    return Error{Code::kLimit,
                 fmt::format("文件超过 {} MB；请分成几个文件导入", limits::kCsvBytesMax >> 20)};
  }
  size_t mark = 0;
  Charset charset = CharsetByBom(bytes, &mark);
  // Without a mark it is UTF-8 if it can be: GB18030 text hardly ever is valid UTF-8.
  if (charset == Charset::kUnknown)
    charset = IsValidUtf8(bytes) ? Charset::kUtf8 : Charset::kGb18030;
  Decoded decoded = DecodeToUtf8(bytes, charset);
  if (decoded.malformed > 0) {
    return Error{Code::kInvalid,
                 "文件既不是 UTF-8 也不是 GB18030 编码；请在表格软件里另存为“CSV UTF-8”再导入"};
  }
  return Importer().Import(decoded.utf8);
}

std::vector<std::string> SiteChanges(const Site& was, const Site& is) {
  std::vector<std::string> changes;
  const auto shown = [](const std::string& text) { return text.empty() ? "（空）" : text; };
  for (const Column& column : Columns()) {
    const std::string before = column.write(was), after = column.write(is);
    if (before != after)
      changes.push_back(fmt::format("{}：{} → {}", ShownName(column), shown(before), shown(after)));
  }
  return changes;
}

std::string WriteSitesCsv(const std::vector<Site>& sites) {
  std::string out = "\xEF\xBB\xBF";
  const auto write_row = [&](const auto& field_of) {
    bool first = true;
    for (const Column& column : Columns()) {
      if (!first) out += ",";
      first = false;
      out += CsvField(field_of(column));
    }
    out += "\r\n";
  };
  write_row([](const Column& column) { return std::string(ShownName(column)); });
  for (const Site& site : sites) {
    write_row([&](const Column& column) { return column.write(site); });
  }
  return out;
}

Result<Site> FillForm(const Site& base,
                      const std::vector<std::pair<std::string_view, std::string>>& cells) {
  std::string header, row;
  for (const Column& column : Columns()) {
    const auto given = std::find_if(cells.begin(), cells.end(), [&](const auto& cell) {
      return cell.first == column.english || std::find(column.others.begin(), column.others.end(),
                                                       cell.first) != column.others.end();
    });
    const std::string_view comma = header.empty() ? "" : ",";
    header.append(comma).append(column.english);
    row.append(comma).append(CsvField(given != cells.end() ? given->second : column.write(base)));
  }
  Result<std::vector<Site>> read = ReadSitesCsv(header + "\n" + row + "\n");
  if (!read) return read.error();
  return std::move(read->front());
}

}  // namespace xuncha
