// What outbound.toml says of strangers' home pages: which hosts are not looked at, which
// kinds of violation count on them and from which severity, and the marks of a domain
// that is parked. Read strictly, as judgement.toml is.
//
// Immutable after reading; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"

namespace xuncha {

struct OutboundRules {
  // One mark: any of the words, compared without regard to ASCII case.
  struct Mark {
    std::string name;  // Chinese
    std::vector<std::string> any;
  };
  std::set<std::string, std::less<>> allow;            // names, with all names below them
  std::map<std::string, Severity, std::less<>> kinds;  // and from which severity they count
  uint32_t marks_min = 0;
  uint32_t thin = 0;          // characters
  std::vector<Mark> words;    // of title and visible text
  std::vector<Mark> scripts;  // of scripts and of what is loaded

  bool Allows(std::string_view host) const;
};

// kInvalid with every problem, one per line.
Result<OutboundRules> ReadOutboundRules(std::string_view text, std::string_view name);
// Those built into the program.
const OutboundRules& BuiltinOutboundRules();

// Which marks of a parked domain the page of `host` bears, in Chinese; empty if they
// are too few, or none of them is words.
// REQUIRES: the page was extracted.
std::vector<std::string> ParkedMarks(const OutboundRules& rules, std::string_view host,
                                     const Page& page);

}  // namespace xuncha
