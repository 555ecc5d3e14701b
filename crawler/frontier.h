// Frontier decides what to fetch next, and when.
//
// A URL is unknown, waiting, ready or done, and only ever moves forward (a
// transient failure puts it back to waiting, at most kRetriesMax times). Each
// origin has one lane; a lane opens when its pause has passed (lane.h, lanes.h). Sites are
// opened from the ledger, at most kOpenSitesMax at once, and closed when nothing
// of theirs waits. All URLs known of a site are due each night, so a page that
// answers "not modified" keeps its links.
//
// A page that other visitors may get otherwise is kept here, once it is examined,
// until its lane has fetched it as each of them too; each is a request like others,
// with its pause. A link into another registered site goes to that site's queue.
//
// It does not fetch, read or judge: pages come back to it through Arrived (the
// transfer ended), Holds and Add (the page was examined) and Committed (it is on
// disk), and only the last makes a URL done. So a crash loses nothing but the pages between,
// and they are fetched again.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/record.h"
#include "base/result.h"
#include "crawler/key_set.h"
#include "crawler/lanes.h"
#include "crawler/night.h"
#include "crawler/night_report.h"
#include "crawler/registry.h"
#include "crawler/views.h"
#include "store/store.h"

namespace xuncha {

class Frontier {
 public:
  struct Options {
    std::vector<std::string> only;  // site ids; empty = all
    // URLs, to look at once more; empty = all that is known and found. Links of their pages
    // are kept and not followed, and the run is not done with the site: it has not seen the
    // rest of it.
    std::vector<std::string> named;
    Budget budget;  // for what a site leaves open; only the delay may be zero
    size_t per_address = limits::kPerAddressMax;
    Millis backoff_first = limits::kBackoffMillisFirst;
    Millis retry_wait = 5'000;  // after a failed connect; a service being restarted is back by then
    bool targets = false;       // AllRead names every site: their links are followed up
    bool views = false;         // fetch pages as other visitors get them too (views.h)
    ViewTurns view_turns;
  };

  // Borrows all; `store` is written only through the ledger and notes.
  Frontier(Store& store, const Registry& registry, const Clock& clock, Options options);
  ~Frontier();

  // Lists the sites that the run is not yet done with. kNotFound names an id of
  // `only` that is not registered.
  Status Begin(const Run& run);
  bool Done() const { return pending_.empty() && nights_.empty(); }

  // Opens, renews, closes sites. Fails if the store does.
  Status Tend();
  // Up to `room` permits whose time has come.
  std::vector<Permit> Ready(size_t room);
  // How long until Ready may have something, if nothing arrives before.
  Millis Patience() const;

  // As whom the permit that Ready gave is to be used; nullptr: as ourselves, for the page itself.
  const Visitor* VisitorOf(const Permit& permit) const;

  // A transfer ended. True: `page` is to be examined, its views with it if it has
  // some. False: it will be asked for again, or waits here for more views; nothing is
  // left in `page` that is of use.
  bool Arrived(Page& page);
  // A page that arrived loads another URL, and waits for it: that comes before all
  // others of its host, if it is of the same site and may be fetched.
  enum class Coming : uint8_t {
    kForeign,  // of no site, or another's
    kSoon,     // ask again later
    kVisited,  // and on disk, as `state` says
    kNever,    // not in this run
  };
  struct Wanted {
    Coming coming = Coming::kNever;
    UrlState state;
  };
  enum class Asked : uint8_t { kNever, kBefore };
  Wanted Want(const Page& page, const Url& url, Asked asked);
  // A page that was not sent again is wanted in full after all. False if that cannot
  // be; else it is out of hand, and will arrive once more.
  bool AskAgain(const Page& page);
  // Pages judged with this list of assets are asked for in full from now on.
  void Distrust(const Digest& assets);
  // A page was examined. True: it is kept until others were asked what they get (or
  // we once more, to confirm what differs), and will come back through Arrived.
  bool Holds(Page& page);
  // Pages that were held, and for which nobody else will be asked any more.
  std::vector<Page> Released() { return std::exchange(released_, {}); }
  struct Seen {
    std::vector<UrlEntry> own;
    std::vector<ElsewhereUrl> elsewhere;  // of other registered sites
  };
  // A page was examined, and nothing more is to be asked: notes what it is near to
  // (into its signals; the judge leaves these aside), queues its links, and returns
  // those seen for the first time.
  Seen Add(Page& page);
  // Sites of which every page that could be is on disk, since the last call; each is
  // handed out once a run, and stays open until those that Expect announced are
  // committed too. A site of which nothing has changed is not, unless Options::targets.
  std::vector<const Site*> AllRead();
  // `pages` of the site come once more (Page::second_look). The notes go into its report.
  void Expect(const Site& site, size_t pages, std::vector<std::string> notes);
  // One of them does not come after all.
  void GiveUp(const Site& site);
  // Whether a page of it was not as it was the night before.
  bool HasChanged(const Site& site) const { return nights_.at(site.id)->changed; }
  const Lease& LeaseOf(const Site& site) const;
  void Committed(const Page& page);
  // Somebody took the site over: nothing of it can be committed any more.
  void Lost(const Site& site);

