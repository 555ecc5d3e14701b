// Reading decides, hit by hit, which rules fire where: zone and channel, the
// innocent longer phrase, `all` and `near`, context that dismisses, and `count`.
// How serious that is comes after (scoring.h).
//
// Dismissal is guarded, because the page is written by whoever must be found:
//   - context in a block visitors do not see dismisses nothing, but for the
//     words of a link that leads inside the site (headlines in a closed tab);
//   - link words that lead off the site, or stand in a hidden block, are a text
//     of their own: only context inside the same link counts, not the innocent
//     headline beside it;
//   - a hit that has its near word (contact, price, payment) is an offer: one
//     lone context word further away than that near word does not undo it; two
//     different ones, or one that is nearer, or stands right before it, or in the
//     same title, do. A composed rule's offer is one
//     with more parts than the rule needs; without, any context word undoes it.
//
// Pure. The cost grows with the hits of the page, never with the rule-set.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/record.h"
#include "rules/judgement.h"
#include "rules/rule_set.h"

namespace xuncha {

inline constexpr uint32_t kNoHit = UINT32_MAX;

// A word of another part of a composed rule, beside the hit.
struct PartFound {
  uint32_t hit = kNoHit;
  uint32_t distance = 0;  // characters
};

// Why a strong rule's hit counts as weak. kContext: words against it stand beside it, but
// not before it. kExcused: they govern it, yet the page has several such; counts for nothing.
enum class Demotion : uint8_t { kNone, kSiteClass, kLocalLink, kHintOnly, kContext, kExcused };

// A hit that stands, under one of its rules.
struct Kept {
  uint32_t rule = 0;
  uint32_t hit = 0;
  Proof proof = Proof::kVisible;
  bool strong = false;      // after demotion
  bool supported = false;   // a near word in reach, every `all`, or more parts than needed
  bool identifier = false;  // found by a check
  Demotion demotion = Demotion::kNone;
  uint32_t near_hit = kNoHit;  // the nearest near word
  uint32_t near_distance = 0;  // characters
  // By part of a composed rule, from its second; kNoHit where none stands.
  std::array<PartFound, limits::kPartsMax - 1> parts;
};

struct Dropped {
  Kept would;             // what would stand without it
  uint32_t by = kNoHit;   // the context word or the allowed phrase
  uint32_t distance = 0;  // characters, for a context word
  bool allowed = false;   // by an innocent longer phrase
};

// A signal that a rule without patterns asks for.
struct SignalRule {
  uint32_t rule = 0;
  uint32_t signal = 0;  // Document::signals
};

struct Outcome {
  std::vector<Kept> kept;  // by rule, then by place
  std::vector<Dropped> dropped;
  std::vector<SignalRule> signals;
};

// What Reading wants to know of a rule-set, worked out once.
struct RuleIndex {
  explicit RuleIndex(const RuleSet& rules);
  std::vector<std::vector<uint32_t>>
      allow_of_pattern;  // entries of RuleSet::allow; empty without any
  std::array<std::vector<uint32_t>, kSignalKinds> rules_of_signal;  // rules without patterns
};

enum class SignalNeed : uint8_t {
  kOnPage,   // a rule's signal must be on the page
  kAssumed,  // samples are text: a signal asked for besides patterns is taken as present
};

Outcome ReadHits(const RuleSet& rules, const RuleIndex& index, const Judgement& judgement,
                 const Page& page, SignalNeed need);

std::string_view TextOf(const Document& document, Span span);
// ZoneBits of where a hit stands: its zone's, and kAnchor's inside a link.
uint16_t PlacesOf(const Document& document, const Hit& hit);
// The URL a page is known by: that of its permit, else where the body came from.
const Url& AskedUrl(const Page& page);
// The kind of proof words in a zone are.
Proof ProofOfZone(const Zone& zone);

}  // namespace xuncha
