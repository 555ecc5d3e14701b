// SPDX-License-Identifier: Apache-2.0
#include "crawler/host_names.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/limits.h"
#include "crawler/address.h"

namespace xuncha {
namespace {

constexpr int kServers = 2;  // of the system's: more would take too long

// "20261122010203"
std::string Digits(Millis time) {
  const std::time_t seconds = static_cast<std::time_t>(time / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string AddressText(int family, const unsigned char* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  return inet_ntop(family, bytes, text, sizeof text) == nullptr ? "" : text;
}

// Empty for the kinds that say nothing of addresses.
std::string RecordLine(ns_msg& message, const ns_rr& record) {
  std::string value, type;
  if (ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == 4) {
    type = "A";
    value = AddressText(AF_INET, ns_rr_rdata(record));
  } else if (ns_rr_type(record) == ns_t_aaaa && ns_rr_rdlen(record) == 16) {
    type = "AAAA";
    value = AddressText(AF_INET6, ns_rr_rdata(record));
  } else if (ns_rr_type(record) == ns_t_cname) {
    char name[NS_MAXDNAME] = "";
    if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record), name,
                           sizeof name) < 0)
      return "";
    type = "CNAME";
    value = fmt::format("{}.", name);
  }
  if (value.empty() || ns_rr_class(record) != ns_c_in) return "";
  return fmt::format("{}. {} IN {} {}", ns_rr_name(record), ns_rr_ttl(record), type, value);
}

// What stands in the place of records that did not come.
std::string_view Missing(int error) {
  switch (error) {
    case HOST_NOT_FOUND:
      return "no such name";
    case NO_DATA:
      return "no such record";
    default:
      return "no answer";
  }
}

std::string ServersLine(const struct __res_state& state) {
  std::string line = "; asked:";
  for (int i = 0; i < state.nscount; ++i) {
    const sockaddr_in& server = state.nsaddr_list[i];
    if (server.sin_family != AF_INET) continue;  // IPv6 servers stand elsewhere, unnamed
    line +=
        " " + AddressText(AF_INET, reinterpret_cast<const unsigned char*>(&server.sin_addr.s_addr));
  }
  return line + "\n";
}

std::string AskWith(struct __res_state& state, const std::string& host) {
  state.nscount = std::min(state.nscount, kServers);
  state.retry = 1;
  state.retrans = static_cast<int>(limits::kHostNameMillisMax / 1'000 / std::max(1, state.nscount));
  std::string text = ServersLine(state);
  std::vector<std::string> told;
  std::vector<unsigned char> message(NS_MAXMSG);
  for (const auto& [type, name] : {std::pair(ns_t_a, "A"), std::pair(ns_t_aaaa, "AAAA")}) {
    const int length = res_nquery(&state, host.c_str(), ns_c_in, type, message.data(),
                                  static_cast<int>(message.size()));
    if (length < 0) {
      text += fmt::format("; {}: {}\n", name, Missing(state.res_h_errno));
      continue;
    }
    const size_t size = std::min(static_cast<size_t>(length), message.size());
    const auto lines = AnswerLines(std::span(message).first(size));
    if (!lines) {
      text += fmt::format("; {}: unreadable answer\n", name);
      continue;
    }
    for (const std::string& line : *lines) {
      // The names on the way stand in both answers.
      if (std::find(told.begin(), told.end(), line) != told.end()) continue;
      if (text.size() + line.size() > limits::kHostNameBytesMax) {
        text += "; more\n";
        break;
      }
      text += line + "\n";
      told.push_back(line);
    }
  }
  return text;
}

}  // namespace

std::optional<std::vector<std::string>> AnswerLines(std::span<const unsigned char> bytes) {
  ns_msg message;
  if (ns_initparse(bytes.data(), static_cast<int>(bytes.size()), &message) != 0)
    return std::nullopt;
  std::vector<std::string> lines;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return std::nullopt;
    std::string line = RecordLine(message, record);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

std::string AskNameServersOf(const std::string& host) {
  struct __res_state state;
  std::memset(&state, 0, sizeof state);
  if (res_ninit(&state) != 0) return "; no name server is known to the system\n";
  std::string text = AskWith(state, host);
  res_nclose(&state);
  return text;
}

std::string AskNameServerAt(uint16_t port, const std::string& host) {
  struct __res_state state;
  std::memset(&state, 0, sizeof state);
  if (res_ninit(&state) != 0) return "";
  state.nscount = 1;
  state.nsaddr_list[0] = {};
  state.nsaddr_list[0].sin_family = AF_INET;
  state.nsaddr_list[0].sin_port = htons(port);
  state.nsaddr_list[0].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text = AskWith(state, host);
  res_nclose(&state);
  return text;
}

HostNames::HostNames(AskHost ask) : ask_(std::move(ask)) {}

HostNames::~HostNames() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void HostNames::Ask(std::string_view host, Millis now) {
  if (!ask_ || host.empty() || host.front() == '[' || IpAddress::Parse(host)) return;
  {
    std::lock_guard lock(mutex_);
    const auto at = known_.find(host);
    if (at != known_.end() &&
        (at->second.waiting ||
         (now >= at->second.asked && now - at->second.asked < limits::kHostNameAgeMillis)))
      return;
    if (at == known_.end() && known_.size() >= limits::kHostNamesMax)
      std::erase_if(known_, [](const auto& one) { return !one.second.waiting; });
    if (at == known_.end() && known_.size() >= limits::kHostNamesMax) return;
    Known& known = known_[std::string(host)];
    known.asked = now;
    known.waiting = true;
    asked_.emplace_back(host);
  }
  if (threads_.size() < limits::kHostNameThreads) threads_.emplace_back(&HostNames::Work, this);
  work_.notify_one();
}

NameFacts HostNames::Of(std::string_view host) const {
  std::lock_guard lock(mutex_);
  const auto at = known_.find(host);
  return at == known_.end() ? NameFacts{} : at->second.facts;
}

void HostNames::Work() {
  for (;;) {
    std::string host;
    Millis asked = 0;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return closing_ || !asked_.empty(); });
      if (closing_) return;
      host = std::move(asked_.front());
      asked_.pop_front();
      asked = known_[host].asked;
    }
    NameFacts facts{.text = Digits(asked) + "\n" + ask_(host)};
    facts.digest = Sha256(facts.text);
    std::lock_guard lock(mutex_);
    Known& known = known_[host];
    known.waiting = false;
    known.facts = std::move(facts);
  }
}

}  // namespace xuncha
