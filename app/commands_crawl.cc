// crawl: a run over the registered sites, from the first permit to the report.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/commands.h"
#include "app/coverage.h"
#include "app/night.h"
#include "app/rechecking.h"
#include "app/run_output.h"
#include "base/text.h"
#include "reports/page_line.h"
#include "reports/summary.h"

namespace xuncha {
namespace {

// Sites that another process has in hand, of which the documents know nothing.
std::string LeftAlone(const AuditReport& ran) {
  std::vector<std::string> ids;
  for (const NightReport& night : ran.sites) {
    if (night.ending == Ending::kLease) ids.push_back(Neutralise(night.site));
  }
  return ids.empty() ? "" : "正由另一巡查程序处理，本次未检查：" + Join(ids, "、");
}

// The run has read the incident's pages and nothing else, so it leaves no report.
int EndRecheck(Session& session, Store& store, const Config& config, const std::string& incident,
               const AuditReport& ran) {
  if (ran.interrupted) {
    session.Say(fmt::format("已中断；再次运行 xuncha crawl --incident {} 从中断处继续", incident));
    return kInterrupted;
  }
  if (const std::string left_alone = LeftAlone(ran); !left_alone.empty()) {
    session.Say(left_alone);
    return kPartial;
  }
  for (const NightReport& night : ran.sites) {
    for (const std::string& note : night.notes) session.Say(Neutralise(note));
  }
  const Result<Recheck> recheck =
      store.casework().RecordRecheck(incident, ran.run.id, session.clock().Now());
  if (!recheck) return session.Fail(recheck.error());
  const int code = TellRecheck(session, *recheck);
  const Status sealed = SealNight(session, store, config);
  if (sealed) return code;
  session.Fail(sealed.error());
  return code == kClean ? static_cast<int>(kPartial) : code;
}

}  // namespace

int RunCrawl(Session& session, const Arguments& arguments) {
  Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Result<uint32_t> pages = arguments.Number("--pages", config->budget.pages);
  if (!pages) return session.Fail(pages.error());
  config->budget.pages = *pages;
  const Severity least = arguments.Has("--all") ? Severity::kHint : Severity::kLow;
  const Result<Severity> fail_on = FailOn(arguments, *config);
  if (!fail_on) return session.Fail(fail_on.error());
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  Result<std::vector<Site>> sites = (*store)->Sites();
  if (!sites) return session.Fail(sites.error());
  if (Status checked = CheckSites(*sites, arguments.All("--site")); !checked)
    return session.Fail(checked.error());
  if (arguments.Has("--pages")) {  // the word on the command line is the last one
    for (Site& site : *sites) site.budget.pages = config->budget.pages;
  }
  if (arguments.Has("--incident") && arguments.Has("--site"))
    return session.Fail({Code::kInvalid, "crawl：--incident 已定下网站，不能再写 --site"});
  const Result<std::unique_ptr<Engine>> engine = session.BuildEngine(*config);
  if (!engine) return session.Fail(engine.error());

  std::optional<RecheckAim> aim;
  if (arguments.Has("--incident")) {
    Result<RecheckAim> found = AimAtIncident(**store, arguments.Get("--incident"));
    if (!found) return session.Fail(found.error());
    aim = std::move(*found);
  }
  const Result<AuditReport> ran =
      CrawlTonight({.session = session,
                    .store = **store,
                    .config = *config,
                    .engine = **engine,
                    .sites = std::move(*sites),
                    .only = aim ? std::vector<std::string>{aim->site} : arguments.All("--site"),
                    .named = aim ? aim->urls : std::vector<std::string>()});
  if (!ran) return session.Fail(ran.error());
  if (aim) return EndRecheck(session, **store, *config, aim->incident, *ran);

  const Result<RunDocuments> documents =
      WriteRunDocuments(**store, ran->run, (*engine)->rules, session.data_dir() + "/reports");
  if (!documents) return session.Fail(documents.error());
  if (arguments.Has("--json")) {
    const Result<std::vector<Site>> all = (*store)->Sites();
    if (!all) return session.Fail(all.error());
    const Status read =
        EachPageLine(**store, (*store)->cases(), *all, ran->run.id, [&](const PageLine& page) {
          session.Out(PageLineJson(page, least) + "\n");
          return Ok();
        });
    if (!read) return session.Fail(read.error());
  } else if (!session.quiet()) {
    session.Out(SummaryTable(documents->report, session.colour() ? Paint::kAnsi : Paint::kNone));
    session.Out(fmt::format("报告：{}\n", documents->html));
  }
  const std::string gaps = GapLines(documents->report);
  if (!gaps.empty()) session.Say(gaps.substr(0, gaps.size() - 1));
  const std::string left_alone = LeftAlone(*ran);
  if (!left_alone.empty()) session.Say(left_alone);
  if (ran->interrupted) {
    session.Say("已中断；再次运行 xuncha crawl 从中断处继续");
    return kInterrupted;
  }
  int code = ExitCodeOf(documents->report, *fail_on);
  if (code == kClean && !left_alone.empty()) code = kPartial;
  const Status sealed = CloseNight(session, **store, *config);
  if (sealed) return code;
  // The night stands; only its signature, or the purge behind it, is missing.
  session.Fail(sealed.error());
  return code == kClean ? static_cast<int>(kPartial) : code;
}

}  // namespace xuncha
