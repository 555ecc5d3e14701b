// incident list, show, verdict, claim, release, assign, note: what officers have in hand
// and what they decide.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "app/case_words.h"
#include "app/commands.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/words.h"

namespace xuncha {
namespace {

// How it came to light, where that was not in the night it began.
std::string_view MarksText(const Incident& incident) {
  if (incident.history) return "  复核历史查出";
  return incident.baseline ? "  首次巡查存量" : "";
}

Status CheckState(const Arguments& arguments) {
  std::vector<std::string_view> names;
  for (int i = 0; i < kCaseStates; ++i) names.push_back(CaseStateName(static_cast<CaseState>(i)));
  for (const std::string& state : arguments.All("--state")) {
    if (CaseStateByName(state)) continue;
    const std::string nearest = Nearest(state, names);
    return Error{Code::kInvalid,
                 fmt::format("没有状态“{}”{}；有 {}", Neutralise(state),
                             nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest),
                             fmt::format("{}", fmt::join(names, "、")))};
  }
  return Ok();
}

bool Asked(const std::vector<std::string>& wanted, std::string_view value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool IsDue(const CaseFile& file, Millis now) {
  const auto due = [now](Millis at) { return at != 0 && at <= now; };
  return due(file.remind_at) || due(file.recheck_at) || due(file.deadline) ||
         (file.report_sent == 0 && file.report_due != 0);
}

void PutTime(Node& node, std::string_view key, Millis time) {
  if (time != 0) Put(node, key, MakeString(FormatTime(time)));
}

Node IncidentNode(const Incident& incident, const CaseFile& file, Millis now) {
  Node node = MakeTable();
  Put(node, "id", MakeString(incident.id));
  Put(node, "site", MakeString(incident.site));
  Put(node, "kind", MakeString(incident.kind));
  Put(node, "severity", MakeString(SeverityName(incident.severity)));
  Put(node, "state", MakeString(incident.state));
  Put(node, "opened", MakeString(FormatTime(incident.opened)));
  Put(node, "updated", MakeString(FormatTime(incident.updated)));
  Put(node, "baseline", MakeBool(incident.baseline));
  Put(node, "history", MakeBool(incident.history));
  Put(node, "findings", MakeInteger(static_cast<int64_t>(incident.findings.size())));
  if (!file.assignee.empty()) Put(node, "assignee", MakeString(file.assignee));
  if (now < file.lease.until) Put(node, "held_by", MakeString(file.lease.holder));
  PutTime(node, "confirmed", file.confirmed);
  PutTime(node, "report_due", file.report_sent == 0 ? file.report_due : 0);
  PutTime(node, "report_sent", file.report_sent);
  PutTime(node, "deadline", file.deadline);
  PutTime(node, "recheck_at", file.recheck_at);
  if (file.proof != 0) Put(node, "proof", MakeInteger(static_cast<int64_t>(file.proof)));
  return node;
}

std::string RecheckText(const Recheck& recheck) {
  std::string text = fmt::format(
      "复查 {}：{}  第 {} 次巡查  {}；{} 页，已消除 {}，仍存在 {}，未能检查 {}\n", recheck.number,
      RecheckOutcomeText(recheck.outcome), recheck.run, FormatTime(recheck.time), recheck.total,
      recheck.gone, recheck.stand, recheck.total - recheck.gone - recheck.stand);
  for (const RecheckedPage& page : recheck.pages) {
    text += fmt::format("  {}  {}{}\n", RecheckOutcomeText(page.outcome), Neutralise(page.url),
                        page.why.empty() ? "" : "：" + page.why);
  }
  return text;
}

std::string ReplyText(const OwnerReply& reply) {
  std::string text = fmt::format("答复 {}：{}  {}  {}{}\n", reply.number, ReplyKindText(reply.kind),
                                 FormatTime(reply.time), Neutralise(reply.by),
                                 reply.from.empty() ? "" : "  " + reply.from);
  if (!reply.text.empty()) text += fmt::format("  {}\n", Shown(reply.text));
  for (const ReplyFile& file : reply.files) {
    text += fmt::format("  附件：{}  {}  {} 字节  SHA-256 {}\n", Shown(file.name),
                        Neutralise(file.type), file.bytes, file.digest.hex());
  }
  return text;
}

// Of one deed that needs no more than the order.
int Simply(Session& session, const Arguments& arguments, CaseDeed deed) {
  Result<CaseDesk> desk = OpenDesk(session, arguments);
  if (!desk) return session.Fail(desk.error());
  const Result<Incident> done = desk->work().Act(desk->order, deed, desk->now);
  if (!done) return session.Fail(done.error());
  session.Say(StepText(desk->incident, *done));
  return kClean;
}

}  // namespace

int RunIncidentList(Session& session, const Arguments& arguments) {
  if (Status good = CheckState(arguments); !good) return session.Fail(good.error());
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Millis now = session.clock().Now();
  const bool news = arguments.Has("--new"), stock = arguments.Has("--baseline");
  const std::vector<std::string> states = arguments.All("--state"), sites = arguments.All("--site"),
                                 kinds = arguments.All("--kind");
  const std::string mine = arguments.Get("--mine");
  struct Row {
    Incident incident;
    CaseFile file;
  };
  std::vector<Row> rows;  // the worst first, the latest before
  Status failed = Ok();
  const Status read = (*store)->cases().EachIncident([&](const Incident& incident) {
    if (news != stock && incident.baseline != stock) return true;
    if (!Asked(states, incident.state) || !Asked(sites, incident.site) ||
        !Asked(kinds, incident.kind))
      return true;
    Result<CaseFile> file = (*store)->casework().FileOf(incident.id);
    if (!file) {
      failed = file.error();
      return false;
    }
    if (arguments.Has("--mine") && file->assignee != mine && !file->lease.HeldBy(mine, now))
      return true;
    if (arguments.Has("--due") && !IsDue(*file, now)) return true;
    Result<Incident> whole = (*store)->cases().IncidentById(incident.id);
    if (!whole) {
      failed = whole.error();
      return false;
    }
    rows.push_back({std::move(*whole), std::move(*file)});
    return true;
  });
  if (!read) return session.Fail(read.error());
  if (!failed) return session.Fail(failed.error());
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(b.incident.severity, b.incident.updated) <
           std::pair(a.incident.severity, a.incident.updated);
  });
  for (const auto& [incident, file] : rows) {
    if (arguments.Has("--json")) {
      session.Out(WriteJson(IncidentNode(incident, file, now)) + "\n");
      continue;
    }
    const std::string clocks = ClocksOf(file, now);
    session.Out(fmt::format("{}  {}  {}  {}  {} 条发现  {}  {}{}{}\n", incident.id,
                            SeverityText(incident.severity), KindText(incident.kind),
                            StateText(incident.state), incident.findings.size(),
                            Shown(incident.site), FormatTime(incident.updated), MarksText(incident),
                            clocks.empty() ? "" : "\n  " + clocks));
  }
  if (rows.empty()) session.Say("没有事件");
  return kClean;
}

