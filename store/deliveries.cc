// Keys: "d" number, the message; "w" number, that it is still to go; "k" hash, where
// the message of a key stands; "c" channel, what is known of it.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/deliveries.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/day.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/deliveries_records.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

constexpr Family kHere = Family::kDeliveries;
constexpr size_t kForgetBatch = 1'000;

// Behind the first, second, ... attempt; seven of them make a day.
constexpr Millis kPauses[] = {kMinute,       5 * kMinute,   15 * kMinute, 60 * kMinute,
                              180 * kMinute, 420 * kMinute, 760 * kMinute};
static_assert(std::size(kPauses) + 1 == limits::kMessageAttemptsMax);

Status CheckField(std::string_view name, std::string_view text) {
  if (text.size() <= limits::kMessageFieldBytesMax && ToValidUtf8(text) == text) return Ok();
  return Error{Code::kLimit, fmt::format("消息：{}须为 UTF-8，最多 {} 字节", name,
                                         limits::kMessageFieldBytesMax)};
}

Status CheckMessage(const Delivery& message) {
  if (message.channel.empty() || message.key.empty() || message.parts.empty())
    return Error{Code::kInvalid, "消息没有写明通道、键或内容"};
  if (message.to.size() > limits::kMessageRecipientsMax)
    return Error{Code::kLimit,
                 fmt::format("消息：收件人最多 {} 个", limits::kMessageRecipientsMax)};
  for (const auto& [name, text] :
       {std::pair{"主题", &message.subject}, std::pair{"通道", &message.channel},
        std::pair{"键", &message.key}, std::pair{"链接", &message.link}}) {
    if (Status fit = CheckField(name, *text); !fit) return fit;
  }
  for (const std::string& address : message.to) {
    if (Status fit = CheckField("收件人", address); !fit) return fit;
  }
  for (const MessagePart& part : message.parts) {
    if (Status fit = CheckField("标题", part.heading); !fit) return fit;
    if (Status fit = CheckField("结尾", part.closing); !fit) return fit;
    if (part.lines.size() > limits::kMessageLinesMax)
      return Error{Code::kLimit, fmt::format("消息：最多 {} 行", limits::kMessageLinesMax)};
    for (const std::string& line : part.lines) {
      if (Status fit = CheckField("一行", line); !fit) return fit;
    }
  }
  return Ok();
}

Error NoMessage(uint64_t number) {
  return {Code::kNotFound, fmt::format("没有第 {} 号消息；xuncha tell list 列出", number)};
}

Result<Delivery> DecodeMessage(std::string_view key, std::string_view payload) {
  Result<Delivery> message = DecodeStored<Delivery>(kHere, key, payload);
  const std::optional<uint64_t> number = NumberOfKey(key);
  if (!number) return UnreadableRecord(kHere, key, {Code::kDamaged, "not the key of a message"});
  if (message) message->number = *number;
  return message;
}

std::vector<std::string> RefsOf(const Delivery& message) {
  std::vector<std::string> refs = {fmt::format("message:{}", message.number),
                                   "channel:" + message.channel};
  refs.insert(refs.end(), message.refs.begin(), message.refs.end());
  return refs;
}

std::string Whereto(const Delivery& message) {
  return message.to.empty() ? message.channel
                            : fmt::format("{} → {}", message.channel, Join(message.to, ", "));
}

std::string Cut(std::string_view answer) {
  std::string text = Neutralise(ToValidUtf8(answer));
  if (text.size() <= limits::kMessageAnswerKeptMax) return text;
  text.resize(ValidUtf8Prefix(std::string_view(text).substr(0, limits::kMessageAnswerKeptMax - 3)));
  return text + "…";
}

// Uses of the last minute, the newest `room` of them.
void Remember(ChannelFacts& facts, Millis now) {
  std::erase_if(facts.recent, [now](uint64_t used) {
    return static_cast<Millis>(used) <= now - kMinute || static_cast<Millis>(used) > now;
  });
  facts.recent.push_back(static_cast<uint64_t>(now));
}

Result<ChannelFacts> ChannelIn(const Batch& batch, std::string_view channel) {
  const auto facts = GetRecord<ChannelFacts>(batch, kHere, ChannelKey(channel));
  if (!facts) return facts.error();
  return facts->value_or(ChannelFacts{});
}

}  // namespace

std::string_view DeliveryStateName(DeliveryState state) {
  switch (state) {
    case DeliveryState::kWaiting:
      return "waiting";
    case DeliveryState::kFailed:
      return "failed";
    case DeliveryState::kSent:
      return "sent";
    case DeliveryState::kGivenUp:
      return "given-up";
    case DeliveryState::kMerged:
      return "merged";
  }
  return "";
}

std::string_view DeliveryStateText(DeliveryState state) {
  switch (state) {
    case DeliveryState::kWaiting:
      return "待发";
    case DeliveryState::kFailed:
      return "未成，将重试";
    case DeliveryState::kSent:
      return "已送出";
    case DeliveryState::kGivenUp:
      return "已放弃";
    case DeliveryState::kMerged:
      return "并入汇总";
  }
  return "";
}

