// Targets: what a page is told of the strangers it links to, and what is concluded from a
// stranger's home page. When and how those pages are looked at stands in outbound.h.
//
// What the target of a link shows counts against the page that links to it, for that is
// where its owner can put an end to it: as a finding of the kind the target shows, proved
// by its destination and, where the page's own words or a hidden link agree, by two. What
// has merely expired or is for sale is a sign that somebody may have altered the page, or
// will alter what it leads to, and weighs as little as judgement.toml says.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "rules/outbound.h"
#include "store/targets.h"

namespace xuncha {

// The name a target is remembered by: its host, with the port if that is not the scheme's.
std::string TargetHost(const Url& url);
// That without the port.
std::string_view NameOf(std::string_view host);
// Whether the link takes visitors, or the page itself, somewhere: pictures do not.
bool LeadsSomewhere(const Link& link);
// As PageSketch::domains has the target's domain.
uint32_t TargetHash(std::string_view host);

// "violating-target: bad.example gambling", one line for each signal: how
// UrlState::site_signals remembers what a page was told of a target.
std::vector<std::string> TargetLines(const LinkTarget& target);
bool IsTargetLine(std::string_view line);

// Which of page.targets it links to, and the signals of these. Of what has expired or is
// parked only pages are told of which permit.known().site_signals says so.
// REQUIRES: the page was extracted; page.targets is sorted by host.
void NameTargets(Page& page);
// What targets violate becomes a part of the page's conclusion.
// REQUIRES: NameTargets, and the page was judged.
void IncludeTargets(Page& page);

// Concludes from what was read of the target's home page, and remembers what it was if it
// is fine. REQUIRES: the page was extracted, matched and judged.
void JudgeTarget(const Page& page, const OutboundRules& rules, TargetFacts& facts);

}  // namespace xuncha
