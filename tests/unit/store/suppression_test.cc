// Suppressions, which cover what was there and nothing else; and clusters.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/suppression.h"

#include <algorithm>

#include "tests/unit/store/casework_support.h"

namespace xuncha {
namespace {

using testing_support::CaseworkTest;
using testing_support::IncidentsOf;
using testing_support::kDay;
using testing_support::MakeFinding;
using testing_support::MakeSite;
using testing_support::Must;

class SuppressionTest : public CaseworkTest {
 protected:
  Casework::SuppressionDraft Draft(std::string_view finding,
                                   SuppressionScope scope = SuppressionScope::kFinding) {
    return {.finding = std::string(finding),
            .scope = scope,
            .reason = "普法宣传栏目，已逐条核对无误",
            .by = "甲"};
  }
  // One page with one word in one sentence.
  Finding Word(std::string_view path, std::string_view word, std::string_view before = "反对") {
    Finding finding = Found(path, word);
    finding.evidence[0].pattern = "博彩";
    finding.evidence[0].before = before;
    // As the judge names it: by rule and pattern, not by the words around.
    finding.id = StableId({"http://" + site_.id + std::string(path), "gambling", "博彩"});
    return finding;
  }
  size_t Members() {
    const std::vector<Incident> incidents = IncidentsOf(store_->cases());
    return incidents.empty() ? 0 : incidents[0].findings.size();
  }
};

TEST_F(SuppressionTest, KeepsAFindingFromOpeningAnIncidentButOnRecord) {
  // Closed; later it comes again.
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}});
  const std::string id = StableId({site_.id, "gambling"});
  const Suppression made = Must(work().Suppress(Draft(Word("/a.html", "").id), now_));
  EXPECT_EQ(made.id(), "S1");
  Must(work().Judge(Order(id), CaseDeed::kJudgeCannotTell, policy_, now_, 0));
  Must(work().Act(Order(id, "甲", "同意结案"), CaseDeed::kClose, now_));
  Night(site_, {{"/a.html", {}}});
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}});
  EXPECT_EQ(StateOf(id), "closed") << "without the suppression it would have come back";
  const SuppressionSet set = Must(work().SuppressionsInForce(now_));
  const auto findings = testing_support::FindingsOf(store_->cases(), site_.id);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(set.Of(findings[0]), nullptr);
  EXPECT_EQ(Must(work().SuppressionById("s1")).matches, 1u);
  ExpectWhole();
}

TEST_F(SuppressionTest, ReopensWhenTheContentChanges) {
  struct Case {
    std::string_view why;
    SuppressionScope scope;
    std::string_view path, word, before;
    bool covered;
  };
  const Case kCases[] = {
      {"the same again", SuppressionScope::kFinding, "/a.html", "某博彩", "反对", true},
      {"another sentence around it", SuppressionScope::kFinding, "/a.html", "某博彩", "欢迎",
       false},
      {"other words of the same pattern", SuppressionScope::kFinding, "/a.html", "新博彩", "反对",
       false},
      {"the same sentence on another page of the host", SuppressionScope::kSpan, "/b.html",
       "某博彩", "反对", true},
      {"another sentence there", SuppressionScope::kSpan, "/b.html", "某博彩", "欢迎", false},
      {"another sentence, but the scope is the site's rule", SuppressionScope::kRule, "/b.html",
       "某博彩", "欢迎", true},
      {"another word of the rule", SuppressionScope::kRule, "/b.html", "新博彩", "反对", false},
      {"case and blanks do not count", SuppressionScope::kRule, "/b.html", " 某博彩 ", "反对",
       true},
      {"a page of the path", SuppressionScope::kPath, "/law/2.html", "某博彩", "欢迎", false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}});
    Casework::SuppressionDraft draft = Draft(Word("/a.html", "").id, c.scope);
    if (c.scope == SuppressionScope::kPath) draft.pattern = "/a*";
    const Suppression made = Must(work().Suppress(draft, now_));
    StoredFinding later{.finding = Word(c.path, c.word, c.before),
                        .site = site_.id,
                        .url = "http://" + site_.id + std::string(c.path)};
    EXPECT_EQ(Must(work().SuppressionsInForce(now_)).Of(later) != nullptr, c.covered);
    Must(work().EndSuppression(made.number, "甲", "测试完毕", now_));
  }
  ExpectWhole();
}

