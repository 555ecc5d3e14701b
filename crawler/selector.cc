// Selectors: from ".a > p:not([b^=c])" to the compounds a style sheet looks up.
//
// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/limits_style.h"
#include "crawler/style.h"

namespace xuncha {
namespace {

constexpr size_t kTestsMax = 256;  // of one style sheet; a large framework has fifty

bool IsNameChar(char c) {
  return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '\\' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The name at text[at], escapes undone, and moves behind it.
std::string ReadName(std::string_view text, size_t& at) {
  std::string name;
  while (at < text.size() && IsNameChar(text[at])) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      at = AppendCssEscape(name, text, at);
    } else {
      name.push_back(text[at++]);
    }
  }
  return name;
}

// The inside of the bracket that opens at text[at], and moves behind it; nothing if it
// does not close.
std::optional<std::string_view> ReadBracket(std::string_view text, size_t& at, char open,
                                            char close) {
  const size_t begin = at + 1;
  int depth = 0;
  char quote = 0;
  for (; at < text.size(); ++at) {
    if (quote != 0) {
      if (text[at] == quote) quote = 0;
    } else if (text[at] == '"' || text[at] == '\'') {
      quote = text[at];
    } else if (text[at] == open) {
      ++depth;
    } else if (text[at] == close && --depth == 0) {
      return text.substr(begin, at++ - begin);
    }
  }
  return std::nullopt;
}

// "odd", "3", "2n+1", "-n + 3" as step and offset.
bool ReadNth(std::string_view text, SelectorTest& test) {
  std::string clean;
  for (const char c : text) {
    if (!IsAsciiSpace(c)) clean.push_back(AsciiLower(c));
  }
  if (clean == "odd" || clean == "even") {
    test.step = 2;
    test.offset = clean == "odd" ? 1 : 0;
    return true;
  }
  const auto number = [](std::string_view digits, int& value) {
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    constexpr int kMax = 1'000'000;  // so that nothing overflows
    return error == std::errc() && end == digits.data() + digits.size() && value <= kMax &&
           value >= -kMax;
  };
  const size_t n = clean.find('n');
  if (n == std::string::npos) return number(clean, test.offset);
  const std::string_view step = std::string_view(clean).substr(0, n);
  const std::string_view offset = std::string_view(clean).substr(n + 1);
  if (step.empty() || step == "+") {
    test.step = 1;
  } else if (step == "-") {
    test.step = -1;
  } else if (!number(step, test.step)) {
    return false;
  }
  return offset.empty() || number(offset, test.offset);
}

}  // namespace

uint32_t StyleSheet::AddTest(SelectorTest test) {
  std::string key = test.name + '\n' + test.value + '\n' + std::to_string(test.step) + ' ' +
                    std::to_string(test.offset) + ' ' + std::to_string(static_cast<int>(test.kind));
  test.hash = HashStyleName(key, '[');
  for (const SelectorTest& known : tests_) {
    if (known.hash == test.hash) return test.hash;
  }
  if (tests_.size() >= kTestsMax) return 0;
  tests_.push_back(std::move(test));
  return tests_.back().hash;
}

// "name", "name=value", "name ^= 'value' i". Values are held without regard to case: the
// flag that asks for it is one more way to write a name.
uint32_t StyleSheet::ReadAttributeTest(std::string_view inside) {
  inside = Trim(inside);
  size_t at = 0;
  SelectorTest test;
  test.name = AsciiLower(ReadName(inside, at));
  if (test.name.empty()) return 0;
  while (at < inside.size() && IsAsciiSpace(inside[at])) ++at;
  if (at == inside.size()) return AddTest(std::move(test));
  switch (inside[at]) {
    case '=':
      test.kind = SelectorTest::Kind::kIs;
      break;
    case '~':
      test.kind = SelectorTest::Kind::kWord;
      break;
    case '|':
      test.kind = SelectorTest::Kind::kPrefix;
      break;
    case '^':
      test.kind = SelectorTest::Kind::kBegins;
      break;
    case '$':
      test.kind = SelectorTest::Kind::kEnds;
      break;
    case '*':
      test.kind = SelectorTest::Kind::kContains;
      break;
    default:
      return 0;
  }
  if (inside[at] != '=' && (++at == inside.size() || inside[at] != '=')) return 0;
  std::string_view value = Trim(inside.substr(at + 1));
  if (!value.empty() && (value[0] == '"' || value[0] == '\'')) {
    const char quote = value[0];
    for (size_t i = 1; i < value.size() && value[i] != quote;) {
      if (value[i] == '\\' && i + 1 < value.size()) {
        i = AppendCssEscape(test.value, value, i);
      } else {
        test.value.push_back(value[i++]);
      }
    }
  } else {
    size_t end = 0;
    test.value = ReadName(value, end);
    if (end != value.size() && !IsAsciiSpace(value[end])) return 0;
  }
  const bool part = test.kind == SelectorTest::Kind::kBegins ||
                    test.kind == SelectorTest::Kind::kEnds ||
                    test.kind == SelectorTest::Kind::kContains;
  if (part && test.value.empty()) return 0;  // holds for nothing
  return AddTest(std::move(test));
}

