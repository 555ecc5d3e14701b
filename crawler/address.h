// Address policy: which addresses a socket may be opened to. Judged on the
// resolved binary address at connect time, never on the text of a URL, so
// rebinding and odd spellings change nothing.
//
// Public unicast addresses are allowed. Private, loopback, CGNAT, documentation,
// benchmarking and reserved addresses are refused unless the site's registration
// names a range that holds them. Link-local, multicast, unspecified and cloud
// metadata addresses are refused always: no website lives there, and the services
// that do give their secrets to whoever asks. An address that carries an IPv4
// address inside (v4-mapped, v4-compatible, NAT64, 6to4) is judged as that one.
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
  // Dotted decimal or RFC 4291 text, without brackets or zone; kInvalid otherwise.
  static Result<IpAddress> Parse(std::string_view text);
  // kInvalid for families other than IPv4 and IPv6.
  static Result<IpAddress> FromSockaddr(const sockaddr* address);
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

struct IpRange {
  IpAddress base;
  int bits = 128;  // of the 128: an IPv4 prefix counts from 96
  // An IPv6 range holds no IPv4 address, however wide it is.
  bool Contains(const IpAddress& address) const;
  // "10.0.0.0/8", "::1", "192.0.2.7". kInvalid for bits set behind the prefix:
  // whoever files 10.1.2.3/8 has to say which of the two is meant.
  static Result<IpRange> Parse(std::string_view text);
};

class AddressPolicy {
 public:
  AddressPolicy() = default;  // public addresses only
  // kInvalid names the range that cannot be read.
  static Result<AddressPolicy> ForSite(const std::vector<std::string>& ranges);

  // Empty if allowed, else the reason: "private", "loopback", "link-local",
  // "metadata", "cgnat", "multicast", "documentation", "benchmarking",
  // "unspecified", "reserved".
  std::string_view Refuses(const IpAddress& address) const;

 private:
  std::vector<IpRange> allowed_;
};

}  // namespace xuncha
