// The queue: incidents of one state, the worst first, page by page.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "console/page_parts.h"
#include "console/pages.h"
#include "rules/kinds.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kRows = 50;

struct Asked {
  IncidentQuery query;
  std::string state, severity, kind, site, baseline;

  std::string Link(QueryParts more) const {
    std::string link = LinkTo("/queue", {{"state", state == "new" ? "" : state},
                                         {"severity", severity},
                                         {"kind", kind},
                                         {"site", site},
                                         {"baseline", baseline}});
    for (const auto& [name, value] : more) {
      if (value.empty()) continue;
      link += link.find('?') == std::string::npos ? '?' : '&';
      link += std::string(name) + "=" + PercentEncode(value);
    }
    return link;
  }
};

Asked Read(const Visit& visit) {
  Asked asked;
  asked.state = visit.request.Query("state");
  if (!CaseStateByName(asked.state)) asked.state = "new";
  asked.severity = visit.request.Query("severity");
  asked.kind = visit.request.Query("kind");
  asked.site = visit.request.Query("site");
  asked.baseline = visit.request.Query("baseline") == "1" && asked.state == "new" ? "1" : "";
  asked.query = {.state = asked.state,
                 .baseline = !asked.baseline.empty(),
                 .severity = SeverityByName(asked.severity),
                 .kind = asked.site.empty() ? asked.kind : std::string(),
                 .site = asked.site};
  if (!asked.query.severity) asked.severity.clear();
  return asked;
}

// The rows, in the order shown, and whether there are more on either side.
struct Rows {
  std::vector<std::pair<Place, IncidentRow>> rows;
  bool before = false, behind = false;
};

Result<Rows> Fetch(const Store& store, const Asked& asked, const Place& after,
                   const Place& before) {
  Rows fetched;
  const bool back = !before.empty();
  const Direction direction = back ? Direction::kBackward : Direction::kForward;
  bool more = false;
  const Status read = store.index().EachIncident(
      asked.query, direction, back ? before : after,
      [&](const Place& place, const IncidentRow& row) {
        // Within one site there are few; a kind is picked out here.
        if (!asked.site.empty() && !asked.kind.empty() && row.incident.kind != asked.kind)
          return true;
        more = fetched.rows.size() == kRows;
        if (!more) fetched.rows.emplace_back(place, row);
        return !more;
      });
  if (!read) return read.error();
  if (back) std::ranges::reverse(fetched.rows);
  fetched.before = back ? more : !after.empty();
  fetched.behind = back || more;
  return fetched;
}

void ShowFilters(const Visit& visit, const Asked& asked, Fields& fields,
                 const std::vector<IncidentCount>& counts) {
  std::map<std::string, uint64_t> by_state;
  uint64_t stock = 0;
  for (const IncidentCount& count : counts) {
    if (!count.baseline) by_state[count.state] += count.incidents;
    if (count.baseline && count.state == "new") stock += count.incidents;
  }
  for (int i = 0; i < kCaseStates; ++i) {
    const std::string name(CaseStateName(static_cast<CaseState>(i)));
    const bool here = name == asked.state && asked.baseline.empty();
    if (by_state[name] == 0 && !here && name != "new") continue;
    fields.Add("STATE_TAB")
        .Set("TEXT", StateWord(visit, name))
        .Set("COUNT", static_cast<int64_t>(by_state[name]))
        .Set("HREF", LinkTo("/queue", {{"state", name == "new" ? "" : name}}))
        .ShowIf("HERE", here);
  }
  if (stock > 0 || !asked.baseline.empty()) {
    fields.Add("STATE_TAB")
        .Set("TEXT", Say(visit, "queue.stock"))
        .Set("COUNT", static_cast<int64_t>(stock))
        .Set("HREF", LinkTo("/queue", {{"baseline", "1"}}))
        .ShowIf("HERE", !asked.baseline.empty());
  }
  AddOption(fields, "SEVERITY_OPTION", "", Say(visit, "queue.any-severity"), asked.severity);
  for (int i = 3; i >= 1; --i) {
    const auto severity = static_cast<Severity>(i);
    AddOption(fields, "SEVERITY_OPTION", SeverityName(severity), SeverityWord(visit, severity),
              asked.severity);
  }
  AddOption(fields, "KIND_OPTION", "", Say(visit, "queue.any-kind"), asked.kind);
  for (const KindInfo& kind : Kinds())
    AddOption(fields, "KIND_OPTION", kind.name, KindWord(visit, kind.name), asked.kind);
  fields.Set("STATE", asked.state).Set("SITE_ASKED", asked.site).Set("BASELINE", asked.baseline);
}

}  // namespace

Reply QueuePage(Visit& visit) {
  Asked asked = Read(visit);
  const Store& store = visit.desk.store();
  const auto counts = store.index().IncidentCounts();
  if (!counts) return Problem(visit, counts.error());
  // Who asks for nothing in particular gets the stock while nothing is new.
  const bool any_new = std::ranges::any_of(*counts, [](const IncidentCount& count) {
    return count.state == "new" && !count.baseline && count.incidents > 0;
  });
  const bool any_stock = std::ranges::any_of(*counts, [](const IncidentCount& count) {
    return count.state == "new" && count.baseline && count.incidents > 0;
  });
  if (visit.request.query.empty() && !any_new && any_stock) {
    asked.baseline = "1";
    asked.query.baseline = true;
  }
  const Result<Rows> fetched = Fetch(store, asked, PlaceOfText(visit.request.Query("after")),
                                     PlaceOfText(visit.request.Query("before")));
  if (!fetched) return Problem(visit, fetched.error());
  Fields fields;
  ShowFilters(visit, asked, fields, *counts);
  for (const auto& [place, row] : fetched->rows) {
    if (Status added = AddIncidentRow(visit, fields, "ROW", row); !added)
      return Problem(visit, added.error());
  }
  fields.ShowIf("HAS_ROWS", !fetched->rows.empty()).ShowIf("EMPTY", fetched->rows.empty());
  std::string previous, next;
  if (!fetched->rows.empty()) {
    if (fetched->before)
      previous = asked.Link({{"before", TextOfPlace(fetched->rows.front().first)}});
    if (fetched->behind) next = asked.Link({{"after", TextOfPlace(fetched->rows.back().first)}});
  } else if (!visit.request.Query("after").empty() || !visit.request.Query("before").empty()) {
    previous = asked.Link({});
  }
  AddPager(fields, previous, next);
  return Page(visit, "queue.tpl", "queue.title", fields);
}

}  // namespace xuncha
