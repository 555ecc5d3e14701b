// Fetcher turns permits into pages: libcurl's multi interface on the main
// thread, conditional, bounded, guarded.
//
// A transfer starts when its permit is handed over and not before (the frontier
// decides when); redirects are followed here, by hand, each hop needing its own
// permit from the registry. Every cap of base/limits.h is counted here and not
// left to the library, and each stop has its own Limit. A page that could not be
// fetched comes out too, with the reason: nothing vanishes. What went wrong in
// detail stands in Response::error.
//
// Problems of TLS are facts and hide no content: what fails verification is
// fetched once more without it, and Response::tls::error says so. Cookies live in
// memory, one jar per site and name we go by.
//
// Main thread only, but for Wake().
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/record.h"
#include "base/result.h"
#include "crawler/host_names.h"
#include "crawler/registry.h"

namespace xuncha {

class Fetcher {
 public:
  // Budgets of one transfer, redirects counted one by one. Tests make them small.
  struct Caps {
    size_t body_bytes = limits::kBodyBytesMax;
    size_t wire_bytes = limits::kWireBytesMax;
    size_t inflate_ratio = limits::kInflateRatioMax;
    size_t inflate_ratio_from = limits::kInflateRatioFrom;
    size_t header_bytes = limits::kHeaderBytesMax;
    int redirects = limits::kRedirectsMax;
    Millis connect = limits::kConnectMillisMax;
    Millis total = limits::kTotalMillisMax;
    Millis first_byte = limits::kFirstByteMillisMax;
    int64_t low_speed_bytes = limits::kLowSpeedBytes;  // per second, over low_speed_for
    Millis low_speed_for = limits::kLowSpeedSeconds * 1000;
  };
  struct Options {
    std::string user_agent = "xuncha/0.1 (+registered site audit)";
    // "host:port:address:port" as curl's connect-to; host or port may be empty
    // (any). For test sites with real names; the address policy still applies to
    // the address connected to, so the site's registration must name it.
    std::vector<std::string> resolve;
    size_t inflight_max = 0;  // 0 = limits::kInflightMax
    std::string ca_bundle;    // a PEM file; empty = the system's
    // Asked of each host beside the fetch, for Response::names; null: nobody is asked.
    // Never of hosts that `resolve` gives an address.
    AskHost ask_host;
    Caps caps;
  };
  // How to ask, where it differs from the ordinary.
  struct Ask {
    size_t body_max = 0;     // 0 = caps.body_bytes
    Millis total_max = 0;    // 0 = caps.total
    std::string user_agent;  // empty = ours; a probe goes by another name
    std::string referrer;
    bool conditional = true;  // send the validators known from the last visit
  };
  // Robots verdict for a hop's URL: true = disallowed. Called on redirects.
  using RobotsQuery = std::function<bool(const Site&, const Url&)>;

  // Borrows registry and clock. Makes the process ignore SIGPIPE: a TLS peer that
  // hangs up must not end it.
  Fetcher(const Registry& registry, const Clock& clock, Options options, RobotsQuery robots);
  ~Fetcher();

  // REQUIRES: permit.valid(), Room() > 0. `body_max` 0 = caps.body_bytes.
  void Start(Permit permit, size_t body_max = 0);
  void Start(Permit permit, Ask ask);
  // Sends what was started now, and not only at the next Wait: who has other work
  // to do does it while the servers do theirs.
  void Push();
  size_t Room() const;
  // Whether Options::resolve says where the URL's host is.
  bool Maps(const Url& url) const;
  size_t Active() const;
  // Drives transfers until some have ended, but for at most `wait`, and returns
  // those. Page::permit is the one given to Start, Response::final_url where its
  // redirects led. Wake() from another thread ends the wait early.
  std::vector<Page> Wait(Millis wait);
  void Wake();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
