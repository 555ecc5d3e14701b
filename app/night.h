// One night of auditing as the commands do it: the sites, the rules and the configuration
// become a run, and the run an entry of the signed chain. `xuncha crawl` does one and
// ends; `xuncha serve` does one each night.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/engine.h"
#include "app/session.h"
#include "crawler/audit.h"
#include "store/store.h"

namespace xuncha {

// Borrowed for the call.
struct NightOrder {
  Session& session;
  Store& store;
  const Config& config;
  const Engine& engine;
  std::vector<Site> sites;
  std::vector<std::string> only;  // ids; empty: every site
  // URLs, each looked at as all visitors see it, and no others; empty: all of the sites.
  std::vector<std::string> named;
  std::function<void()> turn;  // Audit::Options::turn
};

// Runs to the end, or until the session is stopped; says on stderr how far it is. What it
// has read of incidents whose re-check is due is recorded with them.
Result<AuditReport> CrawlTonight(NightOrder night);
// Signs the chain up to here; `turn` as SealChain.
Status SealNight(const Session& session, Store& store, const Config& config,
                 const std::function<void()>& turn = {});
// What stands behind a run that was not interrupted: purging if it is due, and the
// signature under the chain.
Status KeepNight(const Session& session, Store& store, const Config& config,
                 const std::function<void()>& turn = {});
// The same, and telling people.
Status CloseNight(const Session& session, Store& store, const Config& config);

}  // namespace xuncha
