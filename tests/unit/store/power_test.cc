// Power cuts: the store runs on files that forget what was not synced. From a random
// operation on every write fails, as on a machine that has lost its power; then each
// file is cut back to what was synced and a random part of the rest, files whose
// directory was not synced vanish, and renames are undone. Nothing acknowledged may
// be lost, nothing torn, nothing held gone.
//
// SPDX-License-Identifier: Apache-2.0
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <map>
#include <mutex>
#include <random>

#include "store/rocks.h"
#include "tests/unit/store/crash_world.h"

namespace xuncha::testing_support {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// What the disk has of each file, and the operation at which the power goes.
class Power {
 public:
  void CutAt(uint64_t operation) {
    const std::lock_guard lock(mutex_);
    cut_at_ = operation;
    done_ = 0;
  }
  bool off() {
    const std::lock_guard lock(mutex_);
    return IsOff();
  }
  // Counts an operation that changes something.
  IOStatus Step() {
    const std::lock_guard lock(mutex_);
    ++done_;
    return IsOff() ? IOStatus::IOError("the power is off") : IOStatus::OK();
  }
  void Created(const std::string& name) {
    const std::lock_guard lock(mutex_);
    files_[name] = {.size = 0, .synced = 0, .in_directory = false};
  }
  void Wrote(const std::string& name, uint64_t size) {
    const std::lock_guard lock(mutex_);
    files_[name].size = size;
  }
  void Synced(const std::string& name) {
    const std::lock_guard lock(mutex_);
    files_[name].synced = files_[name].size;
  }
  void Removed(const std::string& name) {
    const std::lock_guard lock(mutex_);
    files_.erase(name);
  }
  void Renamed(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    Undo undo{.name = to};
    std::error_code error;
    if (std::filesystem::exists(to, error)) {
      std::ifstream file(to, std::ios::binary);
      undo.before = std::string((std::istreambuf_iterator<char>(file)), {});
    }
    undos_.push_back(std::move(undo));
    const auto found = files_.find(from);
    if (found == files_.end()) return;
    files_[to] = found->second;
    files_[to].in_directory = true;  // undone as a rename, if need be
    files_.erase(from);
  }
  void DirectorySynced(const std::string& directory) {
    const std::lock_guard lock(mutex_);
    for (auto& [name, file] : files_) {
      if (std::filesystem::path(name).parent_path() == directory) file.in_directory = true;
    }
    undos_.clear();
  }
  // After everybody let go of the files: the disk as it comes back.
  void ComeBack(std::mt19937& random) {
    for (const auto& [name, file] : files_) {
      std::error_code error;
      if (!std::filesystem::exists(name, error)) continue;
      if (!file.in_directory) {
        std::filesystem::remove(name, error);
      } else if (file.size > file.synced) {
        std::filesystem::resize_file(name, file.synced + random() % (file.size - file.synced + 1));
      }
    }
    for (auto undo = undos_.rbegin(); undo != undos_.rend(); ++undo) {
      std::error_code error;
      std::filesystem::remove(undo->name, error);
      if (undo->before) std::ofstream(undo->name, std::ios::binary) << *undo->before;
    }
    files_.clear();
    undos_.clear();
    cut_at_ = UINT64_MAX;
  }

 private:
  struct File {
    uint64_t size = 0, synced = 0;
    bool in_directory = true;
  };
  struct Undo {
    std::string name;
    std::optional<std::string> before;
  };
  bool IsOff() const { return done_ >= cut_at_; }

  std::mutex mutex_;
  uint64_t cut_at_ = UINT64_MAX, done_ = 0;
  std::map<std::string, File> files_;
  std::vector<Undo> undos_;
};

class PowerFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  PowerFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, Power& power)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), power_(power) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    IOStatus status = power_.Step();
    if (status.ok()) status = FSWritableFileOwnerWrapper::Append(data, options, debug);
    if (status.ok()) power_.Wrote(name_, size_ += data.size());
    return status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*info*/, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = power_.Step();
    if (status.ok()) status = FSWritableFileOwnerWrapper::Truncate(size, options, debug);
    if (status.ok()) power_.Wrote(name_, size_ = size);
    return status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return Settle(FSWritableFileOwnerWrapper::Flush(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Settle(FSWritableFileOwnerWrapper::Flush(options, debug));
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return power_.Step();  // promises nothing
  }

 private:
  IOStatus Settle(IOStatus status) {
    if (status.ok()) status = power_.Step();
    if (status.ok()) power_.Synced(name_);
    return status;
  }
  const std::string name_;
  Power& power_;
  uint64_t size_ = 0;
};

class PowerDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  PowerDirectory(std::unique_ptr<rocksdb::FSDirectory> directory, std::string name, Power& power)
      : FSDirectoryWrapper(std::move(directory)), name_(std::move(name)), power_(power) {}
  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    IOStatus status = power_.Step();
    if (status.ok()) power_.DirectorySynced(name_);
    return status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& /*how*/) override {
    return Fsync(options, debug);
  }

 private:
  const std::string name_;
  Power& power_;
};

class PowerFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit PowerFiles(Power& power)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), power_(power) {}
  const char* Name() const override { return "PowerFiles"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    IOStatus status = power_.Step();
    rocksdb::FileOptions plain = options;
    plain.use_direct_writes = false;
    plain.use_mmap_writes = false;
    if (status.ok()) status = target()->NewWritableFile(name, plain, file, debug);
    if (!status.ok()) return status;
    power_.Created(name);
    *file = std::make_unique<PowerFile>(std::move(*file), name, power_);
    return status;
  }
  IOStatus ReopenWritableFile(const std::string&, const rocksdb::FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("no file is written on");
  }
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("no file is used again");
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* debug) override {
    IOStatus status = target()->NewDirectory(name, options, directory, debug);
    if (status.ok())
      *directory = std::make_unique<PowerDirectory>(std::move(*directory), name, power_);
    return status;
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = power_.Step();
    if (status.ok()) status = target()->DeleteFile(name, options, debug);
    if (status.ok()) power_.Removed(name);
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = power_.Step();
    if (!status.ok()) return status;
    power_.Renamed(from, to);
    return target()->RenameFile(from, to, options, debug);
  }

 private:
  Power& power_;
};

TEST(PowerCut, LosesNothingAcknowledgedAndNothingHeld) {
  const TempDirectory place{QuickPlace()};
  Power power;
  const auto files = std::make_shared<PowerFiles>(power);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  const Disk disk{.env = env.get()};
  std::mt19937 random(20261123);
  Acknowledged acknowledged(place.path() + "/acknowledged");
  {  // a store there is; what making one does is RocksDB's
    CrashWorld world(place.path(), acknowledged);
    Must(world.Live(*Must(world.Open(nullptr)), 30));
  }
  const int cuts = Cuts(20, 200);
  for (int i = 0; i < cuts; ++i) {
    SCOPED_TRACE(i);
    CrashWorld world(place.path(), acknowledged);
    power.CutAt(1 + random() % 1500);
    {
      Result<std::unique_ptr<Store>> store = world.Open(&disk);
      if (store) {
        const Status lived = world.Live(**store, 1'000);
        EXPECT_FALSE(lived.ok()) << "the power went";
      }
    }
    ASSERT_TRUE(power.off());
    power.ComeBack(random);
    ASSERT_EQ(CrashWorld(place.path(), acknowledged).Check(nullptr), "");
  }
  EXPECT_EQ(CrashWorld(place.path(), acknowledged).CheckBackup(), "");
  std::map<std::string, int> did;
  for (const auto& line : acknowledged.Lines()) ++did[line.at(0)];
  for (const std::string_view what : {"page", "hold", "purge", "backup"})
    EXPECT_GT(did[std::string(what)], 0) << what;
}

// The files do forget: without a sync a commit would be gone.
TEST(PowerCut, FilesForgetWhatWasNotSynced) {
  const TempDirectory place{QuickPlace()};
  Power power;
  PowerFiles files(power);
  std::mt19937 random(1);
  std::unique_ptr<rocksdb::FSDirectory> directory;
  ASSERT_TRUE(files.NewDirectory(place.path(), {}, &directory, nullptr).ok());
  const auto write = [&](const std::string& name, std::string_view synced, std::string_view lost) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(files.NewWritableFile(place.path() + "/" + name, {}, &file, nullptr).ok());
    EXPECT_TRUE(file->Append(ToSlice(synced), IOOptions(), nullptr).ok());
    EXPECT_TRUE(file->Sync(IOOptions(), nullptr).ok());
    EXPECT_TRUE(file->Append(ToSlice(lost), IOOptions(), nullptr).ok());
    EXPECT_TRUE(file->Close(IOOptions(), nullptr).ok());
  };
  write("kept", "synced", std::string(1000, 'x'));
  ASSERT_TRUE(directory->Fsync(IOOptions(), nullptr).ok());
  write("new", "synced", "");
  power.CutAt(0);
  EXPECT_FALSE(power.Step().ok());
  power.ComeBack(random);
  EXPECT_GE(std::filesystem::file_size(place.path() + "/kept"), 6u);
  EXPECT_LT(std::filesystem::file_size(place.path() + "/kept"), 1006u);
  EXPECT_FALSE(std::filesystem::exists(place.path() + "/new"));
}

}  // namespace
}  // namespace xuncha::testing_support
