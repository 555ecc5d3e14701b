// Completion and the manual, as the shells and roff themselves take them.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "app/commands.h"
#include "app/completion.h"
#include "app/manual.h"
#include "base/files.h"
#include "base/text.h"

namespace xuncha {
namespace {

using testing::Contains;
using testing::Not;

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "/xuncha_shell_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string Write(std::string_view name, std::string_view bytes) const {
    const std::string file = fmt::format("{}/{}", path_, name);
    EXPECT_TRUE(WriteFileAtomically(file, bytes).ok());
    return file;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Both outputs of a command line.
std::string Output(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  CHECK(pipe != nullptr);
  std::array<char, 4096> bytes;
  for (size_t got; (got = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;)
    text.append(bytes.data(), got);
  pclose(pipe);
  return text;
}

bool Has(std::string_view program) {
  return std::system(fmt::format("command -v {} >/dev/null 2>&1", program).c_str()) == 0;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : Split(text, '\n')) {
    if (!line.empty()) lines.emplace_back(line.substr(0, line.find('\t')));
  }
  return lines;
}

struct Case {
  std::string_view why;
  std::vector<std::string> words;  // behind "xuncha"; the last is where the cursor is
  std::vector<std::string> offered;
  std::vector<std::string> not_offered;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"the first word", {""}, {"crawl", "site"}, {}},
      {"a group's second word", {"site", "i"}, {"import"}, {"list"}},
      {"a group of a group", {"store", "chain", ""}, {"sign", "export"}, {"verify-all"}},
      {"options of a command", {"crawl", "--p"}, {"--pages"}, {"--truth"}},
      {"behind a common option and its value",
       {"--data", "crawl", "site", ""},
       {"import"},
       {"--pages"}},
      {"values that are few", {"crawl", "--fail-on", ""}, {"high", "hint"}, {"crawl"}},
      {"verdicts", {"incident", "verdict", "x", "--verdict", "v"}, {"violation"}, {"escalate"}},
      {"an argument that is one of few", {"completion", "f"}, {"fish"}, {"bash"}},
      {"files", {"site", "import", "./s"}, {"./sites.csv"}, {}},
      {"folders", {"store", "backup", "./f"}, {"./folder/"}, {"./file"}},
  };
  return cases;
}

TEST(Completion, BashOffersWhatMayComeNext) {
  ASSERT_TRUE(Has("bash"));
  const Folder folder;
  folder.Write("c.bash", BashCompletion(Commands()));
  folder.Write("sites.csv", "");
  folder.Write("file", "");
  std::filesystem::create_directory(folder.path() + "/folder");
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.why);
    std::string words = "xuncha";
    for (const std::string& word : c.words) words += fmt::format(" '{}'", word);
    const std::string script = folder.Write(
        "ask.bash", fmt::format("cd {}; . ./c.bash\ncomplete -p xuncha >/dev/null || echo none\n"
                                "COMP_WORDS=({})\nCOMP_CWORD={}\n_xuncha\n"
                                "for one in \"${{COMPREPLY[@]}}\"; do\n"
                                "  [ -d \"$one\" ] && one=$one/\n  echo \"$one\"\ndone\n",
                                folder.path(), words, c.words.size()));
    const std::vector<std::string> offered = Lines(Output("bash --norc " + script));
    for (const std::string& word : c.offered) {
      EXPECT_THAT(offered, Contains(word));
    }
    for (const std::string& word : c.not_offered) EXPECT_THAT(offered, Not(Contains(word)));
  }
}

TEST(Completion, FishOffersWhatMayComeNext) {
  ASSERT_TRUE(Has("fish")) << "packaging/packages-test.txt has it";
  const Folder folder;
  folder.Write("c.fish", FishCompletion(Commands()));
  folder.Write("sites.csv", "");
  std::filesystem::create_directory(folder.path() + "/folder");
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.why);
    std::string line = "xuncha";
    for (const std::string& word : c.words) line += " " + word;
    const std::string script = folder.Write(
        "ask.fish", fmt::format("cd {}\nsource c.fish\ncomplete -C '{}'\n", folder.path(), line));
    const std::vector<std::string> offered = Lines(Output(
        fmt::format("HOME={} XDG_CONFIG_HOME={} fish {}", folder.path(), folder.path(), script)));
    for (const std::string& word : c.offered) {
      EXPECT_THAT(offered, Contains(word));
    }
    for (const std::string& word : c.not_offered) EXPECT_THAT(offered, Not(Contains(word)));
  }
}

