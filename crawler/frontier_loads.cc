// What pages in hand load comes before all others, so that they need not wait long;
// and a page is asked for in full when what it loads is not what it was.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/limits.h"
#include "crawler/frontier.h"
#include "crawler/traps.h"

namespace xuncha {

Frontier::Wanted Frontier::Want(const Page& page, const Url& url, Asked asked) {
  // By the time of a second look all that may be asked for has been.
  const Flight* flight = page.second_look ? nullptr : &FlightOf(page);
  Night& night = flight == nullptr ? *nights_.at(page.permit.site().id) : *flight->night;
  if (registry_.Owner(url) != &night.site()) return {.coming = Coming::kForeign};
  if (flights_.contains(url.text())) return {.coming = Coming::kSoon};
  if (const Track* track = lanes_.Find(url.origin())) {
    const auto queue = track->queues.find(&night);
    if (queue != track->queues.end() && queue->second.HasUrgent(url.text()))
      return {.coming = Coming::kSoon};
  }
  Result<std::optional<UrlState>> stored = store_.UrlOf(night.site().id, url.text());
  if (!stored) {
    Fail(stored.error());
    return {.coming = Coming::kNever};
  }
  const UrlState state = stored->value_or(UrlState{});
  if (stored->has_value() && (state.last_run == run_.id || state.gone >= limits::kGoneRunsMax))
    return {.coming = Coming::kVisited, .state = state};
  if (flight == nullptr || asked == Asked::kBefore || stopped_ || night.over || IsUnsafe(url) ||
      !LooksLikeTrap(url).empty())
    return {.coming = Coming::kNever};
  const uint32_t depth = flight->url.depth + 1u;
  if (night.Admit(registry_, url, depth) != Admission::kNew && !night.Seen(url))
    return {.coming = Coming::kNever};
  Enqueue(night, url,
          {.url = url.text(),
           .shape = Hash64(UrlTemplate(url)),
           .depth = static_cast<uint16_t>(depth),
           .known = state.last_run != 0,
           .urgent = true});
  return {.coming = Coming::kSoon};
}

bool Frontier::AskAgain(const Page& page) {
  const Flight& flight = FlightOf(page);
  Night& night = *flight.night;
  Track& track = *flight.track;
  if (flight.url.whole || !MayLook(night, track)) return false;
  WaitingUrl again = flight.url;
  again.urgent = again.whole = true;
  track.queues.at(&night).Push(std::move(again));
  --night.outstanding;
  flights_.erase(page.permit.url().text());
  Schedule(track);
  return true;
}

void Frontier::Distrust(const Digest& assets) { distrusted_.insert(assets); }

}  // namespace xuncha
