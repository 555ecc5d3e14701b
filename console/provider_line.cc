// The only file of this folder that knows curl.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/provider_line.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/freed.h"
#include "base/limits.h"
#include "base/limits_provider.h"
#include "base/text.h"
#include "base/url.h"

namespace xuncha {
namespace {

using Handle = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;

struct Heard {
  std::string body;
  size_t bytes = 0;  // with the head, trailers too
};

bool TooLong(Heard& heard, size_t bytes) {
  heard.bytes += bytes;
  return heard.bytes > limits::kProviderAnswerBytesMax;
}

size_t TakeBody(char* bytes, size_t size, size_t count, void* into) {
  Heard& heard = *static_cast<Heard*>(into);
  if (TooLong(heard, size * count)) return 0;
  heard.body.append(bytes, size * count);
  return size * count;
}

size_t TakeHeader(char* /*bytes*/, size_t size, size_t count, void* into) {
  return TooLong(*static_cast<Heard*>(into), size * count) ? 0 : size * count;
}

bool IsThisMachine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

// Plain HTTP goes to this machine whatever a resolver says of "localhost".
curl_socket_t OpenLocally(void* /*nothing*/, curlsocktype /*purpose*/, curl_sockaddr* to) {
  const auto* four = reinterpret_cast<const sockaddr_in*>(&to->addr);
  const auto* six = reinterpret_cast<const sockaddr_in6*>(&to->addr);
  const bool local = to->family == AF_INET    ? (ntohl(four->sin_addr.s_addr) >> 24) == 127
                     : to->family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) != 0
                                              : false;
  return local ? ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol) : CURL_SOCKET_BAD;
}

Result<ProviderAnswer> Perform(CURL* easy, const std::string& url,
                               const ProviderLine::Options& options) {
  if (Status good = ProviderLine::CheckAddress(url); !good) return good.error();
  Heard heard;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.time_max));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.time_max / 2));
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &heard);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &heard);
  if (url.starts_with("http://")) curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenLocally);
  if (!options.ca_bundle.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_bundle.c_str());
  const CURLcode done = curl_easy_perform(easy);
  if (heard.bytes > limits::kProviderAnswerBytesMax) {
    return Error{Code::kSystem,
                 fmt::format("身份提供方的答复超过 {} KB", limits::kProviderAnswerBytesMax >> 10)};
  }
  if (done != CURLE_OK) {
    return Error{Code::kSystem, fmt::format("身份提供方没有应答（{}）；请稍后再试，或用账号和口令",
                                            curl_easy_strerror(done))};
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return ProviderAnswer{.status = static_cast<uint32_t>(std::clamp(status, 0L, 999L)),
                        .body = std::move(heard.body)};
}

}  // namespace

ProviderLine::ProviderLine(Options options) : options_(std::move(options)) {}

Status ProviderLine::CheckAddress(std::string_view url) {
  const Result<Url> parsed = Url::Parse(url);
  if (parsed && (parsed->secure() || IsThisMachine(parsed->host()))) return Ok();
  return Error{Code::kDenied, fmt::format("身份提供方的地址“{}”须以 https:// 开头（本机可用 http）",
                                          Neutralise(url.substr(0, 200)))};
}

Result<ProviderAnswer> ProviderLine::Get(const std::string& url) const {
  const Handle curl(curl_easy_init());
  CHECK(curl != nullptr);
  return Perform(curl.get(), url, options_);
}

Result<ProviderAnswer> ProviderLine::Post(const std::string& url, const Form& form) const {
  const Handle curl(curl_easy_init());
  CHECK(curl != nullptr);
  CURL* const easy = curl.get();
  const List headers(curl_slist_append(nullptr, "Accept: application/json"));
  CHECK(headers != nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form.body.size()));
  if (!form.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy, CURLOPT_USERNAME, form.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, form.password.c_str());
  }
  return Perform(easy, url, options_);
}

}  // namespace xuncha
