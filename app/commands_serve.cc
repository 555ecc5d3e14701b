// serve: the officers' desk and the nightly crawl in one process, the one that owns the
// store. The server's threads read; what they change waits for this thread, which
// takes it up between two looks at the clock, or in each turn of a crawl's loop.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "app/browser.h"
#include "app/case_policy.h"
#include "app/commands.h"
#include "app/coverage.h"
#include "app/night.h"
#include "app/rule_watch.h"
#include "app/run_output.h"
#include "app/telling.h"
#include "base/files.h"
#include "base/text.h"
#include "console/rule_trial.h"
#include "console/server.h"
#include "reports/summary.h"
#include "store/casework.h"

namespace xuncha {
namespace {

constexpr Millis kDay = Millis{24} * 3'600'000;
constexpr Millis kZone = Millis{8} * 3'600'000;      // Asia/Shanghai
constexpr Millis kLookEvery = 200;                   // at stop, rules and clock
constexpr Millis kRetryAfter = Millis{15} * 60'000;  // a night that failed
constexpr Millis kTellEvery = Millis{5} * 60'000;    // messages that wait, and terms that run out
constexpr Millis kSettleEvery = 5'000;
constexpr size_t kSettledAtOnce = 100;  // an entry of the chain each, with a sync
constexpr size_t kPemBytesMax = 1 << 20;

// Set by SIGHUP: the configuration is to be read again.
volatile std::sig_atomic_t g_reload = 0;  // a signal handler can reach nothing else

// The last time it was `at` o'clock, and when it will be again.
Millis LastTimeOf(Millis at, Millis now) {
  const Millis midnight = (now + kZone) / kDay * kDay - kZone;
  return midnight + at <= now ? midnight + at : midnight + at - kDay;
}

// When the nightly crawl is due, and why, if not just because it is time.
struct Coming {
  Millis at = INT64_MAX;
  std::string why;
};
Result<Coming> NextNight(const Store& store, const std::optional<Millis>& crawl_at, Millis now) {
  Coming due;
  if (!crawl_at) return due;
  const Result<std::vector<Run>> runs = store.Nights();
  if (!runs) return runs.error();
  const Millis last = LastTimeOf(*crawl_at, now);
  due.at = last + kDay;
  if (runs->empty()) return due;
  const Run& run = runs->back();
  if (run.ended == 0) {
    due = {.at = now, .why = fmt::format("第 {} 次巡查中断过，接着做", run.id)};
  } else if (run.started < last) {
    due = {.at = now, .why = fmt::format("{} 的巡查错过了，现在补做", FormatTime(last))};
  }
  return due;
}

// The desk beside its nights.
class Service {
 public:
  Service(Session& session, Config config, Store& store, OfficersDesk& desk, RuleWatch& rules,
          const Arguments& arguments)
      : session_(session),
        config_(std::move(config)),
        store_(store),
        desk_(desk),
        rules_(rules),
        arguments_(arguments) {}

  // Until the session is stopped. Fails only if the store does.
  Status Run() {
    ShowRules();
    if (Status planned = Plan(); !planned) return planned;
    while (!session_.stop()) {
      desk_.changes().Wait(kLookEvery);
      desk_.Tend();
      LookAtRules();
      SettleVerdicts();
      TellWhenTime();
      if (g_reload != 0) {
        g_reload = 0;
        if (Status planned = Reload(); !planned) return planned;
      }
      if (session_.clock().Now() < due_.at) continue;
      if (!due_.why.empty()) session_.Say(due_.why);
      const Status night = Crawl();
      if (Status planned = Plan(); !planned) return planned;
      if (night) continue;
      session_.Fail(night.error());
      // One that broke off is due again soon, one that ended when its time comes.
      due_.at = std::max(due_.at, session_.clock().Now() + kRetryAfter);
    }
    return Ok();
  }

 private:
  std::optional<Millis> CrawlAt() const {
    return ParseTimeOfDay(arguments_.Get("--crawl-at", config_.crawl_at));
  }

  Status Plan() {
    Result<Coming> due = NextNight(store_, CrawlAt(), session_.clock().Now());
    if (!due) return due.error();
    due_ = std::move(*due);
    if (due_.why.empty() && due_.at != INT64_MAX)
      session_.Say(fmt::format("下一次巡查：{}", FormatTime(due_.at)));
    return Ok();
  }

  // Officers look at the rules, and try them, as long as they like.
  void ShowRules() {
    const std::shared_ptr<const Engine> engine = rules_.engine();
    desk_.SetTrial(
        std::make_shared<const RuleTrial>(engine->rules, *engine->matcher, *engine->judge, engine));
  }

  // Verdicts that can no longer be taken back take effect.
  void SettleVerdicts() {
    const Millis now = session_.clock().Now();
    if (now / kSettleEvery == settled_) return;
    settled_ = now / kSettleEvery;
    std::vector<std::string> incidents;
    Status settled = store_.casework().EachDue(now, [&](const Due& due) {
      if (due.kind == DueKind::kVerdict) incidents.push_back(due.incident);
      return incidents.size() < kSettledAtOnce;
    });
    for (const std::string& incident : incidents) {
      if (settled) settled = store_.casework().Settle(incident, now);
    }
    if (!settled) session_.Say(fmt::format("警告：{}", settled.error().text));
  }

  // Nobody else can: who owns the store is this process.
  void TellWhenTime() {
    const Millis now = session_.clock().Monotonic();
    if (now < tell_at_) return;
    tell_at_ = now + kTellEvery;
    TellAfterRun(session_, store_, config_);
  }

