// What every form of the three seams must do, whatever stands behind it. A form
// is a class that makes an empty one when constructed:
//
//   WorkLedger& ledger();  BlobStore& blobs();  CaseStore& cases();
//   Store& store();                                       // where officers decide
//   uint64_t BeginRun(const Digest& rules, Millis now);   // a new run
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, StoreConformance, EmbeddedForm);
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {

inline constexpr Millis kNight = 24 * 3600 * 1000;
inline constexpr Millis kHour = 3600 * 1000;

template <class Form>
class StoreConformance : public ::testing::Test {
 protected:
  WorkLedger& ledger() { return form_.ledger(); }
  BlobStore& blobs() { return form_.blobs(); }
  CaseStore& cases() { return form_.cases(); }

  // A new run under `rules`, with a lease on the site.
  Lease Begin(const Digest& rules) {
    clock_.Advance(kNight);
    const uint64_t run = form_.BeginRun(rules, clock_.Now());
    return Must(ledger().Acquire(site_.id, run, clock_.Now(), kHour));
  }
  Lease BeginNight() {
    if (lease_.token != 0) Must(ledger().Release(lease_, true));
    return lease_ = Begin(rules_);
  }
  CommitOutcome CommitOne(const Lease& lease, const Page& page) {
    return Must(ledger().Commit(lease, {{.page = &page}}, clock_.Now())).at(0);
  }

  Page Good() { return MakePage(site_, kUrl, "<p>招生简章</p>", clock_.Now()); }
  Page Bad(std::string_view word = "博彩", Severity severity = Severity::kHigh) {
    Page page = MakePage(site_, kUrl, "<p>坏</p>" + std::string(word), clock_.Now());
    page.findings = {MakeFinding(kUrl, word, severity)};
    return page;
  }
  Page Unchanged() { return MakeUnchanged(site_, kUrl, clock_.Now()); }
  Page Failed() { return MakeFailed(site_, kUrl, clock_.Now()); }

  StoredFinding TheFinding() {
    const std::vector<StoredFinding> findings = FindingsOf(cases(), site_.id);
    EXPECT_EQ(findings.size(), 1u);
    return findings.empty() ? StoredFinding{} : findings[0];
  }
  Incident TheIncident() {
    const std::vector<Incident> incidents = IncidentsOf(cases());
    EXPECT_EQ(incidents.size(), 1u);
    return incidents.empty() ? Incident{} : incidents[0];
  }
  // What is closed was a violation before.
  void Decided(CaseDeed deed) {
    if (deed == CaseDeed::kClose) Decided(CaseDeed::kJudgeViolation);
    Must(Decide(form_.store(), TheIncident(), deed, clock_.Now()));
  }

  static constexpr std::string_view kUrl = "http://www.example.edu.cn/news/1.html";
  Form form_;
  FakeClock clock_;
  const Site site_ = MakeSite("www.example.edu.cn");
  const Digest rules_ = Sha256("rules");
  Lease lease_;
};

TYPED_TEST_SUITE_P(StoreConformance);

// ---- leases -------------------------------------------------------------------

TYPED_TEST_P(StoreConformance, GivesASiteToOneWorkerAtATime) {
  const Lease first = this->Begin(this->rules_);
  const auto second = this->ledger().Acquire(this->site_.id, first.run, this->clock_.Now(), kHour);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kConflict);
  const auto other =
      this->ledger().Acquire("lib.example.edu.cn", first.run, this->clock_.Now(), kHour);
  EXPECT_TRUE(other.ok()) << "another site is another matter";
}

TYPED_TEST_P(StoreConformance, LetsALeaseBeTakenOverOnceItRanOut) {
  const Lease slow = this->Begin(this->rules_);
  this->clock_.Advance(kHour);
  const Lease fast =
      Must(this->ledger().Acquire(this->site_.id, slow.run, this->clock_.Now(), kHour));
  EXPECT_GT(fast.token, slow.token);
  EXPECT_EQ(this->CommitOne(slow, this->Bad()), CommitOutcome::kFenced);
  EXPECT_TRUE(FindingsOf(this->cases(), this->site_.id).empty())
      << "a fenced commit writes nothing";
  EXPECT_EQ(this->ledger().Renew(slow, this->clock_.Now(), kHour).error().code, Code::kConflict);
  EXPECT_EQ(this->ledger().Release(slow, true).error().code, Code::kConflict);
  EXPECT_EQ(this->CommitOne(fast, this->Bad()), CommitOutcome::kCommitted);
}

