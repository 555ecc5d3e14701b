// Night is one site's part of a run: what is known of the site, what of it still
// waits, how much of its budget is gone, and the report it will leave.
//
// Memory: 8 to 16 bytes for each URL ever seen; the text of a URL is held only
// while it waits.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "crawler/key_set.h"
#include "crawler/night_report.h"
#include "crawler/registry.h"
#include "store/store.h"

namespace xuncha {

inline constexpr std::string_view kSitemapPath =
    "/sitemap.xml";  // where it is if robots.txt names none

struct Track;

// Of a URL that is to be visited.
enum class Admission : uint8_t {
  kNew,
  kRefused,    // seen already, or not to be visited
  kElsewhere,  // it is not of the site
};

class Night {
 public:
  // `budget` has no zeros; times are monotonic.
  Night(const Site& site, Lease lease, Budget budget, Millis now);

  const Site& site() const { return *site_; }
  const Budget& budget() const { return budget_; }
  Millis deadline() const { return deadline_; }

  // A refusal for any reason but that it is seen already goes into the report.
  Admission Admit(const Registry& registry, const Url& url, uint32_t depth);
  // The same for what must be visited whatever it looks like; false if seen.
  bool MarkSeen(const Url& url);
  bool Seen(const Url& url) const;
  // The name that does not exist in the URL's top folder, if that folder is new
  // and the site may be asked for another one.
  std::optional<Url> NewProbe(const Url& url);

  // What the page's text is near to; adds kSoft404 and kNearDuplicate to its signals.
  void Compare(Page& page, bool probe);
  // Whether the page's body is the first of its kind this run.
  bool IsFresh(const Page& page);
  // As the page goes by; when all are on disk the figures are taken from there.
  void Count(const Page& page, bool service);

  // Which budget is used up, if one is.
  std::optional<Ending> Spent(Millis now) const;

  Lease lease;
  Millis renew_due = 0;
  std::vector<Track*> tracks;  // lanes it has a queue at
  size_t outstanding = 0;      // permits out, and pages not yet committed
  uint64_t pages_taken = 0;
  uint64_t bytes_taken = 0;
  std::optional<Ending> over;  // no more permits, and why
  bool changed = false;        // a page was not as it was the night before
  bool looked_back = false;    // its pages were held against one another
  NightReport report;

 private:
  const Site* site_;
  Budget budget_;
  Millis deadline_;
  KeySet seen_, bodies_, folders_;
  std::set<std::string, std::less<>> hosts_;
  std::vector<uint64_t> texts_;  // SimHashes of this run, a ring
  size_t next_text_ = 0;
  std::vector<uint64_t> not_there_;  // SimHashes of what the site says for names that do not exist
};

}  // namespace xuncha