uint32_t StyleSheet::ReadSimple(std::string_view text, int depth) {
  if (depth > limits::kPseudoDepthMax) {
    cut_ = true;
    return 0;
  }
  text = Trim(text);
  size_t at = 0;
  if (text.empty()) return 0;
  if (text[0] == '[') {
    const std::optional<std::string_view> inside = ReadBracket(text, at, '[', ']');
    return inside && at == text.size() ? ReadAttributeTest(*inside) : 0;
  }
  if (text[0] == ':') {
    Rule rule;
    Compound compound;
    if (ReadPseudo(text, at, rule, compound, depth) != On::kElement || at != text.size()) return 0;
    if (compound.name != 0) return compound.name;
    return compound.class_count == 1 && compound.other_count == 0 ? compound.classes[0] : 0;
  }
  const char kind = text[0] == '#' || text[0] == '.' ? text[at++] : 't';
  const std::string name = ReadName(text, at);
  return name.empty() || at != text.size() ? 0 : HashStyleName(name, kind);
}

// ":not(...)", ":first-child", "::before"; states and what is not known match nothing.
StyleSheet::On StyleSheet::ReadPseudo(std::string_view text, size_t& at, Rule& rule,
                                      Compound& compound, int depth) {
  while (at < text.size() && text[at] == ':') ++at;
  const std::string name = AsciiLower(ReadName(text, at));
  if (name == "before" || name == "after") return at == text.size() ? On::kBeside : On::kNothing;
  std::optional<std::string_view> inside;
  if (at < text.size() && text[at] == '(') {
    inside = ReadBracket(text, at, '(', ')');
    if (!inside) return On::kNothing;
  }
  rule.specificity += 100;
  if (name == "not" && inside) {
    for (const std::string_view other : Split(*inside, ',')) {
      const uint32_t hash = ReadSimple(other, depth + 1);
      if (hash == 0 || compound.other_count == compound.others.size()) return On::kNothing;
      compound.others[compound.other_count++] = hash;
    }
    return On::kElement;
  }
  if (name == "root" && !inside) {
    if (compound.name != 0) return On::kNothing;
    compound.name = HashStyleName("html", 't');
    return On::kElement;
  }
  const auto bear = [&](SelectorTest test) {
    const uint32_t hash = AddTest(std::move(test));
    if (hash == 0 || compound.class_count == compound.classes.size()) return false;
    compound.classes[compound.class_count++] = hash;
    return true;
  };
  using Kind = SelectorTest::Kind;
  SelectorTest test;
  bool known = true;
  if (inside && (name == "nth-child" || name == "nth-of-type")) {
    test.kind = name == "nth-child" ? Kind::kNth : Kind::kNthOfType;
    known = ReadNth(*inside, test);
  } else if (name == "first-child" || name == "only-child") {
    test.kind = Kind::kNth;
    test.offset = 1;
    if (name == "only-child") {
      SelectorTest last;
      last.kind = Kind::kLast;
      known = bear(std::move(last));
    }
  } else if (name == "first-of-type") {
    test.kind = Kind::kNthOfType;
    test.offset = 1;
  } else if (name == "last-child" || (name == "nth-last-child" && inside && Trim(*inside) == "1")) {
    test.kind = Kind::kLast;
  } else if (name == "link" || name == "any-link") {
    test.name = "href";
  } else {
    known = false;
  }
  return known && bear(std::move(test)) ? On::kElement : On::kNothing;
}

// Names, classes, tests up to the next blank or combinator.
StyleSheet::On StyleSheet::ReadCompound(std::string_view text, size_t& at, Rule& rule,
                                        Compound& compound) {
  On on = On::kElement;
  const size_t begin = at;
  while (at < text.size() && !IsAsciiSpace(text[at]) && text[at] != '>' && on == On::kElement) {
    const char kind = text[at];
    if (kind == '*') {
      ++at;
    } else if (kind == ':') {
      on = ReadPseudo(text, at, rule, compound, 0);
    } else if (kind == '[') {
      const std::optional<std::string_view> inside = ReadBracket(text, at, '[', ']');
      const uint32_t hash = inside ? ReadAttributeTest(*inside) : 0;
      if (hash == 0 || compound.class_count == compound.classes.size()) return On::kNothing;
      compound.classes[compound.class_count++] = hash;
      rule.specificity += 100;
    } else {
      if (kind == '.' || kind == '#') ++at;
      const std::string name = ReadName(text, at);
      if (name.empty()) return On::kNothing;  // "+" and "~" too
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
    }
  }
  return at > begin ? on : On::kNothing;
}

StyleSheet::On StyleSheet::ReadSelector(std::string_view text, Rule& rule) {
  On on = On::kElement;
  size_t at = 0;
  bool child = false;
  while (at < text.size()) {
    if (IsAsciiSpace(text[at]) || text[at] == '>') {
      child |= text[at] == '>';
      ++at;
      continue;
    }
    if (rule.count == limits::kSelectorCompoundsMax || on == On::kBeside) return On::kNothing;
    ++rule.count;
    Compound compound;
    compound.child = child && rule.count > 1;
    child = false;
    on = ReadCompound(text, at, rule, compound);
    if (on == On::kNothing) return on;
    compounds_.push_back(compound);
  }
  if (rule.count == 0) return On::kNothing;
  // "*" alone would be looked up for every element; what it sets hides nothing.
  const Compound& last = compounds_.back();
  const bool any = last.id == 0 && last.class_count == 0 && last.name == 0;
  return any && rule.count == 1 && last.other_count == 0 ? On::kNothing : on;
}

}  // namespace xuncha