TYPED_TEST_P(StoreConformance, KeepsARenewedLease) {
  const Lease lease = this->Begin(this->rules_);
  this->clock_.Advance(kHour / 2);
  const Lease renewed = Must(this->ledger().Renew(lease, this->clock_.Now(), kHour));
  EXPECT_EQ(renewed.token, lease.token);
  this->clock_.Advance(kHour * 3 / 4);  // past the first term, within the second
  EXPECT_FALSE(this->ledger().Acquire(this->site_.id, lease.run, this->clock_.Now(), kHour).ok());
  EXPECT_EQ(this->CommitOne(renewed, this->Good()), CommitOutcome::kCommitted);
}

TYPED_TEST_P(StoreConformance, FencesAReleasedLease) {
  const Lease lease = this->Begin(this->rules_);
  Must(this->ledger().Release(lease, false));
  EXPECT_EQ(this->CommitOne(lease, this->Good()), CommitOutcome::kFenced);
  const Lease next =
      Must(this->ledger().Acquire(this->site_.id, lease.run, this->clock_.Now(), kHour));
  EXPECT_GT(next.token, lease.token);
}

TYPED_TEST_P(StoreConformance, RefusesASiteIdThatCannotBeKept) {
  for (const std::string& id : {std::string(), std::string("a\0b", 3), std::string(1000, 'x')}) {
    const auto lease = this->ledger().Acquire(id, 1, this->clock_.Now(), kHour);
    ASSERT_FALSE(lease.ok());
    EXPECT_EQ(lease.error().code, Code::kInvalid);
  }
}

// ---- commits ------------------------------------------------------------------

TYPED_TEST_P(StoreConformance, CommitsAPageOncePerRun) {
  const Lease lease = this->BeginNight();
  const Page bad = this->Bad();
  EXPECT_EQ(this->CommitOne(lease, bad), CommitOutcome::kCommitted);
  Page twin = this->Bad("假证");
  EXPECT_EQ(this->CommitOne(lease, twin), CommitOutcome::kAlreadyDone);
  EXPECT_EQ(this->TheFinding().finding.evidence.at(0).found, "博彩")
      << "the second try changed nothing";
  // The same page twice in one call is the same thing.
  const Page fresh = MakePage(this->site_, "http://www.example.edu.cn/2", "x", this->clock_.Now());
  const auto both =
      Must(this->ledger().Commit(lease, {{.page = &fresh}, {.page = &fresh}}, this->clock_.Now()));
  EXPECT_EQ(both, (std::vector{CommitOutcome::kCommitted, CommitOutcome::kAlreadyDone}));
}

TYPED_TEST_P(StoreConformance, RefusesPagesOfAnotherSiteAndRunsNeverBegun) {
  const Lease lease = this->BeginNight();
  const Site other = MakeSite("other.example.edu.cn");
  const Page stray = MakePage(other, "http://other.example.edu.cn/", "x", this->clock_.Now());
  const auto strayed = this->ledger().Commit(lease, {{.page = &stray}}, this->clock_.Now());
  ASSERT_FALSE(strayed.ok());
  EXPECT_EQ(strayed.error().code, Code::kInvalid);
  const Lease unknown =
      Must(this->ledger().Acquire(other.id, lease.run + 7, this->clock_.Now(), kHour));
  const auto early = this->ledger().Commit(unknown, {{.page = &stray}}, this->clock_.Now());
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().code, Code::kInvalid);
}

TYPED_TEST_P(StoreConformance, WritesAllPagesOfACommitOrNone) {
  const Lease lease = this->BeginNight();
  const Page bad = this->Bad();
  const Site other = MakeSite("other.example.edu.cn");
  const Page stray = MakePage(other, "http://other.example.edu.cn/", "x", this->clock_.Now());
  EXPECT_FALSE(
      this->ledger().Commit(lease, {{.page = &bad}, {.page = &stray}}, this->clock_.Now()).ok());
  EXPECT_TRUE(FindingsOf(this->cases(), this->site_.id).empty());
  EXPECT_FALSE(Must(this->blobs().Exists(bad.body_digest)));
  EXPECT_EQ(this->CommitOne(lease, bad), CommitOutcome::kCommitted);
}

