// SPDX-License-Identifier: Apache-2.0
#include "crawler/night_report.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr std::string_view kEndingNames[] = {"exhausted",   "pages",   "bytes", "time",
                                             "unreachable", "refused", "lease", "interrupted"};

std::string NameOf(uint64_t run, std::string_view site) {
  return fmt::format("report/{}/{}", run, site);
}

uint64_t Number(const Node& table, std::string_view key) {
  const Node* node = table.Find(key);
  return node == nullptr ? 0 : static_cast<uint64_t>(node->integer);
}

std::vector<std::string> Strings(const Node& table, std::string_view key) {
  std::vector<std::string> strings;
  if (const Node* list = table.Find(key)) {
    for (const Node& item : list->items) strings.push_back(item.string);
  }
  return strings;
}

Node MakeStrings(const std::vector<std::string>& strings) {
  Node list = MakeArray();
  for (const std::string& text : strings) list.items.push_back(MakeString(text));
  return list;
}

// One list of names drives writing and reading.
template <typename Totals, typename Visit>
void EachTotal(Totals& totals, const Visit& visit) {
  visit("sites", totals.sites);
  visit("pages", totals.pages);
  visit("unchanged", totals.unchanged);
  visit("flat", totals.flat);
  visit("failed", totals.failed);
  visit("unread", totals.unread);
  visit("bytes", totals.bytes);
  for (int i = 0; i < 4; ++i) visit(SeverityName(static_cast<Severity>(i)), totals.findings[i]);
}

}  // namespace

std::string_view EndingName(Ending ending) { return kEndingNames[static_cast<size_t>(ending)]; }

std::string_view EndingText(Ending ending) {
  constexpr std::string_view kTexts[] = {"已全部查完",
                                         "达到页数上限，其余下次继续",
                                         "达到字节上限，其余下次继续",
                                         "达到时间上限，其余下次继续",
                                         "主机无响应，其余下次继续",
                                         "主机限制访问，其余下次继续",
                                         "网站正由另一巡查程序处理",
                                         "巡查被中断，下次从断点继续"};
  return kTexts[static_cast<size_t>(ending)];
}

std::vector<std::string> NightReport::Gaps() const {
  std::vector<std::string> gaps;
  if (totals.pages <= totals.failed) gaps.emplace_back("一个页面也没有读到");
  if (ending != Ending::kExhausted) {
    gaps.push_back(std::string(EndingText(ending)) +
                   (carried_over > 0 ? fmt::format("（留待下次 {} 个网址）", carried_over) : ""));
  }
  if (totals.failed > 0) gaps.push_back(fmt::format("失败 {} 页", totals.failed));
  const uint64_t partly = totals.flat + totals.unread;
  if (partly > 0) {
    gaps.push_back(
        fmt::format("未全读 {} 页", partly) +
        (totals.unread > 0 ? fmt::format("（其中 {} 份文档、图片不读内容）", totals.unread) : ""));
  }
  return gaps;
}

void NightReport::Leave(std::string_view reason, std::string_view url, uint64_t count) {
  Left& entry = left[std::string(reason)];
  entry.count += count;
  if (!url.empty() && entry.examples.size() < limits::kReportExamplesMax)
    entry.examples.emplace_back(url);
}

void AddTotals(RunTotals& sum, const RunTotals& part) {
  std::vector<uint64_t> values;
  EachTotal(part, [&](std::string_view, uint64_t value) { values.push_back(value); });
  size_t i = 0;
  EachTotal(sum, [&](std::string_view, uint64_t& value) { value += values[i++]; });
}

namespace {

constexpr std::string_view kStatusNames = "status/";
constexpr size_t kStatusNumbers = 8;

// Numbers, a blank between them: run, last good run, pages, failed, flat, unread,
// carried over, ending. What else it says follows from these.
Result<SiteStatus> ParseStatus(std::string_view site, std::string_view note) {
  uint64_t numbers[kStatusNumbers] = {};
  size_t count = 0;
  for (const std::string_view word : Split(note, ' ')) {
    if (count == kStatusNumbers) break;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), numbers[count]);
    if (read.ec != std::errc() || read.ptr != word.data() + word.size()) break;
    ++count;
  }
  if (count != kStatusNumbers || numbers[7] >= std::size(kEndingNames)) {
    return Error{Code::kDamaged, fmt::format("{}{}: not the status of a site; restore the store "
                                             "from a backup",
                                             kStatusNames, site)};
  }
  SiteStatus status{.site = std::string(site),
                    .run = numbers[0],
                    .good_run = numbers[1],
                    .totals = {.pages = numbers[2],
                               .flat = numbers[4],
                               .failed = numbers[3],
                               .unread = numbers[5]},
                    .carried_over = numbers[6],
                    .ending = static_cast<Ending>(numbers[7])};
  status.gaps =
      NightReport{
          .ending = status.ending, .totals = status.totals, .carried_over = status.carried_over}
          .Gaps();
  return status;
}

