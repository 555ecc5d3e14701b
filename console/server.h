// Server carries the desk over HTTP, by libmicrohttpd: on loopback or a Unix socket, or
// anywhere with a certificate. It knows framing, limits and time; what is asked and who
// asks is the desk's matter.
//
// What comes from outside is bounded before the desk sees it: connections in all and
// of one address, the head of a request in bytes and in seconds, its body in bytes and
// in seconds, the time a client takes to fetch its answer.
//
// Start and destructor on one thread; the server's own threads do the rest.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "console/desk.h"

namespace xuncha {

class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:8470";  // "ADDRESS:PORT", "[::1]:PORT" or "unix:PATH"
    std::string certificate, key;           // PEM; both or none
    unsigned threads = 8;                   // all but one of them may wait for the store
    // How long a client may take; tests make them short.
    Millis head = 20'000, body = 60'000, fetch = 120'000;
  };
  // Borrows the desk. kInvalid if `listen` is malformed, or names an address that others
  // reach and there is no certificate; kConflict if somebody listens there; kSystem.
  static Result<std::unique_ptr<Server>> Start(const Options& options, OfficersDesk& desk);
  // Waits for requests that are being answered: the desk's changes must be closed before,
  // or their owner would wait for itself.
  ~Server();

  uint16_t port() const;             // 0 for a Unix socket
  const std::string& where() const;  // "http://127.0.0.1:8470/", for people

 private:
  struct Rep;
  explicit Server(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
