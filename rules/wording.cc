// SPDX-License-Identifier: Apache-2.0
#include "rules/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/hmac.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Runs of at least `digits_min` digits keep their first three.
std::string MaskDigits(std::string_view text, size_t digits_min) {
  std::string out(text);
  for (size_t i = 0; i < out.size();) {
    size_t end = i;
    while (end < out.size() && IsDigit(out[end])) ++end;
    if (end - i >= digits_min) {
      if (end < out.size() && (out[end] == 'X' || out[end] == 'x')) ++end;
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(i + 3),
                out.begin() + static_cast<std::ptrdiff_t>(end), '*');
    }
    i = std::max(end, i + 1);
  }
  return out;
}

// Resident IDs and bank cards have at least 15 digits and explain nothing; phone
// numbers have 11, and in an offer they are the proof.
constexpr size_t kCardDigits = 15;
// Beside an identifier everything that could be a part of another one goes.
constexpr size_t kAnyDigits = 7;

void Excerpt(const Page& page, const Hit& hit, Evidence& evidence) {
  const Document& document = page.document;
  const Zone& zone = document.zones[hit.zone];
  const std::string_view text = document.text;
  const size_t begin =
      std::max<size_t>(StepBack(text, hit.text.begin, limits::kExcerptCharsMax), zone.text.begin);
  const size_t end =
      std::min<size_t>(StepForward(text, hit.text.end, limits::kExcerptCharsMax), zone.text.end);
  const bool identifier = evidence.proof == Proof::kIdentifier;
  const size_t digits = identifier ? kAnyDigits : kCardDigits;
  if (begin < hit.text.begin)
    evidence.before = MaskDigits(text.substr(begin, hit.text.begin - begin), digits);
  if (hit.text.end < end)
    evidence.after = MaskDigits(text.substr(hit.text.end, end - hit.text.end), digits);
  // A regular expression may span a page; its beginning tells what it is.
  const size_t found_end = std::min<size_t>(
      StepForward(text, hit.text.begin, 2 * limits::kExcerptCharsMax), hit.text.end);
  evidence.found = std::string(text.substr(hit.text.begin, found_end - hit.text.begin));
  if (identifier) {
    evidence.found = MaskIdentifier(evidence.found);
  } else {
    evidence.found = MaskDigits(evidence.found, kCardDigits);
  }
}

// Place in the UTF-8 source of the body; empty where the text did not come from it.
struct SourcePlace {
  size_t begin = 0, end = 0;
  bool known = false;
};

SourcePlace PlaceInSource(const Document& document, const Hit& hit) {
  const ZoneKind kind = document.zones[hit.zone].kind;
  if (kind == ZoneKind::kHeader || kind == ZoneKind::kAttachment || hit.text.empty()) return {};
  const auto run_of = [&document](uint32_t at) -> const SourceRun* {
    const auto after =
        std::upper_bound(document.runs.begin(), document.runs.end(), at,
                         [](uint32_t value, const SourceRun& run) { return value < run.text; });
    return after == document.runs.begin() ? nullptr : &*std::prev(after);
  };
  const SourceRun* first = run_of(hit.text.begin);
  const SourceRun* last = run_of(hit.text.end - 1);
  if (first == nullptr || first->generated || last->generated) return {};
  const size_t begin = first->source + (hit.text.begin - first->text);
  size_t end = last->source + (hit.text.end - 1 - last->text) + 1;
  // A hit that ends in an entity ends where the next run begins, behind its ";".
  constexpr size_t kEntityBytesMax = 12;
  if (const SourceRun* next = run_of(hit.text.end); next != last && !next->generated &&
                                                    next->source > end &&
                                                    next->source - end <= kEntityBytesMax) {
    end = next->source;
  }
  if (end <= begin) return {};  // runs that do not ascend: text moved by the parser
  return {begin, end, true};
}

std::string Detail(const RuleSet& rules, const Page& page, const Kept& kept) {
  switch (kept.demotion) {
    case Demotion::kSiteClass:
      return fmt::format("站点类别 {}：按弱证据计", SiteClassName(page.permit.site().site_class));
    case Demotion::kLocalLink:
      return "站内链接的文字：按弱证据计";
    case Demotion::kHintOnly:
      return fmt::format("导入词表《{}》：只作提示", rules.PackOf(rules.rules[kept.rule]).title);
    case Demotion::kContext:
      return "其后有排除的话，但不在其前：不作强证据";
    case Demotion::kExcused:
      return "有排除的话，但这样完整的说法本页有多处：只作提示";
    case Demotion::kNone:
      break;
  }
  const Rule& rule = rules.rules[kept.rule];
  if (!rule.parts.empty()) {
    std::string parts = rule.parts[0];
    for (size_t i = 1; i < rule.parts.size(); ++i) {
      const PartFound& part = kept.parts[i - 1];
      if (part.hit == kNoHit) continue;
      const std::string_view word = TextOf(page.document, page.hits[part.hit].text);
      parts += fmt::format(" + {}：{}（距 {} 字）", rule.parts[i], MaskDigits(word, kCardDigits),
                           part.distance);
    }
    return parts;
  }
  if (kept.near_hit == kNoHit) return {};
  const std::string_view word = TextOf(page.document, page.hits[kept.near_hit].text);
  return fmt::format("佐证：{}（距 {} 字）", MaskDigits(word, kCardDigits), kept.near_distance);
}

