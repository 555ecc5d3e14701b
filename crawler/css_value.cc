// SPDX-License-Identifier: Apache-2.0
#include "crawler/css_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/text.h"
#include "crawler/css_syntax.h"
#include "crawler/limits_style.h"

namespace xuncha {
namespace {

constexpr int kSameDistance = 16;  // of 255, per colour channel

struct NamedColour {
  std::string_view name;
  uint32_t rgb;
};
// By name, those of CSS Color 4 and what browsers paint on.
constexpr NamedColour kColours[] = {{"aliceblue", 0xf0f8ff},
                                    {"antiquewhite", 0xfaebd7},
                                    {"aqua", 0x00ffff},
                                    {"aquamarine", 0x7fffd4},
                                    {"azure", 0xf0ffff},
                                    {"beige", 0xf5f5dc},
                                    {"bisque", 0xffe4c4},
                                    {"black", 0x000000},
                                    {"blanchedalmond", 0xffebcd},
                                    {"blue", 0x0000ff},
                                    {"blueviolet", 0x8a2be2},
                                    {"brown", 0xa52a2a},
                                    {"burlywood", 0xdeb887},
                                    {"cadetblue", 0x5f9ea0},
                                    {"canvas", 0xffffff},
                                    {"canvastext", 0x000000},
                                    {"chartreuse", 0x7fff00},
                                    {"chocolate", 0xd2691e},
                                    {"coral", 0xff7f50},
                                    {"cornflowerblue", 0x6495ed},
                                    {"cornsilk", 0xfff8dc},
                                    {"crimson", 0xdc143c},
                                    {"cyan", 0x00ffff},
                                    {"darkblue", 0x00008b},
                                    {"darkcyan", 0x008b8b},
                                    {"darkgoldenrod", 0xb8860b},
                                    {"darkgray", 0xa9a9a9},
                                    {"darkgreen", 0x006400},
                                    {"darkgrey", 0xa9a9a9},
                                    {"darkkhaki", 0xbdb76b},
                                    {"darkmagenta", 0x8b008b},
                                    {"darkolivegreen", 0x556b2f},
                                    {"darkorange", 0xff8c00},
                                    {"darkorchid", 0x9932cc},
                                    {"darkred", 0x8b0000},
                                    {"darksalmon", 0xe9967a},
                                    {"darkseagreen", 0x8fbc8f},
                                    {"darkslateblue", 0x483d8b},
                                    {"darkslategray", 0x2f4f4f},
                                    {"darkslategrey", 0x2f4f4f},
                                    {"darkturquoise", 0x00ced1},
                                    {"darkviolet", 0x9400d3},
                                    {"deeppink", 0xff1493},
                                    {"deepskyblue", 0x00bfff},
                                    {"dimgray", 0x696969},
                                    {"dimgrey", 0x696969},
                                    {"dodgerblue", 0x1e90ff},
                                    {"firebrick", 0xb22222},
                                    {"floralwhite", 0xfffaf0},
                                    {"forestgreen", 0x228b22},
                                    {"fuchsia", 0xff00ff},
                                    {"gainsboro", 0xdcdcdc},
                                    {"ghostwhite", 0xf8f8ff},
                                    {"gold", 0xffd700},
                                    {"goldenrod", 0xdaa520},
                                    {"gray", 0x808080},
                                    {"green", 0x008000},
                                    {"greenyellow", 0xadff2f},
                                    {"grey", 0x808080},
                                    {"honeydew", 0xf0fff0},
                                    {"hotpink", 0xff69b4},
                                    {"indianred", 0xcd5c5c},
                                    {"indigo", 0x4b0082},
                                    {"ivory", 0xfffff0},
                                    {"khaki", 0xf0e68c},
                                    {"lavender", 0xe6e6fa},
                                    {"lavenderblush", 0xfff0f5},
                                    {"lawngreen", 0x7cfc00},
                                    {"lemonchiffon", 0xfffacd},
                                    {"lightblue", 0xadd8e6},
                                    {"lightcoral", 0xf08080},
                                    {"lightcyan", 0xe0ffff},
                                    {"lightgoldenrodyellow", 0xfafad2},
                                    {"lightgray", 0xd3d3d3},
                                    {"lightgreen", 0x90ee90},
                                    {"lightgrey", 0xd3d3d3},
                                    {"lightpink", 0xffb6c1},
                                    {"lightsalmon", 0xffa07a},
                                    {"lightseagreen", 0x20b2aa},
                                    {"lightskyblue", 0x87cefa},
                                    {"lightslategray", 0x778899},
                                    {"lightslategrey", 0x778899},
                                    {"lightsteelblue", 0xb0c4de},
                                    {"lightyellow", 0xffffe0},
                                    {"lime", 0x00ff00},
                                    {"limegreen", 0x32cd32},
                                    {"linen", 0xfaf0e6},
                                    {"magenta", 0xff00ff},
                                    {"maroon", 0x800000},
                                    {"mediumaquamarine", 0x66cdaa},
                                    {"mediumblue", 0x0000cd},
                                    {"mediumorchid", 0xba55d3},
                                    {"mediumpurple", 0x9370db},
                                    {"mediumseagreen", 0x3cb371},
                                    {"mediumslateblue", 0x7b68ee},
                                    {"mediumspringgreen", 0x00fa9a},
                                    {"mediumturquoise", 0x48d1cc},
                                    {"mediumvioletred", 0xc71585},
                                    {"midnightblue", 0x191970},
                                    {"mintcream", 0xf5fffa},
                                    {"mistyrose", 0xffe4e1},
                                    {"moccasin", 0xffe4b5},
                                    {"navajowhite", 0xffdead},
                                    {"navy", 0x000080},
                                    {"oldlace", 0xfdf5e6},
                                    {"olive", 0x808000},
                                    {"olivedrab", 0x6b8e23},
                                    {"orange", 0xffa500},
                                    {"orangered", 0xff4500},
                                    {"orchid", 0xda70d6},
                                    {"palegoldenrod", 0xeee8aa},
                                    {"palegreen", 0x98fb98},
                                    {"paleturquoise", 0xafeeee},
                                    {"palevioletred", 0xdb7093},
                                    {"papayawhip", 0xffefd5},
                                    {"peachpuff", 0xffdab9},
                                    {"peru", 0xcd853f},
                                    {"pink", 0xffc0cb},
                                    {"plum", 0xdda0dd},
                                    {"powderblue", 0xb0e0e6},
                                    {"purple", 0x800080},
                                    {"rebeccapurple", 0x663399},
                                    {"red", 0xff0000},
                                    {"rosybrown", 0xbc8f8f},
                                    {"royalblue", 0x4169e1},
                                    {"saddlebrown", 0x8b4513},
                                    {"salmon", 0xfa8072},
                                    {"sandybrown", 0xf4a460},
                                    {"seagreen", 0x2e8b57},
                                    {"seashell", 0xfff5ee},
                                    {"sienna", 0xa0522d},
                                    {"silver", 0xc0c0c0},
                                    {"skyblue", 0x87ceeb},
                                    {"slateblue", 0x6a5acd},
                                    {"slategray", 0x708090},
                                    {"slategrey", 0x708090},
                                    {"snow", 0xfffafa},
                                    {"springgreen", 0x00ff7f},
                                    {"steelblue", 0x4682b4},
                                    {"tan", 0xd2b48c},
                                    {"teal", 0x008080},
                                    {"thistle", 0xd8bfd8},
                                    {"tomato", 0xff6347},
                                    {"turquoise", 0x40e0d0},
                                    {"violet", 0xee82ee},
                                    {"wheat", 0xf5deb3},
                                    {"white", 0xffffff},
                                    {"whitesmoke", 0xf5f5f5},
                                    {"yellow", 0xffff00},
                                    {"yellowgreen", 0x9acd32}};

// Up to four numbers of a colour function, percentages of the first three times `whole`.
int ReadNumbers(std::string_view inside, const float (&whole)[3], float (&numbers)[4]) {
  int count = 0;
  size_t at = 0;
  while (at < inside.size() && count < 4) {
    if (!(inside[at] == '.' || inside[at] == '-' || (inside[at] >= '0' && inside[at] <= '9'))) {
      ++at;
      continue;
    }
    float value = 0;
    const auto [end, error] =
        std::from_chars(inside.data() + at, inside.data() + inside.size(), value);
    if (error != std::errc()) break;
    at = static_cast<size_t>(end - inside.data());
    if (at < inside.size() && inside[at] == '%') value *= count < 3 ? whole[count] : 0.01f;
    numbers[count++] = value;
  }
  return count;
}

uint8_t Channel(float value) { return static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f)); }

