// Strangers that a site links to, looked at by the program as it comes: one server is the
// college, another all the strangers, a third the servers of names; all on loopback.
//
// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Denies one name and says of every other that it is there, and remembers who was asked for.
class Names {
 public:
  explicit Names(std::string gone) : gone_(std::move(gone)) {
    socket_ = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    socklen_t size = sizeof at;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread(&Names::Serve, this);
  }
  ~Names() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  uint16_t port() const { return port_; }
  int Asked(const std::string& name) {
    std::lock_guard lock(mutex_);
    return asked_[name];
  }

 private:
  void Serve() {
    std::array<unsigned char, 512> packet;
    for (;;) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t bytes = ::recvfrom(socket_, packet.data(), packet.size(), 0,
                                       reinterpret_cast<sockaddr*>(&from), &size);
      if (bytes < 17) return;  // a head and the least question; 0 when the test is over
      std::string name;
      for (size_t at = 12; at < static_cast<size_t>(bytes) && packet[at] != 0;) {
        const size_t label = packet[at++];
        if (!name.empty()) name += '.';
        for (size_t i = 0; i < label && at < static_cast<size_t>(bytes); ++i)
          name += static_cast<char>(packet[at++]);
      }
      {
        std::lock_guard lock(mutex_);
        ++asked_[name];
      }
      packet[2] |= 0x80;                        // an answer
      packet[3] = name == gone_ ? 0x83 : 0x80;  // recursion was done; 3 = no such name
      ::sendto(socket_, packet.data(), static_cast<size_t>(bytes), 0,
               reinterpret_cast<const sockaddr*>(&from), size);
    }
  }

  const std::string gone_;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::map<std::string, int> asked_;
  std::thread thread_;
};

class OutboundProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    Page("college/www.college.test/index.html",
         "<title>云溪学院</title><p>欢迎访问云溪学院网站</p>"
         "<a href='/links.html'>友情链接</a>");
    std::string links = "<title>友情链接</title><p>合作单位</p>";
    for (const char* url :
         {"http://casino.test/win?id=7", "http://parked.test/", "http://tea.test/shop/",
          "http://ran-out.test/", "http://closed.test/", "http://unmapped.invalid/"})
      links += fmt::format("<a href='{}'>某单位</a>\n", url);
    strangers_ = Serve("strangers");
    // A link cannot make the audit look into the house.
    links += fmt::format("<a href='http://127.0.0.1:{}/'>某单位</a>", strangers_->port());
    Page("college/www.college.test/links.html", links);
    college_ = Serve("college");
    Page("strangers/casino.test/index.html",
         "<title>澳门真人视讯娱乐城</title><p>真人视讯下注，注册送彩金，充值秒到账，"
         "百家乐、老虎机，24小时提现，客服微信 99012345678</p>");
    Page("strangers/127.0.0.1/index.html", "<title>真人视讯下注，充值秒到账</title>");
    Page("strangers/closed.test/index.html", "<title>真人视讯下注，充值秒到账</title>");
    Page("strangers/closed.test/robots.txt", "User-agent: *\nDisallow: /\n");
    Page("strangers/parked.test/index.html",
         "<title>parked.test</title><p>This domain is for sale. Related searches</p>"
         "<a href='https://market.invalid/offer?domain=parked.test'>Buy this domain</a>");
    Page("strangers/tea.test/index.html", "<title>云溪茶叶合作社</title><p>春茶上市</p>");
    Configure("");
    WriteText(Path("data/sites.csv"),
              "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n"
              "主站,党政办公室,某负责人,0000-0000001,http://www.college.test/,127.0.0.1\n");
    ASSERT_EQ(Run({"site", "import", Path("data/sites.csv")}).code, 0);
  }

  std::string Path(std::string_view name) const {
    return fmt::format("{}/{}", place_.path(), name);
  }
  void Page(std::string_view name, const std::string& text) {
    const std::string path = Path(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    WriteText(path, "<!DOCTYPE html><meta charset=utf-8>" + text);
    if (path.ends_with(".txt")) WriteText(path, text);
  }
  std::unique_ptr<TestServer> Serve(std::string_view root) {
    std::filesystem::create_directories(Path(root));
    Result<std::unique_ptr<TestServer>> server = TestServer::Start({.root = Path(root)});
    EXPECT_TRUE(server.ok());
    return std::move(*server);
  }
  // `more` stands in [crawl]; what is looked at by default is not asked for.
  void Configure(std::string_view more) {
    std::filesystem::create_directories(Path("data"));
    std::string resolve = fmt::format("\"www.college.test::127.0.0.1:{}\"", college_->port());
    for (const char* host : {"casino.test", "parked.test", "tea.test", "closed.test"})
      resolve += fmt::format(", \"{}::127.0.0.1:{}\"", host, strangers_->port());
    // A label of 70 letters resolves nowhere, and no packet is needed to know it.
    resolve += fmt::format(", \"ran-out.test::{}.test:80\"", std::string(70, 'a'));
    WriteText(Path("data/xuncha.toml"),
              fmt::format("[crawl]\nresolve = [{}]\ndelay_min = \"0 ms\"\nviews = false\n"
                          "name_servers = [\"127.0.0.1:{}\"]\n{}",
                          resolve, names_.port(), more));
  }
  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", Path("data")});
    return RunProgram(words);
  }
  size_t Looks(const char* host) { return strangers_->Count(host); }

  TemporaryDirectory place_;
  Names names_{"ran-out.test"};
  std::unique_ptr<TestServer> college_, strangers_;
};

