// The loader joins the drafts of all packs: word lists are looked up, repeated ids
// and repeated rules refused, and every pattern goes once into the table the
// matcher searches for.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/pack_reader.h"
#include "rules_embedded.h"

namespace xuncha {
namespace {

constexpr uint16_t kAllZones = (1u << kZoneKinds) - 1;
constexpr uint8_t kUsualChannels = ChannelBit(Channel::kPlain) | ChannelBit(Channel::kSqueezed);

// Patterns of one role, from a rule and the lists it names.
struct WordList {
  std::vector<Word> words, regex;
};

class Linker {
  using Lists = std::map<std::string, const WordListDraft*, std::less<>>;

 public:
  explicit Linker(LoadReport& report) : report_(report) {}

  // The word lists of the common pack, which every pack finds.
  void AddCommon(const PackDraft& draft) { AddLists(draft, common_); }

  void AddPack(const PackDraft& draft) {
    Messages messages(draft.pack.file, report_);
    const auto pack = static_cast<uint32_t>(set_.packs.size());
    set_.packs.push_back(draft.pack);
    for (const std::string& phrase : draft.pack.allow) {
      const uint32_t pattern = Intern(PatternKind::kLiteral, phrase, kUsualChannels, kAllZones);
      set_.allow.push_back({phrase, draft.pack.kind, pattern});
    }
    own_.clear();
    AddLists(draft, own_);
    for (const RuleDraft& rule : draft.rules) AddRule(rule, pack, messages);
    for (const auto& [name, list] : own_) {
      if (used_.count(list) == 0) {
        messages.Warning(list->name.place,
                         fmt::format("no rule names the list \"{}\"; remove it", name));
      }
    }
  }

  RuleSet Finish() {
    // The order the judge relies on: uses of one role stand together, by rule.
    for (Pattern& pattern : set_.patterns) {
      std::sort(pattern.uses.begin(), pattern.uses.end(), [](const Use& a, const Use& b) {
        return std::tuple(a.role, a.rule, a.part) < std::tuple(b.role, b.rule, b.part);
      });
    }
    return std::move(set_);
  }

  size_t patterns() const { return set_.patterns.size(); }

 private:
  uint32_t Intern(PatternKind kind, const std::string& text, uint8_t channels, uint16_t zones) {
    // Link words are scanned as part of the text or the hidden block around them.
    if (zones & ZoneBit(ZoneKind::kAnchor))
      zones |= ZoneBit(ZoneKind::kText) | ZoneBit(ZoneKind::kHidden);
    const auto [at, fresh] = index_.try_emplace(std::to_string(static_cast<int>(kind)) + text,
                                                static_cast<uint32_t>(set_.patterns.size()));
    if (fresh) set_.patterns.push_back({kind, text, 0, 0, {}});
    set_.patterns[at->second].channels |= channels;
    set_.patterns[at->second].zones |= zones;
    return at->second;
  }

  void Attach(PatternKind kind, const std::vector<Word>& words, Role role, uint32_t rule,
              uint8_t part = 0) {
    const Rule& owner = set_.rules[rule];
    const uint8_t channels =
        role == Role::kNear || role == Role::kUnless ? kUsualChannels : owner.channels;
    for (const Word& word : words) {
      std::vector<Use>& uses = set_.patterns[Intern(kind, word.text, channels, owner.zones)].uses;
      const bool again = std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
        return use.rule == rule && use.role == role && use.part == part;
      });
      if (!again) uses.push_back({rule, role, part});
    }
  }

  void Attach(const WordList& list, Role role, uint32_t rule, uint8_t part = 0) {
    Attach(PatternKind::kLiteral, list.words, role, rule, part);
    Attach(PatternKind::kRegex, list.regex, role, rule, part);
  }

  void AddLists(const PackDraft& draft, Lists& to) {
    Messages messages(draft.pack.file, report_);
    for (const WordListDraft& list : draft.lists) {
      if (common_.count(list.name.text) != 0 || !to.emplace(list.name.text, &list).second) {
        messages.Error(list.name.place,
                       fmt::format("the list \"{}\" stands twice; rename one", list.name.text));
      }
    }
  }

  const WordListDraft* FindList(const Word& name, Messages& messages) {
    for (const Lists* lists : {&own_, &common_}) {
      const auto found = lists->find(name.text);
      if (found == lists->end()) continue;
      used_.insert(found->second);
      return found->second;
    }
    std::vector<std::string_view> known;
    for (const Lists* lists : {&own_, &common_}) {
      for (const auto& [key, list] : *lists) known.push_back(key);
    }
    messages.Error(name.place, fmt::format("unknown context \"{}\"{}", name.text,
                                           Suggestion(name.text, known)));
    return nullptr;
  }

