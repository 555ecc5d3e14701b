// SPDX-License-Identifier: Apache-2.0
#include "app/rechecking.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "reports/words.h"

namespace xuncha {

Result<RecheckAim> AimAtIncident(const Store& store, std::string_view id) {
  const Result<Incident> incident = store.cases().IncidentById(id);
  if (!incident) return incident.error();
  const Result<std::vector<CaseDeed>> deeds =
      store.casework().PossibleDeeds(incident->id, Party::kProgram);
  if (!deeds) return deeds.error();
  if (std::find(deeds->begin(), deeds->end(), CaseDeed::kRecheckGone) == deeds->end()) {
    return Error{Code::kConflict,
                 fmt::format("事件 {} 现为“{}”，不需复查；只有已判为违规、尚未结案的需要",
                             incident->id, StateText(incident->state))};
  }
  const Result<Casework::RecheckPlan> plan = store.casework().PlanRecheck(incident->id);
  if (!plan) return plan.error();
  if (plan->urls.empty())
    return Error{Code::kNotFound, fmt::format("事件 {} 没有可复查的网址", incident->id)};
  if (plan->urls.size() > limits::kRecheckUrlsMax) {
    return Error{Code::kLimit, fmt::format("事件 {} 有 {} 个网址，超过 {} 个；请巡查整个网站："
                                           "xuncha crawl --site {}",
                                           incident->id, plan->urls.size(), limits::kRecheckUrlsMax,
                                           incident->site)};
  }
  return RecheckAim{.incident = incident->id, .site = plan->site, .urls = plan->urls};
}

int TellRecheck(Session& session, const Recheck& recheck) {
  session.Out(fmt::format("{}：复查{}；{} 页，已消除 {}，仍存在 {}，未能检查 {}\n",
                          recheck.incident, RecheckOutcomeText(recheck.outcome), recheck.total,
                          recheck.gone, recheck.stand,
                          recheck.total - recheck.gone - recheck.stand));
  for (const RecheckedPage& page : recheck.pages) {
    if (page.outcome == RecheckOutcome::kGone) continue;
    session.Out(fmt::format("  {}  {}{}\n", RecheckOutcomeText(page.outcome), Neutralise(page.url),
                            page.why.empty() ? "" : "：" + page.why));
  }
  switch (recheck.outcome) {
    case RecheckOutcome::kGone:
      session.Say(fmt::format("可以结案：xuncha incident close {} --by 姓名", recheck.incident));
      return kClean;
    case RecheckOutcome::kStands:
      return kFindings;
    case RecheckOutcome::kUnchecked:
      break;
  }
  return kPartial;
}

void RecordDueRechecks(Session& session, Store& store, uint64_t run) {
  const Millis now = session.clock().Now();
  std::vector<std::string> due;
  const Status read = store.casework().EachDue(now, [&](const Due& one) {
    if (one.kind == DueKind::kRecheck) due.push_back(one.incident);
    return true;
  });
  Status failed = read;
  for (const std::string& id : due) {
    const Result<Incident> incident = store.cases().IncidentById(id);
    if (!incident) {
      failed = incident.error();
      continue;
    }
    const Result<bool> done = store.SiteDone(incident->site, run);
    if (done && !*done) continue;  // not part of this run
    const Result<Recheck> recheck =
        done ? store.casework().RecordRecheck(id, run, now) : Result<Recheck>(done.error());
    if (!recheck) {
      failed = recheck.error();
    } else {
      session.Say(fmt::format("到期复查 {}：{}", id, RecheckOutcomeText(recheck->outcome)));
    }
  }
  if (!failed) session.Fail(failed.error());
}

}  // namespace xuncha
