// Courier carries one message over the network: mail by SMTP, a robot's message by HTTP.
// It knows nothing of what a robot's answer means; what it hears it hands back whole, up
// to a cap, and within a time.
//
// Nothing it says holds an address with a key or a password.
//
// Any thread; one thread per courier.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace xuncha {

struct MailDrop {
  std::string server;  // "smtp://host:587", "smtps://host:465"
  std::string user, password;
  std::string from, to;
  std::string text;  // header and body, lines ended by CR LF
  std::string ca_bundle;
  bool plain = false;  // without TLS
};

struct HttpPost {
  std::string url;
  std::vector<std::string> headers;
  std::string body;
  std::string ca_bundle;
};

struct CourierAnswer {
  uint32_t code = 0;     // of the last answer: SMTP's, or HTTP's status; 0: none came
  std::string body;      // of HTTP, or SMTP's last line
  std::string failure;   // why the exchange did not come to its end; empty: it did
  bool sign_in = false;  // it failed at signing in
};

class Courier {
 public:
  virtual ~Courier() = default;
  virtual CourierAnswer Mail(const MailDrop& drop) = 0;
  virtual CourierAnswer Post(const HttpPost& post) = 0;
};

class CurlCourier final : public Courier {
 public:
  explicit CurlCourier(Millis time_max);
  CourierAnswer Mail(const MailDrop& drop) override;
  CourierAnswer Post(const HttpPost& post) override;
  // Whether anybody is there: signs in, and says nothing; connects, and says nothing.
  CourierAnswer Knock(const MailDrop& drop);
  CourierAnswer Knock(const HttpPost& post);

 private:
  const Millis time_max_;
};

}  // namespace xuncha
