// What an identity provider publishes and signs with: a set of JSON Web Keys (RFC 7517) and
// the signatures they check (RFC 7515, RFC 7518).
//
// Two algorithms, RS256 and ES256, and no third: a token that says "none", or HS256 with a
// public key for its secret, is of an algorithm that is not there. A key serves the
// algorithm of its own kind and no other.
//
// Any thread; values. jose.cc is the only file of this folder that checks signatures.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xuncha {

// Base64 for URLs without padding (RFC 7515, section 2).
std::string Base64Url(std::string_view bytes);
// kInvalid unless it is exactly what Base64Url writes.
Result<std::string> FromBase64Url(std::string_view text);

enum class TokenAlgorithm : uint8_t { kRs256, kEs256 };
// Nothing for any other word.
std::optional<TokenAlgorithm> TokenAlgorithmByName(std::string_view name);

class ProviderKeys {
 public:
  ProviderKeys() = default;  // no key
  // Keys that are not for signatures of ours, or too short, are left out, as the standard
  // asks. kInvalid if it is no set; kLimit above limits::kProviderKeysMax.
  static Result<ProviderKeys> Parse(std::string_view json);

  // Whether the signature over `bytes` is of the key `name`; of an empty name, of the only
  // key for that algorithm. kNotFound if there is no such key, kDenied if it is not.
  Status Check(TokenAlgorithm algorithm, std::string_view name, std::string_view bytes,
               std::string_view signature) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string name;
    TokenAlgorithm algorithm = TokenAlgorithm::kRs256;
    std::string spki;  // SubjectPublicKeyInfo
  };
  std::vector<Key> keys_;
};

}  // namespace xuncha
