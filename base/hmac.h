// HMAC-SHA256 (RFC 2104), by OpenSSL.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha {

std::string HmacSha256(std::string_view key, std::string_view bytes);  // 32 bytes

}  // namespace xuncha
