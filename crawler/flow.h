// Flow: the order in which eyes read the pieces of a box, where a style turns it round.
//
// <b style="order:2">人</b><b style="order:1">真</b> in a flex box reads the other way
// round from how it is written, and so do pieces that float to the right or stand in a
// line that runs to the left. Where a text is cut into pieces shorter than words and their
// order is another than the written one, the text is put down once more as it is read.
// Layouts that move whole columns and menus are left alone: their words stand whole.
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

class Flow {
 public:
  enum class Order : uint8_t { kWritten, kReversed };

  // A box whose pieces may be read in another order, inside those already open.
  void OpenBox(Order order) { boxes_.push_back({order, false, {}}); }
  // A piece of the box opened last begins at `begin` of the text; `rank` goes before how it
  // is written.
  void OpenPiece(size_t begin, float rank);
  void ClosePiece(size_t end);
  // The box ends. What it reads as, if that is another text than is written; `first` is
  // where its first piece begins.
  struct Read {
    std::string text;
    size_t first = 0;
  };
  std::optional<Read> CloseBox(std::string_view text);

 private:
  struct Piece {
    size_t begin = 0, end = 0;
    float rank = 0;
  };
  struct Box {
    Order order;
    bool ranked = false;
    std::vector<Piece> pieces;
  };
  std::vector<Box> boxes_;
};

}  // namespace xuncha
