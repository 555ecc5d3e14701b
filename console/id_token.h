// An ID token (OpenID Connect Core, sections 2 and 3.1.3.7): the identity provider's word on
// who somebody is, signed, for us alone, and for this one sign-in.
//
// Any thread; values.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/tree.h"
#include "console/jose.h"

namespace xuncha {

class IdToken {
 public:
  // Takes it apart and believes nothing. kDenied if it is no token, or of an algorithm other
  // than RS256 and ES256, or asks for what we do not know (`crit`).
  static Result<IdToken> Parse(std::string_view text);

  // Whether a key of the set signed it: kNotFound if its key is not there, else kDenied.
  Status CheckSignature(const ProviderKeys& keys) const;

  struct Expected {
    std::string_view issuer, client_id, nonce;
    Millis now = 0;
  };
  // Whether it is for us and for now; kDenied names what is not as it has to be.
  Status CheckClaims(const Expected& expected) const;

  // The person, by the provider's name for them. Meaningful once both checks have passed.
  std::string_view subject() const;
  // Whether the person was asked for two factors (RFC 8176): `amr` has mfa, or methods of two
  // kinds: what one knows (pwd, pin, kba), has (otp, hwk, swk, sms, tel, sc), is (fpt, face,
  // iris, retina, vbm). A code by SMS alone is one factor, whatever else it is.
  bool HasSecondFactor() const;

 private:
  TokenAlgorithm algorithm_ = TokenAlgorithm::kRs256;
  std::string key_;     // its name; may be empty
  std::string signed_;  // the bytes under the signature
  std::string signature_;
  Node claims_;
};

}  // namespace xuncha
