// Teller sees to it that people are told: it derives from the store what is news, puts it
// into the outbox once, and sends what is due, each channel at its own pace.
//
// What is news is a function of the store and the time, and the outbox knows each piece by
// its key; so a program that was cut off anywhere just asks again. Quiet hours keep
// everything back but what is urgent, and what waited together goes together.
//
// Sending is cut in three so that a desk may do the slow part on another thread: Next and
// Done on the main thread, Carry on any.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "reports/channel.h"
#include "reports/courier.h"
#include "reports/message.h"
#include "store/casework.h"
#include "store/store.h"

namespace xuncha {

class Teller {
 public:
  // Borrowed; `secrets` is the directory of relative names of secret files.
  struct Parts {
    Store& store;
    const TellPolicy& policy;
    const Clock& clock;
    Courier& courier;
    std::string secrets;
  };
  explicit Teller(Parts parts) : parts_(std::move(parts)) {}

  // What is to be said and is not in the outbox, for each addressee.
  Result<std::vector<Delivery>> News() const;
  // Puts it there; how many.
  Result<size_t> QueueNews();

  // One message on its way.
  struct Errand {
    Delivery message;
    TellChannel channel;
    MailDrop mail;  // one of the two
    HttpPost post;
  };
  // The next that may go now; digests are put together, and the attempt is on record.
  // Nothing: none may. `only`: this one, and no other; 0: any.
  Result<std::optional<Errand>> Next(uint64_t only = 0);
  AttemptEnd Carry(const Errand& errand) const;
  // What came of it.
  Result<Delivery> Done(const Errand& errand, const AttemptEnd& end);

  struct Tally {
    uint64_t sent = 0;
    uint64_t failed = 0;  // will be tried again
    uint64_t given_up = 0;
    uint64_t waiting = 0;             // open after that
    std::vector<std::string> errors;  // channels that cannot be used, each once
  };
  // All of it: queues news, sends what may go, forgets what is old. Ends early if `stop`.
  Result<Tally> Drain(const std::atomic<bool>& stop);
  // Channels that could not be used so far.
  const std::set<std::string>& errors() const { return errors_; }

 private:
  Status AddEvents(const Incident& incident, NightNews& night) const;
  Result<std::vector<Delivery>> Runs() const;
  Result<std::vector<Delivery>> Cases() const;
  Result<std::optional<Errand>> Start(const std::vector<const Delivery*>& together,
                                      const TellChannel& channel);
  Status GiveUp(const Delivery& message, std::string_view why);

  Parts parts_;
  std::set<std::string> errors_;
};

// Tells people while the main thread has other things to do, as the desk has: the slow part
// of one message at a time is on a thread of its own.
//
// Main thread.
class TellingBeside {
 public:
  explicit TellingBeside(Teller::Parts parts);
  // Waits for what is under way, limits::kMessageMillisMax at most, and puts it on record.
  ~TellingBeside();
  TellingBeside(const TellingBeside&) = delete;
  TellingBeside& operator=(const TellingBeside&) = delete;

  // To be called often. Does not wait for the network. What is news is looked for once a
  // minute, what is old is forgotten once a day. Fails only if the store does.
  Status Tend();
  // Channels that cannot be used, each told once.
  std::vector<std::string> TakeErrors();

 private:
  Status Finish();

  Teller::Parts parts_;
  Teller teller_;
  std::optional<Teller::Errand> errand_;
  std::future<AttemptEnd> under_way_;
  Millis look_at_ = 0, forget_at_ = 0;  // by the monotonic clock
  std::set<std::string> told_;
};

// The message for each addressee of the channels that want its topic.
std::vector<Delivery> Addressed(const TellPolicy& policy, const Delivery& message);

// Puts a notice into the outbox, to the site's contacts that are mail addresses; it goes
// not before `due`. How many get it. Where there is none, the desk is told; 0 too if
// notices do not go by mail here. `token` is the secret of the owner's page.
Result<size_t> QueueNotice(Deliveries& outbox, const TellPolicy& policy, const NoticeNews& notice,
                           std::string_view token, Millis due, Millis now);
// The same of what Casework::Issue made, to be called right behind it: nobody has the
// token again. Advice to cut off is for those who decide, and goes to no owner.
Result<size_t> QueueIssued(Deliveries& outbox, const TellPolicy& policy, const IssuedNotice& issued,
                           const Site& site, Millis now);
// The owner's page.
std::string OwnerLink(std::string_view console, std::string_view token);

}  // namespace xuncha
