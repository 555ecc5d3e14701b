// Registry knows which sites may be audited, on whose responsibility, at which
// addresses, how far and how fast. It alone makes a Permit.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "crawler/address.h"

namespace xuncha {

// The registration form as CSV. Reads UTF-8 (with or without BOM) or GB18030,
// Chinese or English headers; imports all rows or none. The Error's text lists
// every bad row: "第 3 行第 5 列（网址或IP）：……；请……".
Result<std::vector<Site>> ReadSitesCsv(std::string_view bytes);
// UTF-8 with BOM (Excel opens it rightly), Chinese headers; ReadSitesCsv reads it back.
std::string WriteSitesCsv(const std::vector<Site>& sites);
// Derives id, hosts and ports from the filed address; kInvalid says what is wrong.
Result<Site> CompleteSite(Site site);

enum class Refusal : uint8_t { kNone, kUnregistered, kScope, kPort, kRobots, kBudget, kUnsafe };

class Registry {
 public:
  explicit Registry(std::vector<Site> sites);

  const std::vector<std::unique_ptr<Site>>& sites() const { return sites_; }
  const Site* Find(std::string_view id) const;
  // The site whose scope holds the URL (host, port, longest path prefix), or nullptr.
  const Site* Owner(const Url& url) const;
  // A permit for a URL of `site`, or an invalid one and why not.
  Permit Allow(const Site& site, const Url& url, UrlState known, bool robots_disallowed, int attempt,
               Refusal* why) const;
  // Leave for a redirect hop of a permit already given: same site, same attempt.
  Permit AllowHop(const Permit& permit, const Url& target, bool robots_disallowed, Refusal* why) const;

 private:
  std::vector<std::unique_ptr<Site>> sites_;
};

}  // namespace xuncha
