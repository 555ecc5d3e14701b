// Selectors: from ".a > p:not([b^=c])" to the compounds a style sheet looks up.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/css_syntax.h"
#include "crawler/limits_style.h"
#include "crawler/style.h"

namespace xuncha {
namespace {

// States and kinds that are right to ask for, and hold for no page that nobody touches, or
// are not held against it.
constexpr std::string_view kKnownPseudos[] = {"-webkit-any-link",
                                              "-webkit-autofill",
                                              "-webkit-full-screen",
                                              "active",
                                              "autofill",
                                              "buffering",
                                              "checked",
                                              "current",
                                              "default",
                                              "defined",
                                              "dir",
                                              "disabled",
                                              "empty",
                                              "enabled",
                                              "first",
                                              "focus",
                                              "focus-visible",
                                              "focus-within",
                                              "fullscreen",
                                              "future",
                                              "has",
                                              "has-slotted",
                                              "host",
                                              "host-context",
                                              "hover",
                                              "in-range",
                                              "indeterminate",
                                              "invalid",
                                              "lang",
                                              "last-of-type",
                                              "left",
                                              "local-link",
                                              "modal",
                                              "muted",
                                              "nth-last-child",
                                              "nth-last-of-type",
                                              "only-of-type",
                                              "open",
                                              "optional",
                                              "out-of-range",
                                              "past",
                                              "paused",
                                              "picture-in-picture",
                                              "placeholder-shown",
                                              "playing",
                                              "popover-open",
                                              "read-only",
                                              "read-write",
                                              "required",
                                              "right",
                                              "scope",
                                              "seeking",
                                              "stalled",
                                              "state",
                                              "target",
                                              "user-invalid",
                                              "user-valid",
                                              "valid",
                                              "visited",
                                              "volume-locked"};
// What stands beside elements, or paints them another way.
constexpr std::string_view kKnownBeside[] = {"backdrop",
                                             "cue",
                                             "details-content",
                                             "file-selector-button",
                                             "first-letter",
                                             "first-line",
                                             "grammar-error",
                                             "highlight",
                                             "marker",
                                             "part",
                                             "placeholder",
                                             "selection",
                                             "slotted",
                                             "spelling-error",
                                             "target-text",
                                             "view-transition",
                                             "view-transition-group",
                                             "view-transition-image-pair",
                                             "view-transition-new",
                                             "view-transition-old"};

bool IsOneOf(std::string_view name, std::span<const std::string_view> names) {
  return std::binary_search(names.begin(), names.end(), name);
}

bool IsNameChar(char c) {
  return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '\\' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The name at text[at], escapes undone, and moves behind it. None begins with a digit.
std::string ReadName(std::string_view text, size_t& at) {
  std::string name;
  const size_t first = at < text.size() && text[at] == '-' ? at + 1 : at;
  if (first < text.size() && text[first] >= '0' && text[first] <= '9') return name;
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
std::optional<std::string_view> ReadBracket(std::string_view text, size_t& at) {
  const size_t begin = at + 1, end = CssBracketEnd(text, at);
  if (end == std::string_view::npos) return std::nullopt;
  at = end;
  return text.substr(begin, end - 1 - begin);
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

// 0 if there are too many.
uint32_t StyleSheet::AddTest(SelectorTest test) {
  std::string key = test.name + '\n' + test.value + '\n' + std::to_string(test.step) + ' ' +
                    std::to_string(test.offset) + ' ' + std::to_string(static_cast<int>(test.kind));
  test.hash = HashStyleName(key, '[');
  for (const SelectorTest& known : tests_) {
    if (known.hash == test.hash) return test.hash;
  }
  if (tests_.size() >= limits::kTestsMax) {
    cut_ = true;
    return 0;
  }
  tests_.push_back(std::move(test));
  return tests_.back().hash;
}

// "name", "name=value", "name ^= 'value' i". Values are held without regard to case: the
// flag that asks for it is one more way to write a name.
std::optional<uint32_t> StyleSheet::ReadAttributeTest(std::string_view inside) {
  inside = Trim(inside);
  size_t at = 0;
  SelectorTest test;
  test.name = AsciiLower(ReadName(inside, at));
  if (inside.find('|') == at && inside.substr(at, 2) != "|=") return 0;  // of a namespace
  if (test.name.empty()) return std::nullopt;
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
      return std::nullopt;
  }
  if (inside[at] != '=' && (++at == inside.size() || inside[at] != '=')) return std::nullopt;
  std::string_view value = Trim(inside.substr(at + 1));
  if (value.empty()) return std::nullopt;
  size_t end = 0;
  if (value[0] == '"' || value[0] == '\'') {
    const char quote = value[0];
    for (end = 1; end < value.size() && value[end] != quote;) {
      if (value[end] == '\\' && end + 1 < value.size()) {
        end = AppendCssEscape(test.value, value, end);
      } else {
        test.value.push_back(value[end++]);
      }
    }
    ++end;
  } else {
    test.value = ReadName(value, end);
    if (end == 0) return std::nullopt;
  }
  const std::string_view flag = end < value.size() ? Trim(value.substr(end)) : std::string_view();
  if (!flag.empty() && !EqualsIgnoreCase(flag, "i") && !EqualsIgnoreCase(flag, "s"))
    return std::nullopt;
  const bool part = test.kind == SelectorTest::Kind::kBegins ||
                    test.kind == SelectorTest::Kind::kEnds ||
                    test.kind == SelectorTest::Kind::kContains;
  if (part && test.value.empty()) return 0;  // holds for nothing
  return AddTest(std::move(test));
}

// nullopt if it is none, 0 if it cannot be told which elements it holds for.
std::optional<uint32_t> StyleSheet::ReadSimple(std::string_view text, int depth) {
  size_t at = 0;
  if (text.empty()) return std::nullopt;
  if (text[0] == '[') {
    const std::optional<std::string_view> inside = ReadBracket(text, at);
    if (!inside) return std::nullopt;
    const std::optional<uint32_t> hash = ReadAttributeTest(*inside);
    return at == text.size() || !hash ? hash : 0;
  }
  if (text[0] == ':') {
    Rule rule;
    Compound compound;
    const On on = ReadPseudo(text, at, rule, compound, depth);
    if (on == On::kInvalid) return std::nullopt;
    if (on != On::kElement || at != text.size()) return 0;
    if (compound.name != 0) return compound.name;
    return compound.class_count == 1 && compound.other_count == 0 ? compound.classes[0] : 0;
  }
  const char kind = text[0] == '#' || text[0] == '.' ? text[at++] : 't';
  const std::string name = ReadName(text, at);
  if (name.empty()) return text[0] == '*' ? std::optional<uint32_t>(0) : std::nullopt;
  return at != text.size() ? 0 : HashStyleName(name, kind);
}

StyleSheet::On StyleSheet::ReadNot(std::string_view list, Compound& compound, int depth) {
  if (depth > limits::kPseudoDepthMax) {
    cut_ = true;
    return On::kNothing;
  }
  On on = On::kElement;
  for (const std::string_view other : SplitCss(list, ',')) {
    // Not one of several is none of them.
    for (const std::string_view name : {":is(", ":where("}) {
      if (!StartsWithIgnoreCase(other, name)) continue;
      size_t at = name.size() - 1;
      const std::optional<std::string_view> inside = ReadBracket(other, at);
      if (!inside || at != other.size()) continue;
      if (ReadNot(*inside, compound, depth + 1) != On::kElement) on = On::kNothing;
    }
    if (StartsWithIgnoreCase(other, ":is(") || StartsWithIgnoreCase(other, ":where(")) continue;
    const std::optional<uint32_t> hash = ReadSimple(other, depth + 1);
    if (!hash) return On::kInvalid;
    if (*hash == 0) {
      on = On::kNothing;
    } else if (compound.other_count == compound.others.size()) {
      cut_ = true;
      on = On::kNothing;
    } else {
      compound.others[compound.other_count++] = *hash;
    }
  }
  return on;
}

// Makes the compound ask for a class or a test; 0 cannot be asked for.
StyleSheet::On StyleSheet::Bear(Compound& compound, uint32_t hash) {
  if (hash == 0) return On::kNothing;
  if (compound.class_count == compound.classes.size()) {
    cut_ = true;
    return On::kNothing;
  }
  compound.classes[compound.class_count++] = hash;
  return On::kElement;
}

// ":not(...)", ":first-child", "::before"; states match nothing.
StyleSheet::On StyleSheet::ReadPseudo(std::string_view text, size_t& at, Rule& rule,
                                      Compound& compound, int depth) {
  const bool beside = text.substr(at).starts_with("::");
  at += beside ? 2 : 1;
  const std::string name = AsciiLower(ReadName(text, at));
  std::optional<std::string_view> inside;
  if (at < text.size() && text[at] == '(') {
    inside = ReadBracket(text, at);
    if (!inside) return On::kInvalid;
  }
  if (name == "before" || name == "after") return On::kBeside;
  if (beside || name == "first-letter" || name == "first-line")
    return IsOneOf(name, kKnownBeside) || name.starts_with("-webkit-") ? On::kNothing
                                                                       : On::kInvalid;
  rule.specificity += 100;
  if (name == "not" && inside) return ReadNot(*inside, compound, depth);
  if (name == "root" && !inside) {
    const uint32_t html = HashStyleName("html", 't');
    if (compound.name != 0 && compound.name != html) return On::kNothing;
    compound.name = html;
    return On::kElement;
  }
  using Kind = SelectorTest::Kind;
  SelectorTest test;
  if (inside && (name == "nth-child" || name == "nth-of-type")) {
    test.kind = name == "nth-child" ? Kind::kNth : Kind::kNthOfType;
    if (!ReadNth(*inside, test))
      return ContainsIgnoreCase(*inside, " of ") ? On::kNothing : On::kInvalid;
  } else if (name == "first-child" || name == "only-child") {
    test.kind = Kind::kNth;
    test.offset = 1;
    if (name == "only-child") {
      SelectorTest last;
      last.kind = Kind::kLast;
      if (Bear(compound, AddTest(std::move(last))) != On::kElement) return On::kNothing;
    }
  } else if (name == "first-of-type") {
    test.kind = Kind::kNthOfType;
    test.offset = 1;
  } else if (name == "last-child" || (name == "nth-last-child" && inside && Trim(*inside) == "1")) {
    test.kind = Kind::kLast;
  } else if (name == "link" || name == "any-link") {
    test.name = "href";
  } else {
    return IsOneOf(name, kKnownPseudos) ? On::kNothing : On::kInvalid;
  }
  return Bear(compound, AddTest(std::move(test)));
}

// Names, classes, tests up to the next blank or combinator.
StyleSheet::On StyleSheet::ReadCompound(std::string_view text, size_t& at, Rule& rule,
                                        Compound& compound) {
  constexpr std::string_view kEnds = " \t\r\n\f>+~";
  On on = On::kElement;
  const size_t begin = at;
  while (at < text.size() && kEnds.find(text[at]) == std::string_view::npos) {
    const char kind = text[at];
    On one = On::kElement;
    if (kind == '*' || kind == '&') {  // "&" where no rule is around stands for the root
      ++at;
      if (kind == '&') one = On::kNothing;
    } else if (kind == ':') {
      one = ReadPseudo(text, at, rule, compound, 0);
    } else if (kind == '[') {
      const std::optional<std::string_view> inside = ReadBracket(text, at);
      const std::optional<uint32_t> hash = inside ? ReadAttributeTest(*inside) : std::nullopt;
      if (!hash) return On::kInvalid;
      one = Bear(compound, *hash);
      rule.specificity += 100;
    } else if (kind == '|') {  // a namespace
      ++at;
      one = On::kNothing;
    } else {
      if (kind == '.' || kind == '#') ++at;
      const std::string name = ReadName(text, at);
      if (name.empty()) return On::kInvalid;
      if (kind == '#') {
        compound.id = HashStyleName(name, '#');
        rule.specificity += 10000;
      } else if (kind == '.') {
        one = Bear(compound, HashStyleName(name, '.'));
        rule.specificity += 100;
      } else if (compound.name != 0 || compound.id != 0 || compound.class_count > 0) {
        return On::kInvalid;  // a name comes first
      } else {
        compound.name = HashStyleName(name, 't');
        rule.specificity += 1;
      }
    }
    if (one == On::kInvalid) return one;
    if (on == On::kElement || one == On::kNothing) on = one;
  }
  return at > begin ? on : On::kInvalid;
}

StyleSheet::On StyleSheet::ReadSelector(std::string_view text, Rule& rule) {
  On on = On::kElement;
  size_t at = 0;
  char combinator = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (IsAsciiSpace(c)) {
      ++at;
      continue;
    }
    if (c == '>' || c == '+' || c == '~') {
      if (combinator != 0 || rule.count == 0) return On::kInvalid;
      combinator = c;
      ++at;
      continue;
    }
    if (on == On::kBeside) return On::kInvalid;
    if (rule.count == limits::kCompoundsMax) {
      cut_ = true;
      return On::kNothing;
    }
    ++rule.count;
    Compound compound;
    compound.child = combinator == '>';
    const On one = ReadCompound(text, at, rule, compound);
    if (one == On::kInvalid) return one;
    if (on == On::kElement) on = combinator == '+' || combinator == '~' ? On::kNothing : one;
    compounds_.push_back(compound);
    combinator = 0;
  }
  if (rule.count == 0 || combinator != 0) return On::kInvalid;
  // "*" alone would be looked up for every element; what it sets hides nothing.
  const Compound& last = compounds_.back();
  const bool any = last.id == 0 && last.class_count == 0 && last.name == 0;
  return any && rule.count == 1 && last.other_count == 0 ? On::kNothing : on;
}

// By Selectors 4: :where() counts nothing, :is() and :not() what is most in them.
uint32_t StyleSheet::SpecificityOf(std::string_view selector, int depth) {
  uint32_t sum = 0;
  for (size_t at = 0; at < selector.size();) {
    const char c = selector[at];
    if (c == '#') {
      sum += 10000;
    } else if (c == '.' || c == '[') {
      sum += 100;
    } else if (c == ':' && selector.substr(at).starts_with("::")) {
      sum += 1;
      ++at;
    } else if (c == ':') {
      size_t open = at + 1;
      const std::string name = AsciiLower(ReadName(selector, open));
      const bool lists = name == "is" || name == "not" || name == "has" || name == "matches" ||
                         name == "-webkit-any";
      if (name != "where" && !lists) sum += 100;
      if (lists && depth < limits::kPseudoDepthMax && open < selector.size()) {
        uint32_t most = 0;
        if (const auto inside = ReadBracket(selector, open)) {
          for (const std::string_view one : SplitCss(*inside, ','))
            most = std::max(most, SpecificityOf(one, depth + 1));
        }
        sum += most;
      }
    } else if (IsNameChar(c) && c != '\\') {
      sum += 1;
    } else {
      at = PassCss(selector, at);
      continue;
    }
    if (c != '[') {
      if (c == '.' || c == '#' || c == ':') ++at;
      while (at < selector.size() && IsNameChar(selector[at]))
        at = selector[at] == '\\' ? PassCss(selector, at) : at + 1;
    }
    if (at < selector.size() && (selector[at] == '[' || selector[at] == '('))
      at = PassCss(selector, at);
  }
  return sum;
}

}  // namespace xuncha
