// What name servers say: read from their messages, hostile ones too; asked of a server
// on loopback; kept an hour; and in the fetcher's answers, without a page waiting for it.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/host_names.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>

#include "base/limits.h"
#include "tests/unit/crawler/fetch_world.h"

namespace xuncha {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Name(std::string_view dotted) {
  std::string out;
  for (size_t at = 0; at < dotted.size();) {
    const size_t dot = std::min(dotted.find('.', at), dotted.size());
    out += static_cast<char>(dot - at);
    out += dotted.substr(at, dot - at);
    at = dot + 1;
  }
  return out + '\0';
}

std::string Short(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string Record(std::string_view name, unsigned type, unsigned ttl, std::string_view data) {
  return Name(name) + Short(type) + Short(1) + Short(0) + Short(ttl) +
         Short(static_cast<unsigned>(data.size())) + std::string(data);
}

// A reply to a question of `id` about a host's addresses of `type`.
std::string Reply(std::string_view id, std::string_view host, unsigned type, unsigned code,
                  const std::vector<std::string>& answers) {
  std::string text(id);
  text += Short(0x8180 | code) + Short(1) + Short(static_cast<unsigned>(answers.size())) +
          Short(0) + Short(0) + Name(host) + Short(type) + Short(1);
  for (const std::string& answer : answers) text += answer;
  return text;
}

std::span<const unsigned char> Bytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

constexpr unsigned kA = 1, kCname = 5, kText = 16, kAaaa = 28;
const std::string kFour("\xc0\x00\x02\x07", 4);
const std::string kSix("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);

TEST(HostNames, ReadsWhatAMessageAnswers) {
  const std::string message = Reply(
      "id", "www.example.test", kA, 0,
      {Record("www.example.test", kCname, 300, Name("cdn.example.test")),
       Record("cdn.example.test", kA, 60, kFour), Record("cdn.example.test", kAaaa, 61, kSix),
       Record("cdn.example.test", kText, 60, "\x02hi"), Record("x.example.test", kA, 9, "abc")});
  const auto lines = AnswerLines(Bytes(message));
  ASSERT_TRUE(lines.has_value());
  EXPECT_THAT(*lines, ElementsAre("www.example.test. 300 IN CNAME cdn.example.test.",
                                  "cdn.example.test. 60 IN A 192.0.2.7",
                                  "cdn.example.test. 61 IN AAAA 2001:db8::1"));
}

TEST(HostNames, NoMessageHarmsIt) {
  const std::string whole = Reply("id", "www.example.test", kA, 0,
                                  {Record("www.example.test", kCname, 300, Name("a.example.test")),
                                   Record("a.example.test", kA, 60, kFour)});
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(AnswerLines(Bytes(whole.substr(0, size))).has_value()) << size;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0, 3, 6, 7}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto lines = AnswerLines(Bytes(changed));
      for (const std::string& line : lines.value_or(std::vector<std::string>()))
        EXPECT_EQ(line.find('\n'), std::string::npos) << at;
    }
  }
  // A name that points to itself.
  std::string loop = Reply("id", "a.test", kA, 0, {});
  loop[7] = 1;
  loop += "\xc0" + std::string(1, static_cast<char>(loop.size())) + Short(kA) + Short(1) +
          Short(0) + Short(1) + Short(4) + kFour;
  EXPECT_FALSE(AnswerLines(Bytes(loop)).has_value());
}