TEST_F(SuppressionTest, CoversNoOtherWordThatStoodWhenItWasMade) {
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}},
                {"/hacked.html", {Word("/hacked.html", "新博彩")}}});
  Must(work().Suppress(Draft(Word("/a.html", "").id, SuppressionScope::kRule), now_));
  const SuppressionSet set = Must(work().SuppressionsInForce(now_));
  size_t covered = 0;
  for (const StoredFinding& finding : testing_support::FindingsOf(store_->cases(), site_.id)) {
    EXPECT_EQ(set.Of(finding) != nullptr, finding.url.ends_with("/a.html")) << finding.url;
    covered += set.Of(finding) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(covered, 1u);
}

TEST_F(SuppressionTest, ANewRuleAtTheSamePlaceIsTold) {
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}});
  Must(work().Suppress(Draft(Word("/a.html", "").id, SuppressionScope::kRule), now_));
  StoredFinding more{.finding = Word("/a.html", "某博彩"),
                     .site = site_.id,
                     .url = "http://" + site_.id + "/a.html"};
  EXPECT_NE(Must(work().SuppressionsInForce(now_)).Of(more), nullptr);
  more.finding.evidence.push_back({.rule = "gambling.offer", .found = "注册送"});
  EXPECT_EQ(Must(work().SuppressionsInForce(now_)).Of(more), nullptr)
      << "all of a finding is covered, or none";
}

TEST_F(SuppressionTest, ComesToAnEndAndWhatItHidOpens) {
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}, {"/b.html", {}}});
  Casework::SuppressionDraft draft = Draft(Word("/a.html", "").id, SuppressionScope::kRule);
  draft.lasts = 30 * kDay;
  const Suppression made = Must(work().Suppress(draft, now_));
  Night(site_, {{"/b.html", {Word("/b.html", "某博彩")}}});
  EXPECT_EQ(Members(), 1u) << "the second is hidden";
  EXPECT_FALSE(work().EndSuppression(made.number, "", "", now_).ok()) << "not yet";
  now_ = made.expires;
  const std::vector<Due> dues = DueUntil(now_);
  ASSERT_EQ(dues.size(), 1u);
  EXPECT_EQ(dues[0].kind, DueKind::kSuppression);
  EXPECT_TRUE(Must(work().SuppressionsInForce(now_)).empty());
  Must(work().EndSuppression(dues[0].suppression, "", "", now_));
  EXPECT_EQ(Members(), 2u);
  EXPECT_TRUE(DueUntil(now_).empty());
  EXPECT_EQ(work().EndSuppression(made.number, "甲", "再次移除", now_).error().code,
            Code::kConflict);
  ExpectWhole();
}

TEST_F(SuppressionTest, IsWrittenOnceANightHoweverMuchItCovers) {
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}});
  Must(work().Suppress(Draft(Word("/a.html", "").id, SuppressionScope::kRule), now_));
  const auto night = [&] {
    Pages pages;
    for (int i = 0; i < 5; ++i) {
      const std::string path = "/" + std::to_string(i) + ".html";
      pages.push_back({path, {Word(path, "某博彩")}});
    }
    Night(site_, pages);
  };
  night();
  EXPECT_EQ(Must(work().SuppressionById("S1")).matches, 1u);
  const Millis first = Must(work().SuppressionById("S1")).matched;
  night();
  EXPECT_EQ(Must(work().SuppressionById("S1")).matches, 2u);
  EXPECT_GT(Must(work().SuppressionById("S1")).matched, first);
  EXPECT_EQ(Members(), 1u) << "all of them are covered";
}

