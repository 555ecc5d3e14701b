// Operating an installation: is it well, does it tell people, does it say clearly that a
// path was wrong, and does what is installed do what it is installed for.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "base/files.h"
#include "base/text.h"
#include "base/tree.h"
#include "tests/e2e/program.h"

namespace xuncha {
namespace {

using testing::HasSubstr;
using testing::Not;

bool Has(std::string_view program) {
  return std::system(fmt::format("command -v {} >/dev/null 2>&1", program).c_str()) == 0;
}

class OperationsTest : public testing::Test {
 protected:
  OperationsTest() : data_(place_.path() + "/data") {
    EXPECT_EQ(RunProgram({"init", data_}).code, 0);
  }
  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data_});
    return RunProgram(words);
  }
  void Register() {
    EXPECT_EQ(Run({"site", "add", "--name", "图书馆", "--unit", "图书馆", "--owner", "某人",
                   "--phone", "0000-0000001", "--address", "http://lib.example.test/"})
                  .code,
              0);
  }
  // What doctor says, by the name of the check.
  std::map<std::string, std::string> Doctor(int want) {
    const Outcome outcome = Run({"doctor", "--json"});
    EXPECT_EQ(outcome.code, want) << outcome.out << outcome.err;
    const Result<Node> node = ParseJson(outcome.out, "doctor");
    EXPECT_TRUE(node.ok()) << outcome.out;
    std::map<std::string, std::string> states;
    if (!node) return states;
    for (const Node& check : node->Find("checks")->items) {
      states[check.Find("name")->string] = check.Find("state")->string;
      const bool well = check.Find("state")->string == "ok";
      EXPECT_TRUE(well || check.Find("found") != nullptr);
      if (check.Find("state")->string == "fail") {
        EXPECT_NE(check.Find("todo"), nullptr) << check.Find("name")->string;
        EXPECT_NE(check.Find("meaning"), nullptr) << check.Find("name")->string;
      }
    }
    return states;
  }
  std::string Path(std::string_view name) const {
    return fmt::format("{}/{}", place_.path(), name);
  }

  TemporaryDirectory place_;
  const std::string data_;
};

// ---- exit codes ----

TEST_F(OperationsTest, APathThatCannotBeUsedIsTheCallersMistake) {
  Register();
  ASSERT_EQ(Run({"store", "chain", "sign"}).code, 0);
  WriteText(Path("file"), "x");
  const std::string file = Path("file"), below = Path("file/below"), absent = Path("absent/x");
  const std::vector<std::vector<std::string>> cases = {
      {"site", "import", absent},
      {"site", "import", place_.path()},
      {"site", "export", absent},
      {"scan", absent},
      {"scan", below},
      {"rules", "check", absent},
      {"rules", "check", file},
      {"rules", "import", absent, "--name", "x"},
      {"rules", "import", place_.path(), "--name", "x"},
      {"rules", "eval", "--truth", absent, place_.path()},
      {"rules", "bench", "--text", absent},
      {"store", "backup", below},
      {"store", "restore", absent, Path("new")},
      {"store", "restore", file, Path("new")},
      {"store", "chain", "export", absent},
      {"store", "chain", "export", place_.path()},
      {"store", "chain", "sign", "--out", below},
      {"store", "verify", "--key", absent},
      {"store", "verify", "--key", place_.path()},
      {"evidence", "verify", absent},
      {"evidence", "verify", place_.path()},
      {"evidence", "verify", "--key", absent, file},
  };
  for (const std::vector<std::string>& words : cases) {
    SCOPED_TRACE(Join(words, " "));
    const Outcome outcome = Run(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_FALSE(outcome.err.empty());
  }
  for (const std::string& data : {absent, file, below}) {
    for (const char* command : {"crawl", "store stats", "store verify", "finding list"}) {
      std::vector<std::string> words = {"--data", data};
      for (const std::string_view word : Split(command, ' ')) words.emplace_back(word);
      EXPECT_EQ(RunProgram(words).code, 2) << data << " " << command;
    }
  }
  const std::string key = data_ + "/installation.pub";
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--key", key, absent},
                                             {"--key", key, below},
                                             {"--key", key, place_.path()},
                                             {"--key", absent, file},
                                             {"--key", place_.path(), file},
                                             {"--key", key, "--checkpoint", absent, file},
                                             {"--key", key, "--tsa-ca", place_.path(), file}}) {
    SCOPED_TRACE(Join(words, " "));
    EXPECT_EQ(RunOther(XUNCHA_VERIFY_BINARY, words).code, 2);
  }
}

