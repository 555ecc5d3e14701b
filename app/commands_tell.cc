// tell: messages to people. What goes, what went, and whether a channel works.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "app/commands.h"
#include "app/telling.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/courier.h"
#include "reports/teller.h"
#include "store/deliveries.h"

namespace xuncha {
namespace {

constexpr uint32_t kListed = 50;

std::string To(const Delivery& message) {
  return message.to.empty() ? "" : fmt::format(" → {}", Neutralise(Join(message.to, ", ")));
}

std::string LineOf(const Delivery& message) {
  std::string text = fmt::format("{:>5}  {}  {}{}  {}  {}\n", message.number,
                                 FormatTime(message.made), message.channel, To(message),
                                 DeliveryStateText(message.state), Neutralise(message.subject));
  if (message.attempts.empty()) return text;
  const DeliveryAttempt& last = message.attempts.back();
  text +=
      fmt::format("       第 {} 次 {}：{} {}{}\n", message.attempts.size(), FormatTime(last.begun),
                  last.code, last.ended == 0 ? "中途被打断" : Neutralise(last.answer),
                  message.open() ? fmt::format("；下次 {}", FormatTime(message.next)) : "");
  return text;
}

Node JsonOf(const Delivery& message) {
  Node node = MakeTable();
  const auto number = [](auto value) { return MakeInteger(static_cast<int64_t>(value)); };
  Put(node, "number", number(message.number));
  Put(node, "made", MakeString(FormatTime(message.made)));
  Put(node, "channel", MakeString(message.channel));
  Node to = MakeArray();
  for (const std::string& address : message.to) to.items.push_back(MakeString(address));
  Put(node, "to", std::move(to));
  Put(node, "topic", MakeString(message.topic));
  Put(node, "subject", MakeString(message.subject));
  Put(node, "state", MakeString(DeliveryStateName(message.state)));
  if (message.open()) Put(node, "next", MakeString(FormatTime(message.next)));
  if (message.merged_into != 0) Put(node, "merged_into", number(message.merged_into));
  Node attempts = MakeArray();
  for (const DeliveryAttempt& attempt : message.attempts) {
    Node one = MakeTable();
    Put(one, "begun", MakeString(FormatTime(attempt.begun)));
    if (attempt.ended != 0) Put(one, "ended", MakeString(FormatTime(attempt.ended)));
    Put(one, "taken", MakeBool(attempt.taken));
    Put(one, "code", number(attempt.code));
    Put(one, "answer", MakeString(attempt.answer));
    attempts.items.push_back(std::move(one));
  }
  Put(node, "attempts", std::move(attempts));
  return node;
}

Error NoSuchChannel(std::string_view name, const TellPolicy& policy) {
  std::vector<std::string_view> names;
  std::vector<std::string> listed;
  for (const TellChannel& channel : policy.channels) {
    names.push_back(channel.name);
    listed.push_back(channel.name);
  }
  if (names.empty())
    return {Code::kNotFound, "还没有配置通道；在 xuncha.toml 里写 [[tell.channel]]"};
  const std::string nearest = Nearest(name, names);
  return {Code::kNotFound, fmt::format("没有通道“{}”{}；可用：{}", Neutralise(name),
                                       nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest),
                                       Join(listed, "、"))};
}

}  // namespace