// "rgb(1, 2, 3)", "rgba(1 2 3 / 0)".
Colour ReadRgb(std::string_view inside) {
  float numbers[4] = {0, 0, 0, 1};
  if (ReadNumbers(inside, {2.55f, 2.55f, 2.55f}, numbers) < 3) return {Colour::Kind::kUnknown};
  if (numbers[3] <= 0.05f) return {Colour::Kind::kTransparent};
  return {Colour::Kind::kSolid, Channel(numbers[0]), Channel(numbers[1]), Channel(numbers[2])};
}

// "hsl(120deg 100% 50% / 1)".
Colour ReadHsl(std::string_view inside) {
  float numbers[4] = {0, 0, 0, 1};
  if (ReadNumbers(inside, {3.6f, 0.01f, 0.01f}, numbers) < 3) return {Colour::Kind::kUnknown};
  if (numbers[3] <= 0.05f) return {Colour::Kind::kTransparent};
  const float saturation = std::clamp(numbers[1], 0.0f, 1.0f);
  const float lightness = std::clamp(numbers[2], 0.0f, 1.0f);
  const auto part = [&](float shift) {  // CSS Color 4, section 7.1
    const float k = std::fmod(std::fmod(shift + numbers[0] / 30, 12.0f) + 12, 12.0f);
    const float a = saturation * std::min(lightness, 1 - lightness);
    return Channel(255 * (lightness - a * std::max(-1.0f, std::min({k - 3, 9 - k, 1.0f}))));
  };
  return {Colour::Kind::kSolid, part(0), part(8), part(4)};
}

