// Media: to whom the rules under a media condition apply.
//
// A condition is held against six screens, from a desk's to a telephone's. What
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
// Of "screen and (min-width: 1px), print". A feature that browsers do not know holds for nobody.
Media ReadMedia(std::string_view condition);
// Whether every browser of today has what "(display: grid) and not (a: b)" asks for. What is
// not known is not.
bool IsSupported(std::string_view condition);

}  // namespace xuncha
