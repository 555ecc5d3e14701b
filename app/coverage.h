// How far what the store says of a site can be trusted: a list of findings is no
// clean bill for what was never looked at.
//
// Values; main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "store/store.h"

namespace xuncha {

// kInvalid if no site is registered, or one of `only` is not.
Status CheckSites(const std::vector<Site>& sites, const std::vector<std::string>& only);

// A site of which not everything was read when it was last audited.
struct CoverageGap {
  Site site;
  std::vector<std::string> reasons;  // Chinese
};
// Of `only`, or of all sites if it is empty, by the last run that finished with each.
Result<std::vector<CoverageGap>> GapsOf(const Store& store, const std::vector<Site>& sites,
                                        std::string_view only);
// A line for each; the first few, and how many there are more.
std::string CoverageText(const std::vector<CoverageGap>& gaps);

}  // namespace xuncha
