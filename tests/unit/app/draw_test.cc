// What goes between who wants a drawing and who draws, and services that do not keep to it.
//
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "app/draw_wire.h"
#include "app/drawer.h"
#include "base/limits.h"
#include "base/limits_draw.h"

namespace xuncha {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Millis kLong = 60'000;  // whatever the machine is doing
constexpr std::string_view kPng = "\x89PNG\r\n\x1a\nthe rest";

TEST(DrawWireTest, ALineIsTakenExactlyOrNotAtAll) {
  struct Case {
    std::string_view why, line;
    std::optional<Code> refused;
  };
  const std::string most = fmt::format("xuncha-draw 1 png {}", limits::kDrawRequestBytesMax);
  const std::string above = fmt::format("xuncha-draw 1 png {}", limits::kDrawRequestBytesMax + 1);
  const Case cases[] = {
      {"a picture", "xuncha-draw 1 png 12", {}},
      {"a paper", "xuncha-draw 1 pdf 12", {}},
      {"nothing to draw", "xuncha-draw 1 png 0", {}},
      {"as much as may be", most, {}},
      {"one byte more", above, Code::kLimit},
      {"more than a number can be", "xuncha-draw 1 png 99999999999999999999999", Code::kLimit},
      {"nothing", "", Code::kInvalid},
      {"only the greeting", "xuncha-draw 1 ", Code::kInvalid},
      {"no size", "xuncha-draw 1 png", Code::kInvalid},
      {"an empty size", "xuncha-draw 1 png ", Code::kInvalid},
      {"less than nothing", "xuncha-draw 1 png -1", Code::kInvalid},
      {"a sign", "xuncha-draw 1 png +1", Code::kInvalid},
      {"a zero before it", "xuncha-draw 1 png 012", Code::kInvalid},
      {"hexadecimal", "xuncha-draw 1 png 0x10", Code::kInvalid},
      {"a blank behind it", "xuncha-draw 1 png 12 ", Code::kInvalid},
      {"a carriage return", "xuncha-draw 1 png 12\r", Code::kInvalid},
      {"two blanks", "xuncha-draw 1 png  12", Code::kInvalid},
      {"another version", "xuncha-draw 2 png 12", Code::kInvalid},
      {"a word that is not known", "xuncha-draw 1 exe 12", Code::kInvalid},
      {"the word of an answer", "xuncha-draw 1 made 12", Code::kInvalid},
      {"a NUL in the word", std::string_view("xuncha-draw 1 png\0 12", 21), Code::kInvalid},
      {"HTTP", "GET / HTTP/1.1", Code::kInvalid},
  };
  for (const auto& [why, line, refused] : cases) {
    SCOPED_TRACE(why);
    const Result<FrameHead> head = ParseFrameHead(line, RequestWords());
    EXPECT_EQ(head.ok(), !refused);
    if (!head.ok() && refused) {
      EXPECT_EQ(head.error().code, *refused);
    }
  }
  EXPECT_TRUE(ParseFrameHead("xuncha-draw 1 made 12", AnswerWords()).ok());
  EXPECT_FALSE(ParseFrameHead("xuncha-draw 1 png 12", AnswerWords()).ok());
  EXPECT_EQ(ParseFrameHead(most, RequestWords())->bytes, limits::kDrawRequestBytesMax);
}

// The two ends of something; what is written to one is read from the other.
struct Ends {
  int in = -1, out = -1;
  ~Ends() {
    if (in >= 0) ::close(in);
    if (out >= 0 && out != in) ::close(out);
  }
};

TEST(DrawWireTest, ArrivesWholeOverASocketAndOverAPipe) {
  // More than either holds, so both sides wait for each other.
  const std::string html(3 << 20, 'x');
  for (const bool pipe : {false, true}) {
    SCOPED_TRACE(pipe);
    int both[2];
    ASSERT_EQ(pipe ? ::pipe(both) : ::socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
    const Ends ends{.in = both[0], .out = both[1]};
    std::jthread sender([&] {
      EXPECT_TRUE(SendFrame(ends.out, "png", html, Patience(kLong)).ok());
      EXPECT_TRUE(SendFrame(ends.out, "pdf", "next", Patience(kLong)).ok());
    });
    const Result<Frame> first = ReceiveFrame(ends.in, RequestWords(), Patience(kLong));
    ASSERT_TRUE(first.ok()) << first.error().text;
    EXPECT_EQ(first->word, "png");
    EXPECT_EQ(first->bytes, html);
    const Result<Frame> second = ReceiveFrame(ends.in, RequestWords(), Patience(kLong));
    ASSERT_TRUE(second.ok()) << "nothing behind the first was taken";
    EXPECT_EQ(second->bytes, "next");
  }
}

TEST(DrawWireTest, AReasonArrivesPlainAndNoLongerThanItMayBe) {
  int both[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  const Ends ends{.in = both[0], .out = both[1]};
  const Error error{Code::kDenied,
                    "不行\x1b[31m" + std::string(2 * limits::kDrawReasonBytesMax, 'x')};
  ASSERT_TRUE(SendAnswer(ends.out, error, Patience(kLong)).ok());
  Result<Frame> frame = ReceiveFrame(ends.in, AnswerWords(), Patience(kLong));
  ASSERT_TRUE(frame.ok()) << frame.error().text;
  EXPECT_EQ(frame->bytes.size(), limits::kDrawReasonBytesMax);
  const Result<std::string> answer = AnswerOf(std::move(*frame));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, Code::kDenied);
  EXPECT_THAT(answer.error().text, HasSubstr("不行\\x1b[31m"));
}

// A service that does as it likes with the one who comes.
class Service {
 public:
  using Manner = std::function<void(int caller)>;
  explicit Service(Manner manner) {
    std::string place = "/tmp/xuncha-draw-XXXXXX";
    CHECK(::mkdtemp(place.data()) != nullptr);
    directory_ = place;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    line_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(::bind(line_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    if (!manner) return;  // nobody listens
    CHECK(::listen(line_, 8) == 0);
    thread_ = std::jthread([this, manner = std::move(manner)] {
      const int caller = ::accept4(line_, nullptr, nullptr, SOCK_CLOEXEC);
      if (caller < 0) return;
      manner(caller);
      ::close(caller);
    });
  }
  ~Service() {
    ::shutdown(line_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(line_);
    std::filesystem::remove_all(directory_);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  std::string path() const { return directory_ + "/draw.sock"; }

 private:
  std::string directory_;
  int line_ = -1;
  std::jthread thread_;
};

void Say(int caller, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(caller, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}
void HearOut(int caller) {
  const Result<Frame> request = ReceiveFrame(caller, RequestWords(), Patience(kLong));
  EXPECT_TRUE(request.ok()) << request.error().text;
}
// Until who asked has gone.
void Hang(int caller) {
  char byte[4096];
  while (::read(caller, byte, sizeof byte) > 0) continue;
}
Service::Manner Answers(std::string bytes) {
  return [bytes = std::move(bytes)](int caller) {
    HearOut(caller);
    Say(caller, bytes);
  };
}

TEST(DrawerTest, GetsWhatTheServiceMade) {
  const Service service([](int caller) {
    const Result<Frame> request = ReceiveFrame(caller, RequestWords(), Patience(kLong));
    ASSERT_TRUE(request.ok()) << request.error().text;
    EXPECT_EQ(request->word, "png");
    EXPECT_EQ(request->bytes, "<p>页");
    EXPECT_TRUE(SendAnswer(caller, std::string(kPng), Patience(kLong)).ok());
  });
  const Drawer drawer = DrawerAt(service.path());
  ASSERT_TRUE(drawer);
  const Result<std::string> png = drawer(DrawKind::kPicture, "<p>页", {});
  ASSERT_TRUE(png.ok()) << png.error().text;
  EXPECT_EQ(*png, kPng);
}

TEST(DrawerTest, SaysWhatAServiceDidWrong) {
  struct Case {
    std::string_view why;
    Service::Manner manner;
    Code code;
    std::string_view says;
  };
  const std::string large =
      fmt::format("xuncha-draw 1 made {}\n", limits::kBrowserOutputBytesMax + 1);
  const Case cases[] = {
      {"nobody listens", nullptr, Code::kSystem, "没有在运行"},
      {"goes away without a word", HearOut, Code::kSystem, "没有答复就断开"},
      {"goes away at once", [](int) {}, Code::kSystem, "没有答复就断开"},
      {"goes away in its line", Answers("xuncha-draw 1 ma"), Code::kSystem, "不完整"},
      {"goes away in its picture", Answers("xuncha-draw 1 made 100\n\x89PNG"), Code::kSystem,
       "不完整"},
      {"speaks otherwise", Answers("HTTP/1.1 200 OK\r\n\r\n"), Code::kSystem, "答复不对"},
      {"a line without an end", Answers(std::string(1 << 20, 'x')), Code::kSystem, "第一行太长"},
      {"promises more than may come", Answers(large), Code::kLimit, "上限"},
      {"a reason longer than may come", Answers("xuncha-draw 1 limit 5000\n"), Code::kLimit,
       "上限"},
      {"no picture", Answers("xuncha-draw 1 made 5\n<svg>"), Code::kDamaged, "不是 PNG"},
      {"an empty picture", Answers("xuncha-draw 1 made 0\n"), Code::kDamaged, "不是 PNG"},
      {"a paper for a picture", Answers("xuncha-draw 1 made 6\n%PDF-1"), Code::kDamaged,
       "不是 PNG"},
      {"a reason, and a wrong word in it", Answers("xuncha-draw 1 denied 5\nno\x1b[m"),
       Code::kDenied, "no\\x1b[m"},
  };
  for (const auto& [why, manner, code, says] : cases) {
    SCOPED_TRACE(why);
    const Service service(manner);
    const Result<std::string> made =
        AskToDraw(service.path(), DrawKind::kPicture, "<p>页", Patience(kLong));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, code) << made.error().text;
    EXPECT_THAT(made.error().text, HasSubstr(says));
    EXPECT_THAT(made.error().text, Not(HasSubstr("\x1b")));
  }
}

TEST(DrawerTest, TakesNoMoreThanWasSaid) {
  const Service service(Answers(
      fmt::format("xuncha-draw 1 made {}\n{}{}", kPng.size(), kPng, std::string(1 << 20, 'x'))));
  const Result<std::string> png =
      AskToDraw(service.path(), DrawKind::kPicture, "<p>页", Patience(kLong));
  ASSERT_TRUE(png.ok()) << png.error().text;
  EXPECT_EQ(*png, kPng);
}

TEST(DrawerTest, HearsWhyARequestWasRefusedBeforeItWasHeardOut) {
  const Service service([](int caller) { Say(caller, "xuncha-draw 1 limit 6\n太大"); });
  const Result<std::string> made =
      AskToDraw(service.path(), DrawKind::kPicture, std::string(8 << 20, 'x'), Patience(kLong));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Code::kLimit);
  EXPECT_EQ(made.error().text, "太大");
}

TEST(DrawerTest, WaitsOnlySoLongAndNotWhenItIsToStop) {
  struct Case {
    std::string_view why;
    Service::Manner manner;
    size_t bytes;
  };
  const Case cases[] = {
      {"never answers", Hang, 10},
      {"never listens",
       [](int caller) {
         pollfd gone = {.fd = caller};  // no event is asked for: it ends when they have gone
         EXPECT_EQ(::poll(&gone, 1, kLong), 1);
       },
       8 << 20},
      {"never ends",
       [](int caller) {
         HearOut(caller);
         Say(caller, "xuncha-draw 1 made 100\n\x89PNG");
         Hang(caller);
       },
       10},
  };
  for (const auto& [why, manner, bytes] : cases) {
    SCOPED_TRACE(why);
    const std::string html(bytes, 'x');
    {
      const Service service(manner);
      const Result<std::string> made =
          AskToDraw(service.path(), DrawKind::kPicture, html, Patience(200));
      ASSERT_FALSE(made.ok());
      EXPECT_EQ(made.error().code, Code::kLimit) << made.error().text;
      EXPECT_THAT(made.error().text, HasSubstr("限定的时间"));
    }
    const Service service(manner);
    std::stop_source source;
    const std::jthread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      source.request_stop();
    });
    const Result<std::string> made =
        DrawerAt(service.path())(DrawKind::kPicture, html, source.get_token());
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, Code::kConflict) << made.error().text;
  }
}

TEST(DrawerTest, SaysWhichPlaceIsWrong) {
  struct Case {
    std::string_view why, place, says;
  };
  const std::string long_path = "/" + std::string(200, 'x');
  const Case cases[] = {
      {"no such file", "/nonexistent/draw.sock", "systemctl enable --now xuncha-draw.socket"},
      {"a file that is no socket", "/etc/hostname", "没有在运行"},
      {"longer than a socket's path may be", long_path, "路径太长"},
  };
  for (const auto& [why, place, says] : cases) {
    SCOPED_TRACE(why);
    const Result<std::string> made =
        AskToDraw(std::string(place), DrawKind::kPaper, "<p>", Patience(kLong));
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error().text, HasSubstr(says));
  }
  const Result<std::string> made =
      AskToDraw("/nonexistent", DrawKind::kPicture,
                std::string(limits::kDrawRequestBytesMax + 1, 'x'), Patience(kLong));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Code::kLimit) << "too large a page is not even sent";
}

}  // namespace
}  // namespace xuncha
