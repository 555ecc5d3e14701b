// The desk over real sockets, with clients that mean no good.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <future>
#include <thread>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "console/limits_bodies.h"
#include "console/provider.h"
#include "store/casework.h"
#include "store/index.h"
#include "tests/unit/console/desk_world.h"
#include "tests/unit/console/pages_store.h"
#include "tests/unit/console/test_provider.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::DeskWorld;

constexpr int kPatience = 30'000;  // ms; for what must happen, however slow the machine

class Client {
 public:
  explicit Client(uint16_t port, uint8_t from = 1) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(0x7f000000u + from);
    CHECK(::bind(descriptor_, reinterpret_cast<sockaddr*>(&own), sizeof own) == 0);
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&server), sizeof server) == 0;
  }
  explicit Client(const std::string& path) {
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un server{};
    server.sun_family = AF_UNIX;
    path.copy(server.sun_path, sizeof server.sun_path - 1);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&server), sizeof server) == 0;
  }
  ~Client() { ::close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // To the end of the connection, or until `enough` is in it.
  std::string Read(std::string_view enough = "\xff") {
    std::string all;
    char buffer[4096];
    while (all.find(enough) == std::string::npos) {
      pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, kPatience) != 1) return all + "[nothing came]";
      const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      all.append(buffer, static_cast<size_t>(got));
    }
    return all;
  }
  bool connected() const { return connected_; }

 private:
  int descriptor_ = -1;
  bool connected_ = false;
};

std::string Get(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target);
}

class ServerTest : public ::testing::Test {
 protected:
  void Start(Server::Options options = {}) {
    if (options.listen == Server::Options().listen) options.listen = "127.0.0.1:0";
    auto started = Server::Start(options, *world_.desk);
    ASSERT_TRUE(started.ok()) << started.error().text;
    server_ = std::move(*started);
  }
  std::string Ask(std::string_view bytes) {
    Client client(server_->port());
    client.Send(bytes);
    return client.Read();
  }

