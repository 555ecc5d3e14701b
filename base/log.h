// Logger writes plain lines for people on stderr. It is a value: main makes one
// and hands it down; copies write to the same place. Text from outside is
// neutralised here, so no page can drive the operator's terminal.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace xuncha {

struct LogOptions {
  bool quiet = false;  // warnings and errors only
};

class Logger {
 public:
  Logger() = default;  // says nothing
  static Logger ToStderr(LogOptions options);
  // REQUIRES: file outlives every copy.
  static Logger ToFile(std::FILE* file, LogOptions options);

  void Info(std::string_view text) const;   // "text"
  void Warn(std::string_view text) const;   // "警告：text"
  void Error(std::string_view text) const;  // "错误：text"

 private:
  std::shared_ptr<spdlog::logger> sink_;  // shared: copies of a Logger write to one place
};

}  // namespace xuncha
