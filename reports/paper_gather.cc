// SPDX-License-Identifier: Apache-2.0
#include "reports/paper_gather.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "reports/words.h"
#include "rules/kinds.h"
#include "rules/letter.h"
#include "store/accounts.h"

namespace xuncha {
namespace {

constexpr size_t kFindingsListed = 50;  // in a paper somebody reads; it says how many more
constexpr size_t kStepsListed = 200;    // the latest

std::string PlaceOf(const Evidence& evidence) {
  std::string place(ZoneText(evidence.in_anchor ? ZoneKind::kAnchor : evidence.zone));
  if (evidence.hiding != Hiding::kNone)
    place += "（隐藏：" + std::string(HidingText(evidence.hiding)) + "）";
  return place;
}

FindingFacts FactsOf(const StoredFinding& stored) {
  const Finding& finding = stored.finding;
  FindingFacts facts{.id = finding.id,
                     .kind = KindText(finding.kind),
                     .severity = std::string(SeverityText(finding.severity)),
                     .clause = finding.clause,
                     .url = stored.url,
                     .title = stored.title,
                     .because = finding.because,
                     .first_seen = stored.first_seen,
                     .last_seen = stored.last_seen,
                     .snapshot = (finding.seen_in.empty() ? stored.body : finding.seen_in).hex(),
                     .standing = stored.standing};
  // The strongest that has words of the page.
  for (const Evidence& evidence : finding.evidence) {
    if (facts.place.empty()) facts.place = PlaceOf(evidence);
    if (evidence.found.empty()) continue;
    facts.place = PlaceOf(evidence);
    facts.before = evidence.before;
    facts.found = evidence.found;
    facts.after = evidence.after;
    break;
  }
  return facts;
}

// Those that are there, gravest first; what was purged only counts.
void PutFindings(const CaseStore& cases, const std::vector<std::string>& ids, uint64_t total,
                 CaseFacts& facts) {
  std::vector<StoredFinding> found;
  for (const std::string& id : ids) {
    Result<StoredFinding> stored = cases.FindingById(id);
    if (stored) found.push_back(std::move(*stored));
  }
  std::stable_sort(found.begin(), found.end(), [](const StoredFinding& a, const StoredFinding& b) {
    return std::tuple(!a.standing, b.finding.severity, b.finding.score, a.url) <
           std::tuple(!b.standing, a.finding.severity, a.finding.score, b.url);
  });
  facts.findings_total = std::max<uint64_t>(total, found.size());
  for (const StoredFinding& stored : found) {
    facts.clauses.push_back(stored.finding.clause);
    if (facts.first_seen == 0 || stored.first_seen < facts.first_seen)
      facts.first_seen = stored.first_seen;
    facts.last_seen = std::max(facts.last_seen, stored.last_seen);
    if (facts.findings.size() < kFindingsListed) facts.findings.push_back(FactsOf(stored));
  }
  SortUnique(facts.clauses);
}

// A paper names people, not their accounts.
std::string PersonOf(const Store& store, const std::string& name) {
  const auto account = store.accounts().Find(name);
  return account && *account && !(*account)->display.empty() ? (*account)->display : name;
}

Status PutSteps(const Store& store, std::string_view incident, CaseFacts& facts) {
  const std::string violation(CaseDeedName(CaseDeed::kJudgeViolation));
  Status read = store.cases().EachEvent(incident, [&](const Event& event) {
    facts.steps.push_back({event.time,
                           MayBeOwners(event) ? event.actor : PersonOf(store, event.actor),
                           ActionText(event.action), event.detail});
    if (event.action == violation) {
      facts.confirmed_by = facts.steps.back().by;
      facts.confirmed_why = event.detail;
    }
    return true;
  });
  if (facts.steps.size() > kStepsListed)
    facts.steps.erase(facts.steps.begin(),
                      facts.steps.end() - static_cast<ptrdiff_t>(kStepsListed));
  return read;
}

// What the registry says today; nothing if the site was removed.
Status PutSite(const Store& store, std::string_view id, CaseFacts& facts) {
  facts.site = id;
  Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  for (const Site& site : *sites) {
    if (site.id != id) continue;
    facts.site_name = site.name.empty() ? site.id : site.name;
    facts.unit = site.unit;
    facts.owner = site.owner;
    facts.phone = site.phone;
    facts.address = site.address;
    facts.contacts = Join(site.contacts, "；");
  }
  if (facts.site_name.empty()) facts.site_name = facts.site;
  return Ok();
}

Status PutCasework(const Store& store, const CaseFile& file, Millis now, CaseFacts& facts) {
  facts.confirmed = file.confirmed;
  facts.deadline = file.deadline;
  facts.notified = file.notified;
  facts.acknowledged = file.acknowledged;
  facts.acknowledged_by = file.acknowledged_by;
  facts.reminders = file.reminders;
  facts.cut_off = file.cut_off;
  facts.restored = file.restored;
  facts.report_due = file.report_due;
  facts.approved_by = PersonOf(store, file.approved_by);
  const Result<std::optional<Notice>> first = store.casework().RectifyOf(file);
  if (!first) return first.error();
  if (*first) {
    facts.first_number = (*first)->printed;
    facts.first_deadline = (*first)->deadline;
  }
  if (Status read = store.casework().EachReply(
          file.incident,
          [&](const OwnerReply& reply) {
            facts.replies.push_back(
                {reply.time, reply.by, std::string(ReplyKindText(reply.kind)), reply.text});
            return true;
          });
      !read) {
    return read;
  }
  if (file.rechecks > 0) {
    const Result<Recheck> recheck = store.casework().RecheckOf(file.incident, file.rechecks);
    if (!recheck) return recheck.error();
    facts.recheck = RecheckOutcomeText(recheck->outcome);
    facts.recheck_time = recheck->time;
    for (const RecheckedPage& page : recheck->pages) {
      facts.rechecked.push_back({page.url, std::string(RecheckOutcomeText(page.outcome)), page.why,
                                 page.time, page.status, page.body.empty() ? "" : page.body.hex()});
    }
  }
  return store.holds().Each([&](const Hold& hold) {
    if (hold.InForce(now) &&
        (hold.incident == file.incident || (hold.incident.empty() && hold.site == facts.site)))
      facts.holds.push_back(hold.id() + "（" + hold.reference + "）");
    return true;
  });
}

// What a notice goes back to: the notice to rectify before it, whatever round it is now.
Status PutFirst(const Store& store, const Notice& notice, CaseFacts& facts) {
  const Result<CaseFile> file = store.casework().FileOf(notice.incident);
  if (!file) return file.error();
  facts.first_number.clear();
  facts.first_deadline = facts.notified = 0;
  for (const NoticeNumber& number : file->notices) {
    const Result<Notice> before = store.casework().NoticeById(number);
    if (!before) return before.error();
    if (before->kind != NoticeKind::kRectify || before->issued > notice.issued) continue;
    facts.first_number = before->printed;
    facts.first_deadline = before->deadline;
    facts.notified = before->issued;
  }
  return Ok();
}

std::string ClauseOf(std::string_view kind) {
  const KindInfo* const known = FindKind(kind);
  return known == nullptr ? "" : std::string(ClauseName(known->clause));
}

}  // namespace

Result<CaseFacts> GatherCase(const Store& store, std::string_view id, const CasePolicy& policy,
                             Millis now) {
  const Result<Incident> incident = store.cases().IncidentById(id);
  if (!incident) return incident.error();
  CaseFacts facts{.now = now,
                  .institution = policy.institution,
                  .incident = incident->id,
                  .kind = KindText(incident->kind),
                  .severity = std::string(SeverityText(incident->severity)),
                  .state = StateText(incident->state),
                  .opened = incident->opened,
                  .updated = incident->updated,
                  .stock = incident->baseline,
                  .basis = policy.basis,
                  .authority = policy.authority};
  if (Status put = PutSite(store, incident->site, facts); !put) return put.error();
  PutFindings(store.cases(), incident->findings, incident->findings.size(), facts);
  if (Status put = PutSteps(store, incident->id, facts); !put) return put.error();
  const Result<CaseFile> file = store.casework().FileOf(incident->id);
  if (!file) return file.error();
  if (Status put = PutCasework(store, *file, now, facts); !put) return put.error();
  // Said before it was taken back.
  if (facts.confirmed == 0) {
    facts.confirmed_by.clear();
    facts.confirmed_why.clear();
  }
  return facts;
}

Result<CaseFacts> GatherNotice(const Store& store, const Notice& notice, const CasePolicy& policy,
                               std::string_view link) {
  Result<CaseFacts> gathered = GatherCase(store, notice.incident, policy, notice.issued);
  if (!gathered) return gathered.error();
  CaseFacts facts = std::move(*gathered);
  facts.institution = notice.institution;
  facts.number = notice.printed;
  facts.by = PersonOf(store, notice.by);
  facts.site = notice.site;
  facts.site_name = notice.site_name.empty() ? notice.site : notice.site_name;
  facts.unit = notice.unit;
  facts.owner = notice.owner;
  facts.phone = notice.phone;
  facts.kind = KindText(notice.finding_kind);
  facts.severity = SeverityText(notice.severity);
  facts.basis = notice.basis;
  facts.reason = notice.reason;
  facts.deadline = notice.deadline;
  facts.working_days = notice.working_days;
  facts.deadline_note = notice.calendar_note;
  facts.link = link;
  facts.link_expires = notice.token_expires;
  if (notice.kind == NoticeKind::kReminder) facts.reminders = notice.ordinal;
  if (Status put = PutFirst(store, notice, facts); !put) return put.error();
  facts.findings.clear();
  facts.clauses.clear();
  facts.first_seen = facts.last_seen = 0;
  PutFindings(store.cases(), notice.findings, notice.findings_total, facts);
  if (facts.clauses.empty()) facts.clauses = {notice.clause};
  // What came later is no part of it.
  const auto later = [&notice](const auto& step) { return step.time > notice.issued; };
  std::erase_if(facts.steps, later);
  std::erase_if(facts.replies, later);
  return facts;
}

bool MayBeOwners(const Event& event) {
  const std::optional<CaseDeed> deed = CaseDeedByName(event.action);
  return std::ranges::any_of(CaseSteps(), [&deed](const CaseStep& step) {
    return deed == step.deed && step.Allows(Party::kOwner);
  });
}

PaperKind PaperOf(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kRectify:
      return PaperKind::kNotice;
    case NoticeKind::kReminder:
      return PaperKind::kReminder;
    case NoticeKind::kCutoffAdvice:
      return PaperKind::kCutoff;
  }
  return PaperKind::kNotice;
}

