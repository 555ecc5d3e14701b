// Outbound looks at the home pages of strangers that the sites link to: a domain that ran
// out and was taken over is how a page that nobody touched comes to advertise a casino.
//
// When all pages of a site are read, the hosts they link to are known (from this run and
// the runs before), and those whose turn it is are looked at, each once a run whatever
// number of sites links to it: first what was bad, then what is new, then what could not
// be judged, then what was fine longest ago. A look is a walk of a few steps: robots.txt
// of the host, then its home page if that allows it, and on to the next host if that only
// leads there, each request with a permit of its own, at public addresses only, no body
// larger than limits::kTargetBodyBytesMax. A server gets one request at a time, with a
// pause between. What is read goes through the stages of any page; what comes of it is
// kept in notes (store/targets.h), and pages that link to what is bad are read once more
// (second_look.h).
//
// Names kept for tests and examples are nobody's and are not asked for.
//
// A look that does not come to its end says nothing: nobody is called fine, and nothing is
// concluded, because a host was slow, forbade it, or could not be reached. Only a domain
// that does not exist, asked for twice in one run of servers that answer (name_check.h),
// has run out. A site waits for its looks no longer than limits::kTargetsMillisMax.
//
// What is not on disk when a run is cut off is looked at again.
//
// Main thread only, but for what NameCheck does.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/record.h"
#include "base/result.h"
#include "crawler/fetch.h"
#include "crawler/name_check.h"
#include "crawler/registry.h"
#include "crawler/robots.h"
#include "rules/outbound.h"
#include "store/store.h"
#include "store/targets.h"

namespace xuncha {

class Outbound {
 public:
  struct Options {
    bool enabled = false;
    uint32_t per_run = limits::kTargetsPerRunDefault;    // hosts
    uint32_t per_site = limits::kTargetsPerSiteDefault;  // likewise
    Millis site_time = limits::kTargetsMillisMax;
    Millis request_time = limits::kTargetMillisMax;
    Millis delay = limits::kTargetDelayMillis;  // between two requests to one server
    Millis name_again = limits::kNameAgainMillis;
    Millis fresh = limits::kTargetFreshMillis;
    AskName ask_name = AskNameServers;
  };

  // Borrows all.
  Outbound(Store& store, const Registry& registry, const Clock& clock, Fetcher& fetcher,
           Options options);
  ~Outbound();

  // Looks of this run are those of `run`, judged by its rules.
  void Begin(const Run& run) { run_ = run; }
  bool enabled() const { return options_.enabled; }

  // Whether the page is a stranger's, and so comes back to Arrived and Examined.
  bool Owns(const Page& page) const {
    return page.permit.valid() && &page.permit.site() == &registry_.outside();
  }
  // What robots.txt says for a hop of a stranger's redirect.
  bool Disallows(const Url& url) const;

  // A page of a site was read: remembers whom it links to.
  void Note(const Page& page);
  // Puts on disk what Note has learnt of the site; pages that told it come after.
  Status KeepLinks(const Site& site);
  // What is known to be wrong with targets of the site, sorted by host; never null.
  std::shared_ptr<const std::vector<LinkTarget>> BadOf(const Site& site);

  // All pages of the site are read: its looks begin.
  void Open(const Site& site);
  // Starts what is due, with up to `room` requests. Fails if the store did.
  Status Tend(size_t room);
  // Its looks are done, or their time is up, since the last call.
  struct Looked {
    const Site* site = nullptr;
    bool changed = false;  // its pages are to be told something else than before
    size_t left_out = 0;   // hosts whose turn it was
  };
  std::vector<Looked> Done() { return std::exchange(done_, {}); }
  // The site's pages were told what BadOf says; the site is left.
  void Told(const Site& site);

  // A transfer ended. True: the page is to be examined.
  bool Arrived(const Page& page);
  void Examined(const Page& page);

  // How long until Tend may have something to do, if nothing arrives before.
  Millis Patience() const;

 private:
  struct Look;
  struct Links;  // of one site

  Links& LinksOf(const Site& site);
  // What is known of the host; that of another look if one is under way.
  TargetFacts FactsOf(const std::string& host);
  bool IsWorthALook(const Url& url) const;
  // How soon: the least first; nothing if it is not its turn.
  std::optional<int> TurnOf(const TargetFacts& facts) const;
  void Add(const Site& site, const LinkedHost& linked, TargetFacts facts);
  bool MayStart(const Look& look, Millis now) const;
  void Start(Look& look);
  void Send(Look& look, const Url& url);
  Look& LookOf(const Page& page);
  void RobotsCame(Look& look, const Page& page);
  // A page that shows nothing of its own but where to go.
  std::optional<Url> LeadsOnTo(const Page& page) const;
  void GoOn(Look& look, const Url& url);
  void NotReached(Look& look, const Page& page);
  void NameAnswered(Look& look, NameAnswer answer);
  // The look has ended without a word on the target.
  void Leave(Look& look, std::string why);
  void Conclude(Look& look);
  Status KeepBytes(LinkTarget& target, const Page& page);
  void CloseSites(Millis now);
  void Fail(const Error& error) {
    if (health_) health_ = error;
  }

  Store& store_;
  const Registry& registry_;
  const Clock& clock_;
  Fetcher& fetcher_;
  const Options options_;
  const OutboundRules& rules_;
  Run run_;
  Status health_;
  uint32_t begun_ = 0;  // looks of this run
  std::map<const Site*, std::unique_ptr<Links>> links_;
  std::map<std::string, std::unique_ptr<Look>> looks_;  // by host
  std::map<std::string, Look*> in_hand_;                // by URL: asked for, or being read
  size_t requests_ = 0;                                 // out
  std::map<std::string, Robots> robots_;                // by origin, of this run's looks
  std::map<std::string, std::string> servers_;          // address, by domain
  std::map<std::string, Millis> next_;  // by domain and by address: when it may be asked
  std::set<std::string> busy_;          // likewise: with a request out
  std::vector<Looked> done_;
  NameCheck names_;
};

}  // namespace xuncha
