// The reader of packs. A Table walks the members of one TOML table, hands out
// what is expected and reports what is left.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/pack_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>

#include "base/limits.h"
#include "base/text.h"
#include "rules/expression.h"
#include "rules/kinds.h"

namespace xuncha {
namespace {

constexpr std::string_view kChecks[] = {"resident-id", "bank-card", "mobile",
                                        "uscc",        "passport",  "secret-mark"};
constexpr uint16_t kZonesDefault = ZoneBit(ZoneKind::kTitle) | ZoneBit(ZoneKind::kMeta) |
                                   ZoneBit(ZoneKind::kAnchor) | ZoneBit(ZoneKind::kHidden) |
                                   ZoneBit(ZoneKind::kText);
constexpr uint8_t kChannelsDefault =
    ChannelBit(Channel::kPlain) | ChannelBit(Channel::kSqueezed) | ChannelBit(Channel::kRaw);
constexpr int64_t kWithinMax =
    10'000;  // characters; more than that is "the whole zone", written as 0
constexpr int64_t kCountMax =
    static_cast<int64_t>(limits::kHitsPerPatternMax);  // more are never seen

struct Fold {
  std::string_view name;
  Channel channel;
};
constexpr Fold kFolds[] = {{"split", Channel::kSplit},
                           {"homophone", Channel::kHomophone},
                           {"reversed", Channel::kReversed},
                           {"digits", Channel::kDigits}};

Place PlaceOf(const Node& node) { return {node.line, node.column}; }

class Table {
 public:
  Table(const Node& node, std::string_view what, std::vector<std::string_view> known,
        Messages& messages)
      : node_(node), messages_(messages) {
    for (const auto& [key, value] : node.members) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        messages.Error(
            {value.key_line, value.key_column},
            fmt::format("unknown key \"{}\" in {}{}", key, what, Suggestion(key, known)));
      }
    }
  }

  // The value of `key` if it is there and of that type; a wrong type is reported.
  const Node* Get(std::string_view key, Node::Type type) {
    const Node* value = node_.Find(key);
    if (value == nullptr || value->is(type)) return value;
    messages_.Error(PlaceOf(*value), fmt::format("\"{}\" is {}, but must be {}", key,
                                                 TypeName(value->type), TypeName(type)));
    return nullptr;
  }

  std::string GetString(std::string_view key) {
    const Node* value = Get(key, Node::Type::kString);
    return value == nullptr ? std::string() : value->string;
  }

  bool GetBool(std::string_view key) {
    const Node* value = Get(key, Node::Type::kBool);
    return value != nullptr && value->boolean;
  }

  int64_t GetInteger(std::string_view key, int64_t otherwise, int64_t lowest, int64_t highest) {
    const Node* value = Get(key, Node::Type::kInteger);
    if (value == nullptr) return otherwise;
    if (value->integer < lowest || value->integer > highest) {
      messages_.Error(PlaceOf(*value), fmt::format("\"{}\" is {}, but must be from {} to {}", key,
                                                   value->integer, lowest, highest));
      return otherwise;
    }
    return value->integer;
  }

  // Non-empty strings, each once.
  std::vector<Word> GetWords(std::string_view key) {
    std::vector<Word> words;
    const Node* list = Get(key, Node::Type::kArray);
    if (list == nullptr) return words;
    std::unordered_set<std::string_view> seen;
    for (const Node& item : list->items) {
      if (!item.is(Node::Type::kString)) {
        messages_.Error(PlaceOf(item), fmt::format("\"{}\" holds {}, but must hold strings", key,
                                                   TypeName(item.type)));
      } else if (Trim(item.string).empty()) {
        messages_.Error(PlaceOf(item), fmt::format("\"{}\" holds an empty string; remove it", key));
      } else if (item.string.size() > limits::kLiteralBytesMax && key != "examples" &&
                 key != "counters") {
        messages_.Error(PlaceOf(item),
                        fmt::format("an entry of \"{}\" has {} bytes, more than {}; shorten it",
                                    key, item.string.size(), limits::kLiteralBytesMax));
      } else if (!seen.insert(item.string).second) {
        messages_.Error(PlaceOf(item),
                        fmt::format("\"{}\" stands twice in \"{}\"; remove one", item.string, key));
      } else {
        words.push_back({item.string, PlaceOf(item)});
      }
    }
    return words;
  }

