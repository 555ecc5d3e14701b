// A page comes back: what its answer says of its lane, who else it is asked for as,
// and what its links add to the night.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "crawler/extract.h"
#include "crawler/frontier.h"
#include "crawler/tally.h"
#include "crawler/traps.h"
#include "crawler/views.h"

namespace xuncha {
namespace {

// Own answers to a page of which only the validators were told, where another got a
// body that is not the one known.
bool NeedsOwnBody(const Page& page) {
  if (!page.response.not_modified) return false;
  return std::any_of(page.views.begin(), page.views.end(), [&page](const View& view) {
    if (!IsComparable(view) || view.response.not_modified) return false;
    return !view.response.hops.empty() || Sha256(view.response.body) != page.permit.known().body;
  });
}

// Only the beginning was asked for, and the rest cut off.
bool IsPeek(const Page& page) {
  return page.permit.known().unread && page.permit.attempt() == 0 &&
         page.response.body.size() <= limits::kUnreadPeekBytes &&
         std::any_of(page.limits.begin(), page.limits.end(),
                     [](const LimitHit& hit) { return hit.limit == Limit::kBodyBytes; });
}

// Our second answer, asked for without validators, stands for the first.
void TakeOwnBody(View view, Page& page) {
  const uint64_t before = page.response.wire_bytes;
  page.response = std::move(view.response);
  page.response.wire_bytes += before;
  page.body_digest = {};
  page.limits = std::move(view.limits);
}

}  // namespace

Frontier::Flight& Frontier::FlightOf(const Page& page) {
  auto found = flights_.find(page.permit.url().text());
  CHECK(found != flights_.end());
  return found->second;
}

bool Frontier::Arrived(Page& page) {
  Flight flight = FlightOf(page);
  Night& night = *flight.night;
  Track& track = *flight.track;
  Lane& lane = track.lane;
  const bool was_asleep = !lane.BackoffNote(0, 0).empty();
  const Lane::Outcome outcome = lane.End(page, clock_.Monotonic(), night.budget().delay_min);
  night.bytes_taken += page.response.wire_bytes;
  lanes_.End(track);

  if (flight.robots) KeepRobots(track, page.response);
  if (outcome == Lane::Outcome::kRefused || was_asleep) KeepBackoff(track);
  const bool view = flight.as.has_value();
  const bool more = outcome == Lane::Outcome::kAnswered && !view && AsksForTheRest(flight, page);
  bool retry =
      (outcome != Lane::Outcome::kAnswered || more) && !flight.robots && !view && !night.over;
  if (std::optional<Ending> given_up = lane.given_up()) {
    for (Night* night_there : track.nights) LeaveQueue(track, *night_there, *given_up);
    retry = false;  // the page that was the last straw stands for the host's failure
  }
  if (retry && flight.url.attempt < limits::kRetriesMax) {
    WaitingUrl again = flight.url;
    ++again.attempt;
    if (track.queues.at(&night).Push(std::move(again)) == Waiting::Taken::kYes) {
      flights_.erase(flight.url.url);
      --night.outstanding;
      Schedule(track);
      return false;
    }
  }
  if (!view && IsPeek(page)) page.response.error.clear();  // no more of it was wanted
  const bool whole = !view || TakesView(flight, outcome, page);
  Schedule(track);
  return whole;
}

// Of a document that was not readable last time only the beginning is fetched. If it
// still is none that can be read, that is all there is to say of it.
bool Frontier::AsksForTheRest(const Flight& flight, const Page& page) {
  return flight.url.attempt == 0 && IsPeek(page) &&
         !IsUnreadable(SniffType(page.response.body, page.response.content_type));
}

// Whether another request for a page that is already here is worth its time.
bool Frontier::MayLook(const Night& night, const Track& track) const {
  return !stopped_ && !night.over && !night.Spent(clock_.Monotonic()) && !track.lane.given_up() &&
         track.lane.due() < night.deadline();
}

bool Frontier::Holds(Page& page) {
  Flight& flight = FlightOf(page);
  Track& track = *flight.track;
  if (!options_.views || flight.url.service || flight.robots || !MayLook(*flight.night, track))
    return false;
  std::deque<Visitor> due;
  if (page.views.empty()) {
    for (const Visitor as : ViewsDue(page, run_, options_.view_turns)) {
      if (track.refused[static_cast<size_t>(as)] < limits::kViewRefusalsMax) due.push_back(as);
    }
  } else if (IsUnconfirmed(page)) {
    due.push_back(Visitor::kAgain);
  }
  if (due.empty()) return false;
  track.held.push_back({std::move(page), std::move(due)});
  Schedule(track);
  return true;
}

// Gives back what waits for requests that will not be made. The page whose request is
// in the air comes back with it.
void Frontier::Release(Track& track) {
  std::deque<Track::Held> held = std::exchange(track.held, {});
  for (Track::Held& one : held) {
    if (FlightOf(one.page).as) {
      track.held.push_back(std::move(one));
    } else {
      released_.push_back(std::move(one.page));
    }
  }
}

// Adds what arrived to the page it is a view of. True: that is now `page`, to be examined.
bool Frontier::TakesView(const Flight& flight, Lane::Outcome outcome, Page& page) {
  Track& track = *flight.track;
  const auto at = std::find_if(track.held.begin(), track.held.end(), [&](const Track::Held& held) {
    return held.page.permit.url() == page.permit.url();
  });
  CHECK(at != track.held.end());
  Track::Held& held = *at;
  const Visitor as = *flight.as;
  held.due.pop_front();
  FlightOf(page).as.reset();
  View view{.as = as, .response = std::move(page.response), .limits = std::move(page.limits)};
  const bool comparable = IsComparable(view);
  if (as == Visitor::kAgain && comparable && NeedsOwnBody(held.page)) {
    TakeOwnBody(std::move(view), held.page);
  } else {
    held.page.views.push_back(std::move(view));
  }
  if (as != Visitor::kAgain) {
    int& refused = track.refused[static_cast<size_t>(as)];
    // Who slows us down or hangs up on this visitor is not asked again.
    const bool costly = outcome == Lane::Outcome::kRefused || outcome == Lane::Outcome::kDead;
    refused = comparable ? 0 : costly ? limits::kViewRefusalsMax : refused + 1;
  }
  const bool may_look = outcome != Lane::Outcome::kRefused && MayLook(*flight.night, track);
  if (may_look && held.due.empty() && as != Visitor::kAgain && NeedsOwnBody(held.page))
    held.due.push_back(Visitor::kAgain);
  if (may_look && !held.due.empty()) return false;
  page = std::move(held.page);
  track.held.erase(at);
  if (!may_look) Release(track);
  return true;
}

void Frontier::KeepRobots(Track& track, const Response& response) {
  track.lane.LearnRobots(response, clock_.Now());
  PutNote("robots/" + track.lane.origin(), track.lane.RobotsNote());
  const std::vector<Night*> nights = track.nights;  // sitemaps may add lanes
  for (Night* night : nights) {
    if (track.lane.robots_unreachable() && night->site().strict_robots) {
      night->report.notes.push_back(
          fmt::format("{} 的 robots.txt 读不到，按规定本次不访问", track.lane.origin()));
    }
    EnqueueSitemaps(*night, track);
  }
}

void Frontier::KeepBackoff(Track& track) {
  PutNote("backoff/" + track.lane.origin(),
          track.lane.BackoffNote(clock_.Monotonic(), clock_.Now()));
}

Frontier::Seen Frontier::Add(Page& page) {
  Flight& flight = FlightOf(page);
  Night& night = *flight.night;
  const bool probe = IsProbe(night.site(), page.permit.url());
  night.Compare(page, probe);
  night.Count(page, flight.url.service);
  // A redirect of the whole site is told once, by its pages.
  if (flight.url.service) {
    std::erase_if(page.findings, [](const Finding& f) { return f.severity == Severity::kHint; });
  }

  if (!flight.url.service && page.response.status != 0) {
    const bool fresh = night.IsFresh(page);
    if (std::optional<size_t> dropped =
            flight.track->queues.at(&night).Record(flight.url.shape, fresh)) {
      night.report.Leave("template", page.permit.url().text(), *dropped);
      night.report.notes.push_back(
          fmt::format("同一模板的网址不再有新内容，停止继续：{}（{} 个未访问）",
                      UrlTemplate(page.permit.url()), *dropped));
    }
  }

  Seen seen;
  if (night.over == Ending::kLease || probe) return seen;
  const uint32_t depth = flight.url.depth + 1u;
  for (const Link& link : page.document.links) {
    if (link.url.empty() || !IsFollowed(link.kind)) continue;
    const Admission admitted = Discover(night, link.url, depth, Visited::kNever);
    if (admitted == Admission::kNew) {
      UrlEntry& entry = seen.own.emplace_back();
      entry.url = link.url.text();
      entry.state.depth = static_cast<uint16_t>(depth);
      entry.state.first_seen = clock_.Now();
      entry.state.referrer = page.permit.url().text();
    } else if (admitted == Admission::kElsewhere) {
      if (std::optional<ElsewhereUrl> other = OfAnotherSite(night.site(), link.url, page))
        seen.elsewhere.push_back(std::move(*other));
    }
  }
  return seen;
}

// A link into another registered site is that site's, under its own permit: queued
// there if the site is open, and known to it the next time it is opened.
std::optional<ElsewhereUrl> Frontier::OfAnotherSite(const Site& site, const Url& url,
                                                    const Page& page) {
  const Site* owner = registry_.Owner(url);
  if (owner == nullptr || owner == &site) return std::nullopt;
  if (elsewhere_.size() >= limits::kElsewhereUrlsMax || IsUnsafe(url) ||
      !LooksLikeTrap(url).empty() || !elsewhere_.Insert(Hash64(url.text())))
    return std::nullopt;
  constexpr uint16_t kDepth = 1;  // a visitor comes straight to it, as from a home page
  if (auto open = nights_.find(owner->id); open != nights_.end() && !open->second->over)
    Discover(*open->second, url, kDepth, Visited::kNever);
  ElsewhereUrl seen{.site = owner->id, .entry = {.url = url.text()}};
  seen.entry.state.depth = kDepth;
  seen.entry.state.first_seen = clock_.Now();
  seen.entry.state.referrer = page.permit.url().text();
  return seen;
}

const Lease& Frontier::LeaseOf(const Site& site) const {
  auto found = nights_.find(site.id);
  CHECK(found != nights_.end());
  return found->second->lease;
}

void Frontier::Committed(const Page& page) {
  if (page.second_look) return GiveUp(page.permit.site());
  Flight& flight = FlightOf(page);
  CHECK(flight.night->outstanding > 0);
  --flight.night->outstanding;
  flights_.erase(page.permit.url().text());
}

bool Frontier::Disallows(const Site& site, const Url& url) const {
  const Track* track = lanes_.Find(url.origin());
  if (track == nullptr || !track->lane.knows_robots()) return site.strict_robots;
  return track->lane.Disallows(url);
}

}  // namespace xuncha
