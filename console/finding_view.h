// What an officer looks at to judge a finding: the words in the text around them and in
// the source, what other visitors got, and what changed since the last version of the
// page without it. All of it as text; a captured page is never anything else here.
//
// Identifiers of citizens are masked before anything is cut, unless asked otherwise.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/charset.h"
#include "base/record.h"
#include "base/result.h"
#include "console/line_diff.h"
#include "store/store.h"

namespace xuncha {

enum class Identifiers : uint8_t { kMasked, kWhole };

// A stretch of text, with what was found in it set apart.
struct MarkedText {
  struct Piece {
    std::string text;
    bool marked = false;
  };
  std::vector<Piece> pieces;
  bool begins_before = false, goes_on = false;  // there is more on that side
  bool empty() const { return pieces.empty(); }
  bool marked() const;
};

// `around` bytes on either side of the first of `words` that stands in the text, every
// one of them in that stretch marked; from the beginning of the text if none does.
MarkedText MarkWords(std::string_view text, const std::vector<std::string>& words, size_t around,
                     Identifiers identifiers);
// The bytes of the span in a body, decoded, with `around` bytes on either side.
MarkedText MarkSource(std::string_view body, Charset charset, Span span, size_t around,
                      Identifiers identifiers);
// On one line, without what would act on a screen: controls and marks of direction
// become visible. Identifiers masked.
std::string PlainLine(std::string_view text, Identifiers identifiers = Identifiers::kMasked);

// What another visitor got.
struct OtherView {
  Visitor as = Visitor::kSpider;
  uint16_t status = 0;
  std::string target;
  bool differs = false;
  MarkedText text;  // empty if it did not differ or was not kept
};

struct FindingView {
  std::optional<Observation> seen;  // of the last run that saw it; nothing if it has gone
  MarkedText text;
  struct Place {
    Span span;
    MarkedText source;
  };
  std::vector<Place> places;  // of its evidence in the source, each once
  bool body_kept = false;
  std::vector<OtherView> others;
  std::optional<Observation> good;  // the last version before it
  LineDiff diff;                    // from that one to the one with it
};
// kDamaged if what is there cannot be read; what is not there any more is left out.
Result<FindingView> ViewFinding(const Store& store, const StoredFinding& stored,
                                Identifiers identifiers);

}  // namespace xuncha
