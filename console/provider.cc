// SPDX-License-Identifier: Apache-2.0
#include "console/provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/digest.h"
#include "base/hmac.h"
#include "base/percent.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/url.h"
#include "console/passwords.h"

namespace xuncha {
namespace {

constexpr size_t kSeedBytes = 16;
constexpr size_t kThenBytesMax = 512;
constexpr size_t kScopesMax = 10;

std::string TextOf(const Node& node, std::string_view name) {
  const Node* found = node.Find(name);
  return found != nullptr && found->is(Node::Type::kString) ? found->string : std::string();
}

// Whether a list is there and names the word.
bool Lists(const Node& node, std::string_view name, std::string_view word) {
  const Node* found = node.Find(name);
  return found != nullptr && found->is(Node::Type::kArray) &&
         std::ranges::any_of(found->items, [&](const Node& one) {
           return one.is(Node::Type::kString) && one.string == word;
         });
}

bool IsPlain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Error Odd(std::string_view what) {
  return {Code::kSystem, fmt::format("身份提供方的{}；请告诉管理员", what)};
}
constexpr std::string_view kStale = "这次登录已过时、已用过或不是从这个浏览器开始的；请重新登录";
// Anybody's page can send a browser here so, and it takes no guessing.
Error Stray() { return {Code::kNotFound, std::string(kStale)}; }

}  // namespace

std::string Provider::WrongWith(const Options& options) {
  if (options.issuer.empty()) return "issuer 不能为空";
  if (options.issuer.size() > limits::kIssuerBytesMax || !IsPlain(options.issuer) ||
      options.issuer.find_first_of("?#") != std::string::npos ||
      !ProviderLine::CheckAddress(options.issuer))
    return "issuer 须为 https:// 开头的网址，与身份提供方自己写的一字不差（本机可用 http）";
  if (!IsPlain(options.client_id)) return "client_id 不能为空，须为 ASCII 字符，不含空格";
  const Result<Url> desk = Url::Parse(options.desk);
  if (!desk || !ProviderLine::CheckAddress(options.desk) || desk->path() != "/" ||
      !desk->query().empty() || options.desk.ends_with('/'))
    return "redirect 须为值班台的网址，如 \"https://xuncha.example.edu.cn\"，后面不带路径";
  if (std::ranges::find(options.scopes, "openid") == options.scopes.end() ||
      options.scopes.size() > kScopesMax || !std::ranges::all_of(options.scopes, IsPlain))
    return fmt::format("scopes 须有 \"openid\"，至多 {} 项，每项不含空格", kScopesMax);
  if (options.label.size() > 60 || Neutralise(options.label) != options.label)
    return "label 须为不超过 60 字节的一行文字";
  return "";
}

Provider::Provider(Options options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      line_({.ca_bundle = options_.ca_bundle, .time_max = options_.answer_millis_max}),
      key_(RandomBytes(32)) {
  CHECK(WrongWith(options_).empty());
}

// ---- what the provider says of itself ----

Result<ProviderKeys> Provider::AskKeys(const std::string& address) const {
  const Result<ProviderAnswer> answer = line_.Get(address);
  if (!answer) return answer.error();
  if (answer->status != 200) return Odd(fmt::format("密钥取不到（HTTP {}）", answer->status));
  Result<ProviderKeys> keys = ProviderKeys::Parse(answer->body);
  // Whoever wants to come in did nothing wrong.
  if (!keys) return Error{Code::kSystem, keys.error().text};
  return keys;
}

Result<Provider::Known> Provider::Ask() const {
  const std::string base = options_.issuer.ends_with('/')
                               ? options_.issuer.substr(0, options_.issuer.size() - 1)
                               : options_.issuer;
  const Result<ProviderAnswer> answer = line_.Get(base + "/.well-known/openid-configuration");
  if (!answer) return answer.error();
  if (answer->status != 200) return Odd(fmt::format("说明取不到（HTTP {}）", answer->status));
  const Result<Node> root = ParseJson(answer->body, "openid-configuration");
  if (!root || !root->is(Node::Type::kTable)) return Odd("说明（openid-configuration）读不懂");
  if (TextOf(*root, "issuer") != options_.issuer)
    return Odd(fmt::format("说明里 issuer 是“{}”，与配置的不同",
                           Neutralise(TextOf(*root, "issuer").substr(0, 200))));
  Known known{.authorization = TextOf(*root, "authorization_endpoint"),
              .token = TextOf(*root, "token_endpoint"),
              .keys = TextOf(*root, "jwks_uri")};
  for (const std::string& address : {known.authorization, known.token, known.keys}) {
    if (Status good = ProviderLine::CheckAddress(address); !good || !IsPlain(address))
      return Odd("说明里缺 authorization_endpoint、token_endpoint 或 jwks_uri，或不是 https 网址");
  }
  constexpr std::string_view kMethods = "token_endpoint_auth_methods_supported";
  // Without a list it is HTTP Basic (OpenID Connect Discovery, section 3).
  known.secret_in_body = root->Find(kMethods) != nullptr &&
                         !Lists(*root, kMethods, "client_secret_basic") &&
                         Lists(*root, kMethods, "client_secret_post");
  const Node* names = root->Find("authorization_response_iss_parameter_supported");
  known.names_itself = names != nullptr && names->is(Node::Type::kBool) && names->boolean;
  Result<ProviderKeys> keys = AskKeys(known.keys);
  if (!keys) return keys.error();
  known.key_set = std::move(*keys);
  known.since = known.keys_asked = clock_.Monotonic();
  return known;
}

Result<Provider::Known> Provider::Knowledge() {
  const std::lock_guard lock(lock_);
  const Millis now = clock_.Monotonic();
  if (known_ && now - known_->since < limits::kProviderKnownMillis) return *known_;
  // Whoever comes while it is down must not make us ask each time.
  if (failure_ && now - failed_ < limits::kProviderAgainMillis) return *failure_;
  Result<Known> asked = Ask();
  if (!asked) {
    failure_ = asked.error();
    failed_ = clock_.Monotonic();
    return asked;
  }
  failure_.reset();
  known_ = *asked;
  return asked;
}

Result<ProviderKeys> Provider::NewKeys() {
  const std::lock_guard lock(lock_);
  if (!known_) return ProviderKeys();
  // Any token can name a key that is none.
  if (clock_.Monotonic() - known_->keys_asked < limits::kProviderAgainMillis)
    return known_->key_set;
  known_->keys_asked = clock_.Monotonic();
  Result<ProviderKeys> keys = AskKeys(known_->keys);
  if (keys) known_->key_set = *keys;
  return keys;
}

// ---- what the browser keeps ----

std::string Provider::Derive(std::string_view use, std::string_view seed) const {
  return Hex(HmacSha256(key_, fmt::format("{}:{}", use, seed)));
}

std::string Provider::Seal(const Attempt& attempt) const {
  const std::string text =
      fmt::format("{}.{}.{}", clock_.Now(), attempt.seed, Base64Url(attempt.then));
  return fmt::format("{}.{}", text, Derive("keepsake", text));
}

Result<Provider::Attempt> Provider::Unseal(std::string_view keepsake) const {
  const size_t tag = keepsake.rfind('.');
  if (tag == std::string_view::npos || keepsake.size() > 2 * kThenBytesMax) return Stray();
  const std::string_view text = keepsake.substr(0, tag);
  if (!SameSecret(keepsake.substr(tag + 1), Derive("keepsake", text))) return Stray();
  const std::vector<std::string_view> parts = Split(text, '.');
  if (parts.size() != 3) return Stray();
  Millis since = 0;
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), since);
  const Result<std::string> then = FromBase64Url(parts[2]);
  const Millis age = clock_.Now() - since;
  if (!then || age < 0 || age >= limits::kProviderAttemptMillis) return Stray();
  return Attempt{.seed = std::string(parts[1]), .then = *then};
}

