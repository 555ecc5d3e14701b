// SPDX-License-Identifier: Apache-2.0
#include "console/page_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/day.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"
#include "reports/words.h"
#include "rules/kinds.h"

namespace xuncha {

// ---- links ----------------------------------------------------------------------

std::string LinkTo(std::string_view path, QueryParts query) {
  std::string link(path);
  char mark = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    link += fmt::format("{}{}={}", mark, name, PercentEncode(value));
    mark = '&';
  }
  return link;
}

std::string IncidentLink(std::string_view id) { return "/incident/" + PercentEncode(id); }
std::string SiteLink(std::string_view id) { return "/site/" + PercentEncode(id); }

std::string TextOfPlace(const Place& place) { return Hex(place); }

Place PlaceOfText(std::string_view text) {
  if (text.size() % 2 != 0 || text.size() > 2 * limits::kDeskPlaceBytesMax) return {};
  Place place;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexValue(text[i]), low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return {};
    place += static_cast<char>(high * 16 + low);
  }
  return place;
}

// ---- words ----------------------------------------------------------------------

std::string Either(const Visit& visit, std::string_view chinese, std::string_view english) {
  return std::string(visit.language == Language::kChinese ? chinese : english);
}

std::string KindWord(const Visit& visit, std::string_view kind) {
  return Either(visit, KindText(kind), kind);
}

std::string StateWord(const Visit& visit, std::string_view state) {
  const std::optional<CaseState> known = CaseStateByName(state);
  return known ? Either(visit, CaseStateText(*known), state) : std::string(state);
}

std::string SeverityWord(const Visit& visit, Severity severity) {
  return Either(visit, SeverityText(severity), SeverityName(severity));
}

std::string VerdictWord(const Visit& visit, std::string_view verdict) {
  return Say(visit, std::string("verdict.").append(verdict));
}

std::string CaseDeedWord(const Visit& visit, CaseDeed deed) {
  if (visit.language == Language::kChinese) return std::string(CaseDeedText(deed));
  constexpr std::string_view kVerdict = "verdict:";
  const std::string_view name = CaseDeedName(deed);
  if (name.starts_with(kVerdict))
    return Say(visit, "deed.verdict",
               {{"WHICH", VerdictWord(visit, name.substr(kVerdict.size()))}});
  return Say(visit, std::string("deed.").append(name));
}

std::string ActionWord(const Visit& visit, std::string_view action) {
  const std::optional<CaseDeed> deed = CaseDeedByName(action);
  if (deed) return CaseDeedWord(visit, *deed);
  return Either(visit, ActionText(action), action);
}

std::string DeedWord(const Visit& visit, std::string_view kind) {
  const std::optional<CaseDeed> deed = CaseDeedByName(kind);
  if (deed) return CaseDeedWord(visit, *deed);
  return Either(visit, DeedText(kind), kind);
}

std::string TimeText(Millis time) {
  if (time == 0) return {};
  std::string text = FormatTime(time).substr(0, 16);
  std::ranges::replace(text, 'T', ' ');
  return text;
}

std::string DateText(Millis time) { return time == 0 ? "" : FormatDay(time); }

std::string UntilText(const Visit& visit, Millis then, Millis now) {
  const Millis apart = then > now ? then - now : now - then;
  const std::string_view unit = apart >= 2 * kDay ? "days" : apart >= kHour ? "hours" : "minutes";
  const Millis count = apart >= 2 * kDay ? apart / kDay
                       : apart >= kHour  ? apart / kHour
                                         : apart / kMinute;
  const std::string length =
      Say(visit, std::string("time.").append(unit), {{"COUNT", std::to_string(count)}});
  return Say(visit, then > now ? "time.left" : "time.over", {{"LENGTH", length}});
}

