// Sites: the list with how each stands, and one with its record, its history, what can
// be reached of it, what was found over time.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "crawler/night_report.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kSites = 50, kFindings = 50;
constexpr size_t kNights = 30;        // in the chart and the table of nights
constexpr size_t kWalkedMax = 2'000;  // sites looked at for one page of a filtered list

void AddStatus(const Visit& visit, Fields& row, const std::optional<SiteStatus>& status,
               const std::map<uint64_t, Millis>& times) {
  const auto time_of = [&](uint64_t run) {
    const auto time = times.find(run);
    return time == times.end() ? std::string() : DateText(time->second);
  };
  if (!status) {
    row.Add("NEVER");
    return;
  }
  row.Set("RUN", static_cast<int64_t>(status->run))
      .Set("RUN_DATE", time_of(status->run))
      .Set("PAGES", static_cast<int64_t>(status->totals.pages))
      .Set("FAILED", static_cast<int64_t>(status->totals.failed))
      .Set("PARTLY", static_cast<int64_t>(status->totals.flat + status->totals.unread));
  if (status->good()) row.Add("GOOD");
  if (status->good_run != 0) row.Add("LAST_GOOD").Set("DATE", time_of(status->good_run));
  if (!status->gaps.empty()) {
    Fields& gaps = row.Add("HAS_GAPS");
    for (const std::string& gap : status->gaps) gaps.Add("GAP").Set("TEXT", PlainLine(gap));
  }
  (void)visit;
}

Result<std::map<uint64_t, Millis>> TimesOfRuns(const Store& store) {
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return runs.error();
  std::map<uint64_t, Millis> times;
  for (const Run& run : *runs) times[run.id] = run.started;
  return times;
}

void AddCounts(Fields& row, const FindingCount& count) {
  row.Set("HIGH", static_cast<int64_t>(count.standing[3]))
      .Set("MEDIUM", static_cast<int64_t>(count.standing[2]))
      .Set("LOW", static_cast<int64_t>(count.standing[1]));
  row.ShowIf("ANY_FOUND", count.standing[3] + count.standing[2] + count.standing[1] > 0);
  row.ShowIf("NONE_FOUND", count.standing[3] + count.standing[2] + count.standing[1] == 0);
}

bool Fits(const Site& site, std::string_view words) {
  if (words.empty()) return true;
  for (const std::string_view part :
       {std::string_view(site.id), std::string_view(site.name), std::string_view(site.unit),
        std::string_view(site.address), std::string_view(site.owner)}) {
    if (ContainsIgnoreCase(part, words)) return true;
  }
  return false;
}

}  // namespace

