// The drawing service as systemd runs it: something accepts on a Unix socket and starts
// `xuncha draw` for each who comes. From the request to the notice as PDF, the picture in an
// evidence package and the one at the desk; and what it does with requests that are none.
//
// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
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

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/draw_wire.h"
#include "app/drawer.h"
#include "base/files.h"
#include "base/text.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

using testing::HasSubstr;

constexpr Millis kLong = 90'000;  // whatever the machine is doing
constexpr int kTries = 900;       // of 100 ms

// Starts `xuncha draw` with `line` as standard input and output.
pid_t StartDrawing(int line) {
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(line, STDIN_FILENO);
    ::dup2(line, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::close_range(3, ~0U, 0);
    ::execl(XUNCHA_BINARY, XUNCHA_BINARY, "draw", nullptr);
    ::_exit(127);
  }
  return child;
}

// Its exit code; nullopt if it does not end, and it is killed.
std::optional<int> EndOf(pid_t child) {
  for (int i = 0; i < kTries; ++i) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child)
      return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return std::nullopt;
}

// A request as its bytes stand here, and what came back.
struct Exchange {
  std::optional<int> code;
  std::string answer;
};
Exchange Ask(std::string_view request) {
  int both[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
  const pid_t child = StartDrawing(both[1]);
  ::close(both[1]);
  std::jthread reader;
  Exchange exchange;
  reader = std::jthread([&] {
    char buffer[4096];
    for (ssize_t got; (got = ::read(both[0], buffer, sizeof buffer)) > 0;)
      exchange.answer.append(buffer, static_cast<size_t>(got));
  });
  while (!request.empty()) {
    const ssize_t sent = ::send(both[0], request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    request.remove_prefix(static_cast<size_t>(sent));
  }
  ::shutdown(both[0], SHUT_WR);
  exchange.code = EndOf(child);
  reader.join();
  ::close(both[0]);
  return exchange;
}

TEST(DrawTest, ABrokenRequestGetsAClearAnswer) {
  struct Case {
    std::string_view why;
    std::string request;
    std::string_view word, says;
  };
  const Case cases[] = {
      {"nothing", "", "not-found", "什么也没有送来"},
      {"another protocol", "GET / HTTP/1.1\r\n\r\n", "invalid", "第一行不对"},
      {"a line without an end", std::string(100'000, 'x'), "invalid", "第一行太长"},
      {"too large, and as large as it says",
       "xuncha-draw 1 png 40000000\n" + std::string(40'000'000, 'x'), "limit", "上限"},
      {"too large, and nothing comes", "xuncha-draw 1 pdf 18446744073709551616\n", "limit", "上限"},
      {"less than it says", "xuncha-draw 1 png 100\n<p>", "damaged", "不完整"},
      {"what nobody draws", "xuncha-draw 1 svg 3\n<p>", "invalid", "第一行不对"},
  };
  for (const auto& [why, request, word, says] : cases) {
    SCOPED_TRACE(why);
    const Exchange exchange = Ask(request);
    EXPECT_EQ(exchange.code, 0) << "it was answered";
    EXPECT_TRUE(exchange.answer.starts_with(fmt::format("xuncha-draw 1 {} ", word)))
        << exchange.answer;
    EXPECT_THAT(exchange.answer, HasSubstr(says));
  }
}

TEST(DrawTest, OneWhoSaysNothingIsNotWaitedForLong) {
  int both[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
  const pid_t child = StartDrawing(both[1]);
  ::close(both[1]);
  const Result<Frame> answer = ReceiveFrame(both[0], AnswerWords(), Patience(kLong));
  ASSERT_TRUE(answer.ok()) << answer.error().text;
  EXPECT_EQ(answer->word, "limit");
  EXPECT_EQ(EndOf(child), 0);
  ::close(both[0]);
}

#ifdef XUNCHA_HAS_CHROMIUM

// As systemd does with Accept=yes.
class Acceptor {
 public:
  explicit Acceptor(std::string path) : path_(std::move(path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    CHECK(path_.size() < sizeof address.sun_path);
    path_.copy(address.sun_path, path_.size());
    line_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(::bind(line_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(::listen(line_, 8) == 0);
    thread_ = std::jthread([this] {
      for (;;) {
        const int caller = ::accept4(line_, nullptr, nullptr, SOCK_CLOEXEC);
        if (caller < 0) return;
        ++came_;
        const pid_t child = StartDrawing(caller);
        ::close(caller);
        const std::optional<int> code = EndOf(child);
        EXPECT_TRUE(code) << "it does not end";
        ++ended_;
      }
    });
  }
  ~Acceptor() { Close(); }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  void Close() {
    if (line_ < 0) return;
    ::shutdown(line_, SHUT_RDWR);
    thread_.join();
    ::close(line_);
    ::unlink(path_.c_str());
    line_ = -1;
  }
  const std::string& path() const { return path_; }
  int came() const { return came_; }
  int ended() const { return ended_; }

 private:
  const std::string path_;
  int line_ = -1;
  std::atomic<int> came_ = 0, ended_ = 0;
  std::jthread thread_;
};

class DrawStoryTest : public testing::Test {
 protected:
  ~DrawStoryTest() override {
    if (desk_ > 0) ::kill(desk_, SIGKILL);
    if (desk_ > 0) ::waitpid(desk_, nullptr, 0);
  }
  void SetUp() override {
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({});
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    server_->On("/*", [](const auto& request, auto& wire) {
      if (request.path != "/") return void(wire.Reply({404, {}, ""}));
      wire.Reply({200,
                  {{"Content-Type", "text/html; charset=utf-8"}},
                  "<!doctype html><meta charset=utf-8><title>真人视讯下注</title><p>真人视讯下注，"
                  "充值秒到账，首存送彩金</p>"});
    });
    WriteText(data_ + "/xuncha.toml",
              fmt::format("[crawl]\nresolve = [\"::127.0.0.1:{}\"]\ndelay_min = \"0 ms\"\n"
                          "views = false\n[draw]\nsocket = \"{}\"\n",
                          server_->port(), acceptor_.path()));
    WriteText(data_ + "/sites.csv",
              "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
              "图书馆网站,图书馆,某负责人,0000-0000001,http://draw.example.test/,127.0.0.1\n");
    ASSERT_EQ(Run({"site", "import", data_ + "/sites.csv"}).code, 0);
    ASSERT_EQ(Run({"crawl"}).code, 1);
    const std::string list = Run({"incident", "list"}).out;
    incident_ = list.substr(0, list.find(' '));
  }
  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data_});
    return RunProgram(words);
  }
  // What a browser with a jar of cookies gets.
  std::string Browse(const std::string& target, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"-s", "-c", data_ + "/jar", "-b", data_ + "/jar"};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back(target);
    return RunOther("/usr/bin/curl", words).out;
  }
  static std::string Between(std::string_view text, std::string_view before, char after) {
    const size_t at = text.find(before);
    if (at == std::string_view::npos) return "";
    text.remove_prefix(at + before.size());
    return std::string(text.substr(0, text.find(after)));
  }

  TemporaryDirectory place_;
  const std::string data_ = place_.path();
  Acceptor acceptor_{data_ + "/draw.sock"};
  std::unique_ptr<TestServer> server_;
  std::string incident_;
  pid_t desk_ = -1;
};

TEST_F(DrawStoryTest, PapersAndEvidenceAndDoctorUseTheService) {
  // The picture is of the page, and no other.
  const Drawer drawer = DrawerAt(acceptor_.path());
  const Result<std::string> one = drawer(DrawKind::kPicture, "<!doctype html><p>一", {});
  ASSERT_TRUE(one.ok()) << one.error().text;
  const Result<std::string> other = drawer(DrawKind::kPicture, "<!doctype html><p>二", {});
  ASSERT_TRUE(other.ok()) << other.error().text;
  EXPECT_NE(*one, *other);

  EXPECT_THAT(Run({"doctor", "--json"}).out, HasSubstr("\"name\":\"drawing\",\"state\":\"ok\""));
  const int drawn = acceptor_.came();
  EXPECT_EQ(drawn, 3) << "two pictures, and the doctor's";

  const std::string pdf = data_ + "/report.pdf";
  const Outcome paper = Run({"report", "authority", incident_, "--by", "值班员", "--out", pdf});
  EXPECT_EQ(paper.code, 0) << paper.err;
  EXPECT_TRUE(ReadFile(pdf, 16 << 20)->starts_with("%PDF-"));
  EXPECT_EQ(acceptor_.came(), drawn + 1);

  const std::string package = data_ + "/evidence.wacz";
  const Outcome evidence =
      Run({"evidence",      "export",      "--incident",   incident_,   "--number",
           "示公调证字1号", "--authority", "示例市公安局", "--officer", "办案人甲",
           "--officer",     "办案人乙",    "--by",         "值班员",    "--approved-by",
           "主管",          "--approval",  "同意",         "--out",     package});
  EXPECT_EQ(evidence.code, 0) << evidence.err;
  const std::string files = RunOther("/usr/bin/python3", {"-m", "zipfile", "-l", package}).out;
  int papers = 0;
  for (size_t at = files.find(".pdf "); at != std::string::npos; at = files.find(".pdf ", at + 1))
    ++papers;
  EXPECT_GT(papers, 0) << files;
  EXPECT_EQ(acceptor_.came(), drawn + 1 + papers + 1) << "and the picture of the page";

  // What does not answer is named, with what to do; nothing is left behind.
  acceptor_.Close();
  const std::string none = data_ + "/none.pdf";
  const Outcome refused = Run({"report", "authority", incident_, "--by", "值班员", "--out", none});
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("绘图服务"));
  EXPECT_THAT(refused.err, HasSubstr("没有在运行"));
  EXPECT_THAT(refused.err, HasSubstr("--format docx"));
  EXPECT_FALSE(FileExists(none));
  const Outcome doctor = Run({"doctor", "--json"});
  EXPECT_EQ(doctor.code, 1);
  EXPECT_THAT(doctor.out, HasSubstr("\"name\":\"drawing\",\"state\":\"fail\""));
  EXPECT_THAT(doctor.out, HasSubstr("xuncha-draw.socket"));
}

TEST_F(DrawStoryTest, TheDeskShowsThePictureTheServiceMade) {
  WriteText(data_ + "/password", "a sentence for the test\n");
  ASSERT_EQ(
      Run({"user", "add", "zhang", "--roles", "officer", "--password-file", data_ + "/password"})
          .code,
      0);
  const std::string list = Run({"finding", "list", "--json"}).out;
  const std::string finding = Between(list, "\"id\":\"", '"');
  ASSERT_NE(finding, "") << list;
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(probe, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(probe);
  const std::string host = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  const std::string origin = "http://" + host;
  desk_ = StartProgram({"--data", data_, "serve", "--listen", host});
  std::string form;
  for (int i = 0; i < kTries && form.empty(); ++i) {
    form = Browse(origin + "/sign-in");
    if (form.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  Browse(origin + "/sign-in", {"-H", "Origin: " + origin, "-d", "name=zhang", "--data-urlencode",
                               "password=a sentence for the test", "-d",
                               "csrf=" + Between(form, "name=\"csrf\" value=\"", '"')});
  const std::string where = fmt::format("{}/finding/{}/picture", origin, finding);
  const std::string page = Browse(where);
  Browse(where,
         {"-H", "Origin: " + origin, "-d", "csrf=" + Between(page, "name=\"csrf\" value=\"", '"')});
  std::string png;
  for (int i = 0; i < kTries && !png.starts_with("\x89PNG"); ++i) {
    png = Browse(where + ".png");
    if (!png.starts_with("\x89PNG")) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE(png.starts_with("\x89PNG")) << page;
  EXPECT_EQ(acceptor_.came(), 1);
}

TEST_F(DrawStoryTest, EndsWhenNobodyIsLeftToHaveIt) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  acceptor_.path().copy(address.sun_path, sizeof address.sun_path - 1);
  const int line = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(line, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_TRUE(SendFrame(line, "png", "<!doctype html><p>页", Patience(kLong)).ok());
  ::close(line);
  for (int i = 0; i < kTries && acceptor_.ended() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(acceptor_.ended(), 1);
}

#endif  // XUNCHA_HAS_CHROMIUM

}  // namespace
}  // namespace xuncha
