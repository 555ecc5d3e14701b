// Damage is refused and named, never repaired and never passed on: bits are
// flipped in the values, behind RocksDB's back and through it, and then
// everything is read.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <fstream>
#include <functional>
#include <random>
#include <set>

#include "base/files.h"
#include "store/casework.h"
#include "store/db.h"
#include "store/index.h"
#include "store/store.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

constexpr Millis kStart = 1'767'225'600'000;
constexpr Millis kNight = 24 * 3600 * 1000;
const Site kSite = MakeSite("www.example.edu.cn");

// Two nights of a small site, with every kind of record.
void Populate(const std::string& directory) {
  const auto store = Must(OpenStore(directory));
  Must(store->ReplaceSites({kSite, MakeSite("lib.example.edu.cn")}));
  Must(store->PutNote("robots", "User-agent: *\n"));
  for (int night = 1; night <= 2; ++night) {
    const Millis now = kStart + night * kNight;
    Run run = Must(store->BeginRun(Sha256("rules"), Sha256("config"), now)).run;
    const Lease lease = Must(store->ledger().Acquire(kSite.id, run.id, now, kNight));
    for (int i = 0; i < 4; ++i) {
      const std::string url = fmt::format("http://www.example.edu.cn/{}", i);
      Page page = MakePage(kSite, url, fmt::format("body {}", i) + std::string(500, 'x'), now);
      if (i < 2) page.findings = {MakeFinding(url, "词", Severity::kHigh)};
      if (night == 2 && i == 3) page = MakeUnchanged(kSite, url, now);
      const std::vector<UrlEntry> links = {{url + "/link", {}}};
      Must(store->ledger().Commit(lease, {{.page = &page, .discovered = links}}, now));
    }
    Must(store->ledger().Release(lease, true));
    run.ended = now + 1;
    Must(store->EndRun(run));
  }
  const Incident incident = IncidentsOf(store->cases()).at(0);
  Must(Decide(*store, incident, CaseDeed::kJudgeViolation, kStart));
}

Status ReadIndex(const Index& index, std::string& told) {
  const auto counts = index.IncidentCounts();
  if (!counts) return counts.error();
  for (const IncidentCount& count : *counts) {
    told += fmt::format("count {} {} {}\n", count.state, count.kind, count.incidents);
    for (const IncidentQuery& query :
         {IncidentQuery{.state = count.state, .baseline = count.baseline},
          IncidentQuery{.state = count.state, .baseline = count.baseline, .kind = count.kind},
          IncidentQuery{.state = count.state, .baseline = count.baseline, .site = kSite.id}}) {
      const Status listed = index.EachIncident(
          query, Direction::kForward, {}, [&](const Place&, const IncidentRow& row) {
            told += fmt::format("listed {} {}\n", row.incident.id, row.standing);
            return true;
          });
      if (!listed) return listed;
    }
  }
  const auto found = index.FindingsOf(kSite.id);
  if (!found) return found.error();
  const auto rules = index.RuleCounts();
  if (!rules) return rules.error();
  for (const RuleCount& rule : *rules)
    told += fmt::format("rule {} {} {}\n", rule.rule, rule.standing, rule.states.size());
  return Ok();
}