// ---- doctor ----

TEST_F(OperationsTest, DoctorFindsAYoungInstallationUnusedButWell) {
  std::map<std::string, std::string> states = Doctor(0);
  EXPECT_EQ(states["config"], "ok");
  EXPECT_EQ(states["data"], "ok");
  EXPECT_EQ(states["store"], "warn") << "nothing is registered";
  EXPECT_EQ(states["rules"], "ok");
  EXPECT_EQ(states["signing-key"], "ok") << "made when it is needed";
  EXPECT_EQ(states["tell"], "warn") << "nobody would be told";
  Register();
  states = Doctor(0);
  EXPECT_EQ(states["store"], "ok");
  EXPECT_EQ(states["clock"], "ok");
  EXPECT_EQ(states["verified"], "warn") << "never";
  EXPECT_EQ(states["last-run"], "warn") << "none yet";
  EXPECT_EQ(states["disk"] == "ok" || states["disk"] == "fail", true);
  Run({"store", "chain", "sign"});
  EXPECT_EQ(Run({"store", "verify"}).code, 0);
  EXPECT_EQ(Run({"store", "backup"}).code, 0);
  states = Doctor(0);
  EXPECT_EQ(states["verified"], "ok");
  EXPECT_EQ(states["backup"], "ok");
  const Outcome text = Run({"doctor"});
  EXPECT_THAT(text.out, HasSubstr("该做："));
  EXPECT_THAT(text.out, HasSubstr("项检查"));
}

