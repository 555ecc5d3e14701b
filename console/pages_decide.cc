// What an officer does to an incident. Each deed names the version it was asked from; if
// somebody was faster, nothing is changed, and the page shows what they did.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "console/incident_page.h"
#include "console/pages.h"
#include "console/second_person.h"
#include "reports/teller.h"
#include "store/deliveries.h"
#include "store/index.h"

namespace xuncha {
namespace {

std::optional<uint64_t> NumberOf(std::string_view text) {
  uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

CaseOrder OrderOf(const Visit& visit) {
  return {.incident = visit.request.parts.at(0),
          .version = NumberOf(visit.request.Form("version")),
          .by = visit.who(),
          .as = PartyOf(visit),
          .reason = std::string(Trim(visit.request.Form("reason")))};
}

// The page again, with what was wrong and what was written; nothing was changed.
Reply Again(Visit& visit, const Error& error) {
  const bool verdict = visit.request.path.ends_with("/judge");
  IncidentView view{.problem = error.text,
                    .deed = verdict ? "verdict" : std::string(visit.request.Form("deed")),
                    .written = std::string(visit.request.Form("reason")),
                    .conflict = error.code == Code::kConflict,
                    .seen = static_cast<Millis>(NumberOf(visit.request.Form("seen")).value_or(0))};
  view.status = error.code == Code::kConflict  ? 409
                : error.code == Code::kDenied  ? 403
                : error.code == Code::kInvalid ? 400
                : error.code == Code::kLimit   ? 429
                                               : 500;
  return ShowIncident(visit, visit.request.parts.at(0), view);
}

// Where to go on: the incident itself, or the next of the queue the officer works down.
Reply Done(const Visit& visit, std::string_view done) {
  return Redirect(LinkTo(IncidentLink(visit.request.parts.at(0)), {{"done", std::string(done)}}));
}

// A deed of the form, if it is one of `allowed` by the casework.
std::optional<CaseDeed> DeedOfForm(const Visit& visit) {
  return CaseDeedByName(visit.request.Form("deed"));
}

// Without a version somebody else's deed could be overwritten unseen.
Status HasVersion(const Visit& visit, const CaseOrder& order) {
  if (order.version) return Ok();
  return Error{Code::kInvalid, Say(visit, "incident.no-version")};
}

// Whether the table asks for a second person where the incident stands now. If it does not
// know the deed there, the casework will say so.
Result<bool> NeedsSecond(const Visit& visit, std::string_view incident, CaseDeed deed) {
  const Result<IncidentRow> row = visit.desk.store().index().IncidentById(incident);
  if (!row) return row.error();
  const std::optional<CaseState> state = CaseStateByName(row->incident.state);
  const Result<const CaseStep*> step =
      state ? FindStep(*state, deed) : Result<const CaseStep*>(Error{});
  return step && (*step)->Needs(Need::kSecondPerson);
}

}  // namespace

Reply IncidentJudge(Visit& visit) {
  const CaseOrder order = OrderOf(visit);
  const std::string name = "verdict:" + std::string(visit.request.Form("verdict"));
  const std::optional<CaseDeed> deed = CaseDeedByName(name);
  if (!deed) return Again(visit, {Code::kInvalid, Say(visit, "incident.no-verdict")});
  if (Status has = HasVersion(visit, order); !has) return Again(visit, has.error());
  const Status judged = visit.desk.Change([&](Store& store) -> Status {
    const Result<Incident> incident =
        store.casework().Judge(order, *deed, *visit.desk.policy(), visit.desk.clock().Now());
    return incident ? Ok() : Status(incident.error());
  });
  return judged ? Done(visit, "done.judged") : Again(visit, judged.error());
}

Reply IncidentDeed(Visit& visit) {
  CaseOrder order = OrderOf(visit);
  const std::optional<CaseDeed> deed = DeedOfForm(visit);
  if (!deed) return Again(visit, {Code::kInvalid, Say(visit, "incident.no-deed")});
  if (Status has = HasVersion(visit, order); !has) return Again(visit, has.error());
  const Result<bool> needs = NeedsSecond(visit, order.incident, *deed);
  if (!needs) return Again(visit, needs.error());
  std::optional<Gate::Approval> approval;
  if (*needs) {
    const Result<Gate::Approval> second = SecondPerson(visit, "incident:" + order.incident);
    if (!second) return Again(visit, second.error());
    approval = *second;
    order.approved_by = approval->name;
  }
  const Status done = visit.desk.Change([&](Store& store) -> Status {
    const auto act = [&]() -> Status {
      const Result<Incident> incident =
          store.casework().Act(order, *deed, visit.desk.clock().Now());
      return incident ? Ok() : Status(incident.error());
    };
    if (!approval) return act();
    return DoApproved(store, *approval, CaseDeedName(*deed),
                      {"incident:" + order.incident, fmt::format("version:{}", *order.version)},
                      act);
  });
  if (!done) return Again(visit, done.error());
  return Done(visit, *deed == CaseDeed::kUndo ? "done.undone" : "done.recorded");
}

Reply IncidentAssign(Visit& visit) {
  const CaseOrder order = OrderOf(visit);
  if (Status has = HasVersion(visit, order); !has) return Again(visit, has.error());
  const std::string to(visit.request.Form("to"));
  const Status done = visit.desk.Change([&](Store& store) -> Status {
    if (!to.empty()) {
      const Result<std::optional<Account>> account = store.accounts().Find(to);
      if (!account) return account.error();
      if (!*account) return Error{Code::kInvalid, Say(visit, "incident.no-person")};
    }
    const Result<Incident> incident = store.casework().Assign(order, to, visit.desk.clock().Now());
    return incident ? Ok() : Status(incident.error());
  });
  return done ? Done(visit, "done.assigned") : Again(visit, done.error());
}

Reply IncidentNotice(Visit& visit) {
  const CaseOrder order = OrderOf(visit);
  const std::optional<CaseDeed> deed = DeedOfForm(visit);
  if (deed != CaseDeed::kNotify && deed != CaseDeed::kRemind && deed != CaseDeed::kAdviseCutoff)
    return Again(visit, {Code::kInvalid, Say(visit, "incident.no-deed")});
  if (Status has = HasVersion(visit, order); !has) return Again(visit, has.error());
  HandedLink handed;
  size_t told = 0;
  const Status done = visit.desk.Change([&](Store& store) -> Status {
    const Result<IncidentRow> row = store.index().IncidentById(order.incident);
    if (!row) return row.error();
    const Result<std::optional<Site>> site = store.index().SiteOf(row->incident.site);
    if (!site) return site.error();
    if (!*site) return Error{Code::kInvalid, Say(visit, "incident.unregistered")};
    const Millis now = visit.desk.clock().Now();
    const Result<IssuedNotice> issued =
        store.casework().Issue(order, *deed, **site, *visit.desk.policy(), now);
    if (!issued) return issued.error();
    // Nobody has the link's secret again, so it goes into the outbox here.
    const Result<size_t> queued =
        QueueIssued(store.deliveries(), *visit.desk.tell(), *issued, **site, now);
    // The notice is issued all the same; then the officer hands the link over.
    if (queued) {
      told = *queued;
    } else {
      handed.told = fmt::format("{} {}", Say(visit, "notice.unsent"), queued.error().text);
    }
    handed.notice = issued->notice.number.id();
    if (!issued->notice.token.empty()) handed.link = OwnerAddress(visit, issued->token);
    return Ok();
  });
  if (!done) return Again(visit, done.error());
  if (handed.link.empty()) return Done(visit, "done.advised");
  if (told > 0) return Done(visit, "done.issued");
  // Nobody was told, so it is the officer who has to tell.
  if (handed.told.empty()) {
    handed.told =
        Say(visit, visit.desk.tell()->owners.empty() ? "notice.no-channel" : "notice.no-contact");
  }
  return ShowIncident(visit, order.incident, {.handed = std::move(handed)});
}

Reply IncidentReply(Visit& visit) {
  CaseOrder order = OrderOf(visit);
  // The reply has the whole text; what the event shows of it the casework takes itself.
  const std::string text = std::exchange(order.reason, "");
  const std::optional<CaseDeed> deed = DeedOfForm(visit);
  std::optional<ReplyKind> kind;
  for (const ReplyKind known : {ReplyKind::kAcknowledge, ReplyKind::kRepaired,
                                ReplyKind::kAskRecheck, ReplyKind::kObject}) {
    if (deed == DeedOf(known)) kind = known;
  }
  if (!kind) return Again(visit, {Code::kInvalid, Say(visit, "incident.no-deed")});
  if (Status has = HasVersion(visit, order); !has) return Again(visit, has.error());
  const Status done = visit.desk.Change([&](Store& store) -> Status {
    const Result<Incident> incident =
        store.casework().Reply(order, {.kind = *kind, .from = visit.request.address, .text = text},
                               visit.desk.clock().Now());
    return incident ? Ok() : Status(incident.error());
  });
  return done ? Done(visit, "done.recorded") : Again(visit, done.error());
}

// Who sees identifiers whole says why, and the chain of deeds keeps it; it is written
// first, for what cannot be recorded is not shown.
Reply IncidentUnmask(Visit& visit) {
  const std::string& id = visit.request.parts.at(0);
  if (!MayUnmask(visit)) return Problem(visit, 403, Say(visit, "problem.role"));
  const Result<std::string> reason = UnmaskReason(visit);
  if (!reason) return Again(visit, reason.error());
  const Result<IncidentRow> row = visit.desk.store().index().IncidentById(id);
  if (!row) return Problem(visit, row.error());
  const Status recorded = visit.desk.Change([&](Store& store) {
    return store.audit().Record({.kind = "unmask",
                                 .actor = visit.who(),
                                 .what = *reason,
                                 .refs = {"incident:" + row->incident.id}});
  });
  if (!recorded) return Again(visit, recorded.error());
  return ShowIncident(visit, id, {.identifiers = Identifiers::kWhole});
}

}  // namespace xuncha
