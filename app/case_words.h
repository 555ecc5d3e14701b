// What the commands of casework share: orders read from the command line, and incidents
// as lines of text.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/cli.h"
#include "app/session.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/casework.h"

namespace xuncha {

// The three lines that name a finding.
std::string FindingHead(const StoredFinding& stored);
// "还有 5 小时", "已过 2 天".
std::string ClockText(Millis due, Millis now);
// "网信整改〔2026〕12号 整改通知书": one line, with its deadline if it has one.
std::string NoticeLine(const Notice& notice);
// What of the incident is due, and who has it; empty: nothing to say.
std::string ClocksOf(const CaseFile& file, Millis now);

// A store opened for writing, the policy, and the order that --by, --reason and
// --approved-by give for the incident named first.
struct CaseDesk {
  std::unique_ptr<Store> store;
  CasePolicy policy;
  Incident incident;
  CaseOrder order;  // with the version just read
  Millis now = 0;
  Casework& work() { return store->casework(); }
};
// kInvalid if --by is missing.
Result<CaseDesk> OpenDesk(const Session& session, const Arguments& arguments);
// "9c1e…：待处理 → 已确认违规"
std::string StepText(const Incident& before, const Incident& after);

}  // namespace xuncha
