// scan: judges files, folders, web archives or one URL without a store.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "app/offline.h"
#include "app/scan_archive.h"
#include "base/text.h"
#include "reports/mask.h"
#include "reports/page_line.h"
#include "reports/run_report.h"
#include "reports/words.h"

namespace xuncha {
namespace {

std::string Readable(const Page& page, Severity least) {
  std::string text;
  for (const Finding& finding : page.findings) {
    if (finding.severity < least) continue;
    text += fmt::format("{}  {}  {}  第 {} 项\n  {}\n", SeverityText(finding.severity),
                        KindText(finding.kind), Neutralise(page.permit.url().text()),
                        finding.clause, Neutralise(finding.because));
    if (finding.evidence.empty()) continue;
    const Evidence& best = finding.evidence.front();
    if (best.found.empty()) continue;
    const Excerpt masked = MaskExcerpt(best.before, best.found, best.after);
    text += fmt::format("  …{}【{}】{}…\n", Shown(masked.before), Shown(masked.found),
                        Shown(masked.after));
  }
  const PageLine line = LineOfPage(page);
  if (line.tally == Tally::kPartly || line.tally == Tally::kFailed) {
    const Unchecked unchecked{line.url,    line.tally,          line.checked,
                              line.status, page.response.error, line.limits};
    text += fmt::format("{}  {}  {}\n", line.tally == Tally::kFailed ? "失败" : "未全读",
                        Neutralise(line.url), Neutralise(ReasonsOf(unchecked)));
  }
  return text;
}

}  // namespace

int RunScan(Session& session, const Arguments& arguments) {
  Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  if (arguments.Has("--rules")) config->rules_directory = arguments.Get("--rules");
  const Result<Severity> fail_on = FailOn(arguments, *config);
  if (!fail_on) return session.Fail(fail_on.error());
  const Result<std::unique_ptr<Engine>> engine = session.BuildEngine(*config);
  if (!engine) return session.Fail(engine.error());

  const Severity shown = arguments.Has("--all") ? Severity::kHint : Severity::kLow;
  uint64_t pages = 0, partly = 0;
  bool found = false, damaged = false;
  const PageVisit visit = [&](const Page& page) {
    ++pages;
    const Tally tally = LineOfPage(page).tally;
    partly += tally == Tally::kPartly || tally == Tally::kFailed;
    for (const Finding& finding : page.findings) found |= finding.severity >= *fail_on;
    session.Out(arguments.Has("--json") ? PageLineJson(LineOfPage(page), shown) + "\n"
                                        : Readable(page, shown));
    return Ok();
  };
  const ArchiveVisit unpack = [&](const std::string& path) -> Status {
    const Result<ArchiveScan> archive = ScanArchive(**engine, path, session.stop(), visit);
    if (!archive) return archive.error();
    for (const std::string& problem : archive->problems) session.Say(problem);
    session.Say(fmt::format("{}：{} 条记录，判读 {} 页，另有 {} 条不判读", Neutralise(path),
                            archive->records, archive->pages, archive->unread));
    damaged |= !archive->problems.empty();
    return Ok();
  };
  for (const std::string& target : arguments.positional) {
    const bool url =
        StartsWithIgnoreCase(target, "http://") || StartsWithIgnoreCase(target, "https://");
    const Status scanned =
        url ? ScanUrl(**engine, *config, session.clock(), target, session.stop(), visit)
        : IsArchiveName(target) ? unpack(target)
                                : ScanFiles(**engine, {target}, session.stop(), visit, unpack);
    if (!scanned) return session.Fail(scanned.error());
    if (session.stop()) return kInterrupted;
  }
  if (pages == 0) {
    session.Say("没有可检查的页面，不能视为无问题");
    return kPartial;
  }
  session.Say(fmt::format("{} 页，其中 {} 页未能全部检查{}", pages, partly,
                          damaged ? "；另有存档未能读完" : ""));
  return found ? kFindings : partly > 0 || damaged ? kPartial : kClean;
}

}  // namespace xuncha
