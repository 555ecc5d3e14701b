// user ...: accounts of the officers' desk from the command line: the first one, and
// whatever must be put right when nobody can sign in.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "app/terminal_password.h"
#include "base/day.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "console/passwords.h"
#include "store/accounts.h"

namespace xuncha {
namespace {

constexpr uint32_t kTokenDays = 90, kTokenDaysMax = 366;

Result<std::string> ReadHash(const Arguments& arguments, std::string_view name) {
  const Result<std::string> password = arguments.Has("--password-file")
                                           ? PasswordFromFile(arguments.Get("--password-file"))
                                           : AskPassword(fmt::format("{} 的口令", name));
  if (!password) return password.error();
  if (Status fit = CheckPassword(name, *password); !fit) return fit.error();
  return HashPassword(*password);
}

Deed DeedOf(const Session& session, std::string_view kind, std::string_view name,
            std::string_view what = "") {
  return {.kind = std::string(kind),
          .actor = session.user(),
          .what = std::string(what),
          .refs = {fmt::format("account:{}", name)}};
}

Node JsonOf(const Account& account, size_t sessions) {
  Node node = MakeTable();
  Put(node, "name", MakeString(account.name));
  Put(node, "display", MakeString(account.display));
  Put(node, "roles", MakeString(RoleNames(account.roles)));
  Put(node, "unit", MakeString(account.unit));
  Put(node, "password", MakeBool(!account.password_hash.empty()));
  Put(node, "issuer", MakeString(account.issuer));
  Put(node, "subject", MakeString(account.subject));
  Put(node, "disabled", MakeBool(account.disabled));
  Put(node, "second_factor", MakeBool(!account.totp_secret.empty()));
  Put(node, "sessions", MakeInteger(static_cast<int64_t>(sessions)));
  Put(node, "last_sign_in",
      MakeString(account.last_sign_in == 0 ? "" : FormatTime(account.last_sign_in)));
  return node;
}

// What every command below begins with and ends with.
int Change(Session& session, const Arguments& arguments, std::string_view kind,
           const std::function<Status(Account&)>& change, std::string_view done) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  const std::string name = AsciiLower(arguments.positional[0]);
  const Status changed = (*store)->accounts().Change(name, change, DeedOf(session, kind, name));
  if (!changed) return session.Fail(changed.error());
  session.Say(fmt::format("{}：{}", name, done));
  return kClean;
}

// Who it is there, of the provider that is configured.
Status Bind(const Session& session, std::string_view subject, Account& account) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return config.error();
  if (config->provider.issuer.empty())
    return Error{Code::kInvalid,
                 "--subject：没有配置身份提供方；请先在 xuncha.toml 写 [oidc] issuer"};
  account.issuer = config->provider.issuer;
  account.subject = Trim(subject);
  if (account.subject.empty())
    return Error{Code::kInvalid, "--subject 是空的；请写此人在身份提供方的编号（ID 令牌的 sub）"};
  return Ok();
}

}  // namespace

int RunUserAdd(Session& session, const Arguments& arguments) {
  const std::string name = AsciiLower(arguments.positional[0]);
  if (Status fit = CheckAccountName(name); !fit) return session.Fail(fit.error());
  const Result<RoleSet> roles = ParseRoles(arguments.Get("--roles"));
  if (!roles) return session.Fail(roles.error());
  Account account{.name = name,
                  .display = arguments.Get("--display", name),
                  .roles = *roles,
                  .unit = arguments.Get("--unit"),
                  .created = session.clock().Now(),
                  .password_set = session.clock().Now()};
  if (arguments.Has("--subject")) {
    if (Status bound = Bind(session, arguments.Get("--subject"), account); !bound)
      return session.Fail(bound.error());
  }
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  if (!arguments.Has("--subject") || arguments.Has("--password-file")) {
    Result<std::string> hash = ReadHash(arguments, name);
    if (!hash) return session.Fail(hash.error());
    account.password_hash = std::move(*hash);
  }
  const Status added =
      (*store)->accounts().Add(account, DeedOf(session, "user-add", name, RoleNames(*roles)));
  if (!added) return session.Fail(added.error());
  session.Say(fmt::format("已建立账号 {}（{}）", name, RoleNames(*roles)));
  return kClean;
}

int RunUserList(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Accounts& accounts = static_cast<const Store&>(**store).accounts();
  std::map<std::string, size_t> sessions;
  Status read = accounts.EachSession([&](const DeskSession& open) {
    ++sessions[open.account];
    return true;
  });
  if (read) {
    read = accounts.Each([&](const Account& account) {
      if (arguments.Has("--json")) {
        session.Out(WriteJson(JsonOf(account, sessions[account.name])) + "\n");
      } else {
        session.Out(fmt::format(
            "{}\t{}\t{}{}{}{}{}\n", account.name, Neutralise(account.display),
            RoleNames(account.roles), account.unit.empty() ? "" : "\t" + Neutralise(account.unit),
            account.subject.empty() ? "" : "\t身份提供方：" + account.subject,
            account.totp_secret.empty() ? "" : "\t第二因素", account.disabled ? "\t停用" : ""));
      }
      return true;
    });
  }
  return read ? static_cast<int>(kClean) : session.Fail(read.error());
}

