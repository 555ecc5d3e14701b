// What the pages share: links, words for what records hold, who may do what with an
// incident, rows of incidents.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits_desk.h"
#include "base/percent.h"
#include "base/record.h"
#include "base/result.h"
#include "console/finding_view.h"
#include "console/web.h"
#include "store/casework.h"
#include "store/index.h"

namespace xuncha {

// ---- links ----
// A path of ours with what of the query is not empty.
using QueryParts = std::initializer_list<std::pair<std::string_view, std::string>>;
std::string LinkTo(std::string_view path, QueryParts query = {});
std::string IncidentLink(std::string_view id);
std::string SiteLink(std::string_view id);
// A place in a list, as links carry it. What is no such text is the beginning.
std::string TextOfPlace(const Place& place);
Place PlaceOfText(std::string_view text);

// ---- words ----
// Chinese as everywhere in the program; in English the names that files and the command
// line use.
std::string KindWord(const Visit& visit, std::string_view kind);
std::string StateWord(const Visit& visit, std::string_view state);
std::string SeverityWord(const Visit& visit, Severity severity);
std::string VerdictWord(const Visit& visit, std::string_view verdict);  // "violation"
std::string CaseDeedWord(const Visit& visit, CaseDeed deed);
std::string ActionWord(const Visit& visit, std::string_view action);  // of an event
std::string DeedWord(const Visit& visit, std::string_view kind);      // of an audit entry
std::string Either(const Visit& visit, std::string_view chinese, std::string_view english);
// "2026-11-22 09:00"; empty for 0. In Shanghai, as the foot of each page says.
std::string TimeText(Millis time);
std::string DateText(Millis time);
// How long until then, or since: "还有 3 小时", "已超过 2 天".
std::string UntilText(const Visit& visit, Millis then, Millis now);
std::string SizeText(uint64_t bytes);  // "1.4 MB"
// Who did it, as people know them: "李四（li）" of an account, else the name as written.
std::string PersonText(const Visit& visit, std::string_view name);

// ---- who ----
Party PartyOf(const Visit& visit);
// Whether the visitor works on incidents at all.
bool MayWork(const Visit& visit);
// Whether identifiers may be shown whole, for a reason that goes on record.
bool MayUnmask(const Visit& visit);
// Why: the field `reason` of the form. kInvalid if it says nothing.
Result<std::string> UnmaskReason(const Visit& visit);
// A reviewer sees the sites of one unit.
Result<bool> MaySee(const Visit& visit, std::string_view site);

// ---- lists ----
void AddMarked(Fields& fields, std::string_view section, const MarkedText& text);
// One row of {{#section}}, as rows.tpl has it.
Status AddIncidentRow(const Visit& visit, Fields& fields, std::string_view section,
                      const IncidentRow& row);
// Options of a <select>: {{#section}}<option value="{{VALUE}}" ...>.
void AddOption(Fields& fields, std::string_view section, std::string_view value,
               std::string_view text, std::string_view chosen);
// The newest of a history that is read from its beginning, however long it is.
template <class Record>
class Newest {
 public:
  void Add(const Record& record) {
    ++seen_;
    kept_.push_back(record);
    if (kept_.size() > limits::kDeskHistoryMax) kept_.pop_front();
  }
  const std::deque<Record>& kept() const { return kept_; }  // oldest first
  int64_t left_out() const { return static_cast<int64_t>(seen_ - kept_.size()); }

 private:
  std::deque<Record> kept_;
  size_t seen_ = 0;
};
// Links to the pages before and behind; empty ones are not shown. As pager.tpl has it.
void AddPager(Fields& fields, const std::string& previous, const std::string& next);

}  // namespace xuncha
