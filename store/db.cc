// Opening, reading and writing by RocksDB (7.8.3; rocks.h). Options that its history advises
// against stay off: track_and_verify_wals_in_manifest, wal_compression,
// async_io, a disabled log, blob files (which would not use our codec's
// knowledge and grow without bound when few values die).
//
// SPDX-License-Identifier: Apache-2.0
#include "store/db.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <vector>

#include "base/files.h"
#include "base/limits.h"
#include "store/crc32c.h"
#include "store/rocks.h"

namespace xuncha {
namespace {

constexpr std::string_view kFormatFile = "FORMAT";
constexpr std::string_view kFormatHead = "xuncha store\nformat ";

// The format of one value: the first byte of its envelope.
constexpr uint8_t kValueFormat = 1;
constexpr size_t kEnvelopeBytes = 5;

constexpr std::array<std::string_view, kFamilies> kNames = {
    "sites",    "urls",     "observations", "blobs",        "findings", "incidents",
    "events",   "audit",    "meta",         "dictionaries", "holds",    "exports",
    "accounts", "casework", "deliveries",   "index"};

size_t IndexOf(Family family) { return static_cast<size_t>(family) - 1; }

// A tail of the log that a power cut tore cannot be told from damage to it.
constexpr std::string_view kOpenAdvice =
    "未作任何改动；如果使用中曾断电，xuncha store recover 回到最后一次完整的提交；否则请从备份恢复";

constexpr std::string_view kRestoreAdvice =
    "未作任何改动；请从备份恢复，或先把数据另存一份再作处理";

// ---- the FORMAT file ----------------------------------------------------------

Error NotAStore(const std::string& directory, std::string_view why) {
  return {Code::kDamaged, fmt::format("数据 {}：{}；{}", directory, why, kRestoreAdvice)};
}

// Ok if this program may open the store.
Status CheckFormat(const std::string& directory) {
  const Result<std::string> file = ReadFile(fmt::format("{}/{}", directory, kFormatFile), 4096);
  if (!file) return file.error();
  const std::string_view text = *file;
  uint32_t format = 0;
  if (text.substr(0, kFormatHead.size()) == kFormatHead) {
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + kFormatHead.size(), end, format);
    if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != '\n') format = 0;
  }
  if (format == 0) return NotAStore(directory, "文件 FORMAT 没有写明格式");
  if (format > kFormat) {
    return Error{
        Code::kNewer,
        fmt::format(
            "数据 {}：由更新版本的 xuncha 写入（格式 {}，本程序最高读到 {}）；请升级本程序，"
            "或恢复升级之前的备份",
            directory, format, kFormat)};
  }
  return Ok();
}

bool HoldsDatabase(const std::string& directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/db", error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("MANIFEST-") || name.ends_with(".sst") || name == "CURRENT") return true;
  }
  return false;
}

// Ok if the directory holds a store this program may open, or a new one may be
// made there; then the FORMAT file stands already.
Status Prepare(const Database::Options& options) {
  const std::string& directory = options.directory;
  const bool marked = FileExists(fmt::format("{}/{}", directory, kFormatFile));
  if (!marked && HoldsDatabase(directory)) {
    return NotAStore(directory, "有数据库文件，却没有文件 FORMAT");
  }
  if (marked) {
    if (Status status = CheckFormat(directory); !status) return status;
    const bool current = FileExists(directory + "/db/CURRENT");
    if (!current && HoldsDatabase(directory)) return NotAStore(directory, "缺少文件 db/CURRENT");
    if (current || (options.create && !options.read_only)) return Ok();
    // Its creation was cut off before anything was in it.
  }
  if (!options.create || options.read_only) {
    return Error{Code::kNotFound,
                 fmt::format("{}：这里没有数据；请指明数据目录，或先导入登记表", directory)};
  }
  if (Status made = MakeDirectories(directory); !made) return made;
  return WriteFormat(directory);
}

// ---- options ------------------------------------------------------------------

struct Tuning {
  rocksdb::DBOptions db;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
};