  const Node& node() const { return node_; }

 private:
  const Node& node_;
  Messages& messages_;
};

std::vector<std::string_view> ZoneNames() {
  std::vector<std::string_view> names;
  for (int i = 0; i < kZoneKinds; ++i) names.push_back(ZoneName(static_cast<ZoneKind>(i)));
  return names;
}

std::vector<std::string_view> SignalNames() {
  std::vector<std::string_view> names;
  for (int i = 0; i < kSignalKinds; ++i) names.push_back(SignalName(static_cast<SignalKind>(i)));
  return names;
}

std::vector<Sample> ToSamples(const std::vector<Word>& words) {
  std::vector<Sample> samples;
  for (const Word& word : words) samples.push_back({word.text, word.place.line, word.place.column});
  return samples;
}

std::vector<Word> ReadExpressions(Table& table, Messages& messages) {
  std::vector<Word> expressions = table.GetWords("regex");
  for (const Word& expression : expressions) {
    if (Status taken = CheckExpression(expression.text); !taken.ok()) {
      messages.Error(expression.place, taken.error().text);
    }
  }
  return expressions;
}

void RefuseSingle(const std::vector<Word>& words, Messages& messages) {
  for (const Word& word : words) {
    if (CountCodePoints(word.text) < 2) {
      messages.Error(word.place, fmt::format("\"{}\" is a single character and would be found "
                                             "everywhere; use at least two",
                                             word.text));
    }
  }
}

PartDraft ReadPart(const Node& node, Messages& messages) {
  PartDraft part;
  Table table(node, "a part", {"name", "any", "regex", "list", "required"}, messages);
  part.name = {table.GetString("name"), PlaceOf(node)};
  if (part.name.text.empty()) {
    messages.Error(part.name.place,
                   "a part has no name; write name = \"...\", as the officer shall read it");
  }
  part.any = table.GetWords("any");
  part.regex = ReadExpressions(table, messages);
  part.lists = table.GetWords("list");
  part.required = table.GetBool("required");
  if (part.any.empty() && part.regex.empty() && part.lists.empty()) {
    messages.Error(part.name.place, fmt::format("the part \"{}\" names no words; add any, regex or "
                                                "list = [...]",
                                                part.name.text));
  }
  RefuseSingle(part.any, messages);
  return part;
}

// parts, parts_min and within: a rule made of what an offer is made of.
void ReadParts(Table& table, RuleDraft& draft, Messages& messages) {
  Rule& rule = draft.rule;
  const Node* list = table.Get("parts", Node::Type::kArray);
  if (list == nullptr) {
    for (std::string_view key : {"parts_min", "within"}) {
      if (const Node* written = table.node().Find(key)) {
        messages.Error(PlaceOf(*written), fmt::format("\"{}\" belongs to a rule with parts; add "
                                                      "parts = [{{...}}, ...], or remove it",
                                                      key));
      }
    }
    return;
  }
  for (const Node& item : list->items) {
    if (item.is(Node::Type::kTable)) {
      draft.parts.push_back(ReadPart(item, messages));
    } else {
      messages.Error(PlaceOf(item),
                     "a part must be a table; write { name = \"...\", any = [...] }");
    }
  }
  const auto count = static_cast<int64_t>(draft.parts.size());
  if (count < 2 || draft.parts.size() > limits::kPartsMax) {
    messages.Error(PlaceOf(*list),
                   fmt::format("{} has {} parts, but must have from 2 to {}; a single part is an "
                               "any = [...]",
                               rule.id, count, limits::kPartsMax));
    return;
  }
  rule.parts_min = static_cast<uint32_t>(table.GetInteger("parts_min", count, 2, count));
  for (size_t i = 0; i < draft.parts.size(); ++i) {
    if (draft.parts[i].required) rule.parts_required |= 1u << i;
  }
  rule.parts_within = static_cast<uint32_t>(table.GetInteger("within", 0, 1, kWithinMax));
  if (table.node().Find("within") == nullptr) {
    messages.Error(PlaceOf(*list), fmt::format("{} does not say how near its parts must stand; "
                                               "write within = 40 (characters)",
                                               rule.id));
  }
  for (std::string_view key : {"any", "all", "regex", "check"}) {
    if (const Node* written = table.node().Find(key)) {
      messages.Error({written->key_line, written->key_column},
                     fmt::format("{} has parts, so its \"{}\" would stand beside them; move it "
                                 "into a part",
                                 rule.id, key));
    }
  }
}

