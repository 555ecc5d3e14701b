// SPDX-License-Identifier: Apache-2.0
#include "store/accounts.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "base/limits_provider.h"
#include "base/text.h"
#include "store/accounts_records.h"
#include "store/chain.h"
#include "store/db.h"

namespace xuncha {
namespace {

struct RoleFacts {
  std::string_view name, text;
};
constexpr RoleFacts kRoleFacts[kRoles] = {
    {"officer", "值班员"}, {"reviewer", "单位审核员"},  {"approver", "审批人"},
    {"auditor", "审计员"}, {"administrator", "管理员"},
};

constexpr size_t kWordsBytesMax = 256;  // of a display name, a unit, a label

Status CheckWords(std::string_view noun, std::string_view words) {
  if (words.size() <= kWordsBytesMax && Neutralise(words) == words) return Ok();
  return Error{Code::kInvalid,
               fmt::format("账号：{}须为不超过 {} 字节的文字，不含控制字符", noun, kWordsBytesMax)};
}

Status CheckAccount(const Account& account) {
  if (Status fit = CheckAccountName(account.name); !fit) return fit;
  if (Status fit = CheckWords("姓名", account.display); !fit) return fit;
  if (Status fit = CheckWords("单位", account.unit); !fit) return fit;
  if (account.roles == 0 || (account.roles & ~kAllRoles) != 0)
    return Error{Code::kInvalid, fmt::format("账号 {}：至少须有一个角色", account.name)};
  if (account.Has(DeskRole::kReviewer) && Trim(account.unit).empty())
    return Error{Code::kInvalid, fmt::format("账号 {}：单位审核员须写明单位", account.name)};
  if (account.issuer.empty() != account.subject.empty())
    return Error{Code::kInvalid,
                 fmt::format("账号 {}：身份提供方与其中的标识须同时有", account.name)};
  const bool plain = std::ranges::all_of(account.subject, [](char c) {
    return c >= ' ' && c < 0x7f;  // OpenID Connect Core, section 2: ASCII
  });
  if (!plain || account.subject.size() > limits::kSubjectBytesMax ||
      account.issuer.size() > limits::kIssuerBytesMax)
    return Error{Code::kInvalid, fmt::format("账号 {}：身份提供方的标识须为 1 至 {} 个 ASCII 字符",
                                             account.name, limits::kSubjectBytesMax)};
  return Ok();
}

Error NoAccount(std::string_view name) {
  return {Code::kNotFound,
          fmt::format("没有账号“{}”；xuncha user list 列出全部", Neutralise(name))};
}

template <class Record>
Status EachOf(const Database& database, std::string_view prefix,
              const std::function<bool(const Record&)>& visit) {
  return database.Scan(Family::kAccounts, prefix,
                       [&](std::string_view key, std::string_view payload) -> Result<bool> {
                         const auto record = DecodeStored<Record>(Family::kAccounts, key, payload);
                         if (!record) return record.error();
                         return visit(*record);
                       });
}

}  // namespace

std::string_view RoleName(DeskRole role) { return kRoleFacts[static_cast<int>(role)].name; }
std::string_view RoleText(DeskRole role) { return kRoleFacts[static_cast<int>(role)].text; }
std::optional<DeskRole> RoleByName(std::string_view name) {
  for (int i = 0; i < kRoles; ++i) {
    if (kRoleFacts[i].name == name) return static_cast<DeskRole>(i);
  }
  return std::nullopt;
}

std::string RoleNames(RoleSet roles) {
  std::vector<std::string> names;
  for (int i = 0; i < kRoles; ++i) {
    if ((roles & RoleBit(static_cast<DeskRole>(i))) != 0) names.emplace_back(kRoleFacts[i].name);
  }
  return Join(names, ",");
}

Result<RoleSet> ParseRoles(std::string_view names) {
  RoleSet roles = 0;
  for (const std::string_view word : Split(names, ',')) {
    const std::optional<DeskRole> role = RoleByName(Trim(word));
    if (!role) {
      return Error{Code::kInvalid, fmt::format("没有角色“{}”；角色有 {}，几个之间用逗号",
                                               Neutralise(word), RoleNames(kAllRoles))};
    }
    roles |= RoleBit(*role);
  }
  return roles;
}

std::string NetworkOf(std::string_view address) {
  in6_addr six{};
  if (::inet_pton(AF_INET6, std::string(address).c_str(), &six) != 1) return std::string(address);
  return Hex({reinterpret_cast<const char*>(six.s6_addr), 8});
}

uint32_t Account::FailuresNow(Millis now) const {
  return now - failing_since < limits::kSignInWindowMillis ? failures : 0;
}

void Account::CountFailure(Millis now) {
  failures = FailuresNow(now) + 1;
  if (failures == 1) failing_since = now;
}

bool Account::Knows(std::string_view network, Millis now) const {
  return std::ranges::any_of(known, [&](const KnownNetwork& one) {
    return one.network == network && now - one.seen < limits::kKnownNetworkMillis;
  });
}

Status CheckAccountName(std::string_view name) {
  const Error wrong{Code::kInvalid,
                    fmt::format("账号名须为 1 至 {} 字节：小写字母、数字、汉字和 . _ - @",
                                limits::kAccountNameBytesMax)};
  if (name.empty() || name.size() > limits::kAccountNameBytesMax || !IsValidUtf8(name))
    return wrong;
  for (size_t at = 0; at < name.size();) {
    const char32_t c = NextCodePoint(name, &at);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                       c == '-' || c == '@';
    if (!plain && !IsHan(c)) return wrong;
  }
  return Ok();
}

Accounts::Accounts(Database& database, AuditChain& chain) : database_(database), chain_(chain) {}

Status Accounts::Finish(Batch& batch, const Deed& deed) {
  if (Status appended = chain_.Append(batch, deed); !appended) return appended;
  return batch.Commit();
}

// ---- accounts ----

Result<std::optional<Account>> Accounts::Find(std::string_view name) const {
  if (!CheckAccountName(name)) return std::optional<Account>();
  return GetRecord<Account>(database_, Family::kAccounts, AccountKey(name));
}

Result<std::optional<Account>> Accounts::FindSubject(std::string_view issuer,
                                                     std::string_view subject) const {
  std::optional<Account> found;
  if (issuer.empty() || subject.empty()) return found;
  const Status scanned = Each([&](const Account& account) {
    if (account.issuer == issuer && account.subject == subject) found = account;
    return !found;
  });
  if (!scanned) return scanned.error();
  return found;
}

Status Accounts::CheckSubject(const Account& account) const {
  const auto other = FindSubject(account.issuer, account.subject);
  if (!other) return other.error();
  if (!*other || (*other)->name == account.name) return Ok();
  return Error{Code::kConflict,
               fmt::format("身份提供方的标识“{}”已是账号 {} 的", account.subject, (*other)->name)};
}

Status Accounts::Each(const std::function<bool(const Account&)>& visit) const {
  return EachOf<Account>(database_, kAccountKeys, visit);
}

Status Accounts::Add(const Account& account, const Deed& deed) {
  if (Status fit = CheckAccount(account); !fit) return fit;
  const Result<bool> taken = database_.Has(Family::kAccounts, AccountKey(account.name));
  if (!taken) return taken.error();
  if (*taken)
    return Error{Code::kConflict, fmt::format("已有账号“{}”；请换一个名字", account.name)};
  if (Status free = CheckSubject(account); !free) return free;
  size_t count = 0;
  const Status counted = Each([&count](const Account&) { return ++count < limits::kAccountsMax; });
  if (!counted) return counted;
  if (count >= limits::kAccountsMax)
    return Error{Code::kLimit, fmt::format("账号已有 {} 个，不能再多", count)};
  Batch batch(database_);
  PutRecord(batch, Family::kAccounts, AccountKey(account.name), account);
  return Finish(batch, deed);
}

Status Accounts::Change(std::string_view name, const std::function<Status(Account&)>& change,
                        const Deed& deed, const Digest& keep) {
  const auto found = Find(name);
  if (!found) return found.error();
  if (!*found) return NoAccount(name);
  Account account = **found;
  if (Status changed = change(account); !changed) return changed;
  account.name = (*found)->name;
  if (Status fit = CheckAccount(account); !fit) return fit;
  if (Status free = CheckSubject(account); !free) return free;
  Batch batch(database_);
  PutRecord(batch, Family::kAccounts, AccountKey(account.name), account);
  const bool shut = account.disabled && !(*found)->disabled;
  if (shut || account.password_hash != (*found)->password_hash ||
      account.issuer != (*found)->issuer || account.subject != (*found)->subject) {
    const Result<size_t> ended =
        End(batch, name, shut ? Ends::kSessionsAndTokens : Ends::kSessions, keep);
    if (!ended) return ended.error();
  }
  return Finish(batch, deed);
}

// ---- sessions ----

Result<std::optional<DeskSession>> Accounts::SessionOf(const Digest& token) const {
  return GetRecord<DeskSession>(database_, Family::kAccounts, SessionKey(token));
}

Status Accounts::EachSession(const std::function<bool(const DeskSession&)>& visit) const {
  return EachOf<DeskSession>(database_, kSessionKeys, visit);
}

Result<size_t> Accounts::End(Batch& batch, std::string_view account, Ends ends,
                             const Digest& keep) {
  size_t count = 0;
  Status scanned = EachSession([&](const DeskSession& session) {
    if (session.account != account || session.token == keep) return true;
    batch.Delete(Family::kAccounts, SessionKey(session.token));
    ++count;
    return true;
  });
  if (scanned && ends == Ends::kSessionsAndTokens) {
    scanned = EachToken([&](const ApiToken& token) {
      if (token.account != account) return true;
      batch.Delete(Family::kAccounts, ApiTokenKey(token.token));
      ++count;
      return true;
    });
  }
  if (!scanned) return scanned.error();
  return count;
}

Status Accounts::Open(const DeskSession& session, uint64_t totp_step, const Account& proved,
                      const Deed& deed) {
  auto account = Find(session.account);
  if (!account) return account.error();
  if (!*account || (*account)->disabled) return NoAccount(session.account);
  if ((*account)->password_hash != proved.password_hash ||
      (*account)->totp_secret != proved.totp_secret || (*account)->issuer != proved.issuer ||
      (*account)->subject != proved.subject)
    return Error{Code::kConflict, "账号刚被改动；请重新登录"};
  size_t count = 0, own = 0;
  DeskSession oldest;
  const Status counted = EachSession([&](const DeskSession& other) {
    ++count;
    if (other.account == session.account && (++own == 1 || other.seen < oldest.seen))
      oldest = other;
    return true;
  });
  if (!counted) return counted;
  Batch batch(database_);
  if (own >= limits::kDeskSessionsPerAccountMax) {
    batch.Delete(Family::kAccounts, SessionKey(oldest.token));
  } else if (count >= limits::kDeskSessionsMax) {
    return Error{Code::kLimit,
                 fmt::format("同时登录的已有 {} 个，不能再多；请过一会儿再试", count)};
  }
  Account& changed = **account;
  // A code is good once, also for two who come at the same moment.
  if (totp_step != 0 && totp_step <= changed.totp_step)
    return Error{Code::kConflict, "这个动态码已经用过；请等下一个"};
  changed.totp_step = std::max(changed.totp_step, totp_step);
  changed.failures = 0;
  changed.failing_since = 0;
  changed.last_sign_in = session.created;
  const std::string network = NetworkOf(session.address);
  std::erase_if(changed.known, [&](const KnownNetwork& one) {
    return one.network == network || session.created - one.seen >= limits::kKnownNetworkMillis;
  });
  if (changed.known.size() >= limits::kKnownNetworksMax) changed.known.erase(changed.known.begin());
  changed.known.push_back({.network = network, .seen = session.created});
  PutRecord(batch, Family::kAccounts, AccountKey(changed.name), changed);
  PutRecord(batch, Family::kAccounts, SessionKey(session.token), session);
  return Finish(batch, deed);
}

Status Accounts::Failed(std::string_view name, Millis now) {
  auto account = Find(name);
  if (!account) return account.error();
  if (!*account) return Ok();
  (*account)->CountFailure(now);
  Batch batch(database_);
  PutRecord(batch, Family::kAccounts, AccountKey((*account)->name), **account);
  return batch.Commit();
}

Status Accounts::Seen(const Digest& token, Millis now) {
  auto session = SessionOf(token);
  if (!session) return session.error();
  if (!*session || (*session)->seen >= now) return Ok();
  (*session)->seen = now;
  Batch batch(database_);
  PutRecord(batch, Family::kAccounts, SessionKey(token), **session);
  return batch.Commit();
}

Status Accounts::Close(const Digest& token, const Deed& deed) {
  const Result<bool> there = database_.Has(Family::kAccounts, SessionKey(token));
  if (!there) return there.error();
  if (!*there) return Error{Code::kNotFound, "这次登录已经结束"};
  Batch batch(database_);
  batch.Delete(Family::kAccounts, SessionKey(token));
  return Finish(batch, deed);
}

Result<size_t> Accounts::CloseAll(std::string_view account, const Deed& deed) {
  Batch batch(database_);
  const Result<size_t> ended = End(batch, account, Ends::kSessions, {});
  if (!ended) return ended;
  if (Status done = Finish(batch, deed); !done) return done.error();
  return ended;
}

Status Accounts::Sweep(Millis created, Millis seen, Millis now) {
  Batch batch(database_);
  size_t count = 0;
  Status scanned = EachSession([&](const DeskSession& session) {
    if (session.created >= created && session.seen >= seen) return true;
    batch.Delete(Family::kAccounts, SessionKey(session.token));
    ++count;
    return true;
  });
  if (scanned) {
    scanned = EachToken([&](const ApiToken& token) {
      if (token.expires > now) return true;
      batch.Delete(Family::kAccounts, ApiTokenKey(token.token));
      ++count;
      return true;
    });
  }
  if (!scanned || count == 0) return scanned;
  return batch.Commit();
}

// ---- tokens ----

Result<std::optional<ApiToken>> Accounts::TokenOf(const Digest& token) const {
  return GetRecord<ApiToken>(database_, Family::kAccounts, ApiTokenKey(token));
}

Status Accounts::EachToken(const std::function<bool(const ApiToken&)>& visit) const {
  return EachOf<ApiToken>(database_, kTokenKeys, visit);
}

Status Accounts::AddToken(const ApiToken& token, const Deed& deed) {
  const auto account = Find(token.account);
  if (!account) return account.error();
  if (!*account) return NoAccount(token.account);
  if (Status fit = CheckWords("令牌的名称", token.label); !fit) return fit;
  if (token.roles == 0 || (token.roles & ~(*account)->roles) != 0) {
    return Error{Code::kInvalid, fmt::format("令牌的角色须在账号“{}”的角色之内：{}", token.account,
                                             RoleNames((*account)->roles))};
  }
  Batch batch(database_);
  PutRecord(batch, Family::kAccounts, ApiTokenKey(token.token), token);
  return Finish(batch, deed);
}

Status Accounts::RemoveToken(const Digest& token, const Deed& deed) {
  const Result<bool> there = database_.Has(Family::kAccounts, ApiTokenKey(token));
  if (!there) return there.error();
  if (!*there)
    return Error{Code::kNotFound,
                 "没有这个令牌，可能已被收回；请刷新账号页，或用 xuncha user sessions 查看"};
  Batch batch(database_);
  batch.Delete(Family::kAccounts, ApiTokenKey(token));
  return Finish(batch, deed);
}

}  // namespace xuncha