  // Words of a rule and those of the lists it names, each once.
  WordList Resolve(std::vector<Word> words, std::vector<Word> regex, const std::vector<Word>& names,
                   Messages& messages) {
    WordList out{std::move(words), std::move(regex)};
    std::unordered_set<std::string> seen;
    for (const Word& word : out.words) seen.insert(word.text);
    for (const Word& name : names) {
      const WordListDraft* list = FindList(name, messages);
      if (list == nullptr) continue;
      for (const Word& word : list->words) {
        if (seen.insert(word.text).second) out.words.push_back({word.text, name.place});
      }
      for (const Word& word : list->regex) out.regex.push_back({word.text, name.place});
    }
    return out;
  }

  void AddRule(const RuleDraft& draft, uint32_t pack, Messages& messages) {
    const auto index = static_cast<uint32_t>(set_.rules.size());
    if (const auto [at, fresh] = ids_.try_emplace(
            draft.rule.id, fmt::format("{}:{}", messages.file(), draft.place.line));
        !fresh && !draft.rule.id.empty()) {
      messages.Error(draft.place, fmt::format("the id \"{}\" is taken at {}; rename one",
                                              draft.rule.id, at->second));
    }
    const WordList near = Resolve(draft.near.any, {}, draft.near.contexts, messages);
    const WordList unless = Resolve(draft.unless.any, {}, draft.unless.contexts, messages);
    std::vector<WordList> parts;
    for (const PartDraft& part : draft.parts)
      parts.push_back(Resolve(part.any, part.regex, part.lists, messages));
    RefuseRepeat(draft, near.words, parts, set_.packs[pack].kind, messages);
    WarnOfBothWays(draft, near.words, unless.words, parts, messages);

    Rule rule = draft.rule;
    rule.pack = pack;
    rule.has_near = !near.words.empty() || !near.regex.empty();
    rule.has_unless = !unless.words.empty() || !unless.regex.empty();
    rule.all_count = static_cast<uint32_t>(draft.all.size());
    for (const PartDraft& part : draft.parts) rule.parts.push_back(part.name.text);
    set_.rules.push_back(std::move(rule));

    Attach(PatternKind::kLiteral, draft.any, Role::kAny, index);
    Attach(PatternKind::kRegex, draft.regex, Role::kAny, index);
    Attach(PatternKind::kCheck, draft.check, Role::kAny, index);
    Attach(PatternKind::kLiteral, draft.all, Role::kAll, index);
    if (draft.any.empty() && draft.regex.empty() && draft.check.empty() && !draft.all.empty()) {
      // With nothing but `all`, its first word is the place the rule fires at.
      Attach(PatternKind::kLiteral, {draft.all.front()}, Role::kAny, index);
    }
    for (size_t i = 0; i < parts.size(); ++i) {
      Attach(parts[i], i == 0 ? Role::kAny : Role::kPart, index, static_cast<uint8_t>(i));
    }
    Attach(near, Role::kNear, index);
    Attach(unless, Role::kUnless, index);
  }

  // Two rules of one kind that look for the same patterns in a common zone, under
  // the same condition, are one rule written twice.
  void RefuseRepeat(const RuleDraft& draft, const std::vector<Word>& near,
                    const std::vector<WordList>& parts, const std::string& kind,
                    Messages& messages) {
    std::set<std::string> asked;
    const auto add = [&asked](const std::string& mark, const std::vector<Word>& words) {
      for (const Word& word : words) asked.insert(mark + word.text);
    };
    add("a", draft.any);
    add("l", draft.all);
    add("r", draft.regex);
    add("c", draft.check);
    add("s", draft.signals);
    for (size_t i = 0; i < parts.size(); ++i) {
      add(fmt::format("p{} ", i), parts[i].words);
      add(fmt::format("q{} ", i), parts[i].regex);
    }
    if (asked.empty()) return;
    if (draft.rule.required_near) add("n", near);
    std::string key = kind;
    for (const std::string& pattern : asked) {
      key += '\n';
      key += pattern;
    }
    for (const auto& [zones, id] : shapes_[key]) {
      if (zones & draft.rule.zones) {
        messages.Error(draft.place,
                       fmt::format("{} looks for the same as {}; merge them", draft.rule.id, id));
        return;
      }
    }
    shapes_[key].emplace_back(draft.rule.zones, draft.rule.id);
  }

