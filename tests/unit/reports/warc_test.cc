// SPDX-License-Identifier: Apache-2.0
#include "reports/warc.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>

#include "base/files.h"
#include "base/limits.h"
#include "tests/unit/reports/capture_samples.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Written {
  std::string bytes;
  std::vector<WrittenCapture> captures;
};

Written WriteSamples(const std::vector<Sample>& samples) {
  Written written;
  WarcWriter writer(
      {.filename = "data.warc.gz", .software = "xuncha 0.1.0", .created = kSampleTime},
      [&written](std::string_view bytes) {
        written.bytes += bytes;
        return Ok();
      });
  for (const Sample& sample : samples) {
    Result<WrittenCapture> capture = writer.Add(CaptureOf(sample));
    EXPECT_TRUE(capture.ok()) << capture.error().text;
    if (capture) written.captures.push_back(*capture);
  }
  EXPECT_EQ(writer.bytes(), written.bytes.size());
  return written;
}

struct Read {
  std::vector<WarcRecord> records;
  std::vector<std::string> complaints;
  std::string error;
  std::string Types() const {
    std::string types;
    for (const WarcRecord& record : records) types += (types.empty() ? "" : " ") + record.type;
    return types;
  }
};

Read ReadAll(std::string_view bytes, size_t piece = 1 << 20) {
  Read read;
  WarcReader reader([source = SourceOfBytes(bytes), piece](size_t most) {
    return source(std::min(most, piece));
  });
  for (;;) {
    Result<std::optional<WarcRecord>> record = reader.Next();
    if (!record) {
      read.error = record.error().text;
      EXPECT_FALSE(reader.Next().value().has_value()) << "an error ends the file";
      break;
    }
    if (!*record) break;
    read.records.push_back(std::move(**record));
  }
  read.complaints = reader.complaints();
  return read;
}

std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<unsigned>(bytes.size());
  stream.next_out = reinterpret_cast<unsigned char*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Record(std::string_view fields, std::string_view block,
                   std::string_view version = "WARC/1.0") {
  return fmt::format("{}\r\n{}Content-Length: {}\r\n\r\n{}\r\n\r\n", version, fields, block.size(),
                     block);
}

std::string ResponseRecord(std::string_view http, std::string_view more = "") {
  return Record(fmt::format("WARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
                            "WARC-Date: 2026-01-01T00:00:00Z\r\n"
                            "WARC-Target-URI: <http://www.example.edu.cn/a>\r\n"
                            "Content-Type: application/http;msgtype=response\r\n{}",
                            more),
                http);
}

TEST(WarcWriter, WritesWhatTheReaderReadsBack) {
  const std::vector<Sample> samples = Samples();
  const Written written = WriteSamples(samples);
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{1 << 20}}) {
    const Read read = ReadAll(written.bytes, piece);
    EXPECT_EQ(read.error, "");
    EXPECT_THAT(read.complaints, ElementsAre());
    EXPECT_EQ(read.Types(),
              "warcinfo resource response request metadata revisit request metadata resource "
              "response request metadata response request metadata");
  }
  const Read read = ReadAll(written.bytes);
  size_t at = 0;
  for (const WarcRecord& record : read.records) {
    EXPECT_EQ(record.version, "1.1");
    if (record.type != "response") continue;
    while (written.captures[at].revisit) ++at;
    const WrittenCapture& capture = written.captures[at];
    EXPECT_EQ(record.offset, capture.response.offset);
    EXPECT_EQ(record.length, capture.response.length);
    EXPECT_EQ(record.id, capture.response.id);
    EXPECT_EQ(record.date, samples[at].exchange.started);
    EXPECT_EQ(record.target_uri, samples[at].exchange.url);
    EXPECT_EQ(Sha256(std::string_view(written.bytes).substr(record.offset, record.length)),
              capture.response.digest);
    // By itself, too: an index leads there.
    const Read alone =
        ReadAll(std::string_view(written.bytes).substr(record.offset, record.length));
    ASSERT_EQ(alone.records.size(), 1u);
    EXPECT_EQ(alone.records[0].block, record.block);
    const Result<ArchivedAnswer> answer = ReadArchivedAnswer(record);
    ASSERT_TRUE(answer.ok()) << answer.error().text;
    EXPECT_EQ(answer->response.body, samples[at].body);
    EXPECT_TRUE(answer->limits.empty());
    ++at;
  }
}

