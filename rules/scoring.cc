// SPDX-License-Identifier: Apache-2.0
#include "rules/scoring.h"

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace xuncha {
namespace {

size_t CharsBetween(const Document& document, const Hit& a, const Hit& b) {
  if (a.text.end >= b.text.begin) return 0;
  return CountCodePoints(TextOf(document, {a.text.end, b.text.begin}));
}

// A strong hit that needs nothing beside it to be a finding: it has support, or
// its rule names none, or it stands where only a machine was meant to read it.
bool IsFirm(const RuleSet& rules, const Kept& kept) {
  if (!kept.strong || kept.identifier) return false;
  const Rule& rule = rules.rules[kept.rule];
  const bool asks = rule.has_near || rule.all_count != 0;
  return kept.supported || kept.proof != Proof::kVisible || !asks;
}

// An offer that 法院 or 提醒 follows is a report's or an intruder's. Reports say so in the
// text, where the words can only be a hint; a title full of offers is no report's.
bool CountsAsWeak(const Kept& kept) {
  if (kept.demotion == Demotion::kContext) return kept.proof == Proof::kHead;
  return !kept.strong && !kept.identifier && kept.demotion != Demotion::kHintOnly &&
         kept.demotion != Demotion::kExcused;
}

// The most distinct weak patterns that stand within one window of one zone.
uint32_t WeakTogether(const Judgement& judgement, const Page& page, const std::vector<Kept>& kept) {
  std::vector<const Kept*> weak;
  for (const Kept& k : kept) {
    if (CountsAsWeak(k)) weak.push_back(&k);
  }
  if (weak.size() < 2) return static_cast<uint32_t>(weak.size());
  const std::vector<Hit>& hits = page.hits;
  std::sort(weak.begin(), weak.end(), [&hits](const Kept* a, const Kept* b) {
    return std::pair(hits[a->hit].text.begin, hits[a->hit].text.end) <
           std::pair(hits[b->hit].text.begin, hits[b->hit].text.end);
  });
  uint32_t most = 0;
  std::vector<uint32_t> patterns;
  for (size_t first = 0; first < weak.size() && most < judgement.weak_together; ++first) {
    const Hit& from = hits[weak[first]->hit];
    patterns.clear();
    uint32_t end = 0;
    for (size_t i = first; i < weak.size() && patterns.size() < judgement.weak_together; ++i) {
      const Hit& hit = hits[weak[i]->hit];
      // Most windows close by bytes, without counting characters.
      if (hit.zone != from.zone || hit.text.begin > from.text.end + judgement.weak_window * 4)
        break;
      if (CharsBetween(page.document, from, hit) > judgement.weak_window) break;
      if (hit.text.begin < end) continue;  // overlaps one that was counted
      if (std::find(patterns.begin(), patterns.end(), hit.pattern) != patterns.end()) continue;
      patterns.push_back(hit.pattern);
      end = hit.text.end;
    }
    most = std::max(most, static_cast<uint32_t>(patterns.size()));
  }
  return most;
}

// Strong words by where they stand, and whether two places speak independently.
class Places {
 public:
  void Add(const Kept& kept, uint32_t pattern, bool firm) {
    Place& place = places_[static_cast<size_t>(kept.proof)];
    if (!place.any) {
      place.any = true;
      place.pattern = pattern;
    } else if (place.pattern != pattern) {
      place.several = true;
    }
    place.supported = place.supported || kept.supported;
    firm_ = firm_ || firm;
  }

  bool Independent() const {
    if (!firm_) return false;
    for (size_t a = 0; a < places_.size(); ++a) {
      for (size_t b = a + 1; b < places_.size(); ++b) {
        if (!places_[a].any || !places_[b].any) continue;
        const bool differ =
            places_[a].several || places_[b].several || places_[a].pattern != places_[b].pattern;
        if (differ || (places_[a].supported && places_[b].supported)) return true;
      }
    }
    return false;
  }

  int count() const {
    return static_cast<int>(
        std::count_if(places_.begin(), places_.end(), [](const Place& p) { return p.any; }));
  }

 private:
  struct Place {
    bool any = false, several = false, supported = false;
    uint32_t pattern = 0;
  };
  std::array<Place, 7> places_{};
  bool firm_ = false;
};

// A weak structural fact is proof where it stands at the very words: links in a
// hidden block that holds them.
// And where the rule itself asked for it beside the words.
bool TouchesHit(const RuleSet& rules, const Document& document, const std::vector<Hit>& hits,
                const Structure& structure, const Group& group) {
  for (uint32_t index : structure.signals) {
    const Signal& signal = document.signals[index];
    for (const Kept& kept : group.kept) {
      const std::vector<SignalKind>& asked = rules.rules[kept.rule].signals;
      if (std::find(asked.begin(), asked.end(), signal.kind) != asked.end()) return true;
      const Zone& zone = document.zones[hits[kept.hit].zone];
      if (!signal.text.empty()) {
        if (signal.text.begin < zone.text.end && zone.text.begin < signal.text.end) return true;
      } else if (signal.kind == SignalKind::kHiddenLinks && kept.proof == Proof::kUnseen) {
        return true;
      }
    }
  }
  return false;
}

Severity IdentifierSeverity(const RuleSet& rules, const Judgement& judgement, const Page& page,
                            const std::vector<Kept>& kept, size_t* distinct) {
  Severity worst = Severity::kHint;
  for (const IdentifierBar& bar : judgement.identifiers) {
    std::vector<std::string_view> values;
    for (const Kept& k : kept) {
      if (!k.identifier || k.demotion == Demotion::kHintOnly || (bar.near && !k.supported))
        continue;
      const Hit& hit = page.hits[k.hit];
      if (rules.patterns[hit.pattern].text == bar.check)
        values.push_back(TextOf(page.document, hit.text));
    }
    SortUnique(values);
    *distinct += values.size();
    const auto reaches = [&values](uint32_t from) { return from != 0 && values.size() >= from; };
    const Severity severity = reaches(bar.high)     ? Severity::kHigh
                              : reaches(bar.medium) ? Severity::kMedium
                              : reaches(bar.low)    ? Severity::kLow
                                                    : Severity::kHint;
    worst = std::max(worst, severity);
  }
  return worst;
}

// In document position: a title, a file name, the head of the text, or alone on
// its line. A sentence about marks has them elsewhere.
bool IsMark(const Judgement& judgement, const Page& page, const Kept& kept) {
  const Document& document = page.document;
  const Hit& hit = page.hits[kept.hit];
  const Zone& zone = document.zones[hit.zone];
  if (zone.kind == ZoneKind::kTitle) return true;
  if (zone.kind != ZoneKind::kText && zone.kind != ZoneKind::kAttachment) return false;
  const uint32_t start = zone.kind == ZoneKind::kText
                             ? std::min(document.visible.begin, zone.text.begin)
                             : zone.text.begin;
  if (hit.text.begin - start <= judgement.mark_head * 4 &&
      CountCodePoints(TextOf(document, {start, hit.text.begin})) <= judgement.mark_head) {
    return true;
  }
  const std::string_view text = document.text;
  size_t begin = text.rfind('\n', hit.text.begin);
  begin = begin == std::string_view::npos || begin < zone.text.begin ? zone.text.begin : begin + 1;
  size_t end = text.find('\n', hit.text.end);
  end = end == std::string_view::npos || end > zone.text.end ? zone.text.end : end;
  return end - begin <= judgement.mark_line * 4 &&
         CountCodePoints(Trim(text.substr(begin, end - begin))) <= judgement.mark_line;
}

bool AnyMark(const Judgement& judgement, const Page& page, const Group& group) {
  if (std::find(judgement.mark_kinds.begin(), judgement.mark_kinds.end(), group.kind) ==
      judgement.mark_kinds.end()) {
    return false;
  }
  return std::any_of(group.kept.begin(), group.kept.end(), [&](const Kept& kept) {
    return kept.strong && IsMark(judgement, page, kept);
  });
}

int ScoreWithin(const Judgement& judgement, Severity severity, int points) {
  const auto band = static_cast<size_t>(severity);
  return std::min(judgement.band[band] + points, judgement.band[band + 1] - 1);
}

}  // namespace

Structure::Structure(const Judgement& judgement, const Document& document) {
  std::array<bool, kSignalKinds> seen{};
  std::optional<Proof> strong_proof, medium_proof;
  for (uint32_t i = 0; i < document.signals.size(); ++i) {
    const auto kind = static_cast<size_t>(document.signals[i].kind);
    if (judgement.silent[kind] || seen[kind]) continue;
    seen[kind] = true;
    signals.push_back(i);
    const Strength strength = SignalStrength(document.signals[i].kind);
    strongest = strongest.has_value() ? std::max(*strongest, strength) : strength;
    proven = proven || judgement.proven[kind];
    points += judgement.points_signal[static_cast<size_t>(strength)];
    if (strength >= Strength::kMedium) {
      if (medium_proof.has_value() && *medium_proof != judgement.signal_proof[kind])
        medium_agree = true;
      medium_proof = judgement.signal_proof[kind];
    }
    if (strength == Strength::kStrong) {
      if (strong_proof.has_value() && *strong_proof != judgement.signal_proof[kind])
        two_proofs = true;
      strong_proof = judgement.signal_proof[kind];
    }
  }
}

void SupportNeighbours(const Judgement& judgement, const Page& page, Group& group) {
  const std::vector<Hit>& hits = page.hits;
  std::vector<Kept>& kept = group.kept;
  std::stable_sort(kept.begin(), kept.end(), [&hits](const Kept& a, const Kept& b) {
    return hits[a.hit].text.begin < hits[b.hit].text.begin;
  });
  // Only the nearest few are asked: support needs one.
  constexpr size_t kAsked = 8;
  const auto supports = [&](const Kept& a, const Kept& b) {
    const Hit& x = hits[a.hit];
    const Hit& y = hits[b.hit];
    if (b.identifier || b.demotion == Demotion::kHintOnly || b.demotion == Demotion::kLocalLink ||
        b.demotion == Demotion::kContext || b.demotion == Demotion::kExcused)
      return false;
    if (x.zone != y.zone || x.pattern == y.pattern) return false;
    const bool apart = x.text.end <= y.text.begin || y.text.end <= x.text.begin;
    return apart && (x.text.begin < y.text.begin
                         ? CharsBetween(page.document, x, y)
                         : CharsBetween(page.document, y, x)) <= judgement.support_window;
  };
  for (size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i].strong || kept[i].supported) continue;
    for (size_t step = 1; step <= kAsked && !kept[i].supported; ++step) {
      if (i >= step && supports(kept[i], kept[i - step])) kept[i].supported = true;
      if (i + step < kept.size() && supports(kept[i], kept[i + step])) kept[i].supported = true;
    }
  }
}

