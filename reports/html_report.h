// The incident report of a run: one self-contained HTML file, Chinese, printable
// on A4. Per site the owner's record, the findings with what, where, why and the
// digest of the snapshot, and what could not be checked. Written site by site,
// so its memory does not grow with the run; it appears under its name complete
// or not at all.
//
// Every text that came from a page is escaped, and shown with control and
// direction characters made visible.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "reports/run_report.h"
#include "rules/rule_set.h"
#include "store/store.h"

namespace xuncha {

Status WriteHtmlReport(Store& store, const RunReport& report, const RuleSet& rules,
                       const std::string& path);

}  // namespace xuncha
