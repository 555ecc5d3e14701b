// What stands in the column families, as structs, and their bytes. Several are
// the contract's own structs; the others split those so that a night in which
// nothing changed writes little (FORMAT.md has every field).
//
// Any thread; values only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/record.h"
#include "base/result.h"
#include "proof/chain.h"
#include "store/db.h"
#include "store/store.h"

namespace xuncha {

// What of a UrlState changes only when the page does.
struct UrlFacts {
  std::string url;
  Digest body;
  Digest rules;
  std::string etag;
  std::string last_modified;
  Millis first_seen = 0;
  uint16_t depth = 0;
  uint64_t simhash = 0;
  std::string referrer;
  uint16_t status = 0;  // of the answer that brought the body
  uint32_t links = 0;
  bool cloaked = false;
  bool unread = false;
  uint8_t same_views = 0;
  Digest text;
  Digest assets;
  std::string sketch;       // PageSketch as bytes: few readers of a URL want it
  std::string good_sketch;  // of the last good version before that one
  uint64_t sketch_run = 0;  // run that read the version `sketch` is of
  bool good = false;        // that version had no finding above hint
  std::vector<std::string> site_signals;
};

// What of a UrlState changes with every visit.
struct UrlVisit {
  uint64_t last_run = 0;
  Millis last_seen = 0;
  uint16_t status = 0;
  uint8_t gone = 0;
  uint64_t full_run =
      0;  // the run whose observation holds headers, title, ... of this body; 0 = none
};

// Without the sketch, which costs more to read than all the rest.
UrlState JoinState(const UrlFacts& facts, const UrlVisit& visit);

// An observation's own fields say three things of its exchange; they are written
// once. What is read counts for both.
void LeaveOutRepeated(Observation& seen);
void RestoreRepeated(Observation& seen);

struct SiteToken {
  uint64_t token = 0;      // of the last lease given
  uint64_t first_run = 0;  // of the first one
  bool finished = false;   // a run has finished with the site
};

struct SiteDoneMark {
  uint64_t token = 0;  // of the lease that finished the site
};

struct FindingPlace {
  std::string site;
  std::string url;
};

struct NoteValue {
  std::string value;
};

// The end of the audit chain: what the next entry is joined to.
struct ChainTail {
  uint64_t size = 0;  // entries
  Digest last;        // hash of the last
  Millis time = 0;    // of the last
  std::string peaks;  // MerkleEdge::peaks, 32 bytes each
};

// Bytes the store had on the disk when a run began.
struct StoreSize {
  uint64_t bytes = 0;
  Millis time = 0;
};

// What one purge tells the next.
struct PurgeMark {
  Millis time = 0;       // of the end of the last that ended
  uint64_t below = 0;    // of runs before this one records may have gone
  uint32_t touched = 0;  // families (1 << number) whose files may hold what went
  Millis routine = 0;    // the periods it went by
  Millis findings = 0;
  uint64_t judged_run =
      0;  // up to this run the clock was believed, by itself or on a person's word
};

// A body as the codec left it (codec.h).
struct PackedBlob {
  uint32_t codec = 0;
  uint64_t raw_bytes = 0;
  std::string data;
  Digest dictionary;   // it was packed with; empty: none
  Digest base;         // the body it is a difference to; empty: it is whole
  uint32_t depth = 0;  // at most so many differences to the next whole one
};

// What bodies of a site are packed with, and whether it still pays (learner.h).
struct SiteDictionary {
  Digest dictionary;          // empty: one was tried, and did not pay
  uint64_t promised = 0;      // bytes that a million bytes of bodies took when it was made
  uint64_t raw_bytes = 0;     // of whole bodies kept since
  uint64_t packed_bytes = 0;  // of the same
};

// Defined for every record: Site, Run, Observation, StoredFinding, Incident,
// Event, AuditEntry, Checkpoint, EvidenceExport, Hold, and the structs above.
template <class Record>
std::string EncodeRecord(const Record& record);
// kDamaged or kNewer; the text names the field, not yet the key.
template <class Record>
Result<Record> DecodeRecord(std::string_view payload);

// The same, of a value read from `family` at `key`: the error names them.
template <class Record>
Result<Record> DecodeStored(Family family, std::string_view key, std::string_view payload) {
  Result<Record> record = DecodeRecord<Record>(payload);
  if (record) return record;
  return UnreadableRecord(family, key, record.error());
}

// Source is a Database or a Batch.
template <class Record, class Source>
Result<std::optional<Record>> GetRecord(const Source& source, Family family, std::string_view key) {
  const Result<std::optional<std::string>> payload = source.Get(family, key);
  if (!payload) return payload.error();
  if (!payload->has_value()) return std::optional<Record>();
  Result<Record> record = DecodeStored<Record>(family, key, **payload);
  if (!record) return record.error();
  return std::optional<Record>(std::move(*record));
}

template <class Record>
void PutRecord(Batch& batch, Family family, std::string_view key, const Record& record) {
  batch.Put(family, key, EncodeRecord(record));
}

}  // namespace xuncha
