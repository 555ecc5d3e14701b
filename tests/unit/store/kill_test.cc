// kill -9 at random moments of a store's life: nothing acknowledged is lost, nothing
// torn, nothing held gone. The parent never opens the store: a process with
// RocksDB's threads in it cannot fork a working one.
//
// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/unit/store/crash_world.h"

namespace xuncha::testing_support {
namespace {

// The child's work; its complaint, if it has one, goes to stderr.
int InChild(const std::function<std::string()>& work) {
  const std::string wrong = work();
  if (!wrong.empty()) fmt::print(stderr, "{}\n", wrong);
  return wrong.empty() ? 0 : 1;
}

int Wait(pid_t child) {
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return status;
}

constexpr size_t kLinesOfALife = 60;  // several nights, and what is done between them

// Until so much is acknowledged; a child that hangs is killed all the same.
void AwaitLines(const std::string& record, size_t lines) {
  constexpr int kLooksMax = 6'000;  // a minute
  for (int i = 0; i < kLooksMax && Acknowledged(record).Lines().size() < lines; ++i)
    ::usleep(10'000);
}

// In the life of one store: what is held grows with it, and so does each check.
void KillOften(int kills, std::mt19937& random) {
  const TempDirectory place{QuickPlace()};
  const std::string record = place.path() + "/acknowledged";
  int killed = 0;
  for (int i = 0; i < kills; ++i) {
    const size_t before = Acknowledged(record).Lines().size();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::_exit(InChild([&]() -> std::string {
        Acknowledged acknowledged(record);
        CrashWorld world(place.path(), acknowledged);
        Result<std::unique_ptr<Store>> store = world.Open(nullptr);
        if (!store) return store.error().text;
        const Status lived = world.Live(**store, 1'000'000);
        return lived.error().text;
      }));
    }
    // Counted in work, so that a slow machine gets as far as a fast one.
    AwaitLines(record, before + random() % kLinesOfALife);
    ::usleep(static_cast<useconds_t>(random() % 20'000));
    ::kill(child, SIGKILL);
    const int status = Wait(child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    ++killed;
    const pid_t checker = ::fork();
    ASSERT_GE(checker, 0);
    if (checker == 0) {
      ::_exit(InChild([&] {
        Acknowledged acknowledged(record);
        return CrashWorld(place.path(), acknowledged).Check(nullptr);
      }));
    }
    ASSERT_EQ(Wait(checker), 0) << "after kill " << killed;
  }
  const pid_t checker = ::fork();
  if (checker == 0) {
    ::_exit(InChild([&] {
      Acknowledged acknowledged(record);
      return CrashWorld(place.path(), acknowledged).CheckBackup();
    }));
  }
  EXPECT_EQ(Wait(checker), 0);
  Acknowledged acknowledged(record);
  std::map<std::string, int> did;
  for (const auto& line : acknowledged.Lines()) ++did[line.at(0)];
  for (const std::string_view what : {"page", "hold", "purge", "backup"})
    EXPECT_GT(did[std::string(what)], 0) << what;
}

TEST(Kill, LosesNothingAcknowledgedAndNothingHeld) {
  constexpr int kOfOneStore = 20;
  std::mt19937 random(20261122);
  for (int left = Cuts(kOfOneStore, 1000); left > 0; left -= kOfOneStore) {
    SCOPED_TRACE(left);
    KillOften(kOfOneStore, random);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace xuncha::testing_support
