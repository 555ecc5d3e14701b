// Who names whom: the families whose records live as long as something names them
// by their digest, and the families that do the naming. A purge sweeps by this
// table; a family that is not in it is never swept.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/reference_sorter.h"

namespace xuncha {

struct Swept {
  Family family;
  std::string_view noun;  // in lists of what went: "body"
};
std::span<const Swept> SweptFamilies();

using Name = std::function<Status(const Reference&)>;
struct Referrer {
  Family family;
  // Names all that the record names. An error if it cannot be read.
  Status (*names)(std::string_view key, std::string_view payload, const Name& name);
};
std::span<const Referrer> Referrers();

}  // namespace xuncha
