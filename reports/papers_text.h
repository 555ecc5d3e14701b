// How facts become text on a paper: on one line, cut, control characters visible.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xuncha::paper_text {

std::string Cut(std::string_view text, size_t chars);
std::string OfPage(std::string_view text);    // identifiers masked
std::string Address(std::string_view url);    // whole, so that it can be opened
std::string OfRecord(std::string_view text);  // of the registry, or typed by an officer

}  // namespace xuncha::paper_text
