// Views: a page as other visitors get it. A hacked site shows its visitors the
// college and the search engine a casino, so some pages are fetched again as a
// search engine's spider and as a browser that comes from its results, in the
// same night and through the same lane.
//
// Every page differs a little from fetch to fetch: a date, a token, a list that
// turns. So a view differs only where it shows more than the page does, of what
// an intruder would show: another redirect, another offer, links to strangers.
// It must also lie beyond what we get when we ask once more, for an offer or a set of
// links that turns is met by everybody.
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

#include "base/limits.h"
#include "base/record.h"
#include "crawler/fetch.h"

namespace xuncha {

// How many nights it takes until each page that has not changed was looked at
// through others' eyes.
struct ViewTurns {
  uint64_t lists = limits::kListViewsEveryDefault;  // pages with many links to their own host
  uint64_t others = limits::kViewsEveryDefault;
};

// Whether the URL must be fetched whole this run, whatever its validators say: the
// home page, what was cloaked, and a rotating share.
bool IsFetchedWhole(const Url& url, const UrlState& known, uint64_t run);

// As whom a page that was fetched, and read if it has changed, is to be fetched
// again, in this order: the home page and what was cloaked each night, a text that is
// another one than last time, of the rest those whose turn it is. Nobody if it has
// nothing to show to visitors.
std::vector<Visitor> ViewsDue(const Page& page, const Run& run, ViewTurns turns);

// What may be said of the page's last visit when asking as `as`: its validators, if
// that visitor got the same body then and we have got it again now.
UrlState KnownTo(Visitor as, const Page& page, uint64_t run);

// How to ask as somebody else; nullptr: as ourselves.
Fetcher::Ask AskAs(const Visitor* as, const Site& site);

// Whether the answer tells what that visitor is shown.
bool IsComparable(const View& view);

// What the other shows that the page does not, nor what we got when we asked `again`,
// in Chinese; empty if no more than chance explains.
// REQUIRES: all were extracted, matched and judged.
std::string Difference(const Page& page, const Page& other, const Page* again = nullptr);

// Whether a view differs, and we have not yet asked once more.
bool IsUnconfirmed(const Page& page);
// There was no time to ask: says so, and keeps what the view got, for tomorrow.
void LeaveUnconfirmed(Page& page);

// The signal of a view that differs.
Signal CloakSignal(Visitor as, std::string difference);

// Makes what the other shows a part of the page's conclusion: the signal, and each
// finding that is worse than what the page itself shows of its kind.
// REQUIRES: the other was judged with the signal among its own.
void Include(const Page& other, Visitor as, const Signal& signal, Page& page);
// The same of what we got when we asked once more; true if it shows anything worse.
bool IncludeAgain(const Page& again, Page& page);

}  // namespace xuncha
