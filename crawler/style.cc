// SPDX-License-Identifier: Apache-2.0
#include "crawler/style.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr float kFar = -999;  // pixels; margins and indents of honest pages stay far above
constexpr float kOff =
    -500;  // where a box with a place of its own leaves the screen; drawers wait at -300
constexpr float kFlat = 1;         // a box this thin shows no letter
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
                                    {"mintcream", 245, 255, 250}};

// "rgb(1, 2, 3)", "rgba(1 2 3 / 0)": up to four numbers.
Colour ReadRgb(std::string_view inside) {
  float numbers[4] = {0, 0, 0, 1};
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
    if (at < inside.size() && inside[at] == '%') value *= count < 3 ? 2.55f : 0.01f;
    numbers[count++] = value;
  }
  if (count < 3) return {Colour::Kind::kUnknown};
  if (numbers[3] <= 0.05f) return {Colour::Kind::kTransparent};
  auto channel = [](float value) { return static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f)); };
  return {Colour::Kind::kSolid, channel(numbers[0]), channel(numbers[1]), channel(numbers[2])};
}

// The value without "!important" and white space around it.
std::string_view CleanValue(std::string_view value) {
  const size_t mark = value.find('!');
  if (mark != std::string_view::npos) value = value.substr(0, mark);
  return Trim(value);
}

// The numbers of "rect(0,0,0,0)", "inset(100%)": whether all are 0 or, for inset,
// the box is emptied.
bool ClipsAll(std::string_view value) {
  if (StartsWithIgnoreCase(value, "rect")) {
    for (char c : value) {
      if (c >= '2' && c <= '9') return false;  // rect(1px,1px,1px,1px) is as empty
      if (AsciiLower(c) == 'a') return false;  // auto
    }
    return value.find('0') != std::string_view::npos || value.find('1') != std::string_view::npos;
  }
  if (StartsWithIgnoreCase(value, "inset"))
    return ContainsIgnoreCase(value, "100%") || ContainsIgnoreCase(value, "50%");
  if (StartsWithIgnoreCase(value, "circle")) return ContainsIgnoreCase(value, "(0");
  if (StartsWithIgnoreCase(value, "polygon")) {
    return std::none_of(value.begin(), value.end(), [](char c) { return c >= '1' && c <= '9'; });
  }
  return false;
}

bool MovesAway(std::string_view value) {
  size_t at = FindIgnoreCase(value, "scale");
  if (at != std::string_view::npos) {
    const size_t open = value.find('(', at);
    if (open != std::string_view::npos) {
      const std::optional<float> factor = ReadLength(value.substr(open + 1));
      if (factor && std::fabs(*factor) <= 0.01f) return true;
    }
  }
  at = FindIgnoreCase(value, "translate");
  if (at == std::string_view::npos) return false;
  at = value.find('(', at);
  while (at != std::string_view::npos && at < value.size() && value[at] != ')') {
    const std::optional<float> distance = ReadLength(Trim(value.substr(at + 1)));
    if (distance && std::fabs(*distance) >= -kFar) return true;
    at = value.find_first_of(",)", at + 1);
  }
  return false;
}

// "scaleX(-1)", "scale(-1, 1)", "rotateY(180deg)": words run from right to left.
bool IsMirrored(std::string_view value) {
  const auto argument = [value](std::string_view function) -> std::string_view {
    const size_t at = FindIgnoreCase(value, function);
    return at == std::string_view::npos ? std::string_view()
                                        : Trim(value.substr(at + function.size()));
  };
  if (StartsWithIgnoreCase(argument("rotateY("), "180deg")) return true;
  if (argument("scaleX(").starts_with("-1")) return true;
  const std::string_view both = argument("scale(");
  if (!both.starts_with("-1")) return false;
  const size_t comma = both.find(',');
  return comma != std::string_view::npos && !Trim(both.substr(comma + 1)).starts_with('-');
}

void SetFlag(Style& style, Style::Flag flag, bool on) {
  style.flags_set |= flag;
  style.flags = static_cast<uint16_t>(on ? style.flags | flag : style.flags & ~flag);
}

void SetLength(Style& style, Style::Length which, std::string_view value) {
  if (const std::optional<float> length = ReadLength(value)) {
    style.lengths[which] = *length;
    style.lengths_set = static_cast<uint16_t>(style.lengths_set | 1u << which);
  } else {  // "auto" and percentages undo what was known
    style.lengths_set = static_cast<uint16_t>(style.lengths_set & ~(1u << which));
  }
}

