// store: what is kept, whether it is whole, and its backups.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/commands.h"
#include "app/growth.h"
#include "app/keeping.h"
#include "app/purging.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "proof/chain_verdict.h"
#include "store/restore.h"
#include "store/snapshots.h"

namespace xuncha {
namespace {

std::string Padded(std::string_view text, size_t columns) {
  const size_t width = DisplayWidth(text);
  return std::string(text) + std::string(width < columns ? columns - width : 1, ' ');
}

// One line on a terminal that is written over.
class CheckProgress {
 public:
  explicit CheckProgress(const Session& session) : shown_(session.terminal() && !session.quiet()) {}
  ~CheckProgress() {
    if (shown_) Session::Show("\r\x1b[K");
  }
  CheckProgress(const CheckProgress&) = delete;
  CheckProgress& operator=(const CheckProgress&) = delete;
  void Show(uint64_t records) const {
    if (!shown_) return;
    Session::Show(fmt::format("\r\x1b[K已检查 {} 条记录 …", records));
  }

 private:
  const bool shown_;
};

constexpr uint64_t kComposedBodies = 10'000;  // drawn for the figures; a second of reading

// ---- verify ----

Node ReportJson(const StoreReport& report) {
  Node node = MakeTable();
  const auto number = [](uint64_t value) { return MakeInteger(static_cast<int64_t>(value)); };
  Put(node, "whole", MakeBool(report.whole()));
  Put(node, "proven", MakeBool(IsProven(report)));
  Put(node, "damaged", number(report.damaged));
  Put(node, "unchecked", number(report.unchecked));
  Put(node, "bodies", number(report.bodies));
  Put(node, "body_bytes", number(report.body_bytes));
  Put(node, "references", number(report.references));
  Put(node, "held", number(report.held));
  Put(node, "purged", number(report.purged));
  Put(node, "purged_below_run", number(report.purged_below));
  Node families = MakeArray();
  for (const StoreReport::FamilyCount& family : report.families) {
    Node one = MakeTable();
    Put(one, "name", MakeString(family.name));
    Put(one, "records", number(family.records));
    Put(one, "bytes", number(family.bytes));
    Put(one, "damaged", number(family.damaged));
    families.items.push_back(std::move(one));
  }
  Put(node, "families", std::move(families));
  Node faults = MakeArray();
  for (const StoreFault& fault : report.faults) faults.items.push_back(MakeString(fault.text));
  Put(node, "faults", std::move(faults));
  Node chain = MakeTable();
  Put(chain, "entries", number(report.chain.entries));
  Put(chain, "proven", number(report.chain.proven));
  Put(chain, "checkpoints", number(report.chain.checkpoints));
  Put(chain, "timestamps", number(report.chain.timestamps));
  Put(chain, "problems", number(report.chain.problem_count));
  Put(chain, "unknown_keys", number(UnknownKeys(report.chain)));
  Put(node, "chain", std::move(chain));
  return node;
}

std::string ReportText(const StoreReport& report) {
  std::string text;
  for (const StoreReport::FamilyCount& family : report.families) {
    text += fmt::format("{}{:>12} 条  {:>10}{}\n", Padded(family.name, 14), family.records,
                        BytesText(static_cast<double>(family.bytes)),
                        family.damaged == 0 ? "" : fmt::format("  ✗ {} 处", family.damaged));
  }
  text += fmt::format("快照 {} 份已解开并核对 SHA-256，共 {}；引用 {} 处已核对\n", report.bodies,
                      BytesText(static_cast<double>(report.body_bytes)), report.references);
  if (report.held > 0) text += fmt::format("冻结时涵盖的 {} 条观测都在\n", report.held);
  if (report.purged_below > 0) {
    text += fmt::format("第 {} 次巡查以前的记录按保存期清除过；{} 处引用指向已清除的记录，属正常\n",
                        report.purged_below, report.purged);
  }
  for (const StoreFault& fault : report.faults)
    text += fmt::format("✗ {}\n", Neutralise(fault.text));
  const uint64_t more = report.damaged + report.unchecked - report.faults.size();
  if (more > 0) text += fmt::format("✗ 另有 {} 处未列出\n", more);
  text += report.chain.Text();
  if (IsProven(report)) return text + "数据完整\n";
  if (report.whole() && report.unchecked == 0)
    return text + "各条记录完好；审计链尚未签名，无法证明。签名：xuncha store chain sign\n";
  if (report.damaged == 0 && !IsDamaged(report.chain) && UnknownKeys(report.chain) > 0)
    text += "各条记录完好；缺少公钥，审计链未能验证\n";
  if (report.damaged > 0 || IsDamaged(report.chain)) {
    text += fmt::format(
        "数据有 {} 处损坏，未作任何改动；其余记录仍可读。请保留现场，用 xuncha store "
        "restore 从备份恢复到新目录\n",
        report.damaged + report.chain.problem_count - UnknownKeys(report.chain));
  }
  if (report.unchecked > 0)
    text += fmt::format("{} 处由更新的版本写入，本程序无法检查；请升级\n", report.unchecked);
  return text;
}

Result<CheckOptions> OptionsFor(const Session& session, const Arguments& arguments,
                                const CheckProgress& progress) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return config.error();
  Result<std::vector<PublicKey>> keys = PublicKeysOf(session.data_dir(), arguments.All("--key"));
  if (!keys) return keys.error();
  Result<std::optional<TimestampTrust>> trust = TrustOf(*config);
  if (!trust) return trust.error();
  CheckOptions options;
  options.chain.keys = std::move(*keys);
  options.chain.trust = std::move(*trust);
  options.progress = [&](uint64_t records) {
    progress.Show(records);
    return !session.stop();
  };
  return options;
}

// ---- stats ----

std::string_view ClassText(std::string_view family) {
  if (family == "blobs") return "网页快照";
  if (family == "observations") return "观测记录";
  if (family == "urls") return "网址状态";
  if (family == "findings") return "发现";
  if (family == "incidents") return "事件";
  if (family == "events") return "处置记录";
  if (family == "audit") return "审计链";
  if (family == "sites") return "登记";
  if (family == "meta") return "运行记录";
  if (family == "dictionaries") return "站点词典";
  if (family == "holds") return "冻结";
  if (family == "accounts") return "账号会话";
  if (family == "casework") return "处置进程";
  if (family == "deliveries") return "消息收发";
  if (family == "index") return "列表索引";
  if (family == "exports") return "证据导出";
  return family;
}

// How the bodies lie on the disk.
std::string CompositionText(const Snapshots::Composition& kept) {
  if (kept.bodies() == 0) return "";
  const auto part = [&kept](std::string_view name, const Snapshots::Composition::Part& one) {
    const auto bodies = static_cast<double>(one.bodies);
    return fmt::format("{} {:.0f}%（平均 {}）", name,
                       100 * bodies / static_cast<double>(kept.bodies()),
                       BytesText(one.bodies == 0 ? 0 : static_cast<double>(one.bytes) / bodies));
  };
  return fmt::format(
      "快照{}：{}，{}，{}；原文平均 {}\n",
      kept.drawn ? fmt::format("（抽样 {} 份）", kept.bodies()) : "",
      part("差量", kept.differences), part("用站点词典", kept.with_dictionary),
      part("单独压缩", kept.alone),
      BytesText(static_cast<double>(kept.raw_bytes) / static_cast<double>(kept.bodies())));
}

Node CompositionJson(const Snapshots::Composition& kept) {
  Node node = MakeTable();
  const auto put = [&node](std::string_view name, const Snapshots::Composition::Part& one) {
    Node part = MakeTable();
    Put(part, "bodies", MakeInteger(static_cast<int64_t>(one.bodies)));
    Put(part, "bytes", MakeInteger(static_cast<int64_t>(one.bytes)));
    Put(node, std::string(name), std::move(part));
  };
  put("differences", kept.differences);
  put("with_dictionary", kept.with_dictionary);
  put("alone", kept.alone);
  Put(node, "raw_bytes", MakeInteger(static_cast<int64_t>(kept.raw_bytes)));
  Put(node, "drawn", MakeBool(kept.drawn));
  return node;
}

// ---- backup ----

constexpr std::string_view kCopied[] = {"xuncha.toml"};
constexpr std::string_view kLists = "lists";  // of its data directory, and so of a backup

// The configuration, the institution's word lists and the public keys: what a restored
// store is judged by and needs, no secret. A list that is no longer in use goes.
Status CopyBeside(const std::string& from, const std::string& to) {
  std::vector<std::string> names(std::begin(kCopied), std::end(kCopied));
  std::error_code error;
  const std::string lists = fmt::format("{}/{}", from, kLists);
  const std::string there = fmt::format("{}/{}", to, kLists);
  if (Status made = MakeDirectories(there); !made) return made;
  for (const auto& entry : std::filesystem::directory_iterator(there, error)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == ".toml" && !FileExists(lists + "/" + path.filename().string()))
      std::filesystem::remove(path, error);
  }
  for (const auto& entry : std::filesystem::directory_iterator(lists, error)) {
    if (entry.path().extension() == ".toml")
      names.push_back(fmt::format("{}/{}", kLists, entry.path().filename().string()));
  }
  for (const auto& entry : std::filesystem::directory_iterator(from, error)) {
    const std::string name = entry.path().filename();
    if (IsPublicKeyName(name)) names.push_back(name);
  }
  for (const std::string& name : names) {
    const Result<std::string> bytes = ReadFile(from + "/" + name, limits::kCsvBytesMax);
    if (!bytes) return bytes.error();
    if (Status put = WriteFileAtomically(to + "/" + name, *bytes); !put) return put;
  }
  return Ok();
}

