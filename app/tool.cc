// SPDX-License-Identifier: Apache-2.0
#include "app/tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace xuncha {

Result<ToolAnswer> AskTool(const std::vector<std::string>& words, Millis time_max,
                           size_t bytes_max) {
  CHECK(!words.empty());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return Error{
        Code::kSystem,
        fmt::format("无法运行 {}：打开的文件已到上限；请调高上限（ulimit -n）后再试", words[0])};
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  std::vector<std::string> copies = words;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char language[] = "LC_ALL=C.UTF-8";
  char* environment[] = {path, language, nullptr};
  pid_t child = -1;
  const int failed =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return Error{Code::kNotFound, fmt::format("没有程序 {}", words[0])};
  }
  const SystemClock clock;
  const Millis until = clock.Monotonic() + time_max;
  ToolAnswer answer;
  bool over = false;
  while (!over) {
    pollfd one = {.fd = ends[0], .events = POLLIN};
    const Millis left = until - clock.Monotonic();
    const int ready = left <= 0 ? 0 : ::poll(&one, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    std::array<char, 4096> bytes;
    const ssize_t got = ::read(ends[0], bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    over = got <= 0;
    if (got > 0)
      answer.out.append(bytes.data(),
                        std::min(static_cast<size_t>(got), bytes_max - answer.out.size()));
  }
  ::close(ends[0]);
  // What has closed its output may still hang; what has not, hangs.
  int status = 0;
  pid_t ended = 0;
  while (over && ended == 0 && clock.Monotonic() < until) {
    ended = ::waitpid(child, &status, WNOHANG);
    if (ended == 0) ::usleep(1'000);
  }
  if (ended == 0) {
    ::kill(child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return Error{Code::kLimit, fmt::format("{} 没有在 {} 秒内答复", words[0], time_max / 1000)};
  }
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return answer;
}

}  // namespace xuncha
