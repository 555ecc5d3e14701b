// Style sheets: from CSS text to rules that can be looked up by id, class or tag.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/style.h"

namespace xuncha {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool IsNameChar(char c) {
  return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '\\' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool Contains(std::string_view text, std::string_view needle) {
  return FindIgnoreCase(text, needle) != std::string_view::npos;
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

// Whether rules under this @media condition apply to a visitor at a desk.
bool MediaApplies(std::string_view condition) {
  if (Contains(condition, "print") || Contains(condition, "max-width") ||
      Contains(condition, "speech") || Contains(condition, "orientation") ||
      Contains(condition, "prefers")) {
    return false;
  }
  const size_t min_width = FindIgnoreCase(condition, "min-width");
  if (min_width == std::string_view::npos) return true;
  const size_t colon = condition.find(':', min_width);
  const std::optional<float> width =
      colon == std::string_view::npos ? std::nullopt : ReadLength(condition.substr(colon + 1));
  return width && *width <= 320;  // narrower than any screen: applies to all
}

// The strings of a `content:` value, escapes undone, if they are words: icons of
// private code points, quotation marks and counters are not.
std::string ContentWords(std::string_view declarations) {
  size_t at = 0;
  while ((at = FindIgnoreCase(declarations, "content", at)) != std::string_view::npos) {
    const bool starts = at == 0 || IsSpace(declarations[at - 1]) || declarations[at - 1] == ';' ||
                        declarations[at - 1] == '/';
    at += 7;
    if (!starts) continue;
    while (at < declarations.size() && IsSpace(declarations[at])) ++at;
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
      ++at;
      char32_t code = 0;
      size_t digits = 0;
      while (at < declarations.size() && digits < 6) {
        const char c = Lower(declarations[at]);
        const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0) break;
        code = code * 16 + static_cast<char32_t>(value);
        ++digits;
        ++at;
      }
      if (digits == 0) {
        words.push_back(declarations[at++]);
      } else {
        const bool valid = code != 0 && code <= 0x10FFFF && (code < 0xD800 || code >= 0xE000);
        AppendUtf8(words, valid ? code : 0xFFFD);
        if (at < declarations.size() && IsSpace(declarations[at])) ++at;
      }
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
  while (at < css.size()) {
    // The prelude up to '{', ';' or a stray '}'.
    while (at < css.size() && (IsSpace(css[at]) || css[at] == '}' || css[at] == ';')) ++at;
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
      if ((StartsWithIgnoreCase(prelude, "@media") && MediaApplies(prelude)) ||
          StartsWithIgnoreCase(prelude, "@supports") || StartsWithIgnoreCase(prelude, "@layer")) {
        at = inside;  // its rules are read like any other; the closing '}' is stray
      } else {
        at = BlockEnd(css, inside);
      }
      continue;
    }
    const size_t end = BlockEnd(css, inside);
    const size_t size = end > inside ? end - inside - (css[end - 1] == '}' ? 1 : 0) : 0;
    AddRules(prelude, css.substr(inside, size), inside);
    at = end;
  }
}

size_t StyleSheet::Index() {
  if (indexed_ == rules_.size()) return 0;
  indexed_ = rules_.size();
  keys_.clear();
  filter_ = {};
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    const Subject& last = rules_[i].compounds[rules_[i].compound_count - 1];
    const uint32_t hash = last.id != 0           ? last.id
                          : last.class_count > 0 ? last.classes[0]
                                                 : last.name;
    keys_.push_back({hash, i});
    filter_[hash >> 6 & 3] |= uint64_t{1} << (hash & 63);
  }
  std::sort(keys_.begin(), keys_.end(), [](const Key& a, const Key& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.rule < b.rule;
  });
  return keys_.size() * 16;  // comparisons of the sort, about
}

void StyleSheet::AddRules(std::string_view selectors, std::string_view declarations,
                          size_t offset) {
  if (Contains(declarations, "content")) {
    std::string words = ContentWords(declarations);
    if (!words.empty()) contents_.push_back({std::move(words), offset});
  }
  if (rules_.size() >= limits::kCssRulesMax) return;
  Style style;
  ReadDeclarations(declarations, style);
  if (style.empty()) return;
  const auto index = static_cast<uint32_t>(styles_.size());
  bool used = false;
  for (size_t at = 0; at <= selectors.size() && rules_.size() < limits::kCssRulesMax;) {
    const size_t comma = std::min(selectors.find(',', at), selectors.size());
    Rule rule;
    if (ReadSelector(Trim(selectors.substr(at, comma - at)), rule)) {
      rule.style = index;
      rules_.push_back(rule);
      used = true;
    }
    at = comma + 1;
  }
  if (used) styles_.push_back(style);
}

bool StyleSheet::ReadSelector(std::string_view text, Rule& rule) const {
  if (text.empty() || text.find_first_of(":[+~") != std::string_view::npos) return false;
  size_t at = 0;
  while (at < text.size()) {
    if (IsSpace(text[at]) || text[at] == '>') {
      ++at;
      continue;
    }
    if (rule.compound_count == kCompoundsMax) return false;
    Subject& compound = rule.compounds[rule.compound_count++];
    bool any = false;
    while (at < text.size() && !IsSpace(text[at]) && text[at] != '>') {
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
      if (end == begin) return false;
      const std::string_view name = text.substr(begin, end - begin);
      if (name.find('\\') != std::string_view::npos) return false;
      if (kind == '#') {
        compound.id = HashStyleName(name, '#');
        rule.specificity += 10000;
      } else if (kind == '.') {
        if (compound.class_count == compound.classes.size()) return false;
        compound.classes[compound.class_count++] = HashStyleName(name, '.');
        rule.specificity += 100;
      } else {
        compound.name = HashStyleName(name, 't');
        rule.specificity += 1;
      }
      any = true;
      at = end;
    }
    if (!any) return false;
  }
  if (rule.compound_count == 0) return false;
  // "*" alone would be looked up for every element; what it sets hides nothing.
  const Subject& last = rule.compounds[rule.compound_count - 1];
  return last.id != 0 || last.class_count > 0 || last.name != 0;
}

namespace {

bool Fits(const Subject& pattern, const Subject& subject) {
  if (pattern.id != 0 && pattern.id != subject.id) return false;
  if (pattern.name != 0 && pattern.name != subject.name) return false;
  for (int i = 0; i < pattern.class_count; ++i) {
    bool has = false;
    for (int k = 0; k < subject.class_count; ++k) has |= subject.classes[k] == pattern.classes[i];
    if (!has) return false;
  }
  return true;
}

}  // namespace

bool StyleSheet::Holds(const Rule& rule, const Subject& subject, std::span<const Subject> ancestors,
                       size_t& work) const {
  ++work;
  int wanted = rule.compound_count - 1;
  if (!Fits(rule.compounds[wanted], subject)) return false;
  size_t up = ancestors.size();
  for (--wanted; wanted >= 0; --wanted) {
    while (up > 0 && !Fits(rule.compounds[wanted], ancestors[up - 1])) --up, ++work;
    if (up == 0) return false;
    --up;
  }
  return true;
}

size_t StyleSheet::Look(uint32_t hash, const Subject& subject, std::span<const Subject> ancestors,
                        std::vector<uint32_t>& found) const {
  if (hash == 0 || (filter_[hash >> 6 & 3] >> (hash & 63) & 1) == 0) return 0;
  size_t work = 0;
  auto key =
      std::lower_bound(keys_.begin(), keys_.end(), hash,
                       [](const Key& entry, uint32_t wanted) { return entry.hash < wanted; });
  for (; key != keys_.end() && key->hash == hash; ++key) {
    if (Holds(rules_[key->rule], subject, ancestors, work)) found.push_back(key->rule);
  }
  return work;
}

size_t StyleSheet::Match(const Subject& subject, std::span<const Subject> ancestors,
                         Style& style) const {
  if (rules_.empty()) return 0;
  std::vector<uint32_t> found;
  size_t work = Look(subject.name, subject, ancestors, found);
  work += Look(subject.id, subject, ancestors, found);
  for (int i = 0; i < subject.class_count; ++i) {
    work += Look(subject.classes[i], subject, ancestors, found);
  }
  if (found.size() > 1) {
    std::sort(found.begin(), found.end(), [this](uint32_t a, uint32_t b) {
      return rules_[a].specificity != rules_[b].specificity
                 ? rules_[a].specificity < rules_[b].specificity
                 : a < b;
    });
  }
  for (uint32_t rule : found) style.Apply(styles_[rules_[rule].style]);
  work += found.size() * 16;  // sorting and applying
  return work;
}

}  // namespace xuncha
