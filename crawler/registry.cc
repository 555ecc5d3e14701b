// SPDX-License-Identifier: Apache-2.0
#include "crawler/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/filed.h"

namespace xuncha {
namespace {

Error Invalid(std::string text) { return Error{Code::kInvalid, std::move(text)}; }

Result<Url> ParseFiled(const std::string& filed) {
  std::string text = filed;
  if (text.find("://") == std::string::npos) text = "http://" + text;
  Result<Url> url = Url::Parse(text);
  if (!url) {
    return Invalid(
        fmt::format("“{}”读不出网址（{}）；请填写如 http://lib.example.edu.cn 或 10.1.2.3:8080",
                    Neutralise(filed), url.error().text));
  }
  // One word may be a host of the house's own net, but only if it is written as one:
  // in a table it is a slip more often.
  const std::string_view host = url->host();
  if (filed.find("://") == std::string::npos && host.find('.') == std::string_view::npos &&
      !url->HostIsAddress() && host != "localhost") {
    return Invalid(
        fmt::format("“{}”不像网址或IP；请填写如 http://lib.example.edu.cn 或 10.1.2.3:8080",
                    Neutralise(filed)));
  }
  std::string_view path = url->path();
  if (filed.find("://") == std::string::npos && url->HostIsAddress() && path.size() > 1 &&
      path.find_first_not_of("0123456789", 1) == std::string_view::npos) {
    return Invalid(
        fmt::format("“{}”像是地址段；这里请填写一个网址或IP，地址段请填在“允许地址段”", filed));
  }
  return url;
}

// Every address filed, the home page first.
Result<std::vector<Url>> FiledUrls(const Site& site) {
  std::vector<Url> urls;
  for (const std::string& part : SplitFiled(site.address)) {
    Result<Url> url = ParseFiled(part);
    if (!url) return url.error();
    urls.push_back(std::move(*url));
  }
  if (urls.empty()) return Invalid("网址或IP为空；请填写网站首页的网址或IP");
  return urls;
}

bool LooksLikeFile(std::string_view segment) { return segment.find('.') != std::string_view::npos; }

// "/dept/" for the addresses /dept/, /dept/index.html and /dept; "/" for all.
std::string PrefixOf(const Url& url) {
  std::string_view path = url.path();
  size_t slash = path.rfind('/');
  std::string_view last = path.substr(slash + 1);
  if (last.empty() || LooksLikeFile(last)) return std::string(path.substr(0, slash + 1));
  return std::string(path) + "/";
}

std::string DefaultId(const Url& home, const std::string& prefix) {
  std::string id(home.host());
  std::erase_if(id, [](char c) { return c == '[' || c == ']'; });
  std::replace(id.begin(), id.end(), ':', '-');
  if (home.port() != (home.secure() ? 443 : 80)) id += fmt::format("-{}", home.port());
  if (prefix.size() > 1) {
    id += prefix.substr(0, prefix.size() - 1);
    std::replace(id.begin(), id.end(), '/', '-');
  }
  return id;
}

Status CheckId(std::string_view id) {
  const bool bad = id.empty() || id.size() > limits::kSiteIdBytesMax || id[0] == '.' ||
                   !IsValidUtf8(id) || std::any_of(id.begin(), id.end(), [](unsigned char c) {
                     return c <= ' ' || c == 0x7F ||
                            std::string_view("/\\\"'*?<>|:,;").find(c) != std::string_view::npos;
                   });
  if (!bad) return Ok();
  return Invalid(fmt::format("网站标识“{}”不可用；请用字母、数字、汉字、点、横线，不超过 {} 字节",
                             Neutralise(id), limits::kSiteIdBytesMax));
}

// A host as a Url canonicalises it, with an optional "*." before it.
Result<std::string> CanonicalHost(const std::string& filed) {
  const bool wild = filed.starts_with("*.");
  Result<Url> url = Url::Parse("http://" + (wild ? filed.substr(2) : filed) + "/");
  if (!url || url->path() != "/" || url->port() != 80 || (wild && url->HostIsAddress())) {
    return Invalid(
        fmt::format("主机“{}”不可用；请只填主机名，如 lib.example.edu.cn 或 *.example.edu.cn",
                    Neutralise(filed)));
  }
  // "*.cn" would claim every site of a country.
  if (wild && url->host().find('.') == std::string_view::npos) {
    return Invalid(fmt::format("主机“{}”范围过大；请填写本单位的域名", filed));
  }
  return (wild ? "*." : "") + std::string(url->host());
}

Result<std::string> CanonicalPrefix(const std::string& filed) {
  Result<Url> url = Url::Parse("http://host" + (filed.starts_with('/') ? filed : "/" + filed));
  if (!url || !url->query().empty()) {
    return Invalid(fmt::format("路径前缀“{}”不可用；请填写如 /dept/ 的路径", Neutralise(filed)));
  }
  return std::string(url->path());
}

bool PathIsUnder(std::string_view path, std::string_view prefix) {
  if (path.starts_with(prefix)) return true;
  return prefix.ends_with('/') && path == prefix.substr(0, prefix.size() - 1);
}

bool HasPort(const Site& site, const Url& url) {
  return std::find(site.ports.begin(), site.ports.end(), url.port()) != site.ports.end();
}

// A filed host as a key of scopes_: of "*.suffix" what follows the star, which no host
// begins with.
std::string_view KeyOf(std::string_view filed) {
  return filed.starts_with('*') ? filed.substr(1) : filed;
}

// Calls visit(key) for the keys that can hold the host, itself and then ever wider
// wildcards, until it returns true; says whether it did. Asked for each link of each page.
template <typename Visit>
bool AnyKey(std::string_view host, const Visit& visit) {
  if (visit(host)) return true;
  for (size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
    if (visit(host.substr(dot))) return true;
  }
  return false;
}

}  // namespace

std::string_view RefusalName(Refusal refusal) {
  constexpr std::string_view kNames[] = {"", "unregistered", "scope", "port", "robots", "unsafe"};
  return kNames[static_cast<size_t>(refusal)];
}

Result<Url> HomeUrl(const Site& site) {
  Result<std::vector<Url>> filed = FiledUrls(site);
  if (!filed) return filed.error();
  return filed->front();
}

Result<Site> CompleteSite(Site site) {
  Result<std::vector<Url>> filed = FiledUrls(site);
  if (!filed) return filed.error();

  if (site.hosts.empty()) {
    for (const Url& url : *filed) site.hosts.emplace_back(url.host());
  }
  for (std::string& host : site.hosts) {
    Result<std::string> canonical = CanonicalHost(HalfWidth(host));
    if (!canonical) return canonical.error();
    host = std::move(*canonical);
  }
  SortUnique(site.hosts);

  if (site.path_prefixes.empty()) {
    for (const Url& url : *filed) site.path_prefixes.push_back(PrefixOf(url));
  }
  for (std::string& prefix : site.path_prefixes) {
    Result<std::string> canonical = CanonicalPrefix(prefix);
    if (!canonical) return canonical.error();
    prefix = std::move(*canonical);
  }
  SortUnique(site.path_prefixes);

  if (site.ports.empty()) {
    for (const Url& url : *filed) {
      site.ports.push_back(url.port());
      // A site is free to move between http and https; another port is another service.
      if (url.port() == 80 || url.port() == 443) site.ports.insert(site.ports.end(), {80, 443});
    }
  }
  SortUnique(site.ports);

  for (const Url& url : *filed) {
    if (!url.HostIsAddress()) continue;
    std::string address(url.host());
    std::erase_if(address, [](char c) { return c == '[' || c == ']'; });
    site.address_ranges.push_back(address);
  }
  SortUnique(site.address_ranges);
  if (Result<AddressPolicy> policy = AddressPolicy::ForSite(site.address_ranges); !policy) {
    return Invalid(fmt::format("{}；请填写如 10.1.0.0/16 的地址段", policy.error().text));
  }

  if (site.id.empty()) site.id = DefaultId(filed->front(), PrefixOf(filed->front()));
  if (Status id = CheckId(site.id); !id) return id.error();
  return site;
}

std::vector<std::string> ScopesOf(const Site& site) {
  std::vector<std::string> scopes;
  for (const std::string& host : site.hosts) {
    for (const uint16_t port : site.ports) {
      for (const std::string& prefix : site.path_prefixes) {
        scopes.push_back(fmt::format("{}:{}{}", host, port, prefix));
      }
    }
  }
  return scopes;
}

Status CheckScopes(const std::vector<Site>& sites) {
  std::set<std::string> ids;
  std::map<std::string, std::string> claimed;  // scope to site id
  for (const Site& site : sites) {
    if (!ids.insert(site.id).second) {
      return Error{Code::kConflict,
                   fmt::format("网站标识“{}”重复；请在“网站标识”一列填写不同的标识", site.id)};
    }
    for (const std::string& scope : ScopesOf(site)) {
      const auto [at, fresh] = claimed.emplace(scope, site.id);
      if (fresh || at->second == site.id) continue;
      return Error{
          Code::kConflict,
          fmt::format(
              "网站“{}”与“{}”登记的范围重复（{}）；请合并，或填写不同的主机、端口或路径前缀",
              site.id, at->second, scope)};
    }
  }
  return Ok();
}

bool IsUnsafe(const Url& url) {
  constexpr std::array<std::string_view, 16> kActs = {
      "logout", "logoff", "signout", "signoff", "delete",      "del",   "remove", "destroy",
      "drop",   "erase",  "trash",   "cancel",  "unsubscribe", "clear", "purge",  "uninstall"};
  constexpr std::array<std::string_view, 9> kVerbs = {"action", "act", "do", "op",  "method",
                                                      "cmd",    "m",   "a",  "oper"};
  const auto is_act = [&](std::string_view word) {
    std::string plain;
    for (char c : AsciiLower(PercentDecode(word))) {
      if (c != '-' && c != '_') plain.push_back(c);
    }
    return std::find(kActs.begin(), kActs.end(), plain) != kActs.end();
  };

  // A static page of that name changes nothing, and must not be a place to hide.
  std::string_view path = url.path();
  std::string_view last = path.substr(path.rfind('/') + 1);
  std::string_view stem = last.substr(0, last.find_first_of(".;"));
  std::string extension = AsciiLower(last.substr(stem.size()));
  const bool is_static =
      extension.starts_with(".htm") || extension == ".shtml" || extension == ".txt";
  if (!is_static && is_act(stem)) return true;

  for (std::string_view part : Split(url.query(), '&')) {
    size_t equals = part.find('=');
    std::string_view key = part.substr(0, equals);
    if (equals == std::string_view::npos || equals + 1 == part.size()) {
      if (is_act(key)) return true;
      continue;
    }
    const std::string verb = AsciiLower(key);
    if (is_act(key)) return true;
    if (std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end() &&
        is_act(part.substr(equals + 1)))
      return true;
  }
  return false;
}

Registry::Registry(std::vector<Site> sites) {
  outside_.id = "outside";
  outside_.name = "外部链接";
  outside_.strict_robots = true;
  for (Site& site : sites) {
    Result<Site> complete = CompleteSite(site);
    sites_.push_back(std::make_unique<Site>(complete ? std::move(*complete) : std::move(site)));
    if (!complete) continue;
    const Site* kept = sites_.back().get();
    for (const std::string& host : kept->hosts) {
      std::vector<Scope>& scopes = scopes_[std::string(KeyOf(host))];
      for (const std::string& prefix : kept->path_prefixes) scopes.push_back({kept, prefix});
    }
  }
  for (auto& [host, scopes] : scopes_) {
    std::stable_sort(scopes.begin(), scopes.end(), [](const Scope& a, const Scope& b) {
      return a.prefix.size() > b.prefix.size();
    });
  }
}

const Site* Registry::Find(std::string_view id) const {
  for (const auto& site : sites_) {
    if (site->id == id) return site.get();
  }
  return nullptr;
}

template <typename Visit>
void Registry::EachScope(const Url& url, const Visit& visit) const {
  AnyKey(url.host(), [&](std::string_view key) {
    const auto found = scopes_.find(key);
    return found != scopes_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const Scope& scope) {
             return PathIsUnder(url.path(), scope.prefix) && visit(scope);
           });
  });
}

