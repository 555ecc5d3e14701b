// Media: to whom the rules under a media condition apply.
//
// A condition is held against three screens: a desk's, a laptop's and a telephone's. What
// holds for all of them holds for everybody, what holds for none is a rule nobody sees,
// and what holds for some hides nothing: a menu that only narrow screens lack is hidden
// from nobody.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace xuncha {

enum class Media : uint8_t { kNobody, kSome, kEverybody };
// Of "screen and (min-width: 1px), print". A feature that is not known holds for some.
Media ReadMedia(std::string_view condition);

}  // namespace xuncha
