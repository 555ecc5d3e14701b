// The bytes of what stands in the family `accounts`, and its keys.
//
// Any thread; values only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "store/accounts.h"
#include "store/records.h"

namespace xuncha {

inline constexpr std::string_view kAccountKeys = "a", kSessionKeys = "s", kTokenKeys = "t";
std::string AccountKey(std::string_view name);
std::string SessionKey(const Digest& token);
std::string ApiTokenKey(const Digest& token);

template <>
std::string EncodeRecord(const Account& record);
template <>
std::string EncodeRecord(const DeskSession& record);
template <>
std::string EncodeRecord(const ApiToken& record);
template <>
Result<Account> DecodeRecord(std::string_view payload);
template <>
Result<DeskSession> DecodeRecord(std::string_view payload);
template <>
Result<ApiToken> DecodeRecord(std::string_view payload);

}  // namespace xuncha
