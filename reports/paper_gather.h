// The facts of papers, taken from the store: of a case, of a notice as it was issued, of
// all incidents for the ledger, of a month. The papers themselves know nothing of the
// store (papers.h).
//
// Reads only; any thread that may read the store.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "reports/ledger.h"
#include "reports/papers.h"
#include "store/casework.h"
#include "store/store.h"

namespace xuncha {

// Of an incident, as it stands: `policy` says who issues papers, on what basis and who
// gets reports. kNotFound.
Result<CaseFacts> GatherCase(const Store& store, std::string_view incident,
                             const CasePolicy& policy, Millis now);
// Of a notice: what it says comes from the day it was issued. `link` is the owner's way in,
// known only to whoever has just issued the notice; else empty.
Result<CaseFacts> GatherNotice(const Store& store, const Notice& notice, const CasePolicy& policy,
                               std::string_view link);
// Whether an owner may have done it: their name is what they typed, and no account's.
bool MayBeOwners(const Event& event);
// The template of a notice of that kind.
PaperKind PaperOf(NoticeKind kind);
// The latest notice to the owner, of any kind; nothing if there is none.
Result<std::optional<Notice>> LatestNotice(const Store& store, std::string_view incident);

// Each incident, by the time it was opened. Stops when the function returns false.
Status EachLedgerRow(const Store& store, Millis now,
                     const std::function<bool(const LedgerRow&)>& visit);

// "2026-10"; kInvalid.
struct Month {
  int year = 0, month = 0;
  Millis begin() const;  // midnight in Shanghai
  Millis end() const;
  Month Before(int months) const;
  std::string id() const;     // "2026-10"
  std::string title() const;  // "2026年10月"
};
Result<Month> ParseMonth(std::string_view text);
Month MonthOf(Millis time);
// Of all units if `unit` is empty. kNotFound if no site is registered under that unit.
Result<MonthFacts> GatherMonth(const Store& store, const Month& month, std::string_view unit,
                               const CasePolicy& policy, Millis now);

}  // namespace xuncha