int RunIncidentShow(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<Incident> incident = (*store)->cases().IncidentById(arguments.positional[0]);
  if (!incident) return session.Fail(incident.error());
  const Casework& work = (*store)->casework();
  const Millis now = session.clock().Now();
  const Result<CaseFile> file = work.FileOf(incident->id);
  if (!file) return session.Fail(file.error());
  if (arguments.Has("--json")) {
    session.Out(WriteJson(IncidentNode(*incident, *file, now)) + "\n");
    return kClean;
  }
  session.Out(fmt::format("{}  {}  {}  {}\n  网站：{}\n  立案：{}；更新：{}\n", incident->id,
                          SeverityText(incident->severity), KindText(incident->kind),
                          StateText(incident->state), Shown(incident->site),
                          FormatTime(incident->opened), FormatTime(incident->updated)));
  if (const std::string clocks = ClocksOf(*file, now); !clocks.empty())
    session.Out("  " + clocks + "\n");
  if (file->rounds > 0) session.Out(fmt::format("  曾重新立案 {} 次\n", file->rounds));
  if (file->report_sent != 0) {
    session.Out(fmt::format("  已于 {} 报告主管部门：{}\n", FormatTime(file->report_sent),
                            Shown(file->report_reference)));
  }
  for (const std::string& id : incident->findings) {
    const Result<StoredFinding> found = (*store)->cases().FindingById(id);
    if (found) session.Out(FindingHead(*found));
  }
  for (const NoticeNumber& number : file->notices) {
    const Result<Notice> notice = work.NoticeById(number);
    if (!notice) return session.Fail(notice.error());
    session.Out(NoticeLine(*notice) + "\n");
  }
  Status read = work.EachReply(incident->id, [&](const OwnerReply& reply) {
    session.Out(ReplyText(reply));
    return true;
  });
  if (!read) return session.Fail(read.error());
  read = work.EachRecheck(incident->id, [&](const Recheck& recheck) {
    session.Out(RecheckText(recheck));
    return true;
  });
  if (!read) return session.Fail(read.error());
  read = (*store)->cases().EachEvent(incident->id, [&](const Event& event) {
    session.Out(fmt::format("{}  {}  {}  {}\n", FormatTime(event.time), Shown(event.actor),
                            ActionText(event.action), Shown(event.detail)));
    return true;
  });
  if (!read) return session.Fail(read.error());
  const Result<std::vector<CaseDeed>> deeds = work.PossibleDeeds(incident->id, Party::kApprover);
  if (!deeds) return session.Fail(deeds.error());
  std::vector<std::string> texts;
  for (const CaseDeed deed : *deeds) texts.emplace_back(CaseDeedText(deed));
  session.Say("现在可以：" + Join(texts, "、"));
  return kClean;
}

