// The address policy against every special-purpose range and the spellings that
// attackers of other crawlers have used. A spelling is turned into a socket
// address the way a connection would (getaddrinfo, numeric only: no packet
// leaves), and the verdict is about that.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/address.h"

#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <memory>
#include <string>

namespace xuncha {
namespace {

IpAddress Resolve(const std::string& spelling) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  EXPECT_EQ(getaddrinfo(spelling.c_str(), "80", &hints, &list), 0) << spelling;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  if (list == nullptr) return {};
  return *IpAddress::FromSockaddr(list->ai_addr);
}

AddressPolicy Allowing(std::vector<std::string> ranges) { return *AddressPolicy::ForSite(ranges); }

TEST(AddressPolicy, RefusesEveryNonPublicAddressHoweverSpelled) {
  struct Case {
    std::string_view why, spelling, want;
  };
  constexpr Case kCases[] = {
      // Ordinary servers.
      {"public v4", "8.8.8.8", ""},
      {"public v4 below 10/8", "9.255.255.255", ""},
      {"public v4 above 10/8", "11.0.0.0", ""},
      {"CERNET v6", "2001:da8::1", ""},
      {"public v6", "2606:4700:4700::1111", ""},
      {"last of 2000::/3", "3ffe::1", ""},
      {"below 172.16/12", "172.15.255.255", ""},
      {"above 172.16/12", "172.32.0.0", ""},
      {"below 192.168/16", "192.167.255.255", ""},
      {"above CGNAT", "100.128.0.0", ""},
      {"below CGNAT", "100.63.255.255", ""},
      {"above link-local", "169.255.0.0", ""},
      {"below link-local", "169.253.255.255", ""},
      {"above benchmarking", "198.20.0.0", ""},
      {"below multicast", "223.255.255.255", ""},
      // Loopback and its spellings.
      {"loopback", "127.0.0.1", "loopback"},
      {"loopback is a /8", "127.255.255.254", "loopback"},
      {"decimal", "2130706433", "loopback"},
      {"hexadecimal whole", "0x7f000001", "loopback"},
      {"hexadecimal part", "0x7f.1", "loopback"},
      {"octal part", "0177.0.0.1", "loopback"},
      {"octal whole", "017700000001", "loopback"},
      {"two parts", "127.1", "loopback"},
      {"three parts", "127.0.1", "loopback"},
      {"mixed bases", "0x7f.0.0.01", "loopback"},
      {"v6 loopback", "::1", "loopback"},
      {"v6 loopback in full", "0000:0000:0000:0000:0000:0000:0000:0001", "loopback"},
      {"mapped loopback, dotted", "::ffff:127.0.0.1", "loopback"},
      {"mapped loopback, hexadecimal", "::ffff:7f00:1", "loopback"},
      {"compatible loopback", "::127.0.0.1", "loopback"},
      {"NAT64 loopback", "64:ff9b::7f00:1", "loopback"},
      {"6to4 loopback", "2002:7f00:1::", "loopback"},
      // Unspecified: Linux takes it for itself.
      {"zero", "0.0.0.0", "unspecified"},
      {"zero, one digit", "0", "unspecified"},
      {"zero network", "0.1.2.3", "unspecified"},
      {"v6 unspecified", "::", "unspecified"},
      {"mapped zero", "::ffff:0.0.0.0", "unspecified"},
      // Private.
      {"first of 10/8", "10.0.0.0", "private"},
      {"last of 10/8", "10.255.255.255", "private"},
      {"10/8 as a number", "167772161", "private"},
      {"first of 172.16/12", "172.16.0.0", "private"},
      {"last of 172.16/12", "172.31.255.255", "private"},
      {"192.168/16", "192.168.0.1", "private"},
      {"192.168/16 in hexadecimal", "0xc0a80001", "private"},
      {"mapped private", "::ffff:10.1.2.3", "private"},
      {"NAT64 private", "64:ff9b::10.1.2.3", "private"},
      {"6to4 private", "2002:0a01:0203::1", "private"},
      {"local NAT64", "64:ff9b:1::8.8.8.8", "private"},
      {"unique local", "fc00::1", "private"},
      {"unique local, upper half", "fdff:ffff::1", "private"},
      {"site-local", "fec0::1", "private"},
      {"CGNAT first", "100.64.0.0", "cgnat"},
      {"CGNAT last", "100.127.255.255", "cgnat"},
      // Link-local and metadata.
      {"link-local", "169.254.1.1", "link-local"},
      {"v6 link-local", "fe80::1", "link-local"},
      {"v6 link-local, last", "febf:ffff::1", "link-local"},
      {"metadata of most clouds", "169.254.169.254", "metadata"},
      {"metadata as a number", "2852039166", "metadata"},
      {"metadata in hexadecimal", "0xa9fea9fe", "metadata"},
      {"metadata in octal", "0251.0376.0251.0376", "metadata"},
      {"metadata mapped", "::ffff:169.254.169.254", "metadata"},
      {"metadata through NAT64", "64:ff9b::a9fe:a9fe", "metadata"},
      {"metadata through 6to4", "2002:a9fe:a9fe::", "metadata"},
      {"container credentials", "169.254.170.2", "metadata"},
      {"Tencent metadata", "169.254.0.23", "metadata"},
      {"Alibaba metadata", "100.100.100.200", "metadata"},
      {"Azure platform, public space", "168.63.129.16", "metadata"},
      {"Oracle metadata", "192.0.0.192", "metadata"},
      {"AWS metadata over v6", "fd00:ec2::254", "metadata"},
      // The rest of the registries.
      {"multicast first", "224.0.0.1", "multicast"},
      {"multicast last", "239.255.255.255", "multicast"},
      {"v6 multicast", "ff02::1", "multicast"},
      {"reserved class E", "240.0.0.1", "reserved"},
      {"broadcast", "255.255.255.255", "reserved"},
      {"broadcast as a number", "4294967295", "reserved"},
      {"protocol assignments", "192.0.0.1", "reserved"},
      {"6to4 relay", "192.88.99.1", "reserved"},
      {"TEST-NET-1", "192.0.2.1", "documentation"},
      {"TEST-NET-2", "198.51.100.1", "documentation"},
      {"TEST-NET-3", "203.0.113.1", "documentation"},
      {"v6 documentation", "2001:db8::1", "documentation"},
      {"v6 documentation, RFC 9637", "3fff:1::1", "documentation"},
      {"benchmarking", "198.19.255.255", "benchmarking"},
      {"v6 benchmarking", "2001:2::1", "benchmarking"},
      {"Teredo", "2001:0:7f00:1::", "reserved"},
      {"discard only", "100::1", "reserved"},
      {"outside global unicast", "4000::1", "reserved"},
      {"segment routing", "5f00::1", "reserved"},
  };
  const AddressPolicy policy;
  for (const auto& [why, spelling, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(policy.Refuses(Resolve(std::string(spelling))), want);
  }
}

TEST(AddressPolicy, AllowsARegisteredRangeAndNothingBeside) {
  struct Case {
    std::string_view why, range, address, want;
  };
  constexpr Case kCases[] = {
      {"inside", "10.0.0.0/8", "10.200.3.4", ""},
      {"mapped form of the same address", "10.0.0.0/8", "::ffff:10.200.3.4", ""},
      {"beside", "10.1.0.0/16", "10.2.0.1", "private"},
      {"prefix that ends inside a byte", "172.16.0.0/15", "172.17.255.255", ""},
      {"one past it", "172.16.0.0/15", "172.18.0.0", "private"},
      {"single address", "192.168.3.4", "192.168.3.4", ""},
      {"its neighbour", "192.168.3.4", "192.168.3.5", "private"},
      {"public addresses stay allowed", "10.0.0.0/8", "8.8.8.8", ""},
      {"loopback for a test site", "127.0.0.1", "127.0.0.1", ""},
      {"loopback for a test site, beside", "127.0.0.1", "127.0.0.2", "loopback"},
      {"unique local", "fd12:3456::/32", "fd12:3456::7", ""},
      {"tunnel to an allowed address is another address", "10.0.0.0/8", "64:ff9b::10.1.2.3",
       "private"},
      {"v6 range of everything holds no v4", "::/0", "10.1.2.3", "private"},
      {"v4 range of everything holds no v6", "0.0.0.0/0", "::1", "loopback"},
      {"metadata cannot be registered", "169.254.169.254", "169.254.169.254", "metadata"},
      {"nor by a wide range", "0.0.0.0/0", "100.100.100.200", "metadata"},
      {"nor inside unique local", "fc00::/7", "fd00:ec2::254", "metadata"},
      {"link-local cannot be registered", "169.254.0.0/16", "169.254.1.1", "link-local"},
      {"unspecified cannot be registered", "0.0.0.0/8", "0.0.0.0", "unspecified"},
      {"multicast cannot be registered", "224.0.0.0/4", "224.0.0.1", "multicast"},
  };
  for (const auto& [why, range, address, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(Allowing({std::string(range)}).Refuses(Resolve(std::string(address))), want);
  }
}

TEST(AddressPolicy, NamesTheRangeItCannotRead) {
  struct Case {
    std::string_view why, range, want;
  };
  constexpr Case kCases[] = {
      {"no address", "campus", "campus"},
      {"empty", "", "不是 IP 地址"},
      {"prefix too long", "10.0.0.0/33", "0 到 32"},
      {"v6 prefix too long", "fd00::/129", "0 到 128"},
      {"prefix missing", "10.0.0.0/", "0 到 32"},
      {"prefix with a tail", "10.0.0.0/8x", "0 到 32"},
      {"negative prefix", "10.0.0.0/-1", "0 到 32"},
      {"bits behind the prefix", "10.1.2.3/8", "10.0.0.0/8"},
      {"zone", "fe80::1%eth0", "不是 IP 地址"},
      {"short form", "10.1", "不是 IP 地址"},
      {"port", "10.1.2.3:80", "不是 IP 地址"},
  };
  for (const auto& [why, range, want] : kCases) {
    SCOPED_TRACE(why);
    const auto policy = AddressPolicy::ForSite({std::string(range)});
    ASSERT_FALSE(policy.ok());
    EXPECT_EQ(policy.error().code, Code::kInvalid);
    EXPECT_NE(policy.error().text.find(want), std::string::npos) << policy.error().text;
  }
}

TEST(IpAddress, WritesWhatItReads) {
  for (const std::string text : {"10.1.2.3", "2001:da8::1", "::", "fd00::1:0:0:1"})
    EXPECT_EQ(IpAddress::Parse(text)->text(), text);
  EXPECT_EQ(IpAddress::Parse("::ffff:10.1.2.3")->text(), "10.1.2.3");
}

TEST(IpAddress, RefusesOtherFamilies) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_FALSE(IpAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&address)).ok());
}

}  // namespace
}  // namespace xuncha
