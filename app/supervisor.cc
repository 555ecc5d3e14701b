// SPDX-License-Identifier: Apache-2.0
#include "app/supervisor.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>

#include "base/text.h"

namespace xuncha {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

int64_t NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

}  // namespace

Supervisor::Options Supervisor::FromEnvironment() {
  Options options{.socket = Variable("NOTIFY_SOCKET")};
  const std::string pid = Variable("WATCHDOG_PID");
  if (pid.empty() || NumberOf(pid) == ::getpid())
    options.watchdog = NumberOf(Variable("WATCHDOG_USEC")) / 1000;
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  return options;
}

Supervisor::Supervisor(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

// What is not heard is lost: the manager will see for itself.
void Supervisor::Say(std::string_view what) const {
  sockaddr_un address{};
  const std::string& name = options_.socket;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path ||
      (name.front() != '/' && name.front() != '@'))
    return;
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const int line = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (line < 0) return;
  static_cast<void>(::sendto(line, what.data(), what.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), bytes));
  ::close(line);
}

void Supervisor::Ready(std::string_view status) const {
  Say(fmt::format("READY=1\nSTATUS={}", Neutralise(status)));
}

void Supervisor::Alive() {
  if (options_.watchdog == 0) return;
  const Millis now = clock_.Monotonic();
  if (said_ != 0 && now - said_ < options_.watchdog / 3) return;
  said_ = now;
  Say("WATCHDOG=1");
}

void Supervisor::Stopping() const { Say("STOPPING=1"); }

Supervisor::Patience::Patience(Supervisor& supervisor, Millis time) : supervisor_(supervisor) {
  if (supervisor_.options_.watchdog != 0)
    supervisor_.Say(fmt::format("WATCHDOG_USEC={}\nWATCHDOG=1", time * 1000));
}

Supervisor::Patience::~Patience() {
  if (supervisor_.options_.watchdog != 0)
    supervisor_.Say(
        fmt::format("WATCHDOG_USEC={}\nWATCHDOG=1", supervisor_.options_.watchdog * 1000));
}

}  // namespace xuncha
