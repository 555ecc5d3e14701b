// The command line as data: one table of commands (commands.cc) drives parsing,
// help, suggestions on typos, completion and the manual. CLI11 stands
// behind Parse.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

struct OptionSpec {
  std::string_view name;   // "--site"
  std::string_view value;  // "ID"; empty for a switch
  std::string_view help;
};

struct Arguments {
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>, std::less<>> options;

  bool Has(std::string_view option) const { return options.find(option) != options.end(); }
  // The last value given, or `otherwise`.
  std::string Get(std::string_view option, std::string_view otherwise = "") const;
  std::vector<std::string> All(std::string_view option) const;
  // A whole number of 1 to `most`; `otherwise` where the option is not given.
  Result<uint32_t> Number(std::string_view option, uint32_t otherwise,
                          uint32_t most = UINT32_MAX) const;
  // A day ("2026-11-22") or a moment ("2026-11-22T09:00:00+08:00") as the beginning of
  // a stretch of time, and as its end, which it does not contain: that of a day is the
  // next midnight, so the day is in it. 0 where the option is not given.
  Result<Millis> Since(std::string_view option) const;
  Result<Millis> Until(std::string_view option) const;
};
// The same of a word of the command line; `what` names it.
Result<uint32_t> ReadNumber(std::string_view what, std::string_view text,
                            uint32_t most = UINT32_MAX);

class Session;

struct CommandSpec {
  std::string_view path;        // "site import"
  std::string_view positional;  // "FILE.csv", "[DIR]", "PATH..."; empty for none
  std::string_view help;
  std::vector<std::string_view> examples;
  std::vector<OptionSpec> options;
  int (*run)(Session&, const Arguments&);
};

// The options every command takes.
std::span<const OptionSpec> CommonOptions();

// What the program exits with, for help and the manual.
struct ExitMeaning {
  int code;
  std::string_view text;
};
std::span<const ExitMeaning> ExitMeanings();

struct Parsed {
  const CommandSpec* command = nullptr;  // nullptr: print `text` and exit with `code`
  Arguments arguments;
  std::string text;
  int code = 0;
};
// Never fails: a mistake comes back as text and exit code 2.
Parsed Parse(std::span<const CommandSpec> commands, int argc, const char* const* argv);

}  // namespace xuncha
