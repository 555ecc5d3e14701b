// Whoever changes an exported chain is found out: by one byte, by an entry taken
// out, swapped, or rewritten with all hashes made anew.
//
// SPDX-License-Identifier: Apache-2.0
#include "proof/chain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>

#include "base/text.h"
#include "proof/chain_check.h"
#include "proof/chain_file.h"
#include "proof/merkle.h"

namespace xuncha {
namespace {

constexpr Millis kStart = 1'767'225'600'000;

SigningKey MakeKey() {
  std::string name = testing::TempDir() + "xuncha_chain_XXXXXX";
  CHECK(mkdtemp(name.data()) != nullptr);
  Result<SigningKey> key = SigningKey::Create(name + "/key");
  CHECK(key.ok());
  std::filesystem::remove_all(name);
  return std::move(*key);
}

// A chain that is joined and signed as the store would do it.
struct Chain {
  std::vector<AuditEntry> entries;
  std::vector<uint64_t> signed_at;  // sizes
};

Chain MakeChain(uint64_t count) {
  Chain chain;
  for (uint64_t number = 1; number <= count; ++number) {
    chain.entries.push_back({.number = number,
                             .time = kStart + static_cast<Millis>(number) * 60'000,
                             .kind = number % 7 == 0 ? "verdict:violation" : "run-begin",
                             .actor = "值班员",
                             .what = fmt::format("页面确有博彩链接 \"{}\"\n", number),
                             .refs = {fmt::format("run:{}", number), "site:www.example.test"}});
    if (number % 10 == 0 || number == count) chain.signed_at.push_back(number);
  }
  return chain;
}

void Join(Chain& chain) {
  Digest previous;
  for (AuditEntry& entry : chain.entries) {
    entry.previous = previous;
    previous = HashOf(entry);
  }
}

std::string Export(const Chain& chain, const SigningKey& key) {
  ChainWriter writer(key);
  std::string text = writer.Head();
  MerkleEdge edge;
  size_t next = 0;
  for (const AuditEntry& entry : chain.entries) {
    text += writer.Line(entry);
    edge.Add(HashOf(entry));
    if (next < chain.signed_at.size() && chain.signed_at[next] == edge.size()) {
      ++next;
      text += writer.Line(*SignCheckpoint(edge.size(), edge.Root(), entry.time, key));
    }
  }
  return text + *writer.End();
}

ChainReport Check(std::string_view text, const SigningKey& key,
                  std::vector<Checkpoint> witnesses = {}) {
  const auto next = [rest = text](std::string& line) mutable {
    const size_t end = rest.find('\n');
    // What stands behind the last line feed is no line; it is not passed over.
    line =
        end == std::string_view::npos ? std::string(rest) + "\n" : std::string(rest.substr(0, end));
    const bool more = !rest.empty();
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return more;
  };
  return CheckChainFile(next, {.keys = {key.public_key()}, .witnesses = std::move(witnesses)});
}

std::map<ChainFault, std::vector<uint64_t>> Faults(const ChainReport& report) {
  std::map<ChainFault, std::vector<uint64_t>> faults;
  for (const ChainProblem& problem : report.problems)
    faults[problem.fault].push_back(problem.entry);
  return faults;
}

TEST(ChainTest, HashesWhatFormatMdSays) {
  const AuditEntry entry{.number = 2,
                         .time = 1,
                         .kind = "k",
                         .actor = "a",
                         .what = "",
                         .refs = {"r:1"},
                         .previous = Sha256("x")};
  std::string want("xuncha audit entry 1\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1", 37);
  want += Sha256("x").view();
  want += std::string("\0\0\0\1k\0\0\0\1a\0\0\0\0\0\0\0\1\0\0\0\3r:1", 25);
  EXPECT_EQ(EncodeEntry(entry), want);
  EXPECT_EQ(HashOf(entry), Sha256(std::string(1, '\0') + want));
  EXPECT_EQ(RefOf(entry, "r"), "1");
  EXPECT_EQ(RefOf(entry, "s"), "");
}

TEST(ChainTest, ExportedIsProvenWhole) {
  const SigningKey key = MakeKey();
  Chain chain = MakeChain(35);
  Join(chain);
  const ChainReport report = Check(Export(chain, key), key);
  EXPECT_TRUE(report.whole()) << report.Text();
  EXPECT_EQ(report.entries, 35u);
  EXPECT_EQ(report.proven, 35u);
  EXPECT_EQ(report.checkpoints, 4u);
}

// XUNCHA_LONG=1 (./test --long) changes ten times as many.
TEST(ChainTest, EveryChangedByteIsFound) {
  const char* wanted = std::getenv("XUNCHA_LONG");
  const int changes = wanted != nullptr && std::string_view(wanted) == "1" ? 10'000 : 1'000;
  const SigningKey key = MakeKey();
  Chain chain = MakeChain(24);
  Join(chain);
  const std::string whole = Export(chain, key);
  ASSERT_TRUE(Check(whole, key).whole());
  std::mt19937_64 random(20261122);
  for (int i = 0; i < changes; ++i) {
    std::string changed = whole;
    const size_t at = random() % whole.size();
    changed[at] = static_cast<char>(changed[at] ^ (1 + random() % 255));
    ASSERT_FALSE(Check(changed, key).whole())
        << "byte " << at << " to " << static_cast<int>(static_cast<unsigned char>(changed[at]))
        << " in " << whole.substr(at < 20 ? 0 : at - 20, 40);
  }
}

TEST(ChainTest, WhatIsCutOffIsMissed) {
  const SigningKey key = MakeKey();
  Chain chain = MakeChain(6);
  Join(chain);
  const std::string whole = Export(chain, key);
  for (size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_FALSE(Check(whole.substr(0, size), key).whole()) << size;
  }
  EXPECT_FALSE(Check(whole.substr(0, whole.size() - 1), key).whole());
  EXPECT_FALSE(Check(whole + "\n", key).whole());
  EXPECT_FALSE(Check(whole + whole, key).whole());
}

TEST(ChainTest, NamesWhatWasDoneToIt) {
  struct Case {
    std::string_view why;
    void (*change)(Chain&);
    ChainFault fault;
    uint64_t entry;
  };
  const Case cases[] = {
      {"an entry said differently", [](Chain& c) { c.entries[4].what = "nothing"; },
       ChainFault::kBrokenLink, 6},
      {"an entry taken out", [](Chain& c) { c.entries.erase(c.entries.begin() + 4); },
       ChainFault::kMissing, 6},
      {"two swapped", [](Chain& c) { std::swap(c.entries[4], c.entries[5]); }, ChainFault::kMissing,
       6},
      {"one put in twice", [](Chain& c) { c.entries.insert(c.entries.begin() + 4, c.entries[4]); },
       ChainFault::kOutOfOrder, 5},
      {"time set back unannounced", [](Chain& c) { c.entries[5].time = kStart; },
       ChainFault::kClockBack, 6},
  };
  const SigningKey key = MakeKey();
  Chain chain = MakeChain(12);
  Join(chain);
  for (const auto& [why, change, fault, entry] : cases) {
    SCOPED_TRACE(why);
    Chain changed = chain;
    change(changed);
    ChainChecker checker({.keys = {key.public_key()}});
    for (const AuditEntry& e : changed.entries) checker.Add(e);
    const ChainReport report = checker.Finish();
    const auto faults = Faults(report);
    ASSERT_TRUE(faults.contains(fault)) << report.Text();
    EXPECT_EQ(faults.at(fault).front(), entry) << report.Text();
  }
}

// Somebody with the store but not the key makes every hash, checkpoint and the
// end anew with a key of their own.
TEST(ChainTest, RewritingItAllNeedsTheKey) {
  const SigningKey key = MakeKey(), other = MakeKey();
  Chain chain = MakeChain(12);
  chain.entries[4].what = "误报";
  Join(chain);
  const std::string forged = Export(chain, other);
  EXPECT_TRUE(Check(forged, other).whole());
  const ChainReport report = Check(forged, key);
  const auto faults = Faults(report);
  EXPECT_TRUE(faults.contains(ChainFault::kUnknownKey)) << report.Text();
  EXPECT_TRUE(faults.contains(ChainFault::kWrongEnd)) << report.Text();
  EXPECT_EQ(report.proven, 0u);
}

// Even who holds the key cannot rewrite what somebody else kept a checkpoint of.
TEST(ChainTest, RewritingWithTheKeyContradictsAWitness) {
  const SigningKey key = MakeKey();
  Chain chain = MakeChain(12);
  Join(chain);
  MerkleEdge edge;
  for (size_t i = 0; i < 10; ++i) edge.Add(HashOf(chain.entries[i]));
  const Checkpoint witness = *SignCheckpoint(10, edge.Root(), kStart, key);
  EXPECT_TRUE(Check(Export(chain, key), key, {witness}).whole());
  chain.entries[4].what = "误报";
  Join(chain);
  EXPECT_TRUE(Check(Export(chain, key), key).whole());
  EXPECT_TRUE(
      Faults(Check(Export(chain, key), key, {witness})).contains(ChainFault::kOtherHistory));
  chain = MakeChain(8);
  Join(chain);
  EXPECT_TRUE(Faults(Check(Export(chain, key), key, {witness})).contains(ChainFault::kCutOff));
}

TEST(ChainTest, ProofsHoldForTheirEntryAlone) {
  const SigningKey key = MakeKey(), other = MakeKey();
  Chain chain = MakeChain(11);
  Join(chain);
  std::vector<Digest> leaves;
  for (const AuditEntry& entry : chain.entries) leaves.push_back(HashOf(entry));
  const Checkpoint later = *SignCheckpoint(11, MerkleRoot(leaves), kStart, key);
  const Checkpoint earlier =
      *SignCheckpoint(5, MerkleRoot(std::span(leaves).first(5)), kStart, key);
  const std::vector<PublicKey> keys = {key.public_key()};
  const InclusionProof inclusion{chain.entries[6], later, InclusionPath(leaves, 6)};
  const ConsistencyProof consistency{earlier, later, ConsistencyPath(leaves, 5)};
  const auto read = ParseInclusionProof(ProofLine(inclusion));
  ASSERT_TRUE(read.ok()) << read.error().text;
  EXPECT_EQ(CheckProof(*read, keys), "");
  EXPECT_NE(CheckProof(*read, {other.public_key()}), "");
  InclusionProof forged = *read;
  forged.entry.what = "误报";
  EXPECT_NE(CheckProof(forged, keys), "");
  const auto grown = ParseConsistencyProof(ProofLine(consistency));
  ASSERT_TRUE(grown.ok()) << grown.error().text;
  EXPECT_EQ(CheckProof(*grown, keys), "");
  ConsistencyProof other_past = *grown;
  other_past.earlier = *SignCheckpoint(5, Sha256("x"), kStart, key);
  EXPECT_NE(CheckProof(other_past, keys), "");
}

}  // namespace
}  // namespace xuncha
