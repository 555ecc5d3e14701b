// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>

#include "app/version.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr OptionSpec kCommon[] = {
    {"--data", "DIR",
     "数据目录（默认：$XUNCHA_DATA；否则含 xuncha.toml 的当前目录；否则 ./xuncha-data）"},
    {"--quiet", "", "只输出结果与错误"},
};

// What the positional of a command accepts, by the shape of its name.
struct Arity {
  int least = 0, most = 0;
};
Arity ArityOf(std::string_view positional) {
  if (positional.empty()) return {};
  const bool optional = positional.front() == '[';
  const bool many = positional.find("...") != std::string_view::npos;
  const int words = static_cast<int>(Split(positional, ' ').size());
  return {optional ? 0 : words, many ? 1 << 16 : words};
}

std::string Overview(std::span<const CommandSpec> commands) {
  std::string text = fmt::format(
      "xuncha {} 巡查：托管网站内容合规巡查\n\n例：\n"
      "  xuncha init data && xuncha --data data site import sites.csv\n"
      "  xuncha --data data crawl\n"
      "  xuncha scan --json 网页目录/\n\n命令：\n",
      kVersion);
  for (const CommandSpec& command : commands) {
    std::string call = std::string(command.path);
    if (!command.positional.empty()) call += " " + std::string(command.positional);
    const size_t width = DisplayWidth(call);
    text += "  " + call + std::string(width < 28 ? 28 - width : 1, ' ') +
            std::string(command.help) + "\n";
  }
  text += "\n共同选项：\n";
  for (const OptionSpec& option : kCommon) {
    text +=
        fmt::format("  {:<16}{}\n", fmt::format("{} {}", option.name, option.value), option.help);
  }
  text += "  --version       版本\n  --help          帮助；“xuncha 命令 --help”看一个命令\n";
  text +=
      "\n退出码：0 无发现 · 1 有发现 · 2 用法或配置错误 · 3 有页面未能检查 · 4 内部错误 · 130 "
      "被中断\n";
  return text;
}

std::string HelpOf(const CommandSpec& command) {
  std::string text = std::string(command.help) + "\n\n";
  if (!command.examples.empty()) {
    text += "例：\n";
    for (const std::string_view example : command.examples)
      text += "  " + std::string(example) + "\n";
    text += "\n";
  }
  text += fmt::format("用法：xuncha {} [选项] {}\n", command.path, command.positional);
  if (!command.options.empty()) text += "\n选项：\n";
  for (const OptionSpec& option : command.options) {
    text +=
        fmt::format("  {:<18}{}\n", fmt::format("{} {}", option.name, option.value), option.help);
  }
  return text;
}

// The command whose path the first words of the line spell, with the most words.
const CommandSpec* FindCommand(std::span<const CommandSpec> commands,
                               const std::vector<std::string>& words, size_t* used) {
  const CommandSpec* best = nullptr;
  for (const CommandSpec& command : commands) {
    const std::vector<std::string_view> path = Split(command.path, ' ');
    if (path.size() > words.size() || (best != nullptr && path.size() <= *used)) continue;
    if (std::equal(path.begin(), path.end(), words.begin())) {
      best = &command;
      *used = path.size();
    }
  }
  return best;
}

Parsed Mistake(std::string text) {
  Parsed parsed;
  parsed.text = "xuncha: " + std::move(text) + "\n";
  parsed.code = 2;
  return parsed;
}

// What stands on the line where a command was expected, with the nearest one.
Parsed UnknownCommand(std::span<const CommandSpec> commands,
                      const std::vector<std::string>& words) {
  std::vector<std::string_view> same_group, all;
  for (const CommandSpec& command : commands) {
    all.push_back(command.path);
    if (command.path.starts_with(words[0] + " ")) same_group.push_back(command.path);
  }
  if (!same_group.empty()) {
    std::string list;
    for (const std::string_view path : same_group)
      list += (list.empty() ? "" : "、") + std::string(path);
    const std::string given = words.size() > 1 ? words[0] + " " + words[1] : words[0];
    const std::string_view near =
        words.size() > 1 ? Nearest(given, same_group) : std::string_view();
    return Mistake(fmt::format("没有命令“{}”{}；可用：{}", Neutralise(given),
                               near.empty() ? "" : fmt::format("，是否指“{}”", near), list));
  }
  std::string nearest = Nearest(words[0], all);
  if (nearest.empty()) {
    std::vector<std::string_view> groups;
    for (const std::string_view path : all) groups.push_back(path.substr(0, path.find(' ')));
    nearest = Nearest(words[0], groups);
  }
  return Mistake(fmt::format("没有命令“{}”{}；“xuncha --help”列出全部命令", Neutralise(words[0]),
                             nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest)));
}

}  // namespace

