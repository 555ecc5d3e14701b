// The machine and the files: what does not need the store.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/doctor.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>

#include "app/drawer.h"
#include "app/engine.h"
#include "app/keeping.h"
#include "app/timestamper.h"
#include "app/tool.h"
#include "base/day.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "proof/timestamp.h"
#include "rules/lists.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

constexpr Millis kListAgeMax = 180 * kDay;  // words of the day go out of use within half a year
constexpr rlim_t kFilesMin = 1'024;         // a store alone may open a few hundred
constexpr rlim_t kFilesGood = 4'096;
constexpr const char* kSystemTrust = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* kTimer = "xuncha-crawl.timer";
constexpr const char* kDesk = "xuncha.service";

Checkup Configuration(const Session& session, Result<Config>& config) {
  Checkup checkup{.name = "config", .title = "配置"};
  const std::string path = session.data_dir() + "/xuncha.toml";
  if (!FileExists(path)) {
    checkup.health = Health::kFail;
    checkup.found = fmt::format("{} 不存在", path);
    checkup.meaning = "这里不是数据目录";
    checkup.todo = fmt::format("用 --data 指明，或运行 xuncha init {}", session.data_dir());
  } else if (!config) {
    checkup.health = Health::kFail;
    checkup.found = config.error().text;
    checkup.meaning = "任何命令都不会运行；以下各项按默认值检查";
    checkup.todo = "按提示的行更正 xuncha.toml";
  } else {
    checkup.found = path + " 有效";
  }
  return checkup;
}

Checkup Folder(const Session& session) {
  Checkup checkup{.name = "data", .title = "数据目录", .found = session.data_dir()};
  if (::access(session.data_dir().c_str(), R_OK | W_OK | X_OK) == 0) return checkup;
  checkup.health = Health::kFail;
  checkup.found += fmt::format(" 不能由 {} 读写", session.user());
  checkup.meaning = "巡查无法保存任何东西";
  checkup.todo = "以安装时的用户运行，或更正目录的属主和权限";
  return checkup;
}

// Whether the kernel's clock is kept by somebody: what timedatectl shows, without it.
Checkup ClockKept() {
  Checkup checkup{.name = "clock-sync", .title = "时钟同步"};
  struct timex facts = {};
  const int state = ::adjtimex(&facts);
  if (state < 0) {
    checkup.health = Health::kUnknown;
    checkup.found = "内核不让看时钟是否同步";
    checkup.todo = "在宿主机上运行 timedatectl 查看";
  } else if (state == TIME_ERROR || (facts.status & STA_UNSYNC) != 0) {
    checkup.health = Health::kWarn;
    checkup.found = "时钟没有与时间服务器同步";
    checkup.meaning = "取证的时间可能不准，审计链会记下时钟变动";
    checkup.todo = "启用 systemd-timesyncd 或 chrony";
  } else {
    checkup.found = "与时间服务器同步";
  }
  return checkup;
}

Checkup OpenFiles() {
  Checkup checkup{.name = "open-files", .title = "可同时打开的文件"};
  rlimit files = {};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) {
    checkup.health = Health::kUnknown;
    return checkup;
  }
  checkup.found = files.rlim_cur == RLIM_INFINITY ? "不限" : fmt::format("{} 个", files.rlim_cur);
  if (files.rlim_cur >= kFilesGood) return checkup;
  checkup.health = files.rlim_cur < kFilesMin ? Health::kFail : Health::kWarn;
  checkup.meaning = "数据文件与连接多时，巡查可能因“打开的文件太多”而中断";
  checkup.todo =
      fmt::format("把上限提到 {}：systemd 里写 LimitNOFILE，终端里用 ulimit -n", kFilesGood);
  return checkup;
}

Checkup Trust(const Config& config) {
  const std::string path = config.ca_bundle.empty() ? kSystemTrust : config.ca_bundle;
  Checkup checkup{.name = "ca", .title = "CA 证书", .found = path + " 可读"};
  const Result<std::string> pem = ReadFile(path, limits::kTrustBytesMax);
  if (pem && pem->find("-----BEGIN CERTIFICATE-----") != std::string::npos) return checkup;
  checkup.health = Health::kFail;
  checkup.found = pem ? path + " 里没有证书" : pem.error().text;
  checkup.meaning = "https 网站的证书都会记为无法验证，消息也送不出去";
  checkup.todo = config.ca_bundle.empty() ? "安装 ca-certificates" : "更正 [crawl] ca_bundle";
  return checkup;
}

