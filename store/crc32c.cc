// Eight bytes a step by eight tables. Table k holds, for each byte, its
// remainder after k more zero bytes, so the remainders of eight neighbouring
// bytes can be looked up independently and added.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/crc32c.h"

#include <array>
#include <cstddef>

namespace xuncha {
namespace {

using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ (rest & 1 ? 0x82F63B78u : 0u);
    tables[0][byte] = rest;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t rest = tables[k - 1][byte];
      tables[k][byte] = (rest >> 8) ^ tables[0][rest & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

}  // namespace

uint32_t Crc32c(std::initializer_list<std::string_view> parts) {
  uint32_t crc = ~0u;
  for (const std::string_view part : parts) {
    const auto* at = reinterpret_cast<const unsigned char*>(part.data());
    size_t left = part.size();
    for (; left >= 8; left -= 8, at += 8) {
      const uint32_t low = crc ^ (uint32_t{at[0]} | uint32_t{at[1]} << 8 | uint32_t{at[2]} << 16 |
                                  uint32_t{at[3]} << 24);
      crc = kTables[7][low & 0xff] ^ kTables[6][low >> 8 & 0xff] ^ kTables[5][low >> 16 & 0xff] ^
            kTables[4][low >> 24] ^ kTables[3][at[4]] ^ kTables[2][at[5]] ^ kTables[1][at[6]] ^
            kTables[0][at[7]];
    }
    for (; left > 0; --left, ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ *at) & 0xff];
  }
  return ~crc;
}

}  // namespace xuncha
