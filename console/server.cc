// The life of a request at libmicrohttpd: its target is laid down when the first line is
// there, OnRequest is called when the head is, again for each piece of the body, and once
// more at its end. An answer can be given at the head or at the end; between, a body that
// grows too long can only be hung up on.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/server.h"

#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <future>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "base/limits_provider.h"
#include "base/text.h"
#include "console/large_bodies.h"
#include "console/listening.h"

namespace xuncha {
namespace {

constexpr size_t kHeadersMax = 100;
constexpr size_t kAnswerHeadBytes = 8 << 10;  // of our own headers, beside the request's head

Millis Now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// What a connection is busy with. How long each may last is in Options; work is ours.
enum class Phase : uint8_t { kHead, kBody, kWork, kFetch };

struct Conversation {
  RawRequest raw;
  bool begun = false;
  bool cut = false;  // the target held a NUL, and is not all there
  size_t body_max = 0;
  std::optional<Reply> answer;  // of a thread beside, when the conversation goes on
  LargeBodies::Place large;     // held while a body with files is read and worked on
};

}  // namespace

struct Server::Rep {
  Options options;
  OfficersDesk* desk = nullptr;
  Listening listening;
  std::string where;
  MHD_Daemon* daemon = nullptr;

  struct Line {
    int descriptor = -1;
    Phase phase = Phase::kHead;
    Millis since = 0;
  };
  std::mutex mutex;
  std::condition_variable ending;
  bool ended = false;
  std::map<MHD_Connection*, Line> lines;
  std::thread watcher;
  std::mutex beside_mutex;  // of the two below
  std::list<std::future<void>> beside;
  bool closing = false;
  LargeBodies large_bodies;

  ~Rep() {
    {
      const std::lock_guard lock(beside_mutex);
      closing = true;
    }
    beside.clear();  // waits: the library stops only when no line is suspended
    if (daemon != nullptr) MHD_stop_daemon(daemon);  // closes the socket, too
    {
      const std::lock_guard lock(mutex);
      ended = true;
      ending.notify_all();
    }
    if (watcher.joinable()) watcher.join();
    if (!listening.path.empty()) ::unlink(listening.path.c_str());
  }

  void Enter(MHD_Connection* connection, Phase phase) {
    const std::lock_guard lock(mutex);
    const auto line = lines.find(connection);
    if (line == lines.end()) return;
    line->second.phase = phase;
    line->second.since = Now();
  }
  Millis Allowed(Phase phase) const {
    switch (phase) {
      case Phase::kHead:
        return options.head;
      case Phase::kBody:
        return options.body;
      case Phase::kFetch:
        return options.fetch;
      case Phase::kWork:
        return INT64_MAX;
    }
    return 0;
  }
  // Ends the lines of those who send or fetch so slowly that the library's own clock,
  // which a byte now and then sets back, never rings.
  void Watch() {
    std::unique_lock lock(mutex);
    while (!ended) {
      ending.wait_for(lock, std::chrono::milliseconds(500));
      const Millis now = Now();
      // The library tells us before it closes a descriptor, and waits for this lock.
      for (const auto& [connection, line] : lines) {
        if (now - line.since > Allowed(line.phase)) ::shutdown(line.descriptor, SHUT_RDWR);
      }
    }
  }

  MHD_Result OnRequest(MHD_Connection* connection, const char* method, const char* piece,
                       size_t* piece_bytes, Conversation& exchange);
  std::optional<Reply> AtHead(MHD_Connection* connection, std::string_view method,
                              Conversation& exchange);
  bool AnswerBeside(MHD_Connection* connection, Conversation& exchange);
  static MHD_Result Send(MHD_Connection* connection, const Reply& reply);
};

namespace {

// What of a head is kept.
struct Head {
  RawRequest* raw = nullptr;
  size_t count = 0;
  bool malformed = false;
};

MHD_Result OnHeader(void* into, MHD_ValueKind /*kind*/, const char* key, size_t key_bytes,
                    const char* value, size_t value_bytes) {
  auto* head = static_cast<Head*>(into);
  if (++head->count > kHeadersMax) return MHD_NO;
  const std::string_view text(value == nullptr ? "" : value, value == nullptr ? 0 : value_bytes);
  if (text.find('\0') != std::string_view::npos) head->malformed = true;
  head->raw->headers.emplace_back(AsciiLower(std::string_view(key, key_bytes)), text);
  return MHD_YES;
}

std::string PeerOf(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == nullptr || info->client_addr == nullptr) return "unix";
  const size_t bytes =
      info->client_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return PeerName(info->client_addr, bytes);
}

}  // namespace

