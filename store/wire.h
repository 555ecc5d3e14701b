// The protobuf wire format, the part of it a record needs: varints and
// length-delimited bytes. A record is described once, by a function that names
// each field's number, and that one description serves the writer and the
// reader (records.cc):
//
//   template <class Archive>
//   void Describe(Archive& archive, Of<Archive, Hop>& hop) {
//     archive(1, hop.from);
//     archive(2, hop.to);
//   }
//
// As in proto3 a field that is zero or empty is not written, and a field that is
// absent reads as zero or empty, whatever the struct's own default is. Fields the
// reader does not know are skipped, so a store written by a program with more
// fields stays readable. An enumerator the reader does not know is refused as
// newer: guessing what a verdict means would be worse than stopping.
//
// Values only; any thread. Any bytes may be read: nothing recurses deeper than
// the records nest, nothing is allocated that the input does not hold.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "store/enums.h"

namespace xuncha {

// ---- bytes ------------------------------------------------------------------

void AppendVarint(std::string& out, uint64_t value);
// The varint at bytes[*at], advancing past it; nothing if it is cut off or longer
// than 64 bits.
std::optional<uint64_t> ReadVarint(std::string_view bytes, size_t* at);

// Small magnitudes of either sign become small varints.
constexpr uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

// One field as it stands in a message.
struct WireField {
  uint32_t number = 0;
  bool is_bytes = false;
  uint64_t varint = 0;
  std::string_view bytes;  // borrowed from the message
};

// The fields of a message in their order, without those of the two fixed-width
// types, which no record uses. Nothing if the bytes are not a message.
std::optional<std::vector<WireField>> SplitMessage(std::string_view message);

// ---- writing ----------------------------------------------------------------

template <class T>
concept WireEnum = std::is_enum_v<T>;
template <class T>
concept WireUnsigned = std::unsigned_integral<T>;  // bool included
template <class T>
concept WireSigned = std::signed_integral<T>;

class WireWriter {
 public:
  template <class T>
  using Of = const T;

  std::string Take() { return std::move(out_); }

  template <WireUnsigned T>
  void operator()(uint32_t number, const T& value) {
    if (value != 0) Varint(number, value);
  }
  template <WireSigned T>
  void operator()(uint32_t number, const T& value) {
    if (value != 0) Varint(number, ZigZag(value));
  }
  template <WireEnum T>
  void operator()(uint32_t number, const T& value) {
    CHECK(IsKnown(value));
    if (static_cast<uint64_t>(value) != 0) Varint(number, static_cast<uint64_t>(value));
  }
  void operator()(uint32_t number, const std::string& value) {
    if (!value.empty()) Bytes(number, value);
  }
  void operator()(uint32_t number, const Digest& value) {
    if (!value.empty()) Bytes(number, value.view());
  }
  template <class T>
  requires std::is_class_v<T>
  void operator()(uint32_t number, const T& value) {
    const std::string message = Message(value);
    if (!message.empty()) Bytes(number, message);
  }
  // Elements are written even if empty, or their number would be lost.
  template <class T>
  void operator()(uint32_t number, const std::vector<T>& values) {
    for (const T& value : values) {
      if constexpr (std::unsigned_integral<T>) {
        Varint(number, value);
      } else if constexpr (std::same_as<T, std::string>) {
        Bytes(number, value);
      } else {
        Bytes(number, Message(value));
      }
    }
  }

 private:
  template <class T>
  static std::string Message(const T& value) {
    WireWriter inner;
    Describe(inner, value);
    return inner.Take();
  }
  void Varint(uint32_t number, uint64_t value);
  void Bytes(uint32_t number, std::string_view bytes);

  std::string out_;
};

// ---- reading ----------------------------------------------------------------

class WireReader {
 public:
  template <class T>
  using Of = T;

  explicit WireReader(std::string_view message);

  // kDamaged or kNewer, naming the field; asked after the description ran.
  Status status() const { return status_; }

  template <WireUnsigned T>
  void operator()(uint32_t number, T& value) {
    const uint64_t read = Varint(number);
    if (read > std::numeric_limits<T>::max()) Refuse(number, Code::kDamaged, "is out of range");
    value = static_cast<T>(read);
  }
  template <WireSigned T>
  void operator()(uint32_t number, T& value) {
    const int64_t read = UnZigZag(Varint(number));
    if (read < std::numeric_limits<T>::min() || read > std::numeric_limits<T>::max()) {
      Refuse(number, Code::kDamaged, "is out of range");
    }
    value = static_cast<T>(read);
  }
  template <WireEnum T>
  void operator()(uint32_t number, T& value) {
    const uint64_t read = Varint(number);
    value = static_cast<T>(read);
    if (read > 255 || !IsKnown(value)) {
      Refuse(number, Code::kNewer, "has a value this program does not know");
      value = T{};
    }
  }
  void operator()(uint32_t number, std::string& value) { value = std::string(Bytes(number)); }
  void operator()(uint32_t number, Digest& value) {
    const std::string_view raw = Bytes(number);
    value = Digest{};
    if (raw.empty()) return;
    if (raw.size() != value.bytes.size()) {
      return Refuse(number, Code::kDamaged, "is no SHA-256 value");
    }
    value = Digest::FromRaw(raw);
  }
  template <class T>
  requires std::is_class_v<T>
  void operator()(uint32_t number, T& value) { ReadMessage(Bytes(number), value); }
  template <class T>
  void operator()(uint32_t number, std::vector<T>& values) {
    values.clear();
    for (const WireField& field : fields_) {
      if (field.number != number) continue;
      if (field.is_bytes == std::unsigned_integral<T>) {
        return Refuse(number, Code::kDamaged, "has the wrong wire type");
      }
      if constexpr (std::unsigned_integral<T>) {
        if (field.varint > std::numeric_limits<T>::max()) {
          return Refuse(number, Code::kDamaged, "is out of range");
        }
        values.push_back(static_cast<T>(field.varint));
      } else if constexpr (std::same_as<T, std::string>) {
        values.emplace_back(field.bytes);
      } else {
        ReadMessage(field.bytes, values.emplace_back());
      }
    }
  }

 private:
  template <class T>
  void ReadMessage(std::string_view message, T& value) {
    WireReader inner(message);
    Describe(inner, value);
    if (status_.ok()) status_ = inner.status();
  }
  // The last field of that number, as protobuf has it; zero or empty if none.
  uint64_t Varint(uint32_t number);
  std::string_view Bytes(uint32_t number);
  void Refuse(uint32_t number, Code code, std::string_view what);

  std::vector<WireField> fields_;
  Status status_;
};

// A record as the archive sees it: const for the writer.
template <class Archive, class T>
using Of = typename Archive::template Of<T>;

}  // namespace xuncha
