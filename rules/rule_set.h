// RuleSet is the law in force: every pack's rules, and the table of patterns
// they look for. Equal patterns of many rules are one entry, so the matcher
// looks for each once; Use leads back from a pattern to the rules it serves.
//
// Immutable after loading; read from any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/record.h"

namespace xuncha {

// What a pattern does for a rule. A rule fires where an `any` (or regex, check)
// hit stands in its zones, every `all` stands in the same zone, a `near` word
// (if it asks for one) within reach, and no `unless` word within reach.
// In a composed rule the words of the first part are its `any`, those of the others
// its kPart: it fires at a word of the first where words of enough parts stand near.
enum class Role : uint8_t { kAny, kAll, kNear, kUnless, kPart };

enum class PatternKind : uint8_t { kLiteral, kRegex, kCheck };

struct Use {
  uint32_t rule = 0;  // RuleSet::rules
  Role role = Role::kAny;
  uint8_t part = 0;  // of a composed rule; the first is 0
};

struct Pattern {
  PatternKind kind = PatternKind::kLiteral;
  std::string text;       // literal as written; RE2 expression; name of a check
  uint8_t channels = 0;   // ChannelBit: union of what its rules ask for
  uint16_t zones = 0;     // ZoneBit: union of its rules' zones
  std::vector<Use> uses;  // by role, then by rule, then by part
};

// A validated word list entry that is innocent although it contains a pattern:
// the longer phrase wins by containment.
struct AllowPhrase {
  std::string text;
  std::string kind;      // empty: for every kind
  uint32_t pattern = 0;  // its own entry in `patterns`, with no uses
};

struct Sample {
  std::string text;
  int line = 0;  // in the pack, for messages
  int column = 0;
};

struct Rule {
  std::string id;     // "gambling.platform"
  uint32_t pack = 0;  // RuleSet::packs
  bool strong = false;
  bool required_near =
      false;  // near = { ..., required = true }: no hit without it; else it only strengthens
  uint16_t zones = 0;    // ZoneBit
  uint8_t channels = 0;  // ChannelBit; always plain and squeezed, more by `fold`
  uint32_t near_within = 0;
  uint32_t unless_within = 0;       // 0 with an unless list: anywhere in the same zone
  uint32_t count_min = 1;           // distinct places needed
  uint32_t all_count = 0;           // number of `all` words
  std::vector<std::string> parts;   // names, for the officer; empty: not a composed rule
  uint32_t parts_min = 0;           // different parts that must stand together, with the first
  uint32_t parts_required = 0;      // bit i: part i must be among them; the first always is
  uint32_t parts_within = 0;        // characters from the first part's word; 0 = the same zone
  std::vector<SignalKind> signals;  // any of them, on the page
  std::vector<SiteClass> raised;    // site classes where this rule counts as weak
  std::string because;
  std::vector<Sample> examples;
  std::vector<Sample> counters;
  int line = 0;
  bool has_near = false, has_unless = false, has_patterns = false;
};

struct Pack {
  std::string kind;  // "gambling"
  int clause = 0;
  std::string title;               // 赌博
  std::string basis;               // 责任书 四（六）
  std::string file;                // for messages
  bool hint_only = false;          // imported lists: never above hint by themselves
  std::vector<std::string> allow;  // innocent longer phrases of this pack
};

struct RuleSet {
  std::vector<Pack> packs;
  std::vector<Rule> rules;
  std::vector<Pattern> patterns;
  std::vector<AllowPhrase> allow;
  Digest digest;  // over the canonical text of all packs, in order

  const Pack& PackOf(const Rule& rule) const { return packs[rule.pack]; }
};

}  // namespace xuncha