Status Provider::UseUp(const std::string& seed) {
  const std::lock_guard lock(used_lock_);
  const Millis now = clock_.Now();
  if (used_.size() >= limits::kProviderAttemptsKeptMax)
    std::erase_if(used_, [now](const auto& entry) { return entry.second <= now; });
  // Forgetting one would let it come back.
  if (used_.size() >= limits::kProviderAttemptsKeptMax)
    return Error{Code::kLimit, "登录的人太多；请过几分钟再试"};
  const bool fresh = used_.emplace(seed, now + limits::kProviderAttemptMillis).second;
  return fresh ? Ok() : Status(Stray());
}

void Provider::Release(const std::string& seed) {
  const std::lock_guard lock(used_lock_);
  used_.erase(seed);
}

// ---- the flow ----

Result<Provider::Beginning> Provider::Begin(std::string_view then) {
  const Result<Known> known = Knowledge();
  if (!known) return known.error();
  const Attempt attempt{.seed = Hex(RandomBytes(kSeedBytes)),
                        .then = std::string(then.size() > kThenBytesMax ? "/" : then)};
  const std::string challenge = Base64Url(Sha256(Derive("verifier", attempt.seed)).view());
  std::string scope;
  for (const std::string& one : options_.scopes) scope += (scope.empty() ? "" : " ") + one;
  return Beginning{
      .location = fmt::format(
          "{}{}response_type=code&client_id={}&redirect_uri={}&scope={}&state={}&nonce={}"
          "&code_challenge={}&code_challenge_method=S256",
          known->authorization, known->authorization.find('?') == std::string::npos ? '?' : '&',
          PercentEncode(options_.client_id),
          PercentEncode(options_.desk + std::string(kProviderReturnPath)), PercentEncode(scope),
          Derive("state", attempt.seed), Derive("nonce", attempt.seed), challenge),
      .keepsake = Seal(attempt)};
}

