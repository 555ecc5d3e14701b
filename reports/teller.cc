// SPDX-License-Identifier: Apache-2.0
#include "reports/teller.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/day.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "reports/mail.h"
#include "reports/robots.h"

namespace xuncha {
namespace {

constexpr Millis kNewsAge = 72 * kHour;  // what is older is no news: a holiday's runs still are
constexpr Millis kLookEvery = 60'000;
constexpr Millis kForgetEvery = Millis{24} * 3'600'000;
constexpr Millis kClockAhead = 6 * kHour;  // enough to write the report in
constexpr std::string_view kStateNew = "new";

bool Wants(const TellChannel& channel, std::string_view topic) {
  return channel.topics.empty() ||
         std::find(channel.topics.begin(), channel.topics.end(), topic) != channel.topics.end();
}

void SetMessageId(Delivery& message, const TellChannel& channel) {
  const std::string to = Join(message.to, ",");
  const size_t at = channel.from.rfind('@');
  message.message_id =
      fmt::format("<{}@{}>", StableId({channel.name, to, message.key}),
                  at == std::string::npos ? "xuncha" : channel.from.substr(at + 1));
}

}  // namespace

std::string OwnerLink(std::string_view console, std::string_view token) {
  return fmt::format("{}/o/{}", console, token);
}

std::vector<Delivery> Addressed(const TellPolicy& policy, const Delivery& message) {
  std::vector<Delivery> all;
  for (const TellChannel& channel : policy.channels) {
    if (!Wants(channel, message.topic)) continue;
    Delivery one = message;
    one.channel = channel.name;
    if (channel.kind != ChannelKind::kMail) {
      SetMessageId(one, channel);
      all.push_back(std::move(one));
      continue;
    }
    // One mail each: one bad address must not keep the others from theirs.
    for (const std::string& to : channel.to) {
      one.to = {to};
      SetMessageId(one, channel);
      all.push_back(one);
    }
  }
  return all;
}

Result<size_t> QueueNotice(Deliveries& outbox, const TellPolicy& policy, const NoticeNews& notice,
                           std::string_view token, Millis due, Millis now) {
  const TellChannel* channel = policy.Find(policy.owners);
  if (channel == nullptr) return size_t{0};
  Delivery message = NoticeMessage(notice, OwnerLink(policy.console, token));
  message.channel = channel->name;
  message.due = due;
  size_t count = 0;
  for (const std::string& contact : notice.contacts) {
    const std::string to(Trim(contact));
    if (!IsMailAddress(to) || count >= limits::kMessageRecipientsMax) continue;
    message.to = {to};
    SetMessageId(message, *channel);
    const Result<Deliveries::Queued> queued = outbox.Queue(message, now);
    if (!queued) return queued.error();
    ++count;
  }
  if (count > 0) return count;
  const std::string why = fmt::format("网站 {} 没有登记邮件联系人", notice.site);
  for (Delivery& told :
       Addressed(policy, UndeliveredMessage(notice.id, notice.printed, "", why, policy.console))) {
    const Result<Deliveries::Queued> queued = outbox.Queue(std::move(told), now);
    if (!queued) return queued.error();
  }
  return size_t{0};
}

Result<size_t> QueueIssued(Deliveries& outbox, const TellPolicy& policy, const IssuedNotice& issued,
                           const Site& site, Millis now) {
  const Notice& notice = issued.notice;
  if (notice.kind == NoticeKind::kCutoffAdvice) return size_t{0};
  return QueueNotice(outbox, policy,
                     {.id = notice.number.id(),
                      .printed = notice.printed,
                      .title = std::string(NoticeKindText(notice.kind)),
                      .institution = notice.institution,
                      .unit = notice.unit,
                      .site_name = notice.site_name,
                      .site = notice.site,
                      .incident = notice.incident,
                      .kind = notice.finding_kind,
                      .findings = notice.findings_total,
                      .deadline = notice.deadline,
                      .reminder = notice.kind == NoticeKind::kReminder,
                      .contacts = site.contacts},
                     issued.token, now + limits::kUndoMillis, now);
}

// Whose time is over, or soon will be.
Result<std::vector<Delivery>> Teller::Cases() const {
  const Millis now = parts_.clock.Now();
  const Store& store = parts_.store;
  std::vector<Due> dues;
  const Status read = store.casework().EachDue(now + kClockAhead, [&dues](const Due& due) {
    if (due.kind == DueKind::kReport || due.kind == DueKind::kRemind) dues.push_back(due);
    return true;
  });
  if (!read) return read.error();
  std::vector<Delivery> messages;
  if (dues.empty()) return messages;
  const Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  std::vector<CaseLine> overdue;
  for (const Due& due : dues) {
    const Result<Incident> incident = store.cases().IncidentById(due.incident);
    if (!incident) return incident.error();
    const auto site = std::find_if(sites->begin(), sites->end(),
                                   [&](const Site& one) { return one.id == incident->site; });
    const CaseLine line{.incident = incident->id,
                        .site = site == sites->end() ? incident->site : site->name,
                        .kind = incident->kind,
                        .severity = incident->severity,
                        .at = due.at};
    if (due.kind == DueKind::kReport) {
      messages.push_back(ClockMessage(line, now, parts_.policy.console));
    } else if (due.at <= now) {
      const Result<CaseFile> file = store.casework().FileOf(incident->id);
      if (!file) return file.error();
      const Result<std::optional<Notice>> rectify = store.casework().RectifyOf(*file);
      if (!rectify) return rectify.error();
      overdue.push_back(line);
      overdue.back().at = *rectify ? (*rectify)->deadline : file->deadline;
    }
  }
  if (!overdue.empty()) messages.push_back(OverdueMessage(overdue, now, parts_.policy.console));
  return messages;
}

// Of an incident that was there before the night: the crawl's own words on it, for that it
// was touched may mean a page more, or an officer.
Status Teller::AddEvents(const Incident& incident, NightNews& night) const {
  bool reopened = false, again = false;
  const Status read = parts_.store.cases().EachEvent(incident.id, [&](const Event& event) {
    if (event.time < night.run.started || event.time > night.run.ended) return true;
    reopened = reopened || event.action == "reopened";
    again = again || event.action == "returned";
    return true;
  });
  if (!read) return read;
  if (reopened) {
    ++night.reopened;
  } else if (again && incident.state != kStateNew) {
    ++night.again;
  }
  return Ok();
}

Result<std::vector<Delivery>> Teller::Runs() const {
  const Millis now = parts_.clock.Now();
  const std::string& console = parts_.policy.console;
  const Result<std::vector<Run>> runs = parts_.store.Runs();
  if (!runs) return runs.error();
  std::vector<NightNews> nights;
  Millis since = 0;
  for (const Run& run : *runs) {
    if (run.scope == RunScope::kAllSites) since = std::max(since, run.ended);
    if (run.ended == 0 || now - run.ended > kNewsAge) continue;
    // What every addressee has, need not be counted again.
    const std::vector<Delivery> told = Addressed(parts_.policy, NightMessage({.run = run}, ""));
    bool missing = false;
    for (const Delivery& one : told) {
      const Result<bool> known = parts_.store.deliveries().Knows(one.channel, one.to, one.key);
      if (!known) return known.error();
      missing = missing || !*known;
    }
    if (missing) nights.push_back({.run = run});
  }
  std::vector<Delivery> messages;
  if (!nights.empty()) {
    Status events = Ok();
    const Status read = parts_.store.cases().EachIncident([&](const Incident& incident) {
      for (NightNews& night : nights) {
        if (incident.state == kStateNew) ++night.waiting;
        if (incident.opened > night.run.ended || incident.updated < night.run.started) continue;
        if (incident.opened >= night.run.started) {
          if (incident.baseline) {
            ++night.stock;
          } else {
            ++night.fresh[incident.kind][static_cast<size_t>(incident.severity)];
          }
        } else {
          events = AddEvents(incident, night);
        }
        if (!events) return false;
      }
      return true;
    });
    if (!events) return events.error();
    if (!read) return read.error();
    for (const NightNews& night : nights) {
      // Whoever had a case looked at again knows how it went.
      const bool news = !night.fresh.empty() || night.stock > 0 || night.reopened + night.again > 0;
      if (night.run.scope == RunScope::kPages && !news) continue;
      messages.push_back(NightMessage(night, console));
    }
  }
  const Result<std::vector<Run>> all = parts_.store.Nights();
  if (!all) return all.error();
  if (all->empty() || parts_.policy.run_every == 0) return messages;
  const Run& last = all->back();
  const bool late = now - std::max(since, all->front().started) > parts_.policy.run_every;
  if (late) {
    const bool cut_off = last.ended == 0;
    messages.push_back(NoRunMessage(since, cut_off, now, console));
  }
  return messages;
}

Result<std::vector<Delivery>> Teller::News() const {
  Result<std::vector<Delivery>> messages = Runs();
  if (!messages) return messages;
  const Result<std::vector<Delivery>> cases = Cases();
  if (!cases) return cases.error();
  messages->insert(messages->end(), cases->begin(), cases->end());
  std::vector<Delivery> fresh;
  for (const Delivery& message : *messages) {
    for (Delivery& one : Addressed(parts_.policy, message)) {
      const Result<bool> known = parts_.store.deliveries().Knows(one.channel, one.to, one.key);
      if (!known) return known.error();
      if (!*known) fresh.push_back(std::move(one));
    }
  }
  return fresh;
}

Result<size_t> Teller::QueueNews() {
  Result<std::vector<Delivery>> news = News();
  if (!news) return news.error();
  for (Delivery& message : *news) {
    const Result<Deliveries::Queued> queued =
        parts_.store.deliveries().Queue(std::move(message), parts_.clock.Now());
    if (!queued) return queued.error();
  }
  return news->size();
}

// Of a message nothing can be done for.
Status Teller::GiveUp(const Delivery& message, std::string_view why) {
  Deliveries& outbox = parts_.store.deliveries();
  const Millis now = parts_.clock.Now();
  if (message.attempts.empty() || message.attempts.back().ended != 0) {
    if (Status begun = outbox.Begin(message.number, now); !begun) return begun;
  }
  const AttemptEnd end{.outcome = AttemptEnd::Outcome::kRefused, .answer = std::string(why)};
  const Result<Delivery> ended = Done({.message = message}, end);
  return ended ? Ok() : Status(ended.error());
}

Result<std::optional<Teller::Errand>> Teller::Start(const std::vector<const Delivery*>& together,
                                                    const TellChannel& channel) {
  Deliveries& outbox = parts_.store.deliveries();
  const Result<ChannelSecret> secret = ReadSecret(channel, parts_.secrets);
  if (!secret) {
    // No attempt is used up: the message has nothing to do with it.
    errors_.insert(secret.error().text);
    return std::optional<Errand>();
  }
  const uint64_t number = together.back()->number;
  if (together.size() > 1) {
    std::vector<uint64_t> followers;
    for (const Delivery* one : together) {
      if (one->number != number) followers.push_back(one->number);
    }
    if (Status merged = outbox.Merge(number, followers); !merged) return merged.error();
  }
  const Millis now = parts_.clock.Now();
  if (Status begun = outbox.Begin(number, now); !begun) return begun.error();
  Result<Delivery> message = outbox.ByNumber(number);
  if (!message) return message.error();
  Errand errand{.message = std::move(*message), .channel = channel};
  if (channel.kind == ChannelKind::kMail) {
    errand.mail = MailOf(channel, *secret, errand.message, now);
  } else {
    errand.post = PostOf(channel, *secret, errand.message, now);
  }
  return std::optional<Errand>(std::move(errand));
}

Result<std::optional<Teller::Errand>> Teller::Next(uint64_t only) {
  const Deliveries& outbox = parts_.store.deliveries();
  const TellPolicy& policy = parts_.policy;
  const Millis now = parts_.clock.Now();
  std::vector<Delivery> open;
  const Status read = outbox.EachOpen([&](const Delivery& message) {
    if (only == 0 || message.number == only) open.push_back(message);
    return true;
  });
  if (!read) return read.error();
  // Urgent ones first, then as they came.
  std::stable_sort(open.begin(), open.end(),
                   [](const Delivery& a, const Delivery& b) { return a.urgent > b.urgent; });
  for (const Delivery& message : open) {
    const TellChannel* channel = policy.Find(message.channel);
    if (channel == nullptr || (channel->kind == ChannelKind::kMail &&
                               (message.to.size() != 1 || !IsMailAddress(message.to[0])))) {
      if (Status over = GiveUp(message, "配置里没有这个通道了"); !over) return over.error();
      continue;
    }
    if (message.attempts.size() >= static_cast<size_t>(AttemptsMax(channel->kind))) {
      if (Status over = GiveUp(message, "最后一次尝试中途被打断"); !over) return over.error();
      continue;
    }
    const bool quiet = !message.urgent && policy.QuietUntil(now) > now;
    if (message.next > now || quiet) continue;
    const Result<ChannelFacts> facts = outbox.FactsOf(channel->name);
    if (!facts) return facts.error();
    if (EarliestUse(channel->kind, *facts, now) > now) continue;
    std::vector<const Delivery*> together;
    for (const Delivery& other : open) {
      if (other.number == message.number || together.size() + 1 >= limits::kMessagePartsMax)
        continue;
      const bool fits = !message.alone && !other.alone && message.attempts.empty() &&
                        other.attempts.empty() && other.channel == message.channel &&
                        other.to == message.to && other.next <= now &&
                        other.urgent == message.urgent;
      if (fits) together.push_back(&other);
    }
    together.push_back(&message);
    std::sort(together.begin(), together.end(),
              [](const Delivery* a, const Delivery* b) { return a->number < b->number; });
    Result<std::optional<Errand>> errand = Start(together, *channel);
    if (!errand || *errand) return errand;
  }
  return std::optional<Errand>();
}

AttemptEnd Teller::Carry(const Errand& errand) const {
  if (errand.channel.kind == ChannelKind::kMail) return EndOfMail(parts_.courier.Mail(errand.mail));
  return EndOfPost(errand.channel.kind, parts_.courier.Post(errand.post));
}

Result<Delivery> Teller::Done(const Errand& errand, const AttemptEnd& end) {
  Deliveries& outbox = parts_.store.deliveries();
  Result<Delivery> ended =
      outbox.End(errand.message.number, end, AttemptsMax(errand.channel.kind), parts_.clock.Now());
  if (!ended || ended->state != DeliveryState::kGivenUp || ended->topic != "notice") return ended;
  const std::string id = ended->key.substr(ended->key.find(':') + 1);
  std::string printed = id;
  if (const Result<NoticeNumber> number = ParseNoticeNumber(id); number) {
    const Result<Notice> notice = parts_.store.casework().NoticeById(*number);
    if (notice) printed = notice->printed;
  }
  const std::string why = fmt::format("邮件送不出：{}", ended->attempts.back().answer);
  for (Delivery& told : Addressed(
           parts_.policy,
           UndeliveredMessage(id, printed, Join(ended->to, ","), why, parts_.policy.console))) {
    const Result<Deliveries::Queued> queued = outbox.Queue(std::move(told), parts_.clock.Now());
    if (!queued) return queued.error();
  }
  return ended;
}

Result<Teller::Tally> Teller::Drain(const std::atomic<bool>& stop) {
  Tally tally;
  // News that cannot be queued, as when too much waits, must not keep what waits from going.
  const Result<size_t> queued = QueueNews();
  while (!stop) {
    const Result<std::optional<Errand>> errand = Next();
    if (!errand) return errand.error();
    if (!*errand) break;
    const Result<Delivery> ended = Done(**errand, Carry(**errand));
    if (!ended) return ended.error();
    ++(ended->state == DeliveryState::kSent      ? tally.sent
       : ended->state == DeliveryState::kGivenUp ? tally.given_up
                                                 : tally.failed);
  }
  const Status counted = parts_.store.deliveries().EachOpen([&](const Delivery&) {
    ++tally.waiting;
    return true;
  });
  if (!counted) return counted.error();
  const Result<uint64_t> forgotten =
      parts_.store.deliveries().Forget(parts_.clock.Now() - limits::kMessageKeptMillis);
  if (!forgotten) return forgotten.error();
  if (!queued) return queued.error();
  tally.errors.assign(errors_.begin(), errors_.end());
  return tally;
}

TellingBeside::TellingBeside(Teller::Parts parts) : parts_(std::move(parts)), teller_(parts_) {}

TellingBeside::~TellingBeside() {
  if (!errand_) return;
  under_way_.wait();
  // If even that fails, the attempt stands there as one that was cut off.
  static_cast<void>(Finish());
}

Status TellingBeside::Finish() {
  const Result<Delivery> ended = teller_.Done(*errand_, under_way_.get());
  errand_.reset();
  return ended ? Ok() : Status(ended.error());
}

Status TellingBeside::Tend() {
  if (parts_.policy.channels.empty()) return Ok();
  Status news = Ok();
  if (errand_) {
    if (under_way_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return Ok();
    if (Status ended = Finish(); !ended) return ended;
  } else {
    const Millis now = parts_.clock.Monotonic();
    if (now < look_at_) return Ok();
    look_at_ = now + kLookEvery;
    // As in Drain: what waits goes all the same.
    if (const Result<size_t> queued = teller_.QueueNews(); !queued) news = queued.error();
    if (forget_at_ <= now) {
      forget_at_ = now + kForgetEvery;
      const Result<uint64_t> forgotten =
          parts_.store.deliveries().Forget(parts_.clock.Now() - limits::kMessageKeptMillis);
      if (!forgotten) return forgotten.error();
    }
  }
  Result<std::optional<Teller::Errand>> next = teller_.Next();
  if (!next) return next.error();
  if (!*next) return news;
  errand_ = std::move(**next);
  under_way_ =
      std::async(std::launch::async, [this, errand = *errand_] { return teller_.Carry(errand); });
  return news;
}

std::vector<std::string> TellingBeside::TakeErrors() {
  std::vector<std::string> fresh;
  for (const std::string& error : teller_.errors()) {
    if (told_.insert(error).second) fresh.push_back(error);
  }
  return fresh;
}

}  // namespace xuncha
