// Views: a page as other visitors get it. A hacked site shows its visitors the
// college and the search engine a casino, so some pages are fetched again as a
// search engine's spider and as a browser that comes from its results, in the
// same night and through the same lane.
//
// Every page differs a little from fetch to fetch: a date, a token, a list that
// turns. So a view differs only where it shows more than the page does, of what
// an intruder would show: another redirect, another offer, links to strangers.
// Being refused is no difference: sites may turn away those who claim to be a
// spider. What depends on the visitor's address stays unseen, for we have only one.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/record.h"
#include "crawler/fetch.h"

namespace xuncha {

// Whether the page is to be looked at through others' eyes this run though nothing
// says it has changed: the home page, lists, what was cloaked, and a rotating
// share. It is then fetched without validators.
bool IsWatched(const Url& url, const UrlState& known, uint64_t run);

// As whom a page that was fetched is to be fetched again, in this order; nobody if
// it is unchanged and not watched, or nothing to show to visitors.
std::vector<Visitor> ViewsDue(const Page& page, const Run& run);

// How to ask as somebody else; nullptr: as ourselves.
Fetcher::Ask AskAs(const Visitor* as, const Site& site);

// Whether the answer tells what that visitor is shown.
bool IsComparable(const View& view);

// What the other shows that the page does not, in Chinese; empty if no more than
// chance explains. REQUIRES: both were extracted, matched and judged.
std::string Difference(const Page& page, const Page& other);

// The signal of a view that differs.
Signal CloakSignal(Visitor as, std::string difference);

// Makes what the other shows a part of the page's conclusion: the signal, and each
// finding that is worse than what the page itself shows of its kind.
// REQUIRES: the other was judged with the signal among its own.
void Include(const Page& other, Visitor as, const Signal& signal, Page& page);

}  // namespace xuncha
