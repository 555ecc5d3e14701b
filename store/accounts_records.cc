// SPDX-License-Identifier: Apache-2.0
#include "store/accounts_records.h"

#include "store/wire.h"

namespace xuncha {

template <class Archive>
static void Describe(Archive& archive, Of<Archive, KnownNetwork>& known) {
  archive(1, known.network);
  archive(2, known.seen);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, Account>& account) {
  archive(1, account.name);
  archive(2, account.display);
  archive(3, account.roles);
  archive(4, account.unit);
  archive(5, account.password_hash);
  archive(6, account.totp_secret);
  archive(7, account.totp_step);
  archive(8, account.disabled);
  archive(9, account.failures);
  archive(10, account.failing_since);
  archive(11, account.created);
  archive(12, account.password_set);
  archive(13, account.last_sign_in);
  archive(14, account.subject);
  archive(15, account.issuer);
  archive(16, account.known);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, DeskSession>& session) {
  archive(1, session.token);
  archive(2, session.account);
  archive(3, session.created);
  archive(4, session.seen);
  archive(5, session.csrf);
  archive(6, session.address);
  archive(7, session.agent);
  archive(8, session.factor_elsewhere);
}

template <class Archive>
static void Describe(Archive& archive, Of<Archive, ApiToken>& token) {
  archive(1, token.token);
  archive(2, token.label);
  archive(3, token.account);
  archive(4, token.roles);
  archive(5, token.created);
  archive(6, token.expires);
}

namespace {

template <class Record>
std::string Write(const Record& record) {
  WireWriter writer;
  Describe(writer, record);
  return writer.Take();
}

template <class Record>
Result<Record> Read(std::string_view payload) {
  Record record;
  WireReader reader(payload);
  Describe(reader, record);
  if (const Status status = reader.status(); !status) return status.error();
  return record;
}

}  // namespace

std::string AccountKey(std::string_view name) { return std::string(kAccountKeys).append(name); }
std::string SessionKey(const Digest& token) {
  return std::string(kSessionKeys).append(token.view());
}
std::string ApiTokenKey(const Digest& token) {
  return std::string(kTokenKeys).append(token.view());
}

template <>
std::string EncodeRecord(const Account& record) {
  return Write(record);
}
template <>
std::string EncodeRecord(const DeskSession& record) {
  return Write(record);
}
template <>
std::string EncodeRecord(const ApiToken& record) {
  return Write(record);
}
template <>
Result<Account> DecodeRecord(std::string_view payload) {
  Result<Account> account = Read<Account>(payload);
  if (account && (account->roles & ~kAllRoles) != 0)
    return Error{Code::kNewer, "field 3 has a role this program does not know"};
  return account;
}
template <>
Result<DeskSession> DecodeRecord(std::string_view payload) {
  return Read<DeskSession>(payload);
}
template <>
Result<ApiToken> DecodeRecord(std::string_view payload) {
  Result<ApiToken> token = Read<ApiToken>(payload);
  if (token && (token->roles & ~kAllRoles) != 0)
    return Error{Code::kNewer, "field 4 has a role this program does not know"};
  return token;
}

}  // namespace xuncha
