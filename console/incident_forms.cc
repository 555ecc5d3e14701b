// What can be done with an incident now, as forms: which deeds there are is asked of the
// table of casework, never decided here.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "console/incident_page.h"
#include "console/second_person.h"
#include "reports/paper_gather.h"
#include "store/accounts.h"
#include "store/index.h"

namespace xuncha {
namespace {

bool IsVerdict(CaseDeed deed) {
  return deed == CaseDeed::kJudgeViolation || deed == CaseDeed::kJudgeFalsePositive ||
         deed == CaseDeed::kJudgeCannotTell || deed == CaseDeed::kJudgeEscalate;
}

// Where the form of the deed goes.
std::string_view ActionOf(CaseDeed deed) {
  switch (deed) {
    case CaseDeed::kNotify:
    case CaseDeed::kRemind:
    case CaseDeed::kAdviseCutoff:
      return "/notice";
    case CaseDeed::kAcknowledge:
    case CaseDeed::kReportRepair:
    case CaseDeed::kObject:
      return "/reply";
    case CaseDeed::kAssign:
      return "/assign";
    default:
      return "/deed";
  }
}

// What reaches beyond the desk is asked twice by where it stands, and never on a key.
bool IsGrave(CaseDeed deed) {
  return deed == CaseDeed::kApproveCutoff || deed == CaseDeed::kDoCutOff ||
         deed == CaseDeed::kAdviseCutoff;
}

// The program's own events name the finding they are about.
bool IsOfFinding(const Event& event) {
  return event.action == "opened" || event.action == "reopened" || event.action == "returned";
}

Status AddPeople(const Visit& visit, Fields& form, std::string_view section, RoleSet roles) {
  std::vector<Account> people;
  const Status read = visit.desk.store().accounts().Each([&](const Account& account) {
    if (!account.disabled && account.HasAny(roles)) people.push_back(account);
    return true;
  });
  if (!read) return read;
  for (const Account& person : people) {
    AddOption(form, section, person.name,
              person.display.empty() ? person.name : person.display + " (" + person.name + ")", "");
  }
  return Ok();
}

// What most likely comes next, so that it stands open; nothing where that is to be
// thought about, or where it is grave.
std::optional<CaseDeed> NextDeed(CaseState state, const CaseFile& file) {
  switch (state) {
    case CaseState::kViolation:
      return CaseDeed::kNotify;
    case CaseState::kRepaired:
      return file.proof == 0 ? CaseDeed::kAskRecheck : CaseDeed::kClose;
    case CaseState::kRestored:
      return CaseDeed::kClose;
    default:
      return std::nullopt;
  }
}

Status AddDeed(Visit& visit, Fields& fields, const IncidentRow& row, const CaseFile& file,
               CaseDeed deed, const IncidentView& view) {
  const std::optional<CaseState> state = CaseStateByName(row.incident.state);
  const Result<const CaseStep*> step =
      state ? FindStep(*state, deed) : Result<const CaseStep*>(Error{});
  if (!step) return Ok();
  Fields& form = fields.Add("DEED");
  const std::string name(CaseDeedName(deed));
  const bool refused = !view.problem.empty() && view.deed == name;
  // Until a verdict can no longer be taken back, what reaches outside waits.
  const bool waits = (*step)->Needs(Need::kSettled) && visit.desk.clock().Now() < file.undo.until;
  form.ShowIf("OPEN", refused || NextDeed(*state, file) == deed);
  form.ShowIf("WAITS", waits).ShowIf("READY", !waits);
  form.Set("NAME", name)
      .Set("TEXT", CaseDeedWord(visit, deed))
      .Set("ACTION", IncidentLink(row.incident.id) + std::string(ActionOf(deed)))
      .Set("GRAVE", IsGrave(deed) ? "grave" : "");
  const bool reason = (*step)->Needs(Need::kReason) || (*step)->Needs(Need::kProofOrReason) ||
                      ActionOf(deed) == "/notice" || ActionOf(deed) == "/reply";
  if (reason) {
    Fields& asked = form.Add("REASON");
    asked.Set("FIELD", "reason-" + name).Set("WRITTEN", refused ? view.written : "");
    const bool required = (*step)->Needs(Need::kReason);
    asked.ShowIf("REQUIRED", required).ShowIf("OPTIONAL", !required);
    asked.ShowIf("UNPROVEN", (*step)->Needs(Need::kProofOrReason) && file.proof == 0);
  }
  if ((*step)->Needs(Need::kSecondPerson)) {
    if (Status added = AddSecondPerson(visit, form, SecondIn::kOwnForm); !added) return added;
  }
  if (deed == CaseDeed::kAssign) {
    Fields& whom = form.Add("WHOM");
    whom.Set("ME", visit.who());
    if (Status added = AddPeople(visit, whom, "PERSON",
                                 RoleBit(DeskRole::kOfficer) | RoleBit(DeskRole::kApprover));
        !added)
      return added;
  }
  return Ok();
}

}  // namespace

Status AddForms(Visit& visit, Fields& fields, const IncidentRow& row, const CaseFile& file,
                const IncidentView& view) {
  if (!MayWork(visit)) return Ok();
  const Millis now = visit.desk.clock().Now();
  if (now < file.undo.until) {
    fields.Add("UNDO")
        .Set("SECONDS", (file.undo.until - now + 999) / 1000)
        .Set("AFTER", StateWord(visit, file.undo.after))
        .Set("ACTION", IncidentLink(row.incident.id) + "/deed");
  }
  const auto deeds = visit.desk.store().casework().PossibleDeeds(row.incident.id, PartyOf(visit));
  if (!deeds) return deeds.error();
  if (std::ranges::any_of(*deeds, IsVerdict)) {
    Fields& form = fields.Add("VERDICTS");
    form.Set("ACTION", IncidentLink(row.incident.id) + "/judge")
        .Set("WRITTEN", view.deed == "verdict" ? view.written : "");
    for (const CaseDeed deed : *deeds) {
      if (!IsVerdict(deed)) continue;
      const std::string name(CaseDeedName(deed));
      const std::string verdict = name.substr(name.find(':') + 1);
      form.Add("VERDICT")
          .Set("VALUE", verdict)
          .Set("TEXT", VerdictWord(visit, verdict))
          .Set("PRIMARY", deed == CaseDeed::kJudgeViolation ? "primary" : "");
    }
  }
  // Above the owner's card where there is a next step, else below it.
  const std::optional<CaseState> state = CaseStateByName(row.incident.state);
  const bool next = state && NextDeed(*state, file);
  Fields& forms = fields.Add(next ? "DEEDS_FIRST" : "DEEDS_LAST").Include("DEEDS", "deeds.tpl");
  forms.Set("CSRF", visit.csrf)
      .Set("VERSION", static_cast<int64_t>(row.incident.version))
      .Set("NOW", now);
  for (const CaseDeed deed : *deeds) {
    if (IsVerdict(deed) || deed == CaseDeed::kUndo) continue;
    if (deed == CaseDeed::kRelease && !file.lease.HeldBy(visit.who(), now)) continue;
    if (deed == CaseDeed::kClaim && file.lease.HeldBy(visit.who(), now)) continue;
    if (Status added = AddDeed(visit, forms, row, file, deed, view); !added) return added;
  }
  return Ok();
}

Status AddHistory(Visit& visit, Fields& fields, const IncidentRow& row, const CaseFile& file,
                  const IncidentView& view) {
  const Store& store = visit.desk.store();
  const std::string& id = row.incident.id;
  const bool may_link = MayWork(visit) && row.incident.state != "closed";
  std::string linked;  // the last notice with a link: which of its links is in force
  for (const NoticeNumber& number : file.notices) {
    const Result<Notice> notice = store.casework().NoticeById(number);
    if (!notice) return notice.error();
    Fields& one = fields.Add("NOTICE");
    one.Set("PRINTED", PlainLine(notice->printed))
        .Set("KIND", Either(visit, NoticeKindText(notice->kind), NoticeKindName(notice->kind)))
        .Set("ISSUED", TimeText(notice->issued))
        .Set("BY", PersonText(visit, notice->by))
        .Set("PAPER", IncidentLink(id) + "/paper/" + number.id());
    if (!notice->token.empty()) linked = LinkMark(*notice);
    if (notice->deadline != 0) one.Add("TERM").Set("DEADLINE", TimeText(notice->deadline));
    if (notice->token_uses > 0) one.Add("READ").Set("LAST", TimeText(notice->token_used));
  }
  if (!linked.empty() && may_link)
    fields.Add("NEW_LINK").Set("ACTION", IncidentLink(id) + "/link").Set("WAS", linked);
  Newest<OwnerReply> replies;
  Status read = store.casework().EachReply(id, [&](const OwnerReply& reply) {
    replies.Add(reply);
    return true;
  });
  if (!read) return read;
  for (const OwnerReply& reply : replies.kept()) {
    Fields& one = fields.Add("REPLY");
    one.Set("TIME", TimeText(reply.time))
        .Set("KIND",
             Either(visit, ReplyKindText(reply.kind), CaseDeedWord(visit, DeedOf(reply.kind))))
        .Set("BY", PlainLine(reply.by))
        .Set("TEXT", PlainLine(reply.text));
    int at = 0;
    for (const ReplyFile& file_sent : reply.files) {
      one.Add("FILE")
          .Set("NAME", PlainLine(file_sent.name))
          .Set("SIZE", SizeText(file_sent.bytes))
          .Set("HREF", IncidentLink(id) + "/reply/" + std::to_string(reply.number) + "/" +
                           std::to_string(at++));
    }
  }
  Newest<Recheck> rechecks;
  read = store.casework().EachRecheck(id, [&](const Recheck& recheck) {
    rechecks.Add(recheck);
    return true;
  });
  if (!read) return read;
  for (const Recheck& recheck : rechecks.kept()) {
    fields.Add("RECHECK")
        .Set("TIME", TimeText(recheck.time))
        .Set("OUTCOME", Either(visit, RecheckOutcomeText(recheck.outcome),
                               RecheckOutcomeName(recheck.outcome)))
        .Set("TOTAL", static_cast<int64_t>(recheck.total))
        .Set("GONE", static_cast<int64_t>(recheck.gone))
        .Set("STAND", static_cast<int64_t>(recheck.stand));
  }
  Newest<Event> events;
  read = store.cases().EachEvent(id, [&](const Event& event) {
    events.Add(event);
    return true;
  });
  if (!read) return read;
  for (const Event& event : events.kept()) {
    Fields& one = fields.Add("EVENT");
    one.Set("TIME", TimeText(event.time))
        .Set("ACTOR", MayBeOwners(event) ? PlainLine(event.actor) : PersonText(visit, event.actor))
        .Set("ACTION", ActionWord(visit, event.action))
        .Set("DETAIL", IsOfFinding(event) ? "" : PlainLine(event.detail));
    if (IsOfFinding(event))
      one.Add("ABOUT").Set("FINDING_HREF", LinkTo(IncidentLink(id), {{"finding", event.detail}}));
    one.ShowIf("MEANWHILE", view.conflict && event.time >= view.seen);
  }
  if (const int64_t left = replies.left_out() + rechecks.left_out(); left > 0)
    fields.Add("OLDER_PAPERS").Set("COUNT", left);
  if (events.left_out() > 0) fields.Add("OLDER_EVENTS").Set("COUNT", events.left_out());
  fields.ShowIf("HAS_PAPERS", !file.notices.empty() || file.replies > 0 || file.rechecks > 0);
  return Ok();
}

}  // namespace xuncha
