// SPDX-License-Identifier: Apache-2.0
#include "crawler/style.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/css_syntax.h"

namespace xuncha {
namespace {

constexpr float kFar = -999;  // pixels; margins and indents of honest pages stay far above
constexpr float kOff =
    -500;  // where a box with a place of its own leaves the screen; drawers wait at -300
constexpr float kFlat = 1;          // a box this thin shows no letter
constexpr float kPastEdge = 5'000;  // right of everything; nobody scrolls so far

// The keywords that any property may have.
constexpr std::string_view kEverywhere = " inherit initial unset revert revert-layer ";

// Whether all words of the value are among these, each of which stands between blanks.
bool AllAmong(std::string_view value, std::string_view words) {
  if (value.empty()) return false;
  for (size_t at = 0; at < value.size();) {
    const size_t end = std::min(value.find_first_of(" \t\r\n\f,", at), value.size());
    const std::string_view word = value.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    const size_t found = FindIgnoreCase(words, word);
    bool known = false;
    for (size_t from = found; from != std::string_view::npos && !known;
         from = FindIgnoreCase(words, word, from + 1)) {
      known = words[from - 1] == ' ' && words[from + word.size()] == ' ';
    }
    if (!known) return false;
  }
  return true;
}

// Whether it begins with one of these, which end with a '(' or stand between blanks.
bool Calls(std::string_view value, std::string_view functions) {
  const size_t open = value.find('(');
  return open != std::string_view::npos && open > 0 && AllAmong(value.substr(0, open), functions);
}

// The arguments of a function of a transform, "translate(-9px, 0)": those of the first that
// is called so.
std::string_view Arguments(std::string_view value, std::string_view function) {
  const size_t at = FindIgnoreCase(value, function);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = value.substr(at + function.size());
  int depth = 1;
  for (size_t end = 0; end < rest.size(); ++end) {
    depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0;
    if (depth == 0) return Trim(rest.substr(0, end));
  }
  return Trim(rest);
}

// Its parts between commas and blanks, as far as they are no others' arguments.
std::vector<std::string_view> Parts(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  const auto end = [&](size_t at) {
    if (at > begin) parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  };
  constexpr size_t kPartsMax = 32;
  for (size_t at = 0; at < text.size() && parts.size() < kPartsMax; ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0 && (text[at] == ',' || IsAsciiSpace(text[at]) || text[at] == '/')) end(at);
  }
  end(text.size());
  return parts;
}

bool AnyFar(std::string_view text) {
  const std::vector<std::string_view> parts = Parts(text);
  return std::any_of(parts.begin(), parts.end(), [](std::string_view part) {
    const std::optional<float> distance = ReadLength(part);
    return distance && std::fabs(*distance) >= -kFar;
  });
}

bool AnyNothing(std::string_view text) {
  const std::vector<std::string_view> parts = Parts(text);
  return std::any_of(parts.begin(), parts.end(), [](std::string_view part) {
    const std::optional<float> factor = ReadLength(part);
    return factor && std::fabs(*factor) <= 0.01f;
  });
}

// "90deg", ".25turn", "y 90deg": seen from its edge. Around the axis that points to the
// eye nothing is hidden.
bool IsEdgewise(std::string_view angle) {
  const std::optional<float> amount = ReadLength(angle);
  if (!amount) return false;
  const float degrees = ContainsIgnoreCase(angle, "turn")   ? *amount * 360
                        : ContainsIgnoreCase(angle, "grad") ? *amount * 0.9f
                        : ContainsIgnoreCase(angle, "rad")  ? *amount * 57.29578f
                                                            : *amount;
  return std::fabs(std::fabs(std::fmod(degrees, 180.0f)) - 90) < 1;
}

bool MovesAway(std::string_view value) {
  if (value.find('(') == std::string_view::npos) return false;
  for (const std::string_view function : {"scale(", "scalex(", "scaley("}) {
    if (AnyNothing(Arguments(value, function))) return true;
  }
  if (const std::string_view three = Arguments(value, "scale3d("); !three.empty()) {
    const std::vector<std::string_view> parts = Parts(three);  // the third is depth
    if (AnyNothing(three.substr(0, parts.size() > 2
                                       ? static_cast<size_t>(parts[2].data() - three.data())
                                       : three.size())))
      return true;
  }
  for (const std::string_view function :
       {"translate(", "translatex(", "translatey(", "translate3d("}) {
    if (AnyFar(Arguments(value, function))) return true;
  }
  if (const std::vector<std::string_view> matrix = Parts(Arguments(value, "matrix("));
      matrix.size() == 6) {
    float m[6] = {1, 0, 0, 1, 0, 0};
    for (size_t i = 0; i < 6; ++i) m[i] = ReadLength(matrix[i]).value_or(m[i]);
    if (std::fabs(m[0] * m[3] - m[1] * m[2]) <= 0.0001f) return true;  // its area
    if (std::fabs(m[4]) >= -kFar || std::fabs(m[5]) >= -kFar) return true;
  }
  return IsEdgewise(Arguments(value, "rotatex(")) || IsEdgewise(Arguments(value, "rotatey("));
}

// A mask of gradients all of whose colours are transparent, or one without a size.
bool MasksAll(std::string_view value) {
  if (!ContainsIgnoreCase(value, "gradient(") || ContainsIgnoreCase(value, "url(")) return false;
  bool any = false;
  for (const std::string_view part : Parts(Arguments(value, "gradient("))) {
    const Colour colour = ReadColour(part);
    if (colour.kind == Colour::Kind::kSolid) return false;
    any |= colour.kind == Colour::Kind::kTransparent;
  }
  return any;
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
  style.flags = on ? style.flags | flag : style.flags & ~static_cast<uint32_t>(flag);
}

// "3", "3px", "calc(...)", "auto": what a browser takes for a length.
bool IsLength(std::string_view value) {
  constexpr std::string_view kWords =
      " auto none normal min-content max-content fit-content stretch content "
      "-webkit-fill-available -moz-available xx-small x-small small medium large x-large xx-large "
      "xxx-large smaller larger ";
  constexpr std::string_view kUnits =
      " px em rem ex rex ch rch cap rcap ic ric lh rlh vw vh vi vb vmin vmax svw svh svi svb svmin "
      "svmax lvw lvh lvi lvb lvmin lvmax dvw dvh dvi dvb dvmin dvmax cqw cqh cqi cqb cqmin cqmax "
      "cm "
      "mm q in pt pc % ";
  if (AllAmong(value, kWords)) return true;
  if (Calls(value,
            " calc min max clamp env fit-content minmax anchor anchor-size round mod rem abs "
            "-webkit-calc "))
    return value.ends_with(')');
  if (value.starts_with('+')) value.remove_prefix(1);
  float number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc::invalid_argument) return false;
  const std::string_view unit = value.substr(static_cast<size_t>(end - value.data()));
  return unit.empty() ||
         (unit.find_first_of(" ,") == std::string_view::npos && AllAmong(unit, kUnits));
}

