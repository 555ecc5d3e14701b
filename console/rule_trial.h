// RuleTrial judges a text somebody writes down by the rules in force, as a page of
// nothing but that text; and says what rules there are. Nothing is kept.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/record.h"
#include "base/result.h"

namespace xuncha {

class Judge;
class Matcher;
struct RuleSet;

// A rule, as a list shows it.
struct RuleFacts {
  std::string id;
  std::string kind;
  std::string because;
  std::string basis;
  std::string file;
  bool strong = false;
};

class RuleTrial {
 public:
  // Borrows all three of `owner`, which it keeps.
  RuleTrial(const RuleSet& rules, const Matcher& matcher, const Judge& judge,
            std::shared_ptr<const void> owner)
      : rules_(rules), matcher_(matcher), judge_(judge), owner_(std::move(owner)) {}

  Digest digest() const;
  std::vector<RuleFacts> Rules() const;
  struct Outcome {
    std::vector<Finding> findings;
    std::vector<Dismissal> dismissals;
  };
  // kSystem if there is no memory to read it with.
  // REQUIRES: text.size() ≤ limits::kTryTextBytesMax
  Result<Outcome> Try(std::string_view text, ZoneKind zone) const;

 private:
  const RuleSet& rules_;
  const Matcher& matcher_;
  const Judge& judge_;
  std::shared_ptr<const void> owner_;
};

}  // namespace xuncha
