// The special-purpose ranges, from the IANA special-purpose address registries
// for IPv4 and IPv6 (RFC 6890 and the RFCs named in the table), plus the
// addresses at which cloud providers answer a machine's own questions.
//
// The first row that holds an address decides, so exceptions stand above the
// ranges they are cut from. What no row holds is public, except that IPv6
// unicast is given out from 2000::/3 only: the rest is reserved.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace xuncha {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

struct Row {
  std::array<uint8_t, 4> base;
  int bits;
  std::string_view reason;
  bool always;  // no registration opens it
};

constexpr Row kV4[] = {
    {{169, 254, 169, 254}, 32, "metadata", true},  // AWS, Azure, GCP, OpenStack and others
    {{169, 254, 170, 2}, 32, "metadata", true},    // AWS container credentials
    {{169, 254, 0, 23}, 32, "metadata", true},     // Tencent Cloud
    {{169, 254, 42, 42}, 32, "metadata", true},    // Scaleway
    {{100, 100, 100, 200}, 32, "metadata", true},  // Alibaba Cloud
    {{192, 0, 0, 192}, 32, "metadata", true},      // Oracle Cloud
    {{168, 63, 129, 16}, 32, "metadata", true},    // Azure platform channel, in public space
    {{0, 0, 0, 0}, 8, "unspecified", true},        // RFC 791; Linux connects it to itself
    {{10, 0, 0, 0}, 8, "private", false},          // RFC 1918
    {{100, 64, 0, 0}, 10, "cgnat", false},         // RFC 6598
    {{127, 0, 0, 0}, 8, "loopback", false},        // RFC 1122
    {{169, 254, 0, 0}, 16, "link-local", true},    // RFC 3927
    {{172, 16, 0, 0}, 12, "private", false},       // RFC 1918
    {{192, 0, 0, 0}, 24, "reserved", false},       // RFC 6890
    {{192, 0, 2, 0}, 24, "documentation", false},  // RFC 5737
    {{192, 88, 99, 0}, 24, "reserved", false},     // RFC 7526
    {{192, 168, 0, 0}, 16, "private", false},      // RFC 1918
    {{198, 18, 0, 0}, 15, "benchmarking", false},  // RFC 2544
    {{198, 51, 100, 0}, 24, "documentation", false},
    {{203, 0, 113, 0}, 24, "documentation", false},
    {{224, 0, 0, 0}, 4, "multicast", true},  // RFC 5771
    {{240, 0, 0, 0}, 4, "reserved", true},   // RFC 1112, and the broadcast address
};

struct Row6 {
  std::array<uint16_t, 8> base;
  int bits;
  std::string_view reason;
  bool always;
};

constexpr Row6 kV6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0}, 128, "unspecified", true},
    {{0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback", false},
    {{0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254}, 128, "metadata", true},  // AWS
    {{0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254}, 128, "metadata", true},  // GCP
    {{0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x0042}, 128, "metadata", true},  // Scaleway
    {{0xfc00}, 7, "private", false},                                   // RFC 4193
    {{0xfe80}, 10, "link-local", true},                                // RFC 4291
    {{0xfec0}, 10, "private", false},                                  // RFC 3879
    {{0xff00}, 8, "multicast", true},                                  // RFC 4291
    {{0x0064, 0xff9b, 0x0001}, 48, "private", false},                  // RFC 8215, local NAT64
    {{0x2001, 0x0db8}, 32, "documentation", false},                    // RFC 3849
    {{0x3fff}, 20, "documentation", false},                            // RFC 9637
    {{0x2001, 0x0002}, 48, "benchmarking", false},                     // RFC 5180
    {{0x2001}, 23, "reserved", false},                                 // RFC 2928, Teredo among it
};

constexpr std::array<uint8_t, 16> Bytes(const std::array<uint16_t, 8>& groups) {
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 8; i++) {
    bytes[2 * i] = static_cast<uint8_t>(groups[i] >> 8);
    bytes[2 * i + 1] = static_cast<uint8_t>(groups[i]);
  }
  return bytes;
}

