// SPDX-License-Identifier: Apache-2.0
#include "console/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "base/text.h"
#include "console/passwords.h"
#include "console/totp.h"

namespace xuncha {
namespace {

constexpr size_t kFailuresKeptMax = 20'000;  // names and addresses; 100 bytes each
constexpr int kHashingMax = 8;               // calls at once, two at work
constexpr Millis kSeenEvery = 60'000;        // how exactly a session's last request is known
constexpr size_t kTokenBytes = 32;

std::string AddressKey(std::string_view address) { return "address:" + NetworkOf(address); }
std::string NameKey(std::string_view name) { return "name:" + Sha256(name).hex(); }
std::string PairKey(std::string_view name, std::string_view address) {
  return NameKey(name) + "@" + NetworkOf(address);
}

Error TryLater(Millis until) {
  return {Code::kLimit, fmt::format("尝试次数过多；{} 之后再试", FormatTime(until))};
}
Error Wrong() { return {Code::kDenied, "账号、口令或动态码不对"}; }

}  // namespace

Gate::Gate(const Store& store, const Clock& clock, Changes& changes, const Options& options,
           std::string nobody)
    : store_(store),
      clock_(clock),
      changes_(changes),
      options_(options),
      nobody_(std::move(nobody)) {}

Result<std::unique_ptr<Gate>> Gate::Make(const Store& store, const Clock& clock, Changes& changes,
                                         const Options& options) {
  Result<std::string> nobody = HashPassword(Hex(RandomBytes(16)));
  if (!nobody) return nobody.error();
  return std::unique_ptr<Gate>(  // private constructor
      new Gate(store, clock, changes, options, std::move(*nobody)));
}

std::string Gate::SetCookie(std::string_view name, std::string_view value) const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", name, value,
                     options_.secure ? "; Secure" : "", value.empty() ? "; Max-Age=0" : "");
}

Millis Gate::Blocked(std::string_view key, size_t at) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(key);
  if (found == failures_.end()) return 0;
  const Millis until = found->second.since + limits::kSignInWindowMillis;
  if (clock_.Now() >= until) {
    failures_.erase(found);
    return 0;
  }
  return found->second.count >= at ? until : 0;
}

uint32_t Gate::Count(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const Millis now = clock_.Now();
  if (failures_.size() >= kFailuresKeptMax) {
    std::erase_if(failures_, [&](const auto& entry) {
      return now - entry.second.since >= limits::kSignInWindowMillis;
    });
    // Still full: somebody has that many addresses. The oldest half is let go.
    if (failures_.size() >= kFailuresKeptMax) {
      std::vector<Millis> times;
      for (const auto& [each, failures] : failures_) times.push_back(failures.since);
      std::ranges::nth_element(times, times.begin() + static_cast<long>(times.size() / 2));
      const Millis middle = times[times.size() / 2];
      std::erase_if(failures_, [&](const auto& entry) { return entry.second.since <= middle; });
    }
  }
  Failures& failures = failures_[std::string(key)];
  if (now - failures.since >= limits::kSignInWindowMillis) failures = {.count = 0, .since = now};
  return ++failures.count;
}

Status Gate::MayTry(const std::optional<Account>& account, std::string_view name,
                    std::string_view address) {
  const Millis now = clock_.Now();
  Millis until = Blocked(PairKey(name, address));
  // What strangers do with the name, or others at the address, keeps nobody out of where
  // they have come in before.
  if (!account || !account->Knows(NetworkOf(address), now)) {
    until = std::max(until, Blocked(AddressKey(address)));
    until = std::max(until, Blocked(NameKey(name), limits::kSignInNameFailuresMax));
    if (account && account->FailuresNow(now) >= limits::kSignInNameFailuresMax)
      until = std::max(until, account->failing_since + limits::kSignInWindowMillis);
  }
  return until == 0 ? Ok() : Status(TryLater(until));
}

bool Gate::MayRecord() {
  const uint32_t of_all = Count("all");
  if (of_all == kFailuresRecordedMax + 1) {
    changes_.Post([](Store& store) {
      return store.audit().Record({.kind = "sign-in-failed",
                                   .actor = "?",
                                   .what = fmt::format("more than {} within a quarter of an "
                                                       "hour: no more of them one by one",
                                                       kFailuresRecordedMax)});
    });
  }
  return of_all <= kFailuresRecordedMax;
}

