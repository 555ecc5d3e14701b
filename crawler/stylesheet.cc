// Style sheets: from CSS text to rules that can be looked up by id, class or tag.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/style.h"

namespace xuncha {
namespace {

bool IsNameChar(char c) {
  return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '\\' ||
         static_cast<unsigned char>(c) >= 0x80;
}
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

Media ReadMedia(std::string_view condition) {
  Media media = Media::kNobody;
  for (std::string_view part : Split(condition, ',')) {
    part = Trim(part);
    const bool negated = StartsWithIgnoreCase(part, "not ");
    const bool paper = ContainsIgnoreCase(part, "print") || ContainsIgnoreCase(part, "speech");
    Media one = Media::kEverybody;
    if (paper != negated) {
      one = Media::kNobody;
    } else if (part.find('(') != std::string_view::npos) {
      one = Media::kSome;
      // Narrower than any screen: applies to all.
      constexpr float kNarrowest = 320;
      const size_t min_width = FindIgnoreCase(part, "min-width");
      const size_t colon =
          min_width == std::string_view::npos ? min_width : part.find(':', min_width);
      if (colon != std::string_view::npos && !ContainsIgnoreCase(part, "max-") &&
          !ContainsIgnoreCase(part, "orientation")) {
        const std::optional<float> width = ReadLength(part.substr(colon + 1));
        if (width && *width <= kNarrowest) one = Media::kEverybody;
      }
    }
    media = std::max(media, one);
  }
  return media;
}

namespace {

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

}  // namespace

void StyleSheet::Add(std::string_view css) {
  contents_.clear();
  imports_.clear();
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
      Media media = Media::kNobody;
      if (StartsWithIgnoreCase(prelude, "@media")) media = ReadMedia(prelude.substr(6));
      if (StartsWithIgnoreCase(prelude, "@supports") || StartsWithIgnoreCase(prelude, "@layer"))
        media = Media::kEverybody;
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
    Block block;
    if (ContainsIgnoreCase(declarations, "content")) {
      block.words = ContentWords(declarations);
      if (!block.words.empty()) contents_.push_back({block.words, inside});
    }
    if (!full()) {
      ReadDeclarations(declarations, block.style, block.important);
      if (inside < for_some) {
        block.style.KeepShowing();
        block.important.KeepShowing();
      }
      AddRules(prelude, block);
    }
    at = end;
  }
}

namespace {

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
                                                 : last.name;
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
  for (size_t at = 0; at <= selectors.size() && !full();) {
    const size_t comma = std::min(selectors.find(',', at), selectors.size());
    Rule rule;
    rule.first = static_cast<uint32_t>(compounds_.size());
    const On on = ReadSelector(Trim(selectors.substr(at, comma - at)), rule);
    at = comma + 1;
    const size_t before = rules_.size();
    if (on == On::kElement && plain != kNone) rules_.emplace_back(rule).style = plain;
    if (on == On::kElement && important != kNone) {
      rules_.emplace_back(rule).style = important;
      rules_.back().important = true;
    }
    if (on == On::kBeside && words != kNone) rules_.emplace_back(rule).content = words;
    if (rules_.size() == before) compounds_.resize(rule.first);
  }
}

StyleSheet::On StyleSheet::ReadSelector(std::string_view text, Rule& rule) {
  On on = On::kElement;
  if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    const std::string_view beside =
        text.substr(text.find_first_not_of(':', colon) == std::string_view::npos
                        ? text.size()
                        : text.find_first_not_of(':', colon));
    if (!EqualsIgnoreCase(beside, "before") && !EqualsIgnoreCase(beside, "after"))
      return On::kNothing;
    on = On::kBeside;
    text = text.substr(0, colon);
  }
  if (text.empty() || text.find_first_of("[+~") != std::string_view::npos) return On::kNothing;
  size_t at = 0;
  bool child = false;
  while (at < text.size()) {
    if (IsAsciiSpace(text[at]) || text[at] == '>') {
      child |= text[at] == '>';
      ++at;
      continue;
    }
    if (rule.count == limits::kSelectorCompoundsMax) return On::kNothing;
    ++rule.count;
    Compound& compound = compounds_.emplace_back();
    compound.child = child;
    child = false;
    bool any = false;
    while (at < text.size() && !IsAsciiSpace(text[at]) && text[at] != '>') {
      const char kind = text[at];
      if (kind == '*') {
        ++at;
        any = true;
        continue;
      }
      size_t begin = at;
      if (kind == '.' || kind == '#') ++begin;
      size_t end = begin;
      while (end < text.size() && IsNameChar(text[end])) ++end;
      if (end == begin) return On::kNothing;
      const std::string_view name = text.substr(begin, end - begin);
      if (name.find('\\') != std::string_view::npos) return On::kNothing;
      if (kind == '#') {
        compound.id = HashStyleName(name, '#');
        rule.specificity += 10000;
      } else if (kind == '.') {
        if (compound.class_count == compound.classes.size()) return On::kNothing;
        compound.classes[compound.class_count++] = HashStyleName(name, '.');
        rule.specificity += 100;
      } else {
        compound.name = HashStyleName(name, 't');
        rule.specificity += 1;
      }
      any = true;
      at = end;
    }
    if (!any) return On::kNothing;
  }
  if (rule.count == 0) return On::kNothing;
  // "*" alone would be looked up for every element; what it sets hides nothing.
  const Compound& last = compounds_.back();
  return last.id != 0 || last.class_count > 0 || last.name != 0 ? on : On::kNothing;
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
  look(subject.name);
  look(subject.id);
  for (uint32_t i = 0; i < subject.class_count; ++i) look(subject.classes[i]);
  return work;
}

}  // namespace xuncha
