// Scoring weighs what stands against one kind of content and says how serious
// it is (design: judging). Two proofs are independent where one does not follow
// from the other; a heading that repeats the title is one proof, not two. Words
// of two places count as two proofs only if they differ, or if each of them
// stands beside supporting words of its own.
//
// Monotone: another hit or signal never lowers severity or score.
//
// Pure.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "rules/judgement.h"
#include "rules/reading.h"
#include "rules/rule_set.h"

namespace xuncha {

// What a page's signals amount to, silent ones left out.
struct Structure {
  explicit Structure(const Judgement& judgement, const Document& document);

  std::vector<uint32_t> signals;  // Document::signals that count, one of each kind
  std::optional<Strength> strongest;
  bool proven = false;        // a cloak or hijack that needs no other proof
  bool two_proofs = false;    // strong signals of two kinds of proof
  bool medium_agree = false;  // signals of at least medium strength, of two kinds of proof
  int points = 0;
};

struct Verdict {
  Severity severity = Severity::kHint;
  int score = 0;
  int proofs = 0;  // independent kinds that spoke
};

// The kept hits that speak against one kind, of one clause.
struct Group {
  std::string_view kind;
  int clause = 0;
  std::vector<Kept> kept;
};

// Marks hits as supported that stand beside another pattern of their kind.
void SupportNeighbours(const Judgement& judgement, const Page& page, Group& group);

// The verdict on a kind; `structure` is null where tampering is no proof of it.
// REQUIRES: SupportNeighbours has been called.
Verdict WeighGroup(const RuleSet& rules, const Judgement& judgement, const Page& page,
                   const Group& group, const Structure* structure);
// The verdict on structure alone.
Verdict WeighStructure(const Judgement& judgement, const Structure& structure);

}  // namespace xuncha
