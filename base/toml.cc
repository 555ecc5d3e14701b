// ParseToml: toml++ reads, this file copies into Nodes with their places. toml++
// keeps tables sorted by name; the order written is restored from the places.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"

namespace xuncha {
namespace {

// What the author can do about a complaint of the parser.
std::string_view Cure(std::string_view complaint) {
  const auto says = [&](std::string_view word) { return ContainsIgnoreCase(complaint, word); };
  if (says("redefine") || says("duplicate")) return "give each name once";
  if (says("utf-8") || says("unicode")) return "save the file as UTF-8";
  if (says("end-of-file")) return "close what is open before the end of the file";
  if (says("escape")) return "use single quotes for text with backslashes";
  if (says("string")) return "check the quotes";
  return "correct it there (TOML 1.0)";
}

Error Complaint(std::string_view name, toml::source_position at, std::string_view what,
                std::string_view cure) {
  return {Code::kInvalid,
          fmt::format("{}:{}:{}: {}; {}", name, at.line, at.column, Neutralise(what), cure)};
}

template <typename Value>
std::string Written(const Value& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

bool Copy(const toml::node& from, int depth, Node& to);

bool CopyTable(const toml::table& from, int depth, Node& to) {
  to.type = Node::Type::kTable;
  to.members.reserve(from.size());
  for (const auto& [key, value] : from) {
    Node child;
    const toml::source_position at = key.source().begin;
    child.key_line = static_cast<int>(at.line);
    child.key_column = static_cast<int>(at.column);
    if (!Copy(value, depth + 1, child)) return false;
    to.members.push_back({std::string(key.str()), std::move(child)});
  }
  std::stable_sort(to.members.begin(), to.members.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.key_line, a.second.key_column) <
           std::pair(b.second.key_line, b.second.key_column);
  });
  return true;
}

// False if the tree is too deep.
bool Copy(const toml::node& from, int depth, Node& to) {
  if (depth > limits::kTreeNodeDepthMax) return false;
  to.line = static_cast<int>(from.source().begin.line);
  to.column = static_cast<int>(from.source().begin.column);
  switch (from.type()) {
    case toml::node_type::table:
      return CopyTable(*from.as_table(), depth, to);
    case toml::node_type::array:
      to.type = Node::Type::kArray;
      to.items.reserve(from.as_array()->size());
      for (const toml::node& item : *from.as_array()) {
        if (!Copy(item, depth + 1, to.items.emplace_back())) return false;
      }
      return true;
    case toml::node_type::string:
      to.type = Node::Type::kString;
      to.string = from.as_string()->get();
      return true;
    case toml::node_type::integer:
      to.type = Node::Type::kInteger;
      to.integer = from.as_integer()->get();
      return true;
    case toml::node_type::floating_point:
      to.type = Node::Type::kReal;
      to.real = from.as_floating_point()->get();
      return true;
    case toml::node_type::boolean:
      to.type = Node::Type::kBool;
      to.boolean = from.as_boolean()->get();
      return true;
    // Dates have no type of their own in Node: they are kept as written.
    case toml::node_type::date:
      to.string = Written(from.as_date()->get());
      break;
    case toml::node_type::time:
      to.string = Written(from.as_time()->get());
      break;
    case toml::node_type::date_time:
      to.string = Written(from.as_date_time()->get());
      break;
    case toml::node_type::none:
      return true;
  }
  to.type = Node::Type::kString;
  return true;
}

}  // namespace

Result<Node> ParseToml(std::string_view text, std::string_view name) {
  try {
    const toml::table table = toml::parse(text, name);
    Node root;
    if (!Copy(table, 0, root)) {
      return Complaint(name, {1, 1},
                       fmt::format("nested deeper than {}", limits::kTreeNodeDepthMax),
                       "flatten it");
    }
    return root;
  } catch (const toml::parse_error& error) {
    return Complaint(name, error.source().begin, error.description(), Cure(error.description()));
  } catch (const std::exception& error) {
    return Complaint(name, {1, 1}, error.what(), "correct the file");
  }
}

}  // namespace xuncha