// A page of one word is drawn, for what keeps a browser from running is seen when it runs.
Checkup Drawing(const Config& config) {
  Checkup checkup{.name = "drawing", .title = "绘图"};
  const bool by_service = !config.draw_socket.empty();
  checkup.meaning = "没有网页截图，文书与证据包没有 PDF；其余不受影响";
  const Drawer drawer = DrawerAt(config.draw_socket);
  if (!drawer) {
    checkup.health = Health::kWarn;
    checkup.found = "没有安装 Chromium";
    checkup.todo = "需要时安装 chromium";
    return checkup;
  }
  const Result<std::string> png =
      drawer(DrawKind::kPicture, "<!doctype html><title>xuncha</title><p>巡查", {});
  if (!png) {
    // A service that was asked for is to work.
    checkup.health = by_service ? Health::kFail : Health::kWarn;
    checkup.found = png.error().text;
    checkup.todo = by_service ? "按所说的检查绘图服务，或清空 [draw] socket"
                              : "启用绘图服务并写 [draw] socket，见运维手册";
    return checkup;
  }
  checkup.meaning.clear();
  checkup.found = by_service
                      ? fmt::format("绘图服务 {} 能绘制", config.draw_socket)
                      : "Chromium 在这里能绘制；加固的 xuncha.service 里须用绘图服务（[draw] "
                        "socket）";
  return checkup;
}

Checkup Rules(const Session& session, const Config& config) {
  Checkup checkup{.name = "rules", .title = "规则"};
  const Result<RuleSet> rules = LoadRuleSources({config.rules_directory, session.ListsDirectory()});
  if (rules) {
    checkup.found = fmt::format("{} 个规则包，{} 条规则", rules->packs.size(), rules->rules.size());
    return checkup;
  }
  checkup.health = Health::kFail;
  checkup.found = rules.error().text;
  checkup.meaning = "巡查不会开始";
  checkup.todo = "运行 xuncha rules check 并更正";
  return checkup;
}

Checkup Lists(const Session& session) {
  Checkup checkup{.name = "lists", .title = "本单位词表"};
  const std::string directory = session.ListsDirectory();
  const Result<std::vector<PackSource>> lists =
      FileExists(directory) ? ReadPackFiles(directory) : std::vector<PackSource>();
  if (!lists) {
    checkup.health = Health::kUnknown;
    checkup.found = lists.error().text;
    return checkup;
  }
  std::vector<std::string> old;
  for (const PackSource& list : *lists) {
    const Result<ListRecord> record = ReadListRecord(list.text, list.name);
    const Result<Millis> imported = record ? ParseTime(record->imported) : record.error();
    if (!imported) {
      checkup.health = Health::kUnknown;
      checkup.found = imported.error().text;
      return checkup;
    }
    if (session.clock().Now() - *imported > kListAgeMax)
      old.push_back(fmt::format("{}（{}）", record->name, Ago(*imported, session.clock().Now())));
  }
  checkup.found = lists->empty() ? "没有导入" : fmt::format("{} 个", lists->size());
  if (old.empty()) return checkup;
  checkup.health = Health::kWarn;
  checkup.found += "，较旧的：" + Join(old, "、");
  checkup.meaning = "新出现的说法查不到";
  checkup.todo = "更新后用 xuncha rules import 重新导入";
  return checkup;
}

Checkup Key(const Session& session) {
  Checkup checkup{.name = "signing-key", .title = "签名密钥"};
  const std::string path = fmt::format("{}/{}", session.data_dir(), kKeyFile);
  const Result<SigningKey> key = SigningKey::Load(path);
  if (key) {
    checkup.found = path + "，只有属主能读";
    return checkup;
  }
  const bool signed_before = FileExists(fmt::format("{}/{}", session.data_dir(), kPublicKeyFile));
  if (key.error().code == Code::kNotFound && !signed_before) {
    checkup.found = "还没有；第一次巡查结束时生成";
    return checkup;
  }
  checkup.health = Health::kFail;
  checkup.found = key.error().text;
  checkup.meaning = "审计链签不了名，之后的记录不能证明没有被改过";
  checkup.todo = key.error().code == Code::kNotFound
                     ? "从保存处取回；确已丢失时运行 xuncha store chain sign --new-key"
                     : "chmod 600，并查明谁可能读过；泄露时换用新密钥";
  return checkup;
}