void Gate::Failed(const std::optional<Account>& account, std::string_view name,
                  std::string_view address, std::string_view why) {
  const Millis now = clock_.Now();
  const uint32_t of_address = Count(AddressKey(address));
  const uint32_t of_pair = Count(PairKey(name, address));
  const uint32_t of_name = Count(NameKey(name));
  if (!MayRecord()) {
    // The account's count goes on, or they would be forgiven by a restart.
    if (account) {
      changes_.Post(
          [name = account->name, now](Store& store) { return store.accounts().Failed(name, now); });
    }
    return;
  }
  Deed deed{.kind = "sign-in-failed",
            .actor = account ? account->name : std::string("?"),
            .what = std::string(why),
            .refs = {fmt::format("address:{}", address)}};
  if (std::max(of_address, of_pair) == limits::kSignInFailuresMax ||
      (!name.empty() && of_name == limits::kSignInNameFailuresMax))
    deed.refs.push_back("locked-until:" + FormatTime(now + limits::kSignInWindowMillis));
  const Status recorded = changes_.Do([&](Store& store) {
    // What was typed as a name may be a password; it is not put on record.
    if (!account) return store.audit().Record(deed);
    return store.accounts().Change(
        account->name,
        [now](Account& changed) {
          changed.CountFailure(now);
          return Ok();
        },
        deed);
  });
  // Where the store is busy the count in memory still holds.
  (void)recorded.ok();
}

Result<bool> Gate::Fits(const std::string& hash, std::string_view password) {
  {
    const std::lock_guard lock(mutex_);
    if (hashing_ >= kHashingMax) return Error{Code::kConflict, "登录的人太多；请过几秒再试"};
    ++hashing_;
  }
  slots_.acquire();
  const bool fits = PasswordFits(hash, password);
  slots_.release();
  const std::lock_guard lock(mutex_);
  --hashing_;
  return fits;
}

Result<std::string> Gate::SignIn(const Attempt& attempt) {
  const std::string name = AsciiLower(Trim(attempt.name));
  const auto account = store_.accounts().Find(name);
  if (!account) return account.error();
  if (Status may = MayTry(*account, name, attempt.address); !may) return may.error();
  const bool usable = *account && !(*account)->disabled && !(*account)->password_hash.empty();
  const Result<bool> fits = Fits(usable ? (*account)->password_hash : nobody_, attempt.password);
  if (!fits) return fits.error();
  if (!usable || !*fits) {
    Failed(*account, name, attempt.address,
           !*account ? "no such account"
           : !usable ? "account not in use"
                     : "wrong password");
    return Wrong();
  }
  uint64_t step = 0;
  if (!(*account)->totp_secret.empty()) {
    const auto found = TotpStepOf((*account)->totp_secret, Trim(attempt.code), clock_.Now(),
                                  (*account)->totp_step);
    if (!found) {
      Failed(*account, name, attempt.address, "wrong second factor");
      return Wrong();
    }
    step = *found;
  }
  DeskSession session{.account = name,
                      .created = clock_.Now(),
                      .seen = clock_.Now(),
                      .csrf = Hex(RandomBytes(16)),
                      .address = attempt.address,
                      .agent = attempt.agent};
  const std::string token = Hex(RandomBytes(kTokenBytes));
  session.token = Sha256(token);
  const Status opened = changes_.Do([&](Store& store) {
    return store.accounts().Open(session, step, **account,
                                 Deed{.kind = "sign-in",
                                      .actor = name,
                                      .what = step == 0 ? "password" : "password and second factor",
                                      .refs = {"session:" + session.token.hex().substr(0, 16),
                                               "address:" + attempt.address}});
  });
  if (!opened) return opened.error();
  const std::lock_guard lock(mutex_);
  failures_.erase(NameKey(name));
  failures_.erase(PairKey(name, attempt.address));
  return token;
}

Result<std::string> Gate::Admit(const Account& account, std::string_view address,
                                std::string_view agent, std::string_view how, Factor factor) {
  const std::string token = Hex(RandomBytes(kTokenBytes));
  const DeskSession session{.token = Sha256(token),
                            .account = account.name,
                            .created = clock_.Now(),
                            .seen = clock_.Now(),
                            .csrf = Hex(RandomBytes(16)),
                            .address = std::string(address),
                            .agent = std::string(agent),
                            .factor_elsewhere = factor == Factor::kElsewhere};
  const Status opened = changes_.Do([&](Store& store) {
    return store.accounts().Open(session, 0, account,
                                 Deed{.kind = "sign-in",
                                      .actor = account.name,
                                      .what = std::string(how),
                                      .refs = {"session:" + session.token.hex().substr(0, 16),
                                               fmt::format("address:{}", address)}});
  });
  if (!opened) return opened.error();
  return token;
}

