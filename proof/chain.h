// The audit chain: what was done, in the order it was done, so that nobody can
// later take something out, put something in or say it differently without it
// showing.
//
// Each entry carries the hash of the one before. From time to time a checkpoint
// signs the root of the Merkle tree over all entries; a timestamp authority may
// confirm when. The hash of an entry is its leaf in that tree, so there is one
// hash to speak of. The bytes that are hashed and signed are in store/FORMAT.md.
//
// This folder knows entries and proofs and no store, so that a verifier needs
// nothing else. Values only; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "proof/signing.h"

namespace xuncha {

// What somebody did, as it is handed to the chain.
struct Deed {
  std::string kind;               // "verdict:violation", "run-begin", "purge": small letters
  std::string actor;              // who; empty: whoever runs the program
  std::string what;               // for people
  std::vector<std::string> refs;  // what it was done to: "incident:9c1e...", "sha256:...", "run:3"
};

// A deed in its place.
struct AuditEntry {
  uint64_t number = 0;  // from 1
  Millis time = 0;
  std::string kind;
  std::string actor;
  std::string what;
  std::vector<std::string> refs;
  Digest previous;  // hash of the entry before; none for the first
};

// The bytes that are hashed; two different entries never have the same.
std::string EncodeEntry(const AuditEntry& entry);
// RFC 9162's leaf hash of them.
Digest HashOf(const AuditEntry& entry);
// The first of the entry's refs that begins with `noun` and a colon, without
// them; empty if there is none.
std::string_view RefOf(const AuditEntry& entry, std::string_view noun);

// Kinds the chain itself knows.
inline constexpr std::string_view kClockStep = "clock-step";
inline constexpr std::string_view kKeyInUse = "key";
inline constexpr std::string_view kSm2KeyInUse = "sm2-key";  // that signs evidence, beside it
inline constexpr std::string_view kTimestamped = "timestamp";
inline constexpr std::string_view kTimestampFailed = "timestamp-failed";

// The first `size` entries, signed.
struct Checkpoint {
  uint64_t size = 0;
  Digest root;
  Millis time = 0;
  Digest key;             // PublicKey::id of the signer
  std::string signature;  // over CheckpointText
  std::string timestamp;  // RFC 3161 TimeStampResp in DER over CheckpointText; may be empty
};

// Five lines that a person can read and `openssl` can check.
std::string CheckpointText(const Checkpoint& checkpoint);
Result<Checkpoint> SignCheckpoint(uint64_t size, const Digest& root, Millis time,
                                  const SigningKey& key);

// ---- as JSON lines -----------------------------------------------------------

std::string EntryLine(const AuditEntry& entry);
std::string CheckpointLine(const Checkpoint& checkpoint);

// kInvalid unless the line is exactly what the writer makes of what it says; so
// no byte of it can change unseen. `stated` is the hash the line claims.
struct ReadEntry {
  AuditEntry entry;
  Digest stated;
};
Result<ReadEntry> ParseEntryLine(std::string_view line);
Result<Checkpoint> ParseCheckpointLine(std::string_view line);

// ---- proofs in one line --------------------------------------------------------

// That an entry stands in the chain a checkpoint signs, without the other entries.
struct InclusionProof {
  AuditEntry entry;
  Checkpoint checkpoint;
  std::vector<Digest> path;
};
// That the chain of the later checkpoint begins with that of the earlier.
struct ConsistencyProof {
  Checkpoint earlier;
  Checkpoint later;
  std::vector<Digest> path;
};
std::string ProofLine(const InclusionProof& proof);
std::string ProofLine(const ConsistencyProof& proof);
Result<InclusionProof> ParseInclusionProof(std::string_view line);
Result<ConsistencyProof> ParseConsistencyProof(std::string_view line);

}  // namespace xuncha
