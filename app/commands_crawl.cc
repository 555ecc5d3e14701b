// crawl: a run over the registered sites, from the first permit to the report.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "app/commands.h"
#include "app/coverage.h"
#include "app/keeping.h"
#include "app/purging.h"
#include "app/run_output.h"
#include "app/telling.h"
#include "base/text.h"
#include "crawler/audit.h"
#include "crawler/registry.h"
#include "reports/page_line.h"
#include "reports/summary.h"

namespace xuncha {
namespace {

constexpr Millis kLogEvery = 60'000;  // a plain log line, where there is no terminal

std::string Span(Millis time) {
  const int64_t seconds = time / 1000;
  if (seconds >= 3600) return fmt::format("{} 小时 {} 分", seconds / 3600, seconds / 60 % 60);
  if (seconds >= 60) return fmt::format("{} 分 {} 秒", seconds / 60, seconds % 60);
  return fmt::format("{} 秒", seconds);
}

std::string ProgressText(const Progress& progress) {
  const uint64_t(&findings)[4] = progress.totals.findings;
  return fmt::format(
      "网站 {}/{} · 页面 {} · {:.1f} 页/秒 · 发现 {} · 失败 {} · {}", progress.sites_done,
      progress.sites, progress.totals.pages, progress.pages_per_second,
      findings[1] + findings[2] + findings[3], progress.totals.failed,
      progress.left > 0 ? "约剩 " + Span(progress.left) : "用时 " + Span(progress.elapsed));
}

// One line on a terminal that is written over; elsewhere a log line a minute.
class ProgressLine {
 public:
  explicit ProgressLine(const Session& session) : session_(session) {}
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const Progress& progress) {
    if (session_.quiet()) return;
    if (session_.terminal()) {
      fmt::print(stderr, "\r\x1b[K{}", ProgressText(progress));
      std::fflush(stderr);
      shown_ = true;
    } else if (progress.elapsed >= next_) {
      fmt::print(stderr, "{} {}\n", FormatTime(session_.clock().Now()), ProgressText(progress));
      next_ = progress.elapsed + kLogEvery;
    }
  }
  void Clear() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
    shown_ = false;
  }

 private:
  const Session& session_;
  Millis next_ = kLogEvery;
  bool shown_ = false;
};

// Sites that another process has in hand, of which the documents know nothing.
std::string LeftAlone(const AuditReport& ran) {
  std::vector<std::string> ids;
  for (const NightReport& night : ran.sites) {
    if (night.ending == Ending::kLease) ids.push_back(Neutralise(night.site));
  }
  return ids.empty() ? "" : "正由另一巡查程序处理，本次未检查：" + Join(ids, "、");
}

Status SealNight(const Session& session, Store& store, const Config& config) {
  const Result<SigningKey> key = InstallationKey(session, store);
  if (!key) return key.error();
  const Result<Checkpoint> sealed = SealChain(session, store, config, *key);
  return sealed ? Ok() : Status(sealed.error());
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
  const Result<std::unique_ptr<Engine>> engine = session.BuildEngine(*config);
  if (!engine) return session.Fail(engine.error());

  const Registry registry(std::move(*sites));
  ProgressLine line(session);
  Audit::Options options;
  options.workers = config->workers;
  options.frontier.only = arguments.All("--site");
  options.frontier.budget = config->budget;
  options.fetch.user_agent = config->user_agent;
  options.fetch.resolve = config->resolve;
  options.fetch.ca_bundle = config->ca_bundle;
  options.fetch.inflight_max = config->inflight;
  options.frontier.per_address = config->per_address;
  options.frontier.views = config->views;
  options.frontier.view_turns = {.lists = config->list_views_every, .others = config->views_every};
  options.outbound.enabled = config->outbound;
  // Strangers have signed no letter: five times the pause.
  options.outbound.delay = 5 * config->budget.delay_min;
  options.outbound.per_run = config->outbound_hosts;
  options.outbound.per_site = config->outbound_per_site;
  options.stop = &session.stop();
  options.progress = [&](const Progress& progress) { line.Show(progress); };
  const Audit::Parts parts = {**store, registry, (*engine)->stages(), session.clock()};
  Result<std::unique_ptr<Audit>> audit = Audit::Create(parts, std::move(options));
  if (!audit) return session.Fail(audit.error());
  const Result<AuditReport> ran = (*audit)->Run();
  line.Clear();
  if (!ran) return session.Fail(ran.error());

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
  Status sealed = PurgeWhenDue(session, **store, *config);
  if (sealed) sealed = SealNight(session, **store, *config);
  if (sealed) TellAfterRun(session, **store, *config);
  if (sealed) return code;
  // The night stands; only its signature, or the purge behind it, is missing.
  session.Fail(sealed.error());
  return code == kClean ? static_cast<int>(kPartial) : code;
}

}  // namespace xuncha
