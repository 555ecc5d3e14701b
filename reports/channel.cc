// SPDX-License-Identifier: Apache-2.0
#include "reports/channel.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/day.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"

namespace xuncha {
namespace {

struct Named {
  ChannelKind kind;
  std::string_view name, text;
};
constexpr Named kKinds[] = {
    {ChannelKind::kMail, "mail", "邮件"},
    {ChannelKind::kWeCom, "wecom", "企业微信机器人"},
    {ChannelKind::kDingTalk, "dingtalk", "钉钉机器人"},
    {ChannelKind::kFeishu, "feishu", "飞书机器人"},
    {ChannelKind::kWebhook, "webhook", "网络钩子"},
};

// The host of "scheme://host:port/..."; brackets of an address of six groups stay.
std::string_view HostOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.find(':'));
}

bool IsThisMachine(std::string_view url) {
  const std::string_view host = HostOf(url);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

size_t PerMinute(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::kMail:
      return limits::kMailPerMinuteMax;
    case ChannelKind::kWeCom:
      return limits::kWeComPerMinuteMax;
    case ChannelKind::kDingTalk:
      return limits::kDingTalkPerMinuteMax;
    case ChannelKind::kFeishu:
      return limits::kFeishuPerMinuteMax;
    case ChannelKind::kWebhook:
      return limits::kWebhookPerMinuteMax;
  }
  return 1;
}

// When use number `most` before the last is so long ago.
Millis AfterWindow(const ChannelFacts& facts, size_t most, Millis window, Millis now) {
  std::vector<uint64_t> recent = facts.recent;
  std::sort(recent.begin(), recent.end());
  if (recent.size() < most) return now;
  return std::max(now, static_cast<Millis>(recent[recent.size() - most]) + window);
}

}  // namespace

std::string_view ChannelKindName(ChannelKind kind) {
  for (const Named& named : kKinds) {
    if (named.kind == kind) return named.name;
  }
  return "";
}

std::optional<ChannelKind> ChannelKindByName(std::string_view name) {
  for (const Named& named : kKinds) {
    if (named.name == name) return named.kind;
  }
  return std::nullopt;
}

std::string_view ChannelKindText(ChannelKind kind) {
  for (const Named& named : kKinds) {
    if (named.kind == kind) return named.text;
  }
  return "";
}

const TellChannel* TellPolicy::Find(std::string_view name) const {
  const auto found =
      std::find_if(channels.begin(), channels.end(),
                   [name](const TellChannel& channel) { return channel.name == name; });
  return found == channels.end() ? nullptr : &*found;
}

Millis TellPolicy::QuietUntil(Millis now) const {
  if (quiet_from == quiet_until) return now;
  const Millis in_day = TimeOfDay(now), day = now - in_day;
  const Millis from = quiet_from * kMinute, until = quiet_until * kMinute;
  if (from < until) return in_day >= from && in_day < until ? day + until : now;
  // Over midnight.
  if (in_day < until) return day + until;
  return in_day >= from ? day + kDay + until : now;
}

bool IsMailAddress(std::string_view text) {
  constexpr std::string_view kLocal = "!#$%&'*+-/=?^_`{|}~.";
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const std::string_view local = text.substr(0, at), host = text.substr(at + 1);
  if (local.front() == '.' || local.front() == '-' || local.back() == '.' ||
      local.find("..") != std::string_view::npos)
    return false;
  for (const char c : local) {
    if (!IsAsciiAlnum(static_cast<unsigned char>(c)) && kLocal.find(c) == std::string_view::npos)
      return false;
  }
  if (host.empty()) return false;
  for (const std::string_view label : Split(host, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    for (const char c : label) {
      if (!IsAsciiAlnum(static_cast<unsigned char>(c)) && c != '-') return false;
    }
  }
  return true;
}

std::string WrongWith(const TellChannel& channel) {
  if (channel.name.empty() || channel.name.size() > 32 ||
      !std::all_of(channel.name.begin(), channel.name.end(),
                   [](char c) { return (c >= 'a' && c <= 'z') || IsAsciiDigit(c) || c == '-'; }))
    return "name 须为小写字母、数字与“-”，最多 32 个";
  for (const std::string& topic : channel.topics) {
    if (std::find(std::begin(kTopics), std::end(kTopics), topic) == std::end(kTopics)) {
      const std::string nearest = Nearest(topic, {std::begin(kTopics), std::end(kTopics)});
      return fmt::format("topics 里没有“{}”这一类{}", Neutralise(topic),
                         nearest.empty() ? "；须为 night、run、overdue、clock、case"
                                         : fmt::format("，是否指“{}”", nearest));
    }
  }
  if (channel.kind != ChannelKind::kMail) {
    if (!channel.to.empty() || !channel.server.empty() || !channel.from.empty() ||
        !channel.user.empty())
      return "只有 kind = \"mail\" 才写 server、user、from、to";
    if (channel.secret_file.empty()) return "须写 secret_file：机器人的地址与密钥在那个文件里";
    return "";
  }
  if (!channel.server.starts_with("smtp://") && !channel.server.starts_with("smtps://"))
    return "server 须形如 smtp://主机:587（STARTTLS）或 smtps://主机:465";
  const std::string_view host = HostOf(channel.server);
  if (host.empty() || !IsPlainAscii(channel.server) ||
      channel.server.find('@') != std::string::npos ||
      channel.server.find('/', channel.server.find("://") + 3) != std::string::npos)
    return "server 只写主机与端口；用户名写 user，密码写在 secret_file 的文件里";
  if (channel.plain && (!IsThisMachine(channel.server) || channel.server.starts_with("smtps")))
    return "tls = \"none\" 只能用于本机的 smtp://127.0.0.1 或 smtp://localhost";
  if (!IsMailAddress(channel.from)) return "from 须为一个邮件地址";
  if (channel.to.size() > limits::kMessageRecipientsMax)
    return fmt::format("to 最多 {} 个", limits::kMessageRecipientsMax);
  for (const std::string& to : channel.to) {
    if (!IsMailAddress(to)) return fmt::format("to 里的“{}”不是邮件地址", Neutralise(to));
  }
  if (!channel.user.empty() && channel.secret_file.empty())
    return "写了 user 就须写 secret_file：密码在那个文件里";
  if (channel.user.empty() && !channel.secret_file.empty()) return "写了 secret_file 就须写 user";
  return "";
}

std::string WrongWith(const TellPolicy& policy) {
  for (size_t i = 0; i < policy.channels.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (policy.channels[i].name == policy.channels[j].name)
        return fmt::format("两个通道都叫“{}”", policy.channels[i].name);
    }
  }
  if (!policy.owners.empty()) {
    const TellChannel* owners = policy.Find(policy.owners);
    if (owners == nullptr || owners->kind != ChannelKind::kMail)
      return fmt::format("owners：没有叫“{}”的邮件通道", Neutralise(policy.owners));
    if (policy.console.empty()) return "写了 owners 就须写 console：给责任单位的链接以它开头";
  }
  return "";
}