void SetBackground(Style& style, std::string_view value) {
  if (ContainsIgnoreCase(value, "url(") || ContainsIgnoreCase(value, "gradient")) {
    style.background = {Colour::Kind::kUnknown};
    return;
  }
  for (size_t at = 0; at < value.size();) {
    while (at < value.size() && IsAsciiSpace(value[at])) ++at;
    size_t end = at;
    int depth = 0;
    while (end < value.size() && (depth > 0 || !IsAsciiSpace(value[end]))) {
      depth += value[end] == '(' ? 1 : value[end] == ')' ? -1 : 0;
      ++end;
    }
    const Colour colour = ReadColour(value.substr(at, end - at));
    if (colour.kind == Colour::Kind::kSolid || colour.kind == Colour::Kind::kTransparent) {
      style.background = colour;
      return;
    }
    at = end;
  }
}

void Declare(std::string_view name, std::string_view value, Style& style) {
  char lower[16];
  if (name.empty() || name.size() > sizeof lower) return;
  for (size_t i = 0; i < name.size(); ++i) lower[i] = AsciiLower(name[i]);
  name = {lower, name.size()};
  value = CleanValue(value);
  switch (lower[0]) {
    case 'b':
      if (name == "background" || name == "background-color") SetBackground(style, value);
      if (name == "bottom") SetLength(style, Style::kBottom, value);
      break;
    case 'c':
      if (name == "color") style.colour = ReadColour(value);
      if (name == "clip" || name == "clip-path") SetFlag(style, Style::kClipped, ClipsAll(value));
      break;
    case 'd':
      if (name == "display") {
        SetFlag(style, Style::kNone, EqualsIgnoreCase(value, "none"));
        SetFlag(style, Style::kInline, StartsWithIgnoreCase(value, "inline"));
      } else if (name == "direction") {
        SetFlag(style, Style::kRightToLeft, EqualsIgnoreCase(value, "rtl"));
      }
      break;
    case 'f':
      if (name == "font-size") {
        SetLength(style, Style::kFontSize, value);
      } else if (name == "filter" && ContainsIgnoreCase(value, "opacity")) {
        // alpha(opacity=0), opacity(0): only a plain zero hides
        const size_t digit = value.find_first_of("0123456789.");
        const std::optional<float> amount =
            digit == std::string_view::npos ? std::nullopt : ReadLength(value.substr(digit));
        if (amount && *amount <= 0.05f) SetFlag(style, Style::kTransparent, true);
      } else if (name == "font") {
        // "bold 0/0 arial": the size is the first length
        for (size_t at = 0; at < value.size(); ++at) {
          if ((value[at] >= '0' && value[at] <= '9') && (at == 0 || IsAsciiSpace(value[at - 1]))) {
            const std::string_view rest = value.substr(at);
            const size_t end = rest.find_first_of(" /");
            const std::string_view size = rest.substr(0, end);
            if (size.size() == 3 &&
                size.find_first_not_of("0123456789") == std::string_view::npos) {
              continue;  // a weight
            }
            SetLength(style, Style::kFontSize, size);
            break;
          }
        }
      }
      break;
    case 'h':
      if (name == "height") SetLength(style, Style::kHeight, value);
      break;
    case 'l':
      if (name == "left") SetLength(style, Style::kLeft, value);
      break;
    case 'm':
      if (name == "margin-left") SetLength(style, Style::kMarginLeft, value);
      if (name == "margin-top") SetLength(style, Style::kMarginTop, value);
      if (name == "max-height") SetLength(style, Style::kMaxHeight, value);
      if (name == "max-width") SetLength(style, Style::kMaxWidth, value);
      if (name == "margin") {  // top [right [bottom [left]]]
        std::array<std::string_view, 4> sides;
        size_t count = 0;
        for (std::string_view side : Split(value, ' ')) {
          if (!side.empty() && count < 4) sides[count++] = side;
        }
        if (count > 0) {
          SetLength(style, Style::kMarginTop, sides[0]);
          SetLength(style, Style::kMarginLeft, sides[count == 4 ? 3 : count >= 2 ? 1 : 0]);
        }
      }
      break;
    case 'o':
      if (name == "opacity") {
        const std::optional<float> amount = ReadLength(value);
        SetFlag(style, Style::kTransparent, amount && *amount <= 0.05f);
      } else if (StartsWithIgnoreCase(name, "overflow")) {
        SetFlag(style, Style::kOverflowHidden,
                EqualsIgnoreCase(value, "hidden") || EqualsIgnoreCase(value, "clip"));
      }
      break;
    case 'p':
      if (name == "position") {
        SetFlag(style, Style::kPositioned,
                EqualsIgnoreCase(value, "absolute") || EqualsIgnoreCase(value, "fixed") ||
                    EqualsIgnoreCase(value, "relative"));
      }
      break;
    case 'r':
      if (name == "right") SetLength(style, Style::kRight, value);
      break;
    case 't':
      if (name == "top") SetLength(style, Style::kTop, value);
      if (name == "text-indent") SetLength(style, Style::kIndent, value);
      if (name == "transform") {
        SetFlag(style, Style::kMoved, MovesAway(value));
        SetFlag(style, Style::kMirrored, IsMirrored(value));
      }
      break;
    case 'u':
      if (name == "unicode-bidi")
        SetFlag(style, Style::kOverride, ContainsIgnoreCase(value, "override"));
      break;
    case 'v':
      if (name == "visibility") {
        SetFlag(style, Style::kInvisible,
                EqualsIgnoreCase(value, "hidden") || EqualsIgnoreCase(value, "collapse"));
      }
      break;
    case 'w':
      if (name == "width") SetLength(style, Style::kWidth, value);
      break;
    case 'z':
      if (name == "z-index") {
        SetFlag(style, Style::kBehind, value.size() > 1 && value[0] == '-' && value[1] != '0');
      } else if (name == "zoom") {
        const std::optional<float> amount = ReadLength(value);
        if (amount && *amount <= 0.01f && *amount > 0) SetFlag(style, Style::kMoved, true);
      }
      break;
    default:
      break;
  }
}

