// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/console/test_provider.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

#include "base/digest.h"
#include "base/hmac.h"
#include "base/text.h"
#include "base/url.h"
#include "console/jose.h"
#include "proof/signing.h"

namespace xuncha::testing_support {

// ---- a key ----

struct TestKey::Rep {
  EVP_PKEY* key = nullptr;
  bool rsa = false;
};

TestKey::TestKey(std::string_view kind, unsigned rsa_bits) : rep_(std::make_unique<Rep>()) {
  rep_->rsa = kind == "RSA";
  rep_->key = rep_->rsa ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen("P-256");
  CHECK(rep_->key != nullptr);
}
TestKey::~TestKey() { EVP_PKEY_free(rep_->key); }

static std::string NumberOf(const EVP_PKEY* key, const char* name, int bytes) {
  BIGNUM* number = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string out(static_cast<size_t>(bytes == 0 ? BN_num_bytes(number) : bytes), '\0');
  CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()),
                     static_cast<int>(out.size())) > 0);
  BN_free(number);
  return out;
}

Node TestKey::Jwk(std::string_view name) const {
  Node node = MakeTable();
  Put(node, "kty", MakeString(rep_->rsa ? "RSA" : "EC"));
  Put(node, "kid", MakeString(name));
  Put(node, "use", MakeString("sig"));
  if (rep_->rsa) {
    Put(node, "n", MakeString(Base64Url(NumberOf(rep_->key, OSSL_PKEY_PARAM_RSA_N, 0))));
    Put(node, "e", MakeString(Base64Url(NumberOf(rep_->key, OSSL_PKEY_PARAM_RSA_E, 0))));
  } else {
    Put(node, "crv", MakeString("P-256"));
    Put(node, "x", MakeString(Base64Url(NumberOf(rep_->key, OSSL_PKEY_PARAM_EC_PUB_X, 32))));
    Put(node, "y", MakeString(Base64Url(NumberOf(rep_->key, OSSL_PKEY_PARAM_EC_PUB_Y, 32))));
  }
  return node;
}

std::string TestKey::Sign(std::string_view bytes) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  size_t size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  CHECK(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, rep_->key) == 1);
  CHECK(EVP_DigestSign(context, nullptr, &size, data, bytes.size()) == 1);
  std::string der(size, '\0');
  CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(der.data()), &size, data,
                       bytes.size()) == 1);
  der.resize(size);
  EVP_MD_CTX_free(context);
  if (rep_->rsa) return der;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string plain(64, '\0');
  auto* into = reinterpret_cast<unsigned char*>(plain.data());
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(signature), into, 32) == 32);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(signature), into + 32, 32) == 32);
  ECDSA_SIG_free(signature);
  return plain;
}

std::string TestKey::PublicPem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  CHECK(PEM_write_bio_PUBKEY(bio, rep_->key) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

// ---- the provider ----

namespace {

std::string Http(int status, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      status, body.size(), body);
}

std::map<std::string, std::string> FormOf(std::string_view body) {
  std::map<std::string, std::string> form;
  for (const std::string_view pair : Split(body, '&')) {
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos)
      form[std::string(pair.substr(0, equals))] = PercentDecode(pair.substr(equals + 1));
  }
  return form;
}

std::string HeaderOf(std::string_view head, std::string_view name) {
  for (const std::string_view line : Split(head, '\n')) {
    if (StartsWithIgnoreCase(line, name) && line.size() > name.size() && line[name.size()] == ':')
      return std::string(Trim(line.substr(name.size() + 1)));
  }
  return "";
}

}  // namespace

TestProvider::TestProvider() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(::listen(listener_, 64) == 0);
  CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  issuer_ = fmt::format("http://127.0.0.1:{}/realm", ntohs(address.sin_port));
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  acceptor_ = std::thread([this] { Accept(); });
}

