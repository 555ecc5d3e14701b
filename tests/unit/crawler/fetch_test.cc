// The fetcher among servers that behave: validators, cookies, redirects, TLS,
// addresses.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/fetch.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/crawler/fetch_world.h"

namespace xuncha {
namespace {

using Request = TestServer::Request;
using Wire = TestServer::Wire;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TestServer::Handler Say(TestServer::Answer answer) {
  return [answer](const Request&, Wire& wire) { wire.Reply(answer); };
}
TestServer::Handler RedirectTo(std::string location, int status = 302) {
  return Say({.status = status, .headers = {{"Location", std::move(location)}}, .body = "moved"});
}

TEST(Fetcher, KeepsTheAnswerByteForByte) {
  FetchWorld world({LocalSite("http://a.example.test")});
  const std::string head =
      "HTTP/1.1 200 Fine\r\ncontent-TYPE:  text/html; charset=gbk\r\nETag: \"v1\"\r\n"
      "Last-Modified: Sun, 22 Nov 2026 01:02:03 GMT\r\nX-Odd : \xc4\xe3\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  world.server().On("/", [&](const Request&, Wire& wire) {
    wire.Send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + head +
              "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
  });
  const Page page = world.Get("http://a.example.test/");
  EXPECT_EQ(page.response.status, 200);
  EXPECT_EQ(page.response.headers, head);
  EXPECT_THAT(page.response.trailers, StartsWith("X-Sum: 1\r\n"));
  EXPECT_EQ(page.response.body, "hello");
  EXPECT_EQ(page.response.content_type, "text/html; charset=gbk");
  EXPECT_EQ(page.response.etag, "\"v1\"");
  EXPECT_EQ(page.response.last_modified, "Sun, 22 Nov 2026 01:02:03 GMT");
  EXPECT_EQ(page.response.remote_address, fmt::format("127.0.0.1:{}", world.server().port()));
  EXPECT_EQ(page.response.wire_bytes, 5u);
  EXPECT_EQ(page.response.final_url.text(), "http://a.example.test/");
  EXPECT_THAT(page.limits, IsEmpty()) << Describe(page);
  EXPECT_EQ(page.response.error, "");
  EXPECT_THAT(page.response.request, StartsWith("GET / HTTP/1.1\r\nHost: a.example.test\r\n"));
  EXPECT_TRUE(page.response.request.ends_with("\r\n\r\n"));
  EXPECT_THAT(page.response.local_address, StartsWith("127.0.0.1:"));
  EXPECT_THAT(page.response.addresses, testing::ElementsAre("127.0.0.1"));
  EXPECT_GE(page.response.asked, page.response.started);
  EXPECT_EQ(page.response.coding, "");
}

