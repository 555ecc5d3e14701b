// Style: the declarations that decide whether a visitor can see a text, from
// style attributes, <style> blocks and the style sheets of the site.
//
// A bounded reader of CSS: selectors of ids, classes, tags, attributes and places among
// siblings, their descendants and children, :not() and :is() of those, rules in rules.
// What holds for some screens only hides nothing (media.h); states (:hover), siblings of
// siblings and what else it does not understand neither. How the rules of several sheets
// come together stands in cascade.h.
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
#include "crawler/css_syntax.h"
#include "crawler/css_value.h"
#include "crawler/limits_style.h"
#include "crawler/markup.h"

namespace xuncha {

struct Style {
  // Each is what one property says, so that a later rule can take it back.
  enum Flag : uint32_t {
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
    kOverride = 1 << 10,       // unicode-bidi: bidi-override
    kContentHidden = 1 << 11,  // content-visibility: hidden
    kMirrored = 1 << 12,       // transform: scaleX(-1)
    kFiltered = 1 << 13,       // filter: opacity(0)
    kScaled = 1 << 14,         // scale: 0
    kShifted = 1 << 15,        // translate: far away
    kTurned = 1 << 16,         // rotate: edgewise
    kShrunk = 1 << 17,         // zoom near 0
    kMasked = 1 << 18,         // by a mask that lets nothing through
    kTextClip = 1 << 19,       // background-clip: text, which paints transparent words
    kShadow = 1 << 20,         // text-shadow or a stroke: seen though the words are not
    kFlex = 1 << 21,           // display: flex or grid
    kBoxInLine = 1 << 22,      // display: inline-block, inline-flex ...
    kReverse = 1 << 23,        // flex-direction: ...-reverse
    kColumn = 1 << 24,         // flex-direction: column...
    kFloatRight = 1 << 25,
    kPicture = 1 << 26,  // background-image: what is behind the words is not known
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
    kLineHeight,
    kOrder,  // a number
  };
  static constexpr int kLengths = kOrder + 1;

  uint32_t flags_set = 0, flags = 0;
  uint16_t lengths_set = 0;
  std::array<float, kLengths> lengths{};
  Colour colour, background;
  Colour shadow;  // if kShadow; kUnset: of the words' own
  Colour fill;    // -webkit-text-fill-color, which wins over colour

  bool Is(Flag flag) const { return (flags & flag) != 0; }
  bool Sets(Flag flag) const { return (flags_set & flag) != 0; }
  // Not "auto", which is set to be no number.
  bool Sets(Length length) const {
    return (lengths_set >> length & 1) != 0 && lengths[length] == lengths[length];
  }
  bool empty() const {
    return flags_set == 0 && lengths_set == 0 && colour.kind == Colour::Kind::kUnset &&
           background.kind == Colour::Kind::kUnset && fill.kind == Colour::Kind::kUnset;
  }
  void Apply(const Style& over);
  // Leaves what shows, and takes away what may hide.
  void KeepShowing();
  // What hides the element and all it contains, whatever its descendants say.
  Hiding OwnHiding() const;
};

// Reads "name: value; ..." on top of `style`; what is marked !important into
// `important`, which may be `style`. A value with a variable that is not among
// `variables` says nothing.
void ReadDeclarations(std::string_view text, Style& style, Style& important, StyleWork& work,
                      const CssVariables* variables = nullptr);
// Likewise of one declaration, as it stands in a sheet.
void ReadDeclaration(std::string_view text, Style& style, Style& important, StyleWork& work,
                     const CssVariables* variables);

// What selectors ask of an element besides its name, id and classes. Elements that answer
// it bear its hash as if it were one of their classes.
struct SelectorTest {
  enum class Kind : uint8_t {
    kHas,       // [a]
    kIs,        // [a=v]
    kWord,      // [a~=v]
    kPrefix,    // [a|=v]
    kBegins,    // [a^=v]
    kEnds,      // [a$=v]
    kContains,  // [a*=v]
    kNth,       // :nth-child(step n + offset)
    kNthOfType,
    kLast,  // :last-child
  };
  Kind kind = Kind::kHas;
  std::string name, value;  // of an attribute
  int step = 0, offset = 0;
  uint32_t hash = 0;

