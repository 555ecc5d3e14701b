// SPDX-License-Identifier: Apache-2.0
#include "tests/server/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "tests/server/channel.h"
#include "tests/server/sites.h"

namespace xuncha {
namespace {

constexpr size_t kHeadBytesMax = 64 << 10;  // of a request; the clients here send a few hundred

class PlainBytes final : public Channel {
 public:
  explicit PlainBytes(int descriptor) : descriptor_(descriptor) {}
  size_t Read(char* buffer, size_t size) override {
    const ssize_t got = recv(descriptor_, buffer, size, 0);
    return got > 0 ? static_cast<size_t>(got) : 0;
  }
  bool Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

 private:
  const int descriptor_;
};

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 404:
      return "Not Found";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

TestServer::Request ParseRequest(std::string_view head) {
  TestServer::Request request;
  const std::vector<std::string_view> lines = Split(head, '\n');
  const std::vector<std::string_view> words = Split(Trim(lines[0]), ' ');
  if (words.size() == 3) {
    request.method = words[0];
    request.target = words[1];
  }
  const size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
  for (size_t i = 1; i < lines.size(); i++) {
    const size_t colon = lines[i].find(':');
    if (colon != std::string_view::npos)
      request.headers.emplace_back(Trim(lines[i].substr(0, colon)),
                                   Trim(lines[i].substr(colon + 1)));
  }
  const std::string_view host = request.Header("Host");
  const size_t port = host.rfind(':');
  const bool bracket = host.ends_with(']');
  request.host = AsciiLower(host.substr(0, bracket ? std::string_view::npos : port));
  return request;
}

class Running final : public TestServer {
 public:
  Running(Options options, int listener, uint16_t port, std::unique_ptr<TlsContext> tls)
      : options_(std::move(options)),
        listener_(listener),
        port_(port),
        stop_(eventfd(0, EFD_CLOEXEC)),
        tls_(std::move(tls)),
        sites_(options_.root, options_.charsets),
        acceptor_([this] { Accept(); }) {}

  ~Running() override {
    const uint64_t one = 1;
    CHECK(write(stop_, &one, sizeof one) == sizeof one);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (Connection& connection : connections_)
        if (!connection.done) shutdown(connection.descriptor, SHUT_RDWR);
    }
    for (Connection& connection : connections_) connection.thread.join();
    close(listener_);
    close(stop_);
  }

  uint16_t port() const override { return port_; }
  const std::string& ca_pem() const override { return tls_ ? tls_->ca_pem() : no_pem_; }

  void On(std::string pattern, Handler handler) override {
    const std::lock_guard lock(mutex_);
    handlers_[std::move(pattern)] = std::move(handler);
  }

  uint64_t Count(std::string_view host, std::string_view target) const override {
    const std::lock_guard lock(mutex_);
    uint64_t count = 0;
    for (const Seen& seen : log_) count += seen.host == host && seen.target == target;
    return count;
  }
  uint64_t Count(std::string_view host) const override {
    const std::lock_guard lock(mutex_);
    uint64_t count = 0;
    for (const Seen& seen : log_) count += seen.host == host;
    return count;
  }
  uint64_t MostAtOnce(std::string_view host) const override {
    const std::lock_guard lock(mutex_);
    const auto load = load_.find(host);
    return load == load_.end() ? 0 : load->second.most;
  }
  uint64_t Connections() const override { return accepted_; }
  uint64_t BytesSent() const override { return sent_; }
  std::vector<Seen> Log() const override {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  struct Connection {
    int descriptor = -1;
    std::atomic<bool> done = false;
    std::thread thread;
  };
  struct Load {
    uint64_t now = 0, most = 0;
  };

  class Line final : public Wire {
   public:
    Line(Running& server, Channel& channel, int descriptor)
        : server_(server), channel_(channel), descriptor_(descriptor) {}

    bool Send(std::string_view bytes) override {
      if (!channel_.Write(bytes)) return false;
      server_.sent_ += bytes.size();
      return true;
    }
    bool Sleep(Millis time) override {
      pollfd waits[2] = {{descriptor_, POLLRDHUP, 0}, {server_.stop_, POLLIN, 0}};
      return poll(waits, 2, static_cast<int>(time)) == 0;
    }
    void Reset() override {
      const linger hard{.l_onoff = 1, .l_linger = 0};
      setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    void KeepOpen() override { keep_ = true; }
    bool Reply(const Answer& answer) override { return Write(answer, true); }
    bool Write(const Answer& answer, bool with_body) {
      std::string bytes = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, Reason(answer.status));
      for (const auto& [name, value] : answer.headers) bytes += name + ": " + value + "\r\n";
      if (answer.status != 304) bytes += fmt::format("Content-Length: {}\r\n", answer.body.size());
      bytes += "\r\n";
      if (with_body) bytes += answer.body;
      keep_ = Send(bytes);
      return keep_;
    }
    bool keep() const { return keep_; }

   private:
    Running& server_;
    Channel& channel_;
    const int descriptor_;
    bool keep_ = false;
  };

  void Accept() {
    for (;;) {
      pollfd waits[2] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
      if (poll(waits, 2, -1) < 0 && errno != EINTR) return;
      if (waits[1].revents != 0) return;
      if (waits[0].revents == 0) continue;
      const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) continue;
      const int on = 1;
      setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      accepted_++;
      const std::lock_guard lock(mutex_);
      connections_.remove_if([](Connection& old) {
        if (!old.done) return false;
        old.thread.join();
        return true;
      });
      Connection& connection = connections_.emplace_back();
      connection.descriptor = descriptor;
      connection.thread = std::thread([this, &connection] { Serve(connection); });
    }
  }

