// incident notify, remind, link, acknowledge, recheck, objection, cutoff, due: the ladder
// from the notice to the end.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "app/case_words.h"
#include "app/commands.h"
#include "app/daily.h"
#include "base/day.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/teller.h"
#include "reports/words.h"

namespace xuncha {
namespace {

Result<Site> SiteOf(const Store& store, std::string_view id) {
  Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  for (Site& site : *sites) {
    if (site.id == id) return std::move(site);
  }
  return Error{Code::kNotFound,
               fmt::format("网站 {} 已不在登记之内；请先登记，再发通知", Neutralise(id))};
}

// The owner's way in. Whoever has not said where the desk stands is told what to put in
// front.
void TellLink(Session& session, const TellPolicy& tell, std::string_view token) {
  constexpr std::string_view kUnknown = "<值班台的网址>";
  session.Out(fmt::format(
      "责任人链接（只显示这一次）：{}\n",
      OwnerLink(tell.console.empty() ? kUnknown : std::string_view(tell.console), token)));
  if (tell.console.empty()) {
    session.Say(
        fmt::format("请把“{}”换成责任人打开值班台的网址，如 https://xuncha.example.test；"
                    "在 xuncha.toml 写上 [tell] console，以后就印全",
                    kUnknown));
  }
}

void TellNotice(Session& session, const Arguments& arguments, const TellPolicy& tell,
                const IssuedNotice& issued) {
  const Notice& notice = issued.notice;
  if (arguments.Has("--json")) {
    Node node = MakeTable();
    Put(node, "incident", MakeString(notice.incident));
    Put(node, "notice", MakeString(notice.number.id()));
    Put(node, "printed", MakeString(notice.printed));
    Put(node, "kind", MakeString(NoticeKindName(notice.kind)));
    if (notice.deadline != 0) Put(node, "deadline", MakeString(FormatTime(notice.deadline)));
    if (!notice.calendar_note.empty()) Put(node, "calendar", MakeString(notice.calendar_note));
    if (!issued.token.empty()) {
      Put(node, "link", MakeString(issued.token));
      if (!tell.console.empty())
        Put(node, "address", MakeString(OwnerLink(tell.console, issued.token)));
    }
    session.Out(WriteJson(node) + "\n");
    return;
  }
  session.Out(NoticeLine(notice) + "\n");
  if (!notice.calendar_note.empty()) session.Say("注意：" + notice.calendar_note);
  if (!issued.token.empty()) TellLink(session, tell, issued.token);
}

void SayWhomItWentTo(Session& session, const TellPolicy& tell, const IssuedNotice& issued,
                     size_t queued) {
  if (issued.token.empty()) return;  // for those who decide, not for the owner
  if (queued > 0) return session.Say(fmt::format("通知将发往 {} 个登记的邮箱", queued));
  session.Say(
      fmt::format("没有发给任何人（{}）；请把链接交给责任人，或打印文书送达：xuncha "
                  "report notice {}",
                  tell.owners.empty() ? "没有设置 [tell] owners" : "该网站没有登记邮件联系人",
                  issued.notice.incident));
}

// Nobody has the link's secret again, so the message to the owner is queued here.
Status QueueForOwner(Session& session, const TellPolicy& tell, Store& store,
                     const IssuedNotice& issued, const Site& site, Millis now) {
  const Result<size_t> queued = QueueIssued(store.deliveries(), tell, issued, site, now);
  if (!queued) {
    return Error{queued.error().code,
                 fmt::format("{} 已发出，但带链接的邮件没有排入待发消息（{}）；请把链接交给责任人",
                             issued.notice.printed, queued.error().text)};
  }
  SayWhomItWentTo(session, tell, issued, *queued);
  return Ok();
}

int IssueOne(Session& session, const Arguments& arguments, CaseDeed deed) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  Result<CaseDesk> desk = OpenDesk(session, arguments);
  if (!desk) return session.Fail(desk.error());
  const Result<Site> site = SiteOf(*desk->store, desk->incident.site);
  if (!site) return session.Fail(site.error());
  const Result<IssuedNotice> issued =
      desk->work().Issue(desk->order, deed, *site, desk->policy, desk->now);
  if (!issued) return session.Fail(issued.error());
  TellNotice(session, arguments, config->tell, *issued);
  const Status queued =
      QueueForOwner(session, config->tell, *desk->store, *issued, *site, desk->now);
  if (!queued) return session.Fail(queued.error());
  session.Say(StepText(desk->incident, issued->incident));
  return kClean;
}

int ActOne(Session& session, const Arguments& arguments, CaseDeed deed, Party as) {
  Result<CaseDesk> desk = OpenDesk(session, arguments);
  if (!desk) return session.Fail(desk.error());
  desk->order.as = as;
  const Result<Incident> done = desk->work().Act(desk->order, deed, desk->now);
  if (!done) return session.Fail(done.error());
  session.Say(StepText(desk->incident, *done));
  return kClean;
}

// An officer writes down what the owner said.
int ReplyFor(Session& session, const Arguments& arguments, ReplyKind kind) {
  Result<CaseDesk> desk = OpenDesk(session, arguments);
  if (!desk) return session.Fail(desk.error());
  const Result<Incident> done =
      desk->work().Reply(desk->order, {.kind = kind, .text = arguments.Get("--reason")}, desk->now);
  if (!done) return session.Fail(done.error());
  session.Say(StepText(desk->incident, *done));
  return kClean;
}

std::string DueLine(const Due& due, const Incident& incident, Millis now) {
  if (due.kind == DueKind::kSuppression) {
    return fmt::format("{}  {}  S{}\n", ClockText(due.at, now), DueKindText(due.kind),
                       due.suppression);
  }
  return fmt::format("{}  {}  {}  {}  {}  {}\n", ClockText(due.at, now), DueKindText(due.kind),
                     due.incident, StateText(incident.state), KindText(incident.kind),
                     Shown(incident.site));
}

// What a program may do of it by itself. Pages are fetched by crawl.
Status DoDue(Session& session, const Arguments& arguments, const TellPolicy& tell, CaseDesk& desk,
             const Due& due) {
  switch (due.kind) {
    case DueKind::kVerdict:
      return desk.work().Settle(due.incident, desk.now);
    case DueKind::kSuppression: {
      const Result<Suppression> ended =
          desk.work().EndSuppression(due.suppression, "", "", desk.now);
      return ended ? Ok() : Status(ended.error());
    }
    case DueKind::kRemind: {
      const Result<CaseFile> file = desk.work().FileOf(due.incident);
      if (!file) return file.error();
      if (file->reminded_out) return Ok();  // a person decides
      const Result<Reminder> reminder = RemindOwner({.store = *desk.store,
                                                     .policy = desk.policy,
                                                     .tell = tell,
                                                     .by = std::string(Trim(arguments.Get("--by"))),
                                                     .now = desk.now},
                                                    due.incident);
      if (!reminder) return reminder.error();
      TellNotice(session, arguments, tell, reminder->issued);
      SayWhomItWentTo(session, tell, reminder->issued, reminder->told);
      return Ok();
    }
    case DueKind::kReport:
    case DueKind::kRecheck:
      return Ok();
  }
  return Ok();
}

}  // namespace

