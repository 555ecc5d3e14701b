// The responsibility letter (互联网安全责任书) in its own words: the ten items of its
// fourth section, which every finding is held against. Whatever quotes the letter
// quotes it from here.
//
// Any thread; constants only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace xuncha {

// "四（六）"; "四" if there is no such item.
std::string_view ClauseName(int clause);
// The item in full; empty if there is none.
std::string_view ClauseText(int clause);

}  // namespace xuncha
