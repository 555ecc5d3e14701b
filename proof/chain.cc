// SPDX-License-Identifier: Apache-2.0
#include "proof/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/tree.h"
#include "proof/merkle.h"

namespace xuncha {
namespace {

constexpr std::string_view kEntryHead{"xuncha audit entry 1\0", 21};
constexpr std::string_view kInclusionFormat = "xuncha audit inclusion 1";
constexpr std::string_view kConsistencyFormat = "xuncha audit consistency 1";

void AppendNumber(std::string& out, uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(number >> shift));
}

void AppendText(std::string& out, std::string_view text) {
  AppendNumber(out, text.size(), 4);
  out.append(text);
}

// ---- reading JSON: every reader says nothing but yes or no, for what is read
// ---- was written by a program and compared byte for byte afterwards.

std::optional<uint64_t> NumberOf(const Node& table, std::string_view name) {
  const Node* node = table.Find(name);
  if (node == nullptr || !node->is(Node::Type::kInteger) || node->integer < 0) return std::nullopt;
  return static_cast<uint64_t>(node->integer);
}

std::optional<std::string> TextOf(const Node& table, std::string_view name) {
  const Node* node = table.Find(name);
  if (node == nullptr || !node->is(Node::Type::kString)) return std::nullopt;
  return node->string;
}

std::optional<Digest> DigestOf(const Node& table, std::string_view name) {
  const std::optional<std::string> hex = TextOf(table, name);
  return hex ? Digest::FromHex(*hex) : std::nullopt;
}

std::optional<Millis> TimeOf(const Node& table, std::string_view name) {
  const Node* node = table.Find(name);
  if (node == nullptr || !node->is(Node::Type::kInteger)) return std::nullopt;
  return node->integer;
}

Error BadLine() {
  return {Code::kInvalid, "the line is not as it was written; take the file from its source again"};
}

Result<Node> ParseLine(std::string_view line) {
  if (line.size() > limits::kAuditLineBytesMax) return BadLine();
  Result<Node> node = ParseJson(line, "line");
  if (!node || !node->is(Node::Type::kTable)) return BadLine();
  return node;
}

// ---- entries ----

Node EntryNode(const AuditEntry& entry) {
  Node node = MakeTable();
  Put(node, "entry", MakeInteger(static_cast<int64_t>(entry.number)));
  Put(node, "time", MakeInteger(entry.time));
  Put(node, "kind", MakeString(entry.kind));
  Put(node, "actor", MakeString(entry.actor));
  Put(node, "what", MakeString(entry.what));
  Node refs = MakeArray();
  for (const std::string& ref : entry.refs) refs.items.push_back(MakeString(ref));
  Put(node, "refs", std::move(refs));
  Put(node, "previous", MakeString(entry.previous.hex()));
  Put(node, "hash", MakeString(HashOf(entry).hex()));
  return node;
}

Result<ReadEntry> EntryOf(const Node& node) {
  const auto number = NumberOf(node, "entry");
  const auto time = TimeOf(node, "time");
  auto kind = TextOf(node, "kind");
  auto actor = TextOf(node, "actor");
  auto what = TextOf(node, "what");
  const Node* refs = node.Find("refs");
  const auto previous = DigestOf(node, "previous");
  const auto hash = DigestOf(node, "hash");
  if (!number || !time || !kind || !actor || !what || refs == nullptr ||
      !refs->is(Node::Type::kArray) || !previous || !hash)
    return BadLine();
  ReadEntry read{.entry = {.number = *number,
                           .time = *time,
                           .kind = std::move(*kind),
                           .actor = std::move(*actor),
                           .what = std::move(*what),
                           .previous = *previous},
                 .stated = *hash};
  for (const Node& ref : refs->items) {
    if (!ref.is(Node::Type::kString)) return BadLine();
    read.entry.refs.push_back(ref.string);
  }
  return read;
}

// ---- checkpoints ----

Node CheckpointNode(const Checkpoint& checkpoint) {
  Node node = MakeTable();
  Put(node, "checkpoint", MakeInteger(static_cast<int64_t>(checkpoint.size)));
  Put(node, "root", MakeString(checkpoint.root.hex()));
  Put(node, "time", MakeInteger(checkpoint.time));
  Put(node, "key", MakeString(checkpoint.key.hex()));
  Put(node, "signature", MakeString(Base64(checkpoint.signature)));
  Put(node, "timestamp", MakeString(Base64(checkpoint.timestamp)));
  return node;
}

Result<Checkpoint> CheckpointOf(const Node& node) {
  const auto size = NumberOf(node, "checkpoint");
  const auto root = DigestOf(node, "root");
  const auto time = TimeOf(node, "time");
  const auto key = DigestOf(node, "key");
  const auto signature = TextOf(node, "signature");
  const auto timestamp = TextOf(node, "timestamp");
  if (!size || !root || !time || !key || !signature || !timestamp) return BadLine();
  Result<std::string> signed_by = FromBase64(*signature);
  Result<std::string> stamped = FromBase64(*timestamp);
  if (!signed_by || !stamped) return BadLine();
  return Checkpoint{.size = *size,
                    .root = *root,
                    .time = *time,
                    .key = *key,
                    .signature = std::move(*signed_by),
                    .timestamp = std::move(*stamped)};
}

// ---- paths ----

Node PathNode(const std::vector<Digest>& path) {
  Node node = MakeArray();
  for (const Digest& hash : path) node.items.push_back(MakeString(hash.hex()));
  return node;
}

Result<std::vector<Digest>> PathOf(const Node& table) {
  const Node* node = table.Find("path");
  if (node == nullptr || !node->is(Node::Type::kArray)) return BadLine();
  std::vector<Digest> path;
  for (const Node& item : node->items) {
    const auto hash = item.is(Node::Type::kString) ? Digest::FromHex(item.string) : std::nullopt;
    if (!hash) return BadLine();
    path.push_back(*hash);
  }
  return path;
}

}  // namespace