// Everything the store can tell, as text; or the first refusal. Opened for reading,
// which is quicker.
Result<std::string> ReadAll(const std::string& directory) {
  auto opened = Store::Open({.directory = directory, .read_only = true, .memory = 8 << 20});
  if (!opened) return opened.error();
  Store& store = **opened;
  std::string told;
  const auto sites = store.Sites();
  if (!sites) return sites.error();
  for (const Site& site : *sites) told += fmt::format("site {} {}\n", site.id, site.address);
  const auto runs = store.Runs();
  if (!runs) return runs.error();
  std::set<Digest> bodies;
  for (const Run& run : *runs) {
    told += fmt::format("run {} {} {}\n", run.id, run.started, run.ended);
    const auto done = store.SiteDone(kSite.id, run.id);
    if (!done) return done.error();
    told += fmt::format("done {}\n", *done);
    const Status seen = store.EachObservation(kSite.id, run.id, [&](const Observation& o) {
      told += fmt::format("observation {} {} {} {} {} {} {}\n", o.url, o.run, o.time, o.unchanged,
                          o.title, o.headers, o.body.hex());
      bodies.insert(o.body);
      return true;
    });
    if (!seen) return seen.error();
  }
  const Status urls = store.EachUrl(kSite.id, [&](const UrlEntry& entry) {
    told += fmt::format("url {} {} {} {}\n", entry.url, entry.state.etag, entry.state.last_run,
                        entry.state.body.hex());
    return true;
  });
  if (!urls) return urls.error();
  for (const Digest& body : bodies) {
    const auto bytes = store.blobs().Get(body);
    if (!bytes) return bytes.error();
    told += fmt::format("body {}\n", *bytes);
  }
  std::vector<std::string> ids;
  const Status findings = store.cases().EachFinding("", [&](const StoredFinding& f) {
    told += fmt::format("finding {} {} {} {}\n", f.finding.id, f.url, f.first_seen, f.last_seen);
    ids.push_back(f.finding.id);
    return true;
  });
  if (!findings) return findings.error();
  for (const std::string& id : ids) {
    const auto finding = store.cases().FindingById(id);
    if (!finding) return finding.error();
    told += fmt::format("by id {}\n", finding->url);
  }
  std::vector<std::string> incidents;
  const Status each = store.cases().EachIncident([&](const Incident& i) {
    told += fmt::format("incident {} {} {}\n", i.id, i.state, i.version);
    incidents.push_back(i.id);
    return true;
  });
  if (!each) return each.error();
  for (const std::string& id : incidents) {
    const auto file = store.casework().FileOf(id);
    if (!file) return file.error();
    told += fmt::format("case {} {}\n", file->confirmed, file->report_due);
  }
  const Status due = store.casework().EachDue(INT64_MAX, [&](const Due& one) {
    told += fmt::format("due {} {}\n", one.incident, one.at);
    return true;
  });
  if (!due) return due.error();
  const auto tell_event = [&](const Event& event) {
    told += fmt::format("event {} {} {}\n", event.time, event.action, event.detail);
    return true;
  };
  for (const std::string& id : incidents) {
    const Result<Incident> whole = store.cases().IncidentById(id);
    if (!whole) return whole.error();
    told += fmt::format("members {}\n", fmt::join(whole->findings, " "));
    if (const Status events = store.cases().EachEvent(id, tell_event); !events)
      return events.error();
  }
  if (const Status index = ReadIndex(store.index(), told); !index) return index.error();
  const auto tell_entry = [&](const AuditEntry& entry) {
    told += fmt::format("entry {} {} {}\n", entry.number, entry.kind, entry.previous.hex());
    return true;
  };
  if (const Status audit = store.audit().Each(1, tell_entry); !audit) return audit.error();
  if (const auto size = store.audit().Size(); !size) return size.error();
  if (const auto sizes = store.Measure(); !sizes) return sizes.error();
  const auto note = store.Note("robots");
  if (!note) return note.error();
  told += fmt::format("note {}\n", note->value_or("none"));
  // The token of the site's last lease is read before writing is refused.
  const auto lease = store.ledger().Acquire(kSite.id, 1, kStart, kNight);
  if (lease.error().code != Code::kDenied) return lease.error();
  return told;
}

