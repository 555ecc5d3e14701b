// Checks an evidence package from its bytes alone, sharing no code with what wrote it
// but hashing: the WACZ, the manifests, the signature, the timestamps, the proofs of
// the custody log, and the list against every record of the archive. It says what
// holds, what does not and what could not be checked; what could not be checked is
// never called whole.
//
// Also reads what others made: of a WACZ without our evidence/ only the archive is
// checked, and it says so.
//
// Main thread. The package is hostile input.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "proof/signing.h"
#include "proof/timestamp.h"

namespace xuncha {

struct EvidenceTrust {
  std::vector<PublicKey> keys;          // of installations, from elsewhere than the package
  std::optional<TimestampTrust> stamp;  // nullopt: timestamps are told of, not judged
};

struct EvidenceReport {
  std::vector<std::string> holds;      // Chinese, as are all
  std::vector<std::string> problems;   // does not hold
  std::vector<std::string> unchecked;  // nobody could say
  std::vector<std::string> notes;      // good to know
  bool stranger = false;  // signed, rightly, by a key that is not trusted: among the problems
  bool whole() const { return problems.empty() && unchecked.empty(); }
  std::string Text() const;
};

// kNotFound, kSystem: the file cannot be read at all.
Result<EvidenceReport> CheckEvidence(const std::string& path, const EvidenceTrust& trust);

}  // namespace xuncha