TEST_F(OutboundProgram, WhatStrangersAreIsToldOnThePageThatLinksToThem) {
  const Outcome night = Run({"crawl", "--json"});
  EXPECT_EQ(night.code, 1) << night.err;
  const Outcome listed = Run({"finding", "list", "--json"});
  EXPECT_THAT(listed.out, HasSubstr("\"kind\":\"gambling\""));
  // Hints, both in one: old pages have dead links.
  const Outcome all = Run({"finding", "list", "--json", "--all"});
  EXPECT_THAT(all.out, HasSubstr("\"parked-target\""));
  EXPECT_THAT(all.out, HasSubstr("\"expired-target\""));
  EXPECT_THAT(listed.out, HasSubstr("/links.html"));
  EXPECT_THAT(listed.out, HasSubstr("casino.test"));
  EXPECT_THAT(listed.out, Not(HasSubstr("tea.test")));
  EXPECT_THAT(listed.out, Not(HasSubstr("closed.test")));
  EXPECT_THAT(listed.out, Not(HasSubstr("127.0.0.1")));

  // The casino's own page is the snapshot.
  std::string casino;
  const Outcome lines = Run({"finding", "list"});
  for (const std::string_view line : Split(lines.out, '\n')) {
    if (line.find("  赌博  ") != std::string_view::npos)
      casino = std::string(line.substr(0, line.find(' ')));
  }
  ASSERT_FALSE(casino.empty()) << lines.out;
  const Outcome shown = Run({"finding", "show", casino});
  EXPECT_THAT(shown.out, HasSubstr("澳门真人视讯娱乐城")) << "title of what stands there";
  const Outcome explained = Run({"explain", casino});
  EXPECT_THAT(explained.out, HasSubstr("http://casino.test/win?id=7")) << "the link itself";

  EXPECT_EQ(Looks("casino.test"), 2u) << "robots.txt and the home page";
  EXPECT_EQ(strangers_->Count("casino.test", "/win?id=7"), 0u) << "and nothing else";
  EXPECT_EQ(Looks("closed.test"), 1u) << "its robots.txt, which forbids the rest";
  EXPECT_EQ(Looks("127.0.0.1"), 0u) << "no look into the house";
  EXPECT_EQ(names_.Asked("ran-out.test"), 2) << "gone only if denied twice";
  EXPECT_EQ(names_.Asked("unmapped.invalid"), 0) << "nobody can own that name";

  // The next night asks again of what was bad, and of nobody else.
  const size_t college = college_->Log().size();
  const Outcome second = Run({"crawl", "--json"});
  EXPECT_EQ(second.code, 1) << second.err;
  EXPECT_EQ(Looks("tea.test"), 2u) << "fine for a week";
  EXPECT_EQ(Looks("closed.test"), 1u) << "not before a day has passed";
  EXPECT_EQ(strangers_->Count("casino.test", "/"), 2u);
  EXPECT_EQ(strangers_->Count("parked.test", "/"), 2u);
  EXPECT_LE(college_->Log().size() - college, college) << "no storm on the college either";
  EXPECT_THAT(Run({"finding", "list"}).out, HasSubstr(casino)) << "the finding stands";
}

TEST_F(OutboundProgram, TheBudgetHoldsAndFalseTurnsItOff) {
  Configure("outbound = false\n");
  const Outcome off = Run({"crawl", "--json"});
  EXPECT_EQ(off.code, 0) << off.err;
  EXPECT_THAT(strangers_->Log(), testing::IsEmpty());
  Configure("outbound_per_site = 1\n");
  (void)Run({"crawl"});
  EXPECT_LE(strangers_->Log().size(), 2u) << "one host: robots.txt and the home page";
}

}  // namespace
}  // namespace xuncha
