// SPDX-License-Identifier: Apache-2.0
#include "app/session.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "matcher/samples.h"

namespace xuncha {
namespace {

constexpr size_t kConfigBytesMax = 1 << 20;  // a hand-written file

std::string ChooseDataDir(const Arguments& arguments) {
  if (arguments.Has("--data")) return arguments.Get("--data");
  if (const char* named = std::getenv("XUNCHA_DATA"); named != nullptr && *named != '\0')
    return named;
  return FileExists("xuncha.toml") ? "." : "xuncha-data";
}

// Who runs the program: whom the audit chain names where no officer signs.
std::string UserName() {
  const passwd* user = ::getpwuid(::geteuid());
  return user == nullptr || user->pw_name == nullptr ? fmt::format("uid {}", ::geteuid())
                                                     : user->pw_name;
}

}  // namespace

Session::Session(const Arguments& arguments, const std::atomic<bool>& stop)
    : stop_(stop), data_dir_(ChooseDataDir(arguments)), quiet_(arguments.Has("--quiet")) {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool wanted = no_colour == nullptr || *no_colour == '\0';
  terminal_ = ::isatty(STDERR_FILENO) == 1;
  colour_ = wanted && ::isatty(STDOUT_FILENO) == 1;
}

Session::~Session() = default;

Result<Config> Session::ReadConfiguration() const {
  const std::string path = data_dir_ + "/xuncha.toml";
  if (!FileExists(path)) return ReadConfig("", "xuncha.toml");
  const Result<std::string> text = ReadFile(path, kConfigBytesMax);
  if (!text) return text.error();
  return ReadConfig(*text, path);
}

Result<std::unique_ptr<Store>> Session::OpenStore() const {
  if (!FileExists(data_dir_ + "/xuncha.toml")) {
    return Error{Code::kNotFound,
                 fmt::format("{}：不是数据目录（没有 xuncha.toml）；先运行 xuncha init {}",
                             data_dir_, data_dir_)};
  }
  Store::Options options;
  options.directory = data_dir_ + "/store";
  options.create = true;
  options.clock = &clock_;
  options.who = UserName();
  return Store::Open(options);
}

Result<RuleSet> LoadConfiguredRules(const std::string& directory) {
  std::vector<PackSource> sources;
  if (directory.empty()) {
    sources = BuiltinPacks();
  } else {
    Result<std::vector<PackSource>> read = ReadPacks(directory);
    if (!read) return read.error();
    sources = std::move(*read);
  }
  LoadReport report;
  return LoadRules(sources, &report);
}

Result<std::unique_ptr<Engine>> Session::BuildEngine(const Config& config) const {
  auto engine = std::make_unique<Engine>();
  Result<RuleSet> rules = LoadConfiguredRules(config.rules_directory);
  if (!rules) return rules.error();
  engine->rules = std::move(*rules);

  Matcher::Options options;
  if (FileExists(data_dir_ + "/xuncha.toml")) {
    options.cache_dir = data_dir_ + "/cache";
    if (Status made = MakeDirectories(options.cache_dir); !made) return made.error();
  }
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(engine->rules, options);
  if (!matcher) return matcher.error();
  engine->matcher = std::move(*matcher);
  engine->judge = std::make_unique<Judge>(engine->rules);

  // A pack that fails its samples does not load; one that has passed them under
  // this version of the program need not pass them again.
  const std::string mark = options.cache_dir.empty()
                               ? ""
                               : fmt::format("{}/samples-{}-{}", options.cache_dir, kVersion,
                                             engine->rules.digest.hex().substr(0, 32));
  if (!mark.empty() && FileExists(mark)) return engine;
  const std::vector<std::string> failing =
      CheckSamples(engine->rules, *engine->matcher, *engine->judge);
  if (!failing.empty()) return Error{Code::kInvalid, Join(failing, "\n")};
  if (!mark.empty()) {
    if (Status written = WriteFileAtomically(mark, "ok\n"); !written) return written.error();
  }
  return engine;
}

void Session::Out(std::string_view text) const { std::fwrite(text.data(), 1, text.size(), stdout); }

void Session::Say(std::string_view text) const {
  if (!quiet_) fmt::print(stderr, "{}\n", text);
}

int Session::Fail(const Error& error) const {
  fmt::print(stderr, "xuncha: {}\n", error.text);
  switch (error.code) {
    case Code::kInvalid:
    case Code::kNotFound:
    case Code::kConflict:
    case Code::kNewer:
    case Code::kDenied:
      return kUsage;
    case Code::kDamaged:
    case Code::kLimit:
    case Code::kSystem:
      return kInternal;
  }
  return kInternal;
}

}  // namespace xuncha
