// SPDX-License-Identifier: Apache-2.0
#include "crawler/page_reader.h"

#include <algorithm>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/links.h"

namespace xuncha {
namespace {

bool Contains(std::string_view text, std::string_view needle) {
  return FindIgnoreCase(text, needle) != std::string_view::npos;
}

bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

// Long runs of machine text (view states, tokens) in attributes.
bool IsMachineText(std::string_view text) {
  if (text.size() < 256) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x80;
  });
}

bool IsMarkup(std::string_view text) {
  for (size_t at = 0; (at = text.find('<', at)) != std::string_view::npos; ++at) {
    if (at + 1 >= text.size()) return false;
    const char c = text[at + 1];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!') return true;
  }
  return false;
}

constexpr int32_t kReversedBlock = -2;  // stands for a block in PageReader::hidden_block_

// A script in an attribute worth reading: it goes somewhere or hides something.
bool IsScriptWorthReading(std::string_view text) {
  for (std::string_view word :
       {"http", "location", "open", "write", "\\x", "\\u", "eval", "charcode"}) {
    if (Contains(text, word)) return true;
  }
  return false;
}

}  // namespace

void Reading::Hit(Limit limit, std::string detail) {
  for (const LimitHit& hit : limits) {
    if (hit.limit == limit) return;
  }
  limits.push_back({limit, std::move(detail)});
}

uint32_t Reading::SourceOf(std::string_view raw) const {
  if (raw.data() == nullptr || raw.data() < body.data() || raw.data() > body.data() + body.size()) {
    return kNoSource;
  }
  return static_cast<uint32_t>(raw.data() - body.data());
}

PageReader::PageReader(Reading& reading) : reading_(reading) {
  frames_.reserve(32);
  frames_.emplace_back();
  reading_.text.at(Part::kVisible).Begin(ZoneKind::kText, Hiding::kNone, "");
}

PageReader::PageReader(Reading& reading, const Work& work) : reading_(reading), work_(&work) {
  Frame frame;
  frame.where = work.where;
  frames_.push_back(frame);
  reading_.text.at(Part::kOther).Begin(work.zone, work.hiding, work.detail);
}

PageReader::~PageReader() {
  if (piece()) {
    reading_.text.at(Part::kOther).End();
  } else {
    reading_.text.at(Part::kVisible).End();
    reading_.text.at(Part::kHidden).End();
  }
}

// In the body exactly, or where a decoded piece came from.
Origin PageReader::OriginOf(std::string_view raw) const {
  const uint32_t source = reading_.SourceOf(raw);
  if (source != kNoSource) return {raw, source, false};
  return {{}, piece() ? work_->source : 0, true};
}

uint32_t PageReader::PlaceOf(uint32_t source) const {
  if (!piece()) return source;
  return work_->in_body && source != kNoSource ? work_->source + source : work_->source;
}

TextBuffer& PageReader::Target(const Frame& frame, Part* part) {
  if (piece()) {
    *part = Part::kOther;
    return reading_.text.at(Part::kOther);
  }
  if (frame.reversed) {  // a zone of its own, for it is read from behind
    *part = Part::kHidden;
    TextBuffer& hidden = reading_.text.at(Part::kHidden);
    if (!hidden.open() || hidden_block_ != kReversedBlock) {
      hidden.Begin(frame.effective == Hiding::kNone ? ZoneKind::kText : ZoneKind::kHidden,
                   frame.effective, "reversed");
      hidden_block_ = kReversedBlock;
    }
    return hidden;
  }
  if (frame.effective == Hiding::kNone) {
    *part = Part::kVisible;
    return reading_.text.at(Part::kVisible);
  }
  *part = Part::kHidden;
  TextBuffer& hidden = reading_.text.at(Part::kHidden);
  if (!hidden.open() || hidden_block_ != frame.block) {
    const HiddenBlock& block = reading_.blocks[static_cast<size_t>(frame.block)];
    if (hidden.zones().size() >= limits::kZonesMax / 2) {
      // The text is kept in the zone of a block before; only the name is lost.
      reading_.Hit(Limit::kZones, "隐藏块超过 " + std::to_string(limits::kZonesMax / 2) + " 个");
      if (hidden.open()) {
        hidden.Owe('\n');
        return hidden;
      }
    }
    hidden.Begin(ZoneKind::kHidden, block.hiding, block.name);
    hidden_block_ = frame.block;
  }
  return hidden;
}

