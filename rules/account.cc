// SPDX-License-Identifier: Apache-2.0
#include "rules/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

class Accountant {
 public:
  Accountant(const RuleSet& rules, const Page& page, const Outcome& outcome, uint32_t rule)
      : rules_(rules), page_(page), outcome_(outcome), index_(rule), rule_(rules.rules[rule]) {}

  std::vector<std::string> Lines() {
    SayKept();
    SayDropped();
    SayWithout();
    if (lines_.empty()) {
      Say(fmt::format("没有找到规则的任何词条；样例里须有其中之一：{}", Some(WordsOf(Role::kAny))));
      SayOthers();
    }
    if (lines_.size() > limits::kAccountLinesMax) lines_.resize(limits::kAccountLinesMax);
    return std::move(lines_);
  }

 private:
  void Say(std::string line) { lines_.push_back(std::move(line)); }

  std::string_view TextOf(Span span) const { return xuncha::TextOf(page_.document, span); }
  std::string Named(uint32_t hit) const {
    const Hit& h = page_.hits[hit];
    return fmt::format("“{}”（词条 {}，{}，{}）", TextOf(h.text), rules_.patterns[h.pattern].text,
                       ChannelText(h.channel), ZoneText(page_.document.zones[h.zone].kind));
  }
  bool Serves(uint32_t hit, Role role) const {
    const std::vector<Use>& uses = rules_.patterns[page_.hits[hit].pattern].uses;
    return std::any_of(uses.begin(), uses.end(),
                       [&](const Use& use) { return use.rule == index_ && use.role == role; });
  }
  std::vector<std::string> WordsOf(Role role) const {
    std::vector<std::string> words;
    for (const Pattern& pattern : rules_.patterns) {
      for (const Use& use : pattern.uses) {
        if (use.rule == index_ && use.role == role) words.push_back(pattern.text);
      }
    }
    return words;
  }
  static std::string Some(const std::vector<std::string>& words) {
    std::string out;
    for (size_t i = 0; i < words.size() && i < limits::kAccountWordsMax; ++i)
      out += (i ? "、" : "") + words[i];
    if (words.size() > limits::kAccountWordsMax) out += fmt::format(" 等 {} 个", words.size());
    return out.empty() ? "（无）" : out;
  }
  uint32_t Distance(Span a, Span b) const {
    const Span gap = a.begin < b.begin ? Span{a.end, b.begin} : Span{b.end, a.begin};
    return gap.begin >= gap.end ? 0 : static_cast<uint32_t>(CountCodePoints(TextOf(gap)));
  }
  static std::string Within(uint32_t within) {
    return within == 0 ? "同一区域内" : fmt::format("{} 字以内", within);
  }

  void SayKept() {
    for (const Kept& kept : outcome_.kept) {
      if (kept.rule != index_) continue;
      Say(fmt::format("命中{}", Named(kept.hit)) +
          (kept.near_hit == kNoHit ? std::string()
                                   : fmt::format("，{} 字外有加重的词“{}”", kept.near_distance,
                                                 TextOf(page_.hits[kept.near_hit].text))));
      spoken_.insert(kept.hit);
      if (rule_.has_unless) SayNearestUnless(kept.hit);
    }
  }

