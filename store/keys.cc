// SPDX-License-Identifier: Apache-2.0
#include "store/keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/limits.h"

namespace xuncha {
namespace {

constexpr char kEnd = '\0';
constexpr char kVisitMark = 'v';

std::string WithEnd(std::string_view head, std::string_view part) {
  std::string key(head);
  key.append(part);
  key.push_back(kEnd);
  return key;
}

}  // namespace

Status CheckSiteId(std::string_view site) {
  const bool printable =
      std::none_of(site.begin(), site.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!site.empty() && site.size() <= limits::kSiteIdBytesMax && printable) return Ok();
  return Error{
      Code::kInvalid,
      fmt::format("site id of {} bytes: it must have 1 to {} bytes and no control characters; "
                  "give the site another id",
                  site.size(), limits::kSiteIdBytesMax)};
}

std::string BigEndian(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

uint64_t FromBigEndian(std::string_view bytes) {
  CHECK(bytes.size() == 8);
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string SitePrefix(std::string_view site) { return WithEnd("", site); }
std::string UrlKey(std::string_view site, std::string_view url) {
  return SitePrefix(site) + UrlDigest(url);
}
std::string VisitKey(std::string_view url_key) { return std::string(url_key) + kVisitMark; }
bool IsVisitKey(std::string_view key, std::string_view url_key) {
  return key.size() == url_key.size() + 1 && key.starts_with(url_key) && key.back() == kVisitMark;
}

std::string RunPrefix(std::string_view site, uint64_t run) {
  return SitePrefix(site) + BigEndian(run);
}
std::string ObservationKey(std::string_view site, uint64_t run, std::string_view url) {
  return RunPrefix(site, run) + UrlDigest(url);
}
std::string ObservationKeyOfRun(std::string_view key, std::string_view site, uint64_t run) {
  CHECK(key.size() == site.size() + 1 + 8 + kUrlDigestBytes);
  return RunPrefix(site, run).append(key.substr(key.size() - kUrlDigestBytes));
}

std::optional<ObservationPlace> PlaceOfObservation(std::string_view key) {
  const size_t end = key.find(kEnd);
  if (end == std::string_view::npos || key.size() != end + 1 + 8 + kUrlDigestBytes)
    return std::nullopt;
  return ObservationPlace{.site = key.substr(0, end),
                          .run = FromBigEndian(key.substr(end + 1, 8)),
                          .url = key.substr(end + 9)};
}
std::string UrlDigest(std::string_view url) {
  return std::string(Sha256(url).view().substr(0, kUrlDigestBytes));
}

std::string FindingPrefix(std::string_view site) {
  return site.empty() ? std::string("f") : WithEnd("f", site);
}
std::string FindingPrefix(std::string_view site, std::string_view url) {
  return WithEnd(WithEnd("f", site), url);
}
std::string FindingKey(std::string_view site, std::string_view url, std::string_view id) {
  return FindingPrefix(site, url).append(id);
}
std::string FindingIdKey(std::string_view id) { return std::string("i").append(id); }

std::string IncidentKey(std::string_view id) { return std::string("i").append(id); }
std::string MemberPrefix(std::string_view incident) { return WithEnd("m", incident); }
std::string MemberKey(std::string_view incident, std::string_view finding) {
  return MemberPrefix(incident).append(finding);
}

std::string EventPrefix(std::string_view incident) { return WithEnd("", incident); }
std::string EventKey(std::string_view incident, uint64_t number) {
  return EventPrefix(incident) + BigEndian(number);
}

std::string RunKey(uint64_t run) { return std::string(kRunKeys) + BigEndian(run); }
std::string DoneKey(uint64_t run, std::string_view site) {
  return ("done/" + BigEndian(run)).append(site);
}
std::string TokenKey(std::string_view site) { return std::string("token/").append(site); }
std::string SizeKey(uint64_t run) { return std::string(kSizeKeys) + BigEndian(run); }

std::string DictionaryKey(std::string_view digest) {
  return std::string(kDictionaryKeys).append(digest);
}
std::string SiteDictionaryKey(std::string_view site) {
  return std::string(kSiteDictionaryKeys).append(site);
}

std::string HoldKey(uint64_t number) { return BigEndian(number); }

std::string EntryKey(uint64_t number) { return std::string(kEntryKeys) + BigEndian(number); }
std::string CheckpointKey(uint64_t size) { return std::string(kCheckpointKeys) + BigEndian(size); }
std::string ExportKey(uint64_t number) { return std::string(kExportKeys) + BigEndian(number); }
std::optional<uint64_t> NumberOfKey(std::string_view key) {
  if (key.size() != 9) return std::nullopt;
  return FromBigEndian(key.substr(1));
}

std::string NoteKey(std::string_view name) { return std::string("note/").append(name); }

}  // namespace xuncha
