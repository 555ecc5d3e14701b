// SPDX-License-Identifier: Apache-2.0
#include "reports/summary.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace xuncha {
namespace {

SiteReport OneSite(std::string name, uint64_t pages, uint64_t high) {
  SiteReport site;
  site.site.id = "a.example.test";
  site.site.name = std::move(name);
  site.pages = pages;
  site.findings[static_cast<int>(Severity::kHigh)] = high;
  site.finished = true;
  return site;
}

TEST(Summary, ColumnsLineUpByWhatATerminalShows) {
  RunReport report;
  report.sites = {OneSite("图书馆", 12, 0), OneSite("Lab", 1200, 3)};
  const std::string table = SummaryTable(report, Paint::kNone);
  size_t width = 0;
  for (const std::string_view line : Split(table, '\n')) {
    if (line.empty()) continue;
    if (width == 0) width = DisplayWidth(line);
    EXPECT_EQ(DisplayWidth(line), width) << line;
  }
  EXPECT_GT(width, 0u);
}

TEST(Summary, NamesFromPagesCannotSteerTheTerminal) {
  RunReport report;
  report.sites = {OneSite("\x1b[2J坏名字", 1, 1)};
  EXPECT_EQ(SummaryTable(report, Paint::kNone).find('\x1b'), std::string::npos);
}

TEST(Summary, UnfinishedSiteSaysSo) {
  RunReport report;
  report.sites = {OneSite("图书馆", 1, 0)};
  report.sites[0].finished = false;
  EXPECT_NE(SummaryTable(report, Paint::kNone).find("未完"), std::string::npos);
}

TEST(ExitCode, FollowsTheWorstThatHappened) {
  RunReport report;
  report.sites = {OneSite("图书馆", 10, 0)};
  EXPECT_EQ(ExitCodeOf(report, Severity::kLow), 0);
  report.totals.findings[static_cast<int>(Severity::kHint)] = 5;
  EXPECT_EQ(ExitCodeOf(report, Severity::kLow), 0) << "a hint counts as no finding";
  EXPECT_EQ(ExitCodeOf(report, Severity::kHint), 1);
  report.sites[0].unchecked_total = 1;
  EXPECT_EQ(ExitCodeOf(report, Severity::kLow), 3) << "not clean: not read";
  report.totals.findings[static_cast<int>(Severity::kMedium)] = 1;
  EXPECT_EQ(ExitCodeOf(report, Severity::kLow), 1);
  EXPECT_EQ(ExitCodeOf(report, Severity::kHigh), 3);
}

}  // namespace
}  // namespace xuncha
