// SPDX-License-Identifier: Apache-2.0
#include "app/case_policy.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/limits.h"
#include "holidays_embedded.h"

namespace xuncha {

Result<CasePolicy> CasePolicyOf(const Config& config, std::string_view data_dir) {
  CasePolicy policy = config.cases;
  Result<WorkCalendar> calendar =
      WorkCalendar::Parse(embedded::holidays()[0].bytes, "holidays.txt");
  CHECK(calendar.ok());
  if (!config.holidays.empty()) {
    const std::string path = config.holidays.front() == '/'
                                 ? config.holidays
                                 : fmt::format("{}/{}", data_dir, config.holidays);
    const Result<std::string> text = ReadFile(path, limits::kHolidayBytesMax);
    if (!text) return text.error();
    const Result<WorkCalendar> own = WorkCalendar::Parse(*text, path);
    if (!own) return own.error();
    calendar->Add(*own);
  }
  policy.calendar = std::move(*calendar);
  return policy;
}

}  // namespace xuncha
