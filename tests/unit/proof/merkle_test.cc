// The tree against itself: roots grown leaf by leaf, computed from the
// definition, and proven by paths must all agree; nothing else may pass.
//
// SPDX-License-Identifier: Apache-2.0
#include "proof/merkle.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace xuncha {
namespace {

constexpr uint64_t kSizes = 40;

std::vector<Digest> Leaves(uint64_t count) {
  std::vector<Digest> leaves;
  for (uint64_t i = 0; i < count; ++i) leaves.push_back(LeafHash(std::to_string(i)));
  return leaves;
}

// RFC 9162, 2.1.1, word for word.
Digest Definition(std::span<const Digest> leaves) {
  if (leaves.empty()) return Sha256("");
  if (leaves.size() == 1) return leaves[0];
  const uint64_t half = std::bit_floor(leaves.size() - 1);
  return NodeHash(Definition(leaves.first(half)), Definition(leaves.subspan(half)));
}

// The test tree of certificate-transparency logs.
TEST(MerkleTest, HashesLeavesAndNodesApart) {
  EXPECT_EQ(Sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(LeafHash("").hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  const std::vector<Digest> two = {LeafHash(""), LeafHash(std::string(1, '\0'))};
  EXPECT_EQ(MerkleRoot(two).hex(),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST(MerkleTest, GrowsToTheRootOfTheDefinition) {
  const std::vector<Digest> leaves = Leaves(kSizes);
  MerkleEdge edge;
  for (uint64_t size = 0; size <= kSizes; ++size) {
    SCOPED_TRACE(size);
    EXPECT_EQ(edge.Root(), Definition(std::span(leaves).first(size)));
    EXPECT_EQ(MerkleEdge(edge.size(), edge.peaks()).Root(), edge.Root());
    if (size < kSizes) edge.Add(leaves[size]);
  }
}

TEST(MerkleTest, ProvesEachLeafAndNoOther) {
  for (uint64_t size = 1; size <= kSizes; ++size) {
    const std::vector<Digest> leaves = Leaves(size);
    const Digest root = MerkleRoot(leaves);
    for (uint64_t index = 0; index < size; ++index) {
      SCOPED_TRACE(testing::Message() << index << " of " << size);
      std::vector<Digest> path = InclusionPath(leaves, index);
      EXPECT_TRUE(ProvesInclusion(leaves[index], index, size, path, root));
      EXPECT_FALSE(ProvesInclusion(LeafHash("x"), index, size, path, root));
      EXPECT_FALSE(ProvesInclusion(leaves[index], size, size, path, root));
      if (size > 1) {
        EXPECT_FALSE(ProvesInclusion(leaves[index], (index + 1) % size, size, path, root));
      }
      path.push_back(root);
      EXPECT_FALSE(ProvesInclusion(leaves[index], index, size, path, root)) << "too long";
      path.pop_back();
      if (path.empty()) continue;
      path.pop_back();
      EXPECT_FALSE(ProvesInclusion(leaves[index], index, size, path, root)) << "too short";
    }
  }
}

TEST(MerkleTest, ProvesGrowthAndNoRewriting) {
  const std::vector<Digest> all = Leaves(kSizes);
  for (uint64_t size = 1; size <= kSizes; ++size) {
    const std::span<const Digest> leaves = std::span(all).first(size);
    const Digest root = MerkleRoot(leaves);
    for (uint64_t old_size = 1; old_size <= size; ++old_size) {
      SCOPED_TRACE(testing::Message() << old_size << " to " << size);
      const Digest old_root = MerkleRoot(leaves.first(old_size));
      std::vector<Digest> path = ConsistencyPath(leaves, old_size);
      EXPECT_TRUE(ProvesConsistency(old_size, old_root, size, root, path));
      std::vector<Digest> changed(leaves.begin(), leaves.end());
      changed[old_size - 1] = LeafHash("changed");
      EXPECT_FALSE(ProvesConsistency(old_size, old_root, size, MerkleRoot(changed),
                                     ConsistencyPath(changed, old_size)));
      path.push_back(root);
      EXPECT_FALSE(ProvesConsistency(old_size, old_root, size, root, path));
    }
    EXPECT_FALSE(ProvesConsistency(0, Sha256(""), size, root, {}));
    EXPECT_FALSE(ProvesConsistency(size + 1, root, size, root, {}));
  }
}

}  // namespace
}  // namespace xuncha