Result<std::string> ReadSecretText(const std::string& file, const std::string& directory) {
  const std::string path = file.starts_with('/') ? file : directory + "/" + file;
  const auto wrong = [&](Code code, std::string_view what) {
    return Error{code, fmt::format("{}：{}", Neutralise(path), what)};
  };
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) return wrong(Code::kNotFound, "没有这个文件，或无权读取");
  if (!S_ISREG(facts.st_mode)) return wrong(Code::kInvalid, "不是普通文件");
  // Of root's files a group may read some: so systemd hands over what a service needs.
  const mode_t others = facts.st_uid == 0 ? 027 : 077;
  if ((facts.st_mode & others) != 0)
    return wrong(Code::kDenied, "别的用户也能读取；请运行 chmod 600");
  if (facts.st_uid != ::geteuid() && facts.st_uid != 0) return wrong(Code::kDenied, "属于别的用户");
  return ReadFile(path, limits::kSecretFileBytesMax);
}

Result<ChannelSecret> ReadSecret(const TellChannel& channel, const std::string& directory) {
  if (channel.secret_file.empty()) return ChannelSecret{};
  const auto wrong = [&](Code code, std::string_view what) {
    return Error{
        code, fmt::format("通道 {}：{}：{}", channel.name, Neutralise(channel.secret_file), what)};
  };
  const Result<std::string> text = ReadSecretText(channel.secret_file, directory);
  if (!text)
    return Error{text.error().code, fmt::format("通道 {}：{}", channel.name, text.error().text)};
  // The parser's words would quote the file.
  const Result<Node> root = ParseToml(*text, "secret");
  if (!root) return wrong(Code::kInvalid, "不是 TOML；写法：password = \"…\" 或 url = \"…\"");
  ChannelSecret secret;
  for (const auto& [name, value] : root->members) {
    std::string* into = name == "password" ? &secret.password
                        : name == "url"    ? &secret.url
                        : name == "secret" ? &secret.secret
                                           : nullptr;
    if (into == nullptr || !value.is(Node::Type::kString))
      return wrong(Code::kInvalid, "只写 password、url、secret，值在引号里");
    *into = value.string;
  }
  if (channel.kind == ChannelKind::kMail) {
    if (secret.password.empty() ||
        secret.password.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return wrong(Code::kInvalid, "缺 password，或其中有换行");
    return secret;
  }
  if (!IsPlainAscii(secret.url) ||
      !(secret.url.starts_with("https://") ||
        (secret.url.starts_with("http://") && IsThisMachine(secret.url))))
    return wrong(Code::kInvalid, "url 须以 https:// 开头");
  if (channel.kind != ChannelKind::kWeCom && secret.secret.empty())
    return wrong(Code::kInvalid, "缺 secret：请在机器人的安全设置里选“签名”");
  return secret;
}

Millis EarliestUse(ChannelKind kind, const ChannelFacts& facts, Millis now) {
  Millis at = std::max(now, facts.paused_until);
  at = std::max(at, AfterWindow(facts, PerMinute(kind), kMinute, now));
  if (kind != ChannelKind::kFeishu) return at;
  at = std::max(at, AfterWindow(facts, limits::kFeishuPerSecondMax, 1'000, now));
  // Everybody's reports go at the full and half hour, and many are turned away.
  if ((at / kMinute) % 30 == 0) at = (at / kMinute + 1) * kMinute;
  return at;
}

int AttemptsMax(ChannelKind kind) {
  return kind == ChannelKind::kWebhook ? limits::kWebhookAttemptsMax : limits::kMessageAttemptsMax;
}

}  // namespace xuncha
