// A small identity provider on loopback, for the tests: it keeps to the protocol until a test
// says otherwise, and counts who asks for what.
//
// One thread per connection; the public functions are the test's, on one thread, but what
// they set is read under a lock.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/tree.h"

namespace xuncha::testing_support {

// A key it signs with; "RSA" or "EC".
class TestKey {
 public:
  explicit TestKey(std::string_view kind, unsigned rsa_bits = 2048);
  ~TestKey();
  TestKey(const TestKey&) = delete;
  TestKey& operator=(const TestKey&) = delete;
  // As it is published.
  Node Jwk(std::string_view name) const;
  // As a token has it: of an EC key the two numbers.
  std::string Sign(std::string_view bytes) const;
  std::string PublicPem() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

class TestProvider {
 public:
  TestProvider();
  ~TestProvider();
  TestProvider(const TestProvider&) = delete;
  TestProvider& operator=(const TestProvider&) = delete;

  const std::string& issuer() const { return issuer_; }
  TestKey& rsa() { return rsa_; }
  TestKey& ec() { return ec_; }

  // What it does, and a test may change. Under lock().
  std::string description;  // openid-configuration; empty: made as it should be
  std::string jwks;         // the same of the keys
  std::string secret = "a secret & more";
  std::string subject = "248289761001";
  bool secret_in_body = false;
  Millis now = 1'767'225'600'000;
  std::string algorithm = "RS256", key_name = "rsa-1";
  std::function<void(Node& head, Node& claims)> change_token;
  std::function<std::string(const std::string& token)> change_text;  // of the signed one
  int status = 200;                                                  // of each answer
  std::function<bool(int line)> misbehave;  // answers itself; true: that was all
  std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

  // A person proves themselves at `location` of a beginning: the target they come back to.
  std::string Authorize(std::string_view location);
  uint64_t Count(std::string_view path);  // requests
  // What was sent to the token endpoint last.
  std::map<std::string, std::string> last_form();

  static std::string QueryOf(std::string_view location, std::string_view name);

 private:
  struct Grant {
    std::string nonce, challenge, redirect, client;
  };
  void Accept();
  void Serve(int line);
  std::string Answer(std::string_view path, std::string_view head, std::string_view body);
  std::string Token(std::string_view head, std::string_view body);
  std::string Signed(const Grant& grant);

  TestKey rsa_{"RSA"}, ec_{"EC"};
  int listener_ = -1, stop_ = -1;
  std::string issuer_;
  std::mutex mutex_;
  std::map<std::string, Grant> grants_;
  std::map<std::string, uint64_t, std::less<>> counts_;
  std::map<std::string, std::string> form_;
  int codes_ = 0;
  std::mutex lines_mutex_;
  std::list<std::thread> threads_;
  std::list<int> lines_;
  std::thread acceptor_;
};

}  // namespace xuncha::testing_support
