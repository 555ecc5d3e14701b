// How a body is kept: packed by a codec whose number stands beside the bytes, so
// that site dictionaries and deltas against the version before can come as new
// numbers and everything written until then stays readable. Today there are two:
// as it is, and zstd.
//
// Pure; any thread. Workers pack ahead so that the commit only copies.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

// What Page::packed_body holds and the blobs family keeps. Never fails: bytes
// that do not shrink are kept as they are.
// REQUIRES: raw.size() <= limits::kBlobBytesMax
std::string PackBody(std::string_view raw);

// The bytes that were packed. kDamaged; kNewer if the codec is not known here;
// kLimit if they would be more than limits::kBlobBytesMax.
Result<std::string> UnpackBody(std::string_view packed);

}  // namespace xuncha
