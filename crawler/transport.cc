// SPDX-License-Identifier: Apache-2.0
#include "crawler/transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <utility>

#include "base/coding.h"
#include "base/freed.h"
#include "crawler/head.h"
#include "crawler/sockets.h"

namespace xuncha {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;
using Outcome = Transport::Outcome;

constexpr milliseconds kLookRound(100);
constexpr unsigned kSocketLookEvery = 8;  // progress calls; each follows at most some 100 KB

using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Freed<curl_multi_cleanup>>;
using Share = std::unique_ptr<CURLSH, Freed<curl_share_cleanup>>;
using List = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;

// Cookies in memory. No lock functions: everything that shares a jar runs on one thread.
struct Jar {
  Share share;
  int users = 0;
  uint64_t last_used = 0;
};

// An easy handle and the request it works on.
struct Transfer {
  const Fetcher::Caps* caps = nullptr;
  Sockets* sockets = nullptr;
  Easy easy;
  char error[CURL_ERROR_SIZE] = "";
  bool active = false;

  struct Work {
    Transport::Request request;
    Transport::Answer answer;
    List headers;  // its own, if it has some
    Jar* jar = nullptr;
    size_t wire_max = 0;
    std::string refused;                    // "127.0.0.1: loopback"
    bool stopped = false;                   // by us; answer.limit says why
    std::optional<ContentDecoder> decoder;  // from the first byte of the body, if it is coded
    std::string undecodable;                // why its content coding cannot be undone
    bool sent = false;                      // connected, request on its way
    bool block_open = false;                // inside a header block
    size_t header_bytes = 0;                // 1xx, headers and trailers
    Steady::time_point asked;
    int descriptor = -1;
    uint64_t socket_base = 0;  // bytes the connection had received before
    bool watched = false;      // the low-speed window below is open
    Steady::time_point window_from;
    uint64_t window_base = 0;
    unsigned progress_calls = 0;
  } work;

  Response& response() { return work.answer.response; }
  void Stop(Limit limit, std::string detail) {
    work.stopped = true;
    work.answer.limit = {limit, std::move(detail)};
  }
  // Of the body, before content decoding.
  uint64_t WireBytes() const {
    curl_off_t bytes = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_SIZE_DOWNLOAD_T, &bytes);
    return static_cast<uint64_t>(bytes);
  }
  // Everything this request has brought in, as exactly as can be known.
  uint64_t Received() const {
    const uint64_t counted = work.header_bytes + WireBytes();
    const uint64_t socket = Sockets::BytesReceived(work.descriptor);
    return socket > work.socket_base ? std::max(socket - work.socket_base, counted) : counted;
  }
  bool WireCapHit(uint64_t bytes, uint64_t cap) {
    if (bytes > cap) Stop(Limit::kWireBytes, fmt::format("cut at {} bytes on the wire", bytes));
    return bytes > cap;
  }
};

