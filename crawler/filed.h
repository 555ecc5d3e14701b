// What people write into a form, made regular: full-width letters, digits and
// punctuation become ASCII, lists may be separated the way people separate them.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

// Full-width forms of ASCII to ASCII, U+3000 to a blank, ideographic full stops to dots.
std::string HalfWidth(std::string_view text);
// Parts between ; , 、 or white space, in HalfWidth; empty ones dropped.
std::vector<std::string> SplitFiled(std::string_view text);

}  // namespace xuncha
