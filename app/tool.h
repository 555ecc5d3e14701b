// Another program's answer: what it writes to standard output, up to a cap and within a
// time. For small questions to the system; nothing hostile is run this way.
//
// Main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

struct ToolAnswer {
  int code = 0;     // its exit code; 128 + signal if it was ended by one
  std::string out;  // cut at the cap
};
// kNotFound if there is no such program; kLimit if it took too long, and was ended.
Result<ToolAnswer> AskTool(const std::vector<std::string>& words, Millis time_max,
                           size_t bytes_max);

}  // namespace xuncha
