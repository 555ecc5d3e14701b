// One model of the command line serves the three shells: at each point that words of
// commands lead to, what may come next.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kHelpOption = "--help";

// What a value may be.
struct Values {
  enum class Kind : uint8_t { kNone, kAnything, kFiles, kFolders, kWords };
  Kind kind = Kind::kNone;
  std::vector<std::string> words;
};

struct Choice {
  std::string word, help;
  Values values;  // of an option
};

// A point on the line.
struct Stop {
  std::string path;  // "site import"; empty at the beginning
  std::vector<Choice> next, options;
  Values positional;
};

bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || IsAsciiDigit(c);
  });
}

// By how a value is named in the table.
Values ValuesOf(std::string_view name) {
  using Kind = Values::Kind;
  if (name.empty()) return {};
  if (name == "级别") return {.kind = Kind::kWords, .words = {"hint", "low", "medium", "high"}};
  if (name == "判断")
    return {.kind = Kind::kWords,
            .words = {"violation", "false-positive", "cannot-tell", "escalate"}};
  std::string_view bare = name.substr(name.front() == '[' ? 1 : 0);
  bare = bare.substr(0, bare.find_first_of(". ]"));
  const std::vector<std::string_view> parts = Split(bare, '|');
  if (std::all_of(parts.begin(), parts.end(), IsWord))
    return {.kind = Kind::kWords, .words = {parts.begin(), parts.end()}};
  if (bare.starts_with("DIR")) return {.kind = Kind::kFolders};
  if (bare.starts_with("FILE") || bare.starts_with("PATH") || bare.starts_with("LIST"))
    return {.kind = Kind::kFiles};
  return {.kind = Kind::kAnything};
}

Stop& StopAt(std::vector<Stop>& stops, const std::string& path) {
  const auto found = std::find_if(stops.begin(), stops.end(),
                                  [&path](const Stop& stop) { return stop.path == path; });
  if (found != stops.end()) return *found;
  return stops.emplace_back(Stop{.path = path});
}

std::vector<Choice> OptionsOf(std::span<const OptionSpec> specs) {
  std::vector<Choice> options;
  for (const OptionSpec& spec : specs)
    options.push_back({std::string(spec.name), std::string(spec.help), ValuesOf(spec.value)});
  return options;
}

std::vector<Stop> StopsOf(std::span<const CommandSpec> commands) {
  std::vector<Stop> stops = {Stop{}};
  for (const CommandSpec& command : commands) {
    std::string path;
    const std::vector<std::string_view> words = Split(command.path, ' ');
    for (size_t i = 0; i < words.size(); ++i) {
      const bool last = i + 1 == words.size();
      std::vector<Choice>& next = StopAt(stops, path).next;
      const auto known = std::find_if(
          next.begin(), next.end(), [&](const Choice& choice) { return choice.word == words[i]; });
      if (known == next.end())
        next.push_back({std::string(words[i]), last ? std::string(command.help) : "", {}});
      path += (path.empty() ? "" : " ") + std::string(words[i]);
    }
    Stop& stop = StopAt(stops, path);
    stop.options = OptionsOf(command.options);
    stop.positional = ValuesOf(command.positional);
  }
  for (Stop& stop : stops) {
    for (Choice& choice : OptionsOf(CommonOptions())) stop.options.push_back(std::move(choice));
    stop.options.push_back({std::string(kHelpOption), "帮助", {}});
    // A group has no help of its own: what it holds says what it is.
    for (Choice& choice : stop.next) {
      if (!choice.help.empty()) continue;
      std::vector<std::string> words;
      const std::string path = stop.path.empty() ? choice.word : stop.path + " " + choice.word;
      for (const Choice& inner : StopAt(stops, path).next) words.push_back(inner.word);
      choice.help = Join(words, "、");
    }
  }
  return stops;
}

// Options that take a value, of all commands, for stepping over their values.
std::vector<std::string> ValuedOptions(const std::vector<Stop>& stops) {
  std::vector<std::string> names;
  for (const Stop& stop : stops) {
    for (const Choice& option : stop.options) {
      if (option.values.kind != Values::Kind::kNone) names.push_back(option.word);
    }
  }
  SortUnique(names);
  return names;
}

