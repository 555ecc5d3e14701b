// A connection's bytes, plain or inside TLS.
//
// One thread per channel.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tests/server/server.h"

namespace xuncha {

class Channel {
 public:
  virtual ~Channel() = default;  // does not close the descriptor
  // Bytes read, 0 at the end or on any error.
  virtual size_t Read(char* buffer, size_t size) = 0;
  virtual bool Write(std::string_view bytes) = 0;
};

class TlsContext {
 public:
  // A key and certificate made in memory; kSystem if OpenSSL refuses.
  static Result<std::unique_ptr<TlsContext>> Make(TestServer::Tls kind,
                                                  const std::vector<std::string>& names);
  virtual ~TlsContext() = default;
  // The channel after a handshake, or nullptr.
  virtual std::unique_ptr<Channel> Accept(int descriptor) = 0;
  virtual const std::string& ca_pem() const = 0;
};

std::unique_ptr<Channel> PlainChannel(int descriptor);

}  // namespace xuncha
