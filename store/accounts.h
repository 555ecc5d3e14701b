// Accounts: who may sit at the officers' desk and what each may do, and the sessions of
// those who are signed in. A password is kept as its Argon2id hash, a session's token
// as its SHA-256.
//
// Nothing here hashes or judges a password; that is the desk's (console/). Here is
// what an account is, and that no deed of one goes unrecorded: what changes one and
// what is put on record about it stand in one batch.
//
// Reads: any thread. Writes: main thread; each is an entry of the audit chain in
// the same batch, but for Seen, Sweep and Failed, which nobody did.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "proof/chain.h"

namespace xuncha {

class AuditChain;
class Batch;
class Database;

// Stand in the store by number: append.
enum class DeskRole : uint8_t {
  kOfficer,        // works on incidents
  kReviewer,       // sees what concerns one unit, and changes nothing
  kApprover,       // says yes to what one person may not do alone
  kAuditor,        // reads everything, changes nothing
  kAdministrator,  // accounts, sites, configuration
};
inline constexpr int kRoles = 5;
std::string_view RoleName(DeskRole role);  // "officer"
std::string_view RoleText(DeskRole role);  // Chinese: "值班员"
std::optional<DeskRole> RoleByName(std::string_view name);

// Several roles: a bit each.
using RoleSet = uint32_t;
constexpr RoleSet RoleBit(DeskRole role) { return 1u << static_cast<int>(role); }
inline constexpr RoleSet kAllRoles = (1u << kRoles) - 1;
std::string RoleNames(RoleSet roles);  // "officer,approver"
// kInvalid naming the word that is no role, or if there is none.
Result<RoleSet> ParseRoles(std::string_view names);

// Where an account signed in from.
struct KnownNetwork {
  std::string network;  // as NetworkOf
  Millis seen = 0;      // the last time
};
// Of an address: itself, or of IPv6 its /64, for who has one of those has them all.
std::string NetworkOf(std::string_view address);

struct Account {
  std::string name;     // as CheckAccountName has it; unique
  std::string display;  // the person's name, as it stands in the record of what they do
  RoleSet roles = 0;
  std::string unit;           // of a reviewer: the unit, as sites are registered under it
  std::string password_hash;  // of libsodium, with its parameters; empty: no sign-in by password
  std::string totp_secret;    // raw; empty: no second factor
  uint64_t totp_step = 0;     // of the last code that was used
  bool disabled = false;
  uint32_t failures = 0;  // wrong sign-ins since failing_since
  Millis failing_since = 0;
  Millis created = 0;
  Millis password_set = 0;
  Millis last_sign_in = 0;
  // The identity provider by which the person comes in, and its name for them: both or none.
  std::string issuer, subject;

  // Newest last, at most limits::kKnownNetworksMax: others' failures do not lock these out.
  std::vector<KnownNetwork> known;

  // Whether it signed in from there within limits::kKnownNetworkMillis.
  bool Knows(std::string_view network, Millis now) const;
  uint32_t FailuresNow(Millis now) const;  // within limits::kSignInWindowMillis
  void CountFailure(Millis now);
  bool Has(DeskRole role) const { return (roles & RoleBit(role)) != 0; }
  bool HasAny(RoleSet any) const { return (roles & any) != 0; }
};

// Small letters, digits, Han characters, and . _ - @, at most
// limits::kAccountNameBytesMax bytes. kInvalid otherwise.
Status CheckAccountName(std::string_view name);

// Somebody who is signed in at the desk.
struct DeskSession {
  Digest token;  // SHA-256 of what the browser holds
  std::string account;
  Millis created = 0;
  Millis seen = 0;                // last request, to the minute
  std::string csrf;               // of the forms
  std::string address;            // where it was opened from
  std::string agent;              // with what
  bool factor_elsewhere = false;  // an identity provider vouched for a second factor
};

// Lets a program speak for an account.
struct ApiToken {
  Digest token;  // SHA-256 of what the program holds
  std::string label;
  std::string account;
  RoleSet roles = 0;  // at most the account's own; what the account loses, it loses
  Millis created = 0;
  Millis expires = 0;
};

class Accounts {
 public:
  Accounts(Database& database, AuditChain& chain);  // borrows both

  Result<std::optional<Account>> Find(std::string_view name) const;
  // Of the person the identity provider knows by `subject`.
  Result<std::optional<Account>> FindSubject(std::string_view issuer,
                                             std::string_view subject) const;
  // By name. Returning false stops.
  Status Each(const std::function<bool(const Account&)>& visit) const;

  // kInvalid if the account is not as it has to be, kConflict if the name or the provider's
  // name for the person is taken, kLimit above limits::kAccountsMax.
  Status Add(const Account& account, const Deed& deed);
  // Lets `change` work on the account as it stands now. If it is disabled or gets
  // another password or another name at a provider, its sessions end, but for `keep`; its
  // tokens only if it is disabled. kNotFound; as Add; what `change` fails with, and then
  // nothing is changed.
  Status Change(std::string_view name, const std::function<Status(Account&)>& change,
                const Deed& deed, const Digest& keep = {});

  Result<std::optional<DeskSession>> SessionOf(const Digest& token) const;
  Status EachSession(const std::function<bool(const DeskSession&)>& visit) const;
  // One more wrong sign-in, without an entry of the chain: where those are too many to be
  // recorded one by one. Nothing if there is no such account.
  Status Failed(std::string_view name, Millis now);
  // Begins it, and the account's failures are forgotten. Above
  // limits::kDeskSessionsPerAccountMax the account's own that was seen least lately ends:
  // nobody ends others' by signing in. kNotFound without its account, kLimit above
  // limits::kDeskSessionsMax of all. `proved` is the account as it was when the person proved
  // to be its own: kConflict if by now it takes another proof, for what has ended the sessions
  // it had must not let in one more.
  Status Open(const DeskSession& session, uint64_t totp_step, const Account& proved,
              const Deed& deed);
  // The session is in use. Nothing if it is gone.
  Status Seen(const Digest& token, Millis now);
  // kNotFound if it is gone.
  Status Close(const Digest& token, const Deed& deed);
  // All of the account's; how many.
  Result<size_t> CloseAll(std::string_view account, const Deed& deed);
  // Drops what was opened before `created` or last seen before `seen`, and tokens
  // that have expired.
  Status Sweep(Millis created, Millis seen, Millis now);

  Result<std::optional<ApiToken>> TokenOf(const Digest& token) const;
  Status EachToken(const std::function<bool(const ApiToken&)>& visit) const;
  // kNotFound without its account, kInvalid if it asks for more than the account has.
  Status AddToken(const ApiToken& token, const Deed& deed);
  Status RemoveToken(const Digest& token, const Deed& deed);  // kNotFound

 private:
  Status Finish(Batch& batch, const Deed& deed);
  // kConflict if the provider's name for the person is another account's.
  Status CheckSubject(const Account& account) const;
  // Puts the ends of the account's sessions into the batch, and of its tokens if
  // `tokens`; how many.
  enum class Ends : uint8_t { kSessions, kSessionsAndTokens };
  Result<size_t> End(Batch& batch, std::string_view account, Ends ends, const Digest& keep);

  Database& database_;
  AuditChain& chain_;
};

}  // namespace xuncha
