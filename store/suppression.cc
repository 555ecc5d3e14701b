// SPDX-License-Identifier: Apache-2.0
#include "store/suppression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"
#include "store/keys.h"

namespace xuncha {
namespace {

struct Named {
  std::string_view name, text;
};
constexpr Named kScopes[kSuppressionScopes] = {
    {"finding", "这一条发现"},
    {"span", "本主机上同样的词语和上下文"},
    {"rule", "本网站上同样的词语"},
    {"path", "本网站这类路径上同样的词语"},
    {"target", "指向这个主机的同样词语"},
};
constexpr Named kReasons[] = {
    {"false-positive", "规则误报"},
    {"legitimate", "教学、科研、普法、新闻等正当内容"},
    {"accepted", "已知，经批准暂缓整改"},
    {"third-party", "合作方内容，已核实"},
};

template <class Enum, size_t kCount>
std::optional<Enum> ByName(const Named (&names)[kCount], std::string_view name) {
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i].name == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// For records, so of a hash that will be the same tomorrow.
uint64_t HashOf(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    all += BigEndian(part.size());
    all += part;
  }
  return FromBigEndian(Sha256(all).view().substr(0, 8));
}

// It comes and goes with the site's other pages, and says nothing about what stands here.
bool Counts(const Evidence& evidence) {
  if (!evidence.found.empty()) return true;
  const std::optional<SignalKind> signal = SignalByName(evidence.pattern);
  return !signal || !IsComparison(*signal);
}

bool IsHostByte(char c) {
  return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
}

// The host that `text` begins with; empty if it begins with none.
std::string LeadingHost(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://", "//"}) {
    if (StartsWithIgnoreCase(text, scheme)) text.remove_prefix(scheme.size());
  }
  size_t size = 0;
  while (size < text.size() && IsHostByte(text[size])) ++size;
  const std::string host = AsciiLower(text.substr(0, size));
  const size_t dot = host.find('.');
  if (dot == std::string::npos || dot == 0 || host.back() == '.' || size > 253) return {};
  return host;
}

// What the crawler's details name: "…指向 host…" and "…主机（host、host 等）".
void AddHostsOfDetail(std::string_view detail, std::vector<std::string>& hosts) {
  constexpr std::string_view kTo = "指向 ", kOpen = "（", kClose = "）", kComma = "、";
  for (size_t at = detail.find(kTo); at != std::string_view::npos;
       at = detail.find(kTo, at + kTo.size())) {
    if (std::string host = LeadingHost(detail.substr(at + kTo.size())); !host.empty())
      hosts.push_back(std::move(host));
  }
  for (size_t at = detail.find(kOpen); at != std::string_view::npos;
       at = detail.find(kOpen, at + kOpen.size())) {
    // Only behind a count of hosts: names of elements stand in brackets, too.
    const std::string_view before = detail.substr(0, at);
    if (!before.ends_with("主机") && !before.ends_with("IP") && !before.ends_with("域名")) continue;
    std::string_view list = detail.substr(at + kOpen.size());
    list = list.substr(0, list.find(kClose));
    while (!list.empty()) {
      const size_t comma = list.find(kComma);
      if (std::string host = LeadingHost(list.substr(0, comma)); !host.empty())
        hosts.push_back(std::move(host));
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + kComma.size());
    }
  }
}

std::vector<std::string> HostsOf(const Evidence& evidence) {
  std::vector<std::string> hosts;
  if (evidence.zone == ZoneKind::kHref || evidence.proof == Proof::kDestination) {
    if (std::string host = LeadingHost(evidence.found); !host.empty())
      hosts.push_back(std::move(host));
  }
  AddHostsOfDetail(evidence.detail, hosts);
  SortUnique(hosts);
  return hosts;
}

uint64_t ContentOf(const Evidence& evidence, SuppressionScope scope) {
  const std::string span = SpanOf(evidence);
  if (scope != SuppressionScope::kFinding && scope != SuppressionScope::kSpan)
    return HashOf({evidence.rule, evidence.pattern, span});
  return HashOf({evidence.rule, evidence.pattern, span, CollapseSpace(evidence.before),
                 CollapseSpace(evidence.after)});
}

std::string HostOfUrl(std::string_view text) {
  const Result<Url> url = Url::Parse(text);
  return url ? std::string(url->host()) : std::string();
}

std::string KeyFor(SuppressionScope scope, std::string_view site, std::string_view what) {
  static constexpr char kLetters[kSuppressionScopes] = {'f', 'h', 'r', 'p', 't'};
  std::string key(1, kLetters[static_cast<size_t>(scope)]);
  key.append(site);
  if (!what.empty()) key.append(1, ' ').append(what);
  return key;
}

std::vector<std::string> KeysOf(const StoredFinding& finding) {
  using enum SuppressionScope;
  std::vector<std::string> keys = {
      KeyFor(kFinding, finding.site, finding.finding.id),
      KeyFor(kSpan, finding.site, HostOfUrl(finding.url)),
      KeyFor(kRule, finding.site, ""),
      KeyFor(kPath, finding.site, ""),
  };
  for (const std::string& host : TargetsOf(finding)) keys.push_back(KeyFor(kTarget, "", host));
  return keys;
}

bool FitsPage(const Suppression& suppression, const StoredFinding& finding) {
  if (suppression.scope != SuppressionScope::kPath) return true;
  const Result<Url> url = Url::Parse(finding.url);
  return url && PathFits(suppression.pattern, url->path_and_query());
}

