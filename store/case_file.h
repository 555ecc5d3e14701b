// What is known of an incident besides what was found: who has it in hand, its clocks, the
// notices to its owner, what the owner answered, what was looked at again.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/record.h"
#include "store/casework_states.h"
#include "store/working_days.h"

namespace xuncha {

// One person works on an incident at a time (limits::kCaseLeaseMillis, renewed by what
// they do). Gone when it has run out.
struct CaseLease {
  std::string holder;
  Millis until = 0;
  bool HeldBy(std::string_view who, Millis now) const { return now < until && holder == who; }
  bool HeldByOther(std::string_view who, Millis now) const { return now < until && holder != who; }
};

// A verdict that may still be taken back, and has had no effect outside.
struct CaseUndo {
  std::string before;  // Incident::state
  std::string after;   // of the verdict
  Millis until = 0;    // 0: nothing to undo
  // CaseFile's, before.
  Millis confirmed = 0, report_due = 0;
  Millis deadline = 0, remind_at = 0, recheck_at = 0;
};

// A notice as people write it in files: "2026-12".
struct NoticeNumber {
  uint32_t year = 0;
  uint32_t number = 0;
  std::string id() const;
  bool empty() const { return number == 0; }
  friend bool operator==(const NoticeNumber&, const NoticeNumber&) = default;
};
Result<NoticeNumber> ParseNoticeNumber(std::string_view id);  // kInvalid

struct CaseFile {
  std::string incident;
  std::string assignee;
  CaseLease lease;
  CaseUndo undo;
  uint32_t rounds = 0;  // how often the incident was opened again

  Millis confirmed = 0;   // as a violation; 0: not, or not any more
  Millis report_due = 0;  // to the authority: CasePolicy::report_within after that; 0: none
  Millis report_sent = 0;
  std::string report_reference;  // what the authority wrote on it, or how it was sent

  std::vector<NoticeNumber> notices;  // of all rounds, oldest first
  uint32_t reminders = 0;             // of this round, as all below
  Millis notified = 0;                // the notice went out
  Millis deadline = 0;                // for the owner; 0: none runs
  Millis remind_at = 0;               // the next reminder is due; 0: none
  bool reminded_out = false;          // as often as a program may: no next one by itself
  Millis acknowledged = 0;
  std::string acknowledged_by;

  uint64_t replies = 0;    // of all rounds; numbers of OwnerReply
  uint64_t rechecks = 0;   // likewise, of Recheck
  Millis recheck_at = 0;   // one is due: asked for, or the deadline; 0: none
  std::string recheck_by;  // who asked; empty: the deadline
  uint64_t proof = 0;      // number of the Recheck that found all gone; 0: none

  std::string advised_from;  // state that the advice came from
  std::string advised_by;
  std::string approved_by;
  Millis cut_off = 0;
  Millis restored = 0;
};

enum class NoticeKind : uint8_t { kRectify, kReminder, kCutoffAdvice };
std::string_view NoticeKindName(NoticeKind kind);  // "rectify", "reminder", "cutoff-advice"
std::string_view NoticeKindText(NoticeKind kind);  // 整改通知书 催办通知书 断网建议书

// What was said to the owner (or, as advice to cut off, to who decides), as it was said.
// The document takes from it all that binds the owner. What was found is read again by its
// id, and whether it stands, the case's state and who approved it are those of the day the
// document is made.
struct Notice {
  NoticeNumber number;
  std::string printed;  // "网信整改〔2026〕12号"
  NoticeKind kind = NoticeKind::kRectify;
  uint32_t ordinal = 0;  // of a reminder: the n-th
  std::string incident;
  std::string site;
  std::string site_name, unit, owner, phone;  // as registered that day
  std::string institution;                    // who issues it
  std::string by;
  Millis issued = 0;
  int clause = 0;  // of the letter of responsibility, 1..10: of the gravest finding
  std::string finding_kind;
  Severity severity = Severity::kLow;
  std::vector<std::string> basis;     // laws and rules, as CasePolicy names them
  std::vector<std::string> findings;  // ids that stood that day, ≤ limits::kNoticeFindingsMax
  uint64_t findings_total = 0;
  std::string reason;  // what the officer added
  uint32_t working_days = 0;
  Millis deadline = 0;        // 0 of an advice
  std::string calendar_note;  // WorkCalendar::Term::note