std::string_view PlaceText(const Evidence& evidence) {
  return evidence.in_anchor && evidence.zone == ZoneKind::kText ? ZoneText(ZoneKind::kAnchor)
                                                                : ZoneText(evidence.zone);
}

// Head and hidden places tell most, then support, then the rest.
int Weight(const Kept& kept) {
  int weight = kept.strong ? 8 : 0;
  if (kept.supported) weight += 4;
  if (kept.identifier) weight += 4;
  if (kept.proof == Proof::kHead) weight += 2;
  if (kept.proof == Proof::kUnseen) weight += 1;
  return weight;
}

}  // namespace

std::string MaskIdentifier(std::string_view value) {
  std::vector<std::string_view> characters;
  for (size_t at = 0; at < value.size();) {
    const size_t from = at;
    NextCodePoint(value, &at);
    characters.push_back(value.substr(from, at - from));
  }
  // An ID or a card keeps its region or bank, a phone its network; both the last two.
  const size_t head = characters.size() >= kCardDigits ? 6 : 3;
  constexpr size_t kTail = 2;
  std::string out;
  for (size_t i = 0; i < characters.size(); ++i) {
    const bool shown =
        characters.size() > head + kTail && (i < head || i + kTail >= characters.size());
    out += shown ? characters[i] : std::string_view("*");
  }
  return out;
}

std::string IdentifierDigest(std::string_view key, std::string_view value) {
  std::string plain = "identifier\n";
  for (size_t at = 0; at < value.size();) {
    char32_t c = NextCodePoint(value, &at);
    if (c >= 0xFF10 && c <= 0xFF5A) c -= 0xFEE0;  // full-width digits and letters
    if (IsAsciiAlnum(c)) plain.push_back(AsciiLower(static_cast<char>(c)));
  }
  constexpr size_t kBytes = 5;  // two of a million numbers share one by a chance of one half
  std::string letters;          // no digits: what leaves the store has long runs of those masked
  for (const char byte : HmacSha256(key, plain).substr(0, kBytes)) {
    letters.push_back(static_cast<char>('a' + (static_cast<unsigned char>(byte) >> 4)));
    letters.push_back(static_cast<char>('a' + (static_cast<unsigned char>(byte) & 15)));
  }
  return letters;
}

Evidence EvidenceOfHit(const RuleSet& rules, const Page& page, const Kept& kept,
                       std::string_view identifier_key) {
  const Hit& hit = page.hits[kept.hit];
  const Rule& rule = rules.rules[kept.rule];
  const Zone& zone = page.document.zones[hit.zone];
  Evidence evidence;
  evidence.rule = rule.id;
  evidence.proof = kept.proof;
  evidence.strong = kept.strong;
  evidence.zone = zone.kind;
  evidence.in_anchor = hit.in_anchor;
  evidence.hiding = zone.hiding;
  evidence.channel = hit.channel;
  evidence.pattern = rules.patterns[hit.pattern].text;
  evidence.because = rule.because;
  evidence.detail = Detail(rules, page, kept);
  if (evidence.proof == Proof::kIdentifier && !identifier_key.empty()) {
    const std::string digest = IdentifierDigest(identifier_key, TextOf(page.document, hit.text));
    evidence.detail += fmt::format("{}号码标记 {}", evidence.detail.empty() ? "" : "；", digest);
  }
  Excerpt(page, hit, evidence);
  // Until LocateInBody has run, the place in the UTF-8 source.
  if (const SourcePlace place = PlaceInSource(page.document, hit); place.known) {
    evidence.source = {static_cast<uint32_t>(place.begin), static_cast<uint32_t>(place.end)};
  }
  return evidence;
}

Evidence EvidenceOfSignal(const Judgement& judgement, const Signal& signal, const Rule* rule) {
  Evidence evidence;
  evidence.rule = rule != nullptr ? rule->id : std::string(SignalName(signal.kind));
  evidence.proof = judgement.signal_proof[static_cast<size_t>(signal.kind)];
  evidence.strong = SignalStrength(signal.kind) == Strength::kStrong;
  evidence.pattern = std::string(SignalName(signal.kind));
  evidence.because = rule != nullptr ? rule->because : std::string(SignalText(signal.kind));
  evidence.detail = signal.detail;
  return evidence;
}