  void LookAtRules() {
    switch (rules_.Poll()) {
      case RuleWatch::Event::kNone:
        break;
      case RuleWatch::Event::kInForce:
        ShowRules();
        session_.Say("规则有改动，已生效");
        break;
      case RuleWatch::Event::kRefused:
        session_.Say(fmt::format("规则有改动，但不能用；仍用原来的规则：\n{}", rules_.complaint()));
        break;
      case RuleWatch::Event::kRestored:
        session_.Say("规则已改回与在用的一致");
        break;
    }
  }

  // Only what a crawl goes by; where to listen, and who may come in, is for a restart.
  Status Reload() {
    Result<Config> config = session_.ReadConfiguration();
    if (!config) {
      session_.Say(fmt::format("配置不能用；仍用原来的：\n{}", config.error().text));
      return Ok();
    }
    config_ = std::move(*config);
    session_.Say("配置已重新读取（监听地址、证书与登录的设置要重启才生效）");
    return Plan();
  }

  Status Crawl() {
    Result<std::vector<Site>> sites = store_.Sites();
    if (!sites) return sites.error();
    // Held to the end of the night, whatever the rules become meanwhile.
    const std::shared_ptr<const Engine> engine = rules_.engine();
    session_.Say(
        fmt::format("{} 开始巡查，网站 {} 个", FormatTime(session_.clock().Now()), sites->size()));
    const Result<AuditReport> ran = CrawlTonight({.session = session_,
                                                  .store = store_,
                                                  .config = config_,
                                                  .engine = *engine,
                                                  .sites = std::move(*sites),
                                                  .turn = [this] {
                                                    desk_.Tend();
                                                    SettleVerdicts();
                                                  }});
    if (!ran) return ran.error();
    desk_.Tend();
    const Result<RunDocuments> documents =
        WriteRunDocuments(store_, ran->run, engine->rules, session_.data_dir() + "/reports");
    if (documents) {
      session_.Say(fmt::format("报告：{}", documents->html));
      const std::string gaps = GapLines(documents->report);
      if (!gaps.empty()) session_.Say(gaps.substr(0, gaps.size() - 1));
    }
    const Status reported = documents ? Ok() : Status(documents.error());
    if (ran->interrupted) {
      session_.Say("巡查已中断；再次启动时接着做");
      return reported;
    }
    desk_.Tend();
    // What was read is sealed and told, though the report could not be written.
    const Status closed = CloseNight(session_, store_, config_);
    if (!reported && !closed) session_.Fail(closed.error());
    return reported ? closed : reported;
  }

  Session& session_;
  Config config_;
  Store& store_;
  OfficersDesk& desk_;
  RuleWatch& rules_;
  const Arguments& arguments_;
  Coming due_;
  Millis tell_at_ = 0, settled_ = 0;
};

// Looked for once, when the desk starts: what cannot be drawn is said on the page.
Drawings::Draw DrawingBy(const std::optional<Browser>& browser) {
  if (!browser) return nullptr;
  return [browser = *browser](const std::string& markup, std::stop_token stop) {
    return browser.Picture(markup, std::move(stop));
  };
}

Result<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  return ReadFile(path, kPemBytesMax);
}

}  // namespace

int RunServe(Session& session, const Arguments& arguments) {
  Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  if (arguments.Has("--crawl-at") && !ParseTimeOfDay(arguments.Get("--crawl-at")))
    return session.Fail({Code::kInvalid, "--crawl-at 须为时刻，如 01:30"});
  if (config->certificate.empty() != config->certificate_key.empty())
    return session.Fail({Code::kInvalid, "[serve] certificate 与 key 须同时写"});
  const Result<std::string> certificate = ReadPem(config->certificate);
  if (!certificate) return session.Fail(certificate.error());
  const Result<std::string> key = ReadPem(config->certificate_key);
  if (!key) return session.Fail(key.error());
  Result<CasePolicy> policy = CasePolicyOf(*config, session.data_dir());
  if (!policy) return session.Fail(policy.error());
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  bool somebody = false;
  const Status read = (*store)->accounts().Each([&](const Account& account) {
    somebody = somebody || !account.disabled;
    return !somebody;
  });
  if (!read) return session.Fail(read.error());
  if (!somebody) {
    return session.Fail(
        {Code::kNotFound, "还没有账号；先运行 xuncha user add 账号 --roles administrator,officer"});
  }
  const auto rules = RuleWatch::Start(session.RuleOptions(*config), session.clock());
  if (!rules) return session.Fail(rules.error());

  struct sigaction action = {};
  action.sa_handler = [](int) { g_reload = 1; };
  ::sigaction(SIGHUP, &action, nullptr);
  auto desk = OfficersDesk::Make(**store, session.clock(),
                                 {.names = config->names,
                                  .data_directory = session.data_dir(),
                                  .policy = std::move(*policy),
                                  .tell = config->tell,
                                  .gate = {.idle = config->idle,
                                           .absolute = config->absolute,
                                           .secure = config->https || !certificate->empty(),
                                           .second_factor = config->second_factor},
                                  .draw = DrawingBy(Browser::Find()),
                                  .proxied = config->proxied});
  if (!desk) return session.Fail(desk.error());
  auto server = Server::Start({.listen = arguments.Get("--listen", config->listen),
                               .certificate = *certificate,
                               .key = *key},
                              **desk);
  if (!server) return session.Fail(server.error());
  session.Say(fmt::format("值班台：{}", (*server)->where()));
  Service service(session, std::move(*config), **store, **desk, **rules, arguments);
  const Status ran = service.Run();
  // First nobody waits for this thread any more, then this thread waits for them.
  (*desk)->changes().Close();
  server->reset();
  if (!ran) return session.Fail(ran.error());
  session.Say("值班台已关闭");
  return kClean;
}

}  // namespace xuncha
