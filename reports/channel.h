// Channels: the ways to tell people. Mail, the robots of 企业微信, 钉钉 and 飞书, and a
// webhook of one's own. What a channel is stands in xuncha.toml; its password, key or
// address with a key stands in a file of its own, which only its owner may read.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/deliveries.h"

namespace xuncha {

enum class ChannelKind : uint8_t { kMail, kWeCom, kDingTalk, kFeishu, kWebhook };
std::string_view ChannelKindName(ChannelKind kind);  // "mail", "wecom", ...
std::optional<ChannelKind> ChannelKindByName(std::string_view name);
std::string_view ChannelKindText(ChannelKind kind);  // Chinese

// What messages are about.
inline constexpr std::string_view kTopics[] = {
    "night",    // a run has ended
    "run",      // no run, or one that failed
    "overdue",  // owners who let their term pass
    "clock",    // the 24 hours to report to the authority
    "case",     // a notice that did not arrive, and the like
};

struct TellChannel {
  std::string name;  // small letters, digits, '-'
  ChannelKind kind = ChannelKind::kMail;
  std::string server;  // of mail: "smtp://host:587" (STARTTLS), "smtps://host:465"
  std::string user;    // of mail; empty: no sign-in
  std::string from;
  std::vector<std::string> to;
  std::string secret_file;          // see ReadSecret
  std::string ca_bundle;            // empty: the system's
  std::vector<std::string> topics;  // empty: all
  bool plain = false;               // without TLS; on this machine only
};

struct TellPolicy {
  std::string console;  // address of the desk, without a slash at its end; empty: no links
  std::string owners;   // the mail channel that notices to owners go by; empty: they do not
  int quiet_from = 0;   // minutes of the day in Shanghai; equal: no quiet hours
  int quiet_until = 0;
  Millis run_every = 0;  // without a run for so long, somebody is told
  std::vector<TellChannel> channels;

  const TellChannel* Find(std::string_view name) const;  // nullptr if there is none
  // The end of the quiet hours that `now` lies in; `now` if it lies in none.
  Millis QuietUntil(Millis now) const;
};

// What is wrong with a channel as configured, for people; empty if nothing is.
std::string WrongWith(const TellChannel& channel);
// The same of the whole: names given twice, channels that are not there.
std::string WrongWith(const TellPolicy& policy);

// "user@host", ASCII, nothing that a mail server or a header could take for more.
bool IsMailAddress(std::string_view text);

// A file only its owner may read, at most limits::kSecretFileBytesMax long. `directory`: of a
// relative name. kNotFound; kDenied if others may read it, or it is another user's.
Result<std::string> ReadSecretText(const std::string& file, const std::string& directory);

struct ChannelSecret {
  std::string password;  // of mail
  std::string url;       // of a robot or webhook, with its key
  std::string secret;    // that it signs with
};
// A TOML file with `password`, or `url` and `secret`. kDenied if others than its owner may
// read it; kInvalid if it lacks what the channel needs. `directory`: of relative names.
Result<ChannelSecret> ReadSecret(const TellChannel& channel, const std::string& directory);

// How often it may be used: the earliest time from `now` on.
Millis EarliestUse(ChannelKind kind, const ChannelFacts& facts, Millis now);
int AttemptsMax(ChannelKind kind);

}  // namespace xuncha