Result<std::string> Provider::Redeem(const Known& known, std::string_view code,
                                     std::string_view verifier) const {
  ProviderLine::Form form{
      .body =
          fmt::format("grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}",
                      PercentEncode(code),
                      PercentEncode(options_.desk + std::string(kProviderReturnPath)), verifier)};
  if (options_.client_secret.empty() || known.secret_in_body) {
    form.body += "&client_id=" + PercentEncode(options_.client_id);
    if (!options_.client_secret.empty())
      form.body += "&client_secret=" + PercentEncode(options_.client_secret);
  } else {
    // RFC 6749, section 2.3.1: encoded first, then as HTTP has it.
    form.user = PercentEncode(options_.client_id);
    form.password = PercentEncode(options_.client_secret);
  }
  const Result<ProviderAnswer> answer = line_.Post(known.token, form);
  if (!answer) return answer.error();
  const Result<Node> root = ParseJson(answer->body, "token");
  const std::string error = root ? TextOf(*root, "error") : "";
  if (answer->status >= 400 && answer->status < 500) {
    const std::string what =
        error.empty() ? fmt::format("HTTP {}", answer->status) : Neutralise(error.substr(0, 60));
    // Then nobody can come in, and whoever came is not to blame.
    if (error == "invalid_client" || answer->status == 401)
      return Odd(fmt::format("回答是：不认识本系统（{}）；client_id 或密钥不对", what));
    return Error{Code::kDenied, fmt::format("身份提供方不认这次登录（{}）；请重新登录", what)};
  }
  std::string token = root && answer->status == 200 ? TextOf(*root, "id_token") : "";
  if (token.empty()) return Odd(fmt::format("答复里没有 ID 令牌（HTTP {}）", answer->status));
  return token;
}

Result<Provider::Person> Provider::Finish(const Return& back) {
  Result<Attempt> attempt = Unseal(back.keepsake);
  if (!attempt) return attempt.error();
  if (!SameSecret(back.state, Derive("state", attempt->seed))) return Stray();
  if (Status first = UseUp(attempt->seed); !first) return first.error();
  Result<Person> person = Prove(back, *attempt);
  // Only what let somebody in must not come again; who comes with nothing takes no room.
  if (!person) Release(attempt->seed);
  return person;
}

Result<Provider::Person> Provider::Prove(const Return& back, const Attempt& attempt) {
  const Result<Known> known = Knowledge();
  if (!known) return known.error();
  // A return that another provider sent (RFC 9207).
  if (back.issuer.empty() ? known->names_itself : back.issuer != options_.issuer)
    return Error{Code::kDenied, "这次登录不是配置的身份提供方送回来的（iss）"};
  if (!back.error.empty())
    return Error{Code::kDenied,
                 fmt::format("身份提供方没有让您登录（{}）", Neutralise(back.error.substr(0, 60)))};
  if (back.code.empty() || back.code.size() > limits::kProviderCodeBytesMax)
    return Error{Code::kDenied, std::string(kStale)};
  const Result<std::string> text = Redeem(*known, back.code, Derive("verifier", attempt.seed));
  if (!text) return text.error();
  const Result<IdToken> token = IdToken::Parse(*text);
  if (!token) return token.error();
  Status is_signed = token->CheckSignature(known->key_set);
  if (!is_signed && is_signed.error().code == Code::kNotFound) {
    const Result<ProviderKeys> keys = NewKeys();
    if (!keys) return keys.error();
    is_signed = token->CheckSignature(*keys);
    if (!is_signed) return Error{Code::kDenied, is_signed.error().text};
  }
  if (!is_signed) return is_signed.error();
  const std::string nonce = Derive("nonce", attempt.seed);
  if (Status good = token->CheckClaims({.issuer = options_.issuer,
                                        .client_id = options_.client_id,
                                        .nonce = nonce,
                                        .now = clock_.Now()});
      !good)
    return good.error();
  return Person{.subject = std::string(token->subject()),
                .second_factor = options_.second_factor || token->HasSecondFactor(),
                .then = attempt.then};
}

}  // namespace xuncha
