// Store puts the embedded forms together and keeps what belongs to no page: the
// registry, the runs, the notes.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>

#include <utility>

#include "base/limits.h"
#include "store/accounts.h"
#include "store/blobs.h"
#include "store/cases.h"
#include "store/casework.h"
#include "store/checker.h"
#include "store/db.h"
#include "store/deliveries.h"
#include "store/index.h"
#include "store/index_keeping.h"
#include "store/keys.h"
#include "store/ledger.h"
#include "store/purge.h"
#include "store/records.h"
#include "store/snapshots.h"

namespace xuncha {
namespace {

// A run that begins has no figures yet.
Deed RunDeed(const Run& run, std::string_view kind) {
  return {.kind = std::string(kind),
          .what = run.ended == 0
                      ? std::string()
                      : fmt::format("网站 {}，页面 {}，失败 {}，未全读 {}", run.totals.sites,
                                    run.totals.pages, run.totals.failed,
                                    run.totals.flat + run.totals.unread),
          .refs = {fmt::format("run:{}", run.id), "rules:" + run.rules.hex(),
                   "config:" + run.config.hex()}};
}

// A change of what all pages are judged or fetched by.
Deed ChangeDeed(std::string_view kind, std::string_view noun, const Digest& was, const Digest& is) {
  return {.kind = std::string(kind),
          .what = fmt::format("{}有改动", noun),
          .refs = {"is:" + is.hex(), "was:" + was.hex()}};
}

// An observation as the caller sees it: a short one is filled up from the full
// one it refers to.
Result<Observation> Complete(const Database& database, std::string_view site, uint64_t run,
                             std::string_view key, Observation seen) {
  if (seen.full_run != run) {
    const std::string full_key = ObservationKeyOfRun(key, site, seen.full_run);
    auto full = GetRecord<Observation>(database, Family::kObservations, full_key);
    if (!full) return full.error();
    if (!*full) {
      return UnreadableRecord(
          Family::kObservations, full_key,
          {Code::kDamaged, "a later observation refers to it, but it is missing"});
    }
    Observation& whole = **full;
    whole.time = seen.time;
    whole.elapsed = seen.elapsed;
    whole.status = seen.status;
    whole.unchanged = seen.unchanged;
    whole.previous_run = seen.previous_run;
    whole.full_run = seen.full_run;
    whole.wire_bytes = seen.wire_bytes;
    whole.keep = seen.keep;
    RestoreRepeated(whole);
    if (!seen.remote_address.empty()) whole.remote_address = seen.remote_address;
    seen = std::move(whole);
  } else {
    RestoreRepeated(seen);
  }
  seen.site = site;
  seen.run = run;
  return seen;
}

}  // namespace

struct Store::Rep {
  Rep(std::unique_ptr<Database> opened, const Options& options)
      : database(std::move(opened)),
        chain(*database, options.clock != nullptr ? *options.clock : system_clock, options.who),
        snapshots(*database),
        ledger(*database, snapshots),
        blobs(*database, snapshots),
        cases(*database, chain),
        exports(*database, chain),
        holds(*database, chain),
        accounts(*database, chain),
        casework(*database, chain),
        deliveries(*database, chain),
        index(*database),
        directory(options.directory) {}