std::string Words(const std::vector<Choice>& choices) {
  std::vector<std::string> words;
  for (const Choice& choice : choices) words.push_back(choice.word);
  return Join(words, " ");
}

// In single quotes, for bash and zsh.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The walk along the line to where the cursor is; bash and zsh speak it alike.
std::string Walk(const std::vector<Stop>& stops) {
  std::vector<std::string> paths;
  for (const Stop& stop : stops) {
    if (!stop.path.empty()) paths.push_back(Quoted(stop.path));
  }
  return fmt::format(
      "    case \"$word\" in\n"
      "      {}) skip=1; continue ;;\n"
      "      -*) continue ;;\n"
      "    esac\n"
      "    case \"${{at:+$at }}$word\" in\n"
      "      {}) at=\"${{at:+$at }}$word\" ;;\n"
      "    esac\n",
      Join(ValuedOptions(stops), "|"), Join(paths, "|"));
}

}  // namespace

std::string BashCompletion(std::span<const CommandSpec> commands) {
  const std::vector<Stop> stops = StopsOf(commands);
  const auto reply = [](const Values& values) -> std::string {
    switch (values.kind) {
      case Values::Kind::kFiles:
        return "_xuncha_reply -f";
      case Values::Kind::kFolders:
        return "_xuncha_reply -d";
      case Values::Kind::kWords:
        return fmt::format("_xuncha_reply -W {}", Quoted(Join(values.words, " ")));
      case Values::Kind::kNone:
      case Values::Kind::kAnything:
        return ":";
    }
    return ":";
  };
  std::string text =
      "# bash completion of xuncha; written by `xuncha completion bash`.\n"
      "_xuncha_reply() {\n"
      "  local line\n"
      "  case \"$1\" in -f|-d) compopt -o filenames 2>/dev/null ;; esac\n"
      "  while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen \"$@\" -- \"$cur\")\n"
      "}\n"
      "_xuncha() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local at= word skip= i\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    if [ -n \"$skip\" ]; then skip=; continue; fi\n" +
      Walk(stops) +
      "  done\n"
      "  case \"$at\" in\n";
  for (const Stop& stop : stops) {
    text += fmt::format("    {})\n", Quoted(stop.path));
    text += "      case \"$previous\" in\n";
    for (const Choice& option : stop.options) {
      if (option.values.kind == Values::Kind::kNone) continue;
      text += fmt::format("        {}) {}; return ;;\n", option.word, reply(option.values));
    }
    text += "      esac\n";
    text += fmt::format("      case \"$cur\" in -*) _xuncha_reply -W {}; return ;; esac\n",
                        Quoted(Words(stop.options) + (stop.path.empty() ? " --version" : "")));
    if (!stop.next.empty())
      text += fmt::format("      _xuncha_reply -W {}\n", Quoted(Words(stop.next)));
    text += fmt::format("      {}\n      ;;\n", reply(stop.positional));
  }
  return text + "  esac\n}\ncomplete -F _xuncha xuncha\n";
}

