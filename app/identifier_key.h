// The identifier key: a secret of the installation under which numbers of citizens get
// their digests (Judge::KeyIdentifiers), in a file of its own beside the store. Who has the
// findings but not the file cannot find out a number by trying all there are.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha {

inline constexpr std::string_view kIdentifierKeyFile = "identifier.key";

// The key in the data directory; made if there is none. Empty if it can neither be read
// nor made: findings then show no digests, and nothing else is missing.
std::string IdentifierKey(const std::string& data_dir);

}  // namespace xuncha
