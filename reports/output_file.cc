// SPDX-License-Identifier: Apache-2.0
#include "reports/output_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/system_code.h"

namespace xuncha {

OutputFile::OutputFile(const std::string& path) : path_(path) {
  if (path == "-") {
    file_ = stdout;
    return;
  }
  temporary_ = path + ".part";
  file_ = std::fopen(temporary_.c_str(), "we");
}

OutputFile::~OutputFile() {
  if (file_ == nullptr || temporary_.empty()) return;
  std::fclose(file_);
  ::unlink(temporary_.c_str());
}

Status OutputFile::Ready() const { return file_ == nullptr ? Failed() : Ok(); }

void OutputFile::Put(std::string_view text) {
  if (file_ != nullptr) std::fwrite(text.data(), 1, text.size(), file_);
}

Status OutputFile::Finish() {
  if (file_ == nullptr) return Failed();
  bool written = std::fflush(file_) == 0 && std::ferror(file_) == 0;
  if (temporary_.empty()) return written ? Ok() : Failed();
  written = written && ::fsync(fileno(file_)) == 0;
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  if (!written || !closed || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const Status failed = Failed();
    ::unlink(temporary_.c_str());
    return failed;
  }
  return FlushFolderOf(path_);
}

Status OutputFile::Failed() const {
  return Error{CodeOfSystem(errno),
               fmt::format("{}：写不进去（{}）；请腾出空间或换一个位置", path_, SystemText(errno))};
}

}  // namespace xuncha