Verdict WeighGroup(const RuleSet& rules, const Judgement& judgement, const Page& page,
                   const Group& group, const Structure* structure) {
  Places places;
  bool strong = false, firm = false, supported = false;
  std::vector<std::pair<uint32_t, bool>> patterns;  // distinct, with strength
  for (const Kept& kept : group.kept) {
    if (kept.identifier) continue;
    const uint32_t pattern = page.hits[kept.hit].pattern;
    if (kept.strong) {
      const bool is_firm = IsFirm(rules, kept);
      strong = true;
      firm = firm || is_firm;
      supported = supported || kept.supported;
      places.Add(kept, pattern, is_firm);
    }
    if (kept.strong || CountsAsWeak(kept)) patterns.emplace_back(pattern, kept.strong);
  }
  const uint32_t weak = WeakTogether(judgement, page, group.kept);
  const bool weak_agree = weak >= judgement.weak_together;

  size_t identifiers = 0;
  Severity severity = IdentifierSeverity(rules, judgement, page, group.kept, &identifiers);
  const auto raise = [&severity](Severity to) { severity = std::max(severity, to); };
  if (weak_agree || firm) raise(Severity::kLow);
  if (supported) raise(Severity::kMedium);
  if (places.Independent()) raise(Severity::kHigh);
  if (AnyMark(judgement, page, group)) raise(Severity::kHigh);

  int proofs = std::max(places.count(), weak > 0 ? 1 : 0);
  int points = 0;
  if (structure != nullptr && !structure->signals.empty()) {
    // A fact as common as a packed script lends full weight only where it touches
    // the words, or where the words are an offer already.
    const bool touches = TouchesHit(rules, page.document, page.hits, *structure, group);
    const bool near_or_strong = *structure->strongest == Strength::kStrong || touches;
    const bool second = near_or_strong || *structure->strongest == Strength::kMedium;
    if (strong && second) raise(Severity::kMedium);
    if (firm && (near_or_strong || (second && supported))) raise(Severity::kHigh);
    if (weak >= judgement.weak_with_structure && second) raise(Severity::kLow);
    if (weak_agree && *structure->strongest == Strength::kStrong) raise(Severity::kMedium);
    if ((strong || weak_agree) && structure->proven) raise(Severity::kHigh);
    if (second) ++proofs;
    points += structure->points;
  }

  std::sort(patterns.begin(), patterns.end(), std::greater<>());
  uint32_t last = UINT32_MAX;
  for (const auto& [pattern, is_strong] :
       patterns) {  // the stronger reading of a pattern stands first
    if (pattern == last) continue;
    last = pattern;
    points += is_strong ? judgement.points_strong : judgement.points_weak;
  }
  if (supported) points += judgement.points_supported;
  points += judgement.points_identifier * static_cast<int>(std::min<size_t>(identifiers, 100));
  if (identifiers > 0) ++proofs;
  return {severity, ScoreWithin(judgement, severity, points), proofs};
}

Verdict WeighStructure(const Judgement& judgement, const Structure& structure) {
  Severity severity = structure.medium_agree ? Severity::kLow : Severity::kHint;
  if (structure.strongest == Strength::kStrong) severity = Severity::kMedium;
  if (structure.proven || structure.two_proofs) severity = Severity::kHigh;
  return {severity, ScoreWithin(judgement, severity, structure.points),
          structure.two_proofs ? 2 : 1};
}

}  // namespace xuncha
