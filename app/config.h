// Config is xuncha.toml: where things are, how fast to crawl, what to report.
// An unknown key is an error that names the nearest one; sizes and lengths of
// time carry their unit ("8 MB", "30 s", "4 h").
//
// Value; read once at start.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/result.h"
#include "console/provider.h"
#include "reports/channel.h"
#include "store/case_file.h"
#include "store/retention.h"

namespace xuncha {

struct Config {
  // [crawl]
  std::string user_agent;
  std::vector<std::string> resolve;  // "host:port:address:port", as curl's connect-to
  uint32_t inflight = 0;             // requests at once, all hosts together
  uint32_t workers = 0;              // 0 = one per processor
  uint32_t per_address = 0;          // requests at once to one address
  Budget budget;                     // of a site that names none
  std::string ca_bundle;
  uint32_t views_every = 0, list_views_every = 0;  // nights, of pages that have not changed
  bool outbound = true;                            // look at the strangers that sites link to
  uint32_t outbound_hosts = 0;                     // of them in one run
  uint32_t outbound_per_site = 0;
  std::vector<std::string> name_servers;  // asked whether a domain is gone; empty = the system's
  bool views = true;  // fetch pages as search spiders and search visitors get them too
  // [rules]
  std::string rules_directory;  // empty = the packs built in
  // [store]
  std::string backup_directory;  // empty = backups/ in the data directory
  uint32_t backups_kept = 0;
  // [retention]
  RetentionPolicy retention;
  bool purge = true;       // at the end of a crawl
  Millis purge_every = 0;  // if so much time has passed since the last
  // [audit]
  std::string timestamp_url;  // of an RFC 3161 authority; empty = none
  std::string timestamp_ca;   // certificates it is believed by; empty = the system's
  Millis timestamp_timeout = 0;
  bool sm2 = false;  // evidence packages are signed with an SM2 key, too
  // [tell]
  TellPolicy tell;
  // [serve]
  std::string listen;                        // "127.0.0.1:8470" or "unix:PATH"
  std::vector<std::string> names;            // hosts the desk goes by
  std::string crawl_at;                      // "01:30" in Shanghai; empty: never by itself
  std::string certificate, certificate_key;  // PEM files; empty: plain HTTP on loopback
  bool https = false;                        // browsers come by HTTPS, through a proxy
  bool proxied = false;                      // who connects is a proxy that sets X-Forwarded-For
  bool second_factor = false;                // everybody must have one
  Millis idle = 0, absolute = 0;             // when sessions end
  // [oidc]
  Provider::Options provider;        // its secret is in a file; an empty issuer: off
  std::string provider_secret_file;  // as of a channel
  // [draw]
  std::string draw_socket;  // of the drawing service; empty: the browser is started here
  // [cases]
  CasePolicy cases;       // without its calendar; CasePolicyOf adds that (case_policy.h)
  std::string remind_at;  // "09:00" in Shanghai; empty: never by itself
  std::string holidays;   // file of the institution's own; empty = the table built in
  // [report]
  Severity fail_on = Severity::kLow;
};

// The commented default that `xuncha init` writes.
std::string_view DefaultConfigText();
// kInvalid: every error with "name:line:column: what; remedy", joined by newlines.
Result<Config> ReadConfig(std::string_view text, std::string_view name);

// "8 MB" -> 8388608; units B, KB, MB, GB (binary). kInvalid otherwise.
Result<uint64_t> ParseBytes(std::string_view text);
// "250 ms", "30 s", "15 min", "4 h", "2 d". kInvalid otherwise.
Result<Millis> ParseDuration(std::string_view text);
// "01:30" -> since midnight.
std::optional<Millis> ParseTimeOfDay(std::string_view text);

}  // namespace xuncha
