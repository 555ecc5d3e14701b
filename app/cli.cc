// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>

#include "app/version.h"
#include "base/day.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr OptionSpec kCommon[] = {
    {"--data", "DIR",
     "数据目录（默认：$XUNCHA_DATA；否则含 xuncha.toml 的当前目录；否则 ./xuncha-data）"},
    {"--quiet", "", "只输出结果与错误"},
};

constexpr ExitMeaning kExits[] = {
    {kClean, "全部查过且无发现"},
    {kFindings, "有发现（即使另有页面未能检查）"},
    {kUsage, "用法或配置错误"},
    {kPartial, "有页面未能检查"},
    {kInternal, "内部错误或磁盘读写失败"},
    {kInterrupted, "被中断"},
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
  std::string exits;
  for (const auto& [code, meaning] : kExits)
    exits += fmt::format("{}{} {}", exits.empty() ? "" : " · ", code, meaning);
  text += fmt::format("\n退出码：{}\n", exits);
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

// Whether a command begins with the words, and goes on.
bool IsGroup(std::span<const CommandSpec> commands, std::string_view words) {
  return std::any_of(commands.begin(), commands.end(), [&](const CommandSpec& command) {
    return command.path.size() > words.size() && command.path.starts_with(words) &&
           command.path[words.size()] == ' ';
  });
}

// The commands of a group: "site", "store chain".
std::string HelpOfGroup(std::span<const CommandSpec> commands, std::string_view group) {
  std::string text = fmt::format("xuncha {} 的命令：\n", group);
  for (const CommandSpec& command : commands) {
    if (!IsGroup({&command, 1}, group)) continue;
    std::string call = std::string(command.path);
    if (!command.positional.empty()) call += " " + std::string(command.positional);
    const size_t width = DisplayWidth(call);
    text += "  " + call + std::string(width < 28 ? 28 - width : 1, ' ') +
            std::string(command.help) + "\n";
  }
  return text + "\n“xuncha 命令 --help”看一个命令的选项和例子\n";
}

// The longest group that the line begins with; empty if there is none.
std::string GroupOf(std::span<const CommandSpec> commands, const std::vector<std::string>& words) {
  std::string group, longest;
  for (const std::string& word : words) {
    group += (group.empty() ? "" : " ") + word;
    if (!IsGroup(commands, group)) break;
    longest = group;
  }
  return longest;
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
  const std::string group = GroupOf(commands, words);
  const size_t depth = group.empty() ? 0 : Split(group, ' ').size();
  // What could stand here: the words that go on from the group.
  std::vector<std::string> next;
  for (const CommandSpec& command : commands) {
    if (!group.empty() && !IsGroup({&command, 1}, group)) continue;
    const std::vector<std::string_view> path = Split(command.path, ' ');
    const std::string word(path[depth]);
    if (std::find(next.begin(), next.end(), word) == next.end()) next.push_back(word);
  }
  const std::string before = group.empty() ? "" : group + " ";
  if (words.size() == depth)
    return Mistake(fmt::format("“{}”后面要写命令：{}", group, Join(next, "、")));
  const std::string nearest =
      Nearest(words[depth], std::vector<std::string_view>(next.begin(), next.end()));
  return Mistake(
      fmt::format("没有命令“{}{}”{}；{}", before, Neutralise(words[depth]),
                  nearest.empty() ? "" : fmt::format("，是否指“{}{}”", before, nearest),
                  group.empty() ? "“xuncha --help”列出全部命令" : "可用：" + Join(next, "、")));
}

}  // namespace

std::span<const OptionSpec> CommonOptions() { return kCommon; }

std::span<const ExitMeaning> ExitMeanings() { return kExits; }

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

Result<Millis> Arguments::Since(std::string_view option) const {
  if (!Has(option)) return Millis{0};
  const Result<Millis> time = ParseTime(Get(option));
  if (time) return time;
  return Error{Code::kInvalid,
               fmt::format("{} 须为日期（2026-11-22）或时间（2026-11-22T09:00:00+08:00），不是“{}”",
                           option, Neutralise(Get(option)))};
}

Result<Millis> Arguments::Until(std::string_view option) const {
  const Result<Millis> time = Since(option);
  const bool day = Has(option) && Get(option).find('T') == std::string::npos;
  return time && day ? *time + kDay : time;
}

