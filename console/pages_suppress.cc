// Suppressions: made of a finding, with a look at what they would cover; and the list of
// those in force, stale ones and those about to expire marked.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <set>

#include "base/day.h"
#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "console/second_person.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr std::array kReasons = {SuppressionReason::kFalsePositive, SuppressionReason::kLegitimate,
                                 SuppressionReason::kAccepted, SuppressionReason::kThirdParty};
constexpr size_t kPreviewRead = 2'000;  // findings of the site held against it
constexpr size_t kPreviewShown = 5;

Casework::SuppressionDraft DraftOf(const Visit& visit, const StoredFinding& finding) {
  Casework::SuppressionDraft draft;
  draft.finding = finding.finding.id;
  draft.scope =
      SuppressionScopeByName(visit.request.Form("scope")).value_or(SuppressionScope::kFinding);
  draft.pattern = visit.request.Form("pattern");
  draft.host = visit.request.Form("host");
  draft.reason_class = SuppressionReasonByName(visit.request.Form("class"))
                           .value_or(SuppressionReason::kFalsePositive);
  draft.reason = Trim(visit.request.Form("reason"));
  draft.by = visit.who();
  const std::string_view days = visit.request.Form("days");
  int64_t count = 0;
  const auto read = std::from_chars(days.data(), days.data() + days.size(), count);
  if (read.ec == std::errc() && count > 0 && count <= 10'000) draft.lasts = count * kDay;
  return draft;
}

// What of it somebody else said yes to.
std::vector<std::string> RefsOf(const Casework::SuppressionDraft& draft) {
  std::vector<std::string> refs = {
      "finding:" + draft.finding, fmt::format("scope:{}", SuppressionScopeName(draft.scope)),
      fmt::format("class:{}", SuppressionReasonName(draft.reason_class)),
      fmt::format("days:{}", draft.lasts / kDay)};
  // No longer than a path may be; the suppression has it whole.
  if (!draft.pattern.empty()) refs.push_back("pattern:" + PlainLine(draft.pattern).substr(0, 200));
  if (!draft.host.empty()) refs.push_back("host:" + PlainLine(draft.host).substr(0, 200));
  return refs;
}

// What of the site the draft would cover now, by the same question the crawl asks.
Status AddPreview(const Visit& visit, Fields& fields, const StoredFinding& finding,
                  const Casework::SuppressionDraft& draft) {
  Suppression made{.scope = draft.scope,
                   .finding = finding.finding.id,
                   .site = draft.scope == SuppressionScope::kTarget ? "" : finding.site,
                   .host = draft.host,
                   .pattern = draft.pattern,
                   .known = ContentsOf(finding, draft.scope),
                   .clause = finding.finding.clause,
                   .kind = finding.finding.kind,
                   .expires = visit.desk.clock().Now() + draft.lasts};
  for (const Evidence& evidence : finding.finding.evidence) made.rules.push_back(evidence.rule);
  if (made.scope == SuppressionScope::kTarget && made.host.empty()) {
    const std::vector<std::string> targets = TargetsOf(finding);
    if (targets.size() == 1) made.host = targets.front();
  }
  if (made.scope == SuppressionScope::kSpan) {
    const Result<Url> url = Url::Parse(finding.url);
    if (url) made.host = url->host();
  }
  const SuppressionSet one({made});
  size_t read = 0, covered = 0;
  std::vector<std::string> samples;
  const Status scanned = visit.desk.store().index().EachFinding(
      finding.site, Direction::kForward, {}, [&](const Place&, const StoredFinding& other) {
        if (++read > kPreviewRead) return false;
        if (!other.standing || one.Of(other) == nullptr) return true;
        if (++covered <= kPreviewShown) samples.push_back(other.url);
        return true;
      });
  if (!scanned) return scanned;
  Fields& preview = fields.Add("PREVIEW");
  preview.Set("COVERED", static_cast<int64_t>(covered))
      .Set("READ", static_cast<int64_t>(std::min(read, kPreviewRead)));
  preview.ShowIf("CUT", read > kPreviewRead);
  // What would be refused is said before it is tried.
  const auto lacks = [&](std::string_view word, bool is_so) {
    if (is_so) preview.Add("LACKS").Set("WHAT", Say(visit, word));
  };
  lacks("suppress.lacks-days", draft.lasts > limits::kSuppressionMillisMax);
  lacks("suppress.lacks-pattern",
        draft.scope == SuppressionScope::kPath && !draft.pattern.starts_with('/'));
  lacks("suppress.lacks-host", draft.scope == SuppressionScope::kTarget && made.host.empty());
  lacks("suppress.lacks-reason",
        CountCodePoints(draft.reason) < limits::kSuppressionReasonCodePointsMin);
  for (const std::string& url : samples) preview.Add("SAMPLE").Set("URL", PlainLine(url));
  return Ok();
}

Reply ShowForm(Visit& visit, const StoredFinding& finding, std::string_view problem, int status) {
  Fields fields;
  const Casework::SuppressionDraft draft = DraftOf(visit, finding);
  fields.Set("ACTION", "/finding/" + PercentEncode(finding.finding.id) + "/suppress")
      .Set("BACK", IncidentLink(StableId({finding.site, finding.finding.kind})))
      .Set("URL", PlainLine(finding.url))
      .Set("SITE", PlainLine(finding.site))
      .Set("KIND", KindWord(visit, finding.finding.kind))
      .Set("REASON", draft.reason)
      .Set("PATTERN", draft.pattern)
      .Set("DAYS", draft.lasts / kDay)
      .Set("DAYS_MAX", limits::kSuppressionMillisMax / kDay);
  for (const Evidence& evidence : finding.finding.evidence) {
    if (!evidence.found.empty()) fields.Add("FOUND").Set("TEXT", PlainLine(evidence.found));
  }
  for (int i = 0; i < kSuppressionScopes; ++i) {
    const auto scope = static_cast<SuppressionScope>(i);
    AddOption(fields, "SCOPE", SuppressionScopeName(scope),
              Either(visit, SuppressionScopeText(scope), SuppressionScopeName(scope)),
              SuppressionScopeName(draft.scope));
  }
  for (const SuppressionReason reason : kReasons) {
    AddOption(fields, "CLASS", SuppressionReasonName(reason),
              Either(visit, SuppressionReasonText(reason), SuppressionReasonName(reason)),
              SuppressionReasonName(draft.reason_class));
  }
  AddOption(fields, "HOST", "", Say(visit, "suppress.only-host"), draft.host);
  for (const std::string& host : TargetsOf(finding))
    AddOption(fields, "HOST", host, host, draft.host);
  if (NeedsApprover(finding.finding.clause)) {
    const Status added = AddSecondPerson(visit, fields, SecondIn::kFormWithPreview);
    if (!added) return Problem(visit, added.error());
  }
  if (!problem.empty()) fields.Add("PROBLEM").Set("TEXT", problem);
  if (visit.request.method == "POST") {
    if (Status added = AddPreview(visit, fields, finding, draft); !added)
      return Problem(visit, added.error());
  }
  return Page(visit, "suppress.tpl", "suppress.title", fields, status);
}

}  // namespace