int RunIncidentNotify(Session& session, const Arguments& arguments) {
  return IssueOne(session, arguments, CaseDeed::kNotify);
}
int RunIncidentRemind(Session& session, const Arguments& arguments) {
  return IssueOne(session, arguments, CaseDeed::kRemind);
}
int RunCutoffAdvise(Session& session, const Arguments& arguments) {
  return IssueOne(session, arguments, CaseDeed::kAdviseCutoff);
}
int RunCutoffApprove(Session& session, const Arguments& arguments) {
  return ActOne(session, arguments, CaseDeed::kApproveCutoff, Party::kApprover);
}
int RunCutoffRefuse(Session& session, const Arguments& arguments) {
  return ActOne(session, arguments, CaseDeed::kRefuseCutoff, Party::kApprover);
}
int RunCutoffDone(Session& session, const Arguments& arguments) {
  return ActOne(session, arguments, CaseDeed::kDoCutOff, Party::kOfficer);
}
int RunIncidentRecheck(Session& session, const Arguments& arguments) {
  const int code = ActOne(session, arguments, CaseDeed::kAskRecheck, Party::kOfficer);
  if (code == kClean) {
    session.Say(fmt::format("下次巡查时复查；要马上复查：xuncha crawl --incident {}",
                            arguments.positional[0]));
  }
  return code;
}
int RunIncidentAcknowledge(Session& session, const Arguments& arguments) {
  return ReplyFor(session, arguments, ReplyKind::kAcknowledge);
}
int RunIncidentRepaired(Session& session, const Arguments& arguments) {
  return ReplyFor(session, arguments, ReplyKind::kRepaired);
}
int RunObjectionAdd(Session& session, const Arguments& arguments) {
  return ReplyFor(session, arguments, ReplyKind::kObject);
}
int RunObjectionAccept(Session& session, const Arguments& arguments) {
  return ActOne(session, arguments, CaseDeed::kAcceptObjection, Party::kOfficer);
}
int RunObjectionReject(Session& session, const Arguments& arguments) {
  return ActOne(session, arguments, CaseDeed::kRejectObjection, Party::kOfficer);
}

