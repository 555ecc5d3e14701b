// CRC-32C (Castagnoli), the checksum of RFC 3720: reflected polynomial
// 0x82F63B78, initial value and final exclusive-or all ones.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace xuncha {

// Of the parts, one after the other.
uint32_t Crc32c(std::initializer_list<std::string_view> parts);

}  // namespace xuncha
