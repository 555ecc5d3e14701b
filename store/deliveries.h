// Deliveries: the messages to people, those that wait and what became of those that
// went. This is the outbox and the log in one.
//
// A message is queued once: whoever asks again with the same key gets the one that is
// there, so that what is derived from the store (app/telling.h) may be derived again
// after a crash. An attempt stands on record before it is made, and with it the moment
// the channel was used: a program that is cut off in between neither forgets that a
// message may have gone nor sends more than a service allows. What fails is tried
// again with growing pauses, and given up after a day.
//
// What went to an owner, and what was given up, is an entry of the audit chain in the
// same batch. A one-time link is forgotten as soon as its message is gone.
//
// Reads: any thread. Writes: main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

class AuditChain;
class Batch;
class Database;

// Stands in records by number: append only.
enum class DeliveryState : uint8_t {
  kWaiting,  // not tried yet
  kFailed,   // tried in vain; will be again
  kSent,     // handed over
  kGivenUp,  // refused for good, or tried too often
  kMerged,   // went, or goes, as a part of another
};
std::string_view DeliveryStateName(DeliveryState state);  // "waiting", ...
std::string_view DeliveryStateText(DeliveryState state);  // Chinese
constexpr bool IsKnown(DeliveryState value) {
  switch (value) {
    case DeliveryState::kWaiting:
    case DeliveryState::kFailed:
    case DeliveryState::kSent:
    case DeliveryState::kGivenUp:
    case DeliveryState::kMerged:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(DeliveryState::kMerged) == 4);

// One piece of news; a digest has several.
struct MessagePart {
  std::string heading;
  std::vector<std::string> lines;  // may be cut short where little fits
  uint32_t more = 0;               // lines that are not even here
  std::string closing;             // where to read on; {link} stands for Delivery::link
};

struct DeliveryAttempt {
  Millis begun = 0;
  Millis ended = 0;  // 0: the program was cut off meanwhile
  bool taken = false;
  uint32_t code = 0;   // of the answer, in the channel's own numbers
  std::string answer;  // at most limits::kMessageAnswerKeptMax
};

struct Delivery {
  uint64_t number = 0;  // its key
  Millis made = 0;
  Millis due = 0;               // not before
  std::string channel;          // as configured
  std::vector<std::string> to;  // addresses of mail; of a robot none
  std::string topic;            // "night", "notice", "reminder", ...
  std::string key;              // what makes it the same message
  bool urgent = false;          // goes in quiet hours too
  bool alone = false;           // never part of a digest
  std::string subject;
  std::vector<MessagePart> parts;
  std::string link;               // one-time; empty once the message has gone
  std::vector<std::string> refs;  // as the audit chain has them: "notice:...", "run:3"
  DeliveryState state = DeliveryState::kWaiting;
  Millis next = 0;  // not tried before
  std::vector<DeliveryAttempt> attempts;
  std::string message_id;    // of mail; the same in each attempt
  uint64_t merged_into = 0;  // the message that carries this one

  bool open() const { return state == DeliveryState::kWaiting || state == DeliveryState::kFailed; }
};

// What is to be known of a channel beyond its configuration.
struct ChannelFacts {
  std::vector<uint64_t> recent;  // when it was used, within the last minute
  Millis paused_until = 0;       // the service asked for it
  Millis last_taken = 0;
  Millis last_failed = 0;
  uint32_t failures = 0;  // since the last success
  std::string last_answer;
};

// What came of one attempt.
struct AttemptEnd {
  enum class Outcome : uint8_t {
    kTaken,
    kLater,    // try again
    kRefused,  // trying again is no use
  };
  Outcome outcome = Outcome::kLater;
  uint32_t code = 0;
  std::string answer;
  Millis pause = 0;  // the channel is left alone so long
};

class Deliveries {
 public:
  Deliveries(Database& database, AuditChain& chain);  // borrows both

  struct Queued {
    uint64_t number = 0;
    bool fresh = false;  // false: it was there already
  };
  // kInvalid without channel, key or part; kLimit if limits::kMessagesWaitingMax wait,
  // or a field is too long.
  Result<Queued> Queue(Delivery message, Millis now);
  // Whether such a message was ever queued.
  Result<bool> Knows(std::string_view channel, const std::vector<std::string>& to,
                     std::string_view key) const;
  // The followers' parts become the leader's, before its own, and go with it. kConflict
  // if one is not open, has been tried, goes elsewhere, or is younger than the leader.
  Status Merge(uint64_t leader, const std::vector<uint64_t>& followers);

  // To be called before the message leaves. kConflict if it is not open.
  Status Begin(uint64_t number, Millis now);
  // `attempts_max`: of the channel. REQUIRES: Begin
  Result<Delivery> End(uint64_t number, const AttemptEnd& end, int attempts_max, Millis now);

  Result<Delivery> ByNumber(uint64_t number) const;  // kNotFound
  Status EachOpen(const std::function<bool(const Delivery&)>& visit) const;
  // From message `from` on, oldest first.
  Status Each(uint64_t from, const std::function<bool(const Delivery&)>& visit) const;
  Result<uint64_t> LastNumber() const;  // 0: there is none
  Result<ChannelFacts> FactsOf(std::string_view channel) const;
  // Takes ended messages made before `before` out of the log; how many. One entry of the
  // audit chain says so.
  Result<uint64_t> Forget(Millis before);

  // How long after attempt number `attempt` (from 1) of the message the next is due:
  // a minute, then longer, a day in all. A fifth of it depends on the message, so that
  // what failed together does not come back together.
  static Millis Pause(uint64_t number, size_t attempt);

 private:
  Result<Delivery> OpenByNumber(uint64_t number) const;
  Status PutEnded(Batch& batch, const Delivery& message);
  Database& database_;
  AuditChain& chain_;
};

}  // namespace xuncha
