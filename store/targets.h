// What is remembered of the targets of links from run to run: of each host, when its home
// page was last looked at and what was found (note "target/HOST"), and of each site, which
// hosts it links to (note "outbound/SITE"). FORMAT.md has the fields.
//
// Values only; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"

namespace xuncha {

// A host outside the registered sites.
struct TargetFacts {
  LinkTarget target;
  uint64_t run = 0;      // that looked last; 0: never
  Millis looked = 0;     // then; wall clock
  Millis confirmed = 0;  // when a look last came to its end
  Digest rules;          // it was judged by
  std::string address;   // of the server
  // Of its home page when it was last found fine: what it once was.
  std::string good_title;
  uint64_t good_text = 0;  // SimHash; 0: too little, or never
  Writing good_writing = Writing::kNone;
};

struct LinkedHost {
  std::string host;     // with its port, unless that is the scheme's own
  bool secure = false;  // the first link seen was https
  Millis first_seen = 0;
};

struct SiteTargets {
  std::vector<LinkedHost> hosts;  // in the order they were seen; ≤ limits::kTargetHostsMax
  std::vector<std::string> told;  // what its pages were told of them (crawler/targets.h), sorted
};

std::string TargetNote(std::string_view host);
std::string SiteTargetsNote(std::string_view site);

std::string EncodeTarget(const TargetFacts& facts);
std::string EncodeSiteTargets(const SiteTargets& targets);
// kDamaged or kNewer.
Result<TargetFacts> DecodeTarget(std::string_view bytes);
Result<SiteTargets> DecodeSiteTargets(std::string_view bytes);

}  // namespace xuncha