Result<std::optional<Notice>> LatestNotice(const Store& store, std::string_view id) {
  const Result<Incident> incident = store.cases().IncidentById(id);
  if (!incident) return incident.error();
  const Result<CaseFile> file = store.casework().FileOf(incident->id);
  if (!file) return file.error();
  if (file->notices.empty()) return std::optional<Notice>();
  Result<Notice> notice = store.casework().NoticeById(file->notices.back());
  if (!notice) return notice.error();
  return std::optional<Notice>(std::move(*notice));
}

Status EachLedgerRow(const Store& store, Millis now,
                     const std::function<bool(const LedgerRow&)>& visit) {
  std::vector<std::pair<Millis, std::string>> order;  // the rows would take twenty times as much
  if (Status read = store.cases().EachIncident([&](const Incident& incident) {
        order.emplace_back(incident.opened, incident.id);
        return true;
      });
      !read) {
    return read;
  }
  std::sort(order.begin(), order.end());
  const Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  std::map<std::string_view, const Site*> by_id;
  for (const Site& site : *sites) by_id[site.id] = &site;

  const std::string close(CaseDeedName(CaseDeed::kClose));
  for (const auto& [opened, id] : order) {
    const Result<Incident> incident = store.cases().IncidentById(id);
    if (!incident) return incident.error();
    const Result<CaseFile> file = store.casework().FileOf(id);
    if (!file) return file.error();
    LedgerRow row{.incident = id,
                  .state = StateText(incident->state),
                  .kind = KindText(incident->kind),
                  .clause = ClauseOf(incident->kind),
                  .severity = std::string(SeverityText(incident->severity)),
                  .stock = incident->baseline,
                  .findings = incident->findings.size(),
                  .site = incident->site,
                  .assignee = file->assignee,
                  .opened = incident->opened,
                  .updated = incident->updated,
                  .confirmed = file->confirmed,
                  .report_due = file->report_due,
                  .report_sent = file->report_sent,
                  .notified = file->notified,
                  .acknowledged = file->acknowledged,
                  .reminders = file->reminders,
                  .cut_off = file->cut_off,
                  .restored = file->restored,
                  .rounds = file->rounds};
    const auto site = by_id.find(incident->site);
    if (site != by_id.end()) {
      row.site_name = site->second->name;
      row.unit = site->second->unit;
      row.owner = site->second->owner;
      row.phone = site->second->phone;
      row.address = site->second->address;
    }
    const Result<std::optional<Notice>> rectify = store.casework().RectifyOf(*file);
    if (!rectify) return rectify.error();
    if (*rectify) {
      row.notice = (*rectify)->printed;
      row.deadline = (*rectify)->deadline;
    }
    const std::optional<CaseState> state = CaseStateByName(incident->state);
    // A clock that was stopped counts no days.
    const bool late = file->deadline != 0 && !(state && IsAtRest(*state));
    if (late) row.overdue_days = OverdueDays(now, row.deadline);
    Millis closed = 0;
    const auto hear = [&](const Event& event) {
      if (event.action == close) closed = event.time;
      // What the crawl says of it are ids of findings.
      if (!event.detail.empty() && CaseDeedByName(event.action)) row.remark = event.detail;
      return true;
    };
    if (Status read = store.cases().EachEvent(id, hear); !read) return read;
    if (state == CaseState::kClosed) row.closed = closed;
    if (!visit(row)) break;
  }
  return Ok();
}

}  // namespace xuncha
