// SPDX-License-Identifier: Apache-2.0
#include "rules/reading.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

// Beyond this many bytes a distance is estimated: it only orders, and says "far".
constexpr uint32_t kCountedBytes = 1024;
constexpr uint32_t kBytesPerCharMax = 4;  // of UTF-8
constexpr auto kAllowReach =
    static_cast<uint32_t>(limits::kLiteralBytesMax);  // no phrase is longer
// A word of warning this near before a hit is its verb: 警惕网上的…, 警方查获一批….
constexpr uint32_t kGovernedChars = 6;
// So many whole offers on one page are shown even if words against them govern each.
constexpr size_t kExcusedToldMin = 3;
constexpr std::string_view kSentenceEnds[] = {"。", "！", "？", "；", "\n", "!", "?", ";"};

struct Candidate {
  uint32_t rule, hit;
  bool check;
};

struct NearPart {
  uint32_t hit, distance;
  uint8_t part;
};

// Attributes a browser shows: a visitor reads them as text.
bool ShownAttribute(std::string_view name) {
  for (std::string_view shown : {"title", "alt", "placeholder", "label", "aria-label", "value"}) {
    if (EqualsIgnoreCase(name, shown)) return true;
  }
  return false;
}

// A fold that a click opens conceals nothing.
bool Conceals(const Zone& zone) {
  return zone.kind == ZoneKind::kHidden && zone.hiding != Hiding::kDetails;
}

class PageReader {
 public:
  PageReader(const RuleSet& rules, const RuleIndex& index, const Judgement& judgement,
             const Page& page, SignalNeed need)
      : rules_(rules),
        index_(index),
        judgement_(judgement),
        page_(page),
        document_(page.document),
        hits_(page.hits),
        need_(need) {}

