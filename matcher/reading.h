// A Reading is the text as the prefilter scans it: one buffer, scanned once.
//
// First the whole plain text without the gaps beside Han characters: a phrase
// that holds no gap stands in it as before, so the plain and the squeezed channel
// cost one scan. Behind it, each on lines of their own, short stretches where
// normalising left a mark, read in another way: spaced or repeated letters
// joined, halves joined to a character, direction turned, digits of any style.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "matcher/normalise.h"

namespace xuncha {

struct ReadingWants {
  bool splits = false, numbers = false, reversed = false;
};

// A stretch of Reading::bytes behind the main text.
struct Stretch {
  uint32_t begin, end;
  Channel channel;
};

struct Reading {
  std::string bytes;  // the first `size` are the text
  uint32_t size = 0;
  uint32_t main = 0;               // bytes[0, main) is the squeezed text
  std::vector<Stretch> stretches;  // ascending; bytes[main, ...)
  OffsetMap map;                   // bytes -> FoldedText::bytes
  bool cut = false;                // limits::kStretchBytesMax reached

  std::string_view view() const { return {bytes.data(), size}; }
  // The channel of the byte at `at`; kSqueezed for the main text.
  Channel ChannelAt(uint32_t at) const;
};

// `turned`: parts of `plain` to be read backwards too.
void Read(const FoldedText& plain, const std::vector<Span>& turned, ReadingWants wants,
          Reading& out);

// What a phrase of a rule becomes: how it stands in the plain channel, and its
// core, which is what to look for in a Reading.
struct Phrase {
  std::string plain;   // folded, trimmed
  std::string core;    // plain without gaps and without separators at its ends; may be empty
  uint32_t lead = 0;   // bytes of separators before the core in `plain`
  uint32_t trail = 0;  // and behind it
};
Phrase ReadPhrase(std::string_view text);

}  // namespace xuncha
