// The installation's keys: an Ed25519 or ECDSA key in a file of its own, and an SM2 key
// beside it where one is asked for, readable by their owner alone. What it signs, anybody can check
// with the public half and a plain `openssl`.
//
// A key file that others may read is refused, not used: a signature proves
// nothing if anybody could have made it.
//
// Any thread. With timestamp.cc the only place that knows OpenSSL beyond hashes.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace xuncha {

// Standard base64 with padding.
std::string Base64(std::string_view bytes);
// kInvalid unless it is exactly what Base64 writes.
Result<std::string> FromBase64(std::string_view text);

// kP384 is the usual one: readers of web archives know no other. kSm2 signs the SM3
// digest as GB/T 32918 has it, with the signer's identity that the standard gives.
enum class KeyKind : uint8_t { kEd25519, kP256, kP384, kSm2 };
inline constexpr std::string_view kSm2Identity = "1234567812345678";

class PublicKey {
 public:
  // `name` is for the error: a path. kInvalid.
  static Result<PublicKey> FromPem(std::string_view pem, std::string_view name);
  static Result<PublicKey> FromDer(std::string_view spki, std::string_view name);

  std::string Pem() const;
  const std::string& der() const { return spki_; }  // SubjectPublicKeyInfo
  const Digest& id() const { return id_; }          // SHA-256 of der()
  // `signature` as SigningKey::Sign makes it.
  bool Verify(std::string_view bytes, std::string_view signature) const;
  // `signature` as SigningKey::SignPlain makes it.
  bool VerifyPlain(std::string_view bytes, std::string_view signature) const;
  KeyKind kind() const;

 private:
  explicit PublicKey(std::string spki) : spki_(std::move(spki)), id_(Sha256(spki_)) {}

  std::string spki_;
  Digest id_;
};

class SigningKey {
 public:
  // A new key (ECDSA every openssl can check), written to `path` with mode 0600.
  // kConflict if something is there. REQUIRES: kind is not kEd25519
  static Result<SigningKey> Create(const std::string& path, KeyKind kind = KeyKind::kP384);
  // PKCS#8 or traditional PEM without a passphrase. kNotFound; kDenied if others
  // may read the file or it is another user's; kInvalid.
  static Result<SigningKey> Load(const std::string& path);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  const PublicKey& public_key() const;
  KeyKind kind() const { return public_key().kind(); }
  // Ed25519: 64 bytes over the bytes themselves. ECDSA: DER over their SHA-256. SM2: DER
  // over their SM3, with kSm2Identity.
  Result<std::string> Sign(std::string_view bytes) const;
  // ECDSA only, over SHA-256: the two numbers one behind the other, each as long as the
  // field of the curve (IEEE P1363), as browsers write it. kInvalid of other keys.
  Result<std::string> SignPlain(std::string_view bytes) const;

 private:
  struct Rep;
  explicit SigningKey(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
