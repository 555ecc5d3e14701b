// Signing in by an identity provider: there, and back.
//
// The way back comes from another site, so a browser brings no cookie that is
// SameSite=Strict, nor on a redirect from there: the one that marks the attempt is Lax, and
// the end is a page of ours that goes on by itself.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/limits.h"
#include "base/limits_provider.h"
#include "base/text.h"
#include "console/desk.h"
#include "console/pages_sign_in.h"

namespace xuncha {
namespace {

std::string_view CookieName(const Gate& gate) {
  return gate.options().secure ? "__Host-provider" : "provider";
}

std::string KeepsakeCookie(const Gate& gate, std::string_view keepsake) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}", CookieName(gate),
                     keepsake, keepsake.empty() ? 0 : limits::kProviderAttemptMillis / 1000,
                     gate.options().secure ? "; Secure" : "");
}

Reply NoProvider(Visit& visit) { return Problem(visit, 404, Say(visit, "problem.nowhere")); }

// The page for who is not let in; that they were not stands in the chain.
Reply NotIn(Visit& visit, std::string_view then, Gate::Refusal refusal, const Error& error) {
  Gate& gate = OfficersDeskOf(visit).gate();
  refusal.address = visit.request.address;
  const bool unknown = !refusal.subject.empty() && !refusal.account;
  gate.Refuse(refusal);
  Reply reply =
      SignInPage(visit, then, "",
                 {.error = &error, .subject = unknown ? std::string_view(refusal.subject) : ""});
  reply.headers.emplace_back("Set-Cookie", KeepsakeCookie(gate, ""));
  return reply;
}

}  // namespace

Reply ShowProvider(Visit& visit) {
  OfficersDesk& desk = OfficersDeskOf(visit);
  if (desk.provider() == nullptr) return NoProvider(visit);
  const std::string then = PathAfter(visit.request.Query("then"));
  if (Status may = desk.gate().MayCome(visit.request.address); !may)
    return SignInPage(visit, then, "", {.error = &may.error()});
  const Result<Provider::Beginning> begun = desk.provider()->Begin(then);
  if (!begun) return SignInPage(visit, then, "", {.error = &begun.error()});
  Reply reply{.status = 303, .type = "text/plain; charset=utf-8"};
  reply.headers.emplace_back("Location", begun->location);
  reply.headers.emplace_back("Set-Cookie", KeepsakeCookie(desk.gate(), begun->keepsake));
  return reply;
}

Reply ShowProviderReturn(Visit& visit) {
  OfficersDesk& desk = OfficersDeskOf(visit);
  const Request& request = visit.request;
  Gate& gate = desk.gate();
  if (desk.provider() == nullptr) return NoProvider(visit);
  if (Status may = gate.MayCome(request.address); !may)
    return SignInPage(visit, "/", "", {.error = &may.error()});
  const Result<Provider::Person> person =
      desk.provider()->Finish({.code = request.Query("code"),
                               .state = request.Query("state"),
                               .issuer = request.Query("iss"),
                               .error = request.Query("error"),
                               .keepsake = request.Cookie(CookieName(gate))});
  if (!person) {
    const Error shown{person.error().code,
                      Say(visit, "sign-in.failed", {{"WHAT", person.error().text}})};
    // The keepsake stays: what it was given for may still be on its way.
    if (shown.code == Code::kNotFound) return SignInPage(visit, "/", "", {.error = &shown});
    return NotIn(visit, "/",
                 {.why = person.error().text, .blameless = person.error().code != Code::kDenied},
                 shown);
  }
  const auto account =
      desk.store().accounts().FindSubject(desk.provider()->options().issuer, person->subject);
  if (!account) return Problem(visit, account.error());
  Gate::Refusal refusal{.subject = person->subject, .account = *account};
  if (!*account) {
    refusal.why = "no such account";
    return NotIn(visit, person->then, refusal, {Code::kDenied, ""});
  }
  if ((*account)->disabled) {
    refusal.why = "account not in use";
    return NotIn(visit, person->then, refusal, {Code::kDenied, Say(visit, "sign-in.disabled")});
  }
  if (gate.options().second_factor && !person->second_factor) {
    refusal.why = "no second factor";
    return NotIn(visit, person->then, refusal, {Code::kDenied, Say(visit, "sign-in.factor")});
  }
  const Result<std::string> token = gate.Admit(
      **account, request.address, request.Header("user-agent").substr(0, 200),
      person->second_factor ? "identity provider, with a second factor" : "identity provider",
      person->second_factor ? Gate::Factor::kElsewhere : Gate::Factor::kNone);
  if (!token) {
    return token.error().code == Code::kConflict
               ? SignInPage(visit, person->then, "", {.error = &token.error()})
               : Problem(visit, token.error());
  }
  LeaveOldSession(visit);
  const std::string then = PathAfter(person->then);
  Fields fields;
  fields.Set("HREF", then);
  Reply reply = Page(visit, "entered.tpl", "entered.title", fields);
  reply.headers.emplace_back("Refresh", "0; url=" + then);
  reply.headers.emplace_back("Set-Cookie", gate.SetCookie(gate.cookie(), *token));
  reply.headers.emplace_back("Set-Cookie", KeepsakeCookie(gate, ""));
  return reply;
}

}  // namespace xuncha
