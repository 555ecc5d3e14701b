// store recover: back to the last whole commit. What cannot be undone is done by a person's order
// only, and what is given up is first set aside.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "app/commands.h"
#include "base/files.h"

namespace xuncha {
namespace {

// Copies the logs, in which everything stands that is not yet in a table file.
Result<std::string> SetLogsAside(const std::string& store, Millis now) {
  std::string stamp = FormatTime(now);
  for (char& c : stamp) {
    if (c == ':' || c == ' ') c = '-';
  }
  const std::string aside = fmt::format("{}/set-aside-{}", store, stamp);
  if (Status made = MakeDirectories(aside); !made) return made.error();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(store + "/db", error)) {
    if (entry.path().extension() != ".log") continue;
    std::filesystem::copy_file(entry.path(), std::filesystem::path(aside) / entry.path().filename(),
                               error);
    if (error) break;
  }
  if (error) {
    return Error{Code::kSystem, fmt::format("不能把日志另存到 {}：{}；请检查磁盘空间与目录权限",
                                            aside, error.message())};
  }
  return aside;
}

}  // namespace

int RunStoreRecover(Session& session, const Arguments&) {
  {
    Result<std::unique_ptr<Store>> store = session.OpenStore();
    if (store) {
      session.Out("数据完好，无须恢复\n");
      return 0;
    }
    if (store.error().code != Code::kDamaged) return session.Fail(store.error());
  }
  const std::string directory = session.data_dir() + "/store";
  const Result<std::string> aside = SetLogsAside(directory, session.clock().Now());
  if (!aside) return session.Fail(aside.error());
  const Result<std::unique_ptr<Store>> store = Store::Open({.directory = directory,
                                                            .recovery = Recovery::kLastWholeCommit,
                                                            .clock = &session.clock(),
                                                            .who = session.user()});
  if (!store) return session.Fail(store.error());
  const Deed deed{.kind = "recover",
                  .what = "back to the last whole commit; log kept in " + *aside};
  if (Status told = (*store)->audit().Record(deed); !told) return session.Fail(told.error());
  session.Out(fmt::format(
      "已回到最后一次完整的提交；其后写到一半的内容不再使用，原样另存在 {}。\n"
      "没有记下的页面，下一次 xuncha crawl 会重新访问；值班员最近作出的判断请核对一遍\n",
      *aside));
  return 0;
}

}  // namespace xuncha
