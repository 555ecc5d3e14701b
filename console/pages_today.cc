// SPDX-License-Identifier: Apache-2.0
#include "console/pages_today.h"

namespace xuncha {

Reply ShowToday(Visit& visit) {
  Fields fields;
  const Result<std::vector<Run>> runs = visit.desk.store().Runs();
  if (!runs) return Problem(visit, runs.error());
  if (runs->empty()) {
    fields.Add("NO_RUN");
  } else {
    const Run& last = runs->back();
    Fields& run = fields.Add("RUN");
    run.Set("NUMBER", static_cast<int64_t>(last.id))
        .Set("STARTED", FormatTime(last.started))
        .Set("SITES", static_cast<int64_t>(last.totals.sites))
        .Set("PAGES", static_cast<int64_t>(last.totals.pages))
        .Set("FAILED", static_cast<int64_t>(last.totals.failed));
    run.ShowIf("GOING", last.ended == 0);
    if (last.ended != 0) run.Add("ENDED").Set("TIME", FormatTime(last.ended));
  }
  return Page(visit, "today.tpl", "today.title", fields);
}

}  // namespace xuncha
