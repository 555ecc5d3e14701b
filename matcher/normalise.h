// Normalise undoes disguise: it folds the text of a zone to the plain channel
// (one spelling for what readers take for the same letters) and remembers where
// each byte came from, so that a hit is shown in the words of the page.
//
// The plain channel keeps punctuation; white space collapses to one blank or one
// newline; what readers do not see is gone. While folding, places where another
// disguise may stand are noted as marks; reading.h looks at those only, so that
// ordinary text does not pay for rare tricks.
//
// A FoldedText is reused from page to page by one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"

namespace xuncha {

// Maps byte ranges of an output back to its input. Runs, not one number per
// byte: Chinese text needs one run for about ten characters.
class OffsetMap {
 public:
  void Clear() { runs_.clear(); }
  // From `out` on, each output byte stands for one input byte, from `in` on.
  // REQUIRES: `out` not before the last call's.
  void Copied(uint32_t out, uint32_t in) { Add({out, 0, in, 0}); }
  // The output from `out` on stands, as a whole, for input [in, in + size).
  void Folded(uint32_t out, uint32_t in, uint32_t size) { Add({out, UINT32_MAX, in, size}); }
  // Folded for output [out, out + out_size), and copied from there on.
  void Replaced(uint32_t out, uint32_t out_size, uint32_t in, uint32_t size) {
    Add({out, out_size, in, size});
  }
  // Takes back what was said of `out` and behind.
  void Forget(uint32_t out) {
    while (!runs_.empty() && runs_.back().out >= out) runs_.pop_back();
  }
  // The smallest input range that holds all that made `out`. REQUIRES: !out.empty().
  Span Source(Span out) const;
  size_t runs() const { return runs_.size(); }

  // Source for places asked for in roughly ascending order: it looks on from the
  // last one. Good while the map does not change.
  class Walk {
   public:
    explicit Walk(const OffsetMap& map) : map_(map) {}
    Span Source(Span out);

   private:
    Span ByteSource(uint32_t out);
    const OffsetMap& map_;
    size_t at_ = 0;
  };

 private:
  // Output [out, out + out_size) stands for input [in, in + size); behind it, both
  // go on byte by byte.
  struct Run {
    uint32_t out, out_size, in, size;
  };
  void Add(Run run) {
    if (!runs_.empty() && runs_.back().out == run.out) {
      runs_.back() = run;
    } else {
      runs_.push_back(run);
    }
  }
  static Span SourceIn(const Run& run, uint32_t out);
  Span ByteSource(uint32_t out) const;

  std::vector<Run> runs_;
};

// Separators between two characters of which one is Han, few enough to be read
// over. In FoldedText::bytes.
struct Gap {
  uint32_t begin, end;
  bool odd;  // holds a sign that ordinary sentences and menus do not have there
};
inline constexpr int kGapCharsMax = 3;  // "at most 3": longer gaps are layout

// Which marks are worth noting.
struct FoldWants {
  bool splits = false;
  bool numbers = false;
};

struct FoldedText {
  std::string bytes;  // the first `size` bytes are the text; room for more behind
  uint32_t size = 0;
  OffsetMap map;          // bytes -> Document::text
  std::vector<Gap> gaps;  // ascending
  // Marks, ascending, as places in `bytes`.
  std::vector<uint32_t> letters;   // a Latin letter repeated, or standing alone before another
  std::vector<uint32_t> splits;    // two that may be halves of one character
  std::vector<uint32_t> numbers;   // two digits with a gap between them or not both in ASCII
  std::vector<uint32_t> digits;    // start of six or more ASCII digits
  std::vector<uint32_t> reversed;  // direction overrides

  std::string_view view() const { return {bytes.data(), size}; }
  // Empty text: one line end, so that every place has a byte before it.
  void Clear();
};

// Appends the fold of text[zone.begin, zone.end) and a line end.
void FoldZone(std::string_view text, Span zone, FoldWants wants, FoldedText& out);

// The fold of a single phrase, without marks and map: what a literal becomes.
std::string FoldPhrase(std::string_view text);

}  // namespace xuncha
