// A socket that listens: on an address or at a path.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

struct Listening {
  int descriptor = -1;   // the caller closes it
  std::string path;      // of a Unix socket
  bool loopback = true;  // nobody reaches it from another machine
  uint16_t port = 0;
};
// kInvalid if `where` is malformed, kConflict if somebody listens there, kSystem. A
// socket file that nobody listens at any more is replaced; the new one is open to owner
// and group (0660).
Result<Listening> Listen(std::string_view where);

// The numeric address of a peer, "unix" for one at a socket file.
std::string PeerName(const void* address, size_t bytes);

}  // namespace xuncha
