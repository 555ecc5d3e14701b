// ProviderLine asks an identity provider over HTTP and hands back what it says: bounded in
// bytes and in time, its certificate checked, no redirect followed, no proxy used.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

struct ProviderAnswer {
  uint32_t status = 0;
  std::string body;
};

class ProviderLine {
 public:
  struct Options {
    std::string ca_bundle;  // empty: the system's
    Millis time_max = 0;    // of one answer
  };
  explicit ProviderLine(Options options);

  // https, or http to this machine; others may read along. kDenied for any other address.
  static Status CheckAddress(std::string_view url);

  // kSystem if no answer came, or one that was too long; kDenied as CheckAddress.
  Result<ProviderAnswer> Get(const std::string& url) const;
  struct Form {
    std::string body;            // application/x-www-form-urlencoded
    std::string user, password;  // by HTTP Basic, as they are; empty: without
  };
  Result<ProviderAnswer> Post(const std::string& url, const Form& form) const;

 private:
  const Options options_;
};

}  // namespace xuncha
