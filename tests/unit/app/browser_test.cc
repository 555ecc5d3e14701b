// Chromium as it is installed; without it nothing here can be tested, and that is said.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/browser.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace xuncha {
namespace {

class BrowserTest : public testing::Test {
 protected:
  void SetUp() override {
    browser_ = Browser::Find();
    ASSERT_TRUE(browser_) << "Chromium is there, and was not found";
  }
  std::string Picture(std::string_view body) {
    const Result<std::string> png = browser_->Draw(
        DrawKind::kPicture, fmt::format("<!doctype html><html><body>{}</body></html>", body));
    EXPECT_TRUE(png.ok()) << png.error().text;
    return png ? *png : "";
  }
  std::optional<Browser> browser_;
};

TEST_F(BrowserTest, PrintsAPaper) {
  const Result<std::string> pdf =
      browser_->Draw(DrawKind::kPaper, "<!doctype html><meta charset=utf-8><h1>电子证明文件</h1>");
  ASSERT_TRUE(pdf.ok()) << pdf.error().text;
  EXPECT_TRUE(pdf->starts_with("%PDF-"));
}

TEST_F(BrowserTest, AHostilePageRunsNothingLoadsNothingAndGoesNowhere) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string origin = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));

  const std::string plain = Picture("<p>words</p>");
  EXPECT_NE(plain, Picture("<p>other words</p>"));
  struct Case {
    std::string_view why;
    std::string body;
  };
  const Case cases[] = {
      {"a script", "<p>words</p><script>document.body.style.background='red'</script>"},
      {"a refresh to a file",
       "<p>words</p><meta http-equiv=refresh content='0;url=file:///etc/passwd'>"},
      {"a picture from the network", fmt::format("<p>words</p><link rel=icon href='{0}'><style>"
                                                 "@import '{0}s';p{{background:url({0}p)}}</style>",
                                                 origin)},
      {"a remote picture, and a script that calls out",
       fmt::format("<p>words</p><img src='{0}pixel' width=0 height=0 alt=''><script>fetch('{0}f');"
                   "navigator.sendBeacon('{0}b');new WebSocket('{1}');"
                   "new Image().src='{0}i'</script>",
                   origin, "ws" + origin.substr(4))},
      {"an end of our frame", "<p>words</p>\"></iframe><!--"},
  };
  for (const auto& [why, body] : cases) {
    // The last writes more words into the frame, and no more than that.
    if (why == "an end of our frame") {
      EXPECT_FALSE(Picture(body).empty()) << why;
    } else {
      EXPECT_EQ(Picture(body), plain) << why;
    }
  }
  pollfd waiting{.fd = listener, .events = POLLIN};
  EXPECT_EQ(poll(&waiting, 1, 0), 0) << "somebody called";
  close(listener);
}

TEST_F(BrowserTest, ALongPageIsInItsPicture) {
  std::string body = "<style>p{color:red;animation:x 1s}@keyframes x{}</style>";
  for (int i = 0; i < 2'000; ++i)
    body += "<p>words <b>bold</b><svg width=50 height=50><circle r=20 cx=20 cy=20 /></svg>";
  const std::string first = Picture(body);
  EXPECT_GT(first.size(), Picture("").size() * 2);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Picture(body).size(), first.size()) << i;
}

TEST_F(BrowserTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const Result<std::string> png =
      browser_->Draw(DrawKind::kPicture, "<p>words</p>", source.get_token());
  ASSERT_FALSE(png.ok());
  EXPECT_EQ(png.error().code, Code::kConflict);
}

}  // namespace
}  // namespace xuncha
