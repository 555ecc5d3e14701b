// SPDX-License-Identifier: Apache-2.0
#include "store/casework_states.h"

#include <fmt/format.h>

#include <iterator>

namespace xuncha {
namespace {

using enum CaseState;
using enum CaseDeed;

struct Named {
  std::string_view name, text;
};

constexpr Named kStates[kCaseStates] = {
    {"new", "待处理"},
    {"violation", "已确认违规"},
    {"false-positive", "误报"},
    {"cannot-tell", "无法判断"},
    {"escalate", "上报"},
    {"notified", "已发整改通知"},
    {"acknowledged", "已签收"},
    {"repaired", "报告已整改"},
    {"objected", "责任人有异议"},
    {"cutoff-advised", "建议断网待批"},
    {"cutoff-approved", "断网已批准"},
    {"cut-off", "已断网"},
    {"restored", "已恢复"},
    {"closed", "已结案"},
};

constexpr Named kDeeds[kCaseDeeds] = {
    {"verdict:violation", "判断：违规"},
    {"verdict:false-positive", "判断：误报"},
    {"verdict:cannot-tell", "判断：无法判断"},
    {"verdict:escalate", "判断：上报"},
    {"undo", "撤销判断"},
    {"claim", "领取"},
    {"release", "放回"},
    {"assign", "指派"},
    {"note", "备注"},
    {"notify", "发整改通知书"},
    {"remind", "催办"},
    {"acknowledge", "签收"},
    {"report-repair", "报告已整改"},
    {"object", "提出异议"},
    {"reject-objection", "驳回异议"},
    {"accept-objection", "采纳异议"},
    {"ask-recheck", "要求复查"},
    {"recheck-gone", "复查：已消除"},
    {"recheck-stands", "复查：仍然存在"},
    {"recheck-unchecked", "复查：未能检查"},
    {"report-sent", "已向主管部门报告"},
    {"advise-cutoff", "建议断网"},
    {"approve-cutoff", "批准断网"},
    {"refuse-cutoff", "不批准断网"},
    {"cut-off", "断网"},
    {"restore", "恢复"},
    {"close", "结案"},
    {"reopen", "重新立案"},
};

constexpr uint32_t Bit(CaseState state) { return 1u << static_cast<int>(state); }
template <class... States>
constexpr uint32_t In(States... states) {
  return (Bit(states) | ...);
}
constexpr uint8_t By(Party party) { return static_cast<uint8_t>(1u << static_cast<int>(party)); }
template <class... Parties>
constexpr uint8_t By(Party first, Parties... more) {
  return static_cast<uint8_t>(By(first) | By(more...));
}
constexpr uint16_t N(Need need) { return static_cast<uint16_t>(need); }

constexpr uint32_t kAnywhere = (1u << kCaseStates) - 1;
// Not judged yet, or judged and nobody outside knows.
constexpr uint32_t kJudging = In(kNew, kViolation, kFalsePositive, kCannotTell, kEscalate);
// The owner has a notice, and it is the owner's turn.
constexpr uint32_t kWithOwner = In(kNotified, kAcknowledged, kRepaired);
constexpr uint32_t kOnLadder = kWithOwner | In(kObjected, kCutoffAdvised, kCutoffApproved, kCutOff);
constexpr Party kOfficer = Party::kOfficer, kApprover = Party::kApprover, kOwner = Party::kOwner,
                kProgram = Party::kProgram;
constexpr uint16_t kReasoned = Need::kReason | Need::kLeaseFree;

// An approver is an officer too; accounts say who may be one.
constexpr uint8_t kDesk = By(kOfficer, kApprover);

// clang-format off: a table reads better as one.
constexpr CaseStep kSteps[] = {
    // ---- the verdict ----
    {kJudging & ~In(kViolation), kJudgeViolation, Leads::kTo, kViolation, kDesk, kReasoned},
    {(kJudging & ~In(kFalsePositive)) | kWithOwner, kJudgeFalsePositive, Leads::kTo, kFalsePositive,
     kDesk, kReasoned},
    {kJudging & ~In(kCannotTell), kJudgeCannotTell, Leads::kTo, kCannotTell, kDesk, kReasoned},
    {kJudging & ~In(kEscalate), kJudgeEscalate, Leads::kTo, kEscalate, kDesk, kReasoned},
    {kJudging & ~In(kNew), kUndo, Leads::kBack, kNew, kDesk, Need::kUndoOpen | Need::kLeaseFree},

    // ---- who has it ----
    {kAnywhere & ~In(kClosed), kClaim, Leads::kStay, kNew, kDesk, N(Need::kLeaseFree)},
    {kAnywhere, kRelease, Leads::kStay, kNew, kDesk, N(Need::kLeaseFree)},
    {kAnywhere & ~In(kClosed), kAssign, Leads::kStay, kNew, kDesk, 0},
    {kAnywhere, kNote, Leads::kStay, kNew, kDesk, N(Need::kReason)},

    // ---- the owner ----
    {In(kViolation), kNotify, Leads::kTo, kNotified, kDesk, Need::kSettled | Need::kLeaseFree},
    {In(kNotified, kAcknowledged), kRemind, Leads::kStay, kNew, By(kOfficer, kApprover, kProgram),
     N(Need::kLeaseFree)},
    {In(kNotified), kAcknowledge, Leads::kTo, kAcknowledged, By(kOfficer, kApprover, kOwner), 0},
    {In(kNotified, kAcknowledged), kReportRepair, Leads::kTo, kRepaired,
     By(kOfficer, kApprover, kOwner), 0},
    // An objection is for officers to decide, whatever the owner does meanwhile.
    {In(kObjected), kReportRepair, Leads::kStay, kNew, By(kOfficer, kApprover, kOwner), 0},
    {kWithOwner, kObject, Leads::kTo, kObjected, By(kOfficer, kApprover, kOwner), N(Need::kReason)},
    {In(kObjected), kRejectObjection, Leads::kTo, kAcknowledged, kDesk, kReasoned},
    {In(kObjected), kAcceptObjection, Leads::kTo, kFalsePositive, kDesk, kReasoned},

    // ---- looking again ----
    {kOnLadder | In(kViolation, kRestored), kAskRecheck, Leads::kStay, kNew,
     By(kOfficer, kApprover, kOwner), 0},
    {kOnLadder | In(kViolation, kRestored), kRecheckGone, Leads::kStay, kNew, By(kProgram), 0},
    {In(kRepaired), kRecheckStands, Leads::kTo, kAcknowledged, By(kProgram), 0},
    {(kOnLadder & ~In(kRepaired)) | In(kViolation, kRestored), kRecheckStands, Leads::kStay, kNew,
     By(kProgram), 0},
    {kOnLadder | In(kViolation, kRestored), kRecheckUnchecked, Leads::kStay, kNew, By(kProgram), 0},

    // ---- the authority ----
    {kAnywhere, kReportSent, Leads::kStay, kNew, kDesk,
     Need::kConfirmed | Need::kSettled | Need::kReason},

    // ---- the cut-off ----
    {kWithOwner | In(kViolation, kObjected), kAdviseCutoff, Leads::kTo, kCutoffAdvised, kDesk,
     kReasoned | Need::kSettled},
    {In(kCutoffAdvised), kApproveCutoff, Leads::kTo, kCutoffApproved, By(kApprover),
     Need::kReason | Need::kOtherPerson},
    {In(kCutoffAdvised), kRefuseCutoff, Leads::kBack, kNew, By(kApprover), N(Need::kReason)},
    {In(kCutoffApproved), kDoCutOff, Leads::kTo, kCutOff, kDesk, kReasoned},
    {In(kCutOff), kRestore, Leads::kTo, kRestored, kDesk, kReasoned | Need::kSecondPerson},

    // ---- the end ----
    {kWithOwner | In(kViolation, kCutOff, kRestored), kClose, Leads::kTo, kClosed, kDesk,
     Need::kProofOrReason | Need::kLeaseFree | Need::kSettled},
    {In(kCannotTell), kClose, Leads::kTo, kClosed, kDesk, kReasoned | Need::kSettled},
    {In(kClosed), kReopen, Leads::kTo, kNew, kDesk, N(Need::kReason)},
};
// clang-format on

// What to do instead, by the deed; "{}" is the state.
struct Advice {
  CaseDeed deed;
  std::string_view text;
};
constexpr Advice kAdvice[] = {
    {kJudgeViolation, "判断只对待处理、无法判断、误报、上报的事件作出"},
    {kJudgeFalsePositive, "有异议的请采纳异议，已建议断网的请先不批准，已结案的请先重新立案"},
    {kJudgeCannotTell, "判断只在发出整改通知之前作出，已结案的请先重新立案"},
    {kJudgeEscalate, "判断只在发出整改通知之前作出，已结案的请先重新立案"},
    {kUndo, "只有刚作出的判断可以撤销；已发通知的请用误报、采纳异议或结案"},
    {kClaim, "已结案的事件不必领取，请先重新立案"},
    {kAssign, "已结案的事件不必指派，请先重新立案"},
    {kNotify, "整改通知书只发一次，且须先判为违规；已发的请用催办"},
    {kRemind, "只有已发通知、尚未报告整改的事件可以催办"},
    {kAcknowledge, "只有已发通知、尚未签收的事件需要签收"},
    {kReportRepair, "只有已发通知的事件可以报告整改"},
    {kObject, "只有已发通知、尚未建议断网的事件可以提出异议"},
    {kRejectObjection, "没有待处理的异议"},
    {kAcceptObjection, "没有待处理的异议"},
    {kAskRecheck, "只有已判为违规、尚未结案的事件需要复查"},
    {kRecheckGone, "只有已判为违规、尚未结案的事件需要复查"},
    {kRecheckStands, "只有已判为违规、尚未结案的事件需要复查"},
    {kRecheckUnchecked, "只有已判为违规、尚未结案的事件需要复查"},
    {kAdviseCutoff, "须先判为违规；已建议的不必再建议"},
    {kApproveCutoff, "没有待批的断网建议；请先建议断网"},
    {kRefuseCutoff, "没有待批的断网建议"},
    {kDoCutOff, "须先建议断网，并由另一人批准"},
    {kRestore, "只有已断网的可以恢复"},
    {kClose, "未判断的请先判断；误报不必结案；有异议的请先处理异议；断网待批或待执行的请先处理"},
    {kReopen, "只有已结案的可以重新立案；其他的直接判断"},
};

template <class Enum, size_t kCount>
std::optional<Enum> ByName(const Named (&names)[kCount], std::string_view name) {
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i].name == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view CaseStateName(CaseState state) { return kStates[static_cast<int>(state)].name; }
std::string_view CaseStateText(CaseState state) { return kStates[static_cast<int>(state)].text; }
std::optional<CaseState> CaseStateByName(std::string_view name) {
  return ByName<CaseState>(kStates, name);
}

bool AwaitsDecision(CaseState state) {
  return (Bit(state) & In(kNew, kCannotTell, kEscalate, kObjected, kCutoffAdvised)) != 0;
}
bool IsAtRest(CaseState state) { return (Bit(state) & In(kFalsePositive, kClosed)) != 0; }

std::string_view CaseDeedName(CaseDeed deed) { return kDeeds[static_cast<int>(deed)].name; }
std::string_view CaseDeedText(CaseDeed deed) { return kDeeds[static_cast<int>(deed)].text; }
std::optional<CaseDeed> CaseDeedByName(std::string_view name) {
  return ByName<CaseDeed>(kDeeds, name);
}

std::string_view PartyText(Party party) {
  switch (party) {
    case Party::kOfficer:
      return "值班员";
    case Party::kApprover:
      return "审批人";
    case Party::kOwner:
      return "责任人";
    case Party::kProgram:
      return "程序";
  }
  return "";
}

std::span<const CaseStep> CaseSteps() { return kSteps; }

Result<const CaseStep*> FindStep(CaseState from, CaseDeed deed) {
  for (const CaseStep& step : kSteps) {
    if (step.deed == deed && (step.from & Bit(from)) != 0) return &step;
  }
  std::string_view advice = "请查看事件的来龙去脉";
  for (const Advice& known : kAdvice) {
    if (known.deed == deed) advice = known.text;
  }
  return Error{Code::kConflict, fmt::format("事件现为“{}”，不能“{}”；{}", CaseStateText(from),
                                            CaseDeedText(deed), advice)};
}

}  // namespace xuncha
