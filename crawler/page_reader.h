// The page reader listens to markup and writes down what the audit wants to know:
// zones (zones.h), links, and the facts signals are made of (signals.h).
//
// The page itself is read first; what is found inside it to be read in turn
// (scripts, comments, frames written into attributes, markup that scripts write)
// waits in a queue and is read the same way, each piece into a zone of its own.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "crawler/asset.h"
#include "crawler/cascade.h"
#include "crawler/flat.h"
#include "crawler/flow.h"
#include "crawler/markup.h"
#include "crawler/script.h"
#include "crawler/seen.h"
#include "crawler/shape.h"
#include "crawler/style.h"
#include "crawler/woven.h"
#include "crawler/zones.h"

namespace xuncha {

// Where on the way to the visitor something stood.
enum class Where : uint8_t {
  kPage,
  kNoscript,
  kTemplate,
  kComment,
  kWritten,  // by a script
  kInner,    // srcdoc, data: URL
  kLost,     // in the bytes, but the tree has it not
};

struct FoundLink {
  Link link;  // text span within `part`, until the end
  Part part = Part::kVisible;
  Where where = Where::kPage;
  uint32_t source = kNoSource;  // of its tag in the body
  int32_t block = -1;           // hidden block it stands in
  uint32_t host = 0;            // index into PageReading::hosts, once resolved; 0 = none
  bool words = false;           // link.text is set
  bool picture = false;         // holds an image or an element that may show one
  bool internal = false;        // for signals only: no link of the document
};

// A hidden subtree.
struct HiddenBlock {
  Hiding hiding = Hiding::kNone;
  std::string name;  // "div.foot"
  std::string id;
  std::string classes;
  Where where = Where::kPage;
  bool twin = false;  // a language twin: data-lang or lang of its own
};

struct FoundMeta {
  std::string name;
  std::string content;
  SpellingCount spelling;
};

// What signals ask of some links besides their target; `link` is an index into
// PageReading::links.
struct FoundFrame {
  size_t link = 0;
  bool hidden = false;  // no bigger than a pixel, or in a hidden block
  std::string name;     // "iframe"
};

struct FoundForm {
  size_t link = 0;
  bool post = false;
  bool password = false;
};

struct FoundRefresh {
  size_t link = 0;
  float seconds = 0;
  bool header = false;
};

struct FoundScript {
  size_t link = 0;
  bool after_head_words = false;  // straight behind <title> or a description
  bool program = true;            // its type is one that is run
};

struct ScriptSummary {
  Where where = Where::kPage;
  ScriptFacts facts;
  std::vector<size_t> moves;    // where it sets location; indices into PageReading::links
  std::vector<size_t> links;    // in markup it writes
  std::vector<size_t> sources;  // scripts it loads
};

// A host that links lead to.
struct HostFacts {
  std::string host;
  std::string domain;  // registrable
  bool foreign = false;
  bool institution = false;  // edu, gov, and services every campus links to
  bool cheap = false;
  // Foreign, and no institution or service that every campus site links to.
  bool strange() const { return foreign && !institution; }
};

// A piece found inside the page that is to be read in turn.
struct Work {
  enum class Kind : uint8_t { kScript, kMarkup, kPlain };
  Kind kind = Kind::kPlain;
  std::string_view text;  // of `owned` or of the body
  std::string owned;
  uint32_t source = 0;   // in the body: of text, or where it was decoded from
  bool in_body = false;  // text is a stretch of the body
  ZoneKind zone = ZoneKind::kScript;
  Hiding hiding = Hiding::kNone;
  std::string detail;
  Where where = Where::kPage;
  int depth = 0;
  int script = -1;  // PageReading::scripts it came from
};

// Everything that is read from one page.
struct PageReading {
  PageReading();
  std::string_view body;  // as UTF-8
  PageText text;
  std::vector<FoundLink> links;
  std::vector<HostFacts> hosts;
  std::string own_domain;  // registrable domain of the page
  std::vector<HiddenBlock> blocks;
  std::vector<FoundMeta> metas;
  std::vector<FoundFrame> frames;
  std::vector<FoundForm> forms;
  std::vector<FoundRefresh> refreshes;
  std::vector<FoundScript> script_sources;
  std::vector<ScriptSummary> scripts;
  std::vector<CssContent> css_contents;
  std::vector<std::string_view> script_texts;  // inline scripts, for the names they touch
  std::string title;
  SpellingCount title_spelling;
  bool has_title = false;
  std::string base;
  StyleSheet sheet;  // its own <style> blocks
  Cascade cascade;   // those of the site that it loads, and then its own
  const PageAssets* assets = nullptr;
  std::vector<std::string> shown_attributes;  // that its own sheets print: attr(data-x)
  bool unknown_styles = false;                // it loads a style sheet that we do not have
  std::vector<std::span<const uint32_t>> script_names;  // in strings of scripts it loads, hashed
  Variables variables;
  std::deque<Work> queue;
  std::vector<LimitHit> limits;
  std::vector<Span> noscripts;    // in the body, ascending
  uint32_t html_end = kNoSource;  // where content after the last </html> begins
  uint32_t reversed = 0;          // bytes of text shown in reverse
  Span reversed_text;             // in Part::kOther or visible: first place
  Part reversed_part = Part::kVisible;
  size_t anchors = 0;  // <a> elements seen, without clones
  size_t script_bytes = 0;
  StyleWork style_work;  // for style attributes, and sheets inside pieces
  Seen attributes_seen;

