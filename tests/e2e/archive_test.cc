// `xuncha scan` of web archives: one made by wget from a test server, one written by
// hand, whole and damaged; and what other people's readers say of ours.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/files.h"
#include "reports/wacz.h"
#include "reports/warc.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kBad =
    "<title>澳门新葡京娱乐城_葡京赌场官网</title><meta name=keywords "
    "content=\"澳门赌场,百家乐,六合彩\">"
    "<p>澳门新葡京娱乐城 百家乐 六合彩开户送彩金</p>";
constexpr std::string_view kGood = "<title>学院首页</title><p>本周六图书馆照常开放。</p>";

std::string ArchiveOf(const std::string& path, int pages) {
  std::string bytes;
  WarcWriter writer({.software = "xuncha test", .created = 1}, [&bytes](std::string_view more) {
    bytes += more;
    return Ok();
  });
  for (int i = 0; i < pages; ++i) {
    Exchange exchange{
        .url = fmt::format("https://www.example.edu.cn/{}.php?id=7", i),
        .started = 1'767'225'600'000 + i,
        .request = "GET / HTTP/1.1\r\n\r\n",
        .headers = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
        .remote_address = "192.0.2.1:443"};
    const std::string body = fmt::format("<p>{}</p>{}", i, i % 2 == 0 ? kGood : kBad);
    EXPECT_TRUE(writer.Add({.exchange = &exchange, .body = body}).ok());
  }
  WriteText(path, bytes);
  return bytes;
}

TEST(ScanOfArchives, JudgesThePagesUnderTheirOwnUrls) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.warc.gz";
  ArchiveOf(path, 2);
  const Outcome outcome = RunProgram({"scan", "--json", path});
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"https://www.example.edu.cn/1.php?id=7\""));
  EXPECT_THAT(outcome.out, HasSubstr("\"gambling\""));
  EXPECT_THAT(outcome.out, HasSubstr("\"site\":\"www.example.edu.cn\""));
  EXPECT_THAT(outcome.err, HasSubstr("判读 2 页"));
}

TEST(ScanOfArchives, SaysWhatADamagedOneKeptFromIt) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.warc.gz";
  const std::string bytes = ArchiveOf(path, 4);
  WriteText(path, bytes.substr(0, bytes.size() - 600));
  const Outcome outcome = RunProgram({"scan", "--json", path});
  EXPECT_EQ(outcome.code, 1) << "what was found outweighs what was not read\n" << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("/1.php?id=7"));
  EXPECT_THAT(outcome.err, HasSubstr("从这里起未判读"));
  EXPECT_THAT(outcome.err, HasSubstr("另有存档未能读完"));
  const std::string good = ArchiveOf(path, 1);
  WriteText(path, good + bytes.substr(bytes.size() - 600, 300));
  EXPECT_EQ(RunProgram({"scan", path}).code, 3) << "clean as far as it was read";
  WriteText(folder.path() + "/b.wacz", "no zip at all");
  EXPECT_EQ(RunProgram({"scan", folder.path() + "/b.wacz"}).code, 3);
}

std::string WarcRecordOf(std::string_view type, std::string_view uri, std::string_view content_type,
                         const std::string& block) {
  return fmt::format(
      "WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
      "WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: {}\r\n{}Content-Length: {}\r\n\r\n{}"
      "\r\n\r\n",
      type, uri,
      content_type.empty() ? std::string() : fmt::format("Content-Type: {}\r\n", content_type),
      block.size(), block);
}

// Tools keep pages in other kinds of records than a response, and forget to say what is one.
TEST(ScanOfArchives, ReadsPagesInWhateverRecordTheyStand) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.warc";
  const std::string bad(kBad), answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + bad;
  struct Case {
    std::string_view why;
    std::string record;
    int code;
  };
  constexpr std::string_view kUri = "http://www.example.edu.cn/";
  const Case cases[] = {
      {"a resource", WarcRecordOf("resource", kUri, "text/html; charset=utf-8", bad), 1},
      {"a conversion", WarcRecordOf("conversion", kUri, "text/html; charset=utf-8", bad), 1},
      {"a response of no type", WarcRecordOf("response", kUri, "", answer), 1},
      {"a response that is none", WarcRecordOf("response", kUri, "text/html", bad), 3},
      {"a page behind a coding that holds nothing",
       WarcRecordOf("response", kUri, "application/http",
                    "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" +
                        std::string("\x01\x00\x00\xff\xff", 5) + bad),
       3},
      {"part of a page", WarcRecordOf("continuation", kUri, "", bad), 3},
      {"what was asked",
       WarcRecordOf("request", kUri, "application/http", "GET / HTTP/1.1\r\n\r\n"), 0},
  };
  for (const auto& [why, record, code] : cases) {
    SCOPED_TRACE(why);
    const std::string good = "HTTP/1.1 200 OK\r\n\r\n" + std::string(kGood);
    WriteText(path, WarcRecordOf("response", kUri, "application/http", good) + record);
    const Outcome outcome = RunProgram({"scan", path});
    EXPECT_EQ(outcome.code, code) << outcome.out << outcome.err;
  }
}

