// Re-checks: what a crawl has to fetch for one incident, and what any crawl says of
// incidents whose re-check is due.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/session.h"
#include "base/result.h"
#include "store/casework.h"

namespace xuncha {

// What a crawl of one incident fetches.
struct RecheckAim {
  std::string incident;  // whole id
  std::string site;
  std::vector<std::string> urls;
};
// kConflict if the incident is not one to be re-checked; kLimit above
// limits::kRecheckUrlsMax pages.
Result<RecheckAim> AimAtIncident(const Store& store, std::string_view id);
// Says what came of it; the exit code.
int TellRecheck(Session& session, const Recheck& recheck);
// Of all incidents whose re-check is due and whose site the run has read: those that
// still stand, or have gone. What cannot be recorded is said, and holds up nothing.
void RecordDueRechecks(Session& session, Store& store, uint64_t run);

}  // namespace xuncha
