// Makes a page's sketch (base/sketch.h) from what was read of it, while hosts,
// hidden blocks and elements are still at hand. A few microseconds a page.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/record.h"
#include "crawler/page_reader.h"

namespace xuncha {

// REQUIRES: links are resolved and the document's text is finished.
PageSketch Sketch(const PageReading& reading, const Document& document);

// Adds to the page's signals what its URL's last good version and its site's other
// pages say of it (permit.known()). REQUIRES: the page was extracted.
void AddComparisons(Page& page);

}  // namespace xuncha