std::string BackupText(const BackupFacts& backup) {
  return fmt::format("{:>4}  {}  {:>10}  审计链 {} 条\n", backup.id, FormatTime(backup.time),
                     BytesText(static_cast<double>(backup.bytes)), backup.entries);
}

}  // namespace

int RunStoreVerify(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) {
    // What cannot even be opened was checked, and found damaged.
    const int code = session.Fail(store.error());
    return store.error().code == Code::kDamaged ? static_cast<int>(kFindings) : code;
  }
  Result<StoreReport> report = StoreReport{};
  {
    const CheckProgress progress(session);
    const Result<CheckOptions> options = OptionsFor(session, arguments, progress);
    if (!options) return session.Fail(options.error());
    report = (*store)->Check(*options);
  }
  if (session.stop()) {
    session.Say("已中断，没有核对完；再次运行从头开始");
    return kInterrupted;
  }
  if (!report) return session.Fail(report.error());
  session.Out(arguments.Has("--json") ? WriteJson(ReportJson(*report)) + "\n"
                                      : ReportText(*report));
  // For doctor. On a disk that cannot be written the check counts all the same.
  static_cast<void>(NoteVerified(session, *report));
  return CodeOf(*report);
}

int RunStoreStats(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<Store::Sizes> sizes = (*store)->Measure();
  if (!sizes) return session.Fail(sizes.error());
  const Result<std::vector<Run>> runs = (*store)->Runs();
  if (!runs) return session.Fail(runs.error());
  const Result<Snapshots::Composition> kept = (*store)->snapshots().Compose(kComposedBodies);
  if (!kept) return session.Fail(kept.error());
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Millis retention = config->retention.routine;
  const Growth growth = GrowthOf(*sizes, *runs);
  const DiskForecast forecast =
      ForecastOf(session.data_dir(), *sizes, growth, *runs, retention, session.clock().Now());
  if (arguments.Has("--json")) {
    Node node = MakeTable();
    Node families = MakeTable();
    for (const Store::Sizes::OfFamily& family : sizes->families)
      Put(families, family.name, MakeInteger(static_cast<int64_t>(family.bytes)));
    Put(node, "bytes", std::move(families));
    Put(node, "snapshots", CompositionJson(*kept));
    Put(node, "log_bytes", MakeInteger(static_cast<int64_t>(sizes->log_bytes)));
    Put(node, "total", MakeInteger(static_cast<int64_t>(sizes->total())));
    Put(node, "per_night", MakeReal(growth.per_night));
    Put(node, "per_1000_pages", MakeReal(growth.per_thousand));
    Put(node, "nights", MakeInteger(static_cast<int64_t>(growth.nights)));
    Put(node, "disk_free", MakeReal(forecast.free));
    Put(node, "nights_left", MakeReal(forecast.nights_left));
    Put(node, "settles_at", MakeReal(forecast.settles_at));
    Put(node, "fits", MakeBool(forecast.fits));
    session.Out(WriteJson(node) + "\n");
    return kClean;
  }
  std::string text;
  for (const Store::Sizes::OfFamily& family : sizes->families) {
    text += fmt::format("{}{:>12}  约 {} 条\n", Padded(ClassText(family.name), 14),
                        BytesText(static_cast<double>(family.bytes)), family.records);
  }
  text += fmt::format("{}{:>12}\n", Padded("未归档的日志", 14),
                      BytesText(static_cast<double>(sizes->log_bytes)));
  text +=
      fmt::format("{}{:>12}\n", Padded("合计", 14), BytesText(static_cast<double>(sizes->total())));
  text += CompositionText(*kept);
  if (growth.nights == 0) {
    text += "还没有巡查过，无法预测增长\n";
  } else {
    text += fmt::format("最近 {} 夜：每夜增加 {}，每千页 {}{}\n", growth.nights,
                        BytesText(growth.per_night), BytesText(growth.per_thousand),
                        growth.nights < 3 ? "（首夜全部页面都是新的，以后会少得多）" : "");
    text += ForecastText(forecast, retention);
  }
  session.Out(text);
  return kClean;
}

