// Coming in, going out, and what is a person's own: password, second factor, sessions,
// language and colours.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/web.h"

namespace xuncha {

// Where to go after signing in: the path of ours that `then` is, or the first page.
std::string PathAfter(std::string_view then);
// What is said on the page besides its form.
struct SignInMessage {
  const Error* error = nullptr;
  std::string_view subject;  // of somebody whom the identity provider knows, and nobody here
};
Reply SignInPage(Visit& visit, std::string_view then, std::string_view name,
                 const SignInMessage& message = {});
// Ends the session the visit came with, if it did: a new one does not take it over.
void LeaveOldSession(Visit& visit);

Reply ShowProvider(Visit& visit);
Reply ShowProviderReturn(Visit& visit);

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
