// SPDX-License-Identifier: Apache-2.0
#include "rules/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/charset.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/kinds.h"
#include "rules_embedded.h"

namespace xuncha {
namespace {

std::string ToUtf8(std::string_view bytes) {
  size_t mark = 0;
  if (const Charset charset = CharsetByBom(bytes, &mark); charset != Charset::kUnknown) {
    return DecodeToUtf8(bytes, charset).utf8;
  }
  // Whoever writes such a list in no Unicode form wrote it on a Chinese desktop.
  return DecodeToUtf8(bytes, IsValidUtf8(bytes) ? Charset::kUtf8 : Charset::kGb18030).utf8;
}

// The first column: quoted as in CSV, or up to a comma, semicolon or tab.
std::string FirstColumn(std::string_view line) {
  line = Trim(line);
  if (line.empty() || line.front() != '"') {
    return CollapseSpace(line.substr(0, line.find_first_of(",;\t")));
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
  return CollapseSpace(out);
}

const std::unordered_set<std::string_view>& EverydayWords() {
  static const auto kWords = [] {
    std::unordered_set<std::string_view> words;
    for (const EmbeddedFile& file : embedded::rules()) {
      if (file.name != "everyday.txt") continue;
      for (std::string_view line : Split(file.bytes, '\n')) {
        line = Trim(line);
        if (!line.empty() && line.front() != '#') words.insert(line);
      }
    }
    return words;
  }();
  return kWords;
}

// Why a word must not be searched for, or empty.
std::string Danger(const std::string& word) {
  const size_t size = CountCodePoints(word);
  if (size < 2) return "只有一个字符，几乎每页都会命中";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::all_of(word.begin(), word.end(), is_digit)) return "纯数字，会命中日期、电话和编号";
  const bool ascii = std::all_of(word.begin(), word.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii && size < 3) return "两个字母以内，会命中普通英文和代码";
  if (word.size() > limits::kLiteralBytesMax) return "过长，不像一个词";
  if (EverydayWords().count(word)) return "校园网页的日常用词";
  return {};
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
  if (options.name.empty() || !std::all_of(options.name.begin(), options.name.end(), fits)) {
    return Error{Code::kInvalid,
                 fmt::format("list name \"{}\": use a-z, 0-9 and \"-\"", options.name)};
  }
  if (FindKind(options.kind) == nullptr) {
    std::vector<std::string_view> known;
    for (const KindInfo& kind : Kinds()) known.push_back(kind.name);
    return Error{Code::kInvalid, fmt::format("unknown kind \"{}\"; known: {}", options.kind,
                                             fmt::join(known, ", "))};
  }
  if (options.clause < 1 || options.clause > kClauses) {
    return Error{Code::kInvalid,
                 fmt::format("clause {} must be from 1 to {}", options.clause, kClauses)};
  }
  return Ok();
}

}  // namespace

Result<ImportedList> ImportList(std::string_view bytes, const ListOptions& options) {
  if (Status checked = CheckOptions(options); !checked.ok()) return checked.error();
  if (bytes.size() > limits::kPackBytesMax) {
    return Error{Code::kLimit, fmt::format("the list has {} bytes, more than {}; split it",
                                           bytes.size(), limits::kPackBytesMax)};
  }
  ImportedList out;
  std::vector<std::string> words;
  std::unordered_map<std::string, size_t> first_line;
  const std::string text = ToUtf8(bytes);
  size_t number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    if (Trim(line).empty() || Trim(line).front() == '#') continue;
    std::string word = FirstColumn(line);
    if (word.empty()) continue;
    const auto [at, fresh] = first_line.try_emplace(AsciiLower(word), number);
    if (!fresh) {
      out.left_out.push_back({std::move(word), number, fmt::format("与第 {} 行重复", at->second)});
    } else if (std::string why = Danger(word); !why.empty()) {
      out.left_out.push_back({std::move(word), number, std::move(why)});
    } else {
      words.push_back(std::move(word));
    }
  }
  if (words.empty()) {
    return Error{Code::kInvalid, "the list holds no usable word; put one word on each line"};
  }
  out.words = words.size();

  const KindInfo& kind = *FindKind(options.kind);
  const std::string title = options.title.empty() ? std::string(kind.title) : options.title;
  std::string& pack = out.pack;
  pack = fmt::format("# 由词表导入：{} 个词，未采用 {} 个。命中只作提示。\n", words.size(),
                     out.left_out.size());
  pack += fmt::format(
      "[pack]\nkind = \"{}\"\nclause = {}\ntitle = {}\nbasis = {}\nhint_only = true\n\n",
      options.kind, kind.clause == 0 ? options.clause : kind.clause, TomlString(title),
      TomlString(kind.basis));
  pack += fmt::format("[[rule]]\nid = \"{}.{}\"\nstrength = \"weak\"\nany = [\n", options.kind,
                      options.name);
  for (const std::string& word : words) pack += fmt::format("  {},\n", TomlString(word));
  pack +=
      fmt::format("]\nbecause = {}\nexamples = [{}]\n",
                  TomlString(fmt::format("命中导入词表《{}》", title)), TomlString(words.front()));
  if (pack.size() > limits::kPackBytesMax) {
    return Error{Code::kLimit,
                 fmt::format("the pack would have {} bytes, more than {}; split the list",
                             pack.size(), limits::kPackBytesMax)};
  }
  return out;
}

}  // namespace xuncha
