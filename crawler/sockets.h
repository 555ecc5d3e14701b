// Sockets knows the descriptor behind a connection, so that the kernel can be
// asked how many bytes it has received: headers not yet complete, chunk
// extensions and TLS included, none of which libcurl counts or tells.
//
// A connection is found by its two ends, which is what libcurl does tell.
//
// One thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "base/record.h"
#include "crawler/address.h"

namespace xuncha {

class Sockets {
 public:
  struct Ends {
    std::array<uint8_t, 16> remote{};
    int remote_port = 0, local_port = 0;
    friend auto operator<=>(const Ends&, const Ends&) = default;
  };

  void Opened(int descriptor) { unnamed_.push_back(descriptor); }
  void Closed(int descriptor);
  // The descriptor of a connected socket, or -1.
  int Find(const Ends& ends);
  // What was set for an open connection, or null.
  const TlsFacts* TlsOf(int descriptor) const {
    const auto known = tls_.find(descriptor);
    return known == tls_.end() ? nullptr : &known->second;
  }
  // Nothing for -1, which is no connection.
  void SetTls(int descriptor, const TlsFacts& tls) {
    if (descriptor >= 0) tls_[descriptor] = tls;
  }

  // Received since the connection began; 0 if the kernel does not say.
  static uint64_t BytesReceived(int descriptor);

 private:
  std::vector<int> unnamed_;  // opened, not looked for yet
  std::map<Ends, int> by_ends_;
  std::map<int, Ends> by_descriptor_;
  std::map<int, TlsFacts> tls_;
};

}  // namespace xuncha
