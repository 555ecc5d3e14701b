// Who may do what: the one table. A test walks it with nobody, with an expired session,
// with every role, without CSRF token and from a foreign origin.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/pages_sign_in.h"
#include "console/pages_today.h"
#include "console/web.h"

namespace xuncha {
namespace {

constexpr Route kRoutes[] = {
    // ---- coming in ----
    {"GET", "/sign-in", kAnybody, ShowSignIn, "The form to sign in with."},
    {"POST", "/sign-in", kAnybody, DoSignIn, "Signs in."},
    {"POST", "/sign-out", kEverybody, DoSignOut, "Ends the caller's session."},
    {"POST", "/appearance", kAnybody, DoAppearance, "Sets language and colours of the browser."},

    // ---- one's own ----
    {"GET", "/account", kEverybody, ShowAccount, "The caller's account and sessions."},
    {"POST", "/account/password", kEverybody, DoPassword, "Changes the caller's password."},
    {"POST", "/account/session/end", kEverybody, DoEndSession, "Ends a session of the caller."},
    {"GET", "/account/second-factor", kEverybody, ShowSecondFactor, "A new second factor."},
    {"POST", "/account/second-factor", kEverybody, DoSecondFactor, "Takes it into use."},

    // ---- pages ----
    {"GET", "/", kEverybody, ShowToday, "What there is to do today."},
};

constexpr NavigationEntry kNavigation[] = {
    {"/", "today.title", kEverybody},
};

}  // namespace

std::span<const Route> Routes() { return kRoutes; }
std::span<const NavigationEntry> Navigation() { return kNavigation; }

}  // namespace xuncha