  // What could have dismissed a hit that stands, for whoever wrote a counter.
  void SayNearestUnless(uint32_t hit) {
    uint32_t best = kNoHit, least = UINT32_MAX;
    for (uint32_t i = 0; i < page_.hits.size(); ++i) {
      if (!Serves(i, Role::kUnless)) continue;
      const uint32_t distance = Distance(page_.hits[hit].text, page_.hits[i].text);
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    if (best == kNoHit) {
      Say(fmt::format("  没有排除的词在旁；unless 里有：{}", Some(WordsOf(Role::kUnless))));
    } else {
      Say(fmt::format(
          "  排除的词“{}”相距 {} 字，未能排除（unless 限 {}；招揽的词更近时单独一个不排除）",
          TextOf(page_.hits[best].text), least, Within(rule_.unless_within)));
    }
  }

  void SayDropped() {
    for (const Dropped& dropped : outcome_.dropped) {
      if (dropped.would.rule != index_) continue;
      spoken_.insert(dropped.would.hit);
      const std::string_view by =
          dropped.by == kNoHit ? std::string_view() : TextOf(page_.hits[dropped.by].text);
      Say(dropped.allowed
              ? fmt::format("找到{}，但它在允许的短语“{}”之内", Named(dropped.would.hit), by)
              : fmt::format("找到{}，被 {} 字外的“{}”排除（unless 限 {}）",
                            Named(dropped.would.hit), dropped.distance, by,
                            Within(rule_.unless_within)));
    }
  }

  // Hits of the rule that neither stand nor were dismissed: something is missing.
  void SayWithout() {
    std::set<uint32_t> places;
    for (uint32_t i = 0; i < page_.hits.size(); ++i) {
      if (!Serves(i, Role::kAny)) continue;
      places.insert(page_.hits[i].text.begin);
      if (spoken_.count(i)) continue;
      SayMissing(i);
    }
    if (rule_.count_min > 1 && places.size() < rule_.count_min && !places.empty()) {
      Say(fmt::format("只有 {} 处，规则要求至少 {} 处（count）", places.size(), rule_.count_min));
    }
  }

  void SayMissing(uint32_t i) {
    const Hit& hit = page_.hits[i];
    if ((rule_.zones & PlacesOf(page_.document, hit)) == 0) {
      return Say(fmt::format("找到{}，但规则不看这个区域（zones）", Named(i)));
    }
    const bool check = rules_.patterns[hit.pattern].kind == PatternKind::kCheck;
    if (!check && (rule_.channels & ChannelBit(hit.channel)) == 0) {
      return Say(fmt::format("找到{}，但规则没有要求这种读法（fold）", Named(i)));
    }
    if (rule_.all_count != 0) {
      std::vector<std::string> absent;
      for (const std::string& word : WordsOf(Role::kAll)) {
        if (!Stands(word, Role::kAll)) absent.push_back(word);
      }
      if (!absent.empty()) {
        return Say(fmt::format("找到{}，但缺少同一区域里的：{}（all）", Named(i), Some(absent)));
      }
    }
    if (!rule_.parts.empty()) {
      return Say(fmt::format("找到{}，但{}没有凑齐 {} 个部分（{}；{}）", Named(i),
                             Within(rule_.parts_within), rule_.parts_min, Some(rule_.parts),
                             Stood(Role::kPart)));
    }
    if (rule_.required_near) {
      return Say(fmt::format("找到{}，但{}没有必需的词（near；{}）：{}", Named(i),
                             Within(rule_.near_within), Stood(Role::kNear),
                             Some(WordsOf(Role::kNear))));
    }
    if (rule_.count_min <= 1) Say(fmt::format("找到{}，已由更长的命中代表", Named(i)));
  }

  bool Stands(const std::string& word, Role role) const {
    for (uint32_t i = 0; i < page_.hits.size(); ++i) {
      if (Serves(i, role) && rules_.patterns[page_.hits[i].pattern].text == word) return true;
    }
    return false;
  }
  std::string Stood(Role role) const {
    std::vector<std::string> words;
    for (uint32_t i = 0; i < page_.hits.size(); ++i) {
      if (Serves(i, role)) words.emplace_back(TextOf(page_.hits[i].text));
    }
    return words.empty() ? "一个也没找到" : "找到的都太远或太少：" + Some(words);
  }

  // What other rules found: the sample may belong to one of them.
  void SayOthers() {
    std::set<std::string> ids;
    for (const Kept& kept : outcome_.kept) ids.insert(rules_.rules[kept.rule].id);
    if (!ids.empty()) {
      Say(fmt::format("命中的是别的规则：{}", Some({ids.begin(), ids.end()})));
    }
  }

  const RuleSet& rules_;
  const Page& page_;
  const Outcome& outcome_;
  const uint32_t index_;
  const Rule& rule_;
  std::set<uint32_t> spoken_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> AccountOfRule(const RuleSet& rules, const Page& page,
                                       const Outcome& outcome, uint32_t rule) {
  return Accountant(rules, page, outcome, rule).Lines();
}

}  // namespace xuncha
