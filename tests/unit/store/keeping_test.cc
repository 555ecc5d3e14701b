// Keeping: a store is read from end to end and says what does not hold; a backup
// comes back as it was, or not at all.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "base/files.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/restore.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

constexpr Millis kStart = 1'767'225'600'000;
const Site kSite = MakeSite("www.example.test");

std::string UrlAt(int i) { return fmt::format("http://www.example.test/{}", i); }
std::string BodyAt(int i) { return fmt::format("body {}", i) + std::string(500, 'x'); }

class KeepingTest : public testing::Test {
 protected:
  KeepingTest() : key_(Must(SigningKey::Create(place_.path() + "/key"))) {
    Populate(1);
    Populate(2);
  }

  std::string directory() const { return place_.path() + "/store"; }
  std::string backups() const { return place_.path() + "/backups"; }
  CheckOptions Options() const { return {.chain = {.keys = {key_.public_key()}}}; }

  // A night with findings, an unchanged page and a verdict.
  void Populate(int night) {
    const auto store = Must(OpenStore(directory()));
    const Millis now = kStart + night * 1000;
    Must(store->ReplaceSites({kSite}));
    xuncha::Run run = Must(store->BeginRun(Sha256("rules"), Sha256("config"), now)).run;
    const Lease lease = Must(store->ledger().Acquire(kSite.id, run.id, now, 1000));
    for (int i = 0; i < 5; ++i) {
      Page page = MakePage(kSite, UrlAt(i), BodyAt(i), now);
      if (i < 2) page.findings = {MakeFinding(UrlAt(i), "词", Severity::kHigh)};
      if (night > 1 && i > 2) page = MakeUnchanged(kSite, UrlAt(i), now);
      Must(store->ledger().Commit(lease, {{.page = &page}}, now));
    }
    Must(store->ledger().Release(lease, true));
    run.ended = now + 1;
    Must(store->EndRun(run));
    const Incident incident = IncidentsOf(store->cases()).at(0);
    // Of the first night a verdict, of those after it a note: each is judged once.
    const bool fresh = incident.state == "new";
    Must(Decide(*store, incident, fresh ? CaseDeed::kJudgeViolation : CaseDeed::kNote, now));
    Must(store->PutNote("robots", "User-agent: *\n"));
    Must(store->audit().Sign(key_));
  }
  StoreReport Check(const std::string& where) {
    const auto store =
        Must(Store::Open({.directory = where, .read_only = true, .memory = 8 << 20}));
    return Must(store->Check(Options()));
  }
  std::unique_ptr<Database> Raw() {
    return Must(Database::Open({.directory = directory(), .memory = 8 << 20}));
  }
  // The first key of the family that begins so.
  std::string KeyIn(Family family, std::string_view prefix) {
    std::string found;
    Must(Raw()->Scan(family, prefix, [&](std::string_view key, std::string_view) -> Result<bool> {
      found = key;
      return false;
    }));
    EXPECT_FALSE(found.empty());
    return found;
  }

  TempDirectory place_;
  SigningKey key_;
};

TEST_F(KeepingTest, FindsAWholeStoreWhole) {
  const StoreReport report = Check(directory());
  EXPECT_TRUE(report.whole()) << (report.faults.empty() ? report.chain.Text()
                                                        : report.faults[0].text);
  EXPECT_EQ(report.bodies, 5u);
  EXPECT_GT(report.body_bytes, 5 * 500u);
  EXPECT_GT(report.references, 20u);
  EXPECT_EQ(report.families.size(), static_cast<size_t>(kFamilies));
  EXPECT_EQ(report.chain.proven, report.chain.entries);
}

TEST_F(KeepingTest, NamesWhatDoesNotHoldAndReadsOn) {
  struct Case {
    std::string_view why;
    Family family;
    std::string prefix;
    std::string_view word;  // of the complaint
  };
  const Case cases[] = {
      {"a body is gone", Family::kBlobs, std::string(Sha256(BodyAt(1)).view()), "names body"},
      {"a full observation is gone", Family::kObservations, ObservationKey(kSite.id, 1, UrlAt(4)),
       "observation"},
      {"a finding is gone", Family::kFindings, "f", "names finding"},
      {"a finding's id is gone", Family::kFindings, "i", "names its own id"},
      {"an incident is gone", Family::kIncidents, "i", "names incident"},
      {"a run is gone", Family::kMeta, RunKey(1), "names run"},
  };
  for (const auto& [why, family, prefix, word] : cases) {
    SCOPED_TRACE(why);
    const std::string key = KeyIn(family, prefix);
    std::string payload;
    {
      const auto database = Raw();
      payload = *Must(database->Get(family, key));
      Batch batch(*database);
      batch.Delete(family, key);
      Must(batch.Commit());
    }
    const StoreReport report = Check(directory());
    EXPECT_FALSE(report.whole());
    ASSERT_FALSE(report.faults.empty());
    EXPECT_NE(report.faults[0].text.find(word), std::string::npos) << report.faults[0].text;
    EXPECT_TRUE(report.chain.whole()) << "the rest is read all the same";
    const auto database = Raw();
    Batch batch(*database);
    batch.Put(family, key, payload);
    Must(batch.Commit());
  }
  EXPECT_TRUE(Check(directory()).whole());
}

