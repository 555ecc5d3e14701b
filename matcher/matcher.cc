// Matching one page, in order: fold its zones, read them squeezed, scan once,
// then ask homophones, numbers and expressions; every find goes through AddHit,
// which maps it back to the page and keeps the caps.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/matcher.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "matcher/catalogue.h"
#include "matcher/fold_table.h"
#include "matcher/hits.h"
#include "matcher/prefilter.h"

namespace xuncha {
namespace {

// A zone of the page as it stands in the plain text.
struct PlainZone {
  Span text;
  uint32_t zone;  // Document::zones
};

constexpr uint32_t kLongMatchBytes = 4 << 10;

int64_t ThreadCpuMillis() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Two neighbours of one sort make one word or one number.
bool OneWord(char a, char b) { return (IsLetter(a) && IsLetter(b)) || (IsDigit(a) && IsDigit(b)); }

// A word was seen without which expression `expression` does not match.
struct AtomPlace {
  int expression;
  Span plain;
};

}  // namespace

struct Matcher::Scratch::Rep {
  Prefilter::Scratch prefilter;
  FoldedText plain;
  Reading reading;
  std::vector<PlainZone> zones;
  std::vector<Span> links;        // words of links, ascending, disjoint
  std::vector<uint16_t> counts;   // hits by pattern
  std::vector<uint32_t> counted;  // patterns whose count is not 0
  std::vector<char> atom_seen;
  std::vector<int> atoms;
  std::vector<char> zone_seen;         // by index into `zones`: an atom stands there
  std::vector<AtomPlace> atom_places;  // for expressions with a reach
};

struct Matcher::Rep {
  const RuleSet* rules = nullptr;
  std::unique_ptr<Catalogue> catalogue;
  std::unique_ptr<Prefilter> prefilter;
  uint32_t today = 0;
  int64_t cpu_millis = 0;
};

namespace {

using Rep = Matcher::Scratch::Rep;

// Matching of one page; lives for one call of Match.
class Job final : public Prefilter::Sink {
 public:
  Job(const RuleSet& rules, const Catalogue& catalogue, const Prefilter& prefilter, uint32_t today,
      int64_t cpu_millis, Page& page, Rep& scratch)
      : rules_(rules),
        catalogue_(catalogue),
        prefilter_(prefilter),
        today_(today),
        page_(page),
        s_(scratch),
        to_plain_(scratch.reading.map),
        to_page_(scratch.plain.map),
        cpu_millis_(cpu_millis),
        deadline_(ThreadCpuMillis() + cpu_millis) {}

  void Run() {
    Begin();
    FoldZones();
    Read(s_.plain, Turned(), catalogue_.wants, s_.reading);
    if (s_.reading.cut)
      Stop(Limit::kTextBytes, fmt::format("disguises read in the first {} bytes of marked text",
                                          limits::kStretchBytesMax));
    ScanStrings();
    FindHomophones();
    FindSigns();
    FindChecks();
    RunExpressions();
    Finish();
  }

  Next Found(uint32_t string, uint32_t end) override {
    const uint32_t size = catalogue_.SizeOf(string);
    for (const Target& target : catalogue_.TargetsOf(string)) {
      const Span place{end - size, end};
      switch (target.kind) {
        case Target::Kind::kLiteral:
          FoundLiteral(target, place);
          break;
        case Target::Kind::kNumber:
          FoundNumber(target, place);
          break;
        case Target::Kind::kAtom:
          FoundAtom(target, place);
          break;
        case Target::Kind::kSecret:
          FoundSecret(target, place);
          break;
      }
    }
    return full_ ? Next::kStop : Next::kContinue;
  }

 private:
  void Begin() {
    page_.hits.clear();
    s_.zones.clear();
    s_.atoms.clear();
    s_.atom_places.clear();
    if (s_.counts.size() != rules_.patterns.size()) s_.counts.assign(rules_.patterns.size(), 0);
    s_.atom_seen.assign(catalogue_.expressions->atoms().size(), 0);
    // Words of links; overlapping ones (nested links) become one.
    s_.links.clear();
    for (const Link& link : page_.document.links) {
      if (!link.text.empty()) s_.links.push_back(link.text);
    }
    std::sort(s_.links.begin(), s_.links.end(), [](Span a, Span b) { return a.begin < b.begin; });
    size_t kept = 0;
    for (const Span link : s_.links) {
      if (kept > 0 && link.begin < s_.links[kept - 1].end) {
        s_.links[kept - 1].end = std::max(s_.links[kept - 1].end, link.end);
      } else {
        s_.links[kept++] = link;
      }
    }
    s_.links.resize(kept);
  }