TEST(WarcWriter, ChangesAHeadOnlyWhereItWouldLieAndSaysSo) {
  const Read read = ReadAll(WriteSamples(Samples()).bytes);
  EXPECT_EQ(read.records[2].block,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
            "X-Archive-Orig-Transfer-Encoding: chunked\r\nX-Archive-Orig-Content-Encoding: gzip\r\n"
            "Content-Length: 40\r\n\r\n<title>首页</title><p>学院简介</p>");
  EXPECT_THAT(read.records[4].block, HasSubstr("\r\ncontentCoding: gzip, undone here\r\n"));
  EXPECT_THAT(read.records[4].block, HasSubstr("\r\nhead: changed"));
  EXPECT_THAT(read.records[4].block,
              HasSubstr("bodyOnTheWire: sha256:" + Sha256("what came over the wire").hex()));
  EXPECT_EQ(read.records[9].block,
            "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 5\r\n\r\nmoved");
  EXPECT_THAT(read.records[11].block, HasSubstr("\r\nhead: as received\r\n"));
  EXPECT_EQ(*read.records[12].Field("WARC-IP-Address"), "192.0.2.7");
}

TEST(WarcWriter, PutsOnRecordWhatWasSaidOfTheName) {
  const std::vector<Sample> samples = Samples();
  const Read read = ReadAll(WriteSamples({samples[2], samples[2]}).bytes);
  EXPECT_EQ(read.Types(), "warcinfo resource response request metadata revisit request metadata")
      << "once for all";
  const WarcRecord& record = read.records[1];
  EXPECT_EQ(record.target_uri, "dns:www.example.edu.cn");
  EXPECT_EQ(*record.Field("Content-Type"), "text/dns");
  EXPECT_EQ(record.block, samples[2].names);
  EXPECT_EQ(record.date, *ParseTime("2026-01-01T07:59:00+08:00")) << "of the question";
  for (const size_t metadata : {4, 7}) {
    EXPECT_THAT(read.records[metadata].block, HasSubstr("\r\nnameAnswerRecord: " + record.id));
    EXPECT_THAT(read.records[metadata].block,
                HasSubstr("nameAnswer: sha256:" + Sha256(samples[2].names).hex()));
  }
}

