// SPDX-License-Identifier: Apache-2.0
#include "crawler/page_reader.h"

#include <algorithm>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/links.h"
#include "crawler/sheet_text.h"

namespace xuncha {
namespace {

constexpr int32_t kReversedBlock = -2;  // stands for a block in PageReader::hidden_block_

}  // namespace

bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

bool IsMarkup(std::string_view text) {
  for (size_t at = 0; (at = text.find('<', at)) != std::string_view::npos; ++at) {
    if (at + 1 >= text.size()) return false;
    const char c = text[at + 1];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!') return true;
  }
  return false;
}

bool AtMost(const Element& element, Attr length, float bound) {
  const Attribute* attribute = element.Find(length);
  const std::optional<float> value =
      attribute == nullptr ? std::nullopt : ReadLength(attribute->value);
  return value && *value <= bound;
}

PageReading::PageReading() : style_work(limits::kStyleWorkMax) {}

void PageReading::AddSheet(std::string_view css, uint32_t place, bool in_body) {
  const auto put = [&](CssContent content) {
    content.offset = place + (in_body ? content.offset : 0);
    css_contents.push_back(std::move(content));
  };
  sheet.Add(css);
  if (sheet.cut()) HitStyles();
  const size_t first = css_contents.size();
  for (const CssContent& content : sheet.contents()) put(content);
  for (const std::string& target : sheet.imports()) {
    unknown_styles = true;
    AddLink(target, LinkKind::kStyle);
  }
  const size_t known = css_contents.size();
  SheetText said = ReadSheetText(css);
  for (CssContent& words : said.words) {
    const bool told =
        std::any_of(css_contents.begin() + static_cast<ptrdiff_t>(first),
                    css_contents.begin() + static_cast<ptrdiff_t>(known),
                    [&words](const CssContent& content) { return content.text == words.text; });
    if (!told) put(std::move(words));
  }
  for (std::string& name : said.attributes) shown_attributes.push_back(std::move(name));
}

void PageReading::ApplyLateSheet(size_t bytes) {
  style_work.Take(sheet.Index() + bytes);
  cascade.Changed();
  if (sheet.cut() || style_work.over()) HitStyles();
}

void PageReading::HitStyles() { Hit(Limit::kTreeTime, "样式规则过多或过于复杂，其余未读取"); }

void PageReading::Hit(Limit limit, std::string detail) {
  if (!Has(limits, limit)) limits.push_back({limit, std::move(detail)});
}

bool PageReading::HasRoom(size_t bytes) {
  if (text.size() + bytes <= limits::kTextBytesMax) return true;
  Hit(Limit::kTextBytes, "文字超过 " + std::to_string(limits::kTextBytesMax) + " 字节");
  return false;
}

bool PageReading::InNoscript(uint32_t source) const {
  const auto next = std::upper_bound(noscripts.begin(), noscripts.end(), source,
                                     [](uint32_t at, Span span) { return at < span.begin; });
  return next != noscripts.begin() && source < std::prev(next)->end;
}

uint32_t PageReading::SourceOf(std::string_view raw) const {
  if (raw.data() == nullptr || raw.data() < body.data() || raw.data() > body.data() + body.size()) {
    return kNoSource;
  }
  return static_cast<uint32_t>(raw.data() - body.data());
}

PageReader::PageReader(PageReading& reading) : reading_(reading) {
  frames_.reserve(32);
  // Browsers paint on white where nobody says otherwise.
  Frame& frame = frames_.emplace_back();
  frame.background = {Colour::Kind::kSolid, 255, 255, 255};
  frame.body_background = true;
  reading_.text.at(Part::kVisible).Begin(ZoneKind::kText, Hiding::kNone, "");
}

PageReader::PageReader(PageReading& reading, const Work& work) : reading_(reading), work_(&work) {
  Frame frame;
  frame.where = work.where;
  frames_.push_back(frame);
  reading_.text.at(Part::kOther).Begin(work.zone, work.hiding, work.detail);
}

PageReader::~PageReader() {
  if (piece()) {
    reading_.text.at(Part::kOther).End();
  } else {
    PutWoven(woven_.End());
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

// Where text at this place of the page is written; opens its zone if need be.
Part PageReader::Target(const Frame& frame, std::string_view raw) {
  if (piece()) return Part::kOther;
  if (frame.effective == Hiding::kNone && !frame.reversed) {
    const uint32_t source = reading_.html_end == kNoSource ? kNoSource : reading_.SourceOf(raw);
    if (source == kNoSource || source < reading_.html_end) return Part::kVisible;
    // Behind </html>: seen, but put there by nobody who edits pages.
    TextBuffer& other = reading_.text.at(Part::kOther);
    if (!other.open()) other.Begin(ZoneKind::kHidden, Hiding::kAfterHtml, "</html>");
    return Part::kOther;
  }
  TextBuffer& hidden = reading_.text.at(Part::kHidden);
  const int32_t block = frame.reversed ? kReversedBlock : frame.block;
  if (hidden.open() && hidden_block_ == block) return Part::kHidden;
  hidden_block_ = block;
  if (frame.reversed) {  // a zone of its own, for it is read from behind
    const bool seen = frame.effective == Hiding::kNone;
    hidden.Begin(seen ? ZoneKind::kText : ZoneKind::kHidden, frame.effective, "reversed");
  } else {
    const HiddenBlock& from = reading_.blocks[static_cast<size_t>(block)];
    hidden.Begin(ZoneKind::kHidden, from.hiding, from.name);
  }
  return Part::kHidden;
}

void PageReader::Text(std::string_view text, std::string_view raw) {
  const Frame& frame = frames_.back();
  switch (frame.tag) {
    case Tag::kScript:
      return QueueScript(text, raw, PlaceOf(kNoSource));
    case Tag::kStyle:
      // Those of the page were read before all else.
      if (piece() && !reading_.style_work.over()) {
        reading_.sheet.Add(text);
        reading_.ApplyLateSheet(text.size());
      }
      return;
    case Tag::kTitle:
      if (piece()) break;
      return TitleText(text, raw);
    case Tag::kIframe:
    case Tag::kNoembed:
    case Tag::kNoframes:
      return FallbackText(text, raw);
    default:
      break;
  }
  if (IsBlank(text)) {  // opens no zone, but parts words
    if (piece()) {
      reading_.text.at(Part::kOther).Owe(' ');
    } else if (frame.effective == Hiding::kNone) {
      reading_.text.at(Part::kVisible).Owe(' ');
      reading_.text.at(Part::kOther).Owe(' ');
    } else {
      reading_.text.at(Part::kHidden).Owe(' ');
    }
    return;
  }
  if (!reading_.HasRoom(text.size())) return;
  if (!reading_.noscripts.empty() && frame.effective == Hiding::kNone && !piece() &&
      reading_.InNoscript(reading_.SourceOf(raw))) {
    Frame hidden = frame;
    HideAsNoscript(hidden);
    Write(hidden, text, raw);
  } else {
    Write(frame, text, raw);
  }
}

void PageReader::Write(const Frame& frame, std::string_view text, std::string_view raw) {
  const Part part = Target(frame, raw);
  TextBuffer& buffer = reading_.text.at(part);
  const size_t added = buffer.Append(text, OriginOf(raw));
  if (added == 0) return;
  if (part == Part::kVisible)
    PutWoven(woven_.Add(text, frames_.size(), PlaceOf(reading_.SourceOf(raw))));
  const Span place = {static_cast<uint32_t>(buffer.last_begin()),
                      static_cast<uint32_t>(buffer.size())};
  if (frame.reversed) {
    if (reading_.reversed == 0) {
      reading_.reversed_text = place;
      reading_.reversed_part = part;
    }
    reading_.reversed += static_cast<uint32_t>(added);
  }
  if (frame.link >= 0) {
    FoundLink& link = reading_.links[static_cast<size_t>(frame.link)];
    if (!link.words) {
      link.words = true;
      link.part = part;
      link.link.text = place;
    } else if (link.part == part) {
      link.link.text.end = place.end;
    }
  }
}

void PageReader::PutWoven(const std::optional<Woven::Texts>& texts) {
  if (!texts) return;
  const Origin origin{{}, texts->source == kNoSource ? 0 : texts->source, true};
  for (const std::string* text : {&texts->outer, &texts->inner})
    reading_.text.Put(Part::kOther, ZoneKind::kText, Hiding::kNone, "woven", *text, origin);
}

void PageReader::TitleText(std::string_view text, std::string_view raw) {
  TextBuffer& head = reading_.text.at(Part::kHead);
  const SpellingCount before = head.spelling();
  head.Begin(ZoneKind::kTitle, Hiding::kNone, "");
  head.Append(text, OriginOf(raw));
  head.End();
  if (reading_.has_title) return;
  reading_.has_title = true;
  reading_.title = CollapseSpace(text);
  reading_.title_spelling = {head.spelling().numeric - before.numeric,
                             head.spelling().bytes - before.bytes};
}

Work& PageReader::Queue(Work::Kind kind, std::string_view text, std::string_view raw,
                        uint32_t place) {
  Work& work = reading_.queue.emplace_back();
  work.kind = kind;
  work.source = reading_.SourceOf(raw);
  work.in_body = work.source != kNoSource && text == raw;
  if (work.in_body) {
    work.text = raw;
  } else {
    work.owned = std::string(text);
    if (work.source == kNoSource) work.source = place;
  }
  work.depth = piece() ? work_->depth + 1 : 1;
  return work;
}

// What an element holds for browsers that do not know it: markup to us.
void PageReader::FallbackText(std::string_view text, std::string_view raw) {
  if (IsBlank(text)) return;
  if (reading_.SourceOf(raw) != kNoSource) text = raw;
  Work& work = Queue(Work::Kind::kMarkup, text, raw, PlaceOf(kNoSource));
  work.zone = ZoneKind::kHidden;
  work.hiding = Hiding::kNoscript;
  work.detail = TagName(frames_.back().tag);
  work.where = Where::kNoscript;
}

void PageReader::Comment(std::string_view raw) {
  if (raw.size() < 4 || IsBlank(raw) || ContainsIgnoreCase(raw.substr(0, 6), "?xml")) return;
  const Work::Kind kind = IsMarkup(raw) ? Work::Kind::kMarkup : Work::Kind::kPlain;
  Work& work = Queue(kind, raw, raw, PlaceOf(kNoSource));
  work.zone = ZoneKind::kComment;
  work.where = Where::kComment;
}

void PageReader::Separate(char separator) {
  if (piece()) {
    reading_.text.at(Part::kOther).Owe(separator);
    return;
  }
  PutWoven(woven_.End());
  reading_.text.at(Part::kVisible).Owe(separator);
  for (const Part part : {Part::kHidden, Part::kOther}) {
    if (TextBuffer& buffer = reading_.text.at(part); buffer.open()) buffer.Owe(separator);
  }
}

void PageReader::Open(const Element& element) {
  Frame frame = frames_.back();
  frame.in_styles = false;
  frame.tag = element.tag;
  frame.opened_link = frame.styled = frame.inline_display = false;
  frame.box = frame.in_box = frame.floats_right = frame.box_in_line = false;
  frame.rank = 0;
  frame.in_svg |= element.tag == Tag::kSvg;
  if (frame.in_svg && element.tag == Tag::kTitle) frame.tag = Tag::kOther;  // a picture's
  Hide(element, frame);
  if (!reading_.noscripts.empty() && frame.effective == Hiding::kNone && !piece() &&
      element.source != kNoSource && reading_.InNoscript(element.source)) {
    HideAsNoscript(frame);
  }
  if (!piece() && element.source != kNoSource) reading_.elements.push_back(element.source);
  if (!piece() && frames_.size() <= kShapeDepth) AddShape(element, reading_.shape);

  if (!frame.inline_display) {
    char separator = 0;
    if (element.tag == Tag::kBr || IsBlock(element.tag)) separator = '\n';
    if (element.tag == Tag::kTd || element.tag == Tag::kTh) separator = '\t';
    if (separator != 0) Separate(separator);
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
      OpenImage(element, frame);
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
      // In a drawing it is called href.
      const Attribute* from =
          element.Find(frame.in_svg && !element.Has(Attr::kSrc) ? Attr::kHref : Attr::kSrc);
      const std::string_view source = from == nullptr ? std::string_view() : Trim(from->value);
      if (StartsWithIgnoreCase(source, "data:")) {
        Inner(*from, source, "script");
      } else if (!source.empty()) {
        FoundLink* link = AddLink(source, LinkKind::kScriptSource, frame, element.source);
        if (link != nullptr && frame.where == Where::kPage) {
          reading_.script_sources.push_back(
              {reading_.links.size() - 1, head_words, IsProgram(element)});
        }
      }
      break;
    }
    default:
      break;
  }
  if (!element.attributes.empty()) Attributes(element, frame);
  if (!piece()) OpenPiece(frame);
  frames_.push_back(frame);
}

// A child of a box that sets its pieces in order, or of a line that such pieces make one.
void PageReader::OpenPiece(Frame& frame) {
  Frame& outer = frames_.back();
  if (!outer.box && (frame.floats_right || (frame.leftwards && frame.box_in_line))) {
    flow_.OpenBox(Flow::Order::kReversed);
    outer.box = true;
  }
  if (outer.box) {
    frame.in_box = true;
    flow_.OpenPiece(reading_.text.at(Part::kVisible).size(), frame.rank);
  }
  if (frame.box) flow_.OpenBox(frame.box_reversed ? Flow::Order::kReversed : Flow::Order::kWritten);
}

void PageReader::CloseFlow(const Frame& frame, Frame& outer) {
  TextBuffer& visible = reading_.text.at(Part::kVisible);
  if (frame.box) {
    if (const std::optional<Flow::Read> read = flow_.CloseBox(visible.text())) {
      const std::vector<SourceRun>& runs = visible.runs();
      const auto after =
          std::upper_bound(runs.begin(), runs.end(), read->first,
                           [](size_t place, const SourceRun& run) { return place < run.text; });
      if (reading_.HasRoom(read->text.size()))
        reading_.text.Put(Part::kOther, ZoneKind::kText, Hiding::kNone, "ordered", read->text,
                          {{}, after == runs.begin() ? 0 : std::prev(after)->source, true});
    }
  }
  if (frame.in_box && outer.box) flow_.ClosePiece(visible.size());
}

void PageReader::Close() {
  const Frame& frame = frames_.back();
  if (!piece()) CloseFlow(frame, frames_[frames_.size() - 2]);
  const int32_t outer_block = frames_[frames_.size() - 2].block;
  if (frame.in_styles) styles_.Close();
  if (frame.opened_link) CloseAnchor(frame);
  if (IsBlock(frame.tag) && !frame.inline_display) Separate('\n');
  if (!piece() && frame.block >= 0 && frame.block != outer_block && hidden_block_ == frame.block) {
    reading_.text.at(Part::kHidden).End();
    hidden_block_ = -1;
  }
  frames_.pop_back();
}

}  // namespace xuncha
