// How the installation has been doing: what the store, its backups and its messages tell.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/doctor.h"
#include "app/growth.h"
#include "app/keeping.h"
#include "app/purging.h"
#include "app/telling.h"
#include "base/day.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "reports/courier.h"
#include "reports/mail.h"
#include "store/backup.h"
#include "store/deliveries.h"

namespace xuncha {
namespace {

constexpr Millis kBackupAgeGood = 8 * kDay, kBackupAgeMax = 31 * kDay;
constexpr Millis kVerifyAgeMax = 92 * kDay;  // each quarter
constexpr Millis kPurgeGrace = 7 * kDay;
constexpr Millis kRunEvery = kDay + kDay / 12;  // where the configuration does not say
constexpr size_t kNamed = 10;                   // sites in one line
constexpr size_t kRunsLookedAt = 60;
constexpr uint32_t kFailuresMax = 3;  // of a channel, one behind the other

Checkup Skew(const Store& store, Millis now) {
  Checkup checkup{.name = "clock", .title = "时钟"};
  const auto tail = [&store]() -> Result<std::optional<AuditEntry>> {
    const Result<uint64_t> size = store.audit().Size();
    if (!size) return size.error();
    if (*size == 0) return std::optional<AuditEntry>();
    return store.audit().EntryAt(*size);
  };
  const Result<std::optional<AuditEntry>> last = tail();
  if (!last) {
    checkup.health = Health::kUnknown;
    checkup.found = last.error().text;
    return checkup;
  }
  checkup.found = FormatTime(now);
  if (!*last || now >= (*last)->time - limits::kClockStepMillisMin) return checkup;
  checkup.health = Health::kFail;
  checkup.found =
      fmt::format("现在 {}，早于审计链最后一条 {}", FormatTime(now), FormatTime((*last)->time));
  checkup.meaning = "时钟被拨慢过，或数据来自时钟快的机器；清除会拒绝进行";
  checkup.todo = "校准时钟；由人确认后再清除（xuncha store purge --clock-is-right）";
  return checkup;
}

Checkup Space(const Session& session, const Store& store, const Config& config,
              const std::vector<Run>& runs) {
  Checkup checkup{.name = "disk", .title = "磁盘"};
  const Result<Store::Sizes> sizes = store.Measure();
  if (!sizes) {
    checkup.health = Health::kUnknown;
    checkup.found = sizes.error().text;
    return checkup;
  }
  const Growth growth = GrowthOf(*sizes, runs);
  const DiskForecast forecast = ForecastOf(session.data_dir(), *sizes, growth, runs,
                                           config.retention.routine, session.clock().Now());
  checkup.found = fmt::format("数据 {}，", BytesText(static_cast<double>(sizes->total()))) +
                  ForecastText(forecast, config.retention.routine);
  checkup.found.pop_back();
  if (growth.nights == 0) checkup.found += "；还没有巡查过，无法预测增长";
  constexpr double kWeek = 7, kFreeMin = 1 << 30;
  const bool soon = forecast.nights_left > 0 && forecast.nights_left < kNightsLeftMin;
  const bool now =
      forecast.free < kFreeMin || (forecast.nights_left > 0 && forecast.nights_left < kWeek);
  // A first night tells little of what the later ones will be.
  const bool early = growth.nights < 3;
  if (!now && !soon && (forecast.fits || early)) return checkup;
  checkup.health = now ? Health::kFail : Health::kWarn;
  checkup.meaning = "磁盘满时巡查停止，已有的数据不受影响";
  checkup.todo = "扩容、移走别的文件，或在 [retention] 里缩短保存期";
  return checkup;
}

Checkup Verification(const Session& session) {
  Checkup checkup{.name = "verified", .title = "通读核对"};
  const std::optional<Verified> last = LastVerified(session.data_dir());
  const Millis now = session.clock().Now();
  if (last && last->whole && now - last->time <= kVerifyAgeMax) {
    checkup.found = fmt::format("{}核对过，数据完整", Ago(last->time, now));
    return checkup;
  }
  checkup.health = last && !last->whole ? Health::kFail : Health::kWarn;
  checkup.found = !last         ? "从未核对过"
                  : last->whole ? fmt::format("上次核对在{}", Ago(last->time, now))
                                : fmt::format("{}核对时发现损坏", Ago(last->time, now));
  checkup.meaning = last && !last->whole ? "有记录与写入时不同" : "损坏可能至今没有人知道";
  checkup.todo = last && !last->whole ? "保留现场，用 xuncha store restore 从备份恢复到新目录"
                                      : "每季度运行一次 xuncha store verify";
  return checkup;
}

Checkup LastRun(const Config& config, const std::vector<Run>& runs, size_t sites, Millis now) {
  Checkup checkup{.name = "last-run", .title = "最近一次巡查"};
  Millis ended = 0;
  for (const Run& run : runs) {
    if (run.scope == RunScope::kAllSites) ended = std::max(ended, run.ended);
  }
  const Millis every = config.tell.run_every > 0 ? config.tell.run_every : kRunEvery;
  if (sites == 0) {
    checkup.health = Health::kWarn;
    checkup.found = "还没有登记网站";
    checkup.meaning = "没有可查的";
    checkup.todo = "xuncha site import 登记表.csv";
    return checkup;
  }
  checkup.found = ended == 0 ? "还没有做完过一次" : fmt::format("{}做完", Ago(ended, now));
  if (!runs.empty() && runs.back().ended == 0)
    checkup.found += fmt::format("；第 {} 次于{}开始，正在进行或中断了", runs.back().id,
                                 Ago(runs.back().started, now));
  if (ended != 0 && now - ended <= every) return checkup;
  checkup.health = ended == 0 || now - ended <= 2 * every ? Health::kWarn : Health::kFail;
  checkup.meaning = "这段时间里出现的内容没有人看过";
  checkup.todo = "运行 xuncha crawl（从中断处继续），并查明定时为什么没有运行";
  return checkup;
}

Checkup SiteRuns(const Store& store, const Config& config, const std::vector<Run>& runs,
                 const std::vector<Site>& sites, Millis now) {
  Checkup checkup{.name = "site-runs", .title = "每个网站"};
  const Millis every = config.tell.run_every > 0 ? config.tell.run_every : kRunEvery;
  std::vector<std::string> late;
  const size_t from = runs.size() > kRunsLookedAt ? runs.size() - kRunsLookedAt : 0;
  for (const Site& site : sites) {
    Millis done = 0;
    for (size_t i = runs.size(); i > from && done == 0; --i) {
      const Result<bool> finished = store.SiteDone(site.id, runs[i - 1].id);
      if (!finished) {
        checkup.health = Health::kUnknown;
        checkup.found = finished.error().text;
        return checkup;
      }
      if (*finished) done = std::max(runs[i - 1].ended, runs[i - 1].started);
    }
    if (done != 0 && now - done <= 2 * every) continue;
    late.push_back(
        fmt::format("{}（{}）", site.id, done == 0 ? std::string("没有查完过") : Ago(done, now)));
  }
  if (late.empty()) {
    checkup.found = fmt::format("{} 个网站都在期限内查完过", sites.size());
    return checkup;
  }
  checkup.health = Health::kWarn;
  checkup.found = fmt::format("{} 个网站中有 {} 个久未查完：", sites.size(), late.size());
  const size_t more = late.size() > kNamed ? late.size() - kNamed : 0;
  late.resize(late.size() - more);
  checkup.found += Join(late, "、") + (more == 0 ? "" : fmt::format(" 等，另有 {} 个", more));
  checkup.meaning = "这些网站的内容没有查全";
  checkup.todo = "xuncha crawl --site ID 看它为什么没有查完；太大的在登记里放宽上限";
  return checkup;
}

Checkup LastBackup(const Session& session, const Config& config, bool used) {
  Checkup checkup{.name = "backup", .title = "备份"};
  const std::string directory =
      config.backup_directory.empty() ? session.data_dir() + "/backups" : config.backup_directory;
  const Millis now = session.clock().Now();
  const Result<std::vector<BackupFacts>> backups =
      FileExists(directory) ? ListBackups(directory) : std::vector<BackupFacts>();
  if (!backups && backups.error().code != Code::kNotFound) {
    checkup.health = Health::kFail;
    checkup.found = backups.error().text;
    checkup.meaning = "备份可能用不上";
    checkup.todo = "换一个目录重新备份：xuncha store backup DIR";
    return checkup;
  }
  if (!backups || backups->empty()) {
    checkup.found = fmt::format("{} 里没有备份", directory);
    if (!used) return checkup;
    checkup.health = Health::kWarn;
    checkup.meaning = "磁盘一坏，全部证据和处置记录都没有了";
    checkup.todo = "xuncha store backup /另一块磁盘/xuncha，并定期做";
    return checkup;
  }
  const Millis last = backups->back().time;
  checkup.found = fmt::format("{}，共 {} 份，在 {}", Ago(last, now), backups->size(), directory);
  if (now - last <= kBackupAgeGood) return checkup;
  checkup.health = now - last <= kBackupAgeMax ? Health::kWarn : Health::kFail;
  checkup.meaning = "这之后的记录只有一份";
  checkup.todo = "xuncha store backup，并查明定期备份为什么没有做";
  return checkup;
}

Checkup Purging(const Store& store, const Config& config, const std::vector<Run>& runs,
                Millis now) {
  Checkup checkup{.name = "purge", .title = "到期清除"};
  const Result<PurgeFacts> last = store.LastPurge();
  if (!last) {
    checkup.health = Health::kUnknown;
    checkup.found = last.error().text;
    return checkup;
  }
  const Millis first = runs.empty() ? now : runs.front().started;
  const bool anything_old = now - first > config.retention.routine;
  checkup.found = last->time == 0 ? (anything_old ? "从未清除过" : "还没有到期的记录")
                                  : fmt::format("最近一次检查：{}", Ago(last->time, now));
  const Millis due = std::max(last->time, first + config.retention.routine) + config.purge_every;
  if (!last->unfinished && (!anything_old || now <= due + kPurgeGrace)) return checkup;
  checkup.health = Health::kWarn;
  if (last->unfinished) checkup.found += "，最近一次没有做完";
  checkup.meaning = "保存期满的记录还在，个人信息留存超过了必要的时间";
  checkup.todo = "xuncha store purge --dry-run 看原因，再运行 xuncha store purge";
  return checkup;
}

// ---- telling ----

std::string ProbeChannel(const TellChannel& channel, const ChannelSecret& secret) {
  CurlCourier courier(limits::kMessageMillisMax);
  if (channel.kind != ChannelKind::kMail)
    return courier.Knock(HttpPost{.url = secret.url, .ca_bundle = channel.ca_bundle}).failure;
  const CourierAnswer answer = courier.Knock(MailDrop{.server = channel.server,
                                                      .user = channel.user,
                                                      .password = secret.password,
                                                      .from = channel.from,
                                                      .ca_bundle = channel.ca_bundle,
                                                      .plain = channel.plain});
  return answer.failure.empty() ? ""
                                : fmt::format("{} {}", answer.failure, Neutralise(answer.body));
}

Checkup OneChannel(const Session& session, const TellChannel& channel, const ChannelFacts* facts,
                   Reach reach) {
  Checkup checkup{
      .name = "channel:" + channel.name,
      .title = fmt::format("通道 {}（{}）", channel.name, ChannelKindText(channel.kind))};
  const Result<ChannelSecret> secret = ReadSecret(channel, SecretsDirectory(session));
  if (!secret) {
    checkup.health = Health::kFail;
    checkup.found = secret.error().text;
    checkup.meaning = "这个通道的消息都送不出去";
    checkup.todo = "更正后运行 xuncha tell test " + channel.name;
    return checkup;
  }
  const Millis now = session.clock().Now();
  checkup.found = facts == nullptr || facts->last_taken == 0
                      ? "还没有送出过消息"
                      : fmt::format("最近一次送出在{}", Ago(facts->last_taken, now));
  if (facts != nullptr && facts->failures > 0)
    checkup.found += fmt::format("；之后 {} 次未成，对方答复：{}", facts->failures,
                                 Neutralise(facts->last_answer));
  std::string failure;
  if (reach == Reach::kProbe) {
    failure = ProbeChannel(channel, *secret);
    checkup.found += failure.empty() ? "；现在连得上" : "；现在连不上：" + failure;
  }
  if (failure.empty() && (facts == nullptr || facts->failures < kFailuresMax)) return checkup;
  checkup.health = failure.empty() ? Health::kWarn : Health::kFail;
  checkup.meaning = "该知道的人可能没有收到消息";
  checkup.todo =
      fmt::format("xuncha tell list --waiting 看原因，xuncha tell test {} 试", channel.name);
  return checkup;
}

}  // namespace

void ExamineStore(const Session& session, const Config& config, std::vector<Checkup>& checkups) {
  Checkup opened{.name = "store", .title = "数据", .found = "打得开"};
  const Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) {
    opened.found = store.error().text;
    if (store.error().code == Code::kNotFound) {
      opened.health = Health::kWarn;
      opened.meaning = "还没有开始用";
      opened.todo = "xuncha site import 登记表.csv";
    } else {
      opened.health = Health::kFail;
      opened.meaning = "巡查、查询、导出都不能进行";
      opened.todo =
          "保留现场；断电后日志残缺用 xuncha store recover，损坏用 xuncha store restore "
          "从备份恢复到新目录";
    }
    checkups.push_back(std::move(opened));
    return;
  }
  const Store& kept = **store;
  const Millis now = session.clock().Now();
  const Result<std::vector<Run>> runs = kept.Runs();
  const Result<std::vector<Site>> sites = kept.Sites();
  if (!runs || !sites) {
    opened.health = Health::kFail;
    opened.found = runs ? sites.error().text : runs.error().text;
    opened.meaning = "登记或巡查记录读不出来";
    opened.todo = "xuncha store verify 看哪里损坏";
  }
  checkups.push_back(std::move(opened));
  checkups.push_back(Skew(kept, now));
  checkups.push_back(Verification(session));
  if (!runs || !sites) return;
  checkups.push_back(Space(session, kept, config, *runs));
  checkups.push_back(LastRun(config, *runs, sites->size(), now));
  if (!runs->empty() && !sites->empty())
    checkups.push_back(SiteRuns(kept, config, *runs, *sites, now));
  checkups.push_back(LastBackup(session, config, !runs->empty()));
  checkups.push_back(Purging(kept, config, *runs, now));
}

