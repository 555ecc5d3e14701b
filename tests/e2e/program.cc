// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/result.h"

namespace xuncha {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

pid_t Spawn(std::string program, const std::vector<std::string>& arguments, const std::string& out,
            const std::string& err) {
  std::vector<char*> argv;
  argv.push_back(program.data());
  std::vector<std::string> copy = arguments;
  for (std::string& argument : copy) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    const int out_fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err_fd = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out_fd, STDOUT_FILENO);
    ::dup2(err_fd, STDERR_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  return child;
}

}  // namespace

Outcome RunProgram(const std::vector<std::string>& arguments) {
  return RunOther(XUNCHA_BINARY, arguments);
}

Outcome RunOther(const std::string& program, const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  const std::string out = directory.path() + "/out", err = directory.path() + "/err";
  const pid_t child = Spawn(program, arguments, out, err);
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  outcome.out = ReadText(out);
  outcome.err = ReadText(err);
  return outcome;
}

pid_t StartProgram(const std::vector<std::string>& arguments) {
  return Spawn(XUNCHA_BINARY, arguments, "/dev/null", "/dev/null");
}

TemporaryDirectory::TemporaryDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "xuncha-e2e-XXXXXX").string();
  CHECK(::mkdtemp(path.data()) != nullptr);
  path_ = path;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  CHECK(file.good());
}

}  // namespace xuncha
