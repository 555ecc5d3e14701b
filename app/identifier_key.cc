// SPDX-License-Identifier: Apache-2.0
#include "app/identifier_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/files.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kKeyBytes = 32;

std::string ReadKey(const std::string& path) {
  const Result<std::string> text = ReadFile(path, 4 * kKeyBytes);
  if (!text) return "";
  const std::string_view key = Trim(*text);
  return key.size() == 2 * kKeyBytes ? std::string(key) : "";
}

}  // namespace

std::string IdentifierKey(const std::string& data_dir) {
  const std::string path = fmt::format("{}/{}", data_dir, kIdentifierKeyFile);
  if (FileExists(path)) return ReadKey(path);
  // Whole before it has its name, and of two who make one the first wins.
  const std::string temporary = path + ".new-" + Hex(RandomBytes(8));
  const std::string key = Hex(RandomBytes(kKeyBytes)) + "\n";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return "";
  const bool written = ::write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
                       ::fsync(file) == 0;
  ::close(file);
  if (written) (void)::link(temporary.c_str(), path.c_str());
  ::unlink(temporary.c_str());
  return ReadKey(path);
}

}  // namespace xuncha
