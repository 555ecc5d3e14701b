// Where casework stands in its family, and the encoders of its records (FORMAT.md has
// keys and fields).
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/case_file.h"
#include "store/records.h"
#include "store/suppression.h"

namespace xuncha {

// EncodeRecord and DecodeRecord (records.h) are defined for CaseFile, Notice, OwnerReply,
// Recheck and Suppression, too, and for:
struct TokenPlace {
  NoticeNumber notice;
};

inline constexpr std::string_view kCaseFileKeys = "c";
std::string CaseFileKey(std::string_view incident);  // "c"
inline constexpr std::string_view kNoticeKeys = "n";
std::string NoticeKey(const NoticeNumber& number);
std::string NoticePrefix(uint32_t year);
std::optional<NoticeNumber> NumberOfNoticeKey(std::string_view key);
inline constexpr std::string_view kTokenKeys = "t";
std::string TokenPlaceKey(const Digest& token);  // "t"
inline constexpr std::string_view kReplyKeys = "r";
std::string ReplyPrefix(std::string_view incident);  // "r"
std::string ReplyKey(std::string_view incident, uint64_t number);
inline constexpr std::string_view kRecheckKeys = "k";
std::string RecheckPrefix(std::string_view incident);  // "k"
std::string RecheckKey(std::string_view incident, uint64_t number);
inline constexpr std::string_view kSuppressionKeys = "s";
std::string SuppressionKey(uint64_t number);
inline constexpr std::string_view kSuppressionIndex = "x";
std::string SuppressionIndexPrefix(std::string_view key);  // of KeyOf
std::string SuppressionIndexKey(std::string_view key, uint64_t number);
inline constexpr std::string_view kDueKeys = "d";
std::string DueKey(const Due& due);
std::optional<Due> DueOfKey(std::string_view key);
// What is due of a file, as it stands in the list of what is due.
std::vector<Due> DuesOf(const CaseFile& file);

}  // namespace xuncha