  std::unique_ptr<Database> database;
  SystemClock system_clock;
  AuditChain chain;
  Snapshots snapshots;
  EmbeddedLedger ledger;
  EmbeddedBlobs blobs;
  EmbeddedCases cases;
  ExportBook exports;
  HoldBook holds;
  Accounts accounts;
  Casework casework;
  Deliveries deliveries;
  Index index;
  std::string directory;
};

Store::Store(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Open(const Options& options) {
  Result<std::unique_ptr<Database>> database = Database::Open({.directory = options.directory,
                                                               .create = options.create,
                                                               .read_only = options.read_only,
                                                               .memory = options.memory,
                                                               .recovery = options.recovery,
                                                               .disk = options.disk});
  if (!database) return database.error();
  if (!options.read_only) {
    if (Status made = MakeIndex(**database); !made) return made.error();
  }
  return std::make_unique<Store>(std::make_unique<Rep>(std::move(*database), options));
}

WorkLedger& Store::ledger() { return rep_->ledger; }
BlobStore& Store::blobs() { return rep_->blobs; }
CaseStore& Store::cases() { return rep_->cases; }
Snapshots& Store::snapshots() { return rep_->snapshots; }
AuditChain& Store::audit() { return rep_->chain; }
ExportBook& Store::exports() { return rep_->exports; }
HoldBook& Store::holds() { return rep_->holds; }
Accounts& Store::accounts() { return rep_->accounts; }
Casework& Store::casework() { return rep_->casework; }
Deliveries& Store::deliveries() { return rep_->deliveries; }

const BlobStore& Store::blobs() const { return rep_->blobs; }
const CaseStore& Store::cases() const { return rep_->cases; }
const AuditChain& Store::audit() const { return rep_->chain; }
const HoldBook& Store::holds() const { return rep_->holds; }
const ExportBook& Store::exports() const { return rep_->exports; }
const Accounts& Store::accounts() const { return rep_->accounts; }
const Casework& Store::casework() const { return rep_->casework; }
const Deliveries& Store::deliveries() const { return rep_->deliveries; }
const Index& Store::index() const { return rep_->index; }

// ---- registry -----------------------------------------------------------------

Status Store::ReplaceSites(const std::vector<Site>& sites) {
  Batch batch(*rep_->database);
  Deed deed{.kind = "site-put"};
  uint64_t changed = 0;
  std::string all;
  for (const Site& site : sites) {
    if (Status valid = CheckSiteId(site.id); !valid) return valid;
    const std::string record = EncodeRecord(site);
    const Result<std::optional<std::string>> before = batch.Get(Family::kSites, site.id);
    if (before && *before == record) continue;
    batch.Put(Family::kSites, site.id, record);
    if (++changed <= limits::kDeedSitesMax) deed.refs.push_back("site:" + site.id);
    all += record;
  }
  if (changed == 0) return batch.Commit();
  deed.what = fmt::format("{} 个网站中 {} 个新登记或有改动", sites.size(), changed);
  deed.refs.push_back("sha256:" + Sha256(all).hex());
  if (Status appended = rep_->chain.Append(batch, deed); !appended) return appended;
  return batch.Commit();
}

Status Store::RemoveSite(std::string_view id) {
  const Result<bool> there = rep_->database->Has(Family::kSites, id);
  if (!there) return there.error();
  if (!*there) {
    return Error{Code::kNotFound, fmt::format("no site {}; check the id in the list of sites", id)};
  }
  Batch batch(*rep_->database);
  batch.Delete(Family::kSites, id);
  const Deed deed{.kind = "site-remove", .refs = {fmt::format("site:{}", id)}};
  if (Status appended = rep_->chain.Append(batch, deed); !appended) return appended;
  return batch.Commit();
}

Result<std::vector<Site>> Store::Sites() const {
  std::vector<Site> sites;
  const Status scanned = rep_->database->Scan(
      Family::kSites, "", [&](std::string_view key, std::string_view payload) -> Result<bool> {
        Result<Site> site = DecodeStored<Site>(Family::kSites, key, payload);
        if (!site) return site.error();
        sites.push_back(std::move(*site));
        return true;
      });
  if (!scanned) return scanned.error();
  return sites;
}

// ---- runs ---------------------------------------------------------------------

Result<Store::BeginRunResult> Store::BeginRun(const Digest& rules, const Digest& config, Millis now,
                                              RunScope scope) {
  const Result<std::optional<std::string>> last_key =
      rep_->database->LastKey(Family::kMeta, kRunKeys);
  if (!last_key) return last_key.error();
  uint64_t next = 1;
  std::vector<Deed> deeds;
  if (*last_key) {
    const auto last = GetRecord<Run>(*rep_->database, Family::kMeta, **last_key);
    if (!last) return last.error();
    const Run& run = **last;
    if (run.ended == 0 && run.rules == rules && run.config == config && run.scope == scope) {
      return BeginRunResult{.run = run, .resumed = true};
    }
    next = run.id + 1;
    if (run.rules != rules) deeds.push_back(ChangeDeed("rules-change", "规则集", run.rules, rules));
    // What a run of some sites or pages goes by holds also which, and nobody configured that:
    // the configuration is the nights'.
    const Result<std::vector<Run>> nights = Nights();
    if (!nights) return nights.error();
    if (scope == RunScope::kAllSites && !nights->empty() && nights->back().config != config)
      deeds.push_back(ChangeDeed("config-change", "配置", nights->back().config, config));
  }
  const Run run{.id = next, .started = now, .rules = rules, .config = config, .scope = scope};
  Batch batch(*rep_->database);
  PutRecord(batch, Family::kMeta, RunKey(run.id), run);
  // The last store that was closed wrote its log out, so this is what the nights
  // before have left.
  const Result<Sizes> sizes = Measure();
  if (!sizes) return sizes.error();
  PutRecord(batch, Family::kMeta, SizeKey(run.id), StoreSize{.bytes = sizes->total(), .time = now});
  deeds.push_back(RunDeed(run, "run-begin"));
  for (const Deed& deed : deeds) {
    if (Status appended = rep_->chain.Append(batch, deed); !appended) return appended.error();
  }
  if (Status put = batch.Commit(); !put) return put.error();
  return BeginRunResult{.run = run, .resumed = false};
}

Status Store::EndRun(const Run& run) {
  if (run.ended == 0) {
    return Error{Code::kInvalid, fmt::format("run {}: it has no end time; set one", run.id)};
  }
  const Result<bool> there = rep_->database->Has(Family::kMeta, RunKey(run.id));
  if (!there) return there.error();
  if (!*there) return Error{Code::kNotFound, fmt::format("no run {}; begin it first", run.id)};
  // All sites are read; nobody waits but the end of the night.
  if (Status settled = rep_->ledger.Settle(); !settled) return settled;
  Batch batch(*rep_->database);
  PutRecord(batch, Family::kMeta, RunKey(run.id), run);
  if (Status appended = rep_->chain.Append(batch, RunDeed(run, "run-end")); !appended)
    return appended;
  return batch.Commit();
}

Result<std::vector<Run>> Store::Runs() const {
  std::vector<Run> runs;
  const Status scanned = rep_->database->Scan(
      Family::kMeta, kRunKeys, [&](std::string_view key, std::string_view payload) -> Result<bool> {
        Result<Run> run = DecodeStored<Run>(Family::kMeta, key, payload);
        if (!run) return run.error();
        runs.push_back(*run);
        return true;
      });
  if (!scanned) return scanned.error();
  return runs;
}

Result<std::vector<Run>> Store::Nights() const {
  Result<std::vector<Run>> runs = Runs();
  if (runs) std::erase_if(*runs, [](const Run& run) { return run.scope != RunScope::kAllSites; });
  return runs;
}

Result<bool> Store::SiteDone(std::string_view site, uint64_t run) const {
  const auto mark = GetRecord<SiteDoneMark>(*rep_->database, Family::kMeta, DoneKey(run, site));
  if (!mark) return mark.error();
  return mark->has_value();
}

// ---- keeping ------------------------------------------------------------------

Result<StoreReport> Store::Check(const CheckOptions& options) const {
  return CheckRecords(*rep_->database, rep_->blobs, options);
}

Result<PurgeReport> Store::Purge(const PurgeOptions& options) {
  return PurgeRecords(*rep_->database, rep_->chain, rep_->snapshots, rep_->directory, options);
}

Result<PurgeFacts> Store::LastPurge() const {
  const Result<PurgeMark> mark = ReadPurgeMark(*rep_->database);
  if (!mark) return mark.error();
  return PurgeFacts{.time = mark->time,
                    .below = mark->below,
                    .unfinished = mark->touched != 0,
                    .policy = {.routine = mark->routine, .findings = mark->findings}};
}

uint64_t Store::Sizes::total() const {
  uint64_t bytes = log_bytes;
  for (const OfFamily& family : families) bytes += family.bytes;
  return bytes;
}

Result<Store::Sizes> Store::Measure() const {
  Sizes sizes{.log_bytes = rep_->database->LogBytes()};
  for (int number = 1; number <= kFamilies; ++number) {
    const auto family = static_cast<Family>(number);
    sizes.families.push_back({.name = std::string(FamilyName(family)),
                              .bytes = rep_->database->FamilyBytes(family),
                              .records = rep_->database->KeysEstimated(family)});
  }
  const Status scanned = rep_->database->Scan(
      Family::kMeta, kSizeKeys,
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const Result<StoreSize> size = DecodeStored<StoreSize>(Family::kMeta, key, payload);
        if (!size) return size.error();
        if (key.size() != kSizeKeys.size() + 8)
          return UnreadableRecord(Family::kMeta, key, {Code::kDamaged, "not the key of a run"});
        sizes.history.push_back(
            {.run = FromBigEndian(key.substr(kSizeKeys.size())), .bytes = size->bytes});
        return true;
      });
  if (!scanned) return scanned.error();
  return sizes;
}

Result<BackupFacts> Store::Backup(const std::string& directory, uint32_t keep) {
  CHECK(keep > 0);
  const Deed deed{.kind = "backup", .what = fmt::format("备份到 {}，保留 {} 份", directory, keep)};
  if (Status told = rep_->chain.Record(deed); !told) return told.error();
  const Result<std::vector<Digest>> leaves = rep_->chain.Leaves();
  if (!leaves) return leaves.error();
  const BackupFacts facts{.entries = leaves->size(), .root = MerkleRoot(*leaves)};
  Result<BackupFacts> made = rep_->database->Backup(directory, facts, keep);
  if (made) return made;
  const Deed failed{.kind = "backup-failed", .what = made.error().text};
  if (Status told = rep_->chain.Record(failed); !told) return told.error();
  return made;
}

uint64_t Store::Sequence() const { return rep_->database->Sequence(); }

// ---- what is known --------------------------------------------------------------

namespace {

// A URL's visit, if it had one, stands directly behind its facts.
Status EachKnown(const Database& database, std::string_view site,
                 const std::function<Result<bool>(UrlFacts&, const UrlVisit&)>& visit) {
  std::string url_key;
  std::optional<UrlFacts> facts;
  UrlVisit last_visit;
  const auto hand_over = [&]() -> Result<bool> {
    Result<bool> more = facts ? visit(*facts, last_visit) : true;
    facts.reset();
    last_visit = {};
    return more;
  };
  Result<bool> more = true;
  const Status scanned =
      database.Scan(Family::kUrls, SitePrefix(site),
                    [&](std::string_view key, std::string_view payload) -> Result<bool> {
                      if (facts && IsVisitKey(key, url_key)) {
                        const auto read = DecodeStored<UrlVisit>(Family::kUrls, key, payload);
                        if (!read) return read.error();
                        last_visit = *read;
                        return true;
                      }
                      more = hand_over();
                      if (!more || !*more) return more;
                      auto read = DecodeStored<UrlFacts>(Family::kUrls, key, payload);
                      if (!read) return read.error();
                      if (UrlKey(site, read->url) != key) {
                        return UnreadableRecord(Family::kUrls, key,
                                                {Code::kDamaged, "not the record of its URL"});
                      }
                      facts = std::move(*read);
                      url_key = key;
                      return true;
                    });
  if (!scanned) return scanned;
  if (*more) more = hand_over();
  return more ? Ok() : Status(more.error());
}

Result<PageSketch> ReadSketch(std::string_view site, const UrlFacts& facts,
                              std::string_view bytes) {
  return DecodeStored<PageSketch>(Family::kUrls, UrlKey(site, facts.url), bytes);
}

// Of the last version known to be good before the one that `run` reads.
Result<PageSketch> ReadGood(std::string_view site, const UrlFacts& facts, uint64_t run) {
  const bool latest = facts.good && facts.sketch_run != run;
  return ReadSketch(site, facts, latest ? facts.sketch : facts.good_sketch);
}

}  // namespace

Status Store::EachUrl(std::string_view site,
                      const std::function<bool(const UrlEntry&)>& visit) const {
  return EachKnown(*rep_->database, site,
                   [&](const UrlFacts& facts, const UrlVisit& last_visit) -> Result<bool> {
                     return visit({.url = facts.url, .state = JoinState(facts, last_visit)});
                   });
}

Status Store::EachSketch(std::string_view site, uint64_t run,
                         const std::function<bool(const SketchedUrl&)>& visit) const {
  return EachKnown(*rep_->database, site,
                   [&](const UrlFacts& facts, const UrlVisit& last_visit) -> Result<bool> {
                     const bool stands = last_visit.status >= 200 && last_visit.status < 300;
                     if (last_visit.last_run != run || !stands || facts.sketch.empty()) return true;
                     Result<PageSketch> now = ReadSketch(site, facts, facts.sketch);
                     if (!now) return now.error();
                     if (now->empty()) return true;
                     Result<PageSketch> good = ReadGood(site, facts, run);
                     if (!good) return good.error();
                     return visit({.url = facts.url,
                                   .now = std::move(*now),
                                   .good = std::move(*good),
                                   .first_seen = facts.first_seen,
                                   .read = facts.sketch_run == run,
                                   .cloaked = facts.cloaked,
                                   .site_signals = facts.site_signals});
                   });
}

Result<std::optional<UrlState>> Store::UrlOf(std::string_view site, std::string_view url,
                                             uint64_t before) const {
  const std::string key = UrlKey(site, url);
  const auto facts = GetRecord<UrlFacts>(*rep_->database, Family::kUrls, key);
  if (!facts) return facts.error();
  if (!*facts) return std::optional<UrlState>();
  const auto visit = GetRecord<UrlVisit>(*rep_->database, Family::kUrls, VisitKey(key));
  if (!visit) return visit.error();
  UrlState state = JoinState(**facts, visit->value_or(UrlVisit{}));
  Result<PageSketch> good = ReadGood(site, **facts, before);
  if (!good) return good.error();
  state.good = std::move(*good);
  return std::optional<UrlState>(std::move(state));
}

Status Store::EachObservation(std::string_view site, uint64_t run,
                              const std::function<bool(const Observation&)>& visit) const {
  return rep_->database->Scan(
      Family::kObservations, RunPrefix(site, run),
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        auto stored = DecodeStored<Observation>(Family::kObservations, key, payload);
        if (!stored) return stored.error();
        const auto whole = Complete(*rep_->database, site, run, key, std::move(*stored));
        if (!whole) return whole.error();
        return visit(*whole);
      });
}