  DeskWorld world_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersWithTheHeadersOfTheDesk) {
  Start();
  const std::string reply = Ask(Get("/healthz"));
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(reply, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(reply, HasSubstr("\r\n\r\nok\n"));
  const std::string head =
      Ask("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, RefusesWhatIsNoGoodRequest) {
  Start();
  struct Case {
    std::string_view why;
    std::string request;
    std::string_view status;
  };
  const std::string host = "Host: localhost\r\nConnection: close\r\n";
  const std::string post = "POST /sign-in HTTP/1.1\r\n" + host;
  const Case kCases[] = {
      {"half a triplet", Get("/%4"), "400"},
      {"NUL in the path", Get("/a%00b"), "400"},
      {"no UTF-8", Get("/%ff"), "400"},
      {"up", Get("/../../etc/passwd"), "400"},
      {"up from the assets", Get("/assets/../../etc/passwd"), "400"},
      {"up, encoded", Get("/assets/%2e%2e/%2e%2e/etc/passwd"), "400"},
      {"up, slash encoded", Get("/assets/..%2f..%2fetc%2fpasswd"), "400"},
      {"an absolute target", Get("http://localhost/healthz"), "400"},
      {"nowhere", Get("/etc/passwd"), "404"},
      {"a long target", Get("/" + std::string(limits::kDeskTargetBytesMax, 'a')), "414"},
      {"a method nobody knows", "BREW / HTTP/1.1\r\n" + host + "\r\n", "405"},
      {"TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n", "405"},
      {"PUT where nothing is put", "PUT / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n",
       "405"},
      {"POST where nothing is posted",
       "POST /healthz HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", "405"},
      {"no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
      {"two hosts", "GET / HTTP/1.1\r\n" + host + "Host: other\r\n\r\n", "400"},
      {"a host that is not ours",
       "GET / HTTP/1.1\r\nHost: evil.example.test\r\nConnection: close\r\n\r\n", "421"},
      {"a body too large", post + "Content-Length: 300000000\r\n\r\n", "413"},
      {"two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
      {"a length and chunks",
       post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"a form of no known type", post + "Content-Length: 1\r\n\r\na", "403"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Ask(c.request), StartsWith("HTTP/1.1 " + std::string(c.status)));
  }
  std::string headers;
  for (int i = 0; i < 150; ++i) headers += fmt::format("X-{}: y\r\n", i);
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\n" + host + headers + "\r\n"), StartsWith("HTTP/1.1 431"));
  // Whatever was sent before, the next one is served.
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, HangsUpOnRawNulAndGarbage) {
  Start({.head = 1'000});
  for (const std::string& bytes :
       {"GET /healthz" + std::string(1, '\0') + "/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15),
        std::string(3000, '\xff') + "\r\n\r\n"}) {
    const std::string reply = Ask(bytes);
    EXPECT_EQ(reply.find("HTTP/1.1 200"), std::string::npos);
  }
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, TakesNoHeaderOf300Megabytes) {
  Start();
  Client client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ");
  const std::string piece(1 << 16, 'a');
  size_t sent = 0;
  while (sent < 300u << 20 && client.Send(piece)) sent += piece.size();
  // What stands in the buffers of two sockets is gone from us, and not taken by anybody.
  EXPECT_LT(sent, 32u << 20);
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, HangsUpOnChunksThatDoNotEnd) {
  Start();
  Client client(server_->port());
  client.Send("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", 1 << 16, std::string(1 << 16, 'a'));
  size_t sent = 0;
  while (sent < 300u << 20 && client.Send(chunk)) sent += chunk.size();
  EXPECT_LT(sent, 32u << 20);
}

// What it takes to send files: the link of a notice.
std::string LinkOfANotice(DeskWorld& world) {
  testing_support::FillOne(*world.store, world.clock, 3);
  const std::string incident = StableId({testing_support::kCollege, "gambling"});
  const CaseOrder order{.incident = incident, .by = "wang", .reason = "理由写得够长"};
  Casework& casework = world.store->casework();
  CHECK(casework.Judge(order, CaseDeed::kJudgeViolation, {}, world.clock.Now(), 0).ok());
  CHECK(casework.Settle(incident, world.clock.Now()).ok());
  const auto site = world.store->index().SiteOf(testing_support::kCollege);
  const auto issued =
      casework.Issue(order, CaseDeed::kNotify, **site, CasePolicy(), world.clock.Now());
  CHECK(issued.ok());
  return "/o/" + issued->token;
}

std::string LargePost(std::string_view target) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XX\r\n"
      "Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
      target, limits::kDeskUploadBytesMax);
}

TEST_F(ServerTest, ReadsFilesOnlyFromWhoHasALink) {
  const std::string link = LinkOfANotice(world_);
  Start();
  for (const std::string& target : {std::string("/o/x"), "/o/" + std::string(64, 'a')}) {
    Client client(server_->port());
    client.Send(LargePost(target));
    EXPECT_THAT(client.Read("\r\n"), StartsWith("HTTP/1.1 413"));
  }
  Client client(server_->port());
  client.Send(LargePost(link));
  EXPECT_THAT(client.Read("\r\n"), StartsWith("HTTP/1.1 100"));
}

TEST_F(ServerTest, HoldsFewRequestsWithFilesOfALinkAtOnce) {
  const std::string request = LargePost(LinkOfANotice(world_));
  Start();
  std::vector<std::unique_ptr<Client>> slow;
  for (size_t i = 0; i < limits::kDeskLargeBodiesPerLinkMax; ++i) {
    slow.push_back(std::make_unique<Client>(server_->port()));
    slow.back()->Send(request);
    ASSERT_THAT(slow.back()->Read("\r\n"), StartsWith("HTTP/1.1 100"));
  }
  {
    Client one_more(server_->port());
    one_more.Send(request);
    EXPECT_THAT(one_more.Read("\r\n"), StartsWith("HTTP/1.1 503"));
  }
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200 ")) << "others are served";
  slow.clear();
  // The server learns of it in its own time; each try that comes too early is refused.
  bool taken = false;
  for (int tries = 0; tries < 300 && !taken; ++tries) {
    Client again(server_->port());
    again.Send(request);
    taken = again.Read("\r\n").starts_with("HTTP/1.1 100");
    if (!taken) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(taken);
}

TEST_F(ServerTest, AnswersRequestsSentTogetherInTheirOrder) {
  Start();
  const std::string reply =
      Ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
          "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n" +
          Get("/healthz"));
  const size_t first = reply.find("HTTP/1.1 200"), second = reply.find("HTTP/1.1 404");
  EXPECT_LT(first, second);
  EXPECT_LT(second, reply.rfind("HTTP/1.1 200"));
}

TEST_F(ServerTest, ShedsAThousandClientsThatNeverFinishAndServesTheOthers) {
  // Theirs and ours stand in one process here: a thousand of them, and at most
  // kDeskConnectionsMax of ours. A shell's usual limit is 1024.
  constexpr int kSlow = 1'000;
  constexpr rlim_t kNeeded = kSlow + limits::kDeskConnectionsMax + 128;
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  ASSERT_GE(files.rlim_max, kNeeded) << "ulimit -Hn";
  files.rlim_cur = std::max<rlim_t>(files.rlim_cur, kNeeded);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  Start({.head = 1'000});
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < kSlow; ++i) {
    slow.push_back(std::make_unique<Client>(server_->port(), static_cast<uint8_t>(2 + i % 20)));
    slow.back()->Send("GET / HTTP/1.1\r\nHost: local");
  }
  // All places may be taken for a moment; then the slow ones are gone.
  bool served = false;
  for (int tries = 0; tries < 100 && !served; ++tries) {
    Client officer(server_->port(), 200);
    served =
        officer.Send(Get("/healthz")) && officer.Read().find("HTTP/1.1 200") != std::string::npos;
  }
  EXPECT_TRUE(served);
  size_t hung_up = 0;
  for (const auto& client : slow)
    hung_up += client->Read().find("nothing came") == std::string::npos;
  EXPECT_EQ(hung_up, slow.size());
}

TEST_F(ServerTest, ListensAtAPathForOwnerAndGroup) {
  const std::string path = ::testing::TempDir() + fmt::format("/xuncha_desk_{}.sock", ::getpid());
  ::unlink(path.c_str());
  Start({.listen = "unix:" + path});
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0660u);
  {
    Client client(path);
    client.Send(Get("/healthz"));
    EXPECT_THAT(client.Read(), StartsWith("HTTP/1.1 200 "));
  }
  auto second = Server::Start({.listen = "unix:" + path}, *world_.desk);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kConflict);
  server_.reset();
  EXPECT_NE(::stat(path.c_str(), &facts), 0) << "gone with its server";
  std::ofstream(path) << "precious";
  EXPECT_FALSE(Server::Start({.listen = "unix:" + path}, *world_.desk).ok());
  EXPECT_EQ(::stat(path.c_str(), &facts), 0) << "a file that is no socket stays";
  ::unlink(path.c_str());
}

TEST_F(ServerTest, ListensForOthersOnlyWithACertificate) {
  for (const std::string_view listen : {"0.0.0.0:0", "[::]:0"}) {
    const auto refused = Server::Start({.listen = std::string(listen)}, *world_.desk);
    ASSERT_FALSE(refused.ok());
  }
  for (const std::string_view listen : {"", "localhost:1", "127.0.0.1", "127.0.0.1:x", "unix:"}) {
    SCOPED_TRACE(listen);
    const auto refused = Server::Start({.listen = std::string(listen)}, *world_.desk);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kInvalid);
  }
}

TEST_F(ServerTest, ChangesTheStoreOnItsOwnersThread) {
  Start();
  world_.AddAccount("zhang", kOfficerOnly);
  const auto who = world_.SignIn("zhang");
  const std::string body = "csrf=" + who.csrf;
  auto asked = std::async(std::launch::async, [&] {
    return Ask(
        fmt::format("POST /sign-out HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                    "Cookie: {}\r\nConnection: close\r\nContent-Type: "
                    "application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
                    who.cookie, body.size(), body));
  });
  while (asked.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready)
    world_.desk->Tend();
  EXPECT_THAT(asked.get(), StartsWith("HTTP/1.1 303 "));
}

TEST_F(ServerTest, LeavesAThreadForThoseWhoOnlyRead) {
  Start({.threads = 3});
  // As three handlers would; the owner is busy with something long.
  std::vector<std::future<Status>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::async(std::launch::async, [this] {
      return world_.desk->changes().Do([](Store&) { return Ok(); });
    }));
  }
  const auto is_done = [](const std::future<Status>& one) {
    return one.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready;
  };
  auto refused = waiting.end();
  while (refused == waiting.end()) refused = std::ranges::find_if(waiting, is_done);
  const Status why = refused->get();
  ASSERT_FALSE(why.ok()) << "one more than may wait is told so at once";
  EXPECT_EQ(why.error().code, Code::kConflict);
  waiting.erase(refused);
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200 "));
  while (!std::ranges::all_of(waiting, is_done)) world_.desk->Tend();
  for (std::future<Status>& one : waiting) EXPECT_TRUE(one.get().ok());
}