// Answers each question by `reply`, which gets the id and the type asked for.
class NameServer {
 public:
  using Replies = std::function<std::string(std::string_view id, unsigned type)>;
  explicit NameServer(Replies reply) : reply_(std::move(reply)) {
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    CHECK(::bind(socket_, reinterpret_cast<sockaddr*>(&at), size) == 0);
    CHECK(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~NameServer() {
    stop_ = true;
    thread_.join();
    ::close(socket_);
  }
  uint16_t port() const { return port_; }

 private:
  void Serve() {
    while (!stop_) {
      pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 50) <= 0) continue;
      char bytes[512];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t got =
          ::recvfrom(socket_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 16) continue;
      const std::string_view question(bytes, static_cast<size_t>(got));
      // The type stands behind the name, which a zero byte ends.
      const size_t end = question.find('\0', 12);
      const auto type = static_cast<unsigned char>(question[end + 2]);
      const std::string reply = reply_(question.substr(0, 2), type);
      ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  const Replies reply_;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST(HostNames, AsksForBothKindsOfAddress) {
  const NameServer server([](std::string_view id, unsigned type) {
    std::vector<std::string> answers = {
        Record("www.example.test", kCname, 300, Name("cdn.example.test"))};
    if (type == kA) answers.push_back(Record("cdn.example.test", kA, 60, kFour));
    return Reply(id, "www.example.test", type, 0, answers);
  });
  EXPECT_EQ(AskNameServerAt(server.port(), "www.example.test"),
            "; asked: 127.0.0.1\n"
            "www.example.test. 300 IN CNAME cdn.example.test.\n"
            "cdn.example.test. 60 IN A 192.0.2.7\n");
}

TEST(HostNames, SaysWhyThereIsNoAddress) {
  constexpr unsigned kNoSuchName = 3, kRefused = 5;
  const NameServer none([](std::string_view id, unsigned type) {
    return Reply(id, "www.example.test", type, type == kA ? kNoSuchName : kRefused, {});
  });
  EXPECT_EQ(AskNameServerAt(none.port(), "www.example.test"),
            "; asked: 127.0.0.1\n; A: no such name\n; AAAA: no answer\n");
}

// Until something was answered; bounded.
NameFacts Await(const HostNames& names, std::string_view host) {
  for (int i = 0; i < 1'000; ++i) {
    if (NameFacts facts = names.Of(host); !facts.digest.empty()) return facts;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return {};
}

TEST(HostNames, AsksOnceAnHourAndNeverForWhatIsNoName) {
  std::atomic<int> asked = 0;
  HostNames names([&asked](const std::string& host) {
    return host + ". 60 IN A 192.0.2." + std::to_string(++asked) + "\n";
  });
  constexpr Millis kNow = 1'767'225'600'000;
  for (const std::string_view no_name : {"", "127.0.0.1", "[::1]", "192.0.2.7"})
    names.Ask(no_name, kNow);
  EXPECT_TRUE(names.Of("www.example.test").digest.empty());
  names.Ask("www.example.test", kNow);
  const NameFacts first = Await(names, "www.example.test");
  EXPECT_EQ(first.text, "20260101000000\nwww.example.test. 60 IN A 192.0.2.1\n");
  EXPECT_EQ(first.digest, Sha256(first.text));
  names.Ask("www.example.test", kNow + limits::kHostNameAgeMillis - 1);
  EXPECT_EQ(names.Of("www.example.test").digest, first.digest);
  EXPECT_EQ(asked, 1);
  names.Ask("www.example.test", kNow + limits::kHostNameAgeMillis);
  for (int i = 0; i < 1'000 && names.Of("www.example.test").digest == first.digest; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_THAT(names.Of("www.example.test").text, HasSubstr("20260101010000\n"));
  EXPECT_EQ(asked, 2);
}

TEST(HostNames, StandWithTheAnswerOfAPage) {
  // The only name that leads to loopback without a mapping or a server of names.
  Fetcher::Options options;
  options.resolve = {"elsewhere.example.test::127.0.0.1:1"};
  options.ask_host = [](const std::string& host) { return host + ". 60 IN A 127.0.0.1\n"; };
  const auto server = std::move(*TestServer::Start({}));
  server->On("/", [](const TestServer::Request&, TestServer::Wire& wire) {
    wire.Reply({.body = "hello"});
  });
  const std::string url = fmt::format("http://localhost:{}/", server->port());
  Site site = LocalSite(url);
  site.address_ranges.push_back("::1");
  const Registry registry({site});
  const SystemClock clock;
  Fetcher fetcher(registry, clock, options, [](const Site&, const Url&) { return false; });
  const auto get = [&] {
    Refusal why = Refusal::kNone;
    const Url parsed = *Url::Parse(url);
    fetcher.Start(registry.Allow(*registry.Owner(parsed), parsed, {}, false, 0, &why));
    for (;;) {
      for (Page& page : fetcher.Wait(1'000)) return std::move(page);
    }
  };
  // The first page need not have it; one of the next has.
  Page page = get();
  for (int i = 0; i < 1'000 && page.response.names.digest.empty(); ++i) page = get();
  EXPECT_THAT(page.response.names.text, HasSubstr("\nlocalhost. 60 IN A 127.0.0.1\n"));
  EXPECT_EQ(ExchangeOf(page.response).names.digest, Sha256(page.response.names.text));
}

}  // namespace
}  // namespace xuncha
