// The papers of xuncha: what is said to an owner, to who decides, to the authority, and
// what is filed. Facts come as plain values (paper_gather.h takes them from the store);
// how they are worded stands in templates.
//
// Six papers are about one case and share its facts; 月报 is about a month.
//
// Texts of facts are taken as they are, however hostile: here they are put on one line,
// cut to what fits a paper, their control characters made visible and, where they came
// from a page, identifiers of citizens masked. Addresses stay whole up to a length: who
// reads a notice must be able to open them.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "reports/paper.h"
#include "reports/paper_template.h"

namespace xuncha {

enum class PaperKind : uint8_t {
  kNotice,     // 整改通知书
  kReminder,   // 催办通知书
  kCutoff,     // 断网建议书
  kAuthority,  // 24 小时报告
  kIncident,   // 事件报告
  kRecheck,    // 复核结论
  kMonth,      // 月报
};
struct PaperInfo {
  PaperKind kind = PaperKind::kNotice;
  std::string_view name;   // "notice": its template is notice.txt
  std::string_view title;  // 整改通知书
  PaperVocabulary words;
  std::string_view text;  // of the template built in
};
std::span<const PaperInfo> Papers();
const PaperInfo& InfoOf(PaperKind kind);
const PaperInfo* FindPaper(std::string_view name);  // nullptr if there is none

// What a template may say, with meanings, for whoever changes it.
std::string DescribeWords(const PaperInfo& info);

// The template of the directory if there is one, else the one built in. An empty directory
// has none. kInvalid lists every mistake.
Result<PaperTemplate> TemplateOf(const PaperInfo& info, const std::string& directory);
// Writes those built in, for changing. kConflict, and nothing is written, if one is there.
Status WriteTemplates(const std::string& directory);

// ---- a case -----------------------------------------------------------------------

struct FindingFacts {
  std::string id;
  std::string kind;      // 赌博
  std::string severity;  // 高
  int clause = 0;
  std::string url, title;
  std::string place;                 // 标题（隐藏：…）
  std::string before, found, after;  // of the strongest evidence, unmasked
  std::string because;
  Millis first_seen = 0, last_seen = 0;
  std::string snapshot;  // SHA-256 in hexadecimal
  bool standing = true;
};
struct StepFacts {
  Millis time = 0;
  std::string by, deed, detail;
};
struct RecheckFacts {
  std::string url, outcome, why;
  Millis time = 0;
  uint16_t status = 0;
  std::string snapshot;
};
struct CaseFacts {
  Millis now = 0;           // date of the paper
  std::string institution;  // who issues it
  std::string number;       // 网信整改〔2026〕12号
  std::string by, approved_by;

  std::string site, site_name, unit, owner, phone, address, contacts;  // as registered

  std::string incident, kind, severity, state;
  Millis opened = 0, updated = 0, first_seen = 0, last_seen = 0;
  Millis confirmed = 0;
  std::string confirmed_by, confirmed_why;
  bool stock = false;                  // stood when the audit began
  std::vector<FindingFacts> findings;  // gravest first; as many as a paper lists
  uint64_t findings_total = 0;
  std::vector<int> clauses;        // of all findings; ascending
  std::vector<std::string> basis;  // laws and rules besides the letter

  std::string reason;  // what the officer added
  Millis deadline = 0;
  uint32_t working_days = 0;
  std::string deadline_note;  // which holidays were counted
  std::string link;           // the owner's way in, as a whole address; known once only
  Millis link_expires = 0;

  std::string first_number;   // of the notice a reminder or an advice goes back to
  Millis first_deadline = 0;  // likewise
  Millis notified = 0, acknowledged = 0;
  std::string acknowledged_by;
  uint32_t reminders = 0;
  Millis cut_off = 0, restored = 0;

  std::string authority;  // who gets the 24-hour report
  Millis report_due = 0;
  std::vector<StepFacts> steps;    // what was done, oldest first
  std::vector<StepFacts> replies;  // of the owner
  std::vector<std::string> holds;  // "H1（某网安〔2026〕12号）"

  std::string recheck;  // its outcome; empty: there was none
  Millis recheck_time = 0;
  std::vector<RecheckFacts> rechecked;
};
PaperData DataOf(const CaseFacts& facts);

// ---- a month ----------------------------------------------------------------------

struct MonthCount {
  std::string name;    // a kind, a unit or a month
  std::string clause;  // of a kind
  uint64_t sites = 0;  // of a unit
  uint64_t opened = 0, confirmed = 0, false_positive = 0, closed = 0, overdue = 0, repeated = 0;
  std::vector<Millis> repair;  // from confirmation to the end, of what ended
};
struct MonthSite {
  std::string name, unit, what;
};
struct MonthCase {
  std::string incident, site, unit, kind, state;
  Millis deadline = 0;
  int64_t days = 0;    // overdue
  uint64_t times = 0;  // opened, of what came back
};
struct MonthFacts {
  Millis now = 0;
  std::string institution;
  std::string month;  // 2026年10月
  std::string unit;   // empty: all
  uint64_t sites = 0, sites_audited = 0;
  uint64_t runs = 0, pages = 0, flat = 0, failed = 0, unread = 0;
  MonthCount total;
  uint64_t open = 0;       // at the end of the month, neither closed nor a false positive
  uint64_t undecided = 0;  // of them nobody has judged
  std::vector<MonthCount> kinds, units;
  std::vector<MonthCount> months;    // the trend, oldest first, the month itself last
  std::vector<MonthSite> unchecked;  // sites that could not be checked, or not in full, and why
  std::vector<MonthCase> overdue, repeated;              // the worst, as many as a paper can list
  uint64_t overdue_left_out = 0, repeated_left_out = 0;  // not listed; the ledger has all
};
PaperData DataOf(const MonthFacts& facts);

// "2026年11月22日"; "" of 0.
std::string PaperDate(Millis time);
// "2026年11月22日09时30分"; "" of 0.
std::string PaperMinute(Millis time);
// "3 天 4 小时"; "" below 0.
std::string PaperLength(Millis length);

}  // namespace xuncha