// Write buffers are charged to the block cache, so `memory` bounds both.
Tuning Tune(const Database::Options& options) {
  // Few shards, so that a write buffer's share of one leaves room for the index of a
  // large file: beside writing, a list of fifty incidents among 200 000 findings took 7 ms
  // instead of 92. Of a store at rest it makes no difference.
  constexpr int kCacheShardBits = 2;
  const std::shared_ptr<rocksdb::Cache> cache =
      rocksdb::NewLRUCache(options.memory, kCacheShardBits);
  Tuning tuning;
  rocksdb::DBOptions& db = tuning.db;
  db.create_if_missing = options.create && !options.read_only;
  db.create_missing_column_families = db.create_if_missing;
  if (options.disk != nullptr) db.env = options.disk->env;
  db.paranoid_checks = true;
  // An incomplete batch at the end of the log was never acknowledged and is
  // dropped in both modes; at any other damage the first stops, where RocksDB's
  // default, the second, goes on without the batches behind it.
  db.wal_recovery_mode = options.recovery == Recovery::kRefuse
                             ? rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords
                             : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(options.memory / 2, cache);
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  db.max_total_wal_size = 64 << 20;  // so that a start replays seconds, not minutes
  db.max_background_jobs = 2;        // one flush, one compaction: the crawl needs the processors
  db.max_open_files = 256;
  db.max_log_file_size = 1 << 20;
  db.keep_log_file_num = 2;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  if (options.read_only) {
    db.info_log = std::make_shared<SilentLog>();
    // Hold every file open, so that a writer's compaction cannot take one away.
    db.max_open_files = -1;
  }

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.block_size = 16 << 10;
  table.format_version = 5;
  // Most new links and bodies are not there: ten bits a key answer that
  // without reading.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

  rocksdb::ColumnFamilyOptions common;
  common.write_buffer_size = std::max<size_t>(options.memory / 8, 1 << 20);
  common.compression = rocksdb::kLZ4Compression;
  common.bottommost_compression = rocksdb::kZSTD;
  common.level_compaction_dynamic_level_bytes = true;
  common.force_consistency_checks = true;
  common.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  // Bodies come compressed by our codec.
  rocksdb::ColumnFamilyOptions packed = common;
  packed.compression = rocksdb::kNoCompression;
  packed.bottommost_compression = rocksdb::kDisableCompressionOption;

  // RocksDB insists on its own default family; nothing is kept there.
  tuning.families.emplace_back(rocksdb::kDefaultColumnFamilyName, common);
  for (const std::string_view name : kNames) {
    const bool is_packed = name == FamilyName(Family::kBlobs);
    tuning.families.emplace_back(std::string(name), is_packed ? packed : common);
  }
  return tuning;
}

}  // namespace

