// Cascade: the style sheets of one page, in the order it loads them, and what
// their rules together make of its elements: the more specific rule wins, then the
// later one, and !important before all.
//
// Pages repeat themselves: the second entry of a list has the same tags and classes
// below the same ancestors as the first, so what was found once for such a place is
// kept. A page of a thousand elements asks its sheets about some fifty.
//
// One page, one thread; the sheets may be shared.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crawler/markup.h"
#include "crawler/style.h"

namespace xuncha {

class Cascade {
 public:
  // What the sheets say about an element.
  struct Said {
    Style style, important;                    // in this order, with style attributes between
    std::vector<const std::string*> contents;  // words put beside it
  };

  // Borrows the sheet. kAsked: also for the words it puts beside elements.
  enum class Contents : uint8_t { kIgnored, kAsked };
  void Add(const StyleSheet& sheet, Contents contents);
  // A sheet got more rules: what was found before is forgotten.
  void Changed();
  bool empty() const;
  // Comparisons made so far.
  size_t work() const { return work_; }
  // Something of an element or of the layers was over a cap.
  bool cut() const { return cut_; }
  // Of the sheet that was added last: the page's own.
  const CssVariables* variables() const;

  // The open elements of one reader of the page, outermost first.
  class Stack {
   public:
    // The answer is valid until the next call.
    const Said& Open(Cascade& cascade, const Element& element);
    void Close();
    size_t depth() const { return subjects_.size(); }

   private:
    // Which children an open element had so far, for tests of places.
    struct Children {
      uint32_t count = 0;
      std::vector<std::pair<uint32_t, uint32_t>> of_name;
    };
    void TestPlace(Cascade& cascade, const Element& element, Subject& subject);

    std::vector<Children> children_;  // of the elements, and of what is above the outermost
    std::vector<Subject> subjects_;
    std::vector<uint32_t> places_;
    uint32_t generation_ = 0;
  };

 private:
  static constexpr uint32_t kNowhere = 0xffffffff;  // not kept
  static constexpr uint32_t kTop = 0xfffffffe;      // above the outermost element
  struct Place {
    uint32_t above;
    Subject subject;
    Said said;
  };
  uint32_t* Slot(uint32_t above, const Subject& subject);
  void Ask(const Subject& subject, std::span<const Subject> ancestors, Said& said);
  void Grow();
  void Gather();
  void GatherLayers();
  void TestAttributes(const Element& element, Subject& subject);

  struct Sheet {
    const StyleSheet* sheet;
    Contents contents;
    std::vector<uint32_t> ranks = {};  // of its layers
  };
  std::vector<Sheet> sheets_;
  bool gathered_ = true;  // what follows is of these sheets
  // What the sheets ask of elements, each once; borrowed from them.
  std::vector<const SelectorTest*> attribute_tests_, place_tests_;
  uint64_t attribute_names_ = 0;  // a bit for each, to pass over the others
  bool asks_names_ = false;       // how many of its name stand before an element
  std::vector<Place> places_;
  std::vector<uint32_t> slots_;  // indices into places_, open addressing; a power of two
  struct Ranked {
    MatchedRule rule;
    uint32_t sheet;
    uint32_t layer;  // the later is stronger; the earlier, if important
  };
  std::vector<Ranked> ranked_;
  std::vector<MatchedRule> matched_;
  Said unkept_;
  size_t work_ = 0;
  bool cut_ = false;
  uint32_t generation_ = 0;  // of places_
};

}  // namespace xuncha