// "auto" and percentages take back what another rule said.
void SetLength(Style& style, Style::Length which, std::string_view value) {
  const bool everywhere = AllAmong(value, kEverywhere);
  if (!everywhere && !IsLength(value)) return;
  const std::optional<float> length = everywhere ? std::nullopt : ReadLength(value);
  // A number alone is a length in old documents only: there it may hide, it shows nowhere.
  constexpr float kShows = 2;
  const bool number = value.find_last_of("0123456789.") == value.size() - 1;
  if (number && length && *length >= kShows && *length < kPastEdge && which != Style::kLineHeight &&
      which != Style::kOrder)
    return;
  style.lengths[which] = length.value_or(std::numeric_limits<float>::quiet_NaN());
  style.lengths_set = static_cast<uint16_t>(style.lengths_set | 1u << which);
}

void SetBackground(Style& style, std::string_view value) {
  if (ContainsIgnoreCase(value, "url(") || ContainsIgnoreCase(value, "gradient")) {
    style.background = {Colour::Kind::kUnknown};
    SetFlag(style, Style::kPicture, true);
    return;
  }
  SetFlag(style, Style::kPicture, false);
  for (size_t at = 0; at < value.size();) {
    while (at < value.size() && IsAsciiSpace(value[at])) ++at;
    size_t end = at;
    int depth = 0;
    while (end < value.size() && (depth > 0 || !IsAsciiSpace(value[end]))) {
      depth += value[end] == '(' ? 1 : value[end] == ')' ? -1 : 0;
      ++end;
    }
    if (const std::optional<Colour> colour = ReadCssColour(value.substr(at, end - at))) {
      style.background = *colour;
      return;
    }
    at = end;
  }
}

