// Style sheets: from CSS text to rules that can be looked up by id, class or tag.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/css_syntax.h"
#include "crawler/limits_style.h"
#include "crawler/media.h"
#include "crawler/style.h"

namespace xuncha {
namespace {

// A selector with the first :is() or :where() of its own undone, once for each of its
// choices; nothing if there is none. A choice that is more than one compound only fits
// where the whole compound is the :is().
std::optional<std::vector<std::string>> UndoChoice(std::string_view selector) {
  size_t begin = 0;  // of the compound
  size_t at = 0, open = 0, end = 0;
  for (; at < selector.size() && end == 0; at = end == 0 ? PassCss(selector, at) : at) {
    const char c = selector[at];
    if (IsAsciiSpace(c) || c == '>' || c == '+' || c == '~') begin = at + 1;
    if (c != ':') continue;
    for (const std::string_view name : {":is(", ":where(", ":matches(", ":-webkit-any("}) {
      if (!StartsWithIgnoreCase(selector.substr(at), name)) continue;
      open = at + name.size();
      end = CssBracketEnd(selector, open - 1);
    }
  }
  if (end == 0) return std::nullopt;
  std::vector<std::string> out;
  if (end == std::string_view::npos) return out;
  const std::string_view before = selector.substr(0, begin);
  std::string_view own = selector.substr(begin, at - begin);  // of the compound
  if (own == "*") own = {};
  const std::string_view behind = selector.substr(end);
  for (const std::string_view choice : SplitCss(selector.substr(open, end - 1 - open), ',')) {
    if (choice.empty()) continue;
    const bool named = std::string_view(".#[:*").find(choice[0]) == std::string_view::npos;
    const bool one = choice.find_first_of(" >+~") == std::string_view::npos;
    if (!own.empty() && !one) continue;
    std::string whole(before);
    if (named && !own.empty() && own[0] != '.' && own[0] != '#' && own[0] != '[' && own[0] != ':')
      continue;  // two names
    whole +=
        named ? std::string(choice) + std::string(own) : std::string(own) + std::string(choice);
    whole += behind;
    if (whole.size() <= limits::kSelectorBytesMax && out.size() < limits::kSelectorChoicesMax)
      out.push_back(std::move(whole));
  }
  return out;
}

// The strings of a `content:` value, escapes undone, if they are words: icons of
// private code points, quotation marks and counters are not.
std::string ContentWords(std::string_view value) {
  std::string words;
  for (size_t at = 0; at < value.size();) {
    const char quote = value[at++];
    if (quote != '"' && quote != '\'') continue;
    while (at < value.size() && value[at] != quote) {
      if (value[at] != '\\' || at + 1 >= value.size()) {
        words.push_back(value[at++]);
        continue;
      }
      at = AppendCssEscape(words, value, at);
    }
    ++at;
  }
  int han = 0, letters = 0;
  for (size_t i = 0; i < words.size();) {
    const char32_t c = NextCodePoint(words, &i);
    han += IsHan(c);
    letters += IsAsciiAlnum(c);
  }
  return han >= 2 || letters >= 6 ? words : std::string();
}

// "@media" of "@media(min-width:1px)", and what stands behind it.
std::pair<std::string_view, std::string_view> SplitAtRule(std::string_view text) {
  const size_t end = std::min(text.find_first_of(" \t\r\n\f(\"'{", 1), text.size());
  return {text.substr(0, end), Trim(text.substr(end))};
}

// Where "@import url(x) print" leads, and behind it to whom.
std::optional<std::string_view> ImportTarget(std::string_view prelude) {
  size_t from = prelude.find_first_of("\"'(");
  if (from == std::string_view::npos) return std::nullopt;
  from = prelude.find_first_not_of("\"'( ", from);
  if (from == std::string_view::npos) return std::nullopt;
  const size_t end = std::min(prelude.find_first_of("\"') ", from), prelude.size());
  const std::string_view target = prelude.substr(from, end - from);
  const size_t behind = prelude.find_first_not_of("\"') ", end);
  if (behind != std::string_view::npos && ReadMedia(prelude.substr(behind)) == Media::kNobody)
    return std::nullopt;
  return target;
}

}  // namespace

// What the rules of a block stand under.
struct StyleSheet::Scope {
  std::vector<std::string_view> selectors;  // of the rule around it; what "&" is
  For whom = For::kEverybody;
  uint16_t layer = kUnlayered;
  int depth = 0;
};

StyleSheet::StyleSheet() : work_(limits::kStyleWorkMax) {}

void StyleSheet::Add(std::string_view css) {
  contents_.clear();
  imports_.clear();
  text_ = css;
  rules_before_ = 0;
  const size_t layers = layers_.size();
  if (css.find("--") != std::string_view::npos) {
    CssReader reader(css, CssReader::Place::kTop);
    ReadVariables(reader, 0);
    layers_.resize(layers);  // they come in their order below
  }
  CssReader reader(css, CssReader::Place::kTop);
  ReadBlock(reader, {});
  text_ = {};
}

uint16_t StyleSheet::AddLayer(std::string_view name, uint16_t outer) {
  // One without a name is like no other.
  std::string full = outer == kUnlayered ? std::string() : layers_[outer] + ".";
  full += name.empty() ? "\n" + std::to_string(layers_.size()) : std::string(name);
  const auto known = std::find(layers_.begin(), layers_.end(), full);
  if (known != layers_.end()) return static_cast<uint16_t>(known - layers_.begin());
  if (layers_.size() >= limits::kLayersMax) {
    cut_ = true;
    return outer;
  }
  layers_.push_back(std::move(full));
  return static_cast<uint16_t>(layers_.size() - 1);
}

// To whom the rules in an @block apply, if they are read at all.
std::optional<StyleSheet::Scope> StyleSheet::Enter(std::string_view prelude, const Scope& outer) {
  std::string clean;
  if (NeedsCleaning(prelude)) prelude = clean = CleanCss(prelude, Escapes::kKept);
  const auto [name, condition] = SplitAtRule(prelude);
  Scope scope = outer;
  if (EqualsIgnoreCase(name, "@media")) {
    const Media media = ReadMedia(condition);
    if (media == Media::kNobody) return std::nullopt;
    if (media == Media::kSome) scope.whom = For::kSome;
  } else if (EqualsIgnoreCase(name, "@layer")) {
    scope.layer = AddLayer(condition, outer.layer);
  } else if (!EqualsIgnoreCase(name, "@supports") || !IsSupported(condition)) {
    // What holds for some places of the page only, @container and @scope, neither hides
    // nor shows here.
    return std::nullopt;
  }
  return scope;
}

void StyleSheet::ReadStatement(std::string_view text, const Scope& scope) {
  std::string clean;
  if (NeedsCleaning(text)) text = clean = CleanCss(text, Escapes::kKept);
  const auto [name, rest] = SplitAtRule(text);
  if (EqualsIgnoreCase(name, "@import")) {
    // Behind a rule it is none.
    if (const auto target = ImportTarget(text); target && rules_before_ == 0)
      imports_.emplace_back(*target);
  } else if (EqualsIgnoreCase(name, "@layer")) {
    for (const std::string_view layer : SplitCss(rest, ','))
      if (!layer.empty()) AddLayer(layer, scope.layer);
  }
}

// The variables that are set whoever looks.
void StyleSheet::ReadVariables(CssReader& reader, int depth) {
  for (CssItem item = reader.Next(); item.kind != CssItem::Kind::kEnd; item = reader.Next()) {
    switch (item.kind) {
      case CssItem::Kind::kDeclaration:
        if (item.sound) variables_.Set(item.text);
        break;
      case CssItem::Kind::kRule:
      case CssItem::Kind::kAtRule: {
        const auto everybody = [&] {
          const std::optional<Scope> scope = Enter(item.text, {});
          return scope && scope->whom == For::kEverybody;
        };
        const bool read =
            depth < limits::kBlocksDeepMax && (item.kind == CssItem::Kind::kRule || everybody());
        if (read) {
          ReadVariables(reader, depth + 1);
        } else {
          reader.SkipBlock();
        }
        break;
      }
      default:
        break;
    }
  }
}

// The rules and declarations of a block, up to its end.
void StyleSheet::ReadBlock(CssReader& reader, const Scope& scope) {
  std::vector<std::string_view> declarations;
  const auto flush = [&] {
    if (!declarations.empty() && !full()) PutRules(declarations, scope);
    declarations.clear();
  };
  for (CssItem item = reader.Next(); item.kind != CssItem::Kind::kEnd; item = reader.Next()) {
    switch (item.kind) {
      case CssItem::Kind::kDeclaration:
        if (item.sound) declarations.push_back(item.text);
        break;
      case CssItem::Kind::kStatement:
        if (scope.selectors.empty()) ReadStatement(item.text, scope);
        break;
      case CssItem::Kind::kAtRule: {
        flush();
        ++rules_before_;
        std::optional<Scope> inner = Enter(item.text, scope);
        if (inner && ++inner->depth > limits::kBlocksDeepMax) {
          cut_ = true;
          inner.reset();
        }
        if (inner) {
          ReadBlock(reader, *inner);
        } else {
          reader.SkipBlock();
        }
        break;
      }
      case CssItem::Kind::kRule:
        flush();
        ++rules_before_;
        ReadRule(reader, item, scope);
        break;
      case CssItem::Kind::kEnd:
        break;
    }
  }
  flush();
}

// A rule, and the rules in it.
void StyleSheet::ReadRule(CssReader& reader, const CssItem& item, const Scope& outer) {
  std::string_view prelude = item.text;
  std::string clean;
  if (NeedsCleaning(prelude)) prelude = clean = CleanCss(prelude, Escapes::kKept);
  Scope scope{SplitCss(prelude, ','), outer.whom, outer.layer, outer.depth + 1};
  std::vector<std::string> under;
  if (!outer.selectors.empty()) {
    under = Under(outer.selectors, scope.selectors);
    scope.selectors.assign(under.begin(), under.end());
  }
  const bool deep = scope.depth > limits::kBlocksDeepMax;
  cut_ |= deep;
  const bool work = work_.Take(prelude.size());
  if (!item.sound || deep || !work || full() || scope.selectors.empty()) return reader.SkipBlock();
  ReadBlock(reader, scope);
}

// What a list inside a rule stands for: each of its selectors below each of the rule's, or
// where "&" stands for those.
std::vector<std::string> StyleSheet::Under(const std::vector<std::string_view>& parents,
                                           const std::vector<std::string_view>& list) {
  std::vector<std::string> out;
  for (const std::string_view selector : list) {
    for (const std::string_view parent : parents) {
      std::string one;
      if (selector.find('&') == std::string_view::npos) {
        one.append(parent).append(" ").append(selector);
      } else {
        for (const char c : selector) {
          if (c == '&') {
            one += parent;
          } else {
            one += c;
          }
          if (one.size() > limits::kSelectorBytesMax) break;
        }
      }
      if (!work_.Take(one.size()) || out.size() == limits::kSelectorChoicesMax ||
          one.size() > limits::kSelectorBytesMax) {
        cut_ = true;
        return out;
      }
      out.push_back(std::move(one));
    }
  }
  return out;
}

void StyleSheet::PutRules(const std::vector<std::string_view>& declarations, const Scope& scope) {
  Block block;
  CssVariables own(&variables_);  // what the block itself sets comes first
  for (const std::string_view text : declarations) {
    if (text.starts_with("--")) own.Set(text);
  }
  for (const std::string_view text : declarations) {
    ReadDeclaration(text, block.style, block.important, work_, &own);
    if (!StartsWithIgnoreCase(text, "content")) continue;
    const std::optional<CssDeclaration> content = SplitDeclaration(text);
    if (!content || !EqualsIgnoreCase(content->name, "content")) continue;
    if (std::string words = ContentWords(content->value); !words.empty()) {
      block.words = words;
      contents_.push_back({std::move(words), static_cast<size_t>(text.data() - text_.data())});
    }
  }
  cut_ |= own.cut();
  if (scope.whom == For::kSome) {
    block.style.KeepShowing();
    block.important.KeepShowing();
  }
  AddRules(scope, block);
}

namespace {

constexpr uint32_t kAnyElement = 2;  // even, as no hash of a name is

constexpr uint32_t FilterWord(uint32_t hash) { return hash >> 6 & 15; }
constexpr uint64_t FilterBit(uint32_t hash) { return uint64_t{1} << (hash & 63); }

}  // namespace

size_t StyleSheet::Index() {
  if (indexed_ == rules_.size()) return 0;
  indexed_ = rules_.size();
  keys_.clear();
  filter_ = {};
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    const Compound& last = compounds_[rules_[i].first + rules_[i].count - 1];
    const uint32_t hash = last.id != 0           ? last.id
                          : last.class_count > 0 ? last.classes[0]
                          : last.name != 0       ? last.name
                                                 : kAnyElement;
    keys_.push_back({hash, i});
    filter_[FilterWord(hash)] |= FilterBit(hash);
  }
  std::sort(keys_.begin(), keys_.end(), [](const Key& a, const Key& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.rule < b.rule;
  });
  return keys_.size() * 16;  // comparisons of the sort, about
}

