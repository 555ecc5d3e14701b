// A message as mail (RFC 5322, 2045, 2047): UTF-8 in base64, so that every line is short
// and no server has a reason to touch it. Nothing that comes from outside can begin a
// header line: words are encoded, addresses checked.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "reports/channel.h"
#include "reports/courier.h"
#include "store/deliveries.h"

namespace xuncha {

// REQUIRES: the message has one addressee, and IsMailAddress of it and of channel.from.
MailDrop MailOf(const TellChannel& channel, const ChannelSecret& secret, const Delivery& message,
                Millis now);
// What the server's answer means.
AttemptEnd EndOfMail(const CourierAnswer& answer);

// RFC 2047 words, folded; what is plain ASCII stays as it is.
std::string EncodedWords(std::string_view text);
// "Sun, 22 Nov 2026 19:15:01 +0800"
std::string MailDate(Millis time);

}  // namespace xuncha
