// SPDX-License-Identifier: Apache-2.0
#include "crawler/tally.h"

#include "crawler/night.h"
#include "crawler/registry.h"

namespace xuncha {
namespace {

// An answer that stands for the one before: what that was is in the rest.
constexpr uint16_t kNotModified = 304;

// The address up to the end of its first folder: "http://h/news/" of "http://h/news/2026/1.html".
std::string TopFolder(const Url& url) {
  const std::string_view path = url.path();
  const size_t slash = path.find('/', 1);
  return url.origin() +
         std::string(slash == std::string_view::npos ? "/" : path.substr(0, slash + 1));
}

}  // namespace

std::string_view TallyName(Tally tally) {
  constexpr std::string_view kNames[] = {"read", "partly", "failed", "absent", "service"};
  return kNames[static_cast<size_t>(tally)];
}

Url ProbeOf(const Site& site, const Url& url) {
  const std::string folder = TopFolder(url);
  Result<Url> probe = Url::Parse(folder + StableId({site.id, folder, "probe"}) + ".html");
  return probe ? *probe : Url();
}

bool IsProbe(const Site& site, const Url& url) {
  constexpr size_t kNameBytes = 16 + 5;  // StableId and ".html"
  const std::string_view path = url.path();
  if (path.size() - path.rfind('/') - 1 != kNameBytes || !path.ends_with(".html")) return false;
  return ProbeOf(site, url) == url;
}

bool IsService(const Site& site, const Url& url) {
  return url.path_and_query() == "/robots.txt" || url.path_and_query() == kSitemapPath ||
         IsProbe(site, url);
}

bool IsUnreadType(const std::vector<LimitHit>& limits) { return Has(limits, Limit::kUnreadType); }

Tallier::Tallier(const Site& site) : site_(site) {
  const Result<Url> home = HomeUrl(site);
  if (home) home_ = home->text();
}

Tally Tallier::Of(const Observation& seen) const {
  const bool is_home = seen.url == home_;
  const bool cut = seen.checked == Checked::kFlat || !seen.limits.empty() || !seen.error.empty();
  const Result<Url> url = Url::Parse(seen.url);
  if (!is_home && url && IsService(site_, *url)) {
    // Pages may be known from the part of a sitemap that was not read.
    const bool answered = seen.status >= 200 && seen.status < 300;
    return answered && cut && !IsProbe(site_, *url) ? Tally::kPartly : Tally::kService;
  }
  if (IsGone(seen.status) && !is_home) return cut ? Tally::kPartly : Tally::kAbsent;
  if (seen.status < 200 || seen.status >= 400) return Tally::kFailed;
  // It leads away: all there is to read, but not of a site's first page, or of a loop.
  if (seen.status >= 300 && seen.status != kNotModified)
    return is_home || cut ? Tally::kFailed : Tally::kRead;
  if (seen.checked == Checked::kFailed)
    return IsUnreadType(seen.limits) ? Tally::kPartly : Tally::kFailed;
  return cut ? Tally::kPartly : Tally::kRead;
}

Tally Tallier::Count(const Observation& seen, RunTotals& totals) const {
  const Tally tally = Of(seen);
  totals.bytes += tally == Tally::kService ? 0 : seen.wire_bytes;
  totals.pages += IsPage(tally);
  totals.failed += tally == Tally::kFailed;
  totals.unchanged += tally == Tally::kRead && seen.unchanged;
  if (tally == Tally::kPartly) ++(IsUnreadType(seen.limits) ? totals.unread : totals.flat);
  return tally;
}

}  // namespace xuncha
