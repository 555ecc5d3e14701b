// Rule sets and matches for the tests of matcher/, built by hand.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "matcher/matcher.h"
#include "matcher/samples.h"
#include "rules/rule_set.h"

namespace xuncha {

inline constexpr uint8_t kUsualChannels =
    ChannelBit(Channel::kPlain) | ChannelBit(Channel::kSqueezed);
inline constexpr uint16_t kEveryZone = (1u << kZoneKinds) - 1;

// One rule "test.rule" that uses every pattern in role kAny.
class RuleBuilder {
 public:
  RuleBuilder() {
    rules_.packs.push_back({"test", 6, "测试", "", "test.toml", false, {}});
    Rule rule;
    rule.id = "test.rule";
    rule.line = 7;
    rule.zones = kEveryZone;
    rules_.rules.push_back(rule);
  }
  RuleBuilder& Add(PatternKind kind, std::string_view text, uint8_t channels = 0,
                   uint16_t zones = kEveryZone) {
    rules_.patterns.push_back({kind,
                               std::string(text),
                               static_cast<uint8_t>(channels | kUsualChannels),
                               zones,
                               {{0, Role::kAny}}});
    return *this;
  }
  RuleBuilder& Literal(std::string_view text, uint8_t channels = 0, uint16_t zones = kEveryZone) {
    return Add(PatternKind::kLiteral, text, channels, zones);
  }
  RuleSet Take() { return std::move(rules_); }

 private:
  RuleSet rules_;
};

// A rule set with its matcher and scratch.
class Matching {
 public:
  explicit Matching(RuleSet rules, const Matcher::Options& options = {})
      : rules_(std::move(rules)) {
    Result<std::unique_ptr<Matcher>> built = Matcher::Build(rules_, options);
    EXPECT_TRUE(built.ok()) << (built.ok() ? "" : built.error().text);
    if (!built.ok()) return;
    matcher_ = std::move(*built);
    Result<Matcher::Scratch> scratch = matcher_->NewScratch();
    EXPECT_TRUE(scratch.ok());
    if (scratch.ok()) scratch_ = std::move(*scratch);
  }
  const RuleSet& rules() const { return rules_; }
  const Matcher& matcher() const { return *matcher_; }

  Page& On(Page& page) {
    matcher_->Match(page, scratch_);
    return page;
  }
  // Hits of a page with the text in one zone, as "pattern|channel|found".
  std::vector<std::string> Hits(std::string_view text, ZoneKind zone = ZoneKind::kText) {
    Page page = PageOfText(text, zone);
    return Words(On(page));
  }
  std::vector<std::string> Words(const Page& page) const {
    std::vector<std::string> out;
    for (const Hit& hit : page.hits) {
      out.push_back(rules_.patterns[hit.pattern].text + "|" +
                    std::string(ChannelName(hit.channel)) + "|" +
                    page.document.text.substr(hit.text.begin, hit.text.size()));
    }
    return out;
  }

 private:
  RuleSet rules_;
  std::unique_ptr<Matcher> matcher_;
  Matcher::Scratch scratch_;
};

}  // namespace xuncha
