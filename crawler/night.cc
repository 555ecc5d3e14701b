// SPDX-License-Identifier: Apache-2.0
#include "crawler/night.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "crawler/extract.h"
#include "crawler/tally.h"
#include "crawler/traps.h"

namespace xuncha {
namespace {

uint64_t SeenKey(const Url& url) { return Hash64(FoldSession(url).text()); }

}  // namespace

Night::Night(const Site& site, Lease held, Budget budget, Millis now)
    : lease(std::move(held)), site_(&site), budget_(budget), deadline_(now + budget.time) {
  report.site = site.id;
  report.totals.sites = 1;
}

bool Night::MarkSeen(const Url& url) {
  hosts_.emplace(url.host());
  return seen_.Insert(SeenKey(url));
}

bool Night::Seen(const Url& url) const { return seen_.Contains(SeenKey(url)); }

Admission Night::Admit(const Registry& registry, const Url& url, uint32_t depth) {
  const uint64_t key = SeenKey(url);
  if (seen_.Contains(key)) return Admission::kRefused;
  if (registry.Owner(url) != site_) return Admission::kElsewhere;

  std::string_view reason = IsUnsafe(url) ? "unsafe" : LooksLikeTrap(url);
  if (!reason.empty()) {
    seen_.Insert(key);  // so that it is counted once
    report.Leave(reason, url.text());
    return Admission::kRefused;
  }
  if (depth > budget_.depth) {
    reason = "depth";  // not seen: a shorter way to it may turn up
  } else if (seen_.size() >= limits::kSiteUrlsMax) {
    reason = "urls";
  } else if (!hosts_.contains(url.host()) && hosts_.size() >= limits::kHostsPerSiteMax) {
    reason = "hosts";
  }
  if (!reason.empty()) {
    report.Leave(reason, url.text());
    return Admission::kRefused;
  }
  hosts_.emplace(url.host());
  seen_.Insert(key);
  return Admission::kNew;
}

std::optional<Url> Night::NewProbe(const Url& url) {
  if (folders_.size() >= limits::kProbesPerSiteMax) return std::nullopt;
  Url probe = ProbeOf(*site_, url);
  if (probe.empty() || !folders_.Insert(Hash64(probe.text()))) return std::nullopt;
  return probe;
}

void Night::Compare(Page& page, bool probe) {
  const Response& response = page.response;
  const bool unchanged = response.not_modified || response.same_body;
  const uint64_t text = unchanged ? page.permit.known().simhash : page.document.simhash;
  if (text == 0 || response.status == 0) return;
  const auto near = [text](uint64_t other) {
    return HammingDistance(text, other) <= limits::kSimilarBitsMax;
  };
  if (probe) {
    // A probe sent on to a real page says nothing about pages that do not exist.
    if (response.hops.empty()) not_there_.push_back(text);
    return;
  }
  if (unchanged) return;  // its signals stand on record
  const bool claims_to_be = response.status >= 200 && response.status < 300;
  if (claims_to_be && std::any_of(not_there_.begin(), not_there_.end(), near)) {
    page.document.signals.push_back(
        {SignalKind::kSoft404, "与本站不存在网址的应答内容几乎相同", {}, 0});
  } else if (claims_to_be) {
    auto twin = std::find_if(texts_.begin(), texts_.end(), near);
    if (twin != texts_.end()) {
      page.document.signals.push_back(
          {SignalKind::kNearDuplicate,
           fmt::format("与本站另一页面内容几乎相同（相差 {} 位）", HammingDistance(text, *twin)),
           {},
           0});
      return;
    }
  }
  if (texts_.size() < limits::kTextsPerSiteMax) {
    texts_.push_back(text);
  } else {
    texts_[next_text_++ % texts_.size()] = text;
  }
}

bool Night::IsFresh(const Page& page) {
  return page.body_digest.empty() || bodies_.Insert(Hash64(page.body_digest.view()));
}

void Night::Count(const Page& page, bool service) {
  if (service || page.response.status == 404 || page.response.status == 410) return;
  RunTotals& totals = report.totals;
  ++totals.pages;
  const bool unchanged = page.response.not_modified || page.response.same_body;
  totals.bytes += page.response.wire_bytes;
  for (const View& view : page.views) totals.bytes += view.response.wire_bytes;
  changed |= !unchanged;
  if (unchanged && page.permit.known().unread) {
    ++totals.unread;  // as little read as ever
  } else if (unchanged) {
    ++totals.unchanged;
  } else if (page.response.status == 0 || page.response.status >= 400) {
    ++totals.failed;
  } else if (page.checked == Checked::kFailed) {
    const bool unread = IsUnreadType(page.limits);
    ++(unread ? totals.unread : totals.failed);
  } else if (page.checked == Checked::kFlat) {
    ++totals.flat;
  }
  for (const Finding& finding : page.findings)
    ++totals.findings[static_cast<size_t>(finding.severity)];
}

std::optional<Ending> Night::Spent(Millis now) const {
  if (now >= deadline_) return Ending::kTime;
  if (pages_taken >= budget_.pages) return Ending::kPages;
  if (bytes_taken >= budget_.bytes) return Ending::kBytes;
  return std::nullopt;
}

}  // namespace xuncha
