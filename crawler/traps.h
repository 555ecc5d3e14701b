// Traps: URLs that a careful visitor does not follow, by their look alone. What
// is refused is counted and shown with an example; nothing is dropped silently.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/record.h"
#include "base/url.h"

namespace xuncha {

// Why the URL is not followed, or empty: "path-growth" (relative links that feed on
// themselves), "path-length", "media" (film, sound, archives, programs: nothing to read).
std::string_view LooksLikeTrap(const Url& url);
// Whether a link of this kind leads to something to read: pages, scripts, style
// sheets. Forms are recorded by Extract and never sent; images hold no text.
bool IsFollowed(LinkKind kind);
// Chinese, for the reasons above and those of the frontier.
std::string_view TrapText(std::string_view reason);

}  // namespace xuncha