bool StyleSheet::full() const { return rules_.size() >= limits::kCssRulesMax; }

size_t StyleSheet::bytes() const {
  size_t bytes = sizeof *this + styles_.size() * sizeof(Style) + rules_.size() * sizeof(Rule) +
                 compounds_.size() * sizeof(Compound) + keys_.size() * sizeof(Key);
  for (const std::string& words : words_) bytes += sizeof words + words.size();
  for (const SelectorTest& test : tests_)
    bytes += sizeof test + test.name.size() + test.value.size();
  return bytes;
}

void StyleSheet::AddRules(const Scope& scope, const Block& block) {
  if (block.style.empty() && block.important.empty() && block.words.empty()) return;
  const auto index = [](auto& list, const auto& value, bool wanted) {
    if (!wanted) return kNone;
    list.push_back(value);
    return static_cast<uint32_t>(list.size() - 1);
  };
  const size_t rules = rules_.size(), compounds = compounds_.size();
  const size_t styles = styles_.size(), words = words_.size();
  Target target;
  target.plain = index(styles_, block.style, !block.style.empty());
  target.important = index(styles_, block.important, !block.important.empty());
  target.words = index(words_, block.words, !block.words.empty());
  target.layer = scope.layer;
  for (const std::string_view selector : scope.selectors) {
    if (full() || AddSelector(selector, target)) continue;
    // Browsers drop a list with one wrong selector.
    rules_.resize(rules);
    compounds_.resize(compounds);
    break;
  }
  if (rules_.size() > rules) return;
  styles_.resize(styles);
  words_.resize(words);
}

