// The same for programs: what the pages show, as JSON, within the desk's roles and
// sessions. Identifiers are masked; lists go on by "next".
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "console/search.h"
#include "crawler/night_report.h"
#include "reports/mask.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kRows = 100;

Node Text(std::string_view text) { return MakeString(MaskIdentifiers(ToValidUtf8(text))); }
Node Number(uint64_t value) { return MakeInteger(static_cast<int64_t>(value)); }
Node Time(Millis time) { return time == 0 ? Node() : MakeString(FormatTime(time)); }

Node IncidentJson(const IncidentRow& row) {
  const Incident& incident = row.incident;
  Node node = MakeTable();
  Put(node, "id", MakeString(incident.id));
  Put(node, "site", MakeString(incident.site));
  Put(node, "kind", MakeString(incident.kind));
  Put(node, "severity", MakeString(SeverityName(incident.severity)));
  Put(node, "state", MakeString(incident.state));
  Put(node, "version", Number(incident.version));
  Put(node, "opened", Time(incident.opened));
  Put(node, "updated", Time(incident.updated));
  Put(node, "baseline", MakeBool(incident.baseline));
  Put(node, "standing", Number(row.standing));
  Put(node, "gone", Number(row.gone));
  Node rules = MakeArray();
  for (const std::string& rule : row.rules) rules.items.push_back(MakeString(rule));
  Put(node, "rules", std::move(rules));
  return node;
}

Node StoredJson(const StoredFinding& stored) {
  Node node = MakeTable();
  Put(node, "id", MakeString(stored.finding.id));
  Put(node, "site", MakeString(stored.site));
  Put(node, "url", Text(stored.url));
  Put(node, "title", Text(stored.title));
  Put(node, "kind", MakeString(stored.finding.kind));
  Put(node, "clause", MakeInteger(stored.finding.clause));
  Put(node, "severity", MakeString(SeverityName(stored.finding.severity)));
  Put(node, "standing", MakeBool(stored.standing));
  Put(node, "first_seen", Time(stored.first_seen));
  Put(node, "last_seen", Time(stored.last_seen));
  Put(node, "because", Text(stored.finding.because));
  Node evidence = MakeArray();
  for (const Evidence& one : stored.finding.evidence) {
    const Excerpt excerpt = MaskExcerpt(one.before, one.found, one.after);
    Node item = MakeTable();
    Put(item, "rule", MakeString(one.rule));
    Put(item, "before", MakeString(excerpt.before));
    Put(item, "found", MakeString(excerpt.found));
    Put(item, "after", MakeString(excerpt.after));
    Put(item, "zone", MakeString(ZoneName(one.zone)));
    Put(item, "hiding", MakeString(HidingName(one.hiding)));
    evidence.items.push_back(std::move(item));
  }
  Put(node, "evidence", std::move(evidence));
  return node;
}

Node SiteJson(const Store& store, const Site& site) {
  Node node = MakeTable();
  Put(node, "id", MakeString(site.id));
  Put(node, "name", MakeString(site.name));
  Put(node, "unit", MakeString(site.unit));
  Put(node, "owner", MakeString(site.owner));
  Put(node, "phone", MakeString(site.phone));
  Put(node, "address", MakeString(site.address));
  if (const auto status = StatusOf(store, site.id); status && *status) {
    Node seen = MakeTable();
    Put(seen, "run", Number((*status)->run));
    Put(seen, "last_good_run", Number((*status)->good_run));
    Put(seen, "pages", Number((*status)->totals.pages));
    Put(seen, "failed", Number((*status)->totals.failed));
    Node gaps = MakeArray();
    for (const std::string& gap : (*status)->gaps) gaps.items.push_back(MakeString(gap));
    Put(seen, "gaps", std::move(gaps));
    Put(node, "status", std::move(seen));
  }
  if (const auto count = store.index().FindingsOf(site.id); count) {
    Node found = MakeTable();
    for (size_t i = 0; i < 4; ++i)
      Put(found, SeverityName(static_cast<Severity>(i)), Number(count->standing[i]));
    Put(found, "gone", Number(count->gone));
    Put(node, "findings", std::move(found));
  }
  return node;
}

