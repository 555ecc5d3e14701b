// Search in what the store holds, for the page and for programs.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "console/finding_view.h"
#include "store/index.h"
#include "store/store.h"

namespace xuncha {

struct SearchQuery {
  std::string words;   // REQUIRES: not empty, ≤ limits::kSearchWordsBytesMax
  std::string site;    // findings and texts of this one; empty: of all, and no texts
  Place from_finding;  // go on behind it
  uint64_t from_text = 0;
};

struct SearchResult {
  std::vector<Site> sites;
  uint64_t sites_total = 0;
  struct KnownPage {
    std::string site, url;
    UrlState state;
  };
  std::vector<KnownPage> pages;
  std::string incident;  // whose id it is
  std::vector<StoredFinding> findings;
  Place last_finding;
  bool findings_stopped = false;  // there may be more behind last_finding
  struct Text {
    std::string url, title;
    MarkedText text;
  };
  std::vector<Text> texts;
  uint64_t texts_read = 0;  // now
  uint64_t texts_done = 0;  // with those before
  bool texts_stopped = false;
};

Result<SearchResult> Search(const Store& store, const SearchQuery& query);

}  // namespace xuncha
