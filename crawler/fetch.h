// Fetcher turns permits into pages: libcurl's multi interface on the main
// thread, conditional, bounded, guarded.
//
// A transfer starts when its permit is handed over and not before (the frontier
// decides when); redirects are followed here, by hand, each hop needing its own
// permit from the registry. Every cap of base/limits.h is counted in callbacks of
// ours, and each stop has its own Limit. A page that could not be fetched comes
// out too, with the reason: nothing vanishes.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/result.h"
#include "crawler/registry.h"

namespace xuncha {

class Fetcher {
 public:
  struct Options {
    std::string user_agent = "xuncha/0.1 (+registered site audit)";
    // "host:port:address:port" as curl's connect-to; host or port may be empty
    // (any). For test sites with real names; the address policy still applies to
    // the address connected to, so the site's registration must name it.
    std::vector<std::string> resolve;
    size_t inflight_max = 0;        // 0 = limits::kInflightMax
    std::string ca_bundle;          // empty = the system's
  };
  // Robots verdict for a hop's URL: true = disallowed. Called on redirects.
  using RobotsQuery = std::function<bool(const Site&, const Url&)>;

  // Borrows registry and clock.
  Fetcher(const Registry& registry, const Clock& clock, Options options, RobotsQuery robots);
  ~Fetcher();

  // REQUIRES: permit.valid(), Room() > 0. `body_max` 0 = limits::kBodyBytesMax.
  void Start(Permit permit, size_t body_max = 0);
  size_t Room() const;
  size_t Active() const;
  // Drives transfers for at most `wait`, returns those that ended. Wake() from
  // another thread ends the wait early.
  std::vector<Page> Wait(Millis wait);
  void Wake();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