std::optional<Reply> Server::Rep::AtHead(MHD_Connection* connection, std::string_view method,
                                         Conversation& exchange) {
  RawRequest& raw = exchange.raw;
  raw.method = method;
  raw.address = PeerOf(connection);
  Head head{.raw = &raw, .malformed = exchange.cut};
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, OnHeader, &head);
  const auto refuse = [&](int status, std::string_view word) {
    Reply reply = desk->Refuse(raw, status, word);
    reply.headers.emplace_back("Connection", "close");
    return reply;
  };
  if (raw.target.size() > limits::kDeskTargetBytesMax) {
    raw.target = "/";
    return refuse(414, "problem.long");
  }
  if (head.count > kHeadersMax) return refuse(431, "problem.head");
  std::optional<size_t> length;
  bool chunked = false;
  for (const auto& [name, value] : raw.headers) {
    if (name == "transfer-encoding") chunked = true;
    if (name != "content-length") continue;
    size_t bytes = 0;
    const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), bytes);
    // A number that is none, two of them, or one beside chunks: somebody before us may have
    // read another one.
    if (wrong != std::errc() || end != value.data() + value.size() || length) head.malformed = true;
    length = bytes;
  }
  if (head.malformed || (chunked && length)) return refuse(400, "problem.malformed");
  exchange.body_max = desk->BodyMax(method, raw.target);
  if (length.value_or(0) > std::max(exchange.body_max, limits::kDeskBodyBytesMax))
    return refuse(413, "problem.large");
  // What may be large is held whole; a few at a time, for anybody with a link can send one.
  if (exchange.body_max > limits::kDeskBodyBytesMax &&
      (chunked || length.value_or(0) > limits::kDeskBodyBytesMax)) {
    std::optional<LargeBodies::Place> place = large_bodies.Take(
        raw.target.substr(0, raw.target.find('?')), NetworkOf(desk->ClientOf(raw)));
    if (!place) return refuse(503, "problem.busy");
    exchange.large = std::move(*place);
  }
  // Where no body belongs a small one is read and left aside: the answer says more than a
  // line that was hung up.
  exchange.body_max = std::max(exchange.body_max, limits::kDeskBodyBytesMax);
  return std::nullopt;
}

MHD_Result Server::Rep::OnRequest(MHD_Connection* connection, const char* method, const char* piece,
                                  size_t* piece_bytes, Conversation& exchange) {
  if (!exchange.begun) {
    exchange.begun = true;
    if (const std::optional<Reply> early = AtHead(connection, method, exchange)) {
      Enter(connection, Phase::kFetch);
      return Send(connection, *early);
    }
    Enter(connection, Phase::kBody);
    return MHD_YES;
  }
  if (*piece_bytes != 0) {
    if (exchange.raw.body.size() + *piece_bytes > exchange.body_max) return MHD_NO;
    exchange.raw.body.append(piece, *piece_bytes);
    *piece_bytes = 0;
    return MHD_YES;
  }
  if (!exchange.answer) {
    Enter(connection, Phase::kWork);
    if (!desk->Waits(exchange.raw.method, exchange.raw.target)) {
      exchange.answer = desk->Answer(exchange.raw);
    } else if (AnswerBeside(connection, exchange)) {
      return MHD_YES;
    } else {
      exchange.answer = desk->Refuse(exchange.raw, 503, "problem.busy");
    }
  }
  // However slowly the answer is fetched, others may send now.
  exchange.raw.body = std::string();
  exchange.large = LargeBodies::Place();
  Enter(connection, Phase::kFetch);
  return Send(connection, *exchange.answer);
}

