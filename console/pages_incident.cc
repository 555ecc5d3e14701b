// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "console/incident_page.h"
#include "console/pages.h"
#include "console/pages_picture.h"
#include "reports/mask.h"
#include "rules/kinds.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kListed = 20;  // findings named beside the one that is shown

Status AddSite(const Visit& visit, Fields& fields, std::string_view id) {
  const Result<std::optional<Site>> found = visit.desk.store().index().SiteOf(id);
  if (!found) return found.error();
  fields.Set("SITE", PlainLine(id)).Set("SITE_HREF", SiteLink(id));
  fields.Set("SITE_NAME",
             *found && !(*found)->name.empty() ? PlainLine((*found)->name) : PlainLine(id));
  if (!*found) {
    fields.ShowIf("UNREGISTERED", true);
    return Ok();
  }
  const Site& site = **found;
  Fields& card = fields.Add("OWNER_CARD");
  card.Set("UNIT", PlainLine(site.unit))
      .Set("OWNER", PlainLine(site.owner))
      .Set("PHONE", PlainLine(site.phone, Identifiers::kWhole))
      .Set("ADDRESS", PlainLine(site.address));
  for (const std::string& contact : site.contacts)
    card.Add("CONTACT").Set("TEXT", PlainLine(contact, Identifiers::kWhole));
  return Ok();
}

// The findings of the incident, a page of them; the one asked for, or the first that
// stands.
struct Chosen {
  std::vector<StoredFinding> listed;
  std::optional<StoredFinding> shown;
  Place next;
};

Result<Chosen> Choose(const Visit& visit, const IncidentRow& row) {
  const Index& index = visit.desk.store().index();
  const std::string_view wanted = visit.request.method == "POST" ? visit.request.Form("finding")
                                                                 : visit.request.Query("finding");
  const Place from = PlaceOfText(visit.request.Query("findings"));
  Chosen chosen;
  Place last;
  const Status read = index.EachMember(row.incident.id, from,
                                       [&](const Place& place, const StoredFinding& finding) {
                                         if (chosen.listed.size() == kListed) {
                                           chosen.next = last;
                                           return false;
                                         }
                                         chosen.listed.push_back(finding);
                                         last = place;
                                         return true;
                                       });
  if (!read) return read.error();
  for (const StoredFinding& finding : chosen.listed) {
    if (finding.finding.id == wanted) chosen.shown = finding;
  }
  if (!chosen.shown && !wanted.empty()) {
    const Result<StoredFinding> named = visit.desk.store().cases().FindingById(wanted);
    if (named && named->site == row.incident.site && named->finding.kind == row.incident.kind) {
      chosen.shown = *named;
    }
  }
  if (!chosen.shown) {
    const auto standing = std::ranges::find_if(
        chosen.listed, [](const StoredFinding& finding) { return finding.standing; });
    if (standing != chosen.listed.end()) {
      chosen.shown = *standing;
    } else if (!chosen.listed.empty()) {
      chosen.shown = chosen.listed.front();
    }
  }
  return chosen;
}

void ListFindings(const Visit& visit, Fields& fields, const IncidentRow& row,
                  const Chosen& chosen) {
  for (const StoredFinding& finding : chosen.listed) {
    Fields& one = fields.Add("FINDING_ROW");
    one.Set("HREF", LinkTo(IncidentLink(row.incident.id),
                           {{"finding", finding.finding.id},
                            {"findings", std::string(visit.request.Query("findings"))}}))
        .Set("URL", PlainLine(finding.url))
        .Set("TITLE", PlainLine(finding.title))
        .Set("SEVERITY", SeverityName(finding.finding.severity))
        .Set("SEVERITY_TEXT", SeverityWord(visit, finding.finding.severity));
    one.ShowIf("GONE", !finding.standing);
    one.ShowIf("HERE", chosen.shown && chosen.shown->finding.id == finding.finding.id);
  }
  if (!chosen.next.empty()) {
    fields.Add("MORE_FINDINGS")
        .Set("HREF",
             LinkTo(IncidentLink(row.incident.id), {{"findings", TextOfPlace(chosen.next)}}));
  }
}

