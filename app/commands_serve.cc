// serve: the officers' desk and the nightly crawl in one process, the one that owns the
// store. The server's threads read; what they change waits for this thread, which
// takes it up between two looks at the clock, or in each turn of a crawl's loop.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "app/case_policy.h"
#include "app/commands.h"
#include "app/coverage.h"
#include "app/daily.h"
#include "app/drawer.h"
#include "app/next_night.h"
#include "app/night.h"
#include "app/rule_watch.h"
#include "app/run_output.h"
#include "app/supervisor.h"
#include "app/telling.h"
#include "base/day.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/url.h"
#include "console/certificate.h"
#include "console/provider.h"
#include "console/rule_trial.h"
#include "console/server.h"
#include "reports/courier.h"
#include "reports/summary.h"
#include "reports/teller.h"
#include "store/casework.h"

namespace xuncha {
namespace {

constexpr Millis kLookEvery = 200;            // at stop, rules and clock
constexpr Millis kRetryAfter = 15 * kMinute;  // a night that failed
constexpr Millis kSettleEvery = 5'000;
constexpr size_t kSettledAtOnce = 100;   // an entry of the chain each, with a sync
constexpr Millis kLongWork = 6 * kHour;  // a purge of a large store, beside nothing else
constexpr std::string_view kProgramName = "xuncha";  // who stands in the record of its own deeds

// Set by SIGHUP: the configuration is to be read again.
volatile std::sig_atomic_t g_reload = 0;  // a signal handler can reach nothing else

// The desk beside its nights.
class Service {
 public:
  Service(Session& session, Config config, CasePolicy policy, Store& store, OfficersDesk& desk,
          RuleWatch& rules, Supervisor& supervisor, const Arguments& arguments)
      : session_(session),
        config_(std::move(config)),
        policy_(std::move(policy)),
        store_(store),
        desk_(desk),
        rules_(rules),
        supervisor_(supervisor),
        arguments_(arguments),
        courier_(limits::kMessageMillisMax),
        telling_({store, config_.tell, session.clock(), courier_, SecretsDirectory(session)}),
        daily_(ParseTimeOfDay(config_.remind_at)) {}