// False if it is none.
bool StyleSheet::AddSelector(std::string_view selector, const Target& target) {
  if (selector.find('(') == std::string_view::npos)
    return AddChoice(selector, target, std::nullopt) != On::kInvalid;
  const uint32_t specificity = SpecificityOf(selector, 0);
  std::vector<std::string> choices = {std::string(selector)};  // still to be read
  size_t undone = 0, wrong = 0;
  for (; !choices.empty() && undone < limits::kSelectorChoicesMax && !full(); ++undone) {
    const std::string one = std::move(choices.back());
    choices.pop_back();
    std::optional<std::vector<std::string>> more = UndoChoice(one);
    size_t bytes = one.size();
    if (!more) {
      wrong += AddChoice(one, target, specificity) == On::kInvalid;
    } else {
      ++wrong;  // as long as no choice is a right one
      for (std::string& choice : *more) {
        bytes += choice.size();
        choices.push_back(std::move(choice));
      }
    }
    if (!work_.Take(bytes)) break;
  }
  cut_ |= !choices.empty();
  return wrong < undone;
}

StyleSheet::On StyleSheet::AddChoice(std::string_view selector, const Target& target,
                                     std::optional<uint32_t> specificity) {
  Rule rule;
  rule.first = static_cast<uint32_t>(compounds_.size());
  rule.layer = target.layer;
  const On on = ReadSelector(selector, rule);
  if (specificity) rule.specificity = *specificity;
  const size_t before = rules_.size();
  if (on == On::kElement && target.plain != kNone) rules_.emplace_back(rule).style = target.plain;
  if (on == On::kElement && target.important != kNone) {
    rules_.emplace_back(rule).style = target.important;
    rules_.back().important = true;
  }
  if (on == On::kBeside && target.words != kNone) rules_.emplace_back(rule).content = target.words;
  if (rules_.size() == before) compounds_.resize(rule.first);
  return on;
}