void PageReader::Text(std::string_view text, std::string_view raw) {
  Frame& frame = frames_.back();
  switch (frame.tag) {
    case Tag::kScript:
      return QueueScript(text, raw, PlaceOf(kNoSource));
    case Tag::kStyle:
      if (piece()) reading_.sheet.Add(text);  // of the page they were read before all else
      return;
    case Tag::kTitle: {
      if (piece()) break;
      TextBuffer& head = reading_.text.at(Part::kHead);
      const SpellingCount before = head.spelling();
      head.Begin(ZoneKind::kTitle, Hiding::kNone, "");
      head.Append(text, OriginOf(raw));
      head.End();
      if (!reading_.has_title) {
        reading_.has_title = true;
        reading_.title = CollapseSpace(text);
        reading_.title_spelling = {head.spelling().numeric - before.numeric,
                                   head.spelling().bytes - before.bytes};
      }
      return;
    }
    case Tag::kIframe:
    case Tag::kNoembed:
    case Tag::kNoframes: {
      if (IsBlank(text)) return;
      Work work;
      work.kind = Work::Kind::kMarkup;
      work.owned = reading_.SourceOf(raw) == kNoSource ? std::string(text) : std::string();
      work.text = raw;
      work.in_body = work.owned.empty();
      work.source = work.in_body ? reading_.SourceOf(raw) : PlaceOf(kNoSource);
      work.zone = ZoneKind::kHidden;
      work.hiding = Hiding::kNoscript;
      work.detail = TagName(frame.tag);
      work.where = Where::kNoscript;
      work.depth = piece() ? work_->depth + 1 : 1;
      reading_.queue.push_back(std::move(work));
      return;
    }
    default:
      break;
  }
  if (reading_.text.size() + text.size() > limits::kTextBytesMax) {
    reading_.Hit(Limit::kTextBytes, "文字超过 " + std::to_string(limits::kTextBytesMax) + " 字节");
    return;
  }
  Part part;
  TextBuffer* buffer;
  if (!reading_.noscripts.empty() && frame.effective == Hiding::kNone && !IsBlank(text) &&
      InNoscript(reading_.SourceOf(raw))) {
    Frame hidden = frame;
    HideAsNoscript(hidden);
    Target(hidden, &part).Append(text, OriginOf(raw));
    return;
  }
  if (frame.effective != Hiding::kNone && !piece() && IsBlank(text)) {
    buffer = &reading_.text.at(Part::kHidden);  // white space opens no zone
    if (buffer->open()) buffer->Owe(' ');
    return;
  }
  if (!piece() && reading_.html_end != kNoSource && frame.effective == Hiding::kNone &&
      !IsBlank(text)) {
    const uint32_t source = reading_.SourceOf(raw);
    if (source != kNoSource && source >= reading_.html_end) {
      // Behind </html>: seen, but put there by nobody who edits pages.
      TextBuffer& other = reading_.text.at(Part::kOther);
      if (!other.open()) other.Begin(ZoneKind::kHidden, Hiding::kAfterHtml, "</html>");
      part = Part::kOther;
      buffer = &other;
    } else {
      buffer = &Target(frame, &part);
    }
  } else {
    buffer = &Target(frame, &part);
  }
  const size_t added = buffer->Append(text, OriginOf(raw));
  if (added == 0) return;
  if (frame.block >= 0)
    reading_.blocks[static_cast<size_t>(frame.block)].text_size += static_cast<uint32_t>(added);
  const auto end = static_cast<uint32_t>(buffer->size());
  const auto begin = static_cast<uint32_t>(buffer->last_begin());
  if (frame.reversed) {
    if (reading_.reversed == 0) {
      reading_.reversed_text = {begin, end};
      reading_.reversed_part = part;
    }
    reading_.reversed += static_cast<uint32_t>(added);
  }
  if (frame.link >= 0) {
    FoundLink& link = reading_.links[static_cast<size_t>(frame.link)];
    if (!link.words) {
      link.words = true;
      link.part = part;
      link.link.text = {begin, end};
    } else if (link.part == part) {
      link.link.text.end = end;
    }
  }
}