Checkup Authority(const Session& session, const Config& config, Reach reach) {
  Checkup checkup{.name = "timestamp", .title = "时间戳机构"};
  if (config.timestamp_url.empty()) {
    checkup.found = "没有配置；审计链只有自己的签名，没有第三方的时间";
    return checkup;
  }
  checkup.found = config.timestamp_url;
  if (reach == Reach::kHere) {
    checkup.found += "（未试；加 --probe 试）";
    return checkup;
  }
  const auto ask = [&]() -> Result<TimestampFacts> {
    const Result<std::optional<TimestampTrust>> trust = TrustOf(config);
    if (!trust) return trust.error();
    const Result<std::string> query = MakeTimestampQuery("xuncha doctor");
    if (!query) return query.error();
    const Result<std::string> reply =
        AskAuthority(config.timestamp_url, *query, config.timestamp_timeout);
    if (!reply) return reply.error();
    return CheckTimestampReply(*reply, *query, **trust);
  };
  const Result<TimestampFacts> facts = ask();
  if (facts) {
    checkup.found += fmt::format(" 答复可信；本机时钟与它相差 {} 秒",
                                 (session.clock().Now() - facts->time) / 1000);
    return checkup;
  }
  checkup.health = Health::kFail;
  checkup.found = facts.error().text;
  checkup.meaning = "审计链的签名没有第三方的时间，此事会记入审计链";
  checkup.todo = "检查 [audit] timestamp_url 与 timestamp_ca，以及网络";
  return checkup;
}

Checkup Timer() {
  Checkup checkup{.name = "timer", .title = "夜间定时"};
  if (!FileExists("/run/systemd/system")) {
    checkup.health = Health::kWarn;
    checkup.found = "本机不用 systemd";
    checkup.meaning = "不知道由谁每夜运行 xuncha crawl";
    checkup.todo = "确认别的定时程序会运行它，并在它失败时告诉人";
    return checkup;
  }
  // Either does: the desk runs the night too.
  const Result<ToolAnswer> answer =
      AskTool({"systemctl", "is-active", kTimer, kDesk}, limits::kDoctorToolMillisMax,
              limits::kDoctorToolBytesMax);
  if (!answer) {
    checkup.health = Health::kUnknown;
    checkup.found = answer.error().text;
    return checkup;
  }
  const std::vector<std::string_view> states = Split(Trim(answer->out), '\n');
  for (const auto& [unit, at] : {std::pair{kTimer, size_t{0}}, std::pair{kDesk, size_t{1}}}) {
    if (at >= states.size() || states[at] != "active") continue;
    checkup.found = fmt::format("{} 在运行", unit);
    return checkup;
  }
  checkup.health = Health::kWarn;
  checkup.found = fmt::format("{} 与 {} 都没有运行", kTimer, kDesk);
  checkup.meaning = "不会每夜自动巡查";
  checkup.todo = fmt::format("systemctl enable --now {}，不用控制台的启用 {}", kDesk, kTimer);
  return checkup;
}

}  // namespace

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarn:
      return "warn";
    case Health::kFail:
      return "fail";
    case Health::kUnknown:
      return "unknown";
  }
  return "";
}

std::string Ago(Millis then, Millis now) {
  const Millis passed = now - then;
  if (passed < 0) return "在将来";
  if (passed >= 2 * kDay) return fmt::format("{} 天前", passed / kDay);
  if (passed >= kHour) return fmt::format("{} 小时前", passed / kHour);
  return fmt::format("{} 分钟前", passed / 60'000);
}

std::vector<Checkup> Examine(const Session& session, Reach reach) {
  Result<Config> read = session.ReadConfiguration();
  std::vector<Checkup> checkups = {Configuration(session, read)};
  const bool is_installation = FileExists(session.data_dir() + "/xuncha.toml");
  if (!read) read = ReadConfig("", "xuncha.toml");
  CHECK(read.ok());
  const Config& config = *read;
  if (is_installation) checkups.push_back(Folder(session));
  checkups.push_back(ClockKept());
  if (is_installation) {
    ExamineStore(session, config, checkups);
    checkups.push_back(Key(session));
  }
  checkups.push_back(Authority(session, config, reach));
  checkups.push_back(Timer());
  checkups.push_back(Rules(session, config));
  checkups.push_back(Lists(session));
  checkups.push_back(Trust(config));
  checkups.push_back(OpenFiles());
  checkups.push_back(Drawing(config));
  if (is_installation) ExamineTelling(session, config, reach, checkups);
  return checkups;
}

}  // namespace xuncha