TestProvider::~TestProvider() {
  const uint64_t one = 1;
  CHECK(::write(stop_, &one, sizeof one) == sizeof one);
  acceptor_.join();
  {
    const std::lock_guard lock(lines_mutex_);
    for (const int line : lines_) ::shutdown(line, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
  ::close(stop_);
}

void TestProvider::Accept() {
  for (;;) {
    pollfd waits[2] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 || waits[1].revents != 0) return;
    const int line = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (line < 0) continue;
    const std::lock_guard lock(lines_mutex_);
    lines_.push_back(line);
    threads_.emplace_back([this, line] { Serve(line); });
  }
}

void TestProvider::Serve(int line) {
  std::string all;
  size_t end = std::string::npos, length = 0;
  char buffer[4096];
  while (end == std::string::npos || all.size() < end + 4 + length) {
    const ssize_t got = ::recv(line, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    all.append(buffer, static_cast<size_t>(got));
    if (end == std::string::npos) end = all.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::string text = HeaderOf(std::string_view(all).substr(0, end), "Content-Length");
    std::from_chars(text.data(), text.data() + text.size(), length);
  }
  if (end != std::string::npos) {
    const std::string_view head = std::string_view(all).substr(0, end);
    const std::string_view path = Split(head, ' ')[1];
    std::function<bool(int)> itself;
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      ++counts_[std::string(path)];
      itself = misbehave;
      if (!itself) answer = Answer(path, head, std::string_view(all).substr(end + 4));
    }
    if (itself && !itself(line)) {
      const std::lock_guard lock(mutex_);
      answer = Answer(path, head, std::string_view(all).substr(end + 4));
    }
    if (!answer.empty())
      static_cast<void>(::send(line, answer.data(), answer.size(), MSG_NOSIGNAL));
  }
  const std::lock_guard lock(lines_mutex_);
  lines_.remove(line);
  ::close(line);
}

std::string TestProvider::Answer(std::string_view path, std::string_view head,
                                 std::string_view body) {
  if (path == "/realm/.well-known/openid-configuration") {
    std::string text = description;
    if (text.empty()) {
      Node node = MakeTable();
      Put(node, "issuer", MakeString(issuer_));
      Put(node, "authorization_endpoint", MakeString(issuer_ + "/authorize"));
      Put(node, "token_endpoint", MakeString(issuer_ + "/token"));
      Put(node, "jwks_uri", MakeString(issuer_ + "/jwks"));
      if (secret_in_body) {
        Node methods = MakeArray();
        methods.items.push_back(MakeString("client_secret_post"));
        Put(node, "token_endpoint_auth_methods_supported", std::move(methods));
      }
      text = WriteJson(node);
    }
    return Http(status, text);
  }
  if (path == "/realm/jwks") {
    std::string text = jwks;
    if (text.empty()) {
      Node keys = MakeArray();
      keys.items = {rsa_.Jwk("rsa-1"), ec_.Jwk("ec-1")};
      Node node = MakeTable();
      Put(node, "keys", std::move(keys));
      text = WriteJson(node);
    }
    return Http(status, text);
  }
  if (path == "/realm/token") return Token(head, body);
  return Http(404, "{}");
}

std::string TestProvider::Token(std::string_view head, std::string_view body) {
  form_ = FormOf(body);
  std::map<std::string, std::string> form = form_;
  const auto refuse = [](std::string_view error) {
    return Http(400, fmt::format("{{\"error\":\"{}\"}}", error));
  };
  if (status != 200) return Http(status, "{}");
  std::string client = form["client_id"], password = form["client_secret"];
  const std::string basic = HeaderOf(head, "Authorization");
  if (basic.starts_with("Basic ") && !secret_in_body) {
    const std::string pair = *FromBase64(basic.substr(6));
    client = PercentDecode(pair.substr(0, pair.find(':')));
    password = PercentDecode(pair.substr(pair.find(':') + 1));
  }
  if (password != secret) return refuse("invalid_client");
  const auto grant = grants_.find(form["code"]);
  if (grant == grants_.end() || form["grant_type"] != "authorization_code" ||
      grant->second.client != client || grant->second.redirect != form["redirect_uri"] ||
      grant->second.challenge != Base64Url(Sha256(form["code_verifier"]).view()))
    return refuse("invalid_grant");
  const Grant taken = grant->second;
  grants_.erase(grant);  // a code is good once
  Node node = MakeTable();
  Put(node, "access_token", MakeString("of no use to anybody"));
  Put(node, "token_type", MakeString("Bearer"));
  Put(node, "id_token", MakeString(Signed(taken)));
  return Http(200, WriteJson(node));
}

std::string TestProvider::Signed(const Grant& grant) {
  Node head = MakeTable(), claims = MakeTable();
  Put(head, "alg", MakeString(algorithm));
  Put(head, "kid", MakeString(key_name));
  Put(claims, "iss", MakeString(issuer_));
  Put(claims, "aud", MakeString(grant.client));
  Put(claims, "sub", MakeString(subject));
  Put(claims, "nonce", MakeString(grant.nonce));
  Put(claims, "iat", MakeInteger(now / 1000));
  Put(claims, "exp", MakeInteger(now / 1000 + 300));
  if (change_token) change_token(head, claims);
  const std::string text = Base64Url(WriteJson(head)) + "." + Base64Url(WriteJson(claims));
  std::string signature;
  const std::string used = head.Find("alg") == nullptr ? "" : head.Find("alg")->string;
  if (used == "HS256") {
    signature = HmacSha256(rsa_.PublicPem(), text);
  } else if (used != "none") {
    signature = (used == "ES256" ? ec_ : rsa_).Sign(text);
  }
  const std::string token = text + "." + Base64Url(signature);
  return change_text ? change_text(token) : token;
}

std::string TestProvider::QueryOf(std::string_view location, std::string_view name) {
  const size_t question = location.find('?');
  if (question == std::string_view::npos) return "";
  return FormOf(location.substr(question + 1))[std::string(name)];
}

std::string TestProvider::Authorize(std::string_view location) {
  const std::lock_guard lock(mutex_);
  const std::string code = fmt::format("code-{}", ++codes_);
  grants_[code] = {.nonce = QueryOf(location, "nonce"),
                   .challenge = QueryOf(location, "code_challenge"),
                   .redirect = QueryOf(location, "redirect_uri"),
                   .client = QueryOf(location, "client_id")};
  return fmt::format("/sign-in/provider/return?code={}&state={}", code, QueryOf(location, "state"));
}

uint64_t TestProvider::Count(std::string_view path) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find("/realm" + std::string(path));
  return found == counts_.end() ? 0 : found->second;
}

std::map<std::string, std::string> TestProvider::last_form() {
  const std::lock_guard lock(mutex_);
  return form_;
}

}  // namespace xuncha::testing_support
