// What a run leaves for people: the incident report and the same as JSON lines.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "reports/run_report.h"
#include "rules/rule_set.h"
#include "store/store.h"

namespace xuncha {

struct RunDocuments {
  std::string html;
  std::string jsonl;
  RunReport report;
};

// Writes run-N.html and run-N.jsonl into `directory`, each complete or not at all.
Result<RunDocuments> WriteRunDocuments(Store& store, const Run& run, const RuleSet& rules,
                                       const std::string& directory);

}  // namespace xuncha
