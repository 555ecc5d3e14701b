// Hiding: which of an element's text a visitor can see, by its attributes and by
// the styles that apply to it.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/page_reader.h"
#include "crawler/sheet_text.h"

namespace xuncha {
namespace {

constexpr float kUnreadable = 2;  // pixels; nobody reads letters of that height

// Elements whose text is for browsers that do not know them, or for programs: no browser
// of today shows it. Inside a picture only those of the second table.
constexpr std::string_view kUnshown[] = {"annotation", "annotation-xml", "audio",  "canvas",
                                         "datalist",   "meter",          "object", "progress",
                                         "rp",         "video"};
constexpr std::string_view kUnshownInSvg[] = {"defs", "desc", "metadata", "symbol", "title"};

bool IsUnshown(const Element& element, bool in_svg) {
  const auto is = [&element](std::string_view name) {
    return EqualsIgnoreCase(element.name, name);
  };
  switch (element.tag) {
    case Tag::kObject:  // shown if it has nothing to show instead
      return element.Has(Attr::kData);
    case Tag::kOther:
    case Tag::kAudio:
    case Tag::kCanvas:
    case Tag::kVideo:
      return std::ranges::any_of(kUnshown, is) ||
             (in_svg && std::ranges::any_of(kUnshownInSvg, is));
    case Tag::kTitle:
      return in_svg;
    default:
      return false;
  }
}

// Elements that hide, or show, without an attribute or a style.
bool HidesByItself(Tag tag) {
  return tag == Tag::kNoscript || tag == Tag::kTemplate || tag == Tag::kDetails ||
         tag == Tag::kSummary || tag == Tag::kDialog || tag == Tag::kMarquee;
}

// Indented out of its box, which cuts off what stands beyond, or off the screen.
bool IsIndentedAway(const Style& style) {
  constexpr float kFar = 999, kPastEdge = 5'000;
  const float indent = style.lengths[Style::kIndent];
  return indent <= -kFar || indent >= kPastEdge ||
         (style.Is(Style::kOverflowHidden) && style.Sets(Style::kWidth) && indent > 0 &&
          indent >= style.lengths[Style::kWidth]);
}

}  // namespace

// Below the end of a box that shows nothing beyond.
bool PageReader::IsCutOff(const Style& style, const Frame& frame) {
  if (frame.cut_height <= 0) return false;
  const auto below = [&](Style::Length length) {
    return style.Sets(length) && style.lengths[length] >= frame.cut_height;
  };
  return (style.Is(Style::kPositioned) && below(Style::kTop)) || below(Style::kMarginTop);
}

// Whether what it holds is read in another order than it is written.
void PageReader::SetFlow(const Style& style, Frame& frame) {
  if (style.Sets(Style::kRightToLeft)) frame.leftwards = style.Is(Style::kRightToLeft);
  if (style.Sets(Style::kOrder)) frame.rank = style.lengths[Style::kOrder];
  frame.floats_right = style.Is(Style::kFloatRight);
  frame.box_in_line = style.Is(Style::kBoxInLine);
  frame.box = style.Is(Style::kFlex);
  const bool turned = frame.leftwards && !style.Is(Style::kColumn);
  frame.box_reversed = style.Is(Style::kReverse) != turned;
}

// A style attribute, with the variables that it sets itself or the page's sheets do.
void PageReader::ReadOwnStyle(std::string_view text, Style& style, Style& important) {
  if (!ContainsIgnoreCase(text, "var("))
    return ReadDeclarations(text, style, important, reading_.style_work);
  CssVariables variables(reading_.cascade.variables());
  variables.Read(text);
  ReadDeclarations(text, style, important, reading_.style_work, &variables);
  if (variables.cut() || reading_.style_work.over()) reading_.HitStyles();
}

void PageReader::HideAsNoscript(Frame& frame) {
  frame.own = frame.effective = Hiding::kNoscript;
  frame.where = Where::kNoscript;
  frame.block = static_cast<int32_t>(reading_.blocks.size());
  HiddenBlock& block = reading_.blocks.emplace_back();
  block.hiding = Hiding::kNoscript;
  block.where = Where::kNoscript;
  block.name = "noscript";
}

// Decides whether a visitor can see what the element holds.
void PageReader::Hide(const Element& element, Frame& frame) {
  const bool sheets = !reading_.cascade.empty();
  const bool unshown = IsUnshown(element, frame.in_svg);
  if (!sheets && element.attributes.empty() && !HidesByItself(element.tag) && !unshown) return;
  Style style, important;
  bool any = false;
  if (sheets) {
    const Cascade::Said& said = styles_.Open(reading_.cascade, element);
    frame.in_styles = true;
    style = said.style;
    important = said.important;
    any = !style.empty() || !important.empty();
    for (const std::string* words : said.contents) PutCssContent(element, *words);
    if (reading_.cascade.work() > limits::kStyleWorkMax || reading_.cascade.cut())
      reading_.HitStyles();
  }
  Style own_important;
  bool hidden = false, kept_hidden = false;  // by the attribute
  for (const Attribute& attribute : element.attributes) {
    switch (attribute.id) {
      case Attr::kStyle:
        ReadOwnStyle(attribute.value, style, own_important);
        if (attribute.value.find_first_of("\"'(") != std::string_view::npos) {
          for (const CssContent& words : ReadSheetText("{" + std::string(attribute.value)).words)
            PutCssContent(element, words.text);
        }
        any = true;
        frame.styled = true;
        break;
      case Attr::kOther:  // it opens when a script or a button asks for it
        if (!EqualsIgnoreCase(attribute.name, "popover")) break;
        [[fallthrough]];
      case Attr::kHidden:
        hidden = true;
        // The browser finds it by what is searched for, not by its display.
        kept_hidden = EqualsIgnoreCase(attribute.value, "until-found");
        any = true;
        break;
      case Attr::kColor:
        if (element.tag == Tag::kFont || element.tag == Tag::kBasefont) {
          style.colour = ReadColour(attribute.value);
          frame.styled = any = true;
        }
        break;
      case Attr::kBgcolor:
        style.background = ReadColour(attribute.value);
        any = true;
        break;
      case Attr::kBackground:
        style.background = {Colour::Kind::kUnknown};
        any = true;
        break;
      case Attr::kDir:
        if (EqualsIgnoreCase(attribute.value, "rtl")) {
          const uint32_t flags =
              Style::kRightToLeft | (element.tag == Tag::kBdo ? uint32_t{Style::kOverride} : 0u);
          style.flags_set |= flags;
          style.flags |= flags;
          any = true;
        }
        break;
      default:
        break;
    }
  }
  if (!important.empty()) style.Apply(important);
  if (!own_important.empty()) style.Apply(own_important);
  // A style that displays it is stronger than the attribute.
  const bool displayed = style.Sets(Style::kNone) && !style.Is(Style::kNone);
  if (hidden && (kept_hidden || !displayed) && frame.own == Hiding::kNone)
    frame.own = Hiding::kHiddenAttribute;
  if (element.tag == Tag::kSummary && frame.own == Hiding::kDetails) {
    frame.own = Hiding::kNone;  // what a closed <details> does show
  }
  if (!any && !HidesByItself(element.tag) && !unshown) return;

  Hiding own = frame.own != Hiding::kNone ? frame.own : style.OwnHiding();
  if (own == Hiding::kNone && IsCutOff(style, frame)) own = Hiding::kOffScreen;
  switch (element.tag) {
    case Tag::kNoscript:
      if (own == Hiding::kNone) own = Hiding::kNoscript;
      frame.where = frame.where == Where::kPage ? Where::kNoscript : frame.where;
      break;
    case Tag::kTemplate:
      if (own == Hiding::kNone) own = Hiding::kTemplate;
      frame.where = frame.where == Where::kPage ? Where::kTemplate : frame.where;
      break;
    case Tag::kDetails:
      if (own == Hiding::kNone && !element.Has(Attr::kOpen)) own = Hiding::kDetails;
      break;
    case Tag::kDialog:
      if (own == Hiding::kNone && !element.Has(Attr::kOpen)) own = Hiding::kHiddenAttribute;
      break;
    case Tag::kMarquee: {
      const std::optional<float> speed = ReadLength(element.Get(Attr::kScrollamount));
      if (own == Hiding::kNone &&
          (AtMost(element, Attr::kWidth, 3) || AtMost(element, Attr::kHeight, 3) ||
           (speed && *speed >= 1000))) {
        own = Hiding::kMarquee;
      }
      break;
    }
    default:
      break;
  }
  // Of the page all the same: scripts in it run.
  if (unshown && own == Hiding::kNone) own = Hiding::kNoscript;
  frame.own = own;
  frame.inline_display = style.Is(Style::kInline);
  SetFlow(style, frame);
  if (style.Is(Style::kOverflowHidden)) {
    if (style.Sets(Style::kHeight)) frame.cut_height = style.lengths[Style::kHeight];
    if (style.Sets(Style::kMaxHeight)) frame.cut_height = style.lengths[Style::kMaxHeight];
  }
  if (style.Sets(Style::kInvisible)) frame.invisible = style.Is(Style::kInvisible);
  if (style.Sets(Style::kFontSize))
    frame.tiny_font = style.lengths[Style::kFontSize] <= kUnreadable;
  if (style.Sets(Style::kIndent)) frame.indented = IsIndentedAway(style);
  if (style.Is(Style::kRightToLeft) && style.Is(Style::kOverride)) frame.reversed = true;
  if (style.Is(Style::kMirrored)) frame.reversed = !frame.reversed;  // mirrored twice: straight
  if (style.Sets(Style::kShadow)) {
    frame.shadowed = style.Is(Style::kShadow);
    frame.shadow = style.shadow;
  }
  // A picture or a run of colours that shows where the letters are.
  if (style.Is(Style::kTextClip) && style.background.kind != Colour::Kind::kUnset &&
      style.background.kind != Colour::Kind::kTransparent) {
    frame.shadowed = true;
    frame.shadow = {Colour::Kind::kUnknown};
  }
  const auto set = [](const Colour& colour) { return colour.kind != Colour::Kind::kUnset; };
  if (set(style.colour) || set(style.background) || set(style.fill) || style.Is(Style::kPicture)) {
    const bool page_wide = element.tag == Tag::kBody || element.tag == Tag::kHtml;
    if (style.background.kind != Colour::Kind::kUnset &&
        style.background.kind != Colour::Kind::kTransparent) {
      frame.background = style.background;
      frame.body_background = page_wide;
    }
    if (style.Is(Style::kPicture)) {
      frame.background = {Colour::Kind::kUnknown};
      frame.body_background = page_wide;
    }
    if (set(style.colour)) frame.colour = style.colour;
    if (set(style.fill)) frame.fill = style.fill;
    const bool filled =
        frame.fill.kind == Colour::Kind::kSolid || frame.fill.kind == Colour::Kind::kTransparent;
    const Colour& ink = filled ? frame.fill : frame.colour;
    // White words on the page's own white prove nothing if a style sheet we do not
    // know may have put a dark bar behind them.
    const bool sure = !frame.body_background || (!reading_.unknown_styles && frame.styled);
    frame.same_colour =
        ink.kind == Colour::Kind::kTransparent || (sure && SameColour(ink, frame.background));
  }
  // In the colour of the ground, or of the words that are not seen, it is not seen either.
  const bool shadow_seen = frame.shadowed && frame.shadow.kind != Colour::Kind::kUnset &&
                           frame.shadow.kind != Colour::Kind::kTransparent &&
                           !SameColour(frame.shadow, frame.background);
  frame.effective = own != Hiding::kNone                ? own
                    : frame.invisible                   ? Hiding::kVisibility
                    : frame.tiny_font                   ? Hiding::kFontSize
                    : frame.same_colour && !shadow_seen ? Hiding::kSameColour
                    : frame.indented                    ? Hiding::kIndent
                                                        : Hiding::kNone;
  if (frame.effective == Hiding::kNone) {
    frame.block = -1;
  } else if (frame.block < 0) {
    frame.block = static_cast<int32_t>(reading_.blocks.size());
    HiddenBlock& block = reading_.blocks.emplace_back();
    block.hiding = frame.effective;
    block.where = frame.where;
    NameBlock(element, block);
  }
}

// Words that a sheet of the site puts beside an element, once for each rule.
void PageReader::PutCssContent(const Element& element, const std::string& words) {
  const auto same = [&words](const CssContent& content) { return content.text == words; };
  if (reading_.css_contents.size() >= limits::kCssContentsMax ||
      std::any_of(reading_.css_contents.begin(), reading_.css_contents.end(), same))
    return;
  const uint32_t place = PlaceOf(element.source);
  reading_.css_contents.push_back({words, place == kNoSource ? 0 : place});
}

void PageReader::NameBlock(const Element& element, HiddenBlock& block) const {
  constexpr size_t kNameMax = limits::kBlockNameBytesMax;
  block.name = std::string(element.name.substr(0, kNameMax));
  block.id = std::string(element.Get(Attr::kId).substr(0, kNameMax));
  block.classes = std::string(element.Get(Attr::kClass).substr(0, 2 * kNameMax));
  const Attribute* lang = element.Find(Attr::kDataLang);
  block.twin = lang != nullptr || element.Has(Attr::kLang);
  if (!block.id.empty()) {
    block.name += "#" + block.id;
  } else if (const std::string_view first = Trim(block.classes); !first.empty()) {
    block.name += "." + std::string(first.substr(0, first.find_first_of(" \t\n\r")));
  }
  block.name = ToValidUtf8(block.name);
}
}  // namespace xuncha
