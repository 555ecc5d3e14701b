// Character references: &amp; &#25250; &#x6c5f; and the places they came from.
//
// The tree decodes references by itself; what it cannot do is here: reading
// them outside the tree, repairing numeric ones that overflow its 32 bits, and
// finding for each decoded character the bytes that spelled it.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

struct Reference {
  size_t size = 0;  // bytes of the reference, 0 if there is none
  char32_t code = 0;
  bool numeric = false;
};
// The reference that begins at `text[0]`, which is '&'. Knows all numeric forms
// and the named ones that pages use. In attributes a name without ';' counts
// only where no letter, digit or '=' follows.
Reference ReadReference(std::string_view text, bool in_attribute);

void AppendDecoded(std::string& out, std::string_view raw, bool in_attribute);
std::string DecodeReferences(std::string_view raw, bool in_attribute);

// Numeric references beyond U+10FFFF become U+FFFD, in as many bytes as before,
// so that offsets stay what they were.
void ClampReferences(std::string& markup);

// decoded[text ...] up to the next entry came from raw[source ...].
struct Alignment {
  uint32_t text = 0;
  uint32_t source = 0;
  bool numeric = false;  // begins with a character spelled as a numeric reference
};
// Aligns decoded text with the markup it came from; both may be long, the work
// is linear. Tags that a parser skipped inside `raw` are stepped over. What
// cannot be aligned keeps the last place known.
void Align(std::string_view decoded, std::string_view raw, std::vector<Alignment>& out);

}  // namespace xuncha
