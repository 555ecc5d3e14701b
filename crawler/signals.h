// Signals: structural facts about a page that words alone do not show.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/record.h"
#include "crawler/page_reader.h"

namespace xuncha {

// What the reading of a page's markup left for the signals besides PageReading.
struct PageFacts {
  size_t lost_text = 0;   // bytes of text the tree had not
  size_t lost_links = 0;  // links it had not
  bool ascii = true;      // the body has nothing but ASCII
};

// Appends to page.document.signals. REQUIRES: links are resolved and the
// document's text is finished; `begins` is where each part begins in it.
void FindSignals(const PageReading& reading, const PageFacts& facts,
                 const std::array<uint32_t, kParts>& begins, Page& page);

}  // namespace xuncha
