// Citizens' identifiers are not repeated in what leaves the store: of a run of
// ten or more digits (also with blanks or hyphens between groups) the first six
// stay and the rest becomes "*", so a report shows that there was a number and
// of what region or bank, and no more. Numbers of organisations (a unified social
// credit code that passes its check) and of things (an order number behind that
// word) are no people's and stay, unless they would pass as a citizen's too.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha {

std::string MaskIdentifiers(std::string_view text);

}  // namespace xuncha
