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

// As many bytes as the text has.
std::string MaskIdentifiers(std::string_view text);

// Three pieces of one text, masked as one, so that a number that stands across them is
// one; what the cut at either end may have shortened counts as an identifier from
// seven digits on.
struct Excerpt {
  std::string before, found, after;
};
Excerpt MaskExcerpt(std::string_view before, std::string_view found, std::string_view after);

}  // namespace xuncha
