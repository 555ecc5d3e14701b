// The robots of 企业微信, 钉钉 and 飞书, and a webhook of one's own: how each wants to be
// spoken to, what it signs, how much it takes, and what its answers mean.
//
//   企业微信  the key is in the address; text to 2 048 bytes, markdown to 4 096
//   钉钉      timestamp and sign in the address: Base64(HMAC-SHA256(secret, "ms\nsecret"))
//   飞书      timestamp and sign in the body: Base64(HMAC-SHA256("s\nsecret", ""))
//   webhook   X-Xuncha-Signature: v1=hex(HMAC-SHA256(secret, "s.body"))
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "reports/channel.h"
#include "reports/courier.h"
#include "store/deliveries.h"

namespace xuncha {

// REQUIRES: channel.kind is not kMail.
HttpPost PostOf(const TellChannel& channel, const ChannelSecret& secret, const Delivery& message,
                Millis now);
AttemptEnd EndOfPost(ChannelKind kind, const CourierAnswer& answer);

}  // namespace xuncha
