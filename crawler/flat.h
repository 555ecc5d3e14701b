// The flat reader: tags and text straight from the markup, without a tree.
//
// It serves pages whose tree hit a limit, pieces of markup found in scripts,
// comments and attributes, and the comparison of raw tags with the tree. It
// knows enough of the HTML tokenizer to agree with browsers on where tags,
// comments and scripts begin and end, keeps a bounded stack of open elements, and
// is linear in its input whatever the input is. A tag cut off by the end of the
// input is reported, unlike in a browser: what was sent is evidence.
//
// A reader keeps scratch buffers; one thread at a time.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crawler/markup.h"

namespace xuncha {

class FlatReader {
 public:
  // Reports the markup to `sink`. Elements deeper than limits::kTreeDepthMax are
  // reported as siblings. Views in the events live until the sink returns, raw
  // ones as long as `markup`.
  void Read(std::string_view markup, MarkupSink& sink);
  // Whether the last markup read was deeper than that.
  bool too_deep() const { return too_deep_; }

 private:
  struct Open {
    Tag tag;
    std::string_view name;  // as written, in the markup
  };
  struct Piece {  // of tag_, by offset, for tag_ may move while it grows
    size_t name = 0, name_size = 0, value = 0, value_size = 0;
    std::string_view raw;
  };

  size_t StartTag(size_t at, MarkupSink& sink);
  size_t EndTag(size_t at, MarkupSink& sink);
  size_t Declaration(size_t at, MarkupSink& sink);
  void RawText(Tag tag, MarkupSink& sink, size_t* at);
  void Text(size_t begin, size_t end, MarkupSink& sink);
  void CloseFor(Tag tag, MarkupSink& sink);
  bool CloseUpTo(Tag tag, std::string_view name, MarkupSink& sink);
  void CloseImplied(std::initializer_list<Tag> closing, std::initializer_list<Tag> barriers,
                    MarkupSink& sink);
  void Pop(MarkupSink& sink);
  // Offset of the next `c` at or after `from`, or the end of the markup.
  size_t Find(char c, size_t from) const;

  std::string_view markup_;
  std::vector<Open> open_;
  std::string tag_;  // lower-case names and decoded values of one tag
  std::string text_;
  std::vector<Piece> pieces_;
  std::vector<Attribute> attributes_;
  bool too_deep_ = false;
};

// What a look at raw tags alone tells, much cheaper than Read: what the tree
// should have seen, and what has to be known before it is walked.
struct RawScan {
  size_t anchors = 0;                                // <a ...> outside comments and raw text
  std::vector<std::string_view> styles;              // contents of <style>, but for print
  size_t html_end = std::string_view::npos;          // behind the last </html>
  std::vector<std::pair<size_t, size_t>> noscripts;  // begin and end of each <noscript>
  std::vector<std::string_view> loads;               // tags <link>, <script src>, <base>, whole
  bool loads_cut = false;                            // there are more, or one does not end
  bool frameset = false;
};
RawScan ScanRaw(std::string_view markup);

}  // namespace xuncha
