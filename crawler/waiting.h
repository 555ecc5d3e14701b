// Waiting holds the URLs of one site at one host that are still to be visited,
// and decides whose turn it is.
//
// Shallow pages come first, and no template may crowd out the others: of each
// template (UrlTemplate) the oldest URL stands in front, and the template whose
// front has the lowest rank goes next, where rank is link distance plus one for
// every kShapePagesPerStep pages of that template already taken. So a calendar or
// a product filter that offers a thousand URLs sinks below the site's real pages
// after a few dozen, and still gets its turn when they are done.
//
// A template that brings no new body kTemplateBarrenMax times in a row is stopped:
// what it still offers is dropped and counted. Of URLs never visited before it
// takes kTemplatePagesMax in one run; pages known from other nights are not
// counted, so a large honest site is read whole after a few nights and stays so.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace xuncha {

struct WaitingUrl {
  std::string url;
  uint64_t shape = 0;    // hash of its template
  uint16_t depth = 0;    // link distance from home
  uint8_t attempt = 0;   // 0 first
  bool known = false;    // visited in an earlier run
  bool service = false;  // robots.txt, sitemap or probe: asked for by us, linked by nobody
  bool urgent = false;   // a page in hand waits for it: it comes before all others
  bool whole = false;    // wanted whatever its validators say
};

class Waiting {
 public:
  enum class Taken {
    kYes,
    kFull,     // its template has had enough for this run
    kStopped,  // its template brings nothing
  };
  Taken Push(WaitingUrl url);
  std::optional<WaitingUrl> Pop();
  size_t size() const { return size_; }
  bool HasUrgent(std::string_view url) const;
  // A page of the template was read; `fresh`: with a body not seen this run.
  // Returns the number of URLs dropped if this stopped the template, which may
  // be 0, and nothing if it goes on.
  std::optional<size_t> Record(uint64_t shape, bool fresh);
  // Drops everything; how much it was.
  size_t Clear();

 private:
  struct Shape {
    std::vector<WaitingUrl> urls;  // from `head` on
    size_t head = 0;
    uint32_t taken = 0;
    uint32_t news = 0;    // URLs never visited before that were taken
    uint32_t barren = 0;  // pages in a row without a new body
    bool stopped = false;
    size_t left() const { return urls.size() - head; }
  };
  using Turn = std::tuple<uint32_t, uint64_t, uint64_t>;  // rank, order of arrival, shape
  void Enqueue(uint64_t key, const Shape& shape);

  std::deque<WaitingUrl> urgent_;  // few: what pages in hand load
  std::unordered_map<uint64_t, Shape> shapes_;
  std::set<Turn> turns_;  // one for each template with URLs left
  uint64_t order_ = 0;
  size_t size_ = 0;
};

}  // namespace xuncha
