// Hosts of URLs, brought to one form as the WHATWG URL standard does it: names in
// lower case and as "xn--...", IPv4 addresses in four decimal parts however they
// were written, IPv6 addresses as RFC 5952 has them.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha {

// Appends the host; false if `raw` is none, and then `out` may hold a part of it.
bool AppendHost(std::string& out, std::string_view raw);
// Whether a host in its one form is an address, not a name.
bool IsAddress(std::string_view host);

}  // namespace xuncha