std::string ReadableKey(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c > ' ' && c < 0x7f && c != '\\') {
      out.push_back(c);
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Error FromRocks(const rocksdb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  if (status.IsCorruption()) {
    return {Code::kDamaged, fmt::format("数据 {} 已损坏：{}；{}", directory, text, kRestoreAdvice)};
  }
  if (status.IsNoSpace()) {
    return {Code::kSystem,
            fmt::format("数据 {}：磁盘已满（{}）；已确认写入的没有丢失，请腾出空间后重新运行",
                        directory, text)};
  }
  return {Code::kSystem,
          fmt::format("数据 {}：{}；请检查磁盘和目录权限，然后重新运行", directory, text)};
}

std::string_view FamilyName(Family family) { return kNames[IndexOf(family)]; }

Error UnreadableRecord(Family family, std::string_view key, const Error& why) {
  const std::string_view advice =
      why.code == Code::kNewer ? "请升级本程序，或恢复升级之前的备份" : kRestoreAdvice;
  return {why.code, fmt::format("store: {}: {}: {}; {}", FamilyName(family), ReadableKey(key),
                                why.text, advice)};
}

Status WriteFormat(const std::string& directory) {
  return WriteFileAtomically(fmt::format("{}/{}", directory, kFormatFile),
                             fmt::format("{}{}\n", kFormatHead, kFormat));
}

// ---- the envelope -----------------------------------------------------------

std::string SealValue(Family family, std::string_view key, std::string_view payload) {
  const char head[] = {static_cast<char>(kValueFormat), static_cast<char>(family)};
  const uint32_t crc = Crc32c({{head, sizeof head}, key, payload});
  std::string value;
  value.reserve(kEnvelopeBytes + payload.size());
  value.push_back(static_cast<char>(kValueFormat));
  for (int shift = 0; shift < 32; shift += 8) value.push_back(static_cast<char>(crc >> shift));
  value.append(payload);
  return value;
}

Result<std::string_view> OpenValue(Family family, std::string_view key, std::string_view value) {
  const auto refuse = [&](Code code, std::string text) {
    return UnreadableRecord(family, key, {code, std::move(text)});
  };
  if (value.size() < kEnvelopeBytes) return refuse(Code::kDamaged, "内容不全");
  uint32_t stored = 0;
  for (int i = 0; i < 4; ++i) {
    stored |= uint32_t{static_cast<unsigned char>(value[1 + i])} << (8 * i);
  }
  const std::string_view payload = value.substr(kEnvelopeBytes);
  const char head[] = {value[0], static_cast<char>(family)};
  // The checksum is judged first, or a flipped bit in the format byte would pass
  // for a newer format.
  if (Crc32c({{head, sizeof head}, key, payload}) != stored) {
    return refuse(Code::kDamaged, "校验和不符");
  }
  const auto format = static_cast<unsigned char>(value[0]);
  if (format > kValueFormat) {
    return refuse(Code::kNewer,
                  fmt::format("由更新版本的 xuncha 写入（记录格式 {}，本程序最高读到 {}）", format,
                              kValueFormat));
  }
  if (format != kValueFormat) return refuse(Code::kDamaged, "没有格式标记");
  return payload;
}

// ---- the database -----------------------------------------------------------

Database::Rep::~Rep() {
  if (!db) return;
  // A store at rest has an empty log. What stands in a log can pass for a tail
  // torn by a crash if its last lengths are damaged; table files cannot. If
  // this fails the log still has everything.
  if (!read_only) (void)db->Flush(rocksdb::FlushOptions(), handles);
  for (rocksdb::ColumnFamilyHandle* handle : handles) (void)db->DestroyColumnFamilyHandle(handle);
  (void)db->Close();
}

rocksdb::ColumnFamilyHandle* Database::Rep::Handle(Family family) const {
  return handles[IndexOf(family) + 1];
}

Error Database::Rep::Failed(const rocksdb::Status& status) const {
  return FromRocks(status, directory);
}

Database::Database(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(const Options& options) {
  if (Status prepared = Prepare(options); !prepared) return prepared.error();
  const Tuning tuning = Tune(options);
  auto rep = std::make_unique<Rep>();
  rep->directory = options.directory;
  rep->read_only = options.read_only;
  const std::string path = options.directory + "/db";
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(tuning.db, path, tuning.families, &rep->handles, &db)
          : rocksdb::DB::Open(tuning.db, path, tuning.families, &rep->handles, &db);
  rep->db.reset(db);
  if (opened.ok()) return std::make_unique<Database>(std::move(rep));
  // RocksDB has no code of its own for a held lock; its text names the file.
  if (opened.IsIOError() && opened.ToString().find("/LOCK: ") != std::string::npos) {
    return Error{
        Code::kConflict,
        fmt::format("数据 {}：另一个 xuncha 正在写入；请等它结束，或先停止它。查看类命令不受影响",
                    options.directory)};
  }
  // A missing or unknown column family: not what format 1 looks like.
  if (opened.IsInvalidArgument()) return NotAStore(options.directory, opened.ToString());
  if (opened.IsCorruption()) {
    return Error{Code::kDamaged, fmt::format("数据 {} 已损坏：{}；{}", options.directory,
                                             opened.ToString(), kOpenAdvice)};
  }
  return FromRocks(opened, options.directory);
}

Result<std::optional<std::string>> Database::Get(Family family, std::string_view key) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status got =
      rep_->db->Get(rocksdb::ReadOptions(), rep_->Handle(family), ToSlice(key), &value);
  if (got.IsNotFound()) return std::optional<std::string>();
  if (!got.ok()) return rep_->Failed(got);
  const Result<std::string_view> payload = OpenValue(family, key, ToView(value));
  if (!payload) return payload.error();
  return std::optional<std::string>(*payload);
}

Result<bool> Database::Has(Family family, std::string_view key) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status got =
      rep_->db->Get(rocksdb::ReadOptions(), rep_->Handle(family), ToSlice(key), &value);
  if (got.IsNotFound()) return false;
  if (!got.ok()) return rep_->Failed(got);
  return true;
}

Status Database::Scan(Family family, std::string_view prefix, const Visit& visit) const {
  return ScanFrom(family, prefix, prefix, visit);
}

