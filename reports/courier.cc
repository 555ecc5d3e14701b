// The only file of reports/ that knows curl.
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/courier.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/freed.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/text.h"

namespace xuncha {
namespace {

using Handle = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;

// What came back, with its cap.
struct Heard {
  std::string body;
  std::string line;  // the last of SMTP
  size_t bytes = 0;
};

size_t TakeBody(char* bytes, size_t size, size_t count, void* into) {
  Heard& heard = *static_cast<Heard*>(into);
  heard.bytes += size * count;
  if (heard.bytes > limits::kMessageAnswerBytesMax) return 0;
  heard.body.append(bytes, size * count);
  return size * count;
}

// Of SMTP, every line the server says comes here.
size_t TakeHeader(char* bytes, size_t size, size_t count, void* into) {
  Heard& heard = *static_cast<Heard*>(into);
  heard.bytes += size * count;
  if (heard.bytes > limits::kMessageAnswerBytesMax) return 0;
  const std::string_view line = Trim(std::string_view(bytes, size * count));
  // The answer to our own good-bye tells nothing of what was before it.
  const bool bye = line.starts_with("221") && !heard.line.empty();
  if (!line.empty() && !bye) heard.line = line;
  return size * count;
}

struct Source {
  std::string_view rest;
};

size_t Give(char* into, size_t size, size_t count, void* from) {
  std::string_view& rest = static_cast<Source*>(from)->rest;
  const size_t bytes = std::min(size * count, rest.size());
  std::memcpy(into, rest.data(), bytes);
  rest.remove_prefix(bytes);
  return bytes;
}

void Append(List& list, const std::string& text) {
  curl_slist* longer = curl_slist_append(list.get(), text.c_str());
  CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

void SetCommon(CURL* easy, Heard& heard, Millis time_max, const std::string& ca_bundle) {
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(time_max));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(time_max / 2));
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &heard);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &heard);
  if (!ca_bundle.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_bundle.c_str());
}

void SetMail(CURL* easy, const MailDrop& drop) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  // The path is the name we greet with. What is set is copied.
  const std::string url = drop.server + "/" + drop.from.substr(drop.from.rfind('@') + 1);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_USE_SSL,
                   static_cast<long>(drop.plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (drop.user.empty()) return;
  curl_easy_setopt(easy, CURLOPT_USERNAME, drop.user.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, drop.password.c_str());
}

CourierAnswer Perform(CURL* easy, Heard& heard) {
  const CURLcode done = curl_easy_perform(easy);
  long code = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
  CourierAnswer answer;
  answer.code = static_cast<uint32_t>(std::clamp(code, 0L, 999L));
  if (done == CURLE_OK) return answer;
  answer.sign_in = done == CURLE_LOGIN_DENIED;
  answer.failure = heard.bytes > limits::kMessageAnswerBytesMax
                       ? fmt::format("答复超过 {} 字节", limits::kMessageAnswerBytesMax)
                       : curl_easy_strerror(done);
  return answer;
}

}  // namespace

CurlCourier::CurlCourier(Millis time_max) : time_max_(time_max) {}

CourierAnswer CurlCourier::Mail(const MailDrop& drop) {
  const Handle curl(curl_easy_init());
  CHECK(curl != nullptr);
  CURL* const easy = curl.get();
  Heard heard;
  SetCommon(easy, heard, time_max_, drop.ca_bundle);
  SetMail(easy, drop);
  const std::string from = "<" + drop.from + ">";
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from.c_str());
  List to;
  Append(to, "<" + drop.to + ">");
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to.get());
  Source source{drop.text};
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, Give);
  curl_easy_setopt(easy, CURLOPT_READDATA, &source);
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  CourierAnswer answer = Perform(easy, heard);
  answer.body = heard.line;
  return answer;
}

CourierAnswer CurlCourier::Post(const HttpPost& post) {
  const Handle curl(curl_easy_init());
  CHECK(curl != nullptr);
  CURL* const easy = curl.get();
  Heard heard;
  SetCommon(easy, heard, time_max_, post.ca_bundle);
  List headers;
  for (const std::string& header : post.headers) Append(headers, header);
  Append(headers, "Expect:");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_URL, post.url.c_str());
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  CourierAnswer answer = Perform(easy, heard);
  answer.body = std::move(heard.body);
  return answer;
}

CourierAnswer CurlCourier::Knock(const MailDrop& drop) {
  const Handle curl(curl_easy_init());
  CHECK(curl != nullptr);
  Heard heard;
  SetCommon(curl.get(), heard, time_max_, drop.ca_bundle);
  SetMail(curl.get(), drop);
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, "NOOP");
  CourierAnswer answer = Perform(curl.get(), heard);
  answer.body = heard.line;
  return answer;
}

CourierAnswer CurlCourier::Knock(const HttpPost& post) {
  const Handle curl(curl_easy_init());
  CHECK(curl != nullptr);
  Heard heard;
  SetCommon(curl.get(), heard, time_max_, post.ca_bundle);
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_URL, post.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CONNECT_ONLY, 1L);
  return Perform(curl.get(), heard);
}

}  // namespace xuncha