Surroundings ReadSurroundings(Table& rule, std::string_view key, Messages& messages) {
  Surroundings out;
  const Node* node = rule.Get(key, Node::Type::kTable);
  if (node == nullptr) return out;
  out.written = true;
  std::vector<std::string_view> known = {"within", "any", "context", "list"};
  if (key == "near") known.push_back("required");
  Table table(*node, fmt::format("\"{}\"", key), std::move(known), messages);
  out.within = static_cast<uint32_t>(table.GetInteger("within", 0, 0, kWithinMax));
  out.required = table.GetBool("required");
  out.any = table.GetWords("any");
  out.contexts = table.GetWords("context");
  for (Word& name : table.GetWords("list")) out.contexts.push_back(std::move(name));
  if (out.any.empty() && out.contexts.empty()) {
    messages.Error(PlaceOf(*node),
                   fmt::format("\"{}\" names no words; add any = [...] or context = [...]", key));
  }
  return out;
}

void CheckId(const Word& id, const Pack& pack, Messages& messages) {
  if (id.text.empty()) {
    messages.Error(id.place, "a rule needs an id such as \"gambling.platform\"");
    return;
  }
  if (id.text.compare(0, pack.kind.size() + 1, pack.kind + ".") != 0) {
    messages.Error(id.place, fmt::format("the id \"{}\" must begin with its pack's kind: \"{}.{}\"",
                                         id.text, pack.kind, id.text));
  }
  for (char c : id.text) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-') {
      messages.Error(id.place,
                     fmt::format("the id \"{}\" may hold only a-z, 0-9, \".\" and \"-\"", id.text));
      return;
    }
  }
}

// A literal of one character stands on every second page of the language.
void CheckLiterals(const RuleDraft& draft, Messages& messages) {
  RefuseSingle(draft.any, messages);
  RefuseSingle(draft.all, messages);
  for (const Word& word : draft.any) {
    for (const Word& other : draft.unless.any) {
      if (word.text == other.text) {
        messages.Error(other.place,
                       fmt::format("\"{}\" stands in \"any\" and in \"unless\" of {}; remove one",
                                   word.text, draft.rule.id));
      }
    }
  }
}

// What `by_name` knows under that name; if nothing, an error says what is meant.
template <typename ByName>
auto Named(const Word& name, std::string_view noun, ByName by_name,
           const std::vector<std::string_view>& names, Messages& messages) {
  auto found = by_name(name.text);
  if (!found) {
    messages.Error(name.place, fmt::format("unknown {} \"{}\"{}", noun, name.text,
                                           Suggestion(name.text, names)));
  }
  return found;
}