TEST_F(KeepingTest, ReadsBehindADamagedValue) {
  // The value is sealed for another key, as a swapped one would be.
  const std::string key(Sha256(BodyAt(1)).view()), other(Sha256(BodyAt(2)).view());
  {
    const auto database = Raw();
    const std::string payload = *Must(database->Get(Family::kBlobs, other));
    Batch batch(*database);
    batch.Put(Family::kBlobs, key, payload);
    Must(batch.Commit());
  }
  const StoreReport report = Check(directory());
  EXPECT_EQ(report.damaged, 1u);
  EXPECT_NE(report.faults[0].text.find("does not have this digest"), std::string::npos)
      << report.faults[0].text;
  EXPECT_EQ(report.bodies, 4u) << "the others still stand";
}

TEST_F(KeepingTest, FindsEveryFlippedByteOfAFileThatMatters) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory() + "/db")) {
    if (entry.path().extension() == ".sst") files.push_back(entry.path());
  }
  ASSERT_GT(files.size(), 5u);
  std::mt19937_64 random(20261122);
  const std::string before = Must(ReadFile(files[0], 64 << 20));
  for (int i = 0; i < 30; ++i) {
    const std::string& file = files[random() % files.size()];
    const std::string whole = Must(ReadFile(file, 64 << 20));
    std::string bytes = whole;
    const size_t at = random() % bytes.size();
    SCOPED_TRACE(fmt::format("{} byte {} of {}", file, at, bytes.size()));
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    std::ofstream(file, std::ios::binary) << bytes;
    const auto store =
        Store::Open({.directory = directory(), .read_only = true, .memory = 8 << 20});
    if (store) {
      EXPECT_FALSE(Must((*store)->Check(Options())).whole());
    } else {
      EXPECT_EQ(store.error().code, Code::kDamaged) << store.error().text;
    }
    std::ofstream(file, std::ios::binary) << whole;
  }
  EXPECT_TRUE(Check(directory()).whole());
}