template <typename T>
void Set(CURL* easy, CURLoption option, T value) {
  CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

// ---- Callbacks; `data` is the Transfer unless said otherwise. ----

size_t OnHeader(char* bytes, size_t size, size_t count, void* data) {
  Transfer& transfer = *static_cast<Transfer*>(data);
  Transfer::Work& work = transfer.work;
  Response& response = transfer.response();
  const std::string_view line(bytes, size * count);
  work.header_bytes += line.size();
  if (const size_t cap = transfer.caps->header_bytes; work.header_bytes > cap) {
    transfer.Stop(Limit::kHeaderBytes, fmt::format("cut at {} bytes of headers", cap));
    return 0;
  }
  if (work.answer.head_done) {
    response.trailers += line;
    return line.size();
  }
  if (!work.block_open) {  // a status line; what came before was a 1xx block
    response.headers.clear();
    work.block_open = true;
  }
  response.headers += line;
  if (line == "\r\n" || line == "\n") {
    work.block_open = false;
    const size_t blank = response.headers.find(' ');
    const int status =
        blank == std::string::npos ? 0 : std::atoi(response.headers.c_str() + blank + 1);
    if (status >= 200 && status <= 999) {
      response.status = static_cast<uint16_t>(status);
      work.answer.head_done = true;
    }
  }
  return line.size();
}

// Takes bytes of the body as they are to be read; false if no more are wanted.
bool TakeBody(Transfer& transfer, std::string_view piece) {
  Response& response = transfer.response();
  std::string& body = response.body;
  const size_t room = transfer.work.request.body_max - body.size();
  body.append(piece.substr(0, room));
  const size_t wire = response.coded_body.size();
  if (wire > 0 && body.size() > transfer.caps->inflate_ratio_from &&
      body.size() / wire > transfer.caps->inflate_ratio) {
    transfer.Stop(Limit::kInflateRatio, fmt::format("{} bytes became {}", wire, body.size()));
    return false;
  }
  if (piece.size() > room) {
    transfer.Stop(Limit::kBodyBytes, fmt::format("cut at {} bytes", body.size()));
    return false;
  }
  return true;
}

// The library would undo the content coding too, and hide that it ended early.
size_t OnBody(char* bytes, size_t size, size_t count, void* data) {
  Transfer& transfer = *static_cast<Transfer*>(data);
  Transfer::Work& work = transfer.work;
  Response& response = transfer.response();
  const std::string_view more(bytes, size * count);
  if (!work.decoder) {
    const std::string codings = work.request.raw ? "" : ReadHead(response.headers).codings;
    Result<ContentDecoder> decoder = ContentDecoder::For(codings);
    if (!decoder) {
      work.undecodable = decoder.error().text;
      return 0;
    }
    work.decoder = std::move(*decoder);
    response.coding = work.decoder->name();
  }
  if (work.decoder->none()) return TakeBody(transfer, more) ? more.size() : 0;
  response.coded_body += more;
  // One buffer may come here before OnProgress has counted it.
  if (transfer.WireCapHit(response.coded_body.size(), work.wire_max + CURL_MAX_WRITE_SIZE))
    return 0;
  switch (work.decoder->Add(
      more, [&transfer](std::string_view piece) { return TakeBody(transfer, piece); })) {
    case ContentDecoder::Outcome::kGood:
      return more.size();
    case ContentDecoder::Outcome::kStopped:
      return 0;
    case ContentDecoder::Outcome::kBroken:
      work.undecodable = fmt::format("content coding {} breaks", response.coding);
      return 0;
    case ContentDecoder::Outcome::kBomb:
      transfer.Stop(Limit::kInflateRatio, fmt::format("content coding {} makes more than {} bytes",
                                                      response.coding, limits::kCodingBytesMax));
      return 0;
  }
  return 0;
}

// What goes out; `data` is the Transfer.
int OnTrace(CURL*, curl_infotype type, char* bytes, size_t size, void* data) {
  if (type != CURLINFO_HEADER_OUT) return 0;
  std::string& request = static_cast<Transfer*>(data)->response().request;
  // Sent once more, if the connection it went over turned out to be dead.
  if (request.ends_with("\r\n\r\n")) request.clear();
  request.append(bytes, std::min(size, limits::kRequestBytesMax - request.size()));
  return 0;
}

int OnProgress(void* data, curl_off_t, curl_off_t wire, curl_off_t, curl_off_t) {
  Transfer& transfer = *static_cast<Transfer*>(data);
  const uint64_t cap = transfer.work.wire_max;
  // One buffer may be counted here before OnBody has seen it.
  if (transfer.WireCapHit(static_cast<uint64_t>(wire), cap + CURL_MAX_WRITE_SIZE)) return 1;
  // Twice the cap, since honest framing (small chunks, TLS) costs something too.
  if (++transfer.work.progress_calls % kSocketLookEvery == 0 &&
      transfer.WireCapHit(transfer.Received(), 2 * cap))
    return 1;
  return 0;
}

curl_socket_t OnOpenSocket(void* data, curlsocktype, curl_sockaddr* to) {
  Transfer& transfer = *static_cast<Transfer*>(data);
  const Result<IpAddress> address = IpAddress::FromSockaddr(&to->addr);
  if (std::vector<std::string>& tried = transfer.response().addresses;
      address && tried.size() < limits::kAddressesMax)
    tried.push_back(address->text());
  const std::string_view reason =
      address ? transfer.work.request.policy->Refuses(*address) : "family";
  if (!reason.empty()) {
    transfer.work.refused = fmt::format("{}: {}", address ? address->text() : "?", reason);
    return CURL_SOCKET_BAD;
  }
  const int descriptor = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  if (descriptor >= 0) transfer.sockets->Opened(descriptor);
  return descriptor;
}

// `data` is the Sockets: a connection outlives the transfer that opened it.
int OnCloseSocket(void* data, curl_socket_t descriptor) {
  static_cast<Sockets*>(data)->Closed(descriptor);
  return close(descriptor);
}

// The chain as the server sent it, in PEM.
std::string Certificates(const SSL* ssl) {
  const std::unique_ptr<BIO, Freed<BIO_free_all>> bio(BIO_new(BIO_s_mem()));
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < sk_X509_num(chain); ++i)
    PEM_write_bio_X509(bio.get(), sk_X509_value(chain, i));
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  if (size <= 0 || static_cast<size_t>(size) > limits::kCertificatesBytesMax) return "";
  return {text, static_cast<size_t>(size)};
}

