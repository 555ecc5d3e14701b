// SPDX-License-Identifier: Apache-2.0
#include "crawler/woven.h"

#include <algorithm>

#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kPieceBytesMax = 9;  // three Han characters
constexpr size_t kPiecesMin = 20;     // of each text; shorter ones are menus and page numbers

}  // namespace

std::optional<Woven::Texts> Woven::Add(std::string_view text, size_t depth, uint32_t source) {
  text = Trim(text);
  if (text.empty()) return std::nullopt;
  if (text.size() > kPieceBytesMax) return End();
  if (pieces_.empty()) source_ = source;
  pieces_.push_back({std::string(text), depth});
  return std::nullopt;
}

std::optional<Woven::Texts> Woven::End() {
  if (pieces_.size() < 2 * kPiecesMin) {
    pieces_.clear();
    return std::nullopt;
  }
  size_t outer = SIZE_MAX, outer_count = 0;
  for (const Piece& piece : pieces_) outer = std::min(outer, piece.depth);
  Texts texts{.source = source_};
  for (const Piece& piece : pieces_) {
    outer_count += piece.depth == outer;
    (piece.depth == outer ? texts.outer : texts.inner) += piece.text;
  }
  const size_t inner_count = pieces_.size() - outer_count;
  pieces_.clear();
  if (outer_count < kPiecesMin || inner_count < kPiecesMin) return std::nullopt;
  return texts;
}

}  // namespace xuncha
