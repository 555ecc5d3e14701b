// Telling people, as the commands do it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/config.h"
#include "app/session.h"
#include "reports/teller.h"
#include "store/store.h"

namespace xuncha {

// Where relative names of secret files are looked for: what systemd hands over, or the
// data directory.
std::string SecretsDirectory(const Session& session);
// Queues what is news and sends what may go. Does nothing without a channel.
Result<Teller::Tally> TellPeople(const Session& session, Store& store, const Config& config);
std::string TallyText(const Teller::Tally& tally);
// At the end of a run: whatever goes wrong is told of and stops nothing.
void TellAfterRun(const Session& session, Store& store, const Config& config);

}  // namespace xuncha