// The database without the store around it.
class RawDatabase {
 public:
  explicit RawDatabase(const std::string& directory) {
    std::vector<std::string> names;
    const std::string path = directory + "/db";
    CHECK(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names)
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    rocksdb::DB* db = nullptr;
    CHECK(rocksdb::DB::Open(rocksdb::DBOptions(), path, families, &handles_, &db).ok());
    db_.reset(db);
  }
  ~RawDatabase() {
    for (auto* handle : handles_) (void)db_->DestroyColumnFamilyHandle(handle);
  }
  void Each(const std::function<void(rocksdb::ColumnFamilyHandle*, const std::string& key,
                                     const std::string& value)>& visit) {
    for (auto* handle : handles_) {
      const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions(), handle));
      for (at->SeekToFirst(); at->Valid(); at->Next()) {
        visit(handle, at->key().ToString(), at->value().ToString());
      }
    }
  }
  void Put(const std::string& family, const std::string& key, const std::string& value) {
    for (auto* handle : handles_) {
      if (handle->GetName() == family)
        CHECK(db_->Put(rocksdb::WriteOptions(), handle, key, value).ok());
    }
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

TEST(DamageTest, IsRefusedInEveryValueAndNamed) {
  TempDirectory directory;
  Populate(directory.path());
  ASSERT_TRUE(ReadAll(directory.path()).ok());
  struct Value {
    std::string family, key, value;
  };
  std::vector<Value> values;
  RawDatabase(directory.path())
      .Each([&](rocksdb::ColumnFamilyHandle* handle, const std::string& key,
                const std::string& value) {
        values.push_back({handle->GetName(), key, value});
      });
  std::set<std::string> families;
  std::mt19937_64 random(20261122);
  for (const auto& [family, key, value] : values) {
    SCOPED_TRACE(family + " " + Hex(key));
    families.insert(family);
    std::string flipped = value;
    const size_t bit = random() % (value.size() * 8);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    RawDatabase(directory.path()).Put(family, key, flipped);
    const Result<std::string> read = ReadAll(directory.path());
    ASSERT_FALSE(read.ok()) << "bit " << bit;
    EXPECT_EQ(read.error().code, Code::kDamaged) << read.error().text;
    EXPECT_NE(read.error().text.find("store: " + family + ": "), std::string::npos)
        << read.error().text;
    EXPECT_NE(read.error().text.find("从备份恢复"), std::string::npos) << read.error().text;
    RawDatabase(directory.path()).Put(family, key, value);
  }
  EXPECT_EQ(families,
            (std::set<std::string>{"sites", "urls", "observations", "blobs", "casework", "findings",
                                   "incidents", "events", "audit", "meta", "index"}));
  EXPECT_TRUE(ReadAll(directory.path()).ok());
}

TEST(DamageTest, InTheFilesIsNeverPassedOn) {
  TempDirectory original;
  Populate(original.path());
  const std::string told = Must(ReadAll(original.path()));
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(original.path() + "/db")) {
    const std::string name = entry.path().filename();
    const bool matters =
        name.ends_with(".sst") || name.starts_with("MANIFEST") || name == "CURRENT";
    if (matters && entry.file_size() > 0) files.push_back(name);
  }
  ASSERT_GT(files.size(), 5u);
  int refused = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const std::string name = files[random() % files.size()];
    TempDirectory copy;
    std::filesystem::copy(original.path(), copy.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    const std::string path = copy.path() + "/db/" + name;
    std::string bytes = Must(ReadFile(path, 64 << 20));
    const size_t at = random() % bytes.size();
    SCOPED_TRACE(fmt::format("{} byte {} of {}", name, at, bytes.size()));
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    std::ofstream(path, std::ios::binary) << bytes;
    const Result<std::string> read = ReadAll(copy.path());
    if (!read) {
      ++refused;
      EXPECT_TRUE(read.error().code == Code::kDamaged || read.error().code == Code::kSystem)
          << read.error().text;
    } else {
      EXPECT_EQ(*read, told) << "bytes no record depends on";
    }
  }
  EXPECT_GT(refused, 20);
}

// The default of RocksDB would go on without the batches behind the damage; here
// a person must ask for that.
TEST(DamageTest, InTheMiddleOfTheLogIsRefused) {
  TempDirectory original;
  {
    // Copied while open, as a kill would leave it: everything is in the log.
    TempDirectory live;
    const auto store = Must(OpenStore(live.path()));
    for (int i = 0; i < 200; ++i)
      Must(store->PutNote(fmt::format("{}", i), std::string(1000, 'x')));
    std::filesystem::copy(live.path(), original.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
  }
  std::string log;
  for (const auto& entry : std::filesystem::directory_iterator(original.path() + "/db")) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) log = entry.path().filename();
  }
  const std::string bytes = Must(ReadFile(original.path() + "/db/" + log, 64 << 20));
  ASSERT_GT(bytes.size(), 200'000u);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    TempDirectory copy;
    std::filesystem::copy(original.path(), copy.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    std::string flipped = bytes;
    // Not in the last block of 32 KiB, where a damaged length passes for a torn tail.
    const size_t at = random() % (bytes.size() - (64 << 10));
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
    std::ofstream(copy.path() + "/db/" + log, std::ios::binary) << flipped;
    SCOPED_TRACE(fmt::format("byte {}", at));
    const auto opened = OpenStore(copy.path());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::kDamaged) << opened.error().text;
    const auto recovered = Must(Store::Open(
        {.directory = copy.path(), .memory = 8 << 20, .recovery = Recovery::kLastWholeCommit}));
    int left = 0;
    while (Must(recovered->Note(fmt::format("{}", left))).has_value()) ++left;
    EXPECT_LT(left, 200);
    for (int lost = left; lost < 200; ++lost) {
      EXPECT_FALSE(Must(recovered->Note(fmt::format("{}", lost))).has_value()) << "no gaps";
    }
  }
}

}  // namespace
}  // namespace xuncha::testing_support
