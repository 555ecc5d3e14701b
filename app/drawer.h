// Who draws: a service of its own behind a Unix socket (`xuncha draw`, started by systemd),
// where the configuration names one, for under the hardened units no browser can run; else a
// browser that is started here (browser.h). One seam for the desk, evidence and papers.
//
// The service is tried and nobody else: what it refuses, or does not answer, is told with
// what to do, and never done here behind the operator's back.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "app/browser.h"
#include "app/draw_wire.h"
#include "base/result.h"

namespace xuncha {

// kConflict if it was stopped. Takes limits::kDrawMillisMax at most.
using Drawer = std::function<Result<std::string>(DrawKind kind, const std::string& html,
                                                 const std::stop_token& stop)>;

// By the service at `socket` or, if that is empty, by the browser installed here; empty if
// there is none.
Drawer DrawerAt(const std::string& socket);

// Asks the service at `socket`. kSystem if it does not answer, or not as agreed; kLimit if not
// within `patience`; what it says itself otherwise.
Result<std::string> AskToDraw(const std::string& socket, DrawKind kind, const std::string& html,
                              const Patience& patience);

}  // namespace xuncha
