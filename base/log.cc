// Logger: see log.h. The service manager adds time and host, so lines carry
// neither.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/details/console_globals.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/text.h"

namespace xuncha {
namespace {

// spdlog's stdio sink on any file.
class FileSink final : public spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex> {
 public:
  explicit FileSink(std::FILE* file) : stdout_sink_base(file) {}
};

}  // namespace

Logger Logger::ToStderr(LogOptions options) { return ToFile(stderr, options); }

Logger Logger::ToFile(std::FILE* file, LogOptions options) {
  Logger logger;
  logger.sink_ = std::make_shared<spdlog::logger>("xuncha", std::make_shared<FileSink>(file));
  logger.sink_->set_pattern("%v");
  logger.sink_->set_level(options.quiet ? spdlog::level::warn : spdlog::level::info);
  logger.sink_->flush_on(spdlog::level::info);
  return logger;
}

void Logger::Info(std::string_view text) const {
  if (sink_) sink_->info(Neutralise(text));
}

void Logger::Warn(std::string_view text) const {
  if (sink_) sink_->warn("警告：" + Neutralise(text));
}

void Logger::Error(std::string_view text) const {
  if (sink_) sink_->error("错误：" + Neutralise(text));
}

}  // namespace xuncha
