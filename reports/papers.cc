// The table of papers, their vocabularies, and the facts of a case under those names.
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/papers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "papers_embedded.h"
#include "reports/mask.h"
#include "reports/papers_text.h"
#include "rules/letter.h"
#include "store/case_file.h"

namespace xuncha {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;  // read from disk; Read says what is too long
constexpr size_t kPageCharsMax = 160;      // of a title or an excerpt's side
constexpr size_t kUrlCharsMax = 600;
constexpr size_t kRecordCharsMax = 500;
constexpr size_t kFoundCharsMax = 120;
// Of a hostile text, looked at at all: what is shown is at most a fiftieth.
constexpr size_t kLookedAtBytes = 32 << 10;

constexpr auto kList = PaperWord::Kind::kList;
constexpr auto kChart = PaperWord::Kind::kChart;

constexpr PaperWord kCaseWords[] = {
    {"制发单位", "出具文书的单位，见 xuncha.toml"},
    {"文号", "如“网信整改〔2026〕12号”"},
    {"日期", "文书的日期"},
    {"经办人", "经办的值班员"},
    {"批准人", "批准的人"},
    {"单位", "登记的单位名称"},
    {"网站名称", "登记的网站或信息系统名称"},
    {"网站编号", "登记的编号"},
    {"网址", "登记的网址或 IP；在“发现”里是发现问题的网址"},
    {"负责人", "登记的负责人"},
    {"负责人电话", "登记的联系电话"},
    {"安全联系人", "登记的安全联系人"},
    {"事件编号", "事件的编号"},
    {"类别", "如“赌博”"},
    {"严重程度", "高、中、低"},
    {"状态", "事件现在的状态"},
    {"立案时间", "系统立案的时间"},
    {"更新时间", "事件最近一次变动"},
    {"首次发现", "最早发现的时间"},
    {"最近发现", "最近一次见到的时间"},
    {"确认时间", "人工认定违规的时间"},
    {"确认人", "认定的人"},
    {"确认理由", "认定的理由"},
    {"首次巡查存量", "首次巡查时已存在的，写“是”"},
    {"发现数", "共有多少处发现"},
    {"未列数", "没有列出的发现数；全部列出时没有"},
    {"条款", "责任书的条款号，如“四（六）”"},
    {"补充说明", "值班员补充的话"},
    {"期限", "整改期限"},
    {"工作日数", "期限的工作日数"},
    {"期限说明", "期限如何计算"},
    {"一次性链接", "在线回复的地址；只在制发时有"},
    {"链接有效期", "链接到何时为止"},
    {"原文号", "此前整改通知书的文号"},
    {"原期限", "此前整改通知书的期限"},
    {"通知时间", "整改通知书发出的时间"},
    {"签收时间", "对方签收的时间"},
    {"签收人", "签收的人"},
    {"提醒次数", "已催办的次数"},
    {"逾期天数", "超过期限多少天；没有逾期时没有"},
    {"断网时间", "断网的时间"},
    {"恢复时间", "恢复的时间"},
    {"报告机关", "收报告的公安机关，见 xuncha.toml"},
    {"报告时限", "认定后 24 小时"},
    {"冻结", "为保全证据冻结的编号与文号"},
    {"复核结论", "全部消失、仍然存在或未能核实"},
    {"复核时间", "最近一次复核的时间"},
    {"发现", "问题清单", kList},
    {"编号", "发现的编号", PaperWord::Kind::kValue, "发现"},
    {"类别", "发现的类别", PaperWord::Kind::kValue, "发现"},
    {"严重程度", "高、中、低", PaperWord::Kind::kValue, "发现"},
    {"条款", "如“四（六）”", PaperWord::Kind::kValue, "发现"},
    {"网址", "问题所在的网址", PaperWord::Kind::kValue, "发现"},
    {"页面标题", "页面的标题", PaperWord::Kind::kValue, "发现"},
    {"位置", "在页面的什么地方", PaperWord::Kind::kValue, "发现"},
    {"摘录", "原文摘录，个人号码已遮盖", PaperWord::Kind::kValue, "发现"},
    {"说明", "系统的说明", PaperWord::Kind::kValue, "发现"},
    {"首次发现", "时间", PaperWord::Kind::kValue, "发现"},
    {"最近发现", "时间", PaperWord::Kind::kValue, "发现"},
    {"快照", "快照的 SHA-256", PaperWord::Kind::kValue, "发现"},
    {"是否仍在", "最近一次巡查是否仍在", PaperWord::Kind::kValue, "发现"},
    {"责任书条款", "所涉的责任书条款", kList},
    {"条款号", "如“四（六）”", PaperWord::Kind::kValue, "责任书条款"},
    {"全文", "该条款的全文", PaperWord::Kind::kValue, "责任书条款"},
    {"依据", "责任书以外的法律法规", kList},
    {"名称", "法律法规的名称与条文", PaperWord::Kind::kValue, "依据"},
    {"经过", "处置经过", kList},
    {"时间", "何时", PaperWord::Kind::kValue, "经过"},
    {"操作人", "何人", PaperWord::Kind::kValue, "经过"},
    {"操作", "做了什么", PaperWord::Kind::kValue, "经过"},
    {"内容", "理由或说明", PaperWord::Kind::kValue, "经过"},
    {"答复", "对方的答复", kList},
    {"时间", "何时", PaperWord::Kind::kValue, "答复"},
    {"操作人", "何人", PaperWord::Kind::kValue, "答复"},
    {"操作", "哪一种答复", PaperWord::Kind::kValue, "答复"},
    {"内容", "答复的内容", PaperWord::Kind::kValue, "答复"},
    {"复核页面", "最近一次复核的页面", kList},
    {"网址", "复核的网址", PaperWord::Kind::kValue, "复核页面"},
    {"结果", "已消失、仍然存在或未能核实", PaperWord::Kind::kValue, "复核页面"},
    {"时间", "取得的时间", PaperWord::Kind::kValue, "复核页面"},
    {"状态码", "服务器的状态码", PaperWord::Kind::kValue, "复核页面"},
    {"快照", "快照的 SHA-256", PaperWord::Kind::kValue, "复核页面"},
    {"说明", "未能核实的原因", PaperWord::Kind::kValue, "复核页面"},
};

constexpr PaperWord kMonthWords[] = {
    {"制发单位", "出具文书的单位，见 xuncha.toml"},
    {"日期", "制表日期"},
    {"月份", "如“2026年10月”"},
    {"范围", "单位名称；全部单位时写“全部单位”"},
    {"单位", "只报一个单位时，该单位的名称"},
    {"网站数", "登记的网站"},
    {"已查网站数", "本月巡查过的网站"},
    {"未查网站数", "本月一次也没有查到的网站；没有时为 0"},
    {"巡查次数", "本月的巡查次数"},
    {"页面数", "本月读到的页面，同一页面每次都计"},
    {"未全读页数", "只读到一部分、或不读内容的"},
    {"失败页数", "没有读到的"},
    {"新增", "本月立案的事件，含重新立案"},
    {"认定", "本月认定违规的"},
    {"误报", "本月判为误报的"},
    {"误报率", "误报占本月判断的百分比；没有判断时没有"},
    {"办结", "本月结案的"},
    {"未结", "月末尚未结案的"},
    {"待判断", "其中还没有人判断的"},
    {"逾期数", "月末超过整改期限的"},
    {"重复数", "整改后又出现的"},
    {"逾期未列", "逾期事件太多时，表里没有列出的件数"},
    {"重复未列", "重复事件太多时，表里没有列出的件数"},
    {"整改用时中位", "从认定到结案的中位数；没有结案时没有"},
    {"整改用时最长", "同上，最长"},
    {"类别", "按类别", kList},
    {"名称", "类别", PaperWord::Kind::kValue, "类别"},
    {"条款", "责任书条款", PaperWord::Kind::kValue, "类别"},
    {"新增", "", PaperWord::Kind::kValue, "类别"},
    {"认定", "", PaperWord::Kind::kValue, "类别"},
    {"误报", "", PaperWord::Kind::kValue, "类别"},
    {"办结", "", PaperWord::Kind::kValue, "类别"},
    {"各单位", "按单位；只报一个单位时没有", kList},
    {"名称", "单位", PaperWord::Kind::kValue, "各单位"},
    {"网站数", "", PaperWord::Kind::kValue, "各单位"},
    {"新增", "", PaperWord::Kind::kValue, "各单位"},
    {"认定", "", PaperWord::Kind::kValue, "各单位"},
    {"误报", "", PaperWord::Kind::kValue, "各单位"},
    {"办结", "", PaperWord::Kind::kValue, "各单位"},
    {"逾期", "", PaperWord::Kind::kValue, "各单位"},
    {"重复", "", PaperWord::Kind::kValue, "各单位"},
    {"整改用时", "中位数", PaperWord::Kind::kValue, "各单位"},
    {"逐月", "最近各月，本月在最后", kList},
    {"名称", "月份", PaperWord::Kind::kValue, "逐月"},
    {"新增", "", PaperWord::Kind::kValue, "逐月"},
    {"认定", "", PaperWord::Kind::kValue, "逐月"},
    {"误报", "", PaperWord::Kind::kValue, "逐月"},
    {"办结", "", PaperWord::Kind::kValue, "逐月"},
    {"整改用时", "中位数", PaperWord::Kind::kValue, "逐月"},
    {"逾期事件", "超过期限、月末未结的", kList},
    {"事件编号", "", PaperWord::Kind::kValue, "逾期事件"},
    {"网站", "", PaperWord::Kind::kValue, "逾期事件"},
    {"单位", "", PaperWord::Kind::kValue, "逾期事件"},
    {"类别", "", PaperWord::Kind::kValue, "逾期事件"},
    {"状态", "", PaperWord::Kind::kValue, "逾期事件"},
    {"期限", "", PaperWord::Kind::kValue, "逾期事件"},
    {"逾期天数", "", PaperWord::Kind::kValue, "逾期事件"},
    {"重复事件", "整改后又出现的", kList},
    {"事件编号", "", PaperWord::Kind::kValue, "重复事件"},
    {"网站", "", PaperWord::Kind::kValue, "重复事件"},
    {"单位", "", PaperWord::Kind::kValue, "重复事件"},
    {"类别", "", PaperWord::Kind::kValue, "重复事件"},
    {"状态", "", PaperWord::Kind::kValue, "重复事件"},
    {"次数", "第几次立案", PaperWord::Kind::kValue, "重复事件"},
    {"未能检查", "没有查到或没有全部读到的网站", kList},
    {"网站", "", PaperWord::Kind::kValue, "未能检查"},
    {"单位", "", PaperWord::Kind::kValue, "未能检查"},
    {"原因", "", PaperWord::Kind::kValue, "未能检查"},
    {"趋势图", "最近各月新增、认定与办结", kChart},
    {"类别图", "本月各类别", kChart},
    {"用时图", "最近各月整改用时的中位数（天）", kChart},
};

}  // namespace

