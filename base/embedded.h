// A data file of the source tree, built into the program (cmake/embed.cmake).
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace xuncha {

struct EmbeddedFile {
  std::string_view name;   // last path component, as in "gambling.toml"
  std::string_view bytes;  // lives as long as the program
};

}  // namespace xuncha
