// SPDX-License-Identifier: Apache-2.0
#include "store/casework_records.h"

#include <utility>

#include "store/keys.h"
#include "store/record_bodies.h"

namespace xuncha {

// The enumerations of these records, as store/enums.h has the others: append, never
// insert, never reuse.
constexpr bool IsKnown(NoticeKind value) {
  switch (value) {
    case NoticeKind::kRectify:
    case NoticeKind::kReminder:
    case NoticeKind::kCutoffAdvice:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(NoticeKind::kCutoffAdvice) == 2);

constexpr bool IsKnown(ReplyKind value) {
  switch (value) {
    case ReplyKind::kAcknowledge:
    case ReplyKind::kRepaired:
    case ReplyKind::kAskRecheck:
    case ReplyKind::kObject:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(ReplyKind::kObject) == 3);

constexpr bool IsKnown(RecheckOutcome value) {
  switch (value) {
    case RecheckOutcome::kGone:
    case RecheckOutcome::kStands:
    case RecheckOutcome::kUnchecked:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(RecheckOutcome::kUnchecked) == 2);

constexpr bool IsKnown(SuppressionScope value) {
  switch (value) {
    case SuppressionScope::kFinding:
    case SuppressionScope::kSpan:
    case SuppressionScope::kRule:
    case SuppressionScope::kPath:
    case SuppressionScope::kTarget:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(SuppressionScope::kTarget) == 4);

constexpr bool IsKnown(SuppressionReason value) {
  switch (value) {
    case SuppressionReason::kFalsePositive:
    case SuppressionReason::kLegitimate:
    case SuppressionReason::kAccepted:
    case SuppressionReason::kThirdParty:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(SuppressionReason::kThirdParty) == 3);

// Found by argument-dependent lookup from wire.h; `static` keeps them in this file.

template <class Archive>
static void Describe(Archive& archive, Of<Archive, CaseLease>& lease) {
  archive(1, lease.holder);
  archive(2, lease.until);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, CaseUndo>& undo) {
  archive(1, undo.before);
  archive(2, undo.after);
  archive(3, undo.until);
  archive(4, undo.confirmed);
  archive(5, undo.report_due);
  archive(6, undo.deadline);
  archive(7, undo.remind_at);
  archive(8, undo.recheck_at);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, NoticeNumber>& number) {
  archive(1, number.year);
  archive(2, number.number);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, CaseFile>& file) {
  archive(1, file.incident);
  archive(2, file.assignee);
  archive(3, file.lease);
  archive(4, file.undo);
  archive(5, file.rounds);
  archive(6, file.confirmed);
  archive(7, file.report_due);
  archive(8, file.report_sent);
  archive(9, file.report_reference);
  archive(10, file.notices);
  archive(11, file.reminders);
  archive(12, file.notified);
  archive(13, file.deadline);
  archive(14, file.remind_at);
  archive(15, file.acknowledged);
  archive(16, file.acknowledged_by);
  archive(17, file.replies);
  archive(18, file.rechecks);
  archive(19, file.recheck_at);
  archive(20, file.recheck_by);
  archive(21, file.proof);
  archive(22, file.advised_from);
  archive(23, file.advised_by);
  archive(24, file.approved_by);
  archive(25, file.cut_off);
  archive(26, file.restored);
  archive(27, file.reminded_out);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Notice>& notice) {
  archive(1, notice.number);
  archive(2, notice.printed);
  archive(3, notice.kind);
  archive(4, notice.ordinal);
  archive(5, notice.incident);
  archive(6, notice.site);
  archive(7, notice.site_name);
  archive(8, notice.unit);
  archive(9, notice.owner);
  archive(10, notice.phone);
  archive(11, notice.institution);
  archive(12, notice.by);
  archive(13, notice.issued);
  archive(14, notice.clause);
  archive(15, notice.finding_kind);
  archive(16, notice.severity);
  archive(17, notice.basis);
  archive(18, notice.findings);
  archive(19, notice.findings_total);
  archive(20, notice.reason);
  archive(21, notice.working_days);
  archive(22, notice.deadline);
  archive(23, notice.calendar_note);
  archive(24, notice.token);
  archive(25, notice.token_expires);
  archive(26, notice.token_uses);
  archive(27, notice.token_used);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, TokenPlace>& place) {
  archive(1, place.notice);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, ReplyFile>& file) {
  archive(1, file.name);
  archive(2, file.type);
  archive(3, file.bytes);
  archive(4, file.digest);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, OwnerReply>& reply) {
  archive(1, reply.number);
  archive(2, reply.time);
  archive(3, reply.incident);
  archive(4, reply.notice);
  archive(5, reply.kind);
  archive(6, reply.by);
  archive(7, reply.from);
  archive(8, reply.text);
  archive(9, reply.files);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, RecheckedPage>& page) {
  archive(1, page.url);
  archive(2, page.outcome);
  archive(3, page.time);
  archive(4, page.status);
  archive(5, page.body);
  archive(6, page.standing);
  archive(7, page.why);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Recheck>& recheck) {
  archive(1, recheck.number);
  archive(2, recheck.time);
  archive(3, recheck.incident);
  archive(4, recheck.run);
  archive(5, recheck.asked_by);
  archive(6, recheck.outcome);
  archive(7, recheck.total);
  archive(8, recheck.gone);
  archive(9, recheck.stand);
  archive(10, recheck.pages);
  archive(11, recheck.pages_digest);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Suppression>& suppression) {
  archive(1, suppression.scope);
  archive(2, suppression.finding);
  archive(3, suppression.site);
  archive(4, suppression.host);
  archive(5, suppression.pattern);
  archive(6, suppression.rules);
  archive(7, suppression.known);
  archive(8, suppression.clause);
  archive(9, suppression.kind);
  archive(10, suppression.reason_class);
  archive(11, suppression.reason);
  archive(12, suppression.by);
  archive(13, suppression.approved_by);
  archive(14, suppression.made);
  archive(15, suppression.expires);
  archive(16, suppression.ended);
  archive(17, suppression.ended_by);
  archive(18, suppression.ended_reason);
  archive(19, suppression.matched);
  archive(20, suppression.matches);
  archive(21, suppression.number);
}

XUNCHA_RECORD(CaseFile);
XUNCHA_RECORD(Notice);
XUNCHA_RECORD(TokenPlace);
XUNCHA_RECORD(OwnerReply);
XUNCHA_RECORD(Recheck);
XUNCHA_RECORD(Suppression);

// ---- keys ---------------------------------------------------------------------

namespace {

constexpr char kEnd = '\0';

std::string Named(char family, std::string_view name) {
  std::string key(1, family);
  key.append(name);
  key.push_back(kEnd);
  return key;
}

}  // namespace

std::string CaseFileKey(std::string_view incident) { return std::string("c").append(incident); }

std::string NoticePrefix(uint32_t year) { return std::string(kNoticeKeys) + BigEndian(year); }
std::string NoticeKey(const NoticeNumber& number) {
  return NoticePrefix(number.year) + BigEndian(number.number);
}
std::optional<NoticeNumber> NumberOfNoticeKey(std::string_view key) {
  if (!key.starts_with(kNoticeKeys) || key.size() != 17) return std::nullopt;
  const uint64_t year = FromBigEndian(key.substr(1, 8)), number = FromBigEndian(key.substr(9));
  if (year > UINT32_MAX || number > UINT32_MAX) return std::nullopt;
  return NoticeNumber{static_cast<uint32_t>(year), static_cast<uint32_t>(number)};
}

std::string TokenPlaceKey(const Digest& token) { return std::string("t").append(token.view()); }

std::string ReplyPrefix(std::string_view incident) { return Named('r', incident); }
std::string ReplyKey(std::string_view incident, uint64_t number) {
  return ReplyPrefix(incident) + BigEndian(number);
}
std::string RecheckPrefix(std::string_view incident) { return Named('k', incident); }
std::string RecheckKey(std::string_view incident, uint64_t number) {
  return RecheckPrefix(incident) + BigEndian(number);
}

std::string SuppressionKey(uint64_t number) {
  return std::string(kSuppressionKeys) + BigEndian(number);
}
std::string SuppressionIndexPrefix(std::string_view key) { return Named('x', key); }
std::string SuppressionIndexKey(std::string_view key, uint64_t number) {
  return SuppressionIndexPrefix(key) + BigEndian(number);
}

std::string DueKey(const Due& due) {
  CHECK(due.at >= 0);
  std::string key = std::string(kDueKeys) + BigEndian(static_cast<uint64_t>(due.at));
  key.push_back(static_cast<char>(due.kind));
  return key + (due.kind == DueKind::kSuppression ? BigEndian(due.suppression) : due.incident);
}
std::optional<Due> DueOfKey(std::string_view key) {
  if (!key.starts_with(kDueKeys) || key.size() < 11) return std::nullopt;
  const auto kind = static_cast<unsigned char>(key[9]);
  if (kind > static_cast<unsigned char>(DueKind::kSuppression)) return std::nullopt;
  Due due{.kind = static_cast<DueKind>(kind),
          .at = static_cast<Millis>(FromBigEndian(key.substr(1, 8)))};
  if (due.kind != DueKind::kSuppression) {
    due.incident = key.substr(10);
  } else if (key.size() == 18) {
    due.suppression = FromBigEndian(key.substr(10));
  } else {
    return std::nullopt;
  }
  return due;
}

std::vector<Due> DuesOf(const CaseFile& file) {
  std::vector<Due> dues;
  const auto add = [&](DueKind kind, Millis at) {
    if (at > 0) dues.push_back({.kind = kind, .at = at, .incident = file.incident});
  };
  add(DueKind::kVerdict, file.undo.until);
  if (file.report_sent == 0) add(DueKind::kReport, file.report_due);
  add(DueKind::kRemind, file.remind_at);
  add(DueKind::kRecheck, file.recheck_at);
  return dues;
}

}  // namespace xuncha