bool StyleSheet::Fits(const Compound& compound, const Subject& subject) {
  if (compound.id != 0 && compound.id != subject.id) return false;
  if (compound.name != 0 && compound.name != subject.name) return false;
  for (uint32_t i = 0; i < compound.class_count; ++i) {
    bool has = false;
    for (uint32_t k = 0; k < subject.class_count; ++k)
      has |= subject.classes[k] == compound.classes[i];
    if (!has) return false;
  }
  for (uint32_t i = 0; i < compound.other_count; ++i) {
    if (subject.Bears(compound.others[i])) return false;
  }
  return true;
}

// Whether the compounds up to `wanted` stand among the ancestors of an element that
// fits the one behind it.
bool StyleSheet::Holds(const Rule& rule, int wanted, std::span<const Subject> ancestors,
                       size_t& work) const {
  if (wanted < 0) return true;
  const Compound& compound = compounds_[rule.first + static_cast<uint32_t>(wanted)];
  const bool child = compounds_[rule.first + static_cast<uint32_t>(wanted) + 1].child;
  // Which ancestor stands for a compound matters only if another is tied to it as
  // its parent; the tries at that are bounded.
  for (size_t up = ancestors.size(); up > 0 && work < limits::kSelectorTriesMax; --up) {
    ++work;
    if (Fits(compound, ancestors[up - 1])) {
      if (Holds(rule, wanted - 1, ancestors.first(up - 1), work)) return true;
      if (!compound.child) return false;
    }
    if (child) return false;
  }
  return false;
}