void ExamineTelling(const Session& session, const Config& config, Reach reach,
                    std::vector<Checkup>& checkups) {
  if (config.tell.channels.empty()) {
    checkups.push_back({.name = "tell",
                        .title = "消息",
                        .health = Health::kWarn,
                        .found = "没有配置通道",
                        .meaning = "巡查出了什么、有没有巡查，没有人会被告知",
                        .todo = "在 xuncha.toml 里写 [[tell.channel]]"});
    return;
  }
  const Result<std::unique_ptr<Store>> store = session.ReadStore();
  uint64_t waiting = 0;
  Millis oldest = session.clock().Now();
  if (store) {
    const Status read = (*store)->deliveries().EachOpen([&](const Delivery& message) {
      ++waiting;
      oldest = std::min(oldest, message.made);
      return true;
    });
    Checkup checkup{.name = "tell", .title = "消息"};
    checkup.found = read ? (waiting == 0 ? "没有待发的"
                                         : fmt::format("{} 条待发，最早的{}", waiting,
                                                       Ago(oldest, session.clock().Now())))
                         : read.error().text;
    if (!read) checkup.health = Health::kFail;
    if (session.clock().Now() - oldest > kDay) {
      checkup.health = Health::kWarn;
      checkup.meaning = "消息积压";
      checkup.todo = "xuncha tell send，并让 xuncha-tell.timer 定时运行它";
    }
    checkups.push_back(std::move(checkup));
  }
  for (const TellChannel& channel : config.tell.channels) {
    const Result<ChannelFacts> facts =
        store ? (*store)->deliveries().FactsOf(channel.name) : Result<ChannelFacts>(store.error());
    checkups.push_back(OneChannel(session, channel, facts ? &*facts : nullptr, reach));
  }
}

}  // namespace xuncha
