// SPDX-License-Identifier: Apache-2.0
#include "console/pictures.h"

#include <cstdint>
#include <optional>

#include "base/limits.h"

namespace xuncha {
namespace {

struct Sides {
  uint32_t width = 0, height = 0;
};

uint32_t Byte(std::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }
uint32_t BigEnd(std::string_view bytes, size_t at, size_t count) {
  uint32_t number = 0;
  for (size_t i = 0; i < count; ++i) number = number << 8 | Byte(bytes, at + i);
  return number;
}
uint32_t LittleEnd(std::string_view bytes, size_t at, size_t count) {
  uint32_t number = 0;
  for (size_t i = count; i > 0; --i) number = number << 8 | Byte(bytes, at + i - 1);
  return number;
}

// PNG, 11.2.2: the header chunk comes first.
std::optional<Sides> OfPng(std::string_view bytes) {
  if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR") return std::nullopt;
  return Sides{BigEnd(bytes, 16, 4), BigEnd(bytes, 20, 4)};
}

// ITU T.81, B.2.2: segments up to the header of the frame.
std::optional<Sides> OfJpeg(std::string_view bytes) {
  size_t at = 2;
  while (at + 4 <= bytes.size()) {
    if (Byte(bytes, at) != 0xFF) return std::nullopt;
    const uint32_t marker = Byte(bytes, at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const uint32_t length = BigEnd(bytes, at + 2, 2);
    if (length < 2) return std::nullopt;
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      if (at + 9 > bytes.size()) return std::nullopt;
      return Sides{BigEnd(bytes, at + 7, 2), BigEnd(bytes, at + 5, 2)};
    }
    at += 2 + length;
  }
  return std::nullopt;
}

// RFC 9649, 2.5 to 2.7.
std::optional<Sides> OfWebp(std::string_view bytes) {
  if (bytes.size() < 30) return std::nullopt;
  const std::string_view chunk = bytes.substr(12, 4);
  if (chunk == "VP8X") return Sides{LittleEnd(bytes, 24, 3) + 1, LittleEnd(bytes, 27, 3) + 1};
  if (chunk == "VP8 " && bytes.substr(23, 3) == "\x9d\x01\x2a")
    return Sides{LittleEnd(bytes, 26, 2) & 0x3FFF, LittleEnd(bytes, 28, 2) & 0x3FFF};
  if (chunk == "VP8L" && bytes[20] == '\x2f') {
    const uint32_t packed = LittleEnd(bytes, 21, 4);
    return Sides{(packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1};
  }
  return std::nullopt;
}

}  // namespace

std::string_view PictureEnding(std::string_view type) {
  if (type == "image/png") return ".png";
  if (type == "image/jpeg") return ".jpg";
  CHECK(type == "image/webp");
  return ".webp";
}

Result<std::string_view> PictureType(std::string_view bytes) {
  if (bytes.size() > limits::kPictureBytesMax)
    return Error{Code::kLimit, "图片太大；请压缩后再上传"};
  std::string_view type;
  std::optional<Sides> sides;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
    type = "image/png";
    sides = OfPng(bytes);
  } else if (bytes.starts_with("\xFF\xD8\xFF")) {
    type = "image/jpeg";
    sides = OfJpeg(bytes);
  } else if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP") {
    type = "image/webp";
    sides = OfWebp(bytes);
  }
  if (!sides || sides->width == 0 || sides->height == 0)
    return Error{Code::kInvalid, "附件不是完整的 PNG、JPEG 或 WebP 图片；请换一张"};
  if (sides->width > limits::kPictureSideMax || sides->height > limits::kPictureSideMax)
    return Error{Code::kInvalid, "图片的宽或高超过上限；请缩小后再上传"};
  return type;
}

}  // namespace xuncha
