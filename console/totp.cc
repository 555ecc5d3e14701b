// SPDX-License-Identifier: Apache-2.0
#include "console/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/percent.h"
#include "base/result.h"
#include "base/text.h"
#include "console/passwords.h"

namespace xuncha {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

}  // namespace

std::string Hotp(std::string_view secret, uint64_t counter, int digits) {
  CHECK(digits >= 6 && digits <= 8);
  unsigned char moving[8];
  for (int i = 7; i >= 0; --i, counter >>= 8) moving[i] = static_cast<unsigned char>(counter);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), moving, sizeof moving, mac,
             &size) != nullptr);
  const unsigned offset = mac[size - 1] & 0xf;
  const uint32_t binary =
      (mac[offset] & 0x7fu) << 24 | mac[offset + 1] << 16 | mac[offset + 2] << 8 | mac[offset + 3];
  uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  return fmt::format("{:0{}}", binary % modulus, digits);
}

std::optional<uint64_t> TotpStepOf(std::string_view secret, std::string_view code, Millis now,
                                   uint64_t last) {
  const uint64_t step = static_cast<uint64_t>(now / kTotpStep);
  std::optional<uint64_t> found;
  for (const uint64_t each : {step, step - 1, step + 1}) {
    if (each > last && !found && SameSecret(Hotp(secret, each, 6), code)) found = each;
  }
  return found;
}

std::string Base32(std::string_view bytes) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) out += kAlphabet[bits >> (count - 5) & 31];
  }
  if (count > 0) out += kAlphabet[bits << (5 - count) & 31];
  return out;
}

std::optional<std::string> UnBase32(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 5 | static_cast<uint32_t>(value);
    count += 5;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

std::string OtpauthUri(std::string_view account, std::string_view secret) {
  return fmt::format("otpauth://totp/xuncha:{}?secret={}&issuer=xuncha", PercentEncode(account),
                     Base32(secret));
}

}  // namespace xuncha
