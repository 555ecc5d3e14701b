// Elements: what each says besides its text: links, meta, frames, forms, scripts and
// attributes people read.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/links.h"
#include "crawler/page_reader.h"
#include "crawler/script_text.h"

namespace xuncha {
namespace {

// Long runs of machine text (view states, tokens) in attributes.
bool IsMachineText(std::string_view text) {
  if (text.size() < 256) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x80;
  });
}

// A script in an attribute worth reading: it goes somewhere or hides something.
bool IsScriptWorthReading(std::string_view text) {
  for (std::string_view word : {"http", "location", "open", "write", "\\x", "\\u", "eval",
                                "charcode", "atob", "html", "append", "content", "data:"}) {
    if (ContainsIgnoreCase(text, word)) return true;
  }
  return false;
}

}  // namespace

FoundLink* PageReading::AddLink(std::string_view href, LinkKind kind) {
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
    if (IsScriptWorthReading(target)) QueueScriptUrl(target, *href, element);
    return;
  }
  if (StartsWithIgnoreCase(target, "data:")) return Inner(*href, target, "href");
  FoundLink* link = AddLink(target, element.tag == Tag::kA ? LinkKind::kAnchor : LinkKind::kArea,
                            frame, element.source);
  if (link == nullptr) return;
  link->link.nofollow = ContainsIgnoreCase(element.Get(Attr::kRel), "nofollow");
  // Something that may show a picture of its own: an icon font, a background.
  link->picture = element.Has(Attr::kClass) ||
                  (frame.styled && ContainsIgnoreCase(element.Get(Attr::kStyle), "url("));
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
  if (ContainsIgnoreCase(rel, "stylesheet")) {
    if (const auto sheet = ReadDataUrl(Trim(element.Get(Attr::kHref)))) {
      const uint32_t place = PlaceOf(element.source);
      reading_.AddSheet(*sheet, place == kNoSource ? 0 : place, false);
      reading_.ApplyLateSheet(sheet->size());
      return;
    }
    kind = LinkKind::kStyle;
  } else if (ContainsIgnoreCase(rel, "icon")) {
    kind = LinkKind::kImage;
  } else if (ContainsIgnoreCase(rel, "canonical")) {
    kind = LinkKind::kCanonical;
  } else if (ContainsIgnoreCase(rel, "alternate")) {
    kind = LinkKind::kAlternate;
  } else if (ContainsIgnoreCase(rel, "dns-prefetch") || ContainsIgnoreCase(rel, "preconnect") ||
             ContainsIgnoreCase(rel, "preload")) {
    return;
  }
  AddLink(element.Get(Attr::kHref), kind, frame, element.source);
}

// Where an attribute of a form leads that may hold a script or a page instead of an address.
bool PageReader::HoldsPage(const Attribute& attribute, const Element& element) {
  const std::string_view target = Trim(attribute.value);
  if (StartsWithIgnoreCase(target, "javascript:")) {
    QueueScriptUrl(target, attribute, element);
  } else if (StartsWithIgnoreCase(target, "data:")) {
    Inner(attribute, target, attribute.name);
  } else {
    return false;
  }
  return true;
}

void PageReader::OpenForm(const Element& element, const Frame& frame) {
  const bool post = EqualsIgnoreCase(Trim(element.Get(Attr::kMethod)), "post");
  if (const Attribute* action = element.Find(Attr::kAction);
      action != nullptr && HoldsPage(*action, element))
    return;
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
    return QueueScriptUrl(target, *source, element);
  }
  if (AddLink(target, LinkKind::kFrame, frame, element.source) == nullptr) return;
  Style style;
  ReadDeclarations(element.Get(Attr::kStyle), style, style, reading_.style_work);
  const bool tiny = AtMost(element, Attr::kWidth, 1) || AtMost(element, Attr::kHeight, 1) ||
                    (style.Sets(Style::kWidth) && style.lengths[Style::kWidth] <= 1) ||
                    (style.Sets(Style::kHeight) && style.lengths[Style::kHeight] <= 1);
  FoundFrame found;
  found.link = reading_.links.size() - 1;
  found.hidden = element.tag != Tag::kFrame && (tiny || frame.effective != Hiding::kNone);
  found.name = std::string(element.name);
  reading_.frames.push_back(std::move(found));
}

// A picture drawn in the address itself may be one of words.
void PageReader::OpenImage(const Element& element, const Frame& frame) {
  const Attribute* source = element.Find(Attr::kSrc);
  if (source == nullptr) return;
  const std::string_view target = Trim(source->value);
  if (StartsWithIgnoreCase(target, "data:image/svg")) return Inner(*source, target, "src");
  AddLink(target, LinkKind::kImage, frame, element.source);
}

