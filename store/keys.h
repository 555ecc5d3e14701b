// How keys are put together (FORMAT.md has the bytes). Parts of variable length
// end with a NUL, which neither a site id nor a URL contains; numbers are
// big-endian so that keys stand in their order.
//
// A URL stands in keys as the first 16 bytes of its SHA-256, so that a key has a
// bounded length and two hostile URLs cannot be made to share one; the record
// holds the URL itself. Findings alone are keyed by the URL in full: they are few,
// and people read them in order of site and URL.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

// kInvalid if `site` cannot stand in a key: empty, too long, or with control characters.
Status CheckSiteId(std::string_view site);

std::string BigEndian(uint64_t number);
// REQUIRES: bytes.size() == 8
uint64_t FromBigEndian(std::string_view bytes);

inline constexpr size_t kUrlDigestBytes = 16;  // of a URL in keys

// urls
std::string SitePrefix(std::string_view site);                    // of every key of the site
std::string UrlKey(std::string_view site, std::string_view url);  // UrlFacts
std::string VisitKey(std::string_view url_key);                   // UrlVisit; directly behind
bool IsVisitKey(std::string_view key, std::string_view url_key);

// observations
std::string RunPrefix(std::string_view site, uint64_t run);
std::string ObservationKey(std::string_view site, uint64_t run, std::string_view url);
// The same URL's observation of another run. REQUIRES: `key` is an ObservationKey of `site`.
std::string ObservationKeyOfRun(std::string_view key, std::string_view site, uint64_t run);

// The parts of an observation's key, borrowed from it; nothing if it is none.
struct ObservationPlace {
  std::string_view site;
  uint64_t run = 0;
  std::string_view url;  // 16 bytes
};
std::optional<ObservationPlace> PlaceOfObservation(std::string_view key);
// A URL as keys have it.
std::string UrlDigest(std::string_view url);

// findings
std::string FindingPrefix(std::string_view site);  // empty site: all
std::string FindingPrefix(std::string_view site, std::string_view url);
std::string FindingKey(std::string_view site, std::string_view url, std::string_view id);
std::string FindingIdKey(std::string_view id);  // FindingPlace; also a prefix

// incidents
std::string IncidentKey(std::string_view id);  // also a prefix
std::string MemberPrefix(std::string_view incident);
std::string MemberKey(std::string_view incident, std::string_view finding);

// events
std::string EventPrefix(std::string_view incident);
std::string EventKey(std::string_view incident, uint64_t number);

// meta
std::string RunKey(uint64_t run);
std::string DoneKey(uint64_t run, std::string_view site);
std::string TokenKey(std::string_view site);
std::string NoteKey(std::string_view name);
inline constexpr std::string_view kRunKeys = "run/";
std::string SizeKey(uint64_t run);
inline constexpr std::string_view kSizeKeys = "size/";
inline constexpr std::string_view kPurgeKey = "purge";

// dictionaries
inline constexpr std::string_view kDictionaryKeys = "d";
std::string DictionaryKey(std::string_view digest);
inline constexpr std::string_view kSiteDictionaryKeys = "s";
std::string SiteDictionaryKey(std::string_view site);

// exports
inline constexpr std::string_view kExportKeys = "e";
std::string ExportKey(uint64_t number);

// holds
std::string HoldKey(uint64_t number);

// audit
inline constexpr std::string_view kEntryKeys = "e";
inline constexpr std::string_view kCheckpointKeys = "c";
inline constexpr std::string_view kTailKey = "t";
std::string EntryKey(uint64_t number);
std::string CheckpointKey(uint64_t size);
// The number in a key of one letter and a number; nothing if it is no such key.
std::optional<uint64_t> NumberOfKey(std::string_view key);

}  // namespace xuncha
