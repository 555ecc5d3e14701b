// SPDX-License-Identifier: Apache-2.0
#include "console/passwords.h"

#include <fmt/format.h>
#include <sodium.h>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {

Status CheckPassword(std::string_view account, std::string_view password) {
  if (password.size() < limits::kPasswordBytesMin || password.size() > limits::kPasswordBytesMax) {
    return Error{Code::kInvalid,
                 fmt::format("口令须为 {} 至 {} 字节（一个汉字三字节）；长而好记的一句话最好",
                             limits::kPasswordBytesMin, limits::kPasswordBytesMax)};
  }
  if (EqualsIgnoreCase(account, password)) return Error{Code::kInvalid, "口令不能与账号名相同"};
  return Ok();
}

Result<std::string> HashPassword(std::string_view password) {
  char hash[crypto_pwhash_STRBYTES] = {};
  if (sodium_init() < 0 ||
      crypto_pwhash_str_alg(hash, password.data(), password.size(),
                            crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Error{Code::kSystem, "算不出口令的哈希：内存不足"};
  }
  return std::string(hash);
}

bool PasswordFits(const std::string& hash, std::string_view password) {
  return sodium_init() >= 0 && hash.size() < crypto_pwhash_STRBYTES &&
         password.size() <= limits::kPasswordBytesMax &&
         crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace xuncha