Status AddOthers(const Visit& visit, Fields& fields, const IncidentRow& row, const CaseFile& file) {
  const auto others = visit.desk.store().index().IncidentsOf(row.incident.site);
  if (!others) return others.error();
  for (const IncidentRow& other : *others) {
    if (other.incident.id == row.incident.id) continue;
    fields.Add("OTHER_CASE")
        .Set("HREF", IncidentLink(other.incident.id))
        .Set("KIND", KindWord(visit, other.incident.kind))
        .Set("STATE_TEXT", StateWord(visit, other.incident.state))
        .Set("OPENED", DateText(other.incident.opened));
  }
  if (file.rounds > 0) fields.Add("ROUNDS").Set("COUNT", static_cast<int64_t>(file.rounds));
  fields.ShowIf("FIRST_CASE", others->size() <= 1 && file.rounds == 0);
  return Ok();
}

void AddClocks(const Visit& visit, Fields& fields, const CaseFile& file) {
  const Millis now = visit.desk.clock().Now();
  const auto clock = [&](std::string_view word, Millis at) {
    if (at == 0) return;
    fields.Add("CLOCK")
        .Set("WHAT", Say(visit, word))
        .Set("AT", TimeText(at))
        .Set("WHEN", UntilText(visit, at, now))
        .Set("LATE", at <= now ? "late" : "");
  };
  if (file.report_sent == 0) clock("due.report", file.report_due);
  clock("due.deadline", file.deadline);
  clock("due.remind", file.remind_at);
  clock("due.recheck", file.recheck_at);
  if (file.lease.HeldByOther(visit.who(), now)) {
    fields.Add("HELD_BY_OTHER")
        .Set("HOLDER", PersonText(visit, file.lease.holder))
        .Set("UNTIL", TimeText(file.lease.until));
  } else if (file.lease.HeldBy(visit.who(), now)) {
    fields.Add("HELD_BY_ME").Set("UNTIL", TimeText(file.lease.until));
  }
  if (!file.assignee.empty())
    fields.Add("ASSIGNED").Set("ASSIGNEE", PersonText(visit, file.assignee));
}

}  // namespace

Reply ShowIncident(Visit& visit, std::string_view id, const IncidentView& view) {
  const Store& store = visit.desk.store();
  const Result<IncidentRow> row = store.index().IncidentById(id);
  if (!row) return Problem(visit, row.error());
  const Result<bool> may = MaySee(visit, row->incident.site);
  if (!may) return Problem(visit, may.error());
  if (!*may) return Problem(visit, 404, Say(visit, "incident.none"));
  const Result<CaseFile> file = store.casework().FileOf(row->incident.id);
  if (!file) return Problem(visit, file.error());
  const Result<Chosen> chosen = Choose(visit, *row);
  if (!chosen) return Problem(visit, chosen.error());

  const Incident& incident = row->incident;
  Fields fields;
  fields.Set("ID", incident.id)
      .Set("HREF", IncidentLink(incident.id))
      .Set("KIND", KindWord(visit, incident.kind))
      .Set("SEVERITY", SeverityName(incident.severity))
      .Set("SEVERITY_TEXT", SeverityWord(visit, incident.severity))
      .Set("STATE", incident.state)
      .Set("STATE_TEXT", StateWord(visit, incident.state))
      .Set("OPENED", TimeText(incident.opened))
      .Set("UPDATED", TimeText(incident.updated))
      .Set("VERSION", static_cast<int64_t>(incident.version))
      .Set("NOW", visit.desk.clock().Now())
      .Set("STANDING", static_cast<int64_t>(row->standing))
      .Set("GONE", static_cast<int64_t>(row->gone));
  if (const KindInfo* kind = FindKind(incident.kind); kind != nullptr && kind->clause != 0)
    fields.Add("BASIS").Set("TEXT", kind->basis);
  fields.ShowIf("BASELINE", incident.baseline).ShowIf("HISTORY", incident.history);
  if (!view.problem.empty()) fields.Add("PROBLEM").Set("TEXT", view.problem);
  if (!view.handed.link.empty()) {
    fields.Add("HANDED")
        .Set("TOLD", view.handed.told)
        .Set("LINK", view.handed.link)
        .Set("PAPER", IncidentLink(incident.id) + "/paper/" + view.handed.notice);
  }
  AddClocks(visit, fields, *file);
  ListFindings(visit, fields, *row, *chosen);
  if (Status added = AddSite(visit, fields, incident.site); !added)
    return Problem(visit, added.error());
  if (Status added = AddOthers(visit, fields, *row, *file); !added)
    return Problem(visit, added.error());
  if (chosen->shown) {
    if (Status added = AddFinding(visit, fields, *chosen->shown, view.identifiers); !added)
      return Problem(visit, added.error());
  }
  if (Status added = AddForms(visit, fields, *row, *file, view); !added)
    return Problem(visit, added.error());
  if (Status added = AddHistory(visit, fields, *row, *file, view); !added)
    return Problem(visit, added.error());
  return Page(visit, "incident.tpl", "incident.title", fields, view.status);
}