size_t StyleSheet::Look(uint32_t hash, const Subject& subject, std::span<const Subject> ancestors,
                        std::vector<MatchedRule>& matched, size_t work_max) const {
  if (hash == 0 || (filter_[FilterWord(hash)] & FilterBit(hash)) == 0) return 0;
  size_t all = 8;  // the search itself
  auto key =
      std::lower_bound(keys_.begin(), keys_.end(), hash,
                       [](const Key& entry, uint32_t wanted) { return entry.hash < wanted; });
  for (; key != keys_.end() && key->hash == hash && all < work_max; ++key) {
    const Rule& rule = rules_[key->rule];
    size_t work = 1;
    if (Fits(compounds_[rule.first + rule.count - 1], subject) &&
        Holds(rule, rule.count - 2, ancestors, work)) {
      matched.push_back({rule.specificity, key->rule, rule.layer, rule.important,
                         rule.style == kNone ? nullptr : &styles_[rule.style],
                         rule.content == kNone ? nullptr : &words_[rule.content]});
    }
    if (work >= limits::kSelectorTriesMax) return work_max;  // it may hold all the same
    all += work;
  }
  return all;
}

size_t StyleSheet::Match(const Subject& subject, std::span<const Subject> ancestors,
                         std::vector<MatchedRule>& matched, size_t work_max) const {
  if (rules_.empty()) return 0;
  size_t work = 0;
  const auto look = [&](uint32_t hash) {
    if (work >= work_max) return;
    const size_t before = matched.size();
    work += Look(hash, subject, ancestors, matched, work_max - work);
    work += (matched.size() - before) * 16;  // sorting and applying
  };
  look(kAnyElement);
  look(subject.name);
  look(subject.id);
  for (uint32_t i = 0; i < subject.class_count; ++i) look(subject.classes[i]);
  return work;
}

}  // namespace xuncha
