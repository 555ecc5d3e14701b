// SPDX-License-Identifier: Apache-2.0
#include "store/deliveries_records.h"

#include "base/digest.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/wire.h"

namespace xuncha {
namespace {

constexpr size_t kPlaceBytes = 16;  // of a SHA-256, as of a URL in keys

}  // namespace

template <class Archive>
void Describe(Archive& archive, Of<Archive, MessagePart>& part) {
  archive(1, part.heading);
  archive(2, part.lines);
  archive(3, part.more);
  archive(4, part.closing);
}

template <class Archive>
void Describe(Archive& archive, Of<Archive, DeliveryAttempt>& attempt) {
  archive(1, attempt.begun);
  archive(2, attempt.ended);
  archive(3, attempt.taken);
  archive(4, attempt.code);
  archive(5, attempt.answer);
}

template <class Archive>
void Describe(Archive& archive, Of<Archive, Delivery>& message) {
  archive(1, message.made);
  archive(2, message.due);
  archive(3, message.channel);
  archive(4, message.to);
  archive(5, message.topic);
  archive(6, message.key);
  archive(7, message.urgent);
  archive(8, message.alone);
  archive(9, message.subject);
  archive(10, message.parts);
  archive(11, message.link);
  archive(12, message.refs);
  archive(13, message.state);
  archive(14, message.next);
  archive(15, message.attempts);
  archive(16, message.message_id);
  archive(17, message.merged_into);
}

template <class Archive>
void Describe(Archive& archive, Of<Archive, ChannelFacts>& facts) {
  archive(1, facts.recent);
  archive(2, facts.paused_until);
  archive(3, facts.last_taken);
  archive(4, facts.last_failed);
  archive(5, facts.failures);
  archive(6, facts.last_answer);
}

template <class Archive>
void Describe(Archive& archive, Of<Archive, DeliveryPlace>& place) {
  archive(1, place.number);
}

template <class Record>
std::string EncodeRecord(const Record& record) {
  WireWriter writer;
  Describe(writer, record);
  return writer.Take();
}

template <class Record>
Result<Record> DecodeRecord(std::string_view payload) {
  WireReader reader(payload);
  Record record;
  Describe(reader, record);
  if (Status read = reader.status(); !read) return read.error();
  return record;
}

template std::string EncodeRecord(const Delivery&);
template std::string EncodeRecord(const ChannelFacts&);
template std::string EncodeRecord(const DeliveryPlace&);
template Result<Delivery> DecodeRecord(std::string_view);
template Result<ChannelFacts> DecodeRecord(std::string_view);
template Result<DeliveryPlace> DecodeRecord(std::string_view);

std::string DeliveryKey(uint64_t number) { return std::string(kDeliveryKeys) + BigEndian(number); }

std::string OpenDeliveryKey(uint64_t number) {
  return std::string(kOpenDeliveryKeys) + BigEndian(number);
}

std::string DeliveryPlaceKey(std::string_view channel, const std::vector<std::string>& to,
                             std::string_view key) {
  std::string parts(channel);
  for (const std::string& address : to) parts += '\0' + address;
  parts += std::string(2, '\0') + std::string(key);
  return std::string(kDeliveryPlaceKeys) + std::string(Sha256(parts).view().substr(0, kPlaceBytes));
}

std::string ChannelKey(std::string_view channel) {
  return std::string(kChannelKeys) + std::string(channel);
}

}  // namespace xuncha
