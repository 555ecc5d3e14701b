// One deed on one incident inside a batch: what is asked before it, and what is written
// after it. Everything casework does to an incident goes through here, so that the table,
// the version, the event, the audit entry and the list of what is due cannot be forgotten.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/case_file.h"
#include "store/casework.h"
#include "store/db.h"
#include "store/store.h"

namespace xuncha {

class AuditChain;

// An incident in hand. Change `file` between TakeUp and PutBack; `incident` only through
// `to`.
struct CaseInHand {
  Incident incident;  // without its findings
  CaseFile file;
  CaseFile before;  // as read
  CaseState from = CaseState::kNew;
  CaseState to = CaseState::kNew;  // after the deed
};

// Incident and file, whatever state they are in. kNotFound.
Result<CaseInHand> ReadCase(const Batch& batch, std::string_view incident);
// The same for a deed, if table, version, person and needs allow it.
Result<CaseInHand> TakeUp(const Batch& batch, const CaseOrder& order, CaseDeed deed, Millis now);
// The deed is done: state, version, event, audit entry, what is due.
struct DeedWords {
  std::string detail;             // of the event and the entry; empty: the order's reason
  std::vector<std::string> refs;  // of the entry, besides those of the incident
};
Status PutBack(Batch& batch, AuditChain& chain, CaseInHand& in_hand, const CaseOrder& order,
               CaseDeed deed, DeedWords words, Millis now);
// A verdict, as Casework::Judge gives it.
Result<Incident> JudgeInBatch(Batch& batch, AuditChain& chain, const CaseOrder& order,
                              CaseDeed verdict, const CasePolicy& policy, Millis now,
                              Millis undo_for);
// It is the owner's turn again: its reminder and re-check stand where its term ends. Nothing
// if none runs.
void ResumeTerm(CaseFile& file, Millis now);
// The file alone, with what is due: for changes that are no deed of the table.
void PutFile(Batch& batch, const CaseFile& before, const CaseFile& file);

}  // namespace xuncha
