// Reading everything: what the checks and the figures ask of RocksDB.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "store/rocks.h"

namespace xuncha {
namespace {

// A check reads each byte once; it must not push out what is in use.
rocksdb::ReadOptions Passing() {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 2 << 20;
  return options;
}

}  // namespace

void Database::Sweep(Family family, const VisitAny& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      rep_->db->NewIterator(Passing(), rep_->Handle(family)));
  std::string last;
  bool any = false;
  const auto hand_over = [&] {
    const std::string_view key = ToView(at->key());
    return visit(key, OpenValue(family, key, ToView(at->value())));
  };
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    last = at->key().ToString();
    any = true;
    if (!hand_over()) return;
  }
  if (at->status().ok()) return;
  if (!visit("", rep_->Failed(at->status()))) return;
  for (at->SeekToLast(); at->Valid(); at->Prev()) {
    if (any && ToView(at->key()) <= last) return;
    if (!hand_over()) return;
  }
}

Status Database::EachKey(Family family, const VisitKey& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      rep_->db->NewIterator(Passing(), rep_->Handle(family)));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const Result<bool> more = visit(ToView(at->key()), at->value().size());
    if (!more) return more.error();
    if (!*more) return Ok();
  }
  if (!at->status().ok()) return rep_->Failed(at->status());
  return Ok();
}

Status Database::Forget(Family family) {
  // The log names all families, so it goes when all of them are in files.
  rocksdb::Status done = rep_->db->Flush(rocksdb::FlushOptions(), rep_->handles);
  rocksdb::CompactRangeOptions all;
  // The last level too, where a deletion has nothing below it to hide.
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  if (done.ok()) done = rep_->db->CompactRange(all, rep_->Handle(family), nullptr, nullptr);
  // Files that nothing refers to go when somebody has the time; here and now they must.
  if (done.ok()) done = rep_->db->DisableFileDeletions();
  if (done.ok()) done = rep_->db->EnableFileDeletions(/*force=*/false);
  return done.ok() ? Ok() : Status(rep_->Failed(done));
}

std::vector<Error> Database::CheckFiles() const {
  // A compaction of our own must not take away what is being read. (A reader cannot
  // ask for that, and need not: it compacts nothing.)
  const bool ours = rep_->db->DisableFileDeletions().ok();
  std::vector<Error> damaged = CheckListedFiles();
  if (ours) (void)rep_->db->EnableFileDeletions(/*force=*/false);
  return damaged;
}

std::vector<Error> Database::CheckListedFiles() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  rep_->db->GetLiveFilesMetaData(&files);
  std::vector<Error> damaged;
  for (const rocksdb::LiveFileMetaData& file : files) {
    rocksdb::SstFileReader reader((rocksdb::Options()));
    rocksdb::Status checked = reader.Open(file.db_path + file.name);
    if (checked.ok()) checked = reader.VerifyChecksum(Passing());
    if (checked.ok()) continue;
    damaged.push_back(
        {Code::kDamaged,
         fmt::format("db{} ({}, {} records from {} to {}): {}", file.name, file.column_family_name,
                     file.num_entries, ReadableKey(file.smallestkey), ReadableKey(file.largestkey),
                     checked.ToString())});
  }
  if (!damaged.empty()) return damaged;
  // Every block holds; the bytes between and behind blocks are in the file's own sum only.
  const rocksdb::Status whole = rep_->db->VerifyFileChecksums(Passing());
  if (!whole.ok()) damaged.push_back({Code::kDamaged, fmt::format("db: {}", whole.ToString())});
  return damaged;
}

uint64_t Database::FamilyBytes(Family family) const {
  rocksdb::ColumnFamilyMetaData facts;
  rep_->db->GetColumnFamilyMetaData(rep_->Handle(family), &facts);
  return facts.size + facts.blob_file_size;
}

uint64_t Database::LogBytes() const {
  rocksdb::VectorLogPtr logs;
  uint64_t bytes = 0;
  if (!rep_->db->GetSortedWalFiles(logs).ok()) return 0;
  for (const auto& log : logs) bytes += log->SizeFileBytes();
  return bytes;
}

uint64_t Database::KeysEstimated(Family family) const {
  uint64_t keys = 0;
  (void)rep_->db->GetIntProperty(rep_->Handle(family), rocksdb::DB::Properties::kEstimateNumKeys,
                                 &keys);
  return keys;
}

uint64_t Database::Sequence() const { return rep_->db->GetLatestSequenceNumber(); }

}  // namespace xuncha
