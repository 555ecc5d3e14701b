// The work behind Store::Purge; see retention.h. It takes away by explicit
// deletion, in batches with an entry of the audit chain each, and then has the
// files rewritten that hold what went.
//
// Why no compaction filter: a filter decides one record at a time, at some later
// moment, on another thread. It cannot ask whether another site's page has the same
// body; it may be at work on what somebody is just placing a hold on; and what it
// drops is in no batch with an entry that says so. Here one thread decides, nobody
// places a hold between the decision and the deed, and the compaction that follows
// decides nothing: it drops what is deleted already.
//
// Cut off anywhere, it leaves a whole store: what refers goes before what is
// referred to (findings and URLs, then short observations, then full ones, then
// runs; bodies that are differences to what goes are made whole, then bodies go, and
// dictionaries last), and the mark in `meta` says what is left to do.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "store/chain.h"
#include "store/db.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/snapshots.h"

namespace xuncha {

// What the last purge left; an empty mark if there was none.
Result<PurgeMark> ReadPurgeMark(const Database& database);

// `directory`: where a file for sorting may be made.
Result<PurgeReport> PurgeRecords(Database& database, AuditChain& chain, Snapshots& snapshots,
                                 const std::string& directory, const PurgeOptions& options);

}  // namespace xuncha