std::string ZshCompletion(std::span<const CommandSpec> commands) {
  const std::vector<Stop> stops = StopsOf(commands);
  const auto described = [](const std::vector<Choice>& choices) {
    std::string list;
    for (const Choice& choice : choices) {
      std::string help;
      for (const char c : choice.help) help += c == ':' ? std::string("\\:") : std::string(1, c);
      list += " " + Quoted(choice.word + ":" + help);
    }
    return list;
  };
  const auto reply = [](const Values& values) -> std::string {
    switch (values.kind) {
      case Values::Kind::kFiles:
        return "_files";
      case Values::Kind::kFolders:
        return "_files -/";
      case Values::Kind::kWords:
        return "compadd -- " + Join(values.words, " ");
      case Values::Kind::kNone:
      case Values::Kind::kAnything:
        return ":";
    }
    return ":";
  };
  std::string text =
      "#compdef xuncha\n"
      "# zsh completion of xuncha; written by `xuncha completion zsh`.\n"
      "_xuncha() {\n"
      "  local at= word skip= i previous=${words[CURRENT-1]}\n"
      "  local -a next options\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    word=${words[i]}\n"
      "    if [ -n \"$skip\" ]; then skip=; continue; fi\n" +
      Walk(stops) +
      "  done\n"
      "  case \"$at\" in\n";
  for (const Stop& stop : stops) {
    text += fmt::format("    {})\n      case \"$previous\" in\n", Quoted(stop.path));
    for (const Choice& option : stop.options) {
      if (option.values.kind == Values::Kind::kNone) continue;
      text += fmt::format("        {}) {}; return ;;\n", option.word, reply(option.values));
    }
    text += "      esac\n";
    text += fmt::format("      options=({})\n", described(stop.options));
    text += fmt::format("      next=({})\n", described(stop.next));
    text +=
        "      if [[ $PREFIX == -* ]]; then _describe -o 选项 options; return; fi\n"
        "      (( $#next )) && _describe 命令 next\n";
    text += fmt::format("      {}\n      ;;\n", reply(stop.positional));
  }
  // Installed as _xuncha it is the function's body; sourced, it must be told of.
  return text +
         "  esac\n}\n"
         "if [ \"$funcstack[1]\" = \"_xuncha\" ]; then _xuncha \"$@\"; else compdef _xuncha "
         "xuncha; "
         "fi\n";
}

std::string FishCompletion(std::span<const CommandSpec> commands) {
  const std::vector<Stop> stops = StopsOf(commands);
  const auto quoted = [](std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    return out + "'";
  };
  const auto reply = [&quoted](const Values& values) -> std::string {
    switch (values.kind) {
      case Values::Kind::kFiles:
        return " -F";
      case Values::Kind::kFolders:
        return " -x -a '(__fish_complete_directories)'";
      case Values::Kind::kWords:
        return " -x -a " + quoted(Join(values.words, " "));
      case Values::Kind::kAnything:
        return " -x";
      case Values::Kind::kNone:
        return "";
    }
    return "";
  };
  std::string paths;
  for (const Stop& stop : stops) {
    if (!stop.path.empty()) paths += " " + quoted(stop.path);
  }
  std::string text = fmt::format(
      "# fish completion of xuncha; written by `xuncha completion fish`.\n"
      "function __xuncha_at\n"
      "  set -l at\n"
      "  set -l skip\n"
      "  set -l words (commandline -opc)\n"
      "  for word in $words[2..-1]\n"
      "    if test -n \"$skip\"\n"
      "      set skip\n"
      "      continue\n"
      "    end\n"
      "    if contains -- $word {}\n"
      "      set skip 1\n"
      "      continue\n"
      "    end\n"
      "    set -l next (string trim -- \"$at $word\")\n"
      "    if contains -- $next{}\n"
      "      set at $next\n"
      "    end\n"
      "  end\n"
      "  test \"$at\" = \"$argv[1]\"\n"
      "end\n"
      "complete -c xuncha -f\n",
      Join(ValuedOptions(stops), " "), paths);
  for (const Stop& stop : stops) {
    const std::string here = fmt::format("complete -c xuncha -n {}",
                                         quoted(fmt::format("__xuncha_at \"{}\"", stop.path)));
    for (const Choice& choice : stop.next)
      text += fmt::format("{} -a {} -d {}\n", here, quoted(choice.word), quoted(choice.help));
    for (const Choice& option : stop.options) {
      text += fmt::format("{} -l {}{} -d {}\n", here, option.word.substr(2), reply(option.values),
                          quoted(option.help));
    }
    if (stop.positional.kind == Values::Kind::kFolders ||
        stop.positional.kind == Values::Kind::kFiles)
      text += here + " -F\n";
    if (stop.positional.kind == Values::Kind::kWords)
      text += fmt::format("{} -a {}\n", here, quoted(Join(stop.positional.words, " ")));
  }
  return text;
}

}  // namespace xuncha