namespace {

// The rest of the line, once its command is known.
Parsed ParseCommand(const CommandSpec& command, std::vector<std::string> words) {
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
  for (const OptionSpec& option : command.options) declare(option);
  bool help = false;
  app.add_flag("-h,--help", help);
  std::vector<std::string> positional;
  const Arity arity = ArityOf(command.positional);
  if (arity.most > 0) app.add_option("positional", positional)->expected(0, arity.most);

  std::reverse(words.begin(), words.end());  // CLI11 takes the line from its end
  try {
    app.parse(words);
  } catch (const CLI::ExtrasError&) {
    for (const std::string& word : app.remaining()) {
      if (!word.starts_with("-")) {
        return Mistake(fmt::format("“{}”不接受参数“{}”；用法：xuncha {} {}", command.path,
                                   Neutralise(word), command.path, command.positional));
      }
      const std::string name = word.substr(0, word.find('='));
      const std::string nearest = Nearest(name, names);
      return Mistake(fmt::format(
          "“{}”没有选项“{}”{}；“xuncha {} --help”列出选项", command.path, Neutralise(name),
          nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest), command.path));
    }
  } catch (const CLI::ArgumentMismatch& error) {
    // Of which option, CLI11 says in words only; a switch with a value, or no value.
    const std::string what = error.what();
    for (const std::string_view name : names) {
      if (!what.starts_with(std::string(name) + ":")) continue;
      return Mistake(fmt::format("{}：{} 后面要写一个值；“xuncha {} --help”看用法", command.path,
                                 name, command.path));
    }
    return Mistake(fmt::format("{}：选项或参数的个数不对；“xuncha {} --help”看用法", command.path,
                               command.path));
  } catch (const CLI::Error&) {
    return Mistake(fmt::format("{}：选项写法不对（开关不带值）；“xuncha {} --help”看用法",
                               command.path, command.path));
  }
  Parsed parsed;
  if (help) {
    parsed.text = HelpOf(command);
    return parsed;
  }
  if (static_cast<int>(positional.size()) < arity.least) {
    return Mistake(fmt::format("“{}”缺少参数 {}；用法：xuncha {} {}", command.path,
                               command.positional, command.path, command.positional));
  }
  parsed.command = &command;
  parsed.arguments.positional = std::move(positional);
  for (auto& [name, value] : values) {
    if (!value.empty()) parsed.arguments.options[name] = std::move(value);
  }
  for (const auto& [name, on] : switches) {
    if (on) parsed.arguments.options[name] = {};
  }
  return parsed;
}

}  // namespace

Parsed Parse(std::span<const CommandSpec> commands, int argc, const char* const* argv) {
  // Common options may stand before the command; they are set aside first, so
  // that the words of the command are the first that remain.
  std::vector<std::string> words(argv + 1, argv + argc), before;
  while (!words.empty() && words[0].starts_with("-")) {
    const std::string word = words[0], name = word.substr(0, word.find('='));
    if (word == "--help" || word == "-h" || word == "--version") break;
    std::vector<std::string_view> known = {"--help", "--version"};
    bool takes_value = false, found = false;
    for (const OptionSpec& option : kCommon) {
      known.push_back(option.name);
      if (option.name != name) continue;
      found = true;
      takes_value = !option.value.empty() && name == word;
    }
    if (!found) {
      const std::string nearest = Nearest(name, known);
      return Mistake(fmt::format("命令之前没有选项“{}”{}；“xuncha --help”列出共同选项",
                                 Neutralise(name),
                                 nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest)));
    }
    if (takes_value && words.size() == 1)
      return Mistake(fmt::format("{} 后面要写值；“xuncha --help”看用法", name));
    const auto taken = words.begin() + (takes_value ? 2 : 1);
    before.insert(before.end(), words.begin(), taken);
    words.erase(words.begin(), taken);
  }
  Parsed parsed;
  if (words.empty()) {
    if (!before.empty()) return Mistake("缺少命令；“xuncha --help”列出全部命令");
    parsed.text = Overview(commands);
    parsed.code = 2;
    return parsed;
  }
  // "help crawl" is "crawl --help".
  if (words[0] == "help" && words.size() > 1) {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    parsed.text = Overview(commands);
    return parsed;
  }
  if (words[0] == "--version") {
    parsed.text = fmt::format("xuncha {}\n", kVersion);
    return parsed;
  }
  size_t used = 0;
  const CommandSpec* command = FindCommand(commands, words, &used);
  if (command == nullptr) {
    const std::string group = GroupOf(commands, words);
    const size_t depth = group.empty() ? 0 : Split(group, ' ').size();
    const bool asks = words.size() > depth && (words[depth] == "--help" || words[depth] == "-h");
    if (group.empty() || !asks) return UnknownCommand(commands, words);
    parsed.text = HelpOfGroup(commands, group);
    return parsed;
  }

  std::vector<std::string> rest = std::move(before);
  rest.insert(rest.end(), words.begin() + static_cast<long>(used), words.end());
  return ParseCommand(*command, std::move(rest));
}

}  // namespace xuncha