Deliveries::Deliveries(Database& database, AuditChain& chain)
    : database_(database), chain_(chain) {}

Millis Deliveries::Pause(uint64_t number, size_t attempt) {
  const size_t which = std::clamp<size_t>(attempt, 1, std::size(kPauses)) - 1;
  const Millis pause = kPauses[which];
  const Digest drawn = Sha256(fmt::format("{} {}", number, which));
  return pause - pause / 10 + drawn.bytes[0] * (pause / 5) / 255;
}

Result<Deliveries::Queued> Deliveries::Queue(Delivery message, Millis now) {
  if (Status fit = CheckMessage(message); !fit) return fit.error();
  const std::string place_key = DeliveryPlaceKey(message.channel, message.to, message.key);
  const auto place = GetRecord<DeliveryPlace>(database_, kHere, place_key);
  if (!place) return place.error();
  if (*place) return Queued{.number = (*place)->number};
  size_t open = 0;
  const Status counted =
      database_.Scan(kHere, kOpenDeliveryKeys, [&](std::string_view, std::string_view) {
        return Result<bool>(++open < limits::kMessagesWaitingMax);
      });
  if (!counted) return counted.error();
  if (open >= limits::kMessagesWaitingMax) {
    return Error{
        Code::kLimit,
        fmt::format("已有 {} 条消息待发，不再添加；用 xuncha tell list 查看为何送不出", open)};
  }
  const Result<uint64_t> last = LastNumber();
  if (!last) return last.error();
  message.number = *last + 1;
  message.made = now;
  message.state = DeliveryState::kWaiting;
  message.attempts.clear();
  message.merged_into = 0;
  message.next = std::max(message.due, now);
  Batch batch(database_);
  PutRecord(batch, kHere, DeliveryKey(message.number), message);
  PutRecord(batch, kHere, place_key, DeliveryPlace{.number = message.number});
  batch.Put(kHere, OpenDeliveryKey(message.number), "");
  if (Status put = batch.Commit(); !put) return put.error();
  return Queued{.number = message.number, .fresh = true};
}

Result<bool> Deliveries::Knows(std::string_view channel, const std::vector<std::string>& to,
                               std::string_view key) const {
  return database_.Has(kHere, DeliveryPlaceKey(channel, to, key));
}

Result<Delivery> Deliveries::OpenByNumber(uint64_t number) const {
  Result<Delivery> message = ByNumber(number);
  if (!message || message->open()) return message;
  return Error{Code::kConflict,
               fmt::format("第 {} 号消息{}，不能再动", number, DeliveryStateText(message->state))};
}

// What has ended is tried no more, and its one-time link is nobody's business now.
Status Deliveries::PutEnded(Batch& batch, const Delivery& message) {
  Delivery ended = message;
  ended.link.clear();
  PutRecord(batch, kHere, DeliveryKey(ended.number), ended);
  batch.Delete(kHere, OpenDeliveryKey(ended.number));
  return Ok();
}

Status Deliveries::Merge(uint64_t leader, const std::vector<uint64_t>& followers) {
  Result<Delivery> first = OpenByNumber(leader);
  if (!first) return first.error();
  Batch batch(database_);
  std::vector<MessagePart> parts;
  for (const uint64_t number : followers) {
    Result<Delivery> other = OpenByNumber(number);
    if (!other) return other.error();
    if (number >= leader || !other->attempts.empty() || !first->attempts.empty() || other->alone ||
        first->alone || other->channel != first->channel || other->to != first->to)
      return Error{Code::kConflict,
                   fmt::format("第 {} 号与第 {} 号消息不能合为一条", leader, number)};
    parts.insert(parts.end(), other->parts.begin(), other->parts.end());
    first->refs.insert(first->refs.end(), other->refs.begin(), other->refs.end());
    other->state = DeliveryState::kMerged;
    other->merged_into = leader;
    if (Status put = PutEnded(batch, *other); !put) return put;
  }
  parts.insert(parts.end(), first->parts.begin(), first->parts.end());
  first->parts = std::move(parts);
  SortUnique(first->refs);
  PutRecord(batch, kHere, DeliveryKey(leader), *first);
  return batch.Commit();
}

Status Deliveries::Begin(uint64_t number, Millis now) {
  Result<Delivery> message = OpenByNumber(number);
  if (!message) return message.error();
  message->state = DeliveryState::kFailed;  // until somebody says otherwise
  message->attempts.push_back({.begun = now, .answer = "interrupted"});
  message->next = now + Pause(number, message->attempts.size());
  Batch batch(database_);
  Result<ChannelFacts> facts = ChannelIn(batch, message->channel);
  if (!facts) return facts.error();
  Remember(*facts, now);
  PutRecord(batch, kHere, DeliveryKey(number), *message);
  PutRecord(batch, kHere, ChannelKey(message->channel), *facts);
  return batch.Commit();
}

