// Names of elements and attributes. A lookup compares only with names of the
// same length, a handful at most; it runs for every tag of every page.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/markup.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace xuncha {
namespace {

constexpr std::array<std::string_view, kTags> kTagNames = {
    "",         "a",         "address",    "applet",   "area",     "article",    "aside",
    "audio",    "b",         "base",       "basefont", "bdo",      "blockquote", "body",
    "br",       "button",    "canvas",     "caption",  "center",   "col",        "dd",
    "details",  "dialog",    "dir",        "div",      "dl",       "dt",         "em",
    "embed",    "fieldset",  "figcaption", "figure",   "font",     "footer",     "form",
    "frame",    "frameset",  "h1",         "h2",       "h3",       "h4",         "h5",
    "h6",       "head",      "header",     "hr",       "html",     "i",          "iframe",
    "img",      "input",     "label",      "legend",   "li",       "link",       "listing",
    "main",     "map",       "marquee",    "menu",     "meta",     "nav",        "noembed",
    "noframes", "noscript",  "object",     "ol",       "optgroup", "option",     "p",
    "param",    "plaintext", "pre",        "script",   "section",  "select",     "source",
    "span",     "strong",    "style",      "summary",  "svg",      "table",      "tbody",
    "td",       "template",  "textarea",   "tfoot",    "th",       "thead",      "title",
    "tr",       "track",     "u",          "ul",       "video",    "wbr",        "xmp"};

struct AttrName {
  std::string_view name;
  Attr id;
};
constexpr AttrName kAttrNames[] = {{"action", Attr::kAction},
                                   {"alt", Attr::kAlt},
                                   {"aria-label", Attr::kAriaLabel},
                                   {"background", Attr::kBackground},
                                   {"bgcolor", Attr::kBgcolor},
                                   {"class", Attr::kClass},
                                   {"color", Attr::kColor},
                                   {"content", Attr::kContent},
                                   {"data", Attr::kData},
                                   {"data-lang", Attr::kDataLang},
                                   {"data-i18n-lang", Attr::kDataLang},
                                   {"dir", Attr::kDir},
                                   {"height", Attr::kHeight},
                                   {"hidden", Attr::kHidden},
                                   {"href", Attr::kHref},
                                   {"xlink:href", Attr::kHref},
                                   {"http-equiv", Attr::kHttpEquiv},
                                   {"httpequiv", Attr::kHttpEquiv},
                                   {"id", Attr::kId},
                                   {"itemprop", Attr::kItemprop},
                                   {"label", Attr::kLabel},
                                   {"lang", Attr::kLang},
                                   {"method", Attr::kMethod},
                                   {"name", Attr::kName},
                                   {"open", Attr::kOpen},
                                   {"placeholder", Attr::kPlaceholder},
                                   {"property", Attr::kProperty},
                                   {"rel", Attr::kRel},
                                   {"scrollamount", Attr::kScrollamount},
                                   {"src", Attr::kSrc},
                                   {"srcdoc", Attr::kSrcdoc},
                                   {"style", Attr::kStyle},
                                   {"summary", Attr::kSummary},
                                   {"title", Attr::kTitle},
                                   {"type", Attr::kType},
                                   {"value", Attr::kValue},
                                   {"width", Attr::kWidth}};

// Names ordered by length; by_size[n] is where names of n bytes begin.
constexpr size_t kNameSizeMax = 16;
template <size_t N>
struct Index {
  struct Entry {
    std::string_view name;
    uint8_t id = 0;
  };
  std::array<Entry, N> entries{};
  std::array<uint8_t, kNameSizeMax + 2> by_size{};
};

template <size_t N, typename Names, typename Id>
consteval Index<N> MakeIndex(const Names& names, Id id) {
  Index<N> index;
  size_t count = 0;
  for (size_t size = 0; size <= kNameSizeMax; ++size) {
    index.by_size[size] = static_cast<uint8_t>(count);
    for (size_t i = 0; i < N; ++i) {
      auto [name, value] = id(names, i);
      if (name.size() == size) index.entries[count++] = {name, value};
    }
  }
  index.by_size[kNameSizeMax + 1] = static_cast<uint8_t>(count);
  return index;
}

constexpr auto kTagIndex = MakeIndex<kTags>(kTagNames, [](const auto& names, size_t i) {
  return std::pair<std::string_view, uint8_t>(names[i], static_cast<uint8_t>(i));
});
constexpr auto kAttrIndex =
    MakeIndex<std::size(kAttrNames)>(kAttrNames, [](const auto& names, size_t i) {
      return std::pair<std::string_view, uint8_t>(names[i].name, static_cast<uint8_t>(names[i].id));
    });

template <size_t N>
uint8_t Look(const Index<N>& index, std::string_view name) {
  if (name.empty() || name.size() > kNameSizeMax) return 0;
  for (size_t i = index.by_size[name.size()]; i < index.by_size[name.size() + 1]; ++i) {
    const char* known = index.entries[i].name.data();
    if (known[0] == name[0] && std::memcmp(known, name.data(), name.size()) == 0) {
      return index.entries[i].id;
    }
  }
  return 0;
}

// A set of tags as bits, so that the questions below cost one load.
struct TagSet {
  std::array<bool, kTags> in{};
  constexpr TagSet(std::initializer_list<Tag> tags) {
    for (Tag tag : tags) in[static_cast<size_t>(tag)] = true;
  }
  constexpr bool Has(Tag tag) const { return in[static_cast<size_t>(tag)]; }
};

constexpr TagSet kVoid = {Tag::kArea,  Tag::kBase,   Tag::kBasefont, Tag::kBr,
                          Tag::kCol,   Tag::kEmbed,  Tag::kFrame,    Tag::kHr,
                          Tag::kImg,   Tag::kInput,  Tag::kLink,     Tag::kMeta,
                          Tag::kParam, Tag::kSource, Tag::kTrack,    Tag::kWbr};
constexpr TagSet kRawText = {Tag::kScript,    Tag::kStyle,    Tag::kXmp,
                             Tag::kIframe,    Tag::kNoembed,  Tag::kNoframes,
                             Tag::kPlaintext, Tag::kTextarea, Tag::kTitle};
constexpr TagSet kBlock = {
    Tag::kAddress,  Tag::kArticle,    Tag::kAside,    Tag::kBlockquote, Tag::kBody,
    Tag::kButton,   Tag::kCaption,    Tag::kCenter,   Tag::kDd,         Tag::kDetails,
    Tag::kDialog,   Tag::kDir,        Tag::kDiv,      Tag::kDl,         Tag::kDt,
    Tag::kFieldset, Tag::kFigcaption, Tag::kFigure,   Tag::kFooter,     Tag::kForm,
    Tag::kFrameset, Tag::kH1,         Tag::kH2,       Tag::kH3,         Tag::kH4,
    Tag::kH5,       Tag::kH6,         Tag::kHeader,   Tag::kHr,         Tag::kHtml,
    Tag::kLegend,   Tag::kLi,         Tag::kListing,  Tag::kMain,       Tag::kMarquee,
    Tag::kMenu,     Tag::kNav,        Tag::kNoframes, Tag::kNoscript,   Tag::kOl,
    Tag::kOptgroup, Tag::kOption,     Tag::kP,        Tag::kPlaintext,  Tag::kPre,
    Tag::kSection,  Tag::kSelect,     Tag::kSummary,  Tag::kTable,      Tag::kTbody,
    Tag::kTextarea, Tag::kTfoot,      Tag::kThead,    Tag::kTr,         Tag::kUl,
    Tag::kXmp};

}  // namespace

Tag TagByName(std::string_view name) { return static_cast<Tag>(Look(kTagIndex, name)); }

Attr AttrByName(std::string_view name) {
  if (name.size() > 2 && name[0] == 'o' && name[1] == 'n') return Attr::kEvent;
  return static_cast<Attr>(Look(kAttrIndex, name));
}

std::string_view TagName(Tag tag) { return kTagNames[static_cast<size_t>(tag)]; }
bool IsVoid(Tag tag) { return kVoid.Has(tag); }
bool IsRawText(Tag tag) { return kRawText.Has(tag); }
bool IsBlock(Tag tag) { return kBlock.Has(tag); }

const Attribute* Element::Find(Attr id) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.id == id) return &attribute;
  }
  return nullptr;
}

std::string_view Element::Get(Attr id) const {
  const Attribute* found = Find(id);
  return found == nullptr ? std::string_view() : found->value;
}

bool Element::Has(Attr id) const { return Find(id) != nullptr; }

}  // namespace xuncha