TEST_F(ServerTest, RefusesChangesWhenTheDeskCloses) {
  Start();
  world_.AddAccount("zhang", kOfficerOnly);
  const auto who = world_.SignIn("zhang");
  world_.desk->changes().Close();
  const std::string body = "csrf=" + who.csrf;
  const std::string reply =
      Ask(fmt::format("POST /sign-out HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                      "Cookie: {}\r\nConnection: close\r\nContent-Type: "
                      "application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
                      who.cookie, body.size(), body));
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 409 "));
  server_.reset();
}

// More people wait for a provider that says nothing than the server has threads.
TEST(ServerBesideTest, AProviderThatIsSlowHoldsUpNobodyElse) {
  testing_support::TestProvider there;
  std::promise<void> word;
  {
    const auto lock = there.lock();
    there.misbehave = [said = word.get_future().share()](int) {
      said.wait();
      return false;
    };
  }
  FakeClock clock;
  Provider provider({.issuer = there.issuer(),
                     .client_id = "desk",
                     .client_secret = there.secret,
                     .desk = "https://desk.example.test",
                     .answer_millis_max = kPatience},
                    clock);
  DeskWorld world({.provider = &provider});
  auto server = Server::Start({.listen = "127.0.0.1:0"}, *world.desk);
  ASSERT_TRUE(server.ok()) << server.error().text;
  const auto ask = [port = (*server)->port()](std::string_view target) {
    Client client(port);
    client.Send(Get(target));
    return client.Read();
  };
  std::vector<std::future<std::string>> waiting;
  for (size_t i = 0; i < limits::kDeskWaitingMax; ++i)
    waiting.push_back(std::async(std::launch::async, ask, "/sign-in/provider"));
  while (there.Count("/.well-known/openid-configuration") == 0) std::this_thread::yield();
  for (int i = 0; i < 8; ++i) EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
  // One more than may wait is told so; the others may not all have come yet.
  std::string refused;
  std::vector<std::future<std::string>> more;
  while (refused.empty()) {
    more.push_back(std::async(std::launch::async, ask, "/sign-in/provider"));
    for (auto& one : more) {
      if (one.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready &&
          refused.empty())
        refused = one.get();
    }
    std::erase_if(more, [](const auto& one) { return !one.valid(); });
  }
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  word.set_value();
  for (auto& one : waiting) {
    const std::string reply = one.get();
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 303 ") || reply.starts_with("HTTP/1.1 503 ")) << reply;
  }
  EXPECT_EQ(there.Count("/.well-known/openid-configuration"), 1u) << "one asks for all";
}

TEST(ServerBesideTest, EndsWhenSomebodyStillWaits) {
  testing_support::TestProvider there;
  std::promise<void> word;
  {
    const auto lock = there.lock();
    there.misbehave = [said = word.get_future().share()](int) {
      said.wait();
      return true;
    };
  }
  FakeClock clock;
  Provider provider({.issuer = there.issuer(),
                     .client_id = "desk",
                     .desk = "https://desk.example.test",
                     .answer_millis_max = kPatience},
                    clock);
  DeskWorld world({.provider = &provider});
  auto server = Server::Start({.listen = "127.0.0.1:0"}, *world.desk);
  ASSERT_TRUE(server.ok()) << server.error().text;
  Client client((*server)->port());
  client.Send(Get("/sign-in/provider"));
  while (there.Count("/.well-known/openid-configuration") == 0) std::this_thread::yield();
  auto ended = std::async(std::launch::async, [&] { server->reset(); });
  word.set_value();
  ended.get();
}

}  // namespace
}  // namespace xuncha
