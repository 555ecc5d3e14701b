// What kind of picture some bytes are, by the bytes themselves: what an owner sends is
// kept only if it is one of three kinds, and of a size a screen can have.
//
// Nothing is unpacked: it is kept and handed on as it came, as an attachment.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace xuncha {

// "image/png", "image/jpeg" or "image/webp". kInvalid for anything else, for one that is
// cut off before it says its size, and for sides above limits::kPictureSideMax; kLimit
// above limits::kPictureBytesMax.
Result<std::string_view> PictureType(std::string_view bytes);
// ".png" of "image/png". REQUIRES: one of the three.
std::string_view PictureEnding(std::string_view type);

}  // namespace xuncha
