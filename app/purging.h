// Purging as the commands do it: with the configured periods, a progress line, and
// the outcome in words.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/config.h"
#include "app/session.h"
#include "store/store.h"

namespace xuncha {

// Fills in periods, time and progress.
Result<PurgeReport> PurgeStore(const Session& session, Store& store, const Config& config,
                               PurgeOptions options);
// For people; ends with a line feed.
std::string PurgeText(const PurgeReport& report, PurgeOptions::Mode mode);

// At the end of a night: if it is configured and due. What a person must decide is
// told and stops nothing.
Status PurgeWhenDue(const Session& session, Store& store, const Config& config);

// "3.4 MB"
std::string BytesText(double bytes);

}  // namespace xuncha
