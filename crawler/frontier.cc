// SPDX-License-Identifier: Apache-2.0
#include "crawler/frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/limits.h"
#include "crawler/traps.h"
#include "crawler/views.h"

namespace xuncha {

namespace {

constexpr Millis kSweepEvery = 1'000;   // leases and deadlines are minutes
constexpr Millis kPatienceMax = 1'000;  // so that a sweep is never late by much

uint64_t ShapeOf(const Url& url) { return Hash64(UrlTemplate(url)); }

// One lane of Waiting for what we ask for ourselves; no template of a site hashes to it.
constexpr uint64_t kServiceShape = 0;
constexpr std::string_view kSitemapPath = "/sitemap.xml";  // where it is if robots.txt names none

template <typename T>
T Or(T value, T otherwise) {
  return value == 0 ? otherwise : value;
}

Budget Filled(const Budget& own, const Budget& common) {
  return {
      .pages = Or(own.pages, Or(common.pages, static_cast<uint32_t>(limits::kSitePagesDefault))),
      .bytes = Or(own.bytes, Or(common.bytes, limits::kSiteBytesDefault)),
      .time = Or(own.time, Or(common.time, limits::kSiteMillisDefault)),
      .depth = Or(own.depth, Or(common.depth, static_cast<uint32_t>(limits::kDepthMax))),
      .delay_min = own.delay_min};
}

// What the frontier asks for itself, each night anew, and nobody links.
bool IsService(const Night& night, const Url& url) {
  return url.path_and_query() == "/robots.txt" || url.path_and_query() == kSitemapPath ||
         night.IsProbe(url);
}

}  // namespace

Frontier::Frontier(Store& store, const Registry& registry, const Clock& clock, Options options)
    : store_(store),
      registry_(registry),
      clock_(clock),
      options_(std::move(options)),
      lanes_(options_.per_address) {}

Frontier::~Frontier() = default;

// ---------------------------------------------------------------------- sites

Status Frontier::Begin(const Run& run) {
  run_ = run;
  for (const std::string& id : options_.only) {
    if (registry_.Find(id) == nullptr) {
      return Error{Code::kNotFound,
                   fmt::format("没有登记的网站“{}”；请用 xuncha site list 查看", id)};
    }
  }
  for (const auto& site : registry_.sites()) {
    if (!options_.only.empty() &&
        std::find(options_.only.begin(), options_.only.end(), site->id) == options_.only.end())
      continue;
    ++sites_;
    Result<bool> done = store_.SiteDone(site->id, run.id);
    if (!done) return done.error();
    if (!*done) {
      pending_.push_back(site.get());
      continue;
    }
    Result<std::optional<NightReport>> report = ReportOf(store_, run.id, site->id);
    if (!report) return report.error();
    if (report->has_value()) reports_.push_back(std::move(**report));
  }
  return Ok();
}

Status Frontier::Tend() {
  const Millis now = clock_.Monotonic();
  if (now >= next_sweep_) {
    next_sweep_ = now + kSweepEvery;
    for (auto& [id, night] : nights_) {
      if (Status renewed = Renew(*night); !renewed) return renewed;
      if (night->Spent(now) == Ending::kTime) CloseNight(*night, Ending::kTime);
    }
  }
  for (auto it = nights_.begin(); it != nights_.end() && !stopped_;) {
    Night& night = *it->second;
    if (night.outstanding > 0 || WaitingOf(night) > 0) {
      ++it;
      continue;
    }
    if (Status finished = Finish(night); !finished) return finished;
    it = nights_.erase(it);
  }
  while (!stopped_ && nights_.size() < limits::kOpenSitesMax && !pending_.empty()) {
    const Site& site = *pending_.front();
    pending_.pop_front();
    if (Status opened = Open(site); !opened) return opened;
  }
  return health_;
}

Status Frontier::Open(const Site& site) {
  Result<Lease> lease =
      store_.ledger().Acquire(site.id, run_.id, clock_.Now(), limits::kLeaseMillis);
  if (!lease) {
    if (lease.error().code != Code::kConflict) return lease.error();
    NightReport report;
    report.site = site.id;
    report.ending = Ending::kLease;
    report.totals.sites = 1;
    report.notes.push_back(lease.error().text);
    reports_.push_back(std::move(report));
    return Ok();
  }
  Budget budget = Filled(site.budget, options_.budget);
  if (budget.delay_min == 0)
    budget.delay_min = options_.delay_min.value_or(limits::kDelayMillisDefault);
  const Millis now = clock_.Monotonic();
  auto& night = nights_[site.id] = std::make_unique<Night>(site, std::move(*lease), budget, now);
  night->renew_due = now + limits::kLeaseMillis / 3;

  Result<Url> home = HomeUrl(site);
  if (!home || registry_.Owner(*home) != &site) {
    night->report.notes.push_back(fmt::format("登记的网址不可访问（{}）；请更正登记",
                                              home ? "首页不在登记的范围内" : home.error().text));
    return Ok();
  }
  Result<std::optional<UrlState>> state = store_.UrlOf(site.id, home->text());
  if (!state) return state.error();
  const bool visited = state->has_value() && (*state)->last_run == run_.id;
  if (!visited) Discover(*night, *home, 0, Visited::kBefore);
  return LoadKnown(*night);
}

// Every URL known of the site is due; those the run has visited are done.
Status Frontier::LoadKnown(Night& night) {
  struct Known {
    uint64_t last_run;
    uint16_t depth;
    Url url;
  };
  std::vector<Known> due;
  bool resumed = false;
  const Status read = store_.EachUrl(night.site().id, [&](const UrlEntry& entry) {
    Result<Url> url = Url::Parse(entry.url);
    if (!url) return true;
    const bool service = IsService(night, *url);
    const UrlState& state = entry.state;
    if (state.last_run == run_.id) {
      resumed = true;
      if (!service) ++night.pages_taken;
    }
    if (state.last_run == run_.id) {
      night.MarkSeen(*url);
    } else if (service) {
      return true;
    } else if (state.gone >= limits::kGoneRunsMax &&
               (Hash64(entry.url) + run_.id) % limits::kGoneShare != 0) {
      night.MarkSeen(*url);
      night.report.Leave("gone", entry.url);
    } else {
      due.push_back({state.last_run, state.depth, std::move(*url)});
    }
    return true;
  });
  if (!read) return read;
  // What was left undone longest comes first, so a site larger than its budget is
  // read in turn over several nights.
  std::sort(due.begin(), due.end(), [](const Known& a, const Known& b) {
    return std::tie(a.last_run, a.depth, a.url) < std::tie(b.last_run, b.depth, b.url);
  });
  for (const Known& known : due) {
    Discover(night, known.url, known.depth,
             known.last_run == 0 ? Visited::kNever : Visited::kBefore);
  }
  return resumed ? CountEarlier(night) : Ok();
}

// The part of the night that was done before the interruption.
Status Frontier::CountEarlier(Night& night) {
  return store_.EachObservation(night.site().id, run_.id, [&](const Observation& seen) {
    Result<Url> url = Url::Parse(seen.url);
    if (!url || IsService(night, *url)) return true;
    RunTotals& totals = night.report.totals;
    ++totals.pages;
    totals.unchanged += seen.unchanged;
    totals.flat += !seen.unchanged && seen.checked == Checked::kFlat;
    totals.failed += !seen.unchanged && seen.checked == Checked::kFailed;
    return true;
  });
}

Status Frontier::Renew(Night& night) {
  const Millis now = clock_.Monotonic();
  if (now < night.renew_due || night.over == Ending::kLease) return Ok();
  night.renew_due = now + limits::kLeaseMillis / 3;
  Result<Lease> lease = store_.ledger().Renew(night.lease, clock_.Now(), limits::kLeaseMillis);
  if (lease) {
    night.lease = std::move(*lease);
    return Ok();
  }
  if (lease.error().code != Code::kConflict) return lease.error();
  CloseNight(night, Ending::kLease);
  return Ok();
}

size_t Frontier::WaitingOf(const Night& night) const {
  size_t waiting = 0;
  for (const Track* track : night.tracks) waiting += track->queues.at(&night).size();
  return waiting;
}

size_t Frontier::Drop(Night& night) {
  size_t dropped = 0;
  for (Track* track : night.tracks) {
    dropped += track->queues.at(&night).Clear();
    lanes_.Schedule(*track);
  }
  return dropped;
}

// No more permits for the site; what waited is known to the store and comes first next time.
void Frontier::CloseNight(Night& night, Ending why) {
  if (!night.over) night.over = why;
  night.report.carried_over += Drop(night);
}

Status Frontier::Finish(Night& night) {
  for (Track* track : night.tracks) {
    std::erase(track->nights, &night);
    track->queues.erase(&night);
    lanes_.Forget(*track);
  }
  NightReport& report = night.report;
  if (night.over) report.ending = *night.over;
  if (report.ending == Ending::kLease) {
    reports_.push_back(std::move(report));
    return Ok();
  }
  // What stands at the end counts, also on pages that have not changed.
  std::fill(std::begin(report.totals.findings), std::end(report.totals.findings), 0);
  const Status counted =
      store_.cases().EachFinding(night.site().id, [&](const StoredFinding& finding) {
        if (finding.standing)
          ++report.totals.findings[static_cast<size_t>(finding.finding.severity)];
        return true;
      });
  if (!counted) return counted;
  if (Status kept = KeepReport(store_, run_.id, report); !kept) return kept;
  Status released = store_.ledger().Release(night.lease, true);
  if (!released && released.error().code != Code::kConflict) return released;
  reports_.push_back(std::move(report));
  return Ok();
}

void Frontier::Lost(const Site& site) {
  if (auto found = nights_.find(site.id); found != nights_.end())
    CloseNight(*found->second, Ending::kLease);
}

void Frontier::Stop() { stopped_ = true; }

Status Frontier::Suspend() {
  for (auto& [id, night] : nights_) {
    night->report.carried_over += Drop(*night);
    night->report.ending = Ending::kInterrupted;
    reports_.push_back(night->report);
    Status released = store_.ledger().Release(night->lease, false);
    if (!released && released.error().code != Code::kConflict) return released;
  }
  nights_.clear();
  pending_.clear();
  return Ok();
}

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
  if (registry_.Owner(url) != &night.site() || !night.MarkSeen(url)) return;
  // Asked for already, before an interruption?
  Result<std::optional<UrlState>> state = store_.UrlOf(night.site().id, url.text());
  if (!state) health_ = state.error();
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
  const size_t left = track.queues.at(&night).Clear();
  if (left == 0 && why == Ending::kTime) return;
  night.report.carried_over += left;
  night.report.ending = why;
  night.report.notes.push_back(
      fmt::format("{}：{}（{} 个网址未访问）", track.lane.origin(), EndingText(why), left));
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
  if (track.held) return ViewPermit(track);
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
    flights_[permit.url().text()] = {
        night, &track, {.url = permit.url().text(), .service = true}, true};
    return permit;
  }
  return {};
}

