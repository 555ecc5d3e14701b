// Provider is an identity provider people may sign in by: OpenID Connect's code flow with
// PKCE (RFC 7636, S256). It ends with a name the provider vouches for; whether that
// person may come in, and what they may do, is decided here and nowhere else (Gate).
//
// What a sign-in began with stays with the browser that began it, in a cookie that is
// sealed with a key of this process: nobody can fill our memory by beginning. State, nonce
// and verifier are made of it, so a code that belongs to another browser fits nowhere. It is
// good for one return, within limits::kProviderAttemptMillis.
//
// Any thread. Begin and Finish wait for the network, limits::kProviderMillisMax for each
// answer: never on the thread that owns the store.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/limits_provider.h"
#include "base/result.h"
#include "console/id_token.h"
#include "console/jose.h"
#include "console/provider_line.h"

namespace xuncha {

// Path of the desk to which a provider sends people back.
inline constexpr std::string_view kProviderReturnPath = "/sign-in/provider/return";

class Provider {
 public:
  struct Options {
    std::string issuer;  // "https://id.example.edu.cn/realm": as the provider writes it
    std::string client_id;
    std::string client_secret;  // empty: a public client, held by PKCE alone
    std::string desk;           // "https://xuncha.example.edu.cn": where browsers find us
    std::vector<std::string> scopes = {"openid"};
    std::string label;  // on the button; empty: the catalogue's
    std::string ca_bundle;
    bool second_factor = false;  // it asks everybody for one, whatever its tokens say
    Millis answer_millis_max = limits::kProviderMillisMax;
  };
  // What is wrong with them, for people; empty if nothing is.
  static std::string WrongWith(const Options& options);

  // Borrows the clock. REQUIRES: nothing is wrong with the options
  Provider(Options options, const Clock& clock);

  const Options& options() const { return options_; }

  struct Beginning {
    std::string location;  // where to send the browser
    std::string keepsake;  // what it is to bring back, in a cookie
  };
  // `then`: where to go in the end, a path of ours. kSystem if the provider does not answer.
  Result<Beginning> Begin(std::string_view then);

  // How a browser comes back.
  struct Return {
    std::string_view code, state, issuer, error;  // of the query; issuer of RFC 9207
    std::string_view keepsake;                    // of the cookie
  };
  struct Person {
    std::string subject;
    bool second_factor = false;  // they were asked for one
    std::string then;
  };
  // kNotFound if no attempt of this browser is under way that it answers, which is nobody's
  // failure: any page can send a browser here. kDenied if it proves nobody; kSystem if the
  // provider does not answer as it has to; kLimit if too many come back at once.
  Result<Person> Finish(const Return& back);

 private:
  // What it says of itself.
  struct Known {
    std::string authorization, token, keys;  // addresses
    bool secret_in_body = false;             // it takes no HTTP Basic
    bool names_itself = false;               // in each return, by RFC 9207
    ProviderKeys key_set;
    Millis since = 0, keys_asked = 0;  // by the monotonic clock
  };
  struct Attempt {
    std::string seed, then;
  };
  // Of lock_, which is held: as it is known, or asks.
  Result<Known> Knowledge();
  Result<Known> Ask() const;
  Result<ProviderKeys> AskKeys(const std::string& address) const;
  // Asks for the keys again, if that was not done just now.
  Result<ProviderKeys> NewKeys();
  Result<std::string> Redeem(const Known& known, std::string_view code,
                             std::string_view verifier) const;
  std::string Derive(std::string_view use, std::string_view seed) const;
  std::string Seal(const Attempt& attempt) const;
  Result<Attempt> Unseal(std::string_view keepsake) const;
  Status UseUp(const std::string& seed);
  void Release(const std::string& seed);
  // What comes back to the attempt names somebody.
  Result<Person> Prove(const Return& back, const Attempt& attempt);

  const Options options_;
  const Clock& clock_;
  const ProviderLine line_;
  const std::string key_;
  std::mutex lock_;  // of known_ and failure_; held while asking, so that one asks for all
  std::optional<Known> known_;
  std::optional<Error> failure_;
  Millis failed_ = 0;
  std::mutex used_lock_;                // of used_
  std::map<std::string, Millis> used_;  // seeds that came back and let somebody in, until when
};

}  // namespace xuncha