TEST_F(KeepingTest, FindsWhatWasDoneToTheChain) {
  struct Case {
    std::string_view why;
    void (*change)(Batch&);
    ChainFault fault;
  };
  const Case cases[] = {
      {"an entry taken out", [](Batch& b) { b.Delete(Family::kAudit, EntryKey(2)); },
       ChainFault::kMissing},
      {"the end cut off", [](Batch& b) { b.Delete(Family::kAudit, EntryKey(6)); },
       ChainFault::kMissing},
      {"the last checkpoint forged",
       [](Batch& b) {
         PutRecord(b, Family::kAudit, CheckpointKey(2),
                   Checkpoint{.size = 2, .root = Sha256("x"), .key = Sha256("k")});
       },
       ChainFault::kUnknownKey},
      {"the end of the chain gone", [](Batch& b) { b.Delete(Family::kAudit, kTailKey); },
       ChainFault::kCutOff},
  };
  for (const auto& [why, change, fault] : cases) {
    SCOPED_TRACE(why);
    TempDirectory copy;
    std::filesystem::copy(directory(), copy.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    {
      const auto database = Must(Database::Open({.directory = copy.path(), .memory = 8 << 20}));
      Batch batch(*database);
      change(batch);
      Must(batch.Commit());
    }
    const StoreReport report = Check(copy.path());
    EXPECT_FALSE(report.chain.whole());
    EXPECT_TRUE(std::any_of(report.chain.problems.begin(), report.chain.problems.end(),
                            [&](const ChainProblem& p) { return p.fault == fault; }))
        << report.chain.Text();
  }
}

TEST_F(KeepingTest, MeasuresWhatLiesWhere) {
  const auto store = Must(OpenStore(directory()));
  const Store::Sizes sizes = Must(store->Measure());
  EXPECT_GT(sizes.total(), 5'000u);
  ASSERT_EQ(sizes.history.size(), 2u);
  EXPECT_GT(sizes.history[1].bytes, sizes.history[0].bytes);
}

// ---- backups --------------------------------------------------------------------

TEST_F(KeepingTest, BringsABackupBackAsItWas) {
  {
    const auto store = Must(OpenStore(directory()));
    EXPECT_EQ(Must(store->Backup(backups(), 2)).id, 1u);
  }
  Populate(3);
  {
    const auto store = Must(OpenStore(directory()));
    EXPECT_EQ(Must(store->Backup(backups(), 2)).id, 2u);
    EXPECT_EQ(Must(store->Backup(backups(), 2)).id, 3u);
  }
  const std::vector<BackupFacts> kept = Must(ListBackups(backups()));
  ASSERT_EQ(kept.size(), 2u) << "the oldest has gone";
  EXPECT_EQ(kept[0].id, 2u);
  EXPECT_GT(kept[1].entries, kept[0].entries);
  const std::string to = place_.path() + "/restored";
  const Restored restored =
      Must(RestoreStore({.from = backups(), .id = 2, .to = to, .check = Options(), .who = "a"}));
  EXPECT_TRUE(restored.report.whole());
  const auto store = Must(OpenStore(to));
  EXPECT_EQ(Must(store->Runs()).size(), 3u);
  EXPECT_EQ(Must(store->blobs().Get(Sha256(BodyAt(1)))), BodyAt(1));
  const auto last = Must(store->audit().EntryAt(Must(store->audit().Size())));
  EXPECT_EQ(last->kind, "restore");
  EXPECT_TRUE(Must(store->Check(Options())).whole());
}

TEST_F(KeepingTest, RestoresOverNothing) {
  const auto store = Must(OpenStore(directory()));
  Must(store->Backup(backups(), 1));
  const auto over = RestoreStore({.from = backups(), .to = directory()});
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error().code, Code::kConflict);
  EXPECT_NE(over.error().text.find("not empty"), std::string::npos) << over.error().text;
  const std::string to = place_.path() + "/restored";
  EXPECT_EQ(RestoreStore({.from = backups(), .id = 9, .to = to}).error().code, Code::kNotFound);
  EXPECT_EQ(RestoreStore({.from = place_.path(), .to = to}).error().code, Code::kInvalid)
      << "no directory of backups";
  EXPECT_EQ(store->Backup(place_.path(), 1).error().code, Code::kInvalid);
  std::ofstream(backups() + "/FORMAT") << "xuncha backup\nformat 2\n";
  EXPECT_EQ(RestoreStore({.from = backups(), .to = to}).error().code, Code::kNewer);
  EXPECT_FALSE(FileExists(to));
}

TEST_F(KeepingTest, RefusesADamagedBackupAndLeavesNothing) {
  Must(Must(OpenStore(directory()))->Backup(backups(), 1));
  std::vector<std::string> files;
  for (const std::string& name : Must(ListFiles(backups()))) {
    const std::string path = backups() + "/" + name;
    if (std::filesystem::file_size(path) > 0) files.push_back(path);
  }
  ASSERT_GT(files.size(), 5u);
  std::mt19937_64 random(20261122);
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string& file = files[random() % files.size()];
    const std::string whole = Must(ReadFile(file, 64 << 20));
    std::string bytes = whole;
    const size_t at = random() % bytes.size();
    SCOPED_TRACE(fmt::format("{} byte {} of {}", file, at, bytes.size()));
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    std::ofstream(file, std::ios::binary) << bytes;
    const std::string to = fmt::format("{}/restored-{}", place_.path(), i);
    const auto restored = RestoreStore({.from = backups(), .to = to, .check = Options()});
    if (restored) {
      // Only the time in what is noted of a backup means nothing to the store.
      EXPECT_NE(file.find("/meta/"), std::string::npos);
      EXPECT_TRUE(Check(to).chain.problems.empty());
    } else {
      ++refused;
      EXPECT_FALSE(FileExists(to));
    }
    for (const auto& entry : std::filesystem::directory_iterator(place_.path()))
      EXPECT_EQ(entry.path().string().find("partial"), std::string::npos) << entry.path();
    std::ofstream(file, std::ios::binary) << whole;
  }
  EXPECT_GT(refused, 30);
}

TEST_F(KeepingTest, SaysThatTheDiskIsFull) {
  const pid_t child = fork();
  if (child == 0) {
    // A file that cannot grow behaves as a disk that is full.
    signal(SIGXFSZ, SIG_IGN);
    const auto store = OpenStore(directory());
    if (!store || !(*store)->PutNote("big", RandomBytes(200'000))) _exit(2);
    const rlimit limit{100'000, 100'000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(3);
    const auto made = (*store)->Backup(backups(), 1);
    _exit(made ? 4 : made.error().code == Code::kSystem ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_FALSE(ListBackups(backups()).ok()) << "a half-made backup is none";
  EXPECT_TRUE(Check(directory()).whole());
  EXPECT_EQ(Must(Must(OpenStore(directory()))->Backup(backups(), 1)).id, 1u) << "with room again";
}

TEST_F(KeepingTest, WorksOnADirectoryItMayOnlyRead) {
  // Root may write anywhere; so what a reader leaves is compared instead.
  std::map<std::string, std::string> before;
  for (const std::string& name : Must(ListFiles(directory())))
    before[name] = Must(ReadFile(directory() + "/" + name, 64 << 20));
  EXPECT_TRUE(Check(directory()).whole());
  for (const std::string& name : Must(ListFiles(directory()))) {
    ASSERT_TRUE(before.contains(name)) << name;
    EXPECT_EQ(before[name], Must(ReadFile(directory() + "/" + name, 64 << 20))) << name;
  }
  ASSERT_EQ(chmod(directory().c_str(), 0500), 0);
  if (geteuid() != 0) {
    const auto opened = OpenStore(directory());
    EXPECT_FALSE(opened.ok());
  }
  EXPECT_TRUE(Check(directory()).whole());
  ASSERT_EQ(chmod(directory().c_str(), 0700), 0);
}

}  // namespace
}  // namespace xuncha::testing_support