TYPED_TEST_P(StoreConformance, KeepsTheBodyOfACommittedPage) {
  const Lease lease = this->BeginNight();
  const Page page = this->Bad();
  this->CommitOne(lease, page);
  EXPECT_EQ(Must(this->blobs().Get(page.body_digest)), page.response.body);
}

// ---- findings -----------------------------------------------------------------

TYPED_TEST_P(StoreConformance, RemembersSinceWhenAFindingStands) {
  const Lease first = this->BeginNight();
  const Millis began = this->clock_.Now();
  this->CommitOne(first, this->Bad());
  const Lease second = this->BeginNight();
  this->CommitOne(second, this->Bad());
  const StoredFinding finding = this->TheFinding();
  EXPECT_EQ(finding.first_seen, began);
  EXPECT_EQ(finding.first_run, first.run);
  EXPECT_EQ(finding.last_seen, this->clock_.Now());
  EXPECT_EQ(finding.last_run, second.run);
  EXPECT_TRUE(finding.standing);
}

TYPED_TEST_P(StoreConformance, LetsFindingsStandOnAnUnchangedPage) {
  this->CommitOne(this->BeginNight(), this->Bad());
  const Lease second = this->BeginNight();
  EXPECT_EQ(this->CommitOne(second, this->Unchanged()), CommitOutcome::kCommitted);
  const StoredFinding finding = this->TheFinding();
  EXPECT_TRUE(finding.standing);
  EXPECT_EQ(finding.last_run, second.run);
  EXPECT_EQ(finding.last_seen, this->clock_.Now());
  EXPECT_EQ(finding.finding.evidence.at(0).found, "博彩");
}

TYPED_TEST_P(StoreConformance, SaysWhenAFindingIsGone) {
  const Lease first = this->BeginNight();
  this->CommitOne(first, this->Bad());
  this->BeginNight();
  this->CommitOne(this->lease_, this->Good());
  const StoredFinding gone = this->TheFinding();
  EXPECT_FALSE(gone.standing);
  EXPECT_EQ(gone.last_run, first.run) << "the run that last saw it standing";
  this->BeginNight();
  this->CommitOne(this->lease_, this->Unchanged());
  EXPECT_FALSE(this->TheFinding().standing) << "an unchanged page does not bring it back";
  this->BeginNight();
  this->CommitOne(this->lease_, this->Bad());
  EXPECT_TRUE(this->TheFinding().standing);
  EXPECT_EQ(this->TheFinding().first_run, first.run) << "it is the same finding";
}

TYPED_TEST_P(StoreConformance, TakesNothingForGoneThatWasNotReadInFull) {
  struct Case {
    std::string_view why;
    Page page;
  };
  this->CommitOne(this->BeginNight(), this->Bad());
  Page flat = this->Good();
  flat.checked = Checked::kFlat;
  Page broken_off = this->Good();
  broken_off.response.error = "connection reset after 100 bytes";
  Page server_error = this->Good();
  server_error.response.status = 503;
  Page forbidden = this->Good();
  forbidden.response.status = 403;
  Page not_examined = this->Good();
  not_examined.checked = Checked::kFailed;
  const Case kCases[] = {
      {"no answer", this->Failed()}, {"structure is not seen in a flat reading", flat},
      {"half a body", broken_off},   {"a server in trouble", server_error},
      {"a shut door", forbidden},    {"a body nobody examined", not_examined}};
  for (const auto& [why, page] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(this->CommitOne(this->BeginNight(), page), CommitOutcome::kCommitted);
    EXPECT_TRUE(this->TheFinding().standing);
  }
  Page removed = this->Good();
  removed.response.status = 404;
  this->CommitOne(this->BeginNight(), removed);
  EXPECT_FALSE(this->TheFinding().standing) << "the owner removed the page";
}