int RunStoreBackup(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  std::string directory =
      arguments.positional.empty() ? config->backup_directory : arguments.positional[0];
  if (directory.empty()) directory = session.data_dir() + "/backups";
  if (arguments.Has("--list")) {
    const Result<std::vector<BackupFacts>> backups = ListBackups(directory);
    if (!backups) return session.Fail(backups.error());
    for (const BackupFacts& backup : *backups) session.Out(BackupText(backup));
    return kClean;
  }
  const Result<uint32_t> keep = arguments.Number("--keep", config->backups_kept);
  if (!keep) return session.Fail(keep.error());
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  const Result<SigningKey> key = InstallationKey(session, **store);
  if (!key) return session.Fail(key.error());
  const Result<Checkpoint> sealed = SealChain(session, **store, *config, *key);
  if (!sealed) return session.Fail(sealed.error());
  const Result<BackupFacts> made = (*store)->Backup(directory, *keep);
  if (!made) return session.Fail(made.error());
  if (Status copied = CopyBeside(session.data_dir(), directory); !copied)
    return session.Fail(copied.error());
  session.Out(BackupText(*made));
  session.Say(
      fmt::format("已备份到 {} 并核对，连同配置、词表与公钥；签名密钥 {} 与 reports/ "
                  "里的报告不在备份里，请另行妥善保存",
                  directory, kKeyFile));
  return kClean;
}