bool Covers(const Suppression& suppression, const Evidence& evidence) {
  return std::find(suppression.rules.begin(), suppression.rules.end(), evidence.rule) !=
             suppression.rules.end() &&
         std::binary_search(suppression.known.begin(), suppression.known.end(),
                            ContentOf(evidence, suppression.scope));
}

// The candidates that cover a piece of its evidence, if together they cover all of the
// finding; the one of the first piece first.
std::vector<const Suppression*> Judge(const StoredFinding& finding,
                                      const std::vector<const Suppression*>& candidates) {
  std::vector<const Suppression*> parts;
  for (const Evidence& evidence : finding.finding.evidence) {
    if (!Counts(evidence)) continue;
    bool covered = false;
    for (const Suppression* const candidate : candidates) {
      if (!Covers(*candidate, evidence)) continue;
      covered = true;
      if (std::find(parts.begin(), parts.end(), candidate) == parts.end())
        parts.push_back(candidate);
    }
    if (!covered) return {};
  }
  return parts;
}

}  // namespace

std::string_view SuppressionScopeName(SuppressionScope scope) {
  return kScopes[static_cast<int>(scope)].name;
}
std::string_view SuppressionScopeText(SuppressionScope scope) {
  return kScopes[static_cast<int>(scope)].text;
}
std::optional<SuppressionScope> SuppressionScopeByName(std::string_view name) {
  return ByName<SuppressionScope>(kScopes, name);
}
std::string_view SuppressionReasonName(SuppressionReason reason) {
  return kReasons[static_cast<int>(reason)].name;
}
std::string_view SuppressionReasonText(SuppressionReason reason) {
  return kReasons[static_cast<int>(reason)].text;
}
std::optional<SuppressionReason> SuppressionReasonByName(std::string_view name) {
  return ByName<SuppressionReason>(kReasons, name);
}

std::string Suppression::id() const { return fmt::format("S{}", number); }

std::string SpanOf(const Evidence& evidence) {
  if (!evidence.found.empty()) return AsciiLower(CollapseSpace(evidence.found));
  return Join(HostsOf(evidence), " ");
}

std::vector<uint64_t> ContentsOf(const StoredFinding& finding, SuppressionScope scope) {
  std::vector<uint64_t> contents;
  for (const Evidence& evidence : finding.finding.evidence) {
    if (Counts(evidence)) contents.push_back(ContentOf(evidence, scope));
  }
  SortUnique(contents);
  return contents;
}

std::vector<std::string> TargetsOf(const StoredFinding& finding) {
  const std::string own = HostOfUrl(finding.url);
  std::vector<std::string> hosts;
  for (const Evidence& evidence : finding.finding.evidence) {
    for (std::string& host : HostsOf(evidence)) {
      if (RegistrableDomain(host) != RegistrableDomain(own)) hosts.push_back(std::move(host));
    }
  }
  SortUnique(hosts);
  return hosts;
}

// Greedy, with one place to go back to: a later "*" makes an earlier one's choice final.
bool PathFits(std::string_view pattern, std::string_view path) {
  size_t p = 0, at = 0, star = std::string_view::npos, resume = 0;
  while (at < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = at;
    } else if (p < pattern.size() && pattern[p] == path[at]) {
      ++p;
      ++at;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string KeyOf(const Suppression& suppression) {
  switch (suppression.scope) {
    case SuppressionScope::kFinding:
      return KeyFor(suppression.scope, suppression.site, suppression.finding);
    case SuppressionScope::kSpan:
      return KeyFor(suppression.scope, suppression.site, suppression.host);
    case SuppressionScope::kRule:
    case SuppressionScope::kPath:
      return KeyFor(suppression.scope, suppression.site, "");
    case SuppressionScope::kTarget:
      return KeyFor(suppression.scope, "", suppression.host);
  }
  return {};
}

SuppressionSet::SuppressionSet(std::vector<Suppression> in_force) : all_(std::move(in_force)) {
  for (size_t i = 0; i < all_.size(); ++i) by_key_.emplace(KeyOf(all_[i]), i);
}

const Suppression* SuppressionSet::Of(const StoredFinding& finding) const {
  const std::vector<const Suppression*> parts = AllOf(finding);
  return parts.empty() ? nullptr : parts.front();
}

std::vector<const Suppression*> SuppressionSet::AllOf(const StoredFinding& finding) const {
  if (all_.empty()) return {};
  std::vector<const Suppression*> candidates;
  for (const std::string& key : KeysOf(finding)) {
    const auto [begin, end] = by_key_.equal_range(key);
    for (auto at = begin; at != end; ++at) {
      if (FitsPage(all_[at->second], finding)) candidates.push_back(&all_[at->second]);
    }
  }
  return Judge(finding, candidates);
}

Result<std::optional<Suppression>> FindSuppression(const StoredFinding& finding,
                                                   const SuppressionsOfKey& of_key) {
  std::vector<Suppression> found;
  for (const std::string& key : KeysOf(finding)) {
    Result<std::vector<Suppression>> more = of_key(key);
    if (!more) return more.error();
    for (Suppression& one : *more) {
      if (FitsPage(one, finding)) found.push_back(std::move(one));
    }
  }
  std::vector<const Suppression*> candidates;
  for (const Suppression& one : found) candidates.push_back(&one);
  const std::vector<const Suppression*> parts = Judge(finding, candidates);
  return parts.empty() ? std::optional<Suppression>() : std::optional<Suppression>(*parts.front());
}

}  // namespace xuncha
