// Who names whom: blobs live as long as something names them by their digest, and these
// are the families that do the naming. A purge sweeps by this table.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "store/db.h"

namespace xuncha {

using Name = std::function<Status(const Digest&)>;
struct Referrer {
  Family family;
  // Names all blobs that the record names. An error if it cannot be read.
  Status (*names)(std::string_view key, std::string_view payload, const Name& name);
};
std::span<const Referrer> Referrers();

}  // namespace xuncha
