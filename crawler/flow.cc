// SPDX-License-Identifier: Apache-2.0
#include "crawler/flow.h"

#include <algorithm>

#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kPiecesMin = 4;    // fewer are a title and a date
constexpr size_t kPieceBytes = 10;  // on average: three Han characters, less than words of an offer
constexpr size_t kPiecesMax = 2'048;  // of one box; what comes behind them stays as written

}  // namespace

void Flow::OpenPiece(size_t begin, float rank) {
  Box& box = boxes_.back();
  box.ranked |= rank != 0;
  if (box.pieces.size() < kPiecesMax) box.pieces.push_back({begin, begin, rank});
}

void Flow::ClosePiece(size_t end) {
  std::vector<Piece>& pieces = boxes_.back().pieces;
  if (!pieces.empty()) pieces.back().end = std::max(pieces.back().begin, end);
}

std::optional<Flow::Read> Flow::CloseBox(std::string_view text) {
  Box box = std::move(boxes_.back());
  boxes_.pop_back();
  std::vector<Piece>& pieces = box.pieces;
  if ((box.order == Order::kWritten && !box.ranked) || pieces.size() < kPiecesMin)
    return std::nullopt;
  size_t bytes = 0, shown = 0;
  for (Piece& piece : pieces) {
    piece.end = std::min(piece.end, text.size());
    const std::string_view words = Trim(text.substr(std::min(piece.begin, piece.end),
                                                    piece.end - std::min(piece.begin, piece.end)));
    bytes += words.size();
    shown += !words.empty();
  }
  if (shown < kPiecesMin || bytes > shown * kPieceBytes) return std::nullopt;
  Read read{.text = {}, .first = pieces.front().begin};
  const auto join = [&] {
    std::string joined;
    for (const Piece& piece : pieces) {
      if (piece.begin < piece.end)
        joined += Trim(text.substr(piece.begin, piece.end - piece.begin));
    }
    return joined;
  };
  const std::string written = join();
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.rank < b.rank; });
  if (box.order == Order::kReversed) std::reverse(pieces.begin(), pieces.end());
  read.text = join();
  if (read.text == written) return std::nullopt;
  return read;
}

}  // namespace xuncha