std::string SizeText(uint64_t bytes) {
  if (bytes < 1'000) return fmt::format("{} B", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

std::string PersonText(const Visit& visit, std::string_view name) {
  const auto account = visit.desk.store().accounts().Find(name);
  const std::string plain = PlainLine(name);
  if (!account || !*account || (*account)->display.empty() || (*account)->display == name)
    return plain;
  return fmt::format("{}（{}）", PlainLine((*account)->display), plain);
}

// ---- who ------------------------------------------------------------------------

Party PartyOf(const Visit& visit) {
  return visit.May(kApproverOnly) ? Party::kApprover : Party::kOfficer;
}

bool MayWork(const Visit& visit) { return visit.May(kOfficerOnly | kApproverOnly); }

bool MayUnmask(const Visit& visit) { return visit.May(kApproverOnly | kAdministratorOnly); }

Result<std::string> UnmaskReason(const Visit& visit) {
  std::string reason(Trim(visit.request.Form("reason")));
  if (CountCodePoints(reason) < limits::kReasonCodePointsMin)
    return Error{Code::kInvalid, Say(visit, "incident.unmask-reason")};
  return reason;
}

Result<bool> MaySee(const Visit& visit, std::string_view site) {
  if (visit.May(kInside)) return true;
  if (visit.account == nullptr) return false;
  const Result<std::optional<Site>> record = visit.desk.store().index().SiteOf(site);
  if (!record) return record.error();
  return record->has_value() && !visit.account->unit.empty() &&
         (*record)->unit == visit.account->unit;
}

// ---- lists ----------------------------------------------------------------------

void AddMarked(Fields& fields, std::string_view section, const MarkedText& text) {
  if (text.empty()) return;
  Fields& shown = fields.Add(section).Include("MARKED", "marked.tpl");
  shown.ShowIf("BEGINS_BEFORE", text.begins_before);
  for (const MarkedText::Piece& piece : text.pieces) {
    // The template engine makes a blank of a line's end.
    bool first = true;
    for (const std::string_view line : Split(piece.text, '\n')) {
      Fields& one = shown.Add("PIECE");
      one.ShowIf("NEW_LINE", !first);
      one.Add(piece.marked ? "FOUND" : "PLAIN").Set("TEXT", line);
      first = false;
    }
  }
  shown.ShowIf("GOES_ON", text.goes_on);
}

Status AddIncidentRow(const Visit& visit, Fields& fields, std::string_view section,
                      const IncidentRow& row) {
  const Store& store = visit.desk.store();
  const Incident& incident = row.incident;
  const Millis now = visit.desk.clock().Now();
  Fields& shown = fields.Add(section).Include("CASE", "rows.tpl");
  shown.Set("ID", incident.id)
      .Set("HREF", IncidentLink(incident.id))
      .Set("SITE", incident.site)
      .Set("KIND", KindWord(visit, incident.kind))
      .Set("SEVERITY", SeverityName(incident.severity))
      .Set("SEVERITY_TEXT", SeverityWord(visit, incident.severity))
      .Set("STATE", incident.state)
      .Set("STATE_TEXT", StateWord(visit, incident.state))
      .Set("OPENED", TimeText(incident.opened))
      .Set("STANDING", static_cast<int64_t>(row.standing))
      .Set("GONE", static_cast<int64_t>(row.gone));
  shown.Set("TITLE", "");
  shown.ShowIf("BASELINE", incident.baseline);
  const Result<std::optional<Site>> site = store.index().SiteOf(incident.site);
  if (!site) return site.error();
  shown.Set("SITE_NAME",
            *site && !(*site)->name.empty() ? PlainLine((*site)->name) : PlainLine(incident.site));
  shown.Set("UNIT", *site ? PlainLine((*site)->unit) : "");
  // What was found, by one of its findings: an incident without a word says nothing.
  const Status lead =
      store.index().EachMember(incident.id, {}, [&](const Place&, const StoredFinding& finding) {
        shown.Set("TITLE", PlainLine(finding.title.empty() ? finding.url : finding.title));
        for (const Evidence& evidence : finding.finding.evidence) {
          if (evidence.found.empty()) continue;
          shown.Add("FOUND").Set("WORDS", PlainLine(evidence.found));
          break;
        }
        return false;
      });
  if (!lead) return lead;
  const Result<CaseFile> file = store.casework().FileOf(incident.id);
  if (!file) return file.error();
  if (now < file->lease.until)
    shown.Add("HELD").Set("HOLDER", PersonText(visit, file->lease.holder));
  if (!file->assignee.empty())
    shown.Add("ASSIGNED").Set("ASSIGNEE", PersonText(visit, file->assignee));
  const auto due = [&](std::string_view word, Millis at) {
    if (at == 0) return;
    shown.Add("TERM")
        .Set("WHAT", Say(visit, word))
        .Set("WHEN", UntilText(visit, at, now))
        .Set("LATE", at <= now ? "late" : "");
  };
  if (file->report_sent == 0) due("due.report", file->report_due);
  due("due.deadline", file->deadline);
  return Ok();
}

void AddOption(Fields& fields, std::string_view section, std::string_view value,
               std::string_view text, std::string_view chosen) {
  fields.Add(section).Set("VALUE", value).Set("TEXT", text).ShowIf("CHOSEN", value == chosen);
}

void AddPager(Fields& fields, const std::string& previous, const std::string& next) {
  Fields& pager = fields.Include("PAGER", "pager.tpl");
  if (!previous.empty()) pager.Add("PREVIOUS").Set("HREF", previous);
  if (!next.empty()) pager.Add("NEXT").Set("HREF", next);
}

}  // namespace xuncha