  Outcome Read() {
    for (uint32_t i = 0; i < document_.signals.size(); ++i) {
      for (uint32_t rule : index_.rules_of_signal[static_cast<size_t>(document_.signals[i].kind)]) {
        out_.signals.push_back({rule, i});
      }
    }
    std::vector<Candidate> candidates;
    for (uint32_t i = 0; i < hits_.size(); ++i) {
      const Pattern& pattern = rules_.patterns[hits_[i].pattern];
      for (const Use& use : pattern.uses) {
        if (use.role != Role::kAny) break;  // sorted by role, kAny first
        candidates.push_back({use.rule, i, pattern.kind == PatternKind::kCheck});
      }
    }
    if (candidates.empty()) return std::move(out_);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.rule < b.rule; });
    for (size_t begin = 0; begin < candidates.size();) {
      size_t end = begin;
      while (end < candidates.size() && candidates[end].rule == candidates[begin].rule) ++end;
      ReadRule(candidates.data() + begin, candidates.data() + end);
      begin = end;
    }
    TellExcused();
    return std::move(out_);
  }

 private:
  struct Reached {
    uint32_t hit = kNoHit;
    uint32_t distance = UINT32_MAX;
    uint32_t patterns = 0;     // distinct ones in reach; counted up to 2
    uint32_t before = kNoHit;  // the nearest that stands before it
  };

  const Zone& ZoneOf(const Hit& hit) const { return document_.zones[hit.zone]; }

  void ReadRule(const Candidate* begin, const Candidate* end) {
    const uint32_t index = begin->rule;
    const Rule& rule = rules_.rules[index];
    if (!SignalsPresent(rule)) return;
    collected_ = false;
    const size_t kept_before = out_.kept.size();
    for (const Candidate* at = begin; at != end; ++at) ReadHit(rule, *at);
    KeepLongest(kept_before);
    if (Places(kept_before) < rule.count_min) out_.kept.resize(kept_before);
  }

  // A report quotes an offer; whoever hides behind its words makes several, and an officer
  // is shown them, as a hint.
  void TellExcused() {
    for (Dropped& excused : excused_) {
      if (excused_.size() < kExcusedToldMin) {
        out_.dropped.push_back(excused);
        continue;
      }
      excused.would.demotion = Demotion::kExcused;
      excused.would.strong = false;
      out_.kept.push_back(excused.would);
    }
  }

  bool SignalsPresent(const Rule& rule) const {
    if (rule.signals.empty() || need_ == SignalNeed::kAssumed) return true;
    for (const Signal& signal : document_.signals) {
      if (std::find(rule.signals.begin(), rule.signals.end(), signal.kind) != rule.signals.end())
        return true;
    }
    return false;
  }

  // The near, unless and all words of the rule on this page, by place.
  void Collect(uint32_t index, const Rule& rule) {
    if (collected_) return;
    collected_ = true;
    near_.clear();
    unless_.clear();
    all_.clear();
    if (!rule.has_near && !rule.has_unless && rule.all_count == 0) return;
    for (uint32_t i = 0; i < hits_.size(); ++i) {
      const std::vector<Use>& uses = rules_.patterns[hits_[i].pattern].uses;
      if (rule.has_near && Serves(uses, index, Role::kNear)) near_.push_back(i);
      if (rule.has_unless && Serves(uses, index, Role::kUnless)) unless_.push_back(i);
      if (rule.all_count != 0 && Serves(uses, index, Role::kAll)) all_.push_back(i);
    }
  }

  static bool Serves(const std::vector<Use>& uses, uint32_t rule, Role role) {
    const auto at = std::lower_bound(uses.begin(), uses.end(), std::pair(role, rule),
                                     [](const Use& use, const std::pair<Role, uint32_t>& key) {
                                       return std::pair(use.role, use.rule) < key;
                                     });
    return at != uses.end() && at->role == role && at->rule == rule;
  }

  void ReadHit(const Rule& rule, const Candidate& candidate) {
    const Hit& hit = hits_[candidate.hit];
    const Zone& zone = ZoneOf(hit);
    if ((rule.zones & PlacesOf(document_, hit)) == 0) return;
    if (!candidate.check && (rule.channels & ChannelBit(hit.channel)) == 0) return;

    Kept kept;
    kept.rule = candidate.rule;
    kept.hit = candidate.hit;
    // A check without a bar, such as secret-mark, finds words, not numbers to count.
    kept.identifier = candidate.check && IsIdentifier(hit.pattern);
    kept.proof = kept.identifier ? Proof::kIdentifier : ProofOfZone(zone);
    Weigh(rule, hit, kept);
    uint32_t reach = 0;  // how far the nearest parts that are needed stand
    if (!rule.parts.empty() && !FindParts(rule, candidate, kept, &reach)) return;
    Collect(candidate.rule, rule);
    if (rule.all_count != 0) {
      if (!AllStand(rule, hit)) return;
      // A zone can be the whole text of a page: words at its two ends agree by chance.
      kept.supported = Nearest(all_, hit, judgement_.support_window).hit != kNoHit;
    }
    const Reached near = Nearest(near_, hit, rule.near_within);
    if (near.hit != kNoHit) {
      kept.supported = true;
      kept.near_hit = near.hit;
      kept.near_distance = near.distance;
    } else if (rule.required_near) {
      return;
    }
    if (const uint32_t phrase = AllowedBy(rule, candidate.hit); phrase != kNoHit) {
      out_.dropped.push_back({kept, phrase, 0, true});
      return;
    }
    if (!Conceals(zone) || (hit.in_anchor && LeadsInside(hit))) {
      const Reached context = Nearest(unless_, hit, rule.unless_within);
      // Nobody hides an identifier behind words, and 联系人 beside 手机 is innocent.
      const bool closed = near.hit != kNoHit ? context.distance > near.distance
                                             : kept.supported && context.distance > reach;
      const bool offer = closed && !kept.identifier && !Governed(context, hit, zone);
      if (context.hit != kNoHit && !offer) {
        // Words of warning may stand where no eye finds them: a whole offer stays to be seen.
        const bool whole = near.hit != kNoHit || !rule.parts.empty();
        if (kept.strong && whole && kept.proof == Proof::kVisible) {
          excused_.push_back({kept, context.hit, context.distance, false});
        } else {
          out_.dropped.push_back({kept, context.hit, context.distance, false});
        }
        return;
      }
      // 法院 behind an offer may be a report's word or the intruder's: neither is believed.
      if (context.patterns > 1 || (context.hit != kNoHit && zone.kind == ZoneKind::kTitle)) {
        kept.demotion = Demotion::kContext;
        kept.strong = false;
      }
    }
    out_.kept.push_back(kept);
  }

  // 警惕 before the words, in their sentence, speaks of them: right before, or if another
  // word agrees. A title is one sentence.
  bool Governed(const Reached& context, const Hit& hit, const Zone& zone) const {
    if (context.before == kNoHit) return false;
    if (zone.kind == ZoneKind::kTitle) return true;
    const Span word = hits_[context.before].text;
    if (context.patterns < 2 && Distance(word, hit.text) > kGovernedChars) return false;
    const std::string_view between = TextOf(document_, {word.end, hit.text.begin});
    return std::none_of(
        std::begin(kSentenceEnds), std::end(kSentenceEnds),
        [between](std::string_view end) { return between.find(end) != between.npos; });
  }

  bool IsIdentifier(uint32_t pattern) const {
    const std::string& check = rules_.patterns[pattern].text;
    return std::any_of(judgement_.identifiers.begin(), judgement_.identifiers.end(),
                       [&check](const IdentifierBar& bar) { return bar.check == check; });
  }

  void Weigh(const Rule& rule, const Hit& hit, Kept& kept) {
    kept.strong = rule.strong;
    if (rules_.PackOf(rule).hint_only) {
      kept.demotion = Demotion::kHintOnly;
    } else if (rule.strong && Raised(rule)) {
      kept.demotion = Demotion::kSiteClass;
    } else if (rule.strong && !kept.identifier && hit.in_anchor && LeadsInside(hit)) {
      // A headline in a list or a tab: the article it leads to is judged itself.
      kept.demotion = Demotion::kLocalLink;
    }
    if (kept.demotion != Demotion::kNone) kept.strong = false;
  }

  bool Raised(const Rule& rule) const {
    if (rule.raised.empty() || !page_.permit.valid()) return false;
    return std::find(rule.raised.begin(), rule.raised.end(), page_.permit.site().site_class) !=
           rule.raised.end();
  }

  // ---- links ----

  const Link* LinkOf(const Hit& hit) {
    if (!links_sorted_) {
      for (uint32_t i = 0; i < document_.links.size(); ++i) {
        if (!document_.links[i].text.empty()) links_.push_back(i);
      }
      std::sort(links_.begin(), links_.end(), [this](uint32_t a, uint32_t b) {
        return document_.links[a].text.begin < document_.links[b].text.begin;
      });
      links_sorted_ = true;
    }
    const auto after = std::upper_bound(
        links_.begin(), links_.end(), hit.text.begin,
        [this](uint32_t at, uint32_t i) { return at < document_.links[i].text.begin; });
    if (after == links_.begin()) return nullptr;
    const Link& link = document_.links[*std::prev(after)];
    return hit.text.begin < link.text.end ? &link : nullptr;
  }

  bool LeadsInside(const Hit& hit) {
    const Link* link = LinkOf(hit);
    return link != nullptr && Inside(*link);
  }

  bool Inside(const Link& link) const {
    const Url& own = AskedUrl(page_);
    if (link.url.empty()) {
      // Not http(s), or without a base: only a reference without a host stays inside.
      return link.href.find("//") == std::string::npos && link.href.find(':') == std::string::npos;
    }
    if (own.empty()) return false;
    return link.url.host() == own.host() ||
           RegistrableDomain(link.url.host()) == RegistrableDomain(own.host());
  }

  // ---- distances ----

  // The nearest of `words` within reach of `hit`.
  Reached Nearest(const std::vector<uint32_t>& words, const Hit& hit, uint32_t within) {
    Reached out;
    if (words.empty()) return out;
    const Zone& zone = ZoneOf(hit);
    const bool whole = within == 0 || IsShort(zone);
    Span range{0, UINT32_MAX};
    if (&words == &unless_ && hit.in_anchor) {
      const Link* link = LinkOf(hit);
      if (link != nullptr && (Conceals(zone) || !Inside(*link))) range = link->text;
    }
    const uint32_t bytes = within * kBytesPerCharMax;
    uint32_t low = hit.text.begin > bytes ? hit.text.begin - bytes : 0;
    uint32_t high = hit.text.end + bytes;
    if (whole) {
      low = std::min(low, zone.text.begin);
      high = std::max(high, zone.text.end);
      if (within == 0) {
        low = zone.text.begin;
        high = zone.text.end;
      }
    }
    low = std::max(low, range.begin);
    high = std::min(high, range.end);
    // Words are by place; one that begins before `low` cannot end inside by more than its length.
    auto at = std::lower_bound(words.begin(), words.end(), low, [this](uint32_t i, uint32_t limit) {
      return hits_[i].text.begin < limit;
    });
    while (at != words.begin() && hits_[*std::prev(at)].text.end > low) --at;
    uint32_t first_pattern = kNoHit;
    for (; at != words.end() && hits_[*at].text.begin < high; ++at) {
      const Hit& word = hits_[*at];
      if (word.text.begin < range.begin || word.text.end > range.end) continue;
      if (word.text.begin < hit.text.end && hit.text.begin < word.text.end)
        continue;  // part of the hit itself
      const bool same = word.zone == hit.zone;
      if (!SameStatement(hit, word)) continue;
      if (&words != &unless_ && IsRepeated(word, hit)) continue;
      const uint32_t distance = Distance(hit.text, word.text);
      if (!(same && whole) && distance > within) continue;
      if (out.patterns == 0) {
        first_pattern = word.pattern;
        out.patterns = 1;
      } else if (word.pattern != first_pattern) {
        out.patterns = 2;
      }
      if (distance < out.distance) {
        out.distance = distance;
        out.hit = *at;
      }
      if (word.text.end <= hit.text.begin) out.before = *at;  // words are by place
    }
    return out;
  }

  bool IsShort(const Zone& zone) const {
    if (zone.text.size() > judgement_.short_zone * kBytesPerCharMax) return false;
    return CountCodePoints(TextOf(document_, zone.text)) <= judgement_.short_zone;
  }

  // Characters between the nearer edges.
  uint32_t Distance(Span a, Span b) const {
    const Span gap = a.begin < b.begin ? Span{a.end, b.begin} : Span{b.end, a.begin};
    if (gap.begin >= gap.end) return 0;
    if (gap.size() > kCountedBytes) return gap.size() / 3;  // Han takes three bytes
    return static_cast<uint32_t>(CountCodePoints(TextOf(document_, gap)));
  }

  bool AllStand(const Rule& rule, const Hit& hit) const {
    std::vector<uint32_t> patterns;
    for (uint32_t i : all_) {
      if (hits_[i].zone == hit.zone) patterns.push_back(hits_[i].pattern);
    }
    SortUnique(patterns);
    return patterns.size() >= rule.all_count;
  }

  // ---- allowed phrases ----

  // An allowed phrase of the rule's kind that holds the hit whole.
  uint32_t AllowedBy(const Rule& rule, uint32_t hit_index) const {
    if (rules_.allow.empty()) return kNoHit;
    const Hit& hit = hits_[hit_index];
    const std::string& kind = rules_.PackOf(rule).kind;
    const auto holds = [&](uint32_t i) {
      if (hits_[i].zone != hit.zone || !hits_[i].text.Contains(hit.text)) return false;
      for (uint32_t entry : index_.allow_of_pattern[hits_[i].pattern]) {
        if (rules_.allow[entry].kind.empty() || rules_.allow[entry].kind == kind) return true;
      }
      return false;
    };
    // A phrase begins at or before the hit, by less than the longest literal.
    for (uint32_t i = hit_index; i-- > 0;) {
      if (hits_[i].zone != hit.zone || hits_[i].text.begin + kAllowReach < hit.text.begin) break;
      if (holds(i)) return i;
    }
    for (uint32_t i = hit_index + 1; i < hits_.size() && hits_[i].text.begin <= hit.text.begin;
         ++i) {
      if (holds(i)) return i;
    }
    return kNoHit;
  }

  // ---- parts ----

  // The nearest word of each other part; false where too few stand.
  bool FindParts(const Rule& rule, const Candidate& candidate, Kept& kept, uint32_t* reach) {
    const Hit& hit = hits_[candidate.hit];
    const Zone& zone = ZoneOf(hit);
    const bool whole = rule.parts_within == 0 || IsShort(zone);
    const uint32_t bytes = rule.parts_within * kBytesPerCharMax;
    uint32_t low = hit.text.begin > bytes ? hit.text.begin - bytes : 0;
    uint32_t high = hit.text.end + bytes;
    if (whole) {
      low = std::min(low, zone.text.begin);
      high = std::max(high, zone.text.end);
    }
    // A word that reaches into the window begins at most a literal's length before it.
    const uint32_t first = low > kAllowReach ? low - kAllowReach : 0;
    size_t at = candidate.hit;
    while (at > 0 && hits_[at - 1].text.begin >= first) --at;
    near_parts_.clear();
    for (; at < hits_.size() && hits_[at].text.begin < high; ++at) {
      const Hit& word = hits_[at];
      if (word.text.begin < hit.text.end && hit.text.begin < word.text.end) continue;
      if (!SameStatement(hit, word) || IsRepeated(word, hit)) continue;
      const std::vector<Use>& uses = rules_.patterns[word.pattern].uses;
      auto use = std::lower_bound(uses.begin(), uses.end(), std::pair(Role::kPart, candidate.rule),
                                  [](const Use& u, const std::pair<Role, uint32_t>& key) {
                                    return std::pair(u.role, u.rule) < key;
                                  });
      for (; use != uses.end() && use->role == Role::kPart && use->rule == candidate.rule; ++use) {
        const uint32_t distance = Distance(hit.text, word.text);
        if (!(whole && word.zone == hit.zone) && distance > rule.parts_within) continue;
        near_parts_.push_back({static_cast<uint32_t>(at), distance, use->part});
      }
    }
    return TakeParts(rule, kept, reach);
  }

  // From the nearest outwards; one word is one part.
  bool TakeParts(const Rule& rule, Kept& kept, uint32_t* reach) {
    std::stable_sort(near_parts_.begin(), near_parts_.end(),
                     [](const NearPart& a, const NearPart& b) { return a.distance < b.distance; });
    uint32_t found = 1;
    for (const NearPart& word : near_parts_) {
      if (kept.parts[word.part - 1u].hit != kNoHit) continue;
      const Span text = hits_[word.hit].text;
      const bool taken =
          std::any_of(kept.parts.begin(), kept.parts.end(), [&](const PartFound& other) {
            return other.hit != kNoHit && ((hits_[other.hit].text.begin < text.end &&
                                            text.begin < hits_[other.hit].text.end) ||
                                           IsRepeated(hits_[word.hit], hits_[other.hit]));
          });
      if (taken) continue;
      kept.parts[word.part - 1u] = {word.hit, word.distance};
      if (++found == rule.parts_min) *reach = word.distance;
    }
    for (size_t i = 1; i < rule.parts.size(); ++i) {
      if ((rule.parts_required >> i & 1u) != 0 && kept.parts[i - 1].hit == kNoHit) return false;
    }
    kept.supported = found > rule.parts_min;
    return found >= rule.parts_min;
  }

  // The heading says again what the title said: a word gives itself no weight, nor does one
  // that it is a part of.
  bool IsRepeated(const Hit& word, const Hit& hit) const {
    const std::string_view a = TextOf(document_, word.text), b = TextOf(document_, hit.text);
    return a.size() < b.size() ? b.find(a) != b.npos : a.find(b) != a.npos;
  }

  // Words of one zone, or of the running text that several zones make.
  bool SameStatement(const Hit& a, const Hit& b) const {
    return a.zone == b.zone ||
           (ZoneOf(a).kind == ZoneKind::kText && ZoneOf(b).kind == ZoneKind::kText);
  }

  // ---- what one rule kept ----

  // Of kept hits that lie inside one another the longest speaks for the rest.
  void KeepLongest(size_t from) {
    const auto begin = out_.kept.begin() + static_cast<std::ptrdiff_t>(from);
    if (out_.kept.end() - begin < 2) return;
    std::stable_sort(begin, out_.kept.end(), [this](const Kept& a, const Kept& b) {
      const Span x = hits_[a.hit].text, y = hits_[b.hit].text;
      return x.begin != y.begin ? x.begin < y.begin : x.end > y.end;
    });
    uint32_t covered = 0;
    bool first = true;
    const auto last = std::remove_if(begin, out_.kept.end(), [&](const Kept& kept) {
      const Span span = hits_[kept.hit].text;
      const bool inside = !first && span.end <= covered;
      covered = std::max(covered, span.end);
      first = false;
      return inside;
    });
    out_.kept.erase(last, out_.kept.end());
  }

  uint32_t Places(size_t from) const {
    uint32_t places = 0, end = 0;
    for (size_t i = from; i < out_.kept.size(); ++i) {
      const Span span = hits_[out_.kept[i].hit].text;
      if (places != 0 && span.begin < end) continue;
      ++places;
      end = span.end;
    }
    return places;
  }

  const RuleSet& rules_;
  const RuleIndex& index_;
  const Judgement& judgement_;
  const Page& page_;
  const Document& document_;
  const std::vector<Hit>& hits_;
  const SignalNeed need_;
  Outcome out_;
  std::vector<Dropped> excused_;               // whole offers that words of context govern
  std::vector<uint32_t> near_, unless_, all_;  // of the rule being read, once `collected_`
  bool collected_ = false;
  std::vector<NearPart> near_parts_;  // of the hit being read
  std::vector<uint32_t> links_;       // with words, by place
  bool links_sorted_ = false;
};

}  // namespace

