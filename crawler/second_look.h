// A second look: when all pages of a site are read, they are held against one
// another (site_facts.h), and the few of whom that says something new, or takes
// something back, are read once more the same night, from the store.
//
// Main thread; reads the store and changes nothing.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "crawler/registry.h"
#include "store/store.h"

namespace xuncha {

struct SecondLook {
  const Site* site = nullptr;
  std::string url;
  std::vector<std::string> signals;  // "name: detail", as UrlState::site_signals
};

struct SecondLooks {
  std::vector<SecondLook> looks;  // those with the strongest signals; ≤ limits::kSecondLooksMax
  uint64_t left_out = 0;          // more than that
  bool truncated = false;         // a cap of site_facts.h was met
};

// The pages of `site` to be read again. Pages whose cloak was seen are not: they
// say enough, and our own view of them would say less.
// `bad`: what is wrong with targets the site links to (crawler/outbound.h), may be null.
Result<SecondLooks> LookBack(const Store& store, const Site& site, const Run& run,
                             const std::vector<LinkTarget>* bad);

// The page as this run, or the run that last read it, found it, with `look.signals`
// in its permit. An invalid permit if there is nothing to be read.
Result<Page> PageOf(Store& store, const Registry& registry, const Run& run, SecondLook look);

}  // namespace xuncha