Permit Frontier::ViewPermit(Track& track) {
  const Permit& own = track.held->page.permit;
  Permit permit = registry_.Allow(own.site(), own.url(), {}, own.robots_disallowed(), 0, nullptr);
  CHECK(permit.valid());  // the registry has said so of this URL before
  return permit;
}

const Visitor* Frontier::VisitorOf(const Permit& permit) const {
  const std::optional<Track::Held>& held = flights_.at(permit.url().text()).track->held;
  return held ? &held->due.front() : nullptr;
}

Permit Frontier::PermitFor(Night& night, Track& track, WaitingUrl waiting) {
  Result<Url> url = Url::Parse(waiting.url);
  CHECK(url.ok());  // it was one when it was queued
  Result<std::optional<UrlState>> stored = store_.UrlOf(night.site().id, waiting.url);
  if (!stored) {
    health_ = stored.error();
    return {};
  }
  UrlState known = stored->value_or(UrlState{});
  if (!stored->has_value()) known.depth = waiting.depth;
  // Judged under other rules, or its turn in the rotation: whatever the validators
  // say, the body is wanted.
  const bool rotation = (Hash64(waiting.url) + run_.id) % limits::kUnconditionalShare == 0;
  const bool watched = options_.views && IsWatched(*url, known, run_.id);
  if (rotation || watched || waiting.service || known.rules != run_.rules) {
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
  if (!waiting.service && waiting.attempt == 0) ++night.pages_taken;
  ++night.outstanding;
  std::string key = waiting.url;
  flights_[std::move(key)] = {&night, &track, std::move(waiting), false};
  return permit;
}

// -------------------------------------------------------------- pages come back

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

bool Frontier::Discover(Night& night, const Url& url, uint32_t depth, Visited visited) {
  if (!night.Admit(registry_, url, depth)) return false;
  const WaitingUrl waiting{.url = url.text(),
                           .shape = ShapeOf(url),
                           .depth = static_cast<uint16_t>(depth),
                           .known = visited == Visited::kBefore};
  if (!Enqueue(night, url, waiting)) {
    night.report.Leave("template", url.text());
    return false;
  }
  if (std::optional<Url> probe = night.NewProbe(url)) EnqueueService(night, *probe);
  return true;
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

// --------------------------------------------------------------------- figures

Frontier::Figures Frontier::Count() const {
  Figures figures{.sites = sites_, .done = reports_.size(), .open = nights_.size()};
  for (const NightReport& report : reports_) AddTotals(figures.totals, report.totals);
  for (const auto& [id, night] : nights_) {
    AddTotals(figures.totals, night->report.totals);
    figures.waiting += WaitingOf(*night);
  }
  return figures;
}

void Frontier::PutNote(const std::string& name, std::string_view value) {
  Status put = store_.PutNote(name, value);
  if (!put && health_) health_ = put;
}

std::string Frontier::GetNote(const std::string& name) {
  Result<std::optional<std::string>> note = store_.Note(name);
  if (!note && health_) health_ = note.error();
  return note ? note->value_or("") : "";
}

}  // namespace xuncha
