// One intrusion in many places: how many, where, five of them to look at, and which will
// not be decided with the others and why; then all at once, for one reason.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "console/desk.h"
#include "console/page_parts.h"
#include "console/pages.h"

namespace xuncha {
namespace {

constexpr CaseDeed kVerdicts[] = {CaseDeed::kJudgeViolation, CaseDeed::kJudgeFalsePositive,
                                  CaseDeed::kJudgeEscalate};

// Whether it is by this piece of evidence that the finding is of the cluster.
bool Carries(const StoredFinding& finding, const Evidence& evidence, const ClusterKey& key) {
  if (key.kind == ClusterKind::kTarget) return true;
  StoredFinding one = finding;
  one.finding.evidence = {evidence};
  const std::vector<ClusterKey> keys = ClustersOf(one);
  return std::ranges::find(keys, key) != keys.end();
}

Reply Show(Visit& visit, const ClusterKey& key, std::string_view problem, int status,
           const ClusterResult* result) {
  const Result<ClusterPreview> preview =
      visit.desk.store().casework().PreviewCluster(key, visit.who(), visit.desk.clock().Now());
  if (!preview) return Problem(visit, preview.error());
  Fields fields;
  fields.Set("KEY", key.id())
      .Set("SPAN", PlainLine(key.span))
      .Set("RULE", PlainLine(key.rule))
      .Set("FINDINGS", static_cast<int64_t>(preview->findings))
      .Set("SITES", static_cast<int64_t>(preview->sites.size()))
      .Set("WRITTEN", visit.request.Form("reason"));
  fields.ShowIf("CUT", preview->cut)
      .ShowIf("JUDGED_CUT", preview->judged_cut)
      .ShowIf("BY_TARGET", key.kind == ClusterKind::kTarget)
      .ShowIf("BY_WORDS", key.kind == ClusterKind::kSpan);
  if (!problem.empty()) fields.Add("PROBLEM").Set("TEXT", problem);
  for (const StoredFinding& sample : preview->samples) {
    Fields& one = fields.Add("SAMPLE");
    one.Set("SITE", PlainLine(sample.site))
        .Set("URL", PlainLine(sample.url))
        .Set("TITLE", PlainLine(sample.title))
        .Set("HREF", LinkTo(IncidentLink(StableId({sample.site, sample.finding.kind})),
                            {{"finding", sample.finding.id}}));
    for (const Evidence& evidence : sample.finding.evidence) {
      if (evidence.found.empty() || !Carries(sample, evidence, key)) continue;
      one.Set("FOUND", PlainLine(evidence.found));
      break;
    }
  }
  int64_t decide = 0, skipped_count = 0;
  for (const ClusterPreview::Member& member : preview->members) {
    Fields& one = fields.Add(member.skip.empty() ? "MEMBER" : "SKIPPED");
    one.Set("SITE", PlainLine(member.site))
        .Set("HREF", IncidentLink(member.incident))
        .Set("STATE_TEXT", StateWord(visit, member.state))
        .Set("FINDINGS", static_cast<int64_t>(member.findings))
        .Set("OTHERS", static_cast<int64_t>(member.others))
        .Set("WHY", PlainLine(member.skip))
        .Set("FIELD", member.incident + ":" + std::to_string(member.version));
    (member.skip.empty() ? decide : skipped_count) += 1;
  }
  fields.ShowIf("HAS_MEMBERS", decide > 0).ShowIf("HAS_SKIPPED", skipped_count > 0);
  fields.Set("DECIDE", decide);
  if (decide > 0 && MayWork(visit)) {
    Fields& form = fields.Add("FORM");
    for (const CaseDeed deed : kVerdicts) {
      const std::string verdict(CaseDeedName(deed).substr(CaseDeedName(deed).find(':') + 1));
      form.Add("VERDICT")
          .Set("VALUE", verdict)
          .Set("TEXT", VerdictWord(visit, verdict))
          .Set("PRIMARY", deed == CaseDeed::kJudgeViolation ? "primary" : "");
    }
  }
  if (result != nullptr) {
    Fields& done = fields.Add("RESULT");
    done.Set("DECIDED", static_cast<int64_t>(result->decided))
        .Set("LEFT", static_cast<int64_t>(result->skipped.size()));
    for (const ClusterResult::Skipped& skipped : result->skipped) {
      done.Add("LEFT_OUT")
          .Set("SITE", PlainLine(skipped.site))
          .Set("HREF", IncidentLink(skipped.incident))
          .Set("WHY", PlainLine(skipped.why));
    }
  }
  return Page(visit, "cluster.tpl", "cluster.title", fields, status);
}

}  // namespace

Reply ClusterPage(Visit& visit) {
  if (visit.request.Query("key").empty()) return Redirect("/queue");
  const Result<ClusterKey> key = ParseClusterKey(visit.request.Query("key"));
  if (!key) return Problem(visit, key.error());
  return Show(visit, *key, "", 200, nullptr);
}

Reply ClusterPost(Visit& visit) {
  const Result<ClusterKey> key = ParseClusterKey(visit.request.Form("key"));
  if (!key) return Problem(visit, key.error());
  const std::optional<CaseDeed> deed =
      CaseDeedByName("verdict:" + std::string(visit.request.Form("verdict")));
  if (!deed) return Show(visit, *key, Say(visit, "incident.no-verdict"), 400, nullptr);
  // Only what stood on the page, as it stood there; what came since is seen first.
  std::map<std::string, uint64_t> seen;
  for (const std::string_view member : visit.request.FormAll("member")) {
    const size_t colon = member.find(':');
    if (colon == std::string_view::npos) continue;
    seen[std::string(member.substr(0, colon))] =
        std::strtoull(std::string(member.substr(colon + 1)).c_str(), nullptr, 10);
  }
  // The look at all incidents is this thread's; the owner of the store, for whom a crawl
  // waits, takes only versions for an answer, and what came between is left out by them.
  const Millis now = visit.desk.clock().Now();
  Result<ClusterPreview> preview =
      visit.desk.store().casework().PreviewCluster(*key, visit.who(), now);
  if (!preview) return Problem(visit, preview.error());
  for (ClusterPreview::Member& member : preview->members) {
    if (!member.skip.empty()) continue;
    const auto known = seen.find(member.incident);
    if (known == seen.end() || known->second != member.version)
      member.skip = Say(visit, "cluster.changed");
  }
  ClusterResult result;
  const Status done = visit.desk.Change([&](Store& store) -> Status {
    Result<ClusterResult> decided =
        store.casework().DecideCluster(*preview, *deed,
                                       {.by = visit.who(),
                                        .as = PartyOf(visit),
                                        .reason = std::string(Trim(visit.request.Form("reason")))},
                                       *visit.desk.policy(), now);
    if (!decided) return decided.error();
    result = std::move(*decided);
    return Ok();
  });
  if (!done) return Show(visit, *key, done.error().text, 400, nullptr);
  OfficersDeskOf(visit).cluster_board().Forget();
  return Show(visit, *key, "", 200, &result);
}

}  // namespace xuncha
