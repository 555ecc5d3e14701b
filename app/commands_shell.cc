// completion, manual: what a shell and a reader of manuals want of the program.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "app/completion.h"
#include "app/config.h"
#include "app/manual.h"
#include "base/text.h"

namespace xuncha {

int RunCompletion(Session& session, const Arguments& arguments) {
  const std::string& shell = arguments.positional[0];
  if (shell == "bash") {
    session.Out(BashCompletion(Commands()));
  } else if (shell == "zsh") {
    session.Out(ZshCompletion(Commands()));
  } else if (shell == "fish") {
    session.Out(FishCompletion(Commands()));
  } else {
    return session.Fail({Code::kInvalid, fmt::format("没有为“{}”写补全；须为 bash、zsh 或 fish",
                                                     Neutralise(shell))});
  }
  return kClean;
}

int RunManual(Session& session, const Arguments& arguments) {
  const std::string which = arguments.positional.empty() ? "xuncha" : arguments.positional[0];
  if (which == "xuncha") {
    session.Out(CommandManual(Commands()));
  } else if (which == "config") {
    session.Out(ConfigManual(DefaultConfigText()));
  } else {
    return session.Fail(
        {Code::kInvalid, fmt::format("没有手册“{}”；须为 xuncha 或 config", Neutralise(which))});
  }
  return kClean;
}

}  // namespace xuncha
