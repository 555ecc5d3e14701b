// report notice, authority, incident, recheck, month, ledger, templates: the documents of
// cases and months, from templates that an institution may change.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "app/commands.h"
#include "app/drawer.h"
#include "base/day.h"
#include "base/files.h"
#include "base/text.h"
#include "reports/output_file.h"
#include "reports/paper_gather.h"
#include "reports/papers.h"

namespace xuncha {
namespace {

constexpr std::string_view kPaperFormats[] = {"html", "pdf", "docx", "xlsx"};
constexpr std::string_view kLedgerFormats[] = {"xlsx", "csv"};

std::string TemplatesOf(const Session& session) { return session.data_dir() + "/templates"; }

// Where a document goes, and in which form.
struct Target {
  std::string path;  // "-": the standard output
  std::string format;
};

Result<Target> TargetOf(const Session& session, const Arguments& arguments, std::string_view name,
                        std::span<const std::string_view> formats, std::string_view otherwise) {
  Target target{.path = arguments.Get("--out"), .format = arguments.Get("--format")};
  std::error_code ignored;
  const bool folder = !target.path.empty() && std::filesystem::is_directory(target.path, ignored);
  const std::string_view file =
      folder ? std::string_view()
             : std::string_view(target.path).substr(target.path.rfind('/') + 1);
  const size_t dot = file.rfind('.');
  const std::string ending = dot == std::string_view::npos ? "" : AsciiLower(file.substr(dot + 1));
  const auto known = [&formats](std::string_view format) {
    return std::find(formats.begin(), formats.end(), format) != formats.end();
  };
  if (target.format.empty()) target.format = known(ending) ? ending : otherwise;
  if (!known(target.format)) {
    const std::vector<std::string_view> all(formats.begin(), formats.end());
    std::string list;
    for (const std::string_view format : all)
      list += fmt::format("{}{}", list.empty() ? "" : "、", format);
    return Error{Code::kInvalid, fmt::format("--format：这份文书没有“{}”这种格式；可用 {}",
                                             Neutralise(target.format), list)};
  }
  if (known(ending) && ending != target.format) {
    return Error{Code::kInvalid, fmt::format("--out 以 .{} 结尾，--format 却是 {}；请改成一样的",
                                             ending, target.format)};
  }
  if (target.path.empty() || folder) {
    const std::string directory = folder ? target.path : session.data_dir() + "/reports";
    if (Status made = MakeDirectories(directory); !made) return made.error();
    target.path = fmt::format("{}/{}.{}", directory, name, target.format);
  }
  return target;
}

Status WriteBytes(const std::string& path, std::string_view bytes) {
  OutputFile out(path);
  out.Put(bytes);
  return out.Finish();
}

Status WritePaper(const Paper& paper, const Target& target, const Config& config) {
  if (target.format == "html") return WriteBytes(target.path, PaperHtml(paper));
  if (target.format == "docx") return WriteBytes(target.path, PaperDocx(paper));
  if (target.format == "xlsx") {
    if (target.path == "-")
      return Error{Code::kInvalid, "xlsx 不能写到标准输出；请用 --out 指定文件"};
    return WritePaperSheets(paper, target.path);
  }
  const Drawer drawer = DrawerAt(config.draw_socket);
  if (!drawer) {
    return Error{Code::kNotFound,
                 "没有找到 Chromium，不能制作 PDF；请安装（apt-get install chromium），或改用 "
                 "--format docx、--format html"};
  }
  const Result<std::string> pdf = drawer(DrawKind::kPaper, PaperHtml(paper), {});
  if (!pdf)
    return Error{pdf.error().code, pdf.error().text + "；或改用 --format docx、--format html"};
  return WriteBytes(target.path, *pdf);
}

int Write(Session& session, const Config& config, const Arguments& arguments, const PaperInfo& info,
          const PaperData& data, std::string_view name, Millis time) {
  const std::string_view otherwise = info.kind == PaperKind::kMonth ? "html" : "docx";
  const Result<Target> target = TargetOf(session, arguments, name, kPaperFormats, otherwise);
  if (!target) return session.Fail(target.error());
  const Result<PaperTemplate> read = TemplateOf(info, TemplatesOf(session));
  if (!read) return session.Fail(read.error());
  if (Status written = WritePaper(read->Fill(data, time), *target, config); !written)
    return session.Fail(written.error());
  if (target->path != "-") session.Out(target->path + "\n");
  return kClean;
}

// The owner's way in, for the notice it was issued with: the store knows only its digest,
// so whoever has just issued the notice brings it, in a file or over standard input and
// not in the sight of others on the command line.
Result<std::string> LinkFor(const Store& store, const Notice& notice, const std::string& file,
                            Millis now) {
  constexpr size_t kLinkBytesMax = 2'048;
  constexpr size_t kTokenDigits = 64;
  std::string text;
  if (file == "-") {
    char buffer[kLinkBytesMax];
    text.assign(buffer, std::fread(buffer, 1, sizeof buffer, stdin));
  } else {
    Result<std::string> read = ReadFile(file, kLinkBytesMax);
    if (!read) return read.error();
    text = std::move(*read);
  }
  const std::string link(Trim(text));
  if (!(link.starts_with("http://") || link.starts_with("https://")) || link.size() < kTokenDigits)
    return Error{Code::kInvalid,
                 "--link：文件里须是责任人链接的完整网址，即制发时打印的那一行：https://"
                 "值班台的网址/o/64 位字符"};
  const Result<Casework::OwnerDoor> door =
      store.casework().OpenToken(link.substr(link.size() - kTokenDigits), now);
  if (!door) return door.error();
  if (!(door->notice.number == notice.number)) {
    return Error{Code::kInvalid, fmt::format("--link：这个链接属于通知书 {}，不属于 {}",
                                             door->notice.number.id(), notice.number.id())};
  }
  return link;
}

// A paper about an incident as it stands.
int CasePaper(Session& session, const Arguments& arguments, PaperKind kind) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  Result<CaseFacts> facts =
      GatherCase(**store, arguments.positional[0], config->cases, session.clock().Now());
  if (!facts) return session.Fail(facts.error());
  if (kind == PaperKind::kRecheck && facts->recheck.empty()) {
    return session.Fail(
        {Code::kNotFound, fmt::format("事件 {0} 还没有复核过；先运行 xuncha crawl --incident {0}，"
                                      "再取复核结论",
                                      facts->incident)});
  }
  facts->by = arguments.Get("--by");
  const PaperInfo& info = InfoOf(kind);
  return Write(session, *config, arguments, info, DataOf(*facts),
               fmt::format("{}-{}", info.name, facts->incident), facts->now);
}

}  // namespace