// A length with its unit, nothing reckoned.
std::optional<float> ReadPlain(std::string_view text, size_t* size) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  *size = static_cast<size_t>(end - text.data());
  if (error == std::errc::result_out_of_range) return text.starts_with('-') ? -1e9f : 1e9f;
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(*size);
  while (*size < text.size() && (text[*size] == '%' || (AsciiLower(text[*size]) >= 'a' &&
                                                        AsciiLower(text[*size]) <= 'z'))) {
    ++*size;
  }
  if (unit.starts_with('%')) {
    // Slides stand some times their width aside; nine times is no slide's place.
    constexpr float kNoSlide = -900;
    if (value <= kNoSlide) return value * 10;
    return value == 0 ? std::optional<float>(0.0f) : std::nullopt;
  }
  if (StartsWithIgnoreCase(unit, "em") || StartsWithIgnoreCase(unit, "rem")) return value * 16;
  if (StartsWithIgnoreCase(unit, "pt")) return value * 1.333f;
  // Of the least window there is: a hundred of them are off any screen.
  if (StartsWithIgnoreCase(unit, "vw") || StartsWithIgnoreCase(unit, "vh") ||
      StartsWithIgnoreCase(unit, "vmin") || StartsWithIgnoreCase(unit, "vmax"))
    return value * 10;
  if (StartsWithIgnoreCase(unit, "cm")) return value * 37.8f;
  if (StartsWithIgnoreCase(unit, "in")) return value * 96;
  if (StartsWithIgnoreCase(unit, "mm")) return value * 3.78f;
  return value;
}

// calc(), min(), max() and clamp() of lengths and numbers. What stands beside a percentage
// counts only if no screen is as wide.
class Calculator {
 public:
  explicit Calculator(std::string_view text) : text_(text) {}

  std::optional<float> Value() {
    const std::optional<float> value = Term();
    constexpr float kWiderThanScreens = 3'000;
    if (!value || (relative_ && std::fabs(*value) < kWiderThanScreens)) return std::nullopt;
    return value;
  }