int RunStoreRestore(Session& session, const Arguments& arguments) {
  const std::string& from = arguments.positional[0];
  const std::string& to = arguments.positional[1];
  RestoreOptions restore{.from = from, .to = to + "/store", .who = session.user()};
  const Result<uint32_t> backup = arguments.Number("--backup", restore.id);
  if (!backup) return session.Fail(backup.error());
  restore.id = *backup;
  std::error_code error;
  if (std::filesystem::exists(to, error) && !std::filesystem::is_empty(to, error)) {
    return session.Fail(
        {Code::kConflict, fmt::format("{}：不是空目录；恢复只写入新目录，不覆盖任何东西", to)});
  }
  const bool made_here = !std::filesystem::exists(to, error);
  if (Status made = MakeDirectories(to); !made) return session.Fail(made.error());
  Result<Restored> restored = Error{};
  {
    const CheckProgress progress(session);
    // Whoever could change the backup could change the keys beside it.
    const bool elsewhere = arguments.Has("--key");
    Result<std::vector<PublicKey>> keys =
        elsewhere ? PublicKeysOf("", arguments.All("--key")) : PublicKeysIn(from);
    if (!keys) return session.Fail(keys.error());
    restore.check.chain.keys = std::move(*keys);
    restore.check.progress = [&](uint64_t records) {
      progress.Show(records);
      return !session.stop();
    };
    restored = RestoreStore(restore);
  }
  if (!restored) {
    if (made_here) std::filesystem::remove(to, error);
    if (!session.stop()) return session.Fail(restored.error());
    session.Say("已中断；没有恢复任何东西，再次运行从头开始");
    return kInterrupted;
  }
  if (Status copied = CopyBeside(from, to); !copied) return session.Fail(copied.error());
  session.Out(ReportText(restored->report));
  session.Say(arguments.Has("--key")
                  ? "审计链按另行取得的公钥核对"
                  : "注意：审计链按备份目录里的公钥核对，能改备份的人也能换掉公钥；恢复时用 --key "
                    "给出另行保存的公钥，才能发现");
  session.Say(
      fmt::format("已从第 {} 号备份恢复到 {} 并逐条核对；请把签名密钥 {} 放回该目录（权限 600）",
                  restored->backup.id, to, kKeyFile));
  // By keys from elsewhere it is proven, or it is not.
  return arguments.Has("--key") ? CodeOf(restored->report) : kClean;
}

}  // namespace xuncha
