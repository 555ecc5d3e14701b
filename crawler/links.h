// Links: where a page leads, in every form a page can say it; and the zones made
// of their targets.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/record.h"
#include "crawler/page_reader.h"

namespace xuncha {

// "0; url='http://...'", as meta and as header, with the liberties browsers take.
struct RefreshTarget {
  std::string url;
  float seconds = 0;
};
std::optional<RefreshTarget> ReadRefresh(std::string_view content);

// The text of a data: URL of a textual type; nullopt for pictures and the like.
std::optional<std::string> ReadDataUrl(std::string_view url);

// Adds the links and zones of response headers.
void ReadHeaders(PageReading& reading, const Page& page);

// Where the body came from, which links without <base> are relative to.
const Url& BodyUrl(const Page& page);

// Resolves every link against base and final URL, with the query in the page's
// charset, and sorts their hosts into own and foreign.
void ResolveLinks(PageReading& reading, const Page& page, Charset charset);

// Writes the zones made of targets: addresses that say something, and the names of
// linked documents.
void PutTargets(PageReading& reading);

// Whether the host is of an institution, or of a service that every campus site links to.
bool IsInstitution(std::string_view host);

// A host as the page sees it; the index into reading.hosts, 0 if `url` is empty.
uint32_t HostOf(PageReading& reading, const Page& page, const Url& url);

}  // namespace xuncha