 private:
  void Blank() {
    while (at_ < text_.size() && IsAsciiSpace(text_[at_])) ++at_;
  }
  bool Take(std::string_view word) {
    if (!StartsWithIgnoreCase(text_.substr(at_), word)) return false;
    at_ += word.size();
    return true;
  }
  std::optional<float> Sum() {
    std::optional<float> sum = Product();
    for (Blank(); sum && at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-'); Blank()) {
      const float sign = text_[at_++] == '+' ? 1 : -1;
      const std::optional<float> next = Product();
      sum = next ? std::optional(*sum + sign * *next) : std::nullopt;
    }
    return sum;
  }
  std::optional<float> Product() {
    std::optional<float> product = Term();
    for (Blank(); product && at_ < text_.size() && (text_[at_] == '*' || text_[at_] == '/');
         Blank()) {
      const bool times = text_[at_++] == '*';
      const std::optional<float> next = Term();
      if (!next || (!times && *next == 0)) return std::nullopt;
      product = times ? *product * *next : *product / *next;
    }
    return product;
  }
  std::optional<float> Term() {
    constexpr int kDepthMax = 8;  // nobody writes deeper ones by hand
    if (depth_ == kDepthMax) return std::nullopt;
    Blank();
    if (Take("-webkit-calc(") || Take("calc(") || Take("(")) return Inside();
    if (Take("min(")) return List([](float a, float b) { return std::min(a, b); });
    if (Take("max(")) return List([](float a, float b) { return std::max(a, b); });
    if (Take("clamp(")) {
      // Its middle, held between the ends.
      std::optional<float> value[3];
      ++depth_;
      for (std::optional<float>& one : value) {
        one = Sum();
        Blank();
        if (!one || at_ >= text_.size()) return std::nullopt;
        ++at_;
      }
      --depth_;
      return std::max(*value[0], std::min(*value[1], *value[2]));
    }
    if (at_ < text_.size() && text_[at_] == '+') ++at_;
    size_t size = 0;
    const std::string_view rest = text_.substr(at_);
    std::optional<float> plain = ReadPlain(rest, &size);
    if (size == 0) return std::nullopt;
    at_ += size;
    if (rest[size - 1] == '%') {
      relative_ = true;
      plain = 0;
    }
    return plain;
  }
  std::optional<float> Inside() {
    ++depth_;
    const std::optional<float> value = Sum();
    --depth_;
    Blank();
    if (!value || at_ >= text_.size() || text_[at_] != ')') return std::nullopt;
    ++at_;
    return value;
  }
  std::optional<float> List(float (*choose)(float, float)) {
    std::optional<float> value;
    ++depth_;
    for (;;) {
      const std::optional<float> one = Sum();
      Blank();
      if (!one || at_ >= text_.size()) return std::nullopt;
      value = value ? choose(*value, *one) : *one;
      if (text_[at_++] == ')') break;
    }
    --depth_;
    return value;
  }

  const std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  bool relative_ = false;
};

// Behind the bracket that closes the one before `at`, or the end.
size_t BracketEnd(std::string_view text, size_t at) {
  for (int depth = 1; at < text.size(); ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return at + 1;
  }
  return at;
}

}  // namespace

Colour ReadColour(std::string_view text) {
  text = Trim(text);
  if (text.size() == 6 || text.size() == 8) {
    if (const std::optional<Colour> bare = ReadCssColour("#" + std::string(text))) return *bare;
  }
  return ReadCssColour(text).value_or(Colour{Colour::Kind::kUnknown});
}

std::optional<Colour> ReadCssColour(std::string_view text) {
  text = Trim(text);
  const Colour unknown{Colour::Kind::kUnknown};
  if (text.empty()) return std::nullopt;
  if (text[0] == '#') {
    const std::string_view digits = text.substr(1);
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return HexValue(c) >= 0; }))
      return std::nullopt;
    if (digits.size() == 6 || digits.size() == 8) {
      if (digits.size() == 8 && digits[6] == '0' && HexValue(digits[7]) < 0xD)
        return Colour{Colour::Kind::kTransparent};
      auto pair = [&](size_t at) {
        return static_cast<uint8_t>(HexValue(digits[at]) * 16 + HexValue(digits[at + 1]));
      };
      return Colour{Colour::Kind::kSolid, pair(0), pair(2), pair(4)};
    }
    if (digits.size() != 3 && digits.size() != 4) return std::nullopt;
    if (digits.size() == 4 && digits[3] == '0') return Colour{Colour::Kind::kTransparent};
    auto one = [&](size_t at) { return static_cast<uint8_t>(HexValue(digits[at]) * 17); };
    return Colour{Colour::Kind::kSolid, one(0), one(1), one(2)};
  }
  if (text.find('(') != std::string_view::npos) {
    if (StartsWithIgnoreCase(text, "rgb")) return ReadRgb(text.substr(3));
    if (StartsWithIgnoreCase(text, "hsl")) return ReadHsl(text.substr(3));
    for (const std::string_view function :
         {"hwb(", "lab(", "lch(", "oklab(", "oklch(", "color(", "color-mix(", "light-dark("}) {
      if (StartsWithIgnoreCase(text, function)) return unknown;
    }
    return std::nullopt;
  }
  if (EqualsIgnoreCase(text, "transparent")) return Colour{Colour::Kind::kTransparent};
  for (const std::string_view word : {"inherit", "unset", "revert", "revert-layer"}) {
    if (EqualsIgnoreCase(text, word)) return Colour();
  }
  // Those of the visitor's system, and of the words.
  for (const std::string_view word :
       {"currentcolor", "initial", "accentcolor", "accentcolortext", "activetext", "buttonborder",
        "buttonface", "buttontext", "field", "fieldtext", "graytext", "highlight", "highlighttext",
        "linktext", "mark", "marktext", "selecteditem", "selecteditemtext", "visitedtext"}) {
    if (EqualsIgnoreCase(text, word)) return unknown;
  }
  const std::string lower = AsciiLower(text.substr(0, 32));
  const auto named = std::lower_bound(
      std::begin(kColours), std::end(kColours), lower,
      [](const NamedColour& one, const std::string& name) { return one.name < name; });
  if (named == std::end(kColours) || named->name != lower) return std::nullopt;
  return Colour{Colour::Kind::kSolid, static_cast<uint8_t>(named->rgb >> 16),
                static_cast<uint8_t>(named->rgb >> 8), static_cast<uint8_t>(named->rgb)};
}

