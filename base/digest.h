// Digests and random bytes, by OpenSSL.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace xuncha {

// A SHA-256 value. All zero means "none".
struct Digest {
  std::array<uint8_t, 32> bytes{};

  bool empty() const;
  std::string hex() const;         // 64 lower-case digits
  std::string_view view() const {  // the 32 raw bytes
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static Digest FromRaw(std::string_view raw);                 // REQUIRES: raw.size() == 32
  static std::optional<Digest> FromHex(std::string_view hex);  // what hex() writes, and no other
  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

Digest Sha256(std::string_view bytes);

// SHA-256 of bytes that come in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();

  void Add(std::string_view bytes);
  Digest Finish();  // and begins anew

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// 20 bytes. Broken as proof; other people's archives carry it as a checksum.
std::string Sha1(std::string_view bytes);
std::string Hex(std::string_view bytes);
// `count` bytes from the system's generator.
std::string RandomBytes(size_t count);
// A short stable name: the first 16 hex digits of SHA-256 over the parts, each
// preceded by its length so that no two lists of parts collide.
std::string StableId(std::initializer_list<std::string_view> parts);
uint64_t Hash64(std::string_view bytes);  // not cryptographic; stable within a build

}  // namespace xuncha