Result<Delivery> Deliveries::End(uint64_t number, const AttemptEnd& end, int attempts_max,
                                 Millis now) {
  Result<Delivery> message = OpenByNumber(number);
  if (!message) return message;
  CHECK(!message->attempts.empty());
  using Outcome = AttemptEnd::Outcome;
  DeliveryAttempt& attempt = message->attempts.back();
  attempt.ended = std::max(now, attempt.begun);
  attempt.taken = end.outcome == Outcome::kTaken;
  attempt.code = end.code;
  attempt.answer = Cut(end.answer);
  const bool over = end.outcome != Outcome::kLater ||
                    message->attempts.size() >= static_cast<size_t>(attempts_max);
  Batch batch(database_);
  Result<ChannelFacts> facts = ChannelIn(batch, message->channel);
  if (!facts) return facts.error();
  (attempt.taken ? facts->last_taken : facts->last_failed) = now;
  facts->failures = attempt.taken ? 0 : facts->failures + 1;
  facts->last_answer = attempt.answer;
  if (end.pause > 0) facts->paused_until = std::max(facts->paused_until, now + end.pause);
  PutRecord(batch, kHere, ChannelKey(message->channel), *facts);
  if (!over) {
    message->state = DeliveryState::kFailed;
    message->next = std::max(now + Pause(number, message->attempts.size()), facts->paused_until);
    PutRecord(batch, kHere, DeliveryKey(number), *message);
  } else {
    message->state = attempt.taken ? DeliveryState::kSent : DeliveryState::kGivenUp;
    if (Status put = PutEnded(batch, *message); !put) return put.error();
    Deed deed{.what = Whereto(*message), .refs = RefsOf(*message)};
    if (attempt.taken) {
      deed.kind = message->topic == "notice" ? "notice-sent" : "message-sent";
    } else {
      deed.kind = message->topic == "notice" ? "notice-undelivered" : "message-given-up";
      deed.what += fmt::format("; {} {}", attempt.code, attempt.answer);
    }
    if (Status told = chain_.Append(batch, deed); !told) return told.error();
    message->link.clear();
  }
  if (Status put = batch.Commit(); !put) return put.error();
  return message;
}

Result<Delivery> Deliveries::ByNumber(uint64_t number) const {
  auto message = GetRecord<Delivery>(database_, kHere, DeliveryKey(number));
  if (!message) return message.error();
  if (!*message) return NoMessage(number);
  (*message)->number = number;
  return std::move(**message);
}

Status Deliveries::EachOpen(const std::function<bool(const Delivery&)>& visit) const {
  return database_.Scan(
      kHere, kOpenDeliveryKeys, [&](std::string_view key, std::string_view) -> Result<bool> {
        const std::optional<uint64_t> number = NumberOfKey(key);
        if (!number)
          return UnreadableRecord(kHere, key, {Code::kDamaged, "not the key of a message"});
        const Result<Delivery> message = ByNumber(*number);
        if (!message) return message.error();
        return visit(*message);
      });
}

Status Deliveries::Each(uint64_t from, const std::function<bool(const Delivery&)>& visit) const {
  return database_.ScanFrom(kHere, kDeliveryKeys, DeliveryKey(from),
                            [&](std::string_view key, std::string_view payload) -> Result<bool> {
                              const Result<Delivery> message = DecodeMessage(key, payload);
                              if (!message) return message.error();
                              return visit(*message);
                            });
}

Result<uint64_t> Deliveries::LastNumber() const {
  const Result<std::optional<std::string>> last = database_.LastKey(kHere, kDeliveryKeys);
  if (!last) return last.error();
  return *last ? NumberOfKey(**last).value_or(0) : 0;
}

Result<ChannelFacts> Deliveries::FactsOf(std::string_view channel) const {
  const auto facts = GetRecord<ChannelFacts>(database_, kHere, ChannelKey(channel));
  if (!facts) return facts.error();
  return facts->value_or(ChannelFacts{});
}

Result<uint64_t> Deliveries::Forget(Millis before) {
  // The last one stays: its number must not be given twice.
  const Result<uint64_t> last = LastNumber();
  if (!last) return last.error();
  std::vector<Delivery> old;
  const Status found = Each(0, [&](const Delivery& message) {
    if (message.made >= before) return false;
    if (!message.open() && message.number != *last) old.push_back(message);
    return old.size() < kForgetBatch;
  });
  if (!found) return found.error();
  if (old.empty()) return uint64_t{0};
  Batch batch(database_);
  for (const Delivery& message : old) {
    batch.Delete(kHere, DeliveryKey(message.number));
    batch.Delete(kHere, DeliveryPlaceKey(message.channel, message.to, message.key));
  }
  const Deed deed{.kind = "messages-forget",
                  .what = fmt::format("{} messages from before {}", old.size(), FormatTime(before)),
                  .refs = {fmt::format("message:{}", old.front().number),
                           fmt::format("message:{}", old.back().number)}};
  if (Status told = chain_.Append(batch, deed); !told) return told.error();
  if (Status put = batch.Commit(); !put) return put.error();
  return old.size();
}

}  // namespace xuncha
