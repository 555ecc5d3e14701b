// SPDX-License-Identifier: Apache-2.0
#include "crawler/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/extract.h"
#include "rules/judge.h"
#include "rules/judgement.h"
#include "rules/kinds.h"

namespace xuncha {
namespace {

constexpr std::string_view kRule = "tamper.target";  // rules/packs/tamper.toml
constexpr size_t kWordsShown = 4;                    // of what was found on the target
constexpr size_t kTextShownBytes = 120;              // of a link or title

std::string TitleOf(std::string_view kind) {
  const KindInfo* info = FindKind(kind);
  return std::string(info == nullptr ? kind : info->title);
}

std::string Short(std::string_view text) {
  std::string shown = CollapseSpace(text);
  if (shown.size() <= kTextShownBytes) return shown;
  shown.resize(kTextShownBytes);
  shown.resize(ValidUtf8Prefix(shown));
  return shown + "…";
}

SignalKind SignalOf(TargetVerdict verdict) {
  if (verdict == TargetVerdict::kExpired) return SignalKind::kTargetExpired;
  return verdict == TargetVerdict::kParked ? SignalKind::kTargetParked
                                           : SignalKind::kTargetViolating;
}

std::string KindsOf(const LinkTarget& target) {
  std::string kinds;
  for (const Finding& finding : target.findings)
    kinds += (kinds.empty() ? "" : "、") + TitleOf(finding.kind);
  return kinds;
}

std::string_view WordsOf(const Document& document, const Link& link) {
  return std::string_view(document.text).substr(link.text.begin, link.text.size());
}

// What officers read: the link's words, where it leads, and what stands there.
std::string Describe(const Document& document, const Link& link, const LinkTarget& target) {
  std::string text;
  const std::string words = Short(WordsOf(document, link));
  if (!words.empty()) text += fmt::format("“{}” ", words);
  text += fmt::format("→ {}", Short(link.url.text()));
  if (link.hiding != Hiding::kNone) text += fmt::format("（{}）", HidingText(link.hiding));
  text += fmt::format("；{}", TargetVerdictText(target.verdict));
  if (target.verdict == TargetVerdict::kViolating) text += fmt::format("（{}）", KindsOf(target));
  if (!target.title.empty()) text += fmt::format("，标题“{}”", Short(target.title));
  if (!target.hops.empty()) text += fmt::format("，转到 {}", Short(target.hops.back().to));
  if (!target.why.empty()) text += fmt::format("；{}", target.why);
  if (!target.body.empty()) text += fmt::format("；快照 sha256:{}", target.body.hex());
  return text;
}

// The first link to each of the page's targets, by index; one in sight gives way to one
// that is hidden, which says more.
std::map<uint32_t, const Link*> LinksToTargets(const Page& page) {
  std::map<uint32_t, const Link*> found;
  const std::vector<LinkTarget>& targets = *page.targets;
  std::string_view last;  // links to one host stand together
  for (const Link& link : page.document.links) {
    if (link.url.empty() || !LeadsSomewhere(link)) continue;
    if (link.url.host() == last) continue;
    const std::string host = TargetHost(link.url);
    const auto at = std::lower_bound(
        targets.begin(), targets.end(), host,
        [](const LinkTarget& target, const std::string& name) { return target.host < name; });
    if (at == targets.end() || at->host != host) {
      last = link.url.host();
      continue;
    }
    const Link*& first = found[static_cast<uint32_t>(at - targets.begin())];
    if (first == nullptr || (first->hiding == Hiding::kNone && link.hiding != Hiding::kNone))
      first = &link;
  }
  return found;
}

Evidence EvidenceOf(const Page& page, const Link& link, const LinkTarget& target,
                    std::string_view kind) {
  Evidence evidence;
  evidence.rule = kRule;
  evidence.proof = Proof::kDestination;
  evidence.strong = true;
  evidence.zone = ZoneKind::kHref;
  evidence.in_anchor = !link.text.empty();
  evidence.hiding = link.hiding;
  evidence.pattern = SignalName(SignalKind::kTargetViolating);
  evidence.because = fmt::format("页面链接到的外部网站含{}内容", TitleOf(kind));
  evidence.detail = Describe(page.document, link, target);
  return evidence;
}

std::string IdOf(const Page& page, const Finding& finding) {
  const std::string site = page.permit.valid() ? page.permit.site().id : std::string();
  return StableId({site, page.permit.valid() ? page.permit.url().text() : std::string(),
                   finding.kind, std::to_string(finding.clause),
                   std::string(SignalName(SignalKind::kTargetViolating))});
}

// Two independent kinds of proof make it high: the target's words, and the page's own or
// the hiding of its link.
Severity SeverityOf(const Finding& found, const Finding* own, const Link& link) {
  const Severity base = std::min(found.severity, Severity::kMedium);
  const bool second =
      link.hiding != Hiding::kNone || (own != nullptr && own->severity >= Severity::kLow);
  if (second && base == Severity::kMedium) return Severity::kHigh;
  return own == nullptr ? base : std::max(base, own->severity);
}

void AddName(Finding& finding, SignalKind kind) {
  std::string name(SignalName(kind));
  if (std::find(finding.signals.begin(), finding.signals.end(), name) == finding.signals.end())
    finding.signals.push_back(std::move(name));
}

void IncludeOne(Page& page, const Link& link, const LinkTarget& target, const Finding& found) {
  const auto own = std::find_if(page.findings.begin(), page.findings.end(), [&](const Finding& f) {
    return f.kind == found.kind && f.clause == found.clause;
  });
  const bool known = own != page.findings.end();
  Finding finding = known ? *own : Finding{};
  finding.kind = found.kind;
  finding.clause = found.clause;
  finding.severity = SeverityOf(found, known ? &*own : nullptr, link);
  const auto& band = BuiltinJudgement().band;
  const auto level = static_cast<size_t>(finding.severity);
  finding.score =
      std::clamp(std::max(finding.score, found.score), band[level], band[level + 1] - 1);
  std::vector<Evidence> evidence = {EvidenceOf(page, link, target, found.kind)};
  for (const Evidence& words : found.evidence) {
    if (evidence.size() > kWordsShown) break;
    Evidence there = words;
    there.proof = Proof::kDestination;
    there.because = "链接所指的网站：" + words.because;
    if (known) there.source = {};  // of the target's bytes, and the finding is of the page's
    there.detail +=
        fmt::format("{}见于链接所指的 {}", there.detail.empty() ? "" : "；", target.url);
    evidence.push_back(std::move(there));
  }
  const size_t room = limits::kEvidencePerFindingMax - evidence.size();
  if (finding.evidence.size() > room) finding.evidence.resize(room);
  std::move(evidence.begin(), evidence.end(), std::back_inserter(finding.evidence));
  AddName(finding, SignalKind::kTargetViolating);
  if (target.replaced) AddName(finding, SignalKind::kTargetReplaced);
  const std::string sentence =
      fmt::format("外链：页面链接到的 {} 含{}内容{}", target.host, TitleOf(found.kind),
                  target.replaced ? "，该网站已不是当初的网站" : "");
  finding.because = known ? fmt::format("{}。{}", sentence, finding.because) : sentence;
  if (known) {
    *own = std::move(finding);
    return;
  }
  finding.seen_in = target.body;
  finding.id = IdOf(page, finding);
  page.findings.push_back(std::move(finding));
}

bool IsAnotherSite(const TargetFacts& facts, const Document& now) {
  if (facts.good_title.empty() || now.title.empty()) return false;
  if (TitlesRelated(facts.good_title, now.title)) return false;
  return facts.good_text == 0 || now.simhash == 0 ||
         HammingDistance(facts.good_text, now.simhash) >= limits::kCloakBitsMin;
}

}  // namespace

std::string TargetHost(const Url& url) {
  std::string host(url.host());
  if (url.port() != (url.secure() ? 443 : 80)) host += fmt::format(":{}", url.port());
  return host;
}

bool LeadsSomewhere(const Link& link) {
  switch (link.kind) {
    case LinkKind::kAnchor:
    case LinkKind::kArea:
    case LinkKind::kFrame:
    case LinkKind::kForm:
    case LinkKind::kMetaRefresh:
    case LinkKind::kHeaderRefresh:
    case LinkKind::kScript:
    case LinkKind::kScriptSource:
    case LinkKind::kRedirect:
      return true;
    default:
      return false;
  }
}

std::string_view NameOf(std::string_view host) {
  return host.substr(0, host.find(':', host.starts_with('[') ? host.find(']') : 0));
}

uint32_t TargetHash(std::string_view host) {
  return static_cast<uint32_t>(Hash64(RegistrableDomain(NameOf(host)))) | 1;
}

std::vector<std::string> TargetLines(const LinkTarget& target) {
  std::vector<std::string> lines;
  if (!IsBad(target.verdict)) return lines;
  std::string said = target.host;
  for (const Finding& finding : target.findings) said += " " + finding.kind;
  lines.push_back(fmt::format("{}: {}", SignalName(SignalOf(target.verdict)), said));
  if (target.replaced)
    lines.push_back(fmt::format("{}: {}", SignalName(SignalKind::kTargetReplaced), target.host));
  return lines;
}

bool IsTargetLine(std::string_view line) {
  const auto kind = SignalByName(line.substr(0, line.find(':')));
  return kind && *kind >= SignalKind::kTargetExpired;
}

void NameTargets(Page& page) {
  page.linked_targets.clear();
  if (page.targets == nullptr || page.targets->empty()) return;
  const std::vector<std::string>& told = page.permit.known().site_signals;
  for (const auto& [index, link] : LinksToTargets(page)) {
    const LinkTarget& target = (*page.targets)[index];
    const std::vector<std::string> lines = TargetLines(target);
    if (lines.empty()) continue;
    if (target.verdict != TargetVerdict::kViolating &&
        std::find(told.begin(), told.end(), lines.front()) == told.end())
      continue;
    page.linked_targets.push_back(index);
    const std::string detail = Describe(page.document, *link, target);
    page.document.signals.push_back({SignalOf(target.verdict), detail, link->text, 0});
    if (target.replaced)
      page.document.signals.push_back({SignalKind::kTargetReplaced, detail, link->text, 0});
  }
}

void IncludeTargets(Page& page) {
  if (page.linked_targets.empty()) return;
  const std::map<uint32_t, const Link*> links = LinksToTargets(page);
  for (const uint32_t index : page.linked_targets) {
    const LinkTarget& target = (*page.targets)[index];
    for (const Finding& found : target.findings) IncludeOne(page, *links.at(index), target, found);
  }
  SortWorstFirst(page.findings);
}

void JudgeTarget(const Page& page, const OutboundRules& rules, TargetFacts& facts) {
  LinkTarget& target = facts.target;
  const Document& document = page.document;
  target.verdict = TargetVerdict::kUnknown;
  target.replaced = false;
  target.findings.clear();
  target.why.clear();
  target.title = document.title;
  for (const Finding& finding : page.findings) {
    const auto counts = rules.kinds.find(finding.kind);
    if (counts == rules.kinds.end() || finding.severity < counts->second) continue;
    if (target.findings.size() < limits::kTargetFindingsMax) target.findings.push_back(finding);
  }
  if (!target.findings.empty()) {
    target.verdict = TargetVerdict::kViolating;
  } else if (const auto marks = ParkedMarks(rules, NameOf(target.host), page); !marks.empty()) {
    target.verdict = TargetVerdict::kParked;
    target.why = "依据：" + Join(marks, "、");
  } else if (page.response.status >= 200 && page.response.status < 300 &&
             page.checked != Checked::kFailed) {
    target.verdict = TargetVerdict::kFine;
    facts.good_title = Short(document.title);
    facts.good_text = document.simhash;
    facts.good_writing = document.sketch.title_writing;
  } else {
    target.why = fmt::format("首页没有可读的内容（状态 {}）", page.response.status);
  }
  if (!IsBad(target.verdict) || !IsAnotherSite(facts, document)) return;
  target.replaced = true;
  target.why += fmt::format("{}原标题“{}”", target.why.empty() ? "" : "；", facts.good_title);
  const Writing writing = document.sketch.title_writing;
  if (writing != facts.good_writing && writing != Writing::kNone &&
      facts.good_writing != Writing::kNone)
    target.why +=
        fmt::format("，文字由{}变为{}", WritingText(facts.good_writing), WritingText(writing));
}

}  // namespace xuncha
