// SPDX-License-Identifier: Apache-2.0
#include "crawler/second_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "base/limits.h"
#include "crawler/head.h"
#include "crawler/site_facts.h"
#include "crawler/targets.h"

namespace xuncha {
namespace {

// Figures in what a site's pages say change each night and mean nothing; of a target
// every word counts.
std::vector<std::string> Names(const std::vector<std::string>& signals) {
  std::vector<std::string> names;
  for (const std::string& signal : signals)
    names.push_back(IsTargetLine(signal) ? signal : signal.substr(0, signal.find(':')));
  std::sort(names.begin(), names.end());
  return names;
}

int Weight(const std::vector<std::string>& signals) {
  int weight = 0;
  for (const std::string& name : Names(signals)) {
    if (const auto kind = SignalByName(name.substr(0, name.find(':'))))
      weight += 1 + static_cast<int>(SignalStrength(*kind));
  }
  return weight;
}

// Shows each page of the site that was sketched.
Status EachPage(const Store& store, const Site& site, const Run& run,
                const std::function<void(const SketchedUrl&, const SitePage&)>& visit) {
  return store.EachSketch(site.id, run.id, [&](const SketchedUrl& entry) {
    if (const Result<Url> url = Url::Parse(entry.url)) {
      visit(entry, SitePage{.url = *url,
                            .now = entry.now,
                            .good = entry.good,
                            .fresh = entry.read && entry.first_seen >= run.started});
    }
    return true;
  });
}

// What pages are to be told of bad targets. A page is known by the hashes of the domains
// it links to, so some are told in vain: they find no such link when they are read.
class TargetTeller {
 public:
  explicit TargetTeller(const std::vector<LinkTarget>* bad) {
    if (bad == nullptr) return;
    for (const LinkTarget& target : *bad)
      lines_[TargetHash(target.host)].push_back({TargetLines(target), IsUrgent(target), 0});
  }
  // First those that were told before, so that each night tells the same ones.
  void Count(const SketchedUrl& entry) {
    EachOf(entry, [&](Told& told) { told.pages += !told.urgent && WasTold(told, entry); });
  }
  void Tell(const SketchedUrl& entry, std::vector<std::string>& signals) {
    EachOf(entry, [&](Told& told) {
      if (!told.urgent && !WasTold(told, entry) && told.pages++ >= limits::kTargetPagesMax) return;
      signals.insert(signals.end(), told.lines.begin(), told.lines.end());
    });
  }

 private:
  struct Told {
    std::vector<std::string> lines;
    bool urgent = false;
    size_t pages = 0;
  };
  static bool IsUrgent(const LinkTarget& target) {
    return target.verdict == TargetVerdict::kViolating;
  }
  static bool WasTold(const Told& told, const SketchedUrl& entry) {
    const std::vector<std::string>& said = entry.site_signals;
    return std::find(said.begin(), said.end(), told.lines.front()) != said.end();
  }
  template <typename Visit>
  void EachOf(const SketchedUrl& entry, Visit visit) {
    if (lines_.empty()) return;
    for (const uint32_t hash : entry.now.domains) {
      const auto found = lines_.find(hash);
      if (found == lines_.end()) continue;
      for (Told& told : found->second) visit(told);
    }
  }

  std::unordered_map<uint32_t, std::vector<Told>> lines_;  // by PageSketch::domains
};

}  // namespace

Result<SecondLooks> LookBack(const Store& store, const Site& site, const Run& run,
                             const std::vector<LinkTarget>* bad) {
  SecondLooks result;
  const Result<Url> home = HomeUrl(site);
  if (!home) return result;
  SiteFacts facts(*home);
  TargetTeller teller(bad);
  if (Status read = EachPage(store, site, run,
                             [&](const SketchedUrl& entry, const SitePage& page) {
                               facts.Add(page);
                               teller.Count(entry);
                             });
      !read) {
    return read.error();
  }
  const Status read =
      EachPage(store, site, run, [&](const SketchedUrl& entry, const SitePage& page) {
        if (entry.cloaked) return;
        std::vector<std::string> signals;
        for (const Signal& signal : facts.Of(page))
          signals.push_back(fmt::format("{}: {}", SignalName(signal.kind), signal.detail));
        teller.Tell(entry, signals);
        if (Names(signals) != Names(entry.site_signals))
          result.looks.push_back({&site, entry.url, std::move(signals)});
      });
  if (!read) return read.error();
  std::stable_sort(result.looks.begin(), result.looks.end(),
                   [](const SecondLook& a, const SecondLook& b) {
                     return Weight(a.signals) > Weight(b.signals);
                   });
  if (result.looks.size() > limits::kSecondLooksMax) {
    result.left_out = result.looks.size() - limits::kSecondLooksMax;
    result.looks.resize(limits::kSecondLooksMax);
  }
  result.truncated = facts.truncated();
  return result;
}

Result<Page> PageOf(Store& store, const Registry& registry, const Run& run, SecondLook look) {
  Page page;
  Result<Url> url = Url::Parse(look.url);
  if (!url) return page;
  Result<std::optional<Observation>> seen = store.ObservationOf(look.site->id, look.url, run.id);
  if (!seen) return seen.error();
  if (!seen->has_value() || (*seen)->body.empty()) return page;
  Observation& observation = **seen;
  // Found in what others got: our own body would take that back.
  if (std::any_of(observation.views.begin(), observation.views.end(), [](const ObservedView& view) {
        return !view.body.empty() && view.as != Visitor::kTarget;
      }))
    return page;
  Result<std::optional<UrlState>> state = store.UrlOf(look.site->id, look.url, run.id);
  if (!state) return state.error();
  if (!state->has_value()) return page;
  Result<std::string> body = store.blobs().Get(observation.body);
  if (!body) return body.error();

  UrlState known = std::move(**state);
  known.site_signals = std::move(look.signals);
  known.rules = {};  // so that it is read, though nothing has changed
  known.cloaked = false;
  page.permit =
      registry.Allow(*look.site, *url, std::move(known), observation.robots_disallowed, 0, nullptr);
  page.second_look = true;
  Response& response = page.response;
  const Head head = ReadHead(observation.headers);
  response.started = observation.time;
  response.status = 200;  // pages are sketched for nothing else
  response.headers = std::move(observation.headers);
  response.body = std::move(*body);
  response.content_type = head.content_type;
  response.hops = std::move(observation.hops);
  response.final_url = *url;
  for (const Hop& hop : response.hops) {
    Result<Url> target = Url::Parse(hop.to);
    if (hop.followed && target) response.final_url = std::move(*target);
  }
  // What cut the transfer short; reading finds its own limits again.
  for (LimitHit& hit : observation.limits) {
    if (hit.limit <= Limit::kStatus) page.limits.push_back(std::move(hit));
  }
  return page;
}

}  // namespace xuncha