// CSS without comments and with escapes undone: "dis/**/play", "n\6f ne".
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '/' && at + 1 < text.size() && text[at + 1] == '*') {
      const size_t end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else if (text[at] == '\\' && at + 1 < text.size()) {
      at = AppendCssEscape(out, text, at);
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

}  // namespace

size_t AppendCssEscape(std::string& out, std::string_view text, size_t at) {
  constexpr size_t kDigitsMax = 6;
  const size_t digits = ++at;
  char32_t code = 0;
  for (; at < text.size() && at < digits + kDigitsMax && HexValue(text[at]) >= 0; ++at) {
    code = code * 16 + static_cast<char32_t>(HexValue(text[at]));
  }
  if (at == digits) {
    out.push_back(text[at]);
    return at + 1;
  }
  AppendUtf8(out, code == 0 ? 0xFFFD : code);
  return at < text.size() && IsAsciiSpace(text[at]) ? at + 1 : at;
}

Colour ReadColour(std::string_view text) {
  text = Trim(text);
  Colour unknown{Colour::Kind::kUnknown};
  if (text.empty()) return unknown;
  const bool hash = text[0] == '#';
  const std::string_view digits = hash ? text.substr(1) : text;
  const bool hex =
      std::all_of(digits.begin(), digits.end(), [](char c) { return HexValue(c) >= 0; });
  if (hex && (digits.size() == 6 || digits.size() == 8)) {
    if (digits.size() == 8 && digits[6] == '0' && digits[7] == '0')
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
  if (EqualsIgnoreCase(text, "transparent")) return {Colour::Kind::kTransparent};
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
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 64) text = text.substr(0, 64);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return text.starts_with('-') ? -1e9f : 1e9f;
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
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

void Style::Apply(const Style& over) {
  flags = static_cast<uint16_t>((flags & ~over.flags_set) | (over.flags & over.flags_set));
  flags_set = static_cast<uint16_t>(flags_set | over.flags_set);
  for (int i = 0; over.lengths_set >> i != 0; ++i) {
    if ((over.lengths_set >> i & 1) != 0) lengths[i] = over.lengths[i];
  }
  lengths_set = static_cast<uint16_t>(lengths_set | over.lengths_set);
  if (over.colour.kind != Colour::Kind::kUnset) colour = over.colour;
  if (over.background.kind != Colour::Kind::kUnset) background = over.background;
}

void Style::KeepShowing() {
  constexpr float kShows = 2;  // pixels; shorter boxes and fonts hide
  flags_set = static_cast<uint16_t>(flags_set & ~flags);
  flags = 0;
  for (int i = 0; i < kLengths; ++i) {
    if (lengths[i] < kShows) lengths_set = static_cast<uint16_t>(lengths_set & ~(1u << i));
  }
  colour = background = {};
}

Hiding Style::OwnHiding() const {
  if (flags == 0 && lengths_set == 0) return Hiding::kNone;
  if (Is(kNone)) return Hiding::kDisplayNone;
  if (Is(kTransparent)) return Hiding::kOpacity;
  auto at_most = [this](Length which, float bound) {
    return Sets(which) && lengths[which] <= bound;
  };
  if (Is(kPositioned) && (at_most(kLeft, kOff) || at_most(kTop, kOff) || at_most(kRight, kOff) ||
                          at_most(kBottom, kOff))) {
    return Hiding::kOffScreen;
  }
  if (at_most(kMarginLeft, kFar) || at_most(kMarginTop, kFar)) return Hiding::kOffScreen;
  if (Is(kOverflowHidden) && (at_most(kWidth, kFlat) || at_most(kHeight, kFlat) ||
                              at_most(kMaxWidth, kFlat) || at_most(kMaxHeight, kFlat))) {
    return Is(kClipped) ? Hiding::kClip : Hiding::kZeroSize;
  }
  if (Is(kClipped)) return Hiding::kClip;
  if (Is(kMoved)) return Hiding::kTransform;
  if (Is(kBehind) && Is(kPositioned)) return Hiding::kBehind;
  return Hiding::kNone;
}

void ReadDeclarations(std::string_view text, Style& style, Style& important) {
  std::string clean;
  if (text.find('\\') != std::string_view::npos || text.find("/*") != std::string_view::npos) {
    clean = Unescape(text);
    text = clean;
  }
  size_t at = 0;
  while (at < text.size()) {
    const size_t name_begin = at;
    while (at < text.size() && text[at] != ':' && text[at] != ';') ++at;
    if (at >= text.size()) return;
    const std::string_view name = Trim(text.substr(name_begin, at - name_begin));
    if (text[at] == ';') {
      ++at;
      continue;
    }
    const size_t value_begin = ++at;
    char quote = 0;
    int depth = 0;
    while (at < text.size() && (quote != 0 || depth > 0 || text[at] != ';')) {
      const char c = text[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && depth > 0) {
        --depth;
      }
      ++at;
    }
    const std::string_view value = text.substr(value_begin, at - value_begin);
    const size_t mark = value.find('!');
    const bool stronger = mark != std::string_view::npos &&
                          StartsWithIgnoreCase(Trim(value.substr(mark + 1)), "important");
    Declare(name, value, stronger ? important : style);
    ++at;
  }
}

uint32_t HashStyleName(std::string_view name, char kind) {
  uint32_t hash = 2166136261u ^ static_cast<unsigned char>(kind);
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(AsciiLower(c))) * 16777619u;
  return hash | 1;  // 0 means none
}

Subject SubjectOf(const Element& element) {
  Subject subject;
  if (!element.name.empty()) subject.name = HashStyleName(element.name, 't');
  for (const Attribute& attribute : element.attributes) {
    if (attribute.id == Attr::kId && !attribute.value.empty()) {
      subject.id = HashStyleName(attribute.value, '#');
    } else if (attribute.id == Attr::kClass && subject.class_count == 0) {
      const std::string_view all = attribute.value;
      for (size_t at = 0; at < all.size() && subject.class_count < subject.classes.size();) {
        while (at < all.size() && IsAsciiSpace(all[at])) ++at;
        size_t end = at;
        while (end < all.size() && !IsAsciiSpace(all[end])) ++end;
        const auto known = subject.classes.begin() + subject.class_count;
        const uint32_t hash = end > at ? HashStyleName(all.substr(at, end - at), '.') : 0;
        if (hash != 0 && std::find(subject.classes.begin(), known, hash) == known)
          subject.classes[subject.class_count++] = hash;  // a class named twice counts once
        at = end;
      }
    }
  }
  return subject;
}

}  // namespace xuncha
