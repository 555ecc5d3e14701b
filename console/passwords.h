// Passwords: Argon2id by libsodium, 64 MiB and two passes each.
//
// Any thread; each call takes a tenth of a second and that memory, so callers see to it
// that few run at once.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

// kInvalid if it is too short, too long, or the account's name. There is no rule of
// composition: they make passwords worse.
Status CheckPassword(std::string_view account, std::string_view password);

// With salt and parameters, as libsodium writes it. kSystem if there is no memory.
Result<std::string> HashPassword(std::string_view password);
// Takes the same time whether it fits or not.
bool PasswordFits(const std::string& hash, std::string_view password);

// Whether two secrets are the same, in a time that tells nothing but their length.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace xuncha
