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

#include "base/embedded.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "config_embedded.h"

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

Reader Text(std::string Config::*field) {
  return [field](const Node& node, Config& config) -> std::string {
    if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
    config.*field = node.string;
    return "";
  };
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

template <typename Number>
std::string ReadNumber(const Node& node, int64_t low, int64_t high, Number* into) {
  if (!node.is(Node::Type::kInteger)) return WrongType("整数");
  if (node.integer < low || node.integer > high) {
    return fmt::format("须为 {} 至 {}，不是 {}", low, high, node.integer);
  }
  *into = static_cast<Number>(node.integer);
  return "";
}

std::string ReadDuration(const Node& node, Millis* into) {
  if (!node.is(Node::Type::kString)) return WrongType("带单位的文字，如 \"30 s\"");
  const Result<Millis> value = ParseDuration(node.string);
  if (!value) return value.error().text;
  *into = *value;
  return "";
}

std::string ReadPeriod(const Node& node, Millis* into) {
  const std::string wrong = ReadDuration(node, into);
  if (!wrong.empty()) return wrong;
  const Status fit = CheckPeriod(*into);
  return fit ? "" : fit.error().text;
}

const std::vector<Key>& Keys() {
  static const std::vector<Key> keys{
      {"crawl", "user_agent",
       [](const Node& node, Config& config) -> std::string {
         if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
         for (const char c : node.string) {
           if (static_cast<unsigned char>(c) < 0x20) return "含有控制字符";
         }
         config.user_agent = node.string;
         return "";
       }},
      {"crawl", "resolve",
       [](const Node& node, Config& config) -> std::string {
         if (!node.is(Node::Type::kArray)) return WrongType("文字的列表，如 [\"a\"]");
         config.resolve.clear();
         for (const Node& item : node.items) {
           if (!item.is(Node::Type::kString)) return WrongType("文字，写在引号里");
           if (!IsResolveEntry(item.string)) {
             return fmt::format("“{}”写法不对；须为“主机:端口:地址:端口”", item.string);
           }
           config.resolve.push_back(item.string);
         }
         return "";
       }},
      {"crawl", "inflight",
       [](const Node& node, Config& config) {
         return ReadNumber(node, 1, static_cast<int64_t>(limits::kInflightMax), &config.inflight);
       }},
      {"crawl", "workers",
       [](const Node& node, Config& config) { return ReadNumber(node, 0, 256, &config.workers); }},
      {"crawl", "per_address",
       [](const Node& node, Config& config) {
         return ReadNumber(node, 1, 64, &config.per_address);
       }},
      {"crawl", "pages",
       [](const Node& node, Config& config) {
         return ReadNumber(node, 1, 10'000'000, &config.budget.pages);
       }},
      {"crawl", "bytes",
       [](const Node& node, Config& config) -> std::string {
         if (!node.is(Node::Type::kString)) return WrongType("带单位的文字，如 \"2 GB\"");
         const Result<uint64_t> value = ParseBytes(node.string);
         if (!value) return value.error().text;
         config.budget.bytes = *value;
         return "";
       }},
      {"crawl", "time",
       [](const Node& node, Config& config) { return ReadDuration(node, &config.budget.time); }},
      {"crawl", "depth",
       [](const Node& node, Config& config) {
         return ReadNumber(node, 1, limits::kDepthMax, &config.budget.depth);
       }},
      {"crawl", "delay_min",
       [](const Node& node, Config& config) {
         return ReadDuration(node, &config.budget.delay_min);
       }},
      {"crawl", "ca_bundle", Text(&Config::ca_bundle)},
      {"crawl", "views",
       [](const Node& node, Config& config) -> std::string {
         if (!node.is(Node::Type::kBool)) return WrongType(" true 或 false");
         config.views = node.boolean;
         return "";
       }},
      {"crawl", "views_every",
       [](const Node& node, Config& config) {
         return ReadNumber(node, 1, 365, &config.views_every);
       }},
      {"crawl", "list_views_every",
       [](const Node& node, Config& config) {
         return ReadNumber(node, 1, 365, &config.list_views_every);
       }},
      {"rules", "directory", Text(&Config::rules_directory)},
      {"store", "backup_directory", Text(&Config::backup_directory)},
      {"store", "backups_kept",
       [](const Node& node, Config& config) {
         return ReadNumber(node, 1, 1'000, &config.backups_kept);
       }},
      {"retention", "routine",
       [](const Node& node, Config& config) {
         return ReadPeriod(node, &config.retention.routine);
       }},
      {"retention", "findings",
       [](const Node& node, Config& config) {
         return ReadPeriod(node, &config.retention.findings);
       }},
      {"retention", "purge",
       [](const Node& node, Config& config) -> std::string {
         if (!node.is(Node::Type::kBool)) return WrongType(" true 或 false");
         config.purge = node.boolean;
         return "";
       }},
      {"retention", "purge_every",
       [](const Node& node, Config& config) { return ReadDuration(node, &config.purge_every); }},
      {"audit", "timestamp_url",
       [](const Node& node, Config& config) -> std::string {
         if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
         if (!node.string.empty() && !node.string.starts_with("http://") &&
             !node.string.starts_with("https://"))
           return "须以 http:// 或 https:// 开头";
         config.timestamp_url = node.string;
         return "";
       }},
      {"audit", "timestamp_ca", Text(&Config::timestamp_ca)},
      {"audit", "timestamp_timeout",
       [](const Node& node, Config& config) -> std::string {
         std::string wrong = ReadDuration(node, &config.timestamp_timeout);
         const Millis time = config.timestamp_timeout;
         if (wrong.empty() && (time <= 0 || time > limits::kTimestampMillisMax))
           wrong = fmt::format("须大于 0、不超过 {} s", limits::kTimestampMillisMax / 1000);
         return wrong;
       }},
      {"report", "fail_on",
       [](const Node& node, Config& config) -> std::string {
         if (!node.is(Node::Type::kString)) return WrongType("文字，写在引号里");
         const std::optional<Severity> severity = SeverityByName(node.string);
         if (!severity) {
           return fmt::format("“{}”不是级别；须为 hint、low、medium 或 high", node.string);
         }
         config.fail_on = *severity;
         return "";
       }},
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
  }
  if (!errors.empty()) return Error{Code::kInvalid, Join(errors, "\n")};
  return config;
}

}  // namespace xuncha