Status Database::ScanFrom(Family family, std::string_view prefix, std::string_view from,
                          const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      rep_->db->NewIterator(rocksdb::ReadOptions(), rep_->Handle(family)));
  for (at->Seek(ToSlice(from)); at->Valid(); at->Next()) {
    const std::string_view key = ToView(at->key());
    if (!key.starts_with(prefix)) break;
    const Result<std::string_view> payload = OpenValue(family, key, ToView(at->value()));
    if (!payload) return payload.error();
    const Result<bool> more = visit(key, *payload);
    if (!more) return more.error();
    if (!*more) return Ok();
  }
  if (!at->status().ok()) return rep_->Failed(at->status());
  return Ok();
}

namespace {

// The first key behind all that begin with the prefix; empty: there is none.
std::string EndOf(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
  return end;
}

// At the last key before `end`; at the last of all if it is empty.
void SeekBefore(rocksdb::Iterator& at, const std::string& end) {
  if (end.empty()) return at.SeekToLast();
  at.SeekForPrev(end);
  if (at.Valid() && ToView(at.key()) == end) at.Prev();
}

}  // namespace

Status Database::ScanBack(Family family, std::string_view prefix, std::string_view from,
                          const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      rep_->db->NewIterator(rocksdb::ReadOptions(), rep_->Handle(family)));
  for (SeekBefore(*at, from.empty() ? EndOf(prefix) : std::string(from)); at->Valid(); at->Prev()) {
    const std::string_view key = ToView(at->key());
    if (!key.starts_with(prefix)) break;
    const Result<std::string_view> payload = OpenValue(family, key, ToView(at->value()));
    if (!payload) return payload.error();
    const Result<bool> more = visit(key, *payload);
    if (!more) return more.error();
    if (!*more) return Ok();
  }
  if (!at->status().ok()) return rep_->Failed(at->status());
  return Ok();
}

Result<std::optional<std::string>> Database::LastKey(Family family, std::string_view prefix) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      rep_->db->NewIterator(rocksdb::ReadOptions(), rep_->Handle(family)));
  SeekBefore(*at, EndOf(prefix));
  if (!at->status().ok()) return rep_->Failed(at->status());
  if (!at->Valid() || !ToView(at->key()).starts_with(prefix)) return std::optional<std::string>();
  return std::optional<std::string>(ToView(at->key()));
}

// ---- batches ------------------------------------------------------------------

void Batch::Put(Family family, std::string_view key, std::string payload) {
  changes_[{family, std::string(key)}] = std::move(payload);
}

void Batch::Delete(Family family, std::string_view key) {
  changes_[{family, std::string(key)}] = std::nullopt;
}

Result<std::optional<std::string>> Batch::Get(Family family, std::string_view key) const {
  const auto found = changes_.find({family, std::string(key)});
  if (found != changes_.end()) return found->second;
  return database_.Get(family, key);
}

Result<bool> Batch::Has(Family family, std::string_view key) const {
  const auto found = changes_.find({family, std::string(key)});
  if (found != changes_.end()) return found->second.has_value();
  return database_.Has(family, key);
}

Status Batch::Commit() {
  const Database::Rep& rep = *database_.rep_;
  if (rep.read_only) {
    return Error{Code::kDenied, fmt::format("数据 {}：以只读方式打开，不能写入", rep.directory)};
  }
  if (changes_.empty()) return Ok();
  rocksdb::WriteBatch writes;
  for (const auto& [place, payload] : changes_) {
    const auto& [family, key] = place;
    const rocksdb::Status added =
        payload ? writes.Put(rep.Handle(family), key, SealValue(family, key, *payload))
                : writes.Delete(rep.Handle(family), key);
    if (!added.ok()) return rep.Failed(added);
  }
  changes_.clear();
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status written = rep.db->Write(synced, &writes);
  if (!written.ok()) return rep.Failed(written);
  return Ok();
}

Result<std::set<std::string>> SitesIn(const Database& database, Family family) {
  std::set<std::string> sites;
  std::string from;
  for (bool more = true; more;) {
    more = false;
    const Status scanned = database.ScanFrom(
        family, "", from, [&](std::string_view key, std::string_view) -> Result<bool> {
          const std::string_view site = key.substr(0, key.find('\0'));
          if (site.size() == key.size())
            return UnreadableRecord(family, key, {Code::kDamaged, "is no key of this family"});
          sites.emplace(site);
          from = std::string(site) + '\1';  // behind all of its keys
          more = true;
          return false;
        });
    if (!scanned) return scanned.error();
  }
  return sites;
}

}  // namespace xuncha