const Site* Registry::Owner(const Url& url) const {
  const Site* owner = nullptr;
  EachScope(url, [&](const Scope& scope) {
    if (!HasPort(*scope.site, url)) return false;
    owner = scope.site;
    return true;
  });
  return owner;
}

bool Registry::IsFiled(std::string_view host) const {
  return AnyKey(host, [this](std::string_view key) { return scopes_.contains(key); });
}

Refusal Registry::Refuses(const Site& site, const Url& url) const {
  if (url.path_and_query() == "/robots.txt") {
    const bool of_site = AnyKey(url.host(), [&site](std::string_view key) {
      return std::any_of(site.hosts.begin(), site.hosts.end(),
                         [key](const std::string& host) { return KeyOf(host) == key; });
    });
    if (!of_site) return Refusal::kScope;
    return HasPort(site, url) ? Refusal::kNone : Refusal::kPort;
  }
  const Site* owner = Owner(url);
  if (owner != &site) {
    if (owner != nullptr) return Refusal::kScope;
    Refusal why = Refusal::kUnregistered;
    EachScope(url, [&](const Scope& scope) {
      if (scope.site == &site) why = Refusal::kPort;
      return why == Refusal::kPort;
    });
    return why == Refusal::kUnregistered && IsFiled(url.host()) ? Refusal::kScope : why;
  }
  return IsUnsafe(url) ? Refusal::kUnsafe : Refusal::kNone;
}

