// SPDX-License-Identifier: Apache-2.0
#include "app/run_output.h"

#include <fmt/format.h>

#include "base/files.h"
#include "reports/html_report.h"
#include "reports/output_file.h"
#include "reports/page_line.h"

namespace xuncha {

Result<RunDocuments> WriteRunDocuments(Store& store, const Run& run, const RuleSet& rules,
                                       const std::string& directory) {
  if (Status made = MakeDirectories(directory); !made) return made.error();
  Result<RunReport> report = GatherRun(store, run);
  if (!report) return report.error();
  RunDocuments documents;
  documents.html = fmt::format("{}/run-{}.html", directory, run.id);
  documents.jsonl = fmt::format("{}/run-{}.jsonl", directory, run.id);
  if (Status written = WriteHtmlReport(store, *report, rules, documents.html); !written)
    return written.error();

  const Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  OutputFile lines(documents.jsonl);
  if (Status read = EachPageLine(store, store.cases(), *sites, run.id,
                                 [&](const PageLine& line) {
                                   lines.Put(PageLineJson(line) + "\n");
                                   return Ok();
                                 });
      !read) {
    return read.error();
  }
  if (Status written = lines.Finish(); !written) return written.error();
  documents.report = std::move(*report);
  return documents;
}

}  // namespace xuncha