// The line is put aside, and taken up again by a call of OnRequest when the answer is there;
// until then the library frees neither. False if too many are.
bool Server::Rep::AnswerBeside(MHD_Connection* connection, Conversation& exchange) {
  const std::lock_guard lock(beside_mutex);
  if (closing) return false;
  beside.remove_if([](const std::future<void>& one) {
    return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  if (beside.size() >= limits::kDeskWaitingMax) return false;
  MHD_suspend_connection(connection);
  try {
    beside.push_back(std::async(std::launch::async, [this, connection, &exchange] {
      exchange.answer = desk->Answer(exchange.raw);
      MHD_resume_connection(connection);
    }));
  } catch (const std::system_error&) {  // no more threads are given to us
    exchange.answer = desk->Refuse(exchange.raw, 503, "problem.busy");
    MHD_resume_connection(connection);
  }
  return true;
}

MHD_Result Server::Rep::Send(MHD_Connection* connection, const Reply& reply) {
  MHD_Response* response = MHD_create_response_from_buffer(
      reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  bool fine = MHD_add_response_header(response, "Content-Type", reply.type.c_str()) == MHD_YES;
  for (const auto& [name, value] : reply.headers)
    fine = fine && MHD_add_response_header(response, name.c_str(), value.c_str()) == MHD_YES;
  const MHD_Result queued =
      fine ? MHD_queue_response(connection, static_cast<unsigned>(reply.status), response) : MHD_NO;
  MHD_destroy_response(response);
  return queued;
}

// The library's callbacks; each hands on to the server.
struct Callbacks {
  static void* OnTarget(void* /*server*/, const char* target, MHD_Connection* /*connection*/) {
    auto exchange = std::make_unique<Conversation>();
    exchange->raw.target = target;
    // The library ends the target with a NUL where the blank before "HTTP/1.1" stood. If
    // something else is behind it the NUL was the client's, and the target goes on.
    const char* behind = target + exchange->raw.target.size() + 1;
    exchange->cut = std::strncmp(behind, "HTTP/", 5) != 0;
    return exchange.release();  // OnCompleted takes it back
  }
  template <class Rep>
  static MHD_Result OnRequest(void* server, MHD_Connection* connection, const char* /*url*/,
                              const char* method, const char* /*version*/, const char* piece,
                              size_t* piece_bytes, void** exchange) {
    if (*exchange == nullptr) return MHD_NO;
    return static_cast<Rep*>(server)->OnRequest(connection, method, piece, piece_bytes,
                                                *static_cast<Conversation*>(*exchange));
  }
  template <class Rep>
  static void OnCompleted(void* server, MHD_Connection* connection, void** exchange,
                          MHD_RequestTerminationCode /*how*/) {
    const std::unique_ptr<Conversation> ended(static_cast<Conversation*>(*exchange));
    *exchange = nullptr;
    static_cast<Rep*>(server)->Enter(connection, Phase::kHead);
  }
  template <class Rep>
  static void OnConnection(void* server, MHD_Connection* connection, void** /*context*/,
                           MHD_ConnectionNotificationCode what) {
    auto* rep = static_cast<Rep*>(server);
    const std::lock_guard lock(rep->mutex);
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
      rep->lines.erase(connection);
      return;
    }
    const MHD_ConnectionInfo* info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != nullptr)
      rep->lines[connection] = {
          .descriptor = info->connect_fd, .phase = Phase::kHead, .since = Now()};
  }
  // Percent triplets are the desk's to undo.
  static size_t Keep(void* /*server*/, MHD_Connection* /*connection*/, char* text) {
    return std::string_view(text).size();
  }
};

Server::Server(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Server::~Server() = default;
uint16_t Server::port() const { return rep_->listening.port; }
const std::string& Server::where() const { return rep_->where; }

Result<std::unique_ptr<Server>> Server::Start(const Options& options, OfficersDesk& desk) {
  auto rep = std::make_unique<Rep>();
  rep->options = options;
  rep->desk = &desk;
  Result<Listening> listening = Listen(options.listen);
  if (!listening) return listening.error();
  rep->listening = *listening;
  const bool tls = !options.certificate.empty();
  if (!listening->loopback && !tls) {
    ::close(listening->descriptor);
    return Error{Code::kInvalid,
                 fmt::format("{} 可从别的机器访问，须配证书（[serve] certificate 与 key）；或改为 "
                             "127.0.0.1，由反向代理提供 HTTPS",
                             options.listen)};
  }
  rep->where =
      listening->path.empty()
          ? fmt::format("{}://{}:{}/", tls ? "https" : "http",
                        options.listen.substr(0, options.listen.rfind(':')), listening->port)
          : options.listen;
  desk.changes().LetWait(std::max(options.threads, 2u) - 1);
  unsigned flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  std::vector<MHD_OptionItem> items = {
      {MHD_OPTION_LISTEN_SOCKET, listening->descriptor, nullptr},
      {MHD_OPTION_THREAD_POOL_SIZE, options.threads, nullptr},
      {MHD_OPTION_CONNECTION_LIMIT, limits::kDeskConnectionsMax, nullptr},
      {MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits::kDeskConnectionsPerAddressMax, nullptr},
      {MHD_OPTION_CONNECTION_TIMEOUT, limits::kDeskIdleSecondsMax, nullptr},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits::kDeskHeaderBytesMax + kAnswerHeadBytes, nullptr},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr},
      {MHD_OPTION_URI_LOG_CALLBACK, reinterpret_cast<intptr_t>(&Callbacks::OnTarget), rep.get()},
      {MHD_OPTION_UNESCAPE_CALLBACK, reinterpret_cast<intptr_t>(&Callbacks::Keep), nullptr},
      {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<intptr_t>(&Callbacks::OnCompleted<Rep>),
       rep.get()},
      {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<intptr_t>(&Callbacks::OnConnection<Rep>),
       rep.get()},
  };
  if (tls) {
    flags |= MHD_USE_TLS;
    items.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, const_cast<char*>(options.certificate.c_str())});
    items.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(options.key.c_str())});
    items.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0,
                     const_cast<char*>("SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")});
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  rep->daemon = MHD_start_daemon(flags, 0, nullptr, nullptr, &Callbacks::OnRequest<Rep>, rep.get(),
                                 MHD_OPTION_ARRAY, items.data(), MHD_OPTION_END);
  if (rep->daemon == nullptr) {
    ::close(listening->descriptor);
    return Error{Code::kSystem,
                 fmt::format("在 {} 开不了服务{}", options.listen,
                             tls ? "；请检查证书与密钥是否相配、是否 PEM 格式" : "")};
  }
  rep->watcher = std::thread([state = rep.get()] { state->Watch(); });
  return std::unique_ptr<Server>(new Server(std::move(rep)));  // private constructor
}

}  // namespace xuncha
