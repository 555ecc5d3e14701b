// SPDX-License-Identifier: Apache-2.0
#include "store/wire.h"

#include <fmt/format.h>

#include <optional>

namespace xuncha {
namespace {

// The low three bits of a tag.
constexpr uint64_t kTypeVarint = 0;
constexpr uint64_t kTypeFixed64 = 1;
constexpr uint64_t kTypeBytes = 2;
constexpr uint64_t kTypeFixed32 = 5;

// protobuf's own limit on field numbers.
constexpr uint64_t kFieldNumberMax = (1u << 29) - 1;

}  // namespace

void AppendVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::optional<uint64_t> ReadVarint(std::string_view bytes, size_t* at) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && *at < bytes.size(); shift += 7) {
    const uint64_t byte = static_cast<unsigned char>(bytes[(*at)++]);
    if (shift == 63 && byte > 1) return std::nullopt;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<std::vector<WireField>> SplitMessage(std::string_view message) {
  std::vector<WireField> fields;
  size_t at = 0;
  while (at < message.size()) {
    const std::optional<uint64_t> tag = ReadVarint(message, &at);
    if (!tag || *tag >> 3 == 0 || *tag >> 3 > kFieldNumberMax) return std::nullopt;
    WireField field{.number = static_cast<uint32_t>(*tag >> 3)};
    const uint64_t type = *tag & 7;
    if (type == kTypeFixed64 || type == kTypeFixed32) {
      const size_t width = type == kTypeFixed64 ? 8 : 4;
      if (message.size() - at < width) return std::nullopt;
      at += width;
      continue;
    }
    if (type != kTypeVarint && type != kTypeBytes) return std::nullopt;
    const std::optional<uint64_t> value = ReadVarint(message, &at);
    if (!value) return std::nullopt;
    if (type == kTypeBytes) {
      if (*value > message.size() - at) return std::nullopt;
      field.is_bytes = true;
      field.bytes = message.substr(at, *value);
      at += *value;
    } else {
      field.varint = *value;
    }
    fields.push_back(field);
  }
  return fields;
}

void WireWriter::Varint(uint32_t number, uint64_t value) {
  AppendVarint(out_, uint64_t{number} << 3 | kTypeVarint);
  AppendVarint(out_, value);
}

void WireWriter::Bytes(uint32_t number, std::string_view bytes) {
  AppendVarint(out_, uint64_t{number} << 3 | kTypeBytes);
  AppendVarint(out_, bytes.size());
  out_.append(bytes);
}

WireReader::WireReader(std::string_view message) {
  if (std::optional<std::vector<WireField>> fields = SplitMessage(message)) {
    fields_ = std::move(*fields);
  } else {
    status_ = Error{Code::kDamaged, "the record is cut short or garbled"};
  }
}

uint64_t WireReader::Varint(uint32_t number) {
  uint64_t value = 0;
  for (const WireField& field : fields_) {
    if (field.number != number) continue;
    if (field.is_bytes) Refuse(number, Code::kDamaged, "has the wrong wire type");
    value = field.varint;
  }
  return value;
}

std::string_view WireReader::Bytes(uint32_t number) {
  std::string_view value;
  for (const WireField& field : fields_) {
    if (field.number != number) continue;
    if (!field.is_bytes) Refuse(number, Code::kDamaged, "has the wrong wire type");
    value = field.bytes;
  }
  return value;
}

void WireReader::Refuse(uint32_t number, Code code, std::string_view what) {
  if (status_.ok()) status_ = Error{code, fmt::format("field {} {}", number, what)};
}

}  // namespace xuncha