Reply SuppressPage(Visit& visit) {
  const Result<StoredFinding> finding =
      visit.desk.store().cases().FindingById(visit.request.parts.at(0));
  if (!finding) return Problem(visit, finding.error());
  return ShowForm(visit, *finding, "", 200);
}

Reply SuppressPost(Visit& visit) {
  const Result<StoredFinding> finding =
      visit.desk.store().cases().FindingById(visit.request.parts.at(0));
  if (!finding) return Problem(visit, finding.error());
  if (visit.request.Form("do") != "suppress") return ShowForm(visit, *finding, "", 200);
  Casework::SuppressionDraft draft = DraftOf(visit, *finding);
  const std::string about = "finding:" + finding->finding.id;
  std::optional<Gate::Approval> approval;
  if (NeedsApprover(finding->finding.clause)) {
    const Result<Gate::Approval> second = SecondPerson(visit, about);
    if (!second) return ShowForm(visit, *finding, second.error().text, 400);
    approval = *second;
    draft.approved_by = approval->name;
  }
  const Status made = visit.desk.Change([&](Store& store) -> Status {
    const auto suppress = [&]() -> Status {
      const Result<Suppression> suppressed =
          store.casework().Suppress(draft, visit.desk.clock().Now());
      return suppressed ? Ok() : Status(suppressed.error());
    };
    if (!approval) return suppress();
    return DoApproved(store, *approval, "suppress", RefsOf(draft), suppress);
  });
  if (!made) return ShowForm(visit, *finding, made.error().text, 400);
  // The incident still waits, and what it was about is decided: so that comes next.
  const bool opened = finding->finding.severity > Severity::kHint;
  return Redirect(LinkTo(opened ? IncidentLink(StableId({finding->site, finding->finding.kind}))
                                : std::string("/suppressions"),
                         {{"done", opened ? "done.suppressed" : "done.suppressed-hint"}}));
}