Status KeepStatus(Store& store, uint64_t run, const NightReport& report) {
  const Result<std::optional<SiteStatus>> before = StatusOf(store, report.site);
  if (!before) return before.error();
  const uint64_t good = report.Gaps().empty() ? run : *before ? (*before)->good_run : 0;
  return store.PutNote(std::string(kStatusNames) + report.site,
                       fmt::format("{} {} {} {} {} {} {} {}", run, good, report.totals.pages,
                                   report.totals.failed, report.totals.flat, report.totals.unread,
                                   report.carried_over, static_cast<int>(report.ending)));
}

}  // namespace

Result<std::optional<SiteStatus>> StatusOf(const Store& store, std::string_view site) {
  const Result<std::optional<std::string>> note =
      store.Note(std::string(kStatusNames).append(site));
  if (!note) return note.error();
  if (!*note) return std::optional<SiteStatus>();
  Result<SiteStatus> status = ParseStatus(site, **note);
  if (!status) return status.error();
  return std::optional<SiteStatus>(std::move(*status));
}

Status EachStatus(const Store& store, const std::function<bool(const SiteStatus&)>& visit) {
  Status failed;
  const Status read =
      store.index().EachNote(kStatusNames, [&](std::string_view name, std::string_view note) {
        const Result<SiteStatus> status = ParseStatus(name.substr(kStatusNames.size()), note);
        if (!status) {
          failed = status.error();
          return false;
        }
        return visit(*status);
      });
  return read ? failed : read;
}

Status KeepReport(Store& store, const Run& run, const NightReport& report) {
  Node node = MakeTable();
  Put(node, "ending", MakeString(EndingName(report.ending)));
  EachTotal(report.totals, [&](std::string_view name, uint64_t value) {
    Put(node, name, MakeInteger(static_cast<int64_t>(value)));
  });
  Put(node, "carried_over", MakeInteger(static_cast<int64_t>(report.carried_over)));
  Put(node, "crawl_delay", MakeInteger(report.crawl_delay));
  Put(node, "notes", MakeStrings(report.notes));
  Node left = MakeTable();
  for (const auto& [reason, entry] : report.left) {
    Node item = MakeTable();
    Put(item, "count", MakeInteger(static_cast<int64_t>(entry.count)));
    Put(item, "examples", MakeStrings(entry.examples));
    Put(left, reason, std::move(item));
  }
  Put(node, "left", std::move(left));
  if (Status put = store.PutNote(NameOf(run.id, report.site), WriteJson(node)); !put) return put;
  return run.scope == RunScope::kPages ? Ok() : KeepStatus(store, run.id, report);
}

Result<std::optional<NightReport>> ReportOf(const Store& store, uint64_t run,
                                            std::string_view site) {
  Result<std::optional<std::string>> note = store.Note(NameOf(run, site));
  if (!note) return note.error();
  if (!note->has_value()) return std::optional<NightReport>();
  Result<Node> node = ParseJson(**note, NameOf(run, site));
  if (!node) return Error{Code::kDamaged, node.error().text};

  NightReport report;
  report.site = site;
  if (const Node* ending = node->Find("ending")) {
    for (size_t i = 0; i < std::size(kEndingNames); ++i) {
      if (ending->string == kEndingNames[i]) report.ending = static_cast<Ending>(i);
    }
  }
  EachTotal(report.totals,
            [&](std::string_view name, uint64_t& value) { value = Number(*node, name); });
  report.carried_over = Number(*node, "carried_over");
  report.crawl_delay = static_cast<Millis>(Number(*node, "crawl_delay"));
  report.notes = Strings(*node, "notes");
  if (const Node* left = node->Find("left")) {
    for (const auto& [reason, item] : left->members) {
      report.left[reason] = {Number(item, "count"), Strings(item, "examples")};
    }
  }
  return std::optional<NightReport>(std::move(report));
}

}  // namespace xuncha