  bool Wanted(ZoneKind kind) const {
    constexpr uint16_t kHoldsLinks = ZoneBit(ZoneKind::kText) | ZoneBit(ZoneKind::kHidden);
    const bool anchors = (catalogue_.zones & ZoneBit(ZoneKind::kAnchor)) != 0;
    return (catalogue_.zones & ZoneBit(kind)) != 0 ||
           (anchors && (kHoldsLinks & ZoneBit(kind)) != 0);
  }

  void FoldZones() {
    const Document& document = page_.document;
    s_.plain.Clear();
    const FoldWants wants{catalogue_.wants.splits, catalogue_.wants.numbers};
    for (size_t i = 0; i < document.zones.size(); ++i) {
      const Zone& zone = document.zones[i];
      if (!Wanted(zone.kind) || zone.text.empty()) continue;
      CHECK(zone.text.begin <= zone.text.end && zone.text.end <= document.text.size());
      const uint32_t begin = s_.plain.size;
      FoldZone(document.text, zone.text, wants, s_.plain);
      s_.zones.push_back({{begin, s_.plain.size}, static_cast<uint32_t>(i)});
    }
    s_.zone_seen.assign(s_.zones.size(), 0);
  }

  // Plain spans to be read backwards: zones that a signal names, and places of
  // override characters.
  std::vector<Span> Turned() const {
    std::vector<Span> out;
    if (!catalogue_.wants.reversed) return out;
    for (const uint32_t at : s_.plain.reversed) {
      if (at < s_.plain.size) out.push_back({at, at + 1});
    }
    for (const Signal& signal : page_.document.signals) {
      if (signal.kind != SignalKind::kReversedText) continue;
      for (const PlainZone& zone : s_.zones) {
        const Span text = page_.document.zones[zone.zone].text;
        if (signal.text.empty() || (text.begin < signal.text.end && signal.text.begin < text.end)) {
          out.push_back(zone.text);
        }
      }
    }
    std::sort(out.begin(), out.end(), [](Span a, Span b) { return a.begin < b.begin; });
    return out;
  }

  void ScanStrings() {
    const Status scanned = prefilter_.Scan(s_.reading.view(), s_.prefilter, *this);
    if (scanned.ok()) return;
    // Hyperscan failed: nothing it reported is relied on, the plain walk decides.
    Note(Limit::kMatcherError, scanned.error().text + "; scanned again without Hyperscan");
    page_.hits.clear();
    full_ = false;
    ResetCounts();
    std::fill(s_.atom_seen.begin(), s_.atom_seen.end(), 0);
    std::fill(s_.zone_seen.begin(), s_.zone_seen.end(), 0);
    s_.atoms.clear();
    s_.atom_places.clear();
    prefilter_.PlainScan(s_.reading.view(), *this);
  }

  void FoundLiteral(const Target& target, Span place) {
    if (Exhausted(target)) return;
    const std::string_view text = s_.reading.view();
    if (CutsWord(text, place)) return;
    const Span plain = to_plain_.Source(place);
    const bool main = place.begin < s_.reading.main;
    if (target.phrase == Target::kSameAsCore) {
      if (main && plain.size() == place.size()) return AddHit(target, plain, Channel::kPlain);
    } else {
      const Phrase& phrase = catalogue_.phrases[target.phrase];
      if (main && plain.begin >= phrase.lead &&
          s_.plain.view().substr(plain.begin - phrase.lead, phrase.plain.size()) == phrase.plain) {
        return AddHit(target, {plain.begin - phrase.lead, plain.end + phrase.trail},
                      Channel::kPlain);
      }
      if (phrase.lead + phrase.trail != 0) return;  // written with its brackets, wanted with them
    }
    const Channel channel = s_.reading.ChannelAt(place.begin);
    switch (channel) {
      case Channel::kSqueezed:
        if (!main && plain.size() == place.size()) return;  // nothing was tidied here
        if (!Together(plain, target.characters)) return;
        break;
      case Channel::kSplit:
        if (plain.size() == place.size()) return;
        break;
      case Channel::kReversed:
        if (target.characters < 2) return;
        break;
      default:
        return;  // numbers have targets of their own
    }
    if (channel != Channel::kSqueezed && (target.channels & ChannelBit(channel)) == 0) return;
    AddHit(target, plain, channel);
  }