TEST_F(SuppressionTest, OnAPageThatNeverChangesItIsInUse) {
  // Two together cover a finding; neither was matched since it was made.
  Finding both = Word("/a.html", "某博彩");
  both.evidence.push_back({.rule = "gambling.offer", .found = "注册送"});
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}, {"/b.html", {}}});
  Must(work().Suppress(Draft(both.id, SuppressionScope::kRule), now_));
  Night(site_, {{"/a.html", {both}}, {"/b.html", {Word("/b.html", "新博彩")}}});
  Must(work().Suppress(Draft(both.id, SuppressionScope::kRule), now_));
  Must(work().Suppress(Draft(Word("/b.html", "").id, SuppressionScope::kFinding), now_));
  Night(site_, {{"/b.html", {}}});
  now_ += kSuppressionStale + kDay;
  for (const char* id : {"S1", "S2", "S3"})
    EXPECT_TRUE(Must(work().SuppressionById(id)).MayBeStale(now_)) << id;
  EXPECT_EQ(Must(work().SuppressionsMatching({1, 2, 3}, 2, now_)), (std::set<uint64_t>{1, 2}))
      << "each that has a part in it, and none whose page is clean";
  EXPECT_EQ(Must(work().SuppressionsMatching({1}, 2, now_)), std::set<uint64_t>{1});
  EXPECT_FALSE(Must(work().SuppressionsMatching({1}, 1, now_)).has_value()) << "too much to read";
}

TEST_F(SuppressionTest, WhatItWasMadeOfComesBackAtItsEndUnlessJudgedFalse) {
  struct Case {
    std::string_view why;
    CaseDeed verdict;
    std::string_view before, after;
  };
  const Case kCases[] = {
      {"known, to be repaired later, and closed", CaseDeed::kJudgeCannotTell, "closed", "new"},
      {"the verdict on it has no end", CaseDeed::kJudgeFalsePositive, "false-positive",
       "false-positive"},
  };
  const std::string id = StableId({site_.id, "gambling"});
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}});
    const Suppression made = Must(work().Suppress(Draft(Word("/a.html", "").id), now_));
    // Another one of the rule, about another page; its end is no news of this page.
    Night(site_, {{"/c.html", {Word("/c.html", "某博彩")}}});
    const Suppression other = Must(work().Suppress(Draft(Word("/c.html", "").id), now_));
    Must(work().Judge(Order(id), c.verdict, policy_, now_, 0));
    if (c.before == "closed") Must(work().Act(Order(id, "甲", "同意结案"), CaseDeed::kClose, now_));
    Night(site_, {{"/c.html", {}}});
    Must(work().EndSuppression(other.number, "甲", "页面已删除", now_));
    EXPECT_EQ(StateOf(id), c.before) << "it still stands on the other page, and is still hidden";
    now_ = made.expires;
    Must(work().EndSuppression(made.number, "", "", now_));
    EXPECT_EQ(StateOf(id), c.after);
  }
  ExpectWhole();
}

