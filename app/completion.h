// Completion on the command line, written from the table of commands for bash, zsh
// and fish: next words, options, and values where they are few or files.
//
// What is written asks nothing of the program while somebody types, so it is quick and
// works beside a crawl; the price is that site names are not completed.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "app/cli.h"

namespace xuncha {

std::string BashCompletion(std::span<const CommandSpec> commands);
std::string ZshCompletion(std::span<const CommandSpec> commands);
std::string FishCompletion(std::span<const CommandSpec> commands);

}  // namespace xuncha
