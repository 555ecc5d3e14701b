// A run of sites, from the ledger's list of them to their reports: each is opened,
// its known URLs queued, and closed when nothing of it waits. How a URL becomes a
// permit stands in frontier_permits.cc, what becomes of its page in frontier_pages.cc.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/limits.h"
#include "crawler/tally.h"

namespace xuncha {

namespace {

constexpr Millis kSweepEvery = 1'000;  // leases and deadlines are minutes

template <typename T>
T Or(T value, T otherwise) {
  return value == 0 ? otherwise : value;
}

// The site's own, and the common one for what it leaves open.
Budget BudgetOf(const Site& site, const Budget& common) {
  const Budget& own = site.budget;
  return {.pages = Or(own.pages, common.pages),
          .bytes = Or(own.bytes, common.bytes),
          .time = Or(own.time, common.time),
          .depth = Or(own.depth, common.depth),
          .delay_min = Or(own.delay_min, common.delay_min)};
}

}  // namespace

Frontier::Frontier(Store& store, const Registry& registry, const Clock& clock, Options options)
    : store_(store),
      registry_(registry),
      clock_(clock),
      options_(std::move(options)),
      named_(options_.named.begin(), options_.named.end()),
      lanes_(options_.per_address) {
  const Budget& budget = options_.budget;
  CHECK(budget.pages > 0 && budget.bytes > 0 && budget.time > 0 && budget.depth > 0);
}

Frontier::~Frontier() = default;

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
    if (named_.empty() && (night.changed || options_.targets) && !night.looked_back &&
        night.over != Ending::kLease) {
      night.looked_back = true;
      all_read_.push_back(&night.site());
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
  const Budget budget = BudgetOf(site, options_.budget);
  const Millis now = clock_.Monotonic();
  auto& night = nights_[site.id] = std::make_unique<Night>(site, std::move(*lease), budget, now);
  night->renew_due = now + limits::kLeaseMillis / 3;
  if (!named_.empty()) return OpenNamed(*night);

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

Status Frontier::OpenNamed(Night& night) {
  night.report.notes.push_back(
      fmt::format("只复查了指定的 {} 个网址，不是整个网站", named_.size()));
  for (const std::string& name : named_) {
    const Result<Url> url = Url::Parse(name);
    if (!url || registry_.Owner(*url) != &night.site()) {
      night.report.notes.push_back(fmt::format("{} 已不在登记的范围内，没有复查", name));
      continue;
    }
    const Result<std::optional<UrlState>> state = store_.UrlOf(night.site().id, url->text());
    if (!state) return state.error();
    if (*state && (*state)->last_run == run_.id) continue;  // before an interruption
    Discover(night, *url, *state ? (*state)->depth : 1, Visited::kBefore);
  }
  return Ok();
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
    const bool service = IsService(night.site(), *url);
    const UrlState& state = entry.state;
    if (state.last_run == run_.id) {
      resumed = true;
      if (!service) ++night.pages_taken;
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
  night.changed = resumed;
  if (!resumed) return Ok();
  return CountKept(night);
}

// The part of the night that is on disk.
Status Frontier::CountKept(Night& night) {
  const Tallier tallier(night.site());
  RunTotals& totals = night.report.totals;
  totals = {.sites = 1};
  night.bytes_taken = 0;
  return store_.EachObservation(night.site().id, run_.id, [&](const Observation& seen) {
    night.bytes_taken += seen.wire_bytes;
    tallier.Count(seen, totals);
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
    Release(*track);
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
  if (Status recounted = CountKept(night); !recounted) return recounted;
  const Status counted =
      store_.cases().EachFinding(night.site().id, [&](const StoredFinding& finding) {
        if (finding.standing)
          ++report.totals.findings[static_cast<size_t>(finding.finding.severity)];
        return true;
      });
  if (!counted) return counted;
  if (Status kept = KeepReport(store_, run_, report); !kept) return kept;
  Status released = store_.ledger().Release(night.lease, named_.empty());
  if (!released && released.error().code != Code::kConflict) return released;
  reports_.push_back(std::move(report));
  return Ok();
}

std::vector<const Site*> Frontier::AllRead() { return std::exchange(all_read_, {}); }

void Frontier::Expect(const Site& site, size_t pages, std::vector<std::string> notes) {
  Night& night = *nights_.at(site.id);
  night.outstanding += pages;
  for (std::string& note : notes) night.report.notes.push_back(std::move(note));
}

void Frontier::GiveUp(const Site& site) {
  Night& night = *nights_.at(site.id);
  CHECK(night.outstanding > 0);
  --night.outstanding;
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
  if (!put) Fail(put.error());
}

std::string Frontier::GetNote(const std::string& name) {
  Result<std::optional<std::string>> note = store_.Note(name);
  if (!note) Fail(note.error());
  return note ? note->value_or("") : "";
}

}  // namespace xuncha
