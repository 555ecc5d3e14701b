// What the store promises across processes: one at a time, and what was
// acknowledged is there after a kill or a full disk, whole.
//
// The other process is this program again, started with "child", a role and the
// store's directory, so that it begins with threads of its own. It writes the
// number of each commit to its standard output after Commit has returned: that
// record outside the store is what the parent holds it to.
//
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <random>

#include "base/files.h"
#include "store/store.h"
#include "tests/unit/store/support.h"

extern char** environ;

namespace xuncha::testing_support {
namespace {

constexpr Millis kStart = 1'767'225'600'000;
const Site kSite = MakeSite("www.example.edu.cn");
const Digest kRules = Sha256("rules");

std::string UrlAt(uint64_t number) {
  return fmt::format("http://www.example.edu.cn/{}.html", number);
}
std::string LinkAt(uint64_t number) {
  return fmt::format("http://www.example.edu.cn/link/{}.html", number);
}

// Bytes that do not shrink, the same for the same number.
std::string BodyAt(uint64_t number) {
  std::mt19937_64 random(number);
  std::string body(2000 + random() % 20'000, '\0');
  for (char& c : body) c = static_cast<char>(random());
  return body;
}

Page PageAt(uint64_t number) {
  Page page = MakePage(kSite, UrlAt(number), BodyAt(number), kStart);
  page.findings = {MakeFinding(UrlAt(number), "词", Severity::kLow)};
  return page;
}

// ---- the child --------------------------------------------------------------------

void Acknowledge(uint64_t number) {
  if (write(STDOUT_FILENO, &number, sizeof number) != sizeof number) _exit(3);
}

// Commits pages from the first number not in the store until it fails or is killed.
int CommitUntilTheEnd(const std::string& directory) {
  auto opened = OpenStore(directory);
  if (!opened) return 2;
  Store& store = **opened;
  const auto run = store.BeginRun(kRules, kRules, kStart);
  if (!run) return 2;
  const auto lease = store.ledger().Acquire(kSite.id, run->run.id, kStart, 1000);
  if (!lease) return 2;
  for (uint64_t number = 0;; ++number) {
    const Page page = PageAt(number);
    const auto outcomes = store.ledger().Commit(
        *lease, {{.page = &page, .discovered = {{LinkAt(number), {}}}}}, kStart);
    if (!outcomes) {
      std::fprintf(stderr, "%s\n", outcomes.error().text.c_str());
      return outcomes.error().code == Code::kSystem ? 0 : 4;
    }
    Acknowledge(number);
  }
}

int RunChild(const std::string& role, const std::string& directory) {
  if (role == "commit") return CommitUntilTheEnd(directory);
  if (role == "full") {
    // A file that cannot grow behaves as a disk that is full.
    const rlimit limit{1 << 20, 1 << 20};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    return CommitUntilTheEnd(directory);
  }
  if (role == "hold") {
    const auto store = OpenStore(directory);
    if (!store) return 2;
    Acknowledge(0);
    pause();
  }
  return 5;
}

// ---- the parent -------------------------------------------------------------------

class Child {
 public:
  Child(std::string role, std::string directory) {
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    CHECK(posix_spawn_file_actions_init(&actions) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) == 0);
    std::string program = "/proc/self/exe", word = "child";
    char* arguments[] = {program.data(), word.data(), role.data(), directory.data(), nullptr};
    CHECK(posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    from_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) Kill();
    close(from_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next number, waiting at most so long.
  std::optional<uint64_t> Next(int wait_ms) {
    pollfd ready{from_, POLLIN, 0};
    uint64_t number = 0;
    if (poll(&ready, 1, wait_ms) != 1 || read(from_, &number, sizeof number) != sizeof number)
      return {};
    return number;
  }
  int Kill() {
    kill(pid_, SIGKILL);
    return Wait();
  }
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_ = 0;
  int from_ = -1;
};

constexpr int kLongMs = 60'000;  // a loaded machine is slow, not broken

// Numbers 0..`acknowledged`-1 are there with all their parts; the one behind has
// all or none, for it may have been written and not yet acknowledged.
void ExpectWhole(const std::string& directory, uint64_t acknowledged) {
  const auto store = Must(OpenStore(directory));
  std::map<std::string, StoredFinding> findings;
  for (const StoredFinding& finding : FindingsOf(store->cases(), kSite.id))
    findings[finding.url] = finding;
  for (uint64_t number = 0; number <= acknowledged; ++number) {
    SCOPED_TRACE(number);
    const std::string url = UrlAt(number);
    const std::optional<UrlState> state = Must(store->UrlOf(kSite.id, url));
    const Digest body = Sha256(BodyAt(number));
    if (number == acknowledged && !state) {
      EXPECT_FALSE(Must(store->LatestObservation(kSite.id, url)).has_value());
      EXPECT_FALSE(Must(store->UrlOf(kSite.id, LinkAt(number))).has_value());
      EXPECT_FALSE(Must(store->blobs().Exists(body)));
      EXPECT_FALSE(findings.contains(url));
      break;
    }
    ASSERT_TRUE(state.has_value());
    EXPECT_EQ(state->body, body);
    EXPECT_GT(state->last_run, 0u);
    const std::optional<Observation> seen = Must(store->LatestObservation(kSite.id, url));
    ASSERT_TRUE(seen.has_value());
    EXPECT_EQ(seen->body, body);
    EXPECT_EQ(Must(store->blobs().Get(body)), BodyAt(number));
    EXPECT_TRUE(Must(store->UrlOf(kSite.id, LinkAt(number))).has_value());
    ASSERT_TRUE(findings.contains(url));
    const Incident incident = Must(store->cases().IncidentById(StableId({kSite.id, "gambling"})));
    EXPECT_TRUE(std::ranges::count(incident.findings, findings[url].finding.id) == 1);
  }
}

TEST(ProcessTest, OnlyOneHasTheStoreOpen) {
  TempDirectory directory;
  Child child("hold", directory.path());
  ASSERT_TRUE(child.Next(kLongMs).has_value());
  const auto opened = OpenStore(directory.path());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kConflict);
  EXPECT_NE(opened.error().text.find("另一个 xuncha 正在写入"), std::string::npos)
      << opened.error().text;
  child.Kill();
  EXPECT_TRUE(OpenStore(directory.path()).ok()) << "a dead process holds nothing";
}

TEST(ProcessTest, KeepsWhatItAcknowledgedWhenItIsKilled) {
  constexpr int kKills = 20;
  std::mt19937_64 random(20261122);
  TempDirectory directory;
  uint64_t acknowledged = 0;  // numbers below are in the store
  uint64_t before = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    SCOPED_TRACE(fmt::format("kill {}", kill));
    Child child("commit", directory.path());
    // Of what is there already the outcome is "already done"; new ones follow.
    // The moment of the kill is drawn in commits and microseconds, so that it
    // falls everywhere between two acknowledgements.
    const uint64_t until = acknowledged + 1 + random() % 30;
    while (acknowledged < until) {
      const std::optional<uint64_t> number = child.Next(kLongMs);
      ASSERT_TRUE(number.has_value());
      acknowledged = std::max(acknowledged, *number + 1);
    }
    usleep(static_cast<useconds_t>(random() % 5000));
    ASSERT_TRUE(WIFSIGNALED(child.Kill()));
    while (const std::optional<uint64_t> number = child.Next(0)) {
      acknowledged = std::max(acknowledged, *number + 1);
    }
    ExpectWhole(directory.path(), acknowledged);
    if (testing::Test::HasFailure()) return;
    EXPECT_GT(acknowledged, before);
    before = acknowledged;
  }
  RecordProperty("acknowledged", static_cast<int>(acknowledged));
}

TEST(ProcessTest, LosesNothingWhenTheDiskIsFull) {
  TempDirectory directory;
  { Must(OpenStore(directory.path())); }
  Child child("full", directory.path());
  uint64_t acknowledged = 0;
  while (const std::optional<uint64_t> number = child.Next(kLongMs)) acknowledged = *number + 1;
  const int status = child.Wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "Commit says kSystem";
  EXPECT_GT(acknowledged, 10u);
  ExpectWhole(directory.path(), acknowledged);
}

// A machine that loses power in the middle of a write leaves part of it. Nobody
// was told that it was written.
TEST(ProcessTest, DropsATornTailWhole) {
  TempDirectory original;
  uint64_t acknowledged = 0;
  {
    Child child("commit", original.path());
    while (acknowledged < 3) {
      const std::optional<uint64_t> number = child.Next(kLongMs);
      ASSERT_TRUE(number.has_value());
      acknowledged = *number + 1;
    }
    child.Kill();
    while (const std::optional<uint64_t> number = child.Next(0)) acknowledged = *number + 1;
  }
  std::string log;
  for (const auto& entry : std::filesystem::directory_iterator(original.path() + "/db")) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) log = entry.path().filename();
  }
  ASSERT_FALSE(log.empty());
  const std::string whole = Must(ReadFile(original.path() + "/db/" + log, 64 << 20));
  std::mt19937_64 random(7);
  uint64_t fewest = acknowledged;
  for (int cut = 0; cut < 12; ++cut) {
    const size_t size = random() % whole.size();
    SCOPED_TRACE(fmt::format("cut at {} of {}", size, whole.size()));
    TempDirectory copy;
    std::filesystem::copy(original.path(), copy.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(copy.path() + "/db/" + log, size);
    uint64_t left = 0;
    {
      const auto store = Must(OpenStore(copy.path()));
      while (Must(store->UrlOf(kSite.id, UrlAt(left))).has_value()) ++left;
    }
    ExpectWhole(copy.path(), left);
    fewest = std::min(fewest, left);
  }
  EXPECT_LT(fewest, acknowledged) << "the cuts did cut";
}

}  // namespace
}  // namespace xuncha::testing_support

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "child") == 0) {
    return xuncha::testing_support::RunChild(argv[2], argv[3]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
