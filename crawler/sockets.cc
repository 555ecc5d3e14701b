// SPDX-License-Identifier: Apache-2.0
#include "crawler/sockets.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

namespace xuncha {
namespace {

// In host order; 0 for other families.
int PortOf(const sockaddr_storage& end) {
  if (end.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(end).sin_port);
  if (end.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(end).sin6_port);
  return 0;
}

}  // namespace

void Sockets::Closed(int descriptor) {
  std::erase(unnamed_, descriptor);
  tls_.erase(descriptor);
  const auto named = by_descriptor_.find(descriptor);
  if (named == by_descriptor_.end()) return;
  by_ends_.erase(named->second);
  by_descriptor_.erase(named);
}

int Sockets::Find(const Ends& ends) {
  const auto known = by_ends_.find(ends);
  if (known != by_ends_.end()) return known->second;
  int found = -1;
  std::erase_if(unnamed_, [&](int descriptor) {
    sockaddr_storage remote{}, local{};
    socklen_t remote_size = sizeof remote, local_size = sizeof local;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&remote), &remote_size) != 0 ||
        getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &local_size) != 0)
      return false;  // still connecting
    const Result<IpAddress> address =
        IpAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&remote));
    if (!address) return true;
    const Ends own{address->bytes, PortOf(remote), PortOf(local)};
    by_ends_[own] = descriptor;
    by_descriptor_[descriptor] = own;
    if (own == ends) found = descriptor;
    return true;
  });
  return found;
}

uint64_t Sockets::BytesReceived(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (descriptor < 0 || getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
    return 0;
  return info.tcpi_bytes_received;
}

}  // namespace xuncha