TEST_F(OperationsTest, DoctorNamesWhatIsBroken) {
  Register();
  ASSERT_EQ(Run({"store", "chain", "sign"}).code, 0);
  struct Case {
    std::string_view why, check;
    std::function<void()> spoil, mend;
  };
  const std::string config = data_ + "/xuncha.toml", key = data_ + "/installation.key";
  const Result<std::string> good = ReadFile(config, 1 << 20);
  ASSERT_TRUE(good.ok());
  const auto configure = [&](const std::string& text) { return [=] { WriteText(config, text); }; };
  const auto restore = configure(*good);
  const Case cases[] = {
      {"a mistake in the configuration", "config", configure("[crawl]\nwrokers = 3\n"), restore},
      {"a key that others may read", "signing-key", [&] { chmod(key.c_str(), 0644); },
       [&] { chmod(key.c_str(), 0600); }},
      {"a key that is gone", "signing-key", [&] { std::filesystem::rename(key, key + "x"); },
       [&] { std::filesystem::rename(key + "x", key); }},
      {"a file that is no trust", "ca",
       configure(fmt::format("[crawl]\nca_bundle = \"{}\"\n", config)), restore},
      {"rules that do not load", "rules",
       [&] {
         std::filesystem::create_directory(data_ + "/packs");
         WriteText(data_ + "/packs/x.toml", "no rules\n");
         WriteText(config, fmt::format("[rules]\ndirectory = \"{}/packs\"\n", data_));
       },
       restore},
      {"a channel without its secret", "channel:duty",
       configure("[[tell.channel]]\nname = \"duty\"\nkind = \"wecom\"\nsecret_file = \"no\"\n"),
       restore},
      {"a store that is gone", "store",
       [&] { std::filesystem::rename(data_ + "/store", data_ + "/elsewhere"); },
       [&] { std::filesystem::rename(data_ + "/elsewhere", data_ + "/store"); }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    c.spoil();
    EXPECT_EQ(Doctor(1)[std::string(c.check)], "fail");
    c.mend();
  }
  Doctor(0);
  const Outcome nowhere = RunProgram({"--data", Path("nowhere"), "doctor"});
  EXPECT_EQ(nowhere.code, 1);
  EXPECT_THAT(nowhere.out, HasSubstr("xuncha init"));
}

TEST_F(OperationsTest, StatsSayWhetherWhatIsKeptWillFit) {
  Register();
  const Outcome stats = Run({"store", "stats", "--json"});
  ASSERT_EQ(stats.code, 0) << stats.err;
  const Result<Node> node = ParseJson(stats.out, "stats");
  ASSERT_TRUE(node.ok());
  ASSERT_NE(node->Find("settles_at"), nullptr);
  EXPECT_TRUE(node->Find("fits")->boolean);
}

// ---- telling ----

// tests/server/people.py, for one test.
class People {
 public:
  explicit People(const std::string& place) : place_(place) {
    std::filesystem::create_directory(place_);
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[0], STDIN_FILENO);
      close(ends[0]);
      close(ends[1]);
      execlp("python3", "python3", "tests/server/people.py", place_.c_str(), nullptr);
      _exit(127);
    }
    close(ends[0]);
    end_ = ends[1];
    for (int i = 0; i < 600 && !FileExists(place_ + "/ports"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const Result<std::string> ports = ReadFile(place_ + "/ports", 1 << 10);
    CHECK(ports.ok());
    for (const std::string_view word : Split(*ports, ' ')) {
      const size_t at = word.find('=');
      ports_[std::string(word.substr(0, at))] = std::string(word.substr(at + 1));
    }
  }
  ~People() {
    close(end_);
    kill(child_, SIGTERM);
    waitpid(child_, nullptr, 0);
  }
  People(const People&) = delete;
  People& operator=(const People&) = delete;
  const std::string& port(const std::string& name) const { return ports_.at(name); }
  std::string Taken() const {
    const Result<std::string> text = ReadFile(place_ + "/taken", 1 << 20);
    return text ? *text : "";
  }

 private:
  const std::string place_;
  std::map<std::string, std::string> ports_;
  pid_t child_ = -1;
  int end_ = -1;
};

TEST_F(OperationsTest, AChannelIsTriedAndWhatWentIsListed) {
  Register();
  const People people(Path("people"));
  WriteText(data_ + "/xuncha.toml",
            fmt::format("[tell]\nquiet = \"\"\n"
                        "[[tell.channel]]\nname = \"duty\"\nkind = \"wecom\"\n"
                        "secret_file = \"duty.secret\"\n"
                        "[[tell.channel]]\nname = \"mail\"\nkind = \"mail\"\n"
                        "server = \"smtp://127.0.0.1:{}\"\nfrom = \"xuncha@example.test\"\n"
                        "to = [\"duty@example.test\"]\ntls = \"none\"\n",
                        people.port("smtp")));
  const std::string secret = data_ + "/duty.secret";
  WriteText(secret,
            fmt::format("url = \"http://127.0.0.1:{}/wecom?key=k-1\"\n", people.port("http")));
  chmod(secret.c_str(), 0644);
  const Outcome open_secret = Run({"tell", "test", "duty"});
  EXPECT_EQ(open_secret.code, 2);
  EXPECT_THAT(open_secret.err, HasSubstr("chmod 600"));
  chmod(secret.c_str(), 0600);
  const Outcome test = Run({"tell", "test", "duty"});
  EXPECT_EQ(test.code, 0) << test.out << test.err;
  EXPECT_EQ(Run({"tell", "test", "mail"}).code, 0);
  EXPECT_EQ(Run({"tell", "test", "mail", "--to", "nobody@example.test"}).code, 3);
  EXPECT_EQ(Run({"tell", "test", "mail", "--to", "x\r\ny@z"}).code, 2);
  const Outcome wrong = Run({"tell", "test", "dity"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("是否指“duty”"));
  EXPECT_THAT(people.Taken(), HasSubstr("\"kind\": \"wecom\""));
  EXPECT_THAT(people.Taken(), HasSubstr("\"kind\": \"mail\""));

  const Outcome list = Run({"tell", "list", "--json"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.out, HasSubstr("\"state\":\"sent\""));
  EXPECT_THAT(list.out, HasSubstr("\"state\":\"given-up\""));
  EXPECT_THAT(list.out, HasSubstr("no such user"));
  EXPECT_THAT(list.out, Not(HasSubstr("k-1"))) << "the key stays in its file";
  EXPECT_EQ(Run({"tell", "send"}).code, 0);
  EXPECT_EQ(Run({"tell", "send", "--dry-run"}).code, 0);
  EXPECT_EQ(Run({"store", "verify"}).code, 3) << "whole, but not signed yet";
  const Outcome doctor = Run({"doctor", "--probe", "--json"});
  EXPECT_THAT(doctor.out, HasSubstr("\"name\":\"channel:duty\",\"state\":\"ok\""));
  EXPECT_THAT(doctor.out, Not(HasSubstr("k-1")));
}

// ---- what is installed ----

TEST_F(OperationsTest, InstallsUnderAPrefixOfItsOwn) {
  const std::string root = Path("root");
  const std::string command = fmt::format("DESTDIR={} cmake --install {} --prefix /usr >{} 2>&1",
                                          root, XUNCHA_BUILD_DIR, Path("install.log"));
  ASSERT_EQ(std::system(command.c_str()), 0);
  for (const char* file :
       {"bin/xuncha", "bin/xuncha-verify", "lib/systemd/system/xuncha-crawl.service",
        "lib/systemd/system/xuncha-crawl.timer", "lib/systemd/system/xuncha.service",
        "lib/systemd/system/xuncha-draw.socket", "lib/systemd/system/xuncha-draw@.service",
        "lib/systemd/system/xuncha-tell.service", "lib/systemd/system/xuncha-tell.timer",
        "lib/sysusers.d/xuncha.conf", "lib/tmpfiles.d/xuncha.conf", "share/man/man1/xuncha.1",
        "share/man/man1/xuncha-verify.1", "share/man/man5/xuncha.toml.5",
        "share/bash-completion/completions/xuncha", "share/zsh/site-functions/_xuncha",
        "share/fish/vendor_completions.d/xuncha.fish", "share/xuncha/xuncha.toml"})
    EXPECT_TRUE(FileExists(fmt::format("{}/usr/{}", root, file))) << file;
  const Outcome version = RunOther(root + "/usr/bin/xuncha", {"--version"});
  EXPECT_EQ(version.code, 0);
  ASSERT_TRUE(Has("groff")) << "packaging/packages-test.txt has it";
  for (const char* page : {"man1/xuncha.1", "man1/xuncha-verify.1", "man5/xuncha.toml.5"}) {
    const std::string lint = fmt::format(
        "test -z \"$(groff -man -Kutf8 -Tutf8 -ww -b -z {}/usr/share/man/{} 2>&1)\"", root, page);
    EXPECT_EQ(std::system(lint.c_str()), 0) << page;
  }

  ASSERT_TRUE(Has("systemd-analyze")) << "packaging/packages-test.txt has it";
  for (const char* unit :
       {"xuncha.service", "xuncha-crawl.service", "xuncha-draw@.service", "xuncha-tell.service"}) {
    const std::string path = fmt::format("{}/usr/lib/systemd/system/{}", root, unit);
    EXPECT_EQ(std::system(fmt::format("systemd-analyze security --offline=true --no-pager "
                                      "--threshold=15 {} >/dev/null 2>&1",
                                      path)
                              .c_str()),
              0)
        << unit << ": exposure above 1.5";
    // It knows every setting: what it does not know, it says.
    const std::string complaints = fmt::format(
        "systemd-analyze verify --man=no {} 2>&1 | grep -E 'Unknown|Failed to parse|Invalid'",
        path);
    EXPECT_NE(std::system(complaints.c_str()), 0) << unit;
  }
  // A socket that systemd takes, and the service it is for.
  const std::string units = root + "/usr/lib/systemd/system";
  const std::string complaints = fmt::format(
      "SYSTEMD_UNIT_PATH={0}: systemd-analyze verify --man=no {0}/xuncha-draw.socket 2>&1 | "
      "grep -E 'xuncha-draw.socket|Unknown|Failed to|Invalid|not found'",
      units);
  EXPECT_NE(std::system(complaints.c_str()), 0);
}

}  // namespace
}  // namespace xuncha
