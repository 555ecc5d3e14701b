// SPDX-License-Identifier: Apache-2.0
#include "rules/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "base/charset.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "rules/kinds.h"
#include "rules_embedded.h"

namespace xuncha {
namespace {

constexpr size_t kComplaintBytesMax = 4096;  // nobody reads more on a screen
constexpr size_t kNameBytesMax = 64;

std::string ToUtf8(std::string_view bytes) {
  size_t mark = 0;
  if (const Charset charset = CharsetByBom(bytes, &mark); charset != Charset::kUnknown) {
    return DecodeToUtf8(bytes, charset).utf8;
  }
  // Whoever writes such a list in no Unicode form wrote it on a Chinese desktop.
  return DecodeToUtf8(bytes, IsValidUtf8(bytes) ? Charset::kUtf8 : Charset::kGb18030).utf8;
}

struct Cell {
  std::string text;
  size_t column = 1;  // characters
};

// The first column: quoted as in CSV, or up to a comma, semicolon or tab.
Cell FirstColumn(std::string_view line) {
  Cell cell;
  const size_t start = std::min(line.size(), line.find_first_not_of(" \t\r\v\f"));
  cell.column = CountCodePoints(line.substr(0, start)) + 1;
  line = Trim(line);
  if (line.empty() || line.front() != '"') {
    cell.text = CollapseSpace(line.substr(0, line.find_first_of(",;\t")));
    return cell;
  }
  std::string out;
  for (size_t i = 1; i < line.size(); ++i) {
    if (line[i] != '"') {
      out += line[i];
    } else if (i + 1 < line.size() && line[i + 1] == '"') {
      out += line[i++];
    } else {
      break;
    }
  }
  cell.text = CollapseSpace(out);
  return cell;
}

using Frequencies = std::unordered_map<std::string_view, uint64_t>;

// everyday.txt: a word, and on how many of 10 000 clean texts it stands.
const Frequencies& EverydayWords() {
  static const auto kWords = [] {
    Frequencies words;
    for (const EmbeddedFile& file : embedded::rules()) {
      if (file.name != "everyday.txt") continue;
      for (std::string_view line : Split(file.bytes, '\n')) {
        line = Trim(line);
        if (line.empty() || line.front() == '#') continue;
        const size_t blank = line.find(' ');
        CHECK(blank != line.npos);
        uint64_t count = 0;
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), count);
        words.emplace(line.substr(0, blank), count);
      }
    }
    return words;
  }();
  return kWords;
}

// Why a word cannot be searched for at all, or empty. `read` is the word as the
// matcher sees it: without decoration.
std::string Unusable(const std::string& word, const std::string& read) {
  if (word.find("\xef\xbf\xbd") != word.npos) return "有无法解码的字节；请另存为 UTF-8 或 GB18030";
  if (read.empty()) return "只有符号，没有文字";
  const size_t size = CountCodePoints(read);
  if (size < 2) return "只有一个字符，几乎每页都会命中";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::all_of(read.begin(), read.end(), is_digit)) return "纯数字，会命中日期、电话和编号";
  const bool ascii = std::all_of(read.begin(), read.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii && size < 3) return "两个字母以内，会命中普通英文和代码";
  if (word.size() > limits::kLiteralBytesMax) return "过长，不像一个词";
  return {};
}

// How often a word stands in clean text, if that is too often; or empty.
std::string Floods(const std::string& word, const std::string& read, const ListOptions& options) {
  if (const auto own = options.measured.find(word); own != options.measured.end()) {
    const auto [texts, of] = own->second;
    if (of > 0 && static_cast<double>(texts) > kFloodShare * static_cast<double>(of)) {
      return fmt::format("太常见：所给无违规文本 {} 篇中有 {} 篇出现（每千篇 {:.1f}）", of, texts,
                         1000.0 * static_cast<double>(texts) / static_cast<double>(of));
    }
  }
  auto known = EverydayWords().find(word);
  if (known == EverydayWords().end()) known = EverydayWords().find(read);
  if (known == EverydayWords().end()) return {};
  return fmt::format("校园网页的日常用词：每万条无违规新闻标题中 {} 条含有它", known->second);
}

// What people write above the first column of such a table.
bool IsHeading(std::string_view word) {
  static constexpr std::string_view kHeadings[] = {"词",     "词语", "词条",    "关键词", "敏感词",
                                                   "违禁词", "word", "keyword", "words"};
  return std::any_of(std::begin(kHeadings), std::end(kHeadings),
                     [&](std::string_view heading) { return EqualsIgnoreCase(word, heading); });
}

std::string TomlString(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

Status CheckOptions(const ListOptions& options) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (options.name.empty() || options.name.size() > kNameBytesMax ||
      !std::all_of(options.name.begin(), options.name.end(), fits)) {
    return Error{Code::kInvalid,
                 fmt::format("词表名“{}”：只能用 a-z、0-9 与“-”，最多 {} 个字符；请改名",
                             options.name, kNameBytesMax)};
  }
  if (FindKind(options.kind) == nullptr) {
    std::vector<std::string_view> known;
    for (const KindInfo& kind : Kinds()) known.push_back(kind.name);
    return Error{Code::kInvalid,
                 fmt::format("没有“{}”这一类别；须为 {}", options.kind, fmt::join(known, "、"))};
  }
  if (options.clause < 1 || options.clause > kClauses) {
    return Error{Code::kInvalid,
                 fmt::format("没有第 {} 项；责任书共 {} 项", options.clause, kClauses)};
  }
  return Ok();
}

