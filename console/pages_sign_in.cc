// SPDX-License-Identifier: Apache-2.0
#include "console/pages_sign_in.h"

#include <fmt/format.h>

#include "base/text.h"
#include "console/desk.h"
#include "console/page_parts.h"
#include "console/passwords.h"
#include "console/totp.h"

namespace xuncha {
namespace {

void AddSessions(Visit& visit, Fields& fields) {
  const Status read = visit.desk.store().accounts().EachSession([&](const DeskSession& session) {
    if (session.account != visit.who()) return true;
    Fields& row = fields.Add("SESSION");
    row.Set("ID", session.token.hex())
        .Set("SINCE", TimeText(session.created))
        .Set("SEEN", TimeText(session.seen))
        .Set("ADDRESS", session.address)
        .Set("AGENT", session.agent);
    row.ShowIf("OWN", session.token == visit.session);
    row.ShowIf("OTHER", session.token != visit.session);
    return true;
  });
  if (!read) fields.Add("WRONG").Set("WHAT", read.error().text);
}

Reply AccountPage(Visit& visit, const Error* error = nullptr) {
  const Account& account = *visit.account;
  Fields fields;
  fields.Set("NAME", account.name)
      .Set("DISPLAY", account.display)
      .Set("UNIT", account.unit)
      .Set("LAST", account.last_sign_in == 0 ? "" : TimeText(account.last_sign_in));
  for (int i = 0; i < kRoles; ++i) {
    const DeskRole role = static_cast<DeskRole>(i);
    if (account.Has(role))
      fields.Add("ROLE").Set("LABEL", Say(visit, fmt::format("role.{}", RoleName(role))));
  }
  fields.ShowIf("HAS_UNIT", !account.unit.empty())
      .ShowIf("HAS_FACTOR", !account.totp_secret.empty())
      .ShowIf("NO_FACTOR", account.totp_secret.empty());
  if (error != nullptr) fields.Add("WRONG").Set("WHAT", error->text);
  AddSessions(visit, fields);
  return Page(visit, "account.tpl", "account.title", fields,
              error == nullptr              ? 200
              : error->code == Code::kLimit ? 429
                                            : 400);
}

Reply SecondFactorPage(Visit& visit, const std::string& secret, const Error* error = nullptr) {
  Fields fields;
  std::string spaced;
  const std::string text = Base32(secret);
  for (size_t i = 0; i < text.size(); i += 4) spaced += (i == 0 ? "" : " ") + text.substr(i, 4);
  fields.Set("SECRET", text).Set("SPACED", spaced).Set("URI", OtpauthUri(visit.who(), secret));
  fields.ShowIf("HAS_FACTOR", !visit.account->totp_secret.empty())
      .ShowIf("REQUIRED", OfficersDeskOf(visit).gate().options().second_factor);
  if (error != nullptr) fields.Add("WRONG").Set("WHAT", error->text);
  return Page(visit, "second_factor.tpl", "second-factor.title", fields,
              error == nullptr              ? 200
              : error->code == Code::kLimit ? 429
                                            : 400);
}

}  // namespace

std::string PathAfter(std::string_view then) {
  const Result<Target> target = ReadTarget(then);
  if (!target || target->path == "/sign-in" || then.find_first_of(" \t\n\\") != then.npos)
    return "/";
  std::string path;
  for (const char c : target->path) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '%' || c == '?' || c == '#')
      path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      path += c;
  }
  return path;
}

Reply SignInPage(Visit& visit, std::string_view then, std::string_view name,
                 const SignInMessage& message) {
  const std::string path = PathAfter(then);
  Fields fields;
  fields.Set("THEN", path).Set("NAME", name);
  if (const Provider* provider = OfficersDeskOf(visit).provider(); provider != nullptr) {
    const std::string& label = provider->options().label;
    fields.Add("PROVIDER")
        .Set("HREF", path == "/" ? "/sign-in/provider" : "/sign-in/provider?then=" + path)
        .Set("LABEL", label.empty() ? Say(visit, "sign-in.provider") : label);
  }
  const Error* error = message.error;
  if (!message.subject.empty()) {
    fields.Add("UNKNOWN").Set("SUBJECT", message.subject);
  } else if (error != nullptr) {
    fields.Add("WRONG").Set("WHAT", error->text);
  }
  const int status = error == nullptr                 ? 200
                     : error->code == Code::kLimit    ? 429
                     : error->code == Code::kConflict ? 503
                     : error->code == Code::kSystem   ? 502
                                                      : 403;
  return Page(visit, "sign_in.tpl", "sign-in.title", fields, status);
}

void LeaveOldSession(Visit& visit) {
  if (visit.session.empty()) return;
  (void)visit.desk
      .Change([&](Store& store) {
        return store.accounts().Close(
            visit.session,
            Deed{.kind = "sign-out", .actor = visit.who(), .what = "signed in anew"});
      })
      .ok();
}

Reply ShowSignIn(Visit& visit) {
  if (visit.account != nullptr) return Redirect("/");
  return SignInPage(visit, visit.request.Query("then"), "");
}

