// Files: see files.h.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/digest.h"
#include "base/system_code.h"

namespace xuncha {
namespace {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return value_; }
  bool open() const { return value_ >= 0; }
  // False if the kernel reports a late write error.
  bool Close() {
    const int value = value_;
    value_ = -1;
    return value < 0 || ::close(value) == 0;
  }

 private:
  int value_;
};

Error SystemError(const std::string& path, std::string_view did, int number) {
  std::string_view cure = "请检查路径与权限";
  if (number == ENOSPC || number == EDQUOT) cure = "请腾出空间";
  if (number == EACCES || number == EPERM) cure = "请检查谁可以使用它";
  return {CodeOfSystem(number),
          fmt::format("{}：{}（{}）；{}", path, did, SystemText(number), cure)};
}

bool WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  // O_NONBLOCK so that a named pipe cannot hold the program before it is refused.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return SystemError(path, "打不开", errno);
  struct stat facts;
  if (::fstat(file.get(), &facts) != 0) return SystemError(path, "不能查看", errno);
  if (!S_ISREG(facts.st_mode)) {
    return Error{Code::kInvalid, fmt::format("{}：不是普通文件；请写一个文件", path)};
  }
  const auto too_large = [&] {
    return Error{Code::kLimit,
                 fmt::format("{}：超过 {} 字节；请拆开，或删去不需要的", path, bytes_max)};
  };
  if (static_cast<uint64_t>(facts.st_size) > bytes_max) return too_large();
  std::string bytes;
  bytes.resize(static_cast<size_t>(facts.st_size));
  size_t size = 0;
  while (true) {
    // The file may have grown since it was measured.
    if (size == bytes.size()) bytes.resize(std::min(size + size / 2 + 4096, bytes_max + 1));
    const ssize_t count = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path, "读不出", errno);
    if (count == 0) break;
    size += static_cast<size_t>(count);
    if (size > bytes_max) return too_large();
  }
  bytes.resize(size);
  return bytes;
}

Status WriteFileAtomically(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".new-" + Hex(RandomBytes(8));
  const auto failed = [&](std::string_view did) -> Status {
    const int number = errno;
    ::unlink(temporary.c_str());
    return SystemError(path, did, number);
  };
  {
    // Mode 0666 leaves the choice to the umask, as for any file the user makes.
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file.open()) return SystemError(path, "不能建立", errno);
    struct stat old;
    if (::stat(path.c_str(), &old) == 0 && ::fchmod(file.get(), old.st_mode & 07777) != 0) {
      return failed("不能保持原来的权限");
    }
    if (!WriteAll(file.get(), bytes) || ::fsync(file.get()) != 0) return failed("写不进去");
    if (!file.Close()) return failed("写不进去");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("不能替换");
  return FlushFolderOf(path);
}

Status FlushFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open() || ::fsync(directory.get()) != 0) {
    return SystemError(folder, "不能写到磁盘上", errno);
  }
  return Ok();
}

Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (!error) return Ok();
  return Error{CodeOfSystem(error.value()), fmt::format("{}：不能建立目录（{}）；请检查路径与权限",
                                                        path, SystemText(error.value()))};
}

bool FileExists(const std::string& path) {
  struct stat facts;
  return ::stat(path.c_str(), &facts) == 0;
}

Result<std::vector<std::string>> ListFiles(const std::string& path) {
  namespace fs = std::filesystem;
  const auto failed = [&](const std::error_code& error) {
    return Error{CodeOfSystem(error.value()), fmt::format("{}：不能列出（{}）；请检查路径与权限",
                                                          path, SystemText(error.value()))};
  };
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator entry(path, error);
  if (error) return failed(error);
  const std::string root = fs::path(path).string();
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (error) return failed(error);
    const fs::file_status status = entry->symlink_status(error);
    if (error) return failed(error);
    if (!fs::is_regular_file(status)) continue;
    const std::string full = entry->path().string();
    size_t from = root.size();
    while (from < full.size() && full[from] == '/') ++from;
    names.push_back(full.substr(from));
  }
  if (error) return failed(error);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace xuncha