Reply SitesPage(Visit& visit) {
  const Store& store = visit.desk.store();
  const std::string words(Trim(visit.request.Query("q")));
  const bool only_gaps = visit.request.Query("gaps") == "1";
  const Place after = PlaceOfText(visit.request.Query("after"));
  const Place before = PlaceOfText(visit.request.Query("before"));
  const bool back = !before.empty();
  const bool one_unit = !visit.May(kInside);
  const auto times = TimesOfRuns(store);
  if (!times) return Problem(visit, times.error());
  struct Row {
    Place place;
    Site site;
    std::optional<SiteStatus> status;
  };
  std::vector<Row> rows;
  bool more = false, stopped = false;
  size_t walked = 0;
  Place last;
  Status failed;
  const Status read = store.index().EachSite(
      back ? Direction::kBackward : Direction::kForward, back ? before : after,
      [&](const Place& place, const Site& site) {
        // A unit's reviewer walks all sites: there are few such readers, and one list.
        if (++walked > kWalkedMax && !one_unit) return !(stopped = true);
        last = place;
        if (one_unit && (visit.account->unit.empty() || site.unit != visit.account->unit))
          return true;
        if (!Fits(site, words)) return true;
        const auto status = StatusOf(store, site.id);
        if (!status) {
          failed = status.error();
          return false;
        }
        if (only_gaps && *status && (*status)->good()) return true;
        more = rows.size() == kSites;
        if (!more) rows.push_back({place, site, *status});
        return !more;
      });
  if (!read) return Problem(visit, read.error());
  if (!failed) return Problem(visit, failed.error());
  if (back) std::ranges::reverse(rows);
  Fields fields;
  fields.Set("WORDS", words);
  fields.ShowIf("ONLY_GAPS", only_gaps).ShowIf("EMPTY", rows.empty()).ShowIf("STOPPED", stopped);
  for (const Row& row : rows) {
    Fields& shown = fields.Add("ROW");
    shown.Set("HREF", SiteLink(row.site.id))
        .Set("ID", PlainLine(row.site.id))
        .Set("NAME", PlainLine(row.site.name.empty() ? row.site.id : row.site.name))
        .Set("UNIT", PlainLine(row.site.unit));
    AddStatus(visit, shown, row.status, *times);
    const Result<FindingCount> count = store.index().FindingsOf(row.site.id);
    if (!count) return Problem(visit, count.error());
    AddCounts(shown, *count);
  }
  const std::string gaps = only_gaps ? "1" : "";
  std::string previous, next;
  if (!rows.empty() && (back ? more || stopped : !after.empty())) {
    previous = LinkTo("/sites",
                      {{"q", words}, {"gaps", gaps}, {"before", TextOfPlace(rows.front().place)}});
  }
  if (!rows.empty() && (back || more)) {
    next =
        LinkTo("/sites", {{"q", words}, {"gaps", gaps}, {"after", TextOfPlace(rows.back().place)}});
  } else if (stopped && !back) {
    next = LinkTo("/sites", {{"q", words}, {"gaps", gaps}, {"after", TextOfPlace(last)}});
  }
  AddPager(fields, previous, next);
  return Page(visit, "sites.tpl", "sites.title", fields);
}

