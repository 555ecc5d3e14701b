// Digests and random bytes: see digest.h. The only file of base that knows
// OpenSSL.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "base/freed.h"
#include "base/hmac.h"
#include "base/result.h"
#include "base/text.h"

namespace xuncha {
namespace {

// Multiplies to 128 bits and folds the halves: every input bit reaches every
// output bit in two rounds.
uint64_t Mix(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Fetched once: looking the algorithm up costs more than hashing a URL.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

bool Digest::empty() const {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

std::string Digest::hex() const { return Hex(view()); }

Digest Digest::FromRaw(std::string_view raw) {
  Digest digest;
  CHECK(raw.size() == digest.bytes.size());
  std::memcpy(digest.bytes.data(), raw.data(), raw.size());
  return digest;
}

std::optional<Digest> Digest::FromHex(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size()) return std::nullopt;
  for (size_t i = 0; i < hex.size(); ++i) {
    const int value = HexValue(hex[i]);
    if (value < 0 || AsciiLower(hex[i]) != hex[i]) return std::nullopt;
    digest.bytes[i / 2] = static_cast<uint8_t>(digest.bytes[i / 2] << 4 | value);
  }
  return digest;
}

Digest Sha256(std::string_view bytes) {
  Digest digest;
  unsigned int size = 0;
  // Fails only if the library is broken or out of memory; there is no evidence
  // without a digest.
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), &size, Algorithm(), nullptr) ==
        1);
  CHECK(size == digest.bytes.size());
  return digest;
}

struct Sha256Stream::Rep {
  std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  void Begin() const { CHECK(EVP_DigestInit_ex2(context.get(), Algorithm(), nullptr) == 1); }
};

Sha256Stream::Sha256Stream() : rep_(std::make_unique<Rep>()) { rep_->Begin(); }
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Add(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(rep_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sha256Stream::Finish() {
  Digest digest;
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(rep_->context.get(), digest.bytes.data(), &size) == 1);
  CHECK(size == digest.bytes.size());
  rep_->Begin();
  return digest;
}

std::string Sha1(std::string_view bytes) {
  std::string digest(20, '\0');
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   nullptr, EVP_sha1(), nullptr) == 1);
  return digest;
}

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string RandomBytes(size_t count) {
  std::string out(count, '\0');
  CHECK(count <= 1 << 20);  // callers want keys and names, not bulk
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1);
  return out;
}

std::string StableId(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    uint64_t size = part.size();
    for (int i = 0; i < 8; ++i, size >>= 8) all += static_cast<char>(size & 0xff);
    all += part;
  }
  return Sha256(all).hex().substr(0, 16);
}

uint64_t Hash64(std::string_view bytes) {
  // Odd constants with balanced bits, from the digits of the golden ratio and pi.
  constexpr uint64_t kFirst = 0x9e3779b97f4a7c15u, kSecond = 0x243f6a8885a308d3u;
  uint64_t hash = Mix(bytes.size() ^ kFirst, kSecond);
  const char* data = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, data += 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    hash = Mix(hash ^ word ^ kFirst, kSecond | 1);
  }
  uint64_t tail = 0;
  if (left > 0) std::memcpy(&tail, data, left);
  hash = Mix(hash ^ tail, kFirst);
  return Mix(hash ^ kSecond, kFirst);
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string mac(32, '\0');
  unsigned size = 0;
  // OpenSSL takes no key for "the one before"; an empty one must still be somewhere.
  const char* const at = key.empty() ? "" : key.data();
  CHECK(HMAC(EVP_sha256(), at, static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
             reinterpret_cast<unsigned char*>(mac.data()), &size) != nullptr);
  CHECK(size == mac.size());
  return mac;
}

}  // namespace xuncha
