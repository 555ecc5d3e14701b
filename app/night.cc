// SPDX-License-Identifier: Apache-2.0
#include "app/night.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "app/keeping.h"
#include "app/purging.h"
#include "app/rechecking.h"
#include "app/telling.h"
#include "crawler/name_check.h"
#include "crawler/registry.h"

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
      Session::Show(fmt::format("\r\x1b[K{}", ProgressText(progress)));
      shown_ = true;
    } else if (progress.elapsed >= next_) {
      Session::Show(
          fmt::format("{} {}\n", FormatTime(session_.clock().Now()), ProgressText(progress)));
      next_ = progress.elapsed + kLogEvery;
    }
  }
  void Clear() {
    if (shown_) Session::Show("\r\x1b[K");
    shown_ = false;
  }

 private:
  const Session& session_;
  Millis next_ = kLogEvery;
  bool shown_ = false;
};

}  // namespace

Result<AuditReport> CrawlTonight(NightOrder night) {
  const Config& config = night.config;
  const Registry registry(std::move(night.sites));
  ProgressLine line(night.session);
  Audit::Options options;
  options.workers = config.workers;
  options.frontier.only = std::move(night.only);
  options.frontier.budget = config.budget;
  options.fetch.user_agent = config.user_agent;
  options.fetch.resolve = config.resolve;
  options.fetch.ask_host = AskNameServersOf;
  options.fetch.ca_bundle = config.ca_bundle;
  options.fetch.inflight_max = config.inflight;
  options.frontier.per_address = config.per_address;
  options.frontier.views = config.views;
  options.frontier.view_turns = {.lists = config.list_views_every, .others = config.views_every};
  options.outbound.enabled = config.outbound;
  // Strangers have signed no letter: five times the pause.
  options.outbound.delay = 5 * config.budget.delay_min;
  options.outbound.per_run = config.outbound_hosts;
  options.outbound.per_site = config.outbound_per_site;
  options.outbound.ask_name = AskServers(config.name_servers);
  if (!night.named.empty()) {
    options.frontier.named = std::move(night.named);
    options.frontier.view_turns = {.lists = 1, .others = 1};
    options.outbound.enabled = false;
  }
  const bool whole = options.frontier.named.empty();
  options.stop = &night.session.stop();
  options.progress = [&](const Progress& progress) { line.Show(progress); };
  options.turn = std::move(night.turn);
  const Audit::Parts parts = {night.store, registry, night.engine.stages(), night.session.clock()};
  Result<std::unique_ptr<Audit>> audit = Audit::Create(parts, std::move(options));
  if (!audit) return audit.error();
  Result<AuditReport> ran = (*audit)->Run();
  if (ran && !ran->interrupted && whole) RecordDueRechecks(night.session, night.store, ran->run.id);
  return ran;
}

Status SealNight(const Session& session, Store& store, const Config& config,
                 const std::function<void()>& turn) {
  const Result<SigningKey> key = InstallationKey(session, store);
  if (!key) return key.error();
  const Result<Checkpoint> sealed = SealChain(session, store, config, *key, turn);
  return sealed ? Ok() : Status(sealed.error());
}

Status KeepNight(const Session& session, Store& store, const Config& config,
                 const std::function<void()>& turn) {
  // What fails in one does not keep the others from being done.
  const Status purged = PurgeWhenDue(session, store, config);
  const Status sealed = SealNight(session, store, config, turn);
  if (!purged && !sealed) session.Fail(purged.error());
  return sealed ? purged : sealed;
}

Status CloseNight(const Session& session, Store& store, const Config& config) {
  Status kept = KeepNight(session, store, config);
  TellAfterRun(session, store, config);
  return kept;
}

}  // namespace xuncha
