// SPDX-License-Identifier: Apache-2.0
#include "console/line_diff.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

using Lines = std::vector<std::string_view>;

// The lines that say something, cut at the caps.
Lines LinesOf(std::string_view text, bool& whole) {
  if (text.size() > limits::kDiffBytesMax) {
    text = text.substr(0, text.rfind('\n', limits::kDiffBytesMax));
    text = text.substr(0, ValidUtf8Prefix(text.substr(0, limits::kDiffBytesMax)));
    whole = false;
  }
  Lines lines;
  for (const std::string_view line : Split(text, '\n')) {
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty()) continue;
    if (lines.size() == limits::kDiffLinesMax) {
      whole = false;
      break;
    }
    lines.push_back(trimmed);
  }
  return lines;
}

// The greedy algorithm: furthest[d] holds, for each diagonal, how far one comes with d
// edits; the way is read back from it.
class Walk {
 public:
  Walk(const Lines& before, const Lines& after) : before_(before), after_(after) {}

  // False if it takes more than kDiffEditsMax edits.
  bool Find() {
    const auto n = static_cast<int>(before_.size()), m = static_cast<int>(after_.size());
    const int most = std::min<int>(n + m, static_cast<int>(limits::kDiffEditsMax));
    std::vector<int> reach(2 * static_cast<size_t>(most) + 3, 0);
    for (int d = 0; d <= most; ++d) {
      for (int k = -d; k <= d; k += 2) {
        const bool down = k == -d || (k != d && At(reach, most, k - 1) < At(reach, most, k + 1));
        int x = down ? At(reach, most, k + 1) : At(reach, most, k - 1) + 1;
        while (x < n && x - k < m && x - k >= 0 &&
               before_[static_cast<size_t>(x)] == after_[static_cast<size_t>(x - k)]) {
          ++x;
        }
        At(reach, most, k) = x;
        if (x >= n && x - k >= m) {
          steps_.emplace_back(Row(reach, most, d));
          return true;
        }
      }
      steps_.emplace_back(Row(reach, most, d));
    }
    return false;
  }

  std::vector<std::pair<LineChange, std::string_view>> Path() const {
    std::vector<std::pair<LineChange, std::string_view>> path;
    auto x = static_cast<int>(before_.size()), y = static_cast<int>(after_.size());
    for (auto d = static_cast<int>(steps_.size()) - 1; d > 0; --d) {
      const std::vector<int>& reach = steps_[static_cast<size_t>(d) - 1];
      const auto at = [&](int k) {
        const int index = k + d - 1;
        return index < 0 || index >= static_cast<int>(reach.size())
                   ? -1
                   : reach[static_cast<size_t>(index)];
      };
      const int k = x - y;
      const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
      const int from_k = down ? k + 1 : k - 1;
      const int from_x = at(from_k), from_y = from_x - from_k;
      while (x > from_x && y > from_y && x > 0 && y > 0) {
        if ((down && x == from_x) || (!down && x == from_x + 1 && y == from_y)) break;
        path.emplace_back(LineChange::kSame, before_[static_cast<size_t>(--x)]);
        --y;
      }
      if (down) {
        path.emplace_back(LineChange::kNew, after_[static_cast<size_t>(--y)]);
      } else {
        path.emplace_back(LineChange::kGone, before_[static_cast<size_t>(--x)]);
      }
    }
    while (x > 0 && y > 0) {
      path.emplace_back(LineChange::kSame, before_[static_cast<size_t>(--x)]);
      --y;
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  static int& At(std::vector<int>& reach, int most, int k) {
    return reach[static_cast<size_t>(k + most + 1)];
  }
  // Diagonals -d to d.
  static std::vector<int> Row(const std::vector<int>& reach, int most, int d) {
    return {reach.begin() + (most + 1 - d), reach.begin() + (most + 2 + d)};
  }

  const Lines& before_;
  const Lines& after_;
  std::vector<std::vector<int>> steps_;
};

}  // namespace

LineDiff DiffLines(std::string_view before, std::string_view after, uint32_t context) {
  LineDiff diff;
  const Lines was = LinesOf(before, diff.whole), is = LinesOf(after, diff.whole);
  std::vector<std::pair<LineChange, std::string_view>> path;
  Walk walk(was, is);
  if (walk.Find()) {
    path = walk.Path();
  } else {
    diff.whole = false;
    for (const std::string_view line : was) path.emplace_back(LineChange::kGone, line);
    for (const std::string_view line : is) path.emplace_back(LineChange::kNew, line);
  }
  std::vector<bool> kept(path.size(), false);
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i].first == LineChange::kSame) continue;
    (path[i].first == LineChange::kGone ? diff.gone : diff.fresh) += 1;
    const size_t begin = i < context ? 0 : i - context;
    for (size_t j = begin; j < std::min(path.size(), i + context + 1); ++j) kept[j] = true;
  }
  for (size_t i = 0; i < path.size(); ++i) {
    if (kept[i]) {
      diff.lines.push_back({path[i].first, std::string(path[i].second)});
    } else if (!diff.lines.empty() && diff.lines.back().change == LineChange::kLeftOut) {
      ++diff.lines.back().lines;
    } else {
      diff.lines.push_back({LineChange::kLeftOut, ""});
    }
  }
  return diff;
}

}  // namespace xuncha