void ReadStrength(Table& table, const Node& node, RuleDraft& draft, Messages& messages) {
  const std::string strength = table.GetString("strength");
  draft.rule.strong = strength == "strong";
  if (strength == "strong" || strength == "weak") return;
  const Node* written = node.Find("strength");
  if (written == nullptr) {
    messages.Error(
        draft.place,
        fmt::format("{} has no strength; write strength = \"strong\" or \"weak\"", draft.rule.id));
  } else if (written->is(Node::Type::kString)) {
    messages.Error(PlaceOf(*written), fmt::format("unknown strength \"{}\"{}", strength,
                                                  Suggestion(strength, {"strong", "weak"})));
  }
}

// Where a rule looks: in which zones, at which readings of them.
void ReadPlaces(Table& table, Rule& rule, Messages& messages) {
  for (const Word& name : table.GetWords("zones")) {
    if (const auto zone = Named(name, "zone", ZoneByName, ZoneNames(), messages))
      rule.zones |= ZoneBit(*zone);
  }
  if (rule.zones == 0) rule.zones = kZonesDefault;
  rule.channels = kChannelsDefault;
  std::vector<std::string_view> folds;
  for (const Fold& fold : kFolds) folds.push_back(fold.name);
  const auto by_name = [](std::string_view name) -> std::optional<Channel> {
    for (const Fold& fold : kFolds) {
      if (fold.name == name) return fold.channel;
    }
    return std::nullopt;
  };
  for (const Word& name : table.GetWords("fold")) {
    if (const auto channel = Named(name, "fold", by_name, folds, messages))
      rule.channels |= ChannelBit(*channel);
  }
}

// What a rule looks for, as a whole.
void CheckPatterns(const RuleDraft& draft, const Pack& pack, Messages& messages) {
  const Rule& rule = draft.rule;
  if (!rule.has_patterns && draft.signals.empty()) {
    messages.Error(
        draft.place,
        fmt::format("{} looks for nothing; add any, all, regex, check, parts or signal", rule.id));
  }
  if (!rule.has_patterns && pack.kind != "tamper") {
    messages.Warning(
        draft.place,
        fmt::format("{} asks for structure alone, which does not say what is advertised; "
                    "add patterns, or move it to the pack of kind \"tamper\"",
                    rule.id));
  }
}

// What a rule says for itself: its reason and its samples.
void CheckWords(const RuleDraft& draft, Messages& messages) {
  const Rule& rule = draft.rule;
  if (rule.because.empty()) {
    messages.Error(
        draft.place,
        fmt::format("{} says no reason; add because = \"...\" for the officer", rule.id));
  }
  // A sample is text; structure alone has none, its fixtures are pages.
  if (rule.examples.empty() && rule.has_patterns) {
    messages.Error(
        draft.place,
        fmt::format("{} has no example; add examples = [\"text that must fire\"]", rule.id));
  }
  if (rule.counters.empty() && rule.strong && (!draft.any.empty() || !draft.parts.empty())) {
    messages.Warning(draft.place, fmt::format("{} is strong and has no counter; add counters = "
                                              "[\"innocent text that must not fire\"]",
                                              rule.id));
  }
}

