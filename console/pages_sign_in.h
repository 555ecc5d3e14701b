// Coming in, going out, and what is a person's own: password, second factor, sessions,
// language and colours.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/web.h"

namespace xuncha {

Reply ShowSignIn(Visit& visit);
Reply DoSignIn(Visit& visit);
Reply DoSignOut(Visit& visit);
Reply DoAppearance(Visit& visit);
Reply ShowAccount(Visit& visit);
Reply DoPassword(Visit& visit);
Reply DoEndSession(Visit& visit);
Reply ShowSecondFactor(Visit& visit);
Reply DoSecondFactor(Visit& visit);

}  // namespace xuncha