Reply IncidentPage(Visit& visit) { return ShowIncident(visit, visit.request.parts.at(0)); }

// ---- the finding ----------------------------------------------------------------

namespace {

void AddEvidence(const Visit& visit, Fields& fields, const Evidence& evidence,
                 Identifiers identifiers) {
  Fields& one = fields.Add("EVIDENCE");
  one.Set("RULE", PlainLine(evidence.rule))
      .Set("BECAUSE", PlainLine(evidence.because))
      .Set("PROOF", Either(visit, ProofText(evidence.proof), ProofName(evidence.proof)))
      .Set("RULE_HREF", LinkTo("/rules", {{"rule", evidence.rule}}));
  one.ShowIf("STRONG", evidence.strong).ShowIf("WEAK", !evidence.strong);
  if (!evidence.found.empty()) {
    Excerpt excerpt{evidence.before, evidence.found, evidence.after};
    if (identifiers == Identifiers::kMasked)
      excerpt = MaskExcerpt(evidence.before, evidence.found, evidence.after);
    one.Add("WORDS")
        .Set("BEFORE", PlainLine(excerpt.before, Identifiers::kWhole))
        .Set("FOUND", PlainLine(excerpt.found, Identifiers::kWhole))
        .Set("AFTER", PlainLine(excerpt.after, Identifiers::kWhole));
    const ZoneKind zone = evidence.in_anchor ? ZoneKind::kAnchor : evidence.zone;
    one.Add("WHERE").Set("TEXT", Either(visit, ZoneText(zone), ZoneName(zone)));
  }
  if (evidence.hiding != Hiding::kNone)
    one.Add("HIDDEN").Set("TEXT",
                          Either(visit, HidingText(evidence.hiding), HidingName(evidence.hiding)));
  if (evidence.channel != Channel::kPlain)
    one.Add("READ_AS").Set(
        "TEXT", Either(visit, ChannelText(evidence.channel), ChannelName(evidence.channel)));
  if (!evidence.detail.empty()) one.Add("DETAIL").Set("TEXT", PlainLine(evidence.detail));
}

void AddDiff(Fields& fields, const FindingView& view) {
  if (!view.good) {
    fields.ShowIf("NO_GOOD", true);
    return;
  }
  Fields& diff = fields.Add("DIFF");
  diff.Set("SINCE", TimeText(view.good->time))
      .Set("FRESH", static_cast<int64_t>(view.diff.fresh))
      .Set("LOST", static_cast<int64_t>(view.diff.gone));
  diff.ShowIf("NOT_WHOLE", !view.diff.whole);
  const bool same = view.diff.fresh + view.diff.gone == 0;
  diff.ShowIf("SAME_TEXT", same).ShowIf("OTHER_TEXT", !same);
  constexpr size_t kLineBytesMax = 600;
  size_t bytes = 0;
  for (const DiffLine& line : view.diff.lines) {
    if (same) break;
    if (bytes > limits::kDeskTextBytesMax) {
      diff.ShowIf("CUT", true);
      break;
    }
    const std::string_view text(line.text);
    const std::string shown(text.substr(0, ValidUtf8Prefix(text.substr(0, kLineBytesMax))));
    bytes += shown.size();
    Fields& one = diff.Add("LINE");
    switch (line.change) {
      case LineChange::kSame:
        one.Add("SAME").Set("TEXT", shown);
        break;
      case LineChange::kGone:
        one.Add("WENT").Set("TEXT", shown);
        break;
      case LineChange::kNew:
        one.Add("CAME").Set("TEXT", shown);
        break;
      case LineChange::kLeftOut:
        one.Add("LEFT_OUT").Set("COUNT", static_cast<int64_t>(line.lines));
        break;
    }
  }
}

void AddViews(const Visit& visit, Fields& fields, const FindingView& view) {
  const bool any =
      std::ranges::any_of(view.others, [](const OtherView& other) { return other.differs; });
  if (view.others.empty()) return;
  Fields& shown = fields.Add("VIEWS");
  shown.ShowIf("DIFFER", any).ShowIf("ALIKE", !any);
  if (!any) return;
  Fields& own = shown.Add("VIEW");
  own.Set("NAME", Say(visit, "view.own"))
      .Set("STATUS", static_cast<int64_t>(view.seen ? view.seen->status : 0));
  AddMarked(own, "TEXT", view.text);
  for (const OtherView& other : view.others) {
    Fields& one = shown.Add("VIEW");
    one.Set("NAME", Either(visit, VisitorText(other.as), VisitorName(other.as)))
        .Set("STATUS", static_cast<int64_t>(other.status));
    if (!other.target.empty()) one.Add("TARGET").Set("URL", PlainLine(other.target));
    one.ShowIf("NO_DIFFERENCE", !other.differs);
    one.ShowIf("NO_VIEW_TEXT", other.differs && other.text.empty());
    AddMarked(one, "TEXT", other.text);
  }
}

}  // namespace

