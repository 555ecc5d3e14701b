// SPDX-License-Identifier: Apache-2.0
#include "store/references.h"

#include <initializer_list>

#include "store/casework_records.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

Status NameAll(std::initializer_list<const Digest*> digests, const Name& name) {
  for (const Digest* digest : digests) {
    if (digest->empty()) continue;
    if (Status named = name(*digest); !named) return named;
  }
  return Ok();
}

Status OfUrl(std::string_view key, std::string_view payload, const Name& name) {
  // A visit names nothing; its key is one byte longer than that of the facts.
  const size_t end = key.find('\0');
  if (end != std::string_view::npos && IsVisitKey(key, key.substr(0, end + 1 + 16))) return Ok();
  const auto facts = DecodeStored<UrlFacts>(Family::kUrls, key, payload);
  if (!facts) return facts.error();
  return NameAll({&facts->body, &facts->assets, &facts->text}, name);
}

Status OfObservation(std::string_view key, std::string_view payload, const Name& name) {
  const auto seen = DecodeStored<Observation>(Family::kObservations, key, payload);
  if (!seen) return seen.error();
  for (const Digest& blob : BlobsOf(*seen)) {
    if (Status named = name(blob); !named) return named;
  }
  return Ok();
}

Status OfFinding(std::string_view key, std::string_view payload, const Name& name) {
  if (!key.starts_with('f')) return Ok();
  const auto found = DecodeStored<StoredFinding>(Family::kFindings, key, payload);
  if (!found) return found.error();
  return NameAll({&found->body}, name);
}

// What owners sent stays as long as their replies.
Status OfCasework(std::string_view key, std::string_view payload, const Name& name) {
  if (!key.starts_with(kReplyKeys)) return Ok();
  const auto reply = DecodeStored<OwnerReply>(Family::kCasework, key, payload);
  if (!reply) return reply.error();
  for (const ReplyFile& file : reply->files) {
    if (Status named = NameAll({&file.digest}, name); !named) return named;
  }
  return Ok();
}

constexpr Referrer kReferrers[] = {
    {Family::kUrls, OfUrl},
    {Family::kObservations, OfObservation},
    {Family::kFindings, OfFinding},
    {Family::kCasework, OfCasework},
};

}  // namespace

std::span<const Referrer> Referrers() { return kReferrers; }

}  // namespace xuncha