TEST(ScanOfArchives, TellsOfManyRecordsItCannotJudgeInFewWords) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.warc";
  std::string bytes;
  const std::string uri = "http://x.edu.cn:99999/" + std::string(20'000, '%');
  for (int i = 0; i < 1'000; ++i)
    bytes += WarcRecordOf("response", uri, "application/http", "HTTP/1.1 200 OK\r\n\r\n");
  WriteText(path, bytes);
  const Outcome outcome = RunProgram({"scan", path});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_LT(outcome.err.size(), 500'000u);
}

TEST(ScanOfArchives, AreReadAsSuchAmongTheFilesOfAFolder) {
  const TemporaryDirectory folder;
  std::string plain =
      "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + std::string(kBad);
  plain = fmt::format(
      "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://www.example.edu.cn/bad.html\r\n"
      "WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Record-ID: "
      "<urn:uuid:00000000-0000-4000-8000-000000000001>\r\nContent-Type: "
      "application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n",
      plain.size(), plain);
  for (const std::string name : {"plain.warc", "named.html"}) {
    SCOPED_TRACE(name);
    const TemporaryDirectory place;
    WriteText(place.path() + "/" + name, plain);
    WriteText(place.path() + "/good.html", std::string(kGood));
    const Outcome outcome = RunProgram({"scan", "--json", place.path()});
    EXPECT_EQ(outcome.code, 1) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("http://www.example.edu.cn/bad.html"));
    EXPECT_THAT(outcome.out, HasSubstr("good.html"));
  }
}

TEST(ScanOfArchives, ReadsWhatWgetWrites) {
  const TemporaryDirectory folder;
  auto server = std::move(*TestServer::Start({}));
  server->On("/", [](const TestServer::Request&, TestServer::Wire& wire) {
    wire.Reply({.headers = {{"Content-Type", "text/html; charset=utf-8"}},
                .body = "<a href=\"/b.html\">x</a>" + std::string(kGood)});
  });
  server->On("/b.html", [](const TestServer::Request&, TestServer::Wire& wire) {
    wire.Send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Transfer-Encoding: chunked\r\n\r\n" +
        fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", kBad.size(), kBad));
  });
  for (const std::string& kind : {std::string("--no-warc-compression"), std::string("--wait=0")}) {
    SCOPED_TRACE(kind);
    const std::string name = folder.path() + "/" + kind.substr(2);
    const Outcome fetched =
        RunOther("/usr/bin/env", {"wget", "-q", "-r", "-l", "2", "--no-proxy", "-e", "robots=off",
                                  "-P", folder.path(), kind, "--warc-file=" + name,
                                  fmt::format("http://127.0.0.1:{}/", server->port())});
    ASSERT_EQ(fetched.code, 0) << fetched.err;
    const std::string file = name + (kind == "--no-warc-compression" ? ".warc" : ".warc.gz");
    const Outcome outcome = RunProgram({"scan", "--json", file});
    EXPECT_EQ(outcome.code, 1) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("/b.html\""));
    EXPECT_THAT(outcome.out, HasSubstr("\"gambling\""));
  }
}

#ifdef XUNCHA_HAS_WARCIO  // no Debian package; CMakeLists.txt says when it is left out
TEST(Archives, AreReadByWarcio) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.warc.gz";
  ArchiveOf(path, 3);
  const Outcome outcome =
      RunOther("/usr/bin/env", {"python3", "-m", "warcio.cli", "check", "-v", path});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}
#endif

}  // namespace
}  // namespace xuncha