Result<std::optional<Observation>> Store::LatestObservation(std::string_view site,
                                                            std::string_view url) const {
  const auto visit =
      GetRecord<UrlVisit>(*rep_->database, Family::kUrls, VisitKey(UrlKey(site, url)));
  if (!visit) return visit.error();
  if (!*visit) return std::optional<Observation>();
  return ObservationOf(site, url, (*visit)->last_run);
}

Result<std::optional<Observation>> Store::ObservationOf(std::string_view site, std::string_view url,
                                                        uint64_t run) const {
  const std::string key = ObservationKey(site, run, url);
  auto stored = GetRecord<Observation>(*rep_->database, Family::kObservations, key);
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Observation>();
  Result<Observation> whole = Complete(*rep_->database, site, run, key, std::move(**stored));
  if (!whole) return whole.error();
  return std::optional<Observation>(std::move(*whole));
}

// ---- history --------------------------------------------------------------------

Result<std::vector<std::string>> Store::SitesKept() const {
  const Result<std::set<std::string>> sites = SitesIn(*rep_->database, Family::kObservations);
  if (!sites) return sites.error();
  return std::vector<std::string>(sites->begin(), sites->end());
}

Status Store::EachKept(std::string_view site, uint64_t from, const VisitKept& visit) const {
  const std::string prefix = SitePrefix(site);
  return rep_->database->ScanFrom(
      Family::kObservations, prefix, RunPrefix(site, from),
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        auto seen = DecodeStored<Observation>(Family::kObservations, key, payload);
        if (!seen) return seen.error();
        if (key.size() != prefix.size() + 8 + kUrlDigestBytes)
          return UnreadableRecord(Family::kObservations, key,
                                  {Code::kDamaged, "not the key of an observation"});
        seen->site = site;
        seen->run = FromBigEndian(key.substr(prefix.size(), 8));
        return visit(key.substr(prefix.size() + 8), *seen);
      });
}

Result<std::optional<Observation>> Store::FullOf(std::string_view site, std::string_view url,
                                                 uint64_t run) const {
  return GetRecord<Observation>(*rep_->database, Family::kObservations,
                                RunPrefix(site, run).append(url));
}

// ---- notes ----------------------------------------------------------------------

Status Store::PutNote(std::string_view name, std::string_view value) {
  if (value.size() > limits::kNoteBytesMax) {
    return Error{Code::kLimit, fmt::format("note {}: {} bytes are more than the {} a note may have",
                                           name, value.size(), limits::kNoteBytesMax)};
  }
  Batch batch(*rep_->database);
  PutRecord(batch, Family::kMeta, NoteKey(name), NoteValue{.value = std::string(value)});
  return batch.Commit();
}

Result<std::optional<std::string>> Store::Note(std::string_view name) const {
  auto note = GetRecord<NoteValue>(*rep_->database, Family::kMeta, NoteKey(name));
  if (!note) return note.error();
  if (!*note) return std::optional<std::string>();
  return std::optional<std::string>((*note)->value);
}

}  // namespace xuncha
