// How much text an expression can match at most. With that and a word that every
// match must hold (an atom), an expression need only be run around such words.
//
// A reader of RE2's syntax that counts and builds nothing: whatever it does not
// know, it calls unbounded, which costs time and loses nothing.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xuncha {

inline constexpr size_t kUnbounded = SIZE_MAX;

// Bytes of UTF-8 that a match of `expression` has at most, rounded up.
// REQUIRES: RE2 accepts `expression`.
size_t WidthMax(std::string_view expression);

}  // namespace xuncha
