// The gate of the desk: who comes in, and who may stay. It knows passwords, second
// factors, sessions and tokens, and counts who tries too often.
//
// Names that do not exist cost the same time and get the same answer as names that
// do. Failures of an account are kept with it, so that a restart forgives none of them;
// those of an address, and of names that are none, are counted in memory, which is bounded.
// Ten of an address with a name, or of an address, lock it there; many of a name lock it
// everywhere but where its owner signed in from before.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "console/changes.h"
#include "store/accounts.h"

namespace xuncha {

class Gate {
 public:
  struct Options {
    Millis idle = 30 * 60'000;           // a session ends so long after its last request,
    Millis absolute = 12 * 60 * 60'000;  // and so long after it began
    bool secure = false;                 // browsers come by HTTPS: cookies say so
    bool second_factor = false;          // everybody must have one
  };
  // Borrows all. kSystem if there is no memory for a password's hash.
  static Result<std::unique_ptr<Gate>> Make(const Store& store, const Clock& clock,
                                            Changes& changes, const Options& options);

  const Options& options() const { return options_; }
  // Of the cookie that holds the session's token.
  std::string_view cookie() const { return options_.secure ? "__Host-session" : "session"; }
  // Of the one that makes the forms of those who are not signed in safe.
  std::string_view form_cookie() const { return options_.secure ? "__Host-form" : "form"; }
  // The value of a Set-Cookie; an empty value lets the browser forget it.
  std::string SetCookie(std::string_view name, std::string_view value) const;

  struct Attempt {
    std::string name, password, code;
    std::string address, agent;
  };
  // A new session's token. kDenied if name, password or code is wrong, which it does not
  // say; kLimit after too many failures, with the time from which it may be tried again;
  // kConflict if the store is busy.
  Result<std::string> SignIn(const Attempt& attempt);
  // For those who prove themselves elsewhere: the account must be there, in use, and as it was
  // when they did (kConflict otherwise). Who gave a second factor there needs none here.
  enum class Factor : uint8_t { kNone, kElsewhere };
  Result<std::string> Admit(const Account& account, std::string_view address,
                            std::string_view agent, std::string_view how,
                            Factor factor = Factor::kNone);
  // kLimit if the address, from which too many have failed, must wait.
  Status MayCome(std::string_view address);
  // Somebody who came that way is not let in.
  struct Refusal {
    std::string address, why;
    std::string subject;             // as the provider knows them; empty: it did not say
    std::optional<Account> account;  // theirs, if they have one
    bool blameless = false;          // the provider failed: nothing is held against them
  };
  void Refuse(const Refusal& refusal);
  // The same password question for somebody who is signed in. kDenied, also for an account
  // without a password; kLimit after too many failures of this session, whoever fails to
  // sign in elsewhere.
  Status Confirm(const Account& account, const Digest& session, std::string_view password,
                 std::string_view address);

  // Somebody else who says yes to what `by` may not do alone.
  struct Second {
    std::string name, password, code, address;
  };
  // Their yes, which is good for one deed.
  struct Approval {
    std::string name;     // the account's
    std::string by;       // who asked for it
    std::string address;  // from where
    std::string hash;     // of the password that was right
    uint64_t step = 0;    // of the code that was; 0: the account has none
  };
  // Of an account in use, of an approver, not `by`'s own, whose password, and code if it has a
  // factor, are right. Nothing of it is on record, nor a code used, until it is Put. kInvalid if
  // nobody is named, kDenied saying why; kLimit after too many failures of `by`, which lock
  // nobody else's account. `ref` is what the failures are about.
  Result<Approval> ConfirmSecond(const Account& by, const Second& second, std::string_view ref);
  // In the turn of the store in which the deed is done. MayApprove before it: kConflict if the
  // account has changed or its code was used meanwhile. PutApproval behind it: on record as that
  // person's own deed "second-person" with `what` and `refs`; the code is thereby used.
  static Status MayApprove(const Store& store, const Approval& approval);
  static Status PutApproval(Store& store, const Approval& approval, std::string_view what,
                            std::vector<std::string> refs);

  struct Caller {
    Account account;
    RoleSet roles = 0;
    DeskSession session;  // empty if by token
    bool by_token = false;
  };
  // Nothing if the session is none, has expired or its account is disabled.
  Result<std::optional<Caller>> BySession(std::string_view token);
  // The same for an API token. kLimit for an address that tries too many.
  Result<std::optional<Caller>> ByToken(std::string_view token, std::string_view address);

  // The owner of the store, now and then: forgets sessions that have expired.
  Status Sweep(Store& store) const;

 private:
  // By all together within the window: the chain is not filled from outside.
  static constexpr uint32_t kFailuresRecordedMax = 500;
  struct Failures {
    uint32_t count = 0;
    Millis since = 0;
  };
  Gate(const Store& store, const Clock& clock, Changes& changes, const Options& options,
       std::string nobody);
  // kLimit if the account, or whoever has no account, must wait.
  Status MayTry(const std::optional<Account>& account, std::string_view name,
                std::string_view address);
  void Failed(const std::optional<Account>& account, std::string_view name,
              std::string_view address, std::string_view why);
  // Counts one more failure; whether it is to stand in the chain. The first that is not is
  // told of there.
  bool MayRecord();
  // Until when; 0 if not.
  Millis Blocked(std::string_view key, size_t at = limits::kSignInFailuresMax);
  uint32_t Count(std::string_view key);  // one more failure; how many now
  // One more hash: few at once, for each takes memory. kConflict if too many wait.
  Result<bool> Fits(const std::string& hash, std::string_view password);

  const Store& store_;
  const Clock& clock_;
  Changes& changes_;
  const Options options_;
  const std::string nobody_;  // a hash of no password, for names that are none
  std::mutex mutex_;          // of failures_ and hashing_
  std::map<std::string, Failures, std::less<>> failures_;
  int hashing_ = 0;  // calls that hash or wait to
  std::counting_semaphore<2> slots_{2};
};

}  // namespace xuncha
