// The manual pages as roff, written from the table of commands and from the commented
// configuration, so that they say what the program does.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/cli.h"

namespace xuncha {

std::string CommandManual(std::span<const CommandSpec> commands);  // xuncha(1)
std::string ConfigManual(std::string_view config);                 // xuncha.toml(5)

}  // namespace xuncha
