// A password typed at the terminal, without being shown, or read from where it stands.
// Never from the command line, which every user of the machine can see.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace xuncha {

// Asks twice at a terminal; else the first line of stdin. kInvalid if the two differ or
// there is none.
Result<std::string> AskPassword(const std::string& prompt);
// The first line of the file.
Result<std::string> PasswordFromFile(const std::string& path);

}  // namespace xuncha
