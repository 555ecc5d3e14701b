// The Catalogue is a RuleSet's patterns prepared for scanning: which strings the
// prefilter looks for, and what each means when it is found.
//
// Immutable; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "matcher/checks.h"
#include "matcher/confirm.h"
#include "matcher/homophone.h"
#include "matcher/reading.h"
#include "rules/rule_set.h"

namespace xuncha {

// What finding a string means.
struct Target {
  enum class Kind : uint8_t {
    kLiteral,  // pattern `index` stands here, or may
    kNumber,   // pattern `index`, a number, in the digits channel only
    kAtom,     // atom `index` of the expressions
    kSecret,   // a secrecy level; pattern `index` asks for a mark behind it
  };
  static constexpr uint32_t kSameAsCore = UINT32_MAX;

  Kind kind = Kind::kLiteral;
  uint8_t channels = 0;  // kLiteral: the pattern's
  // The pattern's. A hit is decided on what stands here; RuleSet::patterns is large
  // and seldom in the cache.
  uint16_t zones = 0;
  bool context = false;
  uint32_t index = 0;
  uint32_t phrase = kSameAsCore;  // kLiteral: Catalogue::phrases, if it has signs or gaps
  uint16_t characters = 0;        // kLiteral
  uint16_t cap = 0;               // places of the pattern that are kept, one page
};

// A pattern that is only context is worth every place it stands at.
// Whether it only stands beside what accuses: near or unless, for every rule.
bool IsContext(const Pattern& pattern);
uint16_t CapOf(const Pattern& pattern);

struct Catalogue {
  // kInvalid names the rule whose pattern does not compile. Borrows `rules`.
  static Result<std::unique_ptr<Catalogue>> Make(const RuleSet& rules);

  // What the string of the prefilter's number `string` means.
  std::span<const Target> TargetsOf(uint32_t string) const {
    return {targets.data() + entries[string].first, targets.data() + entries[string + 1].first};
  }
  uint32_t SizeOf(uint32_t string) const { return entries[string].size; }

  struct Entry {
    uint32_t first;  // into targets
    uint32_t size;   // bytes of the string
  };
  std::vector<std::string> strings;  // for the prefilter, distinct
  std::vector<Target> targets;       // by string, one after the other
  std::vector<Entry> entries;        // by string; one more at the end
  std::vector<Phrase> phrases;
  std::unique_ptr<Expressions> expressions;
  std::vector<uint32_t> expression_patterns;  // by expression
  std::vector<int> always_atoms;              // atoms the prefilter cannot look for
  std::vector<char> always;                   // by expression: run on every zone it asks for
  Homophones homophones;
  std::vector<std::pair<Check, uint32_t>> checks;  // number checks and their patterns
  std::vector<std::pair<std::string, uint32_t>>
      signs;           // patterns without letters, found in the plain text
  uint16_t zones = 0;  // ZoneBit: any pattern wants
  ReadingWants wants;
};

}  // namespace xuncha