TEST_F(SuppressionTest, AsksForReasonTermAndASecondPerson) {
  Finding political = Found("/p.html", "某词");
  political.clause = 2;
  political.id = StableId({"political"});
  Night(site_, {{"/a.html", {Word("/a.html", "某博彩")}}, {"/p.html", {political}}});
  const std::string plain = Word("/a.html", "").id;
  struct Case {
    std::string_view why;
    std::string finding, reason, approved_by;
    Millis lasts;
    bool good;
  };
  const std::string kReason = "普法宣传栏目，已逐条核对无误";
  const Case kCases[] = {
      {"nine code points", plain, "一二三四五六七八九", "", 90 * kDay, false},
      {"ten", plain, "一二三四五六七八九十", "", 90 * kDay, true},
      {"a year and a day", plain, kReason, "", 366 * kDay, false},
      {"no time at all", plain, kReason, "", 0, false},
      {"clause 2 by oneself", political.id, kReason, "", 90 * kDay, false},
      {"clause 2, approved by oneself", political.id, kReason, "甲", 90 * kDay, false},
      {"clause 2, approved by another", political.id, kReason, "乙", 90 * kDay, true},
      {"no such finding", "0123", kReason, "", 90 * kDay, false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    Casework::SuppressionDraft draft = Draft(c.finding);
    draft.reason = c.reason;
    draft.approved_by = c.approved_by;
    draft.lasts = c.lasts;
    EXPECT_EQ(work().Suppress(draft, now_).ok(), c.good);
  }
}

TEST_F(SuppressionTest, AimsAtTheHostThatFindingsLeadTo) {
  const auto linked = [&](const Site& site, std::string_view hosts) {
    Finding finding = MakeFinding("http://" + site.id + "/a.html", "x", Severity::kHigh);
    finding.evidence[0].found.clear();
    finding.evidence[0].pattern = "hidden-links";
    finding.evidence[0].detail =
        "div.foot（不显示）外链 3 条，指向 1 个主机（" + std::string(hosts) + "）";
    return finding;
  };
  const Site other = MakeSite("lib.example.edu.cn");
  Night(site_, {{"/a.html", {linked(site_, "partner.example")}}});
  const StoredFinding found = testing_support::FindingsOf(store_->cases(), site_.id).at(0);
  EXPECT_EQ(TargetsOf(found), std::vector<std::string>{"partner.example"})
      << "and not the name of an element";
  Must(work().Suppress(Draft(found.finding.id, SuppressionScope::kTarget), now_));
  const SuppressionSet set = Must(work().SuppressionsInForce(now_));
  StoredFinding there{.finding = linked(other, "partner.example"),
                      .site = other.id,
                      .url = "http://" + other.id + "/a.html"};
  EXPECT_NE(set.Of(there), nullptr) << "on any site";
  there.finding = linked(other, "bad.example、partner.example");
  EXPECT_EQ(set.Of(there), nullptr) << "but not with a stranger beside it";
}

TEST(PathFits, KnowsOneWildcard) {
  struct Case {
    std::string_view pattern, path;
    bool fits;
  };
  constexpr Case kCases[] = {
      {"/news/*", "/news/1.html", true},
      {"/news/*", "/news", false},
      {"/*/2026/*", "/a/2026/b", true},
      {"/*/2026/*", "/a/2025/b", false},
      {"/a.html", "/a.html", true},
      {"/a.html", "/a.html?x", false},
      {"*", "", true},
      {"/*.html", "/a.html.html", true},
      {"/a*b*c", "/aXbYbZc", true},
      {"/a*b*c", "/acb", false},
  };
  for (const Case& c : kCases) EXPECT_EQ(PathFits(c.pattern, c.path), c.fits) << c.pattern;
}

// ---- clusters ---------------------------------------------------------------------

class ClusterTest : public SuppressionTest {
 protected:
  std::string Infect(std::string_view host, bool another) {
    const Site site = MakeSite(std::string(host));
    const std::string url = "http://" + site.id + "/a.html";
    Pages pages = {{"/a.html", {MakeFinding(url, "某博彩", Severity::kHigh)}}};
    if (another)
      pages.push_back(
          {"/b.html", {MakeFinding("http://" + site.id + "/b.html", "别的词", Severity::kHigh)}});
    Night(site, pages);
    return StableId({site.id, "gambling"});
  }
};

TEST_F(ClusterTest, DecidesAllAtOnceAndSaysWhatItSkipped) {
  std::vector<std::string> ids;
  for (int i = 0; i < 70; ++i) ids.push_back(Infect("s" + std::to_string(i) + ".example", false));
  const std::string mixed = Infect("mixed.example", true);
  const std::string held = Infect("held.example", false);
  const std::string judged = Infect("judged.example", false);
  Must(work().Act(Order(held, "乙"), CaseDeed::kClaim, now_));
  Must(work().Judge(Order(judged), CaseDeed::kJudgeViolation, policy_, now_));

  const auto lines = Must(work().Clusters(10));
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines[0].key.id(), "span:gambling.platform:某博彩");
  EXPECT_EQ(lines[0].incidents, 72u) << "the one judged is not open";
  const ClusterKey key = Must(ParseClusterKey(lines[0].key.id()));
  const ClusterPreview preview = Must(work().PreviewCluster(key, "甲", now_));
  EXPECT_EQ(preview.findings, 73u);
  EXPECT_EQ(preview.sites.size(), 73u);
  EXPECT_EQ(preview.samples.size(), limits::kClusterSamplesMax);
  EXPECT_EQ(std::count_if(preview.members.begin(), preview.members.end(),
                          [](const auto& member) { return !member.skip.empty(); }),
            3);

  // Between the look and the decision somebody changes one.
  Must(work().Act(Order(ids[5], "丙", "我来看这个"), CaseDeed::kNote, now_));
  const ClusterResult result = Must(
      work().DecideCluster(preview, CaseDeed::kJudgeViolation, Order("", "甲"), policy_, now_));
  EXPECT_EQ(result.decided, 69u);
  std::vector<std::string> skipped;
  for (const auto& one : result.skipped) {
    skipped.push_back(one.incident);
    EXPECT_NE(one.why, "");
  }
  std::sort(skipped.begin(), skipped.end());
  std::vector<std::string> expected = {mixed, held, judged, ids[5]};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(skipped, expected);
  EXPECT_EQ(StateOf(ids[0]), "violation");
  EXPECT_EQ(StateOf(ids[5]), "new");
  EXPECT_EQ(StateOf(mixed), "new");
  ExpectWhole();
}

