// Address policy: which addresses a socket may be opened to. Judged on the
// resolved binary address at connect time, never on the text of a URL, so
// rebinding and odd spellings change nothing.
//
// Public unicast addresses are allowed. Private, loopback, link-local, CGNAT,
// multicast, documentation, benchmarking, v4-mapped and NAT64 forms of those,
// and unspecified addresses are refused unless the site's registration names a
// range that holds them. Cloud metadata addresses are refused always.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace xuncha {

// IPv4 is held v4-mapped.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  bool v4() const;
  std::string text() const;
  static Result<IpAddress> Parse(std::string_view text);
  static Result<IpAddress> FromSockaddr(const sockaddr* address);
};

struct IpRange {
  IpAddress base;
  int bits = 128;
  bool Contains(const IpAddress& address) const;
  static Result<IpRange> Parse(std::string_view text);  // "10.0.0.0/8", "::1", "192.0.2.7"
};

class AddressPolicy {
 public:
  AddressPolicy() = default;  // public addresses only
  // kInvalid names the range that cannot be read.
  static Result<AddressPolicy> ForSite(const std::vector<std::string>& ranges);

  // Empty if allowed, else the reason: "private", "loopback", "link-local", "metadata", ...
  std::string_view Refuses(const IpAddress& address) const;

 private:
  std::vector<IpRange> allowed_;
};

}  // namespace xuncha
