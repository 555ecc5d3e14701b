// Servers that mean harm. Each case names what the server does, the limit that
// has to be recorded, and what is kept of the body. That a case ends at all is
// half of what it tests: most of these servers never stop by themselves.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/crawler/fetch_world.h"

namespace xuncha {
namespace {

using Request = TestServer::Request;
using Wire = TestServer::Wire;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";

// Sends `piece` for as long as the other side takes it.
void Forever(Wire& wire, std::string_view piece, Millis pause = 0) {
  while (wire.Send(piece) && (pause == 0 || wire.Sleep(pause))) {
  }
}

std::string Chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

void SendEncoded(Wire& wire, std::string_view encoding, const std::string& body) {
  wire.Send(fmt::format("{}Content-Encoding: {}\r\nContent-Length: {}\r\n\r\n{}", kOk, encoding,
                        body.size(), body));
}

// 64 MiB of zero bytes, made by the reference encoder at quality 11, window 24.
std::string BrotliBomb() {
  constexpr std::string_view kHex =
      "cfffff7ff82700e2b14020f7fe9ffffffff04f00c4610180eefd3fffffffe19f0088c32200ddfbfffcffffc73f"
      "0110870500baf7ff";
  std::string bytes;
  for (size_t i = 0; i < kHex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(kHex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// A frame of 512 blocks "128 KiB of one byte" (RFC 8878, sections 3.1.1.1 and 3.1.1.2).
std::string ZstdBomb() {
  std::string bytes("\x28\xb5\x2f\xfd\x00\x58", 6);
  for (int i = 0; i < 512; i++) {
    const uint32_t head = (128u << 10) << 3 | 1u << 1 | (i == 511 ? 1 : 0);
    for (int shift = 0; shift < 24; shift += 8) bytes += static_cast<char>(head >> shift);
    bytes += 'A';
  }
  return bytes;
}

struct Hostile {
  std::string why;
  TestServer::Handler serve;
  Limit want;
  std::string body_starts;  // what must have been kept
  uint16_t status = 200;
};

std::vector<Hostile> HostileServers() {
  const std::string kilobyte(1024, 'x'), bomb = Gzip(std::string(16 << 20, '\0')),
                                         twice = Gzip(bomb);
  std::vector<Hostile> all;
  const auto add = [&](std::string why, Limit want, uint16_t status, std::string body,
                       std::function<void(Wire&)> serve) {
    all.push_back({std::move(why), [serve](const Request&, Wire& wire) { serve(wire); }, want,
                   std::move(body), status});
  };

  // Too much.
  add("endless chunked body", Limit::kBodyBytes, 200, "xxxx", [=](Wire& wire) {
    wire.Send(std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n");
    Forever(wire, Chunk(kilobyte));
  });
  add("endless body without a length", Limit::kBodyBytes, 200, "xxxx", [=](Wire& wire) {
    wire.Send(std::string(kOk) + "\r\n");
    Forever(wire, kilobyte);
  });
  add("length of four gigabytes", Limit::kBodyBytes, 200, "xxxx", [=](Wire& wire) {
    wire.Send(std::string(kOk) + "Content-Length: 4294967296\r\n\r\n");
    Forever(wire, kilobyte);
  });
  add("gzip bomb", Limit::kBodyBytes, 200, std::string(16, '\0'),
      [=](Wire& wire) { SendEncoded(wire, "gzip", bomb); });
  add("gzip inside gzip", Limit::kInflateRatio, 200, std::string(16, '\0'),
      [=](Wire& wire) { SendEncoded(wire, "gzip, gzip", twice); });
  add("gzip bomb in chunks", Limit::kBodyBytes, 200, std::string(16, '\0'), [=](Wire& wire) {
    wire.Send(std::string(kOk) + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire.Send(Chunk(bomb) + "0\r\n\r\n");
  });
  add("brotli bomb", Limit::kInflateRatio, 200, std::string(16, '\0'),
      [](Wire& wire) { SendEncoded(wire, "br", BrotliBomb()); });
  add("zstd bomb", Limit::kBodyBytes, 200, "AAAA",
      [](Wire& wire) { SendEncoded(wire, "zstd", ZstdBomb()); });
  add("gzip of nothing, for ever", Limit::kWireBytes, 200, "", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Content-Encoding: gzip\r\n\r\n");
    wire.Send(std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10));
    std::string empty_blocks;
    for (int i = 0; i < 200; i++) empty_blocks += std::string("\0\0\0\xff\xff", 5);
    Forever(wire, empty_blocks);
  });
  add("header flood", Limit::kHeaderBytes, 0, "", [](Wire& wire) {
    wire.Send(kOk);
    Forever(wire, "X-Flood: 0123456789012345678901234567890123456789\r\n");
  });
  add("one endless header line", Limit::kHeaderBytes, 0, "", [=](Wire& wire) {
    wire.Send(std::string(kOk) + "X-Flood: ");
    Forever(wire, kilobyte);
  });
  add("storm of 103 answers", Limit::kHeaderBytes, 0, "", [](Wire& wire) {
    Forever(wire, "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
  });
  add("flood of trailers", Limit::kHeaderBytes, 200, "kept", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n" + Chunk("kept") + "0\r\n");
    Forever(wire, "X-Flood: 0123456789012345678901234567890123456789\r\n");
  });
  add("flood of chunk extensions", Limit::kWireBytes, 200, "kept", [=](Wire& wire) {
    wire.Send(std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n" + Chunk("kept") + "1;");
    Forever(wire, kilobyte);
  });

  // Too slow.
  add("never answers", Limit::kLowSpeed, 0, "", [](Wire& wire) { wire.Sleep(60'000); });
  add("drips its status line", Limit::kLowSpeed, 0, "", [](Wire& wire) {
    wire.Send("HTTP/1.1 200 ");
    Forever(wire, "O", 20);
  });
  add("drips headers", Limit::kLowSpeed, 0, "", [](Wire& wire) {
    wire.Send(kOk);
    Forever(wire, "A: b\r\n", 100);
  });
  add("drips a body", Limit::kLowSpeed, 200, "dr", [](Wire& wire) {
    wire.Send(std::string(kOk) + "\r\ndr");
    Forever(wire, "i", 20);
  });
  add("stops in the middle", Limit::kLowSpeed, 200, "half", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Content-Length: 1000\r\n\r\nhalf");
    wire.Sleep(60'000);
  });
  add("just fast enough, without end", Limit::kTotalTime, 200, "tick", [](Wire& wire) {
    wire.Send(std::string(kOk) + "\r\ntick");
    Forever(wire, std::string(200, 't'), 50);
  });

  // Wrong.
  add("two lengths", Limit::kFraming, 200, "abc", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde");
  });
  add("length and chunks", Limit::kFraming, 200, "abc", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" +
              Chunk("abcde") + "0\r\n\r\n");
  });
  add("negative length", Limit::kFraming, 0, "",
      [](Wire& wire) { wire.Send(std::string(kOk) + "Content-Length: -5\r\n\r\nabcde"); });
  add("chunk size that is none", Limit::kFraming, 200, "kept", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n" + Chunk("kept") + "zz\r\n");
  });
  add("length greater than the body", Limit::kTruncated, 200, "short",
      [](Wire& wire) { wire.Send(std::string(kOk) + "Content-Length: 1000\r\n\r\nshort"); });
  add("chunks without an end", Limit::kTruncated, 200, "short", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Transfer-Encoding: chunked\r\n\r\n" + Chunk("short"));
  });
  add("reset in the body", Limit::kTruncated, 200, "", [](Wire& wire) {
    wire.Send(std::string(kOk) + "Content-Length: 1000\r\n\r\nshort");
    wire.Sleep(50);
    wire.Reset();
  });
  add("reset at once", Limit::kConnect, 0, "", [](Wire& wire) { wire.Reset(); });
  add("closes without a word", Limit::kConnect, 0, "", [](Wire&) {});
  add("closes in the headers", Limit::kTruncated, 0, "", [](Wire& wire) { wire.Send(kOk); });
  add("no HTTP at all", Limit::kProtocol, 0, "",
      [](Wire& wire) { wire.Send("220 mail ready, says another protocol\r\n"); });
  add("NUL in a header", Limit::kProtocol, 0, "",
      [](Wire& wire) { wire.Send(std::string(kOk) + std::string("X: a\0b\r\n\r\nbody", 14)); });
  add("encoding nobody knows", Limit::kDecoding, 200, "plain text",
      [](Wire& wire) { SendEncoded(wire, "rot13", "plain text"); });
  add("text that claims to be gzip", Limit::kDecoding, 200, "plain text",
      [](Wire& wire) { SendEncoded(wire, "gzip", "plain text"); });
  add("six encodings", Limit::kDecoding, 200, "plain text",
      [](Wire& wire) { SendEncoded(wire, "gzip, gzip, gzip, gzip, gzip, gzip", "plain text"); });
  add("gzip that breaks", Limit::kDecoding, 200, "0 1 2 3", [](Wire& wire) {
    // A stored block (RFC 1951, 3.2.4), then one of the type that does not exist.
    const std::string gzip = std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) +
                             std::string("\0\x07\0\xf8\xff", 5) + "0 1 2 3" + "\x07\x07\x07";
    SendEncoded(wire, "gzip", gzip);
  });
  add("not modified, unasked", Limit::kProtocol, 304, "",
      [](Wire& wire) { wire.Send("HTTP/1.1 304 Not Modified\r\n\r\n"); });
  add("server error with a body", Limit::kStatus, 503, "busy",
      [](Wire& wire) { wire.Send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"); });
  return all;
}

void Judge(const Hostile& hostile, const Page& page, const Fetcher::Caps& caps) {
  SCOPED_TRACE(hostile.why + ": " + Describe(page));
  EXPECT_THAT(LimitsOf(page), testing::Contains(hostile.want));
  EXPECT_EQ(page.response.status, hostile.status);
  EXPECT_TRUE(page.response.body.starts_with(hostile.body_starts));
  EXPECT_LE(page.response.body.size(), caps.body_bytes);
  EXPECT_LE(page.response.headers.size() + page.response.trailers.size(), caps.header_bytes);
  EXPECT_TRUE(page.response.status != 0 || !page.response.error.empty());
  for (const LimitHit& hit : page.limits) EXPECT_FALSE(hit.detail.empty());
}

// All at once, on one site, with an honest neighbour in the same fetcher.
TEST(HostileServer, EndsWithinItsBudgetsAndCostsItsNeighbourNothing) {
  const std::vector<Hostile> servers = HostileServers();
  FetchWorld world(
      {LocalSite("http://hostile.example.test"), LocalSite("http://good.example.test")},
      {.caps = SmallCaps()});
  world.server().On("good.example.test/*", [](const Request& request, Wire& wire) {
    wire.Reply({.body = "good " + request.path});
  });
  for (size_t i = 0; i < servers.size(); i++)
    world.server().On(fmt::format("/{}", i), servers[i].serve);
  for (size_t i = 0; i < servers.size(); i++) {
    world.fetcher().Start(world.Allow(fmt::format("http://hostile.example.test/{}", i)));
    world.fetcher().Start(world.Allow(fmt::format("http://good.example.test/{}", i)));
  }
  size_t good = 0, bad = 0;
  for (const Page& page : world.All()) {
    const std::string path(page.permit.url().path());
    if (page.permit.url().host() == "good.example.test") {
      EXPECT_EQ(page.response.body, "good " + path) << Describe(page);
      EXPECT_TRUE(page.limits.empty()) << Describe(page);
      good++;
    } else {
      Judge(servers[static_cast<size_t>(std::stoi(path.substr(1)))], page, SmallCaps());
      bad++;
    }
  }
  EXPECT_EQ(good, servers.size());
  EXPECT_EQ(bad, servers.size());
}

TEST(HostileServer, ABodyAsLongAsTheCapIsWhole) {
  Fetcher::Caps caps = SmallCaps();
  FetchWorld world({LocalSite("http://a.example.test")}, {.caps = caps});
  world.server().On("/exact", [&](const Request&, Wire& wire) {
    wire.Reply({.body = std::string(caps.body_bytes, 'x')});
  });
  world.server().On("/over", [&](const Request&, Wire& wire) {
    wire.Reply({.body = std::string(caps.body_bytes + 1, 'x')});
  });
  const Page exact = world.Get("http://a.example.test/exact");
  EXPECT_EQ(exact.response.body.size(), caps.body_bytes);
  EXPECT_TRUE(exact.limits.empty()) << Describe(exact);
  const Page over = world.Get("http://a.example.test/over");
  EXPECT_EQ(over.response.body.size(), caps.body_bytes);
  EXPECT_THAT(LimitsOf(over), testing::ElementsAre(Limit::kBodyBytes));
  // A caller that expects more says so.
  const Page asked = world.Get("http://a.example.test/over", {.body_max = caps.body_bytes + 1});
  EXPECT_TRUE(asked.limits.empty()) << Describe(asked);
}

TEST(HostileServer, NobodyThereIsSaidAsItIs) {
  FetchWorld world({LocalSite("http://a.example.test")},
                   {.resolve = {"::127.0.0.1:1"}, .caps = SmallCaps()});
  EXPECT_THAT(LimitsOf(world.Get("http://a.example.test/")), testing::ElementsAre(Limit::kConnect));
  // A label of 70 letters resolves nowhere, and no packet is needed to know it.
  FetchWorld nameless({LocalSite("http://a.example.test")},
                      {.resolve = {"::" + std::string(70, 'a') + ".test:80"}, .caps = SmallCaps()});
  EXPECT_THAT(LimitsOf(nameless.Get("http://a.example.test/")),
              testing::ElementsAre(Limit::kResolve));
}

}  // namespace
}  // namespace xuncha