int RunTellTest(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const TellChannel* channel = config->tell.Find(arguments.positional[0]);
  if (channel == nullptr) return session.Fail(NoSuchChannel(arguments.positional[0], config->tell));
  std::vector<std::string> to = arguments.All("--to");
  if (channel->kind != ChannelKind::kMail && !to.empty())
    return session.Fail({Code::kInvalid, "--to 只用于邮件通道"});
  for (const std::string& address : to) {
    if (!IsMailAddress(address))
      return session.Fail(
          {Code::kInvalid, fmt::format("--to：“{}”不是邮件地址", Neutralise(address))});
  }
  if (to.empty()) to = channel->to;
  if (channel->kind == ChannelKind::kMail && to.empty())
    return session.Fail({Code::kInvalid, "这个通道没有写 to；用 --to 写一个收件人"});
  if (const Result<ChannelSecret> secret = ReadSecret(*channel, SecretsDirectory(session)); !secret)
    return session.Fail(secret.error());
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  CurlCourier courier(limits::kMessageMillisMax);
  Teller teller({**store, config->tell, session.clock(), courier, SecretsDirectory(session)});
  TellPolicy alone{.channels = {*channel}};
  alone.channels[0].to = to;
  alone.channels[0].topics.clear();
  int code = kClean;
  for (Delivery& message : Addressed(alone, TestMessage(session.clock().Now()))) {
    const Result<Deliveries::Queued> queued =
        (*store)->deliveries().Queue(std::move(message), session.clock().Now());
    if (!queued) return session.Fail(queued.error());
    const Result<std::optional<Teller::Errand>> errand = teller.Next(queued->number);
    if (!errand) return session.Fail(errand.error());
    if (!*errand) {
      session.Say(
          fmt::format("第 {} 号消息要等：这个通道一分钟内发得太多，或对方要求暂停；"
                      "xuncha tell send 到时送出",
                      queued->number));
      code = kPartial;
      continue;
    }
    // Whoever tries a channel wants to know now; nothing is tried again behind their back.
    AttemptEnd end = teller.Carry(**errand);
    if (end.outcome == AttemptEnd::Outcome::kLater) end.outcome = AttemptEnd::Outcome::kRefused;
    const Result<Delivery> ended = teller.Done(**errand, end);
    if (!ended) return session.Fail(ended.error());
    session.Out(LineOf(*ended));
    if (ended->state != DeliveryState::kSent) code = kPartial;
  }
  return code;
}

int RunTellList(Session& session, const Arguments& arguments) {
  const Result<uint32_t> last = arguments.Number("--last", kListed);
  if (!last) return session.Fail(last.error());
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Deliveries& outbox = (*store)->deliveries();
  const Result<uint64_t> newest = outbox.LastNumber();
  if (!newest) return session.Fail(newest.error());
  const bool waiting = arguments.Has("--waiting");
  const uint64_t from = waiting || *newest < *last ? 0 : *newest - *last + 1;
  uint64_t count = 0;
  const auto show = [&](const Delivery& message) {
    ++count;
    session.Out(arguments.Has("--json") ? WriteJson(JsonOf(message)) + "\n" : LineOf(message));
    return !session.stop() && !session.reader_gone();
  };
  const Status read = waiting ? outbox.EachOpen(show) : outbox.Each(from, show);
  if (!read) return session.Fail(read.error());
  if (count == 0) session.Say(waiting ? "没有待发的消息" : "还没有消息");
  return kClean;
}

int RunTellSend(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  if (arguments.Has("--dry-run")) {
    Result<std::unique_ptr<Store>> store = session.ReadStore();
    if (!store) return session.Fail(store.error());
    CurlCourier courier(limits::kMessageMillisMax);
    const Teller teller({**store, config->tell, session.clock(), courier, ""});
    const auto show = [&session](const Delivery& message) {
      session.Out(fmt::format("—— {}{} ——\n{}\n", message.channel, To(message),
                              RenderMessage(message, Dress::kWhole, limits::kMessageBytesMax)));
      return true;
    };
    if (Status read = (*store)->deliveries().EachOpen(show); !read)
      return session.Fail(read.error());
    const Result<std::vector<Delivery>> news = teller.News();
    if (!news) return session.Fail(news.error());
    for (const Delivery& message : *news) show(message);
    return kClean;
  }
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store && store.error().code == Code::kConflict) {
    // A timer that comes by during a crawl has found nothing wrong.
    session.Say("数据正由另一程序使用，消息由它送出");
    return kClean;
  }
  if (!store) return session.Fail(store.error());
  const Result<Teller::Tally> tally = TellPeople(session, **store, *config);
  if (!tally) return session.Fail(tally.error());
  session.Out(TallyText(*tally));
  for (const std::string& error : tally->errors) session.Say(error);
  if (!tally->errors.empty()) return kUsage;
  return tally->failed + tally->given_up > 0 ? kPartial : kClean;
}

}  // namespace xuncha