  bool IsPlace() const { return kind >= Kind::kNth; }
  bool Holds(std::string_view value_found) const;
  size_t WorkOf(std::string_view value_found) const;  // to tell that, at most, in comparisons
  bool Holds(uint32_t place) const;                   // counted from 1
};

// An element as selectors see it.
struct Subject {
  uint32_t name = 0, id = 0;  // hashes; 0 = none
  std::array<uint32_t, limits::kSubjectClassesMax + limits::kSubjectAnswersMax> classes{};
  uint32_t class_count = 0;
  bool cut = false;                 // it has more, or answers more tests
  bool Bears(uint32_t hash) const;  // as a class, name or id, or answers that test
  void Bear(uint32_t hash);
  friend bool operator==(const Subject& a, const Subject& b);
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
  uint16_t layer = 0;  // of its sheet's layers()
  bool important = false;
  const Style* style = nullptr;          // nullptr: the rule only puts words on the page
  const std::string* content = nullptr;  // those words
};

class StyleSheet {
 public:
  StyleSheet();
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
  const std::vector<SelectorTest>& tests() const { return tests_; }
  const CssVariables& variables() const { return variables_; }
  // Full names, in the order they are first named; what stands in none is kUnlayered.
  static constexpr uint16_t kUnlayered = 0xffff;
  const std::vector<std::string>& layers() const { return layers_; }
  bool full() const;  // of rules; the others were left out
  // Something was over a cap.
  bool cut() const { return cut_ || full() || work_.over() || variables_.cut(); }
  size_t bytes() const;  // of memory, about

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  struct Compound {
    uint32_t name = 0, id = 0;
    std::array<uint32_t, 6> classes{};  // also of tests
    std::array<uint32_t, 8> others{};   // that it must not bear
    uint8_t class_count = 0, other_count = 0;
    bool child = false;  // its element is a child of the compound's before it
  };
  struct Rule {
    uint32_t first = 0;  // of its compounds; the last one is the element itself
    uint16_t layer = kUnlayered;
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
  // Indices of those; kNone for what it does not set.
  struct Target {
    uint32_t plain = kNone, important = kNone, words = kNone;
    uint16_t layer = kUnlayered;
  };
  // kBeside: ::before, ::after. kNothing: what holds for no element, or is not known.
  // kInvalid: browsers drop the whole list.
  enum class On : uint8_t { kNothing, kElement, kBeside, kInvalid };
  enum class For : uint8_t { kEverybody, kSome };  // some screens
  struct Scope;
  void ReadVariables(CssReader& reader, int depth);
  void ReadBlock(CssReader& reader, const Scope& scope);
  void ReadRule(CssReader& reader, const CssItem& item, const Scope& outer);
  void ReadStatement(std::string_view text, const Scope& scope);
  std::optional<Scope> Enter(std::string_view prelude, const Scope& outer);
  uint16_t AddLayer(std::string_view name, uint16_t outer);
  std::vector<std::string> Under(const std::vector<std::string_view>& parents,
                                 const std::vector<std::string_view>& list);
  void PutRules(const std::vector<std::string_view>& declarations, const Scope& scope);
  void AddRules(const Scope& scope, const Block& block);
  bool AddSelector(std::string_view selector, const Target& target);
  On AddChoice(std::string_view selector, const Target& target,
               std::optional<uint32_t> specificity);
  static uint32_t SpecificityOf(std::string_view selector, int depth);
  On ReadSelector(std::string_view text, Rule& rule);
  On ReadCompound(std::string_view text, size_t& at, Rule& rule, Compound& compound);
  On ReadPseudo(std::string_view text, size_t& at, Rule& rule, Compound& compound, int depth);
  On ReadNot(std::string_view list, Compound& compound, int depth);
  On Bear(Compound& compound, uint32_t hash);
  // What one simple selector or attribute asks for, as a hash: see selector.cc.
  std::optional<uint32_t> ReadSimple(std::string_view text, int depth);
  uint32_t AddTest(SelectorTest test);
  std::optional<uint32_t> ReadAttributeTest(std::string_view inside);
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
  std::vector<SelectorTest> tests_;
  CssVariables variables_;
  std::vector<CssContent> contents_;
  std::vector<std::string> imports_;
  std::vector<std::string> layers_;
  std::string_view text_;    // of the Add that is under way
  size_t rules_before_ = 0;  // in it
  size_t indexed_ = 0;       // rules in keys_
  StyleWork work_;           // of reading all that is added
  bool cut_ = false;
};

}  // namespace xuncha