TEST_F(ClusterTest, ALargeOneIsWorkedOffPieceByPiece) {
  constexpr size_t kMore = 3;
  std::vector<StoredFinding> findings;
  for (size_t i = 0; i < limits::kClusterMax + kMore; ++i) {
    const std::string host = "s" + std::to_string(i) + ".example";
    const std::string url = "http://" + host + "/a.html";
    findings.push_back({.finding = MakeFinding(url, "某博彩", Severity::kHigh),
                        .site = host,
                        .url = url,
                        .standing = true});
  }
  Must(store_->cases().KeepHistory(findings, {.kind = "rescan-keep"}, now_));
  const ClusterKey key = Must(ParseClusterKey("span:gambling.platform:某博彩"));
  for (const uint64_t expected : {uint64_t{limits::kClusterMax}, uint64_t{kMore}}) {
    const ClusterPreview preview = Must(work().PreviewCluster(key, "甲", now_));
    EXPECT_EQ(preview.cut, expected == limits::kClusterMax);
    const ClusterResult result = Must(
        work().DecideCluster(preview, CaseDeed::kJudgeViolation, Order("", "甲"), policy_, now_));
    EXPECT_EQ(result.decided, expected) << "what was judged before takes nobody's place";
  }
}

TEST_F(ClusterTest, ReadsNoMoreOfWhatIsJudgedThanItLists) {
  const std::string open = Infect("z.example", false);
  for (const char* host : {"a.example", "b.example", "c.example"})
    Must(work().Judge(Order(Infect(host, false)), CaseDeed::kJudgeViolation, policy_, now_));
  const ClusterKey key = Must(ParseClusterKey("span:gambling.platform:某博彩"));
  const ClusterPreview all = Must(work().PreviewCluster(key, "甲", now_));
  EXPECT_EQ(all.members.size(), 4u);
  EXPECT_FALSE(all.judged_cut);
  const ClusterPreview some = Must(work().PreviewCluster(key, "甲", now_, 2));
  EXPECT_EQ(some.members.size(), 3u);
  EXPECT_TRUE(some.judged_cut);
  EXPECT_TRUE(std::any_of(some.members.begin(), some.members.end(), [&](const auto& member) {
    return member.incident == open;
  })) << "what can be decided is always there";
}

TEST_F(ClusterTest, HasNamesThatCanBeTyped) {
  for (const std::string_view bad :
       {"", "span:", "span:rule", "span:rule:", "span::x", "target:", "other:x"}) {
    EXPECT_FALSE(ParseClusterKey(bad).ok()) << bad;
  }
  const ClusterKey key = Must(ParseClusterKey("span:gambling.brand:某:词"));
  EXPECT_EQ(key.span, "某:词");
  EXPECT_EQ(key.id(), "span:gambling.brand:某:词");
  EXPECT_EQ(Must(ParseClusterKey("target:Bad.Example")).span, "bad.example");
}

}  // namespace
}  // namespace xuncha