TEST(Fetcher, TellsACodingThatEndsEarlyFromAWholeBody) {
  FetchWorld world({LocalSite("http://a.example.test")});
  const std::string text(20'000, 'z'), gzip = Gzip(text);
  // Without its header and checksum a gzip stream is a raw deflate stream.
  const std::string raw = gzip.substr(10, gzip.size() - 18);
  struct Case {
    std::string_view why, coding;
    std::string body;
    bool whole;
  };
  const Case kCases[] = {
      {"gzip", "gzip", gzip, true},
      {"gzip without the end of its checksum", "gzip", gzip.substr(0, gzip.size() - 3), false},
      {"gzip without its second half", "gzip", gzip.substr(0, gzip.size() / 2), false},
      {"something behind the end, which nobody reads", "x-gzip", gzip + "more", false},
      {"zeros behind the end", "x-gzip", gzip + std::string(64, '\0'), true},
      {"deflate without its header", "deflate", raw, true},
      {"the same, cut", "deflate", raw.substr(0, raw.size() - 4), false},
      {"gzip twice", "gzip, gzip", Gzip(gzip), true},
      {"gzip twice, the inner one cut", "gzip, gzip", Gzip(gzip.substr(0, gzip.size() - 9)), false},
  };
  for (const auto& [why, coding, body, whole] : kCases) {
    SCOPED_TRACE(why);
    world.server().On("/", [&](const Request&, Wire& wire) {
      wire.Reply({.headers = {{"Content-Encoding", std::string(coding)}}, .body = body});
    });
    const Page page = world.Get("http://a.example.test/");
    EXPECT_TRUE(text.starts_with(page.response.body));
    EXPECT_EQ(page.response.body == text && page.limits.empty(), whole) << Describe(page);
    EXPECT_EQ(page.response.coded_body, body);
    if (whole) continue;
    ASSERT_EQ(page.limits.size(), 1u) << Describe(page);
    EXPECT_EQ(page.limits[0].limit, Limit::kDecoding);
    EXPECT_NE(page.response.error, "");
  }
}

TEST(Fetcher, UndoesTheContentEncodingAndCountsBothSides) {
  FetchWorld world({LocalSite("http://a.example.test")});
  const std::string text(20'000, 'z'), gzip = Gzip(text);
  world.server().On("/", [&](const Request& request, Wire& wire) {
    EXPECT_THAT(std::string(request.Header("Accept-Encoding")), HasSubstr("gzip"));
    wire.Reply({.headers = {{"Content-Encoding", "gzip"}}, .body = gzip});
  });
  const Page page = world.Get("http://a.example.test/");
  EXPECT_EQ(page.response.body, text);
  EXPECT_EQ(page.response.wire_bytes, gzip.size());
  EXPECT_EQ(page.response.coding, "gzip");
  EXPECT_EQ(page.response.coded_body, gzip);
  EXPECT_EQ(ExchangeOf(page.response).coded, Sha256(gzip));
  EXPECT_THAT(page.limits, IsEmpty()) << Describe(page);
}

TEST(Fetcher, AsksOnlyForWhatHasChanged) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/", [](const Request& request, Wire& wire) {
    const bool known = request.Header("If-None-Match") == "\"v1\"" &&
                       request.Header("If-Modified-Since") == "Sun, 22 Nov 2026 01:02:03 GMT";
    wire.Reply({.status = known ? 304 : 200, .body = known ? "" : "body"});
  });
  UrlState known;
  known.etag = "\"v1\"";
  known.last_modified = "Sun, 22 Nov 2026 01:02:03 GMT";
  const Page same = world.Get(world.Allow("http://a.example.test/", known));
  EXPECT_TRUE(same.response.not_modified);
  EXPECT_THAT(same.limits, IsEmpty()) << Describe(same);
  // A retry wants the body, and so does who asks for it.
  EXPECT_EQ(world.Get(world.Allow("http://a.example.test/", known, 1)).response.body, "body");
  EXPECT_EQ(
      world.Get(world.Allow("http://a.example.test/", known), {.conditional = false}).response.body,
      "body");
  // A stored validator that would break out of its line is not sent.
  known.etag = "\"v1\"\r\nX-Evil: 1";
  known.last_modified.clear();
  EXPECT_EQ(world.Get(world.Allow("http://a.example.test/", known)).response.status, 200);
  EXPECT_FALSE(world.server().Log().back().conditional);
}

