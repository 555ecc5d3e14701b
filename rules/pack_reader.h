// PackReader reads one rule pack as it is written: TOML in, a draft out, every
// key, zone, check, signal and type checked where it stands. What needs a view
// of all packs (contexts, repeated ids, repeated rules) is the loader's.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "rules/loader.h"
#include "rules/rule_set.h"

namespace xuncha {

// A place in a pack, for messages.
struct Place {
  int line = 0, column = 0;
};

struct Word {
  std::string text;
  Place place;
};

// near = {...} or unless = {...}
struct Surroundings {
  bool written = false;
  uint32_t within = 0;
  bool required = false;
  std::vector<Word> any;
  std::vector<Word> contexts;  // names, resolved by the loader
};

// One of parts = [{...}, ...]: what an offer is made of.
struct PartDraft {
  Word name;
  std::vector<Word> any, regex;
  std::vector<Word> lists;  // names, resolved by the loader
  bool required = false;
};

struct RuleDraft {
  Rule rule;  // all but what depends on other packs
  Place place;
  std::vector<Word> any, all, regex, check, signals;
  Surroundings near, unless;
  std::vector<PartDraft> parts;
};

// [context.x] or [list.x]: words that rules name instead of repeating them. Those
// of the common pack serve every pack, a pack's own lists only its own rules.
struct WordListDraft {
  Word name;
  std::vector<Word> words, regex;
};

struct PackDraft {
  Pack pack;
  Place place;
  bool common = false;  // kind = "common": word lists and no rules
  std::vector<Word> allow;
  std::vector<RuleDraft> rules;
  std::vector<WordListDraft> lists;
  std::string canonical;  // the pack without comments and layout
};

// Collects messages "file:line:column: text".
class Messages {
 public:
  Messages(std::string file, LoadReport& report) : file_(std::move(file)), report_(report) {}
  void Error(Place place, std::string_view text);
  void Warning(Place place, std::string_view text);
  void Unplaced(std::string text);  // a message that names its own place
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  LoadReport& report_;
};

// The draft holds whatever could be read; errors went to `messages`.
PackDraft ReadPack(const PackSource& source, Messages& messages);

// `; did you mean "x"?`, or `; known: a, b, c` if nothing is near.
std::string Suggestion(std::string_view written, const std::vector<std::string_view>& known);

}  // namespace xuncha
