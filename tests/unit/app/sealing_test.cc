// Signing a night's chain while the timestamp authority says nothing.
//
// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <utility>

#include "app/commands.h"
#include "app/keeping.h"

namespace xuncha {
namespace {

class TempDirectory {
 public:
  TempDirectory() { CHECK(mkdtemp(path_.data()) != nullptr); }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "/xuncha_sealing_XXXXXX";
};

template <class T>
T Must(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.error().text;
  return std::move(*result);
}
void Must(const Status& status) { EXPECT_TRUE(status.ok()) << status.error().text; }

TEST(SealingTest, OthersAreServedWhileAnAuthorityIsWaitedFor) {
  // Connections are taken, and nobody ever answers.
  const int line = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(line, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(line, 8), 0);
  ASSERT_EQ(::getsockname(line, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const TempDirectory directory;
  const char* words[] = {"xuncha",  "--data", directory.path().c_str(),
                         "--quiet", "store",  "verify"};
  const Parsed parsed = Parse(Commands(), 6, words);
  ASSERT_NE(parsed.command, nullptr) << parsed.text;
  const std::atomic<bool> stop = false;
  const Session session(parsed.arguments, stop);
  const auto store = Must(
      Store::Open({.directory = directory.path() + "/store", .create = true, .memory = 8 << 20}));
  Must(store->audit().Record({.kind = "note", .actor = "test"}));
  Config config;
  config.timestamp_url = fmt::format("http://127.0.0.1:{}/tsa", ntohs(address.sin_port));
  config.timestamp_timeout = 1'000;
  const SigningKey key = Must(InstallationKey(session, *store));
  int turns = 0;
  const Checkpoint sealed = Must(SealChain(session, *store, config, key, [&] {
    // As an officer's deed would be.
    if (turns++ == 0) Must(store->audit().Record({.kind = "meanwhile", .actor = "test"}));
  }));
  EXPECT_GT(turns, 0);
  EXPECT_EQ(sealed.timestamp, "");
  std::vector<std::string> kinds;
  Must(store->audit().Each(sealed.size + 1, [&](const AuditEntry& entry) {
    kinds.push_back(entry.kind);
    return true;
  }));
  EXPECT_EQ(kinds, (std::vector<std::string>{"meanwhile", std::string(kTimestampFailed)}));
  ::close(line);
}

}  // namespace
}  // namespace xuncha