Status AddFinding(Visit& visit, Fields& fields, const StoredFinding& stored,
                  Identifiers identifiers) {
  const Result<FindingView> view = ViewFinding(visit.desk.store(), stored, identifiers);
  if (!view) return view.error();
  const Finding& finding = stored.finding;
  Fields& shown = fields.Add("FINDING");
  const std::string incident = StableId({stored.site, finding.kind});
  shown.Set("ID", finding.id)
      .Set("URL", PlainLine(stored.url))
      .Set("TITLE", PlainLine(stored.title))
      .Set("BECAUSE", PlainLine(finding.because))
      .Set("SEVERITY", SeverityName(finding.severity))
      .Set("SEVERITY_TEXT", SeverityWord(visit, finding.severity))
      .Set("FIRST", TimeText(stored.first_seen))
      .Set("LAST", TimeText(stored.last_seen))
      .Set("SCORE", static_cast<int64_t>(finding.score))
      .Set("DIGEST", stored.body.empty() ? "" : stored.body.hex())
      .Set("RAW_HREF", "/finding/" + PercentEncode(finding.id) + "/raw")
      .Set("SUPPRESS_HREF", "/finding/" + PercentEncode(finding.id) + "/suppress");
  shown.ShowIf("IS_STANDING", stored.standing).ShowIf("IS_GONE", !stored.standing);
  shown.ShowIf("MAY_SUPPRESS", MayWork(visit));
  shown.ShowIf("BODY_KEPT", view->body_kept).ShowIf("BODY_GONE", !view->body_kept);
  shown.ShowIf("WHOLE", identifiers == Identifiers::kWhole);
  if (MayUnmask(visit) && identifiers == Identifiers::kMasked)
    shown.Add("MAY_UNMASK").Set("ACTION", IncidentLink(incident) + "/unmask");
  shown.Set("BLUR", BlurOf(finding));
  if (view->body_kept) AddPicture(visit, shown, stored);
  for (const Evidence& evidence : finding.evidence)
    AddEvidence(visit, shown, evidence, identifiers);
  for (const std::string& name : finding.signals) {
    const std::optional<SignalKind> kind = SignalByName(name);
    shown.Add("SIGNAL").Set("TEXT", kind ? Either(visit, SignalText(*kind), name) : name);
  }
  AddMarked(shown, "PAGE_TEXT", view->text);
  shown.ShowIf("NO_TEXT", view->text.empty());
  for (const FindingView::Place& place : view->places) {
    Fields& one = shown.Add("SOURCE_PLACE");
    one.Set("BEGIN", static_cast<int64_t>(place.span.begin))
        .Set("END", static_cast<int64_t>(place.span.end));
    AddMarked(one, "SOURCE", place.source);
  }
  AddViews(visit, shown, *view);
  AddDiff(shown, *view);
  // The same words by two rules look the same; and past a few they are in the way.
  constexpr size_t kClustersShown = 3;
  std::set<std::string> spans;
  Fields* more = nullptr;
  for (const ClusterKey& key : ClustersOf(stored)) {
    if (!spans.insert(key.span).second) continue;
    if (spans.size() == kClustersShown + 1) more = &shown.Add("CLUSTERS_MORE");
    Fields& one = more == nullptr ? shown.Add("CLUSTER") : more->Add("ONE");
    one.Set("TEXT", PlainLine(key.span)).Set("HREF", LinkTo("/cluster", {{"key", key.id()}}));
  }
  for (const Dismissal& dismissal : stored.dismissals) {
    shown.Add("DISMISSED")
        .Set("RULE", PlainLine(dismissal.evidence.rule))
        .Set("FOUND", PlainLine(dismissal.evidence.found))
        .Set("REASON", PlainLine(dismissal.reason));
  }
  return Ok();
}

}  // namespace xuncha