RuleDraft ReadRule(const Node& node, const Pack& pack, Messages& messages) {
  RuleDraft draft;
  draft.place = PlaceOf(node);
  Rule& rule = draft.rule;
  Table table(node, "a rule",
              {"id", "strength", "zones", "any", "all", "regex", "check", "signal", "fold", "near",
               "unless", "count", "raised", "because", "examples", "counters", "parts", "parts_min",
               "within"},
              messages);

  Word id{table.GetString("id"), draft.place};
  if (const Node* written = node.Find("id")) id.place = PlaceOf(*written);
  draft.place = id.place;
  CheckId(id, pack, messages);
  rule.id = id.text;
  rule.line = draft.place.line;

  ReadStrength(table, node, draft, messages);
  ReadPlaces(table, rule, messages);
  draft.any = table.GetWords("any");
  draft.all = table.GetWords("all");
  draft.regex = ReadExpressions(table, messages);
  draft.check = table.GetWords("check");
  for (const Word& name : draft.check) {
    if (std::find(std::begin(kChecks), std::end(kChecks), name.text) == std::end(kChecks)) {
      messages.Error(name.place,
                     fmt::format("unknown check \"{}\"{}", name.text,
                                 Suggestion(name.text, {std::begin(kChecks), std::end(kChecks)})));
    }
  }
  draft.signals = table.GetWords("signal");
  for (const Word& name : draft.signals) {
    if (const auto signal = Named(name, "signal", SignalByName, SignalNames(), messages))
      rule.signals.push_back(*signal);
  }
  ReadParts(table, draft, messages);
  rule.has_patterns = !draft.any.empty() || !draft.all.empty() || !draft.regex.empty() ||
                      !draft.check.empty() || !draft.parts.empty();
  CheckPatterns(draft, pack, messages);

  draft.near = ReadSurroundings(table, "near", messages);
  draft.unless = ReadSurroundings(table, "unless", messages);
  rule.near_within = draft.near.within;
  rule.unless_within = draft.unless.within;
  rule.required_near = draft.near.required;
  rule.count_min = static_cast<uint32_t>(table.GetInteger("count", 1, 1, kCountMax));

  for (const Word& name : table.GetWords("raised")) {
    if (const auto site_class =
            Named(name, "site class", SiteClassByName,
                  {"general", "library", "medical", "law", "research", "forum"}, messages))
      rule.raised.push_back(*site_class);
  }

  rule.because = table.GetString("because");
  rule.examples = ToSamples(table.GetWords("examples"));
  rule.counters = ToSamples(table.GetWords("counters"));
  CheckWords(draft, messages);
  CheckLiterals(draft, messages);
  return draft;
}

// [context.x] words; [list.x] words and regex.
void ReadWordLists(Table& top, std::string_view key, PackDraft& draft, Messages& messages) {
  const Node* lists = top.Get(key, Node::Type::kTable);
  if (lists == nullptr) return;
  for (const auto& [name, node] : lists->members) {
    const Place place{node.key_line, node.key_column};
    if (!node.is(Node::Type::kTable)) {
      messages.Error(
          place, fmt::format("{0} \"{1}\" must be a table: [{0}.{1}] words = [...]", key, name));
      continue;
    }
    std::vector<std::string_view> known = {"words"};
    if (key == "list") known.push_back("regex");
    Table table(node, fmt::format("a {}", key), std::move(known), messages);
    WordListDraft list{{name, place}, table.GetWords("words"), ReadExpressions(table, messages)};
    if (key == "list") RefuseSingle(list.words, messages);
    if (list.words.empty() && list.regex.empty()) {
      messages.Error(place, fmt::format("{} \"{}\" has no words", key, name));
    }
    draft.lists.push_back(std::move(list));
  }
}

// Where an imported list came from (rules/lists.h); read there, checked here.
void CheckImported(Table& top, Messages& messages) {
  const Node* node = top.Get("imported", Node::Type::kTable);
  if (node == nullptr) return;
  Table table(*node, "[imported]", {"name", "source", "digest", "date", "left_out"}, messages);
  for (const std::string_view key : {"name", "source", "digest", "date"}) {
    (void)table.Get(key, Node::Type::kString);
  }
  (void)table.Get("left_out", Node::Type::kInteger);
}

