// The server the other tests lean on.
//
// SPDX-License-Identifier: Apache-2.0
#include "tests/server/server.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/server/sites.h"

namespace xuncha {
namespace {

using testing::HasSubstr;

class SitesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "sites-" + test->name() + "-" + std::to_string(getpid());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Put(const std::string& name, std::string_view bytes) {
    const std::filesystem::path path = std::filesystem::path(root_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  TestServer::Answer Get(std::string target,
                         std::vector<std::pair<std::string, std::string>> headers = {}) {
    TestServer::Request request{.method = "GET", .target = target, .host = "a.test"};
    const size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers = std::move(headers);
    return Sites(root_, {}).Get(request);
  }
  static std::string Header(const TestServer::Answer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers)
      if (key == name) return value;
    return "";
  }

  std::string root_;
};

TEST_F(SitesTest, ServesWhatLiesThere) {
  Put("a.test/index.html", "home");
  Put("a.test/news/index.html", "news");
  Put("a.test/list.php", "list");
  Put("a.test/list.php?page=2", "list, page 2");
  Put("a.test/404.html", "gone");
  Put("a.test/.charset", "gb2312\n");
  Put("b.test/index.html", "other host");
  struct Case {
    std::string_view why, target;
    int status;
    std::string_view body;
  };
  constexpr Case kCases[] = {
      {"index of the root", "/", 200, "home"},
      {"index of a folder", "/news/", 200, "news"},
      {"a folder without its slash", "/news", 301, "<a href=\"/news/\">moved</a>\n"},
      {"a query nobody wrote a file for", "/list.php?page=3", 200, "list"},
      {"a query with a file of its own", "/list.php?page=2", 200, "list, page 2"},
      {"nothing there", "/none.html", 404, "gone"},
      {"a step upwards", "/../b.test/index.html", 404, "gone"},
      {"the same, encoded", "/%2e%2e/b.test/index.html", 404, "gone"},
      {"a hidden file", "/.charset", 404, "gone"},
      {"a session in the path", "/news/index.html;jsessionid=12", 200, "news"},
      {"a path grown by a relative link", "/news/news/news/news/index.html", 404, "gone"},
  };
  for (const auto& [why, target, status, body] : kCases) {
    SCOPED_TRACE(why);
    const TestServer::Answer answer = Get(std::string(target));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body, body);
  }
  EXPECT_EQ(Header(Get("/"), "Content-Type"), "text/html; charset=gb2312");
}

TEST_F(SitesTest, ShowsSpidersAndSearchVisitorsSomethingElse) {
  Put("a.test/page.html", "people");
  Put("a.test/page.html.@spider", "spiders");
  Put("a.test/page.html.@search.@head", "Status: 302\nLocation: http://elsewhere.test/\n");
  EXPECT_EQ(Get("/page.html").body, "people");
  EXPECT_EQ(Get("/page.html", {{"User-Agent", "Mozilla/5.0 (compatible; Baiduspider/2.0)"}}).body,
            "spiders");
  const TestServer::Answer visit = Get("/page.html", {{"Referer", "https://www.baidu.com/s?wd=x"}});
  EXPECT_EQ(visit.status, 302);
  EXPECT_EQ(Header(visit, "Location"), "http://elsewhere.test/");
  EXPECT_EQ(Get("/page.html.@spider").status, 404);
}

TEST_F(SitesTest, SetsItsTraps) {
  Put("a.test/month.html.@counter", "month @N@, then @NEXT@, mail a@b");
  Put("a.test/deep/deep/index.html", "deeper");
  EXPECT_EQ(Get("/month.html?n=7").body, "month 7, then 8, mail a@b");
  EXPECT_EQ(Get("/deep/deep/deep/deep/deep/").body, "deeper");
}

TEST_F(SitesTest, AnswersUnchangedAndCompressed) {
  Put("a.test/index.html", std::string(5000, 'x'));
  const TestServer::Answer plain = Get("/");
  EXPECT_EQ(Get("/", {{"If-None-Match", Header(plain, "ETag")}}).status, 304);
  EXPECT_EQ(Get("/", {{"If-None-Match", "\"other\""}}).status, 200);
  EXPECT_EQ(Get("/", {{"If-Modified-Since", Header(plain, "Last-Modified")}}).status, 304);
  const TestServer::Answer small = Get("/", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(Header(small, "Content-Encoding"), "gzip");
  EXPECT_LT(small.body.size(), plain.body.size());
  Put("a.test/index.html", "changed");
  EXPECT_EQ(Get("/", {{"If-None-Match", Header(plain, "ETag")}}).body, "changed");
}

TEST_F(SitesTest, CanHideItsErrors) {
  Put("a.test/soft404.html", "nothing to see");
  EXPECT_EQ(Get("/none").status, 200);
  EXPECT_EQ(Get("/none").body, "nothing to see");
}

TEST(TestServer, NamesAPortItCannotHave) {
  const auto first = std::move(*TestServer::Start({}));
  const auto second = TestServer::Start({.port = first->port()});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().text, HasSubstr(std::to_string(first->port())));
}

}  // namespace
}  // namespace xuncha
