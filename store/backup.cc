// SPDX-License-Identifier: Apache-2.0
#include "store/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "store/rocks.h"

namespace xuncha {
namespace {

constexpr std::string_view kMark = "xuncha backup\nformat 1\n";
constexpr std::string_view kMarkHead = "xuncha backup\nformat ";
constexpr std::string_view kFactsHead = "xuncha backup facts 1";

std::string MarkPath(const std::string& directory) { return directory + "/FORMAT"; }

Error Failed(const rocksdb::Status& status, const std::string& directory) {
  if (status.IsCorruption()) {
    return {Code::kDamaged,
            fmt::format("backup {}: damaged: {}; nothing was changed; use another backup",
                        directory, status.ToString())};
  }
  if (status.IsNotFound()) {
    return {Code::kNotFound, fmt::format("backup {}: {}; list the backups and name one of them",
                                         directory, status.ToString())};
  }
  return {Code::kSystem,
          fmt::format("backup {}: {}; {}", directory, status.ToString(),
                      status.IsNoSpace() ? "the disk is full: free space and back up again"
                                         : "check the disk and the rights on the directory")};
}

rocksdb::BackupEngineOptions OptionsOf(const std::string& directory, rocksdb::Logger* log) {
  rocksdb::BackupEngineOptions options(directory + "/engine");
  options.info_log = log;
  options.sync = true;
  options.max_background_operations = 1;  // the disk is the bound, and the crawl needs the rest
  return options;
}

// ---- what is noted of a backup -----------------------------------------------

std::string FactsText(const BackupFacts& facts) {
  return fmt::format("{}\nstore {}\nentries {}\nroot {}\nsequence {}\n", kFactsHead, kFormat,
                     facts.entries, facts.root.hex(), facts.sequence);
}

bool ReadNumber(std::string_view line, std::string_view name, uint64_t* into) {
  if (!line.starts_with(name) || line.size() == name.size()) return false;
  const auto [end, error] =
      std::from_chars(line.data() + name.size(), line.data() + line.size(), *into);
  return error == std::errc() && end == line.data() + line.size();
}

Result<BackupFacts> FactsOf(const rocksdb::BackupInfo& info, const std::string& directory) {
  BackupFacts facts{.id = info.backup_id, .time = info.timestamp * 1000, .bytes = info.size};
  const std::vector<std::string_view> lines = Split(info.app_metadata, '\n');
  uint64_t store = 0;
  const bool read = lines.size() == 6 && lines[0] == kFactsHead &&
                    ReadNumber(lines[1], "store ", &store) &&
                    ReadNumber(lines[2], "entries ", &facts.entries) &&
                    ReadNumber(lines[4], "sequence ", &facts.sequence);
  if (read && store > kFormat) {
    return Error{
        Code::kNewer,
        fmt::format("backup {}: backup {} was made by a newer xuncha (store format {}, this "
                    "program reads up to {}); upgrade this program",
                    directory, facts.id, store, kFormat)};
  }
  // What else stands in the line shows below, where the whole is compared.
  const std::string_view hex = read ? lines[3].substr(std::min<size_t>(5, lines[3].size())) : "";
  facts.root = Digest::FromHex(hex).value_or(Digest{});
  if (FactsText(facts) != info.app_metadata) {
    return Error{Code::kDamaged,
                 fmt::format("backup {}: what is noted of backup {} cannot be read; "
                             "use another backup",
                             directory, facts.id)};
  }
  return facts;
}

// ---- the directory ---------------------------------------------------------------

Status CheckMark(const std::string& directory) {
  const Result<std::string> mark = ReadFile(MarkPath(directory), 4096);
  if (mark && *mark == kMark) return Ok();
  if (mark && mark->starts_with(kMarkHead)) {
    return Error{Code::kNewer, fmt::format("backup {}: written by a newer xuncha; upgrade this "
                                           "program",
                                           directory)};
  }
  if (!mark && (mark.error().code == Code::kSystem || mark.error().code == Code::kDenied))
    return mark.error();
  return Error{Code::kInvalid, fmt::format("{}: no directory of backups (no file FORMAT that says "
                                           "so); name the one backups were made to",
                                           directory)};
}

bool IsAbsentOrEmpty(const std::string& directory) {
  std::error_code error;
  return !std::filesystem::exists(directory, error) ||
         (std::filesystem::is_directory(directory, error) &&
          std::filesystem::is_empty(directory, error));
}

Status Prepare(const std::string& directory) {
  if (!IsAbsentOrEmpty(directory)) return CheckMark(directory);
  if (Status made = MakeDirectories(directory); !made) return made;
  return WriteFileAtomically(MarkPath(directory), kMark);
}

class Reader {
 public:
  static Result<std::unique_ptr<Reader>> Open(const std::string& directory) {
    if (Status marked = CheckMark(directory); !marked) return marked.error();
    auto reader = std::make_unique<Reader>();
    reader->directory_ = directory;
    rocksdb::BackupEngineReadOnly* engine = nullptr;
    const rocksdb::Status opened = rocksdb::BackupEngineReadOnly::Open(
        OptionsOf(directory, &reader->log_), rocksdb::Env::Default(), &engine);
    reader->engine_.reset(engine);
    if (!opened.ok()) return Failed(opened, directory);
    return reader;
  }