namespace {

uint64_t NumberIn(std::string_view text) {
  uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() ? number : 0;
}

enum class Idle : uint8_t { kNo, kYes };

void AddRow(const Visit& visit, Fields& fields, const Suppression& one, Idle idle, Millis now) {
  Fields& row = fields.Add("ROW");
  row.Set("ID", one.id())
      .Set("SCOPE", Either(visit, SuppressionScopeText(one.scope), SuppressionScopeName(one.scope)))
      .Set("SITE", PlainLine(one.site.empty() ? one.host : one.site))
      .Set("KIND", KindWord(visit, one.kind))
      .Set("CLASS", Either(visit, SuppressionReasonText(one.reason_class),
                           SuppressionReasonName(one.reason_class)))
      .Set("REASON", PlainLine(one.reason))
      .Set("BY", PersonText(visit, one.by))
      .Set("MADE", DateText(one.made))
      .Set("EXPIRES", DateText(one.expires))
      .Set("MATCHES", static_cast<int64_t>(one.matches))
      .Set("FINDING_HREF", "/search?q=" + PercentEncode(one.finding));
  if (!one.approved_by.empty()) row.Add("APPROVED").Set("BY", PersonText(visit, one.approved_by));
  row.ShowIf("STALE", idle == Idle::kYes);
  row.ShowIf("EXPIRING", one.InForce(now) && one.expires - now < Millis{14} * kDay);
  row.ShowIf("ENDED", !one.InForce(now));
  if (one.ended == 0 && MayWork(visit))
    row.Add("MAY_END").Set("ACTION", "/suppression/" + std::to_string(one.number) + "/end");
}

}  // namespace

Reply SuppressionsPage(Visit& visit) {
  const Millis now = visit.desk.clock().Now();
  const bool all = visit.request.Query("all") == "1";
  const uint64_t before = NumberIn(visit.request.Query("before"));
  std::vector<Suppression> rows;
  bool more = false;
  const Status read =
      visit.desk.store().casework().EachSuppressionBefore(before, [&](const Suppression& one) {
        if (!all && one.ended != 0) return true;
        more = rows.size() == limits::kDeskRowsMax;
        if (!more) rows.push_back(one);
        return !more;
      });
  if (!read) return Problem(visit, read.error());
  // A page that has not changed is not judged anew, so when one was last used says nothing
  // of it: what stands is asked.
  std::set<uint64_t> idle;
  for (const Suppression& one : rows) {
    if (one.MayBeStale(now)) idle.insert(one.number);
  }
  const auto used =
      visit.desk.store().casework().SuppressionsMatching(idle, limits::kDeskScannedMax, now);
  if (!used) return Problem(visit, used.error());
  Fields fields;
  for (const Suppression& one : rows) {
    const bool covers = !*used || (*used)->contains(one.number);
    AddRow(visit, fields, one, idle.contains(one.number) && !covers ? Idle::kYes : Idle::kNo, now);
  }
  fields.ShowIf("EMPTY", rows.empty()).ShowIf("SHOW_ALL", !all).ShowIf("SHOW_LIVE", all);
  const auto link = [all](std::string_view from) {
    return LinkTo("/suppressions", {{"all", all ? "1" : ""}, {"before", std::string(from)}});
  };
  AddPager(fields, before == 0 ? "" : link(""),
           more ? link(std::to_string(rows.back().number)) : "");
  return Page(visit, "suppressions.tpl", "suppressions.title", fields);
}

Reply SuppressionEnd(Visit& visit) {
  uint64_t number = 0;
  const std::string& part = visit.request.parts.at(0);
  const auto read = std::from_chars(part.data(), part.data() + part.size(), number);
  if (read.ec != std::errc()) return Problem(visit, 404, Say(visit, "problem.nowhere"));
  const Status ended = visit.desk.Change([&](Store& store) -> Status {
    const Result<Suppression> one = store.casework().EndSuppression(
        number, visit.who(), Trim(visit.request.Form("reason")), visit.desk.clock().Now());
    return one ? Ok() : Status(one.error());
  });
  if (!ended) return Problem(visit, ended.error());
  return Redirect(LinkTo("/suppressions", {{"done", "done.recorded"}}));
}

}  // namespace xuncha
