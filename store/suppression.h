// A suppression says that certain findings are none: within a scope, for a reason, until a
// day. A finding it covers stays on record and is marked, but opens no incident.
//
// It covers what was there when it was made and nothing else: for each piece of evidence
// (rule and normalised words, for the narrow scopes with their surroundings) it keeps a
// hash, and a finding is suppressed only if every piece of its evidence is known to a
// suppression in force. So another word of the same rule, another rule at the same place,
// or the same word in another sentence is told as new.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace xuncha {

enum class SuppressionScope : uint8_t {
  kFinding,  // this finding on this page
  kSpan,     // its rules, words and surroundings, on any page of its host
  kRule,     // its rules and words, anywhere on its site
  kPath,     // its rules and words, on pages of its site whose path fits a pattern
  kTarget,   // its rules and words, on any site, where they lead to a host
};
inline constexpr int kSuppressionScopes = 5;
std::string_view SuppressionScopeName(SuppressionScope scope);  // "finding", "span", ...
std::string_view SuppressionScopeText(SuppressionScope scope);  // Chinese
std::optional<SuppressionScope> SuppressionScopeByName(std::string_view name);

// Why, in classes that can be counted.
enum class SuppressionReason : uint8_t {
  kFalsePositive,  // the rule is wrong here
  kLegitimate,     // teaching, research, law, news: it speaks of it, and may
  kAccepted,       // known, to be repaired later; accepted by the approver
  kThirdParty,     // a partner's content, checked
};
std::string_view SuppressionReasonName(SuppressionReason reason);
std::string_view SuppressionReasonText(SuppressionReason reason);  // Chinese
std::optional<SuppressionReason> SuppressionReasonByName(std::string_view name);

struct Suppression {
  uint64_t number = 0;
  SuppressionScope scope = SuppressionScope::kFinding;
  std::string finding;  // it was made of
  std::string site;     // empty of kTarget
  std::string host;     // of kSpan: of the pages; of kTarget: led to
  std::string pattern;  // of kPath: "/news/*"; "*" stands for any characters
  std::vector<std::string> rules;
  std::vector<uint64_t>
      known;  // hashes of what it covers, ascending; ≤ limits::kSuppressionContentsMax
  int clause = 0;
  std::string kind;
  SuppressionReason reason_class = SuppressionReason::kFalsePositive;
  std::string reason;
  std::string by;
  std::string approved_by;  // of clauses 1 to 5 another person
  Millis made = 0;
  Millis expires = 0;
  Millis ended = 0;                    // removed, or expired and dealt with; 0: not
  std::string ended_by, ended_reason;  // nobody: it expired
  Millis matched = 0;                  // last kept a finding from opening an incident
  uint64_t matches = 0;                // in so many nights

  std::string id() const;  // "S12"
  bool InForce(Millis now) const { return ended == 0 && now < expires; }
  // Nothing was seen of it for so long that it may be of no use: unless a finding that
  // stands, on a page that has not changed since, is covered by it still.
  bool MayBeStale(Millis now) const;
};
inline constexpr Millis kSuppressionDefault = Millis{90} * 86'400'000;
inline constexpr Millis kSuppressionStale = Millis{30} * 86'400'000;  // without a match
inline bool Suppression::MayBeStale(Millis now) const {
  return InForce(now) && now - (matched > made ? matched : made) > kSuppressionStale;
}

// Whether it takes a second person: clauses 1 to 5 of the letter of responsibility.
constexpr bool NeedsApprover(int clause) { return clause >= 1 && clause <= 5; }

// The words of a piece of evidence as they are compared: one case, one kind of blank. Of
// structure, which has no words, the hosts it names.
std::string SpanOf(const Evidence& evidence);
// What a suppression of that scope made of this finding would know it by.
std::vector<uint64_t> ContentsOf(const StoredFinding& finding, SuppressionScope scope);
// Foreign hosts the finding's evidence leads to, lower case, each once.
std::vector<std::string> TargetsOf(const StoredFinding& finding);
// "/news/*" against "/news/1.html?x". Any bytes; at most the product of their lengths.
bool PathFits(std::string_view pattern, std::string_view path);

// All suppressions in force, for lists and reports: one question costs a few look-ups.
class SuppressionSet {
 public:
  SuppressionSet() = default;
  explicit SuppressionSet(std::vector<Suppression> in_force);
  // The suppression that covers the finding (the first, if several do together);
  // nullptr: it is not suppressed.
  const Suppression* Of(const StoredFinding& finding) const;
  // All that have a part in covering it; that one first. Empty: it is not suppressed.
  std::vector<const Suppression*> AllOf(const StoredFinding& finding) const;
  bool empty() const { return all_.empty(); }

 private:
  std::vector<Suppression> all_;
  std::multimap<std::string, size_t, std::less<>> by_key_;
};

// The same, asking `of_key` for the suppressions in force under a key (their index).
using SuppressionsOfKey = std::function<Result<std::vector<Suppression>>(std::string_view key)>;
Result<std::optional<Suppression>> FindSuppression(const StoredFinding& finding,
                                                   const SuppressionsOfKey& of_key);
std::string KeyOf(const Suppression& suppression);

}  // namespace xuncha
