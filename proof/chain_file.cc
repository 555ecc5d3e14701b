// SPDX-License-Identifier: Apache-2.0
#include "proof/chain_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/tree.h"

namespace xuncha {
namespace {

constexpr std::string_view kFormat = "xuncha audit chain 1";

// All lines so far in one hash: of the hash before and the line.
Digest Fold(const Digest& before, std::string_view line) {
  return Sha256(std::string(before.view()).append(line));
}

std::string EndText(uint64_t lines, const Digest& fold) {
  return fmt::format("xuncha audit end 1\nlines {}\nfold {}\n", lines, fold.hex());
}

std::string EndLine(uint64_t lines, const Digest& fold, const Digest& key,
                    std::string_view signature) {
  Node node = MakeTable();
  Put(node, "end", MakeInteger(static_cast<int64_t>(lines)));
  Put(node, "fold", MakeString(fold.hex()));
  Put(node, "key", MakeString(key.hex()));
  Put(node, "signature", MakeString(Base64(signature)));
  return WriteJson(node);
}

std::string HeadLine(std::string_view spki) {
  Node node = MakeTable();
  Put(node, "format", MakeString(kFormat));
  Put(node, "key", MakeString(Base64(spki)));
  return WriteJson(node);
}

bool IsHead(std::string_view line) {
  const Result<Node> node = ParseJson(line, "line");
  const Node* key = node ? node->Find("key") : nullptr;
  if (key == nullptr || !key->is(Node::Type::kString)) return false;
  const Result<std::string> spki = FromBase64(key->string);
  return spki && PublicKey::FromDer(*spki, "head") && HeadLine(*spki) == line;
}

bool IsEnd(std::string_view line) { return line.starts_with("{\"end\":"); }

// Whether `line` is the end some of the keys put behind so many lines that fold so.
bool EndHolds(std::string_view line, uint64_t lines, const Digest& fold,
              const std::vector<PublicKey>& keys) {
  const Result<Node> node = ParseJson(line, "line");
  const Node* text = node ? node->Find("signature") : nullptr;
  if (text == nullptr || !text->is(Node::Type::kString)) return false;
  const Result<std::string> signature = FromBase64(text->string);
  return signature && std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
           return EndLine(lines, fold, key.id(), *signature) == line &&
                  key.Verify(EndText(lines, fold), *signature);
         });
}

std::string CheckSigner(const Checkpoint& checkpoint, const std::vector<PublicKey>& keys) {
  for (const PublicKey& key : keys) {
    if (key.id() != checkpoint.key) continue;
    if (key.Verify(CheckpointText(checkpoint), checkpoint.signature)) return "";
    return std::string(ChainFaultText(ChainFault::kBadSignature));
  }
  return std::string(ChainFaultText(ChainFault::kUnknownKey));
}

}  // namespace

std::string ChainWriter::Counted(std::string line) {
  fold_ = Fold(fold_, line);
  ++lines_;
  line.push_back('\n');
  return line;
}

std::string ChainWriter::Head() { return Counted(HeadLine(key_.public_key().der())); }
std::string ChainWriter::Line(const AuditEntry& entry) { return Counted(EntryLine(entry)); }
std::string ChainWriter::Line(const Checkpoint& checkpoint) {
  return Counted(CheckpointLine(checkpoint));
}

Result<std::string> ChainWriter::End() {
  const Result<std::string> signature = key_.Sign(EndText(lines_, fold_));
  if (!signature) return signature.error();
  return EndLine(lines_, fold_, key_.public_key().id(), *signature) + "\n";
}

ChainReport CheckChainFile(const NextLine& next, ChainChecker::Options options) {
  const std::vector<PublicKey> keys = options.keys;
  ChainChecker checker(std::move(options));
  std::string line;
  if (!next(line) || !IsHead(line)) checker.Fault(ChainFault::kNoHeader, 0);
  uint64_t lines = 1;
  Digest fold = Fold(Digest(), line);
  bool ended = false;
  while (next(line)) {
    if (ended) {
      checker.Fault(ChainFault::kWrongEnd, 0, fmt::format("第 {} 行之后还有内容", lines + 1));
      break;
    }
    if (IsEnd(line)) {
      ended = true;
      if (!EndHolds(line, lines, fold, keys)) checker.Fault(ChainFault::kWrongEnd, 0);
      continue;
    }
    fold = Fold(fold, line);
    ++lines;
    if (const Result<ReadEntry> entry = ParseEntryLine(line); entry) {
      checker.Add(entry->entry, entry->stated);
    } else if (const Result<Checkpoint> checkpoint = ParseCheckpointLine(line); checkpoint) {
      checker.Add(*checkpoint);
    } else {
      checker.Fault(ChainFault::kUnreadable, 0, fmt::format("第 {} 行", lines));
    }
  }
  if (!ended) checker.Fault(ChainFault::kCutOff, 0);
  return checker.Finish();
}

std::string CheckProof(const InclusionProof& proof, const std::vector<PublicKey>& keys) {
  if (std::string wrong = CheckSigner(proof.checkpoint, keys); !wrong.empty()) return wrong;
  const bool holds = proof.entry.number > 0 &&
                     ProvesInclusion(HashOf(proof.entry), proof.entry.number - 1,
                                     proof.checkpoint.size, proof.path, proof.checkpoint.root);
  return holds ? "" : "此条目不在检查点签署的链中";
}

std::string CheckProof(const ConsistencyProof& proof, const std::vector<PublicKey>& keys) {
  for (const Checkpoint* checkpoint : {&proof.earlier, &proof.later}) {
    if (std::string wrong = CheckSigner(*checkpoint, keys); !wrong.empty()) return wrong;
  }
  const bool holds = ProvesConsistency(proof.earlier.size, proof.earlier.root, proof.later.size,
                                       proof.later.root, proof.path);
  return holds ? "" : std::string(ChainFaultText(ChainFault::kOtherHistory));
}

}  // namespace xuncha
