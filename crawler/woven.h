// Woven: two texts in one line of markup, character by character.
//
// 真<i>学</i>人<i>校</i>... shows one text if a rule that nobody here understands hides
// every <i>, and the other if it hides all but those. Where a line is made of such small
// pieces, both are read, each by itself.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

class Woven {
 public:
  struct Texts {
    std::string outer, inner;
    uint32_t source = 0;  // of the first piece
  };
  // A text as it stands between two tags, and how many elements are around it. What is
  // longer than a few characters ends the line.
  std::optional<Texts> Add(std::string_view text, size_t depth, uint32_t source);
  // The end of a line. Nothing if it was an ordinary one.
  std::optional<Texts> End();

 private:
  struct Piece {
    std::string text;
    size_t depth;
  };
  std::vector<Piece> pieces_;
  uint32_t source_ = 0;
};

}  // namespace xuncha
