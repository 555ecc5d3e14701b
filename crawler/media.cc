// SPDX-License-Identifier: Apache-2.0
#include "crawler/media.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "crawler/css_value.h"

namespace xuncha {
namespace {

struct Screen {
  float width, height;  // pixels
  bool touched;         // by fingers, with no pointer that hovers
};
// As narrow and as wide as pages are made for: what a condition says of the ends it says
// of those between.
constexpr std::array<Screen, 4> kScreens = {Screen{2560, 1440, false}, Screen{1366, 768, false},
                                            Screen{320, 568, true}, Screen{844, 390, true}};

enum class Truth : uint8_t { kNo, kUnknown, kYes };

Truth Of(bool yes) { return yes ? Truth::kYes : Truth::kNo; }
Truth Not(Truth value) { return value == Truth::kUnknown ? value : Of(value == Truth::kNo); }

std::optional<float> ReadRatio(std::string_view text) {
  const size_t slash = text.find('/');
  const std::optional<float> over = ReadLength(text.substr(0, slash));
  if (slash == std::string_view::npos || !over) return over;
  const std::optional<float> under = ReadLength(text.substr(slash + 1));
  if (!under || *under == 0) return std::nullopt;
  return *over / *under;
}

Truth Compare(float have, std::string_view sign, std::optional<float> want) {
  if (!want) return Truth::kUnknown;
  if (sign == "<") return Of(have < *want);
  if (sign == "<=") return Of(have <= *want);
  if (sign == ">") return Of(have > *want);
  if (sign == ">=") return Of(have >= *want);
  return Of(have == *want);
}

// What a feature with a number is on a screen; nullopt if it is not known.
std::optional<float> NumberOf(std::string_view name, const Screen& screen) {
  if (name.starts_with("device-")) name.remove_prefix(7);
  if (name == "width" || name == "inline-size") return screen.width;
  if (name == "height" || name == "block-size") return screen.height;
  if (name == "aspect-ratio") return screen.width / screen.height;
  if (name == "color") return 8.0f;
  if (name == "color-index" || name == "monochrome" || name == "grid") return 0.0f;
  return std::nullopt;
}

Truth Word(std::string_view name, std::string_view value, const Screen& screen) {
  struct Fact {
    std::string_view name, value;
  };
  const Fact facts[] = {{"orientation", screen.width >= screen.height ? "landscape" : "portrait"},
                        {"hover", screen.touched ? "none" : "hover"},
                        {"any-hover", screen.touched ? "none" : "hover"},
                        {"pointer", screen.touched ? "coarse" : "fine"},
                        {"any-pointer", screen.touched ? "coarse" : "fine"},
                        {"scripting", "enabled"},
                        {"scan", "progressive"}};
  for (const Fact& fact : facts) {
    if (name == fact.name) return Of(EqualsIgnoreCase(value, fact.value));
  }
  return Truth::kUnknown;
}

// What stands between two brackets: "min-width: 3px", "width > 3px", "color".
Truth Feature(std::string_view text, const Screen& screen) {
  std::string lower = AsciiLower(text);
  std::string_view rest = Trim(lower);
  if (rest.starts_with("-webkit-")) rest.remove_prefix(8);
  if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
    std::string_view name = Trim(rest.substr(0, colon));
    const std::string_view value = Trim(rest.substr(colon + 1));
    const std::string_view sign = name.starts_with("min-")   ? ">="
                                  : name.starts_with("max-") ? "<="
                                                             : "=";
    if (sign != "=") name.remove_prefix(4);
    if (const std::optional<float> have = NumberOf(name, screen))
      return Compare(*have, sign, ReadRatio(value));
    return Word(name, value, screen);
  }
  const size_t sign = rest.find_first_of("<>=");
  if (sign == std::string_view::npos) {  // whether there is such a thing
    if (const std::optional<float> have = NumberOf(rest, screen)) return Of(*have != 0);
    if (rest == "hover" || rest == "any-hover") return Of(!screen.touched);
    return Truth::kUnknown;
  }
  const size_t behind = rest.find_first_not_of("<>=", sign);
  if (behind == std::string_view::npos ||
      rest.find_first_of("<>=", behind) != std::string_view::npos)
    return Truth::kUnknown;  // 1px < width < 9px
  const std::string_view left = Trim(rest.substr(0, sign)), right = Trim(rest.substr(behind));
  std::string_view how = rest.substr(sign, behind - sign);
  if (const std::optional<float> have = NumberOf(left, screen))
    return Compare(*have, how, ReadRatio(right));
  if (const std::optional<float> have = NumberOf(right, screen)) {
    how = how == "<" ? ">" : how == "<=" ? ">=" : how == ">" ? "<" : how == ">=" ? "<=" : how;
    return Compare(*have, how, ReadRatio(left));
  }
  return Truth::kUnknown;
}

// "not screen and (a) and (b)", "(a) or (b)". What is bracketed in brackets is not known.
Truth Query(std::string_view query, const Screen& screen) {
  Truth all = Truth::kYes, any = Truth::kNo;
  bool negated = false, alternatives = false, next_negated = false;
  bool first = true;
  for (size_t at = 0; at < query.size();) {
    if (IsAsciiSpace(query[at])) {
      ++at;
      continue;
    }
    Truth one = Truth::kUnknown;
    if (query[at] == '(') {
      const size_t close = query.find_first_of("()", at + 1);
      if (close == std::string_view::npos || query[close] == '(') return Truth::kUnknown;
      one = Feature(query.substr(at + 1, close - at - 1), screen);
      at = close + 1;
      if (next_negated) one = Not(one);
      next_negated = false;
    } else {
      const size_t end = std::min(query.find_first_of(" \t\r\n\f(", at), query.size());
      const std::string_view word = query.substr(at, end - at);
      at = end;
      if (EqualsIgnoreCase(word, "and") || EqualsIgnoreCase(word, "only")) continue;
      if (EqualsIgnoreCase(word, "or")) {
        alternatives = true;
        continue;
      }
      if (EqualsIgnoreCase(word, "not")) {
        // "not print and (a)" denies all of it, "not (a)" the one behind it.
        const size_t behind = query.find_first_not_of(" \t\r\n\f", at);
        const bool one_only = behind != std::string_view::npos && query[behind] == '(';
        (one_only ? next_negated : negated) = true;
        continue;
      }
      one = Of(EqualsIgnoreCase(word, "all") || EqualsIgnoreCase(word, "screen"));
    }
    all = first ? one : std::min(all, one);
    any = std::max(any, one);
    first = false;
  }
  const Truth truth = alternatives ? any : all;
  return negated ? Not(truth) : truth;
}

}  // namespace

Media ReadMedia(std::string_view condition) {
  size_t yes = 0, no = 0;
  for (const Screen& screen : kScreens) {
    Truth truth = Truth::kNo;
    for (const std::string_view query : Split(condition, ','))
      truth = std::max(truth, Query(Trim(query), screen));
    yes += truth == Truth::kYes;
    no += truth == Truth::kNo;
  }
  return yes == kScreens.size()  ? Media::kEverybody
         : no == kScreens.size() ? Media::kNobody
                                 : Media::kSome;
}

}  // namespace xuncha
