// The records of the family `deliveries`, and their keys, for those in this folder who
// read them: FORMAT.md has the bytes.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "store/deliveries.h"

namespace xuncha {

// Where the message of a key stands.
struct DeliveryPlace {
  uint64_t number = 0;
};

inline constexpr std::string_view kDeliveryKeys = "d";
inline constexpr std::string_view kOpenDeliveryKeys = "w";
inline constexpr std::string_view kDeliveryPlaceKeys = "k";
inline constexpr std::string_view kChannelKeys = "c";
std::string DeliveryKey(uint64_t number);
std::string OpenDeliveryKey(uint64_t number);  // nothing stands there
// Channel, addressees and key of a message, hashed.
std::string DeliveryPlaceKey(std::string_view channel, const std::vector<std::string>& to,
                             std::string_view key);
std::string ChannelKey(std::string_view channel);

}  // namespace xuncha
