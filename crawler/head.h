// Head is what the fetcher wants to know of a raw header block. The bytes
// themselves stay in Response::headers: contradictory lines are evidence, and a
// library that picks one of two lengths hides that there were two.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace xuncha {

struct Head {
  std::string content_type, etag, last_modified, retry_after;
  std::string location;
  bool has_location = false;
  bool sets_cookie = false;
  bool encoded = false;       // a Content-Encoding other than identity
  std::string codings;        // all that stands in it: "gzip", "deflate, gzip"
  bool chunked = false;       // a Transfer-Encoding that says so
  std::string contradiction;  // "Content-Length 3 and 5"; empty if the framing is plain
};

// Reads one block: status line, headers, in any line ending. Of several equal
// names the first counts, but for Content-Type the last, as in browsers.
Head ReadHead(std::string_view raw);

// A Retry-After value (RFC 9110: seconds or date) as a length of time from
// `now`; 0 if unreadable or past; never more than limits::kRetryAfterMillisMax.
Millis RetryAfter(std::string_view value, Millis now);

}  // namespace xuncha
