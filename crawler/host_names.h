// Host names: what name servers say of the hosts that are fetched from, kept as evidence
// of where an answer came from. The fetch asks for itself and uses what it gets; these
// questions go beside it, once an hour for each host, and no page waits for them: the
// first ones of a host may be gone before there is an answer.
//
// An answer is text, as archives keep it (RFC 4027): the time of the question in its first
// line, 14 digits in UTC, then a line for each record ("www.example.edu.cn. 300 IN A
// 192.0.2.1"), in the order they came; what is no record stands behind a semicolon.
//
// Asking takes seconds, so it has threads of its own. All calls from one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/record.h"

namespace xuncha {

// Blocks, for at most some 2 * limits::kHostNameMillisMax. Gives the lines below the first.
using AskHost = std::function<std::string(const std::string& host)>;

// Asks the system's name servers for A and AAAA records, with the CNAMEs that lead there.
std::string AskNameServersOf(const std::string& host);
// The same of one server on this machine.
std::string AskNameServerAt(uint16_t port, const std::string& host);

// The lines of a message's answer; nothing if it cannot be read.
std::optional<std::vector<std::string>> AnswerLines(std::span<const unsigned char> message);

class HostNames {
 public:
  explicit HostNames(AskHost ask);
  // Waits for the questions under way.
  ~HostNames();
  HostNames(const HostNames&) = delete;
  HostNames& operator=(const HostNames&) = delete;

  // Nothing for what is no name, and for a host whose answer is not old.
  void Ask(std::string_view host, Millis now);
  // What was answered last; empty if nothing was yet.
  NameFacts Of(std::string_view host) const;

 private:
  struct Known {
    Millis asked = 0;
    bool waiting = false;
    NameFacts facts;
  };
  void Work();

  const AskHost ask_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::map<std::string, Known, std::less<>> known_;  // guarded by mutex_
  std::deque<std::string> asked_;                    // guarded by mutex_
  bool closing_ = false;                             // guarded by mutex_
  std::vector<std::thread> threads_;                 // begun by the first questions
};

}  // namespace xuncha
