// The first page of the morning: what is to be decided, what is late, what could not be
// checked. What stood there before auditing began has a queue of its own.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "console/page_parts.h"
#include "console/pages.h"
#include "crawler/night_report.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kWorstShown = 8;
constexpr size_t kDueShown = 12;
constexpr size_t kGapsShown = 8;
constexpr Millis kComing = Millis{24} * 3'600'000;

// What waits for an officer, by state, new and stock apart.
struct Waiting {
  uint64_t fresh[4] = {0, 0, 0, 0};      // "new" by Severity, without stock
  uint64_t stock[4] = {0, 0, 0, 0};      // likewise, of stock alone
  std::map<CaseState, uint64_t> others;  // states that ask for a decision
};

Result<Waiting> CountWaiting(const Store& store) {
  const auto counts = store.index().IncidentCounts();
  if (!counts) return counts.error();
  Waiting waiting;
  for (const IncidentCount& count : *counts) {
    const std::optional<CaseState> state = CaseStateByName(count.state);
    if (!state || !AwaitsDecision(*state)) continue;
    if (*state != CaseState::kNew) {
      waiting.others[*state] += count.incidents;
    } else if (count.baseline) {
      waiting.stock[static_cast<size_t>(count.severity)] += count.incidents;
    } else {
      waiting.fresh[static_cast<size_t>(count.severity)] += count.incidents;
    }
  }
  return waiting;
}

void ShowWaiting(const Visit& visit, const Waiting& waiting, Fields& fields) {
  uint64_t fresh = 0;
  for (int i = 3; i >= 0; --i) {
    const auto severity = static_cast<Severity>(i);
    fresh += waiting.fresh[i];
    if (waiting.fresh[i] == 0) continue;
    fields.Add("WAITING")
        .Set("COUNT", static_cast<int64_t>(waiting.fresh[i]))
        .Set("SEVERITY", SeverityName(severity))
        .Set("TEXT", SeverityWord(visit, severity))
        .Set("HREF", LinkTo("/queue", {{"severity", std::string(SeverityName(severity))}}));
  }
  fields.Set("FRESH", static_cast<int64_t>(fresh));
  for (const auto& [state, count] : waiting.others) {
    if (count == 0) continue;
    const std::string name(CaseStateName(state));
    fields.Add("OTHER")
        .Set("COUNT", static_cast<int64_t>(count))
        .Set("TEXT", StateWord(visit, name))
        .Set("HREF", LinkTo("/queue", {{"state", name}}));
  }
  const uint64_t stock = std::accumulate(std::begin(waiting.stock), std::end(waiting.stock), 0u);
  const uint64_t high = waiting.stock[static_cast<size_t>(Severity::kHigh)];
  if (stock > 0) {
    // On the first morning all there is is stock, and it may be grave.
    Fields& shown = fields.Add(fresh == 0 ? "STOCK_FIRST" : "STOCK");
    shown.Set("COUNT", static_cast<int64_t>(stock))
        .Set("HREF", LinkTo("/queue", {{"baseline", "1"}}));
    if (high > 0)
      shown.Add("HIGH")
          .Set("TEXT", SeverityWord(visit, Severity::kHigh))
          .Set("OF", static_cast<int64_t>(high));
  }
  fields.ShowIf("FRESH_FIRST", fresh > 0 || stock == 0);
  fields.ShowIf("NOTHING_WAITS", fresh == 0 && waiting.others.empty() && stock == 0);
}

Status ShowWorst(const Visit& visit, Fields& fields) {
  std::vector<IncidentRow> rows;
  // Those of the stock only where nothing is new.
  for (const bool baseline : {false, true}) {
    if (!rows.empty()) break;
    const Status read = visit.desk.store().index().EachIncident(
        {.state = "new", .baseline = baseline}, Direction::kForward, {},
        [&](const Place&, const IncidentRow& row) {
          rows.push_back(row);
          return rows.size() < kWorstShown;
        });
    if (!read) return read;
  }
  for (const IncidentRow& row : rows) {
    if (Status added = AddIncidentRow(visit, fields, "ROW", row); !added) return added;
  }
  fields.ShowIf("HAS_ROWS", !rows.empty());
  return Ok();
}

