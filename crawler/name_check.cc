// SPDX-License-Identifier: Apache-2.0
#include "crawler/name_check.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <array>
#include <cstring>

#include "base/limits.h"
#include "base/url.h"

namespace xuncha {

NameAnswer AskNameServers(const std::string& name) {
  struct __res_state state;
  std::memset(&state, 0, sizeof state);
  if (res_ninit(&state) != 0) return NameAnswer::kUnknown;
  // Two servers asked twice stay within limits::kNameMillisMax, whatever the system's own
  // patience is.
  constexpr int kServers = 2, kTries = 2;
  state.retry = kTries;
  state.retrans = static_cast<int>(limits::kNameMillisMax / 1'000 / (kServers * kTries));
  if (state.nscount > kServers) state.nscount = kServers;
  std::array<unsigned char, NS_PACKETSZ * 8> answer;
  const int length = res_nquery(&state, name.c_str(), ns_c_in, ns_t_soa, answer.data(),
                                static_cast<int>(answer.size()));
  const int error = state.res_h_errno;
  res_nclose(&state);
  if (length >= 0 || error == NO_DATA) return NameAnswer::kExists;
  return error == HOST_NOT_FOUND ? NameAnswer::kNoSuchName : NameAnswer::kUnknown;
}

NameCheck::NameCheck(AskName ask, std::function<void()> wake)
    : ask_(std::move(ask)), wake_(std::move(wake)) {}

NameCheck::~NameCheck() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void NameCheck::Ask(std::string host) {
  if (!thread_.joinable()) thread_ = std::thread(&NameCheck::Work, this);
  {
    std::lock_guard lock(mutex_);
    asked_.push_back(std::move(host));
  }
  work_.notify_one();
}

std::vector<std::pair<std::string, NameAnswer>> NameCheck::Answers() {
  std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

NameAnswer NameCheck::Answer(const std::string& host) const {
  const std::string domain = RegistrableDomain(host);
  const size_t dot = domain.find('.');
  if (dot == std::string::npos) return NameAnswer::kUnknown;
  const NameAnswer answer = ask_(domain);
  if (answer != NameAnswer::kNoSuchName || IsClosing()) return answer;
  return ask_(domain.substr(dot + 1)) == NameAnswer::kExists ? answer : NameAnswer::kUnknown;
}

bool NameCheck::IsClosing() const {
  std::lock_guard lock(mutex_);
  return closing_;
}

void NameCheck::Work() {
  for (;;) {
    std::string host;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return closing_ || !asked_.empty(); });
      if (closing_) return;
      host = std::move(asked_.front());
      asked_.pop_front();
    }
    const NameAnswer answer = Answer(host);
    {
      std::lock_guard lock(mutex_);
      answers_.emplace_back(std::move(host), answer);
    }
    wake_();
  }
}

}  // namespace xuncha