Node RunJson(const Store& store, const Run& run) {
  Node node = MakeTable();
  Put(node, "id", Number(run.id));
  constexpr std::string_view kScopes[] = {"all", "sites", "pages"};
  Put(node, "scope", MakeString(kScopes[static_cast<size_t>(run.scope)]));
  Put(node, "started", Time(run.started));
  Put(node, "ended", Time(run.ended));
  Put(node, "sites", Number(run.totals.sites));
  Put(node, "pages", Number(run.totals.pages));
  Put(node, "failed", Number(run.totals.failed));
  if (run.ended == 0) {
    if (const auto done = store.index().CountDone(run.id); done)
      Put(node, "sites_done", Number(*done));
  }
  return node;
}

Reply List(Node items, std::string_view name, const Place& next) {
  Node node = MakeTable();
  Put(node, name, std::move(items));
  Put(node, "next", next.empty() ? Node() : MakeString(TextOfPlace(next)));
  return JsonReply(node);
}

}  // namespace

Reply ApiIncidents(Visit& visit) {
  IncidentQuery query{.state = std::string(visit.request.Query("state")),
                      .baseline = visit.request.Query("baseline") == "1",
                      .severity = SeverityByName(visit.request.Query("severity")),
                      .kind = std::string(visit.request.Query("kind")),
                      .site = std::string(visit.request.Query("site"))};
  if (query.state.empty()) query.state = "new";
  if (!query.site.empty()) query.kind.clear();
  Node items = MakeArray();
  Place last, next;
  const Status read = visit.desk.store().index().EachIncident(
      query, Direction::kForward, PlaceOfText(visit.request.Query("after")),
      [&](const Place& place, const IncidentRow& row) {
        if (items.items.size() == kRows) {
          next = last;
          return false;
        }
        items.items.push_back(IncidentJson(row));
        last = place;
        return true;
      });
  return read ? List(std::move(items), "incidents", next) : Problem(visit, read.error());
}

Reply ApiIncident(Visit& visit) {
  const Index& index = visit.desk.store().index();
  const Result<IncidentRow> row = index.IncidentById(visit.request.parts.at(0));
  if (!row) return Problem(visit, row.error());
  Node node = IncidentJson(*row);
  Node findings = MakeArray();
  Place last, next;
  const Status read = index.EachMember(row->incident.id, PlaceOfText(visit.request.Query("after")),
                                       [&](const Place& place, const StoredFinding& finding) {
                                         if (findings.items.size() == kRows) {
                                           next = last;
                                           return false;
                                         }
                                         findings.items.push_back(StoredJson(finding));
                                         last = place;
                                         return true;
                                       });
  if (!read) return Problem(visit, read.error());
  Put(node, "findings", std::move(findings));
  Put(node, "next", next.empty() ? Node() : MakeString(TextOfPlace(next)));
  return JsonReply(node);
}

// {"verdict": "violation", "reason": "...", "version": 3}
Reply ApiJudge(Visit& visit) {
  const Result<Node> asked = ParseJson(visit.request.body, "request");
  if (!asked) return Problem(visit, asked.error());
  const Node* verdict = asked->Find("verdict");
  const Node* reason = asked->Find("reason");
  const Node* version = asked->Find("version");
  const std::optional<CaseDeed> deed =
      verdict != nullptr ? CaseDeedByName("verdict:" + verdict->string) : std::nullopt;
  if (!deed) return Problem(visit, 400, Say(visit, "incident.no-verdict"));
  if (version == nullptr || !version->is(Node::Type::kInteger) || version->integer < 0)
    return Problem(visit, 400, Say(visit, "incident.no-version"));
  const CaseOrder order{.incident = visit.request.parts.at(0),
                        .version = static_cast<uint64_t>(version->integer),
                        .by = visit.who(),
                        .as = PartyOf(visit),
                        .reason = reason != nullptr ? std::string(Trim(reason->string)) : ""};
  const Status judged = visit.desk.Change([&](Store& store) -> Status {
    const Result<Incident> incident =
        store.casework().Judge(order, *deed, *visit.desk.policy(), visit.desk.clock().Now());
    return incident ? Ok() : Status(incident.error());
  });
  return judged ? ApiIncident(visit) : Problem(visit, judged.error());
}

