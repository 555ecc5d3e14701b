// Wording turns indexes into words: evidence with its excerpt and its place in
// the original bytes, the reason of a dismissal, and the one sentence an officer
// and an owner read. Identifiers are masked here, so that a finding can travel to
// consoles, mails and reports; the snapshot keeps what the page said.
//
// Pure; costs only for what is kept.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/record.h"
#include "rules/judgement.h"
#include "rules/reading.h"
#include "rules/rule_set.h"
#include "rules/scoring.h"

namespace xuncha {

// With a key, an identifier's detail has its digest (Judge::KeyIdentifiers).
Evidence EvidenceOfHit(const RuleSet& rules, const Page& page, const Kept& kept,
                       std::string_view identifier_key = {});
Evidence EvidenceOfSignal(const Judgement& judgement, const Signal& signal, const Rule* rule);
Dismissal DismissalOf(const RuleSet& rules, const Page& page, const Dropped& dropped,
                      std::string_view identifier_key = {});

// Strongest first, equal ones once with their number in `detail`, at most
// limits::kEvidencePerFindingMax.
std::vector<Evidence> EvidenceOfGroup(const RuleSet& rules, const Page& page, const Group& group,
                                      std::string_view identifier_key = {});

// `because` of a finding: "赌博：标题、隐藏文字出现“…”等 3 处，…；页面另有…"
std::string Sentence(std::string_view title, const std::vector<Evidence>& evidence,
                     const Verdict& verdict);

// Turns Evidence::source of all findings and dismissals from places in the UTF-8
// source into places in the original bytes, in one decode of the body. A page
// with nothing but hints is not decoded for them: its places are left empty.
void LocateInBody(Page& page);

std::string MaskIdentifier(std::string_view value);
// Ten letters, a to p, that are the same for a number however it is written: full-width,
// in groups, with a small x.
std::string IdentifierDigest(std::string_view key, std::string_view value);

}  // namespace xuncha
