// How often the built-in packs speak where they should be silent: reads a file
// of innocent lines, each as the title, the heading and the text of a page, and prints
// what is found above a hint, then the counts by severity.
//
//   build/dev/clean_lines FILE
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/text.h"
#include "matcher/matcher.h"
#include "matcher/samples.h"
#include "rules/judge.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

constexpr size_t kFileBytesMax = 256 << 20;  // larger sets are read in parts

// The line as the title, the heading and the text, as on a page of news.
Page PageOfLine(std::string_view line) {
  Page page = PageOfText(line, ZoneKind::kTitle);
  Document& document = page.document;
  document.title = std::string(line);
  document.text = fmt::format("{0}\n{0}\n{0}", line);
  const auto size = static_cast<uint32_t>(line.size());
  document.zones = {{ZoneKind::kTitle, Hiding::kNone, {0, size}, ""},
                    {ZoneKind::kText, Hiding::kNone, {size + 1, 2 * size + 1}, ""},
                    {ZoneKind::kText, Hiding::kNone, {2 * size + 2, 3 * size + 2}, ""}};
  document.visible = {size + 1, 3 * size + 2};
  return page;
}

int ReadLines(const std::string& path) {
  LoadReport report;
  Result<RuleSet> rules = LoadRules(BuiltinPacks(), &report);
  if (!rules.ok()) {
    fmt::print(stderr, "{}\n", Join(report.errors, "\n"));
    return 2;
  }
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(*rules, {});
  Result<std::string> text = ReadFile(path, kFileBytesMax);
  if (!matcher.ok() || !text.ok()) {
    fmt::print(stderr, "{}\n", matcher.ok() ? text.error().text : matcher.error().text);
    return 2;
  }
  Result<Matcher::Scratch> scratch = (*matcher)->NewScratch();
  if (!scratch.ok()) return 2;
  const Judge judge(*rules);
  std::array<int, 4> found{};
  int lines = 0;
  for (std::string_view line : Split(*text, '\n')) {
    if (Trim(line).empty()) continue;
    ++lines;
    Page page = PageOfLine(line);
    (*matcher)->Match(page, *scratch);
    judge.Decide(page);
    for (const Finding& finding : page.findings) {
      ++found[static_cast<size_t>(finding.severity)];
      if (finding.severity == Severity::kHint) continue;
      fmt::print("{} {}: {}\n", SeverityName(finding.severity), finding.kind, line);
      for (const Evidence& evidence : finding.evidence) {
        fmt::print("    [{}] {} {} {}\n", evidence.found, evidence.rule,
                   ChannelName(evidence.channel), evidence.detail);
      }
    }
  }
  fmt::print("{} lines: {} high, {} medium, {} low, {} hints\n", lines, found[3], found[2],
             found[1], found[0]);
  return 0;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: clean_lines FILE\n");
    return 2;
  }
  return xuncha::ReadLines(argv[1]);
}
