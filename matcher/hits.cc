// SPDX-License-Identifier: Apache-2.0
#include "matcher/hits.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace xuncha {
namespace {

// Plain first: a page that shows the words openly is not accused of a disguise.
int Rank(const Hit& hit) { return static_cast<int>(hit.channel); }

bool ByPlace(const Hit& a, const Hit& b) {
  if (a.text.begin != b.text.begin) return a.text.begin < b.text.begin;
  if (a.text.end != b.text.end) return a.text.end < b.text.end;
  if (a.pattern != b.pattern) return a.pattern < b.pattern;
  return Rank(a) < Rank(b);
}

bool ByPattern(const Hit& a, const Hit& b) {
  return std::tuple(a.pattern, Rank(a), a.text.begin, a.text.end) <
         std::tuple(b.pattern, Rank(b), b.text.begin, b.text.end);
}

// Insertion sort, which nearly ordered hits need no more than; it gives up when
// they are not, and std::sort takes over.
void SortByPlace(std::vector<Hit>& hits) {
  size_t moves_left = 8 * hits.size();
  for (size_t i = 1; i < hits.size(); ++i) {
    if (!ByPlace(hits[i], hits[i - 1])) continue;
    const Hit hit = hits[i];
    size_t at = i;
    for (; at > 0 && ByPlace(hit, hits[at - 1]); --at) {
      hits[at] = hits[at - 1];
      if (moves_left-- == 0) {
        hits[at - 1] = hit;
        return std::sort(hits.begin(), hits.end(), ByPlace);
      }
    }
    hits[at] = hit;
  }
}

// Of one pattern's hits, by rank, those that say nothing new: found again at the
// same place, or over one that was found in another reading.
void DropLesser(std::vector<Hit>& hits, std::vector<Hit>& kept) {
  std::sort(hits.begin(), hits.end(), ByPattern);
  size_t group = 0;  // first kept hit of this pattern
  for (const Hit& hit : hits) {
    if (kept.empty() || kept.back().pattern != hit.pattern) group = kept.size();
    const bool again = std::any_of(
        kept.begin() + static_cast<ptrdiff_t>(group), kept.end(), [&](const Hit& other) {
          if (other.text == hit.text) return true;
          return other.channel != hit.channel && other.text.begin < hit.text.end &&
                 hit.text.begin < other.text.end;
        });
    if (!again) kept.push_back(hit);
  }
}

}  // namespace

void TidyHits(std::vector<Hit>& hits) {
  SortByPlace(hits);
  hits.erase(std::unique(hits.begin(), hits.end(),
                         [](const Hit& a, const Hit& b) {
                           return a.pattern == b.pattern && a.text == b.text;
                         }),
             hits.end());
  std::vector<uint32_t> disguised;  // patterns found in another reading than the plain one
  for (const Hit& hit : hits) {
    if (hit.channel != Channel::kPlain) disguised.push_back(hit.pattern);
  }
  if (disguised.empty()) return;
  std::sort(disguised.begin(), disguised.end());
  disguised.erase(std::unique(disguised.begin(), disguised.end()), disguised.end());
  const auto plain = std::stable_partition(hits.begin(), hits.end(), [&](const Hit& hit) {
    return !std::binary_search(disguised.begin(), disguised.end(), hit.pattern);
  });
  if (static_cast<size_t>(hits.end() - plain) == disguised.size()) {
    // One hit each: nothing to compare.
    std::inplace_merge(hits.begin(), plain, hits.end(), ByPlace);
    return;
  }
  std::vector<Hit> read(plain, hits.end()), kept;
  kept.reserve(read.size());
  DropLesser(read, kept);
  std::sort(kept.begin(), kept.end(), ByPlace);
  hits.erase(plain, hits.end());
  const auto middle = static_cast<ptrdiff_t>(hits.size());
  hits.insert(hits.end(), kept.begin(), kept.end());
  std::inplace_merge(hits.begin(), hits.begin() + middle, hits.end(), ByPlace);
}

}  // namespace xuncha
