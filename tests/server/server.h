// TestServer is the web as the tests know it: honest sites out of a directory,
// and handlers that misbehave on the wire in every way a hostile server can.
//
// Sites: `root/<host>/<path>` is what the host serves. Beside a file may stand
//   page.html.@spider   what a request whose User-Agent names Baiduspider gets
//   page.html.@search   what a visitor whose Referer is a search engine gets
//   page.html.@head     "Status: 302" and header lines that go before the others
//   month.html.@counter what month.html?n=7 gets, @N@ being 7 and @NEXT@ 8 in it
// (also page.html.@spider.@head), in a host's folder
//   404.html            the body of its error page
//   soft404.html        the same, sent with status 200
//   .charset            the charset its Content-Type claims; none without it
// A file named "list.php?page=2" is served for that path and query; a ";jsessionid"
// and the like at the end of a path is passed over, and so is a segment that comes
// more than twice in a row, as careless rewriting does: both are traps to crawlers.
//
// One thread per connection; handlers run on it. Everything public may be called
// from any thread. The destructor ends every connection and waits for the threads.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

class TestServer {
 public:
  // kTrusted is signed by the server's own authority (ca_pem); kExpired and
  // kWrongName too, but bad in that one way; kOld speaks TLS 1.0 and nothing newer.
  enum class Tls { kNone, kTrusted, kSelfSigned, kExpired, kWrongName, kOld };

  struct Options {
    std::string root;  // empty: no sites, handlers only
    std::string address = "127.0.0.1";
    uint16_t port = 0;  // 0: the system picks
    Tls tls = Tls::kNone;
    std::vector<std::string> names = {"localhost", "*.example.test"};  // on the certificate
    std::map<std::string, std::string> charsets;  // by host; wins over `.charset`
    Millis delay = 0;                             // before each answer of a site
  };

  struct Request {
    std::string method, target, path, query;  // target = path[?query], as sent
    std::string host;                         // lower case, without port
    std::vector<std::pair<std::string, std::string>> headers;
    int on_connection = 0;  // 0: the first of its connection
    // By name, ignoring case; empty if absent.
    std::string_view Header(std::string_view name) const;
  };

  struct Answer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
  };

  // A handler's end of the connection. After Reply the connection stays open for
  // the next request; after anything else it is closed when the handler returns.
  class Wire {
   public:
    virtual ~Wire() = default;
    // Bytes as they are. False once the client has gone or the server stops.
    virtual bool Send(std::string_view bytes) = 0;
    virtual bool Sleep(Millis time) = 0;
    // Ends the connection with RST instead of FIN.
    virtual void Reset() = 0;
    // A well-formed answer; Content-Length is added.
    virtual bool Reply(const Answer& answer) = 0;
    virtual void KeepOpen() = 0;
  };
  using Handler = std::function<void(const Request&, Wire&)>;

  struct Seen {
    std::string host, target, user_agent, referrer;
    bool conditional = false;
    Millis at = 0;  // monotonic
  };

  // kSystem if the port cannot be bound.
  static Result<std::unique_ptr<TestServer>> Start(Options options);
  virtual ~TestServer() = default;

  virtual uint16_t port() const = 0;
  virtual const std::string& ca_pem() const = 0;  // empty without TLS

  // "/path" for any host, "host/path" for one; a "*" at the end matches any rest.
  // The longest pattern that matches wins; handlers come before sites.
  virtual void On(std::string pattern, Handler handler) = 0;

  virtual uint64_t Count(std::string_view host, std::string_view target) const = 0;
  virtual uint64_t Count(std::string_view host) const = 0;
  virtual uint64_t MostAtOnce(std::string_view host) const = 0;  // requests in flight
  virtual uint64_t Connections() const = 0;                      // accepted so far
  virtual uint64_t BytesSent() const = 0;
  virtual std::vector<Seen> Log() const = 0;
};

// As a gzip stream.
std::string Gzip(std::string_view bytes);

}  // namespace xuncha
