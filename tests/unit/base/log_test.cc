// Logger: what reaches the operator, and what must not.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

namespace xuncha {
namespace {

// Everything said to a logger made with `options`.
template <typename Say>
std::string Said(LogOptions options, Say say) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  say(Logger::ToFile(file.get(), options));
  std::rewind(file.get());
  char bytes[4096];
  return std::string(bytes, std::fread(bytes, 1, sizeof bytes, file.get()));
}

TEST(LoggerTest, WritesPlainLines) {
  EXPECT_EQ(Said({},
                 [](const Logger& log) {
                   log.Info("已完成 100%: {} {0}");
                   log.Warn("磁盘将满");
                   log.Error("无法打开");
                 }),
            "已完成 100%: {} {0}\n警告：磁盘将满\n错误：无法打开\n");
}

TEST(LoggerTest, QuietKeepsWarningsAndErrors) {
  EXPECT_EQ(Said({.quiet = true},
                 [](const Logger& log) {
                   log.Info("a");
                   log.Warn("b");
                   log.Error("c");
                 }),
            "警告：b\n错误：c\n");
}

TEST(LoggerTest, ForeignTextCannotForgeLinesOrDriveTheTerminal) {
  EXPECT_EQ(Said({}, [](const Logger& log) { log.Info("x\n错误：y\x1b[2J"); }),
            "x\\x0a错误：y\\x1b[2J\n");
}

TEST(LoggerTest, ADefaultLoggerIsSilent) {
  testing::internal::CaptureStderr();
  const Logger log;
  log.Info("a");
  log.Error("b");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace xuncha
