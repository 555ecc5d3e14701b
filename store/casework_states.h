// The way of an incident, from the first verdict to the end of the ladder, as one table:
// who may do what in which state, what that needs, and where it leads. The desk, the
// command line and the owner's page all ask this table; nothing else knows the rules.
//
// States and deeds stand in the store by name (Incident::state, Event::action), so both
// may be put in any order here, and none is ever renamed.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

enum class CaseState : uint8_t {
  kNew,             // "new": nobody has judged it, or not what is new in it
  kViolation,       // "violation": confirmed; the owner does not know yet
  kFalsePositive,   // "false-positive"
  kCannotTell,      // "cannot-tell"
  kEscalate,        // "escalate": somebody else is to judge
  kNotified,        // "notified": the notice is out
  kAcknowledged,    // "acknowledged": the owner has it
  kRepaired,        // "repaired": the owner says so
  kObjected,        // "objected": the owner says it is none; back in the queue
  kCutoffAdvised,   // "cutoff-advised": waits for a second person
  kCutoffApproved,  // "cutoff-approved": to be done
  kCutOff,          // "cut-off"
  kRestored,        // "restored"
  kClosed,          // "closed"
};
inline constexpr int kCaseStates = 14;
std::string_view CaseStateName(CaseState state);  // as Incident::state has it
std::string_view CaseStateText(CaseState state);  // Chinese
std::optional<CaseState> CaseStateByName(std::string_view name);
// An officer has to decide something: new, escalate, objected, cutoff-advised.
bool AwaitsDecision(CaseState state);
// Nothing more is to happen: false-positive, closed.
bool IsAtRest(CaseState state);

enum class CaseDeed : uint8_t {
  kJudgeViolation,      // "verdict:violation"
  kJudgeFalsePositive,  // "verdict:false-positive"
  kJudgeCannotTell,     // "verdict:cannot-tell"
  kJudgeEscalate,       // "verdict:escalate"
  kUndo,                // "undo": of a verdict, within limits::kUndoMillis
  kClaim,               // "claim": works on it now
  kRelease,             // "release"
  kAssign,              // "assign"
  kNote,                // "note"
  kNotify,              // "notify": 整改通知书
  kRemind,              // "remind": 催办
  kAcknowledge,         // "acknowledge"
  kReportRepair,        // "report-repair"
  kObject,              // "object"
  kRejectObjection,     // "reject-objection"
  kAcceptObjection,     // "accept-objection"
  kAskRecheck,          // "ask-recheck"
  kRecheckGone,         // "recheck-gone": all named findings have gone; proof to close with
  kRecheckStands,       // "recheck-stands"
  kRecheckUnchecked,    // "recheck-unchecked": could not be checked
  kReportSent,          // "report-sent": the 24-hour report went to the authority
  kAdviseCutoff,        // "advise-cutoff"
  kApproveCutoff,       // "approve-cutoff"
  kRefuseCutoff,        // "refuse-cutoff"
  kDoCutOff,            // "cut-off"
  kRestore,             // "restore"
  kClose,               // "close"
  kReopen,              // "reopen"
};
inline constexpr int kCaseDeeds = 28;
std::string_view CaseDeedName(CaseDeed deed);  // as Event::action has it
std::string_view CaseDeedText(CaseDeed deed);  // Chinese
std::optional<CaseDeed> CaseDeedByName(std::string_view name);

// Who acts. Accounts say which person may be which.
enum class Party : uint8_t { kOfficer, kApprover, kOwner, kProgram };
std::string_view PartyText(Party party);  // Chinese

// What a deed needs besides its state; bits.
enum class Need : uint16_t {
  kReason = 1 << 0,         // at least limits::kReasonCodePointsMin code points
  kLeaseFree = 1 << 1,      // nobody else works on it
  kSettled = 1 << 2,        // the verdict can no longer be undone
  kUndoOpen = 1 << 3,       // it still can
  kOtherPerson = 1 << 4,    // not who advised it
  kSecondPerson = 1 << 5,   // named with the deed (CaseOrder::approved_by), not who does it
  kProofOrReason = 1 << 6,  // a re-check that found all gone, or a reason of ten code points
  kConfirmed = 1 << 7,      // it was confirmed as a violation
};
constexpr uint16_t operator|(Need a, Need b) {
  return static_cast<uint16_t>(static_cast<uint16_t>(a) | static_cast<uint16_t>(b));
}
constexpr uint16_t operator|(uint16_t a, Need b) {
  return static_cast<uint16_t>(a | static_cast<uint16_t>(b));
}

// Where a deed leads.
enum class Leads : uint8_t {
  kTo,    // to CaseStep::to
  kStay,  // nowhere
  kBack,  // to the state before: of the verdict that is undone, of the advice refused
};

struct CaseStep {
  uint32_t from = 0;  // bits, 1 << CaseState
  CaseDeed deed = CaseDeed::kNote;
  Leads leads = Leads::kStay;
  CaseState to = CaseState::kNew;  // of kTo
  uint8_t who = 0;                 // bits, 1 << Party
  uint16_t needs = 0;              // bits, Need

  bool Needs(Need need) const { return (needs & static_cast<uint16_t>(need)) != 0; }
  bool Allows(Party party) const { return (who >> static_cast<int>(party) & 1) != 0; }
};
// The table.
std::span<const CaseStep> CaseSteps();
// The step the deed is in that state; kConflict says why there is none and what to do
// instead.
Result<const CaseStep*> FindStep(CaseState from, CaseDeed deed);

}  // namespace xuncha