std::string WritePack(const ImportedList& list, const ListOptions& options, const Digest& source) {
  const KindInfo& kind = *FindKind(options.kind);
  const std::string title = options.title.empty() ? std::string(kind.title) : options.title;
  std::string pack = fmt::format("# 由词表导入：{} 个词，未采用 {} 个。命中只作提示。\n",
                                 list.taken.size(), list.left_out.size());
  pack += fmt::format(
      "[pack]\nkind = \"{}\"\nclause = {}\ntitle = {}\nbasis = {}\nhint_only = true\n\n",
      options.kind, kind.clause == 0 ? options.clause : kind.clause, TomlString(title),
      TomlString(kind.basis));
  pack += fmt::format(
      "[imported]\nname = {}\nsource = {}\ndigest = \"{}\"\ndate = {}\nleft_out = {}\n\n",
      TomlString(options.name), TomlString(options.source), source.hex(),
      TomlString(options.imported), list.left_out.size());
  pack += fmt::format("[[rule]]\nid = \"{}.{}\"\nstrength = \"weak\"\nany = [\n", options.kind,
                      options.name);
  for (const ListWord& word : list.taken) pack += fmt::format("  {},\n", TomlString(word.text));
  pack += fmt::format("]\nbecause = {}\nexamples = [{}]\n",
                      TomlString(fmt::format("命中导入词表《{}》", title)),
                      TomlString(list.taken.front().text));
  return pack;
}

}  // namespace

Result<ImportedList> ImportList(std::string_view bytes, const ListOptions& options) {
  if (Status checked = CheckOptions(options); !checked.ok()) return checked.error();
  if (bytes.size() > limits::kPackBytesMax) {
    return Error{Code::kLimit, fmt::format("词表有 {} 字节，超过上限 {}；请分成几个", bytes.size(),
                                           limits::kPackBytesMax)};
  }
  ImportedList out;
  std::unordered_map<std::string, size_t> first_line;
  const std::string text = ToUtf8(bytes);
  size_t number = 0;
  bool first = true;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    if (Trim(line).empty() || Trim(line).front() == '#') continue;
    Cell cell = FirstColumn(line);
    if (cell.text.empty()) continue;
    const auto leave_out = [&](std::string why) {
      out.left_out.push_back({cell.text, number, cell.column, std::move(why)});
    };
    if (std::exchange(first, false) && IsHeading(cell.text)) {
      leave_out("是表头，不是词");
      continue;
    }
    const std::string read = options.read ? options.read(cell.text) : AsciiLower(cell.text);
    if (std::string why = Unusable(cell.text, read); !why.empty()) {
      leave_out(std::move(why));
      continue;
    }
    if (const auto other = options.refused.find(cell.text); other != options.refused.end()) {
      leave_out(other->second);
      continue;
    }
    const auto [at, fresh] = first_line.try_emplace(read, number);
    if (!fresh) {
      leave_out(fmt::format("与第 {} 行重复", at->second));
      continue;
    }
    if (options.frequent == FrequentWords::kLeaveOut) {
      if (std::string why = Floods(cell.text, read, options); !why.empty()) {
        leave_out(std::move(why));
        continue;
      }
    }
    out.taken.push_back({std::move(cell.text), number, cell.column});
  }
  if (out.taken.empty()) {
    std::string why = "the list holds no usable word; put one word on each line";
    for (const ListRemark& left : out.left_out) {
      why += fmt::format("\n{}:{}: “{}”：{}", left.line, left.column, left.word, left.why);
      if (why.size() > kComplaintBytesMax) break;
    }
    return Error{Code::kInvalid, std::move(why)};
  }
  out.pack = WritePack(out, options, Sha256(bytes));
  if (out.pack.size() > limits::kPackBytesMax) {
    return Error{Code::kLimit, fmt::format("做成的规则包有 {} 字节，超过上限 {}；请把词表分成几个",
                                           out.pack.size(), limits::kPackBytesMax)};
  }
  return out;
}

Result<ListRecord> ReadListRecord(std::string_view pack, std::string_view file) {
  const Result<Node> root = ParseToml(pack, file);
  if (!root) return root.error();
  const Node* list = root->Find("imported");
  const Node* head = root->Find("pack");
  const Node* rules = root->Find("rule");
  if (list == nullptr || head == nullptr || rules == nullptr || rules->items.size() != 1) {
    return Error{Code::kInvalid,
                 fmt::format("{}:1:1: 不是导入的词表；请用 xuncha rules import 导入", file)};
  }
  const auto text = [](const Node& table, std::string_view key) {
    const Node* value = table.Find(key);
    return value == nullptr ? std::string() : value->string;
  };
  const auto number = [](const Node& table, std::string_view key) {
    const Node* value = table.Find(key);
    return value == nullptr ? 0 : value->integer;
  };
  ListRecord record;
  record.name = text(*list, "name");
  record.source = text(*list, "source");
  record.digest = text(*list, "digest");
  record.imported = text(*list, "date");
  record.left_out = static_cast<size_t>(std::max<int64_t>(0, number(*list, "left_out")));
  record.title = text(*head, "title");
  record.kind = text(*head, "kind");
  record.clause = static_cast<int>(number(*head, "clause"));
  if (const Node* words = rules->items[0].Find("any"); words != nullptr) {
    for (const Node& word : words->items) record.words.push_back(word.string);
  }
  return record;
}

}  // namespace xuncha
