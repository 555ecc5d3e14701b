// Preparing patterns.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "base/limits.h"
#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {
namespace {

constexpr std::string_view kSecretLevels[] = {"绝密", "机密", "秘密"};
constexpr size_t kNumberDigitsMin = 5;  // a QQ number; shorter numbers are everywhere

// "rules/packs/fraud.toml:12: fraud.sms: " of the first rule that uses it.
std::string Where(const RuleSet& rules, const Pattern& pattern) {
  if (pattern.uses.empty()) return "allow-list: ";
  const Rule& rule = rules.rules[pattern.uses[0].rule];
  return fmt::format("{}:{}: rule {}: ", rules.PackOf(rule).file, rule.line, rule.id);
}

bool Asks(const Pattern& pattern, Channel channel) {
  return (pattern.channels & ChannelBit(channel)) != 0;
}

// The phrase in ASCII digits if it is a number in any style, else "".
std::string NumberOf(std::string_view plain) {
  std::string out;
  for (size_t at = 0; at < plain.size();) {
    const char digit = DigitOf(NextCodePoint(plain, &at));
    if (digit == 0) return "";
    out += digit;
  }
  return out.size() < kNumberDigitsMin ? "" : out;
}

class Maker {
 public:
  explicit Maker(const RuleSet& rules) : rules_(rules), out_(std::make_unique<Catalogue>()) {}

  Result<std::unique_ptr<Catalogue>> Make() {
    for (size_t i = 0; i < rules_.patterns.size(); ++i) {
      const Pattern& pattern = rules_.patterns[i];
      out_->zones |= pattern.zones == 0 ? UINT16_MAX : pattern.zones;
      out_->wants.splits |= Asks(pattern, Channel::kSplit);
      out_->wants.numbers |= Asks(pattern, Channel::kDigits);
      out_->wants.reversed |= Asks(pattern, Channel::kReversed);
      if (Status added = Add(static_cast<uint32_t>(i), pattern); !added) return added.error();
    }
    if (Status built = BuildExpressions(); !built) return built.error();
    for (const auto& [string, targets] : table_) {
      out_->strings.push_back(string);
      out_->entries.push_back(
          {static_cast<uint32_t>(out_->targets.size()), static_cast<uint32_t>(string.size())});
      out_->targets.insert(out_->targets.end(), targets.begin(), targets.end());
    }
    out_->entries.push_back({static_cast<uint32_t>(out_->targets.size()), 0});
    return std::move(out_);
  }

 private:
  Status Add(uint32_t index, const Pattern& pattern) {
    switch (pattern.kind) {
      case PatternKind::kLiteral:
        AddLiteral(index, pattern);
        return Ok();
      case PatternKind::kRegex:
        AddExpression(index, pattern.text);
        return Ok();
      case PatternKind::kCheck:
        break;
    }
    const std::optional<Check> check = CheckByName(pattern.text);
    if (!check) {
      return Error{Code::kInvalid,
                   Where(rules_, pattern) + "unknown check \"" + pattern.text +
                       "\"; use resident-id, bank-card, mobile, uscc, passport or secret-mark"};
    }
    if (*check != Check::kSecretMark) {
      out_->checks.emplace_back(*check, index);
      return Ok();
    }
    for (const std::string_view level : kSecretLevels) {
      table_[std::string(level)].push_back(TargetOf(Target::Kind::kSecret, index));
    }
    return Ok();
  }

  void AddLiteral(uint32_t index, const Pattern& pattern) {
    Phrase phrase = ReadPhrase(pattern.text);
    if (phrase.core.empty()) {  // signs only: nothing the squeezed text keeps
      if (!phrase.plain.empty()) out_->signs.emplace_back(std::move(phrase.plain), index);
      return;
    }
    const std::vector<uint16_t> syllables = Asks(pattern, Channel::kHomophone)
                                                ? Homophones::Syllables(phrase.core)
                                                : std::vector<uint16_t>();
    if (!syllables.empty()) {
      out_->homophones.Add(syllables, index);
    }
    if (Asks(pattern, Channel::kDigits)) {
      if (std::string number = NumberOf(phrase.plain); !number.empty()) {
        table_[number].push_back(TargetOf(Target::Kind::kNumber, index));
      }
    }
    Target target = TargetOf(Target::Kind::kLiteral, index);
    target.characters = static_cast<uint16_t>(
        std::min<size_t>(CountCodePoints(phrase.core), std::numeric_limits<uint16_t>::max()));
    std::string core = phrase.core;
    if (phrase.plain != core) {
      target.phrase = static_cast<uint32_t>(out_->phrases.size());
      out_->phrases.push_back(std::move(phrase));
    }
    table_[std::move(core)].push_back(target);
  }

  Target TargetOf(Target::Kind kind, uint32_t index) const {
    const Pattern& pattern = rules_.patterns[index];
    Target out{kind};
    out.channels = pattern.channels;
    out.zones = pattern.zones;
    out.index = index;
    out.cap = CapOf(pattern);
    out.context = IsContext(pattern);
    return out;
  }

  void AddExpression(uint32_t index, std::string source) {
    sources_.push_back(std::move(source));
    out_->expression_patterns.push_back(index);
  }

  Status BuildExpressions() {
    Result<std::unique_ptr<Expressions>> built = Expressions::Build(sources_);
    if (!built) {
      size_t at = 0;
      const std::string& text = built.error().text;
      std::from_chars(text.data(), text.data() + text.size(), at);
      CHECK(at < sources_.size());
      return Error{Code::kInvalid, Where(rules_, rules_.patterns[out_->expression_patterns[at]]) +
                                       text.substr(std::min(text.size(), text.find(':') + 2))};
    }
    out_->expressions = std::move(*built);
    const std::vector<std::string>& atoms = out_->expressions->atoms();
    for (size_t i = 0; i < atoms.size(); ++i) {
      std::string core = ReadPhrase(atoms[i]).core;
      if (core.empty()) {
        out_->always_atoms.push_back(static_cast<int>(i));
      } else {
        Target target{Target::Kind::kAtom};
        target.index = static_cast<uint32_t>(i);
        table_[std::move(core)].push_back(target);
      }
    }
    out_->always.resize(sources_.size());
    for (const int expression : out_->expressions->Candidates(out_->always_atoms)) {
      out_->always[static_cast<size_t>(expression)] = 1;
    }
    return Ok();
  }

  const RuleSet& rules_;
  std::unique_ptr<Catalogue> out_;
  std::vector<std::string> sources_;
  std::map<std::string, std::vector<Target>> table_;
};

}  // namespace

bool IsContext(const Pattern& pattern) {
  return std::none_of(pattern.uses.begin(), pattern.uses.end(), [](const Use& use) {
    return use.role == Role::kAny || use.role == Role::kAll;
  });
}

uint16_t CapOf(const Pattern& pattern) {
  return static_cast<uint16_t>(IsContext(pattern) ? limits::kContextHitsMax
                                                  : limits::kHitsPerPatternMax);
}

Result<std::unique_ptr<Catalogue>> Catalogue::Make(const RuleSet& rules) {
  return Maker(rules).Make();
}

}  // namespace xuncha
