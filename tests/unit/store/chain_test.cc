// The audit chain in the store: an entry for every deed, in its batch, joined to
// the one before, whatever the clock does.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/chain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "proof/chain_check.h"
#include "store/db.h"
#include "store/keys.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

constexpr Millis kMinute = 60'000;

class ChainStoreTest : public testing::Test {
 protected:
  ChainStoreTest() : key_(Must(SigningKey::Create(keys_.path() + "/key"))) { Open(); }

  void Open() {
    store_.reset();
    store_ = Must(Store::Open({.directory = directory_.path(),
                               .create = true,
                               .memory = 8 << 20,
                               .clock = &clock_,
                               .who = "值班员"}));
  }
  void Do(std::string kind) { Must(store_->audit().Record({.kind = std::move(kind)})); }
  std::vector<AuditEntry> Entries() {
    std::vector<AuditEntry> entries;
    Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
      entries.push_back(entry);
      return true;
    }));
    return entries;
  }
  std::vector<std::string> Kinds() {
    std::vector<std::string> kinds;
    for (const AuditEntry& entry : Entries()) kinds.push_back(entry.kind);
    return kinds;
  }
  ChainReport Check() {
    ChainChecker checker({.keys = {key_.public_key()}});
    std::vector<Checkpoint> checkpoints;
    Must(store_->audit().EachCheckpoint([&](const Checkpoint& checkpoint) {
      checkpoints.push_back(checkpoint);
      return true;
    }));
    size_t next = 0;
    for (const AuditEntry& entry : Entries()) {
      checker.Add(entry);
      if (next < checkpoints.size() && checkpoints[next].size == entry.number)
        checker.Add(checkpoints[next++]);
    }
    EXPECT_EQ(next, checkpoints.size());
    return checker.Finish();
  }

  TempDirectory directory_, keys_;
  SigningKey key_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
};

TEST_F(ChainStoreTest, TellsOfRunsRulesConfigurationAndRegistry) {
  const Digest a = Sha256("a"), b = Sha256("b");
  Must(store_->ReplaceSites({MakeSite("www.example.test")}));
  Must(store_->ReplaceSites({MakeSite("www.example.test")}));  // changes nothing
  xuncha::Run run = Must(store_->BeginRun(a, a, 1)).run;
  EXPECT_TRUE(Must(store_->BeginRun(a, a, 2)).resumed);
  run.ended = 3;
  Must(store_->EndRun(run));
  Must(store_->BeginRun(b, a, 4));
  Must(store_->BeginRun(b, b, 5));
  Must(store_->RemoveSite("www.example.test"));
  // Nobody changed anything: some pages, and then all sites again.
  Must(store_->BeginRun(b, a, 6, RunScope::kPages));
  Must(store_->BeginRun(b, b, 7));
  EXPECT_EQ(Kinds(), (std::vector<std::string>{"site-put", "run-begin", "run-end", "rules-change",
                                               "run-begin", "config-change", "run-begin",
                                               "site-remove", "run-begin", "run-begin"}));
  const std::vector<AuditEntry> entries = Entries();
  EXPECT_EQ(RefOf(entries[0], "site"), "www.example.test");
  EXPECT_EQ(RefOf(entries[3], "was"), a.hex());
  EXPECT_EQ(RefOf(entries[3], "is"), b.hex());
  EXPECT_EQ(entries[0].actor, "值班员");
}

TEST_F(ChainStoreTest, GoesOnWhereItStoppedAndProvesItself) {
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(kMinute);
    Do("note");
    Open();
  }
  const Checkpoint first = Must(store_->audit().Sign(key_));
  EXPECT_EQ(first.size, 6u) << "with the entry that names the key";
  EXPECT_EQ(Must(store_->audit().Sign(key_)).signature, first.signature) << "nothing happened";
  Do("note");
  Open();
  EXPECT_EQ(Must(store_->audit().Sign(key_)).size, 7u);
  const ChainReport report = Check();
  EXPECT_TRUE(report.whole()) << report.Text();
  EXPECT_EQ(report.proven, 7u);
  EXPECT_EQ(MerkleRoot(Must(store_->audit().Leaves())),
            Must(store_->audit().LastCheckpoint())->root);
}

