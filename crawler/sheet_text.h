// Sheet text: what a style sheet may show as words, whatever rule, property or block it
// stands in: strings, pictures drawn in data: URLs, and the attributes it prints.
//
// style.h reads the rules it understands, and what `content:` says there; this reads all
// the rest without understanding it, so that a new way to write a text in CSS is no way
// past the reader. Names of fonts and addresses are no texts.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crawler/style.h"

namespace xuncha {

struct SheetText {
  std::vector<CssContent> words;        // ascending by offset
  std::vector<std::string> attributes;  // lower case: "data-label" of attr(data-label)
};

SheetText ReadSheetText(std::string_view css);

}  // namespace xuncha
