// SPDX-License-Identifier: Apache-2.0
#include "store/restore.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "store/store.h"

namespace xuncha {
namespace {

// Removes what was begun, unless it is finished.
class Partial {
 public:
  explicit Partial(std::string path) : path_(std::move(path)) {}
  ~Partial() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;
  const std::string& path() const { return path_; }
  void Keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

Result<StoreReport> Verify(const std::string& directory, const BackupFacts& backup,
                           const CheckOptions& options) {
  const auto store = Store::Open({.directory = directory, .read_only = true});
  if (!store) return store.error();
  if ((*store)->Sequence() != backup.sequence) {
    return Error{
        Code::kDamaged,
        fmt::format("backup {}: the restored store ends at change {}, the backup noted {}; "
                    "use another backup",
                    backup.id, (*store)->Sequence(), backup.sequence)};
  }
  const Result<std::vector<Digest>> leaves = (*store)->audit().Leaves();
  if (!leaves) return leaves.error();
  if (leaves->size() != backup.entries || MerkleRoot(*leaves) != backup.root) {
    return Error{Code::kDamaged, fmt::format("backup {}: its audit chain is not the one that was "
                                             "backed up; use another backup",
                                             backup.id)};
  }
  Result<StoreReport> report = (*store)->Check(options);
  if (report && !report->whole()) {
    const std::string first = report->faults.empty()
                                  ? std::string(ChainFaultText(report->chain.problems[0].fault))
                                  : report->faults[0].text;
    return Error{Code::kDamaged,
                 fmt::format("backup {}: {} records do not hold, the first: {}; use another backup",
                             backup.id, report->damaged + report->chain.problem_count, first)};
  }
  return report;
}

}  // namespace

Result<Restored> RestoreStore(const RestoreOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(options.to, error) && !std::filesystem::is_empty(options.to, error)) {
    return Error{Code::kConflict,
                 fmt::format("{}: not empty; restore to a new directory, nothing is "
                             "ever restored over a store",
                             options.to)};
  }
  Partial partial(options.to + ".partial-" + Hex(RandomBytes(4)));
  const Result<BackupFacts> backup = UnpackBackup(options.from, options.id, partial.path());
  if (!backup) return backup.error();
  Result<StoreReport> report = Verify(partial.path(), *backup, options.check);
  if (!report) return report.error();
  {
    const auto store = Store::Open({.directory = partial.path(), .who = options.who});
    if (!store) return store.error();
    const Deed deed{.kind = "restore",
                    .what = fmt::format("从 {} 的第 {} 号备份恢复", options.from, backup->id),
                    .refs = {fmt::format("backup:{}", backup->id), "root:" + backup->root.hex()}};
    if (Status told = (*store)->audit().Record(deed); !told) return told.error();
  }
  std::filesystem::rename(partial.path(), options.to, error);
  if (error) {
    return Error{Code::kSystem, fmt::format("{}: the restored store cannot get its name: {}; check "
                                            "the rights on the directory above",
                                            options.to, error.message())};
  }
  partial.Keep();
  return Restored{*backup, std::move(*report)};
}

}  // namespace xuncha