  // A word or number may not be a part of a longer one.
  static bool CutsWord(std::string_view text, Span place) {
    return (place.begin > 0 && OneWord(text[place.begin - 1], text[place.begin])) ||
           (place.end < text.size() && OneWord(text[place.end - 1], text[place.end]));
  }

  // Two characters with a gap between them are one word only if the gap is odd or
  // one of them stands alone: 精彩 票务 is not 彩票, 彩 票 and 彩*票 are. Longer
  // phrases do not come about by accident.
  bool Together(Span plain, uint32_t characters) const {
    if (characters != 2) return true;
    const auto& gaps = s_.plain.gaps;
    const auto gap = std::lower_bound(gaps.begin(), gaps.end(), plain.begin,
                                      [](const Gap& g, uint32_t at) { return g.begin < at; });
    if (gap == gaps.end() || gap->end >= plain.end || gap->odd) return true;
    const std::string_view text = s_.plain.view();
    const auto is_han_at = [&](size_t at) {
      return at < text.size() && FoldOf(NextCodePoint(text, &at)).kind == CharKind::kHan;
    };
    return !is_han_at(StepBack(text, plain.begin, 1)) || !is_han_at(plain.end);
  }

  void FoundNumber(const Target& target, Span place) {
    if (place.begin < s_.reading.main || s_.reading.ChannelAt(place.begin) != Channel::kDigits)
      return;
    const Span plain = to_plain_.Source(place);
    const std::string_view text = s_.plain.view();
    if (CutsWord(text, plain)) return;
    AddHit(target, plain, Channel::kDigits);
  }

  void FoundAtom(const Target& target, Span place) {
    if (place.begin >= s_.reading.main) return;
    if (s_.atom_seen[target.index] == 0) {
      s_.atom_seen[target.index] = 1;
      s_.atoms.push_back(static_cast<int>(target.index));
    }
    const Span plain = to_plain_.Source(place);
    const int zone = ZoneAt(plain.begin);
    if (zone < 0) return;
    s_.zone_seen[static_cast<size_t>(zone)] = 1;
    if (s_.atom_places.size() >= limits::kAtomPlacesMax) return;
    for (const int expression : catalogue_.expressions->Demanding(static_cast<int>(target.index)))
      s_.atom_places.push_back({expression, plain});
  }

  void FoundSecret(const Target& target, Span place) {
    if (place.begin >= s_.reading.main || Capped(target)) return;
    const Span level = to_plain_.Source(place);
    const size_t end = SecretMarkEnd(s_.plain.view(), level.end);
    if (end == 0) return;
    AddHit(target, {level.begin, static_cast<uint32_t>(end)},
           level.size() == place.size() ? Channel::kPlain : Channel::kSqueezed);
  }

  void FindHomophones() {
    if (catalogue_.homophones.empty() || full_) return;
    const std::string_view main = s_.reading.view().substr(0, s_.reading.main);
    catalogue_.homophones.Find(main, [&](uint32_t pattern, Span place) {
      AddHit(TargetOf(pattern), s_.reading.map.Source(place), Channel::kHomophone);
    });
  }

  void FindSigns() {
    const std::string_view text = s_.plain.view();
    for (const auto& [signs, pattern] : catalogue_.signs) {
      const Target target = TargetOf(pattern);
      for (size_t at = text.find(signs); at != text.npos && !Capped(target);
           at = text.find(signs, at + 1)) {
        AddHit(target, {static_cast<uint32_t>(at), static_cast<uint32_t>(at + signs.size())},
               Channel::kPlain);
      }
    }
  }

  void FindChecks() {
    if (catalogue_.checks.empty()) return;
    FindNumbers(s_.plain.view(), s_.plain.digits, today_, [&](CheckHit hit) {
      for (const auto& [check, pattern] : catalogue_.checks) {
        if (check == hit.check) AddHit(TargetOf(pattern), hit.text, Channel::kPlain);
      }
    });
    for (const Stretch& stretch : s_.reading.stretches) {
      if (stretch.channel == Channel::kDigits) FindInNumber(stretch);
    }
  }

