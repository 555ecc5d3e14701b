// SPDX-License-Identifier: Apache-2.0
#include "rules/judgement.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/tree.h"
#include "rules_embedded.h"

namespace xuncha {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  const Node* Child(const Node& node, std::string_view key, Node::Type type) {
    const Node* child = node.Find(key);
    if (child == nullptr) {
      Error(node, fmt::format("\"{}\" is missing", key));
    } else if (!child->is(type)) {
      Error(*child, fmt::format("\"{}\" is {}, but must be {}", key, TypeName(child->type),
                                TypeName(type)));
      child = nullptr;
    }
    return child;
  }

  uint32_t Number(const Node& node, std::string_view key) {
    const Node* value = Child(node, key, Node::Type::kInteger);
    if (value == nullptr) return 0;
    if (value->integer < 0 || value->integer > 100'000) {
      Error(*value, fmt::format("\"{}\" is {}, but must be from 0 to 100000", key, value->integer));
      return 0;
    }
    return static_cast<uint32_t>(value->integer);
  }

  bool Bool(const Node& node, std::string_view key) {
    const Node* value = Child(node, key, Node::Type::kBool);
    return value != nullptr && value->boolean;
  }

  std::vector<std::string> Words(const Node& node, std::string_view key) {
    std::vector<std::string> words;
    const Node* list = Child(node, key, Node::Type::kArray);
    if (list == nullptr) return words;
    for (const Node& item : list->items) {
      if (item.is(Node::Type::kString)) {
        words.push_back(item.string);
      } else {
        Error(item, fmt::format("\"{}\" must hold strings", key));
      }
    }
    return words;
  }

  template <typename Use>
  void Signals(const Node& node, std::string_view key, Use use) {
    for (const std::string& word : Words(node, key)) {
      if (auto signal = SignalByName(word)) {
        use(static_cast<size_t>(*signal));
      } else {
        Error(node, fmt::format("unknown signal \"{}\" in \"{}\"", word, key));
      }
    }
  }

  void Only(const Node& node, std::initializer_list<std::string_view> known) {
    const std::vector<std::string_view> names(known);
    for (const auto& [key, value] : node.members) {
      if (std::find(names.begin(), names.end(), key) == names.end()) {
        errors_.push_back(fmt::format("{}:{}:{}: unknown key \"{}\"; known: {}", name_,
                                      value.key_line, value.key_column, key,
                                      fmt::join(names, ", ")));
      }
    }
  }

  void Error(const Node& node, std::string_view text) {
    errors_.push_back(fmt::format("{}:{}:{}: {}", name_, node.line, node.column, text));
  }

  const std::vector<std::string>& errors() const { return errors_; }

 private:
  std::string name_;
  std::vector<std::string> errors_;
};

}  // namespace

Result<Judgement> ReadJudgement(std::string_view text, std::string_view name) {
  Result<Node> parsed = ParseToml(text, name);
  if (!parsed.ok()) return parsed.error();
  const Node& root = *parsed;
  Reader reader(name);
  Judgement out;
  reader.Only(root, {"words", "marks", "identifier", "signals", "tamper", "score"});
  if (const Node* words = reader.Child(root, "words", Node::Type::kTable)) {
    reader.Only(*words, {"weak_together", "weak_window", "weak_with_structure", "support_window",
                         "short_zone"});
    out.weak_together = reader.Number(*words, "weak_together");
    out.weak_window = reader.Number(*words, "weak_window");
    out.weak_with_structure = reader.Number(*words, "weak_with_structure");
    out.support_window = reader.Number(*words, "support_window");
    out.short_zone = reader.Number(*words, "short_zone");
  }
  if (const Node* marks = reader.Child(root, "marks", Node::Type::kTable)) {
    reader.Only(*marks, {"kinds", "head", "line"});
    out.mark_kinds = reader.Words(*marks, "kinds");
    out.mark_head = reader.Number(*marks, "head");
    out.mark_line = reader.Number(*marks, "line");
  }
  if (const Node* identifiers = reader.Child(root, "identifier", Node::Type::kTable)) {
    for (const auto& [check, node] : identifiers->members) {
      reader.Only(node, {"near", "low", "medium", "high"});
      out.identifiers.push_back({check, reader.Bool(node, "near"), reader.Number(node, "low"),
                                 reader.Number(node, "medium"), reader.Number(node, "high")});
    }
  }
  out.signal_proof.fill(Proof::kStructure);
  if (const Node* signals = reader.Child(root, "signals", Node::Type::kTable)) {
    reader.Only(*signals, {"proven", "destination", "difference", "silent"});
    reader.Signals(*signals, "proven", [&out](size_t i) { out.proven[i] = true; });
    reader.Signals(*signals, "silent", [&out](size_t i) { out.silent[i] = true; });
    reader.Signals(*signals, "destination",
                   [&out](size_t i) { out.signal_proof[i] = Proof::kDestination; });
    reader.Signals(*signals, "difference",
                   [&out](size_t i) { out.signal_proof[i] = Proof::kDifference; });
  }
  if (const Node* tamper = reader.Child(root, "tamper", Node::Type::kTable)) {
    reader.Only(*tamper, {"advertises"});
    out.advertises = reader.Words(*tamper, "advertises");
  }
  if (const Node* score = reader.Child(root, "score", Node::Type::kTable)) {
    reader.Only(*score, {"hint", "low", "medium", "high", "strong", "supported", "weak",
                         "signal_strong", "signal_medium", "signal_weak", "identifier"});
    const auto number = [&reader, score](std::string_view key) {
      return static_cast<int>(reader.Number(*score, key));
    };
    out.band = {number("hint"), number("low"), number("medium"), number("high"), 101};
    if (!std::is_sorted(out.band.begin(), out.band.end())) {
      reader.Error(*score, "hint, low, medium and high must ascend and stay within 100");
    }
    out.points_strong = number("strong");
    out.points_supported = number("supported");
    out.points_weak = number("weak");
    out.points_identifier = number("identifier");
    out.points_signal = {number("signal_weak"), number("signal_medium"), number("signal_strong")};
  }
  if (!reader.errors().empty()) return Error{Code::kInvalid, Join(reader.errors(), "\n")};
  return out;
}

const Judgement& BuiltinJudgement() {
  static const Judgement kBuiltin = [] {
    for (const EmbeddedFile& file : embedded::rules()) {
      if (file.name != "judgement.toml") continue;
      Result<Judgement> read = ReadJudgement(file.bytes, "rules/judgement.toml");
      if (!read.ok()) std::fprintf(stderr, "%s\n", read.error().text.c_str());
      CHECK(read.ok());
      return *read;
    }
    CHECK(!"judgement.toml is built in");
    return Judgement();
  }();
  return kBuiltin;
}

}  // namespace xuncha