namespace {

// What each night found and could not read, as bars; heights in a box of 100.
void AddChart(const Visit& visit, Fields& fields,
              const std::vector<std::pair<Run, NightReport>>& nights) {
  if (nights.size() < 2) return;
  uint64_t most = 1;
  const auto found = [](const NightReport& night) {
    return night.totals.findings[1] + night.totals.findings[2] + night.totals.findings[3];
  };
  for (const auto& [run, night] : nights) most = std::max(most, found(night));
  Fields& chart = fields.Add("CHART");
  chart.Set("MOST", static_cast<int64_t>(most))
      .Set("FROM", DateText(nights.front().first.started))
      .Set("TO", DateText(nights.back().first.started))
      .Set("WIDTH", static_cast<int64_t>(nights.size()) * 12);
  int64_t x = 1;
  for (const auto& [run, night] : nights) {
    const auto high = static_cast<int64_t>(night.totals.findings[3] * 90 / most);
    const auto all = static_cast<int64_t>(found(night) * 90 / most);
    Fields& bar = chart.Add("BAR");
    bar.Set("X", x)
        .Set("Y", 94 - all)
        .Set("HEIGHT", std::max<int64_t>(all, found(night) > 0 ? 2 : 0))
        .Set("HIGH_Y", 94 - high)
        .Set("HIGH_HEIGHT", std::max<int64_t>(high, night.totals.findings[3] > 0 ? 2 : 0))
        .Set("LABEL", Say(visit, "site.bar",
                          {{"DATE", DateText(run.started)},
                           {"COUNT", std::to_string(found(night))},
                           {"HIGH", std::to_string(night.totals.findings[3])}}));
    if (!night.Gaps().empty()) bar.Add("UNREAD").Set("X", x);
    x += 12;
  }
}

Status AddNights(const Visit& visit, Fields& fields, std::string_view site) {
  const Store& store = visit.desk.store();
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return runs.error();
  std::vector<std::pair<Run, NightReport>> nights;
  for (auto run = runs->rbegin(); run != runs->rend() && nights.size() < kNights; ++run) {
    auto night = ReportOf(store, run->id, site);
    if (!night) return night.error();
    if (*night) nights.emplace_back(*run, std::move(**night));
  }
  for (const auto& [run, night] : nights) {
    Fields& row = fields.Add("NIGHT");
    row.Set("HREF", "/run/" + std::to_string(run.id))
        .Set("RUN", static_cast<int64_t>(run.id))
        .Set("DATE", TimeText(run.started))
        .Set("PAGES", static_cast<int64_t>(night.totals.pages))
        .Set("FAILED", static_cast<int64_t>(night.totals.failed))
        .Set("PARTLY", static_cast<int64_t>(night.totals.flat + night.totals.unread))
        .Set("FOUND", static_cast<int64_t>(night.totals.findings[1] + night.totals.findings[2] +
                                           night.totals.findings[3]))
        .Set("ENDING", night.ending == Ending::kExhausted && !night.Gaps().empty()
                           ? Say(visit, "site.ended-with-gaps")
                           : Either(visit, EndingText(night.ending), EndingName(night.ending)));
  }
  uint64_t pages = 0, failed = 0;
  for (const auto& [run, night] : nights) {
    pages += night.totals.pages;
    failed += std::min(night.totals.pages, night.totals.failed);
  }
  if (pages > 0) {
    // Rounded down: what was not all reached is never shown as 100 %.
    const uint64_t per_mille = (pages - failed) * 1'000 / pages;
    fields.Add("AVAILABLE")
        .Set("SHARE", fmt::format("{}.{} %", per_mille / 10, per_mille % 10))
        .Set("NIGHTS", static_cast<int64_t>(nights.size()))
        .Set("REACHED", static_cast<int64_t>(pages - failed))
        .Set("PAGES", static_cast<int64_t>(pages));
  }
  std::ranges::reverse(nights);
  AddChart(visit, fields, nights);
  fields.ShowIf("HAS_NIGHTS", !nights.empty());
  return Ok();
}

void AddRecord(const Visit& visit, Fields& fields, const Site& site) {
  Fields& record = fields.Add("RECORD");
  record.Set("UNIT", PlainLine(site.unit))
      .Set("OWNER", PlainLine(site.owner))
      .Set("PHONE", PlainLine(site.phone, Identifiers::kWhole))
      .Set("ADDRESS", PlainLine(site.address))
      .Set("CLASS", SiteClassName(site.site_class));
  for (const std::string& host : site.hosts) record.Add("HOST").Set("TEXT", PlainLine(host));
  for (const std::string& path : site.path_prefixes)
    record.Add("PREFIX").Set("TEXT", PlainLine(path));
  for (const std::string& contact : site.contacts)
    record.Add("CONTACT").Set("TEXT", PlainLine(contact, Identifiers::kWhole));
  record.ShowIf("STRICT", site.strict_robots);
  (void)visit;
}

}  // namespace

