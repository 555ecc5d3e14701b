// SPDX-License-Identifier: Apache-2.0
#include "app/timestamper.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "base/freed.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

using Handle = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;

size_t Take(char* bytes, size_t size, size_t count, void* into) {
  auto& reply = *static_cast<std::string*>(into);
  if (reply.size() + size * count > limits::kTimestampBytesMax) return 0;
  reply.append(bytes, size * count);
  return size * count;
}

// Headers are not kept, but counted: they are bounded too.
size_t CountHeader(char* /*bytes*/, size_t size, size_t count, void* into) {
  auto& seen = *static_cast<size_t*>(into);
  seen += size * count;
  return seen > limits::kTimestampBytesMax ? 0 : size * count;
}

}  // namespace

Result<std::string> AskAuthority(const std::string& url, std::string_view query, Millis timeout) {
  const Handle curl(curl_easy_init());
  const List headers(curl_slist_append(nullptr, "Content-Type: application/timestamp-query"));
  CHECK(curl && headers);
  std::string reply;
  size_t header_bytes = 0;
  CURL* const easy = curl.get();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, query.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(query.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Take);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, CountHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &header_bytes);
  const CURLcode done = curl_easy_perform(easy);
  if (done != CURLE_OK) {
    const bool large = done == CURLE_WRITE_ERROR;
    return Error{large ? Code::kLimit : Code::kSystem,
                 fmt::format("{}: {}; check the address and the network", url,
                             large ? "the reply is too large" : curl_easy_strerror(done))};
  }
  long status = 0;
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  if (status != 200 || type == nullptr ||
      !StartsWithIgnoreCase(type, "application/timestamp-reply"))
    return Error{Code::kSystem, fmt::format("{}: answered {} {}; check that it is an authority's "
                                            "address",
                                            url, status, Neutralise(type == nullptr ? "" : type))};
  return reply;
}

}  // namespace xuncha