RuleIndex::RuleIndex(const RuleSet& rules) : allow_of_pattern(rules.patterns.size()) {
  for (uint32_t i = 0; i < rules.allow.size(); ++i)
    allow_of_pattern[rules.allow[i].pattern].push_back(i);
  for (uint32_t i = 0; i < rules.rules.size(); ++i) {
    if (rules.rules[i].has_patterns) continue;
    for (SignalKind kind : rules.rules[i].signals)
      rules_of_signal[static_cast<size_t>(kind)].push_back(i);
  }
}

Outcome ReadHits(const RuleSet& rules, const RuleIndex& index, const Judgement& judgement,
                 const Page& page, SignalNeed need) {
  return PageReader(rules, index, judgement, page, need).Read();
}

std::string_view TextOf(const Document& document, Span span) {
  return std::string_view(document.text).substr(span.begin, span.size());
}

uint16_t PlacesOf(const Document& document, const Hit& hit) {
  uint16_t places = ZoneBit(document.zones[hit.zone].kind);
  if (hit.in_anchor) places |= ZoneBit(ZoneKind::kAnchor);
  return places;
}

const Url& AskedUrl(const Page& page) {
  return page.permit.valid() ? page.permit.url() : page.response.final_url;
}

Proof ProofOfZone(const Zone& zone) {
  switch (zone.kind) {
    case ZoneKind::kTitle:
    case ZoneKind::kMeta:
      return Proof::kHead;
    case ZoneKind::kText:
    case ZoneKind::kAnchor:
    case ZoneKind::kAttachment:
      return Proof::kVisible;
    case ZoneKind::kHref:
      return Proof::kDestination;
    case ZoneKind::kHidden:
      return Conceals(zone) ? Proof::kUnseen : Proof::kVisible;
    case ZoneKind::kAttribute:
      return ShownAttribute(zone.detail) ? Proof::kVisible : Proof::kUnseen;
    case ZoneKind::kScript:
    case ZoneKind::kComment:
    case ZoneKind::kHeader:
      return Proof::kUnseen;
  }
  return Proof::kVisible;
}

}  // namespace xuncha