  // Hands out no more permits; what is out may still come back.
  void Stop();
  // Gives every open site back, to be resumed.
  Status Suspend();

  // What robots.txt says, for redirect hops. An origin whose robots.txt was never
  // asked for says no to a site that obeys it.
  bool Disallows(const Site& site, const Url& url) const;

  struct Figures {
    size_t sites = 0, done = 0, open = 0;
    uint64_t waiting = 0;  // of the open sites
    RunTotals totals;      // of done and open sites
  };
  Figures Count() const;
  // Of the sites that are done or given back, in the order they ended.
  const std::vector<NightReport>& reports() const { return reports_; }

 private:
  // A permit that is out, until its page is committed.
  struct Flight {
    Night* night;
    Track* track;
    WaitingUrl url;
    bool robots = false;
    std::optional<Visitor> as = std::nullopt;  // the request under way, if it is for a view
  };

  Status Open(const Site& site);
  Status LoadKnown(Night& night);
  Status OpenNamed(Night& night);
  Status CountKept(Night& night);
  Status Finish(Night& night);
  Status Renew(Night& night);
  void CloseNight(Night& night, Ending why);
  // URLs of the site that wait, and the same dropped.
  size_t WaitingOf(const Night& night) const;
  size_t Drop(Night& night);

  Track& TrackOf(const Url& url);
  // False if its template is stopped.
  bool Enqueue(Night& night, const Url& url, WaitingUrl waiting);
  void EnqueueService(Night& night, const Url& url);
  void EnqueueSitemaps(Night& night, Track& track);
  void Schedule(Track& track);
  void LeaveQueue(Track& track, Night& night, Ending why);
  Permit NextPermit(Track& track);
  Permit RobotsPermit(Track& track);
  void SkipRefused(Track& track);
  Permit ViewPermit(Track& track);
  Permit PermitFor(Night& night, Track& track, WaitingUrl waiting);
  static bool AsksForTheRest(const Flight& flight, const Page& page);
  void Release(Track& track);
  std::optional<ElsewhereUrl> OfAnotherSite(const Site& site, const Url& url, const Page& page);
  bool TakesView(const Flight& flight, Lane::Outcome outcome, Page& page);
  bool MayLook(const Night& night, const Track& track) const;
  void KeepRobots(Track& track, const Response& response);
  void KeepBackoff(Track& track);
  // Queues the URL if it is new, of the site, and worth keeping.
  enum class Visited { kNever, kBefore };
  Admission Discover(Night& night, const Url& url, uint32_t depth, Visited visited);
  Flight& FlightOf(const Page& page);
  void PutNote(const std::string& name, std::string_view value);
  std::string GetNote(const std::string& name);
  // The store failed inside a step that cannot return it; the first failure is told.
  void Fail(const Error& error) {
    if (health_) health_ = error;
  }

  Store& store_;
  const Registry& registry_;
  const Clock& clock_;
  const Options options_;
  const std::set<std::string, std::less<>> named_;  // of the options
  Run run_;
  Status health_;
  bool stopped_ = false;

  std::deque<const Site*> pending_;
  std::vector<const Site*> all_read_;
  std::map<std::string, std::unique_ptr<Night>, std::less<>> nights_;  // by site id
  Lanes lanes_;
  std::unordered_map<std::string, Flight> flights_;  // by URL
  std::set<Digest> distrusted_;                      // asset lists of which one changed
  Millis next_sweep_ = 0;
  std::vector<Page> released_;
  KeySet elsewhere_;  // URLs of other sites seen this run
  size_t sites_ = 0;
  std::vector<NightReport> reports_;
};

}  // namespace xuncha