void PageReader::Comment(std::string_view raw) {
  const std::string_view text = raw;
  if (text.size() < 4 || IsBlank(text) || Contains(text.substr(0, 6), "?xml")) return;
  Work work;
  work.kind = IsMarkup(text) ? Work::Kind::kMarkup : Work::Kind::kPlain;
  work.text = text;
  work.source = reading_.SourceOf(raw);
  work.in_body = work.source != kNoSource;
  if (!work.in_body) {
    work.owned = std::string(text);
    work.source = PlaceOf(kNoSource);
  }
  work.zone = ZoneKind::kComment;
  work.where = Where::kComment;
  work.depth = piece() ? work_->depth + 1 : 1;
  reading_.queue.push_back(std::move(work));
}

void PageReader::Open(const Element& element) {
  Frame frame = frames_.back();
  frame.tag = element.tag;
  frame.opened_link = frame.styled = frame.inline_display = false;
  frame.in_svg |= element.tag == Tag::kSvg;
  if (frame.in_svg && element.tag == Tag::kTitle) frame.tag = Tag::kOther;  // a picture's
  Hide(element, frame);
  if (!reading_.noscripts.empty() && frame.effective == Hiding::kNone &&
      InNoscript(element.source)) {
    HideAsNoscript(frame);
  }
  if (!piece() && element.source != kNoSource) reading_.elements.push_back(element.source);

  if (!frame.inline_display) {
    char separator = 0;
    if (element.tag == Tag::kBr || IsBlock(element.tag)) separator = '\n';
    if (element.tag == Tag::kTd || element.tag == Tag::kTh) separator = '\t';
    if (separator != 0) {
      if (piece()) {
        reading_.text.at(Part::kOther).Owe(separator);
      } else {
        reading_.text.at(Part::kVisible).Owe(separator);
        TextBuffer& hidden = reading_.text.at(Part::kHidden);
        if (hidden.open()) hidden.Owe(separator);
        TextBuffer& other = reading_.text.at(Part::kOther);
        if (other.open()) other.Owe(separator);
      }
    }
  }

  const bool head_words = after_head_words_;
  if (element.tag != Tag::kOther) after_head_words_ = false;
  switch (element.tag) {
    case Tag::kA:
    case Tag::kArea:
      OpenAnchor(element, frame);
      break;
    case Tag::kMeta:
      OpenMeta(element);
      break;
    case Tag::kTitle:
      after_head_words_ = !frame.in_svg;
      break;
    case Tag::kBase:
      if (reading_.base.empty() && !piece())
        reading_.base = std::string(Trim(element.Get(Attr::kHref)));
      break;
    case Tag::kLink:
      OpenLink(element, frame);
      break;
    case Tag::kForm:
      OpenForm(element, frame);
      break;
    case Tag::kFrame:
    case Tag::kIframe:
    case Tag::kEmbed:
    case Tag::kObject:
      OpenFrame(element, frame);
      break;
    case Tag::kImg:
    case Tag::kSource:
    case Tag::kVideo:
    case Tag::kAudio:
      AddLink(element.Get(Attr::kSrc), LinkKind::kImage, frame, element.source);
      [[fallthrough]];
    case Tag::kSvg:
    case Tag::kCanvas:
    case Tag::kI:
      if (frame.link >= 0) reading_.links[static_cast<size_t>(frame.link)].picture = true;
      break;
    case Tag::kSpan:
      if (frame.link >= 0 && element.Has(Attr::kClass)) {
        reading_.links[static_cast<size_t>(frame.link)].picture = true;
      }
      break;
    case Tag::kInput:
      if (EqualsIgnoreCase(element.Get(Attr::kType), "password") && !reading_.forms.empty()) {
        reading_.forms.back().password = true;
      }
      break;
    case Tag::kScript: {
      script_type_ = std::string(element.Get(Attr::kType));
      const std::string_view source = Trim(element.Get(Attr::kSrc));
      if (!source.empty()) {
        FoundLink* link = AddLink(source, LinkKind::kScriptSource, frame, element.source);
        if (link != nullptr && frame.where == Where::kPage) {
          reading_.script_sources.push_back({reading_.links.size() - 1, head_words});
        }
      }
      break;
    }
    default:
      break;
  }
  if (!element.attributes.empty()) Attributes(element, frame);
  frames_.push_back(frame);
}

