// Over the network, to servers on this machine that keep to the services' limits and
// misbehave as servers do (tests/server/people.py).
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/courier.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "proof/signing.h"
#include "reports/mail.h"
#include "reports/message.h"
#include "reports/robots.h"

namespace xuncha {
namespace {

using Outcome = AttemptEnd::Outcome;
using testing::HasSubstr;
using testing::Not;

constexpr Millis kPatience = 1'500;

// The servers, for one test.
class People {
 public:
  enum class Tls { kNone, kYes };
  explicit People(Tls tls) {
    std::string name = testing::TempDir() + "/xuncha_people_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    place_ = name;
    std::string more;
    if (tls == Tls::kYes) {
      const std::string make = fmt::format(
          "cd {} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
          "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem "
          "2>/dev/null",
          place_);
      CHECK(std::system(make.c_str()) == 0);
      more = fmt::format(" {0}/cert.pem {0}/key.pem", place_);
    }
    int pipe_ends[2];
    CHECK(pipe(pipe_ends) == 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(pipe_ends[0], STDIN_FILENO);
      close(pipe_ends[0]);
      close(pipe_ends[1]);
      const std::string command =
          fmt::format("exec python3 tests/server/people.py {}{}", place_, more);
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    close(pipe_ends[0]);
    end_ = pipe_ends[1];
    for (int i = 0; i < 600 && !FileExists(place_ + "/ports"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const Result<std::string> ports = ReadFile(place_ + "/ports", 1 << 10);
    CHECK(ports.ok());
    for (const std::string_view word : Split(*ports, ' ')) {
      const size_t at = word.find('=');
      ports_[std::string(word.substr(0, at))] = std::stoi(std::string(word.substr(at + 1)));
    }
  }
  ~People() {
    close(end_);
    kill(child_, SIGTERM);
    waitpid(child_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(place_, ignored);
  }
  People(const People&) = delete;
  People& operator=(const People&) = delete;

  int port(const std::string& name) const { return ports_.at(name); }
  const std::string& place() const { return place_; }
  // What they accepted, oldest first.
  std::vector<Node> Taken() const {
    std::vector<Node> all;
    if (!FileExists(place_ + "/taken")) return all;
    const Result<std::string> text = ReadFile(place_ + "/taken", 16 << 20);
    CHECK(text.ok());
    for (const std::string_view line : Split(*text, '\n')) {
      if (line.empty()) continue;
      Result<Node> node = ParseJson(line, "taken");
      CHECK(node.ok());
      all.push_back(std::move(*node));
    }
    return all;
  }

 private:
  std::string place_;
  std::map<std::string, int> ports_;
  pid_t child_ = -1;
  int end_ = -1;
};

std::string At(const Node& node, std::string_view key) {
  const Node* found = node.Find(key);
  return found == nullptr ? "" : found->string;
}

class CourierTest : public testing::Test {
 protected:
  AttemptEnd Mail(TellChannel channel, std::string to, ChannelSecret secret = {}) {
    Delivery message = TestMessage(clock_.Now());
    message.to = {std::move(to)};
    message.message_id = "<1@example.test>";
    return EndOfMail(courier_.Mail(MailOf(channel, secret, message, clock_.Now())));
  }
  AttemptEnd Post(ChannelKind kind, const std::string& url, std::string secret = "SEC-of-the-tests",
                  Delivery message = TestMessage(1)) {
    message.message_id = "<1@xuncha>";
    return EndOfPost(kind, courier_.Post(PostOf({.name = "r", .kind = kind},
                                                {.url = url, .secret = std::move(secret)}, message,
                                                clock_.Now())));
  }
  static std::string Web(const People& people, std::string_view path) {
    return fmt::format("http://127.0.0.1:{}{}", people.port("http"), path);
  }
  SystemClock clock_;
  CurlCourier courier_{kPatience};
};

TEST_F(CourierTest, MailArrivesWholeAndReadable) {
  const People people(People::Tls::kNone);
  const TellChannel plain{.name = "mail",
                          .kind = ChannelKind::kMail,
                          .server = fmt::format("smtp://127.0.0.1:{}", people.port("smtp")),
                          .from = "xuncha@example.test",
                          .plain = true};
  const AttemptEnd end = Mail(plain, "duty@example.test");
  ASSERT_EQ(end.outcome, Outcome::kTaken) << end.answer;
  EXPECT_EQ(end.code, 250u);
  const std::vector<Node> taken = people.Taken();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(At(taken[0], "from"), "xuncha@example.test");
  EXPECT_EQ(At(taken[0], "hello"), "example.test");
  EXPECT_LE(taken[0].Find("longest")->integer, 78);
  const std::string text = At(taken[0], "text");
  const size_t body = text.find("\r\n\r\n");
  ASSERT_NE(body, std::string::npos);
  std::string coded;
  for (const char c : text.substr(body)) {
    if (c != '\r' && c != '\n') coded += c;
  }
  const Result<std::string> said = FromBase64(coded);
  ASSERT_TRUE(said.ok());
  EXPECT_THAT(*said, HasSubstr("这是一条测试消息\r\n"));
  // As somebody else's reader has it.
  ASSERT_TRUE(WriteFileAtomically(people.place() + "/mail.eml", text).ok());
  const std::string read = fmt::format(
      "python3 -c \"import email,email.policy,sys;"
      "m=email.message_from_binary_file(open('{}/mail.eml','rb'),policy=email.policy.default);"
      "sys.exit(0 if m['Subject']=='【巡查】测试消息' and not m.defects and "
      "m['From'].addresses[0].display_name=='巡查' and '收到它' in m.get_content() else 1)\"",
      people.place());
  EXPECT_EQ(std::system(read.c_str()), 0);
}

TEST_F(CourierTest, MailServersMisbehave) {
  const People people(People::Tls::kNone);
  const TellChannel plain{.name = "mail",
                          .kind = ChannelKind::kMail,
                          .server = fmt::format("smtp://127.0.0.1:{}", people.port("smtp")),
                          .from = "xuncha@example.test",
                          .plain = true};
  struct Case {
    std::string_view why, to;
    Outcome want;
    uint32_t code;
  };
  const Case cases[] = {
      {"greylisted", "busy@example.test", Outcome::kLater, 451},
      {"no such user", "nobody@example.test", Outcome::kRefused, 550},
      {"shutting down", "leaving@example.test", Outcome::kLater, 421},
      {"gone behind the text, nobody knows", "dropping@example.test", Outcome::kLater, 0},
      {"content refused", "refusing@example.test", Outcome::kRefused, 554},
      {"not a mail server after all", "garbage@example.test", Outcome::kLater, 0},
      {"says nothing", "silent@example.test", Outcome::kLater, 0},
      {"never ends", "endless@example.test", Outcome::kLater, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const AttemptEnd end = Mail(plain, std::string(c.to));
    EXPECT_EQ(end.outcome, c.want) << end.code << " " << end.answer;
    EXPECT_TRUE(c.code == 0 || end.code == c.code) << end.code;
    EXPECT_FALSE(end.answer.empty());
  }
  TellChannel nobody = plain;
  nobody.server = "smtp://127.0.0.1:1";
  EXPECT_EQ(Mail(nobody, "duty@example.test").outcome, Outcome::kLater);
}

TEST_F(CourierTest, MailGoesEncryptedOrNotAtAll) {
  const People people(People::Tls::kYes);
  TellChannel channel{.name = "mail",
                      .kind = ChannelKind::kMail,
                      .server = fmt::format("smtp://localhost:{}", people.port("smtp")),
                      .user = "xuncha",
                      .from = "xuncha@example.test",
                      .ca_bundle = people.place() + "/cert.pem"};
  const ChannelSecret secret{.password = "open sesame"};
  EXPECT_EQ(Mail(channel, "duty@example.test", secret).outcome, Outcome::kTaken);
  channel.server = fmt::format("smtps://localhost:{}", people.port("smtps"));
  EXPECT_EQ(Mail(channel, "duty@example.test", secret).outcome, Outcome::kTaken);
  for (const Node& mail : people.Taken()) {
    EXPECT_TRUE(mail.Find("secure")->boolean);
    EXPECT_EQ(At(mail, "user"), "xuncha");
  }
  EXPECT_EQ(people.Taken().size(), 2u);

  const AttemptEnd wrong = Mail(channel, "duty@example.test", {.password = "guess"});
  EXPECT_EQ(wrong.outcome, Outcome::kLater) << "a password can be mended";
  EXPECT_EQ(wrong.code, 535u);
  EXPECT_THAT(wrong.answer, Not(HasSubstr("guess")));
  TellChannel stranger = channel;
  stranger.ca_bundle.clear();
  EXPECT_NE(Mail(stranger, "duty@example.test", secret).outcome, Outcome::kTaken)
      << "nobody vouches for its certificate";
  stranger = channel;
  stranger.server = fmt::format("smtps://127.0.0.1:{}", people.port("smtps"));
  EXPECT_NE(Mail(stranger, "duty@example.test", secret).outcome, Outcome::kTaken)
      << "the certificate is another's";

  const People without(People::Tls::kNone);
  channel.server = fmt::format("smtp://localhost:{}", without.port("smtp"));
  EXPECT_NE(Mail(channel, "duty@example.test", secret).outcome, Outcome::kTaken)
      << "it offers no STARTTLS";
  EXPECT_TRUE(without.Taken().empty());
}

TEST_F(CourierTest, RobotsTakeWhatIsSignedAndShortEnough) {
  const People people(People::Tls::kNone);
  EXPECT_EQ(Post(ChannelKind::kWeCom, Web(people, "/wecom?key=k-1")).outcome, Outcome::kTaken);
  EXPECT_EQ(Post(ChannelKind::kDingTalk, Web(people, "/dingtalk?access_token=t-1")).outcome,
            Outcome::kTaken);
  EXPECT_EQ(Post(ChannelKind::kFeishu, Web(people, "/feishu/t-1")).outcome, Outcome::kTaken);
  EXPECT_EQ(Post(ChannelKind::kWebhook, Web(people, "/webhook")).outcome, Outcome::kTaken);
  EXPECT_EQ(people.Taken().size(), 4u);
  EXPECT_EQ(Post(ChannelKind::kWeCom, Web(people, "/wecom?key=other")).code, 93000u);
  EXPECT_EQ(Post(ChannelKind::kDingTalk, Web(people, "/dingtalk?access_token=t-1"), "no").code,
            310000u);
  EXPECT_EQ(Post(ChannelKind::kFeishu, Web(people, "/feishu/t-1"), "no").code, 19021u);
  EXPECT_EQ(Post(ChannelKind::kWebhook, Web(people, "/webhook"), "no").code, 403u);
  EXPECT_EQ(people.Taken().size(), 4u);

  // As long as there can be news.
  Delivery news = TestMessage(1);
  news.parts[0].lines.assign(limits::kMessageLinesMax, std::string(1'900, '"'));
  for (int i = 0; i < 4; ++i) news.parts.push_back(news.parts[0]);
  EXPECT_EQ(Post(ChannelKind::kWeCom, Web(people, "/wecom?key=k-1"), "", news).outcome,
            Outcome::kTaken);
  EXPECT_EQ(Post(ChannelKind::kDingTalk, Web(people, "/dingtalk?access_token=t-1"),
                 "SEC-of-the-tests", news)
                .outcome,
            Outcome::kTaken);
  EXPECT_EQ(
      Post(ChannelKind::kFeishu, Web(people, "/feishu/t-1"), "SEC-of-the-tests", news).outcome,
      Outcome::kTaken);
}

TEST_F(CourierTest, ARobotThatIsUsedTooOftenAsksForItsPause) {
  const People people(People::Tls::kNone);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(Post(ChannelKind::kDingTalk, Web(people, "/dingtalk?access_token=t-1")).outcome,
              Outcome::kTaken)
        << i;
  }
  const AttemptEnd end = Post(ChannelKind::kDingTalk, Web(people, "/dingtalk?access_token=t-1"));
  EXPECT_EQ(end.outcome, Outcome::kLater);
  EXPECT_EQ(end.pause, limits::kDingTalkPauseMillis);
}

TEST_F(CourierTest, RobotsMisbehave) {
  const People people(People::Tls::kNone);
  for (const char* path : {"/garbage", "/empty", "/half", "/silent", "/huge", "/status/500",
                           "/status/404", "/moved", "/nowhere"}) {
    SCOPED_TRACE(path);
    const AttemptEnd end = Post(ChannelKind::kWeCom, Web(people, path));
    EXPECT_EQ(end.outcome, Outcome::kLater);
    EXPECT_FALSE(end.answer.empty() && end.code == 0);
    EXPECT_THAT(end.answer, Not(HasSubstr("127.0.0.1"))) << "addresses have keys in them";
  }
  EXPECT_GE(Post(ChannelKind::kWeCom, Web(people, "/status/429")).pause, 60'000);
  EXPECT_TRUE(people.Taken().empty()) << "a redirect is not followed";
}

}  // namespace
}  // namespace xuncha
