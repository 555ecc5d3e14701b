// For programs: the frame of the JSON interface, its description, and figures for a
// monitor.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "console/web.h"

namespace xuncha {

// The OpenAPI 3.1 document of the routes under /api/.
std::string OpenApi(std::span<const Route> routes);

Reply ShowOpenApi(Visit& visit);
Reply ShowMe(Visit& visit);
// Prometheus text; for this machine, and for who brings a token.
Reply ShowMetrics(Visit& visit);
Reply ShowHealth(Visit& visit);

}  // namespace xuncha
