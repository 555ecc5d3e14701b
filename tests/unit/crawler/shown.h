// What tests of reading pages hold against what they want.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/record.h"

namespace xuncha {

// Every zone as "kind/hiding[detail]: text", '\n' shown as '|'.
inline std::vector<std::string> ZonesOf(const Document& document) {
  std::vector<std::string> lines;
  for (const Zone& zone : document.zones) {
    std::string line(ZoneName(zone.kind));
    if (zone.hiding != Hiding::kNone) line += "/" + std::string(HidingName(zone.hiding));
    if (!zone.detail.empty()) line += "[" + zone.detail + "]";
    line += ": " + document.text.substr(zone.text.begin, zone.text.size());
    std::replace(line.begin(), line.end(), '\n', '|');
    std::replace(line.begin(), line.end(), '\t', '^');
    lines.push_back(line);
  }
  return lines;
}

}  // namespace xuncha