Permit Registry::Allow(const Site& site, const Url& url, UrlState known, bool robots_disallowed,
                       int attempt, Refusal* why) const {
  Refusal refusal = Refuses(site, url);
  if (refusal == Refusal::kNone && robots_disallowed && site.strict_robots)
    refusal = Refusal::kRobots;
  if (why != nullptr) *why = refusal;
  Permit permit;
  if (refusal != Refusal::kNone) return permit;
  permit.site_ = &site;
  permit.url_ = url;
  permit.known_ = std::move(known);
  permit.robots_disallowed_ = robots_disallowed;
  permit.attempt_ = attempt;
  return permit;
}

Permit Registry::AllowOutside(const Url& url, bool robots_disallowed, Refusal* why) const {
  // A host of a site is that site's, also on a port or under a path that is not filed.
  const Refusal refusal = IsFiled(url.host()) ? Refusal::kScope
                          : robots_disallowed ? Refusal::kRobots
                          : IsUnsafe(url)     ? Refusal::kUnsafe
                                              : Refusal::kNone;
  if (why != nullptr) *why = refusal;
  Permit permit;
  if (refusal != Refusal::kNone) return permit;
  permit.site_ = &outside_;
  permit.url_ = url;
  permit.robots_disallowed_ = robots_disallowed;
  return permit;
}

Permit Registry::AllowHop(const Permit& permit, const Url& target, bool robots_disallowed,
                          Refusal* why) const {
  CHECK(permit.valid());
  if (&permit.site() == &outside_) return AllowOutside(target, robots_disallowed, why);
  return Allow(permit.site(), target, permit.known(), robots_disallowed, permit.attempt(), why);
}

}  // namespace xuncha