  Result<std::vector<BackupFacts>> List() const {
    std::vector<rocksdb::BackupInfo> infos;
    engine_->GetBackupInfo(&infos);
    std::vector<BackupFacts> backups;
    for (const rocksdb::BackupInfo& info : infos) {
      const Result<BackupFacts> facts = FactsOf(info, directory_);
      if (!facts) return facts.error();
      backups.push_back(*facts);
    }
    if (backups.empty()) {
      return Error{Code::kNotFound,
                   fmt::format("backup {}: there is no whole backup here; make one "
                               "first, or name another directory",
                               directory_)};
    }
    return backups;
  }

  rocksdb::BackupEngineReadOnly& engine() const { return *engine_; }

 private:
  std::string directory_;
  SilentLog log_;
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine_;
};

}  // namespace

Result<BackupFacts> Database::Backup(const std::string& directory, const BackupFacts& noted,
                                     uint32_t keep) {
  if (Status prepared = Prepare(directory); !prepared) return prepared.error();
  SilentLog log;
  rocksdb::BackupEngine* opened_engine = nullptr;
  const rocksdb::Status opened = rocksdb::BackupEngine::Open(
      OptionsOf(directory, &log), rocksdb::Env::Default(), &opened_engine);
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened_engine);
  if (!opened.ok()) return Failed(opened, directory);
  BackupFacts facts = noted;
  facts.sequence = Sequence();
  rocksdb::CreateBackupOptions create;
  create.flush_before_backup = true;
  rocksdb::BackupID id = 0;
  const rocksdb::Status made =
      engine->CreateNewBackupWithMetadata(create, rep_->db.get(), FactsText(facts), &id);
  if (!made.ok()) return Failed(made, directory);
  const rocksdb::Status whole = engine->VerifyBackup(id, /*verify_with_checksum=*/true);
  if (!whole.ok()) return Failed(whole, directory);
  // Old ones go only when the new one is known to be good.
  const rocksdb::Status purged = engine->PurgeOldBackups(keep);
  if (!purged.ok()) return Failed(purged, directory);
  rocksdb::BackupInfo info;
  const rocksdb::Status found = engine->GetBackupInfo(id, &info);
  if (!found.ok()) return Failed(found, directory);
  return FactsOf(info, directory);
}

Result<std::vector<BackupFacts>> ListBackups(const std::string& directory) {
  const Result<std::unique_ptr<Reader>> reader = Reader::Open(directory);
  if (!reader) return reader.error();
  return (*reader)->List();
}

Result<BackupFacts> UnpackBackup(const std::string& directory, uint32_t id,
                                 const std::string& into) {
  const Result<std::unique_ptr<Reader>> reader = Reader::Open(directory);
  if (!reader) return reader.error();
  const Result<std::vector<BackupFacts>> backups = (*reader)->List();
  if (!backups) return backups.error();
  const auto wanted = id == 0 ? backups->end() - 1
                              : std::find_if(backups->begin(), backups->end(),
                                             [id](const BackupFacts& b) { return b.id == id; });
  if (wanted == backups->end()) {
    return Error{Code::kNotFound,
                 fmt::format("backup {}: no backup {}; there are {} to {}", directory, id,
                             backups->front().id, backups->back().id)};
  }
  const rocksdb::BackupEngineReadOnly& engine = (*reader)->engine();
  const rocksdb::Status whole = engine.VerifyBackup(wanted->id, /*verify_with_checksum=*/true);
  if (!whole.ok()) return Failed(whole, directory);
  if (Status made = MakeDirectories(into); !made) return made.error();
  const std::string path = into + "/db";
  const rocksdb::Status restored = engine.RestoreDBFromBackup(wanted->id, path, path);
  if (!restored.ok()) return Failed(restored, directory);
  if (Status marked = WriteFormat(into); !marked) return marked.error();
  return *wanted;
}

}  // namespace xuncha
