// evidence: the package for an investigation, made with the approval of a second
// person, checked before it gets its name, and checked again by whoever gets it.
//
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "app/commands.h"
#include "app/drawer.h"
#include "app/keeping.h"
#include "app/timestamper.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/system_code.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/evidence.h"
#include "reports/evidence_check.h"
#include "reports/warc.h"

namespace xuncha {
namespace {

constexpr size_t kOsReleaseBytesMax = 16 << 10;
constexpr std::string_view kUnmaskWords = "不遮盖";
// What an approver who does not approve says; "无不同意见" is no such word.
constexpr std::string_view kRefusals[] = {"不同意", "不予", "不批准", "不准",
                                          "拒绝",   "驳回", "否决"};

// ---- what is asked for --------------------------------------------------------

Result<EvidenceScope> ScopeOf(const Arguments& arguments) {
  EvidenceScope scope{.incident = arguments.Get("--incident"),
                      .site = arguments.Get("--site"),
                      .url = arguments.Get("--url")};
  const Result<Millis> from = arguments.Since("--from");
  if (!from) return from.error();
  const Result<Millis> to = arguments.Until("--to");
  if (!to) return to.error();
  scope.from = *from;
  scope.until = *to;
  if (!scope.site.empty() && (scope.from == 0 || scope.until == 0)) {
    return Error{Code::kInvalid,
                 "evidence export：--site 须同时写 --from 与 --to；只导出文书所需的时间"};
  }
  return scope;
}

Result<EvidenceExport> RecordOf(const Arguments& arguments) {
  const std::pair<std::string_view, std::string_view> needed[] = {
      {"--number", "调证法律文书编号"},
      {"--authority", "调证单位"},
      {"--by", "经办人"},
      {"--approved-by", "批准人（须是另一人）"},
      {"--approval", "批准意见"},
      {"--out", "写到哪个文件"},
  };
  std::string missing;
  for (const auto& [option, name] : needed) {
    if (Trim(arguments.Get(option)).empty())
      missing += fmt::format("{}{} {}", missing.empty() ? "" : "、", option, name);
  }
  if (arguments.All("--officer").size() < 2)
    missing += fmt::format("{}--officer 调证人员（须两名，写两次）", missing.empty() ? "" : "、");
  if (!missing.empty())
    return Error{Code::kInvalid,
                 fmt::format("evidence export：缺少 {}；没有这些不能导出证据", missing)};
  EvidenceExport record{.reference = arguments.Get("--number"),
                        .authority = arguments.Get("--authority"),
                        .officers = arguments.All("--officer"),
                        .by = arguments.Get("--by"),
                        .approved_by = arguments.Get("--approved-by"),
                        .approval = arguments.Get("--approval"),
                        .unmasked = arguments.Has("--unmasked")};
  if (Trim(record.by) == Trim(record.approved_by)) {
    return Error{Code::kInvalid,
                 "evidence export：--by 与 --approved-by 是同一人；导出证据须另一人批准"};
  }
  std::string opinion = record.approval;
  for (size_t at; (at = opinion.find("不同意见")) != std::string::npos;)
    opinion.erase(at, std::string_view("不同意见").size());
  for (const std::string_view refusal : kRefusals) {
    if (opinion.find(refusal) == std::string::npos) continue;
    return Error{
        Code::kInvalid,
        fmt::format("evidence export：批准意见“{}”里有“{}”，不是批准；没有批准不能导出证据",
                    Neutralise(record.approval), refusal)};
  }
  if (record.unmasked && record.approval.find(kUnmaskWords) == std::string::npos) {
    return Error{Code::kInvalid,
                 fmt::format("evidence export：--unmasked 须批准意见中写明“{}”；例如 --approval "
                             "'同意，按文书要求不遮盖个人号码'",
                             kUnmaskWords)};
  }
  if (Status good = CheckExport(record); !good) return good.error();
  return record;
}

// ---- where it is made -----------------------------------------------------------

Result<Digest> HashOfFile(const std::string& path) {
  const Result<ByteSource> source = SourceOfFile(path);
  if (!source) return source.error();
  Sha256Stream sha256;
  for (;;) {
    const Result<std::string> piece = (*source)(1 << 20);
    if (!piece) return piece.error();
    if (piece->empty()) return sha256.Finish();
    sha256.Add(*piece);
  }
}

std::string OperatingSystem() {
  std::string name = "Linux";
  const Result<std::string> release = ReadFile("/etc/os-release", kOsReleaseBytesMax);
  if (release) {
    for (const std::string_view line : Split(*release, '\n')) {
      constexpr std::string_view kName = "PRETTY_NAME=\"";
      if (line.starts_with(kName) && line.ends_with('"'))
        name = line.substr(kName.size(), line.size() - kName.size() - 1);
    }
  }
  utsname kernel{};
  if (::uname(&kernel) == 0)
    name += fmt::format("，{} {} {}", kernel.sysname, kernel.release, kernel.machine);
  return name;
}

// What the chain knows of our clock: how far it stood from an authority's when that
// was last asked, and how often it was set.
Result<std::string> ClockText(Store& store) {
  std::string last;
  uint64_t steps = 0;
  const Status read = store.audit().Each(1, [&](const AuditEntry& entry) {
    if (entry.kind == kTimestamped)
      last = fmt::format("{} 与时间戳机构比对：{}", FormatTime(entry.time), entry.what);
    if (entry.kind == kClockStep) ++steps;
    return true;
  });
  if (!read) return read.error();
  return fmt::format("操作系统的时钟；{}；审计链记有时钟调整 {} 次",
                     last.empty() ? "没有与时间戳机构比对过，偏差不详" : last, steps);
}

Result<EvidenceMaker> MakerOf(Store& store, const Arguments& arguments) {
  EvidenceMaker maker{.unit = arguments.Get("--unit"),
                      .software = fmt::format("xuncha {}", kVersion),
                      .system = OperatingSystem()};
  const Result<Digest> build = HashOfFile("/proc/self/exe");
  if (!build) return build.error();
  maker.build = build->hex();
  char host[256] = "";
  if (::gethostname(host, sizeof(host) - 1) == 0) maker.host = host;
  Result<std::string> clock = ClockText(store);
  if (!clock) return clock.error();
  maker.clock = std::move(*clock);
  return maker;
}

// ---- making it --------------------------------------------------------------------

Result<EvidenceServices> ServicesOf(const Session& session, const Config& config,
                                    const Arguments& arguments) {
  EvidenceServices services;
  if (arguments.Has("--no-browser")) {
    services.no_browser = "按经办人的要求没有使用浏览器";
  } else {
    if (const Drawer drawer = DrawerAt(config.draw_socket)) {
      services.print = [drawer](const std::string& html) {
        return drawer(DrawKind::kPaper, html, {});
      };
      services.picture = [drawer](const std::string& html) {
        return drawer(DrawKind::kPicture, html, {});
      };
    }
  }
  Result<std::optional<TimestampTrust>> trust = TrustOf(config);
  if (!trust) return trust.error();
  if (*trust) {
    services.stamp = [&config, trust = **trust](const std::string& data) -> Result<std::string> {
      const Result<std::string> query = MakeTimestampQuery(data);
      if (!query) return query.error();
      Result<std::string> reply =
          AskAuthority(config.timestamp_url, *query, config.timestamp_timeout);
      if (!reply) return reply;
      const Result<TimestampFacts> facts = CheckTimestampReply(*reply, *query, trust);
      if (!facts) return facts.error();
      return reply;
    };
  }
  services.progress = [&session](uint64_t done, uint64_t all) {
    if (session.terminal() && !session.quiet())
      std::fputs(fmt::format("\r  {} / {}\033[K", done, all).c_str(), stderr);
    return !session.stop();
  };
  return services;
}

// Gives the file its name, for good. Nothing that stands there is overwritten; a
// medium that cannot promise that (exFAT) is asked whether something stands there.
Status GiveName(const std::string& from, const std::string& to) {
  int failed = 0;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0)
    failed = errno;
  if (failed == EINVAL) {
    failed = FileExists(to) ? EEXIST : ::rename(from.c_str(), to.c_str()) != 0 ? errno : 0;
  }
  if (failed != 0) {
    return Error{failed == EEXIST ? Code::kConflict : CodeOfSystem(failed),
                 fmt::format("{}：{}；换一个文件名", to, SystemText(failed))};
  }
  const size_t slash = to.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : to.substr(0, slash + 1);
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (synced) return Ok();
  ::unlink(to.c_str());  // what may not last has no name
  return Error{Code::kSystem, fmt::format("{}：无法落盘；检查磁盘", to)};
}

// Removes what has not got its name.
class Unnamed {
 public:
  explicit Unnamed(std::string path) : path_(std::move(path)) {}
  ~Unnamed() { ::unlink(path_.c_str()); }
  Unnamed(const Unnamed&) = delete;
  Unnamed& operator=(const Unnamed&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What is handed out must not go while the case is open: kept under its number. One
// that is in force for the same letter already is taken for it.
class Freeze {
 public:
  Freeze(Store& store, const EvidenceExport& record) : store_(store), record_(record) {}

  // The hold's id.
  Result<std::string> Place(const EvidenceSurvey& survey, Millis now) {
    const EvidenceScope& scope = survey.scope;
    Hold hold{.incident = scope.incident,
              .from = scope.from,
              .until = scope.until,
              .by = record_.by,
              .reason = "导出证据：" + record_.authority,
              .reference = record_.reference};
    if (scope.incident.empty()) hold.site = scope.site.empty() ? survey.sites[0].id : scope.site;
    if (survey.incident) hold.site = survey.incident->site;
    hold.url = scope.url;
    std::string same;
    const Status read = store_.holds().Each([&](const Hold& other) {
      const bool fits = other.InForce(now) && other.reference == hold.reference &&
                        other.site == hold.site && other.url == hold.url &&
                        other.incident == hold.incident && other.from == hold.from &&
                        other.until == hold.until && other.expires == 0;
      if (fits) same = other.id();
      return !fits;
    });
    if (!read) return read.error();
    if (!same.empty()) return same;
    const Result<Hold> placed = store_.holds().Place(std::move(hold), now);
    if (!placed) return placed.error();
    placed_ = placed->id();
    return placed_;
  }

  // Of an export that came to nothing: what was placed for it is lifted, in the names of
  // the two who ordered it. Says what stands if it cannot be.
  std::string Undo(std::string_view why, Millis now) const {
    if (placed_.empty()) return "";
    const Result<Hold> lifted = store_.holds().Lift(
        placed_,
        {.by = record_.by,
         .approved_by = record_.approved_by,
         .reason = fmt::format("导出没有完成，为它而设的冻结由程序随之解除：{}", why)},
        now);
    if (lifted) return "";
    return fmt::format("警告：为这次导出而设的冻结 {} 未能解除，仍然有效：{}", placed_,
                       lifted.error().text);
  }

 private:
  Store& store_;
  const EvidenceExport record_;
  std::string placed_;
};

struct Exporter {
  Session& session;
  const Config& config;
  const Arguments& arguments;
  Store& store;
  const SigningKey& key;
  const SigningKey* sm2;
  const EvidenceSurvey& survey;

  // Everything between the two entries of the chain.
  Result<EvidenceExport> Make(EvidenceExport record, const std::string& path) const {
    const Result<Checkpoint> checkpoint = SealChain(session, store, config, key);
    if (!checkpoint) return checkpoint.error();
    Result<EvidenceMaker> maker = MakerOf(store, arguments);
    if (!maker) return maker.error();
    const Result<EvidenceServices> services = ServicesOf(session, config, arguments);
    if (!services) return services.error();
    const EvidenceOrder order{.survey = &survey,
                              .record = record,
                              .maker = std::move(*maker),
                              .checkpoint = *checkpoint,
                              .key = &key,
                              .sm2 = sm2,
                              .now = session.clock().Now()};
    const Result<EvidenceMade> made = WriteEvidence(store, order, *services, path);
    if (session.terminal() && !session.quiet()) std::fputs("\r\033[K", stderr);
    if (!made) return made.error();
    for (const std::string& note : made->notes) session.Say("说明：" + Neutralise(note));

    Result<std::optional<TimestampTrust>> trust = TrustOf(config);
    if (!trust) return trust.error();
    EvidenceTrust ours{.keys = {key.public_key()}, .stamp = std::move(*trust)};
    if (sm2 != nullptr) ours.keys.push_back(sm2->public_key());
    const Result<EvidenceReport> checked = CheckEvidence(path, ours);
    if (!checked) return checked.error();
    if (!checked->whole()) {
      return Error{Code::kDamaged,
                   "证据包自检没有通过，没有留下文件；检查内存与磁盘：\n" + checked->Text()};
    }
    const Result<Digest> package = HashOfFile(path);
    if (!package) return package.error();
    record.items = made->items;
    record.bytes = made->bytes;
    record.manifest = made->manifest;
    record.package = *package;
    return record;
  }
};

std::string ExportLine(const EvidenceExport& record) {
  return fmt::format(
      "{}  {}  {}  {}  经办 {}  批准 {}  {}\n", record.id(), FormatTime(record.begun),
      Neutralise(record.reference), Neutralise(Join(record.scope, " ")), Neutralise(record.by),
      Neutralise(record.approved_by),
      !record.failure.empty() ? "失败：" + Neutralise(record.failure)
      : record.ended == 0
          ? "没有完成"
          : fmt::format("{} 项 {} 字节 {}", record.items, record.bytes, record.package.hex()));
}

}  // namespace

int RunEvidenceExport(Session& session, const Arguments& arguments) {
  Result<EvidenceExport> asked = RecordOf(arguments);
  if (!asked) return session.Fail(asked.error());
  const Result<EvidenceScope> scope = ScopeOf(arguments);
  if (!scope) return session.Fail(scope.error());
  const std::string out = arguments.Get("--out");
  if (!out.ends_with(".wacz"))
    return session.Fail({Code::kInvalid, "evidence export：--out 须以 .wacz 结尾"});
  if (FileExists(out)) {
    return session.Fail(
        {Code::kConflict, fmt::format("{}：已经存在；证据包不覆盖任何文件，换一个文件名", out)});
  }
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  Result<std::unique_ptr<Store>> store =
      arguments.Has("--dry-run") ? session.ReadStore() : session.OpenStore();
  if (!store) return session.Fail(store.error());
  const Result<EvidenceSurvey> survey = SurveyEvidence(**store, *scope);
  if (!survey) return session.Fail(survey.error());
  session.Say(fmt::format("{}：{} 次观测，{} 条发现，{} 个网站", Neutralise(survey->Text()),
                          survey->places.size(), survey->findings.size(), survey->sites.size()));
  if (!survey->scope.url.empty() && survey->sites.size() > 1) {
    std::vector<std::string> names;
    for (const Site& site : survey->sites) names.push_back(site.id);
    return session.Fail({Code::kInvalid, fmt::format("evidence export：几个网站（{}）都有这个网址；"
                                                     "请用 --site 与 --from、--to 逐个导出",
                                                     Neutralise(Join(names, "、")))});
  }
  if (arguments.Has("--dry-run")) {
    session.Say("只看范围，没有导出");
    return kClean;
  }
  const Result<SigningKey> key = InstallationKey(session, **store);
  if (!key) return session.Fail(key.error());
  std::optional<SigningKey> sm2;
  if (config->sm2) {
    Result<SigningKey> made = Sm2Key(session, **store);
    if (!made) return session.Fail(made.error());
    sm2 = std::move(*made);
  }

  asked->scope = survey->Refs();
  asked->from = survey->scope.from;
  asked->until = survey->scope.until;
  Freeze freeze(**store, *asked);
  const Result<std::string> hold = freeze.Place(*survey, session.clock().Now());
  if (!hold) return session.Fail(hold.error());
  const auto give_up = [&](const Error& error) {
    const std::string why = error.text.substr(0, error.text.find('\n'));
    const std::string left = freeze.Undo(why, session.clock().Now());
    if (!left.empty()) session.Say(left);
    const int code = session.Fail(error);
    return session.stop() ? static_cast<int>(kInterrupted) : code;
  };
  asked->hold = *hold;
  const Result<EvidenceExport> begun =
      (*store)->exports().Begin(std::move(*asked), session.clock().Now());
  if (!begun) return give_up(begun.error());

  const Unnamed file(fmt::format("{}.{}.part", out, begun->id()));
  const Exporter exporter{session, *config, arguments, **store, *key, sm2 ? &*sm2 : nullptr,
                          *survey};
  Result<EvidenceExport> made = exporter.Make(*begun, file.path());
  if (made) {
    if (Status named = GiveName(file.path(), out); !named) made = named.error();
  }
  if (!made) {
    EvidenceExport failed = *begun;
    failed.failure = made.error().text.substr(0, made.error().text.find('\n'));
    if (Status told = (*store)->exports().End(failed, session.clock().Now()); !told)
      session.Say("警告：导出失败一事未能记入审计链：" + told.error().text);
    return give_up(made.error());
  }
  if (Status told = (*store)->exports().End(*made, session.clock().Now()); !told) {
    ::unlink(out.c_str());  // no package without its entry
    return give_up(told.error());
  }
  session.Out(fmt::format("{}  {}\n", made->package.hex(), out));
  session.Say(fmt::format("范围内的数据已冻结（{}）；结案后须解除冻结", made->hold));
  session.Say(
      fmt::format("{}：{} 项，{} 字节，已由独立程序核对。以上是整个文件的 SHA-256，请填入交接回执",
                  made->id(), made->items, made->bytes));
  return kClean;
}

int RunEvidenceVerify(Session& session, const Arguments& arguments) {
  if (std::error_code ignored; std::filesystem::is_directory(arguments.positional[0], ignored))
    return session.Fail({Code::kInvalid, fmt::format("{}：是一个目录；请写证据包的文件名",
                                                     Neutralise(arguments.positional[0]))});
  EvidenceTrust trust;
  const bool own = arguments.All("--key").empty();
  Result<std::vector<PublicKey>> keys =
      own ? PublicKeysIn(session.data_dir()) : PublicKeysOf("", arguments.All("--key"));
  if (!keys) return session.Fail(keys.error());
  trust.keys = std::move(*keys);
  if (arguments.Has("--tsa-ca")) {
    Result<std::string> pem = ReadFile(arguments.Get("--tsa-ca"), limits::kAuditLineBytesMax);
    if (!pem) return session.Fail(pem.error());
    trust.stamp = TimestampTrust{.pem = std::move(*pem)};
  } else {
    const Result<Config> config = session.ReadConfiguration();
    if (!config) return session.Fail(config.error());
    Result<std::optional<TimestampTrust>> configured = TrustOf(*config);
    if (!configured) return session.Fail(configured.error());
    trust.stamp = std::move(*configured);
  }
  const Result<EvidenceReport> report = CheckEvidence(arguments.positional[0], trust);
  if (!report) {
    (void)session.Fail(report.error());
    return kUsage;
  }
  session.Out(report->Text());
  return report->whole() ? kClean : kPartial;
}

int RunEvidenceList(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  uint64_t count = 0;
  const Status read = (*store)->exports().Each([&](const EvidenceExport& record) {
    ++count;
    if (!arguments.Has("--json")) {
      session.Out(ExportLine(record));
      return true;
    }
    Node node = MakeTable();
    Put(node, "id", MakeString(record.id()));
    Put(node, "begun", MakeString(FormatTime(record.begun)));
    Put(node, "number", MakeString(record.reference));
    Put(node, "authority", MakeString(record.authority));
    Node officers = MakeArray(), refs = MakeArray();
    for (const std::string& officer : record.officers)
      officers.items.push_back(MakeString(officer));
    for (const std::string& ref : record.scope) refs.items.push_back(MakeString(ref));
    Put(node, "officers", std::move(officers));
    Put(node, "by", MakeString(record.by));
    Put(node, "approved_by", MakeString(record.approved_by));
    Put(node, "approval", MakeString(record.approval));
    Put(node, "scope", std::move(refs));
    Put(node, "unmasked", MakeBool(record.unmasked));
    Put(node, "hold", MakeString(record.hold));
    Put(node, "items", MakeInteger(static_cast<int64_t>(record.items)));
    Put(node, "bytes", MakeInteger(static_cast<int64_t>(record.bytes)));
    Put(node, "package", MakeString(record.package.empty() ? "" : record.package.hex()));
    Put(node, "failure", MakeString(record.failure));
    session.Out(WriteJson(node) + "\n");
    return true;
  });
  if (!read) return session.Fail(read.error());
  if (count == 0) session.Say("没有导出过证据");
  return kClean;
}

}  // namespace xuncha