bool SamePrefix(const uint8_t* a, const uint8_t* b, int bits) {
  const size_t whole = static_cast<size_t>(bits) / 8;
  if (std::memcmp(a, b, whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

struct Verdict {
  std::string_view reason;  // empty: public
  bool always = false;
};

Verdict JudgeV4(const uint8_t* address) {
  for (const Row& row : kV4)
    if (SamePrefix(address, row.base.data(), row.bits)) return {row.reason, row.always};
  return {};
}

// The IPv4 address that an IPv6 address stands for, or nullptr.
const uint8_t* Embedded(const IpAddress& address) {
  const uint8_t* bytes = address.bytes.data();
  if (address.v4()) return bytes + 12;
  static constexpr auto kNat64 = Bytes({0x0064, 0xff9b});  // RFC 6052
  if (SamePrefix(bytes, kNat64.data(), 96)) return bytes + 12;
  static constexpr auto k6to4 = Bytes({0x2002});  // RFC 3056
  if (SamePrefix(bytes, k6to4.data(), 16)) return bytes + 2;
  static constexpr std::array<uint8_t, 16> kZero{};
  const bool compatible = SamePrefix(bytes, kZero.data(), 96) &&  // RFC 4291, deprecated
                          (bytes[12] | bytes[13] | bytes[14]) != 0;
  return compatible ? bytes + 12 : nullptr;
}

Verdict Judge(const IpAddress& address) {
  if (const uint8_t* embedded = Embedded(address)) return JudgeV4(embedded);
  for (const Row6& row : kV6)
    if (SamePrefix(address.bytes.data(), Bytes(row.base).data(), row.bits))
      return {row.reason, row.always};
  if (address.bytes[0] >> 5 != 1) return {"reserved", true};  // outside 2000::/3
  return {};
}

IpAddress FromV4(const uint8_t* four) {
  IpAddress address;
  std::memcpy(address.bytes.data(), kMapped.data(), kMapped.size());
  std::memcpy(address.bytes.data() + 12, four, 4);
  return address;
}

void ClearBehind(std::array<uint8_t, 16>& bytes, int bits) {
  for (int i = 0; i < 16; i++) {
    const int keep = std::min(8, std::max(0, bits - 8 * i));
    bytes[static_cast<size_t>(i)] &= static_cast<uint8_t>(0xff00 >> keep);
  }
}

}  // namespace

bool IpAddress::v4() const { return std::memcmp(bytes.data(), kMapped.data(), 12) == 0; }

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN];
  const bool four = v4();
  const char* text =
      inet_ntop(four ? AF_INET : AF_INET6, bytes.data() + (four ? 12 : 0), buffer, sizeof buffer);
  CHECK(text != nullptr);
  return text;
}

Result<IpAddress> IpAddress::Parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.size() < sizeof buffer && text.find('\0') == std::string_view::npos) {
    buffer[text.copy(buffer, text.size())] = '\0';
    uint8_t four[4];
    if (inet_pton(AF_INET, buffer, four) == 1) return FromV4(four);
    IpAddress address;
    if (inet_pton(AF_INET6, buffer, address.bytes.data()) == 1) return address;
  }
  return Error{Code::kInvalid, "\"" + std::string(text.substr(0, 64)) +
                                   "\" 不是 IP 地址；请写成 10.1.2.3 或 2001:da8::1 的样子"};
}

Result<IpAddress> IpAddress::FromSockaddr(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    uint8_t four[4];
    std::memcpy(four, &in.sin_addr, 4);
    return FromV4(four);
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, address, sizeof in);
    IpAddress result;
    std::memcpy(result.bytes.data(), &in.sin6_addr, 16);
    return result;
  }
  return Error{Code::kInvalid, "address family " + std::to_string(address->sa_family) +
                                   " is neither IPv4 nor IPv6"};
}

bool IpRange::Contains(const IpAddress& address) const {
  return base.v4() == address.v4() && SamePrefix(address.bytes.data(), base.bytes.data(), bits);
}

Result<IpRange> IpRange::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  Result<IpAddress> base = IpAddress::Parse(text.substr(0, slash));
  if (!base) return base.error();
  IpRange range{.base = *base, .bits = 128};
  if (slash == std::string_view::npos) return range;

  const int prefix_max = base->v4() ? 32 : 128;
  const std::string_view digits = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || prefix < 0 ||
      prefix > prefix_max)
    return Error{Code::kInvalid, "\"" + std::string(text.substr(0, 64)) +
                                     "\" 的前缀长度须为 0 到 " + std::to_string(prefix_max)};
  range.bits = prefix + (base->v4() ? kMappedBits : 0);
  ClearBehind(range.base.bytes, range.bits);
  if (range.base != *base)
    return Error{Code::kInvalid, "\"" + std::string(text) + "\" 在前缀之后还有数位；地址段请写 " +
                                     range.base.text() + "/" + std::to_string(prefix) +
                                     "，单个地址请写 " + base->text()};
  return range;
}

Result<AddressPolicy> AddressPolicy::ForSite(const std::vector<std::string>& ranges) {
  AddressPolicy policy;
  for (const std::string& text : ranges) {
    Result<IpRange> range = IpRange::Parse(text);
    if (!range) return Error{Code::kInvalid, "允许地址段 " + range.error().text};
    policy.allowed_.push_back(*range);
  }
  return policy;
}

std::string_view AddressPolicy::Refuses(const IpAddress& address) const {
  const Verdict verdict = Judge(address);
  if (verdict.reason.empty() || verdict.always) return verdict.reason;
  for (const IpRange& range : allowed_)
    if (range.Contains(address)) return {};
  return verdict.reason;
}

}  // namespace xuncha
