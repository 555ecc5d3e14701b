// From a URL that waits to the leave to fetch it: which lane it waits at, whose
// turn it is, and with what memory of the last visit it is asked for.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "crawler/frontier.h"
#include "crawler/traps.h"

namespace xuncha {
namespace {

constexpr Millis kPatienceMax = 1'000;  // so that a sweep is never late by much

// One lane of Waiting for what we ask for ourselves; no template of a site hashes to it.
constexpr uint64_t kServiceShape = 0;

uint64_t ShapeOf(const Url& url) { return Hash64(UrlTemplate(url)); }

}  // namespace

// ---------------------------------------------------------------------- lanes

Track& Frontier::TrackOf(const Url& url) {
  const std::string origin = url.origin();
  if (Track* track = lanes_.Find(origin)) return *track;
  const Lane::Pace pace{.backoff_first = options_.backoff_first, .retry_wait = options_.retry_wait};
  auto track = std::make_unique<Track>(url, pace);
  track->lane.Restore(GetNote("robots/" + origin), GetNote("backoff/" + origin), clock_.Monotonic(),
                      clock_.Now());
  return lanes_.Add(std::move(track));
}

void Frontier::Schedule(Track& track) {
  for (Night* night : track.nights) {
    // What the lane sleeps through is not waited for.
    if (track.lane.due() >= night->deadline()) LeaveQueue(track, *night, Ending::kTime);
  }
  lanes_.Schedule(track);
}

bool Frontier::Enqueue(Night& night, const Url& url, WaitingUrl waiting) {
  Track& track = TrackOf(url);
  if (night.over || track.lane.given_up()) {
    ++night.report.carried_over;
    return true;
  }
  auto [queue, joined] = track.queues.try_emplace(&night);
  if (joined) {
    track.nights.push_back(&night);
    night.tracks.push_back(&track);
  }
  const Waiting::Taken taken = queue->second.Push(std::move(waiting));
  if (taken == Waiting::Taken::kStopped) return false;
  if (taken == Waiting::Taken::kFull) {
    ++night.report.carried_over;
    night.report.Leave("full", url.text());
  }
  if (joined && track.lane.knows_robots()) EnqueueSitemaps(night, track);
  Schedule(track);
  return true;
}

void Frontier::EnqueueService(Night& night, const Url& url) {
  if (!named_.empty()) return;
  if (registry_.Owner(url) != &night.site() || !night.MarkSeen(url)) return;
  // Asked for already, before an interruption?
  Result<std::optional<UrlState>> state = store_.UrlOf(night.site().id, url.text());
  if (!state) Fail(state.error());
  if (state && state->has_value() && (*state)->last_run == run_.id) return;
  Enqueue(night, url, {.url = url.text(), .shape = kServiceShape, .service = true});
}

// Pages that no link leads to are found through sitemaps only.
void Frontier::EnqueueSitemaps(Night& night, Track& track) {
  const Robots& robots = track.lane.robots();
  night.report.crawl_delay = std::max(night.report.crawl_delay, robots.crawl_delay());
  if (robots.crawl_delay() > limits::kCrawlDelayMillisMax) {
    night.report.notes.push_back(
        fmt::format("{} 的 robots.txt 要求每 {} 秒一次，一夜查不完，将分多夜完成",
                    track.lane.origin(), robots.crawl_delay() / 1000));
  }
  std::vector<std::string> sitemaps = robots.sitemaps();
  if (sitemaps.empty()) sitemaps.emplace_back(kSitemapPath);
  for (const std::string& sitemap : sitemaps) {
    if (Result<Url> url = Url::Resolve(track.lane.robots_url(), sitemap))
      EnqueueService(night, *url);
  }
}

void Frontier::LeaveQueue(Track& track, Night& night, Ending why) {
  Release(track);
  const size_t left = track.queues.at(&night).Clear();
  if (left == 0 && why == Ending::kTime) return;
  night.report.carried_over += left;
  night.report.ending = why;
  night.report.notes.push_back(
      fmt::format("{}：{}（{} 个网址未访问）", track.lane.origin(), EndingText(why), left));
}

Admission Frontier::Discover(Night& night, const Url& url, uint32_t depth, Visited visited) {
  const Admission admitted = night.Admit(registry_, url, depth);
  if (admitted != Admission::kNew) return admitted;
  if (!named_.empty() && !named_.contains(url.text())) return admitted;  // for another night
  const WaitingUrl waiting{.url = url.text(),
                           .shape = ShapeOf(url),
                           .depth = static_cast<uint16_t>(depth),
                           .known = visited == Visited::kBefore};
  if (!Enqueue(night, url, waiting)) {
    night.report.Leave("template", url.text());
    return Admission::kRefused;
  }
  if (std::optional<Url> probe = night.NewProbe(url)) EnqueueService(night, *probe);
  return admitted;
}

// --------------------------------------------------------------------- permits

Millis Frontier::Patience() const {
  if (Done()) return 0;
  const std::optional<Millis> due = lanes_.NextDue();
  return due ? std::clamp<Millis>(*due - clock_.Monotonic(), 0, kPatienceMax) : kPatienceMax;
}

std::vector<Permit> Frontier::Ready(size_t room) {
  std::vector<Permit> permits;
  const Millis now = clock_.Monotonic();
  while (!stopped_ && health_ && permits.size() < room) {
    Track* track = lanes_.Take(now);
    if (track == nullptr) break;
    Permit permit = NextPermit(*track);
    if (permit.valid()) {
      lanes_.Start(*track);
      permits.push_back(std::move(permit));
    } else {
      lanes_.PutBack(*track);
    }
  }
  return permits;
}

Permit Frontier::NextPermit(Track& track) {
  SkipRefused(track);
  if (!track.held.empty()) return ViewPermit(track);
  if (!track.lane.knows_robots()) {
    if (Permit robots = RobotsPermit(track); robots.valid()) return robots;
  }
  while (track.Waits()) {
    Night& night = track.NextNight();
    Waiting& queue = track.queues.at(&night);
    if (queue.size() == 0) continue;
    if (std::optional<Ending> spent = night.Spent(clock_.Monotonic())) {
      CloseNight(night, *spent);
      continue;
    }
    Permit permit = PermitFor(night, track, *queue.Pop());
    if (permit.valid() || !health_) return permit;
  }
  return {};
}

Permit Frontier::RobotsPermit(Track& track) {
  for (Night* night : track.nights) {
    if (track.queues.at(night).size() == 0) continue;
    Permit permit = registry_.Allow(night->site(), track.lane.robots_url(), {}, false, 0, nullptr);
    if (!permit.valid()) continue;
    night->MarkSeen(permit.url());
    ++night->outstanding;
    flights_[permit.url().text()] = {.night = night,
                                     .track = &track,
                                     .url = {.url = permit.url().text(), .service = true},
                                     .robots = true};
    return permit;
  }
  return {};
}

// Pages that were held for a visitor the host has turned away meanwhile. One of which
// another view is already here goes on as it began.
void Frontier::SkipRefused(Track& track) {
  if (std::ranges::max(track.refused) < limits::kViewRefusalsMax) return;
  std::deque<Track::Held> held = std::exchange(track.held, {});
  for (Track::Held& one : held) {
    if (one.page.views.empty()) {
      std::erase_if(one.due, [&](Visitor as) {
        return as != Visitor::kAgain &&
               track.refused[static_cast<size_t>(as)] >= limits::kViewRefusalsMax;
      });
    }
    if (one.due.empty()) {
      released_.push_back(std::move(one.page));
    } else {
      track.held.push_back(std::move(one));
    }
  }
}

Permit Frontier::ViewPermit(Track& track) {
  const Track::Held& held = track.held.front();
  const Permit& own = held.page.permit;
  Permit permit =
      registry_.Allow(own.site(), own.url(), KnownTo(held.due.front(), held.page, run_.id),
                      own.robots_disallowed(), 0, nullptr);
  CHECK(permit.valid());  // the registry has said so of this URL before
  flights_.at(own.url().text()).as = held.due.front();
  return permit;
}

const Visitor* Frontier::VisitorOf(const Permit& permit) const {
  const std::optional<Visitor>& as = flights_.at(permit.url().text()).as;
  return as ? &*as : nullptr;
}

Permit Frontier::PermitFor(Night& night, Track& track, WaitingUrl waiting) {
  if (flights_.contains(waiting.url)) return {};  // a page that loads it has had it fetched
  Result<Url> url = Url::Parse(waiting.url);
  CHECK(url.ok());  // it was one when it was queued
  Result<std::optional<UrlState>> stored = store_.UrlOf(night.site().id, waiting.url);
  if (!stored) {
    Fail(stored.error());
    return {};
  }
  UrlState known = stored->value_or(UrlState{});
  if (!stored->has_value()) known.depth = waiting.depth;
  if (known.last_run == run_.id) return {};  // and it is on disk already
  // Judged under other rules or with other assets, or its turn in the rotation:
  // whatever the validators say, the body is wanted.
  const bool distrusted = waiting.whole || distrusted_.contains(known.assets);
  if (distrusted || IsFetchedWhole(*url, known, run_.id) || waiting.service ||
      known.rules != run_.rules) {
    known.etag.clear();
    known.last_modified.clear();
  }
  Refusal why = Refusal::kNone;
  Permit permit = registry_.Allow(night.site(), *url, std::move(known), track.lane.Disallows(*url),
                                  waiting.attempt, &why);
  if (!permit.valid()) {
    night.report.Leave(RefusalName(why), waiting.url);
    return permit;
  }
  if (!waiting.service && !waiting.whole && waiting.attempt == 0) ++night.pages_taken;
  ++night.outstanding;
  std::string key = waiting.url;
  flights_[std::move(key)] = {.night = &night, .track = &track, .url = std::move(waiting)};
  return permit;
}

}  // namespace xuncha
