// SPDX-License-Identifier: Apache-2.0
#include "app/session.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "app/identifier_key.h"
#include "base/files.h"
#include "base/system_code.h"
#include "base/text.h"
#include "reports/mask.h"

namespace xuncha {
namespace {

constexpr size_t kConfigBytesMax = 1 << 20;  // a hand-written file
constexpr int kReadTries = 5;                // a compaction in between is rare, five are not seen

// What stands beside a store once it was used.
constexpr std::string_view kTracesOfAStore[] = {"installation.key", "installation.pub",
                                                "installation-sm2.key", "reports", "backups"};

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

Result<Severity> FailOn(const Arguments& arguments, const Config& config) {
  if (!arguments.Has("--fail-on")) return config.fail_on;
  const std::optional<Severity> given = SeverityByName(arguments.Get("--fail-on"));
  if (given) return *given;
  return Error{Code::kInvalid, "--fail-on 须为 hint、low、medium 或 high"};
}

Error NoSuchSite(std::string_view id, const std::vector<Site>& sites) {
  std::vector<std::string_view> ids;
  for (const Site& site : sites) ids.push_back(site.id);
  const std::string nearest = Nearest(id, ids);
  return {Code::kNotFound,
          fmt::format("没有登记网站“{}”{}；xuncha site list 列出全部", Neutralise(id),
                      nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest))};
}

std::string Shown(std::string_view text) {
  return Neutralise(MaskIdentifiers(CollapseSpace(text)));
}

Session::Session(const Arguments& arguments, const std::atomic<bool>& stop)
    : stop_(stop),
      data_dir_(ChooseDataDir(arguments)),
      user_(UserName()),
      quiet_(arguments.Has("--quiet")) {
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
  Result<Config> config = ReadConfig(*text, path);
  if (config && !config->ca_bundle.empty() && !FileExists(config->ca_bundle)) {
    return Error{Code::kInvalid,
                 fmt::format("{}：ca_bundle：没有文件 {}；请更正，或留空用系统自带的", path,
                             Neutralise(config->ca_bundle))};
  }
  return config;
}

// A directory whose store is gone must not pass for one that never had any: an empty
// store has no findings.
Status Session::CheckDataDirectory() const {
  if (!FileExists(data_dir_ + "/xuncha.toml")) {
    return Error{Code::kNotFound,
                 fmt::format("{}：不是数据目录（没有 xuncha.toml）；先运行 xuncha init {}",
                             data_dir_, data_dir_)};
  }
  if (FileExists(data_dir_ + "/store/FORMAT")) return Ok();
  for (const std::string_view trace : kTracesOfAStore) {
    if (!FileExists(fmt::format("{}/{}", data_dir_, trace))) continue;
    return Error{
        Code::kDamaged,
        fmt::format("{0}/store：数据不见了（{0}/{1} 还在，说明这里曾有数据）；未作任何改动。"
                    "请把 store 目录放回原处，或用 xuncha store restore "
                    "从备份恢复到新目录",
                    data_dir_, trace)};
  }
  return Ok();
}

Result<std::unique_ptr<Store>> Session::OpenStore() const {
  if (Status there = CheckDataDirectory(); !there) return there.error();
  Store::Options options;
  options.directory = data_dir_ + "/store";
  options.create = true;
  options.clock = &clock_;
  options.who = user_;
  return Store::Open(options);
}

Result<std::unique_ptr<Store>> Session::ReadStore() const {
  if (Status there = CheckDataDirectory(); !there) return there.error();
  if (!FileExists(data_dir_ + "/store"))
    return Error{Code::kNotFound, "还没有登记网站；先运行 xuncha site import 登记表.csv"};
  const Store::Options options{.directory = data_dir_ + "/store", .read_only = true};
  // A crawl may tidy its files away between our reading their names and opening them.
  Result<std::unique_ptr<Store>> store = Store::Open(options);
  for (int tries = 1; !store && store.error().code == Code::kSystem && tries < kReadTries; ++tries)
    store = Store::Open(options);
  return store;
}

std::string Session::ListsDirectory() const {
  return FileExists(data_dir_ + "/xuncha.toml") ? data_dir_ + "/lists" : "";
}

EngineOptions Session::RuleOptions(const Config& config) const {
  EngineOptions options;
  options.sources = {config.rules_directory, ListsDirectory()};
  if (FileExists(data_dir_ + "/xuncha.toml")) options.cache_dir = data_dir_ + "/cache";
  options.log = Logger::ToStderr({quiet_});
  if (FileExists(data_dir_ + "/xuncha.toml")) options.identifier_key = IdentifierKey(data_dir_);
  return options;
}

Result<std::unique_ptr<Engine>> Session::BuildEngine(const Config& config) const {
  return xuncha::BuildEngine(RuleOptions(config));
}

void Session::Out(std::string_view text) {
  if (lost_ == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    lost_ = errno == 0 ? EIO : errno;
}

bool Session::reader_gone() const { return lost_ == EPIPE; }

Status Session::Flush() {
  if (lost_ == 0 && std::fflush(stdout) != 0) lost_ = errno == 0 ? EIO : errno;
  if (lost_ == 0) return Ok();
  return Error{Code::kSystem, fmt::format("标准输出写不进去（{}）；输出不完整", SystemText(lost_))};
}

void Session::Show(std::string_view text) {
  std::fflush(stdout);  // or it stands in the middle of what goes to the same place
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void Session::Say(std::string_view text) const {
  if (!quiet_) Show(std::string(text) + "\n");
}

int Session::Fail(const Error& error) const {
  Show(fmt::format("xuncha: {}\n", error.text));
  switch (error.code) {
    case Code::kInvalid:
    case Code::kNotFound:
    case Code::kConflict:
    case Code::kNewer:
    case Code::kDenied:
    case Code::kLimit:
      return kUsage;
    case Code::kDamaged:
    case Code::kSystem:
      return kInternal;
  }
  return kInternal;
}

}  // namespace xuncha
