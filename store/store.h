// Store is the one door to everything xuncha remembers: RocksDB behind it,
// nothing of RocksDB in front. The formats are in FORMAT.md beside this file.
//
// Three narrow seams are cut here, so that a fleet can later put PostgreSQL and
// S3 behind them: WorkLedger, BlobStore, CaseStore. The embedded forms are
// members of Store; nothing reaches around them.
//
// One process opens a store; within it any thread may read, and only the main
// thread writes. Records are versioned and carry a checksum; a damaged record or
// a newer store is refused with a message, never repaired silently.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "store/backup.h"
#include "store/chain.h"
#include "store/check.h"
#include "store/exports.h"
#include "store/hold.h"
#include "store/retention.h"

namespace xuncha {

// ---- what the store returns -------------------------------------------------

struct UrlEntry {
  std::string url;
  UrlState state;
};

// A URL of another site than the page it was seen on.
struct ElsewhereUrl {
  std::string site;
  UrlEntry entry;
};

// What another visitor got, beside an observation.
struct ObservedView {
  Visitor as = Visitor::kSpider;
  uint16_t status = 0;   // 0: no answer
  std::string target;    // where the last redirect led, if there was one
  bool differs = false;  // by more than chance
  Digest body;           // BlobStore key; empty if the view does not differ, and so is not kept
  Digest text;           // of what was read of that body, if it took part in the conclusion
  // These two like the body.
  std::vector<Hop> hops;
  Exchange exchange;
  std::vector<std::string> findings;  // ids of what this visitor's body showed
};

// One fetch of one URL at one time; append-only. A second look (crawler/second_look.h)
// of the same night completes it.
struct Observation {
  std::string site;
  std::string url;
  uint64_t run = 0;
  Millis time = 0;
  Millis elapsed = 0;
  uint16_t status = 0;
  bool unchanged = false;     // same body and rules as the observation before
  uint64_t previous_run = 0;  // run of the URL's observation before; 0 = the first
  uint64_t full_run = 0;      // run whose fetch headers, title, ... are of: `run` itself, or an
                              // earlier one if nothing had changed since
  std::string headers;
  std::string remote_address;
  std::string title;
  std::vector<Hop> hops;
  TlsFacts tls;
  Charset charset = Charset::kUnknown;
  Digest body;  // BlobStore key; empty if no body came
  uint64_t body_bytes = 0;
  Checked checked = Checked::kFailed;
  std::vector<LimitHit> limits;
  std::vector<std::string> signals;  // "name: detail"
  bool robots_disallowed = false;
  std::string error;
  Digest rules;
  std::vector<ObservedView> views;
  uint64_t wire_bytes = 0;  // bodies as sent, the page's own and its views'
  Digest text;              // BlobStore key; empty if nothing was read
  Keep keep = Keep::kRoutine;
  // As received, of the fetch of full_run: the last hop's (those before it stand in
  // `hops`). Its `coded` is a BlobStore key only if `coded_kept`.
  Exchange exchange;
  bool coded_kept = false;
  // Not 0: headers, hops, tls and exchange are of the fetch of that earlier run, for
  // this one had found nothing changed when a second look completed it.
  uint64_t exchange_run = 0;
  std::vector<std::string> findings;  // ids of what the page's own body showed, hints too
};

// The BlobStore keys that the observation names itself: of bodies, and of what else
// of its exchanges is kept under a digest. Those of a short one are its full one's.
std::vector<Digest> BlobsOf(const Observation& seen);

// A page's look, now and before.
struct SketchedUrl {
  std::string url;
  PageSketch now;
  PageSketch good;        // of the last version known to be good; empty if there is none
  Millis first_seen = 0;  // of the URL, as a link
  bool read = false;      // this run read the version `now` is of
  bool cloaked = false;   // other visitors get something else
  std::vector<std::string> site_signals;
};

// A finding as kept: what the judge said, of which page, since when.
struct StoredFinding {
  Finding finding;
  std::string site;
  std::string url;
  std::string title;
  Digest body;  // that its evidence stands in: the page's, or a view's
  Millis first_seen = 0;
  Millis last_seen = 0;
  uint64_t first_run = 0;
  uint64_t last_run = 0;              // run that last saw it standing
  bool standing = true;               // false: the page no longer shows it
  std::vector<Dismissal> dismissals;  // of the same page and kind, for `explain`
  bool baseline = false;              // was there when the site was audited for the first time
  bool history = false;               // found in what was kept, when a later rule was asked of it
};

struct Incident {
  std::string id;
  std::string site;
  std::string kind;
  Severity severity = Severity::kHint;
  Millis opened = 0;
  Millis updated = 0;
  uint64_t version = 0;  // for decide
  // "new", "confirmed", "false-positive", "closed", ... The crawl opens an incident
  // as "new", and so again after "closed" when a finding is new or has come back,
  // after "false-positive" only for a finding that was not part of it; an event
  // "opened" or "reopened" says so. All else is an officer's word.
  std::string state;
  std::vector<std::string> findings;  // ids
  bool baseline = false;              // every finding of it is: stock, found when the audit began
  bool history = false;               // every finding of it is: found in what was kept
};

struct Event {
  Millis time = 0;
  std::string incident;
  std::string actor;
  std::string action;  // "verdict", "note", ...
  std::string detail;
};

// ---- the seams --------------------------------------------------------------

// A site's night, taken by one worker at a time.
struct Lease {
  std::string site;
  uint64_t run = 0;
  uint64_t token = 0;  // fencing: grows with each acquire of the site
};

enum class CommitOutcome : uint8_t { kCommitted, kFenced, kAlreadyDone };

// Links newly seen by a page travel with its commit. A page counts as unchanged,
// and its findings and document are not looked at, if the fetch says not_modified
// or same_body and the URL was last judged under the run's rules. A page that was
// not examined (checked is kFailed) or got no answer leaves the URL's last good
// state and findings as they were; so does one cut short or an error page, except
// that what was found on it is kept. Of a document whose content is not read
// (Limit::kUnreadType) the state is kept, so that tomorrow it is asked for only if it
// has changed. How each is told: page_commit.h.
struct DonePage {
  const Page* page = nullptr;  // borrowed for the call
  std::vector<UrlEntry> discovered;
  std::vector<ElsewhereUrl> elsewhere;  // needs no lease of theirs: what is known stays as it is
};

class WorkLedger {
 public:
  virtual ~WorkLedger() = default;
  // kConflict if somebody holds it and has not run out.
  virtual Result<Lease> Acquire(std::string_view site, uint64_t run, Millis now,
                                Millis lease_for) = 0;
  // kConflict if somebody took the site over.
  virtual Result<Lease> Renew(const Lease& lease, Millis now, Millis lease_for) = 0;
  // Everything about the pages in one batch with one fsync: observation, body,
  // URL state, findings, incidents, discovered links. All or nothing. kFenced
  // if the lease was taken over; kAlreadyDone if the run already has this page
  // (nothing is written for it).
  // kInvalid if the run was never begun or a page is of another site.
  // REQUIRES: each page has a valid permit.
  virtual Result<std::vector<CommitOutcome>> Commit(const Lease& lease,
                                                    const std::vector<DonePage>& pages,
                                                    Millis now) = 0;
  // `finished`: the run is done with the site. kConflict if the lease is over.
  virtual Status Release(const Lease& lease, bool finished) = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // Writes nothing if the digest is there. Digest is of the raw bytes.
  virtual Result<Digest> Put(std::string_view bytes) = 0;
  // kNotFound; kDamaged if the bytes do not have the digest.
  virtual Result<std::string> Get(const Digest& digest) const = 0;
  virtual Result<bool> Exists(const Digest& digest) const = 0;
};

// What came of findings in history.
struct HistoryKept {
  uint64_t added = 0;     // not known before
  uint64_t set_back = 0;  // known, and stood earlier than was known
};

class CaseStore {
 public:
  virtual ~CaseStore() = default;
  virtual Result<StoredFinding> FindingById(
      std::string_view id) const = 0;  // unique prefix is enough
  // In order of site and URL; of all sites if `site` is empty. Stops when the
  // function returns false.
  virtual Status EachFinding(std::string_view site,
                             const std::function<bool(const StoredFinding&)>& visit) const = 0;
  virtual Result<Incident> IncidentById(std::string_view id) const = 0;  // likewise
  // Without their findings, which are many and which IncidentById reads.
  virtual Status EachIncident(const std::function<bool(const Incident&)>& visit) const = 0;
  virtual Status EachEvent(std::string_view incident,
                           const std::function<bool(const Event&)>& visit) const = 0;
  // Findings made by asking later rules of what was kept, in one batch with `deed`.
  // One that is not known is kept and joins its incident, as `history`; of one that is
  // known only the beginning is set back to an earlier one.
  virtual Result<HistoryKept> KeepHistory(const std::vector<StoredFinding>& findings,
                                          const Deed& deed, Millis now) = 0;
};

// ---- the store --------------------------------------------------------------

class Accounts;    // store/accounts.h
class Casework;    // store/casework.h
class Deliveries;  // store/deliveries.h
class Index;       // store/index.h
class Snapshots;   // store/snapshots.h

// What to do if the end of RocksDB's log is not whole. A log cut off in the middle
// of a write is no damage, and opens. Other bytes there may be what a power cut
// left of a commit nobody was told about, or damage to commits that were
// acknowledged; the store cannot tell, so a person must.
enum class Recovery : uint8_t {
  kRefuse,           // kDamaged
  kLastWholeCommit,  // go on without whatever stands behind the last whole commit
};

// What stands under the database: the system's files, unless a test brings others
// (rocks.h).
struct Disk;

class Store {
 public:
  struct Options {
    std::string directory;
    bool create = false;  // kNotFound if absent and not set
    bool read_only = false;
    size_t memory = 64 << 20;  // write buffers and block cache together
    Recovery recovery = Recovery::kRefuse;
    const Clock* clock = nullptr;  // of the audit chain, borrowed; nullptr: the system's
    std::string who;               // who acts where a call names nobody; empty: "xuncha"
    const Disk* disk = nullptr;    // borrowed; nullptr: the system's
  };
  // kNotFound; kConflict if another process (or this one) has it open for
  // writing; kNewer; kDamaged. Opening for reading takes no lock and sees the
  // store as it stands at that moment; every write is then kDenied.
  static Result<std::unique_ptr<Store>> Open(const Options& options);
  struct Rep;
  explicit Store(std::unique_ptr<Rep> rep);  // for Open
  ~Store();