// Whom the connection leads to: told by the library for each request, the same for all of a
// connection, and dear to write out.
void ReadTls(Transfer& transfer) {
  TlsFacts& tls = transfer.response().tls;
  const int descriptor = transfer.work.descriptor;
  if (const TlsFacts* known = transfer.sockets->TlsOf(descriptor)) {
    tls = *known;
    return;
  }
  curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(transfer.easy.get(), CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK ||
      session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL ||
      session->internals == nullptr)
    return;
  const SSL* ssl = static_cast<const SSL*>(session->internals);
  tls.version = SSL_get_version(ssl);
  tls.cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
  tls.certificates = Certificates(ssl);
  if (!tls.certificates.empty()) tls.chain = Sha256(tls.certificates);
  transfer.sockets->SetTls(descriptor, tls);
}

// Before each request, on new and reused connections alike: the second guard.
int OnRequest(void* data, char* remote, char* local, int port, int local_port) {
  Transfer& transfer = *static_cast<Transfer*>(data);
  Transfer::Work& work = transfer.work;
  const Result<IpAddress> address = IpAddress::Parse(remote);
  const std::string_view reason = address ? work.request.policy->Refuses(*address) : "unreadable";
  if (!reason.empty()) {
    work.refused = fmt::format("{}: {}", remote, reason);
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.response().remote_address =
      address->v4() ? fmt::format("{}:{}", remote, port) : fmt::format("[{}]:{}", remote, port);
  transfer.response().local_address = address->v4() ? fmt::format("{}:{}", local, local_port)
                                                    : fmt::format("[{}]:{}", local, local_port);
  work.sent = true;
  work.asked = Steady::now();
  work.descriptor = transfer.sockets->Find({address->bytes, port, local_port});
  if (work.request.url.secure()) ReadTls(transfer);
  work.socket_base = Sockets::BytesReceived(work.descriptor);
  return CURL_PREREQFUNC_OK;
}

// Old campus servers know no secure renegotiation; OpenSSL 3 would not talk to them.
CURLcode AllowOldServers(CURL*, void* context, void*) {
  SSL_CTX_set_options(static_cast<SSL_CTX*>(context), SSL_OP_LEGACY_SERVER_CONNECT);
  return CURLE_OK;
}

// What a result of libcurl means. A failed write is ours: see OnBody.
std::pair<Outcome, Limit> Meaning(const Transfer& transfer, CURLcode code, std::string_view text) {
  const Transfer::Work& work = transfer.work;
  const bool head_begun = work.answer.head_done || work.block_open;
  switch (code) {
    case CURLE_OK:  // closed in the headers, or after a 1xx
      return {Outcome::kFailed, work.block_open ? Limit::kTruncated : Limit::kProtocol};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_PEER_FAILED_VERIFICATION:
      return {Outcome::kTlsFailed, Limit::kTls};
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
      return {Outcome::kUndecodable, Limit::kDecoding};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Outcome::kFailed, Limit::kResolve};
    case CURLE_COULDNT_CONNECT:
      return {Outcome::kFailed, Limit::kConnect};
    case CURLE_OPERATION_TIMEDOUT: {
      if (work.sent) return {Outcome::kCut, Limit::kTotalTime};
      curl_off_t resolved = 0;
      curl_easy_getinfo(transfer.easy.get(), CURLINFO_NAMELOOKUP_TIME_T, &resolved);
      return {Outcome::kFailed, resolved == 0 ? Limit::kResolve : Limit::kConnectTime};
    }
    case CURLE_PARTIAL_FILE:
      return {Outcome::kFailed, Limit::kTruncated};
    case CURLE_WEIRD_SERVER_REPLY:
      return {Outcome::kFailed,
              text.find("Content-Length") == text.npos ? Limit::kProtocol : Limit::kFraming};
    case CURLE_OUT_OF_MEMORY:  // one header line beyond the library's 100 KB
      return {Outcome::kCut, work.answer.head_done ? Limit::kProtocol : Limit::kHeaderBytes};
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
      if (text.find("chunked-encoding") != text.npos) return {Outcome::kFailed, Limit::kFraming};
      return {Outcome::kFailed, head_begun ? Limit::kTruncated : Limit::kConnect};
    default:
      return {Outcome::kFailed, Limit::kProtocol};
  }
}

