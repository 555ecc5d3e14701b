// Supervisor tells the service manager how we are (sd_notify(3)): ready, alive, ending. Where
// nobody started us that way it says nothing.
//
// Alive is said by the thread that does the work and by no other: a program whose main
// loop hangs falls silent, and is started anew. Work that is known to be long, such as a
// purge, says so before.
//
// One thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace xuncha {

class Supervisor {
 public:
  struct Options {
    std::string socket;   // a path, or "@name" in the abstract space; empty: nobody listens
    Millis watchdog = 0;  // it wants a word within that; 0: it does not
  };
  // Of NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, which it takes out of the environment:
  // programs we start are not the service. Before there are threads.
  static Options FromEnvironment();

  Supervisor(Options options, const Clock& clock);  // borrows the clock

  void Ready(std::string_view status) const;
  // At each turn of a loop; a word goes out three times in its time.
  void Alive();
  void Stopping() const;

  // For as long as it lives the next word may take so long.
  class Patience {
   public:
    Patience(Supervisor& supervisor, Millis time);
    ~Patience();
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

   private:
    Supervisor& supervisor_;
  };

 private:
  void Say(std::string_view what) const;

  const Options options_;
  const Clock& clock_;
  Millis said_ = 0;  // by the monotonic clock
};

}  // namespace xuncha
