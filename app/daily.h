// What each working day asks for by itself, without anybody giving the word: pages whose
// deadline is over are looked at again, owners who have not answered are reminded, and
// suppressions end. `serve` does it at its hour; `incident due --do` does the same by hand.
//
// Done twice it is done once: a reminder sets the next one's time, a re-check its own, in the
// batch that records it. So a restart just does the day again.
//
// Thread of the store's owner.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "reports/channel.h"
#include "store/casework.h"
#include "store/store.h"

namespace xuncha {

// When the day's work begins. Value.
class DailyHour {
 public:
  // `at`: since midnight in Shanghai; nothing: never.
  explicit DailyHour(std::optional<Millis> at) : at_(at) {}
  // Whether it is a working day, past the hour, and not quiet.
  bool Goes(const CasePolicy& policy, const TellPolicy& tell, Millis now) const;
  // The same, once a day: from now on the day is taken, however long its work goes on.
  bool Take(const CasePolicy& policy, const TellPolicy& tell, Millis now);

 private:
  std::optional<Millis> at_;
  int64_t taken_ = -1;  // the day, since 1970 in Shanghai
};

// Borrowed for the call.
struct DayOrder {
  Store& store;
  const CasePolicy& policy;
  const TellPolicy& tell;
  std::string by;  // who stands in the record
  Millis now = 0;
};

// What is to be fetched for the incidents whose re-check is due, in one run.
struct DueRechecks {
  std::vector<std::string> incidents, sites, urls;
  std::vector<std::string> left;  // why one cannot be; people read it
};
// At most limits::kRecheckUrlsMax URLs; what does not fit waits for the next day.
Result<DueRechecks> RechecksDue(const Store& store, Millis now);

// One reminder, and the mail to the owner.
struct Reminder {
  IssuedNotice issued;
  size_t told = 0;  // addresses the message goes to
};
Result<Reminder> RemindOwner(const DayOrder& order, std::string_view incident);

struct DayDone {
  std::vector<IssuedNotice> reminders;
  std::vector<uint64_t> suppressions;  // that have ended
  std::vector<std::string> failed;     // what could not be done, and why; people read it
  std::vector<std::string> untold;     // reminders that go to nobody; people read it
};
// Reminders and suppressions. One that cannot be done holds up no other. Fails only if the
// store cannot say what is due.
Result<DayDone> DoDay(const DayOrder& order);

}  // namespace xuncha
