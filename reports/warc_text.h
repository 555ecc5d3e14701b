// The small texts of web archives: times, safe header values, record ids, heads.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"

namespace xuncha {

std::string WarcDate(Millis time);            // "2026-11-22T01:02:03.456Z"
Millis ParseWarcDate(std::string_view text);  // 1 to 9 digits of fraction or none; 0 if it is none
std::string CdxTime(Millis time);             // "20261122010203456"
// A value that ends no header line: controls and what is not UTF-8 percent-encoded.
std::string WarcValue(std::string_view text);
// The same of a URI: also blanks, angle brackets, quotes and what is not ASCII.
std::string WarcUri(std::string_view uri);
// "<urn:uuid:...>" (RFC 9562, version 8) of what the record is; the same parts, the same id.
std::string WarcId(std::initializer_list<std::string_view> parts);
std::string WarcDigest(const Digest& digest);  // "sha256:" and lower-case digits
// "10.1.2.3" of "10.1.2.3:80", "2001:db8::1" of "[2001:db8::1]:443".
std::string AddressOf(std::string_view address_and_port);

// The head of an answer, as it may stand before a body of `body_bytes` whose chunks are
// joined and, if `undone`, whose content coding is undone. Byte for byte as it was, if
// it tells the truth about that.
struct ArchivedHead {
  std::string text;  // ends in an empty line
  bool changed = false;
};
ArchivedHead HeadBefore(std::string_view head, uint64_t body_bytes, bool undone);

// A body with its chunks joined, and what stands behind the last of them behind that.
struct Joined {
  std::string body;
  bool chunked = false;  // it was
  bool whole = false;    // and ended as it should
  size_t rest = 0;       // bytes of `body` that stood behind the last chunk
};
Joined JoinChunks(std::string_view bytes);

// Of a status line; 0 if it is none.
uint16_t StatusOf(std::string_view head);
// Where the body begins; npos if the head has no end.
size_t EndOfHead(std::string_view message);

}  // namespace xuncha