// One value for all sides, or one for each: top, right, bottom, left.
std::array<std::string_view, 4> Sides(std::string_view value) {
  const std::vector<std::string_view> parts = Parts(value);
  if (parts.empty()) return {};
  const size_t n = parts.size();
  return {parts[0], parts[n > 1 ? 1 : 0], parts[n > 2 ? 2 : 0], parts[n > 3 ? 3 : n > 1 ? 1 : 0]};
}

// A part of a box's sides cut off, in hundredths of it; what is wide as a screen is all.
float ShareOf(std::string_view length) {
  constexpr float kScreen = 3'000;
  if (length.ends_with('%')) {
    const std::optional<float> share = ReadLength(length.substr(0, length.size() - 1));
    return share.value_or(0);
  }
  const std::optional<float> pixels = ReadLength(length);
  return pixels && *pixels >= kScreen ? 100 : 0;
}

// "100% 0 0", "50%", "0 round 50%", whose last is the roundness of its corners.
bool InsetClipsAll(std::string_view arguments) {
  arguments = arguments.substr(0, FindIgnoreCase(arguments, "round"));
  const std::array<std::string_view, 4> sides = Sides(arguments);
  return ShareOf(sides[0]) + ShareOf(sides[2]) >= 100 ||
         ShareOf(sides[1]) + ShareOf(sides[3]) >= 100;
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
  if (StartsWithIgnoreCase(value, "inset(")) return InsetClipsAll(Arguments(value, "inset("));
  if (StartsWithIgnoreCase(value, "circle")) return ContainsIgnoreCase(value, "(0");
  if (StartsWithIgnoreCase(value, "polygon")) {
    return std::none_of(value.begin(), value.end(), [](char c) { return c >= '1' && c <= '9'; });
  }
  return false;
}

void DeclareDisplay(std::string_view value, Style& style) {
  constexpr std::string_view kWords =
      " none contents block inline inline-block flow flow-root flex inline-flex grid inline-grid "
      "table inline-table table-row table-cell table-row-group table-header-group "
      "table-footer-group table-column table-column-group table-caption list-item ruby ruby-base "
      "ruby-text ruby-base-container ruby-text-container run-in math -webkit-box "
      "-webkit-inline-box -webkit-flex -webkit-inline-flex ";
  if (!AllAmong(value, kWords) && !AllAmong(value, kEverywhere)) return;
  const bool in_line = StartsWithIgnoreCase(value, "inline");
  const bool flex = ContainsIgnoreCase(value, "flex") || ContainsIgnoreCase(value, "grid") ||
                    ContainsIgnoreCase(value, "-box");
  SetFlag(style, Style::kNone, EqualsIgnoreCase(value, "none"));
  SetFlag(style, Style::kInline, in_line);
  SetFlag(style, Style::kFlex, flex);
  SetFlag(style, Style::kBoxInLine, in_line && value.size() > std::string_view("inline").size());
}