// "javascript:..." as browsers take it: percent-encoding undone.
void PageReader::QueueScriptUrl(std::string_view target, const Attribute& attribute,
                                const Element& element) {
  const std::string_view script = target.substr(std::string_view("javascript:").size());
  if (script.find('%') == std::string_view::npos)
    return QueueScript(script, attribute.raw, PlaceOf(element.source));
  QueueScript(ToValidUtf8(PercentDecode(script)), attribute.raw, PlaceOf(element.source));
}

// What stands inside an attribute: srcdoc, or a data: URL of type text; for a <script>
// it is a script.
void PageReader::Inner(const Attribute& attribute, std::string_view markup,
                       std::string_view detail) {
  std::string text(markup);
  if (StartsWithIgnoreCase(markup, "data:")) {
    std::optional<std::string> data = ReadDataUrl(markup);
    if (!data) return;
    text = std::move(*data);
  }
  const uint32_t source = reading_.SourceOf(attribute.raw);
  const Work::Kind kind = detail == "script" ? Work::Kind::kScript
                          : IsMarkup(text)   ? Work::Kind::kMarkup
                                             : Work::Kind::kPlain;
  Work& work = Queue(kind, text, {}, source == kNoSource ? PlaceOf(kNoSource) : source);
  work.zone = kind == Work::Kind::kScript ? ZoneKind::kScript : ZoneKind::kAttribute;
  work.detail = detail;
  work.where = Where::kInner;
}

void PageReader::QueueScript(std::string_view text, std::string_view raw, uint32_t source) {
  if (IsBlank(text)) return;
  Work& work = Queue(Work::Kind::kScript, text, raw, source);
  work.detail = frames_.back().tag == Tag::kScript ? "script" : "on";
  const bool plain = StartsWithIgnoreCase(script_type_, "text/plain");
  if (plain || ContainsIgnoreCase(script_type_, "template") ||
      ContainsIgnoreCase(script_type_, "html")) {
    work.kind = plain && !IsMarkup(text) ? Work::Kind::kPlain : Work::Kind::kMarkup;
    work.zone = ZoneKind::kHidden;
    work.hiding = Hiding::kTemplate;
    work.where = Where::kTemplate;
  } else {
    work.where = piece() ? work_->where : Where::kPage;
  }
  work.script = piece() ? work_->script : -1;
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
        if (attribute.id == Attr::kValue) PutPacked(attribute, element);
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
        OtherAttribute(attribute, element);
        break;
    }
  }
}

// What no browser shows by itself: a script may (data-text), or a style sheet that prints it.
void PageReader::OtherAttribute(const Attribute& attribute, const Element& element) {
  if (attribute.name == "formaction") {
    (void)HoldsPage(attribute, element);
    return;
  }
  const bool printed = !reading_.shown_attributes.empty() &&
                       std::find(reading_.shown_attributes.begin(), reading_.shown_attributes.end(),
                                 attribute.name) != reading_.shown_attributes.end();
  constexpr size_t kBytesMin = 12;  // four Han characters; shorter ones are names
  const bool words = attribute.value.size() >= kBytesMin &&
                     std::any_of(attribute.value.begin(), attribute.value.end(),
                                 [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (printed || (words && attribute.id == Attr::kOther))
    return PutAttribute(attribute, attribute.name);
  if (attribute.id == Attr::kOther) PutPacked(attribute, element);
}

void PageReader::PutPacked(const Attribute& attribute, const Element& element) {
  const std::optional<std::string> words = PackedWords(attribute.value);
  if (!words) return;
  Work& work = Queue(IsMarkup(*words) ? Work::Kind::kMarkup : Work::Kind::kPlain, *words, {},
                     PlaceOf(element.source));
  work.zone = ZoneKind::kAttribute;
  work.detail = attribute.name;
  work.where = Where::kInner;
}

void PageReader::PutAttribute(const Attribute& attribute, std::string_view name) {
  if (attribute.value.size() < 2 || IsMachineText(attribute.value)) return;
  // Only what stands in the body is there to be compared with later.
  const bool stays = reading_.SourceOf(attribute.raw) != kNoSource && !attribute.raw.empty();
  if (stays && !reading_.attributes_seen.Add(attribute.raw)) return;
  if (!reading_.HasRoom(attribute.value.size())) return;
  TextBuffer& other = reading_.text.at(Part::kOther);
  if (piece()) {
    other.Owe('\n');
    other.Append(attribute.value, OriginOf(attribute.raw));
    other.Owe('\n');
  } else {
    reading_.text.Put(Part::kOther, ZoneKind::kAttribute, Hiding::kNone, name, attribute.value,
                      OriginOf(attribute.raw));
  }
}

}  // namespace xuncha
