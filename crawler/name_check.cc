// SPDX-License-Identifier: Apache-2.0
#include "crawler/name_check.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>

#include "base/limits.h"
#include "base/url.h"

namespace xuncha {
namespace {

// "192.0.2.53", "192.0.2.53:5353".
std::optional<sockaddr_in> ServerAt(std::string_view text) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  uint16_t port = NS_DEFAULTPORT;
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), port);
    if (error != std::errc() || end != number.data() + number.size() || port == 0)
      return std::nullopt;
  }
  at.sin_port = htons(port);
  const std::string address(text.substr(0, colon));
  if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) return std::nullopt;
  return at;
}

NameAnswer Ask(const std::string& name, std::span<const std::string> servers) {
  struct __res_state state;
  std::memset(&state, 0, sizeof state);
  if (res_ninit(&state) != 0) return NameAnswer::kUnknown;
  // Two servers asked twice stay within limits::kNameMillisMax, whatever the system's own
  // patience is.
  constexpr int kServers = 2, kTries = 2;
  state.retry = kTries;
  state.retrans = static_cast<int>(limits::kNameMillisMax / 1'000 / (kServers * kTries));
  if (state.nscount > kServers) state.nscount = kServers;
  if (!servers.empty()) {
    state.nscount = 0;
    for (const std::string& server : servers) {
      const std::optional<sockaddr_in> at = ServerAt(server);
      if (at && state.nscount < kServers) state.nsaddr_list[state.nscount++] = *at;
    }
    if (state.nscount == 0) {
      res_nclose(&state);
      return NameAnswer::kUnknown;
    }
  }
  std::array<unsigned char, NS_PACKETSZ * 8> answer;
  const int length = res_nquery(&state, name.c_str(), ns_c_in, ns_t_soa, answer.data(),
                                static_cast<int>(answer.size()));
  const int error = state.res_h_errno;
  res_nclose(&state);
  if (length >= 0 || error == NO_DATA) return NameAnswer::kExists;
  return error == HOST_NOT_FOUND ? NameAnswer::kNoSuchName : NameAnswer::kUnknown;
}

}  // namespace

NameAnswer AskNameServers(const std::string& name) { return Ask(name, {}); }

AskName AskServers(std::vector<std::string> servers) {
  if (servers.empty()) return AskNameServers;
  return [servers = std::move(servers)](const std::string& name) { return Ask(name, servers); };
}

bool IsNameServer(std::string_view text) { return ServerAt(text).has_value(); }

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