Dismissal DismissalOf(const RuleSet& rules, const Page& page, const Dropped& dropped,
                      std::string_view identifier_key) {
  Dismissal dismissal;
  dismissal.evidence = EvidenceOfHit(rules, page, dropped.would, identifier_key);
  const std::string_view word = TextOf(page.document, page.hits[dropped.by].text);
  dismissal.reason = dropped.allowed ? fmt::format("白名单：{}", word)
                                     : fmt::format("语境：{}（距 {} 字）", word, dropped.distance);
  return dismissal;
}

std::vector<Evidence> EvidenceOfGroup(const RuleSet& rules, const Page& page, const Group& group,
                                      std::string_view identifier_key) {
  struct Entry {
    const Kept* kept;
    uint32_t places;
  };
  // One entry for each rule, pattern and kind of proof; identifiers by value.
  std::vector<Entry> entries;
  std::unordered_map<std::string, size_t> known;
  for (const Kept& kept : group.kept) {
    const Hit& hit = page.hits[kept.hit];
    std::string key = fmt::format("{} {} {}", kept.rule, hit.pattern, static_cast<int>(kept.proof));
    if (kept.identifier) key += TextOf(page.document, hit.text);
    const auto [at, fresh] = known.try_emplace(std::move(key), entries.size());
    if (fresh) {
      entries.push_back({&kept, 1});
    } else {
      Entry& entry = entries[at->second];
      ++entry.places;
      if (Weight(kept) > Weight(*entry.kept)) entry.kept = &kept;
    }
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return Weight(*a.kept) > Weight(*b.kept);
  });
  if (entries.size() > limits::kEvidencePerFindingMax)
    entries.resize(limits::kEvidencePerFindingMax);
  std::vector<Evidence> evidence;
  for (const Entry& entry : entries) {
    evidence.push_back(EvidenceOfHit(rules, page, *entry.kept, identifier_key));
    if (entry.places > 1) {
      std::string& detail = evidence.back().detail;
      detail += fmt::format("{}共 {} 处", detail.empty() ? "" : "；", entry.places);
    }
  }
  return evidence;
}

std::string Sentence(std::string_view title, const std::vector<Evidence>& evidence,
                     const Verdict& verdict) {
  constexpr size_t kWordsShown = 3;
  std::vector<std::string> places, words, structure;
  std::string because;
  for (const Evidence& e : evidence) {
    if (e.found.empty()) {
      if (structure.size() < kWordsShown &&
          std::find(structure.begin(), structure.end(), e.because) == structure.end()) {
        structure.push_back(e.because);
      }
      continue;
    }
    if (because.empty()) because = e.because;
    const std::string place(PlaceText(e));
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
    std::string word = fmt::format("“{}”", CollapseSpace(e.found));
    if (words.size() < kWordsShown && std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(std::move(word));
    }
  }
  std::string out = fmt::format("{}：", title);
  if (!words.empty()) {
    out += fmt::format("{}出现{}{}，{}", Join(places, "、"), Join(words, ""),
                       evidence.size() > words.size() ? "等" : "", because);
    if (!structure.empty()) out += "；同时";
  }
  out += Join(structure, "；");
  if (verdict.severity == Severity::kHint) {
    out += "；证据不足，仅作提示";
  } else if (verdict.proofs >= 2) {
    out += fmt::format("；{} 类独立证据相互印证", verdict.proofs);
  }
  return out + "。";
}

void LocateInBody(Page& page) {
  std::vector<Evidence*> placed;
  const bool worth = std::any_of(page.findings.begin(), page.findings.end(),
                                 [](const Finding& f) { return f.severity > Severity::kHint; });
  const auto add = [&placed, worth](Evidence& e) {
    if (!worth) e.source = {};
    if (!e.source.empty()) placed.push_back(&e);
  };
  for (Finding& finding : page.findings) {
    for (Evidence& e : finding.evidence) add(e);
  }
  for (Dismissal& dismissal : page.dismissals) add(dismissal.evidence);
  if (placed.empty()) return;

  std::vector<size_t> offsets;
  for (const Evidence* e : placed) {
    offsets.push_back(e->source.begin);
    offsets.push_back(e->source.end);
  }
  SortUnique(offsets);
  const std::string& body = page.response.body;
  const std::vector<size_t> original = OriginalOffsets(body, page.document.charset, offsets);
  const auto map = [&](uint32_t offset) {
    const auto at = std::lower_bound(offsets.begin(), offsets.end(), offset) - offsets.begin();
    return static_cast<uint32_t>(std::min(original[static_cast<size_t>(at)], body.size()));
  };
  for (Evidence* e : placed) e->source = {map(e->source.begin), map(e->source.end)};
}

}  // namespace xuncha