int RunIncidentLink(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  Result<CaseDesk> desk = OpenDesk(session, arguments);
  if (!desk) return session.Fail(desk.error());
  const Result<CaseFile> file = desk->work().FileOf(desk->incident.id);
  if (!file) return session.Fail(file.error());
  // The last one with a link; an advice to cut off has none.
  for (auto at = file->notices.rbegin(); at != file->notices.rend(); ++at) {
    const Result<Notice> notice = desk->work().NoticeById(*at);
    if (!notice) return session.Fail(notice.error());
    if (notice->token.empty()) continue;
    const Result<std::string> token =
        desk->work().RenewToken(*at, desk->order.by, desk->policy, desk->now);
    if (!token) return session.Fail(token.error());
    session.Out(NoticeLine(*notice) + "\n");
    TellLink(session, config->tell, *token);
    session.Say("旧的链接不再有效");
    return kClean;
  }
  return session.Fail({Code::kConflict, fmt::format("事件 {} 还没有发过通知；请先 incident notify",
                                                    desk->incident.id)});
}

int RunIncidentDue(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Result<uint32_t> hours = arguments.Number("--within", 24, 24 * 366);
  if (!hours) return session.Fail(hours.error());
  const bool act = arguments.Has("--do");
  CaseDesk desk;
  if (act) {
    Result<CaseDesk> opened = OpenDesk(session, arguments);
    if (!opened) return session.Fail(opened.error());
    desk = std::move(*opened);
  } else {
    Result<std::unique_ptr<Store>> store = session.ReadStore();
    if (!store) return session.Fail(store.error());
    desk.store = std::move(*store);
    desk.now = session.clock().Now();
  }
  std::vector<Due> dues;
  const Millis until = act ? desk.now : desk.now + *hours * kHour;
  const Status read = desk.work().EachDue(until, [&](const Due& due) {
    dues.push_back(due);
    return true;
  });
  if (!read) return session.Fail(read.error());
  int code = kClean;
  for (const Due& due : dues) {
    Incident incident;
    if (!due.incident.empty()) {
      Result<Incident> found = desk.store->cases().IncidentById(due.incident);
      if (!found) return session.Fail(found.error());
      incident = std::move(*found);
    }
    if (arguments.Has("--json") && !act) {
      Node node = MakeTable();
      Put(node, "due", MakeString(DueKindName(due.kind)));
      Put(node, "at", MakeString(FormatTime(due.at)));
      if (due.incident.empty()) {
        Put(node, "suppression", MakeString(fmt::format("S{}", due.suppression)));
      } else {
        Put(node, "incident", MakeString(due.incident));
        Put(node, "site", MakeString(incident.site));
        Put(node, "kind", MakeString(incident.kind));
        Put(node, "state", MakeString(incident.state));
      }
      session.Out(WriteJson(node) + "\n");
    } else {
      session.Out(DueLine(due, incident, desk.now));
    }
    if (!act) continue;
    // One that cannot be done must not hold up the others.
    if (Status done = DoDue(session, arguments, config->tell, desk, due); !done)
      code = session.Fail(done.error());
  }
  if (dues.empty()) session.Say("没有到期的事项");
  return code;
}

}  // namespace xuncha