List WithCommonHeaders(List rest) {
  for (const char* line :
       {"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8"})
    rest.reset(curl_slist_append(rest.release(), line));
  return rest;
}

}  // namespace

struct Transport::Rep {
  Rep(Fetcher::Caps caps_in, std::string ca_bundle_in)
      : caps(caps_in), ca_bundle(std::move(ca_bundle_in)) {}
  ~Rep();

  Transfer& Idle();
  Jar& JarOf(const std::string& name);
  void Send(Request request);
  void Collect();
  void LookRound(Steady::time_point now);
  void End(Transfer& transfer, CURLcode code);

  const Fetcher::Caps caps;
  const std::string ca_bundle;
  Sockets sockets;
  List headers, connect_to;
  std::map<std::string, Jar> jars;
  uint64_t jar_uses = 0;
  Multi multi;
  std::vector<std::unique_ptr<Transfer>> transfers;
  std::vector<Transfer*> idle;
  size_t active = 0;
  std::vector<Answer> answers;
  Steady::time_point next_look = Steady::now();
  std::atomic<bool> woken = false;
};

Transport::Rep::~Rep() {
  for (const auto& transfer : transfers)
    if (transfer->active) curl_multi_remove_handle(multi.get(), transfer->easy.get());
  transfers.clear();
  multi.reset();
  jars.clear();
  curl_global_cleanup();
}

