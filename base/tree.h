// Node is a parsed TOML or JSON value that remembers where it stood, so that an
// error can name line and column. One kind of tree serves rule packs,
// configuration and truth files; toml++ and nlohmann-json stay behind it.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace xuncha {

struct Member;

struct Node {
  enum class Type : uint8_t { kNull, kBool, kInteger, kReal, kString, kArray, kTable };
  Type type = Type::kNull;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;
  std::string string;
  std::vector<Node> items;           // kArray
  std::vector<Member> members;       // kTable, in the order written
  int line = 0, column = 0;          // of the value; 0 if unknown (JSON)
  int key_line = 0, key_column = 0;  // of the key, for members

  const Node* Find(std::string_view key) const;  // nullptr if absent or not a table
  bool is(Type t) const { return type == t; }
};

// A key of a table and its value.
struct Member {
  std::string first;
  Node second;
};

std::string_view TypeName(Node::Type type);  // "string", "array", ...

// kInvalid with "NAME:LINE:COLUMN: what; what to do".
Result<Node> ParseToml(std::string_view text, std::string_view name);
Result<Node> ParseJson(std::string_view text, std::string_view name);
// One line, no spaces, UTF-8 kept; malformed UTF-8 becomes U+FFFD.
std::string WriteJson(const Node& node);
// `text` as a JSON string with its quotes, under the same rules; for writers of
// many lines who need no tree.
void AppendJsonString(std::string& out, std::string_view text);

// Builders.
Node MakeString(std::string_view text);
Node MakeInteger(int64_t value);
Node MakeReal(double value);
Node MakeBool(bool value);
Node MakeArray();
Node MakeTable();
void Put(Node& table, std::string_view key, Node value);

}  // namespace xuncha
