// SPDX-License-Identifier: Apache-2.0
#include "store/casework_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "store/cases.h"
#include "store/casework_records.h"
#include "store/chain.h"
#include "store/keys.h"

namespace xuncha {
namespace {

std::string Id(const CaseInHand& in_hand) { return in_hand.incident.id; }

Error Refused(Code code, const CaseInHand& in_hand, std::string_view what) {
  return Error{code, fmt::format("事件 {}：{}", Id(in_hand), what)};
}

Status CheckWords(const CaseInHand& in_hand, const CaseOrder& order) {
  if (Trim(order.by).empty())
    return Refused(Code::kInvalid, in_hand, "没有写明是谁；处置要有人负责");
  for (const std::string& name : {order.by, order.approved_by}) {
    if (name.size() > limits::kReasonBytesMax || !IsValidUtf8(name))
      return Refused(Code::kInvalid, in_hand, "姓名太长或不是 UTF-8；请改写");
  }
  if (order.reason.size() > limits::kReasonBytesMax) {
    return Refused(Code::kLimit, in_hand,
                   fmt::format("理由太长，最多 {} 字节；请写要点", limits::kReasonBytesMax));
  }
  if (!IsValidUtf8(order.reason)) return Refused(Code::kInvalid, in_hand, "理由不是 UTF-8；请改写");
  return Ok();
}

Status CheckNeeds(const CaseInHand& in_hand, const CaseOrder& order, const CaseStep& step,
                  Millis now) {
  const CaseFile& file = in_hand.file;
  const size_t said = CountCodePoints(Trim(order.reason));
  if (step.Needs(Need::kReason) && said < limits::kReasonCodePointsMin) {
    return Refused(Code::kInvalid, in_hand,
                   fmt::format("“{}”须写明理由，至少 {} 个字", CaseDeedText(step.deed),
                               limits::kReasonCodePointsMin));
  }
  if (step.Needs(Need::kLeaseFree) && file.lease.HeldByOther(order.by, now)) {
    return Refused(Code::kConflict, in_hand,
                   fmt::format("{} 正在处理（到 {} 为止）；请稍后再办，或请其放回",
                               Neutralise(file.lease.holder), FormatTime(file.lease.until)));
  }
  if (step.Needs(Need::kSettled) && now < file.undo.until) {
    return Refused(Code::kConflict, in_hand,
                   fmt::format("判断在 {} 秒内还可撤销，尚未生效；请稍后再“{}”",
                               (file.undo.until - now + 999) / 1000, CaseDeedText(step.deed)));
  }
  if (step.Needs(Need::kUndoOpen)) {
    if (file.undo.until == 0 || file.undo.after != in_hand.incident.state)
      return Refused(Code::kConflict, in_hand, "没有可撤销的判断；请直接作出新的判断");
    if (now >= file.undo.until)
      return Refused(Code::kConflict, in_hand, "撤销的时间已过，判断已经生效；请作出新的判断");
  }
  if (step.Needs(Need::kOtherPerson) && Trim(order.by) == Trim(file.advised_by)) {
    return Refused(Code::kDenied, in_hand, "建议断网的人不能自己批准；请由另一人批准");
  }
  if (step.Needs(Need::kSecondPerson)) {
    if (Trim(order.approved_by).empty())
      return Refused(Code::kInvalid, in_hand, "须由另一人批准；请写明批准人");
    if (Trim(order.approved_by) == Trim(order.by))
      return Refused(Code::kDenied, in_hand, "经办人与批准人是同一人；请由另一人批准");
  }
  if (step.Needs(Need::kProofOrReason) && file.proof == 0 &&
      said < limits::kSuppressionReasonCodePointsMin) {
    return Refused(
        Code::kInvalid, in_hand,
        fmt::format("没有复查证明已经消除；请先复查（xuncha crawl --incident），或写明为何"
                    "无须证明即可结案，至少 {} 个字",
                    limits::kSuppressionReasonCodePointsMin));
  }
  if (step.Needs(Need::kConfirmed) && file.confirmed == 0)
    return Refused(Code::kConflict, in_hand, "未确认违规，不需报告；请先判断");
  return Ok();
}

// Who has just finished with an incident does not hold it any longer.
bool EndsWork(CaseDeed deed) {
  switch (deed) {
    case CaseDeed::kJudgeViolation:
    case CaseDeed::kJudgeFalsePositive:
    case CaseDeed::kJudgeCannotTell:
    case CaseDeed::kJudgeEscalate:
    case CaseDeed::kRejectObjection:
    case CaseDeed::kAcceptObjection:
    case CaseDeed::kRelease:
    case CaseDeed::kClose:
      return true;
    default:
      return false;
  }
}

bool IsVerdict(CaseDeed deed) { return deed <= CaseDeed::kJudgeEscalate; }

}  // namespace

void PutFile(Batch& batch, const CaseFile& before, const CaseFile& file) {
  for (const Due& due : DuesOf(before)) batch.Delete(Family::kCasework, DueKey(due));
  for (const Due& due : DuesOf(file)) batch.Put(Family::kCasework, DueKey(due), "");
  PutRecord(batch, Family::kCasework, CaseFileKey(file.incident), file);
}

void ResumeTerm(CaseFile& file, Millis now) {
  if (file.deadline == 0) return;
  const Millis end = std::max(file.deadline, now);
  file.remind_at = end;
  file.recheck_at = end;
}

Result<CaseInHand> ReadCase(const Batch& batch, std::string_view incident) {
  auto found = GetRecord<Incident>(batch, Family::kIncidents, IncidentKey(incident));
  if (!found) return found.error();
  if (!*found) {
    return Error{Code::kNotFound,
                 fmt::format("没有事件 {}；请在列表里核对编号", Neutralise(incident))};
  }
  auto file = GetRecord<CaseFile>(batch, Family::kCasework, CaseFileKey(incident));
  if (!file) return file.error();
  CaseInHand in_hand{.incident = std::move(**found)};
  if (*file) in_hand.file = std::move(**file);
  in_hand.file.incident = incident;
  in_hand.before = in_hand.file;
  const std::optional<CaseState> state = CaseStateByName(in_hand.incident.state);
  if (!state) {
    return Error{Code::kNewer,
                 fmt::format("事件 {}：状态“{}”不认识，可能由更新的版本写入；请用新版本处理",
                             incident, Neutralise(in_hand.incident.state))};
  }
  in_hand.from = in_hand.to = *state;
  return in_hand;
}

Result<CaseInHand> TakeUp(const Batch& batch, const CaseOrder& order, CaseDeed deed, Millis now) {
  Result<CaseInHand> in_hand = ReadCase(batch, order.incident);
  if (!in_hand) return in_hand;
  if (order.version && *order.version != in_hand->incident.version) {
    return Refused(Code::kConflict, *in_hand,
                   fmt::format("其间已被改动（第 {} 版，您看到的是第 {} 版）；请重新查看后再“{}”",
                               in_hand->incident.version, *order.version, CaseDeedText(deed)));
  }
  if (Status words = CheckWords(*in_hand, order); !words) return words.error();
  const Result<const CaseStep*> step = FindStep(in_hand->from, deed);
  if (!step) return Refused(step.error().code, *in_hand, step.error().text);
  if (!(*step)->Allows(order.as)) {
    return Refused(
        Code::kDenied, *in_hand,
        fmt::format("“{}”不由{}办理；请由有权的人办理", CaseDeedText(deed), PartyText(order.as)));
  }
  if (Status needs = CheckNeeds(*in_hand, order, **step, now); !needs) return needs.error();
  if ((*step)->leads == Leads::kTo) in_hand->to = (*step)->to;
  if ((*step)->leads == Leads::kBack) {
    const std::string& back =
        deed == CaseDeed::kUndo ? in_hand->file.undo.before : in_hand->file.advised_from;
    in_hand->to = CaseStateByName(back).value_or(CaseState::kNew);
  }
  return in_hand;
}

Status PutBack(Batch& batch, AuditChain& chain, CaseInHand& in_hand, const CaseOrder& order,
               CaseDeed deed, DeedWords words, Millis now) {
  CaseFile& file = in_hand.file;
  Incident& incident = in_hand.incident;
  const bool desk = order.as == Party::kOfficer || order.as == Party::kApprover;
  if (EndsWork(deed)) {
    if (file.lease.holder == order.by) file.lease = {};
  } else if (desk && file.lease.HeldBy(order.by, now)) {
    file.lease.until = now + limits::kCaseLeaseMillis;
  }
  // What leads on from a verdict shows that it is meant.
  if (in_hand.to != in_hand.from && !IsVerdict(deed)) file.undo = {};
  if (words.detail.empty()) words.detail = order.reason;

  Deed entry{.actor = order.by, .what = words.detail, .refs = {"incident:" + incident.id}};
  const bool counts = deed != CaseDeed::kClaim && deed != CaseDeed::kRelease;
  if (counts) {
    incident.version += 1;
    incident.updated = now;
    incident.state = CaseStateName(in_hand.to);
    entry.refs.push_back(fmt::format("version:{}", incident.version));
    entry.refs.push_back("state:" + incident.state);
    if (Status put = PutIncident(batch, incident); !put) return put;
    PutRecord(batch, Family::kEvents, EventKey(incident.id, incident.version),
              Event{.time = now,
                    .incident = incident.id,
                    .actor = order.by,
                    .action = std::string(CaseDeedName(deed)),
                    .detail = words.detail});
  }
  if (!order.approved_by.empty()) entry.refs.push_back("approved-by:" + order.approved_by);
  if (order.as == Party::kOwner) entry.refs.push_back("as:owner");
  entry.refs.insert(entry.refs.end(), words.refs.begin(), words.refs.end());
  entry.kind = IsVerdict(deed) ? std::string(CaseDeedName(deed))
                               : fmt::format("case-{}", CaseDeedName(deed));
  PutFile(batch, in_hand.before, file);
  return chain.Append(batch, entry);
}

}  // namespace xuncha