void DeclareFont(std::string_view value, Style& style) {
  // "bold 0/0 arial": the size is the first length, and a family comes behind it
  for (size_t at = 0; at < value.size(); ++at) {
    if ((value[at] >= '0' && value[at] <= '9') && (at == 0 || IsAsciiSpace(value[at - 1]))) {
      const std::string_view rest = value.substr(at);
      const size_t end = rest.find_first_of(" /");
      const std::string_view size = rest.substr(0, end);
      if (size.size() == 3 && size.find_first_not_of("0123456789") == std::string_view::npos) {
        continue;  // a weight
      }
      if (rest.find(' ') != std::string_view::npos) SetLength(style, Style::kFontSize, size);
      break;
    }
  }
}

// A number or a percentage, as opacity and zoom have it.
std::optional<float> ReadShare(std::string_view value) {
  const bool percent = value.ends_with('%');
  if (percent) value.remove_suffix(1);
  const bool number = !value.empty() && value.find_last_of("0123456789.)") == value.size() - 1;
  const std::optional<float> share = number ? ReadLength(value) : std::nullopt;
  return share && percent ? std::optional(*share / 100) : share;
}

// "0 0 3px red, 1px 1px": its colour, kUnset if that is the letters' own, kUnknown if there
// are several; nullopt if it is no shadow and no stroke.
std::optional<Colour> ReadShadow(std::string_view value) {
  std::optional<Colour> shadow;
  for (const std::string_view one : SplitCss(value, ',')) {
    Colour colour;
    bool length = false;
    for (const std::string_view part : Parts(one)) {
      if (const std::optional<Colour> found = ReadCssColour(part)) {
        colour = *found;
      } else {
        length |= IsLength(part);
      }
    }
    if (!length) return std::nullopt;
    const bool paints =
        colour.kind == Colour::Kind::kSolid || colour.kind == Colour::Kind::kUnknown;
    if (shadow && paints && shadow->kind != Colour::Kind::kUnset) {
      shadow = Colour{Colour::Kind::kUnknown};
    } else if (!shadow || paints) {
      shadow = colour;
    }
  }
  return shadow;
}

bool IsNear0(float amount) { return amount <= 0.05f; }
bool IsNear0(std::string_view value) {
  const std::optional<float> amount = ReadLength(value);
  return amount && IsNear0(*amount);
}

// Lengths by the name of their property, those of a Chinese or English page's writing.
constexpr std::pair<std::string_view, Style::Length> kLengthNames[] = {
    {"block-size", Style::kHeight},
    {"bottom", Style::kBottom},
    {"font-size", Style::kFontSize},
    {"height", Style::kHeight},
    {"inline-size", Style::kWidth},
    {"inset-block-end", Style::kBottom},
    {"inset-block-start", Style::kTop},
    {"inset-inline-end", Style::kRight},
    {"inset-inline-start", Style::kLeft},
    {"left", Style::kLeft},
    {"line-height", Style::kLineHeight},
    {"margin-block-start", Style::kMarginTop},
    {"margin-inline-start", Style::kMarginLeft},
    {"margin-left", Style::kMarginLeft},
    {"margin-top", Style::kMarginTop},
    {"max-block-size", Style::kMaxHeight},
    {"max-height", Style::kMaxHeight},
    {"max-inline-size", Style::kMaxWidth},
    {"max-width", Style::kMaxWidth},
    {"order", Style::kOrder},
    {"right", Style::kRight},
    {"text-indent", Style::kIndent},
    {"top", Style::kTop},
    {"width", Style::kWidth}};