Reply ApiSites(Visit& visit) {
  const Store& store = visit.desk.store();
  Node items = MakeArray();
  Place last, next;
  const Status read =
      store.index().EachSite(Direction::kForward, PlaceOfText(visit.request.Query("after")),
                             [&](const Place& place, const Site& site) {
                               if (items.items.size() == kRows) {
                                 next = last;
                                 return false;
                               }
                               items.items.push_back(SiteJson(store, site));
                               last = place;
                               return true;
                             });
  return read ? List(std::move(items), "sites", next) : Problem(visit, read.error());
}

Reply ApiSite(Visit& visit) {
  const Store& store = visit.desk.store();
  const auto site = store.index().SiteOf(visit.request.parts.at(0));
  if (!site) return Problem(visit, site.error());
  if (!*site) return Problem(visit, 404, Say(visit, "site.none"));
  return JsonReply(SiteJson(store, **site));
}

Reply ApiFindings(Visit& visit) {
  const std::string site(visit.request.Query("site"));
  Node items = MakeArray();
  Place last, next;
  const Status read = visit.desk.store().index().EachFinding(
      site, Direction::kForward, PlaceOfText(visit.request.Query("after")),
      [&](const Place& place, const StoredFinding& finding) {
        if (items.items.size() == kRows) {
          next = last;
          return false;
        }
        items.items.push_back(StoredJson(finding));
        last = place;
        return true;
      });
  return read ? List(std::move(items), "findings", next) : Problem(visit, read.error());
}

Reply ApiRuns(Visit& visit) {
  const Store& store = visit.desk.store();
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return Problem(visit, runs.error());
  Node items = MakeArray();
  for (auto run = runs->rbegin(); run != runs->rend() && items.items.size() < kRows; ++run)
    items.items.push_back(RunJson(store, *run));
  return List(std::move(items), "runs", {});
}

Reply ApiRun(Visit& visit) {
  const Store& store = visit.desk.store();
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return Problem(visit, runs.error());
  for (const Run& run : *runs) {
    if (std::to_string(run.id) == visit.request.parts.at(0)) return JsonReply(RunJson(store, run));
  }
  return Problem(visit, 404, Say(visit, "run.none"));
}

Reply ApiSearch(Visit& visit) {
  const SearchQuery query{.words = std::string(Trim(visit.request.Query("q"))),
                          .site = std::string(visit.request.Query("site")),
                          .from_finding = PlaceOfText(visit.request.Query("findings"))};
  if (query.words.size() > limits::kSearchWordsBytesMax)
    return Problem(visit, 400, Say(visit, "search.too-long"));
  const Result<SearchResult> found =
      query.words.empty() ? SearchResult() : Search(visit.desk.store(), query);
  if (!found) return Problem(visit, found.error());
  Node node = MakeTable();
  Node sites = MakeArray(), findings = MakeArray(), texts = MakeArray();
  for (const Site& site : found->sites) sites.items.push_back(SiteJson(visit.desk.store(), site));
  for (const StoredFinding& finding : found->findings)
    findings.items.push_back(StoredJson(finding));
  for (const SearchResult::Text& text : found->texts) {
    Node item = MakeTable();
    Put(item, "url", Text(text.url));
    Put(item, "title", Text(text.title));
    texts.items.push_back(std::move(item));
  }
  Put(node, "sites", std::move(sites));
  Put(node, "findings", std::move(findings));
  Put(node, "texts", std::move(texts));
  Put(node, "texts_read", Number(found->texts_read));
  Put(node, "stopped", MakeBool(found->findings_stopped || found->texts_stopped));
  Put(node, "next",
      found->findings_stopped ? MakeString(TextOfPlace(found->last_finding)) : Node());
  return JsonReply(node);
}

}  // namespace xuncha
