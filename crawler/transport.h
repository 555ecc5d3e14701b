// Transport sends single HTTP requests through libcurl's multi interface and
// hands back single answers. It knows nothing of pages, redirects or second
// attempts (fetch.cc does); what it knows is how not to be harmed by an answer.
//
// The library's own limits do not hold against a server that means harm: its size
// limit looks at Content-Length only, and trailers and chunk extensions are not
// counted at all. So the callbacks count, and a look round every 100 ms asks the
// kernel how many bytes each socket has really received. Content codings are undone
// here (base/coding.h): the library takes a stream that ends early for a whole one.
//
// Names are resolved by the library, a thread each; a dead resolver is not waited
// for (QUICK_EXIT).
//
// Main thread only, but for Wake().
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/record.h"
#include "crawler/address.h"
#include "crawler/fetch.h"

namespace xuncha {

class Transport {
 public:
  struct Request {
    void* owner = nullptr;  // comes back with the answer
    Url url;
    const AddressPolicy* policy = nullptr;  // outlives the request
    std::string jar;                        // requests that name one jar share cookies
    std::string user_agent, referrer;       // the latter may be empty
    std::vector<std::string> headers;       // "If-None-Match: ...", besides the common ones
    Millis total_max = 0;
    size_t body_max = 0;
    bool relaxed = false;  // TLS without verification, and down to what old servers speak
    bool raw = false;      // content coding not asked for, and left as it is
  };

  enum class Outcome : uint8_t {
    kWhole,
    kCut,          // a cap stopped it; `limit` says which
    kFailed,       // the network or the server did; `limit` says how
    kRefused,      // the address policy did
    kTlsFailed,    // no TLS that could be verified
    kUndecodable,  // the content encoding could not be undone, or only in part
  };
  struct Answer {
    void* owner = nullptr;
    Outcome outcome = Outcome::kWhole;
    Response response;              // what one exchange can tell; error says what went wrong
    std::optional<LimitHit> limit;  // unless kWhole
    bool head_done = false;         // a final status line and its headers came in whole
  };

  // Uses resolve, inflight_max, ca_bundle and caps of the options.
  explicit Transport(const Fetcher::Options& options);
  ~Transport();

  void Send(Request request);
  // Puts on the wire what can be, now and without waiting.
  void Push();
  // Answers that have come, after at most `wait`; empty if none came or Wake() was called.
  std::vector<Answer> Wait(Millis wait);
  void Wake();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
