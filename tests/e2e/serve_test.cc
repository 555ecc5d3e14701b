// The officers' desk as an operator starts it: accounts from the command line, a night
// that begins by itself while somebody sits at the desk, and an end without loss.
//
// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/text.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kPassword = "a sentence for the test";
constexpr int kTries = 600;  // of 100 ms; for what must happen, however slow the machine

uint16_t FreePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(probe);
  return ntohs(address.sin_port);
}

class ServeTest : public testing::Test {
 protected:
  ServeTest() : data_(place_.path()), port_(FreePort()) {}
  ~ServeTest() override { Stop(SIGKILL); }

  void SetUp() override {
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({.delay = 20});
    ASSERT_TRUE(server.ok()) << server.error().text;
    site_ = std::move(*server);
    site_->On("/*", [](const TestServer::Request& request, TestServer::Wire& wire) {
      std::string page = "<!doctype html><meta charset=utf-8><title>页</title><p>" + request.path;
      if (request.path == "/") {
        for (int i = 0; i < 40; ++i)
          page += fmt::format("<a href=\"/p{}.html\">第 {} 页</a>", i, i);
      } else if (request.path.ends_with(".txt") || request.path.ends_with(".xml")) {
        return void(wire.Reply({404, {}, ""}));
      }
      wire.Sleep(20);
      wire.Reply({200, {{"Content-Type", "text/html; charset=utf-8"}}, page});
    });
    WriteText(data_ + "/xuncha.toml",
              fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\n"
                          "views = false\n",
                          site_->port()));
    WriteText(data_ + "/sites.csv",
              "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
              "图书馆,图书馆,某负责人,0000-0000001,http://serve.example.test/,127.0.0.1\n");
    WriteText(data_ + "/password", std::string(kPassword) + "\n");
    ASSERT_EQ(Run({"site", "import", data_ + "/sites.csv"}).code, 0);
  }

  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data_});
    return RunProgram(words);
  }
  Outcome AddUser(std::string name, std::string roles) {
    return Run({"user", "add", name, "--roles", roles, "--password-file", data_ + "/password"});
  }
  void Serve(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"--data", data_, "serve", "--listen",
                                      fmt::format("127.0.0.1:{}", port_)};
    words.insert(words.end(), more.begin(), more.end());
    child_ = StartProgram(words);
    for (int i = 0; i < kTries && !StartsWithOk(Ask("GET", "/healthz")); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  // Its exit code; -signal if it was killed.
  int Stop(int signal) {
    if (child_ <= 0) return 0;
    int status = 0;
    ::kill(child_, signal);
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  static bool StartsWithOk(std::string_view reply) { return reply.starts_with("HTTP/1.1 200"); }

  std::string Ask(std::string_view method, std::string_view target, std::string_view cookie = "",
                  std::string_view body = "") {
    const int line = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string reply;
    if (::connect(line, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      std::string request =
          fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nCookie: {}\r\n",
                      method, target, port_, cookie);
      if (method == "POST") {
        request += fmt::format(
            "Origin: http://127.0.0.1:{}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: {}\r\n",
            port_, body.size());
      }
      request += fmt::format("\r\n{}", body);
      if (::send(line, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
        char buffer[4096];
        for (ssize_t got; (got = ::recv(line, buffer, sizeof buffer, 0)) > 0;)
          reply.append(buffer, static_cast<size_t>(got));
      }
    }
    ::close(line);
    return reply;
  }
  static std::string Between(std::string_view text, std::string_view before, char after) {
    const size_t at = text.find(before);
    if (at == std::string_view::npos) return "";
    text.remove_prefix(at + before.size());
    return std::string(text.substr(0, text.find(after)));
  }
  // The cookie of a new session; empty if it was not opened.
  std::string SignIn(std::string_view name) {
    const std::string form = Ask("GET", "/sign-in");
    const std::string csrf = Between(form, "name=\"csrf\" value=\"", '"');
    const std::string reply =
        Ask("POST", "/sign-in", Between(form, "Set-Cookie: ", ';'),
            fmt::format("csrf={}&name={}&password=a+sentence+for+the+test", csrf, name));
    return Between(reply, "Set-Cookie: session=", ';');
  }
  // A figure of /metrics.
  std::string Figure(std::string_view name) {
    return Between(Ask("GET", "/metrics"), fmt::format("\n{} ", name), '\n');
  }

  TemporaryDirectory place_;
  const std::string data_;
  const uint16_t port_;
  std::unique_ptr<TestServer> site_;
  pid_t child_ = -1;
};

TEST_F(ServeTest, WantsAnAccountAndAPasswordThatIsOne) {
  const Outcome nobody = Run({"serve"});
  EXPECT_EQ(nobody.code, 2);
  EXPECT_THAT(nobody.err, HasSubstr("xuncha user add"));
  WriteText(data_ + "/short", "short\n");
  EXPECT_EQ(
      Run({"user", "add", "zhang", "--roles", "officer", "--password-file", data_ + "/short"}).code,
      2);
  EXPECT_EQ(AddUser("zhang", "king").code, 2);
  EXPECT_EQ(AddUser("zhang", "officer,auditor").code, 0);
  EXPECT_EQ(AddUser("zhang", "officer").code, 2) << "twice";
  const Outcome list = Run({"user", "list", "--json"});
  EXPECT_THAT(list.out, HasSubstr("\"name\":\"zhang\""));
  EXPECT_EQ(list.out.find("argon2"), std::string::npos);
  const Outcome token =
      Run({"user", "token", "zhang", "--label", "监控", "--roles", "auditor", "--days", "7"});
  EXPECT_EQ(Trim(token.out).size(), 64u) << token.err;
  EXPECT_EQ(Run({"user", "token", "zhang", "--label", "x", "--roles", "administrator"}).code, 2);
  EXPECT_THAT(Run({"user", "sessions"}).out, HasSubstr("监控"));
  EXPECT_EQ(Run({"user", "disable", "zhang"}).code, 0);
  EXPECT_EQ(Run({"user", "sessions"}).out, "");
  EXPECT_EQ(Run({"user", "disable", "li"}).code, 2);
  EXPECT_EQ(Run({"store", "verify"}).code, 3) << "whole, but never signed";
}

TEST_F(ServeTest, CrawlsAtItsHourWhileSomebodySitsAtTheDesk) {
  ASSERT_EQ(AddUser("zhang", "officer,auditor").code, 0);
  // A night that was broken off is taken up at once.
  const pid_t crawl = StartProgram({"--data", data_, "crawl"});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  int status = 0;
  for (int i = 0; i < kTries && ::waitpid(crawl, &status, WNOHANG) == 0; ++i) {
    if (site_->Log().size() < 5) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    ::kill(crawl, SIGKILL);
    ::waitpid(crawl, &status, 0);
    break;
  }
  Serve({"--crawl-at", "01:30"});
  const std::string session = SignIn("zhang");
  ASSERT_NE(session, "");
  std::string ended;
  for (int i = 0; i < kTries; ++i) {
    EXPECT_THAT(Ask("GET", "/", "session=" + session), StartsWith("HTTP/1.1 200"));
    ended = Figure("xuncha_run_last_success_timestamp_seconds");
    if (ended != "0" && ended != "") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_NE(ended, "0") << "the night came to its end";
  EXPECT_EQ(Stop(SIGTERM), 0);
  EXPECT_THAT(Run({"store", "chain", "show", "--last", "100"}).out, HasSubstr("sign-in"));
  EXPECT_LE(Run({"store", "verify"}).code, 3);
}

TEST_F(ServeTest, OutlivesAHangupAndKeepsSessionsOverARestart) {
  ASSERT_EQ(AddUser("zhang", "officer").code, 0);
  Serve();
  const std::string session = SignIn("zhang");
  ASSERT_NE(session, "");
  WriteText(data_ + "/xuncha.toml", "[serve]\nlisten = 5\n");  // no longer any good
  ::kill(child_, SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_THAT(Ask("GET", "/", "session=" + session), StartsWith("HTTP/1.1 200"));
  WriteText(data_ + "/xuncha.toml", "");
  EXPECT_EQ(Stop(SIGINT), 0);
  Serve();
  EXPECT_THAT(Ask("GET", "/", "session=" + session), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(Stop(SIGTERM), 0);
}

// A server at which something connects, and which never says a word.
class Silent {
 public:
  Silent() {
    line_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(::bind(line_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(::listen(line_, 8) == 0);
    CHECK(::getsockname(line_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~Silent() {
    HangUp();
    ::close(line_);
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  uint16_t port() const { return port_; }
  // Waits until somebody has come.
  bool Accept() {
    pollfd waits{.fd = line_, .events = POLLIN, .revents = 0};
    if (::poll(&waits, 1, kTries * 100) != 1) return false;
    caller_ = ::accept4(line_, nullptr, nullptr, SOCK_CLOEXEC);
    return caller_ >= 0;
  }
  bool StillThere() const {
    char byte = 0;
    return ::recv(caller_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;  // 0: they have gone
  }
  void HangUp() {
    if (caller_ >= 0) ::close(caller_);
    caller_ = -1;
  }

 private:
  int line_ = -1, caller_ = -1;
  uint16_t port_ = 0;
};

TEST_F(ServeTest, AMailServerThatSaysNothingHoldsUpNobody) {
  ASSERT_EQ(AddUser("zhang", "officer").code, 0);
  ASSERT_LE(Run({"crawl"}).code, 3);  // something to tell of
  Silent mail;
  WriteText(data_ + "/xuncha.toml",
            fmt::format("[tell]\nquiet = \"\"\n[[tell.channel]]\nname = \"mail\"\nkind = \"mail\"\n"
                        "server = \"smtp://127.0.0.1:{}\"\nfrom = \"xuncha@example.test\"\n"
                        "to = [\"duty@example.test\"]\ntls = \"none\"\n",
                        mail.port()));
  Serve();
  ASSERT_TRUE(mail.Accept()) << "a message is on its way";
  const std::string session = SignIn("zhang");
  EXPECT_NE(session, "") << "a change of the store, done meanwhile";
  EXPECT_TRUE(mail.StillThere()) << "and it still is";
  mail.HangUp();
  EXPECT_EQ(Stop(SIGTERM), 0);
  EXPECT_THAT(Run({"tell", "list"}).out, HasSubstr("mail"));
}

TEST_F(ServeTest, TellsTheServiceManagerHowItIs) {
  ASSERT_EQ(AddUser("zhang", "officer").code, 0);
  const std::string path = data_ + "/notify";
  const int line = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(line, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const auto next = [&] {
    pollfd waits{.fd = line, .events = POLLIN, .revents = 0};
    char buffer[1024];
    if (::poll(&waits, 1, kTries * 100) != 1) return std::string("[nothing came]");
    const ssize_t got = ::recv(line, buffer, sizeof buffer, 0);
    return std::string(buffer, got > 0 ? static_cast<size_t>(got) : 0);
  };
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "600000", 1);
  Serve();
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_THAT(next(), StartsWith("READY=1\nSTATUS="));
  EXPECT_EQ(next(), "WATCHDOG=1");
  EXPECT_EQ(next(), "WATCHDOG=1");
  ::kill(child_, SIGTERM);
  std::string word = next();
  for (int i = 0; i < kTries && word == "WATCHDOG=1"; ++i) word = next();
  EXPECT_EQ(word, "STOPPING=1");
  EXPECT_EQ(Stop(0), 0);  // it was told to; a second word would not let it finish
  ::close(line);
}

TEST_F(ServeTest, SaysWhatIsWrongWithItsCertificateAndItsProvider) {
  ASSERT_EQ(AddUser("zhang", "officer").code, 0);
  struct Case {
    std::string_view why, config, says;
  };
  const Case cases[] = {
      {"no such file", "[serve]\ncertificate = \"none.pem\"\nkey = \"none.key\"\n",
       "[serve] certificate"},
      {"one without the other", "[serve]\ncertificate = \"none.pem\"\n", "须同时写"},
      {"a provider others can listen to",
       "[oidc]\nissuer = \"http://id.example.test\"\nclient_id = \"x\"\n", "issuer"},
      {"a provider without a way back",
       "[oidc]\nissuer = \"https://id.example.test\"\nclient_id = \"x\"\n", "redirect"},
      {"a way back to a name that is not the desk's",
       "[oidc]\nissuer = \"https://id.example.test\"\nclient_id = \"x\"\n"
       "redirect = \"https://desk.example.test\"\n",
       "[serve] names"},
      {"a secret that is not there",
       "[oidc]\nissuer = \"https://id.example.test\"\nclient_id = \"x\"\n"
       "redirect = \"https://localhost\"\nsecret_file = \"none\"\n",
       "secret_file"},
  };
  for (const auto& [why, config, says] : cases) {
    SCOPED_TRACE(why);
    WriteText(data_ + "/xuncha.toml", std::string(config));
    const Outcome outcome = Run({"serve"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(says));
  }
}

TEST_F(ServeTest, BindsAnAccountToAPersonOfTheProvider) {
  EXPECT_THAT(Run({"user", "add", "li", "--roles", "officer", "--subject", "2026"}).err,
              HasSubstr("[oidc] issuer"));
  WriteText(data_ + "/xuncha.toml",
            "[serve]\nnames = [\"desk.example.test\"]\n[oidc]\nissuer = "
            "\"https://id.example.test\"\nclient_id = \"x\"\n"
            "redirect = \"https://desk.example.test\"\n");
  EXPECT_EQ(Run({"user", "add", "li", "--roles", "officer", "--subject", "2026"}).code, 0);
  EXPECT_EQ(Run({"user", "add", "wang", "--roles", "officer", "--subject", "2026"}).code, 2);
  const std::string listed = Run({"user", "list", "--json"}).out;
  EXPECT_THAT(listed, HasSubstr("\"password\":false"));
  EXPECT_THAT(listed, HasSubstr("\"issuer\":\"https://id.example.test\",\"subject\":\"2026\""));
  EXPECT_EQ(Run({"user", "subject", "li"}).code, 2);
  EXPECT_EQ(Run({"user", "subject", "li", "--none"}).code, 0);
  EXPECT_EQ(Run({"user", "add", "wang", "--roles", "officer", "--subject", "2026"}).code, 0);
}

}  // namespace
}  // namespace xuncha
