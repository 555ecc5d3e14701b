// The loader joins the drafts of all packs: contexts are looked up, repeated ids
// and repeated rules refused, and every pattern goes once into the table the
// matcher searches for.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
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

class Linker {
 public:
  explicit Linker(LoadReport& report) : report_(report) {}

  void AddContexts(const PackDraft& draft) {
    Messages messages(draft.pack.file, report_);
    for (const ContextDraft& context : draft.contexts) {
      if (!contexts_.emplace(context.name.text, &context).second) {
        messages.Error(context.name.place,
                       fmt::format("context \"{}\" stands twice; rename one", context.name.text));
      }
    }
  }

  void AddPack(const PackDraft& draft) {
    Messages messages(draft.pack.file, report_);
    const auto pack = static_cast<uint32_t>(set_.packs.size());
    set_.packs.push_back(draft.pack);
    for (const std::string& phrase : draft.pack.allow) {
      const uint32_t pattern = Intern(PatternKind::kLiteral, phrase, kUsualChannels, kAllZones);
      set_.allow.push_back({phrase, draft.pack.kind, pattern});
    }
    for (const RuleDraft& rule : draft.rules) AddRule(rule, pack, messages);
  }

  RuleSet Finish() {
    // The order the judge relies on: uses of one role stand together, by rule.
    for (Pattern& pattern : set_.patterns) {
      std::sort(pattern.uses.begin(), pattern.uses.end(), [](const Use& a, const Use& b) {
        return std::pair(a.role, a.rule) < std::pair(b.role, b.rule);
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

  void Attach(PatternKind kind, const std::vector<Word>& words, Role role, uint32_t rule) {
    const Rule& owner = set_.rules[rule];
    const uint8_t channels =
        role == Role::kNear || role == Role::kUnless ? kUsualChannels : owner.channels;
    for (const Word& word : words) {
      set_.patterns[Intern(kind, word.text, channels, owner.zones)].uses.push_back({rule, role});
    }
  }

  // The words of near or unless: its own and those of the contexts it names.
  std::vector<Word> Resolve(const Surroundings& surroundings, Messages& messages) {
    std::vector<Word> words = surroundings.any;
    std::unordered_set<std::string_view> seen;
    for (const Word& word : surroundings.any) seen.insert(word.text);
    for (const Word& name : surroundings.contexts) {
      const auto found = contexts_.find(name.text);
      if (found == contexts_.end()) {
        std::vector<std::string_view> known;
        for (const auto& [key, context] : contexts_) known.push_back(key);
        messages.Error(name.place, fmt::format("unknown context \"{}\"{}", name.text,
                                               Suggestion(name.text, known)));
        continue;
      }
      for (const Word& word : found->second->words) {
        if (seen.insert(word.text).second) words.push_back({word.text, name.place});
      }
    }
    return words;
  }

  void AddRule(const RuleDraft& draft, uint32_t pack, Messages& messages) {
    const auto index = static_cast<uint32_t>(set_.rules.size());
    if (const auto [at, fresh] = ids_.try_emplace(
            draft.rule.id, fmt::format("{}:{}", messages.file(), draft.place.line));
        !fresh && !draft.rule.id.empty()) {
      messages.Error(draft.place, fmt::format("the id \"{}\" is taken at {}; rename one",
                                              draft.rule.id, at->second));
    }
    const std::vector<Word> near = Resolve(draft.near, messages);
    std::vector<Word> unless = Resolve(draft.unless, messages);
    RefuseRepeat(draft, near, set_.packs[pack].kind, messages);
    WarnOfBothWays(draft, near, unless, messages);

    Rule rule = draft.rule;
    rule.pack = pack;
    rule.has_near = !near.empty();
    rule.has_unless = !unless.empty();
    rule.all_count = static_cast<uint32_t>(draft.all.size());
    set_.rules.push_back(std::move(rule));

    Attach(PatternKind::kLiteral, draft.any, Role::kAny, index);
    Attach(PatternKind::kRegex, draft.regex, Role::kAny, index);
    Attach(PatternKind::kCheck, draft.check, Role::kAny, index);
    Attach(PatternKind::kLiteral, draft.all, Role::kAll, index);
    if (draft.any.empty() && draft.regex.empty() && draft.check.empty() && !draft.all.empty()) {
      // With nothing but `all`, its first word is the place the rule fires at.
      Attach(PatternKind::kLiteral, {draft.all.front()}, Role::kAny, index);
    }
    Attach(PatternKind::kLiteral, near, Role::kNear, index);
    Attach(PatternKind::kLiteral, unless, Role::kUnless, index);
  }

  // Two rules of one kind that look for the same patterns in a common zone, under
  // the same condition, are one rule written twice.
  void RefuseRepeat(const RuleDraft& draft, const std::vector<Word>& near, const std::string& kind,
                    Messages& messages) {
    std::set<std::string> parts;
    const auto add = [&parts](char mark, const std::vector<Word>& words) {
      for (const Word& word : words) parts.insert(mark + word.text);
    };
    add('a', draft.any);
    add('l', draft.all);
    add('r', draft.regex);
    add('c', draft.check);
    add('s', draft.signals);
    if (parts.empty()) return;
    if (draft.rule.required_near) add('n', near);
    std::string key = kind;
    for (const std::string& part : parts) {
      key += '\n';
      key += part;
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
                      const std::vector<Word>& unless, Messages& messages) {
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
  }

  LoadReport& report_;
  RuleSet set_;
  std::map<std::string, const ContextDraft*, std::less<>> contexts_;
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

Result<std::vector<PackSource>> ReadPacks(const std::string& directory) {
  Result<std::vector<std::string>> names = ListFiles(directory);
  if (!names.ok()) return names.error();
  std::vector<PackSource> packs;
  for (const std::string& name : *names) {
    if (!name.ends_with(".toml") || name.find('/') != std::string::npos) continue;
    const std::string path = directory + "/" + name;
    Result<std::string> text = ReadFile(path, limits::kPackBytesMax);
    if (!text.ok()) return text.error();
    packs.push_back({path, std::move(*text)});
  }
  if (packs.empty()) {
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
  for (const PackDraft& draft : drafts) linker.AddContexts(draft);
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