int RunReportNotice(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  std::optional<Notice> notice;
  if (arguments.Has("--number")) {
    const Result<NoticeNumber> number = ParseNoticeNumber(arguments.Get("--number"));
    if (!number) return session.Fail(number.error());
    Result<Notice> found = (*store)->casework().NoticeById(*number);
    if (!found) return session.Fail(found.error());
    const Result<Incident> incident = (*store)->cases().IncidentById(arguments.positional[0]);
    if (!incident) return session.Fail(incident.error());
    if (found->incident != incident->id) {
      return session.Fail(
          {Code::kInvalid, fmt::format("通知书 {} 属于事件 {}，不属于 {}", number->id(),
                                       found->incident, incident->id)});
    }
    notice = std::move(*found);
  } else {
    Result<std::optional<Notice>> latest = LatestNotice(**store, arguments.positional[0]);
    if (!latest) return session.Fail(latest.error());
    notice = std::move(*latest);
  }
  if (!notice) {
    return session.Fail(
        {Code::kNotFound, "这个事件还没有发出通知；先用 xuncha incident notify 制发，再取文书"});
  }
  std::string link;
  if (arguments.Has("--link")) {
    Result<std::string> read =
        LinkFor(**store, *notice, arguments.Get("--link"), session.clock().Now());
    if (!read) return session.Fail(read.error());
    link = std::move(*read);
  }
  const Result<CaseFacts> facts = GatherNotice(**store, *notice, config->cases, link);
  if (!facts) return session.Fail(facts.error());
  const PaperInfo& info = InfoOf(PaperOf(notice->kind));
  return Write(session, *config, arguments, info, DataOf(*facts),
               fmt::format("{}-{}", info.name, notice->number.id()), notice->issued);
}