  // Until the session is stopped. Fails only if the store does.
  Status Run() {
    ShowRules();
    if (Status planned = Plan(); !planned) return planned;
    while (!session_.stop()) {
      desk_.changes().Wait(kLookEvery);
      Tend();
      LookAtRules();
      if (g_reload != 0) {
        g_reload = 0;
        if (Status planned = Reload(); !planned) return planned;
      }
      const bool now = session_.clock().Now() >= due_.at;
      // A night that stands open goes first: with another run behind it, it would never end.
      if (!now || !due_.open) DoTheDay();
      if (!now) continue;
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
    Result<NextNight> due =
        NextNightOf(store_, CrawlAt(), rules_.engine()->rules.digest, session_.clock().Now());
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

  // What is to be done all the time, also in each turn of a crawl's loop. Waits for nobody.
  void Tend() {
    supervisor_.Alive();
    desk_.Tend();
    SettleVerdicts();
    if (const Status told = telling_.Tend(); !told)
      session_.Say(fmt::format("警告：消息没有发出：{}", Neutralise(told.error().text)));
    for (const std::string& error : telling_.TakeErrors()) session_.Say("警告：" + error);
  }

  // Pages first: an owner who has put them right is not reminded.
  void DoTheDay() {
    if (!daily_.Take(policy_, config_.tell, session_.clock().Now())) return;
    if (const Status rechecked = Recheck(); !rechecked) session_.Fail(rechecked.error());
    if (session_.stop()) return;
    const Millis now = session_.clock().Now();
    if (!daily_.Goes(policy_, config_.tell, now)) {
      session_.Say("复查做到了免打扰的时间或休息日；催办留到下一个工作日");
      return;
    }
    const Result<DayDone> done = DoDay({.store = store_,
                                        .policy = policy_,
                                        .tell = config_.tell,
                                        .by = std::string(kProgramName),
                                        .now = now});
    if (!done) {
      session_.Fail(done.error());
      return;
    }
    for (const IssuedNotice& issued : done->reminders) {
      session_.Say(fmt::format("已催办 {}：{}，第 {} 次", issued.notice.incident,
                               issued.notice.printed, issued.notice.ordinal));
    }
    for (const std::string& failed : done->failed) session_.Say("警告：没有做成：" + failed);
    for (const std::string& untold : done->untold) session_.Say("警告：" + untold);
  }

  // Of all incidents whose re-check is due, in one run. Not while a night stands open that
  // could not be gone on with: it does them with its sites.
  Status Recheck() {
    if (due_.open) return Ok();
    Result<DueRechecks> due = RechecksDue(store_, session_.clock().Now());
    if (!due) return due.error();
    for (const std::string& left : due->left) session_.Say("警告：" + left);
    if (due->incidents.empty()) return Ok();
    Result<std::vector<Site>> sites = store_.Sites();
    if (!sites) return sites.error();
    const std::shared_ptr<const Engine> engine = rules_.engine();
    session_.Say(
        fmt::format("到期复查：{} 个事件，{} 个网址", due->incidents.size(), due->urls.size()));
    const Result<AuditReport> ran = CrawlTonight({.session = session_,
                                                  .store = store_,
                                                  .config = config_,
                                                  .engine = *engine,
                                                  .sites = std::move(*sites),
                                                  .only = std::move(due->sites),
                                                  .named = std::move(due->urls),
                                                  .turn = [this] { Tend(); }});
    if (!ran) return ran.error();
    if (ran->interrupted) return Ok();
    for (const std::string& incident : due->incidents) {
      const Result<xuncha::Recheck> recheck =
          store_.casework().RecordRecheck(incident, ran->run.id, session_.clock().Now());
      session_.Say(
          recheck ? fmt::format("到期复查 {}：{}", incident, RecheckOutcomeText(recheck->outcome))
                  : "警告：" + recheck.error().text);
    }
    const Supervisor::Patience patience(supervisor_, kLongWork);
    return SealNight(session_, store_, config_, [this] { Tend(); });
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

  // What crawls, casework and messages go by; where to listen, and who may come in, is for a
  // restart.
  Status Reload() {
    Result<Config> config = session_.ReadConfiguration();
    if (!config) {
      session_.Say(fmt::format("配置不能用；仍用原来的：\n{}", config.error().text));
      return Ok();
    }
    Result<CasePolicy> policy = CasePolicyOf(*config, session_.data_dir());
    if (!policy) {
      session_.Say(fmt::format("配置不能用；仍用原来的：\n{}", policy.error().text));
      return Ok();
    }
    if (config->remind_at != config_.remind_at)
      daily_ = DailyHour(ParseTimeOfDay(config->remind_at));
    config_ = std::move(*config);  // in its place: what was told of it goes on
    policy_ = std::move(*policy);
    desk_.SetPolicies(policy_, config_.tell);
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
                                                  .turn = [this] { Tend(); }});
    if (!ran) return ran.error();
    Tend();
    const Supervisor::Patience patience(supervisor_, kLongWork);
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
    Tend();
    // What was read is sealed and told, though the report could not be written.
    const Status kept = KeepNight(session_, store_, config_, [this] { Tend(); });
    if (!reported && !kept) session_.Fail(kept.error());
    return reported ? kept : reported;
  }

  Session& session_;
  Config config_;
  CasePolicy policy_;
  Store& store_;
  OfficersDesk& desk_;
  RuleWatch& rules_;
  Supervisor& supervisor_;
  const Arguments& arguments_;
  CurlCourier courier_;
  TellingBeside telling_;
  DailyHour daily_;
  NextNight due_;
  Millis settled_ = 0;
};

// Looked for once, when the desk starts: what cannot be drawn is said on the page.
Drawings::Draw DrawingBy(Drawer drawer) {
  if (!drawer) return nullptr;
  return [drawer = std::move(drawer)](const std::string& markup, const std::stop_token& stop) {
    return drawer(DrawKind::kPicture, markup, stop);
  };
}

// With its secret. Nothing if nobody signs in that way.
Result<std::unique_ptr<Provider>> MakeProvider(const Session& session, const Config& config) {
  if (config.provider.issuer.empty()) return std::unique_ptr<Provider>();
  Provider::Options options = config.provider;
  const Result<Url> desk = Url::Parse(options.desk);
  const std::string host(desk ? desk->host() : "");
  const bool known = host == "localhost" || host == "127.0.0.1" || host == "[::1]" ||
                     std::ranges::any_of(config.names, [&](const std::string& name) {
                       return EqualsIgnoreCase(name, host);
                     });
  if (!known)
    return Error{Code::kInvalid,
                 fmt::format("[oidc] redirect 的域名 {} 不在 [serve] names 里；身份提供方送人回来时"
                             "打不开",
                             Neutralise(host))};
  if (!config.provider_secret_file.empty()) {
    const Result<std::string> text =
        ReadSecretText(config.provider_secret_file, SecretsDirectory(session));
    if (!text)
      return Error{text.error().code, fmt::format("[oidc] secret_file：{}", text.error().text)};
    // The parser's words would quote the file.
    const Result<Node> root = ParseToml(*text, "secret");
    const Node* secret = root ? root->Find("secret") : nullptr;
    if (secret == nullptr || !secret->is(Node::Type::kString) || secret->string.empty())
      return Error{Code::kInvalid, fmt::format("[oidc] secret_file：{}：须写 secret = \"…\"",
                                               Neutralise(config.provider_secret_file))};
    options.client_secret = secret->string;
  }
  return std::make_unique<Provider>(std::move(options), session.clock());
}

}  // namespace

int RunServe(Session& session, const Arguments& arguments) {
  Supervisor supervisor(Supervisor::FromEnvironment(), session.clock());
  Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  if (arguments.Has("--crawl-at") && !ParseTimeOfDay(arguments.Get("--crawl-at")))
    return session.Fail({Code::kInvalid, "--crawl-at 须为时刻，如 01:30"});
  if (config->certificate.empty() != config->certificate_key.empty())
    return session.Fail({Code::kInvalid, "[serve] certificate 与 key 须同时写"});
  Result<TlsFiles> tls = TlsFiles();
  if (!config->certificate.empty()) {
    tls = ReadTlsFiles(config->certificate, config->certificate_key);
    if (!tls) return session.Fail(tls.error());
    if (const std::string warning = TlsWarning(*tls, session.clock().Now()); !warning.empty())
      session.Say("警告：" + warning);
  }
  const Result<std::unique_ptr<Provider>> provider = MakeProvider(session, *config);
  if (!provider) return session.Fail(provider.error());
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
                                  .policy = *policy,
                                  .tell = config->tell,
                                  .gate = {.idle = config->idle,
                                           .absolute = config->absolute,
                                           .secure = config->https || !tls->certificate.empty(),
                                           .second_factor = config->second_factor},
                                  .draw = DrawingBy(DrawerAt(config->draw_socket)),
                                  .proxied = config->proxied,
                                  .provider = provider->get()});
  if (!desk) return session.Fail(desk.error());
  auto server = Server::Start({.listen = arguments.Get("--listen", config->listen),
                               .certificate = tls->certificate,
                               .key = tls->key},
                              **desk);
  if (!server) return session.Fail(server.error());
  session.Say(fmt::format("值班台：{}", (*server)->where()));
  Service service(session, std::move(*config), std::move(*policy), **store, **desk, **rules,
                  supervisor, arguments);
  supervisor.Ready(fmt::format("值班台：{}", (*server)->where()));
  const Status ran = service.Run();
  supervisor.Stopping();
  // First nobody waits for this thread any more, then this thread waits for them.
  (*desk)->changes().Close();
  server->reset();
  if (!ran) return session.Fail(ran.error());
  session.Say("值班台已关闭");
  return kClean;
}

}  // namespace xuncha