// Properties by name; those of a vendor's own are what the prefix stands before.
void Declare(std::string_view name, std::string_view value, Style& style) {
  char lower[20];
  for (const std::string_view vendor : {"-webkit-", "-moz-", "-ms-"}) {
    if (name.starts_with('-') && StartsWithIgnoreCase(name, vendor))
      name.remove_prefix(vendor.size());
  }
  if (name.empty() || name.size() > sizeof lower || name[0] == '-') return;
  for (size_t i = 0; i < name.size(); ++i) lower[i] = AsciiLower(name[i]);
  name = {lower, name.size()};
  const auto known = std::lower_bound(
      std::begin(kLengthNames), std::end(kLengthNames), name,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (known != std::end(kLengthNames) && known->first == name) {
    if (known->second == Style::kFontSize && value.ends_with('%')) {
      constexpr float kUnreadable = 0.1f;  // of what is around it
      const std::optional<float> share = ReadShare(value);
      return SetLength(style, Style::kFontSize, share && *share <= kUnreadable ? "0" : value);
    }
    return SetLength(style, known->second, value);
  }
  // A value that no browser knows leaves what stood before.
  const bool everywhere = AllAmong(value, kEverywhere);
  const bool inherits = everywhere && !EqualsIgnoreCase(value, "initial");
  const auto flag = [&style](Style::Flag which, bool on) { SetFlag(style, which, on); };
  const auto among = [&](std::string_view words) { return everywhere || AllAmong(value, words); };
  const auto is = [value](std::string_view word) { return EqualsIgnoreCase(value, word); };
  switch (lower[0]) {
    case 'b':
      if (name == "background" || name == "background-image") SetBackground(style, value);
      if (name == "background-color") {
        if (const std::optional<Colour> colour = ReadCssColour(value)) style.background = *colour;
      }
      if (name == "box-direction" && among(" normal reverse "))
        flag(Style::kReverse, is("reverse"));
      if (name == "background" || (name == "background-clip" &&
                                   among(" border-box padding-box content-box border-area text ")))
        flag(Style::kTextClip, is("text") || value.ends_with(" text"));
      break;
    case 'c':
      if (name == "color") {
        if (const std::optional<Colour> colour = ReadCssColour(value)) style.colour = *colour;
      }
      if ((name == "clip" || name == "clip-path") &&
          (among(" none auto border-box padding-box content-box margin-box fill-box stroke-box "
                 "view-box ") ||
           Calls(value, " rect inset circle ellipse polygon path xywh shape url ")))
        flag(Style::kClipped, ClipsAll(value));
      if (name == "content-visibility" && among(" visible auto hidden "))
        flag(Style::kContentHidden, is("hidden"));
      break;
    case 'd':
      if (name == "display") DeclareDisplay(value, style);
      if (name == "direction" && !inherits && among(" ltr rtl "))
        flag(Style::kRightToLeft, is("rtl"));
      break;
    case 'f':
      if (name == "filter") {
        // alpha(opacity=0), opacity(0): only a plain zero hides
        const size_t at = FindIgnoreCase(value, "opacity");
        const size_t digit =
            at == std::string_view::npos ? at : value.find_first_of("0123456789.c", at + 7);
        const bool hides = digit != std::string_view::npos &&
                           IsNear0(value.substr(digit, value.rfind(')') - digit));
        // What only old browsers know shows in no other.
        if (hides || among(" none ") ||
            Calls(value,
                  " opacity blur brightness contrast drop-shadow grayscale hue-rotate invert "
                  "saturate sepia url "))
          flag(Style::kFiltered, hides);
      } else if (name == "font") {
        DeclareFont(value, style);
      } else if (name == "flex-direction" || name == "flex-flow") {
        if (!among(" row row-reverse column column-reverse nowrap wrap wrap-reverse ")) break;
        flag(Style::kReverse, ContainsIgnoreCase(value, "reverse") && !is("wrap-reverse"));
        flag(Style::kColumn, ContainsIgnoreCase(value, "column"));
      } else if (name == "float") {
        if (among(" left right none inline-start inline-end "))
          flag(Style::kFloatRight, is("right"));
      }
      break;
    case 'i':
      if (name == "inset") {
        const std::array<std::string_view, 4> sides = Sides(value);
        if (!everywhere && !std::all_of(sides.begin(), sides.end(), IsLength)) break;
        SetLength(style, Style::kTop, sides[0]);
        SetLength(style, Style::kRight, sides[1]);
        SetLength(style, Style::kBottom, sides[2]);
        SetLength(style, Style::kLeft, sides[3]);
      }
      break;
    case 'm':
      if (name == "margin") {
        const std::array<std::string_view, 4> sides = Sides(value);
        if (!everywhere && !std::all_of(sides.begin(), sides.end(), IsLength)) break;
        SetLength(style, Style::kMarginTop, sides[0]);
        SetLength(style, Style::kMarginLeft, sides[3]);
      } else if (name == "mask" || name == "mask-image") {
        if (among(" none ") || value.find('(') != std::string_view::npos)
          flag(Style::kMasked, MasksAll(value));
      } else if (name == "mask-size") {
        flag(Style::kMasked, AnyNothing(value));
      }
      break;
    case 'o':
      if (name == "opacity") {
        const std::optional<float> share = ReadShare(value);
        if (share || everywhere) flag(Style::kTransparent, share && IsNear0(*share));
      }
      if (name == "overflow" && among(" visible hidden clip scroll auto overlay "))
        flag(Style::kOverflowHidden, AllAmong(value, " hidden clip "));
      // One axis alone shows nothing: a box that cuts along the other scrolls along this.
      if ((name == "overflow-x" || name == "overflow-y" || name == "overflow-block" ||
           name == "overflow-inline") &&
          AllAmong(value, " hidden clip "))
        flag(Style::kOverflowHidden, true);
      break;
    case 'p':
      if (name == "position" && among(" static relative absolute fixed sticky -webkit-sticky "))
        flag(Style::kPositioned, AllAmong(value, " absolute fixed relative "));
      break;
    case 'r':
      if (name == "rotate") {
        const std::vector<std::string_view> parts = Parts(value);
        if (parts.empty() || (!among(" none ") && !ReadLength(parts.back()))) break;
        flag(Style::kTurned,
             parts.size() > 1 && !EqualsIgnoreCase(parts[0], "z") && IsEdgewise(parts.back()));
      }
      break;
    case 's':
      if (name == "scale" && (among(" none ") || ReadShare(value.substr(0, value.find(' ')))))
        flag(Style::kScaled, AnyNothing(value));
      break;
    case 't':
      if (name == "transform") {
        if (!among(" none ") &&
            !Calls(value,
                   " matrix matrix3d perspective rotate rotate3d rotatex rotatey rotatez "
                   "scale scale3d scalex scaley scalez skew skewx skewy translate "
                   "translate3d translatex translatey translatez "))
          break;
        flag(Style::kMoved, MovesAway(value));
        flag(Style::kMirrored, IsMirrored(value));
      } else if (name == "translate") {
        if (among(" none ") || IsLength(value.substr(0, value.find(' '))))
          flag(Style::kShifted, AnyFar(value));
      } else if (name == "text-fill-color") {
        if (const std::optional<Colour> colour = ReadCssColour(value)) style.fill = *colour;
      } else if (name == "text-shadow" || name == "text-stroke") {
        const std::optional<Colour> shadow = ReadShadow(value);
        if (inherits || (!shadow && !among(" none "))) break;
        flag(Style::kShadow, shadow.has_value());
        style.shadow = shadow.value_or(Colour());
      }
      break;
    case 'u':
      if (name == "unicode-bidi" &&
          among(" normal embed isolate bidi-override isolate-override plaintext "))
        flag(Style::kOverride, ContainsIgnoreCase(value, "override"));
      break;
    case 'v':
      if (name == "visibility" && !inherits && among(" visible hidden collapse "))
        flag(Style::kInvisible, AllAmong(value, " hidden collapse "));
      break;
    case 'z':
      if (name == "z-index") {
        const bool number = value.find_first_not_of("+-0123456789") == std::string_view::npos;
        if (number || among(" auto "))
          flag(Style::kBehind, value.size() > 1 && value[0] == '-' && value[1] != '0');
      } else if (name == "zoom") {
        const std::optional<float> amount = ReadShare(value);
        if (amount || among(" normal reset "))
          flag(Style::kShrunk, amount && *amount <= 0.01f && *amount > 0);
      }
      break;
    default:
      break;
  }
}

}  // namespace