int RunReportAuthority(Session& session, const Arguments& arguments) {
  return CasePaper(session, arguments, PaperKind::kAuthority);
}
int RunReportIncident(Session& session, const Arguments& arguments) {
  return CasePaper(session, arguments, PaperKind::kIncident);
}
int RunReportRecheck(Session& session, const Arguments& arguments) {
  return CasePaper(session, arguments, PaperKind::kRecheck);
}

int RunReportMonth(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Millis now = session.clock().Now();
  Month month = MonthOf(now).Before(1);
  if (arguments.Has("--month")) {
    const Result<Month> asked = ParseMonth(arguments.Get("--month"));
    if (!asked) return session.Fail(asked.error());
    month = *asked;
  }
  if (month.begin() > now)
    return session.Fail({Code::kInvalid, fmt::format("{} 还没有开始", month.title())});
  const Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const std::string unit = arguments.Get("--unit");
  const Result<MonthFacts> facts = GatherMonth(**store, month, unit, config->cases, now);
  if (!facts) return session.Fail(facts.error());
  if (month.end() > now) session.Say(fmt::format("{}还没有过完，数字到现在为止", month.title()));
  // A unit's name may hold what no file's may.
  const std::string of_unit = unit.empty() ? "" : "-" + Hex(Sha256(unit).view().substr(0, 4));
  return Write(session, *config, arguments, InfoOf(PaperKind::kMonth), DataOf(*facts),
               fmt::format("month-{}{}", month.id(), of_unit), now);
}

int RunReportLedger(Session& session, const Arguments& arguments) {
  const Millis now = session.clock().Now();
  const std::string day = FormatDay(now);
  const Result<Target> target = TargetOf(session, arguments, "ledger-" + day, kLedgerFormats,
                                         arguments.Get("--out") == "-" ? "csv" : "xlsx");
  if (!target) return session.Fail(target.error());
  const bool csv = target->format == "csv";
  if (!csv && target->path == "-") {
    return session.Fail(
        {Code::kInvalid, "xlsx 不能写到标准输出；请用 --out 指定文件，或改用 --format csv"});
  }
  const Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  LedgerWriter ledger(target->path, csv ? LedgerWriter::Form::kCsv : LedgerWriter::Form::kWorkbook,
                      now);
  if (Status read = EachLedgerRow(**store, now,
                                  [&ledger](const LedgerRow& row) {
                                    ledger.Add(row);
                                    return true;
                                  });
      !read) {
    return session.Fail(read.error());
  }
  if (Status written = ledger.Finish(); !written) return session.Fail(written.error());
  if (target->path != "-") session.Out(target->path + "\n");
  return kClean;
}

int RunReportTemplates(Session& session, const Arguments& arguments) {
  if (arguments.Has("--words")) {
    const std::string name = arguments.Get("--words");
    const PaperInfo* const info = FindPaper(name);
    if (info == nullptr) {
      std::vector<std::string_view> names;
      for (const PaperInfo& known : Papers()) names.push_back(known.name);
      const std::string near = Nearest(name, names);
      return session.Fail(
          {Code::kNotFound,
           fmt::format("没有“{}”这个模板{}；用 xuncha report templates 列出", Neutralise(name),
                       near.empty() ? "" : fmt::format("，是否指“{}”", near))});
    }
    session.Out(DescribeWords(*info));
    return kClean;
  }
  if (arguments.Has("--write")) {
    const std::string directory = arguments.Get("--write");
    if (Status written = WriteTemplates(directory); !written) return session.Fail(written.error());
    for (const PaperInfo& info : Papers())
      session.Out(fmt::format("{}/{}.txt\n", directory, info.name));
    return kClean;
  }
  const std::string directory = TemplatesOf(session);
  int code = kClean;
  for (const PaperInfo& info : Papers()) {
    const std::string path = fmt::format("{}/{}.txt", directory, info.name);
    const bool own = FileExists(path);
    session.Out(fmt::format("{}　{}　{}\n", info.name, info.title, own ? path : "内置"));
    const Result<PaperTemplate> read = TemplateOf(info, directory);
    if (!read) code = session.Fail(read.error());
  }
  return code;
}

}  // namespace xuncha
