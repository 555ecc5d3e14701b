// SPDX-License-Identifier: Apache-2.0
#include "app/daily.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/rechecking.h"
#include "base/day.h"
#include "base/limits.h"
#include "base/text.h"
#include "reports/teller.h"

namespace xuncha {
namespace {

Result<std::vector<Due>> AllDue(const Store& store, Millis now) {
  std::vector<Due> dues;
  const Status read = store.casework().EachDue(now, [&](const Due& due) {
    dues.push_back(due);
    return true;
  });
  if (!read) return read.error();
  return dues;
}

}  // namespace

bool DailyHour::Goes(const CasePolicy& policy, const TellPolicy& tell, Millis now) const {
  return at_ && TimeOfDay(now) >= *at_ && policy.calendar.IsWorkingDay(now) &&
         tell.QuietUntil(now) <= now;
}

bool DailyHour::Take(const CasePolicy& policy, const TellPolicy& tell, Millis now) {
  if (DayOf(now) == taken_ || !Goes(policy, tell, now)) return false;
  taken_ = DayOf(now);
  return true;
}

Result<DueRechecks> RechecksDue(const Store& store, Millis now) {
  const Result<std::vector<Due>> dues = AllDue(store, now);
  if (!dues) return dues.error();
  const Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  DueRechecks all;
  for (const Due& due : *dues) {
    if (due.kind != DueKind::kRecheck) continue;
    const Result<RecheckAim> aim = AimAtIncident(store, due.incident);
    if (!aim) {
      all.left.push_back(fmt::format("复查 {}：{}", due.incident, aim.error().text));
      continue;
    }
    // No run begins with a site that is not registered, and the others are due as well.
    if (std::ranges::find(*sites, aim->site, &Site::id) == sites->end()) {
      all.left.push_back(fmt::format("复查 {}：网站 {} 已不在登记之内；请先登记，再复查",
                                     due.incident, Neutralise(aim->site)));
      continue;
    }
    if (all.urls.size() + aim->urls.size() > limits::kRecheckUrlsMax) {
      all.left.push_back(fmt::format("复查 {}：今天的已满 {} 个网址，留到下一个工作日",
                                     due.incident, limits::kRecheckUrlsMax));
      continue;
    }
    all.incidents.push_back(aim->incident);
    all.sites.push_back(aim->site);
    all.urls.insert(all.urls.end(), aim->urls.begin(), aim->urls.end());
  }
  SortUnique(all.sites);
  SortUnique(all.urls);
  return all;
}

Result<Reminder> RemindOwner(const DayOrder& order, std::string_view incident) {
  const Result<Incident> found = order.store.cases().IncidentById(incident);
  if (!found) return found.error();
  const Result<std::vector<Site>> sites = order.store.Sites();
  if (!sites) return sites.error();
  const auto site = std::ranges::find(*sites, found->site, &Site::id);
  if (site == sites->end()) {
    return Error{Code::kNotFound, fmt::format("网站 {} 已不在登记之内；请先登记，再发通知",
                                              Neutralise(found->site))};
  }
  Result<IssuedNotice> issued =
      order.store.casework().Issue({.incident = found->id, .by = order.by, .as = Party::kProgram},
                                   CaseDeed::kRemind, *site, order.policy, order.now);
  if (!issued) return issued.error();
  // Nobody has the link's secret again, so the message to the owner is queued here.
  const Result<size_t> queued =
      QueueIssued(order.store.deliveries(), order.tell, *issued, *site, order.now);
  if (!queued) return queued.error();
  return Reminder{.issued = std::move(*issued), .told = *queued};
}

Result<DayDone> DoDay(const DayOrder& order) {
  const Result<std::vector<Due>> dues = AllDue(order.store, order.now);
  if (!dues) return dues.error();
  DayDone done;
  for (const Due& due : *dues) {
    if (due.kind == DueKind::kRemind) {
      const Result<CaseFile> file = order.store.casework().FileOf(due.incident);
      if (!file) {
        done.failed.push_back(fmt::format("催办 {}：{}", due.incident, file.error().text));
        continue;
      }
      // From here on a person decides; until they have, it stays among what is overdue.
      if (file->reminded_out) continue;
      Result<Reminder> reminder = RemindOwner(order, due.incident);
      if (!reminder) {
        done.failed.push_back(fmt::format("催办 {}：{}", due.incident, reminder.error().text));
        continue;
      }
      if (reminder->told == 0) {
        done.untold.push_back(fmt::format(
            "催办 {} 没有发给任何人：没有设置 [tell] owners，或该网站没有登记邮件联系人；"
            "请打印文书送达",
            reminder->issued.notice.printed));
      }
      done.reminders.push_back(std::move(reminder->issued));
    } else if (due.kind == DueKind::kSuppression) {
      const Result<Suppression> ended =
          order.store.casework().EndSuppression(due.suppression, "", "", order.now);
      if (ended) {
        done.suppressions.push_back(due.suppression);
      } else {
        done.failed.push_back(fmt::format("免报 S{}：{}", due.suppression, ended.error().text));
      }
    }
  }
  return done;
}

}  // namespace xuncha
