// Reading of what a client sent: target, cookies, forms. Strict: what is not well
// formed is refused, and never guessed at, for whatever guesses differently behind us
// or before us would see another request.
//
// Any thread. Any bytes may come in; nothing recurses, and nothing is allocated that
// the input does not hold.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "console/web.h"

namespace xuncha {

using Values = std::multimap<std::string, std::string, std::less<>>;

// A request as it came over the wire, its framing undone.
struct RawRequest {
  std::string method;
  std::string target;                                        // "/incident/9c1e?tab=2"
  std::vector<std::pair<std::string, std::string>> headers;  // names in small letters
  std::string body;
  std::string address;  // of the client; "unix" if it came by a socket file
};

// Path and query, decoded. kInvalid: a malformed percent triplet, a control character,
// NUL, bytes that are no UTF-8, a backslash, an empty or dot segment, an encoded slash.
struct Target {
  std::string path;
  Values query;
};
Result<Target> ReadTarget(std::string_view target);

// "a=1&b=2". kInvalid as above; kLimit above kDeskFieldsMax or kDeskFieldBytesMax.
Result<Values> ReadForm(std::string_view body);

struct Multipart {
  Values form;
  std::vector<Upload> uploads;
};
// multipart/form-data (RFC 7578); `content_type` is the header's value.
Result<Multipart> ReadMultipart(std::string_view body, std::string_view content_type);

// Malformed pieces are left out: other programs of the same host set cookies, too. Of
// two of one name none is taken.
std::map<std::string, std::string, std::less<>> ReadCookies(std::string_view header);

// The host of a Host header without its port, small letters; "" if it is none.
std::string HostOf(std::string_view header);

}  // namespace xuncha
