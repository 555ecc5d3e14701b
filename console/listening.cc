// SPDX-License-Identifier: Apache-2.0
#include "console/listening.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/system_code.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr int kBacklog = 128;

Error Failed(std::string_view where, std::string_view what) {
  const int error = errno;
  const Code code = error == EADDRINUSE ? Code::kConflict : Code::kSystem;
  return {code, fmt::format("在 {} 监听不了：{}（{}）", Neutralise(where), what,
                            error == EADDRINUSE ? "已有程序在那里" : SystemText(error))};
}

Error Malformed(std::string_view where) {
  return {Code::kInvalid,
          fmt::format("监听地址“{}”写法不对；须为 127.0.0.1:端口、[::1]:端口 或 unix:路径",
                      Neutralise(where))};
}

bool SomebodyListens(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return answered;
}

Result<Listening> ListenAtPath(std::string_view where, std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return Malformed(where);
  path.copy(address.sun_path, path.size());
  struct stat there {};
  if (::lstat(address.sun_path, &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) {
      return Error{Code::kConflict,
                   fmt::format("{} 已存在，又不是套接字；请换一个路径", Neutralise(path))};
    }
    if (SomebodyListens(address)) {
      errno = EADDRINUSE;
      return Failed(where, "bind");
    }
    ::unlink(address.sun_path);
  }
  Listening out{.path = std::string(path)};
  out.descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (out.descriptor < 0) return Failed(where, "socket");
  // The mode is right from the first moment: nobody slips in before a chmod.
  const mode_t mask = ::umask(0117);
  const int bound =
      ::bind(out.descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(mask);
  if (bound != 0 || ::listen(out.descriptor, kBacklog) != 0) {
    Error error = Failed(where, "bind");
    ::close(out.descriptor);
    return error;
  }
  return out;
}

bool IsLoopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(address);
    return (ntohl(four->sin_addr.s_addr) >> 24) == 127;
  }
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

}  // namespace

Result<Listening> Listen(std::string_view where) {
  if (where.starts_with("unix:")) return ListenAtPath(where, where.substr(5));
  const size_t colon = where.rfind(':');
  if (colon == std::string_view::npos) return Malformed(where);
  std::string host(where.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port(where.substr(colon + 1));
  uint16_t number = 0;
  const auto [end, wrong] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (wrong != std::errc() || end != port.data() + port.size()) return Malformed(where);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0 || found == nullptr)
    return Malformed(where);
  Listening out{.loopback = IsLoopback(found->ai_addr)};
  out.descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  bool fine = out.descriptor >= 0 &&
              ::setsockopt(out.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              ::bind(out.descriptor, found->ai_addr, found->ai_addrlen) == 0 &&
              ::listen(out.descriptor, kBacklog) == 0;
  ::freeaddrinfo(found);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  fine = fine && ::getsockname(out.descriptor, reinterpret_cast<sockaddr*>(&bound), &size) == 0;
  if (!fine) {
    Error error = Failed(where, "bind");
    if (out.descriptor >= 0) ::close(out.descriptor);
    return error;
  }
  out.port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                               : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
  return out;
}

std::string PeerName(const void* address, size_t bytes) {
  const auto* socket = static_cast<const sockaddr*>(address);
  if (socket == nullptr || (socket->sa_family != AF_INET && socket->sa_family != AF_INET6))
    return "unix";
  char host[NI_MAXHOST] = {};
  if (::getnameinfo(socket, static_cast<socklen_t>(bytes), host, sizeof host, nullptr, 0,
                    NI_NUMERICHOST) != 0)
    return "?";
  const std::string name = host;
  // A client of IPv4 at a socket of IPv6 is the same client.
  return name.starts_with("::ffff:") ? name.substr(7) : name;
}

}  // namespace xuncha
