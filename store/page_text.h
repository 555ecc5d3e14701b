// A page's text as it is kept: what match and judge need of a Document, in few
// bytes, so that later rules can be asked of every page there ever was without
// parsing it again (FORMAT.md has the bytes).
//
// From a text the judge concludes what it concluded from the page: words, zones,
// links, signals and places are all there. Left out is what nothing but reading
// and comparing needs: the SimHash (a function of the visible text), the sketch,
// links without words, and of the others all of the target but its host; targets
// stand in their own zones.
//
// Pure; any thread. Any bytes may be decoded.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/record.h"
#include "base/result.h"

namespace xuncha {

// Empty for a document that no text can hold: more than limits::kTextBytesKeptMax,
// or zones out of order.
std::string EncodeText(const Document& document);
// kDamaged; kNewer if it was written in a way, or holds a signal, not known here;
// kLimit.
Result<Document> DecodeText(std::string_view text);

}  // namespace xuncha
