// Style: the declarations that decide whether a visitor can see a text, from
// style attributes, <style> blocks and the style sheets of the site.
//
// A bounded reader of CSS: selectors of ids, classes, tags, their descendants and
// children; rules under @media for print or narrow screens are left out, as are
// states (:hover) and attribute selectors. What it does not understand hides
// nothing. How the rules of several sheets come together stands in cascade.h.
//
// A StyleSheet is immutable after the last Index and may be shared by threads.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "crawler/markup.h"

namespace xuncha {

struct Colour {
  enum class Kind : uint8_t { kUnset, kSolid, kTransparent, kUnknown };
  Kind kind = Kind::kUnset;
  uint8_t red = 0, green = 0, blue = 0;
};
Colour ReadColour(std::string_view text);
// Both solid, and nearer to each other than an eye can tell.
bool SameColour(const Colour& a, const Colour& b);
// Pixels of a CSS or HTML length; nullopt if it is none, or a percentage.
// Appends what the escape at text[at], "\\6f " or "\\;", stands for, and returns where it ends.
// REQUIRES: a backslash stands there, and something behind it.
size_t AppendCssEscape(std::string& out, std::string_view text, size_t at);
std::optional<float> ReadLength(std::string_view text);

struct Style {
  enum Flag : uint16_t {
    kNone = 1 << 0,         // display: none
    kInline = 1 << 1,       // display: inline...
    kInvisible = 1 << 2,    // visibility: hidden
    kTransparent = 1 << 3,  // opacity near 0
    kPositioned = 1 << 4,   // position: absolute, fixed or relative
    kOverflowHidden = 1 << 5,
    kClipped = 1 << 6,
    kMoved = 1 << 7,   // transform: scale(0) or far away
    kBehind = 1 << 8,  // z-index below 0
    kRightToLeft = 1 << 9,
    kOverride = 1 << 10,  // unicode-bidi: bidi-override
    kMirrored = 1 << 12,  // transform: scaleX(-1)
  };
  enum Length : uint8_t {
    kFontSize,
    kLeft,
    kTop,
    kRight,
    kBottom,
    kMarginLeft,
    kMarginTop,
    kIndent,
    kWidth,
    kHeight,
    kMaxWidth,
    kMaxHeight,
  };
  static constexpr int kLengths = kMaxHeight + 1;

  uint16_t flags_set = 0, flags = 0;
  uint16_t lengths_set = 0;
  std::array<float, kLengths> lengths{};
  Colour colour, background;

  bool Is(Flag flag) const { return (flags & flag) != 0; }
  bool Sets(Flag flag) const { return (flags_set & flag) != 0; }
  bool Sets(Length length) const { return (lengths_set >> length & 1) != 0; }
  bool empty() const {
    return flags_set == 0 && lengths_set == 0 && colour.kind == Colour::Kind::kUnset &&
           background.kind == Colour::Kind::kUnset;
  }
  void Apply(const Style& over);
  // Leaves what shows, and takes away what may hide.
  void KeepShowing();
  // What hides the element and all it contains, whatever its descendants say.
  Hiding OwnHiding() const;
};

// Reads "name: value; ..." on top of `style`; what is marked !important into
// `important`, which may be `style`.
void ReadDeclarations(std::string_view text, Style& style, Style& important);
// To whom rules under a media condition apply: what only narrow screens, or only
// wide ones, do not show is hidden from nobody.
enum class Media : uint8_t { kNobody, kSome, kEverybody };
Media ReadMedia(std::string_view condition);

// An element as selectors see it.
struct Subject {
  uint32_t name = 0, id = 0;  // hashes; 0 = none
  std::array<uint32_t, 16> classes{};
  uint32_t class_count = 0;
  friend bool operator==(const Subject&, const Subject&) = default;
};
Subject SubjectOf(const Element& element);
// Of an id ('#'), class ('.') or tag ('t'); never 0.
uint32_t HashStyleName(std::string_view name, char kind);

// Words a style sheet puts on the page.
struct CssContent {
  std::string text;
  size_t offset = 0;  // in the css
};

// A rule that matched an element.
struct MatchedRule {
  uint32_t specificity = 0;
  uint32_t order = 0;  // in its sheet
  bool important = false;
  const Style* style = nullptr;          // nullptr: the rule only puts words on the page
  const std::string* content = nullptr;  // those words
};

class StyleSheet {
 public:
  // Reads a style sheet; rules over the cap are left out.
  void Add(std::string_view css);
  // Makes the rules added so far ready for Match. Returns the work it was.
  size_t Index();
  bool empty() const { return rules_.empty(); }
  // Appends all rules that match, in the order of the sheet if equally specific.
  // `ancestors` begins with the outermost. Returns the comparisons made; stops when they
  // reach `work_max`, and then not all rules that match are told.
  size_t Match(const Subject& subject, std::span<const Subject> ancestors,
               std::vector<MatchedRule>& matched, size_t work_max) const;

  const std::vector<CssContent>& contents() const { return contents_; }  // of the last Add
  const std::vector<std::string>& imports() const { return imports_; }   // of the last Add
  bool full() const;                                                     // rules were left out
  size_t bytes() const;                                                  // of memory, about

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  struct Compound {
    uint32_t name = 0, id = 0;
    std::array<uint32_t, 3> classes{};
    uint8_t class_count = 0;
    bool child = false;  // its element is a child of the compound's before it
  };
  struct Rule {
    uint32_t first = 0;  // of its compounds; the last one is the element itself
    uint8_t count = 0;
    bool important = false;
    uint32_t specificity = 0;
    uint32_t style = kNone;
    uint32_t content = kNone;
  };
  struct Key {
    uint32_t hash;
    uint32_t rule;
  };
  // What a selector list sets.
  struct Block {
    Style style, important;
    std::string words;
  };
  enum class On : uint8_t { kNothing, kElement, kBeside };  // kBeside: ::before, ::after
  void AddRules(std::string_view selectors, const Block& block);
  On ReadSelector(std::string_view text, Rule& rule);
  size_t Look(uint32_t hash, const Subject& subject, std::span<const Subject> ancestors,
              std::vector<MatchedRule>& matched, size_t work_max) const;
  bool Holds(const Rule& rule, int wanted, std::span<const Subject> ancestors, size_t& work) const;
  static bool Fits(const Compound& compound, const Subject& subject);

  std::vector<Style> styles_;
  std::vector<std::string> words_;
  std::vector<Compound> compounds_;
  std::vector<Rule> rules_;
  std::vector<Key> keys_;              // sorted by hash
  std::array<uint64_t, 16> filter_{};  // bits of the hashes in keys_
  std::vector<CssContent> contents_;
  std::vector<std::string> imports_;
  size_t indexed_ = 0;  // rules in keys_
};

}  // namespace xuncha