Reply DoSignIn(Visit& visit) {
  const Request& request = visit.request;
  Gate& gate = OfficersDeskOf(visit).gate();
  const Result<std::string> token =
      gate.SignIn({.name = std::string(request.Form("name")),
                   .password = std::string(request.Form("password")),
                   .code = std::string(request.Form("code")),
                   .address = request.address,
                   .agent = std::string(request.Header("user-agent").substr(0, 200))});
  if (!token)
    return SignInPage(visit, request.Form("then"), request.Form("name"), {.error = &token.error()});
  LeaveOldSession(visit);
  Reply reply = Redirect(PathAfter(request.Form("then")));
  reply.headers.emplace_back("Set-Cookie", gate.SetCookie(gate.cookie(), *token));
  return reply;
}

Reply DoSignOut(Visit& visit) {
  const Gate& gate = OfficersDeskOf(visit).gate();
  const Status closed = visit.desk.Change([&](Store& store) {
    return store.accounts().Close(visit.session, Deed{.kind = "sign-out", .actor = visit.who()});
  });
  if (!closed && closed.error().code != Code::kNotFound) return Problem(visit, closed.error());
  Reply reply = Redirect("/sign-in");
  reply.headers.emplace_back("Set-Cookie", gate.SetCookie(gate.cookie(), ""));
  reply.headers.emplace_back("Clear-Site-Data", "\"cache\"");
  return reply;
}

Reply DoAppearance(Visit& visit) {
  const Gate& gate = OfficersDeskOf(visit).gate();
  Reply reply = Redirect(PathAfter(visit.request.Form("then")));
  const auto keep = [&](std::string_view name, std::initializer_list<std::string_view> allowed) {
    for (const std::string_view value : allowed) {
      if (visit.request.Form(name) != value) continue;
      reply.headers.emplace_back("Set-Cookie", gate.SetCookie(name, value) + "; Max-Age=31536000");
    }
  };
  keep("lang", {"zh", "en"});
  keep("theme", {"light", "dark", "auto"});
  return reply;
}

Reply ShowAccount(Visit& visit) { return AccountPage(visit); }

Reply DoPassword(Visit& visit) {
  const Request& request = visit.request;
  Gate& gate = OfficersDeskOf(visit).gate();
  const std::string_view fresh = request.Form("new");
  Status fit = CheckPassword(visit.who(), fresh);
  if (fit && fresh != request.Form("again"))
    fit = Error{Code::kInvalid, Say(visit, "account.password-differs")};
  if (fit) fit = gate.Confirm(*visit.account, visit.session, request.Form("old"), request.address);
  if (!fit) return AccountPage(visit, &fit.error());
  const Result<std::string> hash = HashPassword(fresh);
  if (!hash) return Problem(visit, hash.error());
  const Status changed = visit.desk.Change([&](Store& store) {
    return store.accounts().Change(
        visit.who(),
        [&](Account& account) {
          account.password_hash = *hash;
          account.password_set = visit.desk.clock().Now();
          return Ok();
        },
        Deed{.kind = "password", .actor = visit.who(), .refs = {"account:" + visit.who()}},
        visit.session);
  });
  if (!changed) return Problem(visit, changed.error());
  return Redirect("/account?done=done.password");
}

Reply DoEndSession(Visit& visit) {
  const auto token = Digest::FromHex(visit.request.Form("id"));
  if (!token) return Problem(visit, 400, Say(visit, "problem.malformed"));
  const auto session = visit.desk.store().accounts().SessionOf(*token);
  if (!session) return Problem(visit, session.error());
  // Those of others an administrator ends on /accounts, where the password is asked for.
  if (!*session || (*session)->account != visit.who())
    return Problem(visit, 404, Say(visit, "problem.nowhere"));
  const Status closed = visit.desk.Change([&](Store& store) {
    return store.accounts().Close(*token, Deed{.kind = "session-end",
                                               .actor = visit.who(),
                                               .refs = {"session:" + token->hex().substr(0, 16),
                                                        "account:" + (*session)->account}});
  });
  if (!closed) return Problem(visit, closed.error());
  return Redirect("/account?done=done.session-ended");
}

Reply ShowSecondFactor(Visit& visit) {
  return SecondFactorPage(visit, RandomBytes(kTotpSecretBytes));
}

Reply DoSecondFactor(Visit& visit) {
  const Request& request = visit.request;
  Gate& gate = OfficersDeskOf(visit).gate();
  const std::optional<std::string> secret = UnBase32(request.Form("secret"));
  if (!secret || secret->size() != kTotpSecretBytes)
    return Problem(visit, 400, Say(visit, "problem.malformed"));
  if (Status fit =
          gate.Confirm(*visit.account, visit.session, request.Form("password"), request.address);
      !fit)
    return SecondFactorPage(visit, *secret, &fit.error());
  const auto step = TotpStepOf(*secret, Trim(request.Form("code")), visit.desk.clock().Now(), 0);
  if (!step) {
    const Error wrong{Code::kInvalid, Say(visit, "second-factor.wrong")};
    return SecondFactorPage(visit, *secret, &wrong);
  }
  const Status changed = visit.desk.Change([&](Store& store) {
    return store.accounts().Change(
        visit.who(),
        [&](Account& account) {
          account.totp_secret = *secret;
          account.totp_step = *step;
          return Ok();
        },
        Deed{.kind = "second-factor", .actor = visit.who(), .refs = {"account:" + visit.who()}});
  });
  if (!changed) return Problem(visit, changed.error());
  return Redirect("/account?done=done.second-factor");
}

}  // namespace xuncha