std::string Arguments::Get(std::string_view option, std::string_view otherwise) const {
  const auto found = options.find(option);
  return found == options.end() || found->second.empty() ? std::string(otherwise)
                                                         : found->second.back();
}

std::vector<std::string> Arguments::All(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

Result<uint32_t> ReadNumber(std::string_view what, std::string_view text, uint32_t most) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number > 0 && number <= most)
    return number;
  const std::string range = most == UINT32_MAX ? "正整数" : fmt::format("1 至 {} 的整数", most);
  return Error{Code::kInvalid, fmt::format("{} 须为{}，不是“{}”", what, range, Neutralise(text))};
}

Result<uint32_t> Arguments::Number(std::string_view option, uint32_t otherwise,
                                   uint32_t most) const {
  return Has(option) ? ReadNumber(option, Get(option), most) : Result<uint32_t>(otherwise);
}

Parsed Parse(std::span<const CommandSpec> commands, int argc, const char* const* argv) {
  // Common options may stand before the command; they are set aside first, so
  // that the words of the command are the first that remain.
  std::vector<std::string> words(argv + 1, argv + argc), before;
  while (!words.empty() && words[0].starts_with("--")) {
    if (words[0] == "--help" || words[0] == "--version") break;
    const bool takes_value = words[0] == "--data";
    before.push_back(words[0]);
    words.erase(words.begin());
    if (takes_value && !words.empty()) {
      before.push_back(words[0]);
      words.erase(words.begin());
    }
  }
  Parsed parsed;
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    parsed.text = Overview(commands);
    parsed.code = words.empty() ? 2 : 0;
    return parsed;
  }
  if (words[0] == "--version") {
    parsed.text = fmt::format("xuncha {}\n", kVersion);
    return parsed;
  }
  size_t used = 0;
  const CommandSpec* command = FindCommand(commands, words, &used);
  if (command == nullptr) return UnknownCommand(commands, words);

  CLI::App app;
  app.set_help_flag("");
  app.allow_windows_style_options(false);
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;
  std::vector<std::string_view> names;
  const auto declare = [&](const OptionSpec& option) {
    const std::string name(option.name);
    names.push_back(option.name);
    if (option.value.empty()) {
      app.add_flag(name, switches[name]);
    } else {
      app.add_option(name, values[name])
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->allow_extra_args(false);
    }
  };
  for (const OptionSpec& option : kCommon) declare(option);
  for (const OptionSpec& option : command->options) declare(option);
  bool help = false;
  app.add_flag("-h,--help", help);
  std::vector<std::string> positional;
  const Arity arity = ArityOf(command->positional);
  if (arity.most > 0) app.add_option("positional", positional)->expected(0, arity.most);

  std::vector<std::string> rest(words.begin() + static_cast<long>(used), words.end());
  rest.insert(rest.begin(), before.begin(), before.end());
  std::reverse(rest.begin(), rest.end());  // CLI11 takes the line from its end
  try {
    app.parse(rest);
  } catch (const CLI::ExtrasError&) {
    for (const std::string& word : app.remaining()) {
      if (!word.starts_with("-")) {
        return Mistake(fmt::format("“{}”不接受参数“{}”；用法：xuncha {} {}", command->path,
                                   Neutralise(word), command->path, command->positional));
      }
      const std::string name = word.substr(0, word.find('='));
      const std::string nearest = Nearest(name, names);
      return Mistake(fmt::format(
          "“{}”没有选项“{}”{}；“xuncha {} --help”列出选项", command->path, Neutralise(name),
          nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest), command->path));
    }
  } catch (const CLI::Error& error) {
    return Mistake(fmt::format("{}：{}；“xuncha {} --help”看用法", command->path,
                               Neutralise(error.what()), command->path));
  }
  if (help) {
    parsed.text = HelpOf(*command);
    return parsed;
  }
  if (static_cast<int>(positional.size()) < arity.least) {
    return Mistake(fmt::format("“{}”缺少参数 {}；用法：xuncha {} {}", command->path,
                               command->positional, command->path, command->positional));
  }
  parsed.command = command;
  parsed.arguments.positional = std::move(positional);
  for (auto& [name, value] : values) {
    if (!value.empty()) parsed.arguments.options[name] = std::move(value);
  }
  for (const auto& [name, on] : switches) {
    if (on) parsed.arguments.options[name] = {};
  }
  return parsed;
}

}  // namespace xuncha
