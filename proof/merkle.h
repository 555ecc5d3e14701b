// The Merkle tree of RFC 9162, section 2.1: one hash stands for a whole list of
// entries, and short paths of hashes prove to somebody who knows only that hash
// that an entry is in the list (inclusion) or that the list has only been added
// to (consistency).
//
// Leaves are hashed with a zero byte before them and nodes with a one, so that
// no entry can pass for a node.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace xuncha {

Digest LeafHash(std::string_view entry);
Digest NodeHash(const Digest& left, const Digest& right);

// The right edge of a growing tree: as many hashes as the size has ones in
// binary, enough to add leaves and to name the root at any moment.
class MerkleEdge {
 public:
  MerkleEdge() = default;
  // REQUIRES: peaks has as many hashes as size has bits set; largest subtree first.
  MerkleEdge(uint64_t size, std::vector<Digest> peaks);

  void Add(const Digest& leaf);
  uint64_t size() const { return size_; }
  const std::vector<Digest>& peaks() const { return peaks_; }
  Digest Root() const;  // of no leaves: the SHA-256 of nothing

 private:
  uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

Digest MerkleRoot(std::span<const Digest> leaves);

// Of the leaf at `index`, counted from 0. REQUIRES: index < leaves.size()
std::vector<Digest> InclusionPath(std::span<const Digest> leaves, uint64_t index);
bool ProvesInclusion(const Digest& leaf, uint64_t index, uint64_t size,
                     std::span<const Digest> path, const Digest& root);

// That the first `size` leaves are the beginning of all of them.
// REQUIRES: 0 < size <= leaves.size()
std::vector<Digest> ConsistencyPath(std::span<const Digest> leaves, uint64_t size);
bool ProvesConsistency(uint64_t old_size, const Digest& old_root, uint64_t size, const Digest& root,
                       std::span<const Digest> path);

}  // namespace xuncha