void PageReader::Close() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  if (!subjects_.empty() && subjects_.size() >= frames_.size()) subjects_.pop_back();
  if (frame.opened_link) CloseAnchor(frame);
  if (IsBlock(frame.tag) && !frame.inline_display) {
    if (piece()) {
      reading_.text.at(Part::kOther).Owe('\n');
    } else {
      reading_.text.at(Part::kVisible).Owe('\n');
      TextBuffer& hidden = reading_.text.at(Part::kHidden);
      if (hidden.open()) hidden.Owe('\n');
      TextBuffer& other = reading_.text.at(Part::kOther);
      if (other.open()) other.Owe('\n');
    }
  }
  if (!piece() && frame.block >= 0 && frame.block != frames_.back().block &&
      hidden_block_ == frame.block &&
      reading_.text.at(Part::kHidden).zones().size() < limits::kZonesMax / 2) {
    reading_.text.at(Part::kHidden).End();
    hidden_block_ = -1;
  }
}

// A parser without scripts takes the content of a <noscript> in the head out of it;
// a visitor's browser does not show it.
bool PageReader::InNoscript(uint32_t source) const {
  if (piece() || source == kNoSource) return false;
  const auto next = std::upper_bound(reading_.noscripts.begin(), reading_.noscripts.end(), source,
                                     [](uint32_t at, Span span) { return at < span.begin; });
  return next != reading_.noscripts.begin() && source < std::prev(next)->end;
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
  const bool sheets = !reading_.sheet.empty() || reading_.site_sheet != nullptr;
  Style style;
  bool any = false;
  if (sheets) {
    const Subject subject = SubjectOf(element);
    const std::span<const Subject> ancestors = subjects_;
    for (const StyleSheet* sheet :
         {reading_.site_sheet, static_cast<const StyleSheet*>(&reading_.sheet)}) {
      if (sheet == nullptr || sheet->empty()) continue;
      if (reading_.style_work > limits::kStyleWorkMax) {
        reading_.Hit(Limit::kTreeTime, "样式规则过多，其余未比对");
        break;
      }
      reading_.style_work += sheet->Match(subject, ancestors, style);
    }
    subjects_.push_back(subject);
    any = !style.empty();
  }
  for (const Attribute& attribute : element.attributes) {
    switch (attribute.id) {
      case Attr::kStyle:
        ReadDeclarations(attribute.value, style);
        any = true;
        frame.styled = true;
        break;
      case Attr::kHidden:
        if (frame.own == Hiding::kNone) frame.own = Hiding::kHiddenAttribute;
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
        if (element.tag == Tag::kBdo && EqualsIgnoreCase(attribute.value, "rtl")) {
          style.flags_set |= Style::kRightToLeft | Style::kOverride;
          style.flags |= Style::kRightToLeft | Style::kOverride;
          any = true;
        }
        break;
      default:
        break;
    }
  }
  switch (element.tag) {
    case Tag::kNoscript:
    case Tag::kTemplate:
    case Tag::kDetails:
    case Tag::kDialog:
    case Tag::kMarquee:
      any = true;
      break;
    case Tag::kSummary:
      if (frame.own == Hiding::kDetails) {  // what a closed <details> does show
        frame.own = Hiding::kNone;
        any = true;
      }
      break;
    default:
      break;
  }
  if (!any) return;

  Hiding own = frame.own != Hiding::kNone ? frame.own : style.OwnHiding();
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
      auto at_most = [&element](Attr name, float bound) {
        const Attribute* attribute = element.Find(name);
        if (attribute == nullptr) return false;
        const std::optional<float> length = ReadLength(attribute->value);
        return length && *length <= bound;
      };
      const std::optional<float> speed = ReadLength(element.Get(Attr::kScrollamount));
      if (own == Hiding::kNone &&
          (at_most(Attr::kWidth, 3) || at_most(Attr::kHeight, 3) || (speed && *speed >= 1000))) {
        own = Hiding::kMarquee;
      }
      break;
    }
    default:
      break;
  }
  frame.own = own;
  frame.inline_display = style.Is(Style::kInline);
  if (style.Sets(Style::kInvisible)) frame.invisible = style.Is(Style::kInvisible);
  if (style.Sets(Style::kFontSize)) frame.tiny_font = style.lengths[Style::kFontSize] <= 1;
  if (style.Sets(Style::kIndent)) frame.indented = style.lengths[Style::kIndent] <= -999;
  if (style.Is(Style::kRightToLeft) && style.Is(Style::kOverride)) frame.reversed = true;
  if (style.colour.kind != Colour::Kind::kUnset || style.background.kind != Colour::Kind::kUnset) {
    const bool page_wide = element.tag == Tag::kBody || element.tag == Tag::kHtml;
    if (style.background.kind != Colour::Kind::kUnset &&
        style.background.kind != Colour::Kind::kTransparent) {
      frame.background = style.background;
      frame.body_background = page_wide;
    }
    if (style.colour.kind != Colour::Kind::kUnset) frame.colour = style.colour;
    // White words on the page's own white prove nothing if a style sheet we do not
    // know may have put a dark bar behind them.
    const bool sure = !frame.body_background || (!reading_.external_styles && frame.styled);
    frame.same_colour = frame.colour.kind == Colour::Kind::kTransparent ||
                        (sure && SameColour(frame.colour, frame.background));
  }
  frame.effective = own != Hiding::kNone ? own
                    : frame.invisible    ? Hiding::kVisibility
                    : frame.tiny_font    ? Hiding::kFontSize
                    : frame.same_colour  ? Hiding::kSameColour
                    : frame.indented     ? Hiding::kIndent
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