  std::vector<uint32_t> elements;  // sources of the page's elements, in document order
  ShapeHashes shape;               // of its elements near the root

  // A link target; nullptr if there is none to speak of, or too many.
  FoundLink* AddLink(std::string_view href, LinkKind kind);
  // A sheet of its own, whose text stands at `place` of the body, or came from there.
  void AddSheet(std::string_view css, uint32_t place, bool in_body);
  // Holds what was added to `sheet` since the page is read against the rest of it.
  void ApplyLateSheet(size_t bytes);
  void HitStyles();  // not all of them were read
  // Records a limit once.
  void Hit(Limit limit, std::string detail);
  // Whether so much more text may be kept; if not, the limit is recorded.
  bool HasRoom(size_t bytes);
  // A parser without scripts takes the content of a <noscript> in the head out of it;
  // a visitor's browser does not show it.
  bool InNoscript(uint32_t source) const;
  uint32_t SourceOf(std::string_view raw) const;  // kNoSource if it is not of the body
};

class PageReader final : public MarkupSink {
 public:
  // The page itself.
  explicit PageReader(PageReading& reading);
  // A piece of it.
  PageReader(PageReading& reading, const Work& work);
  ~PageReader() override;

  void Open(const Element& element) override;
  void Close() override;
  void Text(std::string_view text, std::string_view raw) override;
  void Comment(std::string_view raw) override;

 private:
  struct Frame {
    Tag tag = Tag::kOther;
    Where where = Where::kPage;
    Hiding own = Hiding::kNone;        // of this element or one around it; nothing inside undoes it
    Hiding effective = Hiding::kNone;  // with what descendants can undo
    int32_t block = -1;
    int32_t link = -1;  // the anchor around the text
    Colour colour, background, fill, shadow;
    float cut_height = 0;    // of the box around it that shows nothing beyond
    float rank = 0;          // among the pieces of the box around it
    bool leftwards = false;  // its lines run to the left
    bool box = false;        // open in flow_
    bool box_reversed = false;
    bool in_box = false;  // a piece of the box around it
    bool floats_right = false, box_in_line = false, shadowed = false;
    bool invisible = false, tiny_font = false, indented = false, same_colour = false;
    bool reversed = false, inline_display = false, opened_link = false, styled = false;
    bool body_background = false, in_svg = false;
    bool in_styles = false;  // open in styles_
  };