  void FindInNumber(const Stretch& stretch) {
    const std::string_view text =
        s_.reading.view().substr(stretch.begin, stretch.end - stretch.begin);
    std::vector<uint32_t> starts;
    uint32_t prior_end = UINT32_MAX;
    bool ascii = true;
    for (uint32_t i = 0; i < text.size(); ++i) {
      const Span source = s_.reading.map.Source({stretch.begin + i, stretch.begin + i + 1});
      ascii &= source.size() == 1;
      if (source.begin != prior_end) starts.push_back(i);
      prior_end = source.end;
    }
    FindGrouped(text, starts, today_, [&](CheckHit hit) {
      const Span place{stretch.begin + hit.text.begin, stretch.begin + hit.text.end};
      const Span plain = s_.reading.map.Source(place);
      if (plain.size() == place.size()) return;  // unbroken ASCII: the plain channel's
      for (const auto& [check, pattern] : catalogue_.checks) {
        const bool asked = (rules_.patterns[pattern].channels & ChannelBit(Channel::kDigits)) != 0;
        if (check == hit.check && asked) AddHit(TargetOf(pattern), plain, Channel::kDigits);
      }
    });
  }

  void RunExpressions() {
    const Catalogue& c = catalogue_;
    if (c.expression_patterns.empty() || full_) return;
    std::vector<int> seen = c.always_atoms;
    seen.insert(seen.end(), s_.atoms.begin(), s_.atoms.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    const bool all_places = s_.atom_places.size() < limits::kAtomPlacesMax;
    std::sort(s_.atom_places.begin(), s_.atom_places.end(),
              [](const AtomPlace& a, const AtomPlace& b) {
                return a.expression != b.expression ? a.expression < b.expression
                                                    : a.plain.begin < b.plain.begin;
              });
    for (const int expression : c.expressions->Candidates(seen)) {
      if (c.always[static_cast<size_t>(expression)] != 0) {
        RunEverywhere(expression, [](size_t) { return true; });
      } else if (all_places && c.expressions->Reach(expression) != 0) {
        RunNearAtoms(expression);
      } else {
        RunEverywhere(expression, [&](size_t zone) { return s_.zone_seen[zone] != 0; });
      }
    }
    if (late_) Stop(Limit::kMatchTime, fmt::format("expressions stopped after {} ms", cpu_millis_));
  }

  // In every zone that `wanted` says.
  template <typename Wanted>
  void RunEverywhere(int expression, const Wanted& wanted) {
    const Target target = ExpressionTarget(expression);
    for (size_t i = 0; i < s_.zones.size() && !late_ && !full_; ++i) {
      if (wanted(i) && MayMatch(target.zones, page_.document.zones[s_.zones[i].zone].kind))
        RunExpression(expression, target, i, {0, s_.zones[i].text.size() - 1});
    }
  }

  // Around the places of its atoms: what is within reach of two is read once.
  void RunNearAtoms(int expression) {
    const Target target = ExpressionTarget(expression);
    const uint32_t reach = catalogue_.expressions->Reach(expression);
    const auto [first, last] = std::equal_range(
        s_.atom_places.begin(), s_.atom_places.end(), AtomPlace{expression, {}},
        [](const AtomPlace& a, const AtomPlace& b) { return a.expression < b.expression; });
    for (auto at = first; at != last && !late_ && !full_;) {
      const size_t zone = static_cast<size_t>(ZoneAt(at->plain.begin));
      const Span text = s_.zones[zone].text;
      const uint32_t stop = text.end - 1;  // without the line end that FoldZone wrote
      Span part{std::max(text.begin, at->plain.begin - std::min(reach, at->plain.begin)), 0};
      for (; at != last && at->plain.begin < text.end &&
             (part.end == 0 || at->plain.begin <= part.end + reach);
           ++at) {
        part.end = std::max(part.end, std::min(stop, at->plain.end + reach));
      }
      if (MayMatch(target.zones, page_.document.zones[s_.zones[zone].zone].kind)) {
        RunExpression(expression, target, zone, {part.begin - text.begin, part.end - text.begin});
      }
    }
  }

  Target ExpressionTarget(int expression) const {
    return TargetOf(catalogue_.expression_patterns[static_cast<size_t>(expression)]);
  }

  // `part` of the zone's plain text.
  void RunExpression(int expression, const Target& target, size_t zone, Span part) {
    using Go = Expressions::Next;
    const Span text = s_.zones[zone].text;
    // Without the line end that FoldZone wrote.
    const std::string_view view = s_.plain.view().substr(text.begin, text.size() - 1);
    catalogue_.expressions->Find(
        expression, view, part,
        [&](Span match) {
          AddHit(target, {text.begin + match.begin, text.begin + match.end}, Channel::kPlain);
          // A match that makes no hit is not counted, and may have cost a window.
          if (match.size() > kLongMatchBytes) Look();
          return Capped(target) || full_ || late_ ? Go::kStop : Go::kContinue;
        },
        [&] {
          // Short texts cost less than the clock; a long one may cost a second.
          if (++looks_ % 16 == 0 || part.size() > kLongMatchBytes) Look();
          return late_ ? Go::kStop : Go::kContinue;
        });
  }

  void Look() { late_ = late_ || ThreadCpuMillis() > deadline_; }

  static bool MayMatch(uint16_t zones, ZoneKind kind) {
    if (zones == 0 || (zones & ZoneBit(kind)) != 0) return true;
    return (zones & ZoneBit(ZoneKind::kAnchor)) != 0 &&
           (kind == ZoneKind::kText || kind == ZoneKind::kHidden);
  }

  // Index into s_.zones of the zone around a place of the plain text; -1 if none.
  int ZoneAt(uint32_t at) {
    const auto& zones = s_.zones;
    if (zone_ < zones.size() && zones[zone_].text.begin <= at && at < zones[zone_].text.end)
      return static_cast<int>(zone_);  // as most often, that of the last hit
    const auto after =
        std::upper_bound(zones.begin(), zones.end(), at,
                         [](uint32_t place, const PlainZone& z) { return place < z.text.begin; });
    if (after == zones.begin()) return -1;
    zone_ = static_cast<size_t>(after - zones.begin()) - 1;
    return static_cast<int>(zone_);
  }

  bool InLink(Span text) {
    const auto& links = s_.links;
    const auto begins_behind = [&](size_t i) {
      return i >= links.size() || links[i].begin > text.begin;
    };
    // link_ is the first link behind the last place, most often of this one too.
    if (!begins_behind(link_) || (link_ > 0 && begins_behind(link_ - 1))) {
      link_ = static_cast<size_t>(
          std::upper_bound(links.begin(), links.end(), text.begin,
                           [](uint32_t place, const Span& link) { return place < link.begin; }) -
          links.begin());
    }
    return link_ > 0 && links[link_ - 1].end >= text.end;
  }

  // What stands for a pattern that is no string.
  Target TargetOf(uint32_t pattern) const {
    Target out;
    out.index = pattern;
    out.zones = rules_.patterns[pattern].zones;
    out.cap = CapOf(rules_.patterns[pattern]);
    out.context = IsContext(rules_.patterns[pattern]);
    return out;
  }

  // Whether further places are not looked for, if looking costs.
  bool Capped(const Target& target) const { return s_.counts[target.index] > target.cap; }
  // Nor kept, if they are found all the same.
  bool Exhausted(const Target& target) const {
    return s_.counts[target.index] == UINT16_MAX || (target.context && Capped(target));
  }

  void AddHit(const Target& target, Span plain, Channel channel) {
    if (full_ || plain.empty()) return;
    const int slot = ZoneAt(plain.begin);
    if (slot < 0) return;
    const PlainZone& zone = s_.zones[static_cast<size_t>(slot)];
    if (plain.end > zone.text.end - 1) return;  // would reach into the next zone
    const ZoneKind kind = page_.document.zones[zone.zone].kind;
    if (!MayMatch(target.zones, kind)) return;
    Hit hit{target.index, to_page_.Source(plain), zone.zone, false, channel};
    hit.in_anchor = InLink(hit.text);
    if (target.zones != 0 && (target.zones & ZoneBit(kind)) == 0 && !hit.in_anchor) return;
    uint16_t& count = s_.counts[target.index];
    if (count == 0) s_.counted.push_back(target.index);
    if (Exhausted(target)) return;
    if (++count > target.cap) return KeepAsLast(target, hit);
    // Words that excuse may not crowd out those that accuse.
    if (target.context && ++context_hits_ > limits::kContextHitsPerPageMax) {
      if (context_hits_ == limits::kContextHitsPerPageMax + 1)
        Stop(Limit::kHits, fmt::format("the first {} words of context", context_hits_ - 1));
      return;
    }
    page_.hits.push_back(hit);
    if (page_.hits.size() >= limits::kHitsPerPageMax) {
      full_ = true;
      Stop(Limit::kHits, fmt::format("the first {} hits", limits::kHitsPerPageMax));
    }
  }

  // A word that has had its places, most often innocent ones: the last of them give way,
  // so that those at the end of the page are kept as well as those at its beginning.
  void KeepAsLast(const Target& target, const Hit& hit) {
    if (target.context) {
      if (s_.counts[target.index] == target.cap + 1) {
        Note(Limit::kHits, fmt::format("\"{}\": the first {} places",
                                       rules_.patterns[target.index].text, target.cap));
      }
      return;
    }
    const auto [found, first] = last_.try_emplace(target.index);
    LastHits& last = found->second;
    if (first) {
      Note(Limit::kHits, fmt::format("\"{}\": the first {} places and the last {}",
                                     rules_.patterns[target.index].text,
                                     target.cap - limits::kHitsLastMax, limits::kHitsLastMax));
      size_t slot = limits::kHitsLastMax;
      for (size_t i = page_.hits.size(); i > 0 && slot > 0; --i) {
        if (page_.hits[i - 1].pattern == target.index) last.at[--slot] = i - 1;
      }
      CHECK(slot == 0);
    }
    page_.hits[last.at[last.next++ % limits::kHitsLastMax]] = hit;
  }

  // Not all was looked at: what is not found here may stand on the page all the same.
  void Stop(Limit limit, std::string detail) {
    if (page_.checked == Checked::kFull) page_.checked = Checked::kFlat;
    Note(limit, std::move(detail));
  }

  void Note(Limit limit, std::string detail) { page_.limits.push_back({limit, std::move(detail)}); }

  void ResetCounts() {
    for (const uint32_t pattern : s_.counted) s_.counts[pattern] = 0;
    s_.counted.clear();
  }

  void Finish() {
    ResetCounts();
    TidyHits(page_.hits);
  }

  // Where in Page::hits the last places of a word stand, the oldest at `next`.
  struct LastHits {
    std::array<size_t, limits::kHitsLastMax> at{};
    size_t next = 0;
  };

  const RuleSet& rules_;
  const Catalogue& catalogue_;
  const Prefilter& prefilter_;
  const uint32_t today_;
  Page& page_;
  Rep& s_;
  OffsetMap::Walk to_plain_, to_page_;
  size_t zone_ = 0;  // where ZoneAt and InLink looked last
  size_t link_ = 0;
  const int64_t cpu_millis_;
  const int64_t deadline_;
  size_t context_hits_ = 0;
  std::unordered_map<uint32_t, LastHits> last_;  // by pattern
  bool full_ = false;                            // kHitsPerPageMax reached
  bool late_ = false;                            // kMatchCpuMillisMax reached
  uint32_t looks_ = 0;
};

}  // namespace

Matcher::Scratch::Scratch() = default;
Matcher::Scratch::~Scratch() = default;
Matcher::Scratch::Scratch(Scratch&&) noexcept = default;
Matcher::Scratch& Matcher::Scratch::operator=(Scratch&&) noexcept = default;

Matcher::Matcher(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Matcher::~Matcher() = default;

Result<std::unique_ptr<Matcher>> Matcher::Build(const RuleSet& rules, const Options& options) {
  auto rep = std::make_unique<Rep>();
  rep->rules = &rules;
  rep->today = TodayNumber();
  rep->cpu_millis = options.cpu_millis_max;
  Result<std::unique_ptr<Catalogue>> catalogue = Catalogue::Make(rules);
  if (!catalogue) return catalogue.error();
  rep->catalogue = std::move(*catalogue);
  Result<std::unique_ptr<Prefilter>> prefilter = Prefilter::Build(
      std::move(rep->catalogue->strings), {options.cache_dir, options.scan_fails_with});
  if (!prefilter) return prefilter.error();
  rep->prefilter = std::move(*prefilter);
  return std::unique_ptr<Matcher>(
      new Matcher(std::move(rep)));  // private constructor: no make_unique
}

Result<Matcher::Scratch> Matcher::NewScratch() const {
  Scratch out;
  out.rep = std::make_unique<Scratch::Rep>();
  Result<Prefilter::Scratch> prefilter = rep_->prefilter->NewScratch();
  if (!prefilter) return prefilter.error();
  out.rep->prefilter = std::move(*prefilter);
  return out;
}

void Matcher::Match(Page& page, Scratch& scratch) const {
  CHECK(scratch.rep != nullptr);
  Job(*rep_->rules, *rep_->catalogue, *rep_->prefilter, rep_->today, rep_->cpu_millis, page,
      *scratch.rep)
      .Run();
}

}  // namespace xuncha
