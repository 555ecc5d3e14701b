// Timestamps of RFC 3161: an authority outside our control signs that a digest
// was known to it at a time. Made and checked with OpenSSL; nothing here speaks
// to the network.
//
// Any thread. Replies are hostile input.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

// A TimeStampReq in DER over the SHA-256 of `data`, with a random nonce, asking
// for the authority's certificate.
Result<std::string> MakeTimestampQuery(std::string_view data);

struct TimestampFacts {
  Millis time = 0;        // what the authority's clock said
  std::string authority;  // subject of the signing certificate, one line
  std::string serial;     // of the token, hexadecimal
};

// Whom to believe.
struct TimestampTrust {
  std::string pem;  // certificates of the authorities' roots; empty: the system's own
};

// A TimeStampResp in DER, against the query it should answer: granted, signed by
// a certificate for timestamping that was valid at that time and leads to a
// trusted root, for this digest, with this nonce. kDenied with the reason.
Result<TimestampFacts> CheckTimestampReply(std::string_view reply, std::string_view query,
                                           const TimestampTrust& trust);
// The same when the query is long gone: against the data.
Result<TimestampFacts> CheckTimestamp(std::string_view reply, std::string_view data,
                                      const TimestampTrust& trust);

}  // namespace xuncha