  WorkLedger& ledger();
  BlobStore& blobs();
  CaseStore& cases();
  // How bodies are packed, and what is to be known of that before one is removed.
  Snapshots& snapshots();
  // Everything that was done, oldest first. What happens outside the store and must
  // be on record goes there by Record.
  AuditChain& audit();
  // What no purge may touch.
  HoldBook& holds();
  // What was handed out as evidence.
  ExportBook& exports();
  // Who may sit at the officers' desk, and who is signed in.
  Accounts& accounts();
  // Incidents on their way: who has them, notices and their terms, suppressions.
  Casework& casework();
  // Messages to people, sent and to be sent.
  Deliveries& deliveries();

  // For those who only read.
  const BlobStore& blobs() const;
  const CaseStore& cases() const;
  const AuditChain& audit() const;
  const HoldBook& holds() const;
  const ExportBook& exports() const;
  const Accounts& accounts() const;
  const Casework& casework() const;
  const Deliveries& deliveries() const;
  // Lists read page by page, and counts.
  const Index& index() const;

  // ---- registry ----
  Status ReplaceSites(const std::vector<Site>& sites);  // puts all or none; keeps others
  Status RemoveSite(std::string_view id);
  Result<std::vector<Site>> Sites() const;  // by id

  // ---- runs ----
  // The unfinished run if there is one and `rules` and `config` are the same,
  // else a new one.
  struct BeginRunResult {
    Run run;
    bool resumed = false;
  };
  Result<BeginRunResult> BeginRun(const Digest& rules, const Digest& config, Millis now,
                                  RunScope scope = RunScope::kAllSites);
  Status EndRun(const Run& run);
  Result<std::vector<Run>> Runs() const;  // newest last
  // Those of all sites; the others are somebody's second look.
  Result<std::vector<Run>> Nights() const;
  // Whether the run has finished with this site.
  Result<bool> SiteDone(std::string_view site, uint64_t run) const;