bool SameColour(const Colour& a, const Colour& b) {
  if (a.kind != Colour::Kind::kSolid || b.kind != Colour::Kind::kSolid) return false;
  return std::abs(a.red - b.red) <= kSameDistance && std::abs(a.green - b.green) <= kSameDistance &&
         std::abs(a.blue - b.blue) <= kSameDistance;
}

std::optional<float> ReadLength(std::string_view text) {
  text = Trim(text);
  constexpr size_t kBytesMax = 128;  // no honest one is longer
  text = text.substr(0, kBytesMax);
  if (text.empty()) return std::nullopt;
  const char first = AsciiLower(text[0]);
  if (first == 'c' || first == 'm' || StartsWithIgnoreCase(text, "-webkit-calc("))
    return Calculator(text).Value();
  if (first == '+') text.remove_prefix(1);
  size_t size = 0;
  return ReadPlain(text, &size);
}

// ---- variables -----------------------------------------------------------------

void CssVariables::Set(std::string_view text) {
  std::string clean;
  if (NeedsCleaning(text)) text = clean = CleanCss(text, Escapes::kUndone);
  const std::optional<CssDeclaration> declaration = SplitDeclaration(text);
  if (!declaration || !declaration->name.starts_with("--")) return;
  if (values_.size() >= limits::kVariablesMax) {
    cut_ = true;
  } else if (declaration->value.size() <= limits::kVariableBytesMax) {
    values_.emplace(declaration->name, declaration->value);
  }
}

void CssVariables::Read(std::string_view declarations) {
  CssReader reader(declarations, CssReader::Place::kBlock);
  for (CssItem item = reader.Next(); item.kind != CssItem::Kind::kEnd; item = reader.Next()) {
    if (item.kind == CssItem::Kind::kDeclaration) {
      if (item.sound) Set(item.text);
    } else if (item.kind != CssItem::Kind::kStatement) {
      reader.SkipBlock();
    }
  }
}

bool CssVariables::Append(std::string& out, std::string_view value, int depth,
                          StyleWork& work) const {
  constexpr int kDepthMax = 4;
  constexpr std::string_view kVar = "var(";
  for (;;) {
    const size_t at = FindIgnoreCase(value, kVar);
    out += value.substr(0, at);
    if (out.size() > limits::kVariableBytesMax) return false;
    if (at == std::string_view::npos) return true;
    // Those that stand for nothing never fill `out`, and each may stand for many.
    constexpr size_t kLookUp = 64;  // bytes compared, about
    if (!work.Take(kLookUp)) return false;
    const size_t end = BracketEnd(value, at + kVar.size());
    std::string_view name = value.substr(at + kVar.size(), end - at - kVar.size());
    if (name.ends_with(')')) name.remove_suffix(1);
    value.remove_prefix(end);
    std::string_view fallback;
    bool has_fallback = false;
    if (const size_t comma = name.find(','); comma != std::string_view::npos) {
      fallback = Trim(name.substr(comma + 1));
      has_fallback = true;
      name = name.substr(0, comma);
    }
    name = Trim(name);
    const std::string* known = Find(name);
    if ((known == nullptr && !has_fallback) || depth == kDepthMax) return false;
    if (!Append(out, known != nullptr ? std::string_view(*known) : fallback, depth + 1, work))
      return false;
  }
}

const std::string* CssVariables::Find(std::string_view name) const {
  const auto known = values_.find(name);
  if (known != values_.end()) return &known->second;
  return outer_ == nullptr ? nullptr : outer_->Find(name);
}

std::optional<std::string> CssVariables::Resolve(std::string_view value, StyleWork& work) const {
  std::string out;
  if (!Append(out, value, 0, work)) return std::nullopt;
  return out;
}

}  // namespace xuncha