Status Gate::MayCome(std::string_view address) {
  const Millis until = Blocked(AddressKey(address));
  return until == 0 ? Ok() : Status(TryLater(until));
}

void Gate::Refuse(const Refusal& refusal) {
  // Their account is not locked by it: nobody guesses at a password here.
  const uint32_t of_address = refusal.blameless ? 0 : Count(AddressKey(refusal.address));
  if (!MayRecord()) return;
  Deed deed{.kind = "sign-in-failed",
            .actor = refusal.account ? refusal.account->name : std::string("?"),
            .what = fmt::format("identity provider: {}", refusal.why),
            .refs = {fmt::format("address:{}", refusal.address)}};
  if (!refusal.subject.empty()) deed.refs.push_back("subject:" + refusal.subject);
  if (of_address == limits::kSignInFailuresMax)
    deed.refs.push_back("locked-until:" + FormatTime(clock_.Now() + limits::kSignInWindowMillis));
  const Status recorded = changes_.Do([&](Store& store) { return store.audit().Record(deed); });
  // Where the store is busy the count in memory still holds.
  (void)recorded.ok();
}

Status Gate::Confirm(const Account& account, const Digest& session, std::string_view password,
                     std::string_view address) {
  if (account.password_hash.empty())
    return Error{Code::kDenied,
                 fmt::format("这一步要本地口令，账号 {} 没有；请管理员运行 xuncha user password {}",
                             account.name, account.name)};
  // By session: what others do at the sign-in keeps nobody from their work who is in.
  const std::string key = "session:" + session.hex();
  if (const Millis until = Blocked(key); until != 0) return TryLater(until);
  const Result<bool> fits = Fits(account.password_hash, password);
  if (!fits) return fits.error();
  if (*fits) return Ok();
  (void)Count(key);
  const Status recorded = changes_.Do([&](Store& store) {
    return store.audit().Record({.kind = "sign-in-failed",
                                 .actor = account.name,
                                 .what = "wrong password where it was asked for again",
                                 .refs = {fmt::format("address:{}", address)}});
  });
  // Where the store is busy the count in memory still holds.
  (void)recorded.ok();
  return Error{Code::kDenied, "口令不对"};
}

Result<std::optional<Gate::Caller>> Gate::BySession(std::string_view token) {
  std::optional<Caller> caller;
  if (token.size() != 2 * kTokenBytes) return caller;
  const Digest digest = Sha256(token);
  const auto session = store_.accounts().SessionOf(digest);
  if (!session) return session.error();
  if (!*session) return caller;
  const Millis now = clock_.Now();
  if (now - (*session)->created >= options_.absolute || now - (*session)->seen >= options_.idle)
    return caller;
  const auto account = store_.accounts().Find((*session)->account);
  if (!account) return account.error();
  if (!*account || (*account)->disabled) return caller;
  if (now - (*session)->seen >= kSeenEvery)
    changes_.Post([digest, now](Store& store) { return store.accounts().Seen(digest, now); });
  caller = Caller{.account = **account, .roles = (*account)->roles, .session = **session};
  return caller;
}

Result<std::optional<Gate::Caller>> Gate::ByToken(std::string_view token,
                                                  std::string_view address) {
  std::optional<Caller> caller;
  if (const Millis until = Blocked(AddressKey(address)); until != 0) return TryLater(until);
  const auto found = store_.accounts().TokenOf(Sha256(token));
  if (!found) return found.error();
  const auto account = *found ? store_.accounts().Find((*found)->account)
                              : Result<std::optional<Account>>(std::optional<Account>());
  if (!account) return account.error();
  if (!*account || (*account)->disabled || (*found)->expires <= clock_.Now()) {
    Failed(std::nullopt, "", address, "wrong API token");
    return caller;
  }
  caller =
      Caller{.account = **account, .roles = (*found)->roles & (*account)->roles, .by_token = true};
  return caller;
}

Status Gate::Sweep(Store& store) const {
  const Millis now = clock_.Now();
  return store.accounts().Sweep(now - options_.absolute + 1, now - options_.idle + 1, now);
}

}  // namespace xuncha
