// SPDX-License-Identifier: Apache-2.0
#include "console/desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "assets_embedded.h"
#include "base/percent.h"
#include "base/text.h"
#include "console/passwords.h"
#include "pages_embedded.h"
#include "words_embedded.h"

namespace xuncha {
namespace {

constexpr Millis kSweepEvery = 60'000;
constexpr std::string_view kBearer = "Bearer ";

constexpr std::string_view kPolicy =
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

// A page keeps no one's secrets in a cache, in another window, or in the next request.
// Referrers of our own are sent: without, browsers say "null" as the origin of a form.
constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {
    {"Content-Security-Policy", kPolicy},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Embedder-Policy", "require-corp"},
    {"Permissions-Policy",
     "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()"},
    {"Cache-Control", "no-store"},
};

void AddHeaders(Reply& reply, const Gate::Options& gate) {
  for (const auto& [name, value] : kHeaders) {
    const bool own = std::ranges::any_of(
        reply.headers, [&](const auto& header) { return EqualsIgnoreCase(header.first, name); });
    if (!own) reply.headers.emplace_back(name, value);
  }
  if (gate.secure) reply.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

// Whether the request comes from a page of ours. A browser says so itself; what says
// nothing is no browser, and must bring a token of the API.
bool IsOwnOrigin(const Request& request) {
  const std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin") return false;
  const std::string_view origin = request.Header("origin");
  if (origin.empty()) return site == "same-origin";
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  return origin.substr(scheme + 3) == request.Header("host");
}

std::string AnonymousToken(std::string_view form_cookie) {
  return Sha256(fmt::format("form:{}", form_cookie)).hex().substr(0, 32);
}

Language LanguageOf(const Request& request) {
  const std::string_view chosen =
      request.Query("lang").empty() ? request.Cookie("lang") : request.Query("lang");
  if (chosen == "en") return Language::kEnglish;
  if (chosen == "zh") return Language::kChinese;
  // The first language the browser names that we speak.
  for (const std::string_view piece : Split(request.Header("accept-language"), ',')) {
    if (StartsWithIgnoreCase(Trim(piece), "zh")) return Language::kChinese;
    if (StartsWithIgnoreCase(Trim(piece), "en")) return Language::kEnglish;
  }
  return Language::kChinese;
}

std::string PlainClient(const Request& request, std::string_view address, bool proxied) {
  if (!proxied && address != "unix") return std::string(address);
  // The last one is the proxy's own word; those before it are the client's.
  const std::vector<std::string_view> hops = Split(request.Header("x-forwarded-for"), ',');
  const std::string_view last = Trim(hops.back());
  return last.empty() || last.size() > 64 ? std::string(address) : Neutralise(last);
}

// One's own, where a second factor is set up; "/accounts" is everybody's.
bool IsOwnAccount(std::string_view path) {
  return path == "/account" || path.starts_with("/account/");
}

}  // namespace

OfficersDesk& OfficersDeskOf(Visit& visit) {
  auto* desk = dynamic_cast<OfficersDesk*>(&visit.desk);
  CHECK(desk != nullptr);
  return *desk;
}

OfficersDesk::OfficersDesk(Store& store, const Clock& clock, Options options, Catalogue catalogue,
                           Assets assets)
    : store_(store),
      clock_(clock),
      options_(std::move(options)),
      catalogue_(std::move(catalogue)),
      assets_(std::move(assets)),
      changes_(store),
      drawings_(options_.draw),
      policy_(std::make_shared<const CasePolicy>(options_.policy)),
      tell_(std::make_shared<const TellPolicy>(options_.tell)) {}
OfficersDesk::~OfficersDesk() = default;

Result<std::unique_ptr<OfficersDesk>> OfficersDesk::Make(Store& store, const Clock& clock,
                                                         Options options) {
  Result<Catalogue> catalogue = Catalogue::Read(embedded::words());
  if (!catalogue) return catalogue.error();
  for (std::string& name : options.names) name = AsciiLower(name);
  if (options.routes.empty()) options.routes = Routes();
  std::unique_ptr<OfficersDesk> desk(  // private constructor
      new OfficersDesk(store, clock, std::move(options), std::move(*catalogue),
                       Assets(embedded::assets())));
  auto templates = Templates::Compile(embedded::pages(), desk->catalogue_, desk->assets_);
  if (!templates) return templates.error();
  desk->templates_ = std::move(*templates);
  auto gate = Gate::Make(store, clock, desk->changes_, desk->options_.gate);
  if (!gate) return gate.error();
  desk->gate_ = std::move(*gate);
  return desk;
}

Status OfficersDesk::Change(const std::function<Status(Store&)>& change) {
  return changes_.Do(change);
}
std::shared_ptr<const RuleTrial> OfficersDesk::trial() const {
  const std::lock_guard<std::mutex> lock(shared_mutex_);
  return trial_;
}
void OfficersDesk::SetTrial(std::shared_ptr<const RuleTrial> trial) {
  const std::lock_guard<std::mutex> lock(shared_mutex_);
  trial_ = std::move(trial);
}
std::shared_ptr<const CasePolicy> OfficersDesk::policy() const {
  const std::lock_guard<std::mutex> lock(shared_mutex_);
  return policy_;
}
std::shared_ptr<const TellPolicy> OfficersDesk::tell() const {
  const std::lock_guard<std::mutex> lock(shared_mutex_);
  return tell_;
}
void OfficersDesk::SetPolicies(CasePolicy policy, TellPolicy tell) {
  auto new_policy = std::make_shared<const CasePolicy>(std::move(policy));
  auto new_tell = std::make_shared<const TellPolicy>(std::move(tell));
  const std::lock_guard<std::mutex> lock(shared_mutex_);
  policy_ = std::move(new_policy);
  tell_ = std::move(new_tell);
}
std::string OfficersDesk::Word(Language language, std::string_view key) const {
  const std::string* word = catalogue_.Find(language, key);
  return word == nullptr ? "" : *word;
}
std::string OfficersDesk::AssetPath(std::string_view name) const {
  const Assets::Asset* asset = assets_.ByName(name);
  return asset == nullptr ? "" : asset->path;
}
std::string OfficersDesk::Fill(Language language, std::string_view template_name,
                               const Fields& fields) const {
  return templates_->Fill(language, template_name, fields);
}

void OfficersDesk::Tend() {
  changes_.Drain();
  const Millis now = clock_.Monotonic();
  if (swept_ != 0 && now - swept_ < kSweepEvery) return;
  swept_ = std::max<Millis>(now, 1);
  // Expired sessions are refused whether they are there or not.
  (void)gate_->Sweep(store_).ok();
}

// ---- the table ----

const Route* OfficersDesk::Find(std::string_view method, std::string_view path,
                                std::vector<std::string>* parts) const {
  const std::vector<std::string_view> wanted = Split(path, '/');
  const Route* best = nullptr;
  std::vector<std::string> best_parts;
  for (const Route& route : options_.routes) {
    if (route.method != method) continue;
    const std::vector<std::string_view> pattern = Split(route.path, '/');
    if (pattern.size() != wanted.size()) continue;
    std::vector<std::string> taken;
    bool fits = true;
    for (size_t i = 0; fits && i < pattern.size(); ++i) {
      if (pattern[i] == "{}") {
        fits = !wanted[i].empty();
        taken.emplace_back(wanted[i]);
      } else {
        fits = pattern[i] == wanted[i];
      }
    }
    // A path that is written out goes before one that has room for anything.
    if (!fits || (best != nullptr && taken.size() >= best_parts.size())) continue;
    best = &route;
    best_parts = std::move(taken);
  }
  if (best != nullptr && parts != nullptr) *parts = std::move(best_parts);
  return best;
}

std::string OfficersDesk::MethodsOf(std::string_view path) const {
  std::string methods;
  if (Find("GET", path, nullptr) != nullptr) methods = "GET, HEAD";
  if (Find("POST", path, nullptr) != nullptr) methods += methods.empty() ? "POST" : ", POST";
  return methods;
}

size_t OfficersDesk::BodyMax(std::string_view method, std::string_view target) const {
  const Result<Target> read = ReadTarget(target);
  if (!read || method != "POST") return 0;
  std::vector<std::string> parts;
  const Route* route = Find(method, read->path, &parts);
  if (route == nullptr) return 0;
  if (route->opens != nullptr && !route->opens(*this, parts))
    return std::min(route->body_max, limits::kDeskBodyBytesMax);
  return route->body_max;
}

std::string OfficersDesk::ClientOf(const RawRequest& raw) const {
  Request request;
  for (const auto& [name, value] : raw.headers) {
    if (name != "x-forwarded-for") continue;
    std::string& joined = request.headers[name];
    joined += (joined.empty() ? "" : ", ") + value;
  }
  return PlainClient(request, raw.address, options_.proxied);
}

bool OfficersDesk::Waits(std::string_view method, std::string_view target) const {
  const Result<Target> read = ReadTarget(target);
  if (!read) return false;
  const Route* route = Find(method == "HEAD" ? "GET" : method, read->path, nullptr);
  return route != nullptr && route->pace == Pace::kWaits;
}

bool OfficersDesk::KnowsHost(std::string_view header) const {
  const std::string host = HostOf(header);
  if (host == "localhost" || host == "127.0.0.1" || host == "[::1]") return true;
  return !host.empty() && std::ranges::find(options_.names, host) != options_.names.end();
}

// ---- a request ----

Reply OfficersDesk::Answer(const RawRequest& raw) {
  Request request;
  Reply reply = Dispatch(raw, request);
  const std::string_view language = request.Query("lang");
  if (language == "zh" || language == "en")
    reply.headers.emplace_back(
        "Set-Cookie", fmt::format("lang={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000{}",
                                  language, options_.gate.secure ? "; Secure" : ""));
  AddHeaders(reply, options_.gate);
  return reply;
}

Reply OfficersDesk::Refuse(const RawRequest& raw, int status, std::string_view word) {
  Request request;
  request.method = "GET";
  request.path = raw.target.starts_with("/api/") ? "/api/" : "/";
  Visit visit{.request = request, .desk = *this};
  Reply reply = Problem(visit, status, Say(visit, word));
  AddHeaders(reply, options_.gate);
  return reply;
}

Reply OfficersDesk::Dispatch(const RawRequest& raw, Request& request) {
  request.head_only = raw.method == "HEAD";
  request.method = request.head_only ? "GET" : raw.method;
  request.path = raw.target.starts_with("/api/") ? "/api/" : "/";
  Visit visit{.request = request, .desk = *this};
  for (const auto& [name, value] : raw.headers) {
    if (!IsValidUtf8(value) || (name == "host" && request.headers.contains("host")))
      return Problem(visit, 400, Say(visit, "problem.malformed"));
    std::string& joined = request.headers[name];
    joined += (joined.empty() ? "" : name == "cookie" ? "; " : ", ") + value;
  }
  request.cookies = ReadCookies(request.Header("cookie"));
  visit.language = LanguageOf(request);
  if (!KnowsHost(request.Header("host"))) return Problem(visit, 421, Say(visit, "problem.host"));
  Result<Target> target = ReadTarget(raw.target);
  if (!target) return Problem(visit, 400, Say(visit, "problem.malformed"));
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.address = PlainClient(request, raw.address, options_.proxied);
  visit.language = LanguageOf(request);

  if (request.method != "GET" && request.method != "POST") {
    Reply reply = Problem(visit, 405, Say(visit, "problem.method"));
    reply.headers.emplace_back("Allow", "GET, HEAD, POST");
    return reply;
  }
  if (const Assets::Asset* asset = assets_.ByPath(request.path);
      asset != nullptr && request.method == "GET") {
    Reply reply{.type = std::string(asset->type), .body = std::string(asset->bytes)};
    reply.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    return reply;
  }
  if (const Route* route = Find(request.method, request.path, &request.parts); route != nullptr)
    return Enter(raw, request, *route);
  const std::string methods = MethodsOf(request.path);
  if (methods.empty()) return Problem(visit, 404, Say(visit, "problem.nowhere"));
  Reply reply = Problem(visit, 405, Say(visit, "problem.method"));
  reply.headers.emplace_back("Allow", methods);
  return reply;
}

Reply OfficersDesk::Enter(const RawRequest& raw, Request& request, const Route& route) {
  const bool api = request.path.starts_with("/api/");
  Visit visit{.request = request, .desk = *this, .language = LanguageOf(request)};

  // Who comes.
  std::optional<Gate::Caller> caller;
  const std::string_view authorization = request.Header("authorization");
  if (authorization.starts_with(kBearer)) {
    auto found = gate_->ByToken(authorization.substr(kBearer.size()), request.address);
    if (!found) return Problem(visit, found.error());
    if (!*found) return Problem(visit, 401, Say(visit, "problem.token"));
    caller = std::move(*found);
  } else {
    auto found = gate_->BySession(request.Cookie(gate_->cookie()));
    if (!found) return Problem(visit, found.error());
    caller = std::move(*found);
  }
  std::string form_cookie(request.Cookie(gate_->form_cookie()));
  const bool fresh = form_cookie.empty();
  if (fresh) form_cookie = Hex(RandomBytes(16));
  visit.csrf = AnonymousToken(form_cookie);
  if (caller) {
    visit.account = &caller->account;
    visit.roles = caller->roles;
    visit.session = caller->session.token;
    visit.csrf = caller->session.csrf;
  }
  const bool by_token = caller && caller->by_token;

  if (route.roles != kAnybody && !caller) {
    if (api) return Problem(visit, 401, Say(visit, "problem.sign-in"));
    if (request.method != "GET") return Problem(visit, 401, Say(visit, "problem.expired"));
    return Redirect("/sign-in?then=" + PercentEncode(request.path, "/"));
  }
  // A token is for programs: it opens the API and nothing that is made for people.
  if (by_token && !api && route.roles != kAnybody)
    return Problem(visit, 403, Say(visit, "problem.role"));
  if (route.roles != kAnybody && !visit.May(route.roles))
    return Problem(visit, 403, Say(visit, "problem.role"));
  if (options_.gate.second_factor && caller && !by_token && caller->account.totp_secret.empty() &&
      !caller->session.factor_elsewhere && route.roles != kAnybody && !IsOwnAccount(request.path) &&
      request.path != "/sign-out") {
    if (api || request.method != "GET")
      return Problem(visit, 403, Say(visit, "problem.second-factor"));
    return Redirect("/account/second-factor");
  }

  if (request.method == "POST") {
    if (!by_token && !IsOwnOrigin(request))
      return Problem(visit, 403, Say(visit, "problem.origin"));
    if (raw.body.size() > route.body_max) return Problem(visit, 413, Say(visit, "problem.large"));
    const std::string_view type = request.Header("content-type");
    if (StartsWithIgnoreCase(type, "application/x-www-form-urlencoded")) {
      Result<Values> form = ReadForm(raw.body);
      if (!form) return Problem(visit, 400, Say(visit, "problem.malformed"));
      request.form = std::move(*form);
    } else if (StartsWithIgnoreCase(type, "multipart/form-data")) {
      Result<Multipart> form = ReadMultipart(raw.body, type);
      if (!form) return Problem(visit, 400, Say(visit, "problem.malformed"));
      request.form = std::move(form->form);
      request.uploads = std::move(form->uploads);
    } else if (api && StartsWithIgnoreCase(type, "application/json")) {
      if (!IsValidUtf8(raw.body)) return Problem(visit, 400, Say(visit, "problem.malformed"));
      request.body = raw.body;
    } else if (!raw.body.empty() || !api) {
      return Problem(visit, 415, Say(visit, "problem.type"));
    }
    const std::string_view token =
        request.Form("csrf").empty() ? request.Header("x-csrf-token") : request.Form("csrf");
    if (!by_token && !SameSecret(token, visit.csrf))
      return Problem(visit, 403, Say(visit, "problem.csrf"));
  }
  Reply reply = route.handle(visit);
  if (fresh && !caller && request.method == "GET" && reply.type.starts_with("text/html"))
    reply.headers.emplace_back("Set-Cookie", gate_->SetCookie(gate_->form_cookie(), form_cookie));
  return reply;
}

}  // namespace xuncha