TEST(WarcWriter, PutsABodyOnRecordAsItWasSent) {
  Sample sample = Samples()[0];
  const std::string coded = Gzip(sample.body);
  Capture capture = CaptureOf(sample);
  capture.body = coded;
  capture.coded = true;
  std::string bytes;
  WarcWriter writer({}, [&bytes](std::string_view more) {
    bytes += more;
    return Ok();
  });
  ASSERT_TRUE(writer.Add(capture).ok());
  const Read read = ReadAll(bytes);
  const WarcRecord& response = read.records[2];
  EXPECT_THAT(response.block, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_EQ(ReadArchivedAnswer(response)->response.body, sample.body);
}

TEST(WarcWriter, WritesAPayloadOnceAndRefersToIt) {
  const Written written = WriteSamples(Samples());
  ASSERT_EQ(written.captures.size(), 4u);
  EXPECT_TRUE(written.captures[1].revisit);
  const WarcRecord revisit = ReadAll(written.bytes).records[5];
  EXPECT_EQ(revisit.block, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
  EXPECT_EQ(*revisit.Field("WARC-Refers-To"), written.captures[0].response.id);
  EXPECT_EQ(*revisit.Field("WARC-Refers-To-Target-URI"), "https://www.example.edu.cn/");
  EXPECT_EQ(*revisit.Field("WARC-Payload-Digest"), "sha256:" + written.captures[0].payload.hex());
}

TEST(WarcWriter, PutsAConfirmationOnRecordWithoutABody) {
  std::vector<Sample> samples = Samples();
  samples.resize(1);
  samples.push_back(MakeSample(samples[0].exchange.url,
                               "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n", samples[0].body,
                               86'400'000));
  const Written written = WriteSamples(samples);
  EXPECT_TRUE(written.captures[1].revisit);
  const WarcRecord revisit = ReadAll(written.bytes).records[5];
  EXPECT_EQ(revisit.block, samples[1].exchange.headers);
  EXPECT_THAT(*revisit.Field("WARC-Profile"), HasSubstr("server-not-modified"));
  EXPECT_EQ(*revisit.Field("WARC-Refers-To"), written.captures[0].response.id);
}

TEST(WarcWriter, GivesTheSameBytesForTheSameCaptures) {
  EXPECT_EQ(WriteSamples(Samples()).bytes, WriteSamples(Samples()).bytes);
}

TEST(WarcWriter, LetsNothingEndAHeaderLine) {
  struct Case {
    std::string_view why, text;
  };
  constexpr Case kCases[] = {
      {"a line of its own", "http://h.example/a\r\nWARC-Type: resource\r\n\r\n"},
      {"a bare line feed", "http://h.example/a\nX: y"},
      {"NUL and escape", std::string_view("http://h.example/a\0\x1b[2J", 24)},
      {"brackets", "http://h.example/a> <urn:x"},
      {"bytes that are no UTF-8", "http://h.example/\xff\xfe"},
  };
  for (const auto& [why, text] : kCases) {
    SCOPED_TRACE(why);
    Sample sample = MakeSample(std::string(text), "HTTP/1.1 200 OK\r\n\r\n", "x");
    sample.exchange.tls.used = true;
    sample.exchange.tls.error = text;
    sample.exchange.remote_address = text;
    sample.exchange.trailers = text;
    Capture capture = CaptureOf(sample);
    capture.truncated = text;
    capture.details = {{"visitor\r\nX", std::string(text)}};
    sample.exchange.cut = true;
    std::string bytes;
    WarcWriter writer({.filename = std::string(text), .software = std::string(text)},
                      [&bytes](std::string_view more) {
                        bytes += more;
                        return Ok();
                      });
    ASSERT_TRUE(writer.Add(capture).ok());
    const Read read = ReadAll(bytes);
    EXPECT_EQ(read.error, "");
    EXPECT_EQ(read.Types(), "warcinfo response request metadata");
    for (const WarcRecord& record : read.records) {
      for (const WarcField& field : record.fields) {
        EXPECT_EQ(field.name.find_first_of("\r\n \t"), std::string::npos) << field.name;
        EXPECT_EQ(field.value.find_first_of("\r\n\x1b"), std::string::npos) << field.value;
        EXPECT_THAT(field.name, ::testing::Not("X"));
      }
    }
  }
}

TEST(WarcWriter, RefusesWhatIsNoExchange) {
  WarcWriter writer({}, [](std::string_view) { return Ok(); });
  Sample none = MakeSample("http://h.example/", "", "");
  EXPECT_EQ(writer.Add(CaptureOf(none)).error().code, Code::kInvalid);
  Sample elsewhere = MakeSample("file:///etc/passwd", "HTTP/1.1 200 OK\r\n\r\n", "");
  EXPECT_EQ(writer.Add(CaptureOf(elsewhere)).error().code, Code::kInvalid);
}

TEST(WarcWriter, HandsOnWhatTheSinkSays) {
  WarcWriter writer({}, [](std::string_view) -> Status { return Error{Code::kSystem, "full"}; });
  EXPECT_EQ(writer.Add(CaptureOf(Samples()[0])).error().text, "full");
}

TEST(WarcReader, TakesWhatOthersWrite) {
  const std::string one = ResponseRecord("HTTP/1.1 200 OK\r\n\r\n<p>a</p>");
  const std::string two = one + one;
  struct Case {
    std::string_view why;
    std::string bytes;
    bool placed;
  };
  const Case cases[] = {
      {"plain", two, true},
      {"one gzip around all", Gzip(two), false},
      {"gzip per record", Gzip(one) + Gzip(one), true},
      {"gzip in blocks that know of no records", Gzip(two.substr(0, 100)) + Gzip(two.substr(100)),
       false},
      {"bare line feeds in the head",
       "WARC/1.0\nWARC-Type: response\nWARC-Record-ID: <urn:uuid:1>\nWARC-Date: "
       "2026-01-01T00:00:00Z\nWARC-Target-URI: http://www.example.edu.cn/a\nContent-Type: "
       "application/http\nContent-Length: 27\n\nHTTP/1.1 200 OK\r\n\r\n<p>a</p>\r\n\r\n" +
           one,
       true},
      {"folded line",
       ResponseRecord("HTTP/1.1 200 OK\r\n\r\n<p>a</p>", "X-Long: a\r\n b\r\n") + one, true},
      {"blank lines between", one + "\r\n\r\n" + one, true},
  };
  for (const auto& [why, bytes, placed] : cases) {
    SCOPED_TRACE(why);
    for (const size_t piece : {size_t{1}, size_t{1 << 20}}) {
      const Read read = ReadAll(bytes, piece);
      EXPECT_EQ(read.error, "");
      ASSERT_EQ(read.records.size(), 2u);
      EXPECT_EQ(read.records[1].target_uri, "http://www.example.edu.cn/a");
      EXPECT_EQ(ReadArchivedAnswer(read.records[0])->response.body, "<p>a</p>");
      EXPECT_EQ(read.records[0].length != 0, placed);
    }
  }
}

TEST(WarcReader, KeepsWhatCameBeforeTheDamage) {
  const std::string one = ResponseRecord("HTTP/1.1 200 OK\r\n\r\n<p>a</p>");
  std::string flipped = Gzip(one);
  flipped[flipped.size() / 2] ^= 0x40;
  struct Case {
    std::string_view why;
    std::string bytes;
    std::string_view says;
  };
  const Case cases[] = {
      {"cut in the head", one + one.substr(0, 40), "cut off in its head"},
      {"cut in the block", one + one.substr(0, one.size() - 8), "cut off"},
      {"cut in a gzip member", Gzip(one) + Gzip(one).substr(0, 60), "cut off in the gzip member"},
      {"gzip that breaks", Gzip(one) + flipped, "gzip member"},
      {"rubbish behind a member", Gzip(one) + "rubbish", "no gzip member"},
      {"no version", one + "WORC/1.0\r\n\r\n", "WARC version"},
      {"no length", one + "WARC/1.0\r\nWARC-Type: response\r\n\r\n", "no Content-Length"},
      {"two lengths", one + "WARC/1.0\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
       "two lengths"},
      {"negative length", one + "WARC/1.0\r\nContent-Length: -3\r\n\r\nabc", "is no length"},
      {"length beyond 64 bits",
       one + "WARC/1.0\r\nContent-Length: 99999999999999999999999\r\n\r\nabc", "is no length"},
      {"length of a petabyte", one + "WARC/1.0\r\nContent-Length: 1125899906842624\r\n\r\nabc",
       "cut off"},
      {"endless head line", one + "WARC/1.0\r\nX: " + std::string(1 << 20, 'a'), "head is longer"},
      {"endless head",
       one + "WARC/1.0\r\n" +
           [] {
             std::string lines;
             for (int i = 0; i < 20'000; ++i) lines += "X: y\r\n";
             return lines;
           }(),
       "more than 256 fields"},
  };
  for (const auto& [why, bytes, says] : cases) {
    SCOPED_TRACE(why);
    const Read read = ReadAll(bytes);
    EXPECT_EQ(read.records.size(), 1u);
    EXPECT_THAT(read.error, HasSubstr(std::string(says)));
  }
}

TEST(WarcReader, SkipsARecordLargerThanItReads) {
  const std::string one = ResponseRecord("HTTP/1.1 200 OK\r\n\r\n<p>a</p>");
  const std::string big = Record(
      "WARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:2>\r\n"
      "WARC-Date: 2026-01-01T00:00:00Z\r\n",
      std::string(limits::kWarcBlockBytesMax + 1, ' '));
  const Read read = ReadAll(Gzip(big) + Gzip(one));
  EXPECT_EQ(read.error, "");
  ASSERT_EQ(read.records.size(), 2u);
  EXPECT_TRUE(read.records[0].block.empty());
  EXPECT_GT(read.records[0].block_bytes, limits::kWarcBlockBytesMax);
  EXPECT_THAT(read.complaints, ElementsAre(HasSubstr("skipped")));
}

TEST(WarcReader, StopsWhereAFileUnpacksBeyondMeasure) {
  const std::string big =
      Gzip(Record("WARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:2>\r\n"
                  "WARC-Date: 2026-01-01T00:00:00Z\r\n",
                  std::string(limits::kWarcBlockBytesMax + 1, ' ')));
  std::string bytes;
  for (uint64_t i = 0; i * limits::kWarcBlockBytesMax < limits::kWarcRatioFrom + 1; ++i)
    bytes += big;
  const Read read = ReadAll(bytes + big);
  EXPECT_THAT(read.error, HasSubstr("no archive packs so well"));
  EXPECT_FALSE(read.records.empty());
}

TEST(WarcReader, HoldsDigestsOfChunkedBodiesWithOrWithoutTheChunks) {
  struct Case {
    std::string_view why, digested;
    bool good;
  };
  const Case cases[] = {{"as sent", "8\r\n<p>a</p>\r\n0\r\n\r\n", true},
                        {"joined", "<p>a</p>", true},
                        {"another", "<p>b</p>", false}};
  for (const auto& [why, digested, good] : cases) {
    SCOPED_TRACE(why);
    const Read read = ReadAll(ResponseRecord(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n<p>a</p>\r\n0\r\n\r\n",
        "WARC-Payload-Digest: sha256:" + Sha256(digested).hex() + "\r\n"));
    ASSERT_EQ(read.records.size(), 1u);
    EXPECT_EQ(read.records[0].digest_problem.empty(), good);
  }
}

TEST(WarcReader, HoldsDigestsAgainstTheBytes) {
  struct Case {
    std::string_view why, field;
    bool good;
  };
  // Of "HTTP/1.1 200 OK\r\n\r\n<p>a</p>" and "<p>a</p>", by sha256sum and sha1sum.
  const std::string sha256 = Sha256("<p>a</p>").hex();
  const std::string good = "WARC-Payload-Digest: sha256:" + sha256 + "\r\n";
  const std::string bad = "WARC-Payload-Digest: sha256:" + Sha256("<p>b</p>").hex() + "\r\n";
  const Case cases[] = {
      {"sha256 of the payload", good, true},
      {"another", bad, false},
      {"base32 sha1 of the block", "WARC-Block-Digest: sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
       false},
      {"a kind not known", "WARC-Block-Digest: md5:00\r\n", true},
  };
  for (const auto& [why, field, is_good] : cases) {
    SCOPED_TRACE(why);
    const Read read = ReadAll(ResponseRecord("HTTP/1.1 200 OK\r\n\r\n<p>a</p>", field));
    ASSERT_EQ(read.records.size(), 1u);
    EXPECT_EQ(read.records[0].digest_problem.empty(), is_good);
  }
}

TEST(ArchivedAnswer, IsReadAsTheFetcherWouldHave) {
  const std::string html = "<html><body>" + std::string(200, 'x') + "</body></html>";
  const std::string packed = Gzip(html);
  const auto chunked = [](const std::string& body) {
    return fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
  };
  struct Case {
    std::string_view why, head;
    std::string body, want;
    std::string limit;
  };
  const Case cases[] = {
      {"plain", "Content-Length: 226\r\n", html, html, ""},
      {"chunks", "Transfer-Encoding: chunked\r\n", chunked(html), html, ""},
      {"a page behind the last chunk", "Transfer-Encoding: chunked\r\n",
       "6\r\n<html>\r\n0\r\n\r\n<body>" + html, "<html><body>" + html, "framing"},
      {"a page behind no chunk at all", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + html, html,
       "framing"},
      {"chunks that become none", "Transfer-Encoding: chunked\r\n",
       "6\r\n<html>\r\nno size\n" + html, "<html>no size\n" + html, "truncated"},
      {"chunks joined already", "Transfer-Encoding: chunked\r\n", html, html, ""},
      {"chunks without an end", "Transfer-Encoding: chunked\r\n", "ff\r\n" + html, html,
       "truncated"},
      {"gzip", "Content-Encoding: gzip\r\n", packed, html, ""},
      {"gzip in chunks", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
       chunked(packed), html, ""},
      {"gzip undone already", "Content-Encoding: gzip\r\n", html, html, ""},
      {"gzip that ends early", "Content-Encoding: gzip\r\n", packed.substr(0, packed.size() - 4),
       html, "decoding"},
      {"a coding nobody knows", "Content-Encoding: rot13\r\n", html, html, "decoding"},
      {"two lengths", "Content-Length: 3\r\nContent-Length: 5\r\n", html, html, "framing"},
      {"bomb", "Content-Encoding: gzip\r\n", Gzip(std::string(64 << 20, ' ')), "", "body-bytes"},
  };
  for (const auto& [why, head, body, want, limit] : cases) {
    SCOPED_TRACE(why);
    const Read read =
        ReadAll(ResponseRecord(fmt::format("HTTP/1.1 200 OK\r\n{}\r\n", head) + body));
    ASSERT_EQ(read.records.size(), 1u);
    const Result<ArchivedAnswer> answer = ReadArchivedAnswer(read.records[0]);
    ASSERT_TRUE(answer.ok()) << answer.error().text;
    if (!want.empty()) {
      EXPECT_EQ(answer->response.body, want);
    }
    EXPECT_LE(answer->response.body.size(), limits::kBodyBytesMax);
    EXPECT_EQ(answer->limits.empty() ? "" : LimitName(answer->limits[0].limit), limit);
  }
}

TEST(ArchivedAnswer, SaysWhereTheArchiveItselfWasCut) {
  const Read read =
      ReadAll(ResponseRecord("HTTP/1.1 200 OK\r\n\r\n<p>", "WARC-Truncated: disconnect\r\n"));
  const Result<ArchivedAnswer> answer = ReadArchivedAnswer(read.records[0]);
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->limits.size(), 1u);
  EXPECT_EQ(answer->limits[0].limit, Limit::kTruncated);
}

}  // namespace
}  // namespace xuncha