std::span<const PaperInfo> Papers() {
  static const std::vector<PaperInfo> papers = [] {
    std::vector<PaperInfo> made = {
        {PaperKind::kNotice, "notice", "整改通知书", kCaseWords},
        {PaperKind::kReminder, "reminder", "催办通知书", kCaseWords},
        {PaperKind::kCutoff, "cutoff", "断网建议书", kCaseWords},
        {PaperKind::kAuthority, "authority", "24 小时报告", kCaseWords},
        {PaperKind::kIncident, "incident", "事件报告", kCaseWords},
        {PaperKind::kRecheck, "recheck", "复核结论", kCaseWords},
        {PaperKind::kMonth, "month", "月报", kMonthWords},
    };
    const std::span<const EmbeddedFile> texts = embedded::papers();
    CHECK(texts.size() == made.size());
    for (size_t i = 0; i < made.size(); ++i) {
      CHECK(texts[i].name == std::string(made[i].name) + ".txt");
      made[i].text = texts[i].bytes;
    }
    return made;
  }();
  return papers;
}

const PaperInfo& InfoOf(PaperKind kind) {
  for (const PaperInfo& info : Papers()) {
    if (info.kind == kind) return info;
  }
  CHECK(false);
  std::abort();
}

const PaperInfo* FindPaper(std::string_view name) {
  for (const PaperInfo& info : Papers()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

std::string DescribeWords(const PaperInfo& info) {
  std::string text = fmt::format("{}（{}.txt）可用的项目：\n", info.title, info.name);
  for (const PaperWord& word : info.words) {
    const std::string meaning = word.meaning.empty() ? "" : fmt::format("　{}", word.meaning);
    if (word.kind == PaperWord::Kind::kList) {
      text += fmt::format("@每个 {}{}\n", word.name, meaning);
    } else if (word.kind == PaperWord::Kind::kChart) {
      text += fmt::format("@图 {}{}\n", word.name, meaning);
    } else {
      text += fmt::format("{}{{{}}}{}\n", word.list.empty() ? "" : "　　", word.name, meaning);
    }
  }
  return text;
}

Result<PaperTemplate> TemplateOf(const PaperInfo& info, const std::string& directory) {
  const std::string path = fmt::format("{}/{}.txt", directory, info.name);
  if (directory.empty() || !FileExists(path))
    return PaperTemplate::Read(info.text, fmt::format("{}.txt", info.name), info.words);
  const Result<std::string> text = ReadFile(path, kFileBytesMax);
  if (!text) return text.error();
  return PaperTemplate::Read(*text, path, info.words);
}

Status WriteTemplates(const std::string& directory) {
  for (const PaperInfo& info : Papers()) {
    const std::string path = fmt::format("{}/{}.txt", directory, info.name);
    if (FileExists(path)) {
      return Error{
          Code::kConflict,
          fmt::format("{}：已经有了，不覆盖；要重新取得内置的模板，请写到另一个目录", path)};
    }
  }
  if (Status made = MakeDirectories(directory); !made) return made;
  for (const PaperInfo& info : Papers()) {
    const std::string path = fmt::format("{}/{}.txt", directory, info.name);
    if (Status written = WriteFileAtomically(path, info.text); !written) return written;
  }
  return Ok();
}

// ---- texts -------------------------------------------------------------------------

namespace paper_text {

std::string Cut(std::string_view text, size_t chars) {
  const size_t end = StepForward(text, 0, chars);
  return end >= text.size() ? std::string(text) : std::string(text.substr(0, end)) + "…";
}

namespace {
std::string_view Head(std::string_view text) {
  return text.size() <= kLookedAtBytes ? text : text.substr(0, StepBack(text, kLookedAtBytes, 1));
}
}  // namespace

std::string OfPage(std::string_view text) {
  return Cut(Neutralise(MaskIdentifiers(CollapseSpace(ToValidUtf8(Head(text))))), kPageCharsMax);
}

std::string Address(std::string_view url) {
  return Cut(Neutralise(ToValidUtf8(Head(url))), kUrlCharsMax);
}

std::string OfRecord(std::string_view text) {
  return Cut(Neutralise(CollapseSpace(ToValidUtf8(Head(text)))), kRecordCharsMax);
}

}  // namespace paper_text

std::string PaperDate(Millis time) {
  if (time == 0) return "";
  const std::string text = FormatTime(time);
  return fmt::format("{}年{}月{}日", text.substr(0, 4), std::atoi(text.substr(5, 2).c_str()),
                     std::atoi(text.substr(8, 2).c_str()));
}

std::string PaperMinute(Millis time) {
  if (time == 0) return "";
  const std::string text = FormatTime(time);
  return fmt::format("{}{}时{}分", PaperDate(time), text.substr(11, 2), text.substr(14, 2));
}

std::string PaperLength(Millis length) {
  if (length < 0) return "";
  const Millis minutes = length / 60'000, hours = minutes / 60, days = hours / 24;
  if (days > 0)
    return hours % 24 == 0 ? fmt::format("{} 天", days)
                           : fmt::format("{} 天 {} 小时", days, hours % 24);
  return hours > 0 ? fmt::format("{} 小时", hours) : fmt::format("{} 分钟", minutes);
}

// ---- a case ------------------------------------------------------------------------

namespace {

using paper_text::Address;
using paper_text::OfPage;
using paper_text::OfRecord;

// The three pieces as one line, what was found between brackets.
std::string ExcerptOf(const FindingFacts& finding) {
  if (finding.found.empty()) return "";
  // Cut first: what is masked must not depend on a text of ten megabytes.
  const auto tail = [](std::string_view text) {
    return std::string(text.substr(StepBack(text, text.size(), kPageCharsMax)));
  };
  const auto head = [](std::string_view text, size_t chars) {
    return std::string(text.substr(0, StepForward(text, 0, chars)));
  };
  const Excerpt masked = MaskExcerpt(ToValidUtf8(tail(finding.before)),
                                     ToValidUtf8(head(finding.found, kFoundCharsMax)),
                                     ToValidUtf8(head(finding.after, kPageCharsMax)));
  const auto shown = [](const std::string& text) { return Neutralise(CollapseSpace(text)); };
  return fmt::format("…{}【{}】{}…", shown(masked.before), shown(masked.found),
                     shown(masked.after));
}

PaperData::Values ValuesOf(const FindingFacts& finding) {
  return {{"编号", OfRecord(finding.id)},
          {"类别", OfRecord(finding.kind)},
          {"严重程度", finding.severity},
          {"条款", std::string(ClauseName(finding.clause))},
          {"网址", Address(finding.url)},
          {"页面标题", OfPage(finding.title)},
          {"位置", OfRecord(finding.place)},
          {"摘录", ExcerptOf(finding)},
          {"说明", OfPage(finding.because)},
          {"首次发现", PaperMinute(finding.first_seen)},
          {"最近发现", PaperMinute(finding.last_seen)},
          {"快照", OfRecord(finding.snapshot)},
          {"是否仍在", finding.standing ? "是" : "否"}};
}

PaperData::Values ValuesOf(const StepFacts& step) {
  return {{"时间", PaperMinute(step.time)},
          {"操作人", OfRecord(step.by)},
          {"操作", OfRecord(step.deed)},
          {"内容", OfPage(step.detail)}};
}

PaperData::Values ValuesOf(const RecheckFacts& page) {
  return {{"网址", Address(page.url)},
          {"结果", OfRecord(page.outcome)},
          {"时间", PaperMinute(page.time)},
          {"状态码", page.status == 0 ? "" : std::to_string(page.status)},
          {"快照", OfRecord(page.snapshot)},
          {"说明", OfPage(page.why)}};
}

template <class Facts>
std::vector<PaperData::Values> ListOf(const std::vector<Facts>& facts) {
  std::vector<PaperData::Values> list;
  for (const Facts& one : facts) list.push_back(ValuesOf(one));
  return list;
}

std::string Count(uint64_t count) { return count == 0 ? "" : std::to_string(count); }

}  // namespace

PaperData DataOf(const CaseFacts& facts) {
  std::vector<std::string> clauses;
  std::vector<PaperData::Values> letter, basis;
  for (const int clause : facts.clauses) {
    clauses.emplace_back(ClauseName(clause));
    letter.push_back(
        {{"条款号", std::string(ClauseName(clause))}, {"全文", std::string(ClauseText(clause))}});
  }
  for (const std::string& name : facts.basis) basis.push_back({{"名称", OfRecord(name)}});
  const uint64_t unlisted =
      facts.findings_total - std::min<uint64_t>(facts.findings_total, facts.findings.size());
  const Millis term = facts.first_deadline != 0 ? facts.first_deadline : facts.deadline;
  PaperData data;
  data.values = {
      {"制发单位", OfRecord(facts.institution)},
      {"文号", OfRecord(facts.number)},
      {"日期", PaperDate(facts.now)},
      {"经办人", OfRecord(facts.by)},
      {"批准人", OfRecord(facts.approved_by)},
      {"单位", OfRecord(facts.unit)},
      {"网站名称", OfRecord(facts.site_name)},
      {"网站编号", OfRecord(facts.site)},
      {"网址", Address(facts.address)},
      {"负责人", OfRecord(facts.owner)},
      {"负责人电话", OfRecord(facts.phone)},
      {"安全联系人", OfRecord(facts.contacts)},
      {"事件编号", OfRecord(facts.incident)},
      {"类别", OfRecord(facts.kind)},
      {"严重程度", OfRecord(facts.severity)},
      {"状态", OfRecord(facts.state)},
      {"立案时间", PaperMinute(facts.opened)},
      {"更新时间", PaperMinute(facts.updated)},
      {"首次发现", PaperMinute(facts.first_seen)},
      {"最近发现", PaperMinute(facts.last_seen)},
      {"确认时间", PaperMinute(facts.confirmed)},
      {"确认人", OfRecord(facts.confirmed_by)},
      {"确认理由", OfPage(facts.confirmed_why)},
      {"首次巡查存量", facts.stock ? "是" : ""},
      {"发现数", Count(facts.findings_total)},
      {"未列数", Count(unlisted)},
      {"条款", Join(clauses, "、")},
      {"补充说明", OfPage(facts.reason)},
      {"期限", PaperMinute(facts.deadline)},
      {"工作日数", Count(facts.working_days)},
      {"期限说明", facts.deadline_note.empty()
                       ? std::string("期限按工作日计算，不含周末与法定节假日。")
                       : OfRecord(facts.deadline_note)},
      {"一次性链接", Address(facts.link)},
      {"链接有效期", facts.link.empty() ? "" : PaperMinute(facts.link_expires)},
      {"原文号", OfRecord(facts.first_number)},
      {"原期限", PaperMinute(facts.first_deadline)},
      {"通知时间", PaperMinute(facts.notified)},
      {"签收时间", PaperMinute(facts.acknowledged)},
      {"签收人", OfRecord(facts.acknowledged_by)},
      {"提醒次数", Count(facts.reminders)},
      {"逾期天数", Count(static_cast<uint64_t>(OverdueDays(facts.now, term)))},
      {"断网时间", PaperMinute(facts.cut_off)},
      {"恢复时间", PaperMinute(facts.restored)},
      {"报告机关", OfRecord(facts.authority)},
      {"报告时限", PaperMinute(facts.report_due)},
      {"冻结", OfRecord(Join(facts.holds, "、"))},
      {"复核结论", OfRecord(facts.recheck)},
      {"复核时间", PaperMinute(facts.recheck_time)},
  };
  data.lists = {{"发现", ListOf(facts.findings)}, {"责任书条款", std::move(letter)},
                {"依据", std::move(basis)},       {"经过", ListOf(facts.steps)},
                {"答复", ListOf(facts.replies)},  {"复核页面", ListOf(facts.rechecked)}};
  return data;
}

}  // namespace xuncha
