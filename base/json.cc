// ParseJson: nlohmann-json's event parser, which does not recurse, builds Nodes
// through a handler that minds the depth.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"

namespace xuncha {
namespace {

class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return Add({}); }
  bool boolean(bool value) override { return Add(MakeBool(value)); }
  bool number_integer(number_integer_t value) override { return Add(MakeInteger(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) {
      return Add(MakeReal(static_cast<double>(value)));
    }
    return Add(MakeInteger(static_cast<int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override { return Add(MakeReal(value)); }
  bool string(string_t& value) override { return Add(MakeString(value)); }
  bool binary(binary_t&) override { return Add({}); }  // not in JSON text
  bool start_object(size_t) override { return Open(MakeTable()); }
  bool start_array(size_t) override { return Open(MakeArray()); }
  bool key(string_t& name) override {
    keys_.back() = std::move(name);
    return true;
  }
  bool end_object() override {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : open_.back().members) names.push_back(name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) {
      return Fail(fmt::format("\"{}\" stands twice in one object; give each name once",
                              Neutralise(twice->substr(0, 80))));
    }
    return Close();
  }
  bool end_array() override { return Close(); }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    position_ = position == 0 ? 0 : position - 1;  // counts the byte it stopped at
    return Fail("not JSON from here on; correct it there");
  }

  Node& root() { return root_; }
  size_t position() const { return position_; }
  const std::string& complaint() const { return complaint_; }

 private:
  bool Add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().is(Node::Type::kArray)) {
      open_.back().items.push_back(std::move(node));
    } else {
      open_.back().members.push_back({std::move(keys_.back()), std::move(node)});
    }
    return true;
  }
  bool Open(Node node) {
    if (open_.size() >= static_cast<size_t>(limits::kTreeNodeDepthMax)) {
      return Fail(fmt::format("nested deeper than {}; flatten it", limits::kTreeNodeDepthMax));
    }
    open_.push_back(std::move(node));
    keys_.emplace_back();
    return true;
  }
  bool Close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return Add(std::move(node));
  }
  bool Fail(std::string complaint) {
    complaint_ = std::move(complaint);
    return false;
  }

  Node root_;
  std::vector<Node> open_;         // containers not yet closed, outermost first
  std::vector<std::string> keys_;  // of each, the key whose value comes next
  size_t position_ = std::string::npos;
  std::string complaint_;
};

}  // namespace

Result<Node> ParseJson(std::string_view text, std::string_view name) {
  Builder builder;
  try {
    if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
      return std::move(builder.root());
    }
  } catch (const std::exception& error) {
    return Error{Code::kInvalid,
                 fmt::format("{}:1:1: {}; correct the file", name, Neutralise(error.what()))};
  }
  if (builder.position() == std::string::npos) {
    return Error{Code::kInvalid, fmt::format("{}:1:1: {}", name, builder.complaint())};
  }
  const std::string_view before = text.substr(0, builder.position());
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return Error{Code::kInvalid,
               fmt::format("{}:{}:{}: {}", name, line,
                           1 + CountCodePoints(before.substr(line_start)), builder.complaint())};
}

}  // namespace xuncha
