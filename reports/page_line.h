// One page as a line of JSON: what `scan --json`, `crawl --json` and
// `finding list --json` write (design: the command line). Identifiers of
// citizens are masked.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "base/tree.h"
#include "crawler/tally.h"
#include "store/store.h"

namespace xuncha {

struct PageLine {
  std::string site;
  std::string path;
  std::string url;
  std::string title;
  uint16_t status = 0;
  Tally tally = Tally::kFailed;  // in every figure of pages: read, partly and failed ones
  Checked checked = Checked::kFailed;
  std::vector<LimitHit> limits;
  std::vector<Finding> findings;
};

PageLine LineOfPage(const Page& page);
// Findings of `least` or above; what lies below is told by its number ("hints").
// The default is what counts as a finding: hints are kept, and shown on request.
std::string PageLineJson(const PageLine& line, Severity least = Severity::kLow);
// The "findings" member of a line.
Node FindingJson(const Finding& finding);
// Every page of the run once, site by site, with the findings that stand. Within
// a site the order is the store's, which is stable but means nothing.
Status EachPageLine(const Store& store, CaseStore& cases, const std::vector<Site>& sites,
                    uint64_t run, const std::function<Status(const PageLine&)>& visit);

}  // namespace xuncha
