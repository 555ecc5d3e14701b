// SPDX-License-Identifier: Apache-2.0
#include "store/chain.h"

#include <fmt/format.h>

#include <bit>
#include <cstdlib>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

constexpr size_t kHashBytes = 32;

Error NotWhole(std::string_view why) {
  return UnreadableRecord(Family::kAudit, kTailKey, {Code::kDamaged, std::string(why)});
}

// A clock may drift or be slewed by a thousandth without anybody having set it.
bool IsStep(Millis moved, Millis elapsed) {
  return std::abs(moved) > limits::kClockStepMillisMin + elapsed / 1000;
}

Deed StepDeed(Millis moved, std::string_view against) {
  return {.kind = std::string(kClockStep),
          .what = fmt::format("时钟被调整 {:+} 毫秒（对照{}）", moved, against)};
}

}  // namespace

AuditChain::AuditChain(Database& database, const Clock& clock, std::string who)
    : database_(database),
      clock_(clock),
      who_(who.empty() ? "xuncha" : ToValidUtf8(who)),
      wall_(clock.Now()),
      monotonic_(clock.Monotonic()) {}

Result<AuditChain::Tail> AuditChain::TailOf(const Batch& batch) const {
  const auto stored = GetRecord<ChainTail>(batch, Family::kAudit, kTailKey);
  if (!stored) return stored.error();
  if (!*stored) {
    const auto last = database_.LastKey(Family::kAudit, "");
    if (!last) return last.error();
    if (*last) return NotWhole("there are entries, but the end of the chain is missing");
    return Tail{};
  }
  const ChainTail& record = **stored;
  const auto count = static_cast<size_t>(std::popcount(record.size));
  if (record.peaks.size() != count * kHashBytes)
    return NotWhole("the end of the chain does not fit its length");
  std::vector<Digest> peaks;
  for (size_t i = 0; i < count; ++i) {
    peaks.push_back(
        Digest::FromRaw(std::string_view(record.peaks).substr(i * kHashBytes, kHashBytes)));
  }
  return Tail{
      .edge = MerkleEdge(record.size, std::move(peaks)), .last = record.last, .time = record.time};
}

// Entries cut off behind our back must not be followed by new ones as if nothing
// had happened.
Status AuditChain::CheckTail(const Tail& tail) const {
  const Result<std::optional<std::string>> last = database_.LastKey(Family::kAudit, kEntryKeys);
  if (!last) return last.error();
  if (tail.edge.size() == 0) return Ok();
  const std::string key = EntryKey(tail.edge.size());
  if (!*last || **last != key) return NotWhole("the last entry is not the end of the chain");
  const Result<std::optional<AuditEntry>> entry = EntryAt(tail.edge.size());
  if (!entry) return entry.error();
  if (!*entry || HashOf(**entry) != tail.last)
    return NotWhole("the last entry is not the one the chain ended with");
  return Ok();
}

std::optional<Deed> AuditChain::ClockStep(const Tail& tail, Millis now) {
  const Millis monotonic = clock_.Monotonic();
  const Millis elapsed = monotonic - monotonic_;
  const Millis moved = (now - wall_) - elapsed;
  wall_ = now;
  monotonic_ = monotonic;
  if (IsStep(moved, elapsed)) return StepDeed(moved, "单调时钟");
  const Millis ahead = now - tail.time;
  if (tail.edge.size() > 0 && ahead < 0 && IsStep(ahead, 0)) return StepDeed(ahead, "前一条");
  return std::nullopt;
}

Status AuditChain::AppendTo(Batch& batch, Tail& tail, const Deed& deed, Millis now) {
  AuditEntry entry{.number = tail.edge.size() + 1,
                   .time = now,
                   .kind = ToValidUtf8(deed.kind),
                   .actor = deed.actor.empty() ? who_ : ToValidUtf8(deed.actor),
                   .what = ToValidUtf8(deed.what),
                   .previous = tail.last};
  for (const std::string& ref : deed.refs) entry.refs.push_back(ToValidUtf8(ref));
  const std::string bytes = EncodeEntry(entry);
  if (bytes.size() > limits::kAuditEntryBytesMax) {
    return Error{
        Code::kLimit,
        fmt::format("store: an entry of {} bytes is more than the {} the audit chain takes; "
                    "say it in fewer words, or in several steps",
                    bytes.size(), limits::kAuditEntryBytesMax)};
  }
  tail.last = LeafHash(bytes);
  tail.time = now;
  tail.edge.Add(tail.last);
  PutRecord(batch, Family::kAudit, EntryKey(entry.number), entry);
  ChainTail record{.size = tail.edge.size(), .last = tail.last, .time = tail.time};
  for (const Digest& peak : tail.edge.peaks()) record.peaks.append(peak.view());
  PutRecord(batch, Family::kAudit, kTailKey, record);
  return Ok();
}

