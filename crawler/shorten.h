// ShortMarkup makes markup cheaper to parse without changing its tree.
//
// A parser pays for every character it reads and writes again, one by one, and
// most characters of a Chinese page are Han between two tags. No state of the
// HTML tokenizer tells one character above U+007F from another, so a run of them
// may stand as one: each run becomes a character of its own from plane 15 (for
// private use), and what the parser says of the short text is told again in the
// words and the places of the long one.
//
// Markup that uses those characters itself, by bytes or by reference, is left as
// it is; so are runs inside a tag that are no quoted value, where a run could be
// the name of an attribute.
//
// One thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

class ShortMarkup {
 public:
  explicit ShortMarkup(std::string_view markup);  // valid UTF-8; must outlive this

  // What to parse; `markup` itself if there is too little to gain.
  std::string_view text() const { return runs_.empty() ? markup_ : std::string_view(text_); }

  // The place in `markup` of a place in text(). Costs least in ascending order.
  size_t Source(size_t at);
  // The piece of `markup` that text()[begin, end) stands for.
  std::string_view Source(size_t begin, size_t end);

  // The size of `piece`, of what the parser made of text(), with its runs as they
  // were; Restore writes as many bytes to `out`.
  size_t RestoredSize(std::string_view piece) const;
  void Restore(std::string_view piece, char* out) const;

 private:
  struct Run {
    uint32_t text;    // where its character stands in text_
    uint32_t source;  // where it stands in markup_
    uint32_t size;    // bytes in markup_
  };

  const Run& RunOf(const char* at) const;

  std::string_view markup_;
  std::string text_;
  std::vector<Run> runs_;
  size_t near_ = 0;  // the run that the last question was about
};

}  // namespace xuncha
