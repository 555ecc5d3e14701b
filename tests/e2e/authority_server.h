// A timestamp authority behind HTTP on loopback.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "tests/unit/proof/authority.h"

namespace xuncha::testing_support {

// An authority behind HTTP on loopback, with the manners it is told to have.
class AuthorityServer {
 public:
  enum class Manner { kAnswers, kRefuses, kSilent, kBusy, kEndless, kOtherType, kLies };

  explicit AuthorityServer(Manner manner) : manner_(manner), refuses_("sha512") {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(listen(listener_, 8) == 0);
    CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~AuthorityServer() {
    stop_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/tsa", port_); }
  const Authority& authority() const { return authority_; }

 private:
  void Serve() {
    while (!stop_) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      Answer(client);
      close(client);
    }
  }
  void Answer(int client) {
    std::string request;
    char bytes[4096];
    size_t body = 0;
    while (true) {
      const ssize_t count = read(client, bytes, sizeof bytes);
      if (count <= 0) return;
      request.append(bytes, static_cast<size_t>(count));
      const size_t end = request.find("\r\n\r\n");
      const size_t length = request.find("Content-Length: ");
      if (end == std::string::npos || length == std::string::npos) continue;
      body = end + 4;
      if (request.size() >= body + std::stoul(request.substr(length + 16))) break;
    }
    const std::string query = request.substr(body);
    switch (manner_) {
      case Manner::kAnswers:
        return Send(client, "application/timestamp-reply", authority_.Reply(query));
      case Manner::kRefuses:
        return Send(client, "application/timestamp-reply", refuses_.Reply(query));
      case Manner::kLies:
        return Send(client, "application/timestamp-reply", other_.Reply(query));
      case Manner::kOtherType:
        return Send(client, "text/html", "<html>busy</html>");
      case Manner::kEndless:
        return Send(client, "application/timestamp-reply", std::string(4 << 20, 'x'));
      case Manner::kBusy: {
        constexpr std::string_view kText = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
        (void)!send(client, kText.data(), kText.size(), MSG_NOSIGNAL);
        return;
      }
      case Manner::kSilent:
        while (read(client, bytes, sizeof bytes) > 0) continue;  // until the asker gives up
        return;
    }
  }
  static void Send(int client, std::string_view type, const std::string& body) {
    const std::string text = fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: "
        "close\r\n\r\n{}",
        type, body.size(), body);
    size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t count = send(client, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
  }

  const Manner manner_;
  Authority authority_, other_, refuses_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace xuncha::testing_support