void Style::Apply(const Style& over) {
  flags = (flags & ~over.flags_set) | (over.flags & over.flags_set);
  flags_set |= over.flags_set;
  for (int i = 0; over.lengths_set >> i != 0; ++i) {
    if ((over.lengths_set >> i & 1) != 0) lengths[i] = over.lengths[i];
  }
  lengths_set = static_cast<uint16_t>(lengths_set | over.lengths_set);
  if (over.colour.kind != Colour::Kind::kUnset) colour = over.colour;
  if (over.background.kind != Colour::Kind::kUnset) background = over.background;
  if (over.fill.kind != Colour::Kind::kUnset) fill = over.fill;
  if (over.Sets(kShadow)) shadow = over.shadow;
}

void Style::KeepShowing() {
  constexpr float kShows = 2;  // pixels; shorter boxes and fonts hide
  flags_set &= ~flags;
  flags = 0;
  for (int i = 0; i < kLengths; ++i) {
    if (lengths[i] < kShows || lengths[i] >= kPastEdge)
      lengths_set = static_cast<uint16_t>(lengths_set & ~(1u << i));
  }
  colour = background = fill = {};
}

Hiding Style::OwnHiding() const {
  if (flags == 0 && lengths_set == 0) return Hiding::kNone;
  if (Is(kNone) || Is(kContentHidden)) return Hiding::kDisplayNone;
  if (Is(kTransparent) || Is(kFiltered)) return Hiding::kOpacity;
  const auto at_most = [this](Length which, float bound) {
    return Sets(which) && lengths[which] <= bound;
  };
  const auto at_least = [this](Length which, float bound) {
    return Sets(which) && lengths[which] >= bound;
  };
  if (Is(kPositioned) && (at_most(kLeft, kOff) || at_most(kTop, kOff) || at_most(kRight, kOff) ||
                          at_most(kBottom, kOff) || at_least(kLeft, kPastEdge) ||
                          at_least(kRight, kPastEdge) || at_least(kBottom, kPastEdge))) {
    return Hiding::kOffScreen;
  }
  if (at_most(kMarginLeft, kFar) || at_most(kMarginTop, kFar) || at_least(kMarginLeft, kPastEdge))
    return Hiding::kOffScreen;
  const bool no_line = at_most(kLineHeight, 0) && !Sets(kHeight);
  if (Is(kOverflowHidden) && (at_most(kWidth, kFlat) || at_most(kHeight, kFlat) ||
                              at_most(kMaxWidth, kFlat) || at_most(kMaxHeight, kFlat) || no_line)) {
    return Is(kClipped) ? Hiding::kClip : Hiding::kZeroSize;
  }
  if (Is(kClipped) || Is(kMasked)) return Hiding::kClip;
  if (Is(kMoved) || Is(kScaled) || Is(kShifted) || Is(kTurned) || Is(kShrunk))
    return Hiding::kTransform;
  if (Is(kBehind) && Is(kPositioned)) return Hiding::kBehind;
  return Hiding::kNone;
}

