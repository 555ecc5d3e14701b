// What the service manager hears, at a socket of the test's own.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/supervisor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

#include "base/digest.h"

namespace xuncha {
namespace {

// Bound to a path, or to a name in the abstract space.
class Manager {
 public:
  explicit Manager(std::string name) : name_(std::move(name)) {
    line_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name_[0] == '@') address.sun_path[0] = '\0';
    CHECK(::bind(line_, reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size())) == 0);
  }
  ~Manager() {
    ::close(line_);
    if (name_[0] == '/') ::unlink(name_.c_str());
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  const std::string& name() const { return name_; }
  std::string Next() {  // "" if nothing has been said
    char buffer[1024];
    const ssize_t got = ::recv(line_, buffer, sizeof buffer, 0);
    return got <= 0 ? std::string() : std::string(buffer, static_cast<size_t>(got));
  }

 private:
  const std::string name_;
  int line_ = -1;
};

std::string Name() { return "xuncha-" + Hex(RandomBytes(8)); }

TEST(SupervisorTest, SaysWhenItIsReadyAndWhenItEnds) {
  FakeClock clock;
  for (const std::string& name : {"@" + Name(), ::testing::TempDir() + Name()}) {
    SCOPED_TRACE(name);
    Manager manager(name);
    Supervisor supervisor({.socket = manager.name()}, clock);
    supervisor.Ready("值班台\nREADY=0");
    EXPECT_EQ(manager.Next(), "READY=1\nSTATUS=值班台\\x0aREADY=0") << "one line, whatever it says";
    supervisor.Alive();
    EXPECT_EQ(manager.Next(), "") << "nobody wants to know";
    supervisor.Stopping();
    EXPECT_EQ(manager.Next(), "STOPPING=1");
  }
}

TEST(SupervisorTest, SaysThatItLivesThreeTimesInItsTime) {
  FakeClock clock;
  Manager manager("@" + Name());
  Supervisor supervisor({.socket = manager.name(), .watchdog = 30'000}, clock);
  int words = 0;
  for (int i = 0; i < 300; ++i) {
    supervisor.Alive();
    words += manager.Next() == "WATCHDOG=1" ? 1 : 0;
    clock.Advance(100);
  }
  EXPECT_EQ(words, 3);
  {
    const Supervisor::Patience patience(supervisor, 3'600'000);
    EXPECT_EQ(manager.Next(), "WATCHDOG_USEC=3600000000\nWATCHDOG=1");
  }
  EXPECT_EQ(manager.Next(), "WATCHDOG_USEC=30000000\nWATCHDOG=1");
}

TEST(SupervisorTest, AManagerThatIsNotThereHarmsNobody) {
  FakeClock clock;
  for (const std::string& name : {std::string(), std::string("@"), std::string("relative"),
                                  "/nowhere/" + Name(), "@" + std::string(200, 'x')}) {
    SCOPED_TRACE(name);
    Supervisor supervisor({.socket = name, .watchdog = 1}, clock);
    supervisor.Ready("x");
    supervisor.Alive();
    supervisor.Stopping();
  }
}

TEST(SupervisorTest, TakesItsOrdersOutOfTheEnvironment) {
  const auto set = [](const std::string& pid) {
    ::setenv("NOTIFY_SOCKET", "@somewhere", 1);
    ::setenv("WATCHDOG_USEC", "300000000", 1);
    ::setenv("WATCHDOG_PID", pid.c_str(), 1);
  };
  set(std::to_string(::getpid()));
  const Supervisor::Options own = Supervisor::FromEnvironment();
  EXPECT_EQ(own.socket, "@somewhere");
  EXPECT_EQ(own.watchdog, 300'000);
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    EXPECT_EQ(std::getenv(name), nullptr) << "what we start is not the service";
  set("1");
  EXPECT_EQ(Supervisor::FromEnvironment().watchdog, 0) << "another process is watched";
  ::setenv("WATCHDOG_USEC", "-5x", 1);
  EXPECT_EQ(Supervisor::FromEnvironment().watchdog, 0);
}

}  // namespace
}  // namespace xuncha
