// Markup as a sequence of events: what a reader of tags tells whoever listens.
//
// Two readers speak this language, the tree (tree.h) and the flat reader
// (flat.h), so one listener (page_reader.h) serves pages that were parsed as a
// browser would and pages, or pieces of script, that could only be read flat.
//
// Views in an event live as long as the reader's caller says: for the tree until
// the arena is reset, for the flat reader as long as its scratch.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace xuncha {

// Elements that mean something to the audit; all others are kOther.
enum class Tag : uint8_t {
  kOther,
  kA,
  kAddress,
  kApplet,
  kArea,
  kArticle,
  kAside,
  kAudio,
  kB,
  kBase,
  kBasefont,
  kBdo,
  kBlockquote,
  kBody,
  kBr,
  kButton,
  kCanvas,
  kCaption,
  kCenter,
  kCol,
  kDd,
  kDetails,
  kDialog,
  kDir,
  kDiv,
  kDl,
  kDt,
  kEm,
  kEmbed,
  kFieldset,
  kFigcaption,
  kFigure,
  kFont,
  kFooter,
  kForm,
  kFrame,
  kFrameset,
  kH1,
  kH2,
  kH3,
  kH4,
  kH5,
  kH6,
  kHead,
  kHeader,
  kHr,
  kHtml,
  kI,
  kIframe,
  kImg,
  kInput,
  kLabel,
  kLegend,
  kLi,
  kLink,
  kListing,
  kMain,
  kMap,
  kMarquee,
  kMenu,
  kMeta,
  kNav,
  kNoembed,
  kNoframes,
  kNoscript,
  kObject,
  kOl,
  kOptgroup,
  kOption,
  kP,
  kParam,
  kPlaintext,
  kPre,
  kScript,
  kSection,
  kSelect,
  kSource,
  kSpan,
  kStrong,
  kStyle,
  kSummary,
  kSvg,
  kTable,
  kTbody,
  kTd,
  kTemplate,
  kTextarea,
  kTfoot,
  kTh,
  kThead,
  kTitle,
  kTr,
  kTrack,
  kU,
  kUl,
  kVideo,
  kWbr,
  kXmp,
};
inline constexpr int kTags = static_cast<int>(Tag::kXmp) + 1;

enum class Attr : uint8_t {
  kOther,
  kAction,
  kAlt,
  kAriaLabel,
  kBackground,
  kBgcolor,
  kClass,
  kColor,
  kContent,
  kData,
  kDataLang,
  kDir,
  kHeight,
  kHidden,
  kHref,
  kHttpEquiv,
  kId,
  kItemprop,
  kLabel,
  kLang,
  kMethod,
  kName,
  kOpen,
  kPlaceholder,
  kProperty,
  kRel,
  kScrollamount,
  kSrc,
  kSrcdoc,
  kStyle,
  kSummary,
  kTitle,
  kType,
  kValue,
  kWidth,
  kEvent,  // on...: script
};

// By lower-case name; kOther if it is none of the above.
Tag TagByName(std::string_view name);
Attr AttrByName(std::string_view name);
std::string_view TagName(Tag tag);  // "div"; empty for kOther

bool IsVoid(Tag tag);     // never has content: br, img, ...
bool IsRawText(Tag tag);  // content is no markup to a browser: script, style, xmp, ...
bool IsBlock(Tag tag);    // begins and ends a line

inline constexpr uint32_t kNoSource = 0xffffffff;

struct Attribute {
  Attr id = Attr::kOther;
  std::string_view name;   // lower case
  std::string_view value;  // references decoded
  std::string_view raw;    // the value as it stands in the markup, without quotes; may be empty
};

struct Element {
  Tag tag = Tag::kOther;
  bool clone = false;     // made by the parser from an element reported before
  bool last = false;      // no element stands behind it in its parent; only a tree knows
  std::string_view name;  // lower case
  std::span<const Attribute> attributes;
  uint32_t source = kNoSource;  // offset of its start tag in the markup; kNoSource if implied

  // The value of the first attribute of that kind; empty data() if there is none.
  std::string_view Get(Attr id) const;
  bool Has(Attr id) const;
  const Attribute* Find(Attr id) const;
};

class MarkupSink {
 public:
  virtual ~MarkupSink() = default;
  virtual void Open(const Element& element) = 0;
  // Closes the element opened last that is still open. Every Open has its Close.
  virtual void Close() = 0;
  // `raw` is the stretch of the markup the text came from; references in `text`
  // are decoded, and tags a parser ignored may stand in `raw`.
  virtual void Text(std::string_view text, std::string_view raw) = 0;
  // What stands between the delimiters of a comment.
  virtual void Comment(std::string_view raw) = 0;
};

}  // namespace xuncha
