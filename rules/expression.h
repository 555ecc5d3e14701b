// Expression asks RE2 whether it would take a rule's regular expression, so that
// a bad one is refused where it is written and not on the first page it meets.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace xuncha {

// kInvalid with RE2's reason, or a reason of ours: it matches nothing ("" fits),
// it compiles to more than limits::kRegexProgramMax instructions in either
// direction, or it names no word (so that every page would be read in full) and
// is larger than limits::kRegexLooseProgramMax or found in ordinary sentences.
Status CheckExpression(std::string_view expression);

}  // namespace xuncha
