// What one page leaves behind: its observation, its body, the state of its URL,
// its findings and their incidents, and the links it showed first.
//
// A page is read in one of five ways, and only a full reading may say that
// something is gone:
//
//   unchanged  304 or the known body, under the rules it was judged by: a few
//              bytes; its findings stand on.
//   read       the server answered with the page, a redirect or "not there", and
//              it was examined: becomes the URL's last good state.
//   partial    an error page, or a body that broke off, and it was examined: what
//              was found is kept, the last good state stays.
//   unread     it came whole, and is of a type that is not read: the state is kept, so
//              that it is asked for only if it has changed.
//   failed     no answer, or not examined: the observation says so, all else stays.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "store/db.h"
#include "store/snapshots.h"
#include "store/store.h"

namespace xuncha {

struct PageCommit {
  std::string site;
  uint64_t run = 0;
  Digest rules;
  Millis now = 0;
  bool has_findings = true;     // false: the store has none of the site, standing or not
  bool baseline = false;        // no run has finished with the site yet
  WholeBodies* kept = nullptr;  // borrowed; counts what the pages add
};

// Adds to the batch; kCommitted or kAlreadyDone. kInvalid if the page is not of
// the site. REQUIRES: done.page has a valid permit.
Result<CommitOutcome> AddPage(Batch& batch, const PageCommit& commit, const DonePage& done);

}  // namespace xuncha
