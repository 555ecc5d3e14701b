// What an errno says of a path, in words and as a Code: whether the path is at fault (and whoever
// named it can name another) or the machine.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <string>

#include "base/result.h"

namespace xuncha {

constexpr Code CodeOfSystem(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kDenied;
    case EISDIR:
    case EEXIST:
    case EINVAL:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:
      return Code::kInvalid;
    default:
      return Code::kSystem;
  }
}

// Chinese; what is not listed in the system's own words.
std::string SystemText(int number);

}  // namespace xuncha
