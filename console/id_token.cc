// SPDX-License-Identifier: Apache-2.0
#include "console/id_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/limits.h"
#include "base/limits_provider.h"
#include "base/text.h"
#include "console/passwords.h"

namespace xuncha {
namespace {

Error Denied(std::string_view what) { return {Code::kDenied, fmt::format("ID 令牌{}", what)}; }

std::string_view TextOf(const Node& node, std::string_view name) {
  const Node* found = node.Find(name);
  return found != nullptr && found->is(Node::Type::kString) ? std::string_view(found->string)
                                                            : std::string_view();
}

// Seconds since 1970, whole or not, as milliseconds; nothing if it is no such number.
std::optional<Millis> TimeOf(const Node& node, std::string_view name) {
  constexpr int64_t kSecondsMax = int64_t{1} << 40;  // some thirty thousand years
  const Node* found = node.Find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is(Node::Type::kInteger) && found->integer >= 0 && found->integer < kSecondsMax)
    return found->integer * 1000;
  if (found->is(Node::Type::kReal) && found->real >= 0 &&
      found->real < static_cast<double>(kSecondsMax))
    return static_cast<Millis>(std::floor(found->real * 1000));
  return std::nullopt;
}

Result<Node> TableOf(std::string_view part) {
  const Result<std::string> bytes = FromBase64Url(part);
  if (!bytes || !IsValidUtf8(*bytes)) return Denied("读不懂");
  Result<Node> node = ParseJson(*bytes, "token");
  if (!node || !node->is(Node::Type::kTable)) return Denied("读不懂");
  return node;
}

}  // namespace

Result<IdToken> IdToken::Parse(std::string_view text) {
  if (text.size() > limits::kIdTokenBytesMax)
    return Denied(fmt::format("超过 {} 字节", limits::kIdTokenBytesMax));
  const std::vector<std::string_view> parts = Split(text, '.');
  if (parts.size() != 3) return Denied("读不懂");
  Result<Node> head = TableOf(parts[0]);
  if (!head) return head.error();
  const std::optional<TokenAlgorithm> algorithm = TokenAlgorithmByName(TextOf(*head, "alg"));
  if (!algorithm)
    return Denied(fmt::format("的签名算法是“{}”；只认 RS256 与 ES256",
                              Neutralise(TextOf(*head, "alg").substr(0, 20))));
  if (head->Find("crit") != nullptr) return Denied("带有本程序不懂的 crit");
  Result<Node> claims = TableOf(parts[1]);
  if (!claims) return claims.error();
  Result<std::string> signature = FromBase64Url(parts[2]);
  if (!signature) return Denied("读不懂");
  IdToken token;
  token.algorithm_ = *algorithm;
  token.key_ = TextOf(*head, "kid");
  token.signed_ = text.substr(0, parts[0].size() + 1 + parts[1].size());
  token.signature_ = std::move(*signature);
  token.claims_ = std::move(*claims);
  return token;
}

Status IdToken::CheckSignature(const ProviderKeys& keys) const {
  return keys.Check(algorithm_, key_, signed_, signature_);
}

Status IdToken::CheckClaims(const Expected& expected) const {
  if (TextOf(claims_, "iss") != expected.issuer) return Denied("不是配置的身份提供方签发的（iss）");
  const Node* audience = claims_.Find("aud");
  bool ours = audience != nullptr && audience->is(Node::Type::kString) &&
              audience->string == expected.client_id;
  bool several = false;
  if (audience != nullptr && audience->is(Node::Type::kArray)) {
    several = audience->items.size() > 1;
    ours = std::ranges::any_of(audience->items, [&](const Node& one) {
      return one.is(Node::Type::kString) && one.string == expected.client_id;
    });
  }
  if (!ours) return Denied("不是给本系统的（aud）");
  const Node* party = claims_.Find("azp");
  if ((several || party != nullptr) && TextOf(claims_, "azp") != expected.client_id)
    return Denied("不是给本系统的（azp）");
  const std::optional<Millis> expires = TimeOf(claims_, "exp"), issued = TimeOf(claims_, "iat");
  if (!expires || *expires + limits::kIdTokenSkewMillis <= expected.now)
    return Denied("已过期（exp）；请核对两边的时钟");
  if (!issued || *issued - limits::kIdTokenSkewMillis > expected.now ||
      *issued + limits::kIdTokenAgeMillisMax + limits::kIdTokenSkewMillis <= expected.now)
    return Denied("的签发时间不对（iat）；请核对两边的时钟");
  if (claims_.Find("nbf") != nullptr) {
    const std::optional<Millis> from = TimeOf(claims_, "nbf");
    if (!from || *from - limits::kIdTokenSkewMillis > expected.now)
      return Denied("尚未生效（nbf）；请核对两边的时钟");
  }
  if (expected.nonce.empty() || !SameSecret(TextOf(claims_, "nonce"), expected.nonce))
    return Denied("不是为这一次登录签发的（nonce）");
  const std::string_view who = subject();
  const bool plain = std::ranges::all_of(who, [](char c) { return c >= ' ' && c < 0x7f; });
  if (who.empty() || who.size() > limits::kSubjectBytesMax || !plain)
    return Denied("没有写明是谁（sub）");
  return Ok();
}

std::string_view IdToken::subject() const { return TextOf(claims_, "sub"); }

bool IdToken::HasSecondFactor() const {
  // What one knows, has, is (RFC 8176). Two of the same kind are one factor.
  constexpr std::string_view kKinds[][6] = {
      {"pwd", "pin", "kba"},
      {"otp", "hwk", "swk", "sms", "tel", "sc"},
      {"fpt", "face", "iris", "retina", "vbm"},
  };
  const Node* methods = claims_.Find("amr");
  if (methods == nullptr || !methods->is(Node::Type::kArray)) return false;
  const auto names = [&](std::string_view word) {
    return !word.empty() && std::ranges::any_of(methods->items, [&](const Node& one) {
      return one.is(Node::Type::kString) && one.string == word;
    });
  };
  const auto kinds = std::ranges::count_if(
      kKinds, [&](const auto& kind) { return std::ranges::any_of(kind, names); });
  return names("mfa") || kinds >= 2;
}

}  // namespace xuncha