// The clocks: those to the authority first, then the earliest.
Status ShowDue(const Visit& visit, Fields& fields) {
  const Store& store = visit.desk.store();
  const Millis now = visit.desk.clock().Now();
  std::vector<Due> dues;
  uint64_t late = 0;
  const Status read = store.casework().EachDue(now + kComing, [&](const Due& due) {
    if (due.kind == DueKind::kVerdict || due.kind == DueKind::kSuppression) return true;
    late += due.at <= now ? 1 : 0;
    dues.push_back(due);
    return dues.size() < limits::kDeskRowsMax;
  });
  if (!read) return read;
  std::ranges::stable_sort(dues, {}, [](const Due& due) { return due.kind != DueKind::kReport; });
  if (dues.size() > kDueShown) dues.resize(kDueShown);
  for (const Due& due : dues) {
    const Result<IncidentRow> row = store.index().IncidentById(due.incident);
    if (!row) return row.error();
    fields.Add("DUE")
        .Set("WHAT", Either(visit, DueKindText(due.kind), DueKindName(due.kind)))
        .Set("WHEN", UntilText(visit, due.at, now))
        .Set("AT", TimeText(due.at))
        .Set("LATE", due.at <= now ? "late" : "")
        .Set("SITE", PlainLine(row->incident.site))
        .Set("KIND", KindWord(visit, row->incident.kind))
        .Set("HREF", IncidentLink(due.incident));
  }
  fields.ShowIf("HAS_DUE", !dues.empty()).ShowIf("NO_DUE", dues.empty());
  fields.Set("LATE_COUNT", static_cast<int64_t>(late));
  fields.ShowIf("ANY_LATE", late > 0);
  return Ok();
}

Status ShowSites(const Visit& visit, Fields& fields) {
  const Store& store = visit.desk.store();
  std::map<std::string, SiteStatus> statuses;
  Status read = EachStatus(store, [&](const SiteStatus& status) {
    statuses.emplace(status.site, status);
    return true;
  });
  if (!read) return read;
  uint64_t sites = 0, good = 0, gaps = 0, never = 0;
  read = store.index().EachSite(Direction::kForward, {}, [&](const Place&, const Site& site) {
    ++sites;
    const auto status = statuses.find(site.id);
    if (status == statuses.end()) {
      ++never;
    } else if (status->second.good()) {
      ++good;
      return true;
    } else {
      ++gaps;
    }
    if (gaps + never > kGapsShown) return true;
    Fields& shown = fields.Add("GAP");
    shown.Set("SITE", PlainLine(site.name.empty() ? site.id : site.name))
        .Set("HREF", SiteLink(site.id));
    shown.Set("WHY", status == statuses.end() ? Say(visit, "site.never")
                                              : PlainLine(status->second.gaps.front()));
    return true;
  });
  if (!read) return read;
  fields.Set("SITES", static_cast<int64_t>(sites))
      .Set("GOOD", static_cast<int64_t>(good))
      .Set("GAPS", static_cast<int64_t>(gaps + never));
  fields.ShowIf("ANY_GAPS", gaps + never > 0);
  if (gaps + never > kGapsShown)
    fields.Add("MORE_GAPS").Set("COUNT", static_cast<int64_t>(gaps + never - kGapsShown));
  fields.ShowIf("NO_SITES", sites == 0);
  return Ok();
}

Status ShowRun(const Visit& visit, Fields& fields) {
  const Result<std::vector<Run>> runs = visit.desk.store().Nights();
  if (!runs) return runs.error();
  fields.ShowIf("NO_RUN", runs->empty());
  if (runs->empty()) return Ok();
  const Run& last = runs->back();
  Fields& shown = fields.Add("RUN");
  shown.Set("ID", static_cast<int64_t>(last.id))
      .Set("HREF", "/run/" + std::to_string(last.id))
      .Set("STARTED", TimeText(last.started))
      .Set("ENDED", TimeText(last.ended))
      .Set("PAGES", static_cast<int64_t>(last.totals.pages))
      .Set("FAILED", static_cast<int64_t>(last.totals.failed));
  shown.ShowIf("RUNNING", last.ended == 0).ShowIf("FINISHED", last.ended != 0);
  // A night that was missed is said, and not seen only by who counts.
  const Millis since = visit.desk.clock().Now() - std::max(last.started, last.ended);
  if (since > Millis{36} * 3'600'000)
    shown.Add("OLD").Set(
        "SINCE", UntilText(visit, std::max(last.started, last.ended), visit.desk.clock().Now()));
  return Ok();
}

}  // namespace

Reply TodayPage(Visit& visit) {
  if (!visit.May(kInside)) return Redirect("/sites");  // of the reviewer's unit
  Fields fields;
  fields.Set("NOW", TimeText(visit.desk.clock().Now()));
  const Result<Waiting> waiting = CountWaiting(visit.desk.store());
  if (!waiting) return Problem(visit, waiting.error());
  ShowWaiting(visit, *waiting, fields);
  for (const auto show : {&ShowWorst, &ShowDue, &ShowSites, &ShowRun}) {
    if (Status shown = show(visit, fields); !shown) return Problem(visit, shown.error());
  }
  return Page(visit, "today.tpl", "today.title", fields);
}

}  // namespace xuncha
