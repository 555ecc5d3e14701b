// SPDX-License-Identifier: Apache-2.0
#include "crawler/media.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "crawler/css_syntax.h"
#include "crawler/css_value.h"
#include "crawler/style.h"

namespace xuncha {
namespace {

struct Screen {
  float width, height;  // pixels
  float density;        // of the device's dots
  bool touched;         // by fingers, with no pointer that hovers
};
// As narrow and as wide as pages are made for, and some between, which conditions with two
// ends may mean.
constexpr std::array<Screen, 6> kScreens = {
    Screen{2560, 1440, 1, false}, Screen{1366, 768, 1.25f, false}, Screen{1100, 800, 1, false},
    Screen{844, 390, 3, true},    Screen{600, 960, 2, true},       Screen{320, 568, 2, true}};

// kUnknown is what browsers do not know either, and take for no at the end; kMaybe is for
// the visitor to say.
enum class Truth : uint8_t { kNo, kUnknown, kMaybe, kYes };

Truth Of(bool yes) { return yes ? Truth::kYes : Truth::kNo; }
Truth Not(Truth value) {
  return value == Truth::kUnknown || value == Truth::kMaybe ? value : Of(value == Truth::kNo);
}

// "not (a) and ((b) or (c))", of which `leaf` tells the innermost.
template <typename Leaf>
Truth Condition(std::string_view text, const Leaf& leaf, int depth) {
  constexpr int kDeepMax = 8;  // people write two
  if (depth > kDeepMax) return Truth::kUnknown;
  Truth all = Truth::kYes, any = Truth::kNo;
  std::string_view joint;
  bool negated = false, wanted = true;  // something to hold comes next
  for (size_t at = 0; at < text.size();) {
    if (IsAsciiSpace(text[at])) {
      ++at;
      continue;
    }
    const size_t end = std::min(text.find_first_of(" \t\r\n\f(", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (end == text.size() || text[end] != '(' || IsAsciiSpace(text[end])) {
      at = end;
      const bool joins = EqualsIgnoreCase(word, "and") || EqualsIgnoreCase(word, "or");
      if (joins && !wanted && (joint.empty() || EqualsIgnoreCase(joint, word))) {
        joint = word;
        wanted = true;
      } else if (EqualsIgnoreCase(word, "not") && wanted && !negated) {
        negated = true;
      } else {
        return Truth::kUnknown;
      }
      continue;
    }
    const size_t close = CssBracketEnd(text, end);
    if (!wanted || close == std::string_view::npos) return Truth::kUnknown;
    const std::string_view inside = Trim(text.substr(end + 1, close - end - 2));
    const bool more = inside.starts_with('(') || StartsWithIgnoreCase(inside, "not ");
    // A word before the bracket makes it a function.
    Truth one = !word.empty() ? Truth::kUnknown
                : more        ? Condition(inside, leaf, depth + 1)
                              : leaf(inside);
    if (negated) one = Not(one);
    all = std::min(all, one);
    any = std::max(any, one);
    negated = wanted = false;
    at = close;
  }
  if (wanted) return Truth::kUnknown;
  return EqualsIgnoreCase(joint, "or") ? any : all;
}

// "3px", "16/9", "2dppx", "192dpi".
std::optional<float> ReadRatio(std::string_view text) {
  for (const auto& [unit, dots] :
       {std::pair<std::string_view, float>{"dpi", 96}, {"dpcm", 37.8f}, {"dppx", 1}, {"x", 1}}) {
    if (!text.ends_with(unit) || (unit == "x" && text.ends_with("px"))) continue;
    const std::optional<float> count = ReadLength(text.substr(0, text.size() - unit.size()));
    return count ? std::optional(*count / dots) : count;
  }
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
  if (name == "resolution" || name == "pixel-ratio") return screen.density;
  if (name == "color") return 8.0f;
  if (name == "color-index" || name == "monochrome" || name == "grid") return 0.0f;
  return std::nullopt;
}

// Features whose values are words; which holds, if it is not for the visitor to say.
struct WordFeature {
  std::string_view name, values;
  std::string_view desk = {}, touched = {};
};
constexpr WordFeature kWordFeatures[] = {
    {"orientation", " landscape portrait "},
    {"hover", " none hover ", "hover", "none"},
    {"any-hover", " none hover ", "hover", "none"},
    {"pointer", " none coarse fine ", "fine", "coarse"},
    {"any-pointer", " none coarse fine ", "fine", "coarse"},
    {"scripting", " none initial-only enabled ", "enabled", "enabled"},
    {"scan", " interlace progressive ", "progressive", "progressive"},
    {"update", " none slow fast ", "fast", "fast"},
    {"display-mode", " browser standalone minimal-ui fullscreen picture-in-picture ", "browser",
     "browser"},
    {"overflow-block", " none scroll paged ", "scroll", "scroll"},
    {"overflow-inline", " none scroll ", "scroll", "scroll"},
    {"prefers-color-scheme", " light dark "},
    {"prefers-contrast", " no-preference more less custom "},
    {"prefers-reduced-motion", " no-preference reduce "},
    {"prefers-reduced-transparency", " no-preference reduce "},
    {"forced-colors", " none active "},
    {"inverted-colors", " none inverted "},
    {"color-gamut", " srgb p3 rec2020 "},
    {"dynamic-range", " standard high "}};

// `value` is empty if only the name is asked for.
Truth Word(std::string_view name, std::string_view value, const Screen& screen) {
  for (const WordFeature& feature : kWordFeatures) {
    if (name != feature.name) continue;
    std::string_view fact = screen.touched ? feature.touched : feature.desk;
    if (name == "orientation") fact = screen.width >= screen.height ? "landscape" : "portrait";
    if (value.empty()) return fact.empty() ? Truth::kMaybe : Of(fact != "none");
    if (feature.values.find(" " + std::string(value) + " ") == std::string_view::npos)
      return Truth::kUnknown;
    return fact.empty() ? Truth::kMaybe : Of(value == fact);
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
    return Word(rest, {}, screen);
  }
  // "width > 3px", "3px < width", and both: "1px < width < 9px".
  Truth all = Truth::kYes;
  for (size_t left = 0, at = sign; at < rest.size();) {
    const size_t behind = std::min(rest.find_first_not_of("<>=", at), rest.size());
    const size_t next = std::min(rest.find_first_of("<>=", behind), rest.size());
    const std::string_view first = Trim(rest.substr(left, at - left));
    const std::string_view second = Trim(rest.substr(behind, next - behind));
    std::string_view how = rest.substr(at, behind - at);
    Truth one = Truth::kUnknown;
    if (const std::optional<float> have = NumberOf(first, screen)) {
      one = Compare(*have, how, ReadRatio(second));
    } else if (const std::optional<float> have = NumberOf(second, screen)) {
      how = how == "<" ? ">" : how == "<=" ? ">=" : how == ">" ? "<" : how == ">=" ? "<=" : how;
      one = Compare(*have, how, ReadRatio(first));
    }
    all = std::min(all, one);
    left = behind;
    at = next;
  }
  return all;
}

// "not screen and (a) and (b)", "(a) or (b)".
Truth Query(std::string_view query, const Screen& screen) {
  const auto feature = [&screen](std::string_view text) { return Feature(text, screen); };
  const auto word = [&query] {
    const size_t end = std::min(query.find_first_of(" \t\r\n\f("), query.size());
    const std::string_view first = query.substr(0, end);
    const bool called = end > 0 && end < query.size() && query[end] == '(';  // a function's
    query = Trim(query.substr(end));
    return called ? std::string_view("(") : first;
  };
  std::string_view whole = query;
  bool negated = false;
  std::string_view type = word();
  if (EqualsIgnoreCase(type, "not") || EqualsIgnoreCase(type, "only")) {
    negated = EqualsIgnoreCase(type, "not");
    type = word();
  }
  // "not print and (a)" denies all of it, "not (a)" the one behind it.
  if (type.empty() && !whole.empty()) return Condition(whole, feature, 0);
  Truth all = Of(type.empty() || EqualsIgnoreCase(type, "all") || EqualsIgnoreCase(type, "screen"));
  if (!query.empty()) {
    if (!EqualsIgnoreCase(word(), "and")) return Truth::kUnknown;
    all = std::min(all, Condition(query, feature, 0));
  }
  return negated ? Not(all) : all;
}

}  // namespace

Media ReadMedia(std::string_view condition) {
  size_t yes = 0, no = 0;
  for (const Screen& screen : kScreens) {
    Truth truth = Truth::kNo;
    for (const std::string_view query : SplitCss(condition, ','))
      truth = std::max(truth, Query(query, screen));
    yes += truth == Truth::kYes;
    no += truth == Truth::kNo || truth == Truth::kUnknown;
  }
  return yes == kScreens.size()  ? Media::kEverybody
         : no == kScreens.size() ? Media::kNobody
                                 : Media::kSome;
}

bool IsSupported(std::string_view condition) {
  const auto declaration = [](std::string_view text) {
    if (text.starts_with("--")) return Truth::kYes;
    Style style;
    StyleWork none(0);
    ReadDeclaration(text, style, style, none, nullptr);
    return style.empty() ? Truth::kUnknown : Truth::kYes;
  };
  return Condition(condition, declaration, 0) == Truth::kYes;
}

}  // namespace xuncha