void ReadDeclaration(std::string_view text, Style& style, Style& important, StyleWork& work,
                     const CssVariables* variables) {
  std::string clean;
  if (NeedsCleaning(text)) text = clean = CleanCss(text, Escapes::kUndone);
  const std::optional<CssDeclaration> declaration = SplitDeclaration(text);
  if (!declaration) return;
  Style& into = declaration->important ? important : style;
  if (!ContainsIgnoreCase(declaration->value, "var(")) {
    Declare(declaration->name, declaration->value, into);
  } else if (variables != nullptr) {
    if (const std::optional<std::string> resolved = variables->Resolve(declaration->value, work))
      Declare(declaration->name, *resolved, into);
  }
}

void ReadDeclarations(std::string_view text, Style& style, Style& important, StyleWork& work,
                      const CssVariables* variables) {
  CssReader reader(text, CssReader::Place::kBlock);
  for (CssItem item = reader.Next(); item.kind != CssItem::Kind::kEnd; item = reader.Next()) {
    if (item.kind == CssItem::Kind::kDeclaration) {
      if (item.sound) ReadDeclaration(item.text, style, important, work, variables);
    } else if (item.kind != CssItem::Kind::kStatement) {
      reader.SkipBlock();  // no rule stands in an attribute
    }
  }
}