  // The owner's way in: SHA-256 of 32 random bytes, whose hexadecimal digits the link has.
  Digest token;
  Millis token_expires = 0;
  uint64_t token_uses = 0;
  Millis token_used = 0;  // last
};

// Since the term was over, a day that has begun counted; 0: it runs, or there is none. One
// answer for the ledger, the month, the papers and the messages; `term` is that of the
// notice to rectify, which reminders do not move.
constexpr int64_t OverdueDays(Millis now, Millis term) {
  constexpr Millis kDay = 86'400'000;
  return term == 0 || now <= term ? 0 : (now - term + kDay - 1) / kDay;
}

enum class ReplyKind : uint8_t { kAcknowledge, kRepaired, kAskRecheck, kObject };
std::string_view ReplyKindName(
    ReplyKind kind);  // "acknowledge", "repaired", "ask-recheck", "object"
std::string_view ReplyKindText(ReplyKind kind);  // Chinese
CaseDeed DeedOf(ReplyKind kind);

struct ReplyFile {
  std::string name;  // as sent, for people; never a path
  std::string type;  // as the desk found it to be: "image/png"
  uint64_t bytes = 0;
  Digest digest;  // BlobStore key
};

// What the owner answered, over the link or by telephone.
struct OwnerReply {
  uint64_t number = 0;  // of the incident, from 1
  Millis time = 0;
  std::string incident;
  NoticeNumber notice;  // over the link of this one; empty: an officer wrote it down
  ReplyKind kind = ReplyKind::kAcknowledge;
  std::string by;    // "责任人 " and the name given, or the officer's
  std::string from;  // address it came from
  std::string text;  // ≤ limits::kReplyBytesMax
  std::vector<ReplyFile> files;
};

enum class RecheckOutcome : uint8_t { kGone, kStands, kUnchecked };
std::string_view RecheckOutcomeName(RecheckOutcome outcome);  // "gone", "stands", "unchecked"
std::string_view RecheckOutcomeText(RecheckOutcome outcome);  // Chinese

// One page of a re-check.
struct RecheckedPage {
  std::string url;
  RecheckOutcome outcome = RecheckOutcome::kUnchecked;
  // Of the observation: that run's, or if nothing stands on the page and the run left it
  // out, of the last one before it. 0: there is none.
  Millis time = 0;
  uint16_t status = 0;
  Digest body;
  uint32_t standing = 0;  // findings of the incident that still stand on it
  std::string why;        // Chinese; of kUnchecked
};

// The pages of an incident's findings, looked at once more. kGone only if every one was
// checked in full and no finding of the incident stands; kStands if one stands on a page
// that was checked; else kUnchecked, which is no proof of anything.
struct Recheck {
  uint64_t number = 0;  // of the incident, from 1
  Millis time = 0;
  std::string incident;
  uint64_t run = 0;
  std::string asked_by;  // empty: the deadline, or a crawl
  RecheckOutcome outcome = RecheckOutcome::kUnchecked;
  uint64_t total = 0;            // pages
  uint64_t gone = 0, stand = 0;  // of them
  std::vector<RecheckedPage>
      pages;            // those that stand first, then the unchecked; ≤ limits::kRecheckPagesMax
  Digest pages_digest;  // of all of them, as FORMAT.md has it
};

// How long things take and who is who: [cases] of xuncha.toml.
struct CasePolicy {
  std::string institution;                       // who issues notices; empty: left blank on paper
  std::string notice_prefix = "网信整改";        // before 〔2026〕12号
  std::string authority;                         // who gets the 24-hour report
  std::array<uint32_t, 4> days = {10, 5, 3, 1};  // working days to repair, by Severity
  std::map<std::string, uint32_t, std::less<>> days_of_kind;  // "gambling": 1
  uint32_t remind_every = 1;   // working days after the deadline, and between reminders
  uint32_t reminders_max = 3;  // then a person decides on the cut-off
  Millis report_within = Millis{24} * 3'600'000;
  Millis token_valid = Millis{30} * 86'400'000;
  std::vector<std::string> basis;  // printed on notices
  WorkCalendar calendar;

  uint32_t DaysFor(std::string_view kind, Severity severity) const;
};

// Something whose time has come.
enum class DueKind : uint8_t {
  kVerdict,      // a verdict can no longer be undone: tell who must know, then Settle
  kReport,       // the 24-hour report to the authority
  kRemind,       // a reminder
  kRecheck,      // the named pages are to be fetched again: asked for, or the deadline is over
  kSuppression,  // a suppression has expired: EndSuppression
};
std::string_view DueKindName(
    DueKind kind);  // "verdict", "report", "remind", "recheck", "suppression"
std::string_view DueKindText(DueKind kind);  // Chinese
struct Due {
  DueKind kind = DueKind::kVerdict;
  Millis at = 0;
  std::string incident;      // empty of kSuppression
  uint64_t suppression = 0;  // of kSuppression
};

}  // namespace xuncha
