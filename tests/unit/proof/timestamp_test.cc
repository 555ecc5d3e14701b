// An authority that answers is believed by whoever trusts its root; one that lies
// is not, whatever the lie.
//
// SPDX-License-Identifier: Apache-2.0
#include "proof/timestamp.h"

#include <gtest/gtest.h>

#include <random>

#include "proof/chain_check.h"
#include "proof/merkle.h"
#include "tests/unit/proof/authority.h"

namespace xuncha {
namespace {

using testing_support::Authority;

TEST(TimestampTest, IsBelievedFromWhoIsTrusted) {
  const Authority authority;
  const std::string query = *MakeTimestampQuery("text");
  const std::string reply = authority.Reply(query);
  const TimestampTrust trust{.pem = authority.Root()};
  const Result<TimestampFacts> facts = CheckTimestampReply(reply, query, trust);
  ASSERT_TRUE(facts.ok()) << facts.error().text;
  EXPECT_LT(std::abs(facts->time - SystemClock().Now()), 600'000);
  EXPECT_NE(facts->authority.find("Authority"), std::string::npos) << facts->authority;
  EXPECT_FALSE(facts->serial.empty());
  EXPECT_TRUE(CheckTimestamp(reply, "text", trust).ok());
  EXPECT_TRUE(authority.Accepts(reply, "text")) << "openssl agrees";
}

TEST(TimestampTest, LiesAreNotBelieved) {
  const Authority authority, other, refuses("sha512");
  const std::string query = *MakeTimestampQuery("text");
  const TimestampTrust trust{.pem = authority.Root()};
  const std::string good = authority.Reply(query);
  std::string flipped = good;
  const size_t signed_at = flipped.find(Sha256("text").view());
  ASSERT_NE(signed_at, std::string::npos);
  flipped[signed_at] = static_cast<char>(flipped[signed_at] ^ 1);
  struct Case {
    std::string_view why;
    std::string reply;
  };
  const Case cases[] = {
      {"another nonce", authority.Reply(*MakeTimestampQuery("text"))},
      {"another digest", authority.Reply(*MakeTimestampQuery("other text"))},
      {"another certificate", other.Reply(query)},
      {"a refusal", refuses.Reply(query)},
      {"nothing", ""},
      {"garbage", "<html>busy</html>"},
      {"something behind it", good + "x"},
      {"cut off", good.substr(0, good.size() - 1)},
      {"one bit", flipped},
  };
  ASSERT_TRUE(CheckTimestampReply(good, query, trust).ok());
  for (const auto& [why, reply] : cases) {
    SCOPED_TRACE(why);
    const Result<TimestampFacts> facts = CheckTimestampReply(reply, query, trust);
    ASSERT_FALSE(facts.ok());
    EXPECT_EQ(facts.error().code, Code::kDenied) << facts.error().text;
  }
  EXPECT_FALSE(CheckTimestamp(good, "other text", trust).ok());
  EXPECT_FALSE(CheckTimestamp(good, "text", {.pem = other.Root()}).ok());
  EXPECT_EQ(CheckTimestamp(good, "text", {.pem = "no certificate"}).error().code, Code::kInvalid);
}

TEST(TimestampTest, NoFlippedBitCrashes) {
  const Authority authority;
  const std::string good = authority.Reply(*MakeTimestampQuery("text"));
  const TimestampTrust trust{.pem = authority.Root()};
  std::mt19937_64 random(20261122);
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    std::string flipped = good;
    const size_t at = random() % flipped.size();
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
    if (!CheckTimestamp(flipped, "text", trust)) ++refused;
  }
  // The token also holds the root's certificate, which nobody looks at.
  EXPECT_GT(refused, 250);
}

TEST(TimestampTest, StandsInTheChainWithTheEntryThatSpeaksOfIt) {
  const Authority authority, other;
  std::string place = testing::TempDir() + "xuncha_stamp_XXXXXX";
  CHECK(mkdtemp(place.data()) != nullptr);
  const Result<SigningKey> key = SigningKey::Create(place + "/key");
  std::filesystem::remove_all(place);
  ASSERT_TRUE(key.ok());
  AuditEntry first{.number = 1, .time = 1, .kind = "note"};
  MerkleEdge edge;
  edge.Add(HashOf(first));
  Checkpoint checkpoint = *SignCheckpoint(1, edge.Root(), 1, *key);
  checkpoint.timestamp = authority.Reply(*MakeTimestampQuery(CheckpointText(checkpoint)));
  const AuditEntry second{.number = 2,
                          .time = 2,
                          .kind = std::string(kTimestamped),
                          .refs = {"sha256:" + Sha256(checkpoint.timestamp).hex()},
                          .previous = HashOf(first)};
  const auto check = [&](const Checkpoint& c, const AuditEntry& e, const Authority& believed) {
    ChainChecker checker(
        {.keys = {key->public_key()}, .trust = TimestampTrust{.pem = believed.Root()}});
    checker.Add(first);
    checker.Add(c);
    checker.Add(e);
    return checker.Finish();
  };
  const ChainReport whole = check(checkpoint, second, authority);
  EXPECT_TRUE(whole.whole()) << whole.Text();
  EXPECT_EQ(whole.timestamps_proven, 1u);
  EXPECT_EQ(check(checkpoint, second, other).problems.at(0).fault, ChainFault::kBadTimestamp);
  Checkpoint bare = checkpoint;
  bare.timestamp.clear();
  EXPECT_EQ(check(bare, second, authority).problems.at(0).fault, ChainFault::kLostTimestamp);
  AuditEntry silent = second;
  silent.kind = "note";
  EXPECT_EQ(check(checkpoint, silent, authority).problems.at(0).fault,
            ChainFault::kUnnamedTimestamp);
}

}  // namespace
}  // namespace xuncha