  bool piece() const { return work_ != nullptr; }
  void Hide(const Element& element, Frame& frame);
  static bool IsCutOff(const Style& style, const Frame& frame);
  void SetFlow(const Style& style, Frame& frame);
  void ReadOwnStyle(std::string_view text, Style& style, Style& important);
  void OpenPiece(Frame& frame);
  void CloseFlow(const Frame& frame, Frame& outer);
  void HideAsNoscript(Frame& frame);
  void PutCssContent(const Element& element, const std::string& words);
  void NameBlock(const Element& element, HiddenBlock& block) const;
  Part Target(const Frame& frame, std::string_view raw);
  void Write(const Frame& frame, std::string_view text, std::string_view raw);
  void PutWoven(const std::optional<Woven::Texts>& texts);
  void TitleText(std::string_view text, std::string_view raw);
  void FallbackText(std::string_view text, std::string_view raw);
  void OpenAnchor(const Element& element, Frame& frame);
  void CloseAnchor(const Frame& frame);
  void OpenMeta(const Element& element);
  void OpenLink(const Element& element, const Frame& frame);
  void OpenForm(const Element& element, const Frame& frame);
  void OpenFrame(const Element& element, const Frame& frame);
  void OpenImage(const Element& element, const Frame& frame);
  void Attributes(const Element& element, const Frame& frame);
  bool HoldsPage(const Attribute& attribute, const Element& element);
  void OtherAttribute(const Attribute& attribute, const Element& element);
  void PutPacked(const Attribute& attribute, const Element& element);
  void PutAttribute(const Attribute& attribute, std::string_view name);
  FoundLink* AddLink(std::string_view href, LinkKind kind, const Frame& frame, uint32_t source);
  void Inner(const Attribute& attribute, std::string_view markup, std::string_view detail);
  void QueueScript(std::string_view text, std::string_view raw, uint32_t source);
  void QueueScriptUrl(std::string_view target, const Attribute& attribute, const Element& element);
  // Queues `text` to be read in turn: as a stretch of the body if it is what `raw` says
  // there, else as text from where `raw` stands, or from `place` if it stands nowhere.
  Work& Queue(Work::Kind kind, std::string_view text, std::string_view raw, uint32_t place);
  void Separate(char separator);  // in whatever zones are open
  Origin OriginOf(std::string_view raw) const;
  uint32_t PlaceOf(uint32_t source) const;

  PageReading& reading_;
  const Work* work_ = nullptr;
  std::vector<Frame> frames_;
  Cascade::Stack styles_;     // of frames_, if there are sheets
  std::string anchor_title_;  // of the open anchor, with its raw text
  std::string_view anchor_title_raw_;
  std::string script_type_;
  int32_t hidden_block_ = -1;  // whose zone is open in Part::kHidden
  bool after_head_words_ = false;
  Woven woven_;  // the line of visible text being read
  Flow flow_;    // of the visible text
};

bool IsBlank(std::string_view text);
bool IsMarkup(std::string_view text);         // holds a tag or a comment
bool LooksLikeTarget(std::string_view text);  // may be an address, also a relative one
bool AtMost(const Element& element, Attr length, float bound);  // the attribute, if it is there

// A link that a script makes; its index joins `indices`.
void AddScriptLink(PageReading& reading, std::string_view target, LinkKind kind, uint32_t source,
                   std::vector<size_t>& indices);
// Markup that a script writes, to be read in turn.
void QueueWritten(PageReading& reading, std::string markup, std::string detail, uint32_t source,
                  int depth, int script);
// Reads the queue until it is empty.
void ReadQueue(PageReading& reading);
// Puts the site's style sheets that the page loads before its own.
void JoinSheets(PageReading& reading, const Page& page, const RawScan& scan);
// Reads what the site's scripts that the page loads would do to it.
void JoinScripts(PageReading& reading, const Page& page);
// Queues a script of its own, as a page of type script is.
void QueueScriptPage(PageReading& reading);
// Compares raw tags with what was read, and reads what is missing into a zone of
// its own. Returns the bytes of text and adds the links it found.
size_t ReadLost(PageReading& reading);

}  // namespace xuncha