int RunUserSubject(Session& session, const Arguments& arguments) {
  if (arguments.Has("--subject") == arguments.Has("--none"))
    return session.Fail({Code::kInvalid, "user subject：--subject 与 --none 写其中一个"});
  Account bound;
  if (arguments.Has("--subject")) {
    if (Status good = Bind(session, arguments.Get("--subject"), bound); !good)
      return session.Fail(good.error());
  }
  return Change(
      session, arguments, "user-subject",
      [&](Account& account) {
        account.issuer = bound.issuer;
        account.subject = bound.subject;
        return Ok();
      },
      bound.subject.empty() ? "不能再经身份提供方登录，会话全部结束" : "标识已写明，会话全部结束");
}

int RunUserDisable(Session& session, const Arguments& arguments) {
  return Change(
      session, arguments, "user-disable",
      [](Account& account) {
        account.disabled = true;
        return Ok();
      },
      "已停用，其会话与令牌全部结束");
}

int RunUserEnable(Session& session, const Arguments& arguments) {
  return Change(
      session, arguments, "user-enable",
      [](Account& account) {
        account.disabled = false;
        account.failures = 0;
        return Ok();
      },
      "已启用");
}

int RunUserPassword(Session& session, const Arguments& arguments) {
  const std::string name = AsciiLower(arguments.positional[0]);
  const bool forget = arguments.Has("--forget-second-factor");
  const Result<std::string> hash = ReadHash(arguments, name);
  if (!hash) return session.Fail(hash.error());
  return Change(
      session, arguments, forget ? "user-password-and-second-factor" : "user-password",
      [&](Account& account) {
        account.password_hash = *hash;
        account.password_set = session.clock().Now();
        account.failures = 0;
        if (forget) account.totp_secret.clear();
        return Ok();
      },
      forget ? "口令已改，第二因素已去掉，会话全部结束" : "口令已改，会话全部结束");
}

int RunUserToken(Session& session, const Arguments& arguments) {
  const std::string name = AsciiLower(arguments.positional[0]);
  const Result<RoleSet> roles = ParseRoles(arguments.Get("--roles"));
  if (!roles) return session.Fail(roles.error());
  const Result<uint32_t> days = arguments.Number("--days", kTokenDays, kTokenDaysMax);
  if (!days) return session.Fail(days.error());
  const std::string label = arguments.Get("--label");
  if (Trim(label).empty()) return session.Fail({Code::kInvalid, "请用 --label 写明令牌作何用"});
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  const std::string token = Hex(RandomBytes(32));
  const Millis now = session.clock().Now();
  const ApiToken kept{.token = Sha256(token),
                      .label = label,
                      .account = name,
                      .roles = *roles,
                      .created = now,
                      .expires = now + *days * kDay};
  Deed deed = DeedOf(session, "token-add", name, label);
  deed.refs.push_back("token:" + kept.token.hex().substr(0, 16));
  const Status added = (*store)->accounts().AddToken(kept, deed);
  if (!added) return session.Fail(added.error());
  session.Say(fmt::format("令牌只显示这一次，{} 到期：", FormatTime(kept.expires)));
  session.Out(token + "\n");
  return kClean;
}

int RunUserSessions(Session& session, const Arguments& arguments) {
  const std::string name = arguments.positional.empty() ? "" : AsciiLower(arguments.positional[0]);
  if (arguments.Has("--end")) {
    if (name.empty()) return session.Fail({Code::kInvalid, "--end 须写明账号"});
    Result<std::unique_ptr<Store>> store = session.OpenStore();
    if (!store) return session.Fail(store.error());
    const Result<size_t> ended =
        (*store)->accounts().CloseAll(name, DeedOf(session, "sessions-end", name));
    if (!ended) return session.Fail(ended.error());
    session.Say(fmt::format("{}：已结束 {} 个会话", name, *ended));
    return kClean;
  }
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Accounts& accounts = static_cast<const Store&>(**store).accounts();
  Status read = accounts.EachSession([&](const DeskSession& open) {
    if (name.empty() || open.account == name) {
      session.Out(fmt::format("会话\t{}\t{}\t{}\t{}\n", open.account, FormatTime(open.created),
                              FormatTime(open.seen), Neutralise(open.address)));
    }
    return true;
  });
  if (read) {
    read = accounts.EachToken([&](const ApiToken& token) {
      if (name.empty() || token.account == name) {
        session.Out(fmt::format("令牌\t{}\t{}\t{} 到期\t{}\n", token.account,
                                Neutralise(token.label), FormatTime(token.expires),
                                RoleNames(token.roles)));
      }
      return true;
    });
  }
  return read ? static_cast<int>(kClean) : session.Fail(read.error());
}

}  // namespace xuncha