// A handle with everything set that never varies.
Transfer& Transport::Rep::Idle() {
  if (!idle.empty()) {
    Transfer& transfer = *idle.back();
    idle.pop_back();
    return transfer;
  }
  Transfer& transfer = *transfers.emplace_back(std::make_unique<Transfer>());
  transfer.caps = &caps;
  transfer.sockets = &sockets;
  transfer.easy.reset(curl_easy_init());
  CURL* easy = transfer.easy.get();
  CHECK(easy != nullptr);
  Set(easy, CURLOPT_PRIVATE, &transfer);
  Set(easy, CURLOPT_ERRORBUFFER, transfer.error);
  Set(easy, CURLOPT_NOSIGNAL, 1L);
  Set(easy, CURLOPT_QUICK_EXIT, 1L);
  Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  Set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  Set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  Set(easy, CURLOPT_PROXY, "");  // nor one from the environment: the guard would see its address
  Set(easy, CURLOPT_NOPROXY, "*");
  Set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  Set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
  Set(easy, CURLOPT_COOKIEFILE, "");  // no file, but cookies
  Set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  Set(easy, CURLOPT_PATH_AS_IS, 1L);  // the URL is canonical already
  Set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(caps.connect));
  if (connect_to) Set(easy, CURLOPT_CONNECT_TO, connect_to.get());
  if (!ca_bundle.empty()) Set(easy, CURLOPT_CAINFO, ca_bundle.c_str());
  Set(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(easy, CURLOPT_HEADERDATA, &transfer);
  Set(easy, CURLOPT_WRITEFUNCTION, &OnBody);
  Set(easy, CURLOPT_WRITEDATA, &transfer);
  Set(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  Set(easy, CURLOPT_VERBOSE, 1L);  // or nothing is traced
  Set(easy, CURLOPT_DEBUGFUNCTION, &OnTrace);
  Set(easy, CURLOPT_DEBUGDATA, &transfer);
  Set(easy, CURLOPT_NOPROGRESS, 0L);
  Set(easy, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  Set(easy, CURLOPT_XFERINFODATA, &transfer);
  Set(easy, CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  Set(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  Set(easy, CURLOPT_CLOSESOCKETFUNCTION, &OnCloseSocket);
  Set(easy, CURLOPT_CLOSESOCKETDATA, &sockets);
  Set(easy, CURLOPT_PREREQFUNCTION, &OnRequest);
  Set(easy, CURLOPT_PREREQDATA, &transfer);
  return transfer;
}

Jar& Transport::Rep::JarOf(const std::string& name) {
  Jar& jar = jars[name];
  jar.last_used = ++jar_uses;
  if (jar.share) return jar;
  jar.share.reset(curl_share_init());
  CHECK(jar.share != nullptr);
  CHECK(curl_share_setopt(jar.share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) == CURLSHE_OK);
  if (jars.size() > limits::kCookieJarsMax) {
    auto oldest = jars.end();
    for (auto each = jars.begin(); each != jars.end(); ++each) {
      if (each->second.users > 0 || &each->second == &jar) continue;
      if (oldest == jars.end() || each->second.last_used < oldest->second.last_used) oldest = each;
    }
    if (oldest != jars.end()) jars.erase(oldest);
  }
  return jar;
}

// What varies is all set each time, so nothing is left over from the request before.
void Transport::Rep::Send(Request sent) {
  Transfer& transfer = Idle();
  transfer.work = {};
  transfer.error[0] = '\0';
  transfer.active = true;
  active++;
  transfer.work.request = std::move(sent);
  Transfer::Work& work = transfer.work;
  const Request& request = work.request;
  work.answer.owner = request.owner;
  work.jar = &JarOf(request.jar);
  work.jar->users++;
  work.wire_max = std::max(caps.wire_bytes, request.body_max);
  transfer.response().final_url = request.url;
  transfer.response().tls.used = request.url.secure();
  for (const std::string& line : request.headers)
    work.headers.reset(curl_slist_append(work.headers.release(), line.c_str()));
  if (work.headers) work.headers = WithCommonHeaders(std::move(work.headers));

  CURL* easy = transfer.easy.get();
  Set(easy, CURLOPT_URL, request.url.text().c_str());
  Set(easy, CURLOPT_SHARE, work.jar->share.get());
  Set(easy, CURLOPT_USERAGENT, request.user_agent.c_str());
  Set(easy, CURLOPT_REFERER, request.referrer.empty() ? nullptr : request.referrer.c_str());
  Set(easy, CURLOPT_HTTPHEADER, work.headers ? work.headers.get() : headers.get());
  Set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_max));
  Set(easy, CURLOPT_ACCEPT_ENCODING, request.raw ? nullptr : "deflate, gzip, br, zstd");
  if (request.url.secure()) {
    Set(easy, CURLOPT_SSL_VERIFYPEER, request.relaxed ? 0L : 1L);
    Set(easy, CURLOPT_SSL_VERIFYHOST, request.relaxed ? 0L : 2L);
    Set(easy, CURLOPT_SSLVERSION,
        static_cast<long>(request.relaxed ? CURL_SSLVERSION_TLSv1_0 : CURL_SSLVERSION_DEFAULT));
    Set(easy, CURLOPT_SSL_CIPHER_LIST, request.relaxed ? "DEFAULT@SECLEVEL=0" : nullptr);
    Set(easy, CURLOPT_SSL_CTX_FUNCTION, request.relaxed ? &AllowOldServers : nullptr);
  }
  CHECK(curl_multi_add_handle(multi.get(), easy) == CURLM_OK);
}

void Transport::Rep::Collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    End(*transfer, code);
  }
}

// What callbacks cannot see, for they run when bytes come: silence and drips.
void Transport::Rep::LookRound(Steady::time_point now) {
  for (const auto& transfer : transfers) {
    Transfer::Work& work = transfer->work;
    if (!transfer->active || !work.sent) continue;
    const uint64_t received = transfer->Received();
    const milliseconds window(caps.low_speed_for);
    if (work.header_bytes == 0) {
      if (now - work.asked > milliseconds(caps.first_byte))
        transfer->Stop(Limit::kLowSpeed, fmt::format("no header within {} ms", caps.first_byte));
    } else if (!work.watched || now - work.window_from >= window) {
      const uint64_t got = received - std::min(received, work.window_base);
      if (work.watched &&
          got * 1000 < static_cast<uint64_t>(caps.low_speed_bytes * caps.low_speed_for))
        transfer->Stop(Limit::kLowSpeed, fmt::format("{} bytes in {} ms", got, window.count()));
      work.watched = true;
      work.window_from = now;
      work.window_base = received;
    }
    if (!work.stopped) transfer->WireCapHit(received, 2 * work.wire_max);
    if (work.stopped) End(*transfer, CURLE_ABORTED_BY_CALLBACK);
  }
}

