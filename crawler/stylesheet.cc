// Style sheets: from CSS text to rules that can be looked up by id, class or tag.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/media.h"
#include "crawler/style.h"

namespace xuncha {
namespace {

constexpr int kNestingMax = 4;        // of rules in rules; people write two
constexpr size_t kSelectorsMax = 64;  // one list may stand for, with :is() and & undone
constexpr size_t kSelectorBytesMax = 2'048;

// Behind the '}' that ends the block whose '{' stands before `at`, or the end.
// Strings and comments hold no braces.
size_t BlockEnd(std::string_view css, size_t at) {
  int depth = 1;
  while (at < css.size()) {
    const char c = css[at];
    if (c == '"' || c == '\'') {
      ++at;
      while (at < css.size() && css[at] != c && css[at] != '\n') at += css[at] == '\\' ? 2 : 1;
    } else if (c == '/' && at + 1 < css.size() && css[at + 1] == '*') {
      const size_t end = css.find("*/", at + 2);
      if (end == std::string_view::npos) return css.size();
      at = end + 1;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
    ++at;
  }
  return css.size();
}

}  // namespace

namespace {

// The parts of a selector list between commas that stand in no bracket and no string.
std::vector<std::string_view> SplitSelectors(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  char quote = 0;
  size_t begin = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    const char c = at < text.size() ? text[at] : ',';
    if (quote != 0 && at < text.size()) {
      if (c == '\\') ++at;
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (c == '(' || c == '[') ++depth;
    if ((c == ')' || c == ']') && depth > 0) --depth;
    if (c != ',' || (depth > 0 && at < text.size())) continue;
    if (at > begin) parts.push_back(Trim(text.substr(begin, at - begin)));
    begin = at + 1;
  }
  return parts;
}

// A selector with the first :is() or :where() in it undone, once for each of its choices;
// nothing if there is none. A choice that is more than one compound only fits where the
// whole compound is the :is().
std::optional<std::vector<std::string>> UndoChoice(std::string_view selector) {
  size_t at = std::string_view::npos, open = 0;
  for (const std::string_view name : {":is(", ":where(", ":matches(", ":-webkit-any("}) {
    const size_t found = FindIgnoreCase(selector, name);
    if (found < at) {
      at = found;
      open = found + name.size();
    }
  }
  if (at == std::string_view::npos) return std::nullopt;
  std::vector<std::string> out;
  size_t end = open;
  for (int depth = 1; end < selector.size(); ++end) {
    if (selector[end] == '(') ++depth;
    if (selector[end] == ')' && --depth == 0) break;
  }
  if (end == selector.size()) return out;
  const size_t edge = at == 0 ? std::string_view::npos : selector.find_last_of(" >+~(", at - 1);
  const size_t begin = edge == std::string_view::npos ? 0 : edge + 1;
  const std::string_view before = selector.substr(0, begin);
  std::string_view own = selector.substr(begin, at - begin);  // of the compound
  if (own == "*") own = {};
  const std::string_view behind = selector.substr(end + 1);
  for (const std::string_view choice : SplitSelectors(selector.substr(open, end - open))) {
    const bool named =
        !choice.empty() && std::string_view(".#[:*").find(choice[0]) == std::string_view::npos;
    const bool one = choice.find_first_of(" >+~") == std::string_view::npos;
    if (!own.empty() && !one) continue;
    std::string whole(before);
    if (named && !own.empty() && own[0] != '.' && own[0] != '#' && own[0] != '[' && own[0] != ':')
      continue;  // two names
    whole +=
        named ? std::string(choice) + std::string(own) : std::string(own) + std::string(choice);
    whole += behind;
    if (whole.size() <= kSelectorBytesMax && out.size() < kSelectorsMax)
      out.push_back(std::move(whole));
  }
  return out;
}

// What a list inside a rule stands for: each of its selectors below each of the rule's, or
// where "&" stands for those.
std::string Under(std::string_view parents, std::string_view list) {
  std::string out;
  size_t count = 0;
  for (const std::string_view selector : SplitSelectors(list)) {
    for (const std::string_view parent : SplitSelectors(parents)) {
      if (++count > kSelectorsMax || out.size() > kSelectorBytesMax * 8) return out;
      if (!out.empty()) out += ',';
      if (selector.find('&') == std::string_view::npos) {
        out += parent;
        out += ' ';
        out += selector;
        continue;
      }
      for (const char c : selector) {
        if (c == '&') {
          out += parent;
        } else {
          out += c;
        }
      }
    }
  }
  return out;
}

// The strings of a `content:` value, escapes undone, if they are words: icons of
// private code points, quotation marks and counters are not.
std::string ContentWords(std::string_view declarations) {
  size_t at = 0;
  while ((at = FindIgnoreCase(declarations, "content", at)) != std::string_view::npos) {
    const bool starts = at == 0 || IsAsciiSpace(declarations[at - 1]) ||
                        declarations[at - 1] == ';' || declarations[at - 1] == '/';
    at += 7;
    if (!starts) continue;
    while (at < declarations.size() && IsAsciiSpace(declarations[at])) ++at;
    if (at < declarations.size() && declarations[at] == ':') break;
  }
  if (at == std::string_view::npos) return {};
  std::string words;
  while (at < declarations.size() && declarations[at] != ';') {
    const char quote = declarations[at++];
    if (quote != '"' && quote != '\'') continue;
    while (at < declarations.size() && declarations[at] != quote) {
      if (declarations[at] != '\\' || at + 1 >= declarations.size()) {
        words.push_back(declarations[at++]);
        continue;
      }
      at = AppendCssEscape(words, declarations, at);
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

// To whom the rules in an @block apply.
Media MediaOf(std::string_view prelude) {
  if (StartsWithIgnoreCase(prelude, "@media")) return ReadMedia(prelude.substr(6));
  if (StartsWithIgnoreCase(prelude, "@layer")) return Media::kEverybody;
  if (StartsWithIgnoreCase(prelude, "@supports"))
    return ContainsIgnoreCase(prelude, "not") ? Media::kSome : Media::kEverybody;
  if (StartsWithIgnoreCase(prelude, "@scope") || StartsWithIgnoreCase(prelude, "@container"))
    return Media::kSome;
  return Media::kNobody;
}

}  // namespace

StyleSheet::StyleSheet() : work_(limits::kStyleWorkMax) {}

void StyleSheet::Add(std::string_view css) {
  contents_.clear();
  imports_.clear();
  if (css.find("--") != std::string_view::npos) variables_.Read(css);
  size_t at = 0;
  size_t for_some = 0;  // rules before this place do not apply to everybody
  while (at < css.size()) {
    // The prelude up to '{', ';' or a stray '}'.
    while (at < css.size() && (IsAsciiSpace(css[at]) || css[at] == '}' || css[at] == ';')) ++at;
    if (css.substr(at).starts_with("/*")) {
      const size_t end = css.find("*/", at + 2);
      at = end == std::string_view::npos ? css.size() : end + 2;
      continue;
    }
    if (css.substr(at).starts_with("<!--")) at += 4;
    if (css.substr(at).starts_with("-->")) at += 3;
    const size_t begin = at;
    char quote = 0;
    while (at < css.size() &&
           (quote != 0 || (css[at] != '{' && css[at] != '}' && css[at] != ';'))) {
      const char c = css[at];
      if (quote != 0) {
        if (c == quote || c == '\n') quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      }
      ++at;
    }
    std::string_view prelude = Trim(css.substr(begin, at - begin));
    if (at >= css.size()) break;
    if (css[at] != '{') {
      if (StartsWithIgnoreCase(prelude, "@import")) {
        size_t from = prelude.find_first_of("\"'(");
        if (from != std::string_view::npos) {
          from = prelude.find_first_not_of("\"'( ", from);
          if (from != std::string_view::npos) {
            imports_.emplace_back(
                prelude.substr(from, prelude.find_first_of("\"') ", from) - from));
          }
        }
      }
      continue;
    }
    const size_t inside = at + 1;
    if (prelude.starts_with('@')) {
      const Media media = MediaOf(prelude);
      if (media == Media::kNobody || (media == Media::kSome && at < for_some)) {
        at = media == Media::kNobody ? BlockEnd(css, inside) : inside;
        continue;
      }
      // Its rules are read like any other; the closing '}' is stray.
      if (media == Media::kSome) for_some = BlockEnd(css, inside);
      at = inside;
      continue;
    }
    const size_t end = BlockEnd(css, inside);
    const size_t size = end > inside ? end - inside - (css[end - 1] == '}' ? 1 : 0) : 0;
    const std::string_view declarations = css.substr(inside, size);
    ReadRule(prelude, declarations, inside, inside < for_some ? For::kSome : For::kEverybody, 0);
    at = end;
  }
}

// A rule, and the rules in it.
void StyleSheet::ReadRule(std::string_view prelude, std::string_view declarations, size_t place,
                          For whom, int depth) {
  std::string own;
  if (declarations.find('{') != std::string_view::npos) {
    size_t begin = 0;  // of what is no rule yet
    for (size_t at = 0; at < declarations.size();) {
      const size_t mark = declarations.find_first_of("{;\"'", at);
      if (mark == std::string_view::npos) break;
      if (declarations[mark] == ';') {
        own += declarations.substr(begin, mark + 1 - begin);
        begin = at = mark + 1;
        continue;
      }
      if (declarations[mark] != '{') {  // a string holds no rule
        const size_t close = declarations.find(declarations[mark], mark + 1);
        if (close == std::string_view::npos) break;
        at = close + 1;
        continue;
      }
      const size_t end = BlockEnd(declarations, mark + 1);
      const size_t size = end - mark - 1 - (declarations[end - 1] == '}' ? 1 : 0);
      const std::string_view inner = Trim(declarations.substr(begin, mark - begin));
      const std::string_view block = declarations.substr(mark + 1, size);
      if (depth < kNestingMax && !inner.starts_with('@')) {
        ReadRule(Under(prelude, inner), block, place + mark + 1, whom, depth + 1);
      } else if (const Media media = MediaOf(inner);
                 depth < kNestingMax && media != Media::kNobody) {
        ReadRule(prelude, block, place + mark + 1, media == Media::kSome ? For::kSome : whom,
                 depth + 1);
      }
      begin = at = end;
    }
    own += declarations.substr(begin);
    declarations = own;
  }
  Block block;
  if (ContainsIgnoreCase(declarations, "content")) {
    block.words = ContentWords(declarations);
    if (!block.words.empty()) contents_.push_back({block.words, place});
  }
  if (full()) return;
  ReadDeclarations(declarations, block.style, block.important, work_, &variables_);
  if (whom == For::kSome) {
    block.style.KeepShowing();
    block.important.KeepShowing();
  }
  AddRules(prelude, block);
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

void StyleSheet::AddRules(std::string_view selectors, const Block& block) {
  const auto index = [](auto& list, const auto& value, bool wanted) {
    if (!wanted) return kNone;
    list.push_back(value);
    return static_cast<uint32_t>(list.size() - 1);
  };
  if (block.style.empty() && block.important.empty() && block.words.empty()) return;
  const uint32_t plain = index(styles_, block.style, !block.style.empty());
  const uint32_t important = index(styles_, block.important, !block.important.empty());
  const uint32_t words = index(words_, block.words, !block.words.empty());
  std::vector<std::string> choices;  // of selectors, still to be read
  const auto read = [&](std::string_view selector) {
    Rule rule;
    rule.first = static_cast<uint32_t>(compounds_.size());
    const On on = ReadSelector(selector, rule);
    const size_t before = rules_.size();
    if (on == On::kElement && plain != kNone) rules_.emplace_back(rule).style = plain;
    if (on == On::kElement && important != kNone) {
      rules_.emplace_back(rule).style = important;
      rules_.back().important = true;
    }
    if (on == On::kBeside && words != kNone) rules_.emplace_back(rule).content = words;
    if (rules_.size() == before) compounds_.resize(rule.first);
  };
  for (const std::string_view selector : SplitSelectors(selectors)) {
    if (full()) return;
    if (selector.find('(') == std::string_view::npos) {
      read(selector);
      continue;
    }
    choices.assign(1, std::string(selector));
    for (size_t undone = 0; !choices.empty() && undone < kSelectorsMax && !full(); ++undone) {
      const std::string one = std::move(choices.back());
      choices.pop_back();
      std::optional<std::vector<std::string>> more = UndoChoice(one);
      if (!more) {
        read(one);
      } else {
        for (std::string& choice : *more) choices.push_back(std::move(choice));
      }
    }
  }
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
      matched.push_back({rule.specificity, key->rule, rule.important,
                         rule.style == kNone ? nullptr : &styles_[rule.style],
                         rule.content == kNone ? nullptr : &words_[rule.content]});
    }
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