  // ---- what is known ----
  // In the order of the keys, which is none of the URLs' own. Each... stops when
  // the function returns false.
  // UrlState::good is left out by EachUrl.
  Status EachUrl(std::string_view site, const std::function<bool(const UrlEntry&)>& visit) const;
  // Of the site's URLs that were visited in `run` and hold a page that was sketched.
  Status EachSketch(std::string_view site, uint64_t run,
                    const std::function<bool(const SketchedUrl&)>& visit) const;
  // UrlState::good is of the last good version before what the run `before` read.
  Result<std::optional<UrlState>> UrlOf(std::string_view site, std::string_view url,
                                        uint64_t before = UINT64_MAX) const;
  Status EachObservation(std::string_view site, uint64_t run,
                         const std::function<bool(const Observation&)>& visit) const;
  Result<std::optional<Observation>> LatestObservation(std::string_view site,
                                                       std::string_view url) const;
  // Of a URL's history the runs are asked one by one: previous_run leads back only as
  // far as nothing was purged.
  Result<std::optional<Observation>> ObservationOf(std::string_view site, std::string_view url,
                                                   uint64_t run) const;
  // ---- history ----
  // Ids of the sites of which an observation is kept, registered or not, ascending.
  Result<std::vector<std::string>> SitesKept() const;
  // Every observation of the site from run `from` on, by run, as it was written: a
  // short one (full_run is not run) has time, elapsed, status, unchanged, previous_run
  // and full_run, and the rest stands in the full one, which comes before it or is
  // asked for by FullOf. `url` is the URL as keys have it, 16 bytes. Stops when the
  // function returns false.
  using VisitKept = std::function<bool(std::string_view url, const Observation& seen)>;
  Status EachKept(std::string_view site, uint64_t from, const VisitKept& visit) const;
  Result<std::optional<Observation>> FullOf(std::string_view site, std::string_view url,
                                            uint64_t run) const;

