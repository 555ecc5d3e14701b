// 台账: all incidents, a row each, as a workbook or as CSV. It is written row by row, so
// its length costs no memory, and takes its name when it is complete.
//
// Main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

// What is not known is empty or 0.
struct LedgerRow {
  std::string incident, state, kind, clause, severity;
  bool stock = false;  // stood when the audit began
  uint64_t findings = 0;
  std::string site, site_name, unit, owner, phone, address;
  std::string assignee;
  Millis opened = 0, updated = 0, confirmed = 0;
  Millis report_due = 0, report_sent = 0;  // to the authority
  std::string notice;                      // number of the latest
  Millis notified = 0, acknowledged = 0, deadline = 0;
  uint64_t reminders = 0;
  int64_t overdue_days = 0;
  Millis cut_off = 0, restored = 0, closed = 0;
  uint64_t rounds = 0;  // opened again so often
  std::string remark;   // the last thing an officer said of it
};

class LedgerWriter {
 public:
  enum class Form : uint8_t { kWorkbook, kCsv };
  // "-" is the standard output, for CSV.
  LedgerWriter(const std::string& path, Form form, Millis now);
  ~LedgerWriter();  // what was not finished is removed
  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;

  void Add(const LedgerRow& row);
  // kSystem, kLimit; nothing is left under the name then.
  Status Finish();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
