// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace xuncha {

inline constexpr std::string_view kVersion = XUNCHA_VERSION;  // set by CMake from project()

// What the program exits with (design: the command line).
enum ExitCode : int {
  kClean = 0,
  kFindings = 1,
  kUsage = 2,
  kPartial = 3,
  kInternal = 4,
  kInterrupted = 130,
};

}  // namespace xuncha
