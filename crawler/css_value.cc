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
  uint8_t red, green, blue;
};
constexpr NamedColour kColours[] = {{"white", 255, 255, 255},
                                    {"black", 0, 0, 0},
                                    {"red", 255, 0, 0},
                                    {"blue", 0, 0, 255},
                                    {"green", 0, 128, 0},
                                    {"gray", 128, 128, 128},
                                    {"grey", 128, 128, 128},
                                    {"silver", 192, 192, 192},
                                    {"yellow", 255, 255, 0},
                                    {"navy", 0, 0, 128},
                                    {"snow", 255, 250, 250},
                                    {"ivory", 255, 255, 240},
                                    {"whitesmoke", 245, 245, 245},
                                    {"ghostwhite", 248, 248, 255},
                                    {"floralwhite", 255, 250, 240},
                                    {"maroon", 128, 0, 0},
                                    {"teal", 0, 128, 128},
                                    {"orange", 255, 165, 0},
                                    {"purple", 128, 0, 128},
                                    {"azure", 240, 255, 255},
                                    {"mintcream", 245, 255, 250},
                                    {"canvas", 255, 255, 255},
                                    {"canvastext", 0, 0, 0}};

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
  Colour unknown{Colour::Kind::kUnknown};
  if (text.empty()) return unknown;
  const bool hash = text[0] == '#';
  const std::string_view digits = hash ? text.substr(1) : text;
  const bool hex =
      std::all_of(digits.begin(), digits.end(), [](char c) { return HexValue(c) >= 0; });
  if (hex && (digits.size() == 6 || digits.size() == 8)) {
    if (digits.size() == 8 && digits[6] == '0' && HexValue(digits[7]) < 0xD)
      return {Colour::Kind::kTransparent};
    auto pair = [&](size_t at) {
      return static_cast<uint8_t>(HexValue(digits[at]) * 16 + HexValue(digits[at + 1]));
    };
    return {Colour::Kind::kSolid, pair(0), pair(2), pair(4)};
  }
  if (hex && hash && (digits.size() == 3 || digits.size() == 4)) {
    if (digits.size() == 4 && digits[3] == '0') return {Colour::Kind::kTransparent};
    auto one = [&](size_t at) { return static_cast<uint8_t>(HexValue(digits[at]) * 17); };
    return {Colour::Kind::kSolid, one(0), one(1), one(2)};
  }
  if (StartsWithIgnoreCase(text, "rgb")) return ReadRgb(text.substr(3));
  if (StartsWithIgnoreCase(text, "hsl")) return ReadHsl(text.substr(3));
  if (EqualsIgnoreCase(text, "transparent")) return {Colour::Kind::kTransparent};
  if (EqualsIgnoreCase(text, "inherit")) return {};
  for (const NamedColour& named : kColours) {
    if (EqualsIgnoreCase(text, named.name)) {
      return {Colour::Kind::kSolid, named.red, named.green, named.blue};
    }
  }
  return unknown;
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
