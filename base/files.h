// Files: whole-file reads with a cap, and writes that appear complete or not at
// all (temporary file, fsync, rename, fsync of the directory).
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xuncha {

// kLimit (larger than `bytes_max`), or what system_code.h says; each names the path.
Result<std::string> ReadFile(const std::string& path, size_t bytes_max);
Status WriteFileAtomically(const std::string& path, std::string_view bytes);
// Puts on disk which files stand in the folder of `path`: a rename lasts only then.
Status FlushFolderOf(const std::string& path);
Status MakeDirectories(const std::string& path);
bool FileExists(const std::string& path);
// Regular files below `path`, relative names, sorted; symbolic links are not followed.
Result<std::vector<std::string>> ListFiles(const std::string& path);

}  // namespace xuncha
