// report run: writes the documents of a run.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/run_output.h"
#include "base/files.h"
#include "base/text.h"

namespace xuncha {

int RunReportRun(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<std::vector<Run>> runs = (*store)->Runs();
  if (!runs) return session.Fail(runs.error());
  if (runs->empty()) return session.Fail({Code::kNotFound, "还没有巡查过；先运行 xuncha crawl"});
  const Result<uint32_t> id = arguments.Number("--run", static_cast<uint32_t>(runs->back().id));
  if (!id) return session.Fail(id.error());
  const auto chosen =
      std::find_if(runs->begin(), runs->end(), [&id](const Run& run) { return run.id == *id; });
  if (chosen == runs->end()) {
    return session.Fail({Code::kNotFound, fmt::format("没有第 {} 次巡查；最近一次是第 {} 次", *id,
                                                      runs->back().id)});
  }
  const Result<RuleSet> rules =
      LoadRuleSources({config->rules_directory, session.ListsDirectory()});
  if (!rules) return session.Fail(rules.error());
  const std::string directory = arguments.Get("--out", session.data_dir() + "/reports");
  const Result<RunDocuments> written = WriteRunDocuments(**store, *chosen, *rules, directory);
  if (!written) return session.Fail(written.error());
  session.Out(fmt::format("{}\n{}\n", written->html, written->jsonl));
  return kClean;
}

}  // namespace xuncha
