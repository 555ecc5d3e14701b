// An exported chain: JSON lines that stand alone. A head names the public key,
// then every entry, with a checkpoint behind the last entry it signs, then an
// end that signs all lines before it. One changed byte anywhere shows.
//
//   {"format":"xuncha audit chain 1","key":...}
//   {"entry":1,...}
//   {"checkpoint":1,...}
//   {"end":4,"fold":...,"key":...,"signature":...}
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "proof/chain_check.h"

namespace xuncha {

// Makes the lines, each with its line feed. One thread.
class ChainWriter {
 public:
  explicit ChainWriter(const SigningKey& key) : key_(key) {}
  std::string Head();
  std::string Line(const AuditEntry& entry);
  std::string Line(const Checkpoint& checkpoint);
  Result<std::string> End();

 private:
  std::string Counted(std::string line);

  const SigningKey& key_;
  uint64_t lines_ = 0;
  Digest fold_;
};

// Hands over the file's lines one after the other, without their line feeds.
// Returns false when there are no more.
using NextLine = std::function<bool(std::string& line)>;

// What a file proves. Its own key is never believed: the keys are the options'.
ChainReport CheckChainFile(const NextLine& next, ChainChecker::Options options);

// A proof's line against the keys: empty if it holds, else why not (Chinese).
std::string CheckProof(const InclusionProof& proof, const std::vector<PublicKey>& keys);
std::string CheckProof(const ConsistencyProof& proof, const std::vector<PublicKey>& keys);

}  // namespace xuncha
