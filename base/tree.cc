// Node: see tree.h. The writer is here and writes text directly; the parsers
// stand behind their libraries in toml.cc and json.cc.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/tree.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace xuncha {
namespace {

template <typename Number>
void AppendNumber(std::string& out, Number value) {
  char digits[32];  // the longest double in shortest form takes 24
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, written.ptr);
}

void AppendReal(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";  // JSON has no other word for it
    return;
  }
  const size_t begin = out.size();
  AppendNumber(out, value);
  // A real stays a real when it is read back.
  if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

void AppendNode(std::string& out, const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      out += "null";
      return;
    case Node::Type::kBool:
      out += node.boolean ? "true" : "false";
      return;
    case Node::Type::kInteger:
      AppendNumber(out, node.integer);
      return;
    case Node::Type::kReal:
      AppendReal(out, node.real);
      return;
    case Node::Type::kString:
      AppendJsonString(out, node.string);
      return;
    case Node::Type::kArray:
      out += '[';
      for (const Node& item : node.items) {
        if (&item != &node.items.front()) out += ',';
        AppendNode(out, item);
      }
      out += ']';
      return;
    case Node::Type::kTable:
      out += '{';
      for (const auto& member : node.members) {
        if (&member != &node.members.front()) out += ',';
        AppendJsonString(out, member.first);
        out += ':';
        AppendNode(out, member.second);
      }
      out += '}';
      return;
  }
}

}  // namespace

const Node* Node::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string_view TypeName(Node::Type type) {
  constexpr std::array<std::string_view, 7> kNames = {"null",   "boolean", "integer", "real",
                                                      "string", "array",   "table"};
  return kNames[static_cast<size_t>(type)];
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  size_t valid_to = ValidUtf8Prefix(text);
  size_t plain = 0;  // begin of what is not yet written
  for (size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (at == valid_to) {
      out.append(text, plain, at - plain);
      out += "\xef\xbf\xbd";
      NextCodePoint(text, &at);
      plain = at;
      valid_to = at + ValidUtf8Prefix(text.substr(at));
      continue;
    }
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
      ++at;
      continue;
    }
    out.append(text, plain, at - plain);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += "0123456789abcdef"[c >> 4];
        out += "0123456789abcdef"[c & 15];
    }
    plain = ++at;
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

std::string WriteJson(const Node& node) {
  std::string out;
  AppendNode(out, node);
  return out;
}

Node MakeString(std::string_view text) {
  Node node;
  node.type = Node::Type::kString;
  node.string = text;
  return node;
}

Node MakeInteger(int64_t value) {
  Node node;
  node.type = Node::Type::kInteger;
  node.integer = value;
  return node;
}

Node MakeReal(double value) {
  Node node;
  node.type = Node::Type::kReal;
  node.real = value;
  return node;
}

Node MakeBool(bool value) {
  Node node;
  node.type = Node::Type::kBool;
  node.boolean = value;
  return node;
}

Node MakeArray() {
  Node node;
  node.type = Node::Type::kArray;
  return node;
}

Node MakeTable() {
  Node node;
  node.type = Node::Type::kTable;
  return node;
}

void Put(Node& table, std::string_view key, Node value) {
  CHECK(table.is(Node::Type::kTable));
  for (auto& [name, old] : table.members) {
    if (name == key) {
      old = std::move(value);
      return;
    }
  }
  table.members.push_back({std::string(key), std::move(value)});
}

}  // namespace xuncha
