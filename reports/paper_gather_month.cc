// The facts of a month: what the runs read, and what became of incidents, from the events
// of each. An event counts in the month it happened in, whatever came later.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/night_report.h"
#include "reports/paper_gather.h"
#include "reports/words.h"
#include "rules/kinds.h"
#include "rules/letter.h"

namespace xuncha {
namespace {

constexpr int kTrendMonths = 6;       // the month itself and those before
constexpr size_t kCasesListed = 100;  // overdue, or come back; the paper says how many are not

Millis MidnightOf(int year, int month) {
  const Result<Millis> time = ParseTime(fmt::format("{:04}-{:02}-01", year, month));
  CHECK(time.ok());
  return *time;
}

// What one incident went through, in the order of its events.
struct Way {
  std::vector<Millis> opened, confirmed, false_positive, closed;
  std::vector<Millis> returned;                   // what had gone was there again
  std::vector<std::pair<Millis, Millis>> repair;  // end, length
  // As it stood at the end of the month.
  bool at_rest = false, judged = false;
  Millis being_repaired = 0;  // since it was confirmed; 0: it is not, or not any more
  uint64_t times = 0;         // opened
};

// Cuts the list to what a paper can hold; how many that leaves out.
uint64_t CutToPaper(std::vector<MonthCase>& cases) {
  if (cases.size() <= kCasesListed) return 0;
  const uint64_t left_out = cases.size() - kCasesListed;
  cases.resize(kCasesListed);
  return left_out;
}

Status Walk(const Store& store, const Incident& incident, Millis end, Way& way) {
  const auto name = [](CaseDeed deed) { return std::string(CaseDeedName(deed)); };
  const std::string violation = name(CaseDeed::kJudgeViolation),
                    false_positive = name(CaseDeed::kJudgeFalsePositive),
                    cannot_tell = name(CaseDeed::kJudgeCannotTell),
                    escalate = name(CaseDeed::kJudgeEscalate),
                    accepted = name(CaseDeed::kAcceptObjection), undo = name(CaseDeed::kUndo),
                    close = name(CaseDeed::kClose), reopen = name(CaseDeed::kReopen);
  // As it was before the first of the verdicts that can still be taken back: that is where
  // an undo leads, as in casework.cc.
  std::optional<Way> before;
  Millis until = 0;
  const auto judge = [&](Millis time, Millis confirmed, bool at_rest) {
    if (!before || time >= until) before = way;
    until = time + limits::kUndoMillis;
    way.being_repaired = confirmed;
    way.at_rest = at_rest;
    way.judged = true;
  };
  return store.cases().EachEvent(incident.id, [&](const Event& event) {
    if (event.time >= end) return true;
    const std::string& action = event.action;
    if (action == "returned") {
      way.returned.push_back(event.time);  // and was open still
    } else if (action == "opened" || action == "reopened" || action == reopen) {
      ++way.times;
      way.opened.push_back(event.time);
      if (way.times > 1) way.returned.push_back(event.time);
      way.at_rest = way.judged = false;
      way.being_repaired = 0;
      before.reset();
    } else if (action == violation) {
      judge(event.time, way.being_repaired == 0 ? event.time : way.being_repaired, false);
      way.confirmed.push_back(event.time);
    } else if (action == false_positive) {
      judge(event.time, 0, true);
      way.false_positive.push_back(event.time);
    } else if (action == cannot_tell || action == escalate) {
      judge(event.time, 0, false);
    } else if (action == accepted) {
      before.reset();
      way.being_repaired = 0;
      way.false_positive.push_back(event.time);
      way.at_rest = way.judged = true;
    } else if (action == undo && before) {
      std::vector<Millis> returned = std::move(way.returned);  // that is no verdict
      way = std::move(*before);
      way.returned = std::move(returned);
      before.reset();
    } else if (action == close) {
      way.closed.push_back(event.time);
      way.at_rest = way.judged = true;
      if (way.being_repaired != 0)
        way.repair.emplace_back(event.time, event.time - way.being_repaired);
      way.being_repaired = 0;
      before.reset();
    }
    return true;
  });
}

uint64_t Within(const std::vector<Millis>& times, Millis begin, Millis end) {
  return static_cast<uint64_t>(std::count_if(
      times.begin(), times.end(), [&](Millis time) { return begin <= time && time < end; }));
}

// Adds what happened in [begin, end); whether anything did.
bool Add(const Way& way, Millis begin, Millis end, MonthCount& count) {
  const uint64_t opened = Within(way.opened, begin, end),
                 confirmed = Within(way.confirmed, begin, end),
                 false_positive = Within(way.false_positive, begin, end),
                 closed = Within(way.closed, begin, end);
  count.opened += opened;
  count.confirmed += confirmed;
  count.false_positive += false_positive;
  count.closed += closed;
  count.repeated += Within(way.returned, begin, end) > 0 ? 1 : 0;
  for (const auto& [at, length] : way.repair) {
    if (begin <= at && at < end) count.repair.push_back(length);
  }
  return opened + confirmed + false_positive + closed > 0;
}

struct SiteMonth {
  uint64_t read = 0;
  std::optional<NightReport> last;
};

// What the month's runs read of the sites, and what they could not.
Status PutRuns(const Store& store, const std::vector<Site>& sites, const Month& month,
               MonthFacts& facts) {
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return runs.error();
  std::map<std::string, SiteMonth> seen;
  for (const Run& run : *runs) {
    if (run.started < month.begin() || run.started >= month.end()) continue;
    if (run.scope == RunScope::kPages) continue;  // says how a case stands, not a site
    if (run.scope == RunScope::kAllSites) ++facts.runs;
    for (const Site& site : sites) {
      Result<std::optional<NightReport>> night = ReportOf(store, run.id, site.id);
      if (!night) return night.error();
      if (!night->has_value()) continue;
      const RunTotals& totals = (*night)->totals;
      facts.pages += totals.pages;
      facts.flat += totals.flat;
      facts.failed += totals.failed;
      facts.unread += totals.unread;
      SiteMonth& of_site = seen[site.id];
      of_site.read += totals.pages - std::min(totals.pages, totals.failed);
      of_site.last = std::move(*night);
    }
  }
  facts.sites = sites.size();
  for (const Site& site : sites) {
    const auto found = seen.find(site.id);
    const std::string name = site.name.empty() ? site.id : site.name;
    if (found == seen.end()) {
      facts.unchecked.push_back({name, site.unit, "本月没有完成过巡查"});
      continue;
    }
    if (found->second.read > 0) ++facts.sites_audited;
    const std::vector<std::string> gaps = found->second.last->Gaps();
    if (found->second.read == 0) {
      facts.unchecked.push_back({name, site.unit,
                                 gaps.empty() ? "本月一个页面也没有读到"
                                              : "本月一个页面也没有读到：" + Join(gaps, "；")});
    } else if (!gaps.empty()) {
      facts.unchecked.push_back({name, site.unit, "最近一次：" + Join(gaps, "；")});
    }
  }
  return Ok();
}

// The owner's term that ran at the end of the month, of each incident.
Result<std::map<std::string, Millis>> TermsAt(const Store& store, Millis end) {
  std::map<std::string, Millis> terms;
  const Status read = store.casework().EachNotice(0, [&](const Notice& notice) {
    if (notice.issued < end && notice.deadline != 0 && notice.kind == NoticeKind::kRectify)
      terms[notice.incident] = notice.deadline;
    return true;
  });
  if (!read) return read.error();
  return terms;
}

}  // namespace

Millis Month::begin() const { return MidnightOf(year, month); }
Millis Month::end() const { return Before(-1).begin(); }
Month Month::Before(int months) const {
  const int count = year * 12 + month - 1 - months;
  return {.year = count / 12, .month = count % 12 + 1};
}
std::string Month::id() const { return fmt::format("{:04}-{:02}", year, month); }
std::string Month::title() const { return fmt::format("{}年{}月", year, month); }

Result<Month> ParseMonth(std::string_view text) {
  const Error wrong{Code::kInvalid, fmt::format("“{}”不是月份；请写如 2026-10", Neutralise(text))};
  if (text.size() != 7 || text[4] != '-') return wrong;
  for (const size_t at : {0, 1, 2, 3, 5, 6}) {
    if (!IsAsciiDigit(text[at])) return wrong;
  }
  const Month month{.year = std::atoi(std::string(text.substr(0, 4)).c_str()),
                    .month = std::atoi(std::string(text.substr(5)).c_str())};
  if (month.year < 2000 || month.year > 2200 || month.month < 1 || month.month > 12) return wrong;
  return month;
}

Month MonthOf(Millis time) {
  const std::string text = FormatTime(time);
  return {.year = std::atoi(text.substr(0, 4).c_str()),
          .month = std::atoi(text.substr(5, 2).c_str())};
}

Result<MonthFacts> GatherMonth(const Store& store, const Month& month, std::string_view unit,
                               const CasePolicy& policy, Millis now) {
  Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  std::map<std::string, Site> by_id;  // all: incidents name removed ones too
  std::vector<std::string_view> units;
  for (const Site& site : *sites) {
    by_id[site.id] = site;
    units.push_back(by_id[site.id].unit);
  }
  if (!unit.empty()) {
    std::erase_if(*sites, [unit](const Site& site) { return site.unit != unit; });
    if (sites->empty()) {
      const std::string near = Nearest(unit, units);
      return Error{Code::kNotFound, fmt::format("没有登记单位为“{}”的网站{}", Neutralise(unit),
                                                near.empty() ? "；用 xuncha site list 查看"
                                                             : fmt::format("，是否指“{}”", near))};
    }
  }
  MonthFacts facts{.now = now,
                   .institution = policy.institution,
                   .month = month.title(),
                   .unit = std::string(unit)};
  if (Status put = PutRuns(store, *sites, month, facts); !put) return put.error();
  const Result<std::map<std::string, Millis>> terms = TermsAt(store, month.end());
  if (!terms) return terms.error();
  for (int back = kTrendMonths - 1; back >= 0; --back)
    facts.months.push_back({.name = month.Before(back).id()});

  std::map<std::string, MonthCount> kinds, per_unit;
  for (const Site& site : *sites) ++per_unit[site.unit].sites;
  Status failed = Ok();
  const Status read = store.cases().EachIncident([&](const Incident& incident) {
    const auto site = by_id.find(incident.site);
    const std::string of_unit = site == by_id.end() ? "" : site->second.unit;
    if (!unit.empty() && of_unit != unit) return true;
    Way way;
    failed = Walk(store, incident, month.end(), way);
    if (!failed) return false;
    for (int back = 0; back < kTrendMonths; ++back) {
      const Month one = month.Before(back);
      Add(way, one.begin(), one.end(), facts.months[static_cast<size_t>(kTrendMonths - 1 - back)]);
    }
    Add(way, month.begin(), month.end(), facts.total);
    MonthCount kind;
    if (Add(way, month.begin(), month.end(), kind))
      Add(way, month.begin(), month.end(), kinds[incident.kind]);
    MonthCount& unit_count = per_unit[of_unit];
    Add(way, month.begin(), month.end(), unit_count);

    MonthCase one{.incident = incident.id,
                  .site = site == by_id.end() || site->second.name.empty() ? incident.site
                                                                           : site->second.name,
                  .unit = of_unit,
                  .kind = KindText(incident.kind),
                  .state = StateText(incident.state),
                  .times = way.times};
    if (Within(way.returned, month.begin(), month.end()) > 0) facts.repeated.push_back(one);
    if (way.at_rest || way.times == 0) return true;
    ++facts.open;
    if (!way.judged) ++facts.undecided;
    const auto term = terms->find(incident.id);
    const Millis at = std::min(now, month.end());
    // A term of an earlier round is over with it.
    if (term != terms->end() && term->second < at && !way.opened.empty() &&
        way.opened.back() < term->second && way.judged) {
      one.deadline = term->second;
      one.days = OverdueDays(at, term->second);
      ++facts.total.overdue;
      ++unit_count.overdue;
      facts.overdue.push_back(std::move(one));
    }
    return true;
  });
  if (!failed) return failed.error();
  if (!read) return read.error();

  for (auto& [name, count] : kinds) {
    const KindInfo* const known = FindKind(name);
    count.name = KindText(name);
    count.clause = ClauseName(known == nullptr ? 0 : known->clause);
    facts.kinds.push_back(std::move(count));
  }
  std::stable_sort(facts.kinds.begin(), facts.kinds.end(),
                   [](const MonthCount& a, const MonthCount& b) { return a.opened > b.opened; });
  if (unit.empty()) {
    for (auto& [name, count] : per_unit) {
      count.name = name.empty() ? "（未登记单位或登记已撤销）" : name;
      facts.units.push_back(std::move(count));
    }
    std::stable_sort(facts.units.begin(), facts.units.end(),
                     [](const MonthCount& a, const MonthCount& b) { return a.opened > b.opened; });
  }
  std::stable_sort(facts.overdue.begin(), facts.overdue.end(),
                   [](const MonthCase& a, const MonthCase& b) { return a.days > b.days; });
  std::stable_sort(facts.repeated.begin(), facts.repeated.end(),
                   [](const MonthCase& a, const MonthCase& b) { return a.times > b.times; });
  facts.overdue_left_out = CutToPaper(facts.overdue);
  facts.repeated_left_out = CutToPaper(facts.repeated);
  return facts;
}

}  // namespace xuncha