TEST_F(ChainStoreTest, TellsWhenTheKeyChanges) {
  Do("note");
  Must(store_->audit().Sign(key_));
  const SigningKey other = Must(SigningKey::Create(keys_.path() + "/other"));
  Must(store_->audit().Sign(other));
  const AuditEntry last = Entries().back();
  EXPECT_EQ(last.kind, kKeyInUse);
  EXPECT_EQ(RefOf(last, "was"), key_.public_key().id().hex());
  EXPECT_EQ(RefOf(last, "key"), other.public_key().id().hex());
}

TEST_F(ChainStoreTest, TakesSeveralDeedsInOneBatch) {
  // Of two decisions in one batch neither may take the other's number.
  Must(store_->BeginRun(Sha256("a"), Sha256("a"), 1));
  Must(store_->BeginRun(Sha256("b"), Sha256("b"), 2));
  const std::vector<AuditEntry> entries = Entries();
  ASSERT_EQ(entries.size(), 4u);
  for (size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].number, i + 1);
  EXPECT_TRUE(Check().whole()) << Check().Text();
}

TEST_F(ChainStoreTest, NoticesAClockThatWasSet) {
  struct Case {
    std::string_view why;
    Millis passed, stepped;
    bool restart;
    bool told;
  };
  const Case cases[] = {
      {"time passes", kMinute, 0, false, false},
      {"NTP corrects a second", kMinute, -1'000, false, false},
      {"an hour of slewing", 60 * kMinute, 2'000, false, false},
      {"set back by a minute", kMinute, -2 * kMinute, false, true},
      {"set forward by a day", kMinute, 24 * 60 * kMinute, false, true},
      {"set back while it did not run", 0, -10 * 24 * 60 * kMinute, true, true},
      {"time passes again", kMinute, 0, true, false},
  };
  Do("note");
  for (const auto& [why, passed, stepped, restart, told] : cases) {
    SCOPED_TRACE(why);
    const size_t before = Entries().size();
    clock_.Advance(passed);
    clock_.Step(stepped);
    if (restart) Open();
    Do("note");
    Do("note");
    const std::vector<AuditEntry> entries = Entries();
    ASSERT_EQ(entries.size(), before + (told ? 3 : 2));
    EXPECT_EQ(entries[before].kind == kClockStep, told);
  }
  const ChainReport report = Check();
  EXPECT_TRUE(report.whole()) << report.Text();
  EXPECT_EQ(report.clock_steps, 3u);
}

TEST_F(ChainStoreTest, KeepsTheWordsWhole) {
  Must(store_->audit().Record({.kind = "note", .what = "a\xff\nb", .refs = {"url:http://x/\x01"}}));
  const AuditEntry entry = Entries().back();
  EXPECT_EQ(entry.what, "a\uFFFD\nb") << "what cannot be written as JSON is made readable first";
  EXPECT_EQ(Must(ParseEntryLine(EntryLine(entry))).entry.refs, entry.refs);
  const Status large = store_->audit().Record(
      {.kind = "note", .what = std::string(limits::kAuditEntryBytesMax, 'x')});
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code, Code::kLimit);
}

TEST_F(ChainStoreTest, IsNotContinuedWhenItsEndIsGone) {
  for (int i = 0; i < 4; ++i) Do("note");
  store_.reset();
  {
    const auto database = Must(Database::Open({.directory = directory_.path(), .memory = 8 << 20}));
    Batch batch(*database);
    batch.Delete(Family::kAudit, EntryKey(4));
    Must(batch.Commit());
  }
  Open();
  const Status added = store_->audit().Record({.kind = "note"});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, Code::kDamaged);
  store_.reset();
  {
    const auto database = Must(Database::Open({.directory = directory_.path(), .memory = 8 << 20}));
    Batch batch(*database);
    batch.Delete(Family::kAudit, kTailKey);
    Must(batch.Commit());
  }
  Open();
  EXPECT_EQ(store_->audit().Record({.kind = "note"}).error().code, Code::kDamaged);
}

TEST_F(ChainStoreTest, RefusesToBeWrittenByAReader) {
  Do("note");
  const auto reader =
      Must(Store::Open({.directory = directory_.path(), .read_only = true, .memory = 8 << 20}));
  EXPECT_EQ(reader->audit().Record({.kind = "note"}).error().code, Code::kDenied);
  EXPECT_EQ(Must(reader->audit().Size()), 1u);
}

}  // namespace
}  // namespace xuncha::testing_support