Status AuditChain::Append(Batch& batch, const Deed& deed) {
  Result<Tail> tail = TailOf(batch);
  if (!tail) return tail.error();
  if (!checked_) {
    // What this batch has added already is not in the database yet.
    const Result<Tail> before = TailOf(Batch(database_));
    if (!before) return before.error();
    if (Status whole = CheckTail(*before); !whole) return whole;
    checked_ = true;
  }
  const Millis now = clock_.Now();
  if (const std::optional<Deed> step = ClockStep(*tail, now)) {
    if (Status told = AppendTo(batch, *tail, *step, now); !told) return told;
  }
  return AppendTo(batch, *tail, deed, now);
}

Status AuditChain::Record(const Deed& deed) {
  Batch batch(database_);
  if (Status appended = Append(batch, deed); !appended) return appended;
  return batch.Commit();
}

Result<uint64_t> AuditChain::Size() const {
  const Result<Tail> tail = TailOf(Batch(database_));
  if (!tail) return tail.error();
  return tail->edge.size();
}

Result<std::optional<AuditEntry>> AuditChain::EntryAt(uint64_t number) const {
  auto entry = GetRecord<AuditEntry>(database_, Family::kAudit, EntryKey(number));
  if (entry && *entry) (*entry)->number = number;
  return entry;
}

Status AuditChain::Each(uint64_t from, const std::function<bool(const AuditEntry&)>& visit) const {
  const std::string first = EntryKey(from);
  return database_.ScanFrom(
      Family::kAudit, kEntryKeys, first,
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        auto entry = DecodeStored<AuditEntry>(Family::kAudit, key, payload);
        if (!entry) return entry.error();
        const std::optional<uint64_t> number = NumberOfKey(key);
        if (!number) {
          return UnreadableRecord(Family::kAudit, key, {Code::kDamaged, "not the key of an entry"});
        }
        entry->number = *number;
        return visit(*entry);
      });
}

Status AuditChain::EachCheckpoint(const std::function<bool(const Checkpoint&)>& visit) const {
  return database_.Scan(Family::kAudit, kCheckpointKeys,
                        [&](std::string_view key, std::string_view payload) -> Result<bool> {
                          const auto found = DecodeStored<Checkpoint>(Family::kAudit, key, payload);
                          if (!found) return found.error();
                          return visit(*found);
                        });
}

Result<std::optional<Checkpoint>> AuditChain::LastCheckpoint() const {
  const Result<std::optional<std::string>> key = database_.LastKey(Family::kAudit, kCheckpointKeys);
  if (!key) return key.error();
  if (!*key) return std::optional<Checkpoint>();
  return GetRecord<Checkpoint>(database_, Family::kAudit, **key);
}

Result<Checkpoint> AuditChain::Sign(const SigningKey& key) {
  const Result<std::optional<Checkpoint>> last = LastCheckpoint();
  if (!last) return last.error();
  const Digest& id = key.public_key().id();
  Batch batch(database_);
  if (!*last || (*last)->key != id) {
    Deed deed{.kind = std::string(kKeyInUse),
              .what = "此后的检查点由这个密钥签署",
              .refs = {"key:" + id.hex()}};
    if (*last) deed.refs.push_back("was:" + (*last)->key.hex());
    if (Status appended = Append(batch, deed); !appended) return appended.error();
  }
  const Result<Tail> tail = TailOf(batch);
  if (!tail) return tail.error();
  if (*last && (*last)->size == tail->edge.size()) return **last;
  Result<Checkpoint> checkpoint =
      SignCheckpoint(tail->edge.size(), tail->edge.Root(), clock_.Now(), key);
  if (!checkpoint) return checkpoint.error();
  PutRecord(batch, Family::kAudit, CheckpointKey(checkpoint->size), *checkpoint);
  if (Status put = batch.Commit(); !put) return put.error();
  return checkpoint;
}

Status AuditChain::Stamp(uint64_t size, std::string_view reply, std::string_view what) {
  auto checkpoint = GetRecord<Checkpoint>(database_, Family::kAudit, CheckpointKey(size));
  if (!checkpoint) return checkpoint.error();
  if (!*checkpoint) {
    return Error{Code::kNotFound,
                 fmt::format("store: no checkpoint of {} entries; sign first", size)};
  }
  (*checkpoint)->timestamp = reply;
  Batch batch(database_);
  PutRecord(batch, Family::kAudit, CheckpointKey(size), **checkpoint);
  const Deed deed{.kind = std::string(kTimestamped),
                  .what = std::string(what),
                  .refs = {fmt::format("checkpoint:{}", size), "sha256:" + Sha256(reply).hex()}};
  if (Status appended = Append(batch, deed); !appended) return appended;
  return batch.Commit();
}

Result<std::vector<Digest>> AuditChain::Leaves() const {
  std::vector<Digest> leaves;
  const Status read = Each(1, [&](const AuditEntry& entry) {
    leaves.push_back(HashOf(entry));
    return true;
  });
  if (!read) return read.error();
  return leaves;
}

}  // namespace xuncha
