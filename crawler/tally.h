// What an observation counts as. Every figure of pages the program gives (the
// night's report, the table, the signed chain, the documents) is counted here, so
// that they agree.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/record.h"
#include "base/url.h"
#include "store/store.h"

namespace xuncha {

enum class Tally : uint8_t {
  kRead,     // a page, read whole
  kPartly,   // a page not read whole: cut short, without structure, or of a type that is not read
  kFailed,   // a page of which nothing was read: no answer, an error, a home page that is not there
  kAbsent,   // the server says there is no page; no page, so neither clean nor failed
  kService,  // no page: robots.txt, the sitemap, an address made up to see what is said of it
};
constexpr bool IsPage(Tally tally) { return tally <= Tally::kFailed; }
std::string_view TallyName(Tally tally);  // "read", "partly", "failed", "absent", "service"

// The name that does not exist in the top folder of `url`: what the site says for it,
// it says for pages that are not there. Empty if none can be made.
Url ProbeOf(const Site& site, const Url& url);
bool IsProbe(const Site& site, const Url& url);
// What the crawl asks for itself, each night anew, and nobody links.
bool IsService(const Site& site, const Url& url);
// A document or picture that was fetched but whose content is not read.
bool IsUnreadType(const std::vector<LimitHit>& limits);

// Of one site's observations.
class Tallier {
 public:
  explicit Tallier(const Site& site);
  Tally Of(const Observation& seen) const;
  // Adds it to the figures; findings are not looked at.
  Tally Count(const Observation& seen, RunTotals& totals) const;

 private:
  const Site& site_;
  std::string home_;
};

}  // namespace xuncha
