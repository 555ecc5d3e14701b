// Name check: whether a domain is still registered, asked of the resolver apart from any
// transfer, because a library that only says "could not resolve" cannot tell a name that
// is gone from a server of names in trouble.
//
// A name that does not exist is believed only if the same resolver knows the name above
// it ("com" of "example.com") at the same time: a net without names, or a captive one,
// denies everything. Whoever concludes something from it asks twice.
//
// Asking takes seconds, so it has a thread of its own; one question at a time.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace xuncha {

enum class NameAnswer {
  kExists,
  kNoSuchName,
  kUnknown,  // no answer, or one that says something of the server only
};

// Blocks, for at most some limits::kNameMillisMax. The default asks the system's name
// servers for the name's SOA record.
using AskName = std::function<NameAnswer(const std::string& name)>;
NameAnswer AskNameServers(const std::string& name);
// Asks these instead, IPv4 addresses with or without a port; the system's if there are none.
AskName AskServers(std::vector<std::string> servers);
bool IsNameServer(std::string_view text);  // one that AskServers can ask

class NameCheck {
 public:
  // `wake` is called on the thread when there is an answer.
  NameCheck(AskName ask, std::function<void()> wake);
  // Waits for the answer under way.
  ~NameCheck();

  // Asks for the registrable domain of `host`.
  void Ask(std::string host);
  // Answers since the last call, by host.
  std::vector<std::pair<std::string, NameAnswer>> Answers();

 private:
  void Work();
  NameAnswer Answer(const std::string& host) const;
  bool IsClosing() const;

  const AskName ask_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::string> asked_;                            // guarded by mutex_
  std::vector<std::pair<std::string, NameAnswer>> answers_;  // guarded by mutex_
  bool closing_ = false;                                     // guarded by mutex_
  std::thread thread_;                                       // begun by the first question
};

}  // namespace xuncha
