// SPDX-License-Identifier: Apache-2.0
#include "proof/merkle.h"

#include <bit>
#include <string>
#include <utility>

#include "base/result.h"

namespace xuncha {
namespace {

constexpr char kLeaf = '\x00';
constexpr char kNode = '\x01';

// The greatest power of two below `size`: where the tree over it divides.
// REQUIRES: size > 1
uint64_t Half(uint64_t size) { return std::bit_floor(size - 1); }

// RFC 9162, 2.1.4.1: SUBPROOF; `whole` says that the old tree is a subtree the
// verifier knows already.
void AddSubproof(std::span<const Digest> leaves, uint64_t size, bool whole,
                 std::vector<Digest>& path) {
  if (size == leaves.size()) {
    if (!whole) path.push_back(MerkleRoot(leaves));
    return;
  }
  const uint64_t half = Half(leaves.size());
  if (size <= half) {
    AddSubproof(leaves.first(half), size, whole, path);
    path.push_back(MerkleRoot(leaves.subspan(half)));
  } else {
    AddSubproof(leaves.subspan(half), size - half, false, path);
    path.push_back(MerkleRoot(leaves.first(half)));
  }
}

}  // namespace

Digest LeafHash(std::string_view entry) {
  std::string bytes(1, kLeaf);
  bytes.append(entry);
  return Sha256(bytes);
}

Digest NodeHash(const Digest& left, const Digest& right) {
  std::string bytes(1, kNode);
  bytes.append(left.view()).append(right.view());
  return Sha256(bytes);
}

MerkleEdge::MerkleEdge(uint64_t size, std::vector<Digest> peaks)
    : size_(size), peaks_(std::move(peaks)) {
  CHECK(std::cmp_equal(std::popcount(size_), peaks_.size()));
}

void MerkleEdge::Add(const Digest& leaf) {
  Digest peak = leaf;
  for (uint64_t size = size_; (size & 1) != 0; size >>= 1) {
    peak = NodeHash(peaks_.back(), peak);
    peaks_.pop_back();
  }
  peaks_.push_back(peak);
  ++size_;
}

Digest MerkleEdge::Root() const {
  if (peaks_.empty()) return Sha256("");
  Digest root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i > 0; --i) root = NodeHash(peaks_[i - 1], root);
  return root;
}

Digest MerkleRoot(std::span<const Digest> leaves) {
  MerkleEdge edge;
  for (const Digest& leaf : leaves) edge.Add(leaf);
  return edge.Root();
}

std::vector<Digest> InclusionPath(std::span<const Digest> leaves, uint64_t index) {
  CHECK(index < leaves.size());
  if (leaves.size() == 1) return {};
  const uint64_t half = Half(leaves.size());
  const bool left = index < half;
  std::vector<Digest> path = left ? InclusionPath(leaves.first(half), index)
                                  : InclusionPath(leaves.subspan(half), index - half);
  path.push_back(MerkleRoot(left ? leaves.subspan(half) : leaves.first(half)));
  return path;
}

// RFC 9162, 2.1.3.2, with its names.
bool ProvesInclusion(const Digest& leaf, uint64_t index, uint64_t size,
                     std::span<const Digest> path, const Digest& root) {
  if (index >= size) return false;
  uint64_t fn = index, sn = size - 1;
  Digest r = leaf;
  for (const Digest& p : path) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      r = NodeHash(p, r);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = NodeHash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && r == root;
}

std::vector<Digest> ConsistencyPath(std::span<const Digest> leaves, uint64_t size) {
  CHECK(size > 0 && size <= leaves.size());
  std::vector<Digest> path;
  AddSubproof(leaves, size, true, path);
  return path;
}

// RFC 9162, 2.1.4.2, with its names.
bool ProvesConsistency(uint64_t old_size, const Digest& old_root, uint64_t size, const Digest& root,
                       std::span<const Digest> path) {
  if (old_size == 0 || old_size > size) return false;
  if (old_size == size) return path.empty() && old_root == root;
  std::vector<Digest> nodes(path.begin(), path.end());
  if (std::has_single_bit(old_size)) nodes.insert(nodes.begin(), old_root);
  if (nodes.empty()) return false;
  uint64_t fn = old_size - 1, sn = size - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  Digest fr = nodes[0], sr = nodes[0];
  for (size_t i = 1; i < nodes.size(); ++i) {
    const Digest& c = nodes[i];
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      fr = NodeHash(c, fr);
      sr = NodeHash(c, sr);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = NodeHash(sr, c);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && fr == old_root && sr == root;
}

}  // namespace xuncha
