// SPDX-License-Identifier: Apache-2.0
#include "crawler/head.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace xuncha {
namespace {

TEST(Head, TakesWhatBrowsersTake) {
  const Head head = ReadHead(
      "HTTP/1.1 302 Found\r\n"
      "Content-Type: text/plain\r\n"
      "content-type: text/html;\r\n"
      "\t charset=gbk\r\n"
      "LOCATION:/a b\r\n"
      "Location: /second\r\n"
      "Set-Cookie: a=b\r\n"
      "Content-Encoding: identity\r\n"
      "no colon here\r\n"
      "ETag: W/\"1\"\n"
      "\r\n");
  EXPECT_EQ(head.content_type, "text/html; charset=gbk");
  EXPECT_TRUE(head.has_location);
  EXPECT_EQ(head.location, "/a b");
  EXPECT_TRUE(head.sets_cookie);
  EXPECT_FALSE(head.encoded);
  EXPECT_EQ(head.etag, "W/\"1\"");
  EXPECT_EQ(head.contradiction, "");
}

TEST(Head, NamesContradictoryFraming) {
  struct Case {
    std::string_view why, raw, want;
  };
  constexpr Case kCases[] = {
      {"one length", "Content-Length: 3\r\n", ""},
      {"the same twice", "Content-Length: 3\r\nContent-Length: 3\r\n", ""},
      {"the same in a list", "Content-Length: 3, 3\r\n", ""},
      {"two lines", "Content-Length: 3\r\nContent-Length: 5\r\n", "Content-Length 3 and 5"},
      {"one list", "Content-Length: 3, 5\r\n", "Content-Length 3 and 5"},
      {"length and chunks", "Content-Length: 3\r\nTransfer-Encoding: gzip, Chunked\r\n",
       "Content-Length 3 and Transfer-Encoding chunked"},
      {"chunks alone", "Transfer-Encoding: chunked\r\n", ""},
      {"empty length beside one", "Content-Length:\r\nContent-Length: 5\r\n",
       "Content-Length  and 5"},
  };
  for (const auto& [why, raw, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(ReadHead("HTTP/1.1 200 OK\r\n" + std::string(raw) + "\r\n").contradiction, want);
  }
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  const Millis now = *ParseHttpDate("Sun, 22 Nov 2026 01:00:00 GMT");
  struct Case {
    std::string_view why, value;
    Millis want;
  };
  constexpr Case kCases[] = {
      {"absent", "", 0},
      {"seconds", "120", 120'000},
      {"white space", "  5 ", 5'000},
      {"date", "Sun, 22 Nov 2026 01:02:00 GMT", 120'000},
      {"date gone by", "Sun, 22 Nov 2026 00:00:00 GMT", 0},
      {"date far off", "Sun, 22 Nov 2099 00:00:00 GMT", limits::kRetryAfterMillisMax},
      {"seconds far off", "99999999", limits::kRetryAfterMillisMax},
      {"seconds beyond any integer", "99999999999999999999999", limits::kRetryAfterMillisMax},
      {"negative", "-5", 0},
      {"words", "soon", 0},
  };
  for (const auto& [why, value, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(RetryAfter(value, now), want);
  }
}

}  // namespace
}  // namespace xuncha