void PageReader::NameBlock(const Element& element, HiddenBlock& block) const {
  constexpr size_t kNameMax = 60;
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

FoundLink* Reading::AddLink(std::string_view href, LinkKind kind) {
  href = Trim(href);
  if (href.empty() || href[0] == '#') return nullptr;
  if (links.size() >= limits::kLinksPerPageMax) {
    Hit(Limit::kLinks, "链接超过 " + std::to_string(limits::kLinksPerPageMax) + " 条");
    return nullptr;
  }
  FoundLink& found = links.emplace_back();
  found.link.href = std::string(href.substr(0, limits::kUrlBytesMax));
  found.link.kind = kind;
  return &found;
}

FoundLink* PageReader::AddLink(std::string_view href, LinkKind kind, const Frame& frame,
                               uint32_t source) {
  FoundLink* found = reading_.AddLink(href, kind);
  if (found == nullptr) return nullptr;
  found->link.hiding = frame.effective;
  found->where = frame.where;
  found->source = PlaceOf(source);
  found->block = frame.block;
  if (piece() && (work_->where == Where::kWritten || work_->where == Where::kComment) &&
      (kind == LinkKind::kAnchor || kind == LinkKind::kArea || kind == LinkKind::kFrame ||
       kind == LinkKind::kForm)) {
    found->link.kind = LinkKind::kScript;
  }
  if (piece() && work_->script >= 0) {
    reading_.scripts[static_cast<size_t>(work_->script)].links.push_back(reading_.links.size() - 1);
  }
  return found;
}

void PageReader::OpenAnchor(const Element& element, Frame& frame) {
  if (element.clone) return;
  if (element.tag == Tag::kA) ++reading_.anchors;
  const Attribute* href = element.Find(Attr::kHref);
  if (href == nullptr) return;
  const std::string_view target = Trim(href->value);
  if (StartsWithIgnoreCase(target, "javascript:")) {
    if (IsScriptWorthReading(target))
      QueueScript(target.substr(11), href->raw, PlaceOf(element.source));
    return;
  }
  if (StartsWithIgnoreCase(target, "data:")) return Inner(*href, target, "href");
  FoundLink* link = AddLink(target, element.tag == Tag::kA ? LinkKind::kAnchor : LinkKind::kArea,
                            frame, element.source);
  if (link == nullptr) return;
  link->link.nofollow = Contains(element.Get(Attr::kRel), "nofollow");
  // Something that may show a picture of its own: an icon font, a background.
  link->picture =
      element.Has(Attr::kClass) || (frame.styled && Contains(element.Get(Attr::kStyle), "url("));
  if (element.tag == Tag::kA) {
    frame.link = static_cast<int32_t>(reading_.links.size() - 1);
    frame.opened_link = true;
    anchor_title_.clear();
    if (const Attribute* title = element.Find(Attr::kTitle)) {
      anchor_title_ = std::string(title->value);
      anchor_title_raw_ = title->raw;
    }
  }
}

void PageReader::CloseAnchor(const Frame& frame) {
  if (anchor_title_.empty()) return;
  // A title that repeats the link's words says nothing new.
  const FoundLink& link = reading_.links[static_cast<size_t>(frame.link)];
  std::string_view words;
  if (link.words) {
    words = std::string_view(reading_.text.at(link.part).text())
                .substr(link.link.text.begin, link.link.text.size());
  }
  if (words != anchor_title_) {
    Attribute attribute;
    attribute.id = Attr::kTitle;
    attribute.value = anchor_title_;
    attribute.raw = anchor_title_raw_;
    PutAttribute(attribute, "title");
  }
  anchor_title_.clear();
}

void PageReader::OpenMeta(const Element& element) {
  const Attribute* content = element.Find(Attr::kContent);
  if (content == nullptr) return;
  if (EqualsIgnoreCase(Trim(element.Get(Attr::kHttpEquiv)), "refresh")) {
    if (std::optional<RefreshTarget> refresh = ReadRefresh(content->value)) {
      if (AddLink(refresh->url, LinkKind::kMetaRefresh, frames_.back(), element.source) !=
          nullptr) {
        reading_.refreshes.push_back({reading_.links.size() - 1, refresh->seconds, false});
      }
    }
    return;
  }
  std::string_view name = element.Get(Attr::kName);
  if (name.empty()) name = element.Get(Attr::kProperty);
  if (name.empty()) name = element.Get(Attr::kItemprop);
  name = Trim(name);
  if (name.empty() || content->value.empty() || piece()) return;
  const std::string lower = AsciiLower(name.substr(0, 64));
  const bool head = lower == "keywords" || lower == "description" || lower == "title";
  const bool wanted = head || lower.starts_with("og:") || lower.starts_with("twitter:") ||
                      lower == "author" || lower == "abstract" || lower == "subject" ||
                      std::any_of(content->value.begin(), content->value.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (!wanted) return;
  TextBuffer& buffer = reading_.text.at(Part::kHead);
  const SpellingCount before = buffer.spelling();
  buffer.Begin(ZoneKind::kMeta, Hiding::kNone, lower);
  buffer.Append(content->value, OriginOf(content->raw));
  buffer.End();
  if (head) {
    after_head_words_ = true;
    reading_.metas.push_back(
        {lower,
         CollapseSpace(content->value),
         {buffer.spelling().numeric - before.numeric, buffer.spelling().bytes - before.bytes}});
  }
}

void PageReader::OpenLink(const Element& element, const Frame& frame) {
  const std::string_view rel = element.Get(Attr::kRel);
  LinkKind kind = LinkKind::kLink;
  if (Contains(rel, "stylesheet")) {
    kind = LinkKind::kStyle;
    if (!Contains(rel, "alternate")) reading_.external_styles = true;
  } else if (Contains(rel, "icon")) {
    kind = LinkKind::kImage;
  } else if (Contains(rel, "canonical")) {
    kind = LinkKind::kCanonical;
  } else if (Contains(rel, "alternate")) {
    kind = LinkKind::kAlternate;
  } else if (Contains(rel, "dns-prefetch") || Contains(rel, "preconnect") ||
             Contains(rel, "preload")) {
    return;
  }
  AddLink(element.Get(Attr::kHref), kind, frame, element.source);
}

void PageReader::OpenForm(const Element& element, const Frame& frame) {
  const bool post = EqualsIgnoreCase(Trim(element.Get(Attr::kMethod)), "post");
  FoundLink* link = AddLink(element.Get(Attr::kAction), LinkKind::kForm, frame, element.source);
  if (link == nullptr) return;
  link->internal = post;  // what a form posts to is nothing to fetch
  reading_.forms.push_back({reading_.links.size() - 1, post, false});
}

void PageReader::OpenFrame(const Element& element, const Frame& frame) {
  const Attribute* source = element.Find(element.tag == Tag::kObject ? Attr::kData : Attr::kSrc);
  if (const Attribute* inner = element.Find(Attr::kSrcdoc)) Inner(*inner, inner->value, "srcdoc");
  if (source == nullptr) return;
  const std::string_view target = Trim(source->value);
  if (StartsWithIgnoreCase(target, "data:")) return Inner(*source, target, "data");
  if (StartsWithIgnoreCase(target, "javascript:")) {
    return QueueScript(target.substr(11), source->raw, PlaceOf(element.source));
  }
  if (AddLink(target, LinkKind::kFrame, frame, element.source) == nullptr) return;
  auto at_most_one = [&element](Attr name) {
    const Attribute* attribute = element.Find(name);
    if (attribute == nullptr) return false;
    const std::optional<float> length = ReadLength(attribute->value);
    return length && *length <= 1;
  };
  Style style;
  ReadDeclarations(element.Get(Attr::kStyle), style);
  const bool tiny = at_most_one(Attr::kWidth) || at_most_one(Attr::kHeight) ||
                    (style.Sets(Style::kWidth) && style.lengths[Style::kWidth] <= 1) ||
                    (style.Sets(Style::kHeight) && style.lengths[Style::kHeight] <= 1);
  FoundFrame found;
  found.link = reading_.links.size() - 1;
  found.hidden = element.tag != Tag::kFrame && (tiny || frame.effective != Hiding::kNone);
  found.name = std::string(element.name);
  reading_.frames.push_back(std::move(found));
}

// Markup inside an attribute: srcdoc, or a data: URL of type text.
void PageReader::Inner(const Attribute& attribute, std::string_view markup,
                       std::string_view detail) {
  Work work;
  if (StartsWithIgnoreCase(markup, "data:")) {
    std::optional<std::string> text = ReadDataUrl(markup);
    if (!text) return;
    work.owned = std::move(*text);
  } else {
    work.owned = std::string(markup);
  }
  work.kind = IsMarkup(work.owned) ? Work::Kind::kMarkup : Work::Kind::kPlain;
  work.zone = ZoneKind::kAttribute;
  work.detail = detail;
  work.where = Where::kInner;
  work.source = reading_.SourceOf(attribute.raw);
  if (work.source == kNoSource) work.source = PlaceOf(kNoSource);
  work.depth = piece() ? work_->depth + 1 : 1;
  reading_.queue.push_back(std::move(work));
}

void PageReader::QueueScript(std::string_view text, std::string_view raw, uint32_t source) {
  if (IsBlank(text)) return;
  Work work;
  work.kind = Work::Kind::kScript;
  work.source = reading_.SourceOf(raw);
  const bool same = raw.size() == text.size() && raw == text;
  work.in_body = work.source != kNoSource && same;
  if (work.in_body) {
    work.text = raw;
  } else {
    work.owned = std::string(text);
    if (work.source == kNoSource) work.source = source;
  }
  work.detail = frames_.back().tag == Tag::kScript ? "script" : "on";
  if (Contains(script_type_, "template") || Contains(script_type_, "html")) {
    work.kind = Work::Kind::kMarkup;
    work.zone = ZoneKind::kHidden;
    work.hiding = Hiding::kTemplate;
    work.where = Where::kTemplate;
  } else {
    work.where = piece() ? work_->where : Where::kPage;
  }
  work.depth = piece() ? work_->depth + 1 : 1;
  work.script = piece() ? work_->script : -1;
  reading_.queue.push_back(std::move(work));
}

void PageReader::Attributes(const Element& element, const Frame& frame) {
  for (const Attribute& attribute : element.attributes) {
    switch (attribute.id) {
      case Attr::kTitle:
        if (frame.opened_link) break;  // waits for the link's words
        [[fallthrough]];
      case Attr::kAlt:
      case Attr::kPlaceholder:
      case Attr::kAriaLabel:
      case Attr::kLabel:
      case Attr::kSummary:
      case Attr::kValue:
        PutAttribute(attribute, attribute.name);
        break;
      case Attr::kContent:
        if (element.tag != Tag::kMeta) PutAttribute(attribute, attribute.name);
        break;
      case Attr::kEvent:
        if (IsScriptWorthReading(attribute.value)) {
          QueueScript(attribute.value, attribute.raw, PlaceOf(element.source));
        }
        break;
      default:
        break;
    }
  }
}

void PageReader::PutAttribute(const Attribute& attribute, std::string_view name) {
  if (attribute.value.size() < 2 || IsMachineText(attribute.value)) return;
  if (!reading_.attributes_seen.insert(Hash64(attribute.value)).second) return;
  if (reading_.text.size() + attribute.value.size() > limits::kTextBytesMax) {
    reading_.Hit(Limit::kTextBytes, "文字超过 " + std::to_string(limits::kTextBytesMax) + " 字节");
    return;
  }
  TextBuffer& other = reading_.text.at(Part::kOther);
  if (piece() || (other.open() && other.zones().size() >= limits::kZonesMax / 2)) {
    other.Owe('\n');
    other.Append(attribute.value, OriginOf(attribute.raw));
    other.Owe('\n');
    return;
  }
  other.Begin(ZoneKind::kAttribute, Hiding::kNone, name);
  other.Append(attribute.value, OriginOf(attribute.raw));
  if (other.zones().size() < limits::kZonesMax / 2) {
    other.End();
  } else {
    reading_.Hit(Limit::kZones, "区域超过 " + std::to_string(limits::kZonesMax / 2) + " 个");
  }
}

}  // namespace xuncha