TEST(Fetcher, KeepsOneConnectionWarm) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/*", Say({.body = "x"}));
  for (int i = 0; i < 10; i++)
    EXPECT_EQ(world.Get(fmt::format("http://a.example.test/{}", i)).response.body, "x");
  EXPECT_EQ(world.server().Connections(), 1u);
}

TEST(Fetcher, ReadsHowLongToStayAway) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/", Say({.status = 429, .headers = {{"Retry-After", "120"}}}));
  const Page page = world.Get("http://a.example.test/");
  EXPECT_EQ(page.response.retry_after, 120'000);
  EXPECT_THAT(LimitsOf(page), ElementsAre(Limit::kStatus));
}

TEST(Fetcher, GoesByTheNameAndReferrerItIsGiven) {
  FetchWorld world({LocalSite("http://a.example.test")}, {.user_agent = "own name"});
  world.server().On("/", Say({.headers = {{"Set-Cookie", "seen=1"}}}));
  world.server().On("/two", [](const Request& request, Wire& wire) {
    wire.Reply({.body = std::string(request.Header("Cookie"))});
  });
  const Page probe = world.Get("http://a.example.test/",
                               {.user_agent = "a spider", .referrer = "https://search.test/"});
  EXPECT_EQ(probe.response.user_agent, "a spider");
  EXPECT_EQ(world.server().Log().back().user_agent, "a spider");
  EXPECT_EQ(world.server().Log().back().referrer, "https://search.test/");
  // The next page is asked for as ourselves, and without the other's cookies.
  EXPECT_EQ(world.Get("http://a.example.test/two").response.body, "");
  EXPECT_EQ(world.server().Log().back().user_agent, "own name");
  EXPECT_EQ(world.server().Log().back().referrer, "");
  EXPECT_EQ(world.Get("http://a.example.test/two", {.user_agent = "a spider"}).response.body,
            "seen=1");
}

TEST(Fetcher, KeepsCookiesPerSite) {
  FetchWorld world({LocalSite("http://a.example.test"), LocalSite("http://b.example.test")});
  world.server().On("a.example.test/set",
                    Say({.headers = {{"Set-Cookie", "k=a; Domain=example.test; Path=/"}}}));
  world.server().On("/show", [](const Request& request, Wire& wire) {
    wire.Reply({.body = std::string(request.Header("Cookie"))});
  });
  world.Get("http://a.example.test/set");
  EXPECT_EQ(world.Get("http://a.example.test/show").response.body, "k=a");
  EXPECT_EQ(world.Get("http://b.example.test/show").response.body, "");
}

TEST(Fetcher, ForgetsTheJarLongestUnused) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/", [](const Request& request, Wire& wire) {
    wire.Reply({.headers = {{"Set-Cookie", "k=1"}}, .body = std::string(request.Header("Cookie"))});
  });
  const auto visit = [&](std::string name) {
    return world.Get("http://a.example.test/", {.user_agent = std::move(name)}).response.body;
  };
  visit("first");
  EXPECT_EQ(visit("first"), "k=1");
  for (size_t i = 0; i < limits::kCookieJarsMax; i++) visit(fmt::format("visitor {}", i));
  EXPECT_EQ(visit(fmt::format("visitor {}", limits::kCookieJarsMax - 1)), "k=1");
  EXPECT_EQ(visit("first"), "");
}

TEST(Fetcher, WakesFromAnotherThread) {
  FetchWorld world({LocalSite("http://a.example.test")});
  std::thread other([&] { world.fetcher().Wake(); });
  EXPECT_THAT(world.fetcher().Wait(3'600'000), IsEmpty());  // the test's own time limit tells
  other.join();
}

// ---- Redirects. ----

TEST(Redirect, IsFollowedInScopeWithEachHopKept) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/one", RedirectTo("two?q=1", 301));
  world.server().On("/two", RedirectTo("//a.example.test/three", 303));
  world.server().On("/three", RedirectTo("http://a.example.test/\xc4\xe3#part", 308));
  world.server().On("/%C4%E3", Say({.headers = {{"ETag", "\"end\""}}, .body = "end"}));
  const Page page = world.Get("http://a.example.test/one");
  SCOPED_TRACE(Describe(page));
  EXPECT_EQ(page.response.body, "end");
  EXPECT_EQ(page.response.etag, "\"end\"");
  EXPECT_EQ(page.permit.url().text(), "http://a.example.test/one");
  EXPECT_EQ(page.response.final_url.text(), "http://a.example.test/%C4%E3");
  ASSERT_EQ(page.response.hops.size(), 3u);
  EXPECT_EQ(page.response.hops[0].from, "http://a.example.test/one");
  EXPECT_EQ(page.response.hops[0].to, "http://a.example.test/two?q=1");
  EXPECT_EQ(page.response.hops[0].status, 301);
  EXPECT_TRUE(page.response.hops[2].followed);
  EXPECT_THAT(page.limits, IsEmpty());
  const Exchange& first = page.response.hops[0].exchange;
  EXPECT_EQ(first.url, "http://a.example.test/one");
  EXPECT_THAT(first.request, StartsWith("GET /one HTTP/1.1\r\n"));
  EXPECT_THAT(first.headers, StartsWith("HTTP/1.1 301 "));
  EXPECT_EQ(first.body, "moved");
  EXPECT_EQ(first.body_digest, Sha256("moved"));
  EXPECT_GT(first.started, 0);
  EXPECT_THAT(page.response.request, StartsWith("GET /%C4%E3 HTTP/1.1\r\n"));
}

TEST(Redirect, LeavesValidatorsBehind) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/one", RedirectTo("/two"));
  world.server().On("/two", Say({.body = "two"}));
  UrlState known;
  known.etag = "\"v1\"";
  EXPECT_EQ(world.Get(world.Allow("http://a.example.test/one", known)).response.body, "two");
  EXPECT_TRUE(world.server().Log()[0].conditional);
  EXPECT_FALSE(world.server().Log()[1].conditional);
}

TEST(Redirect, ThatIsRefusedIsTheContentOfThePage) {
  struct Case {
    std::string_view why, location, refused;
  };
  constexpr Case kCases[] = {
      {"another registrable domain", "http://other.test/", "scope"},
      {"a registered site, but not this one", "http://b.example.test/", "scope"},
      {"an address", "http://127.0.0.1/", "scope"},
      {"the same as a number", "http://2130706433/", "scope"},
      {"a port that is not declared", "http://a.example.test:8080/", "scope"},
      {"logging out", "/logout", "unsafe"},
      {"ftp", "ftp://a.example.test/", "scheme"},
      {"file", "file:///etc/passwd", "scheme"},
      {"gopher", "gopher://a.example.test/", "scheme"},
      {"dict", "dict://a.example.test:11211/", "scheme"},
      {"script", "javascript:alert(1)", "scheme"},
      {"data", "data:text/html,x", "scheme"},
      {"user information", "http://a.example.test@other.test/", "url"},
      {"no host", "http://:80/", "url"},
      {"disallowed, and the site is strict", "/private/x", "robots"},
  };
  Site strict = LocalSite("http://a.example.test");
  strict.strict_robots = true;
  FetchWorld world({strict, LocalSite("http://b.example.test")});
  world.Disallow("/private/");
  for (const auto& [why, location, refused] : kCases) {
    world.server().On("/go", RedirectTo(std::string(location)));
    const uint64_t before = world.server().Log().size();
    const Page page = world.Get("http://a.example.test/go");
    SCOPED_TRACE(std::string(why) + ": " + Describe(page));
    EXPECT_EQ(world.server().Log().size(), before + 1);
    EXPECT_EQ(page.response.status, 302);
    EXPECT_EQ(page.response.body, "moved");
    EXPECT_THAT(page.limits, IsEmpty());
    ASSERT_EQ(page.response.hops.size(), 1u);
    EXPECT_FALSE(page.response.hops[0].followed);
    EXPECT_EQ(page.response.hops[0].refused, refused);
  }
}

TEST(Redirect, EndsInALoopAndAtTheCap) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/a", RedirectTo("/b"));
  world.server().On("/b", RedirectTo("/a"));
  const Page loop = world.Get("http://a.example.test/a");
  EXPECT_THAT(LimitsOf(loop), ElementsAre(Limit::kRedirectLoop)) << Describe(loop);
  EXPECT_EQ(loop.response.body, "moved");
  EXPECT_EQ(loop.response.hops.back().refused, "loop");

  world.server().On("/n*", [](const Request& request, Wire& wire) {
    wire.Reply({.status = 302, .headers = {{"Location", request.path + "n"}}});
  });
  const Page chain = world.Get("http://a.example.test/n");
  EXPECT_THAT(LimitsOf(chain), ElementsAre(Limit::kRedirects)) << Describe(chain);
  EXPECT_EQ(chain.response.hops.size(), static_cast<size_t>(limits::kRedirectsMax) + 1);
  EXPECT_EQ(chain.response.hops.back().refused, "limit");
}

TEST(Redirect, PassesACookieWallButNotTwice) {
  FetchWorld world({LocalSite("http://a.example.test")});
  world.server().On("/wall", [](const Request& request, Wire& wire) {
    if (request.Header("Cookie") == "pass=1") {
      wire.Reply({.body = "inside"});
    } else {
      wire.Reply({.status = 302, .headers = {{"Location", "/wall"}, {"Set-Cookie", "pass=1"}}});
    }
  });
  EXPECT_EQ(world.Get("http://a.example.test/wall").response.body, "inside");
  world.server().On(
      "/trap", Say({.status = 302, .headers = {{"Location", "/trap"}, {"Set-Cookie", "pass=2"}}}));
  const Page trap = world.Get("http://a.example.test/trap");
  EXPECT_THAT(LimitsOf(trap), ElementsAre(Limit::kRedirectLoop)) << Describe(trap);
  EXPECT_EQ(world.server().Count("a.example.test", "/trap"), 2u);
}

// ---- Addresses. ----

// The scope is opened wide, so that the address policy alone stands in the way.
TEST(AddressGuard, DeniesEveryForbiddenTargetOfARedirect) {
  auto victim = std::move(*TestServer::Start({.address = "127.0.0.2"}));
  const uint16_t port = victim->port();
  Site site = LocalSite("http://a.example.test");
  site.hosts = {"a.example.test", "127.0.0.2",       "169.254.169.254", "[::1]",
                "10.0.0.1",       "192.168.0.1",     "[fe80::1]",       "0.0.0.0",
                "localhost",      "100.100.100.200", "[fd00:ec2::254]", "[::ffff:7f00:2]"};
  site.ports = {80, 443, port};
  auto front = std::move(*TestServer::Start({}));
  const Registry registry({site});
  const SystemClock clock;
  Fetcher fetcher(registry, clock,
                  {.resolve = {fmt::format("a.example.test:80:127.0.0.1:{}", front->port()),
                               fmt::format("localhost:80:127.0.0.2:{}", port)}},
                  nullptr);
  struct Case {
    std::string_view why, location, reason;
  };
  const std::string p = fmt::format(":{}/", port);
  const std::vector<std::pair<std::string, std::string>> targets = {
      {"http://127.0.0.2" + p, "loopback"},
      {"http://2130706434" + p, "loopback"},
      {"http://0x7f.2" + p, "loopback"},
      {"http://0177.0.0.2" + p, "loopback"},
      {"http://127.2" + p, "loopback"},
      {"//127.0.0.2" + p, "loopback"},
      {"http://[::ffff:127.0.0.2]" + p, "loopback"},
      {"http://[::1]" + p, "loopback"},
      {"http://0" + p, "unspecified"},
      {"http://localhost/", "loopback"},
      {"http://169.254.169.254/", "metadata"},
      {"http://2852039166/", "metadata"},
      {"http://100.100.100.200/", "metadata"},
      {"http://[fd00:ec2::254]/", "metadata"},
      {"http://10.0.0.1/", "private"},
      {"http://192.168.0.1/", "private"},
      {"http://[fe80::1]/", "link-local"},
  };
  for (const auto& [location, reason] : targets) {
    front->On("/go", RedirectTo(location));
    Refusal why = Refusal::kNone;
    fetcher.Start(registry.Allow(*registry.sites()[0], *Url::Parse("http://a.example.test/go"), {},
                                 false, 0, &why));
    std::vector<Page> pages;
    while (pages.empty()) pages = fetcher.Wait(1'000);
    const Page& page = pages[0];
    SCOPED_TRACE(location + ": " + Describe(page));
    ASSERT_THAT(LimitsOf(page), ElementsAre(Limit::kAddressPolicy));
    EXPECT_THAT(page.limits[0].detail, HasSubstr(reason));
    EXPECT_EQ(page.response.body, "moved");
    EXPECT_EQ(page.response.status, 302);
    ASSERT_EQ(page.response.hops.size(), 1u);
    EXPECT_EQ(page.response.hops[0].refused, "address");
  }
  EXPECT_EQ(victim->Connections(), 0u);
}

TEST(AddressGuard, DeniesANameThatResolvesToAForbiddenAddress) {
  Site site = LocalSite("http://a.example.test");
  site.address_ranges.clear();
  FetchWorld world({site});
  const Page page = world.Get("http://a.example.test/");
  EXPECT_EQ(page.response.status, 0);
  EXPECT_THAT(LimitsOf(page), ElementsAre(Limit::kAddressPolicy)) << Describe(page);
  EXPECT_EQ(world.server().Connections(), 0u);
}

// Two sites share a host; the connection one of them opened is warm when the
// other, which may not use that address, comes along.
TEST(AddressGuard, LooksAgainOnAReusedConnection) {
  Site closed = LocalSite("http://a.example.test/closed/");
  closed.address_ranges.clear();
  FetchWorld world({LocalSite("http://a.example.test/open/"), closed});
  world.server().On("/*", Say({.body = "x"}));
  EXPECT_EQ(world.Get("http://a.example.test/open/").response.body, "x");
  const Page page = world.Get("http://a.example.test/closed/");
  EXPECT_THAT(LimitsOf(page), ElementsAre(Limit::kAddressPolicy)) << Describe(page);
  EXPECT_EQ(world.server().Connections(), 1u);
  EXPECT_EQ(world.server().Count("a.example.test", "/closed/"), 0u);
}

// ---- TLS. ----

TEST(Tls, ProblemsAreFactsAndHideNoContent) {
  struct Case {
    std::string_view why;
    TestServer::Tls kind;
    std::string ca_bundle;
    std::string_view error, version;
  };
  const Case kCases[] = {
      {"good certificate", TestServer::Tls::kTrusted, "server", "", "TLSv1.3"},
      {"unknown authority", TestServer::Tls::kTrusted, "", "certificate", "TLSv1.3"},
      {"self-signed", TestServer::Tls::kSelfSigned, "server", "self-signed", "TLSv1.3"},
      {"expired", TestServer::Tls::kExpired, "server", "expired", "TLSv1.3"},
      {"wrong name", TestServer::Tls::kWrongName, "server", "a.example.test", "TLSv1.3"},
      {"old protocol", TestServer::Tls::kOld, "server", "SSL routines", "TLSv1"},
  };
  for (const auto& [why, kind, ca_bundle, error, version] : kCases) {
    FetchWorld world({LocalSite("https://a.example.test")}, {.ca_bundle = ca_bundle},
                     {.tls = kind});
    world.server().On("/*", Say({.body = "content"}));
    const Page page = world.Get("https://a.example.test/");
    SCOPED_TRACE(std::string(why) + ": " + Describe(page) + " tls " + page.response.tls.error);
    EXPECT_EQ(page.response.body, "content");
    EXPECT_THAT(page.limits, IsEmpty());
    EXPECT_TRUE(page.response.tls.used);
    EXPECT_EQ(page.response.tls.version, version);
    EXPECT_NE(page.response.tls.cipher, "");
    EXPECT_THAT(page.response.tls.certificates, StartsWith("-----BEGIN CERTIFICATE-----"));
    EXPECT_EQ(page.response.tls.chain, Sha256(page.response.tls.certificates));
    EXPECT_EQ(page.response.tls.error.empty(), error.empty());
    EXPECT_THAT(page.response.tls.error, HasSubstr(error));
    // Known by now: the next page of the host takes one attempt, and says the same.
    const uint64_t connections = world.server().Connections();
    const Page second = world.Get("https://a.example.test/second");
    EXPECT_EQ(second.response.tls.error, page.response.tls.error);
    EXPECT_EQ(world.server().Connections(), connections);
  }
}

TEST(Tls, ThatIsNoneIsSaidAsItIs) {
  FetchWorld world({LocalSite("https://a.example.test")}, {.caps = SmallCaps()});
  const Page page = world.Get("https://a.example.test/");
  EXPECT_EQ(page.response.status, 0);
  EXPECT_THAT(LimitsOf(page), ElementsAre(Limit::kTls)) << Describe(page);
  EXPECT_NE(page.response.error, "");
}

}  // namespace
}  // namespace xuncha
