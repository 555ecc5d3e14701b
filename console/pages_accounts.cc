// Every change here asks for the administrator's own password again: a browser left open
// must not make accounts.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/pages_accounts.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/text.h"
#include "console/desk.h"
#include "console/page_parts.h"
#include "console/passwords.h"

namespace xuncha {
namespace {

constexpr int kTokenDaysMax = 366;

// What is shown besides the lists.
struct Message {
  const Error* error = nullptr;
  std::string token;  // a new one, shown this once
};

// Of the provider people may sign in by; nullptr if there is none.
const std::string* IssuerOf(Visit& visit) {
  const Provider* provider = OfficersDeskOf(visit).provider();
  return provider == nullptr ? nullptr : &provider->options().issuer;
}

// Says who the account is at the provider, or with an empty name that it is nobody there.
// kInvalid if there is no provider.
Status Bind(const std::string* issuer, std::string_view subject, Account& account) {
  if (!subject.empty() && issuer == nullptr)
    return Error{Code::kInvalid,
                 "没有配置身份提供方；请先在 xuncha.toml 写 [oidc] issuer，再重启值班台"};
  account.issuer = subject.empty() ? "" : *issuer;
  account.subject = subject;
  return Ok();
}

Reply AccountsPage(Visit& visit, const Message& message = {}) {
  const Accounts& accounts = visit.desk.store().accounts();
  const bool may_change = visit.May(kAdministratorOnly);
  Fields fields;
  std::map<std::string, int64_t> sessions;
  Status read = accounts.EachSession([&](const DeskSession& session) {
    ++sessions[session.account];
    return true;
  });
  if (read) {
    read = accounts.Each([&](const Account& account) {
      Fields& row = fields.Add("ACCOUNT");
      std::string roles;
      for (int i = 0; i < kRoles; ++i) {
        const auto role = static_cast<DeskRole>(i);
        if (account.Has(role))
          roles += (roles.empty() ? "" : "、") + Say(visit, fmt::format("role.{}", RoleName(role)));
      }
      row.Set("NAME", account.name)
          .Set("DISPLAY", account.display)
          .Set("UNIT", account.unit)
          .Set("SUBJECT", account.subject)
          .Set("ROLES", roles)
          .Set("SESSIONS", sessions[account.name])
          .Set("LAST", account.last_sign_in == 0 ? "" : TimeText(account.last_sign_in));
      row.ShowIf("HAS_FACTOR", !account.totp_secret.empty()).ShowIf("DISABLED", account.disabled);
      return true;
    });
  }
  if (read) {
    read = accounts.EachToken([&](const ApiToken& token) {
      Fields& row = fields.Add("TOKEN");
      row.Set("ID", token.token.hex())
          .Set("LABEL", token.label)
          .Set("NAME", token.account)
          .Set("ROLES", RoleNames(token.roles))
          .Set("EXPIRES", TimeText(token.expires));
      row.ShowIf("MAY_END", may_change);
      return true;
    });
  }
  if (!read) return Problem(visit, read.error());
  if (may_change) {
    Fields& forms = fields.Add("FORMS");
    forms.ShowIf("BY_PROVIDER", IssuerOf(visit) != nullptr)
        .ShowIf("BY_PASSWORD", IssuerOf(visit) == nullptr)
        .ShowIf("BINDING", IssuerOf(visit) != nullptr);
    for (int i = 0; i < kRoles; ++i) {
      const std::string_view role = RoleName(static_cast<DeskRole>(i));
      forms.Add("ROLE").Set("VALUE", role).Set("LABEL", Say(visit, fmt::format("role.{}", role)));
      forms.Add("TOKEN_ROLE")
          .Set("VALUE", role)
          .Set("LABEL", Say(visit, fmt::format("role.{}", role)));
    }
  }
  if (!message.token.empty()) fields.Add("NEW_TOKEN").Set("VALUE", message.token);
  if (message.error != nullptr) fields.Add("WRONG").Set("WHAT", message.error->text);
  const int status = message.error == nullptr                 ? 200
                     : message.error->code == Code::kLimit    ? 429
                     : message.error->code == Code::kDenied   ? 403
                     : message.error->code == Code::kConflict ? 409
                                                              : 400;
  return Page(visit, "accounts.tpl", "accounts.title", fields, status);
}

Status ConfirmOwn(Visit& visit) {
  return OfficersDeskOf(visit).gate().Confirm(*visit.account, visit.session,
                                              visit.request.Form("own"), visit.request.address);
}

Result<RoleSet> RolesOf(const Request& request) {
  std::string names;
  for (const std::string_view role : request.FormAll("role")) names += fmt::format("{},", role);
  if (!names.empty()) names.pop_back();
  return ParseRoles(names);
}

Deed DeedOf(const Visit& visit, std::string_view kind, std::string_view name,
            std::string_view what = "") {
  return {.kind = std::string(kind),
          .actor = visit.who(),
          .what = std::string(what),
          .refs = {fmt::format("account:{}", name)}};
}

}  // namespace

Reply ShowAccounts(Visit& visit) { return AccountsPage(visit); }

Reply DoAddAccount(Visit& visit) {
  const Request& request = visit.request;
  const std::string name = AsciiLower(Trim(request.Form("name")));
  const auto refuse = [&](const Error& error) { return AccountsPage(visit, {.error = &error}); };
  const Result<RoleSet> roles = RolesOf(request);
  if (!roles) return refuse(roles.error());
  if (Status fit = CheckAccountName(name); !fit) return refuse(fit.error());
  const std::string_view subject = Trim(request.Form("subject"));
  // Who comes by the provider needs none.
  const bool no_password = !subject.empty() && request.Form("password").empty();
  if (Status fit = no_password ? Ok() : CheckPassword(name, request.Form("password")); !fit)
    return refuse(fit.error());
  if (Status own = ConfirmOwn(visit); !own) return refuse(own.error());
  const Result<std::string> hash =
      no_password ? std::string() : HashPassword(request.Form("password"));
  if (!hash) return Problem(visit, hash.error());
  const Millis now = visit.desk.clock().Now();
  Account account{.name = name,
                  .display = std::string(Trim(request.Form("display"))),
                  .roles = *roles,
                  .unit = std::string(Trim(request.Form("unit"))),
                  .password_hash = *hash,
                  .created = now,
                  .password_set = now};
  if (Status bound = Bind(IssuerOf(visit), subject, account); !bound) return refuse(bound.error());
  const Status added = visit.desk.Change([&](Store& store) {
    return store.accounts().Add(account, DeedOf(visit, "user-add", name, RoleNames(*roles)));
  });
  if (!added) return refuse(added.error());
  return Redirect("/accounts?done=done.account");
}

Reply DoChangeAccount(Visit& visit) {
  const Request& request = visit.request;
  const std::string name(request.Form("name"));
  const std::string_view deed = request.Form("deed");
  const auto refuse = [&](const Error& error) { return AccountsPage(visit, {.error = &error}); };
  if (deed == "disable" && name == visit.who())
    return refuse({Code::kInvalid, Say(visit, "accounts.not-oneself")});
  Result<std::string> hash = std::string();
  if (deed == "password") {
    if (Status fit = CheckPassword(name, request.Form("password")); !fit)
      return refuse(fit.error());
  }
  if (Status own = ConfirmOwn(visit); !own) return refuse(own.error());
  if (deed == "password") {
    hash = HashPassword(request.Form("password"));
    if (!hash) return Problem(visit, hash.error());
  }
  std::function<Status(Account&)> change;
  if (deed == "disable") {
    change = [](Account& account) {
      account.disabled = true;
      return Ok();
    };
  } else if (deed == "enable") {
    change = [](Account& account) {
      account.disabled = false;
      account.failures = 0;
      return Ok();
    };
  } else if (deed == "forget-factor") {
    change = [](Account& account) {
      account.totp_secret.clear();
      return Ok();
    };
  } else if (deed == "password") {
    change = [&](Account& account) {
      account.password_hash = *hash;
      account.password_set = visit.desk.clock().Now();
      account.failures = 0;
      return Ok();
    };
  } else if (deed == "subject") {
    change = [&](Account& account) {
      return Bind(IssuerOf(visit), Trim(request.Form("subject")), account);
    };
  } else if (deed != "end-sessions") {
    return Problem(visit, 400, Say(visit, "problem.malformed"));
  }
  const Status changed = visit.desk.Change([&](Store& store) -> Status {
    const Deed entry = DeedOf(visit, fmt::format("user-{}", deed), name);
    if (change) return store.accounts().Change(name, change, entry, visit.session);
    const Result<size_t> ended = store.accounts().CloseAll(name, entry);
    return ended ? Ok() : Status(ended.error());
  });
  if (!changed) return refuse(changed.error());
  return Redirect("/accounts?done=done.account");
}

Reply DoAddToken(Visit& visit) {
  const Request& request = visit.request;
  const auto refuse = [&](const Error& error) { return AccountsPage(visit, {.error = &error}); };
  const std::string name(request.Form("name")), label(Trim(request.Form("label")));
  const Result<RoleSet> roles = RolesOf(request);
  if (!roles) return refuse(roles.error());
  const std::string_view text = request.Form("days");
  int days = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (wrong != std::errc() || end != text.data() + text.size() || days < 1 ||
      days > kTokenDaysMax || label.empty())
    return refuse({Code::kInvalid, Say(visit, "accounts.token-wrong")});
  if (Status own = ConfirmOwn(visit); !own) return refuse(own.error());
  // A token is never asked for a code, so it must not be the way round having one.
  if (OfficersDeskOf(visit).gate().options().second_factor) {
    const auto account = visit.desk.store().accounts().Find(name);
    if (!account) return refuse(account.error());
    if (*account && (*account)->totp_secret.empty())
      return refuse({Code::kInvalid, Say(visit, "accounts.token-no-factor")});
  }
  const std::string token = Hex(RandomBytes(32));
  const Millis now = visit.desk.clock().Now();
  const ApiToken kept{.token = Sha256(token),
                      .label = label,
                      .account = name,
                      .roles = *roles,
                      .created = now,
                      .expires = now + days * Millis{86'400'000}};
  const Status added = visit.desk.Change([&](Store& store) {
    Deed deed = DeedOf(visit, "token-add", name, label);
    deed.refs.push_back("token:" + kept.token.hex().substr(0, 16));
    return store.accounts().AddToken(kept, deed);
  });
  if (!added) return refuse(added.error());
  return AccountsPage(visit, {.token = token});
}

Reply DoEndToken(Visit& visit) {
  const auto token = Digest::FromHex(visit.request.Form("id"));
  if (!token) return Problem(visit, 400, Say(visit, "problem.malformed"));
  if (Status own = ConfirmOwn(visit); !own) return AccountsPage(visit, {.error = &own.error()});
  const Status removed = visit.desk.Change([&](Store& store) {
    return store.accounts().RemoveToken(*token,
                                        Deed{.kind = "token-end",
                                             .actor = visit.who(),
                                             .refs = {"token:" + token->hex().substr(0, 16)}});
  });
  if (!removed) return Problem(visit, removed.error());
  return Redirect("/accounts?done=done.token-ended");
}

}  // namespace xuncha
