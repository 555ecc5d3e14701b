// What other programs say of our files.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "base/result.h"

namespace xuncha::testing_support {

// All it writes, with its exit code behind.
inline std::string Ask(const std::string& command) {
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  CHECK(pipe != nullptr);
  std::string said;
  char buffer[4096];
  for (size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    said.append(buffer, got);
  const int status = ::pclose(pipe);
  return said + fmt::format("exit {}", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

}  // namespace xuncha::testing_support
