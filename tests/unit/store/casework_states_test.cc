// The table of the ladder against one written by hand: every state with every deed.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/casework_states.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/text.h"

namespace xuncha {
namespace {

// By state: the deeds that may be done, with the state they lead to where they lead
// anywhere ("<": back to the one before). What is not named is refused.
const std::map<std::string_view, std::map<std::string_view, std::string_view>> kWays = {
    {"new",
     {{"verdict:violation", "violation"},
      {"verdict:false-positive", "false-positive"},
      {"verdict:cannot-tell", "cannot-tell"},
      {"verdict:escalate", "escalate"}}},
    {"violation",
     {{"verdict:false-positive", "false-positive"},
      {"verdict:cannot-tell", "cannot-tell"},
      {"verdict:escalate", "escalate"},
      {"undo", "<"},
      {"notify", "notified"},
      {"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"advise-cutoff", "cutoff-advised"},
      {"close", "closed"}}},
    {"false-positive",
     {{"verdict:violation", "violation"},
      {"verdict:cannot-tell", "cannot-tell"},
      {"verdict:escalate", "escalate"},
      {"undo", "<"}}},
    {"cannot-tell",
     {{"verdict:violation", "violation"},
      {"verdict:false-positive", "false-positive"},
      {"verdict:escalate", "escalate"},
      {"undo", "<"},
      {"close", "closed"}}},
    {"escalate",
     {{"verdict:violation", "violation"},
      {"verdict:false-positive", "false-positive"},
      {"verdict:cannot-tell", "cannot-tell"},
      {"undo", "<"}}},
    {"notified",
     {{"verdict:false-positive", "false-positive"},
      {"remind", ""},
      {"acknowledge", "acknowledged"},
      {"report-repair", "repaired"},
      {"object", "objected"},
      {"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"advise-cutoff", "cutoff-advised"},
      {"close", "closed"}}},
    {"acknowledged",
     {{"verdict:false-positive", "false-positive"},
      {"remind", ""},
      {"report-repair", "repaired"},
      {"object", "objected"},
      {"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"advise-cutoff", "cutoff-advised"},
      {"close", "closed"}}},
    {"repaired",
     {{"verdict:false-positive", "false-positive"},
      {"object", "objected"},
      {"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", "acknowledged"},
      {"recheck-unchecked", ""},
      {"advise-cutoff", "cutoff-advised"},
      {"close", "closed"}}},
    {"objected",
     {{"report-repair", ""},
      {"reject-objection", "acknowledged"},
      {"accept-objection", "false-positive"},
      {"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"advise-cutoff", "cutoff-advised"}}},
    {"cutoff-advised",
     {{"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"approve-cutoff", "cutoff-approved"},
      {"refuse-cutoff", "<"}}},
    {"cutoff-approved",
     {{"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"cut-off", "cut-off"}}},
    {"cut-off",
     {{"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"restore", "restored"},
      {"close", "closed"}}},
    {"restored",
     {{"ask-recheck", ""},
      {"recheck-gone", ""},
      {"recheck-stands", ""},
      {"recheck-unchecked", ""},
      {"close", "closed"}}},
    {"closed", {{"reopen", "new"}}},
};
// In every state, and the same without the closed one.
const std::set<std::string_view> kAlways = {"release", "note", "report-sent"};
const std::set<std::string_view> kWhileOpen = {"claim", "assign"};

TEST(CaseTable, AllowsWhatIsListedAndRefusesAllElseWithAReason) {
  for (int s = 0; s < kCaseStates; ++s) {
    const auto state = static_cast<CaseState>(s);
    const std::string_view name = CaseStateName(state);
    ASSERT_TRUE(kWays.contains(name)) << name;
    for (int d = 0; d < kCaseDeeds; ++d) {
      const auto deed = static_cast<CaseDeed>(d);
      const std::string_view deed_name = CaseDeedName(deed);
      SCOPED_TRACE(std::string(name) + " + " + std::string(deed_name));
      const auto way = kWays.at(name).find(deed_name);
      const bool listed = way != kWays.at(name).end();
      const bool stays = kAlways.contains(deed_name) ||
                         (kWhileOpen.contains(deed_name) && state != CaseState::kClosed);
      const Result<const CaseStep*> step = FindStep(state, deed);
      ASSERT_EQ(step.ok(), listed || stays);
      if (!step) {
        EXPECT_EQ(step.error().code, Code::kConflict);
        EXPECT_NE(step.error().text.find(CaseStateText(state)), std::string::npos);
        EXPECT_NE(step.error().text.find("；"), std::string::npos) << "says what to do instead";
        continue;
      }
      const std::string_view to = listed ? way->second : "";
      if (to.empty()) {
        EXPECT_EQ((*step)->leads, Leads::kStay);
      } else if (to == "<") {
        EXPECT_EQ((*step)->leads, Leads::kBack);
      } else {
        EXPECT_EQ((*step)->leads, Leads::kTo);
        EXPECT_EQ(CaseStateName((*step)->to), to);
      }
    }
  }
}

TEST(CaseTable, HasOneWayAtMostForEachStateAndDeed) {
  for (int s = 0; s < kCaseStates; ++s) {
    for (int d = 0; d < kCaseDeeds; ++d) {
      int ways = 0;
      for (const CaseStep& step : CaseSteps()) {
        ways += static_cast<int>(step.deed) == d && (step.from >> s & 1) != 0 ? 1 : 0;
      }
      EXPECT_LE(ways, 1) << s << " " << d;
    }
  }
}

TEST(CaseTable, LetsOwnersAnswerAndNothingElse) {
  const std::set<std::string_view> owners = {"acknowledge", "report-repair", "object",
                                             "ask-recheck"};
  const std::set<std::string_view> programs = {"remind", "recheck-gone", "recheck-stands",
                                               "recheck-unchecked"};
  const std::set<std::string_view> approvers = {"approve-cutoff", "refuse-cutoff"};
  for (const CaseStep& step : CaseSteps()) {
    const std::string_view deed = CaseDeedName(step.deed);
    SCOPED_TRACE(deed);
    EXPECT_EQ(step.Allows(Party::kOwner), owners.contains(deed));
    EXPECT_EQ(step.Allows(Party::kProgram), programs.contains(deed));
    EXPECT_EQ(step.Allows(Party::kOfficer),
              !approvers.contains(deed) && !deed.starts_with("recheck-"));
  }
}

TEST(CaseTable, AsksAReasonForEveryVerdict) {
  for (const CaseStep& step : CaseSteps()) {
    const std::string_view deed = CaseDeedName(step.deed);
    const bool reasoned =
        deed.starts_with("verdict:") || deed == "restore" || deed == "advise-cutoff";
    EXPECT_TRUE(!reasoned || step.Needs(Need::kReason)) << deed;
    EXPECT_EQ(step.Needs(Need::kOtherPerson), deed == "approve-cutoff") << deed;
    EXPECT_EQ(step.Needs(Need::kSecondPerson), deed == "restore") << deed;
  }
}

TEST(CaseTable, NamesStatesAndDeedsForFilesAndForPeople) {
  std::set<std::string_view> seen;
  for (int s = 0; s < kCaseStates; ++s) {
    const auto state = static_cast<CaseState>(s);
    EXPECT_TRUE(seen.insert(CaseStateName(state)).second);
    EXPECT_EQ(CaseStateByName(CaseStateName(state)), state);
    EXPECT_FALSE(CaseStateText(state).empty());
  }
  seen.clear();
  for (int d = 0; d < kCaseDeeds; ++d) {
    const auto deed = static_cast<CaseDeed>(d);
    EXPECT_TRUE(seen.insert(CaseDeedName(deed)).second);
    EXPECT_EQ(CaseDeedByName(CaseDeedName(deed)), deed);
    EXPECT_FALSE(CaseDeedText(deed).empty());
  }
  EXPECT_EQ(CaseStateByName("confirmed"), std::nullopt);
}

}  // namespace
}  // namespace xuncha