  // ---- keeping ----
  // Everything, from end to end. kConflict if it was stopped; what is damaged is in
  // the report.
  Result<StoreReport> Check(const CheckOptions& options) const;
  // Takes away what has expired and is not held, and puts it out of the files. May be
  // stopped, or cut off, anywhere: the next one goes on. kDenied if the clock cannot be
  // believed, or PurgeOptions::who is the program and a person must decide; kConflict
  // if it was stopped. REQUIRES: no lease is held.
  Result<PurgeReport> Purge(const PurgeOptions& options);
  // What the last one left behind.
  Result<PurgeFacts> LastPurge() const;
  // What lies where, and how it grew.
  struct Sizes {
    struct OfFamily {
      std::string name;
      uint64_t bytes = 0;
      uint64_t records = 0;  // about
    };
    std::vector<OfFamily> families;
    uint64_t log_bytes = 0;  // changes not yet in a family's files
    // Bytes on the disk when each run began, oldest first.
    struct AtRun {
      uint64_t run = 0;
      uint64_t bytes = 0;
    };
    std::vector<AtRun> history;
    uint64_t total() const;
  };
  Result<Sizes> Measure() const;
  // Adds a backup to the directory, checks it, and lets go of all but the newest
  // `keep`. An entry of the audit chain says so, in the backup too. REQUIRES: keep > 0
  Result<BackupFacts> Backup(const std::string& directory, uint32_t keep);
  // Of the last change; the same number, the same records.
  uint64_t Sequence() const;

  // Small named values: robots.txt of an origin, sitemap states, back-off of a
  // host. kLimit above limits::kNoteBytesMax.
  Status PutNote(std::string_view name, std::string_view value);
  Result<std::optional<std::string>> Note(std::string_view name) const;

 private:
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
