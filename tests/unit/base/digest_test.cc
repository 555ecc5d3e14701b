// Digests against published vectors.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace xuncha {
namespace {

TEST(DigestTest, MatchesFips180Vectors) {
  EXPECT_EQ(Sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(DigestTest, EmptyMeansNone) {
  EXPECT_TRUE(Digest().empty());
  EXPECT_FALSE(Sha256("").empty());
}

TEST(DigestTest, RawBytesComeBack) {
  const Digest digest = Sha256("x");
  EXPECT_EQ(Digest::FromRaw(digest.view()), digest);
  EXPECT_EQ(Hex(digest.view()), digest.hex());
  EXPECT_EQ(Digest::FromHex(digest.hex()), digest);
}

TEST(DigestTest, IsReadOnlyAsItIsWritten) {
  const std::string digits(64, 'a');
  EXPECT_NE(Digest::FromHex(digits), std::nullopt);
  for (const std::string& other : {std::string(), digits.substr(1), digits + "a",
                                   digits.substr(1) + "g", digits.substr(1) + "A"}) {
    EXPECT_EQ(Digest::FromHex(other), std::nullopt) << other;
  }
}

TEST(StableIdTest, KeepsPartsApart) {
  EXPECT_EQ(StableId({"a", "b"}), StableId({"a", "b"}));
  EXPECT_EQ(StableId({"a", "b"}).size(), 16u);
  EXPECT_NE(StableId({"ab", ""}), StableId({"a", "b"}));
  EXPECT_NE(StableId({"a"}), StableId({"a", ""}));
  // Findings keep their names from night to night: the value is a format.
  EXPECT_EQ(StableId({"campus", "图"}), "3eb461c5b998bfdc");
}

TEST(RandomBytesTest, AreNeverTheSameTwice) {
  EXPECT_EQ(RandomBytes(32).size(), 32u);
  EXPECT_NE(RandomBytes(32), RandomBytes(32));
  EXPECT_EQ(RandomBytes(0), "");
}

TEST(Hash64Test, SpreadsNearTexts) {
  std::set<uint64_t> seen;
  std::set<uint64_t> low;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t hash = Hash64("http://campus.test/info/" + std::to_string(i));
    seen.insert(hash);
    low.insert(hash & 0xfff);
  }
  EXPECT_EQ(seen.size(), 20'000u);
  EXPECT_GT(low.size(), 4'000u) << "the low bits serve as bucket numbers";
  EXPECT_NE(Hash64(std::string("a\0", 2)), Hash64("a")) << "length counts";
  EXPECT_NE(Hash64(""), Hash64(std::string(8, '\0')));
}

}  // namespace
}  // namespace xuncha
