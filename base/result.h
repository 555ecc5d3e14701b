// Result<T> is a value or the reason there is none; Status is a Result without
// a value. Expected failures travel this way; bugs stop the program at CHECK.
// Nothing of ours throws.
//
// Error text goes from general to particular and ends with what the reader can
// do about it.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace xuncha {

// What a caller may want to tell apart; the text is for people.
enum class Code : uint8_t {
  kInvalid,   // the caller's input is wrong
  kNotFound,  // nothing under that name
  kConflict,  // somebody else changed it, or holds it
  kDamaged,   // bytes are not what was written
  kNewer,     // written by a newer version
  kDenied,    // policy says no
  kLimit,     // a cap of base/limits.h was hit
  kSystem,    // the operating system or a library failed
};

struct Error {
  Code code = Code::kInvalid;
  std::string text;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok()
  T& value() { return Get(); }
  const T& value() const { return const_cast<Result*>(this)->Get(); }
  T& operator*() { return Get(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &Get(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok()
  const Error& error() const {
    if (ok()) std::abort();
    return std::get<1>(held_);
  }

 private:
  T& Get() {
    if (!ok()) {
      std::fprintf(stderr, "Result without a value: %s\n", std::get<1>(held_).text.c_str());
      std::abort();
    }
    return std::get<0>(held_);
  }

  std::variant<T, Error> held_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  // REQUIRES: !ok()
  const Error& error() const {
    if (ok()) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

inline Status Ok() { return {}; }

namespace internal {
[[noreturn]] inline void CheckFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what);
  std::abort();
}
}  // namespace internal

}  // namespace xuncha

// A precondition or invariant; stays on in release.
#define CHECK(condition) \
  ((condition) ? (void)0 : ::xuncha::internal::CheckFailed(__FILE__, __LINE__, #condition))
