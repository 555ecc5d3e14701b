// The owner's side: a secret in a link, and what comes back through it.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "store/casework.h"
#include "store/casework_records.h"
#include "store/casework_step.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/snapshots.h"

namespace xuncha {
namespace {

constexpr Family kHere = Family::kCasework;
constexpr size_t kTokenDigits = 64;
constexpr size_t kFileNameBytesMax = 255;
constexpr size_t kAddressBytesMax = 64;

// The notice that the token belongs to, whether it still opens it or not.
Result<Notice> NoticeOfToken(const Database& database, std::string_view token) {
  const Error unknown{Code::kNotFound,
                      "链接无效：没有这个链接，或已换成新的；请向发出通知的部门索取"};
  if (token.size() != kTokenDigits) return unknown;
  const Digest digest = Sha256(token);
  const auto place = GetRecord<TokenPlace>(database, kHere, TokenPlaceKey(digest));
  if (!place) return place.error();
  if (!*place) return unknown;
  auto notice = GetRecord<Notice>(database, kHere, NoticeKey((*place)->notice));
  if (!notice) return notice.error();
  if (!*notice || (*notice)->token != digest) return unknown;
  return std::move(**notice);
}

// A name to show; the bytes are kept under their digest.
std::string FileName(std::string_view name) {
  const size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const std::string shown = ToValidUtf8(name);
  return shown.substr(0, ValidUtf8Prefix(std::string_view(shown).substr(0, kFileNameBytesMax)));
}

Error WrongAddress() {
  return {Code::kInvalid,
          fmt::format("来源地址超过 {} 字节，或不是 UTF-8；请检查反向代理传来的地址",
                      kAddressBytesMax)};
}

Status CheckDraft(const Casework::ReplyDraft& draft) {
  if (draft.text.size() > limits::kReplyBytesMax) {
    return Error{Code::kLimit,
                 fmt::format("文字太长，最多 {} 字节；请写要点，详情附图", limits::kReplyBytesMax)};
  }
  if (!IsValidUtf8(draft.text) || !IsValidUtf8(draft.from))
    return Error{Code::kInvalid, "文字不是 UTF-8；请改写"};
  if (draft.from.size() > kAddressBytesMax) return WrongAddress();
  if (draft.files.size() > limits::kReplyFilesMax) {
    return Error{Code::kLimit,
                 fmt::format("附件最多 {} 个；其余请另外提交", limits::kReplyFilesMax)};
  }
  size_t bytes = 0;
  for (const Casework::ReplyDraft::File& file : draft.files) {
    if (file.bytes.empty()) return Error{Code::kInvalid, "附件是空的；请重新选择"};
    bytes += file.bytes.size();
  }
  if (bytes > limits::kDeskUploadBytesMax) {
    return Error{Code::kLimit, fmt::format("附件合计 {} 字节，最多 {} 字节；请压缩图片", bytes,
                                           limits::kDeskUploadBytesMax)};
  }
  if (draft.kind == ReplyKind::kRepaired && Trim(draft.text).empty() && draft.files.empty())
    return Error{Code::kInvalid, "请写明如何整改，或附整改后的截图"};
  return Ok();
}

}  // namespace

Result<Casework::OwnerDoor> Casework::OpenToken(std::string_view token, Millis now) const {
  Result<Notice> notice = NoticeOfToken(database_, token);
  if (!notice) return notice.error();
  if (now >= notice->token_expires)
    return Error{Code::kDenied, "链接已过期；请向发出通知的部门索取新的链接"};
  const auto incident =
      GetRecord<Incident>(database_, Family::kIncidents, IncidentKey(notice->incident));
  if (!incident) return incident.error();
  if (!*incident)
    return UnreadableRecord(kHere, NoticeKey(notice->number),
                            {Code::kDamaged, "names an incident that is not there"});
  if ((*incident)->state == CaseStateName(CaseState::kClosed))
    return Error{Code::kDenied, "事件已结案，链接不再有效；如有疑问请联系发出通知的部门"};
  if ((*incident)->state == CaseStateName(CaseState::kFalsePositive))
    return Error{Code::kDenied, "事件已判为误报，无须整改，链接不再有效"};
  return OwnerDoor{.notice = std::move(*notice), .incident = **incident};
}

Status Casework::RecordTokenUse(std::string_view token, std::string_view from, Millis now) {
  Result<OwnerDoor> door = OpenToken(token, now);
  if (!door) return door.error();
  if (from.size() > kAddressBytesMax || !IsValidUtf8(from)) return WrongAddress();
  Notice& notice = door->notice;
  // Who holds a link must not fill the chain with it.
  if (notice.token_used != 0 && now - notice.token_used < limits::kLinkUseMillis) return Ok();
  notice.token_uses += 1;
  notice.token_used = now;
  Batch batch(database_);
  PutRecord(batch, kHere, NoticeKey(notice.number), notice);
  const Deed entry{.kind = "case-link-opened",
                   .actor = "owner",
                   .what = std::string(from),
                   .refs = {"incident:" + notice.incident, "notice:" + notice.number.id()}};
  Status done = chain_.Append(batch, entry);
  return done ? batch.Commit() : done;
}

Result<std::string> Casework::RenewToken(const NoticeNumber& number, std::string_view by,
                                         const CasePolicy& policy, Millis now) {
  Result<Notice> notice = NoticeById(number);
  if (!notice) return notice.error();
  if (notice->token.empty()) {
    return Error{Code::kInvalid, fmt::format("{} 不是给责任人的，没有链接", notice->printed)};
  }
  if (Trim(by).empty()) return Error{Code::kInvalid, "没有写明是谁；处置要有人负责"};
  const std::string token = Hex(RandomBytes(kTokenDigits / 2));
  Batch batch(database_);
  batch.Delete(kHere, TokenPlaceKey(notice->token));
  notice->token = Sha256(token);
  notice->token_expires = now + policy.token_valid;
  PutRecord(batch, kHere, NoticeKey(number), *notice);
  PutRecord(batch, kHere, TokenPlaceKey(notice->token), TokenPlace{number});
  const Deed entry{.kind = "case-link-renewed",
                   .actor = std::string(by),
                   .what = notice->printed,
                   .refs = {"incident:" + notice->incident, "notice:" + number.id()}};
  Status done = chain_.Append(batch, entry);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  return token;
}

Result<Incident> Casework::Reply(const CaseOrder& order, const ReplyDraft& draft, Millis now) {
  if (Status good = CheckDraft(draft); !good) return good.error();
  CaseOrder said = order;
  // Over a link anybody writes any name; on record it must not look like an account's.
  if (said.as == Party::kOwner && !Trim(said.by).empty())
    said.by = fmt::format("责任人 {}", Trim(order.by));
  if (said.reason.empty()) {  // the event shows its beginning; the reply has it all
    said.reason = draft.text.substr(
        0, ValidUtf8Prefix(std::string_view(draft.text).substr(0, limits::kReasonBytesMax)));
  }
  const CaseDeed deed = DeedOf(draft.kind);
  Batch batch(database_);
  Result<CaseInHand> in_hand = TakeUp(batch, said, deed, now);
  if (!in_hand) return in_hand.error();
  CaseFile& file = in_hand->file;
  if (order.as == Party::kOwner && file.replies >= limits::kOwnerRepliesMax) {
    return Error{Code::kLimit,
                 fmt::format("已答复 {} 次，不能再添；请直接联系发出通知的部门", file.replies)};
  }
  OwnerReply reply{.number = file.replies + 1,
                   .time = now,
                   .incident = in_hand->incident.id,
                   .notice = draft.notice,
                   .kind = draft.kind,
                   .by = said.by,
                   .from = draft.from,
                   .text = draft.text};
  DeedWords words{.refs = {fmt::format("reply:{}", reply.number)}};
  if (!draft.notice.empty()) words.refs.push_back("notice:" + draft.notice.id());
  for (const ReplyDraft::File& sent : draft.files) {
    const Digest digest = Sha256(sent.bytes);
    if (const auto kept = KeepBody(batch, {.digest = digest, .raw = sent.bytes}); !kept)
      return kept.error();
    reply.files.push_back({.name = FileName(sent.name),
                           .type = FileName(sent.type),
                           .bytes = sent.bytes.size(),
                           .digest = digest});
    words.refs.push_back("sha256:" + digest.hex());
  }
  file.replies = reply.number;
  switch (draft.kind) {
    case ReplyKind::kAcknowledge:
      break;
    case ReplyKind::kRepaired:
      file.remind_at = 0;  // until a re-check finds that it stands
      [[fallthrough]];
    case ReplyKind::kAskRecheck:
      file.recheck_at = now;
      file.recheck_by = said.by;
      break;
    case ReplyKind::kObject:
      file.remind_at = file.recheck_at = 0;
      break;
  }
  // Whoever answers has it.
  if (file.acknowledged == 0 && file.notified != 0) {
    file.acknowledged = now;
    file.acknowledged_by = said.by;
  }
  PutRecord(batch, kHere, ReplyKey(reply.incident, reply.number), reply);
  Status done = PutBack(batch, chain_, *in_hand, said, deed, std::move(words), now);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  return std::move(in_hand->incident);
}

}  // namespace xuncha
