// SPDX-License-Identifier: Apache-2.0
#include "store/casework_check.h"

#include "store/casework_records.h"
#include "store/keys.h"

namespace xuncha {
namespace {

constexpr Family kHere = Family::kCasework;

Error Damaged(std::string_view what) { return {Code::kDamaged, std::string(what)}; }

CaseworkNames::Named IncidentNamed(std::string_view id) {
  return {"incident", Family::kIncidents, IncidentKey(id)};
}
CaseworkNames::Named NoticeNamed(const NoticeNumber& number) {
  return {"notice", kHere, NoticeKey(number)};
}

Result<CaseworkNames> OfFile(std::string_view key, std::string_view payload) {
  const Result<CaseFile> file = DecodeRecord<CaseFile>(payload);
  if (!file) return file.error();
  if (CaseFileKey(file->incident) != key) return Damaged("is the file of another incident");
  CaseworkNames names{.records = {IncidentNamed(file->incident)}};
  for (const NoticeNumber& number : file->notices) names.records.push_back(NoticeNamed(number));
  for (uint64_t i = 1; i <= file->replies; ++i)
    names.records.push_back({"reply", kHere, ReplyKey(file->incident, i)});
  for (uint64_t i = 1; i <= file->rechecks; ++i)
    names.records.push_back({"re-check", kHere, RecheckKey(file->incident, i)});
  for (const Due& due : DuesOf(*file)) names.records.push_back({"its term", kHere, DueKey(due)});
  return names;
}

Result<CaseworkNames> OfNotice(std::string_view key, std::string_view payload) {
  const Result<Notice> notice = DecodeRecord<Notice>(payload);
  if (!notice) return notice.error();
  if (NoticeKey(notice->number) != key) return Damaged("is another notice");
  CaseworkNames names{.records = {IncidentNamed(notice->incident)}};
  if (!notice->token.empty())
    names.records.push_back({"its link", kHere, TokenPlaceKey(notice->token)});
  if (notice->number.number > 1) {
    names.records.push_back(NoticeNamed({notice->number.year, notice->number.number - 1}));
    names.records.back().noun = "the notice before it";
  }
  return names;
}

Result<CaseworkNames> OfSuppression(std::string_view key, std::string_view payload) {
  const Result<Suppression> one = DecodeRecord<Suppression>(payload);
  if (!one) return one.error();
  if (SuppressionKey(one->number) != key) return Damaged("is another suppression");
  CaseworkNames names;
  if (one->ended != 0) return names;
  names.records.push_back(
      {"its place in the index", kHere, SuppressionIndexKey(KeyOf(*one), one->number)});
  names.records.push_back(
      {"its term", kHere,
       DueKey({.kind = DueKind::kSuppression, .at = one->expires, .suppression = one->number})});
  return names;
}

// A term follows from a file or a suppression, and from nothing else.
Result<CaseworkNames> OfTerm(const Database& database, std::string_view key) {
  const std::optional<Due> due = DueOfKey(key);
  if (!due) return Damaged("is not the key of a term");
  if (due->kind == DueKind::kSuppression)
    return CaseworkNames{.records = {{"suppression", kHere, SuppressionKey(due->suppression)}}};
  const auto file = GetRecord<CaseFile>(database, kHere, CaseFileKey(due->incident));
  if (!file) return file.error();
  if (*file) {
    for (const Due& own : DuesOf(**file)) {
      if (DueKey(own) == key) return CaseworkNames();
    }
  }
  return Damaged("is a term of which its incident knows nothing");
}

}  // namespace

Result<CaseworkNames> NamesOfCasework(const Database& database, std::string_view key,
                                      std::string_view payload) {
  if (key.starts_with(kCaseFileKeys)) return OfFile(key, payload);
  if (key.starts_with(kNoticeKeys)) return OfNotice(key, payload);
  if (key.starts_with(kSuppressionKeys)) return OfSuppression(key, payload);
  if (key.starts_with(kDueKeys)) return OfTerm(database, key);
  if (key.starts_with(kTokenKeys)) {
    const Result<TokenPlace> place = DecodeRecord<TokenPlace>(payload);
    if (!place) return place.error();
    return CaseworkNames{.records = {NoticeNamed(place->notice)}};
  }
  if (key.starts_with(kReplyKeys)) {
    const Result<OwnerReply> reply = DecodeRecord<OwnerReply>(payload);
    if (!reply) return reply.error();
    if (ReplyKey(reply->incident, reply->number) != key) return Damaged("is another reply");
    CaseworkNames names{.records = {IncidentNamed(reply->incident)}};
    if (!reply->notice.empty()) names.records.push_back(NoticeNamed(reply->notice));
    for (const ReplyFile& file : reply->files) names.bodies.push_back(file.digest);
    return names;
  }
  if (key.starts_with(kRecheckKeys)) {
    const Result<Recheck> recheck = DecodeRecord<Recheck>(payload);
    if (!recheck) return recheck.error();
    if (RecheckKey(recheck->incident, recheck->number) != key)
      return Damaged("is another re-check");
    return CaseworkNames{.records = {IncidentNamed(recheck->incident)}};
  }
  if (key.starts_with(kSuppressionIndex) && key.size() > 9) {
    return CaseworkNames{.records = {{"suppression", kHere,
                                      SuppressionKey(FromBigEndian(key.substr(key.size() - 8)))}}};
  }
  return Damaged("is no record of the casework");
}

}  // namespace xuncha