  void Serve(Connection& connection) {
    const int descriptor = connection.descriptor;
    {
      const std::unique_ptr<Channel> channel =
          tls_ ? tls_->Accept(descriptor) : PlainChannel(descriptor);
      std::string unread;
      for (int number = 0; channel && ServeOne(*channel, descriptor, number, unread); number++) {
      }
    }
    const std::lock_guard lock(mutex_);  // the destructor must not shut down a reused number
    close(descriptor);
    connection.done = true;
  }

  // Reads a request and answers it; false when the connection is over.
  bool ServeOne(Channel& channel, int descriptor, int number, std::string& unread) {
    size_t end;
    while ((end = unread.find("\r\n\r\n")) == std::string::npos) {
      char buffer[8192];
      const size_t got = channel.Read(buffer, sizeof buffer);
      if (got == 0 || unread.size() + got > kHeadBytesMax) return false;
      unread.append(buffer, got);
      if (unread[0] < 'A' || unread[0] > 'Z') {  // TLS, by mistake
        channel.Write("HTTP/1.1 400 Bad Request\r\n\r\n");
        return false;
      }
    }
    Request request = ParseRequest(std::string_view(unread).substr(0, end));
    unread.erase(0, end + 4);
    request.on_connection = number;

    const Handler handler = Enter(request);
    Line line(*this, channel, descriptor);
    if (handler) {
      handler(request, line);
    } else if (options_.root.empty()) {
      line.Reply({.status = 404});
    } else if (options_.delay == 0 || line.Sleep(options_.delay)) {
      line.Write(sites_.Get(request), request.method != "HEAD");
    }
    const std::lock_guard lock(mutex_);
    load_.find(request.host)->second.now--;
    return line.keep();
  }

  // Notes the request and finds its handler, if any.
  Handler Enter(const Request& request) {
    const std::lock_guard lock(mutex_);
    Load& load = load_[request.host];
    load.most = std::max(load.most, ++load.now);
    log_.push_back(
        {request.host, request.target, std::string(request.Header("User-Agent")),
         std::string(request.Header("Referer")),
         !request.Header("If-None-Match").empty() || !request.Header("If-Modified-Since").empty(),
         SystemClock().Monotonic()});
    const Handler* best = nullptr;
    size_t best_size = 0;
    for (const auto& [pattern, handler] : handlers_) {
      const std::string subject =
          pattern.starts_with('/') ? request.path : request.host + request.path;
      const bool open = pattern.ends_with('*');
      const std::string_view fixed(pattern.data(), pattern.size() - (open ? 1 : 0));
      const bool fits = open ? subject.starts_with(fixed) : subject == fixed;
      if (fits && pattern.size() >= best_size) {
        best = &handler;
        best_size = pattern.size();
      }
    }
    return best == nullptr ? Handler() : *best;
  }

  const Options options_;
  const int listener_;
  const uint16_t port_;
  const int stop_;  // readable once the server ends
  const std::unique_ptr<TlsContext> tls_;
  const Sites sites_;
  const std::string no_pem_;
  std::atomic<uint64_t> accepted_ = 0, sent_ = 0;

  mutable std::mutex mutex_;  // of what follows
  std::map<std::string, Handler> handlers_;
  std::map<std::string, Load, std::less<>> load_;
  std::vector<Seen> log_;
  std::list<Connection> connections_;

  std::thread acceptor_;
};

}  // namespace

std::unique_ptr<Channel> PlainChannel(int descriptor) {
  return std::make_unique<PlainBytes>(descriptor);
}

std::string_view TestServer::Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (EqualsIgnoreCase(key, name)) return value;
  return {};
}

Result<std::unique_ptr<TestServer>> TestServer::Start(Options options) {
  std::unique_ptr<TlsContext> tls;
  if (options.tls != Tls::kNone) {
    auto made = TlsContext::Make(options.tls, options.names);
    if (!made) return made.error();
    tls = std::move(*made);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  if (inet_pton(AF_INET, options.address.c_str(), &address.sin_addr) != 1)
    return Error{Code::kInvalid, options.address + " is no IPv4 address"};
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || bind(listener, generic, size) != 0 || listen(listener, 511) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    const std::string reason = std::strerror(errno);
    if (listener >= 0) close(listener);
    return Error{Code::kSystem, fmt::format("cannot listen on {}:{}: {}; is the port taken?",
                                            options.address, options.port, reason)};
  }
  const uint16_t port = ntohs(address.sin_port);
  return std::unique_ptr<TestServer>(
      std::make_unique<Running>(std::move(options), listener, port, std::move(tls)));
}

}  // namespace xuncha
