// Runs: the list, and one with how each site of it went.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "crawler/night_report.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kRuns = 60, kSites = 50;
constexpr size_t kWalkedMax = 2'000;  // sites looked at for one page of those with gaps

void AddTotals(const Visit& visit, Fields& row, const Run& run) {
  row.Set("ID", static_cast<int64_t>(run.id))
      .Set("HREF", "/run/" + std::to_string(run.id))
      .Set("STARTED", TimeText(run.started))
      .Set("ENDED", TimeText(run.ended))
      .Set("SITES", static_cast<int64_t>(run.totals.sites))
      .Set("PAGES", static_cast<int64_t>(run.totals.pages))
      .Set("UNCHANGED", static_cast<int64_t>(run.totals.unchanged))
      .Set("FAILED", static_cast<int64_t>(run.totals.failed))
      .Set("PARTLY", static_cast<int64_t>(run.totals.flat + run.totals.unread))
      .Set("HIGH", static_cast<int64_t>(run.totals.findings[3]))
      .Set("MEDIUM", static_cast<int64_t>(run.totals.findings[2]))
      .Set("LOW", static_cast<int64_t>(run.totals.findings[1]))
      .Set("BYTES", SizeText(run.totals.bytes));
  row.ShowIf("RUNNING", run.ended == 0).ShowIf("FINISHED", run.ended != 0);
  row.ShowIf("OF_SITES", run.scope == RunScope::kSites)
      .ShowIf("OF_PAGES", run.scope == RunScope::kPages)
      .ShowIf("READ_NOTHING", run.ended != 0 && run.totals.pages <= run.totals.failed);
  (void)visit;
}

Result<std::optional<Run>> FindRun(const Store& store, std::string_view id) {
  uint64_t number = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
  if (read.ec != std::errc() || read.ptr != id.data() + id.size()) return std::optional<Run>();
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return runs.error();
  const auto found = std::ranges::find(*runs, number, &Run::id);
  return found == runs->end() ? std::optional<Run>() : std::optional<Run>(*found);
}

}  // namespace

Reply RunsPage(Visit& visit) {
  const Result<std::vector<Run>> runs = visit.desk.store().Runs();
  if (!runs) return Problem(visit, runs.error());
  const std::string_view text = visit.request.Query("before");
  uint64_t before = UINT64_MAX;
  if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), before);
  Fields fields;
  size_t shown = 0;
  uint64_t last = 0;
  bool more = false;
  for (auto run = runs->rbegin(); run != runs->rend(); ++run) {
    if (run->id >= before) continue;
    if (shown == kRuns) {
      more = true;
      break;
    }
    ++shown;
    last = run->id;
    AddTotals(visit, fields.Add("ROW"), *run);
  }
  fields.ShowIf("EMPTY", shown == 0);
  AddPager(fields, text.empty() ? "" : "/runs",
           more ? LinkTo("/runs", {{"before", std::to_string(last)}}) : "");
  return Page(visit, "runs.tpl", "runs.title", fields);
}

Reply RunPage(Visit& visit) {
  const Store& store = visit.desk.store();
  const auto run = FindRun(store, visit.request.parts.at(0));
  if (!run) return Problem(visit, run.error());
  if (!*run) return Problem(visit, 404, Say(visit, "run.none"));
  const bool all = visit.request.Query("all") == "1";
  const Place after = PlaceOfText(visit.request.Query("after"));
  Fields fields;
  AddTotals(visit, fields, **run);
  fields.Set("RULES", (*run)->rules.hex().substr(0, 16));
  if ((*run)->ended == 0) {
    const Result<uint64_t> sites = store.index().CountSites();
    if (!sites) return Problem(visit, sites.error());
    const Result<uint64_t> done = store.index().CountDone((*run)->id);
    if (!done) return Problem(visit, done.error());
    fields.Add("PROGRESS")
        .Set("DONE", static_cast<int64_t>(*done))
        .Set("OF", static_cast<int64_t>(*sites))
        .Set("POLL", "/api/run/" + std::to_string((*run)->id));
  }
  size_t rows = 0, walked = 0, reported = 0;
  bool more = false;
  Place last;
  Status failed;
  const Status read =
      store.index().EachSite(Direction::kForward, after, [&](const Place& place, const Site& site) {
        if (rows == kSites || ++walked > kWalkedMax) return !(more = true);
        last = place;
        const auto night = ReportOf(store, (*run)->id, site.id);
        if (!night) {
          failed = night.error();
          return false;
        }
        if (!*night) return true;
        ++reported;
        const std::vector<std::string> gaps = (*night)->Gaps();
        if (!all && gaps.empty()) return true;
        ++rows;
        Fields& row = fields.Add("ROW");
        row.Set("HREF", SiteLink(site.id))
            .Set("NAME", PlainLine(site.name.empty() ? site.id : site.name))
            .Set("SITE_PAGES", static_cast<int64_t>((*night)->totals.pages))
            .Set("SITE_FAILED", static_cast<int64_t>((*night)->totals.failed));
        row.ShowIf("GOOD", gaps.empty());
        for (const std::string& gap : gaps) row.Add("GAP").Set("TEXT", PlainLine(gap));
        return true;
      });
  if (!read) return Problem(visit, read.error());
  if (!failed) return Problem(visit, failed.error());
  const std::string path = "/run/" + std::to_string((*run)->id);
  fields.Set("ALL_HREF", LinkTo(path, {{"all", "1"}})).Set("GAPS_HREF", path);
  // Of sites that are registered no more nothing is known here, good or bad.
  const bool saw_all = after.empty() && !more && (*run)->ended != 0;
  const uint64_t gone =
      saw_all ? (*run)->totals.sites - std::min<uint64_t>((*run)->totals.sites, reported) : 0;
  if (gone > 0) fields.Add("UNREGISTERED").Set("COUNT", static_cast<int64_t>(gone));
  fields.ShowIf("SHOWS_ALL", all)
      .ShowIf("SHOWS_GAPS", !all)
      .ShowIf("EMPTY", rows == 0 && !more && gone == 0);
  const std::string all_text = all ? "1" : "";
  AddPager(fields, after.empty() ? "" : LinkTo(path, {{"all", all_text}}),
           more ? LinkTo(path, {{"all", all_text}, {"after", TextOfPlace(last)}}) : "");
  return Page(visit, "run.tpl", "run.title", fields);
}

}  // namespace xuncha
