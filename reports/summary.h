// The table that ends a run on the terminal: one line a site, Chinese, aligned
// by display width, every text neutralised.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "reports/run_report.h"

namespace xuncha {

enum class Paint : uint8_t { kNone, kAnsi };

std::string SummaryTable(const RunReport& report, Paint paint);
// Site by site why it cannot be called clean; empty if every page was read.
std::string GapLines(const RunReport& report);

}  // namespace xuncha