TYPED_TEST_P(StoreConformance, JudgesAnewWhenTheRulesChanged) {
  this->CommitOne(this->BeginNight(), this->Bad());
  Must(this->ledger().Release(this->lease_, true));
  const Lease lease = this->lease_ = this->Begin(Sha256("other rules"));
  Page same_body = this->Good();
  same_body.response.same_body = true;  // examined again, and now found innocent
  this->CommitOne(lease, same_body);
  EXPECT_FALSE(this->TheFinding().standing);
}

TYPED_TEST_P(StoreConformance, FindsByUniquePrefix) {
  const Lease lease = this->BeginNight();
  Page page = this->Bad();
  page.findings = {MakeFinding(this->kUrl, "一", Severity::kLow),
                   MakeFinding(this->kUrl, "二", Severity::kLow)};
  page.findings[0].id = "ab12000000000000";
  page.findings[1].id = "ab34000000000000";
  this->CommitOne(lease, page);
  EXPECT_EQ(Must(this->cases().FindingById("ab12")).finding.id, "ab12000000000000");
  EXPECT_EQ(Must(this->cases().FindingById("ab34000000000000")).finding.id, "ab34000000000000");
  EXPECT_EQ(this->cases().FindingById("ab").error().code, Code::kInvalid);
  EXPECT_EQ(this->cases().FindingById("").error().code, Code::kInvalid);
  EXPECT_EQ(this->cases().FindingById("cd").error().code, Code::kNotFound);
}

TYPED_TEST_P(StoreConformance, ListsFindingsInOrderOfSiteAndUrl) {
  const uint64_t run = this->BeginNight().run;
  for (const std::string id : {"b.example", "a.example", "a.example.cn"}) {
    const Site site = MakeSite(id);
    const Lease lease = Must(this->ledger().Acquire(id, run, this->clock_.Now(), kHour));
    for (const std::string path : {"/z", "/a", "/a/b"}) {
      Page page = MakePage(site, "http://" + id + path, "x", this->clock_.Now());
      page.findings = {MakeFinding(id + path, "词", Severity::kHint)};
      this->CommitOne(lease, page);
    }
  }
  std::vector<std::string> urls;
  for (const StoredFinding& finding : FindingsOf(this->cases(), "")) urls.push_back(finding.url);
  EXPECT_EQ(urls, (std::vector<std::string>{
                      "http://a.example/a", "http://a.example/a/b", "http://a.example/z",
                      "http://a.example.cn/a", "http://a.example.cn/a/b", "http://a.example.cn/z",
                      "http://b.example/a", "http://b.example/a/b", "http://b.example/z"}));
  EXPECT_EQ(FindingsOf(this->cases(), "a.example").size(), 3u) << "not those of a.example.cn";
  int visited = 0;
  Must(this->cases().EachFinding("", [&](const StoredFinding&) { return ++visited < 2; }));
  EXPECT_EQ(visited, 2);
}

// ---- incidents ----------------------------------------------------------------

TYPED_TEST_P(StoreConformance, GroupsFindingsOfOneSiteAndKind) {
  const Lease lease = this->BeginNight();
  this->CommitOne(lease, this->Bad("博彩", Severity::kLow));
  Page second = MakePage(this->site_, "http://www.example.edu.cn/2", "y", this->clock_.Now());
  second.findings = {MakeFinding("2", "博彩", Severity::kHigh),
                     MakeFinding("2", "代写", Severity::kLow, "fraud"),
                     MakeFinding("2", "弱", Severity::kHint, "spam")};
  this->CommitOne(lease, second);
  const std::vector<Incident> incidents = IncidentsOf(this->cases());
  ASSERT_EQ(incidents.size(), 2u) << "a hint opens no incident";
  for (const Incident& incident : incidents) {
    EXPECT_EQ(incident.site, this->site_.id);
    EXPECT_EQ(incident.state, "new");
    const bool gambling = incident.kind == "gambling";
    EXPECT_EQ(incident.findings.size(), gambling ? 2u : 1u);
    EXPECT_EQ(incident.severity, gambling ? Severity::kHigh : Severity::kLow);
    EXPECT_EQ(incident.version, gambling ? 2u : 1u);
    const std::vector<Event> events = EventsOf(this->cases(), incident.id);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].action, "opened");
    EXPECT_EQ(Must(this->cases().IncidentById(incident.id)).findings, incident.findings);
  }
}

