// What a record of the casework names, for a check of the store: everything named must be
// there.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "store/db.h"

namespace xuncha {

struct CaseworkNames {
  struct Named {
    std::string_view noun;
    Family family = Family::kCasework;
    std::string key;
  };
  std::vector<Named> records;
  std::vector<Digest> bodies;
};

// kDamaged or kNewer if the record cannot be read, stands at the wrong key, or contradicts
// what it is about.
Result<CaseworkNames> NamesOfCasework(const Database& database, std::string_view key,
                                      std::string_view payload);

}  // namespace xuncha
