// Reading, and the deeds an officer does at the desk; the ladder, the owner, suppressions
// and clusters have files of their own.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/casework.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/casework_records.h"
#include "store/casework_step.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/keys.h"

namespace xuncha {
namespace {

constexpr Family kHere = Family::kCasework;

// The owner has nothing to answer for any more, or not yet.
void StopClocks(CaseFile& file) {
  file.deadline = 0;
  file.remind_at = 0;
  file.recheck_at = 0;
  file.recheck_by.clear();
}

void StopReport(CaseFile& file) {
  file.confirmed = 0;
  file.report_due = 0;
}

template <class Record>
Status EachOf(const Database& database, std::string_view prefix,
              const std::function<bool(const Record&)>& visit) {
  return database.Scan(kHere, prefix,
                       [&](std::string_view key, std::string_view payload) -> Result<bool> {
                         const auto record = DecodeStored<Record>(kHere, key, payload);
                         if (!record) return record.error();
                         return visit(*record);
                       });
}

}  // namespace

Casework::Casework(Database& database, AuditChain& chain) : database_(database), chain_(chain) {}

// ---- reading --------------------------------------------------------------------

Result<CaseFile> Casework::FileOf(std::string_view incident) const {
  auto file = GetRecord<CaseFile>(database_, kHere, CaseFileKey(incident));
  if (!file) return file.error();
  CaseFile out = *file ? std::move(**file) : CaseFile();
  out.incident = incident;
  return out;
}

Result<Notice> Casework::NoticeById(const NoticeNumber& number) const {
  auto notice = GetRecord<Notice>(database_, kHere, NoticeKey(number));
  if (!notice) return notice.error();
  if (!*notice) return Error{Code::kNotFound, fmt::format("没有通知 {}；请核对编号", number.id())};
  return std::move(**notice);
}

Result<std::optional<Notice>> Casework::RectifyOf(const CaseFile& file) const {
  for (auto at = file.notices.rbegin(); file.notified != 0 && at != file.notices.rend(); ++at) {
    Result<Notice> notice = NoticeById(*at);
    if (!notice) return notice.error();
    if (notice->kind == NoticeKind::kRectify) return std::optional<Notice>(std::move(*notice));
  }
  return std::optional<Notice>();
}

Status Casework::EachNotice(uint32_t year, const std::function<bool(const Notice&)>& visit) const {
  return EachOf(database_, year == 0 ? std::string(kNoticeKeys) : NoticePrefix(year), visit);
}

Status Casework::EachReply(std::string_view incident,
                           const std::function<bool(const OwnerReply&)>& visit) const {
  return EachOf(database_, ReplyPrefix(incident), visit);
}

Status Casework::EachRecheck(std::string_view incident,
                             const std::function<bool(const Recheck&)>& visit) const {
  return EachOf(database_, RecheckPrefix(incident), visit);
}

Result<Recheck> Casework::RecheckOf(std::string_view incident, uint64_t number) const {
  auto recheck = GetRecord<Recheck>(database_, kHere, RecheckKey(incident, number));
  if (!recheck) return recheck.error();
  if (!*recheck) {
    return Error{Code::kNotFound,
                 fmt::format("事件 {} 没有第 {} 次复查", Neutralise(incident), number)};
  }
  return std::move(**recheck);
}

Status Casework::EachDue(Millis until, const std::function<bool(const Due&)>& visit) const {
  return database_.Scan(
      kHere, kDueKeys, [&](std::string_view key, std::string_view) -> Result<bool> {
        const std::optional<Due> due = DueOfKey(key);
        if (!due) return UnreadableRecord(kHere, key, {Code::kDamaged, "not the key of a term"});
        return due->at <= until && visit(*due);
      });
}

Result<std::vector<CaseDeed>> Casework::PossibleDeeds(std::string_view incident, Party as) const {
  const Batch batch(database_);
  const Result<CaseInHand> in_hand = ReadCase(batch, incident);
  if (!in_hand) return in_hand.error();
  std::vector<CaseDeed> deeds;
  for (int i = 0; i < kCaseDeeds; ++i) {
    const Result<const CaseStep*> step = FindStep(in_hand->from, static_cast<CaseDeed>(i));
    if (step && (*step)->Allows(as)) deeds.push_back(static_cast<CaseDeed>(i));
  }
  return deeds;
}

// ---- deciding -------------------------------------------------------------------

Result<Incident> JudgeInBatch(Batch& batch, AuditChain& chain, const CaseOrder& order,
                              CaseDeed verdict, const CasePolicy& policy, Millis now,
                              Millis undo_for) {
  Result<CaseInHand> in_hand = TakeUp(batch, order, verdict, now);
  if (!in_hand) return in_hand.error();
  CaseFile& file = in_hand->file;
  // Of two verdicts within the time, the first one's state is what an undo leads back to.
  if (now >= file.undo.until || file.undo.after != in_hand->incident.state) {
    file.undo = {.before = in_hand->incident.state,
                 .confirmed = file.confirmed,
                 .report_due = file.report_due,
                 .deadline = file.deadline,
                 .remind_at = file.remind_at,
                 .recheck_at = file.recheck_at};
  }
  file.undo.after = CaseStateName(in_hand->to);
  file.undo.until = now + undo_for;
  if (verdict == CaseDeed::kJudgeViolation) {
    file.confirmed = now;
    if (file.report_sent == 0) file.report_due = now + policy.report_within;
  } else {
    StopReport(file);
    StopClocks(file);
  }
  if (Status put = PutBack(batch, chain, *in_hand, order, verdict, {}, now); !put)
    return put.error();
  return std::move(in_hand->incident);
}

Result<Incident> Casework::Judge(const CaseOrder& order, CaseDeed verdict, const CasePolicy& policy,
                                 Millis now, Millis undo_for) {
  if (verdict > CaseDeed::kJudgeEscalate)
    return Error{Code::kInvalid, fmt::format("“{}”不是判断", CaseDeedText(verdict))};
  Batch batch(database_);
  Result<Incident> judged = JudgeInBatch(batch, chain_, order, verdict, policy, now, undo_for);
  if (!judged) return judged;
  if (Status done = batch.Commit(); !done) return done.error();
  return judged;
}

namespace {

// What a deed of Act does to the file; nothing if Act does not do it.
std::optional<Status> Apply(CaseInHand& in_hand, const CaseOrder& order, CaseDeed deed,
                            Millis now) {
  CaseFile& file = in_hand.file;
  switch (deed) {
    case CaseDeed::kUndo:
      file.confirmed = file.undo.confirmed;
      file.report_due = file.undo.report_due;
      file.deadline = file.undo.deadline;
      file.remind_at = file.undo.remind_at;
      file.recheck_at = file.undo.recheck_at;
      file.undo = {};
      return Ok();
    case CaseDeed::kClaim:
      file.lease = {.holder = order.by, .until = now + limits::kCaseLeaseMillis};
      return Ok();
    case CaseDeed::kRelease:
    case CaseDeed::kNote:
      return Ok();
    case CaseDeed::kAskRecheck:
      file.recheck_at = now;
      file.recheck_by = order.by;
      return Ok();
    case CaseDeed::kRejectObjection:
      ResumeTerm(file, now);
      return Ok();
    case CaseDeed::kAcceptObjection:
      StopReport(file);
      StopClocks(file);
      return Ok();
    case CaseDeed::kApproveCutoff:
      file.approved_by = order.by;
      return Ok();
    case CaseDeed::kRefuseCutoff:
      file.advised_by.clear();
      file.advised_from.clear();
      // Advice stopped the clocks; an objection keeps its own stopped.
      if (in_hand.to != CaseState::kObjected) ResumeTerm(file, now);
      if (in_hand.to == CaseState::kRepaired) {
        file.remind_at = 0;
        file.recheck_at = now;
      }
      return Ok();
    case CaseDeed::kDoCutOff:
      file.cut_off = now;
      StopClocks(file);
      return Ok();
    case CaseDeed::kRestore:
      file.restored = now;
      return Ok();
    case CaseDeed::kReportSent:
      file.report_sent = now;
      file.report_reference = order.reason;
      return Ok();
    case CaseDeed::kClose:
      StopClocks(file);
      return Ok();
    case CaseDeed::kReopen:
      return Ok();
    default:
      return std::nullopt;
  }
}

// The clocks of the round before mean nothing to the next.
void NewRound(CaseFile& file) {
  file = {.incident = file.incident,
          .assignee = file.assignee,
          .lease = file.lease,
          .rounds = file.rounds + 1,
          .notices = std::move(file.notices),
          .replies = file.replies,
          .rechecks = file.rechecks};
}

}  // namespace

Result<Incident> Casework::Act(const CaseOrder& order, CaseDeed deed, Millis now) {
  Batch batch(database_);
  Result<CaseInHand> in_hand = TakeUp(batch, order, deed, now);
  if (!in_hand) return in_hand.error();
  DeedWords words;
  if (deed == CaseDeed::kClose && in_hand->file.proof != 0)
    words.refs.push_back(fmt::format("recheck:{}", in_hand->file.proof));
  const std::optional<Status> applied = Apply(*in_hand, order, deed, now);
  if (!applied) {
    return Error{Code::kInvalid,
                 fmt::format("“{}”要写明的不止理由；请用它自己的命令", CaseDeedText(deed))};
  }
  if (!*applied) return applied->error();
  if (deed == CaseDeed::kReopen) NewRound(in_hand->file);
  if (deed == CaseDeed::kRelease && in_hand->file.lease.holder != order.by)
    in_hand->file.lease = {};  // it had run out
  Status done = PutBack(batch, chain_, *in_hand, order, deed, std::move(words), now);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  return std::move(in_hand->incident);
}

Result<Incident> Casework::Assign(const CaseOrder& order, std::string_view to, Millis now) {
  if (to.size() > limits::kReasonBytesMax || !IsValidUtf8(to))
    return Error{Code::kInvalid, "姓名太长或不是 UTF-8；请改写"};
  Batch batch(database_);
  Result<CaseInHand> in_hand = TakeUp(batch, order, CaseDeed::kAssign, now);
  if (!in_hand) return in_hand.error();
  in_hand->file.assignee = Trim(to);
  DeedWords words{.detail =
                      in_hand->file.assignee.empty() ? "不再指派" : "交 " + in_hand->file.assignee};
  if (!order.reason.empty()) words.detail += "：" + order.reason;
  Status done = PutBack(batch, chain_, *in_hand, order, CaseDeed::kAssign, std::move(words), now);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  return std::move(in_hand->incident);
}

Status Casework::Settle(std::string_view incident, Millis now) {
  Batch batch(database_);
  Result<CaseInHand> in_hand = ReadCase(batch, incident);
  if (!in_hand) return in_hand.error();
  CaseFile& file = in_hand->file;
  if (file.undo.until == 0) return Ok();
  if (now < file.undo.until) {
    return Error{Code::kConflict, fmt::format("事件 {}：判断还可撤销，尚未生效", incident)};
  }
  const Deed entry{.kind = "case-settled",
                   .what = file.undo.after,
                   .refs = {"incident:" + in_hand->incident.id}};
  file.undo = {};
  PutFile(batch, in_hand->before, file);
  Status done = chain_.Append(batch, entry);
  return done ? batch.Commit() : done;
}

// ---- for the commit of pages ------------------------------------------------------

Status BeginRound(Batch& batch, std::string_view incident) {
  auto file = GetRecord<CaseFile>(batch, kHere, CaseFileKey(incident));
  if (!file) return file.error();
  if (!*file) return Ok();
  const CaseFile before = **file;
  NewRound(**file);
  PutFile(batch, before, **file);
  return Ok();
}

Status VoidProof(Batch& batch, const Incident& incident, Millis now) {
  auto file = GetRecord<CaseFile>(batch, kHere, CaseFileKey(incident.id));
  if (!file) return file.error();
  if (!*file || (*file)->proof == 0) return Ok();
  const CaseFile before = **file;
  (*file)->proof = 0;
  // The proof had stopped the clocks; what the re-check finds now starts them again.
  const std::optional<CaseState> state = CaseStateByName(incident.state);
  if (state && FindStep(*state, CaseDeed::kRecheckStands)) {
    (*file)->recheck_at = now;
    (*file)->recheck_by.clear();
  }
  PutFile(batch, before, **file);
  return Ok();
}

}  // namespace xuncha