void ReadPackTable(Table& top, PackDraft& draft, Messages& messages) {
  const Node* node = top.Get("pack", Node::Type::kTable);
  if (node == nullptr) {
    messages.Error({1, 1}, "no [pack] table; begin with [pack] kind, clause, title, basis");
    return;
  }
  draft.place = PlaceOf(*node);
  Table table(*node, "[pack]", {"kind", "clause", "title", "basis", "allow", "hint_only"},
              messages);
  Pack& pack = draft.pack;
  pack.kind = table.GetString("kind");
  draft.common = pack.kind == "common";
  const KindInfo* info = FindKind(pack.kind);
  if (info == nullptr && !draft.common) {
    std::vector<std::string_view> known = {"common"};
    for (const KindInfo& kind : Kinds()) known.push_back(kind.name);
    const Node* written = node->Find("kind");
    messages.Error(written == nullptr ? draft.place : PlaceOf(*written),
                   fmt::format("unknown kind \"{}\"{}", pack.kind, Suggestion(pack.kind, known)));
  }
  pack.clause =
      static_cast<int>(table.GetInteger("clause", info == nullptr ? 0 : info->clause, 1, kClauses));
  if (!draft.common && node->Find("clause") == nullptr) {
    messages.Error(
        draft.place,
        "[pack] names no clause; write clause = 1 to 10, the item of the letter it serves");
  } else if (info != nullptr && info->clause != 0 && pack.clause != info->clause) {
    messages.Warning(draft.place, fmt::format("kind \"{}\" usually serves clause {}, not {}",
                                              pack.kind, info->clause, pack.clause));
  }
  pack.title = table.GetString("title");
  pack.basis = table.GetString("basis");
  if (!draft.common && (pack.title.empty() || pack.basis.empty())) {
    messages.Error(draft.place, "[pack] needs title and basis, in the officer's language");
  }
  pack.hint_only = table.GetBool("hint_only");
  draft.allow = table.GetWords("allow");
  for (const Word& phrase : draft.allow) pack.allow.push_back(phrase.text);
}

}  // namespace

void Messages::Error(Place place, std::string_view text) {
  report_.errors.push_back(fmt::format("{}:{}:{}: {}", file_, place.line, place.column, text));
}

void Messages::Warning(Place place, std::string_view text) {
  report_.warnings.push_back(fmt::format("{}:{}:{}: {}", file_, place.line, place.column, text));
}

void Messages::Unplaced(std::string text) { report_.errors.push_back(std::move(text)); }

std::string Suggestion(std::string_view written, const std::vector<std::string_view>& known) {
  const std::string nearest = Nearest(written, known);
  if (!nearest.empty()) return fmt::format("; did you mean \"{}\"?", nearest);
  return fmt::format("; known: {}", fmt::join(known, ", "));
}

PackDraft ReadPack(const PackSource& source, Messages& messages) {
  PackDraft draft;
  draft.pack.file = source.name;
  if (source.text.size() > limits::kPackBytesMax) {
    messages.Error({1, 1}, fmt::format("the pack has {} bytes, more than {}; split it",
                                       source.text.size(), limits::kPackBytesMax));
    return draft;
  }
  Result<Node> parsed = ParseToml(source.text, source.name);
  if (!parsed.ok()) {
    messages.Unplaced(parsed.error().text);
    return draft;
  }
  Table top(*parsed, "a pack", {"pack", "rule", "context", "list", "imported"}, messages);
  CheckImported(top, messages);
  // Where an imported list came from is no part of the law.
  std::erase_if(parsed->members, [](const Member& member) { return member.first == "imported"; });
  draft.canonical = WriteJson(*parsed);
  ReadPackTable(top, draft, messages);
  ReadWordLists(top, "context", draft, messages);
  if (!draft.lists.empty() && !draft.common) {
    messages.Error(draft.lists.front().name.place,
                   "contexts belong into the pack of kind \"common\", where every pack finds them; "
                   "a pack's own words are a [list.x]");
  }
  ReadWordLists(top, "list", draft, messages);
  if (const Node* rules = top.Get("rule", Node::Type::kArray)) {
    for (const Node& node : rules->items) {
      if (node.is(Node::Type::kTable)) {
        draft.rules.push_back(ReadRule(node, draft.pack, messages));
      } else {
        messages.Error(PlaceOf(node), "a rule must be a table; write [[rule]]");
      }
    }
  }
  if (draft.common && !draft.rules.empty()) {
    messages.Error(draft.rules.front().place,
                   "the pack of kind \"common\" holds word lists only; move the rule");
  }
  return draft;
}

}  // namespace xuncha