void Transport::Rep::End(Transfer& transfer, CURLcode code) {
  CURL* easy = transfer.easy.get();
  Transfer::Work& work = transfer.work;
  Answer& answer = work.answer;
  answer.response.wire_bytes = transfer.WireBytes();
  const auto at = [easy](CURLINFO what) {
    curl_off_t micros = 0;
    curl_easy_getinfo(easy, what, &micros);
    return micros;
  };
  const curl_off_t sent = at(CURLINFO_PRETRANSFER_TIME_T),
                   first = at(CURLINFO_STARTTRANSFER_TIME_T);
  if (first > sent) answer.response.first_byte = (first - sent) / 1000;
  answer.response.timing = {.resolved = at(CURLINFO_NAMELOOKUP_TIME_T) / 1000,
                            .connected = at(CURLINFO_CONNECT_TIME_T) / 1000,
                            .secured = at(CURLINFO_APPCONNECT_TIME_T) / 1000,
                            .sent = sent / 1000,
                            .first_byte = first / 1000,
                            .ended = at(CURLINFO_TOTAL_TIME_T) / 1000};

  if (work.stopped) {
    answer.outcome = Outcome::kCut;
  } else if (!work.refused.empty() &&
             (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
    answer.outcome = Outcome::kRefused;
    answer.limit = {Limit::kAddressPolicy, work.refused};
  } else if (code != CURLE_OK || !answer.head_done) {
    std::string text = "no answer to the end of its headers";
    if (code != CURLE_OK) text = transfer.error[0] ? transfer.error : curl_easy_strerror(code);
    if (!work.undecodable.empty()) text = work.undecodable;
    const auto [outcome, limit] = Meaning(transfer, code, text);
    answer.outcome = outcome;
    answer.limit = {limit, std::move(text)};
  } else if (work.decoder && !work.decoder->Ended()) {
    answer.outcome = Outcome::kUndecodable;
    answer.limit = {Limit::kDecoding,
                    fmt::format("content coding {} ends early", answer.response.coding)};
  } else if (work.decoder && work.decoder->surplus() > 0) {
    answer.outcome = Outcome::kUndecodable;
    answer.limit = {Limit::kDecoding,
                    fmt::format("{} bytes behind the end of content coding {} were not read",
                                work.decoder->surplus(), answer.response.coding)};
  }
  if (answer.limit) answer.response.error = answer.limit->detail;

  curl_multi_remove_handle(multi.get(), easy);
  answers.push_back(std::move(answer));
  Set(easy, CURLOPT_SHARE, nullptr);
  work.jar->users--;
  work.headers.reset();
  transfer.active = false;
  active--;
  idle.push_back(&transfer);
}

Transport::Transport(const Fetcher::Options& options)
    : rep_(std::make_unique<Rep>(options.caps, options.ca_bundle)) {
  std::signal(SIGPIPE, SIG_IGN);
  CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
  rep_->multi.reset(curl_multi_init());
  CHECK(rep_->multi != nullptr);
  // Twice the transfers, so that a host's connection outlives the delay between two pages.
  const size_t inflight = options.inflight_max == 0 ? limits::kInflightMax : options.inflight_max;
  curl_multi_setopt(rep_->multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(2 * inflight));
  rep_->headers = WithCommonHeaders(nullptr);
  for (const std::string& entry : options.resolve)
    rep_->connect_to.reset(curl_slist_append(rep_->connect_to.release(), entry.c_str()));
}

Transport::~Transport() = default;

void Transport::Send(Request request) { rep_->Send(std::move(request)); }

void Transport::Push() {
  int running = 0;
  CHECK(curl_multi_perform(rep_->multi.get(), &running) == CURLM_OK);
}

std::vector<Transport::Answer> Transport::Wait(Millis wait) {
  Rep& rep = *rep_;
  const Steady::time_point until = Steady::now() + milliseconds(wait);
  for (;;) {
    int running = 0;
    CHECK(curl_multi_perform(rep.multi.get(), &running) == CURLM_OK);
    rep.Collect();
    const Steady::time_point now = Steady::now();
    if (now >= rep.next_look) {
      rep.LookRound(now);
      rep.next_look = now + kLookRound;
    }
    if (!rep.answers.empty() || rep.woken.exchange(false) || now >= until) break;
    const Steady::time_point next = rep.active > 0 ? std::min(until, rep.next_look) : until;
    const auto pause = std::chrono::ceil<milliseconds>(next - now).count();
    const int timeout = static_cast<int>(std::min<int64_t>(pause, 1 << 30));
    CHECK(curl_multi_poll(rep.multi.get(), nullptr, 0, timeout, nullptr) == CURLM_OK);
  }
  return std::exchange(rep.answers, {});
}

void Transport::Wake() {
  rep_->woken = true;
  curl_multi_wakeup(rep_->multi.get());
}

}  // namespace xuncha