  // A word that both strengthens and dismisses decides nothing.
  void WarnOfBothWays(const RuleDraft& draft, const std::vector<Word>& near,
                      const std::vector<Word>& unless, const std::vector<WordList>& parts,
                      Messages& messages) {
    std::unordered_set<std::string_view> against;
    for (const Word& word : unless) against.insert(word.text);
    for (const Word& word : near) {
      if (against.count(word.text)) {
        messages.Warning(word.place,
                         fmt::format("\"{}\" stands in \"near\" and in \"unless\" of {}", word.text,
                                     draft.rule.id));
      }
    }
    for (const Word& word : draft.any) {
      if (against.count(word.text)) {
        messages.Warning(word.place, fmt::format("\"{}\" of {} is a context word that dismisses it",
                                                 word.text, draft.rule.id));
      }
    }
    for (size_t i = 0; i < parts.size(); ++i) {
      for (const Word& word : parts[i].words) {
        if (against.count(word.text)) {
          messages.Warning(word.place,
                           fmt::format("\"{}\" stands in the part \"{}\" and in \"unless\" of {}",
                                       word.text, draft.parts[i].name.text, draft.rule.id));
        }
      }
    }
  }

  LoadReport& report_;
  RuleSet set_;
  Lists common_, own_;  // own_: of the pack being added
  std::unordered_set<const WordListDraft*> used_;
  std::unordered_map<std::string, uint32_t> index_;
  std::unordered_map<std::string, std::string> ids_;
  std::unordered_map<std::string, std::vector<std::pair<uint16_t, std::string>>> shapes_;
};

}  // namespace

std::vector<PackSource> BuiltinPacks() {
  std::vector<PackSource> packs;
  for (const EmbeddedFile& file : embedded::rules()) {
    if (file.name == "judgement.toml" || !file.name.ends_with(".toml")) continue;
    packs.push_back({"rules/packs/" + std::string(file.name), std::string(file.bytes)});
  }
  return packs;
}

Result<std::vector<PackSource>> ReadPackFiles(const std::string& directory) {
  std::vector<PackSource> packs;
  const Result<std::vector<std::string>> names = ListFiles(directory);
  if (!names && names.error().code == Code::kNotFound) return packs;
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (!name.ends_with(".toml") || name.find('/') != std::string::npos) continue;
    const std::string path = directory + "/" + name;
    Result<std::string> text = ReadFile(path, limits::kPackBytesMax);
    if (!text.ok()) return text.error();
    packs.push_back({path, std::move(*text)});
  }
  return packs;
}

Result<std::vector<PackSource>> ReadPacks(const std::string& directory) {
  Result<std::vector<PackSource>> packs = ReadPackFiles(directory);
  if (packs && packs->empty()) {
    return Error{Code::kNotFound,
                 fmt::format("{}: no rule packs (*.toml) in this directory", directory)};
  }
  return packs;
}

Result<RuleSet> LoadRules(std::span<const PackSource> sources, LoadReport* report) {
  CHECK(report != nullptr);
  std::vector<PackDraft> drafts;
  drafts.reserve(sources.size());
  for (const PackSource& source : sources) {
    Messages messages(source.name, *report);
    drafts.push_back(ReadPack(source, messages));
  }
  Linker linker(*report);
  for (const PackDraft& draft : drafts) {
    if (draft.common) linker.AddCommon(draft);
  }
  std::string canonical;
  for (const PackDraft& draft : drafts) {
    canonical += fmt::format("{}:{}\n", draft.canonical.size(), draft.canonical);
    if (!draft.common) linker.AddPack(draft);
  }
  if (linker.patterns() > limits::kLiteralsMax) {
    report->errors.push_back(
        fmt::format("the packs hold {} patterns, more than {}; shorten the imported lists",
                    linker.patterns(), limits::kLiteralsMax));
  }
  if (!report->errors.empty()) return Error{Code::kInvalid, Join(report->errors, "\n")};

  RuleSet set = linker.Finish();
  // A verdict depends on the thresholds too: other thresholds, another law.
  for (const EmbeddedFile& file : embedded::rules()) {
    if (file.name == "judgement.toml") canonical += file.bytes;
  }
  set.digest = Sha256(canonical);
  return set;
}

}  // namespace xuncha