TYPED_TEST_P(StoreConformance, LeavesAnIncidentAloneWhileNothingIsNew) {
  this->CommitOne(this->BeginNight(), this->Bad());
  const Incident before = this->TheIncident();
  this->CommitOne(this->BeginNight(), this->Bad());
  this->CommitOne(this->BeginNight(), this->Unchanged());
  EXPECT_EQ(this->TheIncident().version, before.version);
  EXPECT_EQ(this->TheIncident().updated, before.updated);
}

TYPED_TEST_P(StoreConformance, ReopensWhatWasClosedWhenItComesBack) {
  this->CommitOne(this->BeginNight(), this->Bad());
  this->Decided(CaseDeed::kClose);
  this->CommitOne(this->BeginNight(), this->Bad());
  EXPECT_EQ(this->TheIncident().state, "closed") << "it stood when the officer closed it";
  this->CommitOne(this->BeginNight(), this->Good());
  EXPECT_EQ(this->TheIncident().state, "closed");
  this->CommitOne(this->BeginNight(), this->Bad());
  EXPECT_EQ(this->TheIncident().state, "new");
  EXPECT_EQ(EventsOf(this->cases(), this->TheIncident().id).back().action, "reopened");
}

TYPED_TEST_P(StoreConformance, ReopensAFalsePositiveOnlyForSomethingElse) {
  this->CommitOne(this->BeginNight(), this->Bad());
  this->Decided(CaseDeed::kJudgeFalsePositive);
  this->CommitOne(this->BeginNight(), this->Good());
  this->CommitOne(this->BeginNight(), this->Bad());
  EXPECT_EQ(this->TheIncident().state, "false-positive") << "the same words were judged already";
  this->CommitOne(this->BeginNight(), this->Bad("百家乐"));
  EXPECT_EQ(this->TheIncident().state, "new");
  EXPECT_EQ(this->TheIncident().findings.size(), 2u);
}

// ---- blobs --------------------------------------------------------------------

TYPED_TEST_P(StoreConformance, KeepsBytesByTheirDigest) {
  struct Case {
    std::string_view why;
    std::string bytes;
  };
  const Case kCases[] = {{"nothing", ""},
                         {"one byte", "x"},
                         {"NULs", std::string(1000, '\0')},
                         {"text that shrinks",
                          [] {
                            std::string text;
                            for (int i = 0; i < 5000; ++i) text += "图书馆开放时间";
                            return text;
                          }()},
                         {"bytes that do not", RandomBytes(100'000)}};
  for (const auto& [why, bytes] : kCases) {
    SCOPED_TRACE(why);
    const Digest digest = Sha256(bytes);
    EXPECT_FALSE(Must(this->blobs().Exists(digest)));
    EXPECT_EQ(this->blobs().Get(digest).error().code, Code::kNotFound);
    EXPECT_EQ(Must(this->blobs().Put(bytes)), digest);
    EXPECT_EQ(Must(this->blobs().Put(bytes)), digest) << "twice is once";
    EXPECT_TRUE(Must(this->blobs().Exists(digest)));
    EXPECT_EQ(Must(this->blobs().Get(digest)), bytes);
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreConformance, GivesASiteToOneWorkerAtATime,
                            LetsALeaseBeTakenOverOnceItRanOut, KeepsARenewedLease,
                            FencesAReleasedLease, RefusesASiteIdThatCannotBeKept,
                            CommitsAPageOncePerRun, RefusesPagesOfAnotherSiteAndRunsNeverBegun,
                            WritesAllPagesOfACommitOrNone, KeepsTheBodyOfACommittedPage,
                            RemembersSinceWhenAFindingStands, LetsFindingsStandOnAnUnchangedPage,
                            SaysWhenAFindingIsGone, TakesNothingForGoneThatWasNotReadInFull,
                            JudgesAnewWhenTheRulesChanged, FindsByUniquePrefix,
                            ListsFindingsInOrderOfSiteAndUrl, GroupsFindingsOfOneSiteAndKind,
                            LeavesAnIncidentAloneWhileNothingIsNew,
                            ReopensWhatWasClosedWhenItComesBack,
                            ReopensAFalsePositiveOnlyForSomethingElse, KeepsBytesByTheirDigest);

}  // namespace xuncha::testing_support
