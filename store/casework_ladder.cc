// Notices, and looking again: what goes out to the owner, and what comes of it on the
// pages.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "store/cases.h"
#include "store/casework.h"
#include "store/casework_records.h"
#include "store/casework_step.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/keys.h"

namespace xuncha {
namespace {

constexpr Family kHere = Family::kCasework;
constexpr size_t kTokenBytes = 32;
// A page that could not be checked, the next night: a day would be over only behind its end.
constexpr Millis kTryAgain = 12 * 3'600'000;

// The incident's findings, those above a hint, in the order of their ids.
Status EachMember(const Database& database, std::string_view incident,
                  const std::function<Result<bool>(const StoredFinding&)>& visit) {
  return EachMemberOf(database, incident, [&](const StoredFinding& finding) -> Result<bool> {
    return finding.finding.severity == Severity::kHint ? Result<bool>(true) : visit(finding);
  });
}

NoticeKind KindOf(CaseDeed deed) {
  if (deed == CaseDeed::kRemind) return NoticeKind::kReminder;
  return deed == CaseDeed::kAdviseCutoff ? NoticeKind::kCutoffAdvice : NoticeKind::kRectify;
}

// The one after the year's last.
Result<NoticeNumber> NextNumber(const Database& database, Millis now) {
  const auto year = static_cast<uint32_t>(YearOf(now));
  const Result<std::optional<std::string>> last = database.LastKey(kHere, NoticePrefix(year));
  if (!last) return last.error();
  NoticeNumber number{.year = year, .number = 1};
  if (*last) {
    const std::optional<NoticeNumber> before = NumberOfNoticeKey(**last);
    if (!before)
      return UnreadableRecord(kHere, **last, {Code::kDamaged, "not the key of a notice"});
    number.number = before->number + 1;
  }
  return number;
}

struct Worst {
  Severity severity;
  int score;
  std::string id;
  int clause;
};

// What stands, the gravest first.
Status NameFindings(const Database& database, const Incident& incident, Notice& notice) {
  std::vector<Worst> standing;
  const Status read =
      EachMember(database, incident.id, [&](const StoredFinding& stored) -> Result<bool> {
        if (!stored.standing) return true;
        const Finding& finding = stored.finding;
        standing.push_back({finding.severity, finding.score, finding.id, finding.clause});
        return true;
      });
  if (!read) return read;
  std::sort(standing.begin(), standing.end(), [](const Worst& a, const Worst& b) {
    return std::tuple(b.severity, b.score, std::string_view(a.id)) <
           std::tuple(a.severity, a.score, std::string_view(b.id));
  });
  notice.findings_total = standing.size();
  if (!standing.empty()) notice.clause = standing.front().clause;
  for (const Worst& one : standing) {
    if (notice.findings.size() == limits::kNoticeFindingsMax) break;
    notice.findings.push_back(one.id);
  }
  return Ok();
}

// What of the page's reading in that run is known.
struct Reading {
  std::optional<Observation> seen;  // of the run
  Checked checked = Checked::kFailed;
  Digest body;
  std::vector<LimitHit> limits;
  std::string error;
};

Result<Reading> ReadingOf(const Database& database, std::string_view site, std::string_view url,
                          uint64_t run) {
  const std::string key = ObservationKey(site, run, url);
  auto seen = GetRecord<Observation>(database, Family::kObservations, key);
  if (!seen) return seen.error();
  if (!*seen) return Reading();
  Reading reading{.seen = **seen};
  if ((*seen)->full_run != run) {
    auto full = GetRecord<Observation>(database, Family::kObservations,
                                       ObservationKeyOfRun(key, site, (*seen)->full_run));
    if (!full) return full.error();
    if (!*full)
      return UnreadableRecord(Family::kObservations, key,
                              {Code::kDamaged, "names a full observation that is not there"});
    *seen = std::move(*full);
  }
  reading.checked = (*seen)->checked;
  reading.body = (*seen)->body;
  reading.limits = (*seen)->limits;
  reading.error = (*seen)->error;
  return reading;
}

Result<Reading> LastReadingOf(const Database& database, std::string_view site,
                              std::string_view url) {
  const auto visit = GetRecord<UrlVisit>(database, Family::kUrls, VisitKey(UrlKey(site, url)));
  if (!visit) return visit.error();
  if (!*visit) return Reading();
  return ReadingOf(database, site, url, (*visit)->last_run);
}

// Findings of the incident on one page.
struct OnPage {
  uint32_t standing = 0;
  uint32_t seen_now = 0;  // of them, by this run
};

RecheckedPage PageOf(std::string_view url, const Reading& reading, const OnPage& found) {
  RecheckedPage page{.url = std::string(url), .standing = found.standing};
  if (!reading.seen) {
    page.why = "这次巡查没有取到这一页";
    return page;
  }
  page.time = reading.seen->time;
  page.status = reading.seen->status;
  page.body = reading.body;
  const bool answers = (page.status >= 200 && page.status < 400) || IsGone(page.status);
  if (found.seen_now > 0) {  // on a page read in part, too
    page.outcome = RecheckOutcome::kStands;
  } else if (page.status == 0) {
    page.why = "网站没有应答";
  } else if (!answers) {
    page.why = fmt::format("网站应答 {}，不是页面本身", page.status);
  } else if (!reading.error.empty()) {
    page.why = "内容没有传完";
  } else if (reading.checked != Checked::kFull) {
    page.why = reading.limits.empty() ? "没有完整检查"
                                      : std::string(LimitText(reading.limits.front().limit));
  } else {
    page.outcome = found.standing > 0 ? RecheckOutcome::kStands : RecheckOutcome::kGone;
  }
  return page;
}

Digest DigestOf(const std::vector<RecheckedPage>& pages) {
  Sha256Stream sum;
  for (const RecheckedPage& page : pages) {
    sum.Add(fmt::format("{}\t{}\t{}\t{}\t{}\n", page.url, page.time, page.status,
                        page.body.empty() ? "-" : page.body.hex(),
                        RecheckOutcomeName(page.outcome)));
  }
  return sum.Finish();
}

CaseDeed DeedOfOutcome(RecheckOutcome outcome) {
  switch (outcome) {
    case RecheckOutcome::kGone:
      return CaseDeed::kRecheckGone;
    case RecheckOutcome::kStands:
      return CaseDeed::kRecheckStands;
    case RecheckOutcome::kUnchecked:
      break;
  }
  return CaseDeed::kRecheckUnchecked;
}

}  // namespace

Result<IssuedNotice> Casework::Issue(const CaseOrder& order, CaseDeed deed, const Site& site,
                                     const CasePolicy& policy, Millis now) {
  if (deed != CaseDeed::kNotify && deed != CaseDeed::kRemind && deed != CaseDeed::kAdviseCutoff)
    return Error{Code::kInvalid, fmt::format("“{}”不发通知", CaseDeedText(deed))};
  Batch batch(database_);
  Result<CaseInHand> in_hand = TakeUp(batch, order, deed, now);
  if (!in_hand) return in_hand.error();
  CaseFile& file = in_hand->file;
  const Incident& incident = in_hand->incident;
  if (site.id != incident.site)
    return Error{Code::kInvalid, fmt::format("事件 {} 不是网站 {} 的", incident.id, site.id)};
  if (file.notices.size() >= limits::kNoticesPerIncidentMax) {
    return Error{Code::kLimit, fmt::format("事件 {}：已发 {} 份通知，不能再发；请结案或建议断网",
                                           incident.id, file.notices.size())};
  }
  if (deed == CaseDeed::kRemind && order.as == Party::kProgram &&
      file.reminders >= policy.reminders_max) {
    return Error{Code::kDenied, fmt::format("事件 {}：已催办 {} 次；请由人决定是否建议断网",
                                            incident.id, file.reminders)};
  }
  const Result<NoticeNumber> number = NextNumber(database_, now);
  if (!number) return number.error();

  IssuedNotice issued;
  Notice& notice = issued.notice;
  notice.number = *number;
  notice.printed = fmt::format("{}〔{}〕{}号", policy.notice_prefix, number->year, number->number);
  notice.kind = KindOf(deed);
  notice.incident = incident.id;
  notice.site = site.id;
  notice.site_name = site.name;
  notice.unit = site.unit;
  notice.owner = site.owner;
  notice.phone = site.phone;
  notice.institution = policy.institution;
  notice.by = order.by;
  notice.issued = now;
  notice.finding_kind = incident.kind;
  notice.severity = incident.severity;
  notice.basis = policy.basis;
  notice.reason = order.reason;
  if (Status named = NameFindings(database_, incident, notice); !named) return named.error();

  switch (notice.kind) {
    case NoticeKind::kRectify:
      notice.working_days = policy.DaysFor(incident.kind, incident.severity);
      file.notified = now;
      file.reminders = 0;
      break;
    case NoticeKind::kReminder:
      notice.working_days = policy.remind_every;
      notice.ordinal = ++file.reminders;
      break;
    case NoticeKind::kCutoffAdvice:
      file.advised_from = incident.state;
      file.advised_by = order.by;
      file.approved_by.clear();
      file.remind_at = file.recheck_at = 0;
      break;
  }
  if (notice.kind != NoticeKind::kCutoffAdvice) {
    const WorkCalendar::Term term = policy.calendar.After(now, notice.working_days);
    // A reminder takes nothing away of a term that runs longer.
    notice.deadline = std::max(file.deadline, term.end);
    if (notice.deadline == term.end) notice.calendar_note = term.note;
    file.deadline = notice.deadline;
    file.reminded_out = file.reminders >= policy.reminders_max;
    file.remind_at = file.deadline;  // of a person, if the program may no more
    // Nor does a notice put off what was asked for.
    if (file.recheck_at == 0 || file.recheck_at >= file.deadline) {
      file.recheck_at = file.deadline;
      file.recheck_by.clear();
    }
    issued.token = Hex(RandomBytes(kTokenBytes));
    notice.token = Sha256(issued.token);
    notice.token_expires = now + policy.token_valid;
    PutRecord(batch, kHere, TokenPlaceKey(notice.token), TokenPlace{notice.number});
  }
  file.notices.push_back(notice.number);
  PutRecord(batch, kHere, NoticeKey(notice.number), notice);
  DeedWords words{.detail = notice.printed, .refs = {"notice:" + notice.number.id()}};
  if (!order.reason.empty()) words.detail += "：" + order.reason;
  Status done = PutBack(batch, chain_, *in_hand, order, deed, std::move(words), now);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  issued.incident = std::move(in_hand->incident);
  return issued;
}

Result<Casework::RecheckPlan> Casework::PlanRecheck(std::string_view incident) const {
  const auto found = GetRecord<Incident>(database_, Family::kIncidents, IncidentKey(incident));
  if (!found) return found.error();
  if (!*found)
    return Error{Code::kNotFound, fmt::format("没有事件 {}；请在列表里核对编号", incident)};
  RecheckPlan plan{.site = (*found)->site};
  const Status read =
      EachMember(database_, incident, [&](const StoredFinding& stored) -> Result<bool> {
        plan.urls.push_back(stored.url);
        return true;
      });
  if (!read) return read.error();
  SortUnique(plan.urls);
  return plan;
}

Result<Recheck> Casework::RecordRecheck(std::string_view incident, uint64_t run, Millis now) {
  Batch batch(database_);
  Result<CaseInHand> read_first = ReadCase(batch, incident);
  if (!read_first) return read_first.error();
  std::map<std::string, OnPage> found;  // by URL
  const Status members =
      EachMember(database_, incident, [&](const StoredFinding& stored) -> Result<bool> {
        OnPage& page = found[stored.url];
        page.standing += stored.standing ? 1 : 0;
        page.seen_now += stored.standing && stored.last_run == run ? 1 : 0;
        return true;
      });
  if (!members) return members.error();
  Recheck recheck{.number = read_first->file.rechecks + 1,
                  .time = now,
                  .incident = std::string(incident),
                  .run = run,
                  .asked_by = read_first->file.recheck_by,
                  .total = found.size()};
  std::vector<RecheckedPage> pages;
  for (const auto& [url, on_page] : found) {
    Result<Reading> reading = ReadingOf(database_, read_first->incident.site, url, run);
    // A page that is gone is not asked for every night; that it went was seen before.
    if (reading && !reading->seen && on_page.standing == 0)
      reading = LastReadingOf(database_, read_first->incident.site, url);
    if (!reading) return reading.error();
    pages.push_back(PageOf(url, *reading, on_page));
    recheck.gone += pages.back().outcome == RecheckOutcome::kGone ? 1 : 0;
    recheck.stand += pages.back().outcome == RecheckOutcome::kStands ? 1 : 0;
  }
  recheck.pages_digest = DigestOf(pages);
  if (recheck.stand > 0) {
    recheck.outcome = RecheckOutcome::kStands;
  } else if (recheck.total > 0 && recheck.gone == recheck.total) {
    recheck.outcome = RecheckOutcome::kGone;
  }
  std::stable_sort(pages.begin(), pages.end(), [](const RecheckedPage& a, const RecheckedPage& b) {
    const auto rank = [](const RecheckedPage& page) {
      return page.outcome == RecheckOutcome::kStands      ? 0
             : page.outcome == RecheckOutcome::kUnchecked ? 1
                                                          : 2;
    };
    return rank(a) < rank(b);
  });
  if (pages.size() > limits::kRecheckPagesMax) pages.resize(limits::kRecheckPagesMax);
  recheck.pages = std::move(pages);

  const CaseDeed deed = DeedOfOutcome(recheck.outcome);
  const CaseOrder order{.incident = std::string(incident), .by = "xuncha", .as = Party::kProgram};
  Result<CaseInHand> in_hand = TakeUp(batch, order, deed, now);
  if (!in_hand) return in_hand.error();
  CaseFile& file = in_hand->file;
  file.rechecks = recheck.number;
  file.recheck_by.clear();
  switch (recheck.outcome) {
    case RecheckOutcome::kGone:
      file.proof = recheck.number;
      file.recheck_at = file.remind_at = 0;
      break;
    case RecheckOutcome::kStands:
      file.proof = 0;
      if (in_hand->to == CaseState::kNotified || in_hand->to == CaseState::kAcknowledged)
        ResumeTerm(file, now);
      file.recheck_at = file.deadline > now ? file.deadline : 0;
      break;
    case RecheckOutcome::kUnchecked:
      file.recheck_at = now + kTryAgain;
      break;
  }
  PutRecord(batch, kHere, RecheckKey(incident, recheck.number), recheck);
  DeedWords words{.detail = fmt::format("第 {} 次巡查：{} 页，已消除 {}，仍存在 {}，未能检查 {}",
                                        run, recheck.total, recheck.gone, recheck.stand,
                                        recheck.total - recheck.gone - recheck.stand),
                  .refs = {fmt::format("recheck:{}", recheck.number), fmt::format("run:{}", run),
                           "pages:" + recheck.pages_digest.hex()}};
  Status done = PutBack(batch, chain_, *in_hand, order, deed, std::move(words), now);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  return recheck;
}

}  // namespace xuncha
