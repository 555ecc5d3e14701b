// SPDX-License-Identifier: Apache-2.0
#include "store/case_file.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace xuncha {

std::string NoticeNumber::id() const { return fmt::format("{}-{}", year, number); }

Result<NoticeNumber> ParseNoticeNumber(std::string_view id) {
  NoticeNumber number;
  const char* const end = id.data() + id.size();
  const auto year = std::from_chars(id.data(), end, number.year);
  if (year.ec == std::errc() && year.ptr != end && *year.ptr == '-') {
    const auto count = std::from_chars(year.ptr + 1, end, number.number);
    if (count.ec == std::errc() && count.ptr == end && number.number != 0) return number;
  }
  return Error{Code::kInvalid, fmt::format("“{}”不是通知编号；编号形如 2026-12", Neutralise(id))};
}

std::string_view NoticeKindName(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kRectify:
      return "rectify";
    case NoticeKind::kReminder:
      return "reminder";
    case NoticeKind::kCutoffAdvice:
      return "cutoff-advice";
  }
  return "";
}
std::string_view NoticeKindText(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kRectify:
      return "整改通知书";
    case NoticeKind::kReminder:
      return "催办通知书";
    case NoticeKind::kCutoffAdvice:
      return "断网建议书";
  }
  return "";
}

std::string_view ReplyKindName(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kAcknowledge:
      return "acknowledge";
    case ReplyKind::kRepaired:
      return "repaired";
    case ReplyKind::kAskRecheck:
      return "ask-recheck";
    case ReplyKind::kObject:
      return "object";
  }
  return "";
}
std::string_view ReplyKindText(ReplyKind kind) { return CaseDeedText(DeedOf(kind)); }
CaseDeed DeedOf(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kAcknowledge:
      return CaseDeed::kAcknowledge;
    case ReplyKind::kRepaired:
      return CaseDeed::kReportRepair;
    case ReplyKind::kAskRecheck:
      return CaseDeed::kAskRecheck;
    case ReplyKind::kObject:
      return CaseDeed::kObject;
  }
  return CaseDeed::kAcknowledge;
}

std::string_view RecheckOutcomeName(RecheckOutcome outcome) {
  switch (outcome) {
    case RecheckOutcome::kGone:
      return "gone";
    case RecheckOutcome::kStands:
      return "stands";
    case RecheckOutcome::kUnchecked:
      return "unchecked";
  }
  return "";
}
std::string_view RecheckOutcomeText(RecheckOutcome outcome) {
  switch (outcome) {
    case RecheckOutcome::kGone:
      return "已消除";
    case RecheckOutcome::kStands:
      return "仍然存在";
    case RecheckOutcome::kUnchecked:
      return "未能检查";
  }
  return "";
}

std::string_view DueKindName(DueKind kind) {
  switch (kind) {
    case DueKind::kVerdict:
      return "verdict";
    case DueKind::kReport:
      return "report";
    case DueKind::kRemind:
      return "remind";
    case DueKind::kRecheck:
      return "recheck";
    case DueKind::kSuppression:
      return "suppression";
  }
  return "";
}
std::string_view DueKindText(DueKind kind) {
  switch (kind) {
    case DueKind::kVerdict:
      return "判断生效";
    case DueKind::kReport:
      return "24 小时报告";
    case DueKind::kRemind:
      return "催办";
    case DueKind::kRecheck:
      return "复查";
    case DueKind::kSuppression:
      return "免报到期";
  }
  return "";
}

uint32_t CasePolicy::DaysFor(std::string_view kind, Severity severity) const {
  const auto own = days_of_kind.find(kind);
  return own != days_of_kind.end() ? own->second : days[static_cast<size_t>(severity)];
}

}  // namespace xuncha
