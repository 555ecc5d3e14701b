// The one file of this folder that sees RE2.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/expression.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/limits.h"

namespace xuncha {

Status CheckExpression(std::string_view expression) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(static_cast<int64_t>(limits::kRegexMemoryMax));
  const RE2 compiled(re2::StringPiece(expression.data(), expression.size()), options);
  if (!compiled.ok()) {
    return Error{Code::kInvalid,
                 fmt::format("RE2 refuses the expression: {}; RE2 has no look-around "
                             "and no back-references",
                             compiled.error())};
  }
  if (static_cast<size_t>(compiled.ProgramSize()) > limits::kRegexProgramMax) {
    return Error{
        Code::kInvalid,
        fmt::format("the expression compiles to {} instructions, more than {}; shorten its "
                    "repetitions",
                    compiled.ProgramSize(), limits::kRegexProgramMax)};
  }
  if (RE2::FullMatch("", compiled)) {
    return Error{Code::kInvalid,
                 "the expression fits the empty string; make a part of it obligatory"};
  }
  return Ok();
}

}  // namespace xuncha
