// SPDX-License-Identifier: Apache-2.0
#include "console/jose.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "base/freed.h"
#include "base/limits.h"
#include "base/limits_provider.h"
#include "base/text.h"
#include "base/tree.h"
#include "proof/signing.h"

namespace xuncha {
namespace {

using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr size_t kFieldBytes = 32;       // of P-256
constexpr size_t kExponentBytesMax = 8;  // 65537 has three
constexpr size_t kSignatureBytesMax = limits::kProviderRsaBitsMax / 8;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number NumberOf(std::string_view bytes) {
  return Number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string_view TextOf(const Node& node, std::string_view name) {
  const Node* found = node.Find(name);
  return found != nullptr && found->is(Node::Type::kString) ? std::string_view(found->string)
                                                            : std::string_view();
}

// The numbers of a key, undone; empty if malformed or absent.
std::string BytesOf(const Node& node, std::string_view name) {
  Result<std::string> bytes = FromBase64Url(TextOf(node, name));
  return bytes ? std::move(*bytes) : std::string();
}

std::string SpkiOf(const char* kind, const Parameters& parameters) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* made = nullptr;
  if (context == nullptr || parameters == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return "";
  const Pkey key(made);
  // A point that is not on the curve, an even modulus.
  const PkeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const bool good = check != nullptr && EVP_PKEY_public_check(check.get()) == 1;
  ERR_clear_error();
  if (!good) return "";
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) return "";
  std::string spki(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return spki;
}

std::string RsaSpki(const Node& node) {
  const std::string modulus = BytesOf(node, "n"), exponent = BytesOf(node, "e");
  if (modulus.size() > limits::kProviderRsaBitsMax / 8 || exponent.empty() ||
      exponent.size() > kExponentBytesMax)
    return "";
  const Number n = NumberOf(modulus), e = NumberOf(exponent);
  if (n == nullptr || e == nullptr ||
      static_cast<size_t>(BN_num_bits(n.get())) < limits::kProviderRsaBitsMin ||
      BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) != 0)
    return "";
  const Builder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return "";
  return SpkiOf("RSA", Parameters(OSSL_PARAM_BLD_to_param(builder.get())));
}

std::string EcSpki(const Node& node) {
  const std::string x = BytesOf(node, "x"), y = BytesOf(node, "y");
  if (x.size() != kFieldBytes || y.size() != kFieldBytes) return "";
  const std::string point = "\x04" + x + y;  // uncompressed
  const Builder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return "";
  return SpkiOf("EC", Parameters(OSSL_PARAM_BLD_to_param(builder.get())));
}

// As OpenSSL wants it, of the two numbers one behind the other; empty if they are none.
std::string DerSignature(std::string_view plain) {
  if (plain.size() != 2 * kFieldBytes) return "";
  const EcdsaSignature signature(ECDSA_SIG_new());
  Number r = NumberOf(plain.substr(0, kFieldBytes)), s = NumberOf(plain.substr(kFieldBytes));
  if (signature == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
    return "";
  static_cast<void>(r.release());  // the signature's now
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return "";
  std::string out(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool Fits(const std::string& spki, std::string_view bytes, std::string_view signature) {
  const unsigned char* at = Bytes(spki);
  const Pkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  const DigestContext context(EVP_MD_CTX_new());
  const bool fits =
      key != nullptr && context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(bytes),
                       bytes.size()) == 1;
  ERR_clear_error();  // a TLS library on this thread would take them for its own
  return fits;
}

}  // namespace

std::string Base64Url(std::string_view bytes) {
  std::string text = Base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

Result<std::string> FromBase64Url(std::string_view text) {
  std::string padded(text);
  for (char& c : padded) {
    if (c == '+' || c == '/' || c == '=') return Error{Code::kInvalid, "不是 base64url"};
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  padded.append((4 - padded.size() % 4) % 4, '=');
  return FromBase64(padded);
}

std::optional<TokenAlgorithm> TokenAlgorithmByName(std::string_view name) {
  if (name == "RS256") return TokenAlgorithm::kRs256;
  if (name == "ES256") return TokenAlgorithm::kEs256;
  return std::nullopt;
}

Result<ProviderKeys> ProviderKeys::Parse(std::string_view json) {
  const Error none{Code::kInvalid, "身份提供方的密钥集（jwks_uri）读不懂"};
  const Result<Node> root = ParseJson(json, "jwks");
  if (!root) return none;
  const Node* keys = root->Find("keys");
  if (keys == nullptr || !keys->is(Node::Type::kArray)) return none;
  if (keys->items.size() > limits::kProviderKeysMax)
    return Error{Code::kLimit, fmt::format("身份提供方的密钥超过 {} 个", limits::kProviderKeysMax)};
  ProviderKeys set;
  for (const Node& node : keys->items) {
    const std::string_view kind = TextOf(node, "kty"), use = TextOf(node, "use"),
                           algorithm = TextOf(node, "alg");
    const bool rsa = kind == "RSA" && (algorithm.empty() || algorithm == "RS256");
    const bool ec = kind == "EC" && TextOf(node, "crv") == "P-256" &&
                    (algorithm.empty() || algorithm == "ES256");
    if ((!rsa && !ec) || (!use.empty() && use != "sig")) continue;
    Key key{.name = std::string(TextOf(node, "kid")),
            .algorithm = rsa ? TokenAlgorithm::kRs256 : TokenAlgorithm::kEs256,
            .spki = rsa ? RsaSpki(node) : EcSpki(node)};
    if (!key.spki.empty()) set.keys_.push_back(std::move(key));
  }
  return set;
}

Status ProviderKeys::Check(TokenAlgorithm algorithm, std::string_view name, std::string_view bytes,
                           std::string_view signature) const {
  const Key* found = nullptr;
  size_t count = 0;
  for (const Key& key : keys_) {
    if (key.algorithm != algorithm || (!name.empty() && key.name != name)) continue;
    found = &key;
    ++count;
  }
  if (count != 1)
    return Error{Code::kNotFound,
                 fmt::format("ID 令牌所用的密钥不在身份提供方公布的可用密钥之中（RSA {} 至 {} 位或 "
                             "EC P-256）",
                             limits::kProviderRsaBitsMin, limits::kProviderRsaBitsMax)};
  const std::string der = algorithm == TokenAlgorithm::kEs256 ? DerSignature(signature) : "";
  if (signature.size() <= kSignatureBytesMax &&
      Fits(found->spki, bytes, algorithm == TokenAlgorithm::kEs256 ? der : signature))
    return Ok();
  return Error{Code::kDenied, "ID 令牌的签名不对"};
}

}  // namespace xuncha
