// Expression asks RE2 whether it would take a rule's regular expression, so that
// a bad one is refused where it is written and not on the first page it meets.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace xuncha {

// kInvalid with RE2's reason, or a reason of ours: matches nothing ("" fits),
// or compiles to more than limits::kRegexProgramMax instructions.
Status CheckExpression(std::string_view expression);

}  // namespace xuncha