uint32_t HashStyleName(std::string_view name, char kind) {
  uint32_t hash = 2166136261u ^ static_cast<unsigned char>(kind);
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(AsciiLower(c))) * 16777619u;
  return hash | 1;  // 0 means none
}

bool SelectorTest::Holds(std::string_view found) const {
  const auto is = [](std::string_view a, std::string_view b) { return EqualsIgnoreCase(a, b); };
  switch (kind) {
    case Kind::kHas:
      return true;
    case Kind::kIs:
      return is(found, value);
    case Kind::kWord:
      for (size_t at = 0; at < found.size();) {
        const size_t end = std::min(found.find_first_of(" \t\r\n\f", at), found.size());
        if (end > at && is(found.substr(at, end - at), value)) return true;
        at = end + 1;
      }
      return false;
    case Kind::kPrefix:
      return is(found.substr(0, value.size()), value) &&
             (found.size() == value.size() || found[value.size()] == '-');
    case Kind::kBegins:
      return is(found.substr(0, value.size()), value);
    case Kind::kEnds:
      return found.size() >= value.size() && is(found.substr(found.size() - value.size()), value);
    case Kind::kContains:
      return ContainsIgnoreCase(found, value);
    default:
      return false;
  }
}

size_t SelectorTest::WorkOf(std::string_view found) const {
  constexpr size_t kAtOnce = 16;  // bytes, in the time of looking for a rule
  return 1 + (kind == Kind::kContains ? found.size() * (1 + value.size() / kAtOnce)
                                      : found.size() / kAtOnce);
}

bool SelectorTest::Holds(uint32_t place) const {
  const int64_t past = static_cast<int64_t>(place) - offset;
  return step == 0 ? past == 0 : past % step == 0 && past / step >= 0;
}

bool Subject::Bears(uint32_t hash) const {
  const auto end = classes.begin() + class_count;
  return hash == name || hash == id || std::find(classes.begin(), end, hash) != end;
}

void Subject::Bear(uint32_t hash) {
  if (class_count < classes.size()) {
    classes[class_count++] = hash;
  } else {
    cut = true;
  }
}

bool operator==(const Subject& a, const Subject& b) {
  return a.name == b.name && a.id == b.id && a.class_count == b.class_count &&
         std::equal(a.classes.begin(), a.classes.begin() + a.class_count, b.classes.begin());
}

Subject SubjectOf(const Element& element) {
  Subject subject;
  if (!element.name.empty()) subject.name = HashStyleName(element.name, 't');
  for (const Attribute& attribute : element.attributes) {
    if (attribute.id == Attr::kId && !attribute.value.empty()) {
      subject.id = HashStyleName(attribute.value, '#');
    } else if (attribute.id == Attr::kClass && subject.class_count == 0) {
      const std::string_view all = attribute.value;
      for (size_t at = 0; at < all.size();) {
        while (at < all.size() && IsAsciiSpace(all[at])) ++at;
        size_t end = at;
        while (end < all.size() && !IsAsciiSpace(all[end])) ++end;
        const auto known = subject.classes.begin() + subject.class_count;
        const uint32_t hash = end > at ? HashStyleName(all.substr(at, end - at), '.') : 0;
        if (hash != 0 && std::find(subject.classes.begin(), known, hash) == known) {
          if (subject.class_count == limits::kSubjectClassesMax) {
            subject.cut = true;
            break;
          }
          subject.classes[subject.class_count++] = hash;  // a class named twice counts once
        }
        at = end;
      }
    }
  }
  return subject;
}

}  // namespace xuncha