std::string EncodeEntry(const AuditEntry& entry) {
  std::string out(kEntryHead);
  AppendNumber(out, entry.number, 8);
  AppendNumber(out, static_cast<uint64_t>(entry.time), 8);
  out.append(entry.previous.view());
  AppendText(out, entry.kind);
  AppendText(out, entry.actor);
  AppendText(out, entry.what);
  AppendNumber(out, entry.refs.size(), 4);
  for (const std::string& ref : entry.refs) AppendText(out, ref);
  return out;
}

Digest HashOf(const AuditEntry& entry) { return LeafHash(EncodeEntry(entry)); }

std::string_view RefOf(const AuditEntry& entry, std::string_view noun) {
  for (const std::string_view ref : entry.refs) {
    if (ref.size() > noun.size() && ref.starts_with(noun) && ref[noun.size()] == ':')
      return ref.substr(noun.size() + 1);
  }
  return {};
}

std::string CheckpointText(const Checkpoint& checkpoint) {
  return fmt::format("xuncha audit checkpoint 1\nentries {}\nroot {}\ntime {}\nkey {}\n",
                     checkpoint.size, checkpoint.root.hex(), checkpoint.time, checkpoint.key.hex());
}

Result<Checkpoint> SignCheckpoint(uint64_t size, const Digest& root, Millis time,
                                  const SigningKey& key) {
  Checkpoint checkpoint{.size = size, .root = root, .time = time, .key = key.public_key().id()};
  Result<std::string> signature = key.Sign(CheckpointText(checkpoint));
  if (!signature) return signature.error();
  checkpoint.signature = std::move(*signature);
  return checkpoint;
}

std::string EntryLine(const AuditEntry& entry) { return WriteJson(EntryNode(entry)); }
std::string CheckpointLine(const Checkpoint& checkpoint) {
  return WriteJson(CheckpointNode(checkpoint));
}

Result<ReadEntry> ParseEntryLine(std::string_view line) {
  const Result<Node> node = ParseLine(line);
  if (!node) return node.error();
  Result<ReadEntry> read = EntryOf(*node);
  if (!read) return read.error();
  // The hash is judged by whoever asked; all else must be as written.
  Node again = EntryNode(read->entry);
  again.members.back().second = MakeString(read->stated.hex());
  if (WriteJson(again) != line) return BadLine();
  return read;
}

Result<Checkpoint> ParseCheckpointLine(std::string_view line) {
  const Result<Node> node = ParseLine(line);
  if (!node) return node.error();
  Result<Checkpoint> checkpoint = CheckpointOf(*node);
  if (!checkpoint) return checkpoint.error();
  if (CheckpointLine(*checkpoint) != line) return BadLine();
  return checkpoint;
}

std::string ProofLine(const InclusionProof& proof) {
  Node node = MakeTable();
  Put(node, "format", MakeString(kInclusionFormat));
  Put(node, "entry", EntryNode(proof.entry));
  Put(node, "checkpoint", CheckpointNode(proof.checkpoint));
  Put(node, "path", PathNode(proof.path));
  return WriteJson(node);
}

std::string ProofLine(const ConsistencyProof& proof) {
  Node node = MakeTable();
  Put(node, "format", MakeString(kConsistencyFormat));
  Put(node, "earlier", CheckpointNode(proof.earlier));
  Put(node, "later", CheckpointNode(proof.later));
  Put(node, "path", PathNode(proof.path));
  return WriteJson(node);
}

Result<InclusionProof> ParseInclusionProof(std::string_view line) {
  const Result<Node> node = ParseLine(line);
  if (!node) return node.error();
  const Node* entry_node = node->Find("entry");
  const Node* checkpoint_node = node->Find("checkpoint");
  if (entry_node == nullptr || checkpoint_node == nullptr) return BadLine();
  Result<ReadEntry> read = EntryOf(*entry_node);
  Result<Checkpoint> checkpoint = CheckpointOf(*checkpoint_node);
  Result<std::vector<Digest>> path = PathOf(*node);
  if (!read || !checkpoint || !path) return BadLine();
  InclusionProof proof{std::move(read->entry), std::move(*checkpoint), std::move(*path)};
  if (ProofLine(proof) != line) return BadLine();
  return proof;
}

Result<ConsistencyProof> ParseConsistencyProof(std::string_view line) {
  const Result<Node> node = ParseLine(line);
  if (!node) return node.error();
  const Node* earlier_node = node->Find("earlier");
  const Node* later_node = node->Find("later");
  if (earlier_node == nullptr || later_node == nullptr) return BadLine();
  Result<Checkpoint> earlier = CheckpointOf(*earlier_node);
  Result<Checkpoint> later = CheckpointOf(*later_node);
  Result<std::vector<Digest>> path = PathOf(*node);
  if (!earlier || !later || !path) return BadLine();
  ConsistencyProof proof{std::move(*earlier), std::move(*later), std::move(*path)};
  if (ProofLine(proof) != line) return BadLine();
  return proof;
}

}  // namespace xuncha