Reply SitePage(Visit& visit) {
  const Store& store = visit.desk.store();
  const std::string& id = visit.request.parts.at(0);
  const Result<bool> may = MaySee(visit, id);
  if (!may) return Problem(visit, may.error());
  const auto site = store.index().SiteOf(id);
  if (!site) return Problem(visit, site.error());
  const auto incidents = store.index().IncidentsOf(id);
  if (!incidents) return Problem(visit, incidents.error());
  // A site that was taken from the register keeps what was found on it.
  if (!*may || (!*site && incidents->empty())) return Problem(visit, 404, Say(visit, "site.none"));
  Fields fields;
  fields.Set("ID", PlainLine(id))
      .Set("NAME", *site && !(*site)->name.empty() ? PlainLine((*site)->name) : PlainLine(id))
      .Set("FINDINGS_HREF", SiteLink(id) + "/findings");
  if (*site) AddRecord(visit, fields, **site);
  fields.ShowIf("UNREGISTERED", !*site);
  const auto times = TimesOfRuns(store);
  if (!times) return Problem(visit, times.error());
  const auto status = StatusOf(store, id);
  if (!status) return Problem(visit, status.error());
  AddStatus(visit, fields.Add("STATUS"), *status, *times);
  const Result<FindingCount> count = store.index().FindingsOf(id);
  if (!count) return Problem(visit, count.error());
  AddCounts(fields, *count);
  for (const IncidentRow& row : *incidents) {
    if (Status added = AddIncidentRow(visit, fields, "ROW", row); !added)
      return Problem(visit, added.error());
    const Result<CaseFile> file = store.casework().FileOf(row.incident.id);
    if (!file) return Problem(visit, file.error());
    for (const NoticeNumber& number : file->notices) {
      const Result<Notice> notice = store.casework().NoticeById(number);
      if (!notice) return Problem(visit, notice.error());
      fields.Add("NOTICE")
          .Set("PRINTED", PlainLine(notice->printed))
          .Set("KIND", Either(visit, NoticeKindText(notice->kind), NoticeKindName(notice->kind)))
          .Set("ISSUED", TimeText(notice->issued))
          .Set("DEADLINE", TimeText(notice->deadline))
          .Set("HREF", IncidentLink(row.incident.id));
    }
  }
  fields.ShowIf("HAS_ROWS", !incidents->empty()).ShowIf("NO_ROWS", incidents->empty());
  if (Status added = AddNights(visit, fields, id); !added) return Problem(visit, added.error());
  return Page(visit, "site.tpl", "site.title", fields);
}

Reply SiteFindingsPage(Visit& visit) {
  const std::string& id = visit.request.parts.at(0);
  const Result<bool> may = MaySee(visit, id);
  if (!may) return Problem(visit, may.error());
  if (!*may) return Problem(visit, 404, Say(visit, "site.none"));
  const Place after = PlaceOfText(visit.request.Query("after"));
  const Place before = PlaceOfText(visit.request.Query("before"));
  const bool back = !before.empty();
  std::vector<std::pair<Place, StoredFinding>> rows;
  bool more = false;
  const Status read = visit.desk.store().index().EachFinding(
      id, back ? Direction::kBackward : Direction::kForward, back ? before : after,
      [&](const Place& place, const StoredFinding& finding) {
        more = rows.size() == kFindings;
        if (!more) rows.emplace_back(place, finding);
        return !more;
      });
  if (!read) return Problem(visit, read.error());
  if (back) std::ranges::reverse(rows);
  Fields fields;
  fields.Set("ID", PlainLine(id)).Set("SITE_HREF", SiteLink(id));
  fields.ShowIf("EMPTY", rows.empty());
  for (const auto& [place, finding] : rows) {
    Fields& row = fields.Add("ROW");
    row.Set("URL", PlainLine(finding.url))
        .Set("TITLE", PlainLine(finding.title))
        .Set("KIND", KindWord(visit, finding.finding.kind))
        .Set("SEVERITY", SeverityName(finding.finding.severity))
        .Set("SEVERITY_TEXT", SeverityWord(visit, finding.finding.severity))
        .Set("FIRST", DateText(finding.first_seen))
        .Set("LAST", DateText(finding.last_seen))
        .Set("BECAUSE", PlainLine(finding.finding.because));
    row.ShowIf("IS_GONE", !finding.standing);
    // Hints open no incident.
    if (finding.finding.severity > Severity::kHint)
      row.Add("CASE").Set("HREF",
                          LinkTo(IncidentLink(StableId({finding.site, finding.finding.kind})),
                                 {{"finding", finding.finding.id}}));
  }
  const std::string path = SiteLink(id) + "/findings";
  std::string previous, next;
  if (!rows.empty() && (back ? more : !after.empty()))
    previous = LinkTo(path, {{"before", TextOfPlace(rows.front().first)}});
  if (!rows.empty() && (back || more))
    next = LinkTo(path, {{"after", TextOfPlace(rows.back().first)}});
  AddPager(fields, previous, next);
  return Page(visit, "findings.tpl", "findings.title", fields);
}

}  // namespace xuncha
