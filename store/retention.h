// Retention: how long what is kept for, and what a purge did.
//
// An observation's class says how long it stays: by what was found on the page
// when it was made, raised by what is found later. What it names stays with it:
// bodies, texts, the full observation that a short one refers to, the findings it
// shows. Incidents, what officers did, holds and the audit chain stay for ever.
//
// A hold (hold.h) wins over every expiry.
//
// Values only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

enum class Keep : uint8_t {
  kRoutine,  // nothing above hint was found
  kFinding,  // the page showed a finding above hint
};
inline constexpr size_t kKeeps = 2;
std::string_view KeepName(Keep keep);  // "routine", "finding"

// How long after it was made. An observation that shows a finding stays as long
// after the last change of that finding's incident, too.
struct RetentionPolicy {
  Millis routine = 0;
  Millis findings = 0;
  Millis of(Keep keep) const { return keep == Keep::kRoutine ? routine : findings; }
};
// kInvalid, with the law's reason, if it is shorter than may be.
Status CheckPeriod(Millis period);
// Both periods, and that the second is not the shorter one.
Status CheckPolicy(const RetentionPolicy& policy);

struct PurgeOptions {
  RetentionPolicy policy;
  Millis now = 0;
  enum class Mode : uint8_t { kPurge, kDryRun };
  Mode mode = Mode::kPurge;
  // The program by itself may not decide that a strange clock is right, nor apply
  // periods shorter than those of the purge before.
  enum class Who : uint8_t { kPerson, kProgram };
  Who who = Who::kPerson;
  // A person says so, after the clock stood before the last entry or ran ahead by
  // more than limits::kClockGapMillisMax.
  bool clock_is_right = false;
  // Called now and then; returning false stops. `what` is "observations", "bodies"
  // or "files".
  std::function<bool(std::string_view what, uint64_t done)> progress;
  // What goes in a batch, before it goes: lines without their line feeds, sorted,
  // behind one that names the batch's entry of the audit chain; see FORMAT.md. An error
  // stops the purge before the batch.
  std::function<Status(const std::vector<std::string>& lines)> list;
};

struct PurgeReport {
  struct Count {
    uint64_t records = 0;
    uint64_t bytes = 0;  // as stored, before the database's own compression
  };
  std::array<Count, kKeeps> observations;  // by class
  Count bodies;                            // texts, asset lists and dictionaries too
  Count findings;
  Count urls;  // gone for ever, or no longer of a registered site
  Count runs;
  uint64_t forgotten = 0;     // URLs still to be visited, of which only the address stays
  uint64_t rewritten = 0;     // bodies that leaned on one that went
  uint64_t held = 0;          // observations that expired and are held
  uint64_t leaned_on = 0;     // observations that expired and that later ones refer to
  Millis routine_before = 0;  // what was made before this has expired
  Millis findings_before = 0;
  bool compacted = false;  // files were rewritten
  bool empty() const;      // nothing went
};

// Kept between purges.
struct PurgeFacts {
  Millis time = 0;          // of the end of the last that ended; 0 = none did
  uint64_t below = 0;       // of runs before this one records may have gone
  bool unfinished = false;  // one was cut off
  RetentionPolicy policy;   // of the last
};

}  // namespace xuncha
