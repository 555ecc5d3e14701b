// robots.txt by RFC 9309, and what the audit makes of it: under the owner's
// letter Disallow does not exempt a page, but the verdict is computed and kept;
// Crawl-delay (no part of the RFC) is honoured; a site that asks for strict
// obedience, and every host outside the registry, is followed to the letter.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/url.h"

namespace xuncha {

class Robots {
 public:
  Robots() = default;  // no file: everything is allowed
  // `agent` is our product token, "xuncha".
  static Robots Parse(std::string_view text, std::string_view agent);
  static Robots DisallowAll();  // 5xx or unreachable (RFC 9309 2.3.1.4)

  // By path and query of the URL; /robots.txt itself is always allowed.
  bool Allows(const Url& url) const;
  Millis crawl_delay() const { return crawl_delay_; }
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }

 private:
  struct Line {
    std::string pattern;
    bool allow;
  };
  std::vector<Line> lines_;
  Millis crawl_delay_ = 0;
  std::vector<std::string> sitemaps_;
  bool nothing_ = false;
};

// URLs of a sitemap body: XML urlset or sitemapindex (optionally gzip), or plain
// text. Entities and DTDs are not expanded. `nested` are sitemaps to read next.
struct SitemapUrls {
  std::vector<std::string> urls;
  std::vector<std::string> nested;
  bool truncated = false;  // a cap of base/limits.h was hit
};
SitemapUrls ParseSitemap(std::string_view body);

}  // namespace xuncha
