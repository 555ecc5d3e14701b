// A page comes back: what its answer says of its lane, who else it is asked for as,
// and what its links add to the night.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/limits.h"
#include "crawler/frontier.h"
#include "crawler/traps.h"
#include "crawler/views.h"

namespace xuncha {

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
  const bool view = track.held.has_value();
  bool retry = outcome != Lane::Outcome::kAnswered && !flight.robots && !view && !night.over;
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
  const bool whole = view ? TakesView(flight, outcome, page)
                          : outcome != Lane::Outcome::kAnswered || !HoldsForViews(flight, page);
  Schedule(track);
  return whole;
}

// Whether another request for a page that is already here is worth its time.
bool Frontier::MayLook(const Night& night, const Track& track) const {
  return !stopped_ && !night.over && !night.Spent(clock_.Monotonic()) && !track.lane.given_up() &&
         track.lane.due() < night.deadline();
}

// Keeps the page back if others are to be asked what they get.
bool Frontier::HoldsForViews(const Flight& flight, Page& page) {
  Track& track = *flight.track;
  if (!options_.views || flight.url.service || flight.robots || !MayLook(*flight.night, track))
    return false;
  std::deque<Visitor> due;
  for (const Visitor as : ViewsDue(page, run_)) {
    if (track.refused[static_cast<size_t>(as)] < limits::kViewRefusalsMax) due.push_back(as);
  }
  if (due.empty()) return false;
  track.held.emplace(Track::Held{std::move(page), std::move(due)});
  return true;
}

// Adds what arrived to the page it is a view of. True: that is now `page`, whole.
bool Frontier::TakesView(const Flight& flight, Lane::Outcome outcome, Page& page) {
  Track& track = *flight.track;
  Track::Held& held = *track.held;
  const Visitor as = held.due.front();
  held.due.pop_front();
  held.page.views.push_back(
      {.as = as, .response = std::move(page.response), .limits = std::move(page.limits)});
  int& refused = track.refused[static_cast<size_t>(as)];
  if (IsComparable(held.page.views.back())) {
    refused = 0;
  } else {
    // Who slows us down or hangs up on this visitor is not asked again.
    const bool costly = outcome == Lane::Outcome::kRefused || outcome == Lane::Outcome::kDead;
    refused = costly ? limits::kViewRefusalsMax : refused + 1;
  }
  if (!held.due.empty() && outcome != Lane::Outcome::kRefused && MayLook(*flight.night, track))
    return false;
  page = std::move(held.page);
  track.held.reset();
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

std::vector<UrlEntry> Frontier::Add(Page& page) {
  Flight& flight = FlightOf(page);
  Night& night = *flight.night;
  const bool probe = night.IsProbe(page.permit.url());
  night.Compare(page, probe);
  night.Count(page, flight.url.service);

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

  std::vector<UrlEntry> discovered;
  if (night.over == Ending::kLease || probe) return discovered;
  const uint32_t depth = flight.url.depth + 1u;
  for (const Link& link : page.document.links) {
    if (link.url.empty() || !IsFollowed(link.kind) ||
        !Discover(night, link.url, depth, Visited::kNever))
      continue;
    UrlEntry& entry = discovered.emplace_back();
    entry.url = link.url.text();
    entry.state.depth = static_cast<uint16_t>(depth);
    entry.state.first_seen = clock_.Now();
    entry.state.referrer = page.permit.url().text();
  }
  return discovered;
}

const Lease& Frontier::LeaseOf(const Site& site) const {
  auto found = nights_.find(site.id);
  CHECK(found != nights_.end());
  return found->second->lease;
}

void Frontier::Committed(const Page& page) {
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