TEST(Completion, ZshTakesTheScriptAndWalksTheLine) {
  ASSERT_TRUE(Has("zsh")) << "packaging/packages-test.txt has it";
  const Folder folder;
  folder.Write("_xuncha", ZshCompletion(Commands()));
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.why);
    std::string words = "xuncha";
    for (const std::string& word : c.words) words += fmt::format(" '{}'", word);
    // What the completion system would be told, told to us.
    const std::string script = folder.Write(
        "ask.zsh", fmt::format("compdef() {{ : }}\n"
                               "_describe() {{ shift $(( $# - 1 )); print -l -- ${{(P)1}} }}\n"
                               "_files() {{ echo files $* }}\n"
                               "compadd() {{ shift; print -l -- $* }}\n"
                               "cd {}\n. ./_xuncha\nwords=({})\nCURRENT={}\nPREFIX='{}'\n_xuncha\n",
                               folder.path(), words, c.words.size() + 1, c.words.back()));
    std::vector<std::string> offered = Lines(Output("zsh -f " + script));
    for (std::string& word : offered) word = word.substr(0, word.find(':'));
    for (const std::string& word : c.offered) {
      if (word == "./sites.csv") {
        EXPECT_THAT(offered, Contains("files"));
      } else if (word == "./folder/") {
        EXPECT_THAT(offered, Contains("files -/"));
      } else {
        EXPECT_THAT(offered, Contains(word));
      }
    }
  }
}

TEST(Completion, EveryCommandAndOptionIsThere) {
  const std::string bash = BashCompletion(Commands());
  for (const CommandSpec& command : Commands()) {
    EXPECT_THAT(bash, testing::HasSubstr(fmt::format("'{}')", command.path)));
    for (const OptionSpec& option : command.options)
      EXPECT_THAT(bash, testing::HasSubstr(std::string(option.name))) << command.path;
  }
}

TEST(Manual, RoffHasNothingToSayAgainstIt) {
  ASSERT_TRUE(Has("groff")) << "packaging/packages-test.txt has it";
  const Folder folder;
  const std::pair<std::string, std::string> pages[] = {
      {"xuncha.1", CommandManual(Commands())},
      {"xuncha.toml.5",
       ConfigManual("# 注释：'引号'、反斜线 \\n 与 `x`\n.dot = \"a-b\"\n\n[crawl]\nx = 1\n")}};
  for (const auto& [name, page] : pages) {
    SCOPED_TRACE(name);
    const std::string file = folder.Write(name, page);
    EXPECT_EQ(Output(fmt::format("groff -man -Kutf8 -Tutf8 -ww -b -z {}", file)), "");
  }
}

TEST(Manual, ShowsCommandsAsTheyAreTyped) {
  ASSERT_TRUE(Has("groff")) << "packaging/packages-test.txt has it";
  const Folder folder;
  const std::string file = folder.Write("xuncha.1", CommandManual(Commands()));
  const std::string shown = Output(fmt::format("groff -man -Kutf8 -Tutf8 -P-cbou {}", file));
  for (const CommandSpec& command : Commands()) {
    EXPECT_THAT(shown, testing::HasSubstr(std::string(command.path))) << command.path;
  }
  EXPECT_THAT(shown, testing::HasSubstr("xuncha scan --json sites/"));
  EXPECT_THAT(shown, testing::HasSubstr("130"));
  const std::string config = folder.Write("c.5", ConfigManual("[crawl]\nresolve = []\n.x = 'a'\n"));
  const std::string text = Output(fmt::format("groff -man -Kutf8 -Tutf8 -P-cbou {}", config));
  EXPECT_THAT(text, testing::HasSubstr("[crawl]"));
  EXPECT_THAT(text, testing::HasSubstr(".x = 'a'"));
}

}  // namespace
}  // namespace xuncha
