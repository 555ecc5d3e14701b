// Registry knows which sites may be audited, on whose responsibility, at which
// addresses, how far and how fast. It alone makes a Permit.
//
// A site's scope is its hosts, its ports and its path prefixes. Where scopes nest,
// the narrower one owns the URL: an exact host before a wildcard, then the longest
// path prefix. /robots.txt belongs to every site of its host.
//
// What sites link to is of no site. Leave to look at it is given in the name of
// outside(), a site of nothing that obeys robots.txt to the letter and is reached at
// public addresses only.
//
// Main thread only; Registry is immutable, so reading from others is harmless.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "crawler/address.h"

namespace xuncha {

// The registration form as CSV. Reads UTF-8 (with or without BOM) or GB18030,
// Chinese or English headers; imports all rows or none. Sites come out complete
// (CompleteSite). The Error's text lists every bad row, one a line:
// "第 3 行第 5 列（网址或IP）：……；请……".
Result<std::vector<Site>> ReadSitesCsv(std::string_view bytes);
// UTF-8 with BOM (Excel opens it rightly), Chinese headers; ReadSitesCsv reads it back.
std::string WriteSitesCsv(const std::vector<Site>& sites);
// The row that `base` is in the form, with the cells of these columns (by their English
// names) filled anew, read as one of a file. Errors as those of ReadSitesCsv.
Result<Site> FillForm(const Site& base,
                      const std::vector<std::pair<std::string_view, std::string>>& cells);
// What differs, as the form names it: "联系电话：旧 → 新". Empty: nothing.
std::vector<std::string> SiteChanges(const Site& was, const Site& is);
// Derives from the filed address what is empty: id, hosts, path prefix, ports, and
// the address itself as an allowed range where it is a literal one (filing an
// address permits it). Idempotent. kInvalid says in Chinese what is wrong.
Result<Site> CompleteSite(Site site);
// The page an audit of the site begins with. kInvalid if the address cannot be read.
Result<Url> HomeUrl(const Site& site);
// What a completed site claims for itself alone: "host:port/prefix", each.
std::vector<std::string> ScopesOf(const Site& site);
// kConflict if two sites share an id, or claim the same host, port and path.
Status CheckScopes(const std::vector<Site>& sites);
// Whether a GET of the URL may change something there: log out, delete, cancel.
bool IsUnsafe(const Url& url);

enum class Refusal : uint8_t { kNone, kUnregistered, kScope, kPort, kRobots, kUnsafe };
std::string_view RefusalName(Refusal refusal);  // "scope", ...

class Registry {
 public:
  // Sites are completed; one that cannot be is kept, and owns nothing.
  explicit Registry(std::vector<Site> sites);

  const std::vector<std::unique_ptr<Site>>& sites() const { return sites_; }
  const Site* Find(std::string_view id) const;
  // The site whose scope holds the URL (host, port, longest path prefix), or nullptr.
  const Site* Owner(const Url& url) const;
  // A permit for a URL of `site`, or an invalid one and why not.
  Permit Allow(const Site& site, const Url& url, UrlState known, bool robots_disallowed,
               int attempt, Refusal* why) const;
  // The site of no site, as whose a stranger's page is fetched; the same for all.
  const Site& outside() const { return outside_; }
  // A permit for a URL that no site's registration covers.
  Permit AllowOutside(const Url& url, bool robots_disallowed, Refusal* why) const;
  // Leave for a redirect hop of a permit already given: same site, same attempt.
  Permit AllowHop(const Permit& permit, const Url& target, bool robots_disallowed,
                  Refusal* why) const;

 private:
  struct Scope {
    const Site* site;
    std::string prefix;
  };
  // Calls visit(scope) for scopes holding host and path, narrowest first, until it returns true.
  template <typename Visit>
  void EachScope(const Url& url, const Visit& visit) const;
  Refusal Refuses(const Site& site, const Url& url) const;
  bool IsFiled(std::string_view host) const;

  std::vector<std::unique_ptr<Site>> sites_;
  Site outside_;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  // By host, or by the ".suffix" of "*.suffix"; longest prefix first.
  std::unordered_map<std::string, std::vector<Scope>, Hash, std::equal_to<>> scopes_;
};

}  // namespace xuncha
