// The keys stand once, in Keys(): each with its place in Config and how its
// value is read. Parsing, the nearest-name suggestion and the digest walk that
// table.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "base/day.h"
#include "base/embedded.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/url.h"
#include "config_embedded.h"
#include "crawler/name_check.h"
#include "rules/kinds.h"

namespace xuncha {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Splits "8 MB" into number and unit; the number is a whole one.
Result<uint64_t> ParseWithUnit(std::string_view text, std::initializer_list<Unit> units) {
  text = Trim(text);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string known;
  for (const Unit& unit : units) known += (known.empty() ? "" : ", ") + std::string(unit.name);
  if (error != std::errc()) {
    return Error{Code::kInvalid, fmt::format("“{}”不是带单位的整数（单位：{}）", text, known)};
  }
  const std::string_view unit_text = Trim(text.substr(static_cast<size_t>(end - text.data())));
  for (const Unit& unit : units) {
    if (!EqualsIgnoreCase(unit.name, unit_text)) continue;
    if (number > UINT64_MAX / unit.factor) break;
    return number * unit.factor;
  }
  return Error{Code::kInvalid, fmt::format("“{}”要写单位：{}", text, known)};
}

// A value's reader: an empty string on success, else what is wrong with it.
using Reader = std::function<std::string(const Node&, Config&)>;

struct Key {
  std::string_view section;
  std::string_view name;
  Reader read;
};

std::string WrongType(std::string_view wanted) { return fmt::format("须为{}", wanted); }

// The reader of one place: `read` is asked to fill the member that the path leads to.
template <typename Read, typename... Path>
Reader At(Read read, Path... path) {
  return [read, path...](const Node& node, Config& config) -> std::string {
    return read(node, &(config.*....*path));
  };
}

std::string ReadText(const Node& node, std::string* into) {
  if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
  *into = node.string;
  return "";
}

std::string ReadTruth(const Node& node, bool* into) {
  if (!node.is(Node::Type::kBool)) return WrongType(" true 或 false");
  *into = node.boolean;
  return "";
}

bool IsPort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

// "host:port:address:port"; the first two may be empty, and addresses of six
// groups stand in brackets.
bool IsResolveEntry(std::string_view text) {
  const size_t last = text.rfind(':');
  if (last == std::string_view::npos || !IsPort(text.substr(last + 1))) return false;
  std::string_view rest = text.substr(0, last);
  const size_t bracket = rest.ends_with(']') ? rest.rfind(":[") : rest.rfind(':');
  if (bracket == std::string_view::npos || bracket + 1 == rest.size()) return false;
  rest = rest.substr(0, bracket);
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view port = rest.substr(colon + 1);
  return port.empty() || IsPort(port);
}

std::string ReadLine(const Node& node, std::string* into) {
  if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
  for (const char c : node.string) {
    if (static_cast<unsigned char>(c) < 0x20) return "含有控制字符";
  }
  *into = node.string;
  return "";
}

std::string ReadSocket(const Node& node, std::string* into) {
  std::string wrong = ReadLine(node, into);
  if (wrong.empty() && !into->empty() && !into->starts_with('/'))
    wrong = "须为绝对路径，如 \"/run/xuncha-draw.sock\"";
  return wrong;
}

// "01:30"; empty: never.
std::string ReadHour(const Node& node, std::string* into) {
  if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
  if (!node.string.empty() && !ParseTimeOfDay(node.string))
    return fmt::format("“{}”不是时刻；须如 \"01:30\"", node.string);
  *into = node.string;
  return "";
}

template <typename Number>
std::string ReadNumber(const Node& node, int64_t low, int64_t high, Number* into) {
  if (!node.is(Node::Type::kInteger)) return WrongType("整数");
  if (node.integer < low || node.integer > high) {
    return fmt::format("须为 {} 至 {}，不是 {}", low, high, node.integer);
  }
  *into = static_cast<Number>(node.integer);
  return "";
}

// The reader of a number from `low` to `high`.
template <typename... Path>
Reader Whole(int64_t low, int64_t high, Path... path) {
  return At([low, high](const Node& node, auto* into) { return ReadNumber(node, low, high, into); },
            path...);
}

std::string ReadDuration(const Node& node, Millis* into) {
  if (!node.is(Node::Type::kString)) return WrongType("带单位的文字，如 \"30 s\"");
  const Result<Millis> value = ParseDuration(node.string);
  if (!value) return value.error().text;
  *into = *value;
  return "";
}

constexpr int64_t kWorkingDaysMax = 60;  // a longer term is no term

Reader WorkingDays(Severity severity) {
  return [severity](const Node& node, Config& config) {
    return ReadNumber(node, 1, kWorkingDaysMax, &config.cases.days[static_cast<size_t>(severity)]);
  };
}

std::string ReadDaysOfKind(const Node& node, Config& config) {
  if (!node.is(Node::Type::kTable)) return WrongType("一组，如 { gambling = 1 }");
  config.cases.days_of_kind.clear();
  for (const auto& [kind, days] : node.members) {
    if (FindKind(kind) == nullptr)
      return fmt::format("“{}”不是类别；类别见 xuncha rules list", kind);
    const std::string wrong =
        ReadNumber(days, 1, kWorkingDaysMax, &config.cases.days_of_kind[kind]);
    if (!wrong.empty()) return fmt::format("的 {} {}", kind, wrong);
  }
  return "";
}

std::string ReadBasis(const Node& node, Config& config) {
  constexpr size_t kMost = 20;
  if (!node.is(Node::Type::kArray) || node.items.size() > kMost)
    return WrongType("文字的列表，最多 20 条");
  config.cases.basis.clear();
  for (const Node& item : node.items) {
    if (std::string wrong = ReadLine(item, &config.cases.basis.emplace_back()); !wrong.empty())
      return wrong;
  }
  return "";
}

std::string ReadPeriod(const Node& node, Millis* into) {
  const std::string wrong = ReadDuration(node, into);
  if (!wrong.empty()) return wrong;
  const Status fit = CheckPeriod(*into);
  return fit ? "" : fit.error().text;
}

// A list of texts, each of which `wrong_with` finds nothing wrong with.
template <typename WrongWith>
std::string ReadEach(const Node& node, WrongWith wrong_with, std::vector<std::string>* into) {
  if (!node.is(Node::Type::kArray)) return WrongType("文字的列表，如 [\"a\"]");
  into->clear();
  for (const Node& item : node.items) {
    if (!item.is(Node::Type::kString)) return WrongType("文字的列表，如 [\"a\"]");
    if (std::string wrong = wrong_with(item.string); !wrong.empty()) return wrong;
    into->push_back(item.string);
  }
  return "";
}

std::string ReadTexts(const Node& node, std::vector<std::string>* into) {
  return ReadEach(
      node, [](std::string_view) { return std::string(); }, into);
}

std::string ReadResolve(const Node& node, std::vector<std::string>* into) {
  const auto wrong_with = [](std::string_view text) {
    return IsResolveEntry(text)
               ? std::string()
               : fmt::format("“{}”写法不对；须为“主机:端口:地址:端口”", Neutralise(text));
  };
  return ReadEach(node, wrong_with, into);
}

std::string ReadNameServers(const Node& node, std::vector<std::string>* into) {
  const auto wrong_with = [](std::string_view text) {
    return IsNameServer(text)
               ? std::string()
               : fmt::format("“{}”写法不对；须为 IPv4 地址，可带端口，如 192.0.2.53:53",
                             Neutralise(text));
  };
  return ReadEach(node, wrong_with, into);
}

// "22:00-07:00"; empty: none.
std::string ReadQuiet(const Node& node, TellPolicy* into) {
  if (!node.is(Node::Type::kString)) return WrongType("文字，如 \"22:00-07:00\"");
  into->quiet_from = into->quiet_until = 0;
  if (node.string.empty()) return "";
  const std::string_view text = node.string;
  const bool is_span = text.size() == 11 && text[5] == '-';
  const auto from = is_span ? ParseTimeOfDay(text.substr(0, 5)) : std::nullopt;
  const auto until = is_span ? ParseTimeOfDay(text.substr(6)) : std::nullopt;
  if (!from || !until) return "须形如 \"22:00-07:00\"，不要免打扰时段写 \"\"";
  into->quiet_from = static_cast<int>(*from / kMinute);
  into->quiet_until = static_cast<int>(*until / kMinute);
  return "";
}

// What is wrong with one [[tell.channel]].
std::string ReadChannel(const Node& node, TellChannel* into) {
  const std::pair<std::string_view, std::string*> texts[] = {
      {"name", &into->name}, {"server", &into->server},           {"user", &into->user},
      {"from", &into->from}, {"secret_file", &into->secret_file}, {"ca_bundle", &into->ca_bundle},
  };
  std::vector<std::string_view> known = {"kind", "to", "topics", "tls"};
  for (const auto& [name, field] : texts) known.push_back(name);
  bool has_kind = false;
  for (const auto& [name, value] : node.members) {
    std::string wrong;
    const auto text = std::find_if(std::begin(texts), std::end(texts),
                                   [&name = name](const auto& one) { return one.first == name; });
    if (name == "to") {
      wrong = ReadTexts(value, &into->to);
    } else if (name == "topics") {
      wrong = ReadTexts(value, &into->topics);
    } else if (!value.is(Node::Type::kString)) {
      wrong = WrongType("文字，写在引号里");
    } else if (text != std::end(texts)) {
      *text->second = value.string;
    } else if (name == "kind") {
      const std::optional<ChannelKind> kind = ChannelKindByName(value.string);
      if (!kind) wrong = "须为 mail、wecom、dingtalk、feishu 或 webhook";
      into->kind = kind.value_or(ChannelKind::kMail);
      has_kind = true;
    } else if (name == "tls") {
      into->plain = value.string == "none";
      if (value.string != "none" && value.string != "required") wrong = "须为 required 或 none";
    } else if (name == "password" || name == "secret" || name == "url" || name == "key") {
      wrong = "不写在这里：写在 secret_file 所指、权限 600 的文件里";
    } else {
      const std::string nearest = Nearest(name, known);
      wrong =
          nearest.empty() ? "不是通道的一项" : fmt::format("不是通道的一项，是否指“{}”", nearest);
    }
    if (!wrong.empty()) return fmt::format("{} {}", name, wrong);
  }
  if (!has_kind) return "缺少 kind：mail、wecom、dingtalk、feishu 或 webhook";
  return WrongWith(*into);
}

std::string ReadChannels(const Node& node, TellPolicy* into) {
  if (!node.is(Node::Type::kArray)) return "须写成 [[tell.channel]]，每个通道一节";
  if (node.items.size() > limits::kChannelsMax)
    return fmt::format("最多 {} 个", limits::kChannelsMax);
  into->channels.clear();
  for (const Node& item : node.items) {
    if (!item.is(Node::Type::kTable)) return "须写成 [[tell.channel]]，每个通道一节";
    TellChannel& channel = into->channels.emplace_back();
    const std::string wrong = ReadChannel(item, &channel);
    if (!wrong.empty())
      return fmt::format("第 {} 个（{}）：{}", into->channels.size(),
                         channel.name.empty() ? "无名" : Neutralise(channel.name), wrong);
  }
  return "";
}

std::string ReadSessionLength(const Node& node, Millis* into) {
  const std::string wrong = ReadDuration(node, into);
  if (wrong.empty() && (*into < kMinute || *into > 7 * kDay)) return "须为 1 min 至 7 d";
  return wrong;
}

std::string ReadSize(const Node& node, uint64_t* into) {
  if (!node.is(Node::Type::kString)) return WrongType("带单位的文字，如 \"2 GB\"");
  const Result<uint64_t> value = ParseBytes(node.string);
  if (!value) return value.error().text;
  *into = *value;
  return "";
}

std::string ReadTimestampUrl(const Node& node, std::string* into) {
  const std::string wrong = ReadText(node, into);
  if (wrong.empty() && !into->empty() && !into->starts_with("http://") &&
      !into->starts_with("https://"))
    return "须以 http:// 或 https:// 开头";
  return wrong;
}

std::string ReadConsole(const Node& node, std::string* into) {
  if (std::string wrong = ReadText(node, into); !wrong.empty()) return wrong;
  const bool is_base = Url::Parse(*into).ok() && into->find_first_of("?#") == std::string::npos;
  if (!into->empty() && !is_base) return "须形如 \"https://xuncha.example.edu.cn\"";
  while (into->ends_with('/')) into->pop_back();
  return "";
}

std::string ReadSeverity(const Node& node, Severity* into) {
  if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
  const std::optional<Severity> severity = SeverityByName(node.string);
  if (!severity)
    return fmt::format("“{}”不是级别；须为 hint、low、medium 或 high", Neutralise(node.string));
  *into = *severity;
  return "";
}

// The reader of a length of time that is not nothing and at most `most`, which people call
// `most_text`.
template <typename... Path>
Reader DurationUpTo(Millis most, std::string most_text, Path... path) {
  return At(
      [most, most_text](const Node& node, Millis* into) {
        std::string wrong = ReadDuration(node, into);
        if (wrong.empty() && (*into <= 0 || *into > most))
          wrong = fmt::format("须大于 0、不超过 {}", most_text);
        return wrong;
      },
      path...);
}

const std::vector<Key>& Keys() {
  constexpr auto kBudget = &Config::budget;
  constexpr auto kRetention = &Config::retention;
  constexpr auto kTell = &Config::tell;
  constexpr auto kProvider = &Config::provider;
  constexpr auto kCases = &Config::cases;
  using Options = Provider::Options;
  static const std::vector<Key> keys{
      {"crawl", "user_agent", At(ReadLine, &Config::user_agent)},
      {"crawl", "resolve", At(ReadResolve, &Config::resolve)},
      {"crawl", "inflight", Whole(1, limits::kInflightMax, &Config::inflight)},
      {"crawl", "workers", Whole(0, 256, &Config::workers)},
      {"crawl", "per_address", Whole(1, 64, &Config::per_address)},
      {"crawl", "pages", Whole(1, 10'000'000, kBudget, &Budget::pages)},
      {"crawl", "bytes", At(ReadSize, kBudget, &Budget::bytes)},
      {"crawl", "time", At(ReadDuration, kBudget, &Budget::time)},
      {"crawl", "depth", Whole(1, limits::kDepthMax, kBudget, &Budget::depth)},
      {"crawl", "delay_min", At(ReadDuration, kBudget, &Budget::delay_min)},
      {"crawl", "ca_bundle", At(ReadText, &Config::ca_bundle)},
      {"crawl", "views", At(ReadTruth, &Config::views)},
      {"crawl", "views_every", Whole(1, 365, &Config::views_every)},
      {"crawl", "list_views_every", Whole(1, 365, &Config::list_views_every)},
      {"crawl", "outbound", At(ReadTruth, &Config::outbound)},
      {"crawl", "outbound_hosts", Whole(1, 100'000, &Config::outbound_hosts)},
      {"crawl", "outbound_per_site", Whole(1, limits::kTargetHostsMax, &Config::outbound_per_site)},
      {"crawl", "name_servers", At(ReadNameServers, &Config::name_servers)},
      {"rules", "directory", At(ReadText, &Config::rules_directory)},
      {"store", "backup_directory", At(ReadText, &Config::backup_directory)},
      {"store", "backups_kept", Whole(1, 1'000, &Config::backups_kept)},
      {"retention", "routine", At(ReadPeriod, kRetention, &RetentionPolicy::routine)},
      {"retention", "findings", At(ReadPeriod, kRetention, &RetentionPolicy::findings)},
      {"retention", "purge", At(ReadTruth, &Config::purge)},
      {"retention", "purge_every", At(ReadDuration, &Config::purge_every)},
      {"audit", "timestamp_url", At(ReadTimestampUrl, &Config::timestamp_url)},
      {"audit", "timestamp_ca", At(ReadText, &Config::timestamp_ca)},
      {"audit", "sm2", At(ReadTruth, &Config::sm2)},
      {"audit", "timestamp_timeout",
       DurationUpTo(limits::kTimestampMillisMax,
                    fmt::format("{} s", limits::kTimestampMillisMax / 1000),
                    &Config::timestamp_timeout)},
      {"tell", "console", At(ReadConsole, kTell, &TellPolicy::console)},
      {"tell", "owners", At(ReadText, kTell, &TellPolicy::owners)},
      {"tell", "quiet", At(ReadQuiet, kTell)},
      {"tell", "run_every", At(ReadDuration, kTell, &TellPolicy::run_every)},
      {"tell", "channel", At(ReadChannels, kTell)},
      {"serve", "listen", At(ReadText, &Config::listen)},
      {"serve", "names", At(ReadTexts, &Config::names)},
      {"serve", "crawl_at", At(ReadHour, &Config::crawl_at)},
      {"serve", "certificate", At(ReadText, &Config::certificate)},
      {"serve", "key", At(ReadText, &Config::certificate_key)},
      {"serve", "https", At(ReadTruth, &Config::https)},
      {"serve", "proxied", At(ReadTruth, &Config::proxied)},
      {"serve", "second_factor", At(ReadTruth, &Config::second_factor)},
      {"serve", "idle", At(ReadSessionLength, &Config::idle)},
      {"serve", "absolute", At(ReadSessionLength, &Config::absolute)},
      {"oidc", "issuer", At(ReadLine, kProvider, &Options::issuer)},
      {"oidc", "client_id", At(ReadLine, kProvider, &Options::client_id)},
      {"oidc", "secret_file", At(ReadText, &Config::provider_secret_file)},
      {"oidc", "redirect", At(ReadLine, kProvider, &Options::desk)},
      {"oidc", "scopes", At(ReadTexts, kProvider, &Options::scopes)},
      {"oidc", "label", At(ReadLine, kProvider, &Options::label)},
      {"oidc", "second_factor", At(ReadTruth, kProvider, &Options::second_factor)},
      {"oidc", "ca_bundle", At(ReadLine, kProvider, &Options::ca_bundle)},
      {"draw", "socket", At(ReadSocket, &Config::draw_socket)},
      {"cases", "institution", At(ReadLine, kCases, &CasePolicy::institution)},
      {"cases", "notice_prefix", At(ReadLine, kCases, &CasePolicy::notice_prefix)},
      {"cases", "authority", At(ReadLine, kCases, &CasePolicy::authority)},
      {"cases", "basis", ReadBasis},
      {"cases", "days_high", WorkingDays(Severity::kHigh)},
      {"cases", "days_medium", WorkingDays(Severity::kMedium)},
      {"cases", "days_low", WorkingDays(Severity::kLow)},
      {"cases", "days_of_kind", ReadDaysOfKind},
      {"cases", "remind_every", Whole(1, kWorkingDaysMax, kCases, &CasePolicy::remind_every)},
      {"cases", "reminders", Whole(0, 20, kCases, &CasePolicy::reminders_max)},
      {"cases", "report_within",
       DurationUpTo(24 * kHour, "24 h", kCases, &CasePolicy::report_within)},
      {"cases", "link_valid", DurationUpTo(365 * kDay, "365 d", kCases, &CasePolicy::token_valid)},
      {"cases", "remind_at", At(ReadHour, &Config::remind_at)},
      {"cases", "holidays", At(ReadText, &Config::holidays)},
      {"report", "fail_on", At(ReadSeverity, &Config::fail_on)},
  };
  return keys;
}

std::string Did(std::string_view nearest) {
  return nearest.empty() ? std::string() : fmt::format("，是否指“{}”", nearest);
}

// Reads `node` into `config`, adding messages to `errors`.
void ReadSections(const Node& root, std::string_view name, Config& config,
                  std::vector<std::string>& errors) {
  for (const auto& [section, table] : root.members) {
    std::vector<std::string_view> sections, names;
    for (const Key& key : Keys()) {
      if (sections.empty() || sections.back() != key.section) sections.push_back(key.section);
      if (key.section == section) names.push_back(key.name);
    }
    if (names.empty()) {
      errors.push_back(fmt::format("{}:{}:{}: 没有“{}”一节{}", name, table.key_line,
                                   table.key_column, section, Did(Nearest(section, sections))));
      continue;
    }
    if (!table.is(Node::Type::kTable)) {
      errors.push_back(fmt::format("{}:{}:{}: “{}”须为一节；请写 [{}]", name, table.line,
                                   table.column, section, section));
      continue;
    }
    for (const auto& [key_name, value] : table.members) {
      const Key* found = nullptr;
      for (const Key& key : Keys()) {
        if (key.section == section && key.name == key_name) found = &key;
      }
      if (found == nullptr) {
        errors.push_back(fmt::format("{}:{}:{}: 没有“{}”这一项（[{}] 之下）{}", name,
                                     value.key_line, value.key_column, key_name, section,
                                     Did(Nearest(key_name, names))));
        continue;
      }
      const std::string wrong = found->read(value, config);
      if (!wrong.empty()) {
        errors.push_back(
            fmt::format("{}:{}:{}: {} {}", name, value.line, value.column, key_name, wrong));
      }
    }
  }
}

}  // namespace

Result<uint64_t> ParseBytes(std::string_view text) {
  return ParseWithUnit(
      text,
      {{"B", 1}, {"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", uint64_t{1} << 40}});
}

Result<Millis> ParseDuration(std::string_view text) {
  const Result<uint64_t> value = ParseWithUnit(
      text,
      {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", uint64_t{24} * 3'600'000}});
  if (!value) return value.error();
  if (*value > static_cast<uint64_t>(INT64_MAX)) {
    return Error{Code::kInvalid, fmt::format("“{}”太长", text)};
  }
  return static_cast<Millis>(*value);
}

std::optional<Millis> ParseTimeOfDay(std::string_view text) {
  const auto two = [&](size_t at) -> int {
    return IsAsciiDigit(text[at]) && IsAsciiDigit(text[at + 1])
               ? (text[at] - '0') * 10 + text[at + 1] - '0'
               : 99;
  };
  if (text.size() != 5 || text[2] != ':' || two(0) > 23 || two(3) > 59) return std::nullopt;
  return two(0) * kHour + two(3) * kMinute;
}

std::string_view DefaultConfigText() { return embedded::config()[0].bytes; }

Result<Config> ReadConfig(std::string_view text, std::string_view name) {
  Config config;
  std::vector<std::string> errors;
  // The default file is read first, so it is the one place that holds defaults.
  const Result<Node> defaults = ParseToml(DefaultConfigText(), "xuncha.toml (built in)");
  CHECK(defaults.ok());
  ReadSections(*defaults, "xuncha.toml (built in)", config, errors);
  CHECK(errors.empty());

  const Result<Node> root = ParseToml(text, name);
  if (!root) return root.error();
  ReadSections(*root, name, config, errors);
  if (errors.empty()) {
    if (const Status fit = CheckPolicy(config.retention); !fit)
      errors.push_back(fmt::format("{}: [retention] {}", name, fit.error().text));
    if (const std::string wrong = WrongWith(config.tell); !wrong.empty())
      errors.push_back(fmt::format("{}: [tell] {}", name, wrong));
    if (const std::string wrong =
            config.provider.issuer.empty() ? "" : Provider::WrongWith(config.provider);
        !wrong.empty())
      errors.push_back(fmt::format("{}: [oidc] {}", name, wrong));
  }
  if (!errors.empty()) return Error{Code::kInvalid, Join(errors, "\n")};
  return config;
}

}  // namespace xuncha
