// What the files that write papers share.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/evidence_parts.h"

namespace xuncha {

inline constexpr std::string_view kPaperEnd = "</body>\n</html>\n";

std::string PaperHead(std::string_view title, const PaperFacts& facts);
// A table of names and values; values are HTML.
std::string PaperPairs(const std::vector<std::pair<std::string_view, std::string>>& rows);
std::string PaperTime(Millis time);       // "2026-11-22 09:00:00", Beijing
std::string PaperBothTimes(Millis time);  // and UTC

std::string MakeProcessPaper(const PaperFacts& facts);

}  // namespace xuncha