int RunIncidentVerdict(Session& session, const Arguments& arguments) {
  if (arguments.Has("--undo")) return Simply(session, arguments, CaseDeed::kUndo);
  const std::optional<CaseDeed> verdict = CaseDeedByName("verdict:" + arguments.Get("--verdict"));
  if (!verdict) {
    return session.Fail(
        {Code::kInvalid,
         "incident verdict：--verdict 须为 violation、false-positive、cannot-tell 或 escalate"});
  }
  if (Trim(arguments.Get("--reason")).empty() || Trim(arguments.Get("--by")).empty()) {
    return session.Fail(
        {Code::kInvalid, "incident verdict：--by 与 --reason 必填，判断要有人负责、有据可查"});
  }
  Result<CaseDesk> desk = OpenDesk(session, arguments);
  if (!desk) return session.Fail(desk.error());
  const Millis undo_for = arguments.Has("--at-once") ? 0 : limits::kUndoMillis;
  const Result<Incident> judged =
      desk->work().Judge(desk->order, *verdict, desk->policy, desk->now, undo_for);
  if (!judged) return session.Fail(judged.error());
  session.Say(StepText(desk->incident, *judged));
  if (undo_for > 0) {
    session.Say(fmt::format("{} 秒内可撤销（incident verdict --undo），之后生效",
                            limits::kUndoMillis / 1000));
  }
  if (*verdict == CaseDeed::kJudgeViolation) {
    const Result<CaseFile> file = desk->work().FileOf(judged->id);
    if (file && file->report_due != 0 && file->report_sent == 0) {
      session.Say(
          fmt::format("须在 {} 前向主管部门报告{}", FormatTime(file->report_due),
                      desk->policy.authority.empty() ? "" : "（" + desk->policy.authority + "）"));
    }
  }
  return kClean;
}

int RunIncidentClaim(Session& session, const Arguments& arguments) {
  return Simply(session, arguments, CaseDeed::kClaim);
}
int RunIncidentRelease(Session& session, const Arguments& arguments) {
  return Simply(session, arguments, CaseDeed::kRelease);
}
int RunIncidentNote(Session& session, const Arguments& arguments) {
  return Simply(session, arguments, CaseDeed::kNote);
}

int RunIncidentAssign(Session& session, const Arguments& arguments) {
  Result<CaseDesk> desk = OpenDesk(session, arguments);
  if (!desk) return session.Fail(desk.error());
  const Result<Incident> done = desk->work().Assign(desk->order, arguments.Get("--to"), desk->now);
  if (!done) return session.Fail(done.error());
  session.Say(StepText(desk->incident, *done));
  return kClean;
}

int RunIncidentClose(Session& session, const Arguments& arguments) {
  return Simply(session, arguments, CaseDeed::kClose);
}
int RunIncidentReopen(Session& session, const Arguments& arguments) {
  return Simply(session, arguments, CaseDeed::kReopen);
}
int RunIncidentRestore(Session& session, const Arguments& arguments) {
  return Simply(session, arguments, CaseDeed::kRestore);
}
int RunIncidentReported(Session& session, const Arguments& arguments) {
  return Simply(session, arguments, CaseDeed::kReportSent);
}

}  // namespace xuncha
